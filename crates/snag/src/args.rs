//! The arguments of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::timeline::TimelineFile;

/// Finds the bugs between goroutines and OS threads in Go programs
#[derive(Debug, Parser)]
#[command(name = "snag", version, after_help = "Start here: snag check ./...", max_term_width = 100)]
pub(crate) struct Arguments {
    /// Change to this directory first
    #[arg(short = 'C', global = true, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look for bugs in Go source; needs no Go toolchain
    Check(Box<CheckArguments>),
    /// Explain a rule, or list all rules
    Explain {
        /// The rule
        name: Option<String>,
    },
    /// Look into a running Go process without stopping it
    #[cfg(target_os = "linux")]
    Snapshot(SnapshotArguments),
    /// Watch a running Go process: threads, goroutines, pins, trends and problems
    #[cfg(target_os = "linux")]
    Top(TopArguments),
    /// Serve what Go processes are doing to Prometheus
    #[cfg(target_os = "linux")]
    Export(ExportArguments),
    /// Run a Go program and report what its goroutines do to their threads
    #[cfg(target_os = "linux")]
    Run(RunArguments),
    /// Check a program, run it, and tell which findings were seen in the run
    #[cfg(target_os = "linux")]
    Prove(ProveArguments),
    /// Watch who is pinned to which thread of a running Go process for a while, and leave it as it was
    #[cfg(target_os = "linux")]
    Attach(AttachArguments),
    /// Run a Go program again and again, moving goroutines between threads wherever they may move, until it fails
    #[cfg(target_os = "linux")]
    Chaos(ChaosArguments),
    /// Report what was seen in a run that was recorded with snag run --record
    Replay(ReplayArguments),
}

#[cfg(target_os = "linux")]
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
It runs until it is interrupted. Exit codes: 0 interrupted, 2 wrong usage or an address that is not free.

Examples:
  snag export
  snag export --listen :9464 --name kubelet --name containerd
  curl http://127.0.0.1:9464/metrics")]
pub(crate) struct ExportArguments {
    /// Where to listen; without a host: on all addresses
    #[arg(long, default_value = "127.0.0.1:9464", value_name = "HOST:PORT")]
    pub listen: String,
    /// Watch this process; may be given more than once [default: all Go processes]
    #[arg(long, value_name = "PID", value_parser = clap::value_parser!(i32).range(1..))]
    pub pid: Vec<i32>,
    /// Watch processes of this name; may be given more than once
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub name: Vec<String>,
    /// Of the places that start goroutines, tell the N with the most; the rest is one
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u16).range(..=1000))]
    pub sites: u16,
    /// Watch no more processes than this, the oldest first
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub max_processes: u16,
    /// Processes are read no more often than this, however many ask
    #[arg(long, default_value_t = Seconds(1.0), value_name = "SECONDS", value_parser = at_least_100_ms)]
    pub min_interval: Seconds,
    /// Leave out processes that began less than this ago, unless they were named
    #[arg(long, default_value_t = Seconds(10.0), value_name = "SECONDS", value_parser = Seconds::parse)]
    pub min_age: Seconds,
}

/// A time on the command line.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seconds(pub f64);

#[cfg(target_os = "linux")]
impl Seconds {
    fn parse(text: &str) -> Result<Seconds, String> {
        const MOST: f64 = 86_400.0;
        let seconds = text.parse().ok().filter(|seconds| (0.0..=MOST).contains(seconds));
        seconds.map(Seconds).ok_or_else(|| "expected a number of seconds, at most a day".to_owned())
    }

    pub(crate) fn duration(self) -> std::time::Duration {
        std::time::Duration::from_secs_f64(self.0)
    }
}

#[cfg(target_os = "linux")]
impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A finding is what two looks agree on: they must not be the same moment.
#[cfg(target_os = "linux")]
fn at_least_100_ms(text: &str) -> Result<Seconds, String> {
    let seconds = Seconds::parse(text)?;
    if seconds.0 < 0.1 { Err("expected at least 0.1".to_owned()) } else { Ok(seconds) }
}

#[cfg(target_os = "linux")]
#[derive(Args, Debug)]
#[command(after_help = "\
The report is written to stderr after the program has ended, so that its output stays as it is.

Exit codes: that of the program, 128 and the signal if one ended it; 66 if something was found; 2 wrong usage or a
program that cannot be run.

Examples:
  snag run -- ./server --port 8080
  snag run ./cmd/server -- --port 8080
  snag run --live -- ./server
  snag run --output-format json --output found.json -- ./server
  snag run --record run.snag -- ./server
  snag run --timeline run.html -- ./server")]
pub(crate) struct RunArguments {
    /// A package to build and run, as the go command has it; without one, the program stands behind --
    pub package: Option<String>,
    /// The program and its arguments; with a package, the arguments alone
    #[arg(last = true)]
    pub program: Vec<std::ffi::OsString>,
    #[command(flatten)]
    pub told: Told,
    /// Write all that was seen to a file, for snag replay
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Tell findings on stderr as soon as they are certain, not only at the end
    #[arg(long)]
    pub live: bool,
    /// With --timeline: follow every step of the scheduler with hooks, some 50 ns each; for short runs
    #[arg(long, requires = "timeline")]
    pub timeline_exact: bool,
    /// With --timeline: time between two looks at all threads, from 0.0001 to 1
    #[arg(long, default_value_t = 0.001, value_name = "SECONDS", requires = "timeline", value_parser = look_interval)]
    pub timeline_interval: f64,
}

#[cfg(target_os = "linux")]
fn look_interval(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0001..=1.0).contains(seconds));
    seconds.ok_or_else(|| "not a number of seconds from 0.0001 to 1".to_owned())
}

#[cfg(target_os = "linux")]
#[derive(Args, Debug)]
#[command(after_help = "\
The program is built with the go command, with coverage of the lines in question where Go is 1.20 or newer. The report is
written to stderr after the program has ended.

Exit codes: that of the program, 128 and the signal if one ended it; 66 if something was found; 2 wrong usage, or a
program that cannot be built or run.

Examples:
  snag prove ./cmd/server -- --port 8080
  snag prove --test ./... -- -run TestNamespace
  snag prove --output-format json --output proof.json ./cmd/server")]
pub(crate) struct ProveArguments {
    /// The package of the program, as the go command has it; with --test any number of packages [default: .]
    pub packages: Vec<String>,
    /// The arguments of the program; with --test further flags of go test
    #[arg(last = true)]
    pub rest: Vec<std::ffi::OsString>,
    /// Run the tests of the packages
    #[arg(long)]
    pub test: bool,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t = Format::Full, value_name = "FORMAT")]
    pub output_format: Format,
    /// Write the report to a file
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The exit code when something was found
    #[arg(long, default_value_t = 66, value_name = "N")]
    pub exit_code: u8,
    /// Build tags, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "TAGS")]
    pub tags: Vec<String>,
    /// Run only these rules
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    pub select: Vec<String>,
    /// Do not run these rules
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    pub ignore: Vec<String>,
    /// Show what is merely possible even if it was not seen
    #[arg(long)]
    pub audit: bool,
    /// Build as usual: which lines are run is known only where a call was seen
    #[arg(long)]
    pub no_coverage: bool,
    /// Write all that was seen to a file, for snag replay
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// When to use colors
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

#[cfg(target_os = "linux")]
#[derive(Args, Debug)]
#[command(after_help = "\
The process stands still for a few milliseconds when hooks are placed in it and when they are removed; Ctrl-C ends the
watch early.

Exit codes: 0 nothing found, 1 something found, 2 wrong usage or a process that cannot be hooked.

Examples:
  snag attach 4242
  snag attach --name containerd --for 30")]
pub(crate) struct AttachArguments {
    /// The process
    #[arg(required_unless_present = "name", conflicts_with = "name")]
    pub pid: Option<i32>,
    /// The process of this name
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub name: Option<String>,
    /// For how long
    #[arg(long = "for", default_value_t = Seconds(10.0), value_name = "SECONDS", value_parser = Seconds::parse)]
    pub duration: Seconds,
    /// Watch every step of the scheduler, also if no thread differs from the others
    #[arg(long)]
    pub schedule: bool,
    /// How the report is printed
    #[arg(long, value_enum, default_value_t = RunFormat::Text, value_name = "FORMAT")]
    pub output_format: RunFormat,
    /// Exit with 0 even if something was found
    #[arg(long)]
    pub exit_zero: bool,
}

#[cfg(target_os = "linux")]
#[derive(Args, Debug)]
#[command(after_help = "\
Only goroutines that are not pinned are moved, and only as the scheduler of Go may move them by itself: a program that
fails has a bug. Without input, and its output is shown if it fails.

Exit codes: 0 nothing failed, or the --fixed program did not; 66 a run failed or something was found; 2 wrong usage or a
program that cannot be run; 130 interrupted.

Examples:
  snag chaos -- ./server --self-test
  snag chaos -n 20 -- go test ./...
  snag chaos ./cmd/server -- --self-test
  snag chaos --seed 17 -n 1 -- ./server --self-test
  snag chaos --fixed ./server-fixed -- ./server --self-test")]
pub(crate) struct ChaosArguments {
    /// A package to build and run, as the go command has it; without one, the program stands behind --
    pub package: Option<String>,
    /// The program and its arguments; with a package, the arguments alone
    #[arg(last = true)]
    pub program: Vec<std::ffi::OsString>,
    /// How often it is run with forced moves, if none of the runs fails
    #[arg(short = 'n', long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: u32,
    /// How often it is run before, without
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub baseline: u32,
    /// Decides who moves when, in the first run; the next have the numbers that follow
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// What takes longer hangs [default: 20 times the slowest run without forced moves, at least 10]
    #[arg(long, value_name = "SECONDS", value_parser = Seconds::parse)]
    pub timeout: Option<Seconds>,
    /// Do not stop at the first run that fails: count them
    #[arg(long)]
    pub keep_going: bool,
    /// A program that shall not fail, run as often with the same arguments
    #[arg(long, value_name = "PROGRAM")]
    pub fixed: Option<std::ffi::OsString>,
    /// A run that writes something else to stdout than the first one without forced moves fails
    #[arg(long)]
    pub compare_output: bool,
    /// Move goroutines of the go command, the compiler and its other tools as well
    #[arg(long)]
    pub go_tools: bool,
    /// How the report is printed
    #[arg(long, value_enum, default_value_t = RunFormat::Text, value_name = "FORMAT")]
    pub output_format: RunFormat,
    /// Write the report to a file
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The exit code when a run failed
    #[arg(long, default_value_t = 66, value_name = "N")]
    pub exit_code: u8,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Exit codes: 0 nothing found, 66 something found, 2 wrong usage or no record.

Examples:
  snag replay run.snag
  snag replay run.snag --timeline run.html")]
pub(crate) struct ReplayArguments {
    /// The record
    pub record: PathBuf,
    #[command(flatten)]
    pub told: Told,
}

/// How the findings of a run are told.
#[derive(Args, Debug)]
pub(crate) struct Told {
    /// How findings are printed
    #[arg(long, value_enum, default_value_t = RunFormat::Text, value_name = "FORMAT")]
    pub output_format: RunFormat,
    /// Write the report to a file
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The exit code when something was found
    #[arg(long, default_value_t = 66, value_name = "N")]
    pub exit_code: u8,
    /// Show what is merely possible as well
    #[arg(long)]
    pub audit: bool,
    /// Draw who was on which thread: a page (.html), Chrome's trace format (.json) or Perfetto's (.pftrace)
    #[arg(long, value_name = "FILE", value_parser = TimelineFile::parse)]
    pub timeline: Option<TimelineFile>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

#[cfg(target_os = "linux")]
#[derive(Args, Debug)]
#[command(after_help = "\
Exit codes: 0 nothing found, 1 something found, 2 wrong usage or a process that cannot be read, 130 interrupted.

Examples:
  snag snapshot 4242
  snag snapshot --name containerd --stacks
  snag snapshot --output-format json 4242 > before.json
  snag snapshot --diff before.json 4242")]
pub(crate) struct SnapshotArguments {
    /// The process
    #[arg(required_unless_present = "name", conflicts_with = "name")]
    pub pid: Option<i32>,
    /// The process of this name
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub name: Option<String>,
    /// How it is printed
    #[arg(long, value_enum, default_value_t = SnapshotFormat::Text, value_name = "FORMAT")]
    pub output_format: SnapshotFormat,
    /// Read the stacks of all goroutines, not only of those that hold a thread
    #[arg(long)]
    pub stacks: bool,
    /// Show what changed since a snapshot that was printed with --output-format json
    #[arg(long, value_name = "FILE", conflicts_with = "stacks")]
    pub diff: Option<PathBuf>,
    /// Stop the process for the moment of reading: exact where goroutines pin and unpin all the time
    #[arg(long)]
    pub pause: bool,
    /// Exit with 0 even if something was found
    #[arg(long)]
    pub exit_zero: bool,
}

#[cfg(target_os = "linux")]
#[derive(Args, Debug)]
#[command(after_help = "\
Keys are those of htop where it has them; ? shows all: Tab threads, goroutines, problems; Enter details; / search;
\\ filter; < and > sort; Space pause; q quit.

Exit codes: 0 you quit, or --once printed a frame; 1 the process ended; 2 wrong usage, no terminal, or a process that
cannot be read; 130 interrupted.

Examples:
  snag top 4242
  snag top --name containerd --interval 5
  snag top --once --width 100 4242")]
pub(crate) struct TopArguments {
    /// The process
    #[arg(required_unless_present = "name", conflicts_with = "name")]
    pub pid: Option<i32>,
    /// The process of this name
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub name: Option<String>,
    /// Time between two looks, from 0.1 to 3600; longer by itself where looking takes its time
    #[arg(long, default_value_t = 1.0, value_name = "SECONDS", value_parser = seconds)]
    pub interval: f64,
    /// Print one frame as text, after two looks that are an interval apart; needs no terminal
    #[arg(long)]
    pub once: bool,
    /// With --once: the width of the lines [default: the terminal's, or 120]
    #[arg(long, value_name = "COLUMNS", requires = "once", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub width: Option<u16>,
    /// Draw with ASCII only, as is done where the locale is not UTF-8
    #[arg(long)]
    pub ascii: bool,
    /// When to use colors
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

#[cfg(target_os = "linux")]
fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.1..=3600.0).contains(seconds));
    seconds.ok_or_else(|| "not a number of seconds from 0.1 to 3600".to_owned())
}

#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SnapshotFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Args, Debug, Default)]
#[command(after_help = "\
Exit codes: 0 nothing found, 1 warnings or errors found or --diff not empty, 2 wrong usage, nothing to check
or a file that cannot be read, 130 interrupted.

Examples:
  snag check ./...
  snag check --output-format json ./internal/... > findings.json
  snag check --fix ./...
  snag check --select captured-loop-variable --go 1.21")]
pub(crate) struct CheckArguments {
    /// Packages as the go command has them [default: ./...]
    pub patterns: Vec<String>,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t = Format::Full, value_name = "FORMAT")]
    pub output_format: Format,
    /// Assume this Go version instead of what go.mod says
    #[arg(long = "go", value_name = "VERSION")]
    pub go_version: Option<String>,
    /// Build tags, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "TAGS")]
    pub tags: Vec<String>,
    /// Target operating system [default: linux and this machine's]
    #[arg(long)]
    pub goos: Option<String>,
    /// Target architecture
    #[arg(long)]
    pub goarch: Option<String>,
    /// Leave out _test.go files
    #[arg(long)]
    pub no_tests: bool,
    /// Run only these rules
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    pub select: Vec<String>,
    /// Do not run these rules
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    pub ignore: Vec<String>,
    /// Show what is merely possible as well
    #[arg(long)]
    pub audit: bool,
    /// Apply safe fixes; findings that are left are printed
    #[arg(long, group = "rewrite")]
    pub fix: bool,
    /// Print what --fix would change, and write nothing
    #[arg(long, group = "rewrite")]
    pub diff: bool,
    /// With --fix or --diff: also apply fixes that a person must look at
    #[arg(long, requires = "rewrite")]
    pub unsafe_fixes: bool,
    /// When to use colors
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// Number of threads to work with [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// Print on stderr how long each phase took
    #[arg(long)]
    pub timings: bool,
    /// Exit with 0 even if something was found
    #[arg(long)]
    pub exit_zero: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// With source and reasons
    #[default]
    Full,
    /// One line each
    Concise,
    /// For programs
    Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    Always,
    Never,
}

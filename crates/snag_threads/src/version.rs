//! Go versions, and what is different from one to the next.
//!
//! The facts live in `tables/versions.toml`; each function here answers one question with one of them.

use std::fmt;

pub use crate::generated::versions::facts;

/// A Go version: of a language (`1.21`), a release (`1.21.3`) or a candidate (`1.23rc1`). They order as the `go`
/// command orders them: since Go 1.21 the language version comes before its candidates and releases.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GoVersion {
    major: u16,
    minor: u16,
    stage: Stage,
    number: u16,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Stage {
    Language,
    Beta,
    Candidate,
    Release,
}

const FIRST_WITH_PATCH_ZERO: u16 = 21;

impl GoVersion {
    /// The newest version that the tables know: what a program without a version is taken to use.
    pub const NEWEST: GoVersion = GoVersion::new(1, 27);

    /// The language version, or before Go 1.21 the first release, with these numbers.
    pub const fn new(major: u16, minor: u16) -> GoVersion {
        let stage =
            if major == 1 && minor < FIRST_WITH_PATCH_ZERO { Stage::Release } else { Stage::Language };
        GoVersion { major, minor, stage, number: 0 }
    }

    /// Reads `1.21`, `go1.22.3`, `1.23rc1`, `go1.26-custom`, `go1.22.3 X:loopvar` and `devel go1.28-2f0e2d5`.
    pub fn parse(text: &str) -> Option<GoVersion> {
        let text = text.trim();
        let text = text.strip_prefix("devel ").unwrap_or(text);
        let text = text.strip_prefix("go").unwrap_or(text);
        let text = text.split([' ', '-', '+']).next()?;
        let (major, rest) = leading_number(text)?;
        let Some(rest) = rest.strip_prefix('.') else {
            return rest.is_empty().then(|| GoVersion::new(major, 0));
        };
        let (minor, rest) = leading_number(rest)?;
        let plain = GoVersion::new(major, minor);
        if rest.is_empty() {
            return Some(plain);
        }
        for (mark, stage) in [(".", Stage::Release), ("rc", Stage::Candidate), ("beta", Stage::Beta)] {
            if let Some(tail) = rest.strip_prefix(mark) {
                let (number, rest) = leading_number(tail)?;
                return rest.is_empty().then_some(GoVersion { stage, number, ..plain });
            }
        }
        None
    }

    /// The version of the language: without patch and candidate.
    pub const fn language(self) -> GoVersion {
        GoVersion::new(self.major, self.minor)
    }

    /// The second number: 22 of 1.22.3.
    pub const fn minor(self) -> u16 {
        self.minor
    }
}

fn leading_number(text: &str) -> Option<(u16, &str)> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    // Go has no leading zeros in versions: "1.07" is a typing error, not 1.7.
    if digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    Some((digits.parse().ok()?, rest))
}

impl fmt::Display for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        match self.stage {
            Stage::Language => Ok(()),
            Stage::Beta => write!(f, "beta{}", self.number),
            Stage::Candidate => write!(f, "rc{}", self.number),
            Stage::Release if self.number == 0 && *self == self.language() => Ok(()),
            Stage::Release => write!(f, ".{}", self.number),
        }
    }
}

impl std::str::FromStr for GoVersion {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        GoVersion::parse(text).ok_or(NotAVersion)
    }
}

/// The text is no Go version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotAVersion;

impl fmt::Display for NotAVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a Go version (expected for example 1.22 or 1.22.3)")
    }
}

impl std::error::Error for NotAVersion {}

/// Something that holds from one Go version on, perhaps up to another.
#[derive(Debug)]
pub struct Fact {
    /// The name in the tables.
    pub id: &'static str,
    /// The first version for which it holds; `None` for all.
    pub since: Option<GoVersion>,
    /// The first version for which it holds no longer.
    pub before: Option<GoVersion>,
    /// Which version decides.
    pub decided_by: DecidedBy,
    /// What holds.
    pub what: &'static str,
    /// Where the row comes from.
    pub source: &'static [&'static str],
}

/// Which version decides about a fact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DecidedBy {
    /// That of the file's language: the `go` line of go.mod, or the file's `//go:build`.
    Language,
    /// That of the toolchain which builds the program.
    Toolchain,
    /// Both: the toolchain has it, and the `go` line of go.mod (or a GODEBUG setting) turns it on.
    Both,
}

impl Fact {
    /// Whether it holds for the version. Candidates of a release count as the release.
    pub fn holds(&self, version: GoVersion) -> bool {
        let language = version.language();
        self.since.is_none_or(|since| language >= since) && self.before.is_none_or(|before| language < before)
    }
}

/// Whether each iteration of a `for` statement has its own variable.
pub fn loop_variables_per_iteration(language: GoVersion) -> bool {
    facts::LOOP_VARIABLES_PER_ITERATION.holds(language)
}

/// Whether the toolchain compiles files that import "C" as if their language version were its own: in these files the
/// loop variable is per iteration whatever go.mod says.
pub fn cgo_ignores_language_version(toolchain: GoVersion) -> bool {
    facts::CGO_IGNORES_LANGUAGE_VERSION.holds(toolchain)
}

/// Whether `GOMAXPROCS` starts from the CPU limit of the process's own cgroup, when no setting says otherwise.
pub fn container_aware_gomaxprocs(toolchain: GoVersion, language: GoVersion) -> bool {
    facts::CONTAINER_AWARE_GOMAXPROCS.holds(toolchain) && facts::CONTAINER_AWARE_GOMAXPROCS.holds(language)
}

/// What a container-aware `GOMAXPROCS` starts with under a limit of so many thousandths of a CPU: rounded up, and at
/// least two.
pub fn procs_of_limit(millicores: u64) -> u64 {
    millicores.div_ceil(1000).max(2)
}

/// Whether a loop without calls can be interrupted (not on js/wasm, and not with `asyncpreemptoff=1`).
pub fn async_preemption(toolchain: GoVersion) -> bool {
    facts::ASYNC_PREEMPTION.holds(toolchain)
}

/// Whether `syscall.Setuid` and its siblings change all threads.
pub fn setid_all_threads(toolchain: GoVersion) -> bool {
    facts::SETID_ALL_THREADS.holds(toolchain)
}

/// Whether a goroutine that ends while it is pinned takes its thread with it (the main thread excepted).
pub fn locked_exit_kills_thread(toolchain: GoVersion) -> bool {
    facts::LOCKED_EXIT_KILLS_THREAD.holds(toolchain)
}

/// Whether `LockOSThread` calls nest.
pub fn lock_is_counted(toolchain: GoVersion) -> bool {
    facts::LOCK_IS_COUNTED.holds(toolchain)
}

/// Whether `iter.Pull` ends the program when `next` is called with other pins than at creation.
pub fn pull_checks_pins(toolchain: GoVersion) -> bool {
    facts::PULL_CHECKS_PINS.holds(toolchain)
}

/// Whether `subtle.WithDataIndependentTiming` pins the goroutine while its function runs.
pub fn data_independent_timing_pins(toolchain: GoVersion) -> bool {
    facts::DATA_INDEPENDENT_TIMING_PINS.holds(toolchain)
}

/// Whether `testing/synctest` is there without an experiment.
pub fn synctest(toolchain: GoVersion) -> bool {
    facts::SYNCTEST.holds(toolchain)
}

/// Whether `runtime/metrics` counts threads.
pub fn thread_count_metric(toolchain: GoVersion) -> bool {
    facts::THREAD_COUNT_METRIC.holds(toolchain)
}

/// Whether the profile of leaked goroutines is there without an experiment.
pub fn goroutine_leak_profile(toolchain: GoVersion) -> bool {
    facts::GOROUTINE_LEAK_PROFILE.holds(toolchain)
}

/// The GODEBUG setting whose value 1 switches asynchronous preemption off.
pub const ASYNC_PREEMPTION_SETTING: &str = "asyncpreemptoff";

/// Whether the runtime has signals to stop goroutines with on this operating system (`preemptMSupported`:
/// GOROOT1.26:runtime/os_wasm.go:137, os_plan9.go:550, signal_unix.go:361, os_windows.go:1146).
pub fn preempts_by_signal(goos: &str) -> bool {
    !matches!(goos, "js" | "wasip1" | "plan9")
}

/// `v0.1.0` as numbers; a pseudo version (`v0.0.0-2022...`) comes before every release.
pub(crate) fn semantic(version: &str) -> [u32; 3] {
    let release = version.trim_start_matches('v').split(['-', '+']).next().unwrap_or("");
    let mut numbers = release.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| numbers.next().unwrap_or(0))
}

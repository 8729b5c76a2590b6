//! `snag snapshot` on programs that have a bug, and on the same without.

mod bad_input;
mod shows;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use super::{stderr, stdout};

/// The program with all the bugs, built once.
fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| build("snapshot/bugs.go", "snapshot-bugs"))
}

/// Builds a program of one file.
pub(crate) fn build(source: &str, name: &str) -> PathBuf {
    let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(source);
    let mut go = Command::new("go");
    go.args(["build", "-ldflags=-s -w", "-o"]).arg(&program).arg(source);
    let output = go.env("GOTOOLCHAIN", "local").env("CGO_ENABLED", "0").output().expect("go starts");
    assert!(output.status.success(), "{}", stderr(&output));
    program
}

/// A program that runs until this is dropped.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(bug: &str) -> Running {
        Running::of(program(), &[bug])
    }

    /// Any program that says when it is ready.
    pub(crate) fn of(program: &Path, arguments: &[&str]) -> Running {
        Running::start_by(Command::new(program).args(arguments))
    }

    pub(crate) fn start_by(command: &mut Command) -> Running {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        output.read_line(&mut line).expect("text");
        assert_eq!(line, "ready\n");
        Running(child)
    }

    pub(crate) fn pid(&self) -> String {
        self.0.id().to_string()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn snapshot(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
    command.arg("snapshot").args(arguments).env_clear().output().expect("snag starts")
}

fn document(running: &Running) -> Value {
    let output = snapshot(&["--output-format", "json", &running.pid()]);
    serde_json::from_str(&stdout(&output)).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)))
}

fn rules(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().expect("a list");
    findings.iter().filter_map(|finding| finding["rule"].as_str()).collect()
}

#[test]
fn a_bug_is_seen_in_the_running_program_and_its_repair_is_silent() {
    // A control group of the machine may limit every program: that is no bug of these.
    let own = |document: &Value| -> Vec<String> {
        rules(document)
            .into_iter()
            .filter(|rule| *rule != "gomaxprocs-over-quota")
            .map(str::to_owned)
            .collect()
    };
    for (bug, rule) in [
        ("poisoned", "unpinned-thread-state"),
        ("unpinned", "dirty-unpin"),
        ("masked", "stray-signal-mask"),
        ("pool", "pinned-pool"),
        ("churn", "exit-while-pinned"),
        ("blocked", "unbounded-blocking-calls"),
    ] {
        let document = document(&Running::start(bug));
        assert_eq!(own(&document), [rule], "{bug}: {:#}", document["findings"]);
    }
    for repaired in ["poisoned-fixed", "masked-fixed", "pool-fixed", "churn-fixed", "blocked-fixed"] {
        let document = document(&Running::start(repaired));
        assert_eq!(own(&document), [""; 0], "{repaired}: {:#}", document["findings"]);
    }
}

#[test]
fn findings_name_the_thread_the_goroutines_and_the_call() {
    let document = document(&Running::start("blocked"));
    let finding = &document["findings"].as_array().expect("a list")[0];
    assert_eq!(finding["goroutines"].as_array().expect("a list").len(), 70);
    assert_eq!(finding["threads"].as_array().expect("a list").len(), 70);
    let call = &finding["evidence"][0]["frame"];
    assert_eq!(call["function"], "main.main.func1", "{finding:#}");
    let source = include_str!("snapshot/bugs.go");
    let line = source.lines().position(|line| line.contains("syscall.Read(")).expect("the call") + 1;
    assert_eq!(call["line"], line);
}

#[test]
fn the_text_says_what_runs_where() {
    let running = Running::start("pool");
    let output = snapshot(&["--stacks", &running.pid()]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    for expected in [
        "goroutines  4",
        &format!("      40  {:<28} main.main.gowrap", "waiting: chan receive"),
        "pinned goroutines\n  goroutine ",
        "runtime.sysmon",
        "40 goroutines (",
        "    main.pinned\n",
        "warning[pinned-pool]: 40 goroutines are pinned at once",
        "main.main (bugs.go:",
        "Found 1 problem in process ",
    ] {
        assert!(text.contains(expected), "{expected:?} in {text}");
    }
}

#[test]
fn a_kept_document_shows_what_changed() {
    let (before, after) = (Running::start("pool-fixed"), Running::start("pool"));
    let kept = std::env::temp_dir().join(format!("snag-snapshot-{}.json", std::process::id()));
    fs::write(&kept, stdout(&snapshot(&["--output-format", "json", &before.pid()]))).expect("a file");
    let file = kept.to_str().expect("text");
    let same = snapshot(&["--exit-zero", "--diff", file, &before.pid()]);
    let other = snapshot(&["--exit-zero", "--diff", file, &after.pid()]);
    fs::remove_file(&kept).expect("the file");
    let (same, other) = (stdout(&same), stdout(&other));
    assert!(same.contains("compared with ") && same.contains(" s before\n"), "{same}");
    assert!(same.contains("pinned                  0        0        =\n"), "{same}");
    assert!(other.contains("compared with another process: "), "{other}");
    assert!(other.contains("pinned                  0       40      +40\n"), "{other}");
}

#[test]
fn a_paused_program_goes_on() {
    let running = Running::start("pool");
    let output = snapshot(&["--pause", "--output-format", "json", &running.pid()]);
    let document: Value = serde_json::from_str(&stdout(&output)).expect("a document");
    assert!(document["paused_ns"].as_u64().is_some_and(|time| time > 0));
    assert_eq!(rules(&document), ["pinned-pool"]);
    for task in fs::read_dir(format!("/proc/{}/task", running.pid())).expect("its threads").flatten() {
        let status = fs::read_to_string(task.path().join("status")).expect("a status");
        assert!(status.contains("\nTracerPid:\t0\n"), "{status}");
        assert!(!status.contains("\nState:\tt"), "{status}");
    }
}

#[test]
fn a_process_is_found_by_its_name() {
    let running = Running::start("blocked-fixed");
    // Others of this name may run beside it: then all are listed.
    let output = snapshot(&["--exit-zero", "--name", "snapshot-bugs"]);
    let told = stdout(&output) + &stderr(&output);
    assert!(told.contains(&running.pid()), "{told}");
}

//! `snag chaos` and `snag attach` on programs that depend on their threads, rightly and wrongly.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;

use super::{stderr, stdout};

fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("chaos-moves");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/chaos/moves.go");
        let mut go = Command::new("go");
        go.args(["build", "-o"]).arg(&program).arg(source).env("GOTOOLCHAIN", "local");
        let output = go.output().expect("go starts");
        assert!(output.status.success(), "{}", stderr(&output));
        program
    })
}

fn chaos(flags: &[&str], way: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
    command.arg("chaos").args(flags).arg("--").arg(program()).arg(way);
    command.output().expect("snag starts")
}

#[test]
fn a_goroutine_that_needs_its_thread_without_a_pin_is_found() {
    let output = chaos(&["--baseline", "0", "-n", "20"], "wrong");
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(66), "{text}{}", stderr(&output));
    for words in [
        "exit code 3",
        "with seed",
        "moved from thread",
        "main.main.func1",
        "moves.go:38",
        "again: snag chaos -n 1 --seed",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let seed = text.split("--seed ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a seed");
    let again = chaos(&["--baseline", "0", "-n", "5", "--seed", seed], "wrong");
    assert_eq!(again.status.code(), Some(66), "{}", stdout(&again));
}

#[test]
fn a_pinned_goroutine_is_never_moved() {
    let output = chaos(&["--baseline", "1", "-n", "5", "--output-format", "json"], "right");
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(output.status.code(), Some(0), "{document}");
    assert_eq!(document["summary"]["with"]["runs"], 5);
    assert_eq!(document["summary"]["with"]["failed"], 0);
    assert_eq!(document["problems"], Value::Array(Vec::new()));
    assert_eq!(document["failure"], Value::Null);
}

#[test]
fn runs_that_say_nothing_are_not_taken_for_good_ones() {
    let run = |program: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
        command.args(["chaos", "--baseline", "0", "-n", "1", "--", program]).output().expect("snag starts")
    };
    let other = run("/bin/true");
    assert_eq!(other.status.code(), Some(0), "{}", stderr(&other));
    assert!(stdout(&other).contains("no goroutine was moved: no Go program was run"), "{}", stdout(&other));
    let missing = run("/nonexistent");
    assert_eq!(missing.status.code(), Some(2), "{}", stderr(&missing));
}

#[test]
fn a_picture_may_have_every_step_of_the_scheduler() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("chaos-exact");
    std::fs::create_dir_all(&folder).expect("a folder");
    let (picture, record) = (folder.join("run.json"), folder.join("run.snag"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
    command.args(["run", "--timeline-exact", "--timeline"]).arg(&picture).arg("--record").arg(&record);
    let output = command.arg("--").arg(program()).arg("right").output().expect("snag starts");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stderr(&output).contains("not hooked"), "{}", stderr(&output));
    let record = std::fs::read_to_string(record).expect("a record");
    let turns = |what: &str| record.matches(&format!("\"what\":\"{what}\"")).count();
    assert!(turns("runs") >= 9, "the main goroutine, and eight others: {record}");
    assert_eq!(turns("pins"), 8, "{record}");
    let picture: Value = serde_json::from_slice(&std::fs::read(picture).expect("a picture")).expect("JSON");
    let events = picture["traceEvents"].as_array().expect("events");
    let slices = events.iter().filter(|event| event["ph"] == "X" && event["name"].as_str().is_some());
    assert!(slices.count() >= 9, "{picture}");
}

#[test]
fn whoever_interrupts_ends_all_runs() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
    command.args(["chaos", "--baseline", "0", "--"]).arg(program()).arg("patient");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("snag starts");
    // The program ends with 0 when it is asked to end: that is no reason to run it again.
    let mut ended = None;
    for _ in 0..600 {
        std::thread::sleep(Duration::from_millis(100));
        let asked = Command::new("kill").arg(child.id().to_string()).status().expect("kill starts");
        ended = child.try_wait().expect("a child");
        if ended.is_some() || !asked.success() {
            break;
        }
    }
    let output = child.wait_with_output().expect("it ends");
    assert!(ended.is_some(), "it goes on");
    // Before there was a run, the signal itself ended it.
    assert!(matches!(output.status.code(), Some(130) | None), "{}{}", stdout(&output), stderr(&output));
}

#[test]
fn panics_outputs_and_hangs_are_failures() {
    let panicked = chaos(&["--baseline", "0", "-n", "20"], "panic");
    assert!(stdout(&panicked).contains("exit code 2"), "{}", stdout(&panicked));
    assert!(stdout(&panicked).contains("| panic: elsewhere"), "{}", stdout(&panicked));
    let hung = chaos(&["--baseline", "0", "-n", "1", "--timeout", "1"], "hang");
    assert_eq!(hung.status.code(), Some(66));
    assert!(stdout(&hung).contains("it did not end within 1.0 s"), "{}", stdout(&hung));
    let output = chaos(&["--baseline", "0", "-n", "1", "--exit-code", "7", "--timeout", "1"], "hang");
    assert_eq!(output.status.code(), Some(7));
}

#[test]
fn a_process_is_watched_and_left_as_it_was() {
    let mut child = Command::new(program()).arg("hang").stdout(Stdio::null()).spawn().expect("it starts");
    let pid = child.id().to_string();
    // It must have come so far that there is a runtime.
    let attach = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
        command.args(["attach", "--for", "0.1", "--output-format", "json", &pid]);
        command.output().expect("snag starts")
    };
    let outputs = std::iter::repeat_with(attach).take(50);
    let output =
        outputs.into_iter().find(|output| output.status.code() == Some(0)).expect("it can be watched");
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(document["problems"], Value::Array(Vec::new()), "{document}");
    assert_eq!(document["summary"]["pid"].to_string(), pid);
    assert!(child.try_wait().expect("a child").is_none(), "it still runs");
    child.kill().expect("it runs");
    child.wait().expect("its end");
}

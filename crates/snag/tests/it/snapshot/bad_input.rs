//! Processes that cannot be looked into, or not as a whole: one clear sentence each.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use super::*;

/// Nothing but one sentence, and exit code 2.
fn refused(output: &Output, what: &str) -> String {
    let told = stderr(output);
    assert_eq!((output.status.code(), stdout(output)), (Some(2), String::new()), "{what}: {told}");
    assert!(told.starts_with("error: ") && told.lines().count() == 1, "{what}: {told}");
    told
}

#[test]
fn what_cannot_be_read_is_one_sentence_and_exit_code_two() {
    let mut sleep = Command::new("sleep").arg("100").spawn().expect("sleep starts");
    let mut ended = Command::new("true").spawn().expect("true starts");
    while !fs::read_to_string(format!("/proc/{}/stat", ended.id())).expect("an entry").contains(") Z ") {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let running = Running::start("pool");
    let threads = fs::read_dir(format!("/proc/{}/task", running.pid())).expect("its threads").flatten();
    let mut ids = threads.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let thread = ids.find(|id| *id != running.pid()).expect("a thread");
    for (arguments, sentence) in [
        (vec![sleep.id().to_string()], "(sleep) is not a Go program: there is no Go runtime in it"),
        (vec![ended.id().to_string()], " has ended; only its entry is left until process "),
        (vec!["2147483647".to_owned()], "there is no process 2147483647"),
        (vec!["0".to_owned()], "there is no process 0"),
        (vec![thread], "is a thread of process"),
        (
            vec!["--name".to_owned(), "no-such-program".to_owned()],
            "there is no process called no-such-program",
        ),
        (vec!["--diff".to_owned(), "/nowhere".to_owned(), running.pid()], "cannot read /nowhere: "),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = snapshot(&arguments);
        let told = stderr(&output);
        assert_eq!(
            (output.status.code(), stdout(&output)),
            (Some(2), String::new()),
            "{arguments:?}: {told}"
        );
        assert!(told.starts_with("error: ") && told.contains(sentence), "{arguments:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{arguments:?}: {told}");
    }
    for child in [&mut sleep, &mut ended] {
        // One of them has ended already.
        let _ = child.kill();
        child.wait().expect("a child");
    }
}

fn is_root() -> bool {
    fs::read_to_string("/proc/self/status").expect("a status").contains("\nUid:\t0\t0\t")
}

/// The command where everybody may run it.
struct Public(PathBuf);

impl Public {
    fn new(name: &str) -> Public {
        let place = std::env::temp_dir().join(format!("snag-{name}-{}", std::process::id()));
        fs::copy(env!("CARGO_BIN_EXE_snag"), &place).expect("a copy");
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).expect("permissions");
        Public(place)
    }
}

impl Drop for Public {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn another_user_is_told_whose_process_it_is_and_what_helps() {
    let running = Running::start("pool-fixed");
    let snag = Public::new("other-user");
    // Who is not root may look at nobody else, not even at the first process.
    let pid = if is_root() { running.pid() } else { "1".to_owned() };
    for extra in [&[][..], &["--pause"]] {
        let mut command = Command::new(&snag.0);
        if is_root() {
            command.uid(65534).gid(65534);
        }
        let output =
            command.current_dir("/").args(["snapshot", &pid]).args(extra).output().expect("snag starts");
        let told = refused(&output, "another user");
        assert!(told.contains(&format!("process {pid} belongs to user 0, and this is user ")), "{told}");
        assert!(told.contains("run snag as root, with sudo"), "{told}");
    }
}

#[test]
fn root_without_the_capability_is_told_how_to_start_the_container() {
    if !is_root() {
        eprintln!("only root can be root without a capability: not tested here");
        return;
    }
    let running = Running::start("pool-fixed");
    let mut command = Command::new("setpriv");
    command.args(["--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]).arg(env!("CARGO_BIN_EXE_snag"));
    let output = command.args(["snapshot", &running.pid()]).output().expect("setpriv starts");
    let told = refused(&output, "no capability");
    assert!(told.contains("start the container with --cap-add SYS_PTRACE"), "{told}");
}

/// A stripped program that says it was built by another version of Go.
fn renamed(version: &str) -> (PathBuf, String) {
    let program = fs::read(program()).expect("the program");
    let go = Command::new("go").arg("version").env("GOTOOLCHAIN", "local").output().expect("go starts");
    let text = stdout(&go);
    let ours = text.split_whitespace().nth(2).expect("a version").to_owned();
    // As long as the old one: it is replaced in its place.
    let mut theirs = version.to_owned();
    while theirs.len() < ours.len() {
        theirs.push('1');
    }
    let mut bytes = program;
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(ours.len()).position(|bytes| bytes == ours.as_bytes()) {
        at += found;
        bytes[at..at + ours.len()].copy_from_slice(theirs.as_bytes());
    }
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("snapshot-bugs-{theirs}"));
    fs::write(&place, bytes).expect("a program");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).expect("permissions");
    (place, theirs)
}

#[test]
fn a_version_that_nobody_knows_yet_is_read_as_far_as_it_describes_itself() {
    let (program, version) = renamed("go1.99.");
    let running = Running::start_by(Command::new(&program).arg("pool"));
    let output = snapshot(&["--output-format", "json", &running.pid()]);
    let document: Value =
        serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    assert_eq!(document["process"]["go_version"], version);
    let gaps = document["gaps"].as_array().expect("a list");
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(gaps[0]["part"], "scheduler");
    let reason = gaps[0]["reason"].as_str().expect("a reason");
    assert_eq!(reason, format!("where {version} keeps the scheduler's counters is not known"));
    assert_eq!(rules(&document), ["pinned-pool"]);
}

#[test]
fn a_version_that_is_too_old_is_named() {
    let (program, version) = renamed("go1.9.");
    let running = Running::start_by(Command::new(&program).arg("pool-fixed"));
    let told = refused(&snapshot(&[&running.pid()]), "an old version");
    assert!(
        told.contains(&format!("was built by {version}: Snag reads programs of Go 1.15 and newer")),
        "{told}"
    );
}

fn kill_after(child: &mut Child, delay: Duration) {
    std::thread::sleep(delay);
    child.kill().expect("a child");
}

#[test]
fn a_process_that_ends_while_it_is_read_is_one_sentence() {
    let mut seen = false;
    let begin = Instant::now();
    // It lasts longer to read on a busy machine: the delay walks through the whole time of a look.
    for delay in (10..).step_by(15).map(Duration::from_millis) {
        let mut running = Running::start("pool-large-fixed");
        let pid = running.pid();
        let look = std::thread::spawn(move || snapshot(&[&pid]));
        kill_after(&mut running.0, delay);
        let output = look.join().expect("a look");
        if output.status.code() != Some(2) {
            // It was faster.
            assert_eq!(stderr(&output), "");
            break;
        }
        let told = refused(&output, "it ended");
        let known = ["ended while it was read", " has ended; only its entry is left", "there is no process"];
        assert!(known.iter().any(|known| told.contains(known)), "{told}");
        seen |= told.contains(known[0]);
        assert!(begin.elapsed() < Duration::from_secs(300), "snag does not come to an end");
    }
    assert!(seen, "nobody was caught while it was read");
}

#[test]
fn a_million_goroutines_are_no_reason_to_give_up() {
    let running = Running::start("parked");
    let output = snapshot(&["--exit-zero", &running.pid()]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(text.contains(" 1000000  waiting: chan receive"), "{text}");
    assert!(text.contains("main.main.gowrap") && text.contains(", started by main.main (bugs.go:"), "{text}");
}

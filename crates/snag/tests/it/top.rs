//! `snag top` on a real program and a real pseudo-terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::Pid;

use super::snapshot::{Running, build};
use super::{stderr, stdout};

/// A machine with other work to do is slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// `snag top` on a terminal of its own.
struct Top {
    child: Child,
    keys: File,
    terminal: OwnedFd,
    shown: Arc<Mutex<String>>,
}

impl Top {
    fn start(running: &Running, arguments: &[&str]) -> Top {
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let pair = openpty(&size, None).expect("a pseudo-terminal");
        let side = || Stdio::from(pair.slave.try_clone().expect("a terminal"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
        command.arg("top").args(arguments).arg(running.pid());
        command.env_clear().env("TERM", "xterm-256color").env("LANG", "C.UTF-8");
        let child = command.stdin(side()).stdout(side()).stderr(side()).spawn().expect("snag starts");
        let shown = Arc::new(Mutex::new(String::new()));
        let mut master = File::from(pair.master.try_clone().expect("the other end"));
        let seen = shown.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read) = master.read(&mut bytes) {
                seen.lock().expect("a text").push_str(&String::from_utf8_lossy(&bytes[..read]));
            }
        });
        Top { child, keys: File::from(pair.master), terminal: pair.slave, shown }
    }

    fn shown(&self) -> String {
        self.shown.lock().expect("a text").clone()
    }

    fn wait_for(&self, text: &str) {
        let start = Instant::now();
        while !self.shown().contains(text) {
            assert!(start.elapsed() < PATIENCE, "{text:?} in {:?}", self.shown());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("keys");
    }

    /// How it ended, after the terminal was looked at.
    fn end(mut self) -> (ExitStatus, String) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not end: {:?}", self.shown());
            std::thread::sleep(Duration::from_millis(10));
        };
        self.wait_for("\x1b[?1049l");
        let modes = tcgetattr(self.terminal.as_fd()).expect("the modes of the terminal").local_flags;
        assert!(modes.contains(LocalFlags::ECHO | LocalFlags::ICANON | LocalFlags::ISIG), "{modes:?}");
        let shown = self.shown();
        let (_, after) = shown.rsplit_once("\x1b[?1049l").expect("the end of the picture");
        assert!(after.contains("\x1b[?25h"), "the cursor is back: {after:?}");
        (status, after.replace("\x1b[?25h", ""))
    }
}

impl Drop for Top {
    fn drop(&mut self) {
        // Only a test that failed has left it running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn once(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
    command.arg("top").args(arguments).env_clear().stdin(Stdio::null()).output().expect("snag starts")
}

#[test]
fn one_frame_shows_threads_goroutines_and_problems() {
    let running = Running::start("pool");
    let output = once(&["--once", "--interval", "0.3", "--width", "70", &running.pid()]);
    let text = stdout(&output);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()), "{text}");
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 70), "no locale, 70 columns: {text}");
    assert!(text.contains("pinned            40 "), "{text}");
    assert!(text.contains("warning[pinned-pool]: 40 goroutines are pinned at once"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("! ") && line.contains(" parked ")).count(), 40);
    let group = text.lines().find(|line| line.contains("chan receive")).expect("a group");
    assert!(group.contains("40") && group.contains("main.pinned"), "{group}");
    let narrow = once(&["--once", "--interval", "0.1", "--width", "1", &running.pid()]);
    assert!(stdout(&narrow).lines().all(|line| line.len() <= 1), "{}", stdout(&narrow));
}

#[test]
fn a_thread_that_differs_is_marked() {
    let running = Running::start("poisoned");
    let text = stdout(&once(&["--once", "--interval", "0.3", "--width", "120", &running.pid()]));
    // Groups are marked as well, if one of them runs on that thread.
    let (threads, _) = text.split_once("COUNT").expect("two lists");
    let odd: Vec<&str> = threads.lines().filter(|line| line.starts_with("! ")).collect();
    assert!(odd.len() == 1 && odd[0].contains("no_new_privs"), "{text}");
}

#[test]
fn without_a_terminal_it_says_what_to_use() {
    let running = Running::start("pool-fixed");
    for arguments in [vec![running.pid()], vec!["--interval".to_owned(), "5".to_owned(), running.pid()]] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = once(&arguments);
        let told = stderr(&output);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()));
        assert!(told.contains("needs a terminal") && told.contains("snag top --once"), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    for (arguments, hint) in [
        (&["--interval", "0", "1"][..], "not a number of seconds from 0.1 to 3600"),
        (&["--interval", "NaN", "1"], "not a number of seconds from 0.1 to 3600"),
        (&["--once", "2147483647"], "there is no process 2147483647"),
        (&["--width", "80", "1"], "--once"),
        (&[], "<PID>"),
    ] {
        let output = once(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(hint), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn the_terminal_is_given_back_when_the_program_is_killed() {
    let mut running = Running::start("pool");
    let top = Top::start(&running, &["--interval", "0.2"]);
    top.wait_for("pinned-pool");
    // Nobody collects it yet: its entry is left.
    running.0.kill().expect("the program ends");
    let (status, told) = top.end();
    assert_eq!(status.code(), Some(1), "{told:?}");
    let figures = "ended (snapshot-bugs); last seen: ";
    assert!(told.contains(figures) && told.contains(", 40 pinned"), "{told:?}");
    assert_eq!(told.lines().count(), 1, "{told:?}");
}

#[test]
fn another_program_in_the_same_process_is_the_end() {
    let mut running = Running::of(&build("top/restart.go", "restart"), &[]);
    let top = Top::start(&running, &[]);
    top.wait_for("GOMAXPROCS");
    running.0.stdin.take().expect("its input").write_all(b"now\n").expect("a line");
    let (status, told) = top.end();
    assert_eq!(status.code(), Some(1), "{told:?}");
    assert!(told.contains("sleep from its beginning now (restart); last seen: "), "{told:?}");
}

#[test]
fn every_way_out_gives_the_terminal_back() {
    let running = Running::start("poisoned");
    for (keys, code) in [("q", 0), ("2\x1b[B\r\rJJ/main\r?xq", 0), ("\\abc\x03", 130), ("\x03", 130)] {
        let mut top = Top::start(&running, &[]);
        top.wait_for("no_new_privs");
        top.press(keys);
        let (status, told) = top.end();
        assert_eq!((status.code(), told.as_str()), (Some(code), ""), "{keys:?}");
    }
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT] {
        let top = Top::start(&running, &[]);
        top.wait_for("GOMAXPROCS");
        kill(Pid::from_raw(top.child.id() as i32), signal).expect("a signal");
        let (status, told) = top.end();
        assert_eq!((status.signal(), told.as_str()), (Some(signal as i32), ""), "{signal}");
    }
}

#[test]
fn a_picture_that_stands_still_outlives_the_program() {
    let mut running = Running::start("pool");
    let mut top = Top::start(&running, &["--color", "never"]);
    top.wait_for("pinned-pool");
    top.press(" ");
    top.wait_for("PAUSED");
    running.0.kill().expect("the program ends");
    top.wait_for("ENDED");
    top.press("2");
    top.wait_for("STARTED");
    assert!(!top.shown().contains("\x1b[38;5;"), "no colors were wanted");
    top.press("q");
    let (status, told) = top.end();
    assert_eq!(status.code(), Some(1), "{told:?}");
    assert!(told.contains("last seen: "), "{told:?}");
}

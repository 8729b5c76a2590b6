//! `cargo xtask stress run`: Snag is killed at random moments of a run. Nothing may be left of the program, stopped or not.

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::bench::{Scratch, build_snag};

/// Makes and ends threads and processes, and changes threads, for as long as it lives.
const PROGRAM: &str = include_str!("busy.go.txt");
/// By then the program has done everything it does many times.
const LATEST: Duration = Duration::from_millis(400);
/// So long the kernel may take to end what was left.
const PATIENCE: Duration = Duration::from_secs(30);
/// In the environment of the program and of all that it starts.
const MARK: &str = "SNAG_STRESS";

/// Kills Snag so many times.
pub(super) fn run(kills: u32) -> anyhow::Result<()> {
    let (scratch, snag) = (Scratch::new()?, build_snag()?);
    let program = scratch.build("busy", PROGRAM)?;
    let mark = format!("{MARK}={}", std::process::id());
    let (mut followed, mut left) = (0, 0);
    for _ in 0..kills {
        let mut command = Command::new(&snag);
        command.args(["run", "--"]).arg(&program).env(MARK, std::process::id().to_string());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        std::thread::sleep(moment());
        let own = child.id().to_string();
        followed += usize::from(marked(&mark).iter().any(|pid| *pid != own));
        child.kill()?;
        child.wait()?;
        left += outliving(&mark);
    }
    println!(
        "{kills} times snag run was killed within {LATEST:?}, {followed} times with processes of the program"
    );
    println!("processes that were left after {PATIENCE:?}: {left}");
    if left > 0 { bail!("{left} processes were left") } else { Ok(()) }
}

/// None is like another.
fn moment() -> Duration {
    let random = RandomState::new().build_hasher().finish();
    Duration::from_nanos(random % LATEST.as_nanos() as u64)
}

/// How many processes do not end; they are ended.
fn outliving(mark: &str) -> usize {
    let begin = Instant::now();
    loop {
        let left = marked(mark);
        if left.is_empty() {
            return 0;
        }
        if begin.elapsed() > PATIENCE {
            for pid in &left {
                println!("process {pid} was left: {}", state(pid).unwrap_or_default());
                let _ = Command::new("kill").args(["-KILL", pid]).status();
            }
            return left.len();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Processes of this run that have not ended.
fn marked(mark: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().into_string().ok());
    let is_ours = |pid: &String| {
        fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|variables| variables.split(|&byte| byte == 0).any(|it| it == mark.as_bytes()))
    };
    pids.filter(|pid| pid.bytes().all(|byte| byte.is_ascii_digit()) && is_ours(pid)).collect()
}

fn state(pid: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    Some(status.lines().find(|line| line.starts_with("State:"))?.to_owned())
}

//! What delve and gdb need to tell the goroutines of a process, and how long it stands still for them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::measure::{Cost, measure};

/// A debugger that has not told the goroutines by then is stopped.
const PATIENCE: &str = "420";
/// Between looks at whether the process stands still.
const STEP: Duration = Duration::from_micros(500);

/// A debugger of this machine.
#[derive(Debug)]
pub(super) struct Debugger {
    pub(super) name: &'static str,
    pub(super) version: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Delve,
    /// With the script that comes with Go.
    Gdb(PathBuf),
}

/// Those that are installed.
pub(super) fn installed() -> Vec<Debugger> {
    let mut found = Vec::new();
    if let Some(version) = told("dlv", &["version"]).and_then(|text| line(&text, "Version:")) {
        found.push(Debugger { name: "delve", version, kind: Kind::Delve });
    }
    let gdb = told("gdb", &["--version"])
        .and_then(|text| Some(text.lines().next()?.rsplit(' ').next()?.to_owned()));
    let script =
        told("go", &["env", "GOROOT"]).map(|root| Path::new(root.trim()).join("src/runtime/runtime-gdb.py"));
    if let (Some(version), Some(script)) = (gdb, script.filter(|script| script.is_file())) {
        found.push(Debugger { name: "gdb", version, kind: Kind::Gdb(script) });
    }
    found
}

fn told(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn line(text: &str, start: &str) -> Option<String> {
    Some(text.lines().find_map(|line| line.strip_prefix(start))?.trim().to_owned())
}

/// What it took, and how long the process stood still.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) cost: Cost,
    pub(super) still: Duration,
    /// How many goroutines it told.
    pub(super) goroutines: usize,
}

impl Debugger {
    /// Makes it tell all goroutines of the process.
    pub(super) fn goroutines(&self, pid: i32, folder: &Path) -> anyhow::Result<Told> {
        let output = folder.join("told");
        let command = self.command(pid, folder, &output)?;
        let (cost, still) = watch(pid, || measure(&command, None))?;
        let goroutines = count(&fs::read_to_string(&output).unwrap_or_default());
        Ok(Told { cost, still, goroutines })
    }

    fn command(&self, pid: i32, folder: &Path, output: &Path) -> anyhow::Result<Command> {
        let words = match &self.kind {
            Kind::Delve => {
                let script = folder.join("delve.commands");
                fs::write(&script, "goroutines\nexit\n")?;
                let script = script.to_str().context("a path that is no text")?;
                // Leaving asks whether the process is to be killed: no.
                format!(
                    "yes n | dlv attach {pid} --check-go-version=false --init {script} --allow-non-terminal-interactive=true"
                )
            }
            Kind::Gdb(script) => format!(
                "gdb -p {pid} -batch -iex 'set auto-load no' -ex 'source {}' -ex 'info goroutines'",
                script.display()
            ),
        };
        let mut command = Command::new("timeout");
        command.args([PATIENCE, "sh", "-c", &format!("{words} > {} 2>&1", output.display())]);
        command.stdin(Stdio::null());
        Ok(command)
    }
}

/// Goroutines in the output of either.
fn count(text: &str) -> usize {
    let is_one = |line: &&str| {
        let line = line.trim_start_matches(['*', ' ']);
        let delve = line
            .strip_prefix("Goroutine ")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let gdb = line.split_whitespace().take(2).collect::<Vec<_>>();
        delve
            || matches!(gdb[..], [id, "waiting" | "running" | "runnable" | "syscall"] if id.parse::<u64>().is_ok())
    };
    text.lines().filter(is_one).count()
}

/// Does the work, and says for how long a debugger held the process meanwhile.
pub(super) fn watch<T>(pid: i32, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, Duration)> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut still = Duration::ZERO;
            let mut since: Option<Instant> = None;
            while !over.load(Ordering::Relaxed) {
                match (is_held(pid), since) {
                    (true, None) => since = Some(Instant::now()),
                    (false, Some(begin)) => {
                        still += begin.elapsed();
                        since = None;
                    }
                    _ => {}
                }
                std::thread::sleep(STEP);
            }
            still + since.map_or(Duration::ZERO, |begin| begin.elapsed())
        });
        let outcome = work();
        over.store(true, Ordering::Relaxed);
        let still = watcher.join().unwrap_or_default();
        Ok((outcome?, still))
    })
}

fn is_held(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['t', 'T']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goroutines_of_both_debuggers_are_counted() {
        let delve = "* Goroutine 1 - User: ./main.go:8 main.main (0x4) (thread 7)\n  Goroutine 2 - User: x\n[2 goroutines]\n";
        assert_eq!(count(delve), 2);
        assert_eq!(count("* 1 waiting  runtime.gopark\n  17 syscall  runtime.notetsleepg\n[New LWP 8]\n"), 2);
    }
}

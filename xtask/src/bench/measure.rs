//! What a command costs: a process of its own starts it, so that the kernel's sums are those of this command.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};

/// The argument that makes this program the process that measures.
pub(crate) const CHILD: &str = "bench-child";
/// The kernel takes at most 2 MB of arguments and environment.
const ARGUMENTS: usize = 1 << 20;
/// Enough of the last words of a command to say why it failed.
const WORDS: usize = 2000;

/// The cost of a command with all its children.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Cost {
    pub(super) cpu: f64,
    pub(super) wall: f64,
    /// Of the largest of its processes.
    pub(super) peak_mb: f64,
    pub(super) exit: Option<i32>,
    /// What it told on stderr; the end of it.
    pub(super) told: String,
}

/// Runs the command with its arguments; with a list, its lines are appended to the arguments, in as many runs as
/// they need.
pub(super) fn measure(command: &Command, list: Option<&Path>) -> anyhow::Result<Cost> {
    let mut child = Command::new(std::env::current_exe()?);
    child.arg(CHILD).arg(list.unwrap_or(Path::new(""))).arg(command.get_program()).args(command.get_args());
    if let Some(directory) = command.get_current_dir() {
        child.current_dir(directory);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => child.env(name, value),
            None => child.env_remove(name),
        };
    }
    let output = child.stderr(Stdio::inherit()).output().context("cannot start the measuring process")?;
    if !output.status.success() {
        bail!("cannot measure {}", command.get_program().display());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The process that measures: prints the cost as JSON.
pub(crate) fn child(arguments: &[&str]) -> anyhow::Result<()> {
    let [list, program, arguments @ ..] = arguments else { bail!("{CHILD} is not for people") };
    let list = if list.is_empty() { String::new() } else { std::fs::read_to_string(list)? };
    let mut cost = Cost { cpu: 0.0, wall: 0.0, peak_mb: 0.0, exit: Some(0), told: String::new() };
    let begin = Instant::now();
    for batch in batches(&list) {
        let mut command = Command::new(program);
        command.args(arguments).args(batch).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let output = command.output().with_context(|| format!("cannot run {program}"))?;
        let told = String::from_utf8_lossy(&output.stderr);
        let start = told.len().saturating_sub(WORDS);
        cost.told = told.get(told.ceil_char_boundary(start)..).unwrap_or_default().to_owned();
        if !output.status.success() {
            cost.exit = output.status.code();
        }
    }
    cost.wall = begin.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    cost.cpu = micros as f64 / 1e6;
    let unit = if cfg!(target_os = "macos") { 1.0 } else { 1024.0 };
    cost.peak_mb = usage.max_rss() as f64 * unit / 1e6;
    println!("{}", serde_json::to_string(&cost)?);
    Ok(())
}

/// The lines in pieces that fit a command line; one empty piece where there are none.
fn batches(list: &str) -> Vec<Vec<&str>> {
    let mut batches = vec![Vec::new()];
    let mut size = 0;
    for line in list.lines() {
        size += line.len() + 1 + size_of::<usize>();
        if size > ARGUMENTS {
            batches.push(Vec::new());
            size = 0;
        }
        if let Some(batch) = batches.last_mut() {
            batch.push(line);
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut_and_lose_nothing() {
        let lines: Vec<String> = (0..100_000).map(|n| format!("/a/folder/file{n}.go")).collect();
        let list = lines.join("\n");
        let batches = batches(&list);
        assert!(batches.len() > 1);
        assert_eq!(batches.concat(), lines);
        assert_eq!(super::batches(""), [[""; 0]]);
    }
}

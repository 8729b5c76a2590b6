//! What `/proc` shows of a running program.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use anyhow::Context;

use super::count::Count;

/// The state at a look.
pub(super) fn look(count: &Count, process: u32, lines: &[String]) -> anyhow::Result<u64> {
    let threads = threads(process)?;
    // The main thread is left out: a goroutine that ends pinned on it cannot end it, and nobody gets it again.
    let others = || threads.iter().filter(|&&thread| thread != process);
    Ok(match count {
        Count::ThreadsWithOther(field) => {
            let ours = status("/proc/thread-self/status", field)?;
            // A thread that is gone by now has nothing.
            let other = |thread: &&u32| {
                status(&format!("/proc/{process}/task/{thread}/status"), field)
                    .is_ok_and(|theirs| theirs != ours)
            };
            others().filter(other).count() as u64
        }
        Count::ThreadsInOther(kind) => {
            let ours = fs::read_link(format!("/proc/thread-self/ns/{kind}"))?;
            let other = |thread: &&u32| {
                fs::read_link(format!("/proc/{process}/task/{thread}/ns/{kind}"))
                    .is_ok_and(|theirs| theirs != ours)
            };
            others().filter(other).count() as u64
        }
        Count::ChildrenWithOther(field) => {
            let ours = status("/proc/thread-self/status", field)?;
            let other = |child: &u32| {
                status(&format!("/proc/{child}/status"), field).is_ok_and(|theirs| theirs != ours)
            };
            children(process)?.into_iter().filter(other).count() as u64
        }
        Count::Misjudged => number(lines)
            .context("the program says no number before its look")?
            .abs_diff(threads.len() as u64),
        Count::CpuMilliseconds => cpu(process)?.as_millis() as u64,
        Count::ThreadSleeps => {
            let sleeps = |thread: &u32| {
                let path = format!("/proc/{process}/task/{thread}/status");
                status(&path, "voluntary_ctxt_switches").ok()?.parse::<u64>().ok()
            };
            threads.iter().filter_map(sleeps).sum()
        }
        _ => threads.len() as u64,
    })
}

/// The last number of the last line.
pub(super) fn number(lines: &[String]) -> Option<u64> {
    lines.last()?.split_whitespace().last()?.parse().ok()
}

/// CPU time of all threads of the process, ended ones included.
pub(super) fn cpu(process: u32) -> anyhow::Result<Duration> {
    // The name may contain anything, also blanks and parentheses.
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = text.rsplit_once(')').context("a process without a name")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks =
        |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).context("a short line");
    // Linux tells user programs of 100 ticks in a second, whatever it uses itself.
    Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
}

fn threads(process: u32) -> anyhow::Result<BTreeSet<u32>> {
    let entries = fs::read_dir(format!("/proc/{process}/task"))?;
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect())
}

fn children(process: u32) -> anyhow::Result<Vec<u32>> {
    let processes =
        fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let parent = process.to_string();
    let is_child =
        |child: &u32| status(&format!("/proc/{child}/status"), "PPid").is_ok_and(|theirs| theirs == parent);
    Ok(processes.filter(is_child).collect())
}

fn status(path: &str, field: &str) -> anyhow::Result<String> {
    let text = fs::read_to_string(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    Ok(line.with_context(|| format!("no {field} in {path}"))?.trim().to_owned())
}

//! What changed since a snapshot that was kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Write};

use super::document::{Document, document};
use super::{Seen, text};

/// Longer lists say nothing new.
const ROWS: usize = 30;

/// The changes, then the findings.
pub(super) fn render(old: &Document, seen: &Seen) -> String {
    let new = document(seen);
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = changes(&mut text, old, &new);
    text.push('\n');
    text + &text::findings(&seen.findings, &seen.snapshot)
}

fn changes(text: &mut String, old: &Document, new: &Document) -> std::fmt::Result {
    let process = &new.process;
    writeln!(text, "{} (process {}), {}", process.name, process.pid, process.go_version)?;
    let identity = |document: &Document| (document.process.pid, document.process.started_ticks);
    if identity(old) == identity(new) {
        let seconds = new.taken_ns.saturating_sub(old.taken_ns) as f64 / 1e9;
        writeln!(text, "compared with {seconds:.1} s before\n")?;
    } else {
        let before = &old.process;
        writeln!(text, "compared with another process: {} ({})\n", before.name, before.pid)?;
    }
    row(text, "goroutines", old.goroutines.len(), new.goroutines.len())?;
    row(text, "threads", old.threads.len(), new.threads.len())?;
    row(text, "pinned", pinned(old), pinned(new))?;
    if let (Some(old), Some(new)) = (&old.scheduler, &new.scheduler) {
        row(text, "threads made", old.threads_created, new.threads_created)?;
        row(text, "threads ended", old.threads_freed, new.threads_freed)?;
    }
    if let (Some(old), Some(new)) = (old.gomaxprocs, new.gomaxprocs) {
        row(text, "GOMAXPROCS", old, new)?;
    }
    if let (Some(old), Some(new)) = (&old.quota, &new.quota) {
        row(text, "periods stopped", old.throttled, new.throttled)?;
    }
    kinds(text, old, new)?;
    threads(text, old, new)
}

fn row<T: Copy + Display + TryInto<i64>>(text: &mut String, what: &str, old: T, new: T) -> std::fmt::Result {
    let change = match (old.try_into(), new.try_into()) {
        (Ok(old), Ok(new)) => signed(new - old),
        _ => String::new(),
    };
    writeln!(text, "{what:<16} {old:>8} {new:>8} {change:>8}")
}

fn signed(change: i64) -> String {
    if change == 0 { "=".to_owned() } else { format!("{change:+}") }
}

fn pinned(document: &Document) -> usize {
    document.machines.iter().filter(|machine| machine.pin.as_ref().is_some_and(|pin| pin.depth > 0)).count()
}

/// Who started a goroutine, what it began with, and what it does.
type Kind = (String, String, String);

fn counts(document: &Document) -> BTreeMap<Kind, i64> {
    let frame = |frame: Option<u32>| frame.and_then(|frame| document.frames.get(frame as usize));
    let mut counts = BTreeMap::new();
    for goroutine in &document.goroutines {
        let created = frame(goroutine.created).map(|frame| format!("{}:{}", frame.function, frame.line));
        let start = frame(goroutine.start).map(|frame| frame.function.clone());
        let reason = goroutine.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let kind =
            (created.unwrap_or_default(), start.unwrap_or_default(), format!("{}{reason}", goroutine.status));
        *counts.entry(kind).or_insert(0) += 1;
    }
    counts
}

fn kinds(text: &mut String, old: &Document, new: &Document) -> std::fmt::Result {
    let (before, after) = (counts(old), counts(new));
    let all: BTreeSet<&Kind> = before.keys().chain(after.keys()).collect();
    let count = |counts: &BTreeMap<Kind, i64>, kind| counts.get(kind).copied().unwrap_or(0);
    let changes = all.into_iter().map(|kind| (count(&after, kind) - count(&before, kind), kind));
    let mut changes: Vec<(i64, &Kind)> = changes.filter(|(change, _)| *change != 0).collect();
    changes.sort_by_key(|(change, kind)| (std::cmp::Reverse(change.abs()), *kind));
    if !changes.is_empty() {
        writeln!(text, "\ngoroutines, by what they do and who started them")?;
    }
    for (change, (created, start, what)) in changes.iter().take(ROWS) {
        let by = if created.is_empty() { String::new() } else { format!(", started by {created}") };
        writeln!(text, "{:>8}  {what:<28} {start}{by}", signed(*change))?;
    }
    Ok(())
}

/// Threads whose own state is not what it was.
fn threads(text: &mut String, old: &Document, new: &Document) -> std::fmt::Result {
    let before: BTreeMap<(i32, u64), _> =
        old.threads.iter().map(|thread| ((thread.tid, thread.started_ticks), &thread.state)).collect();
    let mut title = "\nthreads that changed\n";
    for thread in &new.threads {
        let Some(before) = before.get(&(thread.tid, thread.started_ticks)) else { continue };
        for (state, value) in &thread.state {
            if let Some(old) = before.get(state).filter(|old| *old != value) {
                text.push_str(std::mem::take(&mut title));
                writeln!(text, "  {:<8} {state}: {old} is now {value}", thread.tid)?;
            }
        }
    }
    Ok(())
}

//! A snapshot for a person.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use snag_rules::live::LiveFinding;
use snag_threads::StateId;
use snag_threads::snapshot::{Frame, FrameId, Goroutine, Machine, ReasonId, Snapshot, Status, Thread};

use super::Seen;
use crate::output::{count, severity};

/// Longer lists say nothing new; JSON has all.
const ROWS: usize = 30;
/// Threads that are listed with a value that differs.
const LISTED: usize = 8;

/// Everything worth reading, the findings last.
pub(super) fn render(seen: &Seen, stacks: bool) -> String {
    let snapshot = &seen.snapshot;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = head(&mut text, snapshot);
    let _ = groups(&mut text, snapshot);
    if stacks {
        let _ = all_stacks(&mut text, snapshot);
    }
    let _ = pinned(&mut text, snapshot);
    let _ = threads(&mut text, snapshot);
    let _ = differences(&mut text, snapshot);
    text.push('\n');
    text + &findings(&seen.findings, snapshot)
}

/// The findings, and how many there are.
pub(crate) fn findings(findings: &[LiveFinding], snapshot: &Snapshot) -> String {
    let mut text = String::new();
    for finding in findings {
        let _ = writeln!(text, "{}[{}]: {}", severity(finding.severity), finding.rule, finding.message);
        for evidence in &finding.evidence {
            let _ = match &evidence.frame {
                Some(frame) => writeln!(text, "  {} {}", place(frame), evidence.message),
                None => writeln!(text, "  {}", evidence.message),
            };
        }
        text.push('\n');
    }
    let pid = snapshot.process.pid;
    match findings.len() {
        0 => text + &format!("No problems found in process {pid}.\n"),
        n => text + &format!("Found {} in process {pid}.\n", count(n, "problem")),
    }
}

fn head(text: &mut String, snapshot: &Snapshot) -> std::fmt::Result {
    let process = &snapshot.process;
    let cgo = if process.cgo { " with C" } else { "" };
    writeln!(
        text,
        "{} (process {}), {}{cgo}, {}",
        process.name, process.pid, process.go_version, process.executable
    )?;
    if let Some(paused) = snapshot.paused {
        writeln!(text, "It stood still for {:.1} ms.", paused.as_secs_f64() * 1e3)?;
    }
    for gap in &snapshot.gaps {
        writeln!(text, "Not shown: {} ({}).", gap.part.name(), gap.reason)?;
    }
    text.push('\n');
    writeln!(text, "goroutines  {}", goroutines(snapshot))?;
    writeln!(text, "threads     {}", thread_counts(snapshot))?;
    if let Some(procs) = snapshot.gomaxprocs {
        let mut states: BTreeMap<&str, usize> = BTreeMap::new();
        for processor in &snapshot.processors {
            *states.entry(processor.status.name()).or_default() += 1;
        }
        let queue = snapshot.scheduler.and_then(|scheduler| scheduler.queue).unwrap_or(0);
        let own: u32 = snapshot.processors.iter().map(|processor| processor.queue).sum();
        let waiting = i64::from(queue) + i64::from(own);
        writeln!(text, "GOMAXPROCS  {procs}: {}; {waiting} goroutines in the queues", list(&states))?;
    }
    if let Some(quota) = &snapshot.quota {
        let stopped = format!(
            "stopped in {} of {} periods, for {:.1} s",
            quota.throttled,
            quota.periods,
            quota.throttled_time.as_secs_f64()
        );
        writeln!(text, "CPU quota   {:.2} CPUs, {stopped} ({})", quota.cpus, quota.source)?;
    }
    Ok(())
}

fn list(counts: &BTreeMap<&str, usize>) -> String {
    let mut parts: Vec<(&&str, &usize)> = counts.iter().collect();
    parts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let parts: Vec<String> = parts.into_iter().map(|(word, count)| format!("{count} {word}")).collect();
    parts.join(", ")
}

fn goroutines(snapshot: &Snapshot) -> String {
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for goroutine in &snapshot.goroutines {
        *states.entry(goroutine.status.name()).or_default() += 1;
    }
    format!("{}: {}", snapshot.goroutines.len(), list(&states))
}

fn thread_counts(snapshot: &Snapshot) -> String {
    let go = snapshot.machines.iter().filter(|machine| machine.tid.is_some()).count();
    let pinned =
        snapshot.machines.iter().filter(|machine| machine.pin.is_some_and(|pin| pin.depth > 0)).count();
    let in_c = snapshot.machines.iter().filter(|machine| machine.in_cgo).count();
    let mut line = format!("{}: {go} of Go's, {pinned} pinned, {in_c} in C", snapshot.threads.len());
    if let Some(scheduler) = snapshot.scheduler {
        let _ = write!(
            line,
            ", {} idle; {} made, {} ended so far",
            scheduler.threads_idle, scheduler.threads_created, scheduler.threads_freed
        );
    }
    line
}

/// What goroutines of one kind have in common.
type Kind = (Option<FrameId>, Option<FrameId>, Status, Option<ReasonId>);

fn groups(text: &mut String, snapshot: &Snapshot) -> std::fmt::Result {
    let mut kinds: BTreeMap<Kind, Vec<&Goroutine>> = BTreeMap::new();
    for goroutine in &snapshot.goroutines {
        let kind = (goroutine.created, goroutine.start, goroutine.status, goroutine.reason);
        kinds.entry(kind).or_default().push(goroutine);
    }
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, goroutines)| (std::cmp::Reverse(goroutines.len()), goroutines[0].id));
    writeln!(text, "\ngoroutines, by what they do and who started them")?;
    for ((created, start, ..), goroutines) in kinds.iter().take(ROWS) {
        let what = doing(snapshot, goroutines[0]);
        let start = start.and_then(|start| snapshot.frame(start)).map_or("?", |frame| &frame.function);
        let who =
            if goroutines.len() == 1 { format!("  (goroutine {})", goroutines[0].id) } else { String::new() };
        write!(text, "{:>8}  {what:<28} {start}{who}", goroutines.len())?;
        match created.and_then(|created| snapshot.frame(created)) {
            Some(frame) => writeln!(text, ", started by {}", place(frame))?,
            None => writeln!(text)?,
        }
    }
    more(text, kinds.len())
}

fn more(text: &mut String, rows: usize) -> std::fmt::Result {
    match rows.checked_sub(ROWS).filter(|&more| more > 0) {
        Some(more) => writeln!(text, "          and {more} more; --output-format json lists all"),
        None => Ok(()),
    }
}

/// `waiting: chan receive, 5m`
fn doing(snapshot: &Snapshot, goroutine: &Goroutine) -> String {
    let mut what = goroutine.status.name().to_owned();
    match (snapshot.reason(goroutine), goroutine.reason) {
        (Some(reason), _) => what = format!("{what}: {reason}"),
        (None, Some(reason)) => what = format!("{what}: reason {}", reason.0),
        (None, None) => {}
    }
    what
}

fn place(frame: &Frame) -> String {
    let file = frame.file.rsplit('/').next().unwrap_or_default();
    match file {
        "" => frame.function.to_string(),
        file => format!("{} ({file}:{})", frame.function, frame.line),
    }
}

fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds @ 60..3600 => format!("{}m", seconds / 60),
        seconds => format!("{}h", seconds / 3600),
    }
}

fn all_stacks(text: &mut String, snapshot: &Snapshot) -> std::fmt::Result {
    let mut same: BTreeMap<_, Vec<&Goroutine>> = BTreeMap::new();
    for goroutine in snapshot.goroutines.iter().filter(|goroutine| goroutine.stack.is_some()) {
        same.entry((goroutine.stack, goroutine.status, goroutine.reason)).or_default().push(goroutine);
    }
    let mut same: Vec<_> = same.into_iter().collect();
    same.sort_by_key(|(_, goroutines)| (std::cmp::Reverse(goroutines.len()), goroutines[0].id));
    for ((stack, ..), goroutines) in same {
        let one = goroutines[0];
        let longest = goroutines.iter().filter_map(|goroutine| goroutine.waiting).max();
        let waiting = longest.map(|time| format!(", up to {}", duration(time))).unwrap_or_default();
        let who = match goroutines.len() {
            1 => format!("goroutine {}", one.id),
            n => format!("{n} goroutines ({}, ...)", one.id),
        };
        writeln!(text, "\n{who} [{}{waiting}]", doing(snapshot, one))?;
        for frame in stack.into_iter().flat_map(|stack| snapshot.stack(stack)) {
            writeln!(text, "    {}\n        {}:{}", frame.function, frame.file, frame.line)?;
        }
        if let Some(frame) = one.created.and_then(|created| snapshot.frame(created)) {
            writeln!(text, "    started by {}\n        {}:{}", frame.function, frame.file, frame.line)?;
        }
    }
    Ok(())
}

fn pinned(text: &mut String, snapshot: &Snapshot) -> std::fmt::Result {
    let pinned: Vec<(&Machine, &Goroutine)> = snapshot
        .machines
        .iter()
        .filter_map(|machine| {
            Some((machine, snapshot.goroutine(machine.pin.filter(|pin| pin.depth > 0)?.goroutine)?))
        })
        .collect();
    if pinned.is_empty() {
        return Ok(());
    }
    writeln!(text, "\npinned goroutines")?;
    for (machine, goroutine) in pinned.iter().take(ROWS) {
        let tid = machine.tid.map_or("?".to_owned(), |tid| tid.to_string());
        let depth = machine.pin.map_or(0, |pin| pin.depth);
        let deep = if depth > 1 { format!(", {depth} times") } else { String::new() };
        let start =
            goroutine.start.and_then(|start| snapshot.frame(start)).map_or("?", |frame| &frame.function);
        write!(text, "  goroutine {:<8} thread {tid:<8} {start}{deep}", goroutine.id)?;
        match goroutine.created.and_then(|created| snapshot.frame(created)) {
            Some(frame) => writeln!(text, ", started by {}", place(frame))?,
            None => writeln!(text)?,
        }
    }
    more(text, pinned.len())
}

fn threads(text: &mut String, snapshot: &Snapshot) -> std::fmt::Result {
    let machines: BTreeMap<i32, &Machine> =
        snapshot.machines.iter().filter_map(|machine| Some((machine.tid?, machine))).collect();
    writeln!(text, "\nthreads\n{:>8}  {:<16} {:>2} {:>9}  what", "id", "name", "", "CPU")?;
    for thread in snapshot.threads.iter().take(ROWS) {
        let what =
            machines.get(&thread.tid).map_or("not one of Go's".to_owned(), |machine| busy(snapshot, machine));
        let cpu = format!("{:.2} s", thread.cpu.as_secs_f64());
        writeln!(text, "{:>8}  {:<16} {:>2} {cpu:>9}  {what}", thread.tid, thread.name, thread.run_state)?;
    }
    match snapshot.threads.len().checked_sub(ROWS).filter(|&more| more > 0) {
        Some(more) => writeln!(text, "          and {more} more threads; --output-format json lists all"),
        None => Ok(()),
    }
}

fn busy(snapshot: &Snapshot, machine: &Machine) -> String {
    let mut what = match (machine.role.as_deref(), machine.goroutine.and_then(|id| snapshot.goroutine(id))) {
        (Some(role), _) => role.to_owned(),
        (None, Some(goroutine)) => {
            let start = goroutine.start.and_then(|start| snapshot.frame(start));
            let start = start.map(|frame| format!(", {}", frame.function)).unwrap_or_default();
            let what = if machine.in_cgo { "in C".to_owned() } else { doing(snapshot, goroutine) };
            format!("goroutine {}{start}: {what}", goroutine.id)
        }
        (None, None) if machine.foreign => "made by C".to_owned(),
        (None, None) if machine.wedged => "sleeps for ever: its goroutine ended pinned".to_owned(),
        (None, None) if machine.spinning => "looks for work".to_owned(),
        (None, None) if machine.pin.is_some() => "waits".to_owned(),
        (None, None) => "idle".to_owned(),
    };
    if let Some(pin) = machine.pin.filter(|pin| pin.depth > 0) {
        let whom = if machine.goroutine == Some(pin.goroutine) {
            String::new()
        } else {
            format!(" by goroutine {}", pin.goroutine)
        };
        let _ = write!(what, ", pinned{whom}");
    }
    what
}

/// Which threads have what the others have not.
fn differences(text: &mut String, snapshot: &Snapshot) -> std::fmt::Result {
    let mut title = "\nthreads differ in\n";
    for state in StateId::all() {
        let mut values: BTreeMap<&str, Vec<&Thread>> = BTreeMap::new();
        for thread in &snapshot.threads {
            if let Some(value) = thread.value(state) {
                values.entry(value).or_default().push(thread);
            }
        }
        if values.len() < 2 {
            continue;
        }
        text.push_str(std::mem::take(&mut title));
        writeln!(text, "  {}", state.info().name)?;
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by_key(|(_, threads)| std::cmp::Reverse(threads.len()));
        for (value, threads) in values.iter().take(ROWS) {
            let ids: Vec<String> = threads.iter().take(LISTED).map(|thread| thread.tid.to_string()).collect();
            let rest = threads.len().saturating_sub(LISTED);
            let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            writeln!(text, "    {value:<40} {}: {}{rest}", count(threads.len(), "thread"), ids.join(", "))?;
        }
    }
    Ok(())
}

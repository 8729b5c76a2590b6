//! The details of what is selected.

use std::collections::BTreeMap;

use snag_rules::live::{LiveFinding, is_library};
use snag_threads::StateId;
use snag_threads::snapshot::{Goroutine, Machine, Status, Thread};

use super::lists::Subject;
use super::scene::{Kind, Scene};
use super::theme::Tone;
use super::words;
use crate::output::{count, severity};

/// Threads that are listed one by one.
const LISTED: usize = 6;

/// Lines of text, each with its look.
pub(super) type Lines = Vec<(Tone, String)>;

/// The details of a subject.
pub(super) fn detail(scene: &Scene, subject: &Subject) -> Lines {
    let mut lines = Lines::new();
    match subject {
        Subject::Thread(tid) => match scene.snapshot.thread(*tid) {
            Some(it) => thread(scene, it, &mut lines),
            None => lines.push((Tone::Dim, format!("thread {tid} has ended"))),
        },
        Subject::Goroutine(id) => match scene.snapshot.goroutine(*id) {
            Some(it) => goroutine(scene, it, &mut lines),
            None => lines.push((Tone::Dim, format!("goroutine {id} has ended"))),
        },
        Subject::Group(kind) => group(scene, kind, &mut lines),
        Subject::Problem(at) => problem(scene, *at, &mut lines),
    }
    for (_, line) in &mut lines {
        if line.chars().any(char::is_control) {
            *line = words::clean(line).into_owned();
        }
    }
    lines
}

fn thread(scene: &Scene, thread: &Thread, lines: &mut Lines) {
    let machine = scene.machine(thread.tid);
    let m = machine.map_or_else(String::new, |machine| format!(", M{}", machine.id));
    let inner = if thread.inner_tid == thread.tid {
        String::new()
    } else {
        format!(" ({} to the program itself)", thread.inner_tid)
    };
    let what = words::state(&scene.snapshot, machine);
    lines.push((Tone::Strong, format!("thread {}{inner}{m}, {}: {what}", thread.tid, thread.name)));
    let cpu = thread.cpu.as_secs_f64();
    lines.push((Tone::Plain, format!("the kernel: {}; {cpu:.2} s of CPU time", words::run_state(thread))));
    lines.extend(machine.and_then(pinned).map(|text| (Tone::Word, text)));
    findings(scene, lines, |finding| finding.threads.contains(&thread.tid));
    if let Some(goroutine) = scene.goroutine_on(thread.tid) {
        lines.push((Tone::Plain, String::new()));
        self::goroutine(scene, goroutine, lines);
    }
    lines.push((Tone::Plain, String::new()));
    kernel(scene, thread, lines);
}

fn pinned(machine: &Machine) -> Option<String> {
    let pin = machine.pin?;
    Some(match pin.depth {
        0 => format!("the runtime has pinned goroutine {} to it", pin.goroutine),
        1 => format!("goroutine {} is pinned to it", pin.goroutine),
        depth => format!("goroutine {} is pinned to it, {depth} times", pin.goroutine),
    })
}

/// What the kernel has for the thread, and which threads have the same.
fn kernel(scene: &Scene, thread: &Thread, lines: &mut Lines) {
    let odd = scene.differs_in(thread.tid);
    let (different, alike): (Vec<_>, Vec<_>) =
        thread.state.iter().partition(|(state, _)| odd.contains(state));
    for (state, value) in different {
        lines
            .push((Tone::Odd, format!("{}: {value}, {}", state.info().name, sharing(scene, thread, *state))));
        for (value, threads) in others(scene, thread, *state).into_iter().take(LISTED) {
            lines.push((Tone::Plain, format!("    elsewhere {value}: {}", list(&threads))));
        }
    }
    for (state, value) in alike {
        lines.push((Tone::Dim, format!("{}: {value}", state.info().name)));
    }
}

fn sharing(scene: &Scene, thread: &Thread, state: StateId) -> String {
    let value = thread.value(state);
    let same = scene.snapshot.threads.iter().filter(|it| it.tid != thread.tid && it.value(state) == value);
    match same.count() {
        0 => "on this thread only".to_owned(),
        n => format!("as on {}", count(n, "other thread")),
    }
}

/// Other values of a kind of state, those of the most threads first.
fn others<'s>(scene: &'s Scene, thread: &Thread, state: StateId) -> Vec<(&'s str, Vec<i32>)> {
    let mut values: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for other in &scene.snapshot.threads {
        if let Some(value) = other.value(state).filter(|value| Some(*value) != thread.value(state)) {
            values.entry(value).or_default().push(other.tid);
        }
    }
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by_key(|(_, threads)| std::cmp::Reverse(threads.len()));
    values
}

fn list(threads: &[i32]) -> String {
    let ids: Vec<String> = threads.iter().take(LISTED).map(i32::to_string).collect();
    let word = if threads.len() == 1 { "thread" } else { "threads" };
    match threads.len().saturating_sub(LISTED) {
        0 => format!("{word} {}", ids.join(", ")),
        more => format!("{word} {} and {more} more", ids.join(", ")),
    }
}

fn goroutine(scene: &Scene, goroutine: &Goroutine, lines: &mut Lines) {
    let snapshot = &scene.snapshot;
    let waiting = goroutine.waiting.map(|time| format!(", for {} at least", words::duration(time)));
    let (what, waiting) = (words::doing(snapshot, goroutine), waiting.unwrap_or_default());
    lines.push((Tone::Strong, format!("goroutine {}: {what}{waiting}", goroutine.id)));
    if let Some(machine) = goroutine.pinned_to.and_then(|id| snapshot.machine(id)) {
        let depth = machine.pin.map_or(0, |pin| pin.depth);
        let tid = machine.tid.map_or("?".to_owned(), |tid| tid.to_string());
        let times = if depth > 1 { format!(", {depth} times") } else { String::new() };
        lines.push((Tone::Word, format!("pinned to thread {tid}{times}")));
    }
    match (goroutine.stack, goroutine.status) {
        (Some(stack), _) => {
            for frame in snapshot.stack(stack) {
                let tone = if is_library(&frame.function) { Tone::Dim } else { Tone::Plain };
                lines.push((tone, format!("  {}", frame.function)));
                if !frame.file.is_empty() {
                    lines.push((Tone::Dim, format!("      {}:{}", frame.file, frame.line)));
                }
            }
        }
        (None, Status::Running) => {
            lines.push((Tone::Dim, "  its stack cannot be read while it runs".to_owned()));
            if let Some(start) = words::frame(snapshot, goroutine.start) {
                lines.push((Tone::Plain, format!("  began with {}", start.function)));
            }
        }
        (None, _) => lines.push((Tone::Dim, "  its stack comes with the next look".to_owned())),
    }
    if let Some(frame) = words::created(snapshot, goroutine) {
        let by = goroutine.parent.map(|parent| format!(" in goroutine {parent}")).unwrap_or_default();
        lines.push((Tone::Plain, format!("  started by {}{by}", frame.function)));
        lines.push((Tone::Dim, format!("      {}:{}", frame.file, frame.line)));
    }
}

fn group(scene: &Scene, kind: &Kind, lines: &mut Lines) {
    let Some(group) = scene.group(kind) else {
        lines.push((Tone::Dim, "all of them have ended or do something else now".to_owned()));
        return;
    };
    let Some(example) = group.example(&scene.snapshot) else { return };
    lines.push((Tone::Strong, format!("{}, such as", count(group.members.len(), "goroutine"))));
    goroutine(scene, example, lines);
}

fn sentence(scene: &Scene, finding: &LiveFinding) -> String {
    let (level, ago) = (severity(finding.severity), scene.ago(finding));
    format!("{level}[{}]{ago}: {}", finding.rule, finding.message)
}

fn findings(scene: &Scene, lines: &mut Lines, about: impl Fn(&LiveFinding) -> bool) {
    for finding in scene.findings.iter().filter(|finding| about(finding)) {
        lines.push((Tone::Bad, sentence(scene, finding)));
    }
}

fn problem(scene: &Scene, at: usize, lines: &mut Lines) {
    let Some(finding) = scene.findings.get(at) else {
        if let Some(gap) = scene.snapshot.gaps.get(at.saturating_sub(scene.findings.len())) {
            lines.push((Tone::Odd, format!("not shown: {} ({})", gap.part.name(), gap.reason)));
        }
        return;
    };
    lines.push((Tone::Bad, sentence(scene, finding)));
    for evidence in &finding.evidence {
        match &evidence.frame {
            Some(frame) => {
                lines.push((Tone::Plain, format!("  {} {}", words::place(frame), evidence.message)));
            }
            None => lines.push((Tone::Plain, format!("  {}", evidence.message))),
        }
    }
    if !finding.threads.is_empty() {
        lines.push((Tone::Plain, format!("  {}", list(&finding.threads))));
    }
    lines.push((Tone::Dim, format!("  snag explain {} says more", finding.rule)));
}

//! Children that got their parent-death signal although their parent lives: only the thread ended that had started them.

use snag_threads::history::{Death, DeathReason, Exit, History, Nanos, Process, ProcessId, Thread};
use snag_threads::snapshot::Frame;

use crate::Confidence;
use crate::history::{HistoryFindings, Witness, origin};
use crate::sites;
use crate::spread::module_at;

/// A child, and the thread that started it.
struct Orphan<'h> {
    child: &'h Process,
    /// The child's first thread, whose stack is that of whoever started the child.
    first: &'h Thread,
    thread: &'h Thread,
    death: &'h Death,
    signal: i32,
    sent: Nanos,
}

pub(crate) fn look(history: &History, findings: &mut HistoryFindings) {
    let mut places: Vec<(Option<&Frame>, Vec<Orphan<'_>>)> = Vec::new();
    for (id, child) in (0..).map(ProcessId).zip(&history.processes) {
        let Some(orphan) = orphan(history, id, child) else { continue };
        let site = site(history, &orphan);
        match places.iter_mut().find(|(known, _)| *known == site) {
            Some((_, orphans)) => orphans.push(orphan),
            None => places.push((site, vec![orphan])),
        }
    }
    for (site, orphans) in places {
        report(history, site, &orphans, findings);
    }
}

fn orphan<'h>(history: &'h History, id: ProcessId, child: &'h Process) -> Option<Orphan<'h>> {
    let asked = child.death_signal?;
    let thread = history.thread(child.parent?)?;
    let death = thread.death.as_ref().filter(|death| death.reason == DeathReason::PinnedGoroutine)?;
    let first = history.threads.iter().find(|thread| thread.process == id)?;
    Some(Orphan { child, first, thread, death, signal: asked.signal, sent: asked.sent? })
}

/// Where the program started the child.
fn site<'h>(history: &'h History, orphan: &Orphan<'_>) -> Option<&'h Frame> {
    let stack: Vec<&Frame> = history.stack(orphan.first.stack?).collect();
    sites::site(&stack, module_at(history, orphan.first.parent?, orphan.first.born))
}

fn report(history: &History, site: Option<&Frame>, orphans: &[Orphan<'_>], findings: &mut HistoryFindings) {
    let Some(Orphan { child, thread, death, signal, sent, .. }) = orphans.first() else { return };
    let killed = matches!(child.end, Some((_, Exit::Signal(by))) if by == *signal);
    let what = if killed { "was killed" } else { "was told that its parent had died" };
    let message = match orphans.len() {
        1 => format!("a child {what}, because the thread ended that had started it"),
        n => format!("{n} children got a signal, because the threads ended that had started them: the first {what}"),
    };
    let finding = findings.add(Confidence::Certain, site, message);
    let goroutine = child.forked_by.and_then(|id| history.goroutine(id));
    let who = goroutine.map_or("a goroutine".to_owned(), |goroutine| format!("goroutine {}", goroutine.id));
    let program = child.programs.last().map_or("a program", |program| &program.executable);
    let text =
        format!("{who} started {program} (process {}) on thread {} with Pdeathsig {signal}", child.pid, thread.tid);
    finding.saw(text, None);
    let ended = death.goroutine.and_then(|id| history.goroutine(id));
    let text = match ended {
        Some(ended) => format!("goroutine {} ended pinned to that thread, which ended with it", ended.id),
        None => "a goroutine ended pinned to that thread, which ended with it".to_owned(),
    };
    finding.saw(text, ended.and_then(|ended| origin(history, ended)));
    let pin = death.pin.and_then(|pin| history.frame(pin));
    if pin.is_some() {
        finding.saw("it had pinned itself here", pin);
    }
    finding.saw(format!("signal {signal} came {} µs later", sent.saturating_sub(death.at) / 1_000), None);
    let witness = |orphan: &Orphan<'_>| {
        let (at, goroutine, stack) = (orphan.death.at, orphan.death.goroutine, orphan.first.stack);
        Some(Witness { at, thread: orphan.child.parent?, goroutine, call: None, stack })
    };
    finding.witnesses = orphans.iter().filter_map(witness).collect();
}

//! Children that were killed the moment the thread ended that had started them.

use snag_threads::history::{Death, DeathReason, Exit, History, Nanos, Process, Thread};

use crate::Confidence;
use crate::history::{HistoryFindings, Witness, origin};

/// The kernel sends the signal while the thread ends.
const AT_ONCE: Nanos = 20_000_000;

pub(crate) fn look(history: &History, findings: &mut HistoryFindings) {
    for process in &history.processes {
        if let Some((thread, death, signal)) = killed(history, process) {
            report(history, process, (thread, death, signal), findings);
        }
    }
}

/// The end of the thread, if the child was killed at once.
fn killed<'h>(history: &'h History, process: &Process) -> Option<(&'h Thread, &'h Death, i32)> {
    let (at, Exit::Signal(signal)) = process.end? else { return None };
    let thread = history.thread(process.parent?)?;
    let death = thread.death.as_ref().filter(|death| death.reason == DeathReason::PinnedGoroutine)?;
    (death.at <= at && at - death.at < AT_ONCE).then_some((thread, death, signal))
}

fn report(
    history: &History,
    process: &Process,
    (thread, death, signal): (&Thread, &Death, i32),
    findings: &mut HistoryFindings,
) {
    let goroutine = process.forked_by.and_then(|id| history.goroutine(id));
    let message = "a child was killed at the moment when the thread ended that had started it";
    let finding = findings.add(Confidence::Likely, goroutine.and_then(|goroutine| origin(history, goroutine)), message);
    let program = process.programs.last().map_or("a program", |program| &program.executable);
    let who = goroutine.map_or("a goroutine".to_owned(), |goroutine| format!("goroutine {}", goroutine.id));
    finding.saw(format!("{who} started {program} (process {}) on thread {}", process.pid, thread.tid), None);
    let ended = death.goroutine.and_then(|id| history.goroutine(id));
    let text = match ended {
        Some(ended) => format!("goroutine {} ended pinned to that thread, which ended with it", ended.id),
        None => "a goroutine ended pinned to that thread, which ended with it".to_owned(),
    };
    finding.saw(text, ended.and_then(|ended| origin(history, ended)));
    let later = process.end.map_or(0, |(at, _)| at.saturating_sub(death.at)) / 1_000;
    finding.saw(format!("signal {signal} ended the child {later} µs later"), None);
    if let Some(parent) = process.parent {
        finding.witnesses =
            vec![Witness { at: death.at, thread: parent, goroutine: death.goroutine, call: None, stack: None }];
    }
}

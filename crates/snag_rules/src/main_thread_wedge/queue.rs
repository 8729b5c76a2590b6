//! Goroutines that wait for the main thread while the one that has it waits for something else.

use snag_program::bundle::is_standard;
use snag_threads::When;
use snag_threads::snapshot::{Frame, Goroutine, Snapshot, Status};

use crate::Confidence;
use crate::live::{LiveFindings, Sightings, call_site};
use crate::sites::{is_own, package};

/// More of them are not listed one by one.
const LISTED: usize = 8;

pub(super) fn look(sightings: Sightings<'_>, findings: &mut LiveFindings) {
    let snapshot = sightings.second;
    let Some(holder) = holder(snapshot) else { return };
    if self::holder(sightings.first).map(|before| (before.id, before.reason)) != Some((holder.id, holder.reason)) {
        return;
    }
    let stack = holder.stack.map(|stack| snapshot.stack(stack).collect::<Vec<_>>()).unwrap_or_default();
    let Some(here) = stack.into_iter().find(|frame| !is_standard(&package(&frame.function))) else { return };
    // A library waits for work there; the program's own code waits for something else.
    if !is_own(&here.function, snapshot.process.module.as_deref()) {
        return;
    }
    let waited = |goroutine: &&Goroutine| {
        let before = sightings.first.goroutine(goroutine.id);
        waits(goroutine) && before.is_some_and(waits)
    };
    let queued: Vec<&Goroutine> = snapshot
        .goroutines
        .iter()
        .filter(|goroutine| goroutine.id != holder.id)
        .filter(waited)
        .filter(|goroutine| is_queued(snapshot, goroutine))
        .collect();
    if queued.is_empty() {
        return;
    }
    let message = format!(
        "{} goroutines wait for the main thread, and goroutine {}, which is pinned to it, waits for something else",
        queued.len(),
        holder.id
    );
    let finding = findings.add(Confidence::Likely, message);
    finding.threads.extend(snapshot.machine(0).and_then(|machine| machine.tid));
    finding.goroutines.push(holder.id);
    finding.saw(format!("is where goroutine {} waits", holder.id), Some(here));
    for goroutine in queued.iter().take(LISTED) {
        let place = call_site(snapshot, goroutine);
        finding.saw(format!("is where goroutine {} waits for the main thread", goroutine.id), place);
    }
    finding.goroutines.extend(queued.iter().map(|goroutine| goroutine.id));
}

/// The goroutine that is pinned to the main thread, if it waits.
pub(crate) fn holder(snapshot: &Snapshot) -> Option<&Goroutine> {
    let pin = snapshot.machine(0)?.pin.filter(|pin| pin.depth > 0)?;
    snapshot.goroutine(pin.goroutine).filter(|goroutine| waits(goroutine))
}

fn waits(goroutine: &Goroutine) -> bool {
    matches!(goroutine.status, Status::Waiting | Status::Leaked)
}

/// Whether a goroutine waits in a function that has another one run on the main thread.
fn is_queued(snapshot: &Snapshot, goroutine: &Goroutine) -> bool {
    let Some(stack) = goroutine.stack else { return false };
    snapshot.stack(stack).any(hands_over)
}

fn hands_over(frame: &Frame) -> bool {
    let package = package(&frame.function);
    // The linker writes dots of the path in another way, but not more of them.
    let name = frame.function.split('[').next().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default().split('.').nth(1).unwrap_or_default();
    let row = snag_threads::callback(&package, name);
    row.is_some_and(|row| row.when == When::MainThread && row.waits)
}

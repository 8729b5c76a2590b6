//! Threads that ended: each with a goroutine that ended pinned.

use crate::Confidence;
use crate::live::{LiveFindings, Sightings, by_creator};
use crate::siblings::Shared;

/// Fewer ended threads are no cost, and may have been changed on purpose.
const MANY: i64 = 50;

pub(crate) fn look(sightings: Sightings<'_>, findings: &mut LiveFindings) {
    let (Some(before), Some(after)) = (sightings.first.scheduler, sightings.second.scheduler) else { return };
    let freed = after.threads_freed;
    if freed < MANY || before.threads_freed > freed {
        return;
    }
    let message = format!(
        "{freed} of {} threads have ended, each because its goroutine ended pinned: the next one has to be made again, \
         which is right only where the thread was changed",
        after.threads_created
    );
    // Who has changed the threads that are pinned now ends them on purpose.
    let shared = Shared::of(sightings);
    let changes = sightings.steady().any(|steady| {
        steady.machine.pin.is_some_and(|pin| pin.depth > 0) && shared.lack_state_of(steady)
    });
    let confidence = if changes { Confidence::Possible } else { Confidence::Likely };
    let finding = findings.add(confidence, message);
    let grown = freed - before.threads_freed;
    let time = sightings.second.taken.saturating_sub(sightings.first.taken).as_millis();
    match grown {
        0 => finding.saw(format!("no thread ended in the {time} ms between two looks"), None),
        _ => finding.saw(format!("{grown} more ended in the {time} ms between two looks"), None),
    };
    let pinned = sightings.pinned().map(|(goroutine, _)| goroutine);
    if let Some((place, goroutines)) = by_creator(sightings.second, pinned).first() {
        finding.goroutines = goroutines.iter().map(|goroutine| goroutine.id).collect();
        finding.saw(format!("{} pinned now were started here", goroutines.len()), *place);
    }
}

//! Threads that differ from their siblings in a program that never pinned a goroutine.

use snag_threads::{Is, state};

use crate::Confidence;
use crate::live::{LiveFindings, Sightings, runs};
use crate::siblings::differences;

pub(crate) fn look(sightings: Sightings<'_>, findings: &mut LiveFindings) {
    // Who pins and unpins again has changed the thread in between: dirty-unpin.
    if has_pinned(sightings) {
        return;
    }
    for difference in differences(sightings, |state| state != state::SIGMASK) {
        let message = format!(
            "{} of the threads that run any goroutine differ in the {}, and no goroutine is pinned to them: which \
             one a goroutine meets is chance",
            difference.odd(),
            difference.subject()
        );
        difference.tell(sightings, findings.add(Confidence::Certain, message));
    }
}

/// Whether a goroutine was ever pinned. The runtime then keeps a clean thread to make others from; with C it does
/// from the beginning, so there that proves nothing.
pub(crate) fn has_pinned(sightings: Sightings<'_>) -> bool {
    let snapshot = sightings.second;
    let template = |role: &str| runs(role, Is::ThreadTemplate);
    let pinned = sightings.pinned().next().is_some();
    pinned || !snapshot.process.cgo && snapshot.machines.iter().any(|it| it.role.as_deref().is_some_and(template))
}

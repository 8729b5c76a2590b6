//! Threads that differ from their siblings in a program that pins goroutines: a pin ended too early.

use snag_threads::state;

use crate::Confidence;
use crate::live::{LiveFindings, Sightings};
use crate::siblings::differences;
use crate::unpinned_thread_state::live::has_pinned;

pub(crate) fn look(sightings: Sightings<'_>, findings: &mut LiveFindings) {
    if !has_pinned(sightings) {
        return;
    }
    for difference in differences(sightings, |state| state != state::SIGMASK) {
        let message = format!(
            "{} of the threads that run any goroutine differ in the {}: a pin ended, or there was none, before it was \
             put back",
            difference.odd(),
            difference.subject()
        );
        difference.tell(sightings, findings.add(Confidence::Certain, message));
    }
}

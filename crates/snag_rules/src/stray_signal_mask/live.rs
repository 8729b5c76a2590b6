//! Threads with other signals blocked than their siblings.

use snag_threads::state;

use crate::Confidence;
use crate::live::{LiveFindings, Sightings};
use crate::siblings::differences;

pub(crate) fn look(sightings: Sightings<'_>, findings: &mut LiveFindings) {
    for difference in differences(sightings, |state| state == state::SIGMASK) {
        let message = format!(
            "{} of the threads that run any goroutine block other signals than the rest: children started there \
             inherit it",
            difference.odd()
        );
        difference.tell(sightings, findings.add(Confidence::Certain, message));
    }
}

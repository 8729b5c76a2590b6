//! Many goroutines from one place, each pinned to a thread of its own.

use std::collections::BTreeSet;

use crate::Confidence;
use crate::live::{LiveFindings, Sightings, by_creator, call_site};
use crate::siblings::Shared;

/// Fewer pinned goroutines are what a program needs for its windows, devices and namespaces.
const MANY: usize = 32;

pub(crate) fn look(sightings: Sightings<'_>, findings: &mut LiveFindings) {
    let pinned: Vec<_> = sightings.pinned().collect();
    if pinned.len() < MANY {
        return;
    }
    // A thread that is changed must be pinned, however many there are.
    let shared = Shared::of(sightings);
    let special: BTreeSet<i64> = sightings
        .steady()
        .filter(|steady| steady.machine.pin.is_some() && shared.lack_state_of(*steady))
        .map(|steady| steady.machine.id)
        .collect();
    let plain = pinned.iter().filter(|(_, machine)| !special.contains(&machine.id)).map(|(goroutine, _)| *goroutine);
    for (place, goroutines) in by_creator(sightings.second, plain) {
        if goroutines.len() < MANY {
            continue;
        }
        let message = format!(
            "{} goroutines are pinned at once, each with an OS thread of its own that is never given back",
            goroutines.len()
        );
        let finding = findings.add(Confidence::Likely, message);
        finding.saw("starts them", place);
        let start = goroutines.first().and_then(|goroutine| sightings.second.frame(goroutine.start?));
        finding.saw("is what they run", start);
        let waits = goroutines.iter().find_map(|goroutine| call_site(sightings.second, goroutine));
        if waits.is_some() {
            finding.saw("is where one of them waits", waits);
        }
        finding.saw(format!("the process has {} threads", sightings.second.threads.len()), None);
        finding.goroutines = goroutines.iter().map(|goroutine| goroutine.id).collect();
        let machines = goroutines.iter().filter_map(|goroutine| sightings.second.machine(goroutine.pinned_to?));
        finding.threads = machines.filter_map(|machine| machine.tid).collect();
        finding.threads.sort_unstable();
    }
}

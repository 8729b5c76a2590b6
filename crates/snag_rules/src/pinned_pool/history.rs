//! Goroutines from one place that were pinned at once, each to a thread of its own.

use std::collections::BTreeMap;

use snag_threads::Is;
use snag_threads::history::{Crowd, GoroutineId, HeldBy, History};

use crate::Confidence;
use crate::history::{HistoryFindings, Witness};
use crate::live::runs;

/// Fewer pinned goroutines are what a program needs for its windows, devices and namespaces.
const MANY: u32 = 32;

pub(crate) fn look(history: &History, findings: &mut HistoryFindings) {
    // The largest number at once, for each place that starts them.
    let mut places: BTreeMap<_, (u32, &Crowd, GoroutineId)> = BTreeMap::new();
    for crowd in &history.crowds {
        let mut counts: BTreeMap<_, (u32, GoroutineId)> = BTreeMap::new();
        for held in crowd.held.iter().filter(|held| held.by == HeldBy::Pin) {
            let Some(goroutine) = history.goroutine(held.goroutine) else { continue };
            // The runtime pins goroutines of its own, such as the one that keeps a thread for signals.
            let start = goroutine.start.and_then(|start| history.frame(start));
            if start.is_none_or(|start| !runs(&start.function, Is::RuntimePin)) {
                let place = (crowd.process, goroutine.created, goroutine.start);
                counts.entry(place).or_insert((0, held.goroutine)).0 += held.count;
            }
        }
        for (place, (count, goroutine)) in counts {
            let known = places.entry(place).or_insert((count, crowd, goroutine));
            if known.0 < count {
                *known = (count, crowd, goroutine);
            }
        }
    }
    for ((_, created, start), (count, crowd, goroutine)) in places {
        if count < MANY {
            continue;
        }
        // A thread that is changed must be pinned, however many there are.
        let changes = history.calls.iter().any(|call| {
            let by = call.goroutine.and_then(|id| history.goroutine(id));
            call.pinned.depth > 0
                && !call.own.is_empty()
                && by.is_some_and(|by| (by.created, by.start) == (created, start))
        });
        let confidence = if changes { Confidence::Possible } else { Confidence::Likely };
        let message = format!("{count} goroutines were pinned at once, each to an OS thread of its own");
        let frame = |id| history.frame(id);
        let finding = findings.add(confidence, created.or(start).and_then(frame), message);
        finding.saw("is what they run", start.and_then(frame));
        finding.saw(format!("the process had {} threads then", crowd.threads), None);
        if let Some(thread) = history.first_thread(crowd.process) {
            let (at, call, stack) = (crowd.at, None, None);
            finding.witnesses = vec![Witness { at, thread, goroutine: Some(goroutine), call, stack }];
        }
    }
}

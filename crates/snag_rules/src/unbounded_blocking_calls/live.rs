//! Many goroutines from one place that each hold a thread in C or in a system call.

use std::collections::BTreeMap;

use snag_threads::snapshot::{Frame, Goroutine, Status};

use crate::Confidence;
use crate::live::{LiveFindings, Sightings, call_site};

/// Fewer threads that wait are what a program needs for its files.
const MANY: usize = 64;

pub(crate) fn look(sightings: Sightings<'_>, findings: &mut LiveFindings) {
    let snapshot = sightings.second;
    let mut calls: BTreeMap<(&str, &str, u32), Vec<&Goroutine>> = BTreeMap::new();
    let mut places: BTreeMap<(&str, &str, u32), &Frame> = BTreeMap::new();
    for machine in snapshot.machines.iter().filter(|machine| machine.pin.is_none() && machine.settled) {
        let Some(goroutine) = machine.goroutine.and_then(|id| snapshot.goroutine(id)) else { continue };
        let earlier = sightings.first.goroutine(goroutine.id);
        let held = |goroutine: &Goroutine| goroutine.status == Status::Syscall;
        if !held(goroutine) || !earlier.is_some_and(|it| held(it) && it.machine == goroutine.machine) {
            continue;
        }
        let Some(call) = call_site(snapshot, goroutine) else { continue };
        let key = (&*call.function, &*call.file, call.line);
        places.insert(key, call);
        calls.entry(key).or_default().push(goroutine);
    }
    for (key, goroutines) in calls.into_iter().filter(|(_, goroutines)| goroutines.len() >= MANY) {
        let message = format!(
            "{} goroutines hold a thread each in the same call: every further one makes a thread, and none is given \
             back",
            goroutines.len()
        );
        let finding = findings.add(Confidence::Likely, message);
        finding.saw("is the call", places.get(&key).copied());
        let created = goroutines.first().and_then(|goroutine| snapshot.frame(goroutine.created?));
        finding.saw("starts one of them", created);
        finding.goroutines = goroutines.iter().map(|goroutine| goroutine.id).collect();
        let machines = goroutines.iter().filter_map(|goroutine| snapshot.machine(goroutine.machine?));
        finding.threads = machines.filter_map(|machine| machine.tid).collect();
        finding.threads.sort_unstable();
    }
}

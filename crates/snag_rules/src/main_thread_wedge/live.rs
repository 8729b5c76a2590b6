//! A main thread that sleeps for ever, or that tells others about a state which the program does not have.

use snag_threads::{Harm, StateId};

use crate::Confidence;
use crate::live::{LiveFinding, LiveFindings, Sightings, Steady};

pub(crate) fn look(sightings: Sightings<'_>, findings: &mut LiveFindings) {
    super::queue::look(sightings, findings);
    let pid = sightings.second.process.pid;
    // In a program of C the runtime's first thread may be another one.
    let Some(main) = sightings.steady().find(|steady| steady.machine.id == 0 && steady.thread.tid == pid) else {
        return;
    };
    let other = differing(sightings, main);
    let told = other.first().map(|state| {
        format!("/proc/{pid} tells of its {}, which is not that of the program", state.info().name)
    });
    if main.machine.wedged {
        let because = "the main thread sleeps until the process ends, because a goroutine ended pinned to it";
        let message = told.map_or(because.to_owned(), |told| format!("{because}; {told}"));
        let finding = findings.add(Confidence::Certain, message);
        finding.threads.push(pid);
        finding.saw(format!("thread {pid} has a pin and no goroutine: nothing will run on it again"), None);
        tell(sightings, main, &other, finding);
    } else if let (Some(told), Some(pin)) = (told, main.machine.pin.filter(|pin| pin.depth > 0)) {
        let message = format!("goroutine {} is pinned to the main thread and has changed it: {told}", pin.goroutine);
        let finding = findings.add(Confidence::Certain, message);
        finding.threads.push(pid);
        finding.goroutines.push(pin.goroutine);
        let snapshot = sightings.second;
        let frame = |frame: Option<_>| frame.and_then(|frame| snapshot.frame(frame));
        if let Some(goroutine) = snapshot.goroutine(pin.goroutine) {
            finding.saw("is what it runs", frame(goroutine.start));
            finding.saw("starts it", frame(goroutine.created));
        }
        tell(sightings, main, &other, finding);
    }
}

fn tell(
    sightings: Sightings<'_>,
    main: Steady<'_>,
    other: &[StateId],
    finding: &mut LiveFinding,
) {
    let Some(one) = shared(sightings).next() else { return };
    for &state in other {
        if let (Some(its), Some(theirs)) = (main.thread.value(state), one.thread.value(state)) {
            finding.saw(format!("{}: {its}, elsewhere {theirs}", state.info().name), None);
        }
    }
}

fn shared(sightings: Sightings<'_>) -> impl Iterator<Item = Steady<'_>> {
    sightings.steady().filter(|steady| steady.machine.is_shared())
}

/// What the main thread has and no thread on which any goroutine may run; those must agree on what it is there.
fn differing(sightings: Sightings<'_>, main: Steady<'_>) -> Vec<StateId> {
    let differs = |state: &StateId| {
        let Some(its) = main.thread.value(*state) else { return false };
        let mut theirs = shared(sightings).map(|steady| steady.thread.value(*state));
        let Some(first) = theirs.next().flatten() else { return false };
        first != its && theirs.all(|value| value == Some(first))
    };
    StateId::all().filter(|state| state.info().harm == Harm::Bystanders).filter(differs).collect()
}

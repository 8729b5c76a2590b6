//! Threads that a pinned goroutine gave back with what another thread had.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use snag_threads::StateId;
use snag_threads::history::{Call, CallId, Class, GoroutineId, History, ThreadId};

use crate::Confidence;
use crate::history::{HistoryFindings, Witness, origin};
use crate::spread::call_site;

/// Which thread a goroutine is pinned to, and what it changes there.
type Who = (ThreadId, GoroutineId, StateId);

/// The threads that had a value of their own, and since which call.
type Owners<'h> = FxHashMap<(StateId, &'h Arc<str>), Vec<(ThreadId, CallId)>>;

/// What a thread had when a goroutine that is pinned to it changed it first, and the last change since.
struct Visit<'h> {
    before: &'h Arc<str>,
    after: &'h Arc<str>,
    last: (CallId, &'h Call),
    calls: u32,
}

pub(crate) fn look(history: &History, findings: &mut HistoryFindings) {
    let mut visits: BTreeMap<Who, Visit<'_>> = BTreeMap::new();
    for (id, call) in (0..).map(CallId).zip(&history.calls) {
        let pinned = call.class == Class::User && call.result >= 0 && call.pinned.depth > 0;
        let Some(goroutine) = call.goroutine.filter(|_| pinned) else { continue };
        for change in &call.changes {
            let (Some(before), Some(after)) = (&change.before, &change.after) else { continue };
            let visit = visits.entry((call.thread, goroutine, change.state)).or_insert(Visit {
                before,
                after,
                last: (id, call),
                calls: 0,
            });
            (visit.after, visit.last, visit.calls) = (after, (id, call), visit.calls + 1);
            if visit.before == after {
                // Put back as it was: what comes next is another visit.
                visits.remove(&(call.thread, goroutine, change.state));
            }
        }
    }
    let owners = owners(history);
    // Twice changed, then left to others: it was to be put back.
    visits.retain(|&(thread, _, state), visit| {
        let other = |owner: &(ThreadId, CallId)| owner.0 != thread && owner.1 < visit.last.0;
        let had_elsewhere = || owners.get(&(state, visit.after)).is_some_and(|owners| owners.iter().any(other));
        visit.calls == 2 && is_let_go(history, thread, visit.last.0) && had_elsewhere()
    });
    let mut places: BTreeMap<_, Vec<(Who, Visit<'_>)>> = BTreeMap::new();
    for (who, visit) in visits {
        places.entry((visit.last.1.stack, who.2)).or_default().push((who, visit));
    }
    for visits in places.values_mut() {
        visits.sort_by_key(|(_, visit)| visit.last.0);
        report(history, visits, findings);
    }
}

/// Whether any goroutine might run on the thread as the call left it.
fn is_let_go(history: &History, thread: ThreadId, call: CallId) -> bool {
    let mut sightings = history.sightings.iter().filter(|sighting| sighting.thread == thread && !sighting.pinned.holds());
    sightings.any(|sighting| sighting.own.iter().any(|own| own.by == Some(call)))
}

/// Which threads had which values of their own, and since which call.
fn owners(history: &History) -> Owners<'_> {
    let mut owners = Owners::default();
    for (id, call) in (0..).map(CallId).zip(&history.calls) {
        for own in call.own.iter().filter(|own| own.by == Some(id)) {
            let Some(value) = &own.value else { continue };
            let threads = owners.entry((own.state, value)).or_default();
            if !threads.iter().any(|(thread, _)| *thread == call.thread) {
                threads.push((call.thread, id));
            }
        }
    }
    owners
}

fn report(history: &History, visits: &[(Who, Visit<'_>)], findings: &mut HistoryFindings) {
    let Some(((_, goroutine, state), visit)) = visits.first() else { return };
    let name = state.info().name;
    let site = call_site(history, visit.last.1);
    let message =
        format!("the thread is left with the {name} of another one: it was read before the goroutine was pinned");
    let finding = findings.add(Confidence::Likely, site, message);
    let text = format!("the {name} was {} when the goroutine was pinned, and is {} since", visit.before, visit.after);
    finding.saw(text, site);
    if let Some(who) = history.goroutine(*goroutine) {
        finding.saw(format!("goroutine {} was started here", who.id), origin(history, who));
    }
    let witness = |((thread, goroutine, _), visit): &(Who, Visit<'_>)| {
        let (id, call) = visit.last;
        Witness { at: call.at, thread: *thread, goroutine: Some(*goroutine), call: Some(id), stack: call.stack }
    };
    finding.witnesses = visits.iter().map(witness).collect();
}

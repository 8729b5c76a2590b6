//! Threads that ended because their goroutine ended pinned, although nothing about them was changed.

use std::collections::BTreeMap;

use snag_threads::Harm;
use snag_threads::history::{Class, Death, DeathReason, GoroutineId, History, ThreadId};

use crate::Confidence;
use crate::history::{HistoryFindings, Witness};
use crate::spread::module_at;
use crate::sites;

/// Fewer ended threads are no cost.
const MANY: usize = 8;

pub(crate) fn look(history: &History, findings: &mut HistoryFindings) {
    let mut places: BTreeMap<_, Vec<(ThreadId, &Death, GoroutineId)>> = BTreeMap::new();
    for (id, thread) in (0..).map(ThreadId).zip(&history.threads) {
        let Some(death) = thread.death.as_ref().filter(|death| death.reason == DeathReason::PinnedGoroutine) else {
            continue;
        };
        // Who changed the thread, or tied something to it, is right to end with it.
        let Some(goroutine) = death.goroutine.filter(|_| !was_used(history, id)) else { continue };
        let start = history.goroutine(goroutine).and_then(|goroutine| goroutine.start);
        let Some(place) = death.pin.or(start) else { continue };
        places.entry(place).or_default().push((id, death, goroutine));
    }
    for (place, ends) in places {
        let frame = history.frame(place);
        let Some(&(first, death, goroutine)) = ends.first() else { continue };
        let own = frame.filter(|frame| sites::is_own(&frame.function, module_at(history, first, death.at)));
        let confidence = if ends.len() >= MANY && own.is_some() { Confidence::Likely } else { Confidence::Possible };
        let message = match ends.len() {
            1 => "a thread ended because its goroutine ended pinned: the next one has to be made again".to_owned(),
            n => format!("{n} threads ended because their goroutines ended pinned: each next one has to be made again"),
        };
        let finding = findings.add(confidence, frame, message);
        let created = history.goroutine(goroutine).and_then(|goroutine| history.frame(goroutine.created?));
        finding.saw("such goroutines are started here", created);
        let lives: Vec<u64> = ends
            .iter()
            .filter_map(|(id, death, _)| Some(death.at.saturating_sub(history.thread(*id)?.born)))
            .collect();
        if let Some(shortest) = lives.iter().min() {
            finding.saw(format!("the shortest life of such a thread was {} ms", shortest / 1_000_000), None);
        }
        let witness = |&(thread, death, goroutine): &(ThreadId, &Death, GoroutineId)| {
            Witness { at: death.at, thread, goroutine: Some(goroutine), call: None, stack: None }
        };
        finding.witnesses = ends.iter().map(witness).collect();
    }
}

/// Whether the program did something on a thread that stays there.
fn was_used(history: &History, thread: ThreadId) -> bool {
    let lasting = |harm: Harm| matches!(harm, Harm::Bystanders | Harm::Owner | Harm::CThread);
    let mut calls = history.calls.iter().filter(|call| call.thread == thread && call.class == Class::User);
    let inherited = history.thread(thread).is_some_and(|thread| !thread.inherited.is_empty());
    inherited || calls.any(|call| call.result >= 0 && call.about.iter().any(|state| lasting(state.info().harm)))
}

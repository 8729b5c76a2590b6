//! Threads that should be alike: those on which the scheduler may run any goroutine.

use std::collections::BTreeMap;

use snag_threads::{Harm, StateId};

use crate::live::{LiveFinding, Sightings, Steady, call_site};

/// More threads than this are not listed one by one.
const LISTED: usize = 8;

/// A difference between threads that should be alike: kinds of state that tell the same threads apart.
#[derive(Debug)]
pub(crate) struct Difference<'s> {
    /// The kinds of state, the one it is about first.
    pub(crate) states: Vec<StateId>,
    /// Threads that are alike in them, the fewest first.
    pub(crate) classes: Vec<Vec<Steady<'s>>>,
}

/// How threads that should be alike differ. Which of them is right cannot be seen: not the most, and not the main
/// thread, need to be.
pub(crate) fn differences<'s>(
    sightings: Sightings<'s>,
    wanted: impl Fn(StateId) -> bool,
) -> Vec<Difference<'s>> {
    let shared: Vec<Steady<'_>> = sightings.steady().filter(|steady| steady.machine.is_shared()).collect();
    let mut partitions: BTreeMap<Vec<usize>, Vec<StateId>> = BTreeMap::new();
    for state in StateId::all().filter(|state| state.info().harm == Harm::Bystanders && wanted(*state)) {
        let mut values = Vec::new();
        let mut partition = Vec::new();
        for steady in &shared {
            // A thread without a value was not readable, so nothing is known of this state.
            let Some(value) = steady.thread.value(state) else { break };
            let class = values.iter().position(|known| *known == value).unwrap_or_else(|| {
                values.push(value);
                values.len() - 1
            });
            partition.push(class);
        }
        if partition.len() == shared.len() && values.len() > 1 {
            partitions.entry(partition).or_default().push(state);
        }
    }
    let mut differences: Vec<Difference<'_>> = partitions
        .into_iter()
        .map(|(partition, states)| {
            let mut classes: Vec<Vec<Steady<'_>>> = Vec::new();
            for (class, steady) in partition.into_iter().zip(&shared) {
                if classes.len() <= class {
                    classes.resize(class + 1, Vec::new());
                }
                classes[class].push(*steady);
            }
            classes.sort_by_key(Vec::len);
            Difference { states, classes }
        })
        .collect();
    differences.sort_by_key(|difference| difference.states.first().copied());
    differences
}

/// The threads on which any goroutine may run, to compare others with them.
pub(crate) struct Shared<'s>(Vec<Steady<'s>>);

impl<'s> Shared<'s> {
    pub(crate) fn of(sightings: Sightings<'s>) -> Shared<'s> {
        Shared(sightings.steady().filter(|steady| steady.machine.is_shared()).collect())
    }

    /// Whether a thread has a value that none of these has: somebody changed it on purpose.
    pub(crate) fn lack_state_of(&self, steady: Steady<'_>) -> bool {
        let mut states =
            steady.thread.state.iter().filter(|(state, _)| state.info().harm == Harm::Bystanders);
        let differs = |other: &Steady<'_>, state: StateId, value| {
            other.thread.value(state).is_some_and(|theirs| theirs != value)
        };
        !self.0.is_empty()
            && states.any(|(state, value)| self.0.iter().all(|other| differs(other, *state, value)))
    }
}

impl Difference<'_> {
    /// What the difference is about, in a sentence.
    pub(crate) fn subject(&self) -> &'static str {
        self.states.first().map_or("state", |state| state.info().name)
    }

    /// How many threads are not in the largest class.
    pub(crate) fn odd(&self) -> usize {
        self.classes.iter().rev().skip(1).map(Vec::len).sum()
    }

    /// Says which threads have which values, and what runs there.
    pub(crate) fn tell(&self, sightings: Sightings<'_>, finding: &mut LiveFinding) {
        for class in &self.classes {
            let Some(one) = class.first() else { continue };
            let values: Vec<String> = self
                .states
                .iter()
                .filter_map(|state| Some(format!("{} {}", state.info().name, one.thread.value(*state)?)))
                .collect();
            finding.saw(format!("{}: {}", threads(class), values.join(", ")), None);
        }
        for steady in self.classes.iter().rev().skip(1).flatten() {
            finding.threads.push(steady.thread.tid);
            let Some(goroutine) = steady.machine.goroutine.and_then(|id| sightings.second.goroutine(id))
            else {
                continue;
            };
            finding.goroutines.push(goroutine.id);
            let snapshot = sightings.second;
            let start = goroutine.start.and_then(|start| snapshot.frame(start));
            let here = call_site(snapshot, goroutine).or(start);
            finding.saw(
                format!("is where goroutine {} is, on thread {}", goroutine.id, steady.thread.tid),
                here,
            );
            if let Some(created) = goroutine.created.and_then(|created| snapshot.frame(created)) {
                finding.saw(format!("starts goroutine {}", goroutine.id), Some(created));
            }
        }
        finding.threads.sort_unstable();
    }
}

fn threads(class: &[Steady<'_>]) -> String {
    let mut ids: Vec<i32> = class.iter().map(|steady| steady.thread.tid).collect();
    ids.sort_unstable();
    let more = ids.len().saturating_sub(LISTED);
    let list: Vec<String> = ids.iter().take(LISTED).map(i32::to_string).collect();
    let word = if ids.len() == 1 { "thread" } else { "threads" };
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{word} {}{rest}", list.join(", "))
}

//! Bugs in a running process: some rules also look at what was seen of it, twice.
//!
//! A snapshot of a process that was not stopped can catch it in the middle of a change. So nothing is a finding that
//! two snapshots do not show alike.

use std::collections::BTreeMap;

use snag_program::bundle::is_standard;
use snag_threads::snapshot::{Frame, Goroutine, Machine, Snapshot, Thread};
use snag_threads::{Is, StateId};

use crate::{Confidence, Rule, Severity, sites};

/// A process seen twice.
#[derive(Clone, Copy, Debug)]
pub struct Sightings<'s> {
    /// The earlier snapshot.
    pub first: &'s Snapshot,
    /// The later snapshot, whose numbers messages tell.
    pub second: &'s Snapshot,
}

/// A bug in a running process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveFinding {
    /// Which rule.
    pub rule: &'static str,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What: lower case, names the consequence, no final period.
    pub message: String,
    /// What was seen.
    pub evidence: Vec<Evidence>,
    /// The threads it is about.
    pub threads: Vec<i32>,
    /// The goroutines it is about.
    pub goroutines: Vec<u64>,
}

/// Something that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What.
    pub message: String,
    /// Where in the source, if that is known.
    pub frame: Option<Frame>,
}

/// What a rule sees in a process.
type Look = fn(Sightings<'_>, &mut LiveFindings);

/// The rules that look at processes, sorted by name.
const LOOKS: &[(&Rule, Look)] = &[
    (&crate::dirty_unpin::RULE, crate::dirty_unpin::live::look),
    (&crate::exit_while_pinned::RULE, crate::exit_while_pinned::live::look),
    (&crate::gomaxprocs_over_quota::RULE, crate::gomaxprocs_over_quota::live::look),
    (&crate::main_thread_wedge::RULE, crate::main_thread_wedge::live::look),
    (&crate::pinned_pool::RULE, crate::pinned_pool::live::look),
    (&crate::stray_signal_mask::RULE, crate::stray_signal_mask::live::look),
    (&crate::unbounded_blocking_calls::RULE, crate::unbounded_blocking_calls::live::look),
    (&crate::unpinned_thread_state::RULE, crate::unpinned_thread_state::live::look),
];

/// What the rules find in a process; in the order of their names.
pub fn look(sightings: Sightings<'_>) -> Vec<LiveFinding> {
    let mut found = Vec::new();
    for (rule, look) in LOOKS {
        let mut findings = LiveFindings { rule, list: Vec::new() };
        look(sightings, &mut findings);
        found.append(&mut findings.list);
    }
    found
}

/// Whether the second look is to have all stacks: goroutines may wait for one that waits itself.
pub fn needs_all_stacks(first: &Snapshot) -> bool {
    crate::main_thread_wedge::queue::holder(first).is_some()
}

/// The rules that look at processes, in the order of their names.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    LOOKS.iter().map(|(rule, _)| *rule)
}

/// What [`look`] asks of the earlier of two snapshots: whoever waits long for the later one need not keep the rest.
pub fn keep(mut snapshot: Snapshot) -> Snapshot {
    snapshot.goroutines.retain(|it| it.machine.is_some() || it.pinned_to.is_some());
    snapshot.goroutines.shrink_to_fit();
    Snapshot {
        counted: Vec::new(),
        processors: Vec::new(),
        frames: Vec::new(),
        stacks: Vec::new(),
        reasons: Vec::new(),
        gaps: Vec::new(),
        ..snapshot
    }
}

/// Kinds of state in which threads differ that should be alike, and how many threads are not like most.
pub fn differing(sightings: Sightings<'_>) -> Vec<(StateId, usize)> {
    let differences = crate::siblings::differences(sightings, |_| true);
    let kinds = differences.iter().flat_map(|it| it.states.iter().map(|state| (*state, it.odd())));
    kinds.collect()
}

/// The findings of a rule so far.
pub(crate) struct LiveFindings {
    rule: &'static Rule,
    list: Vec<LiveFinding>,
}

impl LiveFindings {
    /// Adds a finding.
    pub(crate) fn add(&mut self, confidence: Confidence, message: impl Into<String>) -> &mut LiveFinding {
        self.list.push(LiveFinding {
            rule: self.rule.name,
            severity: self.rule.severity,
            confidence,
            message: message.into(),
            evidence: Vec::new(),
            threads: Vec::new(),
            goroutines: Vec::new(),
        });
        self.list.last_mut().expect("just pushed")
    }
}

impl LiveFinding {
    /// Adds something that was seen.
    pub(crate) fn saw(&mut self, message: impl Into<String>, frame: Option<&Frame>) -> &mut LiveFinding {
        self.evidence.push(Evidence { message: message.into(), frame: frame.cloned() });
        self
    }
}

/// A thread of the runtime that both snapshots show alike.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steady<'s> {
    pub(crate) machine: &'s Machine,
    pub(crate) thread: &'s Thread,
}

impl<'s> Sightings<'s> {
    /// Threads whose M, pin and state are the same in both snapshots. C may change a thread during a call and put it
    /// back: threads in C are left out.
    pub(crate) fn steady(self) -> impl Iterator<Item = Steady<'s>> {
        self.second.machines.iter().filter_map(move |machine| {
            let before = self.first.machine(machine.id)?;
            let thread = self.second.thread(machine.tid?)?;
            let earlier = self.first.thread(thread.tid)?;
            let same = machine.settled
                && before.settled
                && !machine.in_cgo
                && !before.in_cgo
                && (before.tid, before.pin, before.foreign) == (machine.tid, machine.pin, machine.foreign)
                && (earlier.started, &earlier.state) == (thread.started, &thread.state);
            same.then_some(Steady { machine, thread })
        })
    }

    /// Goroutines that the program pinned, with their Ms, the same in both snapshots.
    pub(crate) fn pinned(self) -> impl Iterator<Item = (&'s Goroutine, &'s Machine)> {
        pins_of_program(self.second).filter(move |(_, machine)| {
            self.first.machine(machine.id).is_some_and(|it| it.pin == machine.pin)
        })
    }
}

/// Goroutines that the program pinned, with their Ms.
pub fn pins_of_program(snapshot: &Snapshot) -> impl Iterator<Item = (&Goroutine, &Machine)> {
    snapshot.machines.iter().filter_map(|machine| {
        let pin = machine.pin.filter(|pin| pin.depth > 0)?;
        let goroutine = snapshot.goroutine(pin.goroutine)?;
        let start = goroutine.start.and_then(|start| snapshot.frame(start));
        // The runtime pins goroutines of its own, such as the one that keeps a thread for signals.
        let own = start.is_some_and(|start| runs(&start.function, Is::RuntimePin));
        (!own).then_some((goroutine, machine))
    })
}

/// Whether the tables say this of a function of a stack.
pub(crate) fn runs(function: &str, wanted: Is) -> bool {
    snag_threads::property_in_stack(function).is_some_and(|row| row.is == wanted)
}

/// Where the program's own code calls, or else a module that it uses. None where the stack is not known.
pub fn call_site<'s>(snapshot: &'s Snapshot, goroutine: &Goroutine) -> Option<&'s Frame> {
    let stack: Vec<&Frame> = snapshot.stack(goroutine.stack?).collect();
    sites::site(&stack, snapshot.process.module.as_deref())
}

/// Whether a function of a stack belongs to the standard library, or was written by the compiler between Go and C.
pub fn is_library(function: &str) -> bool {
    is_standard(&sites::package(function)) || function.contains("._Cfunc_")
}

/// The place that started most of these goroutines, and all that it started: by place, the most first.
pub(crate) fn by_creator<'s>(
    snapshot: &'s Snapshot,
    goroutines: impl Iterator<Item = &'s Goroutine>,
) -> Vec<(Option<&'s Frame>, Vec<&'s Goroutine>)> {
    let mut places: BTreeMap<_, Vec<&Goroutine>> = BTreeMap::new();
    for goroutine in goroutines {
        places.entry(goroutine.created).or_default().push(goroutine);
    }
    let mut places: Vec<_> = places
        .into_iter()
        .map(|(place, list)| (place.and_then(|place| snapshot.frame(place)), list))
        .collect();
    places.sort_by_key(|(_, list)| std::cmp::Reverse(list.len()));
    places
}

//! What is to be seen: the last look, with what follows from it and from the looks before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use snag_rules::live::LiveFinding;
use snag_threads::StateId;
use snag_threads::snapshot::{Frame, Goroutine, Machine, ReasonId, Snapshot, Status, Thread};

use super::figures::History;
use super::words;
use crate::output::count;

/// For so many looks a problem stays that is not seen again.
const KEPT: usize = 10;

/// One look into the process.
#[derive(Debug)]
pub(super) struct Look {
    pub snapshot: Snapshot,
    pub findings: Vec<LiveFinding>,
    /// Whether it was its turn; else it is only there for the stacks that somebody wants to see at once.
    pub regular: bool,
    /// For how long the process has been running.
    pub age: Option<Duration>,
}

/// Everything that is known.
#[derive(Debug, Default)]
pub(super) struct Scene {
    pub snapshot: Snapshot,
    pub findings: Vec<LiveFinding>,
    pub history: History,
    pub age: Option<Duration>,
    pub groups: Vec<Group>,
    /// How often it was looked, in turn.
    pub looks: usize,
    machines: BTreeMap<i32, usize>,
    differences: BTreeMap<i32, Vec<StateId>>,
    /// How many goroutines each group had at first.
    base: BTreeMap<Kind, usize>,
    /// When each rule saw something last.
    seen: BTreeMap<&'static str, usize>,
    wrong_threads: BTreeSet<i32>,
    wrong_goroutines: BTreeSet<u64>,
}

/// What goroutines have in common: who started them, and what they do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    created: Option<(Arc<str>, u32)>,
    status: Status,
    reason: Option<ReasonId>,
}

/// Goroutines that have that in common.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub kind: Kind,
    /// Where they are in the snapshot.
    pub members: Vec<usize>,
    /// How many more there are than at first.
    pub change: i64,
    pub pinned: usize,
    /// The one that has waited for the longest time.
    pub oldest: Option<Duration>,
}

impl Scene {
    /// Takes in a look.
    pub(super) fn add(&mut self, look: Look) {
        let before = std::mem::replace(&mut self.snapshot, look.snapshot);
        let with_tid = self.snapshot.machines.iter().enumerate();
        self.machines = with_tid.filter_map(|(at, machine)| Some((machine.tid?, at))).collect();
        self.age = look.age.or(self.age);
        if look.regular {
            self.looks += 1;
            self.history.add(&self.snapshot);
            self.keep(look.findings);
            self.differences = differences(&before, &self.snapshot);
        }
        let findings = self.findings.iter();
        self.wrong_threads = findings.clone().flat_map(|finding| finding.threads.iter().copied()).collect();
        self.wrong_goroutines = findings.flat_map(|finding| finding.goroutines.iter().copied()).collect();
        self.groups = groups(&self.snapshot);
        if self.looks == 1 && look.regular {
            let counts = self.groups.iter().map(|group| (group.kind.clone(), group.members.len()));
            self.base = counts.collect();
        }
        for group in &mut self.groups {
            let base = self.base.get(&group.kind).copied().unwrap_or(0);
            group.change = group.members.len() as i64 - base as i64;
        }
    }

    /// Takes in what is wrong. A thread that just ran cannot be judged, so one look without a problem is no sign that it is
    /// gone: what a rule saw stays for a while, and is said to be old.
    fn keep(&mut self, findings: Vec<LiveFinding>) {
        for finding in &findings {
            self.seen.insert(finding.rule, self.looks);
        }
        let (seen, looks) = (&self.seen, self.looks);
        let last = |finding: &LiveFinding| seen.get(finding.rule).copied().unwrap_or(0);
        self.findings.retain(|finding| last(finding) < looks && looks - last(finding) <= KEPT);
        self.findings.extend(findings);
        self.findings.sort_by_key(|finding| finding.rule);
    }

    /// What stands behind the name of a rule that saw nothing in the last look: ` 3 looks ago`.
    pub(super) fn ago(&self, finding: &LiveFinding) -> String {
        match self.looks - self.seen.get(finding.rule).copied().unwrap_or(self.looks) {
            0 => String::new(),
            looks => format!(" {} ago", count(looks, "look")),
        }
    }

    pub(super) fn machine(&self, tid: i32) -> Option<&Machine> {
        self.snapshot.machines.get(*self.machines.get(&tid)?)
    }

    /// The kinds of state in which a thread is not like the most of its siblings.
    pub(super) fn differs_in(&self, tid: i32) -> &[StateId] {
        self.differences.get(&tid).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn is_wrong_thread(&self, tid: i32) -> bool {
        self.wrong_threads.contains(&tid)
    }

    pub(super) fn is_wrong_goroutine(&self, id: u64) -> bool {
        self.wrong_goroutines.contains(&id)
    }

    /// The thread that a goroutine is on, or is pinned to.
    pub(super) fn thread_of(&self, goroutine: &Goroutine) -> Option<i32> {
        self.snapshot.machine(goroutine.machine.or(goroutine.pinned_to)?)?.tid
    }

    /// The goroutine that a thread is about: the one it runs, else the one it waits for.
    pub(super) fn goroutine_on(&self, tid: i32) -> Option<&Goroutine> {
        let machine = self.machine(tid)?;
        self.snapshot.goroutine(machine.goroutine.or(machine.pin.map(|pin| pin.goroutine))?)
    }

    pub(super) fn group(&self, kind: &Kind) -> Option<&Group> {
        self.groups.iter().find(|group| group.kind == *kind)
    }
}

impl Group {
    /// The one that stands for all: the first whose stack is known, else the first.
    pub(super) fn example<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s Goroutine> {
        let known = |at: &&usize| snapshot.goroutines.get(**at).is_some_and(|it| it.stack.is_some());
        let at = self.members.first().filter(known).or_else(|| self.members.iter().take(100).find(known));
        snapshot.goroutines.get(*at.or(self.members.first())?)
    }

    /// Where they were started.
    pub(super) fn created<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s Frame> {
        words::created(snapshot, snapshot.goroutines.get(*self.members.first()?)?)
    }
}

/// Which threads differ in what, in both looks: the kernel changes signal masks for moments.
fn differences(before: &Snapshot, now: &Snapshot) -> BTreeMap<i32, Vec<StateId>> {
    let mut classes: BTreeMap<StateId, BTreeMap<&str, Vec<i32>>> = BTreeMap::new();
    let same = |thread: &&Thread| {
        before.thread(thread.tid).is_some_and(|it| (it.started, &it.state) == (thread.started, &thread.state))
    };
    for thread in now.threads.iter().filter(same) {
        for (state, value) in &thread.state {
            classes.entry(*state).or_default().entry(value).or_default().push(thread.tid);
        }
    }
    let mut differences: BTreeMap<i32, Vec<StateId>> = BTreeMap::new();
    for (state, classes) in classes.into_iter().filter(|(_, classes)| classes.len() > 1) {
        let largest = classes.values().map(Vec::len).max().unwrap_or(0);
        let tie = classes.values().filter(|class| class.len() == largest).count() > 1;
        for tid in classes.into_values().filter(|class| tie || class.len() < largest).flatten() {
            differences.entry(tid).or_default().push(state);
        }
    }
    differences
}

fn groups(snapshot: &Snapshot) -> Vec<Group> {
    let mut groups: BTreeMap<_, Group> = BTreeMap::new();
    for (at, goroutine) in snapshot.goroutines.iter().enumerate() {
        let key = (goroutine.created, goroutine.status, goroutine.reason);
        let group = groups.entry(key).or_insert_with(|| Group {
            kind: kind(snapshot, goroutine),
            members: Vec::new(),
            change: 0,
            pinned: 0,
            oldest: None,
        });
        group.members.push(at);
        group.pinned += usize::from(is_pinned(snapshot, goroutine));
        group.oldest = group.oldest.max(goroutine.waiting);
    }
    groups.into_values().collect()
}

/// Whether the program pinned a goroutine.
pub(super) fn is_pinned(snapshot: &Snapshot, goroutine: &Goroutine) -> bool {
    let machine = goroutine.pinned_to.and_then(|id| snapshot.machine(id));
    machine.and_then(|machine| machine.pin).is_some_and(|pin| pin.depth > 0)
}

/// What a goroutine has in common with others. Numbers of frames change from look to look, so they are no part of it.
pub(super) fn kind(snapshot: &Snapshot, goroutine: &Goroutine) -> Kind {
    let created = words::frame(snapshot, goroutine.created);
    Kind {
        created: created.map(|frame| (frame.function.clone(), frame.line)),
        status: goroutine.status,
        reason: goroutine.reason,
    }
}

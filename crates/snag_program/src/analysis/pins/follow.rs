//! The goroutines, one after the other, in two groups.

use std::sync::{Mutex, OnceLock, PoisonError};

use super::*;
use crate::analysis::goroutines;

/// The goroutines of tests and those of the program itself. Few functions serve both, so that threads may follow them
/// side by side; they are kept apart whatever the number of threads, for budgets run out in the same places then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    Tests,
    Program,
}

/// Follows the entries.
pub(crate) struct Groups<'c, 'p> {
    program: &'p Program,
    calls: &'c Calls<'p>,
    entries: OnceLock<Vec<Entry>>,
    /// What was seen of the group that is ready first.
    first: Mutex<Option<(Group, Observed)>>,
    result: OnceLock<Analysis>,
}

impl<'c, 'p> Groups<'c, 'p> {
    pub(crate) fn new(program: &'p Program, calls: &'c Calls<'p>) -> Groups<'c, 'p> {
        let (entries, first, result) = Default::default();
        Groups { program, calls, entries, first, result }
    }

    /// Follows one of the groups. Whoever is second sums up.
    pub(crate) fn follow(&self, group: Group) {
        let observed = self.observe(group);
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((_, other)) = first.take_if(|(other, _)| *other != group) else {
            *first = Some((group, observed));
            return;
        };
        drop(first);
        let (mut all, tests) = if group == Group::Program { (observed, other) } else { (other, observed) };
        all.append(tests);
        self.result.get_or_init(|| self.sum_up(all));
    }

    /// What was found, once both groups have been followed.
    pub(crate) fn finish(self) -> Analysis {
        self.result.into_inner().unwrap_or_default()
    }

    fn entries(&self) -> &[Entry] {
        self.entries.get_or_init(|| match self.calls.any_relevant() {
            true => goroutines::entries(self.program, self.calls),
            false => vec![],
        })
    }

    fn observe(&self, group: Group) -> Observed {
        let values = Values::new(self.calls);
        let mut follower = Follower::new(self.program, self.calls, &values);
        let entries = self.entries().iter();
        let commands = entries.clone().filter(|entry| entry.kind == EntryKind::Command);
        follower.commands = commands.map(|entry| entry.function).collect();
        for &entry in entries.filter(|entry| self.group(entry) == group) {
            let cut = follower.observed.cut.len();
            let summary = follower.enter(entry);
            if follower.observed.cut.len() > cut {
                follower.observed.too_large.push(entry.function);
            }
            let changes = summary.unpinned.iter().map(|reach| follower.unpinned_change(entry, reach));
            let changes: Vec<UnpinnedChange> = changes.collect();
            follower.observed.unpinned.extend(changes);
        }
        follower.observed()
    }

    fn group(&self, entry: &Entry) -> Group {
        let file = self.program.file(self.program.function(entry.function).file);
        if file.is_test { Group::Tests } else { Group::Program }
    }

    fn sum_up(&self, mut observed: Observed) -> Analysis {
        let values = Values::new(self.calls);
        let mut others = Follower::new(self.program, self.calls, &values);
        // Of functions that no goroutine was seen to call, only this is told, for what else they do depends on their callers.
        for entry in others.kept(&observed.followed) {
            let summary = others.enter(entry);
            // What only ties something to the thread may well be meant for the one call, and tests pin for others.
            let free = |reach: &&Reach| entry.kind == EntryKind::Received || !reach.binds;
            let told = summary.unpinned.iter().filter(free).filter(|_| self.group(&entry) == Group::Program);
            observed.unpinned.extend(told.map(|reach| others.unpinned_change(entry, reach)));
        }
        let kept = others.observed();
        // Nor does what leaves a pin that the function takes itself.
        kept.escapes.into_iter().filter(|escape| !escape.only_pinned).for_each(|it| observed.add_escape(it));
        let pinned = kept.called_pinned.into_iter().chain(observed.called_pinned.clone());
        let pinned: FxHashSet<FuncId> = pinned.collect();
        let mut judge = Follower::new(self.program, self.calls, &values);
        for change in &mut observed.unpinned {
            change.owner = judge.owner(change, &pinned);
        }
        judge.observed = observed;
        judge.finish(self.entries().to_vec())
    }
}

impl<'c, 'p> Follower<'c, 'p> {
    fn new(program: &'p Program, calls: &'c Calls<'p>, values: &'c Values<'c, 'p>) -> Self {
        Follower {
            program,
            calls,
            values,
            effects: EffectsOf { calls, values },
            memo: FxHashMap::default(),
            depth: 0,
            last_results: FxHashMap::default(),
            observed: Observed::default(),
            uses: FxHashMap::default(),
            departures: FxHashMap::default(),
            stack: Vec::new(),
            deciding: FxHashMap::default(),
            needs: NeedsOf { calls, values, known: Default::default() },
            loose_saves: FxHashSet::default(),
            steps: 0,
            steps_before_entry: 0,
            commands: FxHashSet::default(),
        }
    }

    /// What was seen, with the functions that were met.
    fn observed(self) -> Observed {
        let contexts = self.memo.keys();
        let pinned = contexts.clone().filter(|context| context.thread.depth > 0);
        let called_pinned = pinned.map(|context| context.function).collect();
        Observed {
            followed: contexts.map(|context| context.function).collect(),
            called_pinned,
            ..self.observed
        }
    }
}

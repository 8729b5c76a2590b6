//! The goroutines, one after the other.

use super::*;

/// Follows the entries.
pub(crate) fn follow(program: &Program, calls: &Calls<'_>, entries: Vec<Entry>) -> Analysis {
    let values = Values::new(calls);
    let mut follower = Follower::new(program, calls, &values);
    let commands = entries.iter().filter(|entry| entry.kind == EntryKind::Command);
    follower.commands = commands.map(|entry| entry.function).collect();
    let mut unpinned = Vec::new();
    for &entry in &entries {
        let cut = follower.cut.len();
        let summary = follower.enter(entry);
        if follower.cut.len() > cut {
            follower.too_large.push(entry.function);
        }
        unpinned.extend(summary.unpinned.iter().map(|reach| follower.unpinned_change(entry, reach)));
    }
    // Of functions that no goroutine was seen to call, only this is told: what else they do depends on their callers.
    let mut others = Follower::new(program, calls, &values);
    for entry in follower.kept() {
        let summary = others.enter(entry);
        // What only ties something to the thread may well be meant for the one call.
        let told = summary.unpinned.iter().filter(|reach| entry.kind == EntryKind::Received || !reach.binds);
        unpinned.extend(told.map(|reach| others.unpinned_change(entry, reach)));
    }
    let pinned: FxHashSet<FuncId> = follower.called_pinned().chain(others.called_pinned()).collect();
    for change in &mut unpinned {
        change.owner = follower.owner(change, &pinned);
    }
    follower.finish(entries, unpinned)
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
            unpins: FxHashMap::default(),
            escapes: Vec::new(),
            late_uses: Vec::new(),
            uses: FxHashMap::default(),
            deciding: FxHashMap::default(),
            needs: NeedsOf { calls, values, known: Default::default() },
            pins: FxHashMap::default(),
            exits: Vec::new(),
            leaks: Vec::new(),
            cut: FxHashSet::default(),
            too_large: Vec::new(),
            steps: 0,
            steps_before_entry: 0,
            commands: FxHashSet::default(),
        }
    }
}

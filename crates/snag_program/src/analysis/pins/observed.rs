//! What was seen while goroutines were followed: plain data, which one thread hands to another.

use std::collections::BTreeSet;

use super::*;

/// What is seen at the end of a pin: all standings of one change.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) marks: Vec<Mark>,
    /// The function takes pins of its own: on other paths it may end one of those.
    pub(super) foreign: bool,
}

impl Seen {
    pub(super) fn add(&mut self, mark: Mark) {
        if !self.marks.iter().any(|old| old.standing == mark.standing) {
            self.marks.push(mark);
        }
    }
}

/// What was seen of a pin.
#[derive(Debug, Default)]
pub(super) struct Pin {
    pub(super) needs: Needs,
    pub(super) ends: Vec<Step>,
    /// A call inside that changes something of the whole process.
    pub(super) process: Option<Step>,
}

impl Pin {
    pub(super) fn add_end(&mut self, at: Step) {
        if !self.ends.contains(&at) {
            self.ends.push(at);
        }
    }

    pub(super) fn add_process(&mut self, at: Step) {
        self.process = Some(self.process.map_or(at, |old| old.min(at)));
    }
}

#[derive(Debug, Default)]
pub(super) struct Observed {
    pub(super) unpins: FxHashMap<(Step, Step), Seen>,
    pub(super) escapes: Vec<Escape>,
    pub(super) late_uses: Vec<LateUse>,
    pub(super) early_saves: Vec<EarlySave>,
    /// Pins around calls for the main thread only, with these.
    pub(super) for_main: BTreeSet<(Step, Step)>,
    pub(super) pins: FxHashMap<Step, Pin>,
    pub(super) exits: Vec<PinnedExit>,
    pub(super) changed_exits: Vec<ChangedExit>,
    pub(super) leaks: Vec<PinLeak>,
    /// Changes without a pin, in the order of the entries.
    pub(super) unpinned: Vec<UnpinnedChange>,
    /// Functions that were too large to follow to the end.
    pub(super) cut: FxHashSet<FuncId>,
    /// The entries they were met from.
    pub(super) too_large: Vec<FuncId>,
    /// All functions that were met.
    pub(super) followed: FxHashSet<FuncId>,
    /// Functions that somebody calls with a pin.
    pub(super) called_pinned: FxHashSet<FuncId>,
}

impl Observed {
    pub(super) fn add_escape(&mut self, escape: Escape) {
        let known = |old: &Escape| old.place() == escape.place() && old.change == escape.change;
        if !self.escapes.iter().any(known) {
            self.escapes.push(escape);
        }
    }

    pub(super) fn add_late_use(&mut self, late: LateUse) {
        let known = |old: &LateUse| old.use_ == late.use_ && old.change == late.change;
        if !self.late_uses.iter().any(known) {
            self.late_uses.push(late);
        }
    }

    pub(super) fn add_early_save(&mut self, early: EarlySave) {
        if !self.early_saves.iter().any(|old| (old.save, old.use_) == (early.save, early.use_)) {
            self.early_saves.push(early);
        }
    }

    pub(super) fn add_leak(&mut self, leak: PinLeak) {
        if !self.leaks.iter().any(|old| old.pin == leak.pin) {
            self.leaks.push(leak);
        }
    }

    /// Adds what was seen of other goroutines.
    pub(super) fn append(&mut self, other: Observed) {
        for (at, seen) in other.unpins {
            let known = self.unpins.entry(at).or_insert(Seen { marks: vec![], foreign: seen.foreign });
            known.foreign &= seen.foreign;
            seen.marks.into_iter().for_each(|mark| known.add(mark));
        }
        for (at, pin) in other.pins {
            let known = self.pins.entry(at).or_default();
            known.needs.add(pin.needs);
            pin.ends.into_iter().for_each(|end| known.add_end(end));
            pin.process.into_iter().for_each(|process| known.add_process(process));
        }
        other.escapes.into_iter().for_each(|escape| self.add_escape(escape));
        other.late_uses.into_iter().for_each(|late| self.add_late_use(late));
        other.early_saves.into_iter().for_each(|early| self.add_early_save(early));
        self.for_main.extend(other.for_main);
        other.leaks.into_iter().for_each(|leak| self.add_leak(leak));
        self.exits.extend(other.exits);
        self.changed_exits.extend(other.changed_exits);
        self.unpinned.extend(other.unpinned);
        self.unpinned.sort_by_key(|change| change.entry.function);
        self.cut.extend(other.cut);
        self.too_large.extend(other.too_large);
        self.too_large.sort();
        self.followed.extend(other.followed);
        self.called_pinned.extend(other.called_pinned);
    }
}

//! From what was seen on the paths to what rules ask.

use super::observed::Seen;
use super::*;
use crate::analysis::{Carrier, LatePin, goroutines};
use crate::ir::Call;

/// How many functions deep the work of a started goroutine is looked through.
const WORK_DEPTH: usize = 6;

impl Follower<'_, '_> {
    pub(super) fn unpinned_change(&self, entry: Entry, reach: &Reach) -> UnpinnedChange {
        UnpinnedChange {
            entry,
            path: reach.path.clone(),
            states: reach.states,
            certain: reach.certain,
            through_interface: reach.through_interface,
            after_go: reach.after_go
                || matches!(entry.kind, EntryKind::Go | EntryKind::Received)
                || reach.path.iter().any(|step| self.starts_goroutine_behind(*step)),
            before_exec: reach.path.iter().any(|step| self.replaces_process(step.function)),
            thin: reach.thin,
            pinned: reach.pinned,
            binds: reach.binds,
            used: self.is_used(reach),
            owner: 0,
        }
    }

    /// Whether a function on the way depends on what was tied to the thread.
    fn is_used(&self, reach: &Reach) -> bool {
        reach.path.iter().any(|step| {
            let Some(body) = self.calls.body(step.function) else { return false };
            let again = |call: &Call| {
                let reads = self.effects.reads(step.function, call).intersects(reach.states);
                reach.binds && reads && body.block(call.block).in_loop.is_some()
            };
            if body.calls.iter().any(|call| call.span == step.place.span && again(call)) {
                return true;
            }
            body.calls.iter().filter(|call| call.span != step.place.span).any(|call| {
                let bound = self.calls.rows(call).api.filter(|_| reach.binds);
                bound.is_some_and(|api| api.writes.union(api.reads).intersects(reach.states))
                    || self.effects.reads(step.function, call).intersects(reach.states)
            })
        })
    }

    pub(super) fn replaces_process(&self, function: FuncId) -> bool {
        let Some(body) = self.calls.body(function) else { return false };
        body.calls.iter().any(|call| self.calls.is(call, Is::ProcessReplacement))
    }

    /// What a started function depends on, as long as it does not care for its thread itself.
    pub(super) fn uses(&mut self, function: FuncId) -> Rc<Vec<(StateSet, Step)>> {
        if let Some(known) = self.uses.get(&function) {
            return Rc::clone(known);
        }
        let mut found = Vec::new();
        let mut seen = FxHashSet::default();
        self.collect_uses(function, WORK_DEPTH, &mut seen, &mut found);
        let found = Rc::new(found);
        self.uses.insert(function, Rc::clone(&found));
        found
    }

    fn collect_uses(
        &self,
        function: FuncId,
        depth: usize,
        seen: &mut FxHashSet<FuncId>,
        found: &mut Vec<(StateSet, Step)>,
    ) {
        let Some(body) = self.calls.body(function) else { return };
        if depth == 0 || seen.len() > 200 || !seen.insert(function) || self.pins_itself(function) {
            return;
        }
        for (at, call) in body.calls.iter().enumerate() {
            if call.mode == Mode::Go {
                continue;
            }
            let rows = self.calls.rows(call);
            let mut states = self.effects.reads(function, call);
            if let Some(snag_threads::Carries::States(carried)) = rows.spawn.map(|spawn| spawn.carries) {
                states = states.union(self.effects.without_path(function, call, carried));
            }
            if !states.is_empty() {
                found.push((states, self.step(function, CallId(at as u32))));
            }
            if !rows.any() {
                for callee in self.values.callees(function, call) {
                    self.collect_uses(callee, depth - 1, seen, found);
                }
            }
        }
    }

    pub(super) fn pins_itself(&self, function: FuncId) -> bool {
        let Some(body) = self.calls.body(function) else { return false };
        body.calls.iter().any(|call| {
            let api = self.calls.rows(call).api;
            api.is_some_and(|api| api.locks != snag_threads::LockBehavior::No)
                || self.effects.change(function, call).is_some()
        })
    }

    pub(super) fn finish(self, entries: Vec<Entry>) -> Analysis {
        let needless_pins = self.needless_pins();
        let observed = self.observed;
        let unpins = observed.unpins.iter();
        let mut dirty_unpins: Vec<DirtyUnpin> =
            unpins.filter_map(|(&(unpin, change), seen)| dirty(unpin, change, seen)).collect();
        for dirty in &mut dirty_unpins {
            let late =
                |late: &LateUse| late.puts_back && (late.unpin, late.change) == (dirty.unpin, dirty.change);
            if dirty.restored == Restored::Never && observed.late_uses.iter().any(late) {
                dirty.restored = Restored::TooLate;
            }
        }
        dirty_unpins.sort_by_key(|dirty| (dirty.unpin, dirty.change));
        let mut escapes = observed.escapes;
        escapes.sort_by_key(|escape| (escape.start, escape.change));
        escapes.retain(|escape| !matches!(escape.by, Carrier::Library(spawn) if spawn.work.is_empty()));
        let mut late_uses = observed.late_uses;
        late_uses.sort_by_key(|late| (late.use_, late.change));
        let started: FxHashSet<FuncId> =
            entries.iter().filter(|entry| entry.kind == EntryKind::Go).map(|entry| entry.function).collect();
        let mut early_saves = observed.early_saves;
        early_saves.sort_by_key(|early| (early.save, early.use_));
        let late_pins = observed.for_main.into_iter().filter_map(|(pin, call)| {
            let entry = goroutines::reaching(self.calls, &entries, pin.function)?;
            let of_main = matches!(entry.kind, EntryKind::Main | EntryKind::Command) && !entry.pinned;
            of_main.then_some(LatePin { pin, call, entry })
        });
        let late_pins = late_pins.collect();
        let mut pin_leaks = observed.leaks;
        for leak in &mut pin_leaks {
            let function = leak.pin.function;
            let mut callers = self.calls.callers(function).iter();
            let only_started = callers.all(|&(caller, at)| {
                self.calls.body(caller).is_some_and(|body| body.call(at).mode == Mode::Go)
            });
            leak.ends_goroutine = started.contains(&function) && only_started;
        }
        pin_leaks.sort_by_key(|leak| leak.pin);
        let mut pinned_exits = observed.exits;
        pinned_exits.sort_by_key(|exit| (exit.pin, exit.function));
        let mut changed_exits = observed.changed_exits;
        changed_exits.sort_by_key(|exit| (exit.pin, exit.change));
        let (confinements, unpinned): (Vec<_>, Vec<_>) =
            observed.unpinned.into_iter().partition(UnpinnedChange::confines_program);
        let unpinned = unpinned.into_iter().filter(|change| !change.pinned).collect();
        Analysis {
            entries,
            unpinned,
            confinements,
            early_saves,
            late_pins,
            dirty_unpins,
            escapes,
            late_uses,
            pinned_exits,
            changed_exits,
            pin_leaks,
            needless_pins,
            too_large: observed.too_large,
            ..Analysis::default()
        }
    }
}

fn dirty(unpin: Step, change: Step, seen: &Seen) -> Option<DirtyUnpin> {
    let find = |standing: Standing| seen.marks.iter().find(|mark| mark.standing == standing);
    let put_back =
        find(Standing::Restored).or(find(Standing::RestoreFailed)).or(find(Standing::RestoreUnchecked));
    let (mark, restored) = if let Some(mark) = find(Standing::Changed) {
        (mark, if put_back.is_some() { Restored::NotAlways } else { Restored::Never })
    } else if let Some(mark) = find(Standing::RestoreUnchecked) {
        (mark, Restored::Unchecked)
    } else {
        (find(Standing::RestoreFailed)?, Restored::MayHaveFailed)
    };
    let restore = put_back.and_then(|mark| mark.restore);
    Some(DirtyUnpin {
        unpin,
        change,
        states: mark.states,
        restored,
        restore,
        certain: mark.certain,
        foreign: seen.foreign,
    })
}

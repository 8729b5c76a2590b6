//! Work that leaves a pinned goroutine.

use snag_threads::Carries;

use super::*;
use crate::analysis::Carrier;
use crate::analysis::calls::Rows;
use crate::analysis::goroutines::started_by;
use crate::analysis::values::Dials;
use crate::ir::Call;

impl Walk<'_, '_, '_> {
    pub(super) fn start(&mut self, id: CallId, thread: &Thread) {
        let Some(body) = self.follower.calls.body(self.function) else { return };
        for target in started_by(self.follower.calls, self.function, body.call(id)) {
            self.escape(id, target, thread, Carrier::Go);
        }
    }

    pub(super) fn escape(&mut self, id: CallId, target: FuncId, thread: &Thread, by: Carrier) {
        if thread.depth == 0 {
            return;
        }
        let start = self.follower.step(self.function, id);
        if thread.standing().next().is_none() {
            // A pin taken by an init function keeps main on its thread, and means nothing for what main starts.
            let Some(pin) = thread.pin else { return };
            if let Some((states, step)) = self.follower.tied_use(target) {
                let found = Escape {
                    start,
                    change: pin,
                    only_pinned: true,
                    states,
                    by,
                    use_: Some(step),
                    seldom: false,
                };
                self.follower.observed.add_escape(found);
            }
            return;
        }
        let uses = self.follower.uses(target);
        for mark in thread.standing() {
            if let Some(&(states, step)) = uses.iter().find(|(states, _)| states.intersects(mark.states)) {
                let states = states.intersection(mark.states);
                let (change, use_) = (mark.at, Some(step));
                let found = Escape { start, change, only_pinned: false, states, by, use_, seldom: false };
                self.follower.observed.add_escape(found);
            }
        }
    }

    /// Work that the library does on a goroutine of its own.
    pub(super) fn library_work(&mut self, id: CallId, call: &Call, rows: Rows, thread: &Thread) {
        let Some(spawn) = rows.spawn else { return };
        let Carries::States(carried) = spawn.carries else { return };
        let dials = call.receiver.map(|dialer| self.follower.values.dials(self.function, dialer));
        if thread.depth == 0
            || dials == Some(Dials::Here)
            || self.follower.effects.has_literal_address(self.function, call)
        {
            return;
        }
        let start = self.follower.step(self.function, id);
        for mark in thread.standing() {
            let states = carried.intersection(mark.states);
            if !states.is_empty() {
                let (change, by) = (mark.at, Carrier::Library(spawn));
                let seldom = spawn.seldom || dials == Some(Dials::LooksUp);
                self.follower.observed.add_escape(Escape {
                    start,
                    change,
                    only_pinned: false,
                    states,
                    by,
                    use_: None,
                    seldom,
                });
            }
        }
    }
}

//! Work that leaves a pinned goroutine.

use snag_threads::{CallbackArgument, Carries, Spawn, When};

use super::*;
use crate::analysis::Carrier;
use crate::analysis::calls::Rows;
use crate::analysis::goroutines::started_by;
use crate::analysis::values::Dials;
use crate::ir::Call;

/// How many functions deep work is handed over that is still told of the pin above.
const DEEP: usize = 4;

/// Work that a call hands to another goroutine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Departure {
    start: Step,
    by: Carrier,
    /// What the work depends on, and where; nowhere when it is the library's.
    states: StateSet,
    use_: Option<Step>,
    seldom: bool,
}

impl Follower<'_, '_> {
    /// What the functions depend on that run on another goroutine.
    fn of_goroutine(&mut self, start: Step, targets: &[FuncId], by: Carrier) -> Vec<Departure> {
        let mut found = Vec::new();
        for &target in targets {
            let uses = self.uses(target);
            found.extend(uses.iter().map(|&(states, step)| {
                let use_ = Some(step);
                Departure { start, by, states, use_, seldom: false }
            }));
        }
        found
    }

    /// Work that the library does on a goroutine of its own.
    fn of_library(
        &self,
        function: FuncId,
        id: CallId,
        call: &Call,
        spawn: &'static Spawn,
    ) -> Option<Departure> {
        let Carries::States(states) = spawn.carries else { return None };
        let dials = call.receiver.map(|dialer| self.values.dials(function, dialer));
        if dials == Some(Dials::Here) || self.effects.has_literal_address(function, call) {
            return None;
        }
        let seldom = spawn.seldom || dials == Some(Dials::LooksUp);
        Some(Departure {
            start: self.step(function, id),
            by: Carrier::Library(spawn),
            states,
            use_: None,
            seldom,
        })
    }

    /// The work that a function hands over which nobody follows, for its own thread stays what it is.
    fn departures(&mut self, function: FuncId) -> Rc<Vec<Departure>> {
        if let Some(known) = self.departures.get(&function) {
            return Rc::clone(known);
        }
        let mut found = Vec::new();
        self.collect_departures(function, DEEP, &mut FxHashSet::default(), &mut found);
        let found = Rc::new(found);
        self.departures.insert(function, Rc::clone(&found));
        found
    }

    fn collect_departures(
        &mut self,
        function: FuncId,
        depth: usize,
        seen: &mut FxHashSet<FuncId>,
        found: &mut Vec<Departure>,
    ) {
        let calls = self.calls;
        let Some(body) = calls.body(function).filter(|_| self.program.is_first_party(function)) else {
            return;
        };
        if depth == 0 || calls.is_followed(function) || !seen.insert(function) {
            return;
        }
        for (at, call) in body.calls.iter().enumerate() {
            let id = CallId(at as u32);
            let rows = calls.rows(call);
            if let Some(spawn) = rows.spawn {
                // A client that somebody made may dial in a way of its own.
                let own = call.receiver.is_some();
                let departure = self.of_library(function, id, call, spawn);
                found.extend(departure.map(|it| Departure { seldom: it.seldom || own, ..it }));
            }
            let start = self.step(function, id);
            if call.mode == Mode::Go {
                found.extend(self.of_goroutine(start, &started_by(calls, function, call), Carrier::Go));
            } else if let Some(callback) = rows.callback {
                if let (When::OtherGoroutine, CallbackArgument::Index(position)) =
                    (callback.when, callback.argument)
                    && let Some(&given) = call.args.get(position as usize)
                {
                    let targets = self.values.functions(function, given);
                    found.extend(self.of_goroutine(start, &targets, Carrier::Callback));
                }
            } else if !rows.any() {
                for callee in self.values.callees(function, call) {
                    self.collect_departures(callee, depth - 1, seen, found);
                }
            }
        }
    }
}

impl Walk<'_, '_, '_> {
    pub(super) fn start(&mut self, id: CallId, thread: &Thread) {
        let Some(body) = self.follower.calls.body(self.function) else { return };
        let targets = started_by(self.follower.calls, self.function, body.call(id));
        self.escape(id, &targets, thread, Carrier::Go);
    }

    pub(super) fn escape(&mut self, id: CallId, targets: &[FuncId], thread: &Thread, by: Carrier) {
        if thread.depth == 0 {
            return;
        }
        let start = self.follower.step(self.function, id);
        if thread.standing().next().is_some() {
            let departures = self.follower.of_goroutine(start, targets, by);
            self.leave_with(&departures, thread, None);
            return;
        }
        // A pin taken by an init function keeps main on its thread, and means nothing for what main starts.
        let Some(change) = thread.pin else { return };
        for &target in targets {
            if let Some((states, step)) = self.follower.tied_use(target) {
                let use_ = Some(step);
                let (only_pinned, seldom, through) = (true, false, None);
                let found = Escape { start, change, only_pinned, states, by, use_, seldom, through };
                self.follower.observed.add_escape(found);
            }
        }
    }

    pub(super) fn library_work(&mut self, id: CallId, call: &Call, rows: Rows, thread: &Thread) {
        let Some(spawn) = rows.spawn.filter(|_| thread.depth > 0) else { return };
        if let Some(departure) = self.follower.of_library(self.function, id, call, spawn) {
            self.leave_with(&[departure], thread, None);
        }
    }

    /// What functions hand over that are called while the thread is changed, and are not followed themselves.
    pub(super) fn leave_inside(&mut self, id: CallId, call: &Call, thread: &Thread) {
        if thread.depth == 0 || thread.standing().next().is_none() {
            return;
        }
        let targets = self.targets(call);
        let here = self.follower.step(self.function, id);
        for target in targets {
            let departures = self.follower.departures(target);
            self.leave_with(&departures, thread, Some(here));
        }
    }

    /// The work does not find the changes of this thread.
    fn leave_with(&mut self, departures: &[Departure], thread: &Thread, here: Option<Step>) {
        for mark in thread.standing() {
            for departure in departures.iter().filter(|departure| departure.states.intersects(mark.states)) {
                let Departure { start, by, use_, seldom, .. } = *departure;
                let through = self.called_from(mark, start, here);
                let states = departure.states.intersection(mark.states);
                let change = mark.at;
                let found = Escape { start, change, only_pinned: false, states, by, use_, seldom, through };
                self.follower.observed.add_escape(found);
            }
        }
    }

    /// The call of the function that changed the thread, unless that hands the work over itself.
    fn called_from(&self, mark: &Mark, start: Step, here: Option<Step>) -> Option<Step> {
        let root = |step: &Step| self.follower.calls.root(step.function);
        let changed = root(&mark.at);
        if root(&start) == changed {
            return None;
        }
        let stack = self.follower.stack.iter().chain(&here);
        stack.copied().find(|step| root(step) == changed).or(here)
    }
}

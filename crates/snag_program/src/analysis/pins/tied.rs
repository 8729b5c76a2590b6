//! What makes work depend on one very thread, although nothing about that thread was changed.

use rustc_hash::FxHashSet;
use snag_threads::{Arg, LockBehavior, Requires, StateSet, state};

use super::*;
use crate::contracts::Contract;
use crate::ir::Call;
use crate::native::Slot;

/// How many functions deep: what is further away is a habit of a library, such as the number of a thread in a log.
const NEAR: usize = 2;

impl Follower<'_, '_> {
    /// A call of the function that is about the thread it runs on, as long as the function does not pin itself.
    pub(super) fn tied_use(&self, function: FuncId) -> Option<(StateSet, Step)> {
        self.tied(function, NEAR, &mut FxHashSet::default())
    }

    fn tied(&self, function: FuncId, depth: usize, seen: &mut FxHashSet<FuncId>) -> Option<(StateSet, Step)> {
        let body = self.calls.body(function)?;
        let own = self.program.is_first_party(function);
        if !own || depth == 0 || !seen.insert(function) || self.pins_itself(function) {
            return None;
        }
        body.calls.iter().enumerate().filter(|(_, call)| call.mode != Mode::Go).find_map(|(at, call)| {
            if let Some(states) = self.needs_one_thread(function, call) {
                return Some((states, self.step(function, CallId(at as u32))));
            }
            match call.callee {
                Callee::Function(callee) if !self.calls.rows(call).any() => {
                    self.tied(callee, depth - 1, seen)
                }
                _ => None,
            }
        })
    }

    /// The call means the thread it is made on: it asks who that is, or comes back to what it left there.
    fn needs_one_thread(&self, function: FuncId, call: &Call) -> Option<StateSet> {
        let identity = StateSet::of(&[state::TID]);
        if self.effects.reads(function, call).intersects(identity) {
            return Some(identity);
        }
        if let Some(api) = self.calls.rows(call).api {
            let tied = matches!(api.requires, Requires::SameThreadAs | Requires::MainThread);
            return (tied && api.locks == LockBehavior::No).then(|| api.writes.union(api.reads));
        }
        let package = self.program.function(function).package;
        match call.callee {
            Callee::Function(callee) => {
                let contract = self.program.contracts.of(callee)?;
                let reads = || contract.touches(package).is_some_and(|touch| touch.reads);
                (contract.asks_for_pin() || reads()).then_some(StateSet::EMPTY)
            }
            Callee::C(name) => {
                if self.program.contracts.of_c(package, name).is_some_and(Contract::asks_for_pin) {
                    return Some(StateSet::EMPTY);
                }
                let args: Vec<Arg<'static>> =
                    call.args.iter().map(|&arg| self.values.arg(function, arg)).collect();
                let touches = self.program.native.touches(package, name, &args);
                touches.iter().find(|touch| touch.reads && !touch.writes && !touch.takes).and_then(|touch| {
                    match touch.slot {
                        Slot::Variable(_) => Some(StateSet::of(&[state::TLS_VARS])),
                        _ => None,
                    }
                })
            }
            _ => None,
        }
    }
}

impl Walk<'_, '_, '_> {
    /// A call for the main thread only, in a pin that keeps the goroutine on the thread it had by then.
    pub(super) fn call_of_main_thread(&mut self, id: CallId, call: &Call, thread: &Thread) {
        let Some(pin) = thread.pin else { return };
        if self.follower.is_for_main_thread(self.function, call) {
            let call = self.follower.step(self.function, id);
            self.follower.observed.for_main.insert((pin, call));
        }
    }
}

impl Follower<'_, '_> {
    fn is_for_main_thread(&self, function: FuncId, call: &Call) -> bool {
        if let Some(api) = self.calls.rows(call).api {
            return api.requires == Requires::MainThread && api.writes.contains(state::UI_MAIN_THREAD);
        }
        match call.callee {
            Callee::Function(callee) => {
                self.program.contracts.of(callee).is_some_and(Contract::demands_main_thread)
            }
            Callee::C(name) => {
                let package = self.program.function(function).package;
                !self.program.native.wants_main_thread(package, name).is_empty()
            }
            _ => false,
        }
    }
}

//! Where on the way from the beginning of a goroutine to a change of its thread the pin belongs.
//!
//! Whoever looks for `LockOSThread` looks in the function that works on the changed thread: neither in a helper that
//! only changes it, nor in everybody who calls that function.

use super::*;
use crate::analysis::flow;
use crate::ir::Call;

/// How many functions deep a call is looked into for what depends on the change.
const NEAR: usize = 3;

impl Follower<'_, '_> {
    /// The step of the path whose function is to pin: the deepest one that does not leave that to its callers.
    pub(super) fn owner(&self, change: &UnpinnedChange, pinned: &FxHashSet<FuncId>) -> usize {
        let path = &change.path;
        let mut at = path.len().saturating_sub(1);
        while at > 0 && self.leaves_pin_to_callers(change, at, pinned) {
            at -= 1;
        }
        at
    }

    fn leaves_pin_to_callers(&self, change: &UnpinnedChange, at: usize, pinned: &FxHashSet<FuncId>) -> bool {
        let (step, above) = (change.path[at], change.path[at - 1]);
        if !self.program.is_first_party(step.function) || pinned.contains(&step.function) {
            return true;
        }
        let states = change.states;
        if change.confines_program() && !change.thin {
            // No pin would help: another call would.
            return false;
        }
        if self.behind(step, |call| self.touches(step.function, call, states, NEAR)) {
            // Whoever uses what is tied to the thread after the function has returned needs the pin as well.
            return change.binds
                && !self.behind(step, |call| self.puts_back(step.function, call, states))
                && self.behind(above, |call| self.touches(above.function, call, states, NEAR));
        }
        !self.behind(step, |call| !change.binds && self.works(step.function, call))
    }

    /// Whether other goroutines are started after the call: they do not run on its thread only.
    pub(super) fn starts_goroutine_behind(&self, step: Step) -> bool {
        self.behind(step, |call| self.starts_goroutine(step.function, call, NEAR))
    }

    fn starts_goroutine(&self, function: FuncId, call: &Call, depth: usize) -> bool {
        if call.mode == Mode::Go {
            return true;
        }
        let rows = self.calls.rows(call);
        if rows.any() || depth == 0 {
            return rows.callback.is_some_and(|callback| callback.when == snag_threads::When::OtherGoroutine);
        }
        self.inside(function, call).into_iter().any(|inner| {
            let calls = self.calls.body(inner).map_or(&[][..], |body| &body.calls);
            self.program.is_first_party(inner)
                && calls.iter().any(|call| self.starts_goroutine(inner, call, depth - 1))
        })
    }

    /// Whether one of the calls that may follow is such a call. What follows an error does not count.
    fn behind(&self, step: Step, wanted: impl Fn(&Call) -> bool) -> bool {
        let Some(body) = self.calls.body(step.function) else { return false };
        let Some(at) = body.calls.iter().position(|call| call.span == step.place.span) else { return false };
        let Some((block, instr)) = flow::position(body, CallId(at as u32)) else { return false };
        let mut seen: FxHashSet<BlockId> = FxHashSet::default();
        let mut queue = vec![(block, instr + 1)];
        while let Some((id, start)) = queue.pop() {
            let block = body.block(id);
            let calls = block.instrs.iter().skip(start).filter_map(|instr| match *instr {
                Instr::Call(call) => Some(body.call(call)),
                _ => None,
            });
            if calls.into_iter().any(&wanted) {
                return true;
            }
            let failure = self.failure(step.function, &block.end);
            for next in flow::successors(block) {
                if Some(next) != failure && seen.insert(next) {
                    queue.push((next, 0));
                }
            }
        }
        false
    }

    /// Where a block goes on when an error is not nil.
    fn failure(&self, function: FuncId, end: &Terminator) -> Option<BlockId> {
        let Terminator::If { cond: Cond::IsNil(value, wanted), then, otherwise } = *end else { return None };
        let is_error = match self.calls.body(function)?.value(value) {
            Value::Var(var) => {
                let vars = &self.program.function(var.function).vars;
                vars.get(var.index as usize).is_some_and(|var| var.is_error)
            }
            Value::Result(..) => true,
            _ => false,
        };
        is_error.then_some(if wanted { otherwise } else { then })
    }

    fn puts_back(&self, function: FuncId, call: &Call, states: StateSet) -> bool {
        let change = self.effects.change(function, call);
        change.is_some_and(|change| change.restores && change.states.intersects(states))
            || self.inside(function, call).into_iter().any(|inner| {
                let calls = self.calls.body(inner).map_or(&[][..], |body| &body.calls);
                calls.iter().any(|call| {
                    let change = self.effects.change(inner, call);
                    change.is_some_and(|change| change.restores && change.states.intersects(states))
                })
            })
    }

    /// Whether the call depends on one of the states, or changes it.
    fn touches(&self, function: FuncId, call: &Call, states: StateSet, depth: usize) -> bool {
        if call.mode == Mode::Go || depth == 0 {
            return false;
        }
        let rows = self.calls.rows(call);
        if rows.api.is_some_and(|api| api.writes.union(api.reads).intersects(states))
            || self.effects.reads(function, call).intersects(states)
            || self.effects.change(function, call).is_some_and(|change| change.states.intersects(states))
        {
            return true;
        }
        !rows.any()
            && self.inside(function, call).into_iter().any(|inner| {
                let calls = self.calls.body(inner).map_or(&[][..], |body| &body.calls);
                calls.iter().any(|call| self.touches(inner, call, states, depth - 1))
            })
    }

    /// The functions that the call runs before it returns.
    fn inside(&self, function: FuncId, call: &Call) -> Vec<FuncId> {
        match call.callee {
            Callee::Value(value) => self.values.functions(function, value),
            _ => self.calls.targets(call),
        }
    }

    /// Whether the call does something, on a thread that differs. Making errors and texts is no work.
    fn works(&self, function: FuncId, call: &Call) -> bool {
        let rows = self.calls.rows(call);
        if rows.blocking.is_some() || rows.callback.is_some() || rows.spawn.is_some() || call.mode == Mode::Go
        {
            return true;
        }
        let quiet = [Is::Error, Is::Ending, Is::Formatting, Is::TestFailure, Is::Assertion];
        if quiet.iter().any(|&is| self.calls.is(call, is)) {
            return false;
        }
        match call.callee {
            Callee::Function(callee) => self.program.is_first_party(callee),
            Callee::Value(value) => {
                let known = self.values.functions(function, value);
                known.is_empty() || known.iter().any(|&callee| self.program.is_first_party(callee))
            }
            Callee::Interface { .. } | Callee::C(_) => true,
            _ => false,
        }
    }
}

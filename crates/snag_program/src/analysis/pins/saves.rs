//! What is read before the pin that is to protect it.

use super::*;
use crate::analysis::effects::Change;
use crate::ir::Call;

impl Walk<'_, '_, '_> {
    /// A call without a pin reads the state of whichever thread runs it, or names a file of it.
    pub(super) fn save(&mut self, id: CallId, call: &Call, thread: &Thread) {
        let reads = || self.follower.calls.rows(call).api.is_some_and(|api| api.saves.is_some());
        if thread.depth == 0 && (self.names_saved(call) || reads()) {
            let at = self.follower.step(self.function, id);
            self.follower.loose_saves.insert(at);
        }
    }

    /// Whether an argument is the path of a file that shows the state of the calling thread.
    fn names_saved(&self, call: &Call) -> bool {
        call.args.iter().any(|&arg| match self.value(arg) {
            Value::Str(path) if path.as_str().starts_with('/') => {
                snag_threads::path_rule(path.as_str()).is_some_and(|rule| !rule.saves.is_empty())
            }
            _ => false,
        })
    }

    /// A call in a pin that puts back what was read before the function pinned.
    pub(super) fn use_saved(&mut self, use_: Step, call: &Call, change: &Change, thread: &Thread) {
        let follower = &mut *self.follower;
        let Some(pin) = thread.pin.filter(|_| !follower.loose_saves.is_empty() && !change.binds) else {
            return;
        };
        let saved = |&arg| follower.values.saved_by(self.function, arg, change.states);
        let Some((function, by)) = call.args.iter().chain(&call.receiver).find_map(saved) else { return };
        let save = follower.step(function, by);
        if !follower.loose_saves.contains(&save) {
            return;
        }
        if self.is_in_front_of(pin, save, change.states) {
            let observed = &mut self.follower.observed;
            observed.add_early_save(EarlySave { save, pin, use_, states: change.states });
        }
    }

    /// Whether the function that pins saves the value before it does, and not again in the pin.
    fn is_in_front_of(&self, pin: Step, save: Step, states: StateSet) -> bool {
        let function = self.around(pin.function, save.function);
        let Some(body) = self.follower.calls.body(function).filter(|_| function == save.function) else {
            return false;
        };
        let pinned_at = pin.place.span.start;
        let saves = |call: &Call| {
            let api = self.follower.calls.rows(call).api.and_then(|api| api.saves);
            api.is_some_and(|save| save.states.intersects(states))
        };
        let again = body.calls.iter().any(|call| call.span.start > pinned_at && saves(call));
        save.place.span.end <= pinned_at && !again
    }

    /// The function that pins, or that around the literal which does, where it runs the literal itself.
    fn around(&self, pinning: FuncId, saving: FuncId) -> FuncId {
        let calls = self.follower.calls;
        let Some(outer) = self.follower.program.function(pinning).outer.filter(|_| pinning != saving) else {
            return pinning;
        };
        let runs = |call: &Call| call.mode != Mode::Go && call.callee == Callee::Function(pinning);
        let run_here = calls.body(outer).is_some_and(|body| body.calls.iter().any(runs));
        if run_here { outer } else { pinning }
    }
}

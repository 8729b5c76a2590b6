//! Constants that callers pass: what a wrapper of a system call does to the thread depends on them.

use snag_threads::Arg;

use super::*;
use crate::analysis::effects::Constant;
use crate::ir::Call;

pub(super) type Constants = Vec<Constant>;

/// How many wrappers may stand around a system call.
const WRAPPERS: usize = 3;

impl Walk<'_, '_, '_> {
    /// The constant arguments that decide what the called function does.
    pub(super) fn constants(&mut self, call: &Call, target: FuncId, inside: bool) -> Constants {
        let mut found = if inside { self.context.constants.clone() } else { vec![] };
        let offset = u32::from(self.follower.program.function(target).has_receiver);
        for &index in self.follower.deciding(target, WRAPPERS).iter() {
            let position = index.checked_sub(offset).map(|at| at as usize);
            let Some(&arg) = position.and_then(|at| call.args.get(at)) else { continue };
            if let Arg::Int(constant) =
                self.follower.effects.argument(self.function, arg, &self.context.constants)
            {
                found.push((VarRef { function: target, index }, constant));
            }
        }
        found
    }
}

impl Follower<'_, '_> {
    /// The parameters of a function that decide what its calls do.
    fn deciding(&mut self, function: FuncId, wrappers: usize) -> Rc<[u32]> {
        if let Some(known) = self.deciding.get(&function) {
            return Rc::clone(known);
        }
        let found: Rc<[u32]> = self.find_deciding(function, wrappers).into();
        if wrappers == WRAPPERS {
            self.deciding.insert(function, Rc::clone(&found));
        }
        found
    }

    fn find_deciding(&mut self, function: FuncId, wrappers: usize) -> Vec<u32> {
        let params = self.program.function(function).params;
        let Some(body) = self.calls.body(function).filter(|_| wrappers > 0 && params > 0) else {
            return vec![];
        };
        let mut found: Vec<u32> = Vec::new();
        for call in &body.calls {
            for (at, &arg) in call.args.iter().enumerate() {
                let Value::Var(var) = body.value(arg) else { continue };
                let own = var.function == function && var.index < params && !found.contains(&var.index);
                if own && self.decides(call, at, wrappers) && self.values.assigned(var).is_empty() {
                    found.push(var.index);
                }
            }
        }
        found
    }

    /// Whether the argument at this position decides what the call does.
    fn decides(&mut self, call: &Call, at: usize, wrappers: usize) -> bool {
        if let Some(api) = self.calls.rows(call).api {
            return !matches!(api.call, snag_threads::Call::Fixed);
        }
        let Callee::Function(callee) = call.callee else { return false };
        let offset = u32::from(self.program.function(callee).has_receiver);
        self.deciding(callee, wrappers - 1).contains(&(at as u32 + offset))
    }
}

//! What is known about errors: whether a call worked decides where a path can go.

use super::*;
use crate::analysis::answers;

impl Walk<'_, '_, '_> {
    /// Named results begin as nil: `if errno != 0 { err = errno }; return`.
    pub(super) fn begin_results(&self, start: &mut Path) {
        let vars = &self.follower.program.function(self.function).vars;
        for (index, _) in vars.iter().enumerate().filter(|(_, var)| var.result && var.is_error) {
            let var = VarRef { function: self.function, index: index as u32 };
            start.learn(Key::Var(var), Some(Known::Nil));
        }
    }

    /// `errno != 0` of a system call of which is known whether it worked.
    pub(super) fn contradicts_error_number(&self, cond: Cond, holds: bool, path: &Path) -> bool {
        let Cond::Compare(operator @ (Operator::Equal | Operator::NotEqual), left, right, _) = cond else {
            return false;
        };
        let number = match (self.value(left), self.value(right)) {
            (_, Value::Int(0)) => left,
            (Value::Int(0), _) => right,
            _ => return false,
        };
        let is_zero = (operator == Operator::Equal) == holds;
        match self.known(number, path) {
            Some(Known::Nil) => !is_zero,
            Some(Known::NotNil) => is_zero,
            _ => false,
        }
    }

    /// Whether the condition holds that asks a call whether it worked, of which that is known.
    pub(super) fn answer(&self, end: &Terminator, path: &Path) -> Option<bool> {
        let knows = |&(_, known): &(Key, Known)| matches!(known, Known::Worked | Known::Failed);
        if !path.facts.iter().any(knows) {
            return None;
        }
        let question = answers::question(self.follower.calls, self.function, end)?;
        match self.known(question.value, path)? {
            Known::Worked => Some(question.worked),
            Known::Failed => Some(!question.worked),
            _ => None,
        }
    }

    /// What is made of an answer tells the same: `C.f() == 0`, `newError(C.f())`.
    pub(super) fn answered(&self, values: &[ValueId], path: &Path) -> Option<Known> {
        let known = values.iter().filter(|&&value| !matches!(self.value(value), Value::Op(..)));
        known
            .filter_map(|&value| path.fact(self.key(value)?))
            .find(|known| matches!(known, Known::Worked | Known::Failed))
    }

    pub(super) fn is_c(&self, call: CallId) -> bool {
        let body = self.follower.calls.body(self.function);
        body.is_some_and(|body| matches!(body.call(call).callee, Callee::C(_)))
    }

    pub(super) fn makes_error(&self, call: CallId) -> bool {
        let Some(body) = self.follower.calls.body(self.function) else { return false };
        self.follower.calls.is(body.call(call), Is::Error)
    }
}

//! What is known about errors: whether a call worked decides where a path can go.

use super::*;

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
}

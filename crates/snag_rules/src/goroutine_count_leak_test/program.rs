//! Programs, not tests, that look for leaks by counting, and say so.

use snag_program::ir::{BlockId, Call, Callee, LoopId, LoopKind, Value, ValueId};
use snag_syntax::sym;
use snag_threads::Is;

use super::compare::{Comparison, Look};

impl Look<'_, '_> {
    /// `fmt.Println("leaked:", after-before)`, outside tests: the reader is to compare.
    pub(super) fn told(&self, found: &mut Vec<Comparison>) {
        for call in self.body.calls.iter().filter(|call| self.tells_of_leak(call)) {
            let counted = call.args.iter().copied().filter(|&arg| self.counts.source(self.id, arg).is_some());
            let pair = match *counted.collect::<Vec<_>>() {
                [left, right] if left != right => self.both(left, right),
                _ => call.args.iter().find_map(|&arg| self.difference(arg)),
            };
            let Some((left, right)) = pair else { continue };
            let innermost = self.body.block(call.block).in_loop;
            if let Some(counts) = self.sources(left, right).filter(|&counts| !self.polls(counts))
                && self.is_single_check(innermost, left, right)
            {
                found.push(Comparison { counts, polls: false, exact: true, span: call.span });
            }
        }
    }

    /// A program that looks for leaks at one moment. One that watches itself keeps what it counted, or goes on for
    /// ever.
    pub(super) fn is_single_check(&self, mut innermost: Option<LoopId>, left: ValueId, right: ValueId) -> bool {
        if self.in_test() || self.is_kept(left) || self.is_kept(right) {
            return false;
        }
        while let Some(id) = innermost {
            let each = &self.body.loops[id.index()];
            if matches!(each.kind, LoopKind::Endless | LoopKind::Channel) {
                return false;
            }
            innermost = each.outer;
        }
        true
    }

    pub(super) fn in_test(&self) -> bool {
        self.program.file(self.program.function(self.id).file).is_test
    }

    /// In a field or a package variable.
    fn is_kept(&self, id: ValueId) -> bool {
        match self.body.value(id) {
            Value::Field(..) | Value::Global(_) => true,
            Value::Op(_, left, right) => {
                let kept = |id: ValueId| matches!(self.body.value(id), Value::Field(..) | Value::Global(_));
                kept(left) || kept(right)
            }
            _ => false,
        }
    }

    /// One side only says that there is a leak, or ends the program.
    pub(super) fn tells(&self, then: BlockId, otherwise: BlockId) -> bool {
        self.on_one_side(then, otherwise, |call| {
            self.properties.of(self.body, call) == Some(Is::Ending) || self.tells_of_leak(call)
        })
    }

    /// A message with a constant text about leaks.
    fn tells_of_leak(&self, call: &Call) -> bool {
        let is_leak = |arg: &ValueId| match self.body.value(*arg) {
            Value::Str(text) => text.as_str().to_ascii_lowercase().contains("leak"),
            _ => false,
        };
        let says = match call.callee {
            Callee::Builtin(name) => matches!(name, sym::Print | sym::Println),
            _ => matches!(
                self.properties.of(self.body, call),
                Some(Is::Message | Is::Formatting | Is::Error | Is::Ending)
            ),
        };
        says && call.args.iter().any(is_leak)
    }
}

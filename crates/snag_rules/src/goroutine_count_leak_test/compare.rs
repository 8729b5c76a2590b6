//! Where two counts of goroutines are compared, and the test depends on it.

use std::collections::HashSet;

use snag_program::Program;
use snag_program::ir::{
    BlockId, Body, Call, Callee, Cond, FuncId, Instr, LoopId, Operator, Terminator, Value, ValueId,
};
use snag_syntax::{Span, sym};
use snag_threads::Is;

use crate::counts::{Counts, Source, pauses, within};
use crate::properties::Properties;

/// Two counts and how they are compared.
pub(super) struct Comparison {
    pub counts: (Source, Source),
    pub polls: bool,
    pub exact: bool,
    pub span: Span,
}

pub(super) struct Look<'a, 'p> {
    pub program: &'a Program,
    pub properties: &'a Properties<'p>,
    pub counts: &'a Counts<'p>,
    pub id: FuncId,
    pub body: &'a Body,
}

impl Look<'_, '_> {
    pub(super) fn comparisons(&self) -> Vec<Comparison> {
        let mut found = Vec::new();
        for block in &self.body.blocks {
            let Terminator::If { cond, then, otherwise } = block.end else { continue };
            let (pair, exact) = match cond {
                Cond::Compare(op, left, right, _) => {
                    let exact = matches!(op, Operator::Equal | Operator::NotEqual);
                    let differs = || self.difference(left).or_else(|| self.difference(right));
                    (self.both(left, right).or_else(differs), exact)
                }
                Cond::IsTrue(value, _) => (self.difference(value), false),
                _ => continue,
            };
            let Some((left, right)) = pair else { continue };
            let Some(counts) = self.sources(left, right) else { continue };
            let polls = self.polls(counts) || self.retried(block.in_loop, left, right);
            let tells = || self.is_single_check(block.in_loop, left, right) && self.tells(then, otherwise);
            if polls || self.decides(then, otherwise) || tells() {
                found.push(Comparison { counts, polls, exact, span: self.later(counts) });
            }
        }
        for call in self.body.calls.iter().filter(|call| self.fails_test(call)) {
            let counted = call.args.iter().filter(|&&arg| self.counts.source(self.id, arg).is_some());
            let pair = match *counted.copied().collect::<Vec<_>>() {
                [left, right] if left != right => self.both(left, right),
                _ => call.args.iter().find_map(|&arg| self.difference(arg)),
            };
            let Some((left, right)) = pair.filter(|_| self.asserts(call)) else { continue };
            if let Some(counts) = self.sources(left, right)
                && !self.retried(self.body.block(call.block).in_loop, left, right)
            {
                found.push(Comparison { counts, polls: false, exact: true, span: call.span });
            }
        }
        if found.is_empty() {
            self.told(&mut found);
        }
        found
    }

    pub(super) fn both(&self, left: ValueId, right: ValueId) -> Option<(ValueId, ValueId)> {
        self.sources(left, right).filter(|_| left != right).map(|_| (left, right))
    }

    pub(super) fn sources(&self, left: ValueId, right: ValueId) -> Option<(Source, Source)> {
        Some((self.counts.source(self.id, left)?, self.counts.source(self.id, right)?))
    }

    /// `after - before`, or `after > before` kept in a variable.
    pub(super) fn difference(&self, id: ValueId) -> Option<(ValueId, ValueId)> {
        let of = |id: ValueId| match self.body.value(id) {
            Value::Op(op, left, right) if op != Operator::Add => self.both(left, right),
            _ => None,
        };
        let assigned = |instr: &Instr| match *instr {
            Instr::Assign { target, value, .. } if target == id => of(value),
            _ => None,
        };
        of(id).or_else(|| self.body.blocks.iter().flat_map(|block| &block.instrs).find_map(assigned))
    }

    /// One of the two is taken again and again until the comparison holds.
    pub(super) fn polls(&self, (first, second): (Source, Source)) -> bool {
        let in_loop = |source: Source| {
            let body = self.program.function(source.function).body.as_ref()?;
            body.block(body.call(source.call).block).in_loop.map(|id| (source.function, id))
        };
        let same = first.call != second.call && in_loop(first).is_some() && in_loop(first) == in_loop(second);
        (first.polled || second.polled) && !same
    }

    /// The comparison is in a loop that pauses, and one of the counts is taken there, too.
    fn retried(&self, innermost: Option<LoopId>, left: ValueId, right: ValueId) -> bool {
        let Some(innermost) = innermost else { return false };
        let inside = |block: BlockId| within(self.body, self.body.block(block).in_loop, innermost);
        let pauses = |call: &Call| inside(call.block) && pauses(self.program, call);
        let blocks = (0..self.body.blocks.len() as u32).map(BlockId).filter(|&id| inside(id));
        let instrs: Vec<Instr> = blocks.flat_map(|id| &self.body.block(id).instrs).copied().collect();
        let fresh = |id: ValueId| match self.body.value(id) {
            Value::Result(call, _) => inside(self.body.call(call).block),
            _ => instrs.iter().any(|instr| matches!(*instr, Instr::Assign { target, .. } if target == id)),
        };
        fresh(left) != fresh(right) && self.body.calls.iter().any(pauses)
    }

    /// The test fails on one side only.
    fn decides(&self, then: BlockId, otherwise: BlockId) -> bool {
        self.on_one_side(then, otherwise, |call| self.fails_test(call))
    }

    pub(super) fn on_one_side(&self, then: BlockId, otherwise: BlockId, wanted: impl Fn(&Call) -> bool) -> bool {
        let (yes, no) = (self.reachable(then), self.reachable(otherwise));
        yes.symmetric_difference(&no).flat_map(|&id| &self.body.block(id).instrs).any(|instr| match *instr {
            Instr::Call(call) => wanted(self.body.call(call)),
            _ => false,
        })
    }

    /// What comes after, in the same round of loops.
    fn reachable(&self, from: BlockId) -> HashSet<BlockId> {
        let is_header = |id: BlockId| self.body.loops.iter().any(|each| each.header == id);
        let (mut seen, mut queue) = (HashSet::from([from]), vec![from]);
        while let Some(id) = queue.pop() {
            let next = self.body.block(id).end.targets().filter(|&next| !is_header(next));
            queue.extend(next.filter(|&next| seen.insert(next)));
        }
        seen
    }

    fn fails_test(&self, call: &Call) -> bool {
        let fails = |body: &Body, call: &Call| {
            call.callee == Callee::Builtin(sym::Panic)
                || matches!(self.properties.of(body, call), Some(Is::TestFailure | Is::Assertion))
        };
        let wrapped = |id: FuncId| {
            let body = self.program.function(id).body.as_ref().filter(|_| self.program.is_first_party(id));
            body.is_some_and(|body| body.calls.iter().any(|call| fails(body, call)))
        };
        fails(self.body, call) || matches!(call.callee, Callee::Function(id) if wrapped(id))
    }

    /// Comparing is what the callee is for: a helper that is handed two counts is looked at itself.
    fn asserts(&self, call: &Call) -> bool {
        self.properties.of(self.body, call) == Some(Is::Assertion)
    }

    /// The count that is taken last in this function.
    fn later(&self, (first, second): (Source, Source)) -> Span {
        let here = [first, second].into_iter().filter(|source| source.function == self.id);
        let last = here.max_by_key(|source| source.call).map(|source| self.body.call(source.call).span);
        last.unwrap_or(self.program.function(self.id).name_span)
    }
}

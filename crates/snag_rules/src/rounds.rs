//! What a round of a loop does: wait, work, or nothing that lets it end.

use std::cell::RefCell;

use rustc_hash::FxHashMap;
use snag_program::Program;
use snag_program::ir::{
    BlockId, Body, Call, CallId, Callee, Cond, FuncId, Instr, LoopId, LoopKind, Mode, Terminator, Value,
    ValueId,
};
use snag_syntax::{Span, sym};
use snag_threads::Is;

use crate::counts::{pauses, within};
use crate::properties::Properties;

/// Callees are followed through at most this many calls.
const DEPTH: u32 = 3;

/// A loop of a function.
#[derive(Clone, Copy)]
pub(crate) struct Round<'a, 'p> {
    pub program: &'a Program,
    pub properties: &'a Properties<'p>,
    pub function: FuncId,
    pub body: &'a Body,
    pub id: LoopId,
}

/// A way around the loop on which nothing is waited for and nothing is changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Idle {
    /// The call that lets others run.
    pub yields: Option<CallId>,
    /// The first select with a default clause.
    pub select: Option<Span>,
    /// A second one: what one finds in the way, the other may remove.
    pub selects_again: bool,
    /// An atomic variable is read.
    pub loads: Option<CallId>,
    /// Something is asked that only answers.
    pub asks: Option<CallId>,
    /// Something is asked whether there is work.
    pub polls: Option<CallId>,
    /// Of what is asked, the code is not there.
    pub opaque: bool,
    /// Plain shared memory that decides whether the loop ends.
    pub reads: Option<ValueId>,
    /// Something else decides it, too.
    pub other_exit: bool,
}

/// What was asked on the way, and the answer.
type Facts = Vec<(Value, bool)>;

/// What a step of a round is.
enum Step {
    Nothing,
    Yield,
    Load,
    /// It only answers.
    Ask,
    Poll {
        opaque: bool,
    },
    /// It waits, or changes something.
    Other,
}

impl<'a, 'p> Round<'a, 'p> {
    /// The loops of a function.
    pub(crate) fn all(
        program: &'a Program,
        properties: &'a Properties<'p>,
        function: FuncId,
    ) -> impl Iterator<Item = Round<'a, 'p>> {
        let body = program.function(function).body.as_ref();
        body.into_iter().flat_map(move |body| {
            (0..body.loops.len() as u32).map(move |at| Round {
                program,
                properties,
                function,
                body,
                id: LoopId(at),
            })
        })
    }

    /// The blocks from which the next round may begin.
    pub(crate) fn cycle(&self) -> Vec<BlockId> {
        cycle(self.body, self.id)
    }

    /// Whether anything leads out of the loop; a panic does.
    pub(crate) fn has_exit(&self) -> bool {
        let cycle = self.cycle();
        cycle.iter().any(|&id| {
            let end = &self.body.block(id).end;
            let constant = matches!(end, Terminator::If { cond: Cond::IsTrue(value, true), .. }
                if self.body.value(*value) == Value::Bool(true));
            end.targets().take(if constant { 1 } else { usize::MAX }).any(|next| !cycle.contains(&next))
        })
    }

    /// A way around the loop on which nothing is waited for and nothing is changed.
    pub(crate) fn idle(&self) -> Option<Idle> {
        let each = &self.body.loops[self.id.index()];
        if !matches!(each.kind, LoopKind::Endless | LoopKind::Condition) {
            return None;
        }
        let cycle = self.cycle();
        let mut best: Option<Idle> = None;
        let mut stack = vec![(each.header, Idle::default(), vec![each.header], Facts::new())];
        let mut steps = 0;
        while let Some((id, mut idle, path, facts)) = stack.pop() {
            steps += 1;
            if steps > 500 || !self.pass(id, &mut idle) {
                continue;
            }
            for next in self.ways(id, &cycle, &mut idle) {
                if next == each.header {
                    if self.learn(id, next, facts.clone()).is_none() {
                        continue;
                    }
                    if best.as_ref().is_none_or(|best| best.yields.is_none() && idle.yields.is_some()) {
                        best = Some(idle.clone());
                    }
                } else if cycle.contains(&next) && !path.contains(&next) {
                    let mut path = path.clone();
                    path.push(next);
                    let Some(facts) = self.learn(id, next, facts.clone()) else { continue };
                    stack.push((next, idle.clone(), path, facts));
                }
            }
        }
        best
    }

    /// What is known behind a branch; nothing when the way there asks the same thing twice with two answers. Where the
    /// round assigns to it meanwhile, it is no idle round anyway.
    fn learn(&self, from: BlockId, to: BlockId, mut facts: Facts) -> Option<Facts> {
        let Terminator::If { cond, then, otherwise } = self.body.block(from).end else { return Some(facts) };
        let (Cond::IsNil(value, wanted) | Cond::IsTrue(value, wanted)) = cond else { return Some(facts) };
        if then == otherwise {
            return Some(facts);
        }
        let (asked, answer) = (self.body.value(value), (to == then) == wanted);
        match facts.iter().find(|fact| fact.0 == asked) {
            Some(known) if known.1 != answer => return None,
            Some(_) => {}
            None => facts.push((asked, answer)),
        }
        Some(facts)
    }

    /// Where a block goes on without waiting.
    fn ways(&self, id: BlockId, cycle: &[BlockId], idle: &mut Idle) -> Vec<BlockId> {
        match &self.body.block(id).end {
            Terminator::Select { has_default: false, .. } => Vec::new(),
            Terminator::Select { targets, comms, span, .. } => {
                idle.selects_again |= idle.select.is_some();
                idle.select = idle.select.or(Some(*span));
                targets.iter().zip(comms).filter(|(_, comm)| comm.is_none()).map(|(&id, _)| id).collect()
            }
            end => {
                let leaves = end.targets().any(|next| !cycle.contains(&next));
                if let (Terminator::If { cond, .. }, true) = (end, leaves) {
                    let asked = match *cond {
                        Cond::IsNil(value, _) | Cond::IsTrue(value, _) => [Some(value), None],
                        Cond::Compare(_, left, right, _) => [Some(left), Some(right)],
                        Cond::Other => [None, None],
                    };
                    let shared = asked.into_iter().flatten().find(|&value| self.is_shared(value));
                    let assigned =
                        asked.into_iter().flatten().any(|value| self.assigns(self.body.value(value)));
                    idle.other_exit |= shared.is_none() || assigned;
                    idle.reads = idle.reads.or(shared);
                }
                end.targets().collect()
            }
        }
    }

    /// Whether a round may assign to the memory.
    pub(crate) fn assigns(&self, wanted: Value) -> bool {
        self.cycle().iter().flat_map(|&id| &self.body.block(id).instrs).any(|instr| match *instr {
            Instr::Assign { target, .. } => same_memory(wanted, self.body.value(target)),
            _ => false,
        })
    }

    /// Whether other goroutines may know the memory.
    fn is_shared(&self, id: ValueId) -> bool {
        match self.body.value(id) {
            Value::Global(_) => true,
            Value::Var(var) => self
                .program
                .function(var.function)
                .vars
                .get(var.index as usize)
                .is_some_and(|var| var.captured),
            Value::Field(_, owner, _) => owner.is_some(),
            _ => false,
        }
    }

    /// Whether the block does nothing that makes a difference.
    fn pass(&self, id: BlockId, idle: &mut Idle) -> bool {
        self.body.block(id).instrs.iter().all(|instr| match *instr {
            Instr::Channel { .. } => false,
            Instr::Read { .. } => true,
            Instr::Assign { target, value, .. } => self.is_fresh(target) || self.is_reread(target, value),
            Instr::Call(call) => match self.step(self.body, self.body.call(call), DEPTH) {
                Step::Nothing => true,
                Step::Yield => {
                    idle.yields = idle.yields.or(Some(call));
                    true
                }
                Step::Load => {
                    idle.loads = idle.loads.or(Some(call));
                    true
                }
                Step::Ask => {
                    idle.asks = idle.asks.or(Some(call));
                    true
                }
                Step::Poll { opaque } => {
                    idle.polls = idle.polls.or(Some(call));
                    idle.opaque |= opaque;
                    true
                }
                Step::Other => false,
            },
        })
    }

    /// A variable of this round only.
    fn is_fresh(&self, target: ValueId) -> bool {
        let Value::Var(var) = self.body.value(target) else { return false };
        let declared = &self.program.function(var.function).vars[var.index as usize];
        var.function == self.function
            && !declared.captured
            && !(declared.loop_header && declared.in_loop == Some(self.id))
            && within(self.body, declared.in_loop, self.id)
    }

    /// The same question as in the round before. `p = p.parent()` asks another one.
    fn is_reread(&self, target: ValueId, value: ValueId) -> bool {
        let Value::Result(call, _) = self.body.value(value) else { return false };
        let call = self.body.call(call);
        let mut asked = call.receiver.into_iter().chain(call.args.iter().copied());
        !asked.any(|id| self.is_part_of(id, target))
            && !matches!(self.step(self.body, call, DEPTH), Step::Other | Step::Nothing)
    }

    fn is_part_of(&self, id: ValueId, whole: ValueId) -> bool {
        match self.body.value(id) {
            _ if id == whole => true,
            Value::Field(base, ..) | Value::Elem(base) | Value::MapElem(base) | Value::Addr(base) => {
                self.is_part_of(base, whole)
            }
            _ => false,
        }
    }

    fn step(&self, body: &Body, call: &Call, depth: u32) -> Step {
        let property = self.properties.of(body, call);
        // What a method locks it holds for a moment: it does not wait for what the loop waits for.
        let locks = matches!(property, Some(Is::Lock | Is::ReadLock | Is::Unlock));
        if locks && depth < DEPTH && call.mode != Mode::Go {
            return Step::Nothing;
        }
        if call.mode != Mode::Plain {
            return Step::Other;
        }
        match property {
            Some(Is::Yield) => return Step::Yield,
            Some(Is::Load) => return Step::Load,
            Some(Is::Passive | Is::GoroutineCount | Is::TryLock) => return Step::Ask,
            Some(_) => return Step::Other,
            None => {}
        }
        if pauses(self.program, call) {
            return Step::Other;
        }
        match call.callee {
            Callee::Builtin(sym::Len | sym::Cap) => Step::Nothing,
            Callee::Function(id) => self.called(id, depth),
            Callee::Missing { .. } | Callee::Interface { .. } | Callee::Value(_) if call.args.is_empty() => {
                Step::Poll { opaque: true }
            }
            _ => Step::Other,
        }
    }

    /// A function that does nothing but read what others change: `return s.state.Load() == running`.
    fn only_reads(&self, id: FuncId, body: &Body, depth: u32) -> Option<Step> {
        let own = |target: ValueId| matches!(body.value(target), Value::Var(var) if var.function == id);
        let (mut reads, mut locks) = (false, false);
        let pure = body.blocks.iter().all(|block| {
            let goes_on = !matches!(block.end, Terminator::Select { .. });
            goes_on
                && block.instrs.iter().all(|instr| match *instr {
                    Instr::Channel { .. } => false,
                    Instr::Read { .. } => true,
                    Instr::Assign { target, .. } => own(target),
                    Instr::Call(call) => {
                        let call = body.call(call);
                        let step = self.step(body, call, depth - 1);
                        reads |= matches!(step, Step::Load);
                        locks |= matches!(self.properties.of(body, call), Some(Is::Lock | Is::ReadLock));
                        matches!(step, Step::Load | Step::Nothing)
                    }
                })
        });
        let found = if locks { Step::Ask } else { Step::Load };
        (pure && body.loops.is_empty() && (reads || locks)).then_some(found)
    }

    /// A function that may return without having waited for or changed anything.
    fn called(&self, id: FuncId, depth: u32) -> Step {
        let function = self.program.function(id);
        let package = self.program.workspace.package(function.package);
        let Some(body) = function.body.as_ref().filter(|_| !package.standard && depth > 0) else {
            return Step::Other;
        };
        if let Some(step) = self.only_reads(id, body, depth) {
            return step;
        }
        let (mut queue, mut seen, mut opaque) = (vec![BlockId(0)], vec![BlockId(0)], false);
        while let Some(at) = queue.pop() {
            let block = body.block(at);
            let passes = block.instrs.iter().all(|instr| match *instr {
                Instr::Channel { .. } => false,
                Instr::Read { .. } => true,
                Instr::Assign { target, .. } => {
                    matches!(body.value(target), Value::Var(var) if var.function == id)
                }
                Instr::Call(call) => match self.step(body, body.call(call), depth - 1) {
                    Step::Other => false,
                    Step::Poll { opaque: true } => {
                        opaque = true;
                        true
                    }
                    _ => true,
                },
            });
            if !passes {
                continue;
            }
            match &block.end {
                Terminator::Return { .. } => return Step::Poll { opaque },
                Terminator::Select { has_default: false, .. } => {}
                end => {
                    for next in end.targets() {
                        if !seen.contains(&next) {
                            seen.push(next);
                            queue.push(next);
                        }
                    }
                }
            }
        }
        Step::Other
    }
}

/// The blocks of a loop from which its next round may begin.
pub(crate) fn cycle(body: &Body, id: LoopId) -> Vec<BlockId> {
    let header = body.loops[id.index()].header;
    let mut forward = vec![header];
    let mut at = 0;
    while let Some(&from) = forward.get(at) {
        for next in body.block(from).end.targets() {
            if within(body, body.block(next).in_loop, id) && !forward.contains(&next) {
                forward.push(next);
            }
        }
        at += 1;
    }
    let mut cycle: Vec<BlockId> = Vec::new();
    loop {
        let before = cycle.len();
        for &from in &forward {
            let mut targets = body.block(from).end.targets();
            if !cycle.contains(&from) && targets.any(|next| next == header || cycle.contains(&next)) {
                cycle.push(from);
            }
        }
        if cycle.len() == before {
            return cycle;
        }
    }
}

/// Whether two values of any functions name the same variable; fields of all values of a type count as one.
pub(crate) fn same_memory(one: Value, other: Value) -> bool {
    match (one, other) {
        (Value::Field(_, Some(owner), name), Value::Field(_, Some(other), field)) => {
            (owner, name) == (other, field)
        }
        _ => one == other,
    }
}

/// Which functions are compiled without a check for preemption, remembered.
#[derive(Default)]
pub(crate) struct Leaves(RefCell<FxHashMap<FuncId, bool>>);

impl Round<'_, '_> {
    /// Whether no round gets to a point where the goroutine can be stopped without a signal.
    pub(crate) fn is_call_free(&self, leaves: &Leaves) -> bool {
        let each = &self.body.loops[self.id.index()];
        let counts = !matches!(each.kind, LoopKind::Channel | LoopKind::Function);
        let cycle = self.cycle();
        let all_free = || cycle.iter().all(|&id| self.block_is_call_free(id, leaves));
        counts && !each.calls_runtime && !cycle.is_empty() && all_free()
    }

    fn block_is_call_free(&self, id: BlockId, leaves: &Leaves) -> bool {
        let block = self.body.block(id);
        let waits = matches!(block.end, Terminator::Select { .. });
        !waits
            && block.instrs.iter().all(|instr| match *instr {
                Instr::Channel { .. } => false,
                Instr::Call(call) => self.is_free(self.body, self.body.call(call), leaves),
                Instr::Assign { .. } | Instr::Read { .. } => true,
            })
    }

    /// Compiled in place, or a function so small that it has no check of its own.
    fn is_free(&self, body: &Body, call: &Call, leaves: &Leaves) -> bool {
        if call.mode != Mode::Plain {
            return false;
        }
        match (self.properties.of(body, call), call.callee) {
            (Some(Is::Load | Is::Swap | Is::Intrinsic), _) => true,
            (None, Callee::Builtin(name)) => {
                matches!(
                    name,
                    sym::Len | sym::Cap | sym::Min | sym::Max | sym::Real | sym::Imag | sym::Complex
                )
            }
            (None, Callee::Function(id)) => self.is_leaf(id, leaves),
            _ => false,
        }
    }

    /// A function that calls nothing is compiled without the check that others begin with.
    fn is_leaf(&self, id: FuncId, leaves: &Leaves) -> bool {
        if let Some(&known) = leaves.0.borrow().get(&id) {
            return known;
        }
        let function = self.program.function(id);
        let leaf = function.body.as_ref().is_some_and(|body| {
            let runtime =
                |value: &Value| matches!(value, Value::MapElem(_) | Value::Func(_) | Value::Bound(..));
            body.literals.is_empty()
                && !body.values.iter().any(runtime)
                && body.calls.iter().all(|call| {
                    let intrinsic = self.properties.of(body, call);
                    let builtin =
                        matches!(call.callee, Callee::Builtin(sym::Len | sym::Cap | sym::Min | sym::Max));
                    call.mode == Mode::Plain
                        && (builtin || matches!(intrinsic, Some(Is::Load | Is::Swap | Is::Intrinsic)))
                })
                && body.blocks.iter().all(|block| {
                    let channel = |instr: &Instr| matches!(instr, Instr::Channel { .. });
                    !block.instrs.iter().any(channel) && !matches!(block.end, Terminator::Select { .. })
                })
        });
        leaves.0.borrow_mut().insert(id, leaf);
        leaf
    }

    /// How many rounds there are at most, those of the loops inside included; `None` when constants do not tell.
    pub(crate) fn rounds(&self) -> Option<i64> {
        let own = self.body.loops[self.id.index()].rounds?;
        let mut inner: i64 = 0;
        for (at, each) in self.body.loops.iter().enumerate() {
            if each.outer == Some(self.id) {
                let nested = Round { id: LoopId(at as u32), ..*self };
                inner = inner.checked_add(nested.rounds().unwrap_or(1))?;
            }
        }
        own.checked_mul(inner.max(1))
    }
}

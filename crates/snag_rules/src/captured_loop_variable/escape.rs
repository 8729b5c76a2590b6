//! Whether a function, or the address of a variable, is still there when the iteration that made it is over.

use snag_program::Program;
use snag_program::ir::{BlockId, Body, Call, Callee, FuncId, Instr, LoopId, Mode, Value, ValueId};
use snag_syntax::{Span, sym};

use crate::counts::within;
use crate::properties::Properties;
use crate::rounds::cycle;

/// Functions of the program are followed through at most this many calls.
const DEPTH: u32 = 3;

/// How it outlives the iteration, and where that happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Escape {
    /// `go`
    Go(Span),
    /// `defer`
    Defer(Span),
    /// A library calls it on another goroutine.
    Callback(Span),
    /// A subtest that calls `t.Parallel`.
    Parallel(Span),
    /// Put where it outlives the iteration.
    Stored(Span),
}

impl Escape {
    /// Whether it runs while the loop goes on.
    pub(super) fn is_concurrent(self) -> bool {
        matches!(self, Escape::Go(_) | Escape::Callback(_) | Escape::Parallel(_))
    }

    /// The same, seen from the call that led there.
    pub(super) fn through(self, call: &Call) -> Escape {
        match self {
            Escape::Go(_) | Escape::Callback(_) => Escape::Callback(call.name_span),
            Escape::Parallel(_) => Escape::Parallel(call.name_span),
            Escape::Defer(_) => Escape::Defer(call.name_span),
            Escape::Stored(_) => Escape::Stored(call.name_span),
        }
    }
}

/// A value that is followed through one function.
#[derive(Clone, Copy)]
pub(super) struct Escapes<'a, 'p> {
    pub program: &'a Program,
    pub properties: &'a Properties<'p>,
    pub function: FuncId,
    pub body: &'a Body,
    /// The function literal, where it is one.
    pub literal: Option<FuncId>,
    /// The loop whose iteration is meant.
    pub of: Option<LoopId>,
    /// The function was given the value; what it keeps in its fields outlives the call.
    pub given: bool,
    /// It is a pointer: what is assigned further on may be what it points to.
    pub pointer: bool,
    pub depth: u32,
}

/// An escape, and by which parameter of the function what keeps the value came in.
pub(super) type Found = (Escape, Option<u32>);

impl<'a, 'p> Escapes<'a, 'p> {
    /// Follows values of a function.
    pub(super) fn new(
        program: &'a Program,
        properties: &'a Properties<'p>,
        function: FuncId,
        of: Option<LoopId>,
    ) -> Option<Escapes<'a, 'p>> {
        let body = program.function(function).body.as_ref()?;
        Some(Escapes { program, properties, function, body, literal: None, of, given: false, pointer: false, depth: DEPTH })
    }

    /// How a function literal outlives the iteration in which it is made.
    pub(super) fn literal(self, literal: FuncId) -> Option<Escape> {
        Escapes { literal: Some(literal), ..self }.follow(Value::Func(literal)).map(|found| found.0)
    }

    /// How the address of a variable does.
    pub(super) fn address(self, value: Value) -> Option<Escape> {
        Escapes { pointer: true, ..self }.follow(value).map(|found| found.0)
    }

    /// How a method value does, with the address that it holds.
    pub(super) fn method(self, value: Value) -> Option<Escape> {
        self.follow(value).map(|found| found.0)
    }

    /// How the receiver of a call does that is made later, or elsewhere.
    pub(super) fn receiver(self, call: &Call) -> Option<Escape> {
        match call.mode {
            Mode::Go => (self.comes_round(call.block) && !self.joined(call)).then_some(Escape::Go(call.name_span)),
            Mode::Defer => Some(Escape::Defer(call.name_span)),
            Mode::Plain => None,
        }
    }

    pub(super) fn follow(&self, value: Value) -> Option<Found> {
        // A literal that is called where it stands is no value.
        let start = self.body.values.iter().position(|&known| known == value);
        let aliases = self.aliases(start.map(|at| ValueId(at as u32)));
        let calls = self.body.calls.iter().filter(|call| self.comes_round(call.block));
        calls.into_iter().find_map(|call| self.by_call(call, &aliases)).or_else(|| self.stored(&aliases))
    }

    /// Whether what keeps the value is still there afterwards, and by which parameter it came in.
    pub(super) fn outside(&self, id: ValueId) -> Option<Option<u32>> {
        match self.body.value(id) {
            Value::Field(base, _, _) | Value::Elem(base) | Value::MapElem(base) | Value::Addr(base) => {
                self.outside(base)
            }
            Value::Var(var) if var.function == self.function => {
                let function = self.program.function(self.function);
                let declared = function.vars.get(var.index as usize)?;
                if self.given {
                    return (var.index < function.params).then_some(Some(var.index));
                }
                let beyond = self.of.is_some_and(|of| !within(self.body, declared.in_loop, of));
                (beyond || var.index < function.params).then_some(None)
            }
            Value::Literal(_) | Value::Result(..) => None,
            Value::Unknown if self.given => None,
            _ => Some(None),
        }
    }

    /// The loop goes on behind this block.
    pub(super) fn comes_round(&self, block: BlockId) -> bool {
        self.of.is_none_or(|of| {
            !within(self.body, self.body.block(block).in_loop, of) || cycle(self.body, of).contains(&block)
        })
    }

    /// The variables that the value is assigned to, and the composite literals it is part of.
    fn aliases(&self, start: Option<ValueId>) -> Vec<ValueId> {
        let body = self.body;
        let mut known: Vec<ValueId> = start.into_iter().collect();
        loop {
            let before = known.len();
            for instr in body.blocks.iter().flat_map(|block| &block.instrs) {
                if let Instr::Assign { target, value, .. } = *instr
                    && known.contains(&value)
                    && (!self.pointer || matches!(body.value(value), Value::Result(..) | Value::Literal(_)))
                    && matches!(body.value(target), Value::Var(_))
                    && !known.contains(&target)
                {
                    known.push(target);
                }
            }
            for (at, value) in body.values.iter().enumerate() {
                let id = ValueId(at as u32);
                let holds = match *value {
                    Value::Literal(index) => {
                        body.literals[index as usize].fields.iter().any(|field| known.contains(&field.1))
                    }
                    Value::Addr(of) => known.contains(&of) && matches!(body.value(of), Value::Literal(_)),
                    // A slice that the value is appended to.
                    Value::Result(call, 0) => {
                        let call = body.call(call);
                        call.callee == Callee::Builtin(sym::Append)
                            && call.args.iter().skip(1).any(|arg| known.contains(arg))
                    }
                    _ => false,
                };
                if holds && !known.contains(&id) {
                    known.push(id);
                }
            }
            if known.len() == before {
                return known;
            }
        }
    }

    /// Assigned to what outlives the iteration. The field of a local object does not tell.
    fn stored(&self, aliases: &[ValueId]) -> Option<Found> {
        let blocks = (0..self.body.blocks.len() as u32).map(BlockId);
        let blocks = blocks.filter(|&id| self.comes_round(id));
        blocks.flat_map(|id| &self.body.block(id).instrs).find_map(|instr| match *instr {
            Instr::Assign { target, value, span } if aliases.contains(&value) => {
                let appended = matches!(self.body.value(value), Value::Result(..));
                let kept = match self.body.value(target) {
                    Value::Elem(_) | Value::MapElem(_) => true,
                    // The next iteration puts its own there: who calls it meanwhile sees this iteration's value.
                    Value::Field(..) | Value::Global(_) => appended,
                    Value::Var(_) => appended && !self.given,
                    _ => false,
                };
                let keeper = self.outside(target).filter(|_| kept)?;
                Some((Escape::Stored(span), keeper))
            }
            _ => None,
        })
    }
}

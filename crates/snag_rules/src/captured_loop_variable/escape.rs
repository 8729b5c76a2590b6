//! Whether a function, or the address of a variable, is still there when the iteration that made it is over.

use snag_program::Program;
use snag_program::ir::{Body, Call, Callee, FuncId, Instr, LoopId, Mode, Terminator, Value, ValueId, VarRef};
use snag_syntax::{Span, sym};
use snag_threads::{CallbackArgument, Is, When};

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
    /// The same, seen from the call that led there.
    fn through(self, call: &Call) -> Escape {
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
    function: FuncId,
    body: &'a Body,
    /// The function literal, where it is one.
    literal: Option<FuncId>,
    /// The loop whose iteration is meant.
    of: Option<LoopId>,
    /// The function was given the value; what it keeps in its fields outlives the call.
    given: bool,
    /// It is a pointer: what is assigned further on may be what it points to.
    pointer: bool,
    depth: u32,
}

/// An escape, and by which parameter of the function what keeps the value came in.
type Found = (Escape, Option<u32>);

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

    fn follow(&self, value: Value) -> Option<Found> {
        // A literal that is called where it stands is no value.
        let start = self.body.values.iter().position(|&known| known == value);
        let aliases = self.aliases(start.map(|at| ValueId(at as u32)));
        let calls = self.body.calls.iter().filter(|call| self.comes_round(call.block));
        calls.into_iter().find_map(|call| self.by_call(call, &aliases)).or_else(|| self.stored(&aliases))
    }

    /// Whether what keeps the value is still there afterwards, and by which parameter it came in.
    fn outside(&self, id: ValueId) -> Option<Option<u32>> {
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
    fn comes_round(&self, block: snag_program::ir::BlockId) -> bool {
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

    fn by_call(&self, call: &Call, aliases: &[ValueId]) -> Option<Found> {
        let called = match call.callee {
            Callee::Function(id) => Some(id) == self.literal,
            Callee::Value(value) => aliases.contains(&value),
            _ => false,
        };
        let given = call.args.iter().position(|arg| aliases.contains(arg));
        let plain = |escape: Escape| Some((escape, None));
        match call.mode {
            Mode::Go if called || given.is_some() => {
                return plain(Escape::Go(call.name_span)).filter(|_| !self.joined(call));
            }
            Mode::Defer if called => return plain(Escape::Defer(call.name_span)),
            Mode::Go | Mode::Defer => return None,
            Mode::Plain => {}
        }
        let given = given?;
        match call.callee {
            Callee::Function(id) => {
                let (path, name) = self.program.table_name(id)?;
                match snag_threads::callback(path, &name) {
                    Some(_) => self.library_call(call, given, path, &name).and_then(plain),
                    None => self.helper(call, id, given),
                }
            }
            Callee::Missing { package, name } => {
                self.library_call(call, given, package.as_str(), name.as_str()).and_then(plain)
            }
            _ => None,
        }
    }

    /// A function of the program is given the value.
    fn helper(&self, call: &Call, id: FuncId, given: usize) -> Option<Found> {
        let function = self.program.function(id);
        let standard = self.program.workspace.package(function.package).standard;
        let receiver = u32::from(function.has_receiver);
        let index = given as u32 + receiver;
        let plain = index < function.params && !(function.variadic && index + 1 == function.params);
        let depth = self.depth.checked_sub(1).filter(|_| plain && !standard && !self.pointer)?;
        let body = function.body.as_ref()?;
        let inside = Escapes { function: id, body, literal: None, of: None, given: true, depth, ..*self };
        let parameter = VarRef { function: id, index };
        let found = inside.follow(Value::Var(parameter)).or_else(|| inside.by_literals(parameter));
        let (escape, keeper) = found.filter(|found| !matches!(found.0, Escape::Defer(_)))?;
        // What the helper keeps it in is the caller's: it may end with the iteration.
        let keeper = match keeper {
            Some(at) if at < receiver => self.outside(call.receiver?)?,
            Some(at) => self.outside(*call.args.get((at - receiver) as usize)?)?,
            None => None,
        };
        (!self.joined(call)).then(|| (escape.through(call), keeper))
    }

    /// A literal of the function uses the parameter and outlives the call.
    fn by_literals(&self, parameter: VarRef) -> Option<Found> {
        let mut literals = self.program.functions().filter(|(_, function)| function.outer == Some(self.function));
        literals.find_map(|(id, function)| {
            let uses = function.body.as_ref()?.values.contains(&Value::Var(parameter));
            uses.then(|| Escapes { literal: Some(id), ..*self }.follow(Value::Func(id))).flatten()
        })
    }

    fn library_call(&self, call: &Call, given: usize, path: &str, name: &str) -> Option<Escape> {
        let callback = snag_threads::callback(path, name)?;
        if callback.argument != CallbackArgument::Index(given as u8) {
            return None;
        }
        if callback.when == When::AtCleanup {
            return Some(Escape::Defer(call.name_span));
        }
        if !matches!(callback.when, When::OtherGoroutine | When::PinnedGoroutine | When::MainThread) {
            return None;
        }
        if callback.waits {
            return self.is_parallel_test().then_some(Escape::Parallel(call.name_span));
        }
        (!self.joined(call)).then_some(Escape::Callback(call.name_span))
    }

    /// `t.Parallel()` directly in the literal.
    fn is_parallel_test(&self) -> bool {
        let body = self.literal.and_then(|literal| self.program.function(literal).body.as_ref());
        body.is_some_and(|body| {
            body.calls.iter().any(|call| self.properties.of(body, call) == Some(Is::ParallelTest))
        })
    }

    /// The iteration, or the function that was given the value, waits for what it started.
    fn joined(&self, started: &Call) -> bool {
        let in_loop = self.body.block(started.block).in_loop;
        if in_loop.is_none() && !self.given {
            return false;
        }
        let around = in_loop.filter(|_| !self.given).map(|id| self.body.loops[id.index()].body);
        let behind = |span: Span| {
            span.start > started.span.start && around.is_none_or(|around| around.contains(span))
        };
        let waits = self.body.calls.iter().any(|call| {
            call.mode != Mode::Go && behind(call.span) && self.waits_for_goroutines(call)
        });
        let inside = |innermost| around.is_none() || in_loop.is_some_and(|of| within(self.body, innermost, of));
        waits
            || self.body.blocks.iter().filter(|block| inside(block.in_loop)).any(|block| {
                let channel = block.instrs.iter().any(|instr| match instr {
                    Instr::Channel { span, .. } => behind(*span),
                    _ => false,
                });
                channel
                    || matches!(&block.end, Terminator::Select { has_default: false, span, .. } if behind(*span))
            })
    }

    fn waits_for_goroutines(&self, call: &Call) -> bool {
        if self.properties.of(self.body, call) == Some(Is::Join) {
            return true;
        }
        let Callee::Function(id) = call.callee else { return false };
        let body = self.program.function(id).body.as_ref().filter(|_| self.program.is_first_party(id));
        body.is_some_and(|body| {
            body.calls.iter().any(|call| self.properties.of(body, call) == Some(Is::Join))
        })
    }

    /// Assigned to what outlives the iteration. The field of a local object does not tell.
    fn stored(&self, aliases: &[ValueId]) -> Option<Found> {
        let blocks = (0..self.body.blocks.len() as u32).map(snag_program::ir::BlockId);
        let blocks = blocks.filter(|&id| self.comes_round(id));
        blocks.flat_map(|id| &self.body.block(id).instrs).find_map(|instr| match *instr {
            Instr::Assign { target, value, span } if aliases.contains(&value) => {
                let appended = matches!(self.body.value(value), Value::Result(..));
                let kept = match self.body.value(target) {
                    Value::Elem(_) | Value::MapElem(_) | Value::Global(_) => true,
                    Value::Field(..) => self.given || appended,
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

//! The calls through which a value outlives the iteration: `go`, `defer`, libraries, and functions of the program.

use snag_program::ir::{BlockId, Call, Callee, FuncId, Instr, Mode, Terminator, Value, ValueId, VarRef};
use snag_syntax::Span;
use snag_threads::{CallbackArgument, Is, When};

use super::escape::{Escape, Escapes, Found};
use crate::counts::within;

impl Escapes<'_, '_> {
    pub(super) fn by_call(&self, call: &Call, aliases: &[ValueId]) -> Option<Found> {
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
    pub(super) fn joined(&self, started: &Call) -> bool {
        // A literal that the iteration calls ends with it, and so does what the literal waits for.
        let inside = |block: BlockId| self.of.is_none_or(|of| within(self.body, self.body.block(block).in_loop, of));
        if !inside(started.block) {
            return false;
        }
        let behind = |span: Span| {
            let around = self.of.map(|of| self.body.loops[of.index()].body);
            span.start > started.span.start && around.is_none_or(|around| around.contains(span))
        };
        let waits = self.body.calls.iter().any(|call| {
            call.mode != Mode::Go && behind(call.span) && self.waits_for_goroutines(call)
        });
        let blocks = (0..self.body.blocks.len() as u32).map(BlockId).filter(|&id| inside(id));
        waits
            || blocks.map(|id| self.body.block(id)).any(|block| {
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

    /// Whether the loop may go on after the literal was made: one that is only returned is made in the last iteration.
    pub(super) fn is_made_in_round(&self, literal: FuncId) -> bool {
        let body = self.body;
        let is_it = |id: ValueId| match body.value(id) {
            Value::Func(made) => made == literal,
            Value::Literal(index) => {
                let mut parts = body.literals[index as usize].fields.iter();
                parts.any(|part| body.value(part.1) == Value::Func(literal))
            }
            _ => false,
        };
        let stays = |block: BlockId| self.comes_round(block);
        let returned = body.blocks.iter().any(|block| match &block.end {
            Terminator::Return { values, .. } => values.iter().any(|&value| is_it(value)),
            _ => false,
        });
        let called = body.calls.iter().any(|call| {
            let own = call.callee == Callee::Function(literal);
            (own || call.args.iter().any(|&arg| is_it(arg))) && stays(call.block)
        });
        let blocks = (0..body.blocks.len() as u32).map(BlockId).filter(|&id| stays(id));
        let assigned = || {
            blocks.flat_map(|id| &body.block(id).instrs).any(|instr| {
                matches!(*instr, Instr::Assign { value, .. } if is_it(value))
            })
        };
        !returned || called || assigned()
    }
}

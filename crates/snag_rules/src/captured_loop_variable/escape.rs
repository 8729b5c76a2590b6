//! Whether a function literal is still there when the iteration that made it is over.

use snag_program::Program;
use snag_program::ir::{Body, Call, Callee, FuncId, Instr, LoopId, Mode, Terminator, Value, ValueId};
use snag_syntax::{Span, sym};
use snag_threads::{CallbackArgument, When};

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

pub(super) fn escape(program: &Program, literal: FuncId) -> Option<Escape> {
    let outer = program.function(literal).outer?;
    let body = program.function(outer).body.as_ref()?;
    let aliases = aliases(body, literal);
    let calls = body.calls.iter().find_map(|call| escape_by_call(program, body, call, literal, &aliases));
    calls.or_else(|| stored(body, &aliases))
}

/// The literal, the variables it is assigned to, and the composite literals it is part of.
fn aliases(body: &Body, literal: FuncId) -> Vec<ValueId> {
    let is_literal = |value: &Value| *value == Value::Func(literal);
    let start = body.values.iter().position(is_literal).map(|at| ValueId(at as u32));
    let mut known: Vec<ValueId> = start.into_iter().collect();
    loop {
        let before = known.len();
        for instr in body.blocks.iter().flat_map(|block| &block.instrs) {
            if let Instr::Assign { target, value, .. } = *instr
                && known.contains(&value)
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
                Value::Addr(of) => known.contains(&of),
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

fn escape_by_call(
    program: &Program,
    body: &Body,
    call: &Call,
    literal: FuncId,
    aliases: &[ValueId],
) -> Option<Escape> {
    let called = match call.callee {
        Callee::Function(id) => id == literal,
        Callee::Value(value) => aliases.contains(&value),
        _ => false,
    };
    match call.mode {
        Mode::Go if called => return (!joined(program, body, call)).then_some(Escape::Go(call.name_span)),
        Mode::Defer if called => return Some(Escape::Defer(call.name_span)),
        Mode::Defer => return None,
        _ => {}
    }
    let given = call.args.iter().position(|arg| aliases.contains(arg))?;
    match call.callee {
        Callee::Builtin(sym::Append) if is_of_iteration(program, body, call) => None,
        Callee::Builtin(sym::Append) => Some(Escape::Stored(call.span)),
        Callee::Function(id) => {
            let (path, name) = program.table_name(id)?;
            library_call(program, body, call, given, literal, path, &name)
        }
        Callee::Missing { package, name } => {
            library_call(program, body, call, given, literal, package.as_str(), name.as_str())
        }
        _ => None,
    }
}

/// What is appended to is a variable of the same iteration.
fn is_of_iteration(program: &Program, body: &Body, append: &Call) -> bool {
    let Some(&slice) = append.args.first() else { return false };
    let Value::Var(var) = body.value(slice) else { return false };
    let var = &program.function(var.function).vars[var.index as usize];
    let innermost = body.block(append.block).in_loop;
    innermost.is_some() && var.in_loop == innermost && !var.loop_header
}

fn library_call(
    program: &Program,
    body: &Body,
    call: &Call,
    given: usize,
    literal: FuncId,
    path: &str,
    name: &str,
) -> Option<Escape> {
    let callback = snag_threads::callback(path, name)?;
    if callback.argument != CallbackArgument::Index(given as u8) {
        return None;
    }
    let leaves = matches!(callback.when, When::OtherGoroutine | When::PinnedGoroutine | When::MainThread);
    if callback.when == When::AtCleanup {
        return Some(Escape::Defer(call.name_span));
    }
    if !leaves {
        return None;
    }
    if callback.waits {
        return calls_parallel(program, literal).map(|_| Escape::Parallel(call.name_span));
    }
    (!joined(program, body, call)).then_some(Escape::Callback(call.name_span))
}

/// `t.Parallel()` directly in the literal.
fn calls_parallel(program: &Program, literal: FuncId) -> Option<Span> {
    let body = program.function(literal).body.as_ref()?;
    let parallel = body.calls.iter().find(|call| match call.callee {
        Callee::Function(id) => program
            .table_name(id)
            .is_some_and(|(path, name)| path == "testing" && name.ends_with(".Parallel")),
        _ => false,
    })?;
    Some(parallel.span)
}

/// The iteration waits for what it started: something blocks behind the call, inside the same loop.
fn joined(program: &Program, body: &Body, started: &Call) -> bool {
    let Some(in_loop) = body.block(started.block).in_loop else { return false };
    let behind = |span: Span| span.start > started.span.start && body.loops[in_loop.index()].body.contains(span);
    let waits_in_call = body.calls.iter().any(|call| {
        call.mode == Mode::Plain && behind(call.span) && waits_for_goroutines(program, call)
    });
    let receives = body.blocks.iter().filter(|block| within(body, block.in_loop, in_loop)).any(|block| {
        let channel = block.instrs.iter().any(|instr| match instr {
            Instr::Channel { span, .. } => behind(*span),
            _ => false,
        });
        let select = matches!(&block.end, Terminator::Select { has_default: false, span, .. } if behind(*span));
        channel || select
    });
    waits_in_call || receives
}

fn within(body: &Body, mut inner: Option<LoopId>, outer: LoopId) -> bool {
    while let Some(id) = inner {
        if id == outer {
            return true;
        }
        inner = body.loops[id.index()].outer;
    }
    false
}

fn waits_for_goroutines(program: &Program, call: &Call) -> bool {
    let blocks = |path: &str, name: &str| {
        snag_threads::blocking(path, name).is_some_and(|row| row.goroutine) && name.ends_with(".Wait")
    };
    match call.callee {
        Callee::Function(id) => program.table_name(id).is_some_and(|(path, name)| blocks(path, &name)),
        Callee::Missing { package, name } => blocks(package.as_str(), name.as_str()),
        _ => false,
    }
}

/// Assigned to a field, an element or a package-level variable.
fn stored(body: &Body, aliases: &[ValueId]) -> Option<Escape> {
    body.blocks.iter().flat_map(|block| &block.instrs).find_map(|instr| match *instr {
        Instr::Assign { target, value, span } if aliases.contains(&value) => match body.value(target) {
            Value::Elem(_) | Value::MapElem(_) | Value::Global(_) => Some(Escape::Stored(span)),
            _ => None,
        },
        _ => None,
    })
}

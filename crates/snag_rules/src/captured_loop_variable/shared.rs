//! Which variables all iterations of a loop share.

use snag_program::Program;
use snag_program::ir::{Function, Instr, LoopId, Value, VarRef};
use snag_syntax::Span;
use snag_threads::{GoVersion, version};

use crate::counts::within;

/// Why all iterations see one variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The header declares it, and the language version makes one of it.
    Version,
    /// It is declared in front of the loop, whose header assigns to it.
    Header,
    /// It is declared in front of the loop, whose body assigns to it.
    Body,
}

/// A variable, the loop that changes it, and why it is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared {
    pub var: VarRef,
    pub of: LoopId,
    pub why: Why,
}

/// Whether the language version of the file makes one variable of all iterations.
fn by_version(program: &Program, function: &Function) -> bool {
    let file = program.file(function.file);
    if version::loop_variables_per_iteration(file.version) {
        return false;
    }
    !(file.is_cgo && toolchain(program, function).is_some_and(version::cgo_ignores_language_version))
}

fn toolchain(program: &Program, function: &Function) -> Option<GoVersion> {
    let module = program.workspace.package(function.package).module?;
    GoVersion::parse(program.workspace.module(module).toolchain.as_deref()?)
}

/// Whether iterations of a loop around this place share the variable.
pub(super) fn shared(program: &Program, var: VarRef, place: Span) -> Option<Shared> {
    let owner = program.function(var.function);
    let (body, declared) = (owner.body.as_ref()?, owner.vars.get(var.index as usize)?);
    if let Some(of) = declared.in_loop.filter(|_| declared.loop_header) {
        let inside = body.loops[of.index()].body.contains(place);
        return (inside && by_version(program, owner)).then_some(Shared { var, of, why: Why::Version });
    }
    // The innermost loop around the place that does not have a variable of its own.
    let around = (0..body.loops.len() as u32).map(LoopId).rev();
    let mut around = around.filter(|&id| {
        body.loops[id.index()].body.contains(place) && !within(body, declared.in_loop, id)
    });
    around.find_map(|of| {
        let each = &body.loops[of.index()];
        let why = body.blocks.iter().flat_map(|block| &block.instrs).filter_map(|instr| match *instr {
            Instr::Assign { target, span, .. } if body.value(target) == Value::Var(var) => {
                if span.start > each.span.start && span.end <= each.body.start {
                    Some(Why::Header)
                } else {
                    (each.body.contains(span) && span.end <= place.start).then_some(Why::Body)
                }
            }
            _ => None,
        });
        let why = why.max_by_key(|&why| why == Why::Header)?;
        Some(Shared { var, of, why })
    })
}

//! What outlives an iteration sees the loop variable of a later one.

mod calls;
mod escape;
mod fix;
mod pointer;
mod shared;

use snag_program::Program;
use snag_program::ir::{Body, Call, Callee, FuncId, Function, Instr, Mode, Place, Value, VarRef};
use snag_syntax::Span;
use snag_threads::Is;

use crate::properties::Properties;
use crate::{Confidence, Findings, Rule, Severity};
use escape::{Escape, Escapes};
use shared::{Shared, Why, shared};

pub(crate) static RULE: Rule = Rule {
    name: "captured-loop-variable",
    severity: Severity::Error,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

/// What refers to the variable.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Literal,
    Pointer,
}

fn check(program: &Program, findings: &mut Findings) {
    let properties = Properties::new(program);
    for (id, function) in program.functions().filter(|&(id, _)| program.is_first_party(id)) {
        let Some(body) = &function.body else { continue };
        if function.outer.is_some() {
            for (var, read) in captured(program, function, body) {
                let Some(shared) = shared(program, var, function.span) else { continue };
                if let Some(how) = outlives(program, &properties, id, shared) {
                    report(program, findings, id, (shared, By::Literal), read, how);
                }
            }
        }
        pointer::check(program, &properties, findings, id, body);
    }
}

/// The variables of functions around the literal that it reads and does not assign to, with the first read of each.
fn captured(program: &Program, function: &Function, body: &Body) -> Vec<(VarRef, Span)> {
    let mut found: Vec<(VarRef, Span)> = Vec::new();
    for instr in body.blocks.iter().flat_map(|block| &block.instrs) {
        let (Instr::Read { what, span } | Instr::Assign { target: what, span, .. }) = *instr else { continue };
        let Value::Var(var) = body.value(what) else { continue };
        let owner = program.function(var.function);
        if owner.span != function.span && !found.iter().any(|(known, _)| *known == var) {
            found.push((var, span));
        }
    }
    found
}

fn assigns(body: &Body, var: VarRef) -> bool {
    body.blocks.iter().flat_map(|block| &block.instrs).any(|instr| match *instr {
        Instr::Assign { target, .. } => body.value(target) == Value::Var(var),
        _ => false,
    })
}

/// How the literal, or one between it and the loop, outlives the iteration.
fn outlives(program: &Program, properties: &Properties<'_>, id: FuncId, shared: Shared) -> Option<Escape> {
    let owner = shared.var.function;
    let mut chain = vec![id];
    while let Some(outer) = program.function(*chain.last()?).outer.filter(|&outer| outer != owner) {
        chain.push(outer);
    }
    let outermost = *chain.last()?;
    if !Escapes::new(program, properties, owner, Some(shared.of))?.is_made_in_round(outermost) {
        return None;
    }
    let escape = chain.iter().rev().find_map(|&literal| {
        let outer = program.function(literal).outer?;
        let of = (outer == owner).then_some(shared.of);
        let found = Escapes::new(program, properties, outer, of)?.literal(literal)?;
        // A function inside the iteration ends with it, and what it defers has run then.
        (outer == owner || !matches!(found, Escape::Defer(_))).then_some(found)
    })?;
    if outermost != id && escape.is_concurrent() && waits_behind(program, properties, outermost, shared) {
        return None;
    }
    if shared.why == Why::Version {
        return Some(escape);
    }
    // State that is shared on purpose: the literal changes it, or whoever uses it takes a lock or waits.
    let body = program.function(id).body.as_ref()?;
    let locked = |is: Option<Is>| matches!(is, Some(Is::Lock | Is::ReadLock | Is::TryLock));
    let locks = |body: &Body| body.calls.iter().any(|call| locked(properties.of(body, call)));
    let around = program.function(owner).body.as_ref()?;
    let wanted = escape.is_concurrent() || shared.why == Why::Header;
    let on_purpose = assigns(body, shared.var) || locks(body);
    let waits = shared.why == Why::Body && {
        let each = around.loops[shared.of.index()].body;
        let mut inside = around.calls.iter().filter(|call| each.contains(call.span));
        inside.any(|call| {
            let is = properties.of(around, call);
            is == Some(Is::Join) || locked(is)
        })
    };
    (wanted && !on_purpose && !waits).then_some(escape)
}

/// The iteration waits behind the call that runs the literal for what goes on inside.
fn waits_behind(program: &Program, properties: &Properties<'_>, literal: FuncId, shared: Shared) -> bool {
    let Some(around) = Escapes::new(program, properties, shared.var.function, Some(shared.of)) else { return false };
    let runs = |call: &&Call| {
        let given = call.args.iter().any(|&arg| around.body.value(arg) == Value::Func(literal));
        call.mode == Mode::Plain && (given || call.callee == Callee::Function(literal))
    };
    around.body.calls.iter().find(runs).is_some_and(|call| around.joined(call))
}

fn report(
    program: &Program,
    findings: &mut Findings,
    id: FuncId,
    (shared, by): (Shared, By),
    place: Span,
    how: Escape,
) {
    let owner = program.function(shared.var.function);
    let declared = &owner.vars[shared.var.index as usize];
    let file = program.file(owner.file);
    let name = declared.name;
    let (what, certain, span, then) = match how {
        Escape::Go(span) => ("the goroutine", true, span, "starts here and runs while the loop goes on"),
        Escape::Defer(span) => {
            ("the deferred function", true, span, "runs when the function returns, after the last iteration")
        }
        Escape::Callback(span) => (
            "the function runs on another goroutine and",
            true,
            span,
            "given away here, to be called while the loop goes on",
        ),
        Escape::Parallel(span) => {
            ("the parallel subtest", true, span, "t.Parallel lets it run after the loop has ended")
        }
        Escape::Stored(span) => ("the stored function", false, span, "kept here for after the iteration"),
    };
    let message = match by {
        By::Literal => {
            format!("{what} shares `{name}` with all iterations of the loop and sees the value of a later one")
        }
        By::Pointer => format!("`&{name}` is the same pointer in all iterations, and will show the value of a later one"),
    };
    let certain = certain && by == By::Literal && shared.why != Why::Body && !file.is_cgo;
    let confidence = if certain { Confidence::Certain } else { Confidence::Likely };
    let finding = findings.add(&RULE, confidence, Place { file: owner.file, span: place }, id, message);
    let before = match shared.why {
        Why::Version => format!("one `{name}` for all iterations: this file is Go {}, before 1.22", file.version),
        Why::Header | Why::Body => {
            format!("declared in front of the loop, which assigns to it: one `{name}` for all iterations in every Go version")
        }
    };
    finding.because(owner.file, declared.span, before);
    finding.because(owner.file, span, then);
    finding.fix = fix::copy(program, id, shared);
    if file.is_cgo && shared.why == Why::Version {
        let text = "with the toolchains 1.22 to 1.25 a cgo file has one variable per iteration all the same";
        finding.because(owner.file, declared.span, text);
    }
}

//! The address of a loop variable, written down or taken by a method with a pointer receiver.

use rustc_hash::FxHashSet;
use snag_program::Program;
use snag_program::ir::{Body, Call, Callee, FuncId, LoopId, Mode, Value, ValueId, VarRef};
use snag_syntax::Span;

use super::escape::{Escape, Escapes};
use super::shared::shared;
use super::{By, report};
use crate::Findings;
use crate::properties::Properties;

/// Reports each loop variable of the function whose address outlives the iteration.
pub(super) fn check(
    program: &Program,
    properties: &Properties<'_>,
    findings: &mut Findings,
    id: FuncId,
    body: &Body,
) {
    let mut seen = FxHashSet::default();
    let mut own = |var: Option<VarRef>| var.filter(|var| var.function == id && seen.insert(*var));
    let escapes = |of| Escapes::new(program, properties, id, Some(of));
    for &value in &body.values {
        match value {
            Value::Addr(of) => {
                let var = variable(body, of);
                kept(program, findings, (id, body), own(var), |of| escapes(of)?.address(value));
            }
            Value::Bound(receiver, method) => {
                let var = by_pointer(program, body, receiver, method);
                kept(program, findings, (id, body), own(var), |of| escapes(of)?.method(value));
            }
            _ => {}
        }
    }
    for call in body.calls.iter().filter(|call| call.mode != Mode::Plain) {
        let var = receiver(program, body, call);
        kept(program, findings, (id, body), own(var), |of| escapes(of)?.receiver(call));
    }
}

fn variable(body: &Body, value: ValueId) -> Option<VarRef> {
    match body.value(value) {
        Value::Var(var) => Some(var),
        _ => None,
    }
}

/// The variable whose address a statement evaluates long before the method runs: `go v.method()`, `defer v.method()`.
fn receiver(program: &Program, body: &Body, call: &Call) -> Option<VarRef> {
    let Callee::Function(method) = call.callee else { return None };
    by_pointer(program, body, call.receiver?, method)
}

/// A variable of which a method with a pointer receiver takes the address.
fn by_pointer(program: &Program, body: &Body, receiver: ValueId, method: FuncId) -> Option<VarRef> {
    let var = variable(body, receiver)?;
    let function = program.function(method);
    let declared = program.function(var.function).vars.get(var.index as usize)?;
    // A method that is promoted through a pointer takes another address.
    let own = function.has_receiver && function.receiver.is_some() && declared.ty == function.receiver;
    let by_value = function.vars.first().is_none_or(|first| first.ty == function.receiver);
    (own && !by_value).then_some(var)
}

fn kept(
    program: &Program,
    findings: &mut Findings,
    (id, body): (FuncId, &Body),
    var: Option<VarRef>,
    how: impl Fn(LoopId) -> Option<Escape>,
) {
    let Some(var) = var else { return };
    let declared = &program.function(id).vars[var.index as usize];
    let Some(of) = declared.in_loop.filter(|_| declared.loop_header) else { return };
    let inside = body.loops[of.index()].body;
    let Some(shared) = shared(program, var, Span::at(inside.end.saturating_sub(1))) else { return };
    let Some(how) = how(of) else { return };
    let (Escape::Go(span) | Escape::Defer(span) | Escape::Callback(span) | Escape::Stored(span)) = how else { return };
    report(program, findings, id, (shared, By::Pointer), span, how);
}

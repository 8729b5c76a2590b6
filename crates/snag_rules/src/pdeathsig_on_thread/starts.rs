//! Where children with a signal for the end of their parent are started, and left alone.

use snag_program::Program;
use snag_program::analysis::Step;
use snag_program::ir::{
    Body, Call, CallId, Callee, FuncId, Instr, Mode, Place, TypeId, Value, ValueId, VarRef,
};
use snag_syntax::{Span, Symbol};
use snag_threads::{Api, Awaits, Is, LockBehavior, state};

/// How many calls up a pin is looked for.
const CALLERS: usize = 4;

/// A child that nobody waits for on the thread that started it.
pub(super) struct Orphan {
    /// The call that starts it.
    pub(super) start: Step,
    /// Where the signal is asked for.
    pub(super) asked: Place,
    /// The function pins its goroutine somewhere.
    pub(super) pinned: bool,
}

/// A place that asks for the signal.
struct Asked {
    place: Place,
    /// The variable of the command, where it is told.
    command: Option<VarRef>,
}

/// The children that the program starts so, in the order of its functions; one for each function that starts some.
pub(super) fn orphans(program: &Program) -> Vec<Orphan> {
    let mut families: Vec<(FuncId, Vec<FuncId>)> = Vec::new();
    for (id, function) in program.functions() {
        let file = program.file(function.file);
        if function.body.is_some() && file.first_party && !file.is_test {
            let root = program.root(id);
            match families.iter_mut().rfind(|(known, _)| *known == root) {
                Some((_, family)) => family.push(id),
                None => families.push((root, vec![id])),
            }
        }
    }
    families.iter().filter_map(|(root, family)| orphan(program, *root, family)).collect()
}

fn orphan(program: &Program, root: FuncId, family: &[FuncId]) -> Option<Orphan> {
    let asked = family.iter().find_map(|&id| asked(program, id))?;
    let start = |family: &[FuncId], command: Option<VarRef>| {
        family.iter().find_map(|&id| left_alone(program, id, command))
    };
    let pins = |family: &[FuncId]| family.iter().any(|&id| pins(program, id, CALLERS));
    if let Some(step) = start(family, asked.command) {
        return Some(Orphan { start: step, asked: asked.place, pinned: pins(family) });
    }
    // A function that prepares the command for those who call it.
    let caller = program.callers(root).iter().find_map(|&(caller, at)| {
        let body = program.function(caller).body.as_ref().filter(|_| program.is_first_party(caller))?;
        let command = assigned_to(body, at)?;
        let step = left_alone(program, caller, Some(command))?;
        Some((step, caller))
    })?;
    Some(Orphan { start: caller.0, asked: asked.place, pinned: pins(&[caller.1]) })
}

fn api(program: &Program, callee: Callee) -> Option<&'static Api> {
    let (path, name) = program.called(callee)?;
    snag_threads::api(path, &name)
}

/// Where a function asks for the signal.
fn asked(program: &Program, id: FuncId) -> Option<Asked> {
    let function = program.function(id);
    let body = function.body.as_ref()?;
    let place = |span: Span| Place { file: function.file, span };
    let literal = body.literals.iter().enumerate().find_map(|(at, literal)| {
        let wants = |&&(name, value): &&(Symbol, ValueId)| {
            is_signal(program, literal.ty, name) && !is_none(body, value)
        };
        literal.fields.iter().find(wants)?;
        Some(Asked { place: place(literal.span), command: command_of(body, at as u32) })
    });
    let assigned = || {
        body.blocks.iter().flat_map(|block| &block.instrs).find_map(|instr| match *instr {
            Instr::Assign { target, value, span } => match body.value(target) {
                Value::Field(of, ty, name) if is_signal(program, ty, name) && !is_none(body, value) => {
                    Some(Asked { place: place(span), command: base(body, of) })
                }
                _ => None,
            },
            _ => None,
        })
    };
    let called = || {
        body.calls.iter().enumerate().find_map(|(at, call)| {
            let api = api(program, call.callee)?;
            let only_asks = api.writes.contains(state::CHILD_PDEATHSIG) && !api.writes.contains(state::CHILD_OF_THREAD);
            only_asks.then(|| Asked { place: place(call.span), command: assigned_to(body, CallId(at as u32)) })
        })
    };
    literal.or_else(assigned).or_else(called)
}

/// Whether the tables say that this field of a type asks for the signal.
fn is_signal(program: &Program, ty: Option<TypeId>, name: Symbol) -> bool {
    let Some(info) = ty.map(|ty| program.type_info(ty)) else { return false };
    let path = &program.workspace.package(info.package).path;
    let row = snag_threads::api(path, &format!("{}.{name}", info.name));
    row.is_some_and(|row| row.writes.contains(state::CHILD_PDEATHSIG))
}

fn is_none(body: &Body, value: ValueId) -> bool {
    matches!(body.value(value), Value::Int(0) | Value::Nil)
}

/// The variable at the beginning of `cmd.SysProcAttr.Pdeathsig`.
fn base(body: &Body, mut id: ValueId) -> Option<VarRef> {
    for _ in 0..8 {
        match body.value(id) {
            Value::Var(var) => return Some(var),
            Value::Field(of, ..) | Value::Addr(of) => id = of,
            _ => return None,
        }
    }
    None
}

/// The variable whose field is given this literal.
fn command_of(body: &Body, literal: u32) -> Option<VarRef> {
    let is_it = |id: ValueId| match body.value(id) {
        Value::Addr(of) => body.value(of) == Value::Literal(literal),
        value => value == Value::Literal(literal),
    };
    body.blocks.iter().flat_map(|block| &block.instrs).find_map(|instr| match *instr {
        Instr::Assign { target, value, .. } if is_it(value) && matches!(body.value(target), Value::Field(..)) => {
            base(body, target)
        }
        _ => None,
    })
}

/// The variable that keeps the first result of a call.
fn assigned_to(body: &Body, call: CallId) -> Option<VarRef> {
    body.blocks.iter().flat_map(|block| &block.instrs).find_map(|instr| match *instr {
        Instr::Assign { target, value, .. } if body.value(value) == Value::Result(call, 0) => {
            match body.value(target) {
                Value::Var(var) => Some(var),
                _ => None,
            }
        }
        _ => None,
    })
}

/// A call that starts a child, and does not wait for it there and then.
fn left_alone(program: &Program, id: FuncId, command: Option<VarRef>) -> Option<Step> {
    let function = program.function(id);
    let body = function.body.as_ref()?;
    let starts = |call: &Call| {
        let children = |api: &Api| api.writes.contains(state::CHILD_OF_THREAD) && api.writes.contains(state::CHILD_PDEATHSIG);
        let receiver = call.receiver.and_then(|receiver| base(body, receiver));
        let other = command.is_some() && receiver.is_some() && receiver != command;
        call.mode == Mode::Plain && !other && api(program, call.callee).is_some_and(children) && !waits(program, call)
    };
    let mut calls: Vec<&Call> = body.calls.iter().collect();
    calls.sort_by_key(|call| call.span.start);
    let at = calls.iter().position(|call| starts(call) && !is_followed_by_wait(program, body, &calls, call))?;
    Some(Step { function: id, place: Place { file: function.file, span: calls[at].span } })
}

/// The next thing that happens is the waiting: the thread is busy until the child has ended.
fn is_followed_by_wait(program: &Program, body: &Body, calls: &[&Call], start: &Call) -> bool {
    let quiet = [Is::Error, Is::Ending, Is::Formatting, Is::TestFailure, Is::Assertion];
    let is_quiet = |call: &Call| {
        let known = program.called(call.callee).and_then(|(path, name)| snag_threads::property(path, &name));
        known.is_some_and(|row| quiet.contains(&row.is)) || body.block(call.block).in_loop != body.block(start.block).in_loop
    };
    // What is deferred, or begins on another goroutine, takes no time.
    let plain = |call: &&&Call| call.span.start >= start.span.end && call.mode == Mode::Plain;
    let mut after = calls.iter().filter(plain).filter(|call| !matches!(call.callee, Callee::Builtin(_)));
    after.find(|call| !is_quiet(call)).is_some_and(|call| waits(program, call))
}

fn waits(program: &Program, call: &Call) -> bool {
    let row = program.called(call.callee).and_then(|(path, name)| snag_threads::blocking(path, &name));
    row.is_some_and(|row| row.awaits == Awaits::Child)
}

/// Whether the function pins its goroutine, or one of those who call it.
fn pins(program: &Program, id: FuncId, callers: usize) -> bool {
    let locks = |id: FuncId| {
        let calls = program.function(id).body.as_ref().map_or(&[][..], |body| &body.calls);
        calls.iter().any(|call| api(program, call.callee).is_some_and(|api| api.locks != LockBehavior::No))
    };
    let Some(left) = callers.checked_sub(1) else { return false };
    let root = program.root(id);
    locks(id) || locks(root) || program.callers(root).iter().any(|&(caller, _)| pins(program, caller, left))
}

//! Which functions can reach a call that shares state of its thread with others.

use super::*;
use crate::ir::TypeId;

/// What the search for pairs has to look at.
pub(super) struct Reach {
    pub(super) relevant: Vec<bool>,
    pub(super) any: bool,
    /// Some C function of the program hands out errno.
    pub(super) asks_for_errno: bool,
}

pub(super) fn reach(program: &Program, calls: &Calls<'_>) -> Reach {
    let mut reach =
        Reach { relevant: vec![false; program.functions.len()], any: false, asks_for_errno: false };
    let mut queue = Vec::new();
    for id in calls.functions() {
        let Some(body) = calls.body(id) else { continue };
        let mut seed = program.contracts.of(id).is_some();
        for call in &body.calls {
            seed |= touches(program, calls, id, call, &mut reach.asks_for_errno);
        }
        if seed {
            reach.relevant[id.index()] = true;
            queue.push(id);
        }
    }
    reach.any = !queue.is_empty();
    if reach.any {
        spread(program, calls, queue, &mut reach.relevant);
    }
    reach
}

fn touches(program: &Program, calls: &Calls<'_>, id: FuncId, call: &Call, asks_for_errno: &mut bool) -> bool {
    match call.callee {
        Callee::C(name) => {
            let package = program.function(id).package;
            let touches = program.native.touches(package, name, &[]);
            let errno = |touch: &Touch| touch.reads && matches!(touch.slot, Slot::State(state::ERRNO, _));
            *asks_for_errno |= touches.iter().any(errno);
            // Any C call may be the one whose error is asked for.
            true
        }
        Callee::Function(callee) if program.contracts.of(callee).is_some() => true,
        _ => calls
            .rows(call)
            .api
            .is_some_and(|api| api.reads.union(api.writes).iter().any(native::is_shared_by_calls)),
    }
}

/// From callees to callers, also through function values and interfaces.
fn spread(program: &Program, calls: &Calls<'_>, mut queue: Vec<FuncId>, relevant: &mut [bool]) {
    let mut mentions: FxHashMap<FuncId, Vec<FuncId>> = FxHashMap::default();
    let mut by_method: FxHashMap<Symbol, Vec<(FuncId, TypeId)>> = FxHashMap::default();
    for id in calls.functions() {
        let Some(body) = calls.body(id) else { continue };
        for value in &body.values {
            if let Value::Func(target) | Value::Bound(_, target) = *value {
                mentions.entry(target).or_default().push(id);
            }
        }
        for call in &body.calls {
            if let Callee::Interface { interface: Some(interface), method } = call.callee {
                by_method.entry(method).or_default().push((id, interface));
            }
        }
    }
    while let Some(id) = queue.pop() {
        let mut next: Vec<FuncId> = calls.callers(id).iter().map(|&(caller, _)| caller).collect();
        next.extend(mentions.get(&id).into_iter().flatten());
        next.extend(program.function(id).outer);
        if program.function(id).receiver.is_some() {
            let name = program.function(id).name;
            let through = by_method.get(&name).into_iter().flatten();
            let reaches = |&&(caller, interface): &&(FuncId, TypeId)| {
                !relevant[caller.index()] && calls.reaches(interface, name, id)
            };
            next.extend(through.filter(reaches).map(|&(caller, _)| caller));
        }
        for caller in next {
            if !std::mem::replace(&mut relevant[caller.index()], true) {
                queue.push(caller);
            }
        }
    }
}

//! Which functions can reach a call that shares state of its thread with others.

use super::*;
use crate::analysis::calls::Rows;

/// What the search for pairs has to look at.
pub(super) struct Reach {
    pub(super) relevant: Vec<bool>,
    pub(super) any: bool,
    /// Some C function of the program hands out errno.
    pub(super) asks_for_errno: bool,
}

pub(super) fn reach(program: &Program, calls: &Calls<'_>) -> Reach {
    let seeds = seeds(program, calls);
    let any = !seeds.is_empty();
    Reach { relevant: calls.spread(seeds, |_| true), any, asks_for_errno: asks_for_errno(program, calls) }
}

/// Functions that share state of their thread with others, or call one that does.
fn seeds(program: &Program, calls: &Calls<'_>) -> Vec<FuncId> {
    let shared = |rows: &Rows| {
        rows.api.is_some_and(|api| api.reads.union(api.writes).iter().any(native::is_shared_by_calls))
    };
    let mut callers = calls.calls_of(shared);
    // Any C call may be the one whose error is asked for.
    callers.extend(program.uses.c_calls());
    let asked: Vec<FuncId> = calls.functions().filter(|&id| program.contracts.of(id).is_some()).collect();
    callers.extend(asked.iter().flat_map(|&id| program.callers(id)));
    let with_body = asked.into_iter().filter(|&id| calls.body(id).is_some());
    with_body.chain(callers.into_iter().map(|caller| caller.0)).collect()
}

fn asks_for_errno(program: &Program, calls: &Calls<'_>) -> bool {
    let asks = |touch: &Touch| touch.reads && matches!(touch.slot, Slot::State(state::ERRNO, _));
    program.uses.c_calls().iter().any(|&caller| match calls.call(caller).map(|call| call.callee) {
        Some(Callee::C(name)) => {
            let package = program.function(caller.0).package;
            program.native.touches(package, name, &[]).iter().any(asks)
        }
        _ => false,
    })
}

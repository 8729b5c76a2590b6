//! Whether a call worked, as the program that asks tells.
//!
//! Functions of C say it with 0, with 1, with a pointer, with a negative number. What is done with the answer tells
//! more than the number: whoever finds that a call failed leaves early, with an error.

use snag_threads::Is;

use super::calls::Calls;
use crate::ir::{
    Block, BlockId, Body, CallId, Callee, Cond, FuncId, Instr, Operator, Terminator, Value, ValueId,
};

/// Blocks in a row that lead to a return.
const BLOCKS: usize = 8;

/// A condition about the answer of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    /// The answer.
    pub value: ValueId,
    /// Where the condition holds, the call worked.
    pub worked: bool,
}

/// How a function is left. What comes later looks more like a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Exit {
    /// `return nil`, `return true`
    Success,
    Unknown,
    /// `return errors.New("...")`, `return false`, `panic`
    Failure,
}

/// What the end of a block asks, if it may be whether a call worked.
pub(crate) fn question(calls: &Calls<'_>, function: FuncId, end: &Terminator) -> Option<Question> {
    let &Terminator::If { cond, then, otherwise } = end else { return None };
    let body = calls.body(function)?;
    let (value, usual) = match cond {
        Cond::IsNil(value, nil) => {
            if is_error(calls, body, body.value(value)) {
                return Some(Question { value, worked: nil });
            }
            (value, !nil)
        }
        Cond::IsTrue(value, wanted) => (value, wanted),
        Cond::Compare(operator, left, right, _) => {
            let (value, constant) = match body.value(left) {
                Value::Var(_) | Value::Result(..) => (left, right),
                _ => (right, left),
            };
            let negative = matches!(body.value(constant), Value::Int(number) if number < 0);
            (value, !negative && operator == Operator::Equal || negative && operator == Operator::NotEqual)
        }
        Cond::Other => return None,
    };
    let worked = match (exit(calls, body, then, otherwise), exit(calls, body, otherwise, then)) {
        // Who returns first in the text leaves early.
        (Some((here, at)), Some((there, other))) if here == there => other < at,
        (Some((here, _)), Some((there, _))) => here < there,
        (Some((here, _)), None) => here == Exit::Success,
        (None, Some((there, _))) => there != Exit::Success,
        (None, None) => usual,
    };
    Some(Question { value, worked })
}

/// The call that the end of the block asks about, if it was made there, and whether it worked where the condition
/// holds.
pub(crate) fn asked(calls: &Calls<'_>, function: FuncId, block: &Block) -> Option<(CallId, bool)> {
    let Question { value, worked } = question(calls, function, &block.end)?;
    let body = calls.body(function)?;
    let answer = match body.value(value) {
        var @ Value::Var(_) => block.instrs.iter().rev().find_map(|instr| match *instr {
            Instr::Assign { target, value, .. } if body.value(target) == var => Some(body.value(value)),
            _ => None,
        })?,
        other => other,
    };
    match answer {
        Value::Result(call, _) => Some((call, worked)),
        _ => None,
    }
}

fn is_error(calls: &Calls<'_>, body: &Body, value: Value) -> bool {
    match value {
        Value::Var(var) => {
            let vars = &calls.program.function(var.function).vars;
            let instrs = body.blocks.iter().flat_map(|block| &block.instrs);
            let mut given = instrs.filter_map(|instr| match *instr {
                Instr::Assign { target, value: given, .. } if body.value(target) == value => {
                    Some(body.value(given))
                }
                _ => None,
            });
            vars.get(var.index as usize).is_some_and(|var| var.is_error)
                || given.any(|given| matches!(given, Value::Result(..)) && is_error(calls, body, given))
        }
        Value::Result(call, at) => match body.call(call).callee {
            // `_, err := C.f()`
            Callee::C(_) => at == 1,
            Callee::Function(callee) => calls.program.function(callee).returns_error,
            _ => true,
        },
        _ => false,
    }
}

/// How, and where, the way from the block leaves the function, if it does so before it meets the other way.
fn exit(calls: &Calls<'_>, body: &Body, from: BlockId, other: BlockId) -> Option<(Exit, u32)> {
    let mut at = from;
    let others = straight(body, other);
    for _ in 0..BLOCKS {
        if others.contains(&at) {
            return None;
        }
        match &body.block(at).end {
            Terminator::Jump(next) => at = *next,
            Terminator::Dead => return Some((Exit::Failure, 0)),
            Terminator::Return { values, span } => {
                let exit = match values.last().map(|&value| body.value(value)) {
                    Some(Value::Nil | Value::Bool(true)) => Exit::Success,
                    Some(Value::Bool(false)) => Exit::Failure,
                    Some(Value::Result(call, _)) if calls.is(body.call(call), Is::Error) => Exit::Failure,
                    _ => Exit::Unknown,
                };
                return Some((exit, span.start));
            }
            _ => return None,
        }
    }
    None
}

/// The blocks that follow each other from this one on.
fn straight(body: &Body, from: BlockId) -> Vec<BlockId> {
    let next = |at: &BlockId| match body.block(*at).end {
        Terminator::Jump(next) => Some(next),
        _ => None,
    };
    std::iter::successors(Some(from), next).take(BLOCKS).collect()
}

//! A copy of the variable for each iteration.

use snag_program::Program;
use snag_program::ir::{FuncId, Instr, Value};
use snag_syntax::{Span, TextEdit};

use super::shared::{Shared, Why};
use crate::{Fix, Safety};

/// Declares a copy in the loop's body, unless the body changes the variable: then the copy would not be seen.
pub(super) fn copy(program: &Program, literal: FuncId, shared: Shared) -> Option<Fix> {
    let Shared { var, of, why } = shared;
    let owner = program.function(var.function);
    let declared = &owner.vars[var.index as usize];
    let each = &owner.body.as_ref()?.loops[of.index()];
    let changes = |id: FuncId| {
        let body = program.function(id).body.as_ref();
        body.is_some_and(|body| {
            body.blocks.iter().flat_map(|block| &block.instrs).any(|instr| match *instr {
                Instr::Assign { target, span, .. } => {
                    body.value(target) == Value::Var(var) && each.body.contains(span)
                }
                _ => false,
            })
        })
    };
    if why == Why::Body || changes(var.function) || changes(literal) {
        return None;
    }
    let (name, line) = (declared.name, each.first_line.as_str());
    let text = if line.is_empty() { format!(" {name} := {name};") } else { format!("{line}{name} := {name}") };
    let edit = TextEdit { span: Span::at(each.body.start + 1), text };
    let title = format!("copy `{name}` for each iteration");
    Some(Fix { safety: Safety::Safe, title, edits: vec![(owner.file, edit)] })
}

//! A function literal that outlives an iteration sees the loop variable of a later one.

mod escape;

use snag_program::Program;
use snag_program::ir::{FuncId, Function, Instr, LoopId, Value, VarRef};
use snag_syntax::{Span, TextEdit};
use snag_threads::{GoVersion, version};

use crate::{Confidence, Findings, Fix, Rule, Safety, Severity};
use escape::{Escape, escape};

pub(crate) static RULE: Rule = Rule {
    name: "captured-loop-variable",
    severity: Severity::Error,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    for (id, function) in program.functions() {
        if function.outer.is_none() || !program.is_first_party(id) || !shares_loop_variables(program, function)
        {
            continue;
        }
        for (var, read) in captured_loop_variables(program, function) {
            report(program, findings, id, var, read);
        }
    }
}

/// Whether the language version of the file makes one variable of all iterations.
fn shares_loop_variables(program: &Program, function: &Function) -> bool {
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

/// The variables of loop headers around the literal that it reads, with the first read of each.
fn captured_loop_variables(program: &Program, function: &Function) -> Vec<(VarRef, Span)> {
    let Some(body) = &function.body else { return Vec::new() };
    let mut found: Vec<(VarRef, Span)> = Vec::new();
    for instr in body.blocks.iter().flat_map(|block| &block.instrs) {
        let (Instr::Read { what, span } | Instr::Assign { target: what, span, .. }) = *instr else { continue };
        let Value::Var(var) = body.value(what) else { continue };
        let Some(declaring) = loop_of(program, var) else { continue };
        let owner = program.function(var.function);
        let inside = owner.body.as_ref().is_some_and(|body| {
            let each = &body.loops[declaring.index()];
            each.body.contains(function.span)
        });
        if inside && owner.span != function.span && !found.iter().any(|(known, _)| *known == var) {
            found.push((var, span));
        }
    }
    found
}

fn loop_of(program: &Program, var: VarRef) -> Option<LoopId> {
    let declared = program.function(var.function).vars.get(var.index as usize)?;
    declared.in_loop.filter(|_| declared.loop_header)
}

fn report(program: &Program, findings: &mut Findings, id: FuncId, var: VarRef, read: Span) {
    let Some(how) = first_escape(program, id, var.function) else { return };
    let owner = program.function(var.function);
    let declared = &owner.vars[var.index as usize];
    let file = program.file(owner.file);
    let name = declared.name;
    let (what, certain) = match how {
        Escape::Go(_) => ("the goroutine", true),
        Escape::Defer(_) => ("the deferred function", true),
        Escape::Callback(_) => ("the function runs on another goroutine and", true),
        Escape::Parallel(_) => ("the parallel subtest", true),
        Escape::Stored(_) => ("the stored function", false),
    };
    let confidence = if certain { Confidence::Certain } else { Confidence::Likely };
    let confidence = if file.is_cgo { Confidence::Likely } else { confidence };
    let message =
        format!("{what} shares `{name}` with all iterations of the loop and sees the value of a later one");
    let place = snag_program::ir::Place { file: owner.file, span: read };
    let finding = findings.add(&RULE, confidence, place, id, message);
    let before = format!("one `{name}` for all iterations: this file is Go {}, before 1.22", file.version);
    finding.because(owner.file, declared.span, before);
    let (span, text) = match how {
        Escape::Go(span) => (span, "starts here and runs while the loop goes on"),
        Escape::Defer(span) => (span, "runs when the function returns, after the last iteration"),
        Escape::Callback(span) => (span, "given away here, to be called while the loop goes on"),
        Escape::Parallel(span) => (span, "t.Parallel lets it run after the loop has ended"),
        Escape::Stored(span) => (span, "kept here for after the iteration"),
    };
    finding.because(owner.file, span, text);
    finding.fix = copy(program, id, var);
    if file.is_cgo {
        let text = "with the toolchains 1.22 to 1.25 a cgo file has one variable per iteration all the same";
        finding.because(owner.file, declared.span, text);
    }
}

/// Declares a copy in the loop's body, unless the body changes the variable: then the copy would not be seen.
fn copy(program: &Program, literal: FuncId, var: VarRef) -> Option<Fix> {
    let owner = program.function(var.function);
    let declared = &owner.vars[var.index as usize];
    let each = &owner.body.as_ref()?.loops[declared.in_loop?.index()];
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
    if changes(var.function) || changes(literal) {
        return None;
    }
    let (name, line) = (declared.name, each.first_line.as_str());
    let text = if line.is_empty() { format!(" {name} := {name};") } else { format!("{line}{name} := {name}") };
    let edit = TextEdit { span: Span::at(each.body.start + 1), text };
    let title = format!("copy `{name}` for each iteration");
    Some(Fix { safety: Safety::Safe, title, edits: vec![(owner.file, edit)] })
}

/// How the literal, or one between it and the loop, outlives the iteration.
fn first_escape(program: &Program, id: FuncId, owner: FuncId) -> Option<Escape> {
    let mut chain = vec![id];
    while let Some(outer) = program.function(*chain.last()?).outer.filter(|&outer| outer != owner) {
        chain.push(outer);
    }
    chain.into_iter().rev().find_map(|literal| escape(program, literal))
}

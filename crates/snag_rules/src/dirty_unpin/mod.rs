//! `UnlockOSThread` on a thread whose state is still changed.

pub(crate) mod history;
pub(crate) mod live;

use snag_program::Program;
use snag_program::analysis::{DirtyUnpin, Restored, Step};
use snag_program::ir::Mode;
use snag_syntax::Span;
use snag_threads::StateId;

use crate::subject::{call_at, subject};
use crate::{Confidence, Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "dirty-unpin",
    severity: Severity::Error,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    for dirty in &program.analysis.dirty_unpins {
        // What is put back after the end of the pin is use-after-unpin.
        if dirty.restored != Restored::TooLate && !ends_the_program(program, dirty) {
            report(program, dirty, findings);
        }
    }
}

/// A pin that `main` gives up when it returns: no goroutine runs any more.
fn ends_the_program(program: &Program, dirty: &DirtyUnpin) -> bool {
    let function = program.function(dirty.unpin.function);
    let is_main = function.outer.is_none()
        && function.receiver.is_none()
        && function.name.as_str() == "main"
        && program.workspace.package(function.package).name == "main";
    is_main && call_at(program, dirty.unpin).is_some_and(|call| call.mode == Mode::Defer)
}

fn report(program: &Program, dirty: &DirtyUnpin, findings: &mut Findings) {
    let subject = subject(dirty.states);
    let how = match dirty.restored {
        Restored::Never | Restored::TooLate => "is still changed",
        Restored::NotAlways => "is still changed on one of the paths",
        Restored::MayHaveFailed => "may still be changed, because putting it back may have failed",
        Restored::Unchecked => "may still be changed, because nobody looks whether putting it back worked",
    };
    let message = format!("the pin ends while the {subject} of the thread {how}: other goroutines run on it next");
    let place = dirty.unpin.place;
    let finding = findings.add(&RULE, confidence(program, dirty), place, dirty.unpin.function, message);
    let changed = format!("changes the {subject} of the pinned thread");
    finding.about(dirty.states).because(dirty.change.place.file, dirty.change.place.span, changed);
    if let Some(restore) = dirty.restore {
        let what = match dirty.restored {
            Restored::NotAlways => "puts it back, but not on every path",
            Restored::Unchecked => "puts it back, but the error is ignored",
            _ => "puts it back; when this fails, the goroutine must stay pinned",
        };
        finding.because(restore.place.file, restore.place.span, what);
    }
    let advice = if dirty.states.iter().any(StateId::is_irreversible) {
        "cannot be undone: let the goroutine end while it is pinned, and the runtime ends the thread with it"
    } else {
        "right only after the old state was put back without an error; else let the goroutine end pinned"
    };
    finding.because(place.file, place.span, advice);
}

fn confidence(program: &Program, dirty: &DirtyUnpin) -> Confidence {
    let in_test = program.file(dirty.unpin.place.file).is_test;
    match dirty.restored {
        _ if dirty.foreign => Confidence::Possible,
        Restored::Never if dirty.certain => Confidence::Certain,
        // Whether a loop leaves out what was changed, nobody can say from here.
        Restored::NotAlways if dirty.restore.is_some_and(|step| in_own_loop(program, step, dirty.unpin)) => {
            Confidence::Possible
        }
        Restored::Never | Restored::NotAlways | Restored::TooLate => Confidence::Likely,
        Restored::MayHaveFailed | Restored::Unchecked if in_test => Confidence::Possible,
        Restored::MayHaveFailed | Restored::Unchecked => Confidence::Likely,
    }
}

/// Whether a loop around the step, or around the literal it is in, does not also end the pin.
fn in_own_loop(program: &Program, step: Step, unpin: Step) -> bool {
    let (mut id, mut span) = (step.function, step.place.span);
    loop {
        let function = program.function(id);
        let loops = function.body.iter().flat_map(|body| &body.loops);
        let ends_too = |body: Span| id == unpin.function && body.contains(unpin.place.span);
        if loops.clone().any(|each| each.body.contains(span) && !ends_too(each.body)) {
            return true;
        }
        let Some(outer) = function.outer else { return false };
        (id, span) = (outer, function.span);
    }
}

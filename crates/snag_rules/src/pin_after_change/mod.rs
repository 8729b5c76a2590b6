//! Pins that come after what they are to protect: the state that is put back later was read on whichever thread ran, or
//! the goroutine of `main` is no longer on the main thread for sure.

pub(crate) mod history;

use snag_program::Program;
use snag_program::analysis::{EarlySave, EntryKind, LatePin};

use crate::change::beginning;
use crate::subject::subject;
use crate::{Confidence, Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "pin-after-change",
    severity: Severity::Warning,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    for early in &program.analysis.early_saves {
        report(early, findings);
    }
    for late in &program.analysis.late_pins {
        report_late(program, late, findings);
    }
}

fn report(early: &EarlySave, findings: &mut Findings) {
    let subject = subject(early.states);
    let message = format!(
        "the {subject} is read before the pin: the goroutine may be on another thread when it is pinned, and give it what \
         this one has"
    );
    let finding = findings.add(&RULE, Confidence::Likely, early.save.place, early.save.function, message);
    finding.because(early.pin.place.file, early.pin.place.span, "pins the goroutine, to the thread that it is on by now");
    finding.because(early.use_.place.file, early.use_.place.span, "gives that thread what was read before");
}

fn report_late(program: &Program, late: &LatePin, findings: &mut Findings) {
    let message = "the pin comes after main began: the goroutine may be on any thread by now, and stays there, while a call in the \
                   pin is for the main thread only"
        .to_owned();
    let at = late.pin;
    let finding = findings.add(&RULE, late_confidence(program, late), at.place, at.function, message);
    finding.because(late.call.place.file, late.call.place.span, "only the main thread may make this call");
    let start = program.function(late.entry.function);
    finding.because(start.file, start.name_span, beginning(late.entry.kind));
    let advice = "the runtime keeps main on the main thread only where an init function calls runtime.LockOSThread";
    finding.because(at.place.file, at.place.span, advice);
}

/// Elsewhere than on Apple's systems any one thread will mostly do; and `main` itself is mostly where it began.
fn late_confidence(program: &Program, late: &LatePin) -> Confidence {
    let strict = matches!(&*program.workspace.goos, "darwin" | "ios");
    let first = late.entry.kind == EntryKind::Main && program.root(late.pin.function) == late.entry.function;
    if strict && !first { Confidence::Likely } else { Confidence::Possible }
}

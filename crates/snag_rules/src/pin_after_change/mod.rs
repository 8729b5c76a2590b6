//! Pins that come after what they are to protect: the state that is put back later was read on whichever thread ran.

pub(crate) mod history;

use snag_program::Program;
use snag_program::analysis::EarlySave;

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

//! Credentials changed for one goroutine by calls that change them for all threads.

pub(crate) mod history;

use snag_program::Program;
use snag_program::analysis::{BorrowedCredentials, EntryKind};

use crate::change::beginning;
use crate::subject::subject;
use crate::{Confidence, Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "all-threads-credentials",
    severity: Severity::Error,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    for borrowed in &program.analysis.borrowed_credentials {
        report(program, borrowed, findings);
    }
}

fn report(program: &Program, borrowed: &BorrowedCredentials, findings: &mut Findings) {
    let at = borrowed.change;
    let text = message(subject(borrowed.states));
    let finding = findings.add(&RULE, confidence(program, borrowed), at.place, at.function, text);
    if let Some(pin) = borrowed.pin {
        finding.because(pin.place.file, pin.place.span, "a pin does not keep it on this thread");
    }
    finding.because(borrowed.back.place.file, borrowed.back.place.span, "puts it back, on all threads");
    if let Some(entry) = borrowed.entry {
        let start = program.function(entry.function);
        let text = match entry.kind {
            EntryKind::Go => "a goroutine that gets there starts here, and others run meanwhile",
            kind => beginning(kind),
        };
        finding.because(start.file, start.name_span, text);
    }
}

/// What the source and a run show alike.
fn message(subject: &str) -> String {
    format!(
        "the call changes the {subject} of all threads, not of this goroutine alone: until that is undone, every other \
         goroutine acts so too"
    )
}

fn confidence(program: &Program, borrowed: &BorrowedCredentials) -> Confidence {
    let in_test = program.file(borrowed.change.place.file).is_test;
    let kind = borrowed.entry.map(|entry| entry.kind);
    match kind {
        // A test that does not pin may well be alone in its process; one that does believes in the pin.
        _ if in_test && borrowed.pin.is_none() => Confidence::Possible,
        _ if in_test => Confidence::Likely,
        Some(EntryKind::Go | EntryKind::Received) => Confidence::Likely,
        // Nobody else may be there while main does it.
        Some(EntryKind::Main | EntryKind::Init | EntryKind::Test | EntryKind::Command) => Confidence::Possible,
        _ if borrowed.pin.is_some() => Confidence::Likely,
        _ => Confidence::Possible,
    }
}

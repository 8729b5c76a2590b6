//! What `main` gives up for good on one thread, while the other threads of the program keep it.

pub(crate) mod history;

use snag_program::Program;
use snag_program::analysis::UnpinnedChange;
use snag_threads::state::sets::CONFINING;

use crate::change::{beginning, confidence, explain};
use crate::subject::subject;
use crate::{Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "partial-sandbox",
    severity: Severity::Error,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    let dirty = &program.analysis.dirty_unpins;
    for change in &program.analysis.confinements {
        // Where the pin ends, that is the story.
        if !dirty.iter().any(|dirty| change.path.last() == Some(&dirty.change)) {
            report(program, change, findings);
        }
    }
}

fn report(program: &Program, change: &UnpinnedChange, findings: &mut Findings) {
    let Some(&at) = change.path.last() else { return };
    let here = change.place().filter(|_| !change.pinned).unwrap_or(at);
    let subject = subject(change.states.intersection(CONFINING));
    let finding = findings.add(&RULE, confidence(program, change), here.place, here.function, message(subject));
    if change.pinned {
        for step in change.path.iter().rev() {
            finding.because(step.place.file, step.place.span, if *step == at { "changes the pinned thread" } else { "called here" });
        }
        let start = program.function(change.entry.function);
        let text = if change.entry.pinned { "main, pinned since init" } else { beginning(change.entry.kind) };
        finding.because(start.file, start.name_span, text);
    } else {
        explain(program, change, change.states, subject, finding);
    }
    let next = "a pin does not help here: use what changes all threads, or replace the process next";
    finding.because(here.place.file, here.place.span, next);
}

/// What the source and a run show alike.
fn message(subject: &str) -> String {
    format!(
        "the call changes the {subject} of one thread only, for good: the other threads of the program stay as they were, \
         and goroutines run there"
    )
}

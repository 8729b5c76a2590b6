//! Goroutines that end pinned to a changed thread, where that may be the main thread: that one cannot end.

pub(crate) mod history;
pub(crate) mod live;
pub(crate) mod queue;

use rustc_hash::FxHashSet;
use snag_program::Program;
use snag_program::analysis::{ChangedExit, MainThread};

use crate::subject::subject;
use crate::{Confidence, Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "main-thread-wedge",
    severity: Severity::Info,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    let mut reported = FxHashSet::default();
    for exit in &program.analysis.changed_exits {
        // Who asks which thread it is on can keep off the main one; where `main` has it, nobody else gets it.
        if exit.main_thread != MainThread::Reserved && !exit.asks && reported.insert(exit.pin) {
            report(program, exit, findings);
        }
    }
}

fn report(program: &Program, exit: &ChangedExit, findings: &mut Findings) {
    let subject = subject(exit.states);
    let message = format!(
        "the goroutine ends pinned with the {subject} changed: if it runs on the main thread, that one sleeps for ever, \
         and /proc/self tells of it"
    );
    let finding =
        findings.add(&RULE, confidence(program, exit), exit.pin.place, exit.pin.function, message);
    finding.because(exit.change.place.file, exit.change.place.span, format!("changes the {subject} of the thread"));
    if let Some(start) = exit.starts.first() {
        let place = start.at.place;
        finding.because(place.file, place.span, "starts the goroutine, which any thread may run");
    }
    let advice = "keep the main thread for main: call runtime.LockOSThread in an init function of the program";
    finding.because(exit.pin.place.file, exit.pin.place.span, advice);
}

fn confidence(program: &Program, exit: &ChangedExit) -> Confidence {
    let in_test = program.file(exit.pin.place.file).is_test;
    match exit.main_thread {
        MainThread::Shared if exit.certain && !in_test => Confidence::Likely,
        _ => Confidence::Possible,
    }
}

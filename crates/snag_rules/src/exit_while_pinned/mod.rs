//! Goroutines and functions that end pinned although their thread is clean.

pub(crate) mod history;
pub(crate) mod live;

use rustc_hash::FxHashSet;
use snag_program::Program;
use snag_program::analysis::{Forgotten, PinLeak, PinnedExit};

use crate::{Confidence, Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "exit-while-pinned",
    severity: Severity::Warning,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    let mut forgotten = FxHashSet::default();
    for exit in &program.analysis.pinned_exits {
        match exit.forgotten {
            Some(how) if forgotten.insert(exit.pin) => report_forgotten(exit, how, findings),
            Some(_) => {}
            None => report_exit(program, exit, findings),
        }
    }
    for leak in &program.analysis.pin_leaks {
        report_leak(leak, findings);
    }
}

fn report_exit(program: &Program, exit: &PinnedExit, findings: &mut Findings) {
    let start = exit.starts.iter().find(|start| start.many).or(exit.starts.first());
    let many = start.is_some_and(|start| start.many);
    // One thread in the life of a process is no cost, and C code may have left something on the thread on purpose.
    let confidence = if many && exit.certain { Confidence::Certain } else { Confidence::Possible };
    let message = "the goroutine ends pinned, and a clean thread ends with it: every such goroutine costs the \
                   making of a thread";
    let finding = findings.add(&RULE, confidence, exit.pin.place, exit.pin.function, message);
    if let Some(start) = start {
        let place = start.at.place;
        finding.because(place.file, place.span, match many {
            true => "starts any number of them",
            false => "starts one",
        });
    }
    let needless = program.analysis.needless_pins.iter().any(|needless| needless.pin == exit.pin);
    let advice = match needless {
        true => "nothing in the pin depends on the thread: it can go",
        false => "nothing in the pin changes the thread: unpin it at the end, and it is used again",
    };
    finding.because(exit.pin.place.file, exit.pin.place.span, advice);
}

/// A method that leaves the goroutine of its caller pinned.
fn report_forgotten(exit: &PinnedExit, how: Forgotten, findings: &mut Findings) {
    let message = "returns pinned: nobody unpins the goroutine of the caller, and its thread ends with it";
    let place = exit.pin.place;
    let finding = findings.add(&RULE, Confidence::Likely, place, exit.pin.function, message);
    match how {
        Forgotten::UnlikeOthers(unpin) => {
            finding.because(unpin.place.file, unpin.place.span, "another method of the type unpins");
        }
        Forgotten::EachTime(methods) => {
            let text = format!("one of {methods} methods of the type that pin and never unpin");
            finding.because(place.file, place.span, text);
        }
    }
    if let Some(start) = exit.starts.first() {
        finding.because(start.at.place.file, start.at.place.span, "a goroutine that gets there starts here");
    }
}

fn report_leak(leak: &PinLeak, findings: &mut Findings) {
    let confidence = if leak.ends_goroutine { Confidence::Possible } else { Confidence::Likely };
    let message = "returns without the unpinning of the other paths: the goroutine of the caller stays pinned, and \
                   its thread ends with it";
    let finding = findings.add(&RULE, confidence, leak.exit.place, leak.exit.function, message);
    finding.because(leak.pin.place.file, leak.pin.place.span, "pins the goroutine");
    finding.because(leak.unpin.place.file, leak.unpin.place.span, "unpins it, but not on every path");
}

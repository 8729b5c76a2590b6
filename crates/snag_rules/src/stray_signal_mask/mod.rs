//! A signal mask changed on whichever thread happens to run the goroutine.

pub(crate) mod history;
pub(crate) mod live;

use snag_program::Program;
use snag_program::analysis::UnpinnedChange;
use snag_program::ir::Callee;
use snag_threads::{StateSet, state, version};

use crate::change::{confidence, explain, one_for_each_place};
use crate::subject::{call_at, subject};
use crate::{Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "stray-signal-mask",
    severity: Severity::Error,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

const MASK: StateSet = StateSet::of(&[state::SIGMASK]);

fn check(program: &Program, findings: &mut Findings) {
    let states = |change: &UnpinnedChange| change.states.intersection(MASK);
    for change in one_for_each_place(program, &states) {
        report(program, change, findings);
    }
}

fn report(program: &Program, change: &UnpinnedChange, findings: &mut Findings) {
    let Some(here) = change.place() else { return };
    let message = "signals are blocked or unblocked on whichever thread runs the goroutine: it may go on with another \
                   mask, and children started on that thread inherit this one";
    let finding = findings.add(&RULE, confidence(program, change), here.place, here.function, message);
    explain(program, change, MASK, subject(MASK), finding);
    let inherits = "the mask stays with this thread: a child that any goroutine starts on it later inherits it, and \
                    with SIGTERM blocked cannot be stopped gently";
    finding.because(here.place.file, here.place.span, inherits);
    if blocks_all(program, change) && version::async_preemption(version_of(program, change)) {
        let freeze = "with SIGURG blocked the runtime cannot preempt what runs on the thread: a collection of garbage \
                      waits for a loop without calls there, and the program with it";
        finding.because(here.place.file, here.place.span, freeze);
    }
}

fn version_of(program: &Program, change: &UnpinnedChange) -> snag_threads::GoVersion {
    program.file(program.function(change.entry.function).file).version
}

/// The C function fills the set that it blocks with all signals.
fn blocks_all(program: &Program, change: &UnpinnedChange) -> bool {
    let Some(&last) = change.path.last() else { return false };
    let Some(Callee::C(name)) = call_at(program, last).map(|call| call.callee) else { return false };
    program.native.fills_signal_set(program.function(last.function).package, name)
}

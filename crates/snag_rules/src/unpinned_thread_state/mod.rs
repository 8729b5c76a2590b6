//! Per-thread state changed by a goroutine that may move to another thread.

pub(crate) mod history;
pub(crate) mod live;

use rustc_hash::FxHashSet;
use snag_program::Program;
use snag_program::analysis::UnpinnedChange;
use snag_threads::{StateSet, state};

use crate::change::{confidence, explain, one_for_each_place, starts_in_test, wants_main_thread};
use crate::subject::subject;
use crate::{Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "unpinned-thread-state",
    severity: Severity::Error,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    let mut seen_in_tests = FxHashSet::default();
    // What a changed signal mask does is a story of its own: stray-signal-mask.
    let states = |change: &UnpinnedChange| change.states.difference(StateSet::of(&[state::SIGMASK]));
    for change in one_for_each_place(program, &states) {
        // A helper that many tests use is one mistake.
        let mistake = (change.path.last().copied(), subject(states(change)));
        if !starts_in_test(program, change) || seen_in_tests.insert(mistake) {
            report(program, change, states(change), findings);
        }
    }
}

fn report(program: &Program, change: &UnpinnedChange, states: StateSet, findings: &mut Findings) {
    let Some(here) = change.place() else { return };
    let subject = subject(states);
    let message = if wants_main_thread(change) {
        "only the main thread may make this call, and the goroutine is not pinned to it: it may be on any thread"
            .to_owned()
    } else if change.binds {
        format!(
            "the {subject} belongs to one thread, and the goroutine is not pinned to it: its next calls may run on \
             another thread"
        )
    } else {
        format!(
            "the {subject} of a thread is changed by a goroutine that is not pinned to it: other goroutines run on \
             the changed thread"
        )
    };
    let finding = findings.add(&RULE, confidence(program, change), here.place, here.function, message);
    explain(program, change, states, subject, finding);
    let next = if change.binds {
        "the goroutine may continue on another thread from here"
    } else {
        "the goroutine may continue on another thread from here, and this thread stays changed"
    };
    finding.because(here.place.file, here.place.span, next);
}

//! Two calls of C that need one thread, made by a goroutine that may move between them.

use snag_program::Program;
use snag_program::analysis::{Demand, EntryKind, Step, ThreadPair};
use snag_program::contracts::Kind;
use snag_program::ir::Place;
use snag_program::native::Slot;
use snag_threads::state;

use crate::change::beginning;
use crate::{Confidence, Finding, Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "unpinned-c-state",
    severity: Severity::Error,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    for pair in &program.analysis.pairs {
        report(program, pair, findings);
    }
    for demand in &program.analysis.demands {
        report_demand(program, demand, findings);
    }
}

fn report(program: &Program, pair: &ThreadPair, findings: &mut Findings) {
    let (Some(&first), Some(&second)) = (pair.first.first(), pair.second.first()) else { return };
    let what = called(pair.slot);
    let message = if pair.elsewhere {
        format!(
            "the goroutine that starts here depends on {what}, which another call left on the thread of this one: \
             it runs on a thread of its own"
        )
    } else {
        format!(
            "this call depends on {what}, which another call left on its thread: the goroutine may be on another \
             thread by now"
        )
    };
    let finding = findings.add(&RULE, confidence(pair), second.place, pair.function(), message);
    let leaves = format!("leaves {what} on the thread that happens to run the goroutine");
    finding.because(first.place.file, first.place.span, leaves);
    follow(finding, &pair.first, pair.first_in_c, pair.documented, "leaves it there");
    follow(finding, &pair.second, pair.second_in_c, pair.documented, "depends on what is there");
    let start = program.function(pair.entry.function);
    finding.because(start.file, start.name_span, beginning(pair.entry.kind));
    let advice = match pair.elsewhere {
        true => "make both calls in one goroutine, pinned from before the first to after the last",
        false => advice(pair.slot),
    };
    finding.because(second.place.file, second.place.span, advice);
}

/// Where it really happens, when that is deeper than the call that is reported.
fn follow(finding: &mut Finding, path: &[Step], in_c: Option<Place>, documented: bool, what: &str) {
    if let (Some(last), true) = (path.last(), path.len() > 1) {
        finding.because(last.place.file, last.place.span, what);
    }
    if let Some(place) = in_c {
        let told = if documented { "as this says" } else { "by this, in C" };
        finding.because(place.file, place.span, told);
    }
}

fn called(slot: Slot) -> String {
    match slot {
        Slot::Variable(variable) => format!("the thread-local variable {}", variable.name),
        Slot::State(state::ERRNO, _) => "errno".to_owned(),
        Slot::State(_, library) if !library.is_empty() => format!("the last error of {library}"),
        Slot::State(state, _) => format!("the {}", state.info().name),
        Slot::Named(name) => name.to_string(),
        Slot::Documented(_) => "thread-local state".to_owned(),
    }
}

fn advice(slot: Slot) -> &'static str {
    match slot {
        Slot::State(state::ERRNO, _) => {
            "the form `r, err := C.f()` reads errno on the thread of the call; or call both from one C function"
        }
        _ => {
            "call runtime.LockOSThread before the first call and runtime.UnlockOSThread after the last one, or do \
             both in one C function"
        }
    }
}

fn confidence(pair: &ThreadPair) -> Confidence {
    let running = matches!(pair.entry.kind, EntryKind::Go | EntryKind::Main);
    match (pair.documented, running) {
        (false, true) => Confidence::Certain,
        (false, false) | (true, true) => Confidence::Likely,
        (true, false) => Confidence::Possible,
    }
}

fn report_demand(program: &Program, demand: &Demand, findings: &mut Findings) {
    let (Some(&here), Some(&last)) = (demand.path.get(demand.owner), demand.path.last()) else { return };
    let Some(contract) = program.contracts.of(demand.callee) else { return };
    let name = program.function(demand.callee).name;
    let asks = match contract.kind {
        Kind::MainThread => "for the main thread",
        _ => "its caller for a pin",
    };
    let message = format!("{name} asks {asks}, and this goroutine is not pinned: it may be on any thread");
    let running = matches!(demand.entry.kind, EntryKind::Go | EntryKind::Main);
    let confidence = match contract.from_words {
        false if running => Confidence::Certain,
        true if !running || contract.kind == Kind::MainThread => Confidence::Possible,
        _ => Confidence::Likely,
    };
    let finding = findings.add(&RULE, confidence, here.place, here.function, message);
    finding.because(contract.place.file, contract.place.span, "asks for it");
    if demand.path.len() > demand.owner + 1 {
        finding.because(last.place.file, last.place.span, "calls it");
    }
    for step in demand.path.iter().take(demand.owner).rev() {
        finding.because(step.place.file, step.place.span, "called here, without a pin");
    }
    let start = program.function(demand.entry.function);
    finding.because(start.file, start.name_span, beginning(demand.entry.kind));
}

//! A loop without a call where goroutines cannot be stopped at any instruction.

mod settings;

use snag_program::Program;
use snag_program::ir::{LoopKind, Place};
use snag_threads::version;

use crate::properties::Properties;
use crate::rounds::{Leaves, Round};
use crate::{Confidence, Findings, Rule, Severity};
use settings::switched_off;

pub(crate) static RULE: Rule = Rule {
    name: "unpreemptible-loop",
    severity: Severity::Error,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

/// Fewer rounds are over before anybody notices.
const MANY: i64 = 1_000_000;

/// How long a loop runs.
enum Length {
    Forever,
    /// Until another goroutine changes something, which may never get to run.
    Waits,
    Rounds(i64),
    Unknown,
}

fn check(program: &Program, findings: &mut Findings) {
    let whole = whole_program(program);
    let packages = switched_off(program);
    if whole.is_none() && packages.is_empty() {
        return;
    }
    let properties = Properties::new(program);
    let leaves = Leaves::default();
    for (id, function) in program.functions() {
        let reason = whole.clone().or_else(|| packages.get(&function.package).cloned());
        let Some(reason) = reason.filter(|_| program.is_first_party(id)) else { continue };
        let mut found: Vec<Round<'_, '_>> = Vec::new();
        for round in Round::all(program, &properties, id) {
            let inside = |outer: &Round<'_, '_>| crate::counts::within(round.body, Some(round.id), outer.id);
            if round.is_call_free(&leaves) && !found.iter().any(inside) {
                found.push(round);
            }
        }
        for round in found {
            report(&round, &reason, findings);
        }
    }
}

/// Why no goroutine of the program can be stopped between two calls.
fn whole_program(program: &Program) -> Option<String> {
    let goos = program.workspace.goos.as_str();
    if !version::preempts_by_signal(goos) {
        return Some(format!("on {goos} goroutines are not preempted by signals"));
    }
    let release = program.workspace.release.filter(|&release| !version::async_preemption(release))?;
    Some(format!("Go {release} stops goroutines at calls only (asynchronous preemption came with 1.14)"))
}

fn length(round: &Round<'_, '_>) -> Length {
    if !round.has_exit() {
        return Length::Forever;
    }
    if let Some(rounds) = round.rounds() {
        return Length::Rounds(rounds);
    }
    match round.idle() {
        Some(idle) if idle.loads.is_some() => Length::Waits,
        Some(idle) if !idle.other_exit && idle.reads.is_some_and(|id| !round.assigns(round.body.value(id))) => {
            Length::Waits
        }
        _ => Length::Unknown,
    }
}

fn report(round: &Round<'_, '_>, reason: &str, findings: &mut Findings) {
    let each = &round.body.loops[round.id.index()];
    let counts = !matches!(each.kind, LoopKind::Elements) && each.over.is_none();
    let (severity, confidence, how_long) = match length(round) {
        Length::Forever => (Severity::Error, Confidence::Certain, "for ever".to_owned()),
        Length::Waits => {
            let text = "until another goroutine changes what it reads, which may never get to run";
            (Severity::Error, Confidence::Likely, text.to_owned())
        }
        Length::Rounds(rounds) if rounds >= MANY => {
            (Severity::Warning, Confidence::Likely, format!("for all of its {rounds} rounds"))
        }
        Length::Rounds(_) => return,
        // Over elements, or up to a variable: as a rule a matter of microseconds.
        Length::Unknown if counts => {
            (Severity::Warning, Confidence::Possible, "for an unknown number of rounds".to_owned())
        }
        Length::Unknown => (Severity::Warning, Confidence::Possible, "for as many rounds as its limit says".to_owned()),
    };
    let function = round.program.function(round.function);
    let place = Place { file: function.file, span: each.span };
    let message = format!("nothing can interrupt this loop: it holds its processor, and every garbage collection, {how_long}");
    let finding = findings.add(&RULE, confidence, place, round.function, message);
    finding.severity = severity;
    finding.because(place.file, place.span, "no call in it is a point where a goroutine can be stopped");
    finding.because(place.file, place.span, reason.to_owned());
    let advice = match length(round) {
        Length::Waits => "wait on a channel or a sync.Cond instead",
        _ => "call runtime.Gosched every some thousand rounds, or do the work in pieces",
    };
    finding.because(place.file, place.span, advice);
}

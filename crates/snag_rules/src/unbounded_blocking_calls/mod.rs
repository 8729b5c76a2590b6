//! Goroutines without bound, each of which holds a thread in a call that waits.

pub(crate) mod history;
pub(crate) mod live;

use snag_program::Program;
use snag_program::analysis::{Cause, Count, Flood, Holds};
use snag_threads::Awaits;

use crate::many::{because, how_many};
use crate::{Confidence, Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "unbounded-blocking-calls",
    severity: Severity::Warning,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    for flood in &program.analysis.floods {
        report(program, flood, findings);
    }
}

fn report(program: &Program, flood: &Flood, findings: &mut Findings) {
    let Some(last) = flood.path.last().copied() else { return };
    let many = how_many(flood.times);
    let until = match flood.holds {
        Holds::Until(what, _) => format!("until {what}"),
        Holds::C(name, _) => format!("in the C function `{name}`"),
    };
    let limit = if matches!(flood.times.count, Count::Number(_)) { "at once" } else { "and nothing limits them" };
    let message = format!("{many}, {limit}, each of which holds a thread {until}");
    // A handler has no statement that starts it: what it does is what can be bounded.
    let at = if flood.by_library { flood.path[0] } else { flood.start };
    let finding = findings.add(&RULE, confidence(program, flood), at.place, at.function, message);
    because(program, finding, flood.times);
    let inner = flood.path.len() - 1;
    for (index, step) in flood.path[..inner].iter().enumerate() {
        let text = if index == 0 { "the goroutine calls" } else { "which calls" };
        finding.because(step.place.file, step.place.span, text);
    }
    finding.because(last.place.file, last.place.span, format!("holds its thread {until}"));
    if let Holds::C(_, Some(inside)) = flood.holds {
        finding.because(inside.file, inside.span, "waits");
    }
    let advice = "threads are never given back: bound the calls, by a semaphore that is taken before or errgroup.SetLimit";
    finding.because(at.place.file, at.place.span, advice);
}

fn confidence(program: &Program, flood: &Flood) -> Confidence {
    let in_test = program.file(flood.start.place.file).is_test;
    let child = matches!(flood.holds, Holds::Until(_, Awaits::Child));
    let by_clients = matches!(flood.times.because, Some((_, Cause::Requests)));
    let statfs = matches!(flood.holds, Holds::Until(_, Awaits::FileSystem));
    // Far from the loop, what happens in between decides.
    let far = flood.path.len() as u32 + flood.times.calls > if child || statfs { 2 } else { 3 };
    match flood.times.count {
        _ if in_test || far => Confidence::Possible,
        // Each also starts a process: threads are the smaller trouble there.
        _ if child && (by_clients || flood.times.calls > 0) => Confidence::Possible,
        Count::Unbounded | Count::Number(_) | Count::Input => Confidence::Likely,
        Count::Chosen | Count::One => Confidence::Possible,
    }
}

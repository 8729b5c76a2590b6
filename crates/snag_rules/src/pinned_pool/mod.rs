//! Many goroutines that are pinned at once: one OS thread each.

pub(crate) mod history;
pub(crate) mod live;

use snag_program::Program;
use snag_program::analysis::{Cause, Count, PinnedPool};

use crate::many::{because, how_many};
use crate::{Confidence, Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "pinned-pool",
    severity: Severity::Warning,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    for pool in &program.analysis.pinned_pools {
        report(program, pool, findings);
    }
}

fn report(program: &Program, pool: &PinnedPool, findings: &mut Findings) {
    let many = how_many(pool.times);
    let message = format!("{many}, each pinned to an OS thread of its own while it waits");
    let finding =
        findings.add(&RULE, confidence(program, pool), pool.pin.place, pool.pin.function, message);
    finding.because(pool.start.place.file, pool.start.place.span, "started here");
    because(program, finding, pool.times);
    finding.because(pool.waits.place.file, pool.waits.place.span, "waits, and nobody else can use its thread");
    let after = if pool.unpins {
        "when the pin ends the thread stays, idle, until the program ends: use a few pinned workers that share a channel"
    } else {
        "each goroutine that ends pinned ends its thread as well: use a few pinned workers that share a channel"
    };
    finding.because(pool.pin.place.file, pool.pin.place.span, after);
}

fn confidence(program: &Program, pool: &PinnedPool) -> Confidence {
    if program.file(pool.start.place.file).is_test {
        return Confidence::Possible;
    }
    let by_clients = matches!(pool.times.because, Some((_, Cause::Requests)));
    match pool.times.count {
        // A thread that is changed must be pinned, however many there are.
        _ if pool.changes || pool.times.calls > 1 => Confidence::Possible,
        _ if by_clients && !pool.served => Confidence::Possible,
        Count::Unbounded | Count::Number(_) | Count::Input => Confidence::Likely,
        Count::Chosen | Count::One => Confidence::Possible,
    }
}

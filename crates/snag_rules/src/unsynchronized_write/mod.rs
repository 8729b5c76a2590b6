//! Goroutines that write what others use at the same time, without a lock.

use snag_program::Program;
use snag_program::analysis::{Certainty, Count, Race};

use crate::many::{because, how_many};
use crate::{Confidence, Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "unsynchronized-write",
    severity: Severity::Error,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    for race in &program.analysis.races {
        report(program, race, findings);
    }
}

fn report(program: &Program, race: &Race, findings: &mut Findings) {
    let name = &race.name;
    let what = if race.map { format!("the map `{name}`") } else { format!("`{name}`") };
    let message = match (race.write.read_locked, race.other) {
        (Some(_), _) => format!("{what} is written under a read lock, which other goroutines hold as well"),
        (None, Some(other)) if other.write => format!("two goroutines write {what} at the same time without a lock"),
        (None, Some(_)) => format!("{what} is written while another goroutine reads it, without a lock"),
        (None, None) => format!("{}: all of them write {what} without a lock", how_many(race.times)),
    };
    let confidence = match race.certainty {
        Certainty::Certain => Confidence::Certain,
        Certainty::Likely => Confidence::Likely,
        Certainty::Possible => Confidence::Possible,
    };
    let write = race.write.at;
    let finding = findings.add(&RULE, confidence, write.place, write.function, message);
    finding.because(race.start.place.file, race.start.place.span, "the goroutine starts here");
    if race.times.count != Count::One {
        because(program, finding, race.times);
    }
    if let Some(lock) = race.write.read_locked {
        finding.because(lock.place.file, lock.place.span, "readers do not keep each other out");
    }
    if let Some(other) = race.other {
        let text = if other.write { "written here too" } else { "read here, with nothing waited for before" };
        finding.because(other.at.place.file, other.at.place.span, text);
    }
    let harm = if race.map {
        "the runtime ends a program that it catches at this: concurrent map writes"
    } else {
        "a right result proves nothing: go run -race reports it each time the code runs"
    };
    finding.because(write.place.file, write.place.span, harm);
    if let Some(single) = program.analysis.single_processor.first() {
        let text = "GOMAXPROCS(1) is no lock: goroutines are still preempted, between the read and the write as well";
        finding.because(single.place.file, single.place.span, text);
    }
}

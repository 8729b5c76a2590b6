//! Children with `Pdeathsig`, which are killed when the thread that started them ends, in programs that end threads.

pub(crate) mod history;
mod starts;

use snag_program::Program;
use snag_program::analysis::Step;
use snag_program::ir::FuncId;

use crate::imports::together;
use crate::{Confidence, Findings, Rule, Severity};
use starts::{Orphan, orphans};

pub(crate) static RULE: Rule = Rule {
    name: "pdeathsig-on-thread",
    severity: Severity::Error,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    let endings = endings(program);
    for orphan in orphans(program) {
        report(program, &orphan, &endings, findings);
    }
}

/// The pins that goroutines of the program end with: their threads end as well.
fn endings(program: &Program) -> Vec<Step> {
    let in_code = |pin: &Step| !program.file(pin.place.file).is_test;
    let clean = program.analysis.pinned_exits.iter().map(|exit| exit.pin);
    let changed = program.analysis.changed_exits.iter().map(|exit| exit.pin);
    let mut found: Vec<Step> = clean.chain(changed).filter(in_code).collect();
    found.sort();
    found.dedup();
    found
}

fn report(program: &Program, orphan: &Orphan, endings: &[Step], findings: &mut Findings) {
    let here = program.root(orphan.start.function);
    let own = endings.iter().find(|pin| program.root(pin.function) == here);
    if own.is_none() && orphan.pinned {
        return;
    }
    let package = |id: FuncId| program.function(id).package;
    let other = || endings.iter().find(|pin| together(program, package(pin.function), package(here)));
    let ending = own.or_else(other);
    let (confidence, message) = match (own, ending) {
        (Some(_), _) => {
            (Confidence::Likely, "the child is killed as soon as this goroutine ends: it is pinned, and its thread ends with it")
        }
        (None, Some(_)) => (
            Confidence::Likely,
            "the child may be killed at any time: it gets its signal when the thread that started it ends, and \
             goroutines of this program end threads",
        ),
        (None, None) => (
            Confidence::Possible,
            "the child gets its signal when the thread that started it ends, which need not be when the process does",
        ),
    };
    let place = orphan.start.place;
    let finding = findings.add(&RULE, confidence, place, orphan.start.function, message);
    let asked = "asks for a signal at the end of the parent, which is the thread that starts the child";
    finding.because(orphan.asked.file, orphan.asked.span, asked);
    if let Some(pin) = ending {
        let text = "a goroutine ends pinned here, and a thread ends with it: that may be the child's parent";
        finding.because(pin.place.file, pin.place.span, text);
    }
    let advice = "start the child, and wait for it, on one goroutine that stays pinned from the one to the other";
    finding.because(place.file, place.span, advice);
}

//! Work that leaves a pinned goroutine and does not find the thread it expects.

use snag_program::Program;
use snag_program::analysis::{Carrier, Escape};

use crate::subject::subject;
use crate::{Confidence, Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "pin-not-inherited",
    severity: Severity::Error,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    for escape in &program.analysis.escapes {
        report(program, escape, findings);
    }
}

fn report(program: &Program, escape: &Escape, findings: &mut Findings) {
    let subject = subject(escape.states);
    let who = match escape.by {
        Carrier::Go => "a new goroutine runs on another thread".to_owned(),
        Carrier::Callback => "the function runs on another goroutine".to_owned(),
        Carrier::Library(spawn) => format!("the library does this on another goroutine: {}", spawn.work),
    };
    let message = if escape.only_pinned {
        format!("{who}, without the pin: it never gets to the pinned thread that it is about")
    } else {
        format!("{who}, without the pin and the {subject} that the pinned thread was given")
    };
    let here = escape.place();
    let finding = findings.add(&RULE, confidence(program, escape), here.place, here.function, message);
    let changed = if escape.only_pinned {
        "pins this goroutine only".to_owned()
    } else {
        format!("changes the {subject} of the pinned thread only")
    };
    finding.because(escape.change.place.file, escape.change.place.span, changed);
    let place = escape.start.place;
    if escape.through.is_some() {
        finding.because(place.file, place.span, "leaves the pinned thread here");
    }
    if let Some(use_) = escape.use_ {
        let depends = format!("depends on the {subject} of the thread it runs on");
        finding.because(use_.place.file, use_.place.span, depends);
    }
    match escape.by {
        Carrier::Library(spawn) if !spawn.unless.is_empty() => {
            finding.because(place.file, place.span, format!("not so when {}", spawn.unless));
        }
        _ => {
            let advice = "a pin is never inherited: the new goroutine starts without";
            finding.because(here.place.file, here.place.span, advice);
        }
    }
}

fn confidence(program: &Program, escape: &Escape) -> Confidence {
    let package = |function| program.function(function).package;
    match escape.by {
        // A client that was made elsewhere may dial in a way of its own.
        Carrier::Library(..) if package(escape.start.function) != package(escape.change.function) => {
            Confidence::Possible
        }
        // Who pins and starts may well want two threads.
        Carrier::Go | Carrier::Callback if escape.only_pinned => {
            let place = escape.start.place;
            if program.file(place.file).is_test { Confidence::Possible } else { Confidence::Likely }
        }
        Carrier::Go if escape.through.is_some() => Confidence::Likely,
        Carrier::Go => Confidence::Certain,
        Carrier::Callback => Confidence::Likely,
        Carrier::Library(_) if escape.seldom => Confidence::Possible,
        // Which address a dial gets, only a run can tell; an HTTP client always dials elsewhere.
        Carrier::Library(spawn) if spawn.by_argument => {
            if program.file(escape.start.place.file).is_test { Confidence::Possible } else { Confidence::Likely }
        }
        Carrier::Library(..) => Confidence::Likely,
    }
}

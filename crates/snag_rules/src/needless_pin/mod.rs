//! Pins that nothing inside has any use for.

use snag_program::Program;
use snag_program::analysis::NeedlessPin;
use snag_syntax::TextEdit;

use crate::{Confidence, Findings, Fix, Rule, Safety, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "needless-pin",
    severity: Severity::Warning,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    for needless in &program.analysis.needless_pins {
        // That a thread is thrown away each time is worse: exit-while-pinned says so.
        let thrown_away = program.analysis.pinned_exits.iter().any(|exit| {
            exit.pin == needless.pin && exit.certain && exit.starts.iter().any(|start| start.many)
        });
        if !thrown_away {
            report(program, needless, findings);
        }
    }
}

fn report(program: &Program, needless: &NeedlessPin, findings: &mut Findings) {
    let place = needless.pin.place;
    // Tests pin to see what a pin does.
    let confidence =
        if program.file(place.file).is_test { Confidence::Possible } else { Confidence::Likely };
    let message = match needless.process {
        Some(_) => "a pin does not keep other goroutines away: they run on other threads and see the change as well",
        None => "nothing in the pin depends on the thread: it only makes every wake-up of the goroutine slower",
    };
    let finding = findings.add(&RULE, confidence, place, needless.pin.function, message);
    if let Some(process) = needless.process {
        let text = "changes something of the whole process: a mutex keeps others away, a pin does not";
        finding.because(process.place.file, process.place.span, text);
    }
    match needless.ends.first() {
        Some(end) => finding.because(end.place.file, end.place.span, "ends the pin"),
        None => finding.because(place.file, place.span, "lasts as long as the goroutine"),
    };
    finding.fix = removal(needless);
}

/// Takes the pin and all its ends away: nothing inside depends on them.
fn removal(needless: &NeedlessPin) -> Option<Fix> {
    let steps = needless.ends.iter().chain([&needless.pin]);
    let edits = steps.map(|step| {
        let edit = TextEdit { span: step.place.span, text: String::new() };
        (step.place.file, edit)
    });
    let title = "remove the pin".to_owned();
    needless.removable.then(|| Fix { safety: Safety::Safe, title, edits: edits.collect() })
}

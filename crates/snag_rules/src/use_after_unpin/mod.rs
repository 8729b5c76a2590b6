//! Calls behind the end of a pin that depend on what happened to the thread inside.

use std::collections::BTreeMap;

use snag_program::Program;
use snag_program::analysis::{LateUse, Step};
use snag_program::ir::Mode;

use crate::subject::{call_at, subject};
use crate::{Confidence, Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "use-after-unpin",
    severity: Severity::Error,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    // One pin that ends too early is one bug, however much comes after it.
    let mut bugs: BTreeMap<(Step, Step), Vec<&LateUse>> = BTreeMap::new();
    for late in &program.analysis.late_uses {
        bugs.entry((late.unpin, late.change)).or_default().push(late);
    }
    for uses in bugs.values() {
        report(program, uses, findings);
    }
}

fn report(program: &Program, uses: &[&LateUse], findings: &mut Findings) {
    let late = uses.iter().find(|late| !late.puts_back).or(uses.first());
    let Some(&late) = late else { return };
    let subject = subject(late.states);
    let message = if late.puts_back && late.binds {
        format!("the pin ends before this call, which must run on the thread that has the {subject}")
    } else if late.puts_back {
        format!(
            "the {subject} of the thread is put back after the end of the pin: perhaps on another thread, which \
             leaves the changed one to other goroutines"
        )
    } else {
        format!("the pin ends before this call, which depends on the {subject} of the thread: it may run on another")
    };
    let confidence = confidence(program, uses, late);
    let finding = findings.add(&RULE, confidence, late.use_.place, late.use_.function, message);
    let changed = match late.binds {
        true => format!("gives the {subject} to the pinned thread and to no other"),
        false => format!("changes the {subject} of the pinned thread and of no other"),
    };
    finding.because(late.change.place.file, late.change.place.span, changed);
    let deferred = call_at(program, late.unpin).is_some_and(|call| call.mode == Mode::Defer);
    let ends = match deferred && late.unpin.function == late.use_.function {
        true => "ends the pin first: deferred calls run in the opposite order of their statements",
        false => "ends the pin: from here on the goroutine may continue on another thread",
    };
    finding.because(late.unpin.place.file, late.unpin.place.span, ends);
    if let Some(inside) = late.inside {
        let depends = format!("depends on the {subject} of the thread it runs on");
        finding.because(inside.place.file, inside.place.span, depends);
    }
}

fn confidence(program: &Program, uses: &[&LateUse], late: &LateUse) -> Confidence {
    let put_back = uses.iter().any(|late| late.puts_back);
    let in_test = |step: Step| program.file(step.place.file).is_test;
    if in_test(late.unpin) && !in_test(late.use_) {
        // What a test leaves behind is the test's fault, not that of the program it tests.
        Confidence::Possible
    } else if late.binds && !late.puts_back {
        Confidence::Certain
    } else if late.used_inside && !put_back {
        // What was to be done in the changed thread may have been done inside.
        Confidence::Possible
    } else {
        Confidence::Likely
    }
}

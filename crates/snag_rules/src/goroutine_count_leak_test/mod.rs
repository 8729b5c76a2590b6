//! A test, or a program that looks for leaks, that compares the number of goroutines with an earlier one.

mod compare;
mod program;

use snag_program::Program;
use snag_program::ir::Place;
use snag_threads::version;

use crate::counts::{Counts, place_of};
use crate::properties::Properties;
use crate::{Confidence, Findings, Rule, Severity};
use compare::{Comparison, Look};

pub(crate) static RULE: Rule = Rule {
    name: "goroutine-count-leak-test",
    severity: Severity::Warning,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    let properties = Properties::new(program);
    let counts = Counts::new(program, &properties);
    for &id in counts.functions.iter().filter(|&&id| program.is_first_party(id)) {
        let function = program.function(id);
        let Some(body) = &function.body else { continue };
        let look = Look { program, properties: &properties, counts: &counts, id, body };
        for comparison in look.comparisons() {
            report(program, &look, &comparison, findings);
        }
    }
}

fn report(program: &Program, look: &Look<'_, '_>, comparison: &Comparison, findings: &mut Findings) {
    let (confidence, message) = match (comparison.polls, comparison.exact) {
        (false, _) if !look.in_test() => (
            Confidence::Likely,
            "two counts of goroutines are compared once to find leaks: one that ends a moment later looks like a leak, \
             and one that ended meanwhile hides one",
        ),
        (false, _) => (
            Confidence::Likely,
            "the test compares two counts of goroutines once: one that ends a moment later, or belongs to another \
             test, decides whether it passes",
        ),
        (true, true) => (
            Confidence::Likely,
            "the test waits until there are exactly as many goroutines as before: when one of those has ended \
             meanwhile, that never happens",
        ),
        (true, false) => (
            Confidence::Possible,
            "the test counts the goroutines of the whole process: one that ended meanwhile hides one that leaked",
        ),
    };
    let file = program.function(look.id).file;
    let finding = findings.add(&RULE, confidence, Place { file, span: comparison.span }, look.id, message);
    let (first, second) = comparison.counts;
    let sources = if first <= second { [first, second] } else { [second, first] };
    for (source, what) in sources.into_iter().zip(["one count", "the other"]) {
        let (file, span) = place_of(program, source);
        finding.because(file, span, format!("{what}: all goroutines of the process but those of the runtime"));
    }
    let advice = if program.workspace.release.is_none_or(version::synctest) {
        "goleak names the goroutine that is left and waits for it; in a bubble of testing/synctest a goroutine that is \
         left fails the test"
    } else {
        "go.uber.org/goleak names the goroutine that is left, and waits for it with a deadline"
    };
    finding.because(file, comparison.span, advice);
}

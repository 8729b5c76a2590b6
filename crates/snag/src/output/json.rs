//! The findings of `snag check`, for programs.

use std::rc::Rc;

use serde::Serialize;
use snag_rules::complete_edits;
use snag_syntax::TextEdit;

use super::document::{
    Document, Edit, Finding, Fix, Place, Point, Problem, ProblemPlace, Why, confidence, severity,
};
use crate::check::Outcome;
use crate::report::{Repair, Report, Spot, distinct};

#[derive(Serialize)]
struct Summary {
    packages: usize,
    files: usize,
    findings: usize,
    fixed: usize,
    missing_imports: usize,
    bundled_standard_library: bool,
    seconds: f64,
}

/// The whole document, a line at its end.
pub(super) fn render(outcome: &Outcome) -> String {
    let summary = Summary {
        packages: outcome.packages.len(),
        files: outcome.files,
        findings: outcome.reports.len(),
        fixed: outcome.fixed,
        missing_imports: outcome.missing.len(),
        bundled_standard_library: outcome.bundled,
        seconds: (outcome.seconds * 1000.0).round() / 1000.0,
    };
    let findings = outcome.reports.iter().map(finding).collect();
    Document::new(summary, findings, problems(outcome).collect()).render()
}

/// What could not be understood, for a document.
pub(crate) fn problems(outcome: &Outcome) -> impl Iterator<Item = Problem<'_>> {
    outcome.problems.iter().map(|problem| Problem {
        place: Some(ProblemPlace {
            path: &problem.path,
            line: problem.position.map(|position| position.0),
            column: problem.position.map(|position| position.1),
        }),
        message: &problem.message,
    })
}

/// A finding, for a document.
pub(crate) fn finding(report: &Report) -> Finding<'_> {
    let why = report.why.iter();
    Finding {
        rule: report.rule,
        severity: severity(report.severity),
        confidence: confidence(report.confidence),
        message: &report.message,
        place: Some(place(&report.spot)),
        function: report.function.as_deref(),
        why: why.map(|(spot, message)| Why { place: Some(place(spot)), message }).collect(),
        fix: report.fix.as_ref().and_then(fix),
        fingerprint: Some(&report.fingerprint),
        seen: None,
        proof: None,
    }
}

/// With the edits that imports need: who applies them all is done. Nothing where they contradict each other.
fn fix(repair: &Repair) -> Option<Fix<'_>> {
    let mut edits = Vec::new();
    for source in distinct(repair.edits.iter().map(|(spot, _)| spot)) {
        let here = repair.edits.iter().filter(|(spot, _)| Rc::ptr_eq(&spot.source, source));
        let own: Vec<TextEdit> =
            here.map(|(spot, text)| TextEdit { span: spot.span, text: text.clone() }).collect();
        for edit in complete_edits(source.text.as_bytes(), &own)? {
            let point = |offset| {
                let position = source.position(offset);
                Point { line: position.line, column: position.column }
            };
            let (start, end) = (point(edit.span.start), point(edit.span.end));
            edits.push(Edit { path: &source.display, start, end, text: edit.text });
        }
    }
    Some(Fix { safety: if repair.safe { "safe" } else { "unsafe" }, title: &repair.title, edits })
}

fn place(spot: &Spot) -> Place<'_> {
    let (start, end) = (spot.start(), spot.end());
    Place {
        path: &spot.source.display,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

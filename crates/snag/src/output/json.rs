//! The public contract for programs: fields may be added, none removed.

use std::rc::Rc;

use serde::Serialize;
use snag_rules::{Confidence, complete_edits};
use snag_syntax::TextEdit;

use super::severity;
use crate::check::Outcome;
use crate::report::{Repair, Report, Spot, distinct};

#[derive(Serialize)]
struct Document<'o> {
    schema: u32,
    tool: Tool,
    summary: Summary,
    findings: Vec<Finding<'o>>,
    problems: Vec<Problem<'o>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

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

#[derive(Serialize)]
struct Finding<'o> {
    rule: &'static str,
    severity: &'static str,
    confidence: &'static str,
    message: &'o str,
    #[serde(flatten)]
    place: Place<'o>,
    function: Option<&'o str>,
    why: Vec<Why<'o>>,
    fix: Option<Fix<'o>>,
    fingerprint: &'o str,
}

#[derive(Serialize)]
struct Place<'o> {
    path: &'o str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Why<'o> {
    #[serde(flatten)]
    place: Place<'o>,
    message: &'o str,
}

#[derive(Serialize)]
struct Fix<'o> {
    safety: &'static str,
    title: &'o str,
    edits: Vec<Edit<'o>>,
}

#[derive(Serialize)]
struct Edit<'o> {
    path: &'o str,
    start: Point,
    end: Point,
    text: String,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Problem<'o> {
    path: &'o str,
    line: Option<u32>,
    column: Option<u32>,
    message: &'o str,
}

/// The whole document, a line at its end.
pub(super) fn render(outcome: &Outcome) -> String {
    let problems = outcome.problems.iter().map(|problem| Problem {
        path: &problem.path,
        line: problem.position.map(|position| position.0),
        column: problem.position.map(|position| position.1),
        message: &problem.message,
    });
    let document = Document {
        schema: 1,
        tool: Tool { name: "snag", version: env!("CARGO_PKG_VERSION") },
        summary: Summary {
            packages: outcome.packages.len(),
            files: outcome.files,
            findings: outcome.reports.len(),
            fixed: outcome.fixed,
            missing_imports: outcome.missing.len(),
            bundled_standard_library: outcome.bundled,
            seconds: (outcome.seconds * 1000.0).round() / 1000.0,
        },
        findings: outcome.reports.iter().map(finding).collect(),
        problems: problems.collect(),
    };
    // Strings and numbers always have a JSON form.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn finding(report: &Report) -> Finding<'_> {
    let why = report.why.iter();
    Finding {
        rule: report.rule,
        severity: severity(report.severity),
        confidence: match report.confidence {
            Confidence::Possible => "possible",
            Confidence::Likely => "likely",
            Confidence::Certain => "certain",
        },
        message: &report.message,
        place: place(&report.spot),
        function: report.function.as_deref(),
        why: why.map(|(spot, message)| Why { place: place(spot), message }).collect(),
        fix: report.fix.as_ref().and_then(fix),
        fingerprint: &report.fingerprint,
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

//! The public contract for programs, as `snag check`, `run`, `replay` and `prove` have it: fields may be added, none removed.

use serde::Serialize;
use snag_rules::{Confidence, Severity};

/// A document: a summary, findings, and what could not be understood or seen.
#[derive(Serialize)]
pub(crate) struct Document<'d, S> {
    schema: u32,
    tool: Tool,
    summary: S,
    findings: Vec<Finding<'d>>,
    problems: Vec<Problem<'d>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

impl<'d, S: Serialize> Document<'d, S> {
    pub(crate) fn new(summary: S, findings: Vec<Finding<'d>>, problems: Vec<Problem<'d>>) -> Document<'d, S> {
        let tool = Tool { name: "snag", version: env!("CARGO_PKG_VERSION") };
        Document { schema: 1, tool, summary, findings, problems }
    }

    /// Its text, a line at its end.
    pub(crate) fn render(&self) -> String {
        // Strings and numbers always have a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

#[derive(Serialize)]
pub(crate) struct Finding<'d> {
    pub rule: &'static str,
    pub severity: &'static str,
    pub confidence: &'static str,
    pub message: &'d str,
    #[serde(flatten)]
    pub place: Option<Place<'d>>,
    pub function: Option<&'d str>,
    pub why: Vec<Why<'d>>,
    pub fix: Option<Fix<'d>>,
    /// Of findings in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<&'d str>,
    /// Of findings of a run, or beside one.
    #[serde(flatten)]
    pub seen: Option<Seen<'d>>,
    #[serde(flatten)]
    pub proof: Option<Proof>,
}

#[derive(Serialize)]
pub(crate) struct Place<'d> {
    pub path: &'d str,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

#[derive(Serialize)]
pub(crate) struct Why<'d> {
    #[serde(flatten)]
    pub place: Option<Place<'d>>,
    pub message: &'d str,
}

#[derive(Serialize)]
pub(crate) struct Fix<'d> {
    pub safety: &'static str,
    pub title: &'d str,
    pub edits: Vec<Edit<'d>>,
}

#[derive(Serialize)]
pub(crate) struct Edit<'d> {
    pub path: &'d str,
    pub start: Point,
    pub end: Point,
    pub text: String,
}

#[derive(Serialize)]
pub(crate) struct Point {
    pub line: u32,
    pub column: u32,
}

/// How often something was seen, and the first time.
#[derive(Serialize)]
pub(crate) struct Seen<'d> {
    pub times: usize,
    pub witness: Option<Sight<'d>>,
}

#[derive(Default, Serialize)]
pub(crate) struct Sight<'d> {
    pub pid: i32,
    pub executable: &'d str,
    pub tid: i32,
    pub goroutine: Option<u64>,
    pub at_ns: u64,
    pub call: Option<&'d str>,
    pub stack: Vec<Step<'d>>,
}

#[derive(Serialize)]
pub(crate) struct Step<'d> {
    pub function: &'d str,
    pub file: &'d str,
    pub line: u32,
}

/// What a run says of a finding.
#[derive(Serialize)]
pub(crate) struct Proof {
    pub proof: &'static str,
    pub in_source: bool,
    pub reached: Option<bool>,
    pub calls: usize,
    pub pinned_calls: usize,
}

#[derive(Serialize)]
pub(crate) struct Problem<'d> {
    #[serde(flatten)]
    pub place: Option<ProblemPlace<'d>>,
    pub message: &'d str,
}

#[derive(Serialize)]
pub(crate) struct ProblemPlace<'d> {
    pub path: &'d str,
    pub line: Option<u32>,
    pub column: Option<u32>,
}

impl<'d> Problem<'d> {
    /// One that is about no file.
    pub(crate) fn new(message: &'d str) -> Problem<'d> {
        Problem { place: None, message }
    }
}

pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

pub(crate) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Possible => "possible",
        Confidence::Likely => "likely",
        Confidence::Certain => "certain",
    }
}

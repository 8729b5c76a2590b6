//! Findings of a run, for people and for programs.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;
use snag_rules::history::HistoryFinding;
use snag_threads::history::History;
use snag_threads::snapshot::Frame;

use super::Seen as Run;
use crate::output::count;
use crate::output::document::{
    Document, Finding, Place, Problem, Seen, Sight, Step, Why, confidence, severity,
};

/// Frames of a stack that people read.
const SHOWN: usize = 8;

/// The report for people, with a line at its end that sums up.
pub(super) fn text(seen: &Run) -> String {
    let mut text = String::new();
    for finding in &seen.findings {
        // Writing into a string cannot fail.
        let _ = block(&mut text, finding, &seen.history);
    }
    for problem in &seen.problems {
        let _ = writeln!(text, "note: {problem}");
    }
    let history = &seen.history;
    let programs = history.processes.iter().flat_map(|process| &process.programs);
    let go = programs.filter(|program| program.go_version.is_some()).count();
    let calls = history.calls.len();
    let what = format!("{} of Go, {} to threads", count(go, "program"), count(calls, "change"));
    let _ = match seen.findings.len() {
        0 => writeln!(text, "snag: no problems found ({what})."),
        found => writeln!(text, "snag: found {} ({what}).", count(found, "problem")),
    };
    text
}

/// A finding as a line, for who watches the program.
pub(super) fn line(finding: &HistoryFinding, history: &History) -> String {
    let at = finding.witnesses.first().map_or(0, |witness| witness.at);
    let (level, rule, message) = (severity(finding.severity), finding.rule, &finding.message);
    format!("snag: after {}: {}{level}[{rule}] {message}\n", after(at), whereabouts(finding, history))
}

/// The place of a finding in front of what is said of it.
fn whereabouts(finding: &HistoryFinding, history: &History) -> String {
    let place = finding.frame.as_ref().map(|frame| position(frame, &history.directory));
    place.map(|place| place + ": ").unwrap_or_default()
}

/// A finding, an empty line behind it.
pub(crate) fn block(text: &mut String, finding: &HistoryFinding, history: &History) -> std::fmt::Result {
    let level = severity(finding.severity);
    let directory = &history.directory;
    writeln!(text, "{}{level}[{}] {}", whereabouts(finding, history), finding.rule, finding.message)?;
    let sight = sight(finding, history);
    let goroutine = sight.goroutine.map(|id| format!("goroutine {id}, ")).unwrap_or_default();
    let times = finding.witnesses.len();
    let times = if times > 1 { format!(", {times} times") } else { String::new() };
    let call = sight.call.map(|call| format!("{call}, ")).unwrap_or_default();
    writeln!(
        text,
        "  seen: {call}{goroutine}thread {} of process {} ({}), after {}{times}",
        sight.tid,
        sight.pid,
        name(sight.executable),
        after(sight.at_ns)
    )?;
    for evidence in &finding.evidence {
        writeln!(text, "  {}", evidence.message)?;
        if let Some(frame) = &evidence.frame {
            writeln!(text, "    {} {}", position(frame, directory), frame.function)?;
        }
    }
    if !sight.stack.is_empty() {
        writeln!(text, "  stack:")?;
    }
    for step in sight.stack.iter().take(SHOWN) {
        writeln!(text, "    {}:{} {}", step.file, step.line, step.function)?;
    }
    if sight.stack.len() > SHOWN {
        writeln!(text, "    and {} more", count(sight.stack.len() - SHOWN, "frame"))?;
    }
    writeln!(text)
}

fn name(executable: &str) -> &str {
    executable.rsplit('/').next().unwrap_or(executable)
}

pub(crate) fn after(nanoseconds: u64) -> String {
    let milliseconds = nanoseconds as f64 / 1e6;
    if milliseconds < 1000.0 {
        format!("{milliseconds:.1} ms")
    } else {
        format!("{:.2} s", milliseconds / 1000.0)
    }
}

/// A place as people read it.
pub(crate) fn position(frame: &Frame, directory: &str) -> String {
    format!("{}:{}", path(frame, directory), frame.line)
}

/// As seen from where the program was run, if it lies below.
fn path<'f>(frame: &'f Frame, directory: &str) -> &'f str {
    let below = Path::new(&*frame.file).strip_prefix(directory).ok().filter(|_| !directory.is_empty());
    below.and_then(Path::to_str).unwrap_or(&frame.file)
}

#[derive(Serialize)]
struct Summary {
    findings: usize,
    processes: usize,
    go_programs: usize,
    threads: usize,
    calls: usize,
    complete: bool,
}

/// The document for programs: that of `snag check`, with a witness.
pub(super) fn json(seen: &Run) -> String {
    let history = &seen.history;
    let programs = history.processes.iter().flat_map(|process| &process.programs);
    let summary = Summary {
        findings: seen.findings.len(),
        processes: history.processes.len(),
        go_programs: programs.filter(|program| program.go_version.is_some()).count(),
        threads: history.threads.len(),
        calls: history.calls.len(),
        complete: history.ended.is_some(),
    };
    let findings = seen.findings.iter().map(|it| finding(it, history)).collect();
    Document::new(summary, findings, seen.problems.iter().map(|it| Problem::new(it)).collect()).render()
}

/// Findings, as in the document.
pub(crate) fn findings(findings: &[HistoryFinding], history: &History) -> serde_json::Value {
    let findings: Vec<Finding<'_>> = findings.iter().map(|it| finding(it, history)).collect();
    // Strings and numbers always have a JSON form.
    serde_json::to_value(findings).unwrap_or_default()
}

/// A finding, for a document.
pub(crate) fn finding<'s>(finding: &'s HistoryFinding, history: &'s History) -> Finding<'s> {
    let directory = &history.directory;
    let why = finding.evidence.iter();
    Finding {
        rule: finding.rule,
        severity: severity(finding.severity),
        confidence: confidence(finding.confidence),
        message: &finding.message,
        place: finding.frame.as_ref().map(|frame| place(frame, directory)),
        function: finding.frame.as_ref().map(|frame| &*frame.function),
        why: why
            .map(|why| Why {
                message: &why.message,
                place: why.frame.as_ref().map(|frame| place(frame, directory)),
            })
            .collect(),
        fix: None,
        fingerprint: None,
        seen: Some(Seen { times: finding.witnesses.len(), witness: Some(sight(finding, history)) }),
        proof: None,
    }
}

/// The runtime's tables know lines, not columns: a finding covers its line from the first column.
fn place<'s>(frame: &'s Frame, directory: &str) -> Place<'s> {
    Place { path: path(frame, directory), line: frame.line, column: 1, end_line: frame.line, end_column: 1 }
}

/// The first time that something was seen.
pub(crate) fn sight<'s>(finding: &HistoryFinding, history: &'s History) -> Sight<'s> {
    let Some(witness) = finding.witnesses.first() else { return Sight::default() };
    let thread = history.thread(witness.thread);
    let process = thread.and_then(|thread| history.process(thread.process));
    let program = process.and_then(|process| {
        process.programs.iter().rfind(|program| program.at <= witness.at).or(process.programs.first())
    });
    let frames = witness.stack.into_iter().flat_map(|stack| history.stack(stack));
    let directory = &history.directory;
    let step =
        |frame: &'s Frame| Step { function: &frame.function, file: path(frame, directory), line: frame.line };
    Sight {
        pid: process.map_or(0, |process| process.pid),
        executable: program.map_or("", |program| &program.executable),
        tid: thread.map_or(0, |thread| thread.tid),
        goroutine: witness.goroutine.and_then(|id| Some(history.goroutine(id)?.id)),
        at_ns: witness.at,
        call: witness.call.and_then(|call| Some(&*history.call(call)?.text)),
        stack: frames.map(step).collect(),
    }
}

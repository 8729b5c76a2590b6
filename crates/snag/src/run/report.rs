//! Findings of a run, for people and for programs.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;
use snag_rules::Confidence;
use snag_rules::history::HistoryFinding;
use snag_threads::history::History;
use snag_threads::snapshot::Frame;

use super::Seen;
use crate::output::{count, severity};

/// Frames of a stack that people read.
const SHOWN: usize = 8;

/// The report for people, with a line at its end that sums up.
pub(super) fn text(seen: &Seen) -> String {
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

fn block(text: &mut String, finding: &HistoryFinding, history: &History) -> std::fmt::Result {
    let level = severity(finding.severity);
    let directory = &history.directory;
    let place = finding.frame.as_ref().map(|frame| format!("{}: ", position(frame, directory)));
    writeln!(text, "{}{level}[{}] {}", place.unwrap_or_default(), finding.rule, finding.message)?;
    let sight = Sight::of(finding, history);
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

fn after(nanoseconds: u64) -> String {
    let milliseconds = nanoseconds as f64 / 1e6;
    if milliseconds < 1000.0 {
        format!("{milliseconds:.1} ms")
    } else {
        format!("{:.2} s", milliseconds / 1000.0)
    }
}

fn position(frame: &Frame, directory: &str) -> String {
    format!("{}:{}", path(frame, directory), frame.line)
}

/// As seen from where the program was run, if it lies below.
fn path<'f>(frame: &'f Frame, directory: &str) -> &'f str {
    let below = Path::new(&*frame.file).strip_prefix(directory).ok().filter(|_| !directory.is_empty());
    below.and_then(Path::to_str).unwrap_or(&frame.file)
}

#[derive(Serialize)]
struct Document<'s> {
    schema: u32,
    tool: Tool,
    summary: Summary,
    findings: Vec<Finding<'s>>,
    problems: Vec<Problem<'s>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
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

#[derive(Serialize)]
struct Finding<'s> {
    rule: &'static str,
    severity: &'static str,
    confidence: &'static str,
    message: &'s str,
    #[serde(flatten)]
    place: Option<Place<'s>>,
    function: Option<&'s str>,
    why: Vec<Why<'s>>,
    fix: Option<()>,
    times: usize,
    witness: Sight<'s>,
}

/// The runtime's tables know lines, not columns: a finding covers its line from the first column.
#[derive(Serialize)]
struct Place<'s> {
    path: &'s str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Why<'s> {
    message: &'s str,
    #[serde(flatten)]
    place: Option<Place<'s>>,
}

#[derive(Default, Serialize)]
struct Sight<'s> {
    pid: i32,
    executable: &'s str,
    tid: i32,
    goroutine: Option<u64>,
    at_ns: u64,
    call: Option<&'s str>,
    stack: Vec<Step<'s>>,
}

#[derive(Serialize)]
struct Step<'s> {
    function: &'s str,
    file: &'s str,
    line: u32,
}

#[derive(Serialize)]
struct Problem<'s> {
    message: &'s str,
}

/// The document for programs: that of `snag check`, with a witness.
pub(super) fn json(seen: &Seen) -> String {
    let history = &seen.history;
    let programs = history.processes.iter().flat_map(|process| &process.programs);
    let document = Document {
        schema: 1,
        tool: Tool { name: "snag", version: env!("CARGO_PKG_VERSION") },
        summary: Summary {
            findings: seen.findings.len(),
            processes: history.processes.len(),
            go_programs: programs.filter(|program| program.go_version.is_some()).count(),
            threads: history.threads.len(),
            calls: history.calls.len(),
            complete: history.ended.is_some(),
        },
        findings: seen.findings.iter().map(|it| finding(it, history)).collect(),
        problems: seen.problems.iter().map(|message| Problem { message }).collect(),
    };
    // Strings and numbers always have a JSON form.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn finding<'s>(finding: &'s HistoryFinding, history: &'s History) -> Finding<'s> {
    let directory = &history.directory;
    let why = finding.evidence.iter();
    Finding {
        rule: finding.rule,
        severity: severity(finding.severity),
        confidence: match finding.confidence {
            Confidence::Possible => "possible",
            Confidence::Likely => "likely",
            Confidence::Certain => "certain",
        },
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
        times: finding.witnesses.len(),
        witness: Sight::of(finding, history),
    }
}

fn place<'s>(frame: &'s Frame, directory: &str) -> Place<'s> {
    Place { path: path(frame, directory), line: frame.line, column: 1, end_line: frame.line, end_column: 1 }
}

impl<'s> Sight<'s> {
    /// The first time that it was seen.
    fn of(finding: &HistoryFinding, history: &'s History) -> Sight<'s> {
        let Some(witness) = finding.witnesses.first() else { return Sight::default() };
        let thread = history.thread(witness.thread);
        let process = thread.and_then(|thread| history.process(thread.process));
        let program = process.and_then(|process| {
            process.programs.iter().rfind(|program| program.at <= witness.at).or(process.programs.first())
        });
        let frames = witness.stack.into_iter().flat_map(|stack| history.stack(stack));
        let directory = &history.directory;
        let step = |frame: &'s Frame| Step {
            function: &frame.function,
            file: path(frame, directory),
            line: frame.line,
        };
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
}

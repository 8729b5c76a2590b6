//! What came of it, for people and for programs.

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value;
use snag_threads::history::{GoroutineId, History};
use snag_threads::snapshot::Frame;

use super::attempt::{Attempt, Failure};
use super::moves::Move;
use super::{Outcome, Series};
use crate::output::count;
use crate::run::report;

/// Moves that are told.
const MOVES: usize = 5;
/// Lines of output that are shown.
const LINES: usize = 20;

/// For people.
pub(super) fn text(outcome: &Outcome) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write_text(&mut text, outcome);
    text
}

fn write_text(text: &mut String, outcome: &Outcome) -> std::fmt::Result {
    let Outcome { without, with, fixed, .. } = outcome;
    let attempts = [without, with].into_iter().chain(fixed);
    for attempt in attempts.filter_map(|series| series.first.as_ref()) {
        write_attempt(text, attempt, outcome)?;
    }
    let problems = [without, with].into_iter().chain(fixed).flat_map(|series| &series.problems);
    let mut problems: Vec<&String> = problems.collect();
    problems.sort_unstable();
    problems.dedup();
    for problem in problems {
        writeln!(text, "note: {problem}")?;
    }
    if with.runs > 0 && with.forced == 0 {
        writeln!(
            text,
            "note: no goroutine was moved: no Go program was run, or none called the kernel or C without a pin"
        )?;
    }
    if outcome.interrupted {
        writeln!(text, "note: interrupted")?;
    }
    write!(
        text,
        "snag: {} of {} failed with forced moves ({}), {} of {} without",
        with.failed,
        count(with.runs as usize, "run"),
        count(with.forced as usize, "move"),
        without.failed,
        without.runs
    )?;
    match fixed {
        Some(fixed) => writeln!(
            text,
            "; of the other program {} of {} ({})",
            fixed.failed,
            fixed.runs,
            count(fixed.forced as usize, "move")
        ),
        None => writeln!(text),
    }
}

fn write_attempt(text: &mut String, attempt: &Attempt, outcome: &Outcome) -> std::fmt::Result {
    let history = &attempt.seen.history;
    let seed = attempt.seed.map_or("without forced moves".to_owned(), |seed| format!("with seed {seed}"));
    let milliseconds = attempt.time.as_millis();
    writeln!(text, "a run {seed} failed after {milliseconds} ms: {}", words(attempt.failure))?;
    let moves = &attempt.moves;
    if moves.forced > 0 {
        writeln!(
            text,
            "  {} forced, {} of them to another thread; the last:",
            count(moves.forced as usize, "move"),
            moves.moved
        )?;
    }
    for it in moves.last(concerned(attempt), MOVES) {
        writeln!(text, "  {}", sentence(it, history))?;
        if let Some(frame) = place(it, history) {
            writeln!(text, "    {}:{} {}", frame.file, frame.line, frame.function)?;
        }
    }
    for (name, bytes) in [("output", &attempt.output), ("errors", &attempt.errors)] {
        let written = String::from_utf8_lossy(bytes);
        let lines: Vec<&str> = written.lines().collect();
        let shown = &lines[lines.len().saturating_sub(LINES)..];
        if !shown.is_empty() {
            writeln!(text, "  the end of its {name}:")?;
        }
        for line in shown {
            writeln!(text, "  | {line}")?;
        }
    }
    for finding in &attempt.seen.findings {
        report::block(text, finding, history)?;
    }
    if let Some(seed) = attempt.seed {
        writeln!(text, "  again: snag chaos -n 1 --seed {seed} -- {}", outcome.command.join(" "))?;
    }
    writeln!(text)
}

/// The goroutine that it is about, if that is known: the one that panicked, or that of the first finding.
fn concerned(attempt: &Attempt) -> Option<GoroutineId> {
    let goroutines = &attempt.seen.history.goroutines;
    let panicked = attempt.panicked().and_then(|id| goroutines.iter().rposition(|it| it.id == id));
    let panicked = panicked.and_then(|at| u32::try_from(at).ok()).map(GoroutineId);
    let finding = attempt.seen.findings.iter().find_map(|finding| finding.witnesses.first()?.goroutine);
    panicked.or(finding)
}

fn words(failure: Option<Failure>) -> String {
    match failure {
        Some(Failure::Code(code)) => format!("exit code {code}"),
        Some(Failure::Signal(signal)) => format!("signal {signal} ended it"),
        Some(Failure::Hang(limit)) => format!("it did not end within {:.1} s", limit.as_secs_f64()),
        Some(Failure::Output) => "it wrote something else than before".to_owned(),
        Some(Failure::Finding) | None => "something was found that was not found without".to_owned(),
    }
}

fn sentence(it: Move, history: &History) -> String {
    let goroutine = history.goroutine(it.goroutine);
    let id = goroutine.map_or(0, |goroutine| goroutine.id);
    let start = goroutine.and_then(|goroutine| history.frame(goroutine.start?));
    let start = start.map(|frame| format!(" ({})", frame.function)).unwrap_or_default();
    let tid = |thread| history.thread(thread).map_or(0, |thread| thread.tid);
    let milliseconds = it.at as f64 / 1e6;
    format!(
        "goroutine {id}{start} moved from thread {} to {} after {milliseconds:.1} ms, in",
        tid(it.from),
        tid(it.to)
    )
}

/// Where the program called: outside the standard library, whose packages have no dot in their first element.
fn place(it: Move, history: &History) -> Option<&Frame> {
    let stack = it.stack?;
    let of_program = |frame: &&Frame| {
        let (first, _) = frame.function.split_once('/').unwrap_or(("", ""));
        let in_c = frame.function.contains("_Cfunc_");
        (frame.function.starts_with("main.") || first.contains('.')) && !in_c
    };
    history.stack(stack).find(of_program).or_else(|| history.stack(stack).last())
}

#[derive(Serialize)]
struct Document {
    schema: u32,
    tool: Tool,
    summary: Summary,
    failure: Option<Failed>,
    problems: Vec<Value>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary {
    without: Counts,
    with: Counts,
    fixed: Option<Counts>,
    interrupted: bool,
}

#[derive(Serialize)]
struct Counts {
    runs: u32,
    failed: u32,
    forced_moves: u64,
}

impl From<&Series> for Counts {
    fn from(series: &Series) -> Counts {
        Counts { runs: series.runs, failed: series.failed, forced_moves: series.forced }
    }
}

#[derive(Serialize)]
struct Failed {
    seed: Option<u64>,
    milliseconds: u128,
    reason: String,
    moves: Vec<Moved>,
    output: String,
    errors: String,
    findings: Value,
}

#[derive(Serialize)]
struct Moved {
    at_ns: u64,
    goroutine: u64,
    from: i32,
    to: i32,
    path: Option<String>,
    line: Option<u32>,
    function: Option<String>,
}

/// For programs.
pub(super) fn json(outcome: &Outcome) -> String {
    let Outcome { without, with, fixed, interrupted, .. } = outcome;
    let first = with.first.as_ref().or(without.first.as_ref());
    let problems = without.problems.iter().chain(&with.problems);
    let document = Document {
        schema: 1,
        tool: Tool { name: "snag", version: env!("CARGO_PKG_VERSION") },
        summary: Summary {
            without: without.into(),
            with: with.into(),
            fixed: fixed.as_ref().map(Counts::from),
            interrupted: *interrupted,
        },
        failure: first.map(failed),
        problems: problems.map(|problem| serde_json::json!({ "message": problem })).collect(),
    };
    // Strings and numbers always have a JSON form.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn failed(attempt: &Attempt) -> Failed {
    let history = &attempt.seen.history;
    let tid = |thread| history.thread(thread).map_or(0, |thread| thread.tid);
    let moved = |it: Move| {
        let frame = place(it, history);
        Moved {
            at_ns: it.at,
            goroutine: history.goroutine(it.goroutine).map_or(0, |goroutine| goroutine.id),
            from: tid(it.from),
            to: tid(it.to),
            path: frame.map(|frame| frame.file.to_string()),
            line: frame.map(|frame| frame.line),
            function: frame.map(|frame| frame.function.to_string()),
        }
    };
    Failed {
        seed: attempt.seed,
        milliseconds: attempt.time.as_millis(),
        reason: words(attempt.failure),
        moves: attempt.moves.last(concerned(attempt), MOVES).into_iter().map(moved).collect(),
        output: String::from_utf8_lossy(&attempt.output).into_owned(),
        errors: String::from_utf8_lossy(&attempt.errors).into_owned(),
        findings: report::findings(&attempt.seen.findings, history),
    }
}

//! What is printed: findings and a summary on stdout, notes on stderr.

pub(crate) mod document;
pub(crate) mod json;
pub(crate) mod text;

use std::collections::BTreeSet;
use std::io::IsTerminal;

use crate::args::{CheckArguments, Color, Format};
use crate::check::Outcome;
use crate::complain;
use crate::report::{Problem, Report};
pub(crate) use document::severity;

/// More notes than this say nothing new; JSON has all of them.
const NOTES: usize = 10;

/// Findings and summary.
pub(crate) fn render(outcome: &Outcome, arguments: &CheckArguments) -> String {
    match arguments.output_format {
        Format::Json => json::render(outcome),
        Format::Concise => {
            let lines: String = outcome.reports.iter().map(concise).collect();
            lines + &summary(outcome)
        }
        Format::Full => {
            let color = use_color(arguments.color, std::io::stdout().is_terminal());
            let blocks: String =
                outcome.reports.iter().map(|report| text::render(report, &[], color)).collect();
            blocks + &summary(outcome)
        }
    }
}

/// `file:line:col: error[name] message`
pub(crate) fn concise(report: &Report) -> String {
    let start = report.spot.start();
    let path = &report.spot.source.display;
    let level = severity(report.severity);
    format!("{path}:{}:{}: {level}[{}] {}\n", start.line, start.column, report.rule, report.message)
}

pub(crate) fn use_color(color: Color, terminal: bool) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            !refused && std::env::var_os("TERM").is_none_or(|term| term != "dumb") && terminal
        }
    }
}

/// `Found 3 problems in 2 files (1 fixable with --fix).`, and what was missing.
fn summary(outcome: &Outcome) -> String {
    let found = outcome.reports.len();
    let mut line = String::new();
    if outcome.fixed > 0 {
        let (problems, files) = (count(outcome.fixed, "problem"), count(outcome.fixed_files, "file"));
        line = format!("Fixed {problems} in {files}. ");
    }
    if found == 0 {
        let packages = count(outcome.packages.len(), "package");
        line.push_str(&format!("No problems found in {packages} ({:.2} s).", outcome.seconds));
    } else {
        let files: BTreeSet<_> = outcome.reports.iter().map(|report| &report.spot.source.display).collect();
        let (problems, files) = (count(found, "problem"), count(files.len(), "file"));
        line.push_str(&format!("Found {problems} in {files}{}.", fixable(outcome)));
    }
    let mut limits = Vec::new();
    if !outcome.missing.is_empty() {
        limits.push(format!("{} not found, their calls are unknown", count(outcome.missing.len(), "import")));
    }
    if outcome.bundled {
        limits.push("the standard library is known by the signatures that come with Snag".to_owned());
    }
    if !limits.is_empty() {
        line.push_str(&format!(" Note: {}.", limits.join("; ")));
    }
    line + "\n"
}

fn fixable(outcome: &Outcome) -> String {
    let (safe, other): (Vec<_>, Vec<_>) =
        outcome.reports.iter().filter_map(|report| report.fix.as_ref()).partition(|fix| fix.safe);
    match (safe.len(), other.len()) {
        (0, 0) => String::new(),
        (safe, 0) => format!(" ({safe} fixable with --fix)"),
        (0, other) => format!(" ({other} fixable with --fix --unsafe-fixes)"),
        (safe, other) => format!(" ({safe} fixable with --fix, {other} more with --unsafe-fixes)"),
    }
}

/// What `--diff` tells beside the difference.
pub(crate) fn would_fix(outcome: &Outcome) -> String {
    let all = outcome.fixed + outcome.reports.len();
    let files = count(outcome.fixed_files, "file");
    format!("Would fix {} of {} in {files}.", outcome.fixed, count(all, "problem"))
}

pub(crate) fn count(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

/// What could not be understood lowers precision, and is no reason to stop.
pub(crate) fn notes(outcome: &Outcome, format: Format) {
    if format == Format::Json {
        return;
    }
    for note in &outcome.notes {
        complain(&format!("note: {note}"));
    }
    for Problem { path, position, message } in outcome.problems.iter().take(NOTES) {
        let place = position.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
        complain(&format!("note: {path}{place}: {message}"));
    }
    if let Some(more) = outcome.problems.len().checked_sub(NOTES).filter(|&more| more > 0) {
        complain(&format!("note: and {more} more; --output-format json lists all"));
    }
}

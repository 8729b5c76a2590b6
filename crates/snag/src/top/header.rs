//! The top of the screen: what it is, how much there is of everything, how that went, what is wrong.

use std::collections::BTreeMap;

use super::app::App;
use super::figures::Trend;
use super::theme::{BARS, Tone};
use super::words::{age, clean, number};
use crate::output::severity;

/// Pieces of a line.
pub(super) type Pieces = Vec<(Tone, String)>;

/// Problems that are listed; there is a list of all.
const PROBLEMS: usize = 3;
/// Narrower screens have one trend in a line.
const TWO_TRENDS: u16 = 64;
/// `goroutines 1,000,000 `
const FIGURE: usize = 21;

/// A line, and which go first where there is not enough room: those with the highest rank.
pub(super) struct HeaderLine {
    pub rank: u8,
    pub pieces: Pieces,
}

/// All lines, for a screen of this width.
pub(super) fn header(app: &App, width: u16) -> Vec<HeaderLine> {
    let mut lines = figures(app, width);
    lines.extend(problems(app));
    lines
}

/// The lines that hold numbers.
pub(super) fn figures(app: &App, width: u16) -> Vec<HeaderLine> {
    let mut lines = vec![HeaderLine { rank: 0, pieces: title(app, width) }];
    lines.extend(processors(app).map(|pieces| HeaderLine { rank: 4, pieces }));
    lines.extend(quota(app).map(|pieces| HeaderLine { rank: 3, pieces }));
    let trends = [
        (Trend::Goroutines, "goroutines"),
        (Trend::Threads, "threads"),
        (Trend::Pinned, "pinned"),
        (Trend::Ended, "ended"),
    ];
    let together = if width >= TWO_TRENDS { 2 } else { 1 };
    let part = (usize::from(width) + 1) / together - 1;
    for row in trends.chunks(together) {
        let mut pieces = Pieces::new();
        for (at, (which, label)) in row.iter().enumerate() {
            if at > 0 {
                pieces.push((Tone::Plain, " ".to_owned()));
            }
            trend(app, *which, label, part, &mut pieces);
        }
        lines.push(HeaderLine { rank: 2, pieces });
    }
    lines
}

fn title(app: &App, width: u16) -> Pieces {
    let process = &app.scene.snapshot.process;
    let name = clean(&process.name).into_owned();
    let mut facts = format!(" (process {}), {}", process.pid, process.go_version);
    if process.cgo {
        facts.push_str(" with C");
    }
    if let Some(time) = app.scene.age {
        facts.push_str(&format!(", up {}", age(time)));
    }
    let right = match (app.paused, &app.ended) {
        (_, Some(_)) => (Tone::Bad, "THE PROCESS ENDED".to_owned()),
        (true, None) => (Tone::Odd, "PAUSED".to_owned()),
        (false, None) => (Tone::Dim, format!("every {} s", app.interval)),
    };
    let used = name.chars().count() + facts.chars().count() + right.1.len();
    let gap = " ".repeat(usize::from(width).saturating_sub(used).max(2));
    vec![(Tone::Strong, name), (Tone::Plain, facts), (Tone::Plain, gap), right]
}

fn processors(app: &App) -> Option<Pieces> {
    let snapshot = &app.scene.snapshot;
    let procs = snapshot.gomaxprocs?;
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for processor in &snapshot.processors {
        *states.entry(processor.status.name()).or_default() += 1;
    }
    let states: Vec<String> = states.into_iter().map(|(state, count)| format!("{count} {state}")).collect();
    let own: i64 = snapshot.processors.iter().map(|processor| i64::from(processor.queue)).sum();
    let queued = own + snapshot.scheduler.and_then(|it| it.queue).map_or(0, i64::from);
    let mut text = format!(": {}; {} queued", states.join(", "), number(queued));
    if let Some(cpu) = app.scene.history.shares() {
        text.push_str(&format!("; {cpu:.0} % of a CPU used"));
    }
    Some(vec![(Tone::Word, "GOMAXPROCS ".to_owned()), (Tone::Strong, procs.to_string()), (Tone::Plain, text)])
}

fn quota(app: &App) -> Option<Pieces> {
    let quota = app.scene.snapshot.quota.as_ref()?;
    let mut pieces =
        vec![(Tone::Word, "CPU quota  ".to_owned()), (Tone::Strong, format!("{:.2} CPUs", quota.cpus))];
    let (stopped, tone) = match app.scene.history.throttled {
        Some((stopped, periods)) => {
            let tone = if stopped > 0 { Tone::Odd } else { Tone::Plain };
            (format!(": stopped in {stopped} of the last {periods} periods"), tone)
        }
        None => (format!(": stopped in {} of {} periods", quota.throttled, quota.periods), Tone::Plain),
    };
    pieces.push((tone, stopped));
    Some(pieces)
}

/// `threads        51 ▁▁▃▅▇▇`
fn trend(app: &App, which: Trend, label: &str, width: usize, pieces: &mut Pieces) {
    let figures = app.scene.history.last();
    let known = |count: Option<i64>| count.map_or("?".to_owned(), number);
    let (text, tone) = match which {
        Trend::Goroutines => (number(figures.goroutines), Tone::Strong),
        Trend::Threads => (number(figures.threads), Tone::Strong),
        Trend::Pinned => (number(figures.pinned), Tone::Strong),
        Trend::Ended => (known(figures.ended), Tone::Strong),
    };
    pieces.push((Tone::Word, format!("{label:<10} ")));
    pieces.push((tone, format!("{text:>9}")));
    let Some(room) = width.checked_sub(FIGURE).filter(|room| *room > 0) else { return };
    let series = app.scene.history.series(which, room);
    pieces.push((Tone::Word, format!(" {:<room$}", bars(&series))));
}

/// One bar a number; the largest is full.
fn bars(series: &[u64]) -> String {
    let largest = series.iter().copied().max().unwrap_or(0).max(1);
    let full = BARS.len() as u64 - 1;
    series.iter().map(|&n| BARS[(n * full).div_ceil(largest).min(full) as usize]).collect()
}

fn problems(app: &App) -> Vec<HeaderLine> {
    let findings = &app.scene.findings;
    let line = |rank, pieces| HeaderLine { rank, pieces };
    if findings.is_empty() {
        let text = if app.scene.looks < 2 {
            "only what two looks show alike is called a problem"
        } else {
            "no problems seen"
        };
        return vec![line(5, vec![(Tone::Dim, text.to_owned())])];
    }
    let listed = if findings.len() > PROBLEMS { PROBLEMS - 1 } else { findings.len() };
    let mut lines: Vec<HeaderLine> = findings[..listed]
        .iter()
        .map(|finding| {
            let ago = app.scene.ago(finding);
            let rule = format!("{}[{}]{ago}: ", severity(finding.severity), finding.rule);
            line(1, vec![(Tone::Bad, rule), (Tone::Plain, clean(&finding.message).into_owned())])
        })
        .collect();
    if listed < findings.len() {
        let more = findings.len() - listed;
        lines.push(line(1, vec![(Tone::Bad, format!("and {more} more problems: press 3"))]));
    }
    lines
}

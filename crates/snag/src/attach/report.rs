//! What was seen, for people and for programs.

use std::fmt::Write;

use serde_json::{Value, json};
use snag_threads::history::GoroutineId;

use super::Seen;
use crate::output::count;
use crate::{run, snapshot};

/// Goroutines that are told of one thread.
const SHOWN: usize = 8;

/// For people.
pub(super) fn text(seen: &Seen) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write_text(&mut text, seen);
    text
}

fn write_text(text: &mut String, seen: &Seen) -> std::fmt::Result {
    for (tid, guests) in &seen.guests {
        writeln!(
            text,
            "thread {tid}, which is not as the others, ran {}:",
            count(guests.len(), "goroutine")
        )?;
        for &guest in guests.iter().take(SHOWN) {
            let (id, function, place) = words(seen, guest);
            writeln!(text, "  goroutine {id} {function}{place}")?;
        }
        writeln!(text)?;
    }
    for finding in &seen.findings {
        run::report::block(text, finding, &seen.history)?;
    }
    text.push_str(&snapshot::findings(&seen.live, &seen.snapshot));
    for problem in &seen.problems {
        writeln!(text, "note: {problem}")?;
    }
    let counts = seen.counts;
    writeln!(
        text,
        "snag: watched for {:.1} s: {}, {} ended, {} of them pinned; the process stood still for {:.1} ms at most.",
        seen.watched.as_secs_f64(),
        count(counts.pins as usize, "pin"),
        count(counts.ends as usize, "goroutine"),
        counts.ended_pinned,
        seen.stood.as_secs_f64() * 1e3
    )
}

/// A goroutine, the function it began with, and where it was started.
fn words(seen: &Seen, goroutine: GoroutineId) -> (u64, String, String) {
    let Some(goroutine) = seen.history.goroutine(goroutine) else { return (0, String::new(), String::new()) };
    let frame = |id| seen.history.frame(id);
    let function = goroutine.start.and_then(frame).map(|frame| frame.function.to_string());
    let place =
        goroutine.created.and_then(frame).map(|frame| format!(", started at {}:{}", frame.file, frame.line));
    (goroutine.id, function.unwrap_or_default(), place.unwrap_or_default())
}

/// For programs.
pub(super) fn json(seen: &Seen) -> String {
    let guests = seen.guests.iter().map(|(tid, guests)| {
        let guests = guests.iter().map(|&guest| {
            let (id, function, _) = words(seen, guest);
            json!({ "goroutine": id, "function": function })
        });
        json!({ "tid": tid, "goroutines": guests.collect::<Vec<Value>>() })
    });
    let live = seen.live.iter().map(|it| {
        let places = it.evidence.iter().filter_map(|evidence| evidence.frame.as_ref());
        let place = places.map(|frame| format!("{}:{}", frame.file, frame.line)).next();
        json!({ "rule": it.rule, "message": it.message, "threads": it.threads, "goroutines": it.goroutines, "place": place })
    });
    let counts = seen.counts;
    let document = json!({
        "schema": 1,
        "tool": { "name": "snag", "version": env!("CARGO_PKG_VERSION") },
        "summary": {
            "pid": seen.snapshot.process.pid,
            "seconds": seen.watched.as_secs_f64(),
            "stood_still_ms": seen.stood.as_secs_f64() * 1e3,
            "pins": counts.pins,
            "ended": counts.ends,
            "ended_pinned": counts.ended_pinned,
            "steps": counts.runs,
        },
        "findings": run::report::findings(&seen.findings, &seen.history),
        "process_findings": live.collect::<Vec<Value>>(),
        "threads_with_guests": guests.collect::<Vec<Value>>(),
        "problems": seen.problems.iter().map(|message| json!({ "message": message })).collect::<Vec<Value>>(),
    });
    // Strings and numbers always have a JSON form.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

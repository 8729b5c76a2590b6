//! A page for a browser, with everything in it: no network, no other file.

use std::io::{self, Write};

use serde::Serialize;
use snag_threads::history::Nanos;

use super::model::{Changed, Group, Lane, Mark, MarkKind, Pin, Slice, Timeline};

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = concat!(
    include_str!("page/run.js"),
    include_str!("page/layout.js"),
    include_str!("page/draw.js"),
    include_str!("page/words.js"),
    include_str!("page/page.js"),
);

pub(super) fn write(timeline: &Timeline, to: &mut dyn Write) -> io::Result<()> {
    let parts = [("@STYLE@", STYLE), ("@SCRIPT@", SCRIPT)];
    let page = parts.iter().fold(PAGE.to_owned(), |page, (name, text)| page.replace(name, text));
    let (before, after) = page.split_once("@DATA@").unwrap_or((&page, ""));
    to.write_all(before.as_bytes())?;
    serde_json::to_writer(Escaped(to), &Document::of(timeline)).map_err(io::Error::from)?;
    to.write_all(after.as_bytes())
}

/// JSON inside a page: nothing in a string may end the element it stands in. These bytes occur in strings only, where JSON
/// has another way to write them.
struct Escaped<'t>(&'t mut dyn Write);

impl Write for Escaped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'<' | b'>' | b'&')) {
            self.0.write_all(&rest[..at])?;
            write!(self.0, "\\u{:04x}", rest[at])?;
            rest = &rest[at + 1..];
        }
        self.0.write_all(rest)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// What the script reads; lists in place of objects, because there are many.
#[derive(Serialize)]
struct Document<'t> {
    tool: &'static str,
    command: &'t str,
    end: Nanos,
    /// Id, function, where it was started.
    goroutines: Vec<(u64, &'t str, &'t str)>,
    groups: Vec<Process<'t>>,
    findings: Vec<Finding<'t>>,
    frames: &'t [(String, String)],
    stacks: &'t [Vec<u32>],
    notes: &'t [String],
}

#[derive(Serialize)]
struct Process<'t> {
    pid: i32,
    name: &'t str,
    lanes: Vec<Thread<'t>>,
}

#[derive(Serialize)]
struct Thread<'t> {
    tid: i32,
    lived: (Nanos, Nanos),
    born: &'t str,
    died: Option<&'t str>,
    early: bool,
    heir: Option<u32>,
    /// Since when, and how often somebody looked; 0 if every change was seen.
    watched: Option<(Nanos, Nanos)>,
    /// Five numbers a slice: since the end of the last one, for how long, goroutine, flags, looks.
    slices: Vec<i64>,
    /// Since when, until when, goroutine, what differs.
    changed: Vec<(Nanos, Nanos, Option<u32>, Vec<Difference<'t>>)>,
    marks: Vec<Sign<'t>>,
}

/// When, kind, goroutine, title, details, stack.
type Sign<'t> = (Nanos, u8, Option<u32>, &'t str, &'t [String], Option<u32>);

/// The kind of state, its usual value and the thread's.
type Difference<'t> = (&'static str, Option<&'t str>, Option<&'t str>);

#[derive(Serialize)]
struct Finding<'t> {
    rule: &'static str,
    severity: &'static str,
    message: &'t str,
    place: &'t str,
    evidence: &'t [(String, String)],
    /// Group, lane, time.
    spots: &'t [(u32, u32, Nanos)],
}

impl<'t> Document<'t> {
    fn of(timeline: &'t Timeline) -> Document<'t> {
        let goroutines = timeline.goroutines.iter();
        let findings = timeline.findings.iter().map(|it| Finding {
            rule: it.rule,
            severity: it.severity,
            message: &it.message,
            place: &it.place,
            evidence: &it.evidence,
            spots: &it.spots,
        });
        Document {
            tool: concat!("snag ", env!("CARGO_PKG_VERSION")),
            command: &timeline.command,
            end: timeline.end,
            goroutines: goroutines.map(|it| (it.id, &*it.function, &*it.created)).collect(),
            groups: timeline.groups.iter().map(group).collect(),
            findings: findings.collect(),
            frames: &timeline.frames,
            stacks: &timeline.stacks,
            notes: &timeline.notes,
        }
    }
}

fn group(group: &Group) -> Process<'_> {
    Process { pid: group.pid, name: &group.name, lanes: group.lanes.iter().map(lane).collect() }
}

fn lane(lane: &Lane) -> Thread<'_> {
    Thread {
        tid: lane.tid,
        lived: lane.lived,
        born: &lane.born,
        died: lane.died.as_deref(),
        early: lane.died_early,
        heir: lane.heir_of,
        watched: lane.watched.map(|it| (it.from, it.every.unwrap_or(0))),
        slices: slices(&lane.slices),
        changed: lane.changed.iter().map(changed).collect(),
        marks: lane.marks.iter().map(mark).collect(),
    }
}

fn slices(slices: &[Slice]) -> Vec<i64> {
    let mut last = 0;
    let mut numbers = Vec::with_capacity(slices.len() * 5);
    for slice in slices {
        let pin = match slice.pin {
            Pin::Loose => 0,
            Pin::Held => 1,
            Pin::Undone => 2,
        };
        let flags = pin | if slice.waits { 4 } else { 0 };
        let since = slice.from.cast_signed() - last;
        let long = (slice.to - slice.from).cast_signed();
        numbers.extend([since, long, i64::from(slice.goroutine), flags, i64::from(slice.looks)]);
        last = slice.to.cast_signed();
    }
    numbers
}

fn changed(changed: &Changed) -> (Nanos, Nanos, Option<u32>, Vec<Difference<'_>>) {
    let differences = changed.differences.iter();
    let differences = differences.map(|it| (it.state, it.usual.as_deref(), it.value.as_deref()));
    (changed.from, changed.to, changed.by, differences.collect())
}

fn mark(mark: &Mark) -> Sign<'_> {
    let kind = match mark.kind {
        MarkKind::Change => 0,
        MarkKind::Restore => 1,
        MarkKind::Call => 2,
        MarkKind::Met => 3,
        MarkKind::Pin => 4,
        MarkKind::Forced => 5,
    };
    (mark.at, kind, mark.goroutine, &mark.title, &mark.lines, mark.stack.map(|stack| stack.0))
}

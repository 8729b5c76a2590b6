//! Chrome's trace event format, which chrome://tracing and ui.perfetto.dev read.

use std::io::{self, Write};

use serde::Serialize;
use snag_threads::history::Nanos;

use super::model::{Group, Lane, Pin, Slice, Timeline};

/// No thread has such an id: the row below a thread that shows when it was changed is a thread of its own here, because what
/// overlaps goroutines would be drawn wrongly among them.
const CHANGED: u32 = 1 << 22;

#[derive(Default, Serialize)]
struct Event<'t> {
    ph: &'static str,
    pid: i32,
    tid: u32,
    name: &'t str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    /// How far an instant reaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'static str>,
    /// The color.
    #[serde(skip_serializing_if = "Option::is_none")]
    cname: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "pairs")]
    args: Vec<(&'static str, Value)>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Number(u64),
}

fn pairs<S: serde::Serializer>(pairs: &[(&'static str, Value)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

/// Microseconds.
fn micros(at: Nanos) -> Option<f64> {
    Some(at as f64 / 1000.0)
}

pub(super) fn write(timeline: &Timeline, to: &mut dyn Write) -> io::Result<()> {
    let mut out =
        Out { to, names: timeline.goroutines.iter().map(super::model::Runner::name).collect(), first: true };
    out.to.write_all(b"{\"traceEvents\":[")?;
    for (order, group) in timeline.groups.iter().enumerate() {
        out.group(timeline, group, order as u64)?;
    }
    for finding in &timeline.findings {
        for &(group, lane, at) in &finding.spots {
            let Some(group) = timeline.groups.get(group as usize) else { continue };
            let Some(lane) = group.lanes.get(lane as usize) else { continue };
            let name = format!("{}[{}]", finding.severity, finding.rule);
            let message = Value::Text(finding.message.clone());
            out.instant(group, lane, at, &name, vec![("message", message)])?;
        }
    }
    let tool = concat!("snag ", env!("CARGO_PKG_VERSION"));
    let other = serde_json::json!({ "command": timeline.command, "tool": tool, "notes": timeline.notes });
    writeln!(out.to, "\n],\"displayTimeUnit\":\"ms\",\"otherData\":{other}}}")
}

struct Out<'t> {
    to: &'t mut dyn Write,
    /// Names of goroutines.
    names: Vec<String>,
    first: bool,
}

impl Out<'_> {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        self.to.write_all(if self.first { b"\n" } else { b",\n" })?;
        self.first = false;
        serde_json::to_writer(&mut *self.to, event).map_err(io::Error::from)
    }

    fn label(
        &mut self,
        pid: i32,
        tid: u32,
        name: &str,
        (key, value): (&'static str, Value),
    ) -> io::Result<()> {
        self.event(&Event { ph: "M", pid, tid, name, args: vec![(key, value)], ..Event::default() })
    }

    fn group(&mut self, timeline: &Timeline, group: &Group, order: u64) -> io::Result<()> {
        self.label(group.pid, 0, "process_name", ("name", Value::Text(group.name.clone())))?;
        self.label(group.pid, 0, "process_sort_index", ("sort_index", Value::Number(order)))?;
        for (order, lane) in (0u64..).zip(&group.lanes) {
            let tid = lane.tid.cast_unsigned();
            self.label(group.pid, tid, "thread_name", ("name", Value::Text(format!("thread {}", lane.tid))))?;
            self.label(group.pid, tid, "thread_sort_index", ("sort_index", Value::Number(2 * order)))?;
            if !lane.changed.is_empty() {
                let name = Value::Text(format!("thread {} is changed", lane.tid));
                self.label(group.pid, tid + CHANGED, "thread_name", ("name", name))?;
                self.label(
                    group.pid,
                    tid + CHANGED,
                    "thread_sort_index",
                    ("sort_index", Value::Number(2 * order + 1)),
                )?;
            }
            self.lane(timeline, group, lane)?;
        }
        Ok(())
    }

    fn lane(&mut self, timeline: &Timeline, group: &Group, lane: &Lane) -> io::Result<()> {
        self.instant(
            group,
            lane,
            lane.lived.0,
            "thread is made",
            vec![("why", Value::Text(lane.born.clone()))],
        )?;
        for slice in &lane.slices {
            self.slice(timeline, group, lane, slice)?;
        }
        for changed in &lane.changed {
            self.event(&Event {
                ph: "X",
                pid: group.pid,
                tid: lane.tid.cast_unsigned() + CHANGED,
                name: &changed.title(),
                cat: Some("changed"),
                ts: micros(changed.from),
                dur: micros(changed.to - changed.from),
                cname: Some("terrible"),
                ..Event::default()
            })?;
        }
        for mark in &lane.marks {
            let mut args = Vec::new();
            if let Some(name) = mark.goroutine.and_then(|at| self.names.get(at as usize)) {
                args.push(("goroutine", Value::Text(name.clone())));
            }
            args.push(("details", Value::Text(mark.lines.join("; "))));
            if mark.stack.is_some() {
                args.push(("stack", Value::Text(timeline.stack(mark.stack))));
            }
            self.instant(group, lane, mark.at, &mark.title, args)?;
        }
        if let Some(died) = &lane.died {
            self.instant(group, lane, lane.lived.1, "thread ends", vec![("why", Value::Text(died.clone()))])?;
        }
        Ok(())
    }

    fn slice(&mut self, timeline: &Timeline, group: &Group, lane: &Lane, slice: &Slice) -> io::Result<()> {
        let Some(runner) = timeline.goroutines.get(slice.goroutine as usize) else { return Ok(()) };
        let name = self.names.get(slice.goroutine as usize).cloned().unwrap_or_default();
        let mut args = Vec::new();
        if !runner.created.is_empty() {
            args.push(("started", Value::Text(runner.created.clone())));
        }
        if slice.pin != Pin::Loose {
            args.push((
                "pinned",
                Value::Text(if slice.pin == Pin::Held { "yes" } else { "at first" }.to_owned()),
            ));
        }
        if slice.waits {
            args.push(("waits", Value::Text("and the thread with it".to_owned())));
        }
        if slice.looks > 0 {
            args.push(("looks", Value::Number(u64::from(slice.looks))));
        }
        self.event(&Event {
            ph: "X",
            pid: group.pid,
            tid: lane.tid.cast_unsigned(),
            name: &name,
            cat: Some("goroutine"),
            ts: micros(slice.from),
            dur: micros(slice.to - slice.from),
            cname: slice.waits.then_some("grey"),
            args,
            ..Event::default()
        })
    }

    fn instant(
        &mut self,
        group: &Group,
        lane: &Lane,
        at: Nanos,
        name: &str,
        args: Vec<(&'static str, Value)>,
    ) -> io::Result<()> {
        let (pid, tid) = (group.pid, lane.tid.cast_unsigned());
        let cat = Some("mark");
        self.event(&Event {
            ph: "i",
            pid,
            tid,
            name,
            cat,
            ts: micros(at),
            s: Some("t"),
            args,
            ..Event::default()
        })
    }
}

//! A snapshot for programs (docs/snapshot.md): fields may be added, none removed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use snag_rules::Confidence;
use snag_rules::live::LiveFinding;
use snag_threads::snapshot::{self as seen, Snapshot};

use super::Seen;
use crate::output::severity;

/// The version of the format.
const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
pub(super) struct Document {
    schema: u32,
    tool: Tool,
    pub process: Process,
    /// Since the machine booted.
    pub taken_ns: u64,
    pub paused_ns: Option<u64>,
    pub gomaxprocs: Option<u32>,
    pub scheduler: Option<Scheduler>,
    pub goroutines: Vec<Goroutine>,
    pub machines: Vec<Machine>,
    pub processors: Vec<Processor>,
    pub threads: Vec<Thread>,
    pub quota: Option<Quota>,
    pub frames: Vec<Frame>,
    pub stacks: Vec<Vec<u32>>,
    pub gaps: Vec<Gap>,
    pub findings: Vec<Finding>,
}

#[derive(Serialize, Deserialize)]
struct Tool {
    name: Cow<'static, str>,
    version: Cow<'static, str>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Process {
    pub pid: i32,
    pub name: String,
    pub executable: String,
    pub started_ticks: u64,
    pub go_version: String,
    pub cgo: bool,
    #[serde(default)]
    pub module: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Scheduler {
    pub threads_created: i64,
    pub threads_freed: i64,
    pub threads_idle: i32,
    pub threads_idle_pinned: i32,
    pub threads_max: i32,
    pub processors_idle: i32,
    pub spinning: i32,
    pub queue: Option<i32>,
    pub last_goroutine: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Goroutine {
    pub id: u64,
    pub status: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waiting_ns: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub created: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub start: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub machine: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pinned_to: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stack: Option<u32>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Machine {
    pub id: i64,
    pub tid: Option<i32>,
    pub goroutine: Option<u64>,
    pub processor: Option<i32>,
    pub pin: Option<Pin>,
    pub in_cgo: bool,
    pub spinning: bool,
    pub parked: bool,
    pub foreign: bool,
    #[serde(default)]
    pub wedged: bool,
    pub role: Option<String>,
    pub settled: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Pin {
    pub goroutine: u64,
    pub depth: u32,
    pub internal: u32,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Processor {
    id: i32,
    status: Cow<'static, str>,
    machine: Option<i64>,
    queue: u32,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Thread {
    pub tid: i32,
    pub inner_tid: i32,
    pub name: String,
    pub run_state: char,
    pub started_ticks: u64,
    pub cpu_ms: u64,
    /// By the name of the state in Snag's tables.
    pub state: BTreeMap<Cow<'static, str>, String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Quota {
    pub cpus: f64,
    pub source: String,
    pub periods: u64,
    pub throttled: u64,
    pub throttled_ns: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Frame {
    pub function: String,
    pub file: String,
    pub line: u32,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Gap {
    part: Cow<'static, str>,
    reason: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Finding {
    rule: Cow<'static, str>,
    severity: Cow<'static, str>,
    confidence: Cow<'static, str>,
    message: String,
    evidence: Vec<Evidence>,
    threads: Vec<i32>,
    goroutines: Vec<u64>,
}

#[derive(Serialize, Deserialize)]
struct Evidence {
    message: String,
    frame: Option<Frame>,
}

/// The whole document, a line at its end.
pub(super) fn render(seen: &Seen) -> String {
    // Strings and numbers always have a JSON form.
    serde_json::to_string_pretty(&document(seen)).unwrap_or_default() + "\n"
}

/// A document that was written before.
pub(super) fn read(path: &Path) -> Result<Document, String> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    let document: Document = serde_json::from_str(&text).map_err(|error| {
        format!("{shown} is no snapshot that snag wrote with --output-format json: {error}")
    })?;
    if document.schema > SCHEMA {
        return Err(format!("{shown} was written by a newer snag"));
    }
    Ok(document)
}

pub(super) fn document(seen: &Seen) -> Document {
    let snapshot = &seen.snapshot;
    let process = &snapshot.process;
    Document {
        schema: SCHEMA,
        tool: Tool { name: "snag".into(), version: env!("CARGO_PKG_VERSION").into() },
        process: Process {
            pid: process.pid,
            name: process.name.clone(),
            executable: process.executable.clone(),
            started_ticks: process.started,
            go_version: process.go_version.clone(),
            cgo: process.cgo,
            module: process.module.clone(),
        },
        taken_ns: snapshot.taken.as_nanos() as u64,
        paused_ns: snapshot.paused.map(|paused| paused.as_nanos() as u64),
        gomaxprocs: snapshot.gomaxprocs,
        scheduler: snapshot.scheduler.map(scheduler),
        goroutines: snapshot
            .goroutines
            .iter()
            .map(|goroutine| self::goroutine(snapshot, goroutine))
            .collect(),
        machines: snapshot.machines.iter().map(machine).collect(),
        processors: snapshot.processors.iter().map(processor).collect(),
        threads: snapshot.threads.iter().map(thread).collect(),
        quota: snapshot.quota.as_ref().map(quota),
        frames: snapshot.frames.iter().map(frame).collect(),
        stacks: snapshot.stacks.iter().map(|stack| stack.iter().map(|frame| frame.0).collect()).collect(),
        gaps: snapshot
            .gaps
            .iter()
            .map(|gap| Gap { part: gap.part.name().into(), reason: gap.reason.clone() })
            .collect(),
        findings: seen.findings.iter().map(finding).collect(),
    }
}

fn scheduler(it: seen::Scheduler) -> Scheduler {
    Scheduler {
        threads_created: it.threads_created,
        threads_freed: it.threads_freed,
        threads_idle: it.threads_idle,
        threads_idle_pinned: it.threads_idle_pinned,
        threads_max: it.threads_max,
        processors_idle: it.processors_idle,
        spinning: it.spinning,
        queue: it.queue,
        last_goroutine: it.last_goroutine,
    }
}

fn goroutine(snapshot: &Snapshot, it: &seen::Goroutine) -> Goroutine {
    let numbered = || it.reason.map(|reason| format!("reason {}", reason.0));
    Goroutine {
        id: it.id,
        status: it.status.name().into(),
        reason: snapshot.reason(it).map(str::to_owned).or_else(numbered),
        waiting_ns: it.waiting.map(|waiting| waiting.as_nanos() as u64),
        parent: it.parent,
        created: it.created.map(|frame| frame.0),
        start: it.start.map(|frame| frame.0),
        machine: it.machine,
        pinned_to: it.pinned_to,
        stack: it.stack.map(|stack| stack.0),
    }
}

fn machine(it: &seen::Machine) -> Machine {
    let pin = |pin: seen::Pin| Pin { goroutine: pin.goroutine, depth: pin.depth, internal: pin.internal };
    Machine {
        id: it.id,
        tid: it.tid,
        goroutine: it.goroutine,
        processor: it.processor,
        pin: it.pin.map(pin),
        in_cgo: it.in_cgo,
        spinning: it.spinning,
        parked: it.parked,
        foreign: it.foreign,
        wedged: it.wedged,
        role: it.role.as_deref().map(str::to_owned),
        settled: it.settled,
    }
}

fn processor(it: &seen::Processor) -> Processor {
    Processor { id: it.id, status: it.status.name().into(), machine: it.machine, queue: it.queue }
}

fn thread(it: &seen::Thread) -> Thread {
    Thread {
        tid: it.tid,
        inner_tid: it.inner_tid,
        name: it.name.clone(),
        run_state: it.run_state,
        started_ticks: it.started,
        cpu_ms: it.cpu.as_millis() as u64,
        state: it.state.iter().map(|(state, value)| (state.info().id.into(), value.to_string())).collect(),
    }
}

fn quota(it: &seen::Quota) -> Quota {
    Quota {
        cpus: it.cpus,
        source: it.source.clone(),
        periods: it.periods,
        throttled: it.throttled,
        throttled_ns: it.throttled_time.as_nanos() as u64,
    }
}

fn frame(it: &seen::Frame) -> Frame {
    Frame { function: it.function.to_string(), file: it.file.to_string(), line: it.line }
}

fn finding(it: &LiveFinding) -> Finding {
    let confidence = match it.confidence {
        Confidence::Possible => "possible",
        Confidence::Likely => "likely",
        Confidence::Certain => "certain",
    };
    let evidence = it.evidence.iter();
    Finding {
        rule: it.rule.into(),
        severity: severity(it.severity).into(),
        confidence: confidence.into(),
        message: it.message.clone(),
        evidence: evidence
            .map(|it| Evidence { message: it.message.clone(), frame: it.frame.as_ref().map(frame) })
            .collect(),
        threads: it.threads.clone(),
        goroutines: it.goroutines.clone(),
    }
}

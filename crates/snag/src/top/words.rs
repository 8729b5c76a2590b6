//! How things are called on the screen.

use std::borrow::Cow;
use std::time::Duration;

use snag_threads::snapshot::{Frame, FrameId, Goroutine, Machine, Snapshot, Status, Thread};

/// `net/http.(*conn).serve` without the path before the package.
pub(super) fn short(function: &str) -> &str {
    let end = function.find(['(', '[']).unwrap_or(function.len());
    let start = function[..end].rfind('/').map_or(0, |slash| slash + 1);
    &function[start..]
}

/// `main.serve (server.go:42)`
pub(super) fn place(frame: &Frame) -> String {
    match frame.file.rsplit('/').next().unwrap_or_default() {
        "" => short(&frame.function).to_owned(),
        file => format!("{} ({file}:{})", short(&frame.function), frame.line),
    }
}

/// `waiting: chan receive`
pub(super) fn doing(snapshot: &Snapshot, goroutine: &Goroutine) -> Cow<'static, str> {
    let status = goroutine.status.name();
    match (snapshot.reason(goroutine), goroutine.reason) {
        (Some(reason), _) => reason.to_owned().into(),
        (None, Some(reason)) => format!("{status}: reason {}", reason.0).into(),
        (None, None) => status.into(),
    }
}

/// What a goroutine is at: the innermost function of the program, else the function it began with.
pub(super) fn function<'s>(snapshot: &'s Snapshot, goroutine: &Goroutine) -> Option<&'s Frame> {
    let stack = goroutine.stack.into_iter().flat_map(|stack| snapshot.stack(stack));
    stack.into_iter().find(|frame| frame.is_of_program()).or_else(|| frame(snapshot, goroutine.start))
}

pub(super) fn frame(snapshot: &Snapshot, id: Option<FrameId>) -> Option<&Frame> {
    id.and_then(|id| snapshot.frame(id))
}

/// What a thread does, in a word.
pub(super) fn state(snapshot: &Snapshot, machine: Option<&Machine>) -> &'static str {
    let Some(machine) = machine else { return "not Go's" };
    let goroutine = machine.goroutine.and_then(|id| snapshot.goroutine(id));
    match (machine.role.as_deref(), goroutine.map(|goroutine| goroutine.status)) {
        (Some("runtime.sysmon"), _) => "sysmon",
        (Some(_), _) => "template",
        (None, Some(_)) if machine.in_cgo => "cgo",
        (None, Some(Status::Syscall)) => "syscall",
        (None, Some(Status::Running)) => "running",
        (None, _) if machine.spinning => "spinning",
        (None, Some(status)) => status.name(),
        (None, None) if machine.foreign => "made by C",
        (None, None) if machine.parked || machine.pin.is_some() => "parked",
        (None, None) => "idle",
    }
}

/// Who is pinned to a thread, and how often: `G7`, `G7 x2`, `runtime`.
pub(super) fn pin(machine: &Machine) -> String {
    match machine.pin {
        None => String::new(),
        Some(pin) if pin.depth > 1 => format!("G{} x{}", pin.goroutine, pin.depth),
        Some(pin) if pin.depth == 1 => format!("G{}", pin.goroutine),
        Some(_) => "runtime".to_owned(),
    }
}

/// The kernel's letter, as a word.
pub(super) fn run_state(thread: &Thread) -> &'static str {
    match thread.run_state {
        'R' => "runs or could run",
        'S' => "sleeps",
        'D' => "sleeps and cannot be disturbed",
        'T' => "is stopped",
        't' => "is stopped by a tracer",
        'Z' => "has ended",
        'I' => "is idle",
        _ => "does what the kernel has no word for",
    }
}

/// `5s`, `12m`, `3h`, `4d`
pub(super) fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds @ 60..3600 => format!("{}m", seconds / 60),
        seconds @ 3600..172_800 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// `5s`, `12m03s`, `3h12m`, `4d03h`
pub(super) fn age(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds @ 60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        seconds @ 3600..86_400 => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        seconds => format!("{}d{:02}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// `10,012`
pub(super) fn number(n: impl TryInto<i64>) -> String {
    let n: i64 = n.try_into().unwrap_or(i64::MAX);
    let digits = n.unsigned_abs().to_string();
    let mut text = if n < 0 { "-".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A program may call itself and its threads whatever it likes, also what a terminal would obey.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(char::is_control) {
        text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
    } else {
        text.into()
    }
}

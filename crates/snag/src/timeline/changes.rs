//! What threads had of their own, and the calls that changed it.

use snag_threads::history::{Call, Class, History, Nanos, Own, Pinned, Sighting};

use super::build::name;
use super::model::{Changed, Difference, Lane, Mark, MarkKind, change};

/// Draws when threads were changed, by what, and who met them; the lanes are those of the threads.
pub(super) fn draw(history: &History, lanes: &mut [Lane]) {
    for (thread, lane) in history.threads.iter().zip(&mut *lanes) {
        let from = lane.lived.0;
        begin(history, lane, from, &thread.inherited);
    }
    for call in &history.calls {
        let Some(lane) = lanes.get_mut(call.thread.0 as usize) else { continue };
        lane.marks.push(mark(call));
        if differences(&call.own)
            != lane.changed.last().map(|last| last.differences.clone()).unwrap_or_default()
        {
            begin(history, lane, call.at, &call.own);
        }
    }
    for sighting in &history.sightings {
        let Some(lane) = lanes.get_mut(sighting.thread.0 as usize) else { continue };
        lane.marks.extend(met(history, sighting));
    }
    for lane in lanes {
        if let Some(last) = lane.changed.last_mut() {
            last.to = lane.lived.1.max(last.from);
        }
        lane.changed.retain(|changed| !changed.differences.is_empty());
    }
}

/// From here on the thread has this of its own; empty if it is as it was again.
fn begin(history: &History, lane: &mut Lane, at: Nanos, own: &[Own]) {
    if let Some(last) = lane.changed.last_mut() {
        last.to = at.max(last.from);
    }
    let by = own.iter().filter_map(|own| history.call(own.by?)).max_by_key(|call| call.at);
    let by = by.and_then(|call| call.goroutine).map(|id| id.0);
    lane.changed.push(Changed { from: at, to: at, by, differences: differences(own) });
}

fn differences(own: &[Own]) -> Vec<Difference> {
    let text = |value: &Option<std::sync::Arc<str>>| value.as_ref().map(ToString::to_string);
    let difference = |own: &Own| Difference {
        state: own.state.info().name,
        usual: text(&own.usual),
        value: text(&own.value),
    };
    own.iter().map(difference).collect()
}

fn mark(call: &Call) -> Mark {
    let kind = match (call.changes.is_empty(), call.own.is_empty()) {
        (true, _) => MarkKind::Call,
        (false, false) => MarkKind::Change,
        (false, true) => MarkKind::Restore,
    };
    let changes = call.changes.iter();
    let mut lines: Vec<String> =
        changes.map(|it| change(it.state.info().name, it.before.as_deref(), it.after.as_deref())).collect();
    if (-4095..0).contains(&call.result) {
        lines.push(format!("failed: {}", std::io::Error::from_raw_os_error(-call.result as i32)));
    }
    lines.push(pinned(call.pinned).to_owned());
    let who = match call.class {
        Class::User if call.in_c => Some("called by C"),
        Class::User => None,
        Class::Runtime => Some("called by Go's runtime for itself"),
        Class::AllThreads => Some("for all threads at once"),
        Class::ForkExec => Some("in a child before it runs its program"),
        Class::Foreign => Some("by C on a thread that Go does not know"),
    };
    lines.extend(who.map(str::to_owned));
    Mark {
        at: call.at,
        kind,
        goroutine: call.goroutine.map(|id| id.0),
        title: call.text.clone(),
        lines,
        stack: call.stack,
    }
}

fn pinned(pinned: Pinned) -> &'static str {
    if pinned.holds() { "the goroutine was pinned" } else { "the goroutine was not pinned" }
}

/// Somebody on a changed thread. That it had nothing to do is news only if anybody may be next.
fn met(history: &History, sighting: &Sighting) -> Option<Mark> {
    let title = match sighting.goroutine {
        Some(id) => format!("{} was seen here", name(history, id)),
        None if sighting.pinned.holds() => return None,
        None => "nobody is pinned here: any goroutine may be next".to_owned(),
    };
    let lines = vec![if sighting.pinned.holds() { "pinned" } else { "not pinned" }.to_owned()];
    let (goroutine, stack) = (sighting.goroutine.map(|id| id.0), None);
    Some(Mark { at: sighting.at, kind: MarkKind::Met, goroutine, title, lines, stack })
}

//! Who is on which thread: from steps of the scheduler, where those were seen, else from looks.

use std::collections::HashMap;

use snag_threads::history::{History, Nanos, ProcessId, ThreadId, Turn, TurnKind};

use super::build::name;
use super::model::{Lane, Mark, MarkKind, Pin, Slice, Watched};

/// Draws who is on each thread; the lanes are those of the threads.
pub(super) fn draw(history: &History, lanes: &mut [Lane]) {
    let exact = watched_exactly(history);
    for watch in &history.watches {
        let of_process =
            history.threads.iter().zip(&mut *lanes).filter(|(it, _)| it.process == watch.process);
        for (thread, lane) in of_process {
            // What was looked at before is the thread of an earlier program.
            if lane.lived.1 > watch.at {
                lane.watched = Some(Watched { from: watch.at.max(thread.born), every: Some(watch.every) });
            }
        }
    }
    for stay in &history.stays {
        let process = history.thread(stay.thread).map(|thread| thread.process);
        if process.is_some_and(|process| exact.contains_key(&process)) {
            continue;
        }
        let Some(lane) = lanes.get_mut(stay.thread.0 as usize) else { continue };
        let pin = if stay.pinned.holds() { Pin::Held } else { Pin::Loose };
        lane.slices.push(Slice {
            from: stay.from,
            to: stay.to.max(stay.from),
            goroutine: stay.goroutine.0,
            pin,
            waits: stay.waits,
            looks: stay.looks.max(1),
        });
    }
    for (thread, lane) in history.threads.iter().zip(&mut *lanes) {
        if let Some(&from) = exact.get(&thread.process) {
            lane.watched = Some(Watched { from: from.max(thread.born), every: None });
        }
    }
    for (thread, turns) in by_thread(history) {
        let Some(lane) = lanes.get_mut(thread.0 as usize) else { continue };
        draw_turns(lane, &turns);
        for turn in turns {
            lane.marks.extend(mark(history, turn));
        }
    }
}

/// Processes whose scheduler was followed, and since when.
fn watched_exactly(history: &History) -> HashMap<ProcessId, Nanos> {
    let mut since = HashMap::new();
    for turn in history.turns.iter().filter(|turn| turn.what == TurnKind::Runs) {
        let Some(thread) = history.thread(turn.thread) else { continue };
        let first = since.entry(thread.process).or_insert(turn.at);
        *first = turn.at.min(*first);
    }
    since
}

fn by_thread(history: &History) -> Vec<(ThreadId, Vec<&Turn>)> {
    let mut threads: HashMap<ThreadId, Vec<&Turn>> = HashMap::new();
    for turn in &history.turns {
        threads.entry(turn.thread).or_default().push(turn);
    }
    let mut threads: Vec<_> = threads.into_iter().collect();
    threads.sort_by_key(|(thread, _)| *thread);
    threads.iter_mut().for_each(|(_, turns)| turns.sort_by_key(|turn| turn.at));
    threads
}

/// A goroutine is on a thread from when it runs there until the thread looks for work, or runs another.
fn draw_turns(lane: &mut Lane, turns: &[&Turn]) {
    let mut open: Option<Slice> = None;
    for turn in turns {
        let held = turn.pinned.holds();
        let pin = if held { Pin::Held } else { Pin::Loose };
        let who = turn.goroutine.map(|goroutine| goroutine.0);
        let begin = |waits| {
            let from = turn.at;
            who.map(|goroutine| Slice { from, to: from, goroutine, pin, waits, looks: 0 })
        };
        match turn.what {
            TurnKind::Runs => {
                close(lane, open.take(), turn.at, true);
                open = begin(false);
            }
            // Nobody else may run where a goroutine is pinned.
            TurnKind::Rests => {
                close(lane, open.take(), turn.at, held);
                open = if held { begin(true) } else { None };
            }
            TurnKind::Ends => close(lane, open.take(), turn.at, held),
            TurnKind::Pins => {
                if let Some(slice) = open.take().filter(|slice| slice.pin != Pin::Held) {
                    close(lane, Some(slice), turn.at, true);
                    open = begin(false).map(|slice| Slice { pin: Pin::Held, ..slice });
                }
            }
            TurnKind::Forced => {}
        }
    }
    let end = lane.lived.1;
    close(lane, open, end, true);
}

fn close(lane: &mut Lane, slice: Option<Slice>, at: Nanos, still_held: bool) {
    let Some(mut slice) = slice else { return };
    slice.to = at.max(slice.from);
    if slice.pin == Pin::Held && !still_held {
        slice.pin = Pin::Undone;
    }
    lane.slices.push(slice);
}

fn mark(history: &History, turn: &Turn) -> Option<Mark> {
    let who = turn.goroutine.map_or_else(|| "a goroutine".to_owned(), |id| name(history, id));
    let (kind, title) = match turn.what {
        TurnKind::Pins => (MarkKind::Pin, format!("{who} is pinned (LockOSThread)")),
        TurnKind::Forced => (MarkKind::Forced, format!("{who} is forced away by snag chaos")),
        TurnKind::Runs | TurnKind::Rests | TurnKind::Ends => return None,
    };
    let (goroutine, lines) = (turn.goroutine.map(|id| id.0), Vec::new());
    Some(Mark { at: turn.at, kind, goroutine, title, lines, stack: turn.stack })
}

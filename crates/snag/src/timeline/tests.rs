//! Pictures of histories that were made up.

use std::io::{self, Write};

use snag_threads::history::{
    Birth, Goroutine, GoroutineId, History, Pinned, Process, ProcessId, Stay, Thread, ThreadId, Turn,
    TurnKind, Watch,
};

use super::FORMATS;
use super::build::build;
use super::model::{MarkKind, Pin, Slice, Timeline, Watched};

const LOOSE: Pinned = Pinned { depth: 0, internal: 0 };
const HELD: Pinned = Pinned { depth: 1, internal: 0 };

/// A process with a thread and two goroutines.
fn history(turns: &[(u64, Option<u32>, TurnKind, Pinned)]) -> History {
    let mut history = History { ended: Some(1000), ..History::default() };
    let (programs, inherited) = (Vec::new(), Vec::new());
    let (pid, born, parent, forked_by, end) = (1, 0, None, None, None);
    let death_signal = None;
    history.processes.push(Process { pid, born, parent, forked_by, inherited, death_signal, programs, end });
    let (process, tid, birth, stack, death) = (ProcessId(0), 1, Birth::Main, None, None);
    history.threads.push(Thread { process, tid, born, parent: None, birth, stack, inherited: vec![], death });
    for id in [5, 6] {
        let (parent, created, start) = (None, None, None);
        history.goroutines.push(Goroutine { process, id, parent, created, start });
    }
    history.turns =
        turns.iter().map(|&(at, goroutine, what, pinned)| turn(at, goroutine, what, pinned)).collect();
    history
}

fn turn(at: u64, goroutine: Option<u32>, what: TurnKind, pinned: Pinned) -> Turn {
    Turn { at, thread: ThreadId(0), goroutine: goroutine.map(GoroutineId), what, pinned, stack: None }
}

fn slices(timeline: &Timeline) -> Vec<(u64, u64, u32, Pin, bool)> {
    let slices = timeline.groups[0].lanes[0].slices.iter();
    slices.map(|&Slice { from, to, goroutine, pin, waits, .. }| (from, to, goroutine, pin, waits)).collect()
}

#[test]
fn steps_of_the_scheduler_are_exact_slices() {
    // Told late and out of order, as from a ring.
    let timeline = build(
        &history(&[
            (40, Some(1), TurnKind::Ends, LOOSE),
            (10, Some(0), TurnKind::Runs, LOOSE),
            (20, Some(0), TurnKind::Rests, LOOSE),
            (30, Some(1), TurnKind::Runs, LOOSE),
            (50, Some(0), TurnKind::Runs, LOOSE),
        ]),
        &[],
    );
    assert_eq!(
        slices(&timeline),
        [(10, 20, 0, Pin::Loose, false), (30, 40, 1, Pin::Loose, false), (50, 1000, 0, Pin::Loose, false)]
    );
    assert_eq!(timeline.groups[0].lanes[0].watched, Some(Watched { from: 10, every: None }));
}

#[test]
fn a_pinned_goroutine_that_waits_keeps_its_thread() {
    let timeline = build(
        &history(&[
            (10, Some(0), TurnKind::Runs, LOOSE),
            (15, Some(0), TurnKind::Pins, LOOSE),
            (20, Some(0), TurnKind::Rests, HELD),
            (30, Some(0), TurnKind::Runs, HELD),
            (40, Some(0), TurnKind::Rests, LOOSE),
        ]),
        &[],
    );
    assert_eq!(
        slices(&timeline),
        [
            (10, 15, 0, Pin::Loose, false),
            (15, 20, 0, Pin::Held, false),
            (20, 30, 0, Pin::Held, true),
            (30, 40, 0, Pin::Undone, false),
        ]
    );
    let marks = &timeline.groups[0].lanes[0].marks;
    assert!(marks.len() == 1 && marks[0].kind == MarkKind::Pin && marks[0].at == 15, "{marks:?}");
}

#[test]
fn looks_do_not_count_where_the_scheduler_was_followed() {
    let (thread, goroutine, pinned) = (ThreadId(0), GoroutineId(1), LOOSE);
    let stay = Stay { thread, goroutine, from: 100, to: 300, pinned, waits: false, looks: 3 };
    let watch = Watch { process: ProcessId(0), at: 50, every: 100 };
    let mut looked = history(&[]);
    looked.stays.push(stay);
    looked.watches.push(watch);
    let timeline = build(&looked, &[]);
    assert_eq!(slices(&timeline), [(100, 300, 1, Pin::Loose, false)]);
    assert_eq!(timeline.groups[0].lanes[0].watched, Some(Watched { from: 50, every: Some(100) }));

    looked.turns = vec![turn(60, Some(0), TurnKind::Runs, LOOSE), turn(70, Some(0), TurnKind::Rests, LOOSE)];
    assert_eq!(slices(&build(&looked, &[])), [(60, 70, 0, Pin::Loose, false)]);
}

#[test]
fn what_speaks_of_nothing_draws_nothing() {
    let mut broken = history(&[(10, Some(9), TurnKind::Runs, LOOSE), (20, None, TurnKind::Rests, HELD)]);
    broken.turns[1].thread = ThreadId(7);
    broken.threads[0].process = ProcessId(3);
    broken.threads[0].parent = Some(ThreadId(9));
    let timeline = build(&broken, &[]);
    for (ending, write) in FORMATS {
        let mut written = Vec::new();
        write(&timeline, &mut written).unwrap_or_else(|error| panic!("{ending}: {error}"));
        assert!(!written.is_empty(), "{ending}");
    }
}

/// A disk that is full after so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_in_every_format() {
    let timeline = build(&history(&[(10, Some(0), TurnKind::Runs, LOOSE)]), &[]);
    for (ending, write) in FORMATS {
        for room in [0, 60] {
            let error = write(&timeline, &mut Full(room)).expect_err(ending);
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{ending}: {error}");
        }
    }
}

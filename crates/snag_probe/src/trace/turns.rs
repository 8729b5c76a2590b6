//! What hooks saw, told as steps of a history.

use rustc_hash::FxHashMap;
use snag_threads::history::{Event, GoroutineId, Nanos, ProcessId, ThreadId, Turn, TurnKind};

use super::places::{Places, Sink};
use super::runtime::{RawGoroutine, Runtime};
use crate::hooks::{self, Hook, Record};

/// Tells what the hooks of one process saw.
#[derive(Clone, Debug)]
pub(crate) struct Teller {
    process: ProcessId,
    /// The processor's clock and time since the start, when the hooks were placed.
    first: (u64, Nanos),
    /// The same, now.
    last: (u64, Nanos),
    /// Who was told to run on each thread.
    running: FxHashMap<i32, GoroutineId>,
}

impl Teller {
    pub(crate) fn new(process: ProcessId, now: Nanos) -> Teller {
        let now = (hooks::now(), now);
        Teller { process, first: now, last: now, running: FxHashMap::default() }
    }

    /// What is told from here on was written before now.
    pub(crate) fn set_now(&mut self, now: Nanos) {
        self.last = (hooks::now(), now);
    }

    /// Tells one step; which it was.
    pub(crate) fn tell(
        &mut self,
        record: &Record,
        thread: ThreadId,
        runtime: &Runtime,
        places: &mut Places,
        sink: Sink<'_>,
    ) -> Turn {
        let goroutine = (record.goroutine != 0).then(|| {
            let raw = RawGoroutine::seen(record.goroutine, record.parent, record.created_pc, record.start_pc);
            places.goroutine(self.process, runtime, &raw, sink)
        });
        // Return addresses stand behind their calls.
        let calls: Vec<u64> = record.callers.iter().map(|pc| pc.wrapping_sub(1)).collect();
        let stack = places.stack(self.process, runtime, &calls, sink);
        let what = kind(record.hook);
        let goroutine = match what {
            TurnKind::Rests | TurnKind::Ends => self.running.remove(&record.thread).or(goroutine),
            TurnKind::Runs | TurnKind::Pins | TurnKind::Forced => {
                self.running.extend(goroutine.map(|goroutine| (record.thread, goroutine)));
                goroutine
            }
        };
        let turn = Turn { at: self.at(record.time), thread, goroutine, what, pinned: record.pinned, stack };
        sink(Event::Turn(turn.clone()));
        turn
    }

    fn at(&self, time: u64) -> Nanos {
        let (ticks, nanos) = (self.last.0.wrapping_sub(self.first.0), self.last.1 - self.first.1);
        let ago = self.last.0.saturating_sub(time);
        // Before time has passed nobody knows how fast the clock is.
        let ago = u128::from(ago) * u128::from(nanos) / u128::from(ticks.max(1));
        self.last.1.saturating_sub(u64::try_from(ago).unwrap_or(u64::MAX))
    }
}

fn kind(hook: Hook) -> TurnKind {
    match hook {
        Hook::Runs => TurnKind::Runs,
        Hook::Rests => TurnKind::Rests,
        Hook::Pins => TurnKind::Pins,
        Hook::Ends => TurnKind::Ends,
        Hook::Call | Hook::CallIntoC => TurnKind::Forced,
    }
}

/// What is said of events that nobody could read in time.
pub(crate) fn lost(count: u64) -> String {
    format!("{count} steps of the scheduler were lost: they came faster than they could be read")
}

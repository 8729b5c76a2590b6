//! Looks at processes that have more threads than ever before: what they need them for.

use std::collections::BTreeMap;

use snag_threads::history::{Crowd, Event, Held};

use super::runtime::RawGoroutine;
use super::tracer::Tracer;

/// Fewer threads are what any program has.
const FEWEST: u32 = 32;
/// More threads are not looked at.
const MOST: usize = 2_000;

/// How many threads a process has, and how many it must have to be looked at again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Census {
    living: u32,
    next: u32,
}

impl Default for Census {
    fn default() -> Census {
        Census { living: 0, next: FEWEST }
    }
}

impl Census {
    /// Whether that makes it so many that a look is worth its cost: a quarter more than at the last one.
    fn birth(&mut self) -> bool {
        self.living += 1;
        let due = self.living >= self.next;
        if due {
            self.next = self.living + self.living / 4;
        }
        due
    }

    pub(super) fn death(&mut self) {
        self.living = self.living.saturating_sub(1);
    }
}

impl Tracer<'_> {
    /// A process got one more thread.
    pub(super) fn one_more_thread(&mut self, pid: i32) {
        let at = self.now();
        let (places, processes, tell) = self.parts();
        let Some(process) = processes.get_mut(&pid) else { return };
        let (id, due) = (process.id, process.census.birth());
        let threads = process.census.living;
        let Some(runtime) = process.runtime().filter(|_| due) else { return };
        let mut groups: BTreeMap<_, (RawGoroutine, u32)> = BTreeMap::new();
        for (by, raw, stack) in runtime.held(MOST) {
            let stack = places.stack(id, runtime, &stack, tell);
            let alike = (by, raw.created_pc, raw.start_pc, stack);
            groups.entry(alike).or_insert((raw, 0)).1 += 1;
        }
        let held = groups.into_iter().map(|((by, _, _, stack), (raw, count))| {
            let goroutine = places.goroutine(id, runtime, &raw, tell);
            Held { by, count, goroutine, stack }
        });
        let held = held.collect();
        tell(Event::Crowd(Crowd { at, process: id, threads, held }));
    }
}

//! Who is on which thread, for pictures: looks at all threads of Go programs from time to time, without stopping them.

use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};
use rustc_hash::{FxHashMap, FxHashSet};
use snag_threads::history::{Event, Gap, GoroutineId, Pinned, ProcessId, Stay, Watch};

use super::tracer::Tracer;

/// Looking takes no more than one part in so many of a processor.
const SHARE: u32 = 20;
/// Nobody looks through more, and they must fit into memory.
const MOST: usize = 2_000_000;
/// If so many looks were missed, nobody knows whether a goroutine was there all the time.
const MISSED: u32 = 4;

/// The looks of a run.
pub(super) struct Stays {
    every: Duration,
    /// From one look to the next, which takes longer where there are many threads.
    pause: Duration,
    /// When to look again.
    due: Instant,
    watched: FxHashSet<ProcessId>,
    /// Those that may still go on, by thread.
    going_on: FxHashMap<i32, Stay>,
    told: usize,
}

/// Who is on a thread, and how.
type Seen = (GoroutineId, Pinned, bool);

impl Stays {
    pub(super) fn new(every: Duration) -> Stays {
        let (watched, going_on) = (FxHashSet::default(), FxHashMap::default());
        Stays { every, pause: every, due: Instant::now(), watched, going_on, told: 0 }
    }

    /// A process runs another program.
    pub(super) fn forget(&mut self, process: ProcessId) {
        self.watched.remove(&process);
    }

    /// How long until the next look.
    pub(super) fn rest(&self) -> Duration {
        self.due.saturating_duration_since(Instant::now())
    }
}

impl Tracer<'_> {
    /// Looks at all threads, if it is time to.
    pub(super) fn look_for_stays(&mut self) {
        if self.stays.as_ref().is_none_or(|stays| !stays.rest().is_zero()) {
            return;
        }
        let begun = processor_time();
        let at = self.now();
        let mut seen = self.who_is_where();
        let threads: Vec<i32> = self.threads.keys().copied().collect();
        for tid in threads {
            let now = seen.remove(&tid);
            let Some(stays) = &mut self.stays else { return };
            let missed = u64::try_from((stays.pause * MISSED).as_nanos()).unwrap_or(u64::MAX);
            if let Some(stay) = stays.going_on.get_mut(&tid)
                && at - stay.to <= missed
                && now == Some((stay.goroutine, stay.pinned, stay.waits))
            {
                stay.to = at;
                stay.looks = stay.looks.saturating_add(1);
                continue;
            }
            self.end_stay(tid);
            if let (Some(stays), Some(thread), Some((goroutine, pinned, waits))) =
                (&mut self.stays, self.threads.get(&tid), now)
            {
                let thread = thread.id;
                let stay = Stay { thread, goroutine, from: at, to: at, pinned, waits, looks: 1 };
                stays.going_on.insert(tid, stay);
            }
        }
        if let Some(stays) = &mut self.stays {
            let cost = processor_time().saturating_sub(begun);
            stays.pause = stays.every.max(cost * SHARE);
            stays.due = Instant::now() + stays.pause;
        }
    }

    /// The thread ends, or somebody else is on it.
    pub(super) fn end_stay(&mut self, tid: i32) {
        let Some(stays) = &mut self.stays else { return };
        let Some(stay) = stays.going_on.remove(&tid) else { return };
        stays.told += 1;
        match stays.told {
            told if told < MOST => self.say(Event::Stay(stay)),
            MOST => {
                let reason = format!("who was on which thread is told for the first {MOST} times only");
                self.say(Event::Gap(Gap { at: stay.from, process: None, reason }));
            }
            _ => {}
        }
    }

    fn who_is_where(&mut self) -> FxHashMap<i32, Seen> {
        let outer: FxHashMap<(i32, i32), i32> =
            self.threads.iter().map(|(&tid, thread)| ((thread.pid, thread.inner), tid)).collect();
        let at = self.now();
        let mut begun = Vec::new();
        let mut seen = FxHashMap::default();
        let (places, processes, tell) = self.parts();
        for (&pid, process) in processes.iter_mut().filter(|(_, process)| process.runs) {
            let id = process.id;
            let Some(runtime) = process.runtime() else { continue };
            begun.push(id);
            for machine in runtime.machines().collect::<Vec<_>>() {
                let Some(&tid) = outer.get(&(pid, machine.inner())) else { continue };
                let waits = machine.current == 0;
                let Some(raw) = runtime.goroutine(if waits { machine.locked_g } else { machine.current })
                else {
                    continue;
                };
                // One that is just changing is looked at again soon.
                if runtime.machine(machine.inner()) != Some(machine) {
                    continue;
                }
                seen.insert(tid, (places.goroutine(id, runtime, &raw, tell), machine.pinned, waits));
            }
        }
        self.begin_watches(&begun, at);
        seen
    }

    fn begin_watches(&mut self, processes: &[ProcessId], at: u64) {
        for &process in processes {
            let Some(stays) = &mut self.stays else { return };
            let every = u64::try_from(stays.every.as_nanos()).unwrap_or(u64::MAX);
            if stays.watched.insert(process) {
                self.say(Event::Watch(Watch { process, at, every }));
            }
        }
    }
}

/// What this thread has used: on a busy machine much more time goes by.
fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).unwrap_or_default()
}

//! Looks at threads that have something of their own: whom they hurt.

use snag_threads::history::{Event, GoroutineId, Pinned, Sighting};

use super::tracer::Tracer;

/// More goroutines on one thread are not told one by one.
const MOST: usize = 64;
/// In place of a goroutine: the one that was pinned to the main thread has ended. No goroutine has this id.
const WEDGED: (u64, bool) = (u64::MAX, true);

impl Tracer<'_> {
    pub(super) fn look_at_all(&mut self) {
        let dirty = self.threads.iter().filter(|(_, thread)| !thread.own.is_empty());
        let mut dirty: Vec<i32> = dirty.map(|(&tid, _)| tid).collect();
        dirty.sort_unstable();
        dirty.into_iter().for_each(|tid| self.look(tid, false));
    }

    /// Tells who is on a thread that has something of its own, if that is news. `stands`: whether the thread stands still
    /// in a call of a goroutine, so that what is read belongs together.
    pub(super) fn look(&mut self, tid: i32, stands: bool) {
        let Some(thread) = self.threads.get(&tid).filter(|thread| !thread.own.is_empty()) else { return };
        let (pid, inner, changed_in_c) = (thread.pid, thread.inner, thread.changed_in_c);
        let (places, processes, tell) = self.parts();
        let Some(process) = processes.get_mut(&pid).filter(|process| process.runs) else { return };
        let id = process.id;
        let Some(runtime) = process.runtime() else { return };
        let Some(machine) = runtime.machine(inner) else { return };
        // One that is just changing is looked at again soon.
        if !stands && runtime.machine(inner) != Some(machine) {
            return;
        }
        if changed_in_c.is_some_and(|call| machine.in_cgo && machine.calls_into_c == call) {
            return;
        }
        let raw = runtime.goroutine(machine.current);
        let reserved = machine.is_reserved();
        let wedged = tid == pid && machine.is_wedged();
        let key = if wedged { WEDGED } else { (raw.map_or(0, |raw| raw.id), reserved) };
        let goroutine = raw.map(|raw| places.goroutine(id, runtime, &raw, tell));
        let pinned = if reserved { machine.pinned } else { Pinned::default() };
        self.saw(tid, key, goroutine, pinned);
    }

    fn saw(&mut self, tid: i32, key: (u64, bool), goroutine: Option<GoroutineId>, pinned: Pinned) {
        let wedged = key == WEDGED;
        let at = self.now();
        let Some(thread) = self.threads.get_mut(&tid) else { return };
        if thread.seen.len() >= MOST || !thread.seen.insert(key) {
            return;
        }
        let sighting = Sighting { at, thread: thread.id, goroutine, pinned, wedged, own: thread.own.clone() };
        self.say(Event::Sighting(sighting));
    }

    /// The goroutine that a thread which stands still runs.
    pub(super) fn goroutine_of(&mut self, tid: i32) -> Option<GoroutineId> {
        let (pid, inner) = self.threads.get(&tid).map(|thread| (thread.pid, thread.inner))?;
        let (places, processes, tell) = self.parts();
        let process = processes.get_mut(&pid)?;
        let id = process.id;
        let runtime = process.runtime()?;
        let machine = runtime.machine(inner)?;
        let raw = runtime.goroutine(machine.current)?;
        Some(places.goroutine(id, runtime, &raw, tell))
    }
}

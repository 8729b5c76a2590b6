//! Copies what the runtime says, and puts beside it what the kernel says.

mod frames;
mod goroutines;
mod machines;
mod running;
mod scheduler;
mod stacks;

use std::sync::PoisonError;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use rustc_hash::FxHashMap;
use snag_threads::snapshot::{Gap, Part, Snapshot, Status};

use crate::pause::Pause;
use crate::refusal::Refusal;
use crate::target::{Options, Stacks, Target};
use crate::{cgroup, threads};
use frames::Frames;
use goroutines::Goroutines;
pub(crate) use goroutines::Listed;
use machines::RawMachine;
pub(crate) use stacks::Unwind;

/// Times of the runtime count from the boot of the machine, as those of this clock.
pub(crate) fn now() -> Duration {
    clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default()
}

/// Everything that is wanted, or why the process cannot be read any more.
pub(crate) fn snapshot(target: &Target, options: Options<'_>, listed: Listed) -> Result<Snapshot, Refusal> {
    let pause = if options.pause { Some(Pause::all(target.process.pid)?) } else { None };
    let mut frames = Frames::new(&target.table);
    let mut snapshot = Snapshot {
        process: target.process.clone(),
        taken: now(),
        reasons: target.reasons.clone(),
        ..Snapshot::default()
    };
    let before = scheduler::read(target);
    let goroutines = goroutines::read(target, listed, &mut frames);
    let mut goroutines = note(&mut snapshot.gaps, Part::Goroutines, goroutines);
    let machines = note(&mut snapshot.gaps, Part::Machines, machines::read(target));
    let processors = note(&mut snapshot.gaps, Part::Processors, machines::processors(target, &machines));
    snapshot.gomaxprocs = (!processors.is_empty()).then_some(processors.len() as u32);
    snapshot.processors = processors;
    let after = scheduler::read(target);
    let scheduler =
        scheduler::check(target, &snapshot.gaps, before, after, machines.len(), goroutines.last_id());
    snapshot.scheduler = note(&mut snapshot.gaps, Part::Scheduler, scheduler.map(Some));
    join(&mut goroutines, &machines);
    if options.stacks != Stacks::None {
        let unread = stacks::read(target, options.stacks, &mut goroutines, &mut frames, pause.as_ref());
        if unread > 0 {
            let reason = format!("{unread} stacks changed while they were read");
            snapshot.gaps.push(Gap { part: Part::Stacks, reason });
        }
    }
    if snapshot.reasons.is_empty() {
        let reason = "the runtime's names for what goroutines wait for were not found".to_owned();
        snapshot.gaps.push(Gap { part: Part::Reasons, reason });
    }
    beside(target, &mut snapshot, &machines, options.pause);
    snapshot.paused = pause.map(Pause::release);
    (snapshot.frames, snapshot.stacks) = frames.finish();
    (snapshot.goroutines, snapshot.counted) = goroutines.finish();
    // A process that ended meanwhile reads like one that never had anything.
    crate::find::must_be_alive(target.process.pid).map_err(|_| crate::find::ended(target.process.pid))?;
    Ok(snapshot)
}

/// What could be read; why not goes to the gaps.
fn note<T: Default>(gaps: &mut Vec<Gap>, part: Part, outcome: Result<T, Refusal>) -> T {
    outcome.unwrap_or_else(|refusal| {
        gaps.push(Gap { part, reason: refusal.to_string() });
        T::default()
    })
}

/// What an M says of its goroutine was checked on both sides, so it decides.
fn join(goroutines: &mut Goroutines, machines: &[RawMachine]) {
    for machine in machines {
        if let Some(goroutine) = goroutines.at_address(machine.current)
            && matches!(goroutine.status, Status::Running | Status::Syscall)
        {
            goroutine.machine = Some(machine.id);
        }
        if machine.is_pinned()
            && let Some(goroutine) = goroutines.at_address(machine.locked_g)
        {
            goroutine.pinned_to = Some(machine.id);
        }
    }
}

/// The kernel's side, and the names of the runtime's own threads.
fn beside(target: &Target, snapshot: &mut Snapshot, machines: &[RawMachine], paused: bool) {
    let mut asleep = target.asleep.lock().unwrap_or_else(PoisonError::into_inner);
    let threads = threads::read(target.process.pid, &asleep);
    let gaps = threads.gaps.iter().cloned();
    snapshot.gaps.extend(gaps.map(|reason| Gap { part: Part::Threads, reason }));
    let tids: FxHashMap<u64, i32> =
        threads.list.iter().map(|thread| (thread.inner_tid as u64, thread.tid)).collect();
    for raw in machines {
        let mut machine = raw.machine(target, &tids);
        // What the kernel says of a thread was read later than its M. Both hold at one moment if the M is still the
        // same, and the thread has slept from before until after.
        machine.settled &=
            raw.is_unchanged(target) && machine.tid.is_none_or(|tid| threads.sleeps(target.process.pid, tid));
        snapshot.machines.push(machine);
    }
    snapshot.threads = threads.list;
    *asleep = threads.asleep;
    snapshot.machines.sort_by_key(|machine| machine.id);
    if !paused {
        running::settle(target, snapshot, machines);
    }
    match cgroup::read(target.process.pid) {
        Ok(quota) => snapshot.quota = quota,
        Err(reason) => snapshot.gaps.push(Gap { part: Part::Quota, reason }),
    }
}

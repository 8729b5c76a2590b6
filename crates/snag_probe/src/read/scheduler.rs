//! The scheduler's counters: believed only when they agree with what is known otherwise.

use snag_threads::snapshot::{Gap, Part, Scheduler};

use crate::bytes::{half, word};
use crate::refusal::Refusal;
use crate::target::Target;

/// Threads that are counted and not yet in the list, or no longer: so many may be made or end at one moment.
const ON_THEIR_WAY: i64 = 8;

/// The counters, if their places are known.
pub(super) fn read(target: &Target) -> Option<Scheduler> {
    let layout = target.sched?;
    let last = [layout.nmspinning, layout.nmfreed, layout.npidle, layout.mnext, layout.goidgen];
    let last = last.into_iter().chain(layout.runqsize).max()? + 8;
    let bytes = target.memory.bytes(target.globals.sched?, last).ok()?;
    let number = |at: usize| half(&bytes, at).map(|number| number as i32);
    Some(Scheduler {
        threads_created: word(&bytes, layout.mnext)? as i64,
        threads_freed: word(&bytes, layout.nmfreed)? as i64,
        threads_idle: number(layout.nmidle)?,
        threads_idle_pinned: number(layout.nmidlelocked)?,
        threads_max: number(layout.maxmcount)?,
        processors_idle: number(layout.npidle)?,
        spinning: number(layout.nmspinning)?,
        queue: layout.runqsize.and_then(number),
        last_goroutine: word(&bytes, layout.goidgen)?,
    })
}

/// The counters, unless they contradict the lists.
pub(super) fn check(
    target: &Target,
    gaps: &[Gap],
    before: Option<Scheduler>,
    after: Option<Scheduler>,
    machines: usize,
    last_goroutine: u64,
) -> Result<Scheduler, Refusal> {
    let version = &target.process.go_version;
    if target.sched.is_none() {
        return Err(Refusal::new(format!("where {version} keeps the scheduler's counters is not known")));
    }
    if target.globals.sched.is_none() {
        return Err(Refusal::new("the scheduler's counters were not found with certainty"));
    }
    let wrong =
        || Refusal::new(format!("the scheduler's counters are not where {version} is known to keep them"));
    let (before, after) = before.zip(after).ok_or_else(wrong)?;
    let listed = !gaps.iter().any(|gap| gap.part == Part::Machines);
    let machines = machines as i64;
    // The main thread is never freed, even if its goroutine ends pinned: it is counted, and stays in the list.
    let least = before.threads_created - after.threads_freed - ON_THEIR_WAY;
    let most = after.threads_created - before.threads_freed + ON_THEIR_WAY;
    let sound = after.threads_created > 0
        && (0..=after.threads_created).contains(&after.threads_freed)
        && after.threads_freed >= before.threads_freed
        && after.threads_max > 0
        && (0..=after.threads_created as i32).contains(&after.threads_idle)
        && (0..=1 << 16).contains(&after.processors_idle)
        && after.last_goroutine >= last_goroutine
        && (!listed || (least..=most).contains(&machines));
    if sound { Ok(after) } else { Err(wrong()) }
}

//! Hooks in a process that runs already: it stands still for a few milliseconds while they are placed, and again when they are
//! removed.

use std::fs;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use snag_threads::history::{
    Birth, Death, DeathReason, Event, Gap, Nanos, Process, ProcessId, Program, Thread, ThreadId, TurnKind,
};

use super::install::Still;
use super::plan::Places;
use super::{Hooks, Installed, Obstacle, Plan, Removal};
use crate::find::status_field;
use crate::pause::Pause;
use crate::refusal::{Cause, Refusal};
use crate::target::Target;
use crate::trace::{Places as Told, Runtime, Teller, lost};

/// How often a process is stopped until no thread stands where it must not.
const TRIES: usize = 100;
/// Between tries.
const REST: Duration = Duration::from_millis(2);
/// A watch has one process.
const PROCESS: ProcessId = ProcessId(0);

/// A process with hooks. Dropped, on whatever way, it is as it was.
pub struct Watch {
    runtime: Runtime,
    installed: Option<Installed>,
    places: Told,
    teller: Teller,
    threads: FxHashMap<i32, ThreadId>,
    count: u32,
    begun: Instant,
    /// How old the process was then.
    age: Duration,
    stood: Duration,
}

/// Places hooks in a process. Time is told since the process was started.
///
/// # Errors
/// When that cannot be proven safe, or the kernel does not allow it; the process is as it was.
pub fn watch(target: Target, hooks: Hooks, tell: &mut dyn FnMut(Event)) -> Result<Watch, Refusal> {
    let pid = target.process.pid;
    if is_filtered(pid) {
        return Err(Obstacle::Filtered.into());
    }
    let mut stood = Duration::ZERO;
    if let Some(left) = Installed::left_behind(&target, &Places::of(&target)?)? {
        take_away(&left, &target, &mut stood)?;
    }
    // Goroutines are not forced to move where nobody waits for what comes of it.
    let plan = Plan::of(&target, Hooks { forcing: None, ..hooks })?;
    let installed = place(&plan, &target, &mut stood)?;
    let age = target.age().unwrap_or_default();
    let teller = Teller::new(PROCESS, nanos(age));
    introduce(&target, tell);
    let (places, threads) = (Told::default(), FxHashMap::default());
    Ok(Watch {
        runtime: Runtime::new(target),
        installed: Some(installed),
        places,
        teller,
        threads,
        count: 0,
        begun: Instant::now(),
        age,
        stood,
    })
}

fn place(plan: &Plan, target: &Target, stood: &mut Duration) -> Result<Installed, Refusal> {
    let mut outcome = Err(Obstacle::Unruly);
    for _ in 0..TRIES {
        let pause = Pause::all(target.process.pid)?;
        outcome = Installed::new(plan, target, still(&pause.standing(), &pause.quiet()));
        *stood = pause.release().max(*stood);
        if !matches!(outcome, Err(Obstacle::Occupied(_) | Obstacle::Restless)) {
            break;
        }
        std::thread::sleep(REST);
    }
    Ok(outcome?)
}

fn take_away(installed: &Installed, target: &Target, stood: &mut Duration) -> Result<(), Refusal> {
    let pid = target.process.pid;
    for _ in 0..TRIES {
        if target.ended().is_some() {
            return Ok(());
        }
        let pause = match Pause::all(pid) {
            Err(refusal) if refusal.cause() == Cause::Ended => return Ok(()),
            pause => pause?,
        };
        let removal = installed.remove(target, still(&pause.standing(), &pause.quiet()));
        *stood = pause.release().max(*stood);
        match removal {
            Ok(Removal::Done) => return Ok(()),
            Ok(Removal::Busy) | Err(Obstacle::Restless) => std::thread::sleep(REST),
            Err(obstacle) => return Err(obstacle.into()),
        }
    }
    Err(Refusal::new(
        "the hooks are removed, but a thread kept standing in their code: some of Snag's memory was left in the process",
    ))
}

fn still<'s>(all: &'s [i32], free: &'s [i32]) -> Still<'s> {
    Still { all, free, ends_with_us: false }
}

fn introduce(target: &Target, tell: &mut dyn FnMut(Event)) {
    let process = &target.process;
    let (pid, executable) = (process.pid, process.executable.clone());
    let (parent, forked_by, inherited) = (None, None, Vec::new());
    let (programs, end) = (Vec::new(), None);
    let death_signal = None;
    tell(Event::Process(Process { pid, born: 0, parent, forked_by, death_signal, inherited, programs, end }));
    let (go_version, module) = (Some(process.go_version.clone()), process.module.clone());
    tell(Event::Program(PROCESS, Program { at: 0, executable, go_version, module }));
}

fn nanos(time: Duration) -> Nanos {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Whether a filter that Snag does not have as well decides which system calls the process may make.
fn is_filtered(pid: i32) -> bool {
    let filters = |who: &str| {
        let status = fs::read_to_string(format!("/proc/{who}/status")).unwrap_or_default();
        let count = status_field(&status, "Seccomp_filters").or_else(|| status_field(&status, "Seccomp"));
        count.and_then(|count| count.parse::<u32>().ok()).unwrap_or(0)
    };
    filters(&pid.to_string()) > filters("self")
}

impl Watch {
    /// The process.
    pub fn target(&self) -> &Target {
        &self.runtime.target
    }

    /// For how long the process stood still, each time at most.
    pub fn stood(&self) -> Duration {
        self.stood
    }

    /// Tells what was seen since this was asked last.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn read(&mut self, tell: &mut dyn FnMut(Event)) -> Result<(), Refusal> {
        let now = nanos(self.age + self.begun.elapsed());
        let Some(installed) = &mut self.installed else { return Ok(()) };
        self.teller.set_now(now);
        let (records, lost_count) = installed.drain(false)?;
        for record in &records {
            let thread = *self.threads.entry(record.thread).or_insert_with(|| {
                let id = ThreadId(self.count);
                self.count += 1;
                let (parent, birth, stack) = (None, Birth::Unknown, None);
                let (inherited, death) = (Vec::new(), None);
                let (process, tid) = (PROCESS, record.thread);
                // Nobody saw when it was born: not after it was seen, and not before its process.
                tell(Event::Thread(Thread { process, tid, born: 0, parent, birth, stack, inherited, death }));
                id
            });
            let turn = self.teller.tell(record, thread, &self.runtime, &mut self.places, tell);
            let is_main = record.thread == self.runtime.target.process.pid;
            if turn.what == TurnKind::Ends && turn.pinned.depth > 0 && !is_main {
                self.threads.remove(&record.thread);
                let (at, goroutine) = (turn.at, turn.goroutine);
                let reason = DeathReason::PinnedGoroutine;
                tell(Event::Death(thread, Death { at, reason, goroutine, pin: None }));
            }
        }
        if lost_count > 0 {
            tell(Event::Gap(Gap { at: now, process: Some(PROCESS), reason: lost(lost_count) }));
        }
        Ok(())
    }

    /// Removes the hooks; for how long the process stood still at most.
    ///
    /// # Errors
    /// When a part of Snag's memory had to be left in the process, which hurts nobody, or somebody else changed its code.
    pub fn end(mut self) -> Result<Duration, Refusal> {
        self.remove()?;
        Ok(self.stood)
    }

    fn remove(&mut self) -> Result<(), Refusal> {
        let Some(installed) = self.installed.take() else { return Ok(()) };
        take_away(&installed, &self.runtime.target, &mut self.stood)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // What goes wrong is told by `end`; here nobody asks.
        let _ = self.remove();
    }
}

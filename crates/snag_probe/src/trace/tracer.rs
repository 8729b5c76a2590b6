//! The loop: waits for something to happen to a thread, looks, and lets it go on.

use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::unistd::Pid;
use rustc_hash::{FxHashMap, FxHashSet};
use snag_threads::history::{Event, Exit, GoroutineId, Nanos, Own, ProcessId, ThreadId};
use snag_threads::snapshot::FrameId;

use super::Launch;
use super::calls::Pending;
use super::hooked::Hooking;
use super::kernel::{self, Happening, Resume, Signals, Told};
use super::lives::Process;
use super::places::Places;
use super::stays::Stays;

/// How long to look for the next stop before sleeping: to be woken up takes the kernel longer than most programs need to
/// reach it.
const SPIN: Duration = Duration::from_micros(20);
/// Between looks at threads that have something of their own,
const LOOK: Duration = Duration::from_millis(2);
/// and at least so many times as long as a look takes: there may be thousands of them.
const PAUSE: u32 = 10;
/// The longest sleep.
const REST: Duration = Duration::from_millis(100);

/// A parent that has not told of a new thread for so long was killed before it could.
const ORPHANED: Duration = Duration::from_secs(1);

/// A thread that is followed.
#[derive(Debug)]
pub(super) struct Thread {
    pub(super) id: ThreadId,
    pub(super) pid: i32,
    /// Its id as the process itself has it.
    pub(super) inner: i32,
    /// What it has of its own.
    pub(super) own: Vec<Own>,
    /// The call it is in.
    pub(super) pending: Option<Pending>,
    /// Who was seen on it, pinned or not, since its state changed last.
    pub(super) seen: FxHashSet<(u64, bool)>,
    /// The call into C that changed it last; until that ends it may put back what it changed.
    pub(super) changed_in_c: Option<u64>,
    /// It has begun to end, as its goroutine ended pinned.
    pub(super) end: Option<End>,
}

/// Why the runtime ends a thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    /// The goroutine that ended pinned, if that is known.
    pub(super) goroutine: Option<GoroutineId>,
    /// Where it pinned itself.
    pub(super) pin: Option<FrameId>,
}

/// Everything that is known while a program runs.
pub(super) struct Tracer<'t> {
    pub(super) first: i32,
    begun: Instant,
    pub(super) tell: &'t mut dyn FnMut(Event),
    pub(super) processes: FxHashMap<i32, Process>,
    pub(super) threads: FxHashMap<i32, Thread>,
    /// Threads that stand, and whose birth was not told yet: since when.
    pub(super) held: FxHashMap<i32, (Happening, Instant)>,
    pub(super) places: Places,
    pub(super) counts: Counts,
    /// Who is on which thread, if that is wanted.
    pub(super) stays: Option<Stays>,
    /// What is hooked, and where.
    pub(super) hooking: Hooking,
    limit: Option<Duration>,
    exit: Option<Exit>,
    /// When the threads that have something of their own are looked at again.
    look_next: Instant,
    /// Nobody waits any longer.
    pub(super) abandoned: bool,
}

/// How many of each were told.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) processes: u32,
    pub(super) threads: u32,
    pub(super) calls: u32,
}

impl<'t> Tracer<'t> {
    pub(super) fn new(first: i32, launch: &Launch, tell: &'t mut dyn FnMut(Event)) -> Tracer<'t> {
        let mut tracer = Tracer {
            first,
            begun: Instant::now(),
            tell,
            processes: FxHashMap::default(),
            threads: FxHashMap::default(),
            held: FxHashMap::default(),
            places: Places::default(),
            counts: Counts::default(),
            stays: launch.look_every.map(Stays::new),
            hooking: Hooking::new(launch),
            limit: launch.limit,
            exit: None,
            look_next: Instant::now(),
            abandoned: false,
        };
        tracer.first_process();
        tracer
    }

    pub(super) fn run(mut self, signals: &Signals) -> Exit {
        kernel::come_soon();
        let mut quiet = Instant::now();
        let mut heard = Instant::now();
        loop {
            self.look_for_stays();
            self.read_hooks();
            self.keep_to_limit();
            match kernel::next() {
                Ok(Some((tid, happening))) => {
                    self.happened(tid, happening);
                    quiet = Instant::now();
                }
                Ok(None) if quiet.elapsed() < SPIN => std::hint::spin_loop(),
                Ok(None) => {
                    let rest = self.rest();
                    self.in_between(signals, rest);
                    heard = Instant::now();
                    // After a sleep something is likely to follow.
                    quiet = heard;
                }
                Err(Errno::ECHILD) => break,
                Err(_) => std::thread::yield_now(),
            }
            // A program that makes processes without end leaves no time to sleep.
            if heard.elapsed() >= REST {
                self.in_between(signals, Duration::ZERO);
                heard = Instant::now();
            }
        }
        let at = self.now();
        self.say(Event::End(at));
        self.exit.unwrap_or(Exit::Code(0))
    }

    /// Does what nothing that happens asks for, and listens for signals for so long.
    fn in_between(&mut self, signals: &Signals, rest: Duration) {
        if !self.held.is_empty() {
            self.release_orphans();
        }
        if self.is_watching() && self.look_next <= Instant::now() {
            let begun = Instant::now();
            self.look_at_all();
            self.look_next = Instant::now() + LOOK.max(begun.elapsed() * PAUSE);
        }
        match signals.wait(rest) {
            Told::Look => {}
            Told::Pass(signal) => self.pass(signal),
            Told::Interrupted => self.interrupted(),
        }
    }

    /// Whether a thread has something of its own.
    fn is_watching(&self) -> bool {
        self.threads.values().any(|thread| !thread.own.is_empty())
    }

    /// How long nothing needs to be done unless something happens.
    fn rest(&self) -> Duration {
        let until_stays = self.stays.as_ref().map_or(REST, Stays::rest);
        until_stays.min(if self.is_watching() { LOOK } else { REST }).min(self.hooking.rest())
    }

    /// Gives the program a signal that Snag got; when it has ended, those it left behind.
    fn pass(&self, signal: i32) {
        if self.processes.contains_key(&self.first) {
            return kernel::send(self.first, signal);
        }
        self.processes.keys().for_each(|&pid| kernel::send(pid, signal));
    }

    /// Kills whatever still runs when the time is over.
    fn keep_to_limit(&mut self) {
        if self.limit.is_some_and(|limit| self.begun.elapsed() >= limit) {
            self.limit = None;
            self.abandon();
        }
    }

    /// All have got the signal by themselves. Who is left when the program has ended does not heed it, and the user waits.
    fn interrupted(&mut self) {
        if !self.processes.contains_key(&self.first) {
            self.abandon();
        }
    }

    /// Kills all that runs, and all that is still started.
    fn abandon(&mut self) {
        self.abandoned = true;
        self.processes.keys().for_each(|&pid| kernel::send(pid, libc::SIGKILL));
    }

    /// Time since the start.
    pub(super) fn now(&self) -> Nanos {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(super) fn say(&mut self, event: Event) {
        (self.tell)(event);
    }

    /// The places that were told, and where new ones are told.
    pub(super) fn parts(&mut self) -> (&mut Places, &mut FxHashMap<i32, Process>, &mut dyn FnMut(Event)) {
        (&mut self.places, &mut self.processes, &mut *self.tell)
    }

    fn happened(&mut self, tid: i32, happening: Happening) {
        if let Happening::Exited(code) = happening {
            return self.gone(tid, Exit::Code(code));
        }
        if let Happening::Killed(signal) = happening {
            return self.gone(tid, Exit::Signal(signal));
        }
        // Its parent has not told of it yet, and only the parent knows what it inherits.
        if !self.threads.contains_key(&tid) && happening != Happening::Exec {
            if happening == Happening::Ending {
                // Both were killed before the parent could tell.
                self.held.remove(&tid);
                return kernel::resume(tid, Resume::Run, 0);
            }
            self.held.insert(tid, (happening, Instant::now()));
            return;
        }
        match happening {
            Happening::CallBegin => {
                let how = self.call_begins(tid);
                kernel::resume(tid, how, 0);
            }
            Happening::CallEnd => {
                self.call_ends(tid);
                kernel::resume(tid, Resume::Run, 0);
            }
            Happening::Birth => {
                self.birth(tid);
                kernel::resume(tid, Resume::Run, 0);
            }
            Happening::Exec => {
                self.exec(tid);
                kernel::resume(tid, Resume::Run, 0);
            }
            Happening::Ending => {
                self.ending(tid);
                kernel::resume(tid, Resume::Run, 0);
            }
            Happening::Signal(signal) => {
                if let Some(pid) = self.threads.get(&tid).map(|thread| thread.pid) {
                    self.signaled(pid, signal);
                }
                kernel::resume(tid, self.mode(tid), signal);
            }
            Happening::GroupStop(_) => kernel::resume(tid, Resume::Listen, 0),
            Happening::Stand | Happening::Other | Happening::Exited(_) | Happening::Killed(_) => {
                kernel::resume(tid, self.mode(tid), 0);
            }
        }
    }

    /// Whether the end of a call is waited for.
    fn mode(&self, tid: i32) -> Resume {
        let waits = self.threads.get(&tid).is_some_and(|thread| thread.pending.is_some());
        if waits { Resume::ToCallEnd } else { Resume::Run }
    }

    fn birth(&mut self, tid: i32) {
        let Ok(new) = ptrace::getevent(Pid::from_raw(tid)) else { return };
        let Ok(new) = i32::try_from(new) else { return };
        self.born(tid, new);
        self.hook(tid, new);
        if let Some((happening, _)) = self.held.remove(&new) {
            self.happened(new, happening);
        }
    }

    /// Lets threads go on whose parents were killed before they could tell of them.
    fn release_orphans(&mut self) {
        let old = self.held.iter().filter(|(_, (_, since))| since.elapsed() >= ORPHANED);
        let old: Vec<i32> = old.map(|(&tid, _)| tid).collect();
        for tid in old {
            self.adopt(tid);
            if let Some((happening, _)) = self.held.remove(&tid) {
                self.happened(tid, happening);
            }
        }
    }

    fn gone(&mut self, tid: i32, exit: Exit) {
        // A thread that was killed before its parent told of it.
        self.held.remove(&tid);
        let at = self.now();
        let Some(process) = self.processes.get(&tid).map(|process| process.id) else {
            self.end_of_thread(tid, false);
            return;
        };
        if let Exit::Signal(signal) = exit {
            self.signaled(tid, signal);
        }
        // The id of a process is that of its first thread, whose end is told last.
        if tid == self.first {
            self.exit = Some(exit);
        }
        self.forget_threads(tid);
        self.hooking.forget(tid);
        self.processes.remove(&tid);
        self.say(Event::Exit(process, at, exit));
    }

    pub(super) fn process_id(&self, pid: i32) -> Option<ProcessId> {
        Some(self.processes.get(&pid)?.id)
    }
}

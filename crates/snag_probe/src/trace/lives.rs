//! Births and ends of processes and threads.

use std::fs;
use std::ops::Range;
use std::sync::Arc;

use nix::sys::ptrace;
use nix::unistd::Pid;
use rustc_hash::FxHashSet;
use snag_threads::history::{
    self, Birth, Death, DeathReason, DeathSignal, Event, Gap, Own, ProcessId, Program, ThreadId,
};
use snag_threads::snapshot::StackId;
use snag_threads::state::{self, Inherited, StateId, StateSet};

use super::crowds::Census;
use super::filter;
use super::kernel;
use super::machine;
use super::runtime::Runtime;
use super::tracer::{End, Thread, Tracer};
use crate::find::{executable, inner_id, status_field};
use crate::image;
use crate::program::ProgramFile;
use crate::refusal::Cause;
use crate::target::{Target, attach, attach_like};
use crate::threads;

/// Looks at a program that has just begun, until its runtime is where it will stay.
const TRIES: u32 = 64;
/// Looks at a program that seems to be none of Go.
const TRIES_IN_OTHERS: u32 = 4;

/// A process that is followed.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) id: ProcessId,
    /// Whether it runs a program of its own: between fork and exec it is a copy of its parent.
    pub(super) runs: bool,
    pub(super) go: Go,
    /// What its threads have in common: what the first had when the program was started.
    pub(super) usual: Vec<(StateId, Arc<str>)>,
    /// Whether it has other ids for its threads than we have.
    nested: bool,
    pub(super) census: Census,
    /// Whether it has begun to end.
    ends: bool,
    /// The thread that forked it.
    parent: Option<ThreadId>,
    /// The signal it asked for when that thread ends; 0 when it got it.
    death_signal: i32,
}

/// Whether a process is one of Go.
#[derive(Debug)]
pub(super) enum Go {
    /// So many looks did not tell.
    Unknown(u32),
    Yes(Box<Runtime>),
    /// Not in the code that it had then. A program of C may load a library of Go later.
    NotIn(Vec<Range<u64>>),
    No,
}

impl Go {
    /// Whether a call from this address may tell more than was known.
    fn is_open(&self, pc: Option<u64>) -> bool {
        match self {
            Go::Unknown(_) => true,
            Go::NotIn(code) => pc.is_some_and(|pc| !code.iter().any(|piece| piece.contains(&pc))),
            Go::Yes(_) | Go::No => false,
        }
    }
}

impl Process {
    fn new(id: ProcessId, parent: Option<ThreadId>) -> Process {
        let (go, usual, census) = (Go::Unknown(0), Vec::new(), Census::default());
        Process { id, runs: false, go, usual, nested: false, census, ends: false, parent, death_signal: 0 }
    }

    pub(super) fn runtime(&mut self) -> Option<&mut Runtime> {
        match &mut self.go {
            Go::Yes(runtime) => Some(runtime),
            Go::Unknown(_) | Go::NotIn(_) | Go::No => None,
        }
    }

    pub(super) fn usual(&self, state: StateId) -> Option<&Arc<str>> {
        self.usual.iter().find(|(of, _)| *of == state).map(|(_, value)| value)
    }

    /// All threads have this from now on.
    pub(super) fn set_usual(&mut self, state: StateId, value: Arc<str>) {
        self.usual.retain(|(of, _)| *of != state);
        self.usual.push((state, value));
    }
}

impl Tracer<'_> {
    pub(super) fn first_process(&mut self) {
        let pid = self.first;
        self.new_process(pid, None, Vec::new(), None);
        // It runs the program as soon as the kernel tells so.
        self.new_thread(pid, pid, None, (Birth::Main, None), Vec::new());
    }

    fn new_process(
        &mut self,
        pid: i32,
        parent: Option<ThreadId>,
        inherited: Vec<Own>,
        forked_by: Option<history::GoroutineId>,
    ) {
        let id = ProcessId(self.counts.processes);
        self.counts.processes += 1;
        self.processes.insert(pid, Process::new(id, parent));
        if self.abandoned {
            kernel::send(pid, libc::SIGKILL);
        }
        let born = self.now();
        let (death_signal, programs, end) = Default::default();
        let process =
            history::Process { pid, born, parent, forked_by, inherited, death_signal, programs, end };
        self.say(Event::Process(process));
    }

    fn new_thread(
        &mut self,
        tid: i32,
        pid: i32,
        parent: Option<ThreadId>,
        (birth, stack): (Birth, Option<StackId>),
        inherited: Vec<Own>,
    ) {
        let Some(process) = self.processes.get(&pid) else { return };
        let inner = if process.nested { inner_id(tid) } else { tid };
        let id = ThreadId(self.counts.threads);
        self.counts.threads += 1;
        let thread = Thread {
            id,
            pid,
            inner,
            own: inherited.clone(),
            pending: None,
            seen: FxHashSet::default(),
            changed_in_c: None,
            end: None,
        };
        let process = process.id;
        self.threads.insert(tid, thread);
        let (born, death) = (self.now(), None);
        self.say(Event::Thread(history::Thread {
            process,
            tid,
            born,
            parent,
            birth,
            stack,
            inherited,
            death,
        }));
    }

    /// A process runs a program from here on.
    fn start_program(&mut self, pid: i32) {
        let at = self.now();
        let Some(process) = self.processes.get_mut(&pid) else { return };
        process.runs = true;
        process.go = Go::Unknown(0);
        process.census = Census::default();
        process.ends = false;
        process.usual = threads::values(pid, pid, filter::followed());
        process.nested = inner_id(pid) != pid;
        let nested = process.nested;
        let id = process.id;
        if let Some(thread) = self.threads.get_mut(&pid) {
            thread.inner = if nested { inner_id(pid) } else { pid };
        }
        let file = executable(pid).unwrap_or_default();
        self.say(Event::Program(id, Program { at, executable: file, go_version: None, module: None }));
    }

    /// A thread runs another program, and its process has no other thread any more.
    pub(super) fn exec(&mut self, tid: i32) {
        // The thread that asked for it has the id of the first from now on.
        let former = ptrace::getevent(Pid::from_raw(tid)).ok().and_then(|former| i32::try_from(former).ok());
        let caller = former.and_then(|former| self.threads.get(&former)).map(|thread| thread.id);
        self.forget_threads(tid);
        self.hooking.forget(tid);
        let Some(id) = self.process_id(tid) else { return };
        self.places.forget(id);
        if let Some(stays) = &mut self.stays {
            stays.forget(id);
        }
        self.new_thread(tid, tid, caller, (Birth::Main, None), Vec::new());
        self.start_program(tid);
        self.tell_of_lost_rights(tid, id);
    }

    /// A program that would get the rights of its owner does not get them while it is traced by somebody else.
    fn tell_of_lost_rights(&mut self, pid: i32, process: ProcessId) {
        use std::os::unix::fs::MetadataExt;
        let Ok(file) = fs::metadata(format!("/proc/{pid}/exe")) else { return };
        let gains = file.mode() & 0o4000 != 0 && file.uid() != nix::unistd::geteuid().as_raw();
        if gains && !nix::unistd::geteuid().is_root() {
            let name = executable(pid).unwrap_or_default();
            let reason = format!("{name} is setuid, and runs without its owner's rights under snag run");
            let at = self.now();
            self.say(Event::Gap(Gap { at, process: Some(process), reason }));
        }
    }

    /// A thread made a thread or a process.
    pub(super) fn born(&mut self, parent: i32, new: i32) {
        if self.threads.contains_key(&new) {
            return;
        }
        let Some((id, pid)) = self.threads.get(&parent).map(|thread| (thread.id, thread.pid)) else { return };
        let leader = leader(new).unwrap_or(pid);
        if leader == new {
            self.find_runtime(pid, None);
            let (_, stack) = self.reason_of_birth(parent, pid);
            let goroutine = self.goroutine_of(parent);
            self.look(parent, true);
            let inherited = self.passed_on(parent, (new, new), |state| state.info().inherited_by_fork);
            self.new_process(new, Some(id), inherited.clone(), goroutine);
            self.new_thread(new, new, Some(id), (Birth::Main, stack), inherited);
            return;
        }
        // A copy of its parent that makes threads stays what it is, as `runc init` does, which C forks.
        if self.processes.get(&pid).is_some_and(|process| !process.runs) {
            self.start_program(pid);
        }
        self.find_runtime(pid, None);
        let birth = self.reason_of_birth(parent, pid);
        let mut inherited = self.passed_on(parent, (leader, new), |state| state.info().inherited_by_thread);
        if birth.0 != Birth::C {
            // The runtime gives its threads the mask that the program began with: GOROOT1.26:runtime/proc.go:2872.
            inherited.retain(|own| own.state != state::SIGMASK);
        }
        self.new_thread(new, leader, Some(id), birth, inherited);
        self.one_more_thread(leader);
    }

    /// A thread whose parent was killed before it could tell of it.
    pub(super) fn adopt(&mut self, tid: i32) {
        let pid = leader(tid).unwrap_or(tid);
        if !self.processes.contains_key(&pid) {
            self.new_process(pid, None, Vec::new(), None);
        }
        self.new_thread(tid, pid, None, (Birth::Unknown, None), Vec::new());
    }

    /// What a new thread or process has taken over from the thread that made it. It stands before its first instruction, so the
    /// kernel is asked where it tells; but around a birth the runtime blocks all signals.
    fn passed_on(&self, parent: i32, (pid, new): (i32, i32), how: impl Fn(StateId) -> Inherited) -> Vec<Own> {
        let own = self.threads.get(&parent).map(|thread| &thread.own[..]).unwrap_or_default();
        let passes = |own: &&Own| matches!(how(own.state), Inherited::Copied | Inherited::Shared);
        let mut passed: Vec<Own> = own.iter().filter(passes).cloned().collect();
        let mut asked: StateSet = passed.iter().map(|own| own.state).collect();
        asked.remove(state::SIGMASK);
        let values = threads::values(pid, new, asked);
        for own in &mut passed {
            if let Some((_, value)) = values.iter().find(|(state, _)| *state == own.state) {
                own.value = Some(value.clone());
            }
        }
        passed.retain(|own| own.value.is_none() || own.value != own.usual);
        passed
    }

    fn reason_of_birth(&mut self, parent: i32, pid: i32) -> (Birth, Option<StackId>) {
        let unknown = (Birth::Unknown, None);
        let Some(inner) = self.threads.get(&parent).map(|thread| thread.inner) else { return unknown };
        let (places, processes, tell) = self.parts();
        let Some(process) = processes.get_mut(&pid) else { return unknown };
        let id = process.id;
        let Some(runtime) = process.runtime() else { return unknown };
        let Some(info) = kernel::call_info(parent) else { return unknown };
        if !runtime.has(info.pc) {
            // The runtime asks C for threads without saying that it is in C.
            let by_program = runtime.machine(inner).is_some_and(|machine| machine.in_cgo);
            return (if by_program { Birth::C } else { Birth::Scheduler }, None);
        }
        let stack = runtime.anywhere(info.pc, info.sp);
        let birth = runtime.birth(&stack);
        let stack = places.stack(id, runtime, &stack, tell);
        (birth, stack)
    }

    /// The runtime begins to end a thread. Afterwards nothing tells any more which goroutine had it.
    pub(super) fn note_end(&mut self, tid: i32, pc: u64, sp: u64) {
        let Some((pid, inner)) = self.threads.get(&tid).map(|thread| (thread.pid, thread.inner)) else {
            return;
        };
        let (places, processes, tell) = self.parts();
        let Some(process) = processes.get_mut(&pid) else { return };
        let id = process.id;
        let Some(runtime) = process.runtime() else { return };
        let Some(raw) = runtime.end(inner, pc, sp) else { return };
        let pin =
            raw.and_then(|raw| runtime.pin_of(&raw)).and_then(|pin| places.place(id, runtime, pin, tell));
        let goroutine = raw.map(|raw| places.goroutine(id, runtime, &raw, tell));
        if let Some(thread) = self.threads.get_mut(&tid) {
            thread.end = Some(End { goroutine, pin });
        }
    }

    /// A thread is about to end: the last look at it.
    pub(super) fn ending(&mut self, tid: i32) {
        let Some(pid) = self.threads.get(&tid).map(|thread| thread.pid) else { return };
        let by_itself = tid != pid && machine::ends_by_itself(tid);
        self.read_hooks_of(pid, !by_itself);
        if by_itself {
            self.end_of_thread(tid, true);
            return;
        }
        // The whole process ends, and its memory with it: its threads tell so one by one.
        let Some(process) = self.processes.get_mut(&pid) else { return };
        if std::mem::replace(&mut process.ends, true) {
            return;
        }
        let dirty = self.threads.iter().filter(|(_, thread)| thread.pid == pid && !thread.own.is_empty());
        let dirty: Vec<i32> = dirty.map(|(&tid, _)| tid).collect();
        dirty.into_iter().for_each(|tid| self.look(tid, false));
    }

    pub(super) fn end_of_thread(&mut self, tid: i32, by_itself: bool) {
        self.end_stay(tid);
        let at = self.now();
        let Some(thread) = self.threads.remove(&tid) else { return };
        if let Some(process) = self.processes.get_mut(&thread.pid) {
            process.census.death();
        }
        let reason = match (by_itself, thread.end) {
            (false, _) => DeathReason::Process,
            (true, Some(_)) => DeathReason::PinnedGoroutine,
            (true, None) => DeathReason::Itself,
        };
        let end = thread.end.filter(|_| by_itself);
        let (goroutine, pin) = (end.and_then(|end| end.goroutine), end.and_then(|end| end.pin));
        self.say(Event::Death(thread.id, Death { at, reason, goroutine, pin }));
    }

    pub(super) fn forget_threads(&mut self, pid: i32) {
        let mut tids: Vec<i32> =
            self.threads.iter().filter(|(_, thread)| thread.pid == pid).map(|(&tid, _)| tid).collect();
        tids.sort_unstable();
        tids.into_iter().for_each(|tid| self.end_of_thread(tid, false));
    }

    /// A process asks for a signal when the thread ends that forked it.
    pub(super) fn ask_for_signal(&mut self, pid: i32, signal: u64) {
        let Some(process) = self.processes.get_mut(&pid) else { return };
        let Ok(signal) = i32::try_from(signal) else { return };
        process.death_signal = signal;
        let id = process.id;
        self.say(Event::DeathSignal(id, DeathSignal { signal, sent: None }));
    }

    /// A signal came: perhaps the one that the process asked for.
    pub(super) fn signaled(&mut self, pid: i32, signal: i32) {
        let Some(process) = self.processes.get(&pid).filter(|it| it.death_signal == signal) else { return };
        let Some(parent) = process.parent else { return };
        if self.threads.values().any(|thread| thread.id == parent) {
            return;
        }
        let (id, at) = (process.id, self.now());
        if let Some(process) = self.processes.get_mut(&pid) {
            process.death_signal = 0;
        }
        self.say(Event::Orphaned(id, at));
    }

    /// Looks for Go's runtime in a process, if it was not found yet; `pc`: where the process makes a call.
    pub(super) fn find_runtime(&mut self, pid: i32, pc: Option<u64>) {
        let Some(process) = self.processes.get_mut(&pid).filter(|it| it.runs && it.go.is_open(pc)) else {
            return;
        };
        let id = process.id;
        let tries = match &mut process.go {
            Go::Unknown(tries) => {
                *tries += 1;
                *tries
            }
            _ => TRIES,
        };
        // A program that does not show its runtime yet is looked at less and less often.
        if !tries.is_power_of_two() {
            return;
        }
        let found = match self.same_program(pid) {
            Some(like) => attach_like(pid, like),
            None => attach(pid),
        };
        let go = match found {
            Ok(target) if target.globals.allm.is_some() => Go::Yes(Box::new(Runtime::new(target))),
            Ok(target) if tries >= TRIES => {
                let name = target.process().executable.clone();
                let reason =
                    format!("the list of threads of {name} was not found, so its calls are not known");
                self.gap(id, reason);
                Go::No
            }
            Err(refusal) if refusal.cause() == Cause::NotGo && tries >= TRIES_IN_OTHERS => {
                Go::NotIn(image::code(pid))
            }
            Err(refusal) if tries >= TRIES || refusal.cause() == Cause::Unsupported => {
                self.gap(id, refusal.to_string());
                Go::No
            }
            Ok(_) | Err(_) => return,
        };
        if let Go::Yes(runtime) = &go {
            let program = runtime.target.process();
            let module = program.module.clone();
            self.say(Event::Go(id, program.go_version.clone()));
            if let Some(module) = module {
                self.say(Event::Module(id, module));
            }
        }
        if let Some(process) = self.processes.get_mut(&pid) {
            process.go = go;
        }
    }

    fn gap(&mut self, process: ProcessId, reason: String) {
        let at = self.now();
        self.say(Event::Gap(Gap { at, process: Some(process), reason }));
    }

    /// Another process of the same program, in which the runtime was found.
    fn same_program(&self, pid: i32) -> Option<&Target> {
        let file = ProgramFile::of(pid)?;
        self.processes.values().find_map(|process| match &process.go {
            Go::Yes(runtime) => {
                let target = &runtime.target;
                (ProgramFile::of(target.process().pid)? == file).then_some(target)
            }
            Go::Unknown(_) | Go::NotIn(_) | Go::No => None,
        })
    }
}

/// The process of a thread.
fn leader(tid: i32) -> Option<i32> {
    let status = fs::read_to_string(format!("/proc/{tid}/status")).ok()?;
    status_field(&status, "Tgid")?.parse().ok()
}

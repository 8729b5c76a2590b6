//! What a Go program did to its threads while it ran: who changed the state of which thread, and who met it afterwards.
//! Plain data: nothing here knows how it was seen.
//!
//! A history is a list of [`Event`]s that were added up. [`record`] writes them as lines and reads them again.

mod event;
pub mod record;

pub use event::Event;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::snapshot::{Frame, FrameId, StackId};
use crate::state::StateId;

/// Nanoseconds since the program was started.
pub type Nanos = u64;

/// An index into [`History::processes`]: process ids are used again, these are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProcessId(pub u32);

/// An index into [`History::threads`]: thread ids are used again, these are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ThreadId(pub u32);

/// An index into [`History::goroutines`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GoroutineId(pub u32);

/// An index into [`History::calls`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallId(pub u32);

/// What a program, and the programs it started, did to their threads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// What was run.
    pub command: Vec<String>,
    /// The directory it was run in.
    pub directory: String,
    /// Processes, in the order of their births.
    pub processes: Vec<Process>,
    /// Threads of Go programs, in the order of their births.
    pub threads: Vec<Thread>,
    /// Goroutines that were seen, in the order in which they were.
    pub goroutines: Vec<Goroutine>,
    /// Calls that changed what a thread has of its own, or tried to, in the order of their ends.
    pub calls: Vec<Call>,
    /// Who was seen on threads that had something of their own.
    pub sightings: Vec<Sighting>,
    /// Which goroutine was on which thread, in order of time for each thread; empty unless that was asked for.
    pub turns: Vec<Turn>,
    /// Since when somebody looks who is on the threads of which process.
    pub watches: Vec<Watch>,
    /// Who was seen on which thread, and for how long, in the order of their ends.
    pub stays: Vec<Stay>,
    /// What processes with many threads needed them for, in order of time.
    pub crowds: Vec<Crowd>,
    /// What could not be seen, and why.
    pub gaps: Vec<Gap>,
    /// Places in the source.
    pub frames: Vec<Frame>,
    /// Stacks, the innermost frame first.
    pub stacks: Vec<Box<[FrameId]>>,
    /// When the last process ended; none if the history was cut off.
    pub ended: Option<Nanos>,
}

/// A process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// The kernel's id of it.
    pub pid: i32,
    /// When it was born.
    pub born: Nanos,
    /// The thread that forked it; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ThreadId>,
    /// The goroutine that forked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forked_by: Option<GoroutineId>,
    /// What it took over from the thread that forked it, where that had something of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherited: Vec<Own>,
    /// The signal it asked for when the thread ends that forked it.
    #[serde(skip)]
    pub death_signal: Option<DeathSignal>,
    /// Programs it ran, one after the other.
    #[serde(skip)]
    pub programs: Vec<Program>,
    /// How it ended, and when.
    #[serde(skip)]
    pub end: Option<(Nanos, Exit)>,
}

/// What a process asked for with `PR_SET_PDEATHSIG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeathSignal {
    /// The signal.
    pub signal: i32,
    /// When the kernel sent it, because the thread had ended.
    #[serde(skip)]
    pub sent: Option<Nanos>,
}

/// A program in a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// When it was started.
    pub at: Nanos,
    /// The file.
    pub executable: String,
    /// As the program says it, such as `go1.26.6`; none if it is not a Go program, or ended before anybody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go_version: Option<String>,
    /// The path of the main module, if the program says what it was built from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

/// A thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Whose it is.
    pub process: ProcessId,
    /// The kernel's id of it.
    pub tid: i32,
    /// When it was born.
    pub born: Nanos,
    /// The thread that made it; none for the first of a process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ThreadId>,
    /// Why it was made.
    pub birth: Birth,
    /// What its parent was doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<StackId>,
    /// What it took over from its parent, where that had something of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherited: Vec<Own>,
    /// How it ended.
    #[serde(skip)]
    pub death: Option<Death>,
}

/// Why a thread was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Birth {
    /// It is the first thread of its process.
    Main,
    /// The runtime needed a thread to run goroutines.
    Scheduler,
    /// A goroutine was pinned: its thread must no longer be copied, so the runtime keeps a clean one.
    Template,
    /// From a thread that is kept clean, because the one that asked is pinned.
    FromTemplate,
    /// The runtime's own work: `sysmon` and the like.
    Runtime,
    /// C made it, or asked for it.
    C,
    /// Nobody looked.
    Unknown,
}

/// The end of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Death {
    /// When.
    pub at: Nanos,
    /// Why.
    pub reason: DeathReason,
    /// The goroutine that ended pinned to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goroutine: Option<GoroutineId>,
    /// Where that goroutine pinned itself, if what it began with leads to one such place only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<FrameId>,
}

/// Why a thread ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeathReason {
    /// The process ended, or started another program.
    Process,
    /// A goroutine ended while it was pinned: the runtime destroys its thread.
    PinnedGoroutine,
    /// It ended by itself, as threads of C do.
    Itself,
}

/// A goroutine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goroutine {
    /// Whose it is.
    pub process: ProcessId,
    /// Its id, as in tracebacks.
    pub id: u64,
    /// The goroutine that started it, since Go 1.21.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// Where it was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<FrameId>,
    /// The function it began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<FrameId>,
}

/// How a goroutine and a thread are bound to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// How many calls of `LockOSThread` have not been undone.
    pub depth: u32,
    /// How many times the runtime itself pinned it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub internal: u32,
}

impl Pinned {
    /// Whether nothing binds them.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
    fn is_none(&self) -> bool {
        !self.holds()
    }

    /// Whether the goroutine stays on its thread, and nobody else may run there.
    pub fn holds(self) -> bool {
        self.depth > 0 || self.internal > 0
    }
}

/// A system call that may have changed what a thread has of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// When it began.
    pub at: Nanos,
    /// The thread.
    pub thread: ThreadId,
    /// The goroutine that called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goroutine: Option<GoroutineId>,
    /// Whether it was pinned when it called.
    pub pinned: Pinned,
    /// Who wanted the call.
    pub class: Class,
    /// The kernel's name, such as `setns`.
    pub syscall: Arc<str>,
    /// The call as a person writes it, such as `unshare(CLONE_NEWNET)`.
    pub text: String,
    /// What the kernel answered; below zero it is an error number.
    pub result: i64,
    /// Kinds of state that such a call changes.
    #[serde(with = "names")]
    pub about: Vec<StateId>,
    /// What it did change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// What the thread has of its own afterwards: how it differs from the program as it was started.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<Own>,
    /// Whether C code made the call.
    #[serde(default, skip_serializing_if = "is_false")]
    pub in_c: bool,
    /// What the goroutine was doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<StackId>,
}

/// Who wanted a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The program.
    User,
    /// Go's runtime, for itself.
    Runtime,
    /// The program, for all threads at once.
    AllThreads,
    /// A child between its birth and the program it starts.
    ForkExec,
    /// C code on a thread that Go does not know.
    Foreign,
}

/// A value that a call changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The kind of state.
    #[serde(with = "name")]
    pub state: StateId,
    /// The value before; none where the kernel does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Arc<str>>,
    /// The value afterwards; none where the kernel does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Arc<str>>,
}

/// Something that a thread has of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    /// The kind of state.
    #[serde(with = "name")]
    pub state: StateId,
    /// The value of the program as it was started; none where the kernel does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual: Option<Arc<str>>,
    /// The thread's value; none where the kernel does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Arc<str>>,
    /// The call it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<CallId>,
}

/// Somebody on a thread that has something of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// When.
    pub at: Nanos,
    /// Where.
    pub thread: ThreadId,
    /// Who; none while the thread has nothing to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goroutine: Option<GoroutineId>,
    /// Whether somebody is pinned to the thread. If not, any goroutine may be next.
    pub pinned: Pinned,
    /// Whether a goroutine ended pinned to it, and it could not end because it is the main thread: it sleeps until the
    /// process ends.
    #[serde(default, skip_serializing_if = "is_false")]
    pub wedged: bool,
    /// What the thread has of its own.
    pub own: Vec<Own>,
}

/// What the threads of a process were needed for when it had more than ever before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crowd {
    /// When.
    pub at: Nanos,
    /// Whose.
    pub process: ProcessId,
    /// How many threads it had.
    pub threads: u32,
    /// Goroutines that had a thread each, by what they did. Where there are very many, not all.
    pub held: Vec<Held>,
}

/// Goroutines that are alike, each of which has a thread to itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// What for.
    pub by: HeldBy,
    /// How many.
    pub count: u32,
    /// One of them.
    pub goroutine: GoroutineId,
    /// Where they were, if they were in a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<StackId>,
}

/// Why nobody else may have the thread of a goroutine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldBy {
    /// It is pinned.
    Pin,
    /// It is in a system call or in C, and not pinned.
    Call,
}

/// A step of the scheduler, or of a goroutine that binds itself to its thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// When.
    pub at: Nanos,
    /// Where.
    pub thread: ThreadId,
    /// Who; none where a thread looks for work and had none before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goroutine: Option<GoroutineId>,
    /// What happened.
    pub what: TurnKind,
    /// How the goroutine and the thread were bound to each other just before.
    #[serde(default, skip_serializing_if = "Pinned::is_none")]
    pub pinned: Pinned,
    /// What the goroutine was doing: a few of its callers, where they were noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<StackId>,
}

/// What happened to a goroutine on a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnKind {
    /// The thread begins to run the goroutine.
    Runs,
    /// The thread looks for work: whoever it ran no longer runs there. Not told when a goroutine waits in a system call or in C.
    Rests,
    /// The goroutine calls `LockOSThread`.
    Pins,
    /// The goroutine has ended. If it was pinned, its thread ends as well.
    Ends,
    /// `snag chaos` asks the runtime to preempt the goroutine as soon as it may.
    Forced,
}

/// From here on somebody looks from time to time who is on the threads of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The process; until it ends or runs another program.
    pub process: ProcessId,
    /// Since when.
    pub at: Nanos,
    /// The time between two looks, if the process has not so many threads that looking takes longer.
    pub every: Nanos,
}

/// A goroutine that several looks, one after the other, saw on a thread. Others may have been there between two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// Where.
    pub thread: ThreadId,
    /// Who.
    pub goroutine: GoroutineId,
    /// The first look.
    pub from: Nanos,
    /// The last look.
    pub to: Nanos,
    /// Whether it was pinned meanwhile.
    pub pinned: Pinned,
    /// Whether it waited for something, and the thread for it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub waits: bool,
    /// How many looks.
    pub looks: u32,
}

/// Something that could not be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Since when.
    pub at: Nanos,
    /// In which process; none if it is about all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessId>,
    /// What and why, as a sentence.
    pub reason: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A kind of state by its name in the tables.
mod name {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::state::StateId;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
    pub(super) fn serialize<S: Serializer>(state: &StateId, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(state.info().id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<StateId, D::Error> {
        let name = String::deserialize(from)?;
        StateId::named(&name).ok_or_else(|| de::Error::custom(format!("no kind of state is called {name}")))
    }
}

/// Kinds of state by their names in the tables.
mod names {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::state::StateId;

    pub(super) fn serialize<S: Serializer>(states: &[StateId], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(states.iter().map(|state| state.info().id))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<StateId>, D::Error> {
        let names = Vec::<String>::deserialize(from)?;
        let state = |name: String| {
            StateId::named(&name)
                .ok_or_else(|| de::Error::custom(format!("no kind of state is called {name}")))
        };
        names.into_iter().map(state).collect()
    }
}

impl History {
    /// A process.
    pub fn process(&self, id: ProcessId) -> Option<&Process> {
        self.processes.get(id.0 as usize)
    }

    /// A thread.
    pub fn thread(&self, id: ThreadId) -> Option<&Thread> {
        self.threads.get(id.0 as usize)
    }

    /// A goroutine.
    pub fn goroutine(&self, id: GoroutineId) -> Option<&Goroutine> {
        self.goroutines.get(id.0 as usize)
    }

    /// A call.
    pub fn call(&self, id: CallId) -> Option<&Call> {
        self.calls.get(id.0 as usize)
    }

    /// A place in the source.
    pub fn frame(&self, id: FrameId) -> Option<&Frame> {
        self.frames.get(id.0 as usize)
    }

    /// A stack, the innermost frame first.
    pub fn stack(&self, id: StackId) -> impl Iterator<Item = &Frame> {
        let frames = self.stacks.get(id.0 as usize).map(|stack| &stack[..]).unwrap_or_default();
        frames.iter().filter_map(|&frame| self.frame(frame))
    }

    /// The first thread of a process.
    pub fn first_thread(&self, process: ProcessId) -> Option<ThreadId> {
        let threads = (0..).map(ThreadId).zip(&self.threads);
        threads.filter(|(_, thread)| thread.process == process).map(|(id, _)| id).next()
    }

    /// How the first process ended.
    pub fn exit(&self) -> Option<Exit> {
        self.processes.first()?.end.map(|(_, exit)| exit)
    }
}

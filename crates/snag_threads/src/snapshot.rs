//! What a running Go process was doing at one moment: goroutines, the runtime's Ms and Ps, and the kernel's threads
//! beside each other. Plain data: nothing here knows how it was read.

use std::sync::Arc;
use std::time::Duration;

use crate::state::StateId;

/// A process at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Whose snapshot it is.
    pub process: Process,
    /// When it was taken: time since the machine booted.
    pub taken: Duration,
    /// How long the process stood still for it; none if it was never stopped.
    pub paused: Option<Duration>,
    /// How many Ps there are: the limit on goroutines that run Go code at the same time.
    pub gomaxprocs: Option<u32>,
    /// The scheduler's own counters.
    pub scheduler: Option<Scheduler>,
    /// The goroutines that have not ended, by id.
    pub goroutines: Vec<Goroutine>,
    /// Goroutines that are not listed one by one, but only counted.
    pub counted: Vec<Counted>,
    /// The runtime's threads ("M"), by id.
    pub machines: Vec<Machine>,
    /// The runtime's processors ("P"), by id.
    pub processors: Vec<Processor>,
    /// The kernel's threads, by id.
    pub threads: Vec<Thread>,
    /// What the control groups allow, if they limit the CPU.
    pub quota: Option<Quota>,
    /// What could not be read, and why.
    pub gaps: Vec<Gap>,
    /// The runtime's words for what goroutines wait for.
    pub reasons: Vec<Arc<str>>,
    /// Places in the source.
    pub frames: Vec<Frame>,
    /// Stacks, the innermost frame first.
    pub stacks: Vec<Box<[FrameId]>>,
}

/// A process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// The process id.
    pub pid: i32,
    /// The name the kernel has for it.
    pub name: String,
    /// The file it runs.
    pub executable: String,
    /// When it was started, in clock ticks since the machine booted: with the id it names a process for ever.
    pub started: u64,
    /// As the program says it, such as `go1.26.6`.
    pub go_version: String,
    /// Whether C code is linked in.
    pub cgo: bool,
    /// The path of the main module, if the program says what it was built from.
    pub module: Option<String>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Which part of the snapshot lacks it.
    pub part: Part,
    /// Why, as a sentence.
    pub reason: String,
}

/// A part of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// [`Snapshot::scheduler`].
    Scheduler,
    /// [`Snapshot::goroutines`].
    Goroutines,
    /// [`Snapshot::machines`].
    Machines,
    /// [`Snapshot::processors`].
    Processors,
    /// [`Snapshot::threads`].
    Threads,
    /// [`Snapshot::stacks`].
    Stacks,
    /// [`Snapshot::reasons`].
    Reasons,
    /// [`Snapshot::quota`].
    Quota,
}

impl Part {
    /// The name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Part::Scheduler => "scheduler",
            Part::Goroutines => "goroutines",
            Part::Machines => "machines",
            Part::Processors => "processors",
            Part::Threads => "threads",
            Part::Stacks => "stacks",
            Part::Reasons => "reasons",
            Part::Quota => "quota",
        }
    }
}

/// The scheduler's counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scheduler {
    /// Threads made in the life of the process.
    pub threads_created: i64,
    /// Threads that ended: only a goroutine that ends pinned ends its thread.
    pub threads_freed: i64,
    /// Threads that have nothing to do.
    pub threads_idle: i32,
    /// Threads that have nothing to do until the goroutine pinned to them may run.
    pub threads_idle_pinned: i32,
    /// Past this many threads the runtime ends the process.
    pub threads_max: i32,
    /// Processors without work.
    pub processors_idle: i32,
    /// Threads that look for work.
    pub spinning: i32,
    /// Goroutines that wait in the queue that all processors share.
    pub queue: Option<i32>,
    /// No goroutine has an id beyond this one.
    pub last_goroutine: u64,
}

/// A goroutine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goroutine {
    /// Its id, as in tracebacks.
    pub id: u64,
    /// What it does.
    pub status: Status,
    /// What it waits for.
    pub reason: Option<ReasonId>,
    /// For how long at least: the runtime notes the time when it collects garbage.
    pub waiting: Option<Duration>,
    /// The goroutine that started it.
    pub parent: Option<u64>,
    /// Where it was started.
    pub created: Option<FrameId>,
    /// The function it began with.
    pub start: Option<FrameId>,
    /// The M it runs on.
    pub machine: Option<i64>,
    /// The M it is pinned to.
    pub pinned_to: Option<i64>,
    /// What it is doing; none if it was running, or stacks were not asked for.
    pub stack: Option<StackId>,
}

/// How many goroutines are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// What they do.
    pub status: Status,
    /// What they wait for.
    pub reason: Option<ReasonId>,
    /// Where they were started.
    pub created: Option<FrameId>,
    /// How many.
    pub count: u64,
}

/// An index into [`Snapshot::reasons`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReasonId(pub u8);

/// An index into [`Snapshot::frames`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct FrameId(pub u32);

/// An index into [`Snapshot::stacks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct StackId(pub u32);

/// What a goroutine does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Being made.
    Idle,
    /// Could run, and waits for a P.
    Runnable,
    /// Runs Go code.
    Running,
    /// In a system call or in C.
    Syscall,
    /// Waits.
    Waiting,
    /// Its stack is being moved.
    CopyingStack,
    /// Stopped in the middle of its work.
    Preempted,
    /// The garbage collector found that nothing can wake it.
    Leaked,
    /// A status that this version of Snag does not know.
    Unknown,
}

impl Status {
    /// The name in texts and documents.
    pub fn name(self) -> &'static str {
        match self {
            Status::Idle => "idle",
            Status::Runnable => "runnable",
            Status::Running => "running",
            Status::Syscall => "syscall",
            Status::Waiting => "waiting",
            Status::CopyingStack => "copying stack",
            Status::Preempted => "preempted",
            Status::Leaked => "leaked",
            Status::Unknown => "unknown",
        }
    }
}

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Frame {
    /// Such as `net/http.(*conn).serve`; an address where nothing is known.
    pub function: Arc<str>,
    /// The path the compiler saw.
    pub file: Arc<str>,
    /// The line; 0 if unknown.
    pub line: u32,
}

/// A thread of the runtime, an "M".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The runtime's number for it.
    pub id: i64,
    /// The kernel's number for it, as seen from here; none for an M that waits for a thread of C.
    pub tid: Option<i32>,
    /// The goroutine it runs.
    pub goroutine: Option<u64>,
    /// The P it holds.
    pub processor: Option<i32>,
    /// Who is pinned to it.
    pub pin: Option<Pin>,
    /// Whether it runs C.
    pub in_cgo: bool,
    /// Whether it looks for work.
    pub spinning: bool,
    /// Whether it sleeps until there is work.
    pub parked: bool,
    /// Whether it stands for a thread that C made.
    pub foreign: bool,
    /// Whether a goroutine ended pinned to it, and it could not end because it is the main thread: it sleeps until the
    /// process ends.
    pub wedged: bool,
    /// What it does besides running goroutines: `runtime.sysmon` and the like.
    pub role: Option<Arc<str>>,
    /// Whether its goroutine, its pin and what the kernel says of its thread hold at one moment: else they were just
    /// changing.
    pub settled: bool,
}

impl Machine {
    /// Whether the scheduler may run any goroutine on it: it is neither pinned, nor the runtime's own, nor one of C.
    pub fn is_shared(&self) -> bool {
        self.pin.is_none() && !self.foreign && !self.wedged && self.tid.is_some() && self.role.is_none()
    }
}

/// A pin: while it lasts, the goroutine runs on this thread only, and nobody else does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The goroutine.
    pub goroutine: u64,
    /// How many calls of `LockOSThread` have not been undone.
    pub depth: u32,
    /// How many times the runtime itself pinned it.
    pub internal: u32,
}

/// A processor of the runtime, a "P".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processor {
    /// Its number.
    pub id: i32,
    /// What it does.
    pub status: ProcessorStatus,
    /// The M that holds it.
    pub machine: Option<i64>,
    /// How many goroutines wait in its own queue.
    pub queue: u32,
}

/// What a P does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessorStatus {
    /// Nobody holds it.
    Idle,
    /// An M runs goroutines with it.
    Running,
    /// Its M is in a system call.
    Syscall,
    /// The garbage collector stopped it.
    Stopped,
    /// GOMAXPROCS was lowered.
    Dead,
    /// A status that this version of Snag does not know.
    Unknown,
}

impl ProcessorStatus {
    /// The name in texts and documents.
    pub fn name(self) -> &'static str {
        match self {
            ProcessorStatus::Idle => "idle",
            ProcessorStatus::Running => "running",
            ProcessorStatus::Syscall => "syscall",
            ProcessorStatus::Stopped => "stopped",
            ProcessorStatus::Dead => "dead",
            ProcessorStatus::Unknown => "unknown",
        }
    }
}

/// A thread of the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// Its id as seen from here.
    pub tid: i32,
    /// Its id in the innermost pid namespace: what the program itself sees.
    pub inner_tid: i32,
    /// Its name.
    pub name: String,
    /// The kernel's letter: R runs, S sleeps, D cannot be disturbed.
    pub run_state: char,
    /// When it was started, in clock ticks since the machine booted.
    pub started: u64,
    /// CPU time it used.
    pub cpu: Duration,
    /// What it has of its own: a value for each kind of state, sorted.
    pub state: Vec<(StateId, Arc<str>)>,
}

impl Thread {
    /// The value of a kind of state.
    pub fn value(&self, state: StateId) -> Option<&Arc<str>> {
        let at = self.state.binary_search_by_key(&state, |(id, _)| *id).ok()?;
        Some(&self.state[at].1)
    }
}

/// How much CPU time the control groups pay for.
#[derive(Clone, Debug, PartialEq)]
pub struct Quota {
    /// In CPUs: quota divided by period.
    pub cpus: f64,
    /// The file that says so.
    pub source: String,
    /// Periods that passed.
    pub periods: u64,
    /// Periods in which the process had to stand still because it had used up its time.
    pub throttled: u64,
    /// For how long it stood still altogether.
    pub throttled_time: Duration,
}

impl Snapshot {
    /// A place in the source.
    pub fn frame(&self, frame: FrameId) -> Option<&Frame> {
        self.frames.get(frame.0 as usize)
    }

    /// A stack, the innermost frame first.
    pub fn stack(&self, stack: StackId) -> impl Iterator<Item = &Frame> {
        let frames = self.stacks.get(stack.0 as usize).map(|stack| &stack[..]).unwrap_or_default();
        frames.iter().filter_map(|&frame| self.frame(frame))
    }

    /// The goroutine with this id.
    pub fn goroutine(&self, id: u64) -> Option<&Goroutine> {
        let at = self.goroutines.binary_search_by_key(&id, |goroutine| goroutine.id).ok()?;
        self.goroutines.get(at)
    }

    /// The M with this id.
    pub fn machine(&self, id: i64) -> Option<&Machine> {
        let at = self.machines.binary_search_by_key(&id, |machine| machine.id).ok()?;
        self.machines.get(at)
    }

    /// The thread with this id.
    pub fn thread(&self, tid: i32) -> Option<&Thread> {
        let at = self.threads.binary_search_by_key(&tid, |thread| thread.tid).ok()?;
        self.threads.get(at)
    }

    /// The runtime's words for what a goroutine waits for.
    pub fn reason(&self, goroutine: &Goroutine) -> Option<&str> {
        self.reason_text(goroutine.reason?)
    }

    /// The runtime's words for a reason to wait.
    pub fn reason_text(&self, reason: ReasonId) -> Option<&str> {
        let text = self.reasons.get(usize::from(reason.0))?;
        (!text.is_empty()).then_some(text)
    }
}

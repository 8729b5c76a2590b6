//! A run as a picture: what is drawn where, in no format yet.

use snag_threads::history::Nanos;
use snag_threads::snapshot::StackId;

/// A picture of a run.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    /// What was run.
    pub command: String,
    /// When the last thing happened.
    pub end: Nanos,
    /// Goroutines, as in the history.
    pub goroutines: Vec<Runner>,
    /// Processes, in the order of their births.
    pub groups: Vec<Group>,
    /// What is wrong.
    pub findings: Vec<Problem>,
    /// Places in the source: function and `file:line`.
    pub frames: Vec<(String, String)>,
    /// Stacks, as in the history: places, the innermost first.
    pub stacks: Vec<Vec<u32>>,
    /// What could not be seen.
    pub notes: Vec<String>,
}

/// A goroutine.
#[derive(Debug)]
pub(crate) struct Runner {
    /// Its id, as in tracebacks.
    pub id: u64,
    /// The function it began with.
    pub function: String,
    /// Where it was started, and by whom.
    pub created: String,
}

impl Runner {
    /// What a slice is called.
    pub(crate) fn name(&self) -> String {
        if self.function.is_empty() {
            format!("G{}", self.id)
        } else {
            format!("G{} {}", self.id, self.function)
        }
    }
}

/// A process and its threads.
#[derive(Debug)]
pub(crate) struct Group {
    /// The kernel's id of it.
    pub pid: i32,
    /// The last program it ran, with its version of Go.
    pub name: String,
    /// Threads, in the order of their births.
    pub lanes: Vec<Lane>,
}

/// A thread.
#[derive(Debug)]
pub(crate) struct Lane {
    /// The kernel's id of it.
    pub tid: i32,
    /// Its birth and its end.
    pub lived: (Nanos, Nanos),
    /// Why it was made.
    pub born: String,
    /// Why it ended; none if that was not seen.
    pub died: Option<String>,
    /// Whether it ended before its process did.
    pub died_early: bool,
    /// The lane of the thread it took its changes over from, in the same group.
    pub heir_of: Option<u32>,
    /// When it is known who is on it.
    pub watched: Option<Watched>,
    /// Who is on it, in order of time.
    pub slices: Vec<Slice>,
    /// When it was changed, in order of time.
    pub changed: Vec<Changed>,
    /// What happened on it, in order of time.
    pub marks: Vec<Mark>,
}

/// Since when it is known who is on a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watched {
    pub from: Nanos,
    /// The time between two looks; none if every change was seen.
    pub every: Option<Nanos>,
}

/// A goroutine on a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice {
    pub from: Nanos,
    pub to: Nanos,
    /// Its place in [`Timeline::goroutines`].
    pub goroutine: u32,
    pub pin: Pin,
    /// It waits, and the thread with it.
    pub waits: bool,
    /// How many looks saw it; 0 if its begin and its end were.
    pub looks: u32,
}

/// Whether a goroutine was pinned while it was on a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pin {
    /// No.
    #[default]
    Loose,
    /// All the time, as far as it was seen.
    Held,
    /// At first.
    Undone,
}

/// A time in which a thread was not as its process was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    pub from: Nanos,
    pub to: Nanos,
    /// The goroutine that changed it last; none if it was born so.
    pub by: Option<u32>,
    pub differences: Vec<Difference>,
}

impl Changed {
    /// What differs, in one line.
    pub(crate) fn title(&self) -> String {
        let words = self.differences.iter().map(Difference::words);
        words.collect::<Vec<_>>().join(", ")
    }
}

/// Something that a thread has of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The kind of state.
    pub state: &'static str,
    /// The value of the program as it was started.
    pub usual: Option<String>,
    /// The thread's value.
    pub value: Option<String>,
}

impl Difference {
    fn words(&self) -> String {
        change(self.state, self.usual.as_deref(), self.value.as_deref())
    }
}

/// A kind of state with two of its values; the kernel does not tell all.
pub(super) fn change(state: &str, before: Option<&str>, after: Option<&str>) -> String {
    match (before, after) {
        (None, None) => state.to_owned(),
        (before, after) => format!("{state}: {} → {}", before.unwrap_or("?"), after.unwrap_or("?")),
    }
}

/// Something that happened on a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub at: Nanos,
    pub kind: MarkKind,
    /// Its place in [`Timeline::goroutines`].
    pub goroutine: Option<u32>,
    /// What happened, in a few words.
    pub title: String,
    /// More of it, a line each.
    pub lines: Vec<String>,
    pub stack: Option<StackId>,
}

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkKind {
    /// A call changed the thread.
    Change,
    /// A call put the thread back.
    Restore,
    /// A call could have changed it.
    Call,
    /// Somebody was seen on a changed thread.
    Met,
    /// A goroutine was pinned.
    Pin,
    /// `snag chaos` forced it away.
    Forced,
}

/// A finding.
#[derive(Debug)]
pub(crate) struct Problem {
    pub rule: &'static str,
    pub severity: &'static str,
    pub message: String,
    /// `file:line`, if known.
    pub place: String,
    /// What was seen, and `file:line`, if known.
    pub evidence: Vec<(String, String)>,
    /// Where in the picture: group, lane and time.
    pub spots: Vec<(u32, u32, Nanos)>,
}

impl Timeline {
    /// A stack as lines, the innermost frame first.
    pub(crate) fn stack(&self, id: Option<StackId>) -> String {
        let stack = id.and_then(|id| self.stacks.get(id.0 as usize)).map(Vec::as_slice).unwrap_or_default();
        let frames = stack.iter().filter_map(|&frame| self.frames.get(frame as usize));
        let lines: Vec<String> = frames.map(|(function, place)| format!("{function} {place}")).collect();
        lines.join("\n")
    }
}

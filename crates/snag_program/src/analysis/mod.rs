//! What a program does to its threads: who is called, which calls change the thread, where the pin is.
//!
//! Entries of goroutines are followed with the pin they really hold, calls included: see [`pins`]. Functions that
//! can reach neither a pin nor a change of a thread are never looked at.

mod affinity;
mod answers;
mod calls;
mod commands;
mod credentials;
mod effects;
mod floods;
mod flow;
mod goroutines;
mod needs;
mod pins;
mod races;
mod topology;
mod values;

use std::sync::OnceLock;

use snag_threads::{Spawn, StateSet, state};

use crate::ir::{FuncId, Place};
use crate::native::Slot;
use crate::program::Program;
use crate::read;

pub use floods::{Flood, Holds, PinnedPool};
pub use goroutines::{Entry, EntryKind};
pub use races::{Access, Certainty, Race};
pub use topology::{Cause, Count, Times};

use pins::{Group, Groups};

/// What rules ask about threads and pins.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// Functions that a goroutine of first-party code starts with, in the order of the functions.
    pub entries: Vec<Entry>,
    /// Changes of a thread by a goroutine that is not pinned there.
    pub unpinned: Vec<UnpinnedChange>,
    /// Ends of a pin while the thread is changed.
    pub dirty_unpins: Vec<DirtyUnpin>,
    /// Work that leaves a pinned goroutine whose thread is changed.
    pub escapes: Vec<Escape>,
    /// Calls behind the end of a pin that depend on what was changed inside.
    pub late_uses: Vec<LateUse>,
    /// Goroutines without bound that each hold a thread in a call that waits.
    pub floods: Vec<Flood>,
    /// Many goroutines that are pinned at once.
    pub pinned_pools: Vec<PinnedPool>,
    /// Goroutines that end while they are pinned to a clean thread.
    pub pinned_exits: Vec<PinnedExit>,
    /// Goroutines that end while they are pinned to a changed thread.
    pub changed_exits: Vec<ChangedExit>,
    /// Functions that unpin on some paths and forget it on others.
    pub pin_leaks: Vec<PinLeak>,
    /// Pins that nothing inside has any use for.
    pub needless_pins: Vec<NeedlessPin>,
    /// Entries from which too much is reached to follow all of it.
    pub too_large: Vec<FuncId>,
    /// Writes of goroutines to what they share without a lock.
    pub races: Vec<Race>,
    /// First-party calls of `runtime.GOMAXPROCS(1)`.
    pub single_processor: Vec<Step>,
    /// Pairs of calls that need one thread, made without a pin around both.
    pub pairs: Vec<ThreadPair>,
    /// Calls without a pin of functions whose callers have to pin.
    pub demands: Vec<Demand>,
    /// What `main` gives up for good on one thread only, pinned or not.
    pub confinements: Vec<UnpinnedChange>,
    /// Credentials of all threads that one function changes for itself and puts back.
    pub borrowed_credentials: Vec<BorrowedCredentials>,
    /// What was saved before the pin that was to protect it.
    pub early_saves: Vec<EarlySave>,
    /// Pins of the goroutine of `main` that do not keep it on the main thread.
    pub late_pins: Vec<LatePin>,
}

/// Credentials of all threads that a function changes for itself and puts back.
#[derive(Clone, Debug)]
pub struct BorrowedCredentials {
    /// The call that changes them.
    pub change: Step,
    /// The call that puts them back.
    pub back: Step,
    /// What is changed.
    pub states: StateSet,
    /// The pin that was to keep the change on one thread.
    pub pin: Option<Step>,
    /// The goroutine that gets there; another one than that of `main`, if there is one.
    pub entry: Option<Entry>,
}

/// A value that was read on whichever thread the goroutine was, and that is used in a later pin.
#[derive(Clone, Debug)]
pub struct EarlySave {
    /// The call that reads it.
    pub save: Step,
    /// The pin that comes after it.
    pub pin: Step,
    /// The call in the pin that uses it.
    pub use_: Step,
    /// What it is about.
    pub states: StateSet,
}

/// A pin of the goroutine of `main`, taken after `main` began, around a call that only the main thread may make.
#[derive(Clone, Debug)]
pub struct LatePin {
    /// The pin.
    pub pin: Step,
    /// The call.
    pub call: Step,
    /// The goroutine: that of `main`, or of a command.
    pub entry: Entry,
}

/// Two calls that need one thread: the second depends on what the first left there.
#[derive(Clone, Debug)]
pub struct ThreadPair {
    /// What they share.
    pub slot: Slot,
    /// Where the goroutine starts.
    pub entry: Entry,
    /// The calls that lead to the first one, from the function that makes both.
    pub first: Vec<Step>,
    /// Where in C it happens.
    pub first_in_c: Option<Place>,
    /// The calls that lead to the second one, from the function that makes both.
    pub second: Vec<Step>,
    /// Where in C it happens.
    pub second_in_c: Option<Place>,
    /// Where the pin of the first call ends; none when there was none. [`Analysis::pairs`] has only the latter.
    pub unpin: Option<Step>,
    /// Only comments tell that the calls share something.
    pub documented: bool,
    /// The second call is made by another goroutine, which the function starts.
    pub elsewhere: bool,
}

impl ThreadPair {
    /// The function that makes both calls.
    pub fn function(&self) -> FuncId {
        self.second[0].function
    }
}

/// A call without a pin of a function whose callers have to pin.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Where the goroutine starts.
    pub entry: Entry,
    /// The calls that lead there; the last is the call.
    pub path: Vec<Step>,
    /// Who is called.
    pub callee: FuncId,
    /// The step of the path whose function is to pin.
    pub owner: usize,
}

/// A change of a thread by a goroutine that is not pinned there.
#[derive(Clone, Debug)]
pub struct UnpinnedChange {
    /// Where the goroutine starts.
    pub entry: Entry,
    /// The calls that lead from the entry to the change, which comes last.
    pub path: Vec<Step>,
    /// What is changed, as far as others on the thread are hurt.
    pub states: StateSet,
    /// The arguments decided what is changed.
    pub certain: bool,
    /// A call of an interface's method is on the path.
    pub through_interface: bool,
    /// Another goroutine may already have been started.
    pub after_go: bool,
    /// The process replaces itself afterwards.
    pub before_exec: bool,
    /// The entry only hands through the result of the change.
    pub thin: bool,
    /// The goroutine is pinned: only [`Analysis::confinements`] has such changes.
    pub pinned: bool,
    /// Nobody else is hurt: something is tied to the thread that later calls need.
    pub binds: bool,
    /// One of the functions on the path makes calls that depend on it.
    pub used: bool,
    /// The step of the path whose function is to pin: the deepest one that neither leaves the change to its callers nor
    /// has callers that pin.
    pub owner: usize,
}

impl UnpinnedChange {
    /// Where the goroutine should have been pinned.
    pub fn place(&self) -> Option<Step> {
        self.path.get(self.owner).or(self.path.last()).copied()
    }

    /// The goroutine of main gives something up for good: it means the program, and gets one thread.
    fn confines_program(&self) -> bool {
        let main = matches!(self.entry.kind, EntryKind::Main | EntryKind::Command | EntryKind::Init);
        main && !self.binds && !self.before_exec && self.states.intersects(state::sets::CONFINING)
    }
}

/// A place on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// The function the place is in.
    pub function: FuncId,
    /// The call.
    pub place: Place,
}

/// The end of a pin while the thread is changed.
#[derive(Clone, Debug)]
pub struct DirtyUnpin {
    /// The call that ends the pin: the `defer` statement when it is deferred.
    pub unpin: Step,
    /// The call that changed the thread.
    pub change: Step,
    /// What is changed.
    pub states: StateSet,
    /// How far the change was put back.
    pub restored: Restored,
    /// The call that was to put it back.
    pub restore: Option<Step>,
    /// The arguments decided what is changed.
    pub certain: bool,
    /// The function that ends the pin takes pins of its own: on other paths it may be one of those.
    pub foreign: bool,
}

/// How far a change was put back when a pin ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Restored {
    /// On no path.
    Never,
    /// Not on every path.
    NotAlways,
    /// The call that puts it back may have failed, and the pin ends all the same.
    MayHaveFailed,
    /// Nobody looks whether putting it back worked.
    Unchecked,
    /// Only after the end of the pin: see [`LateUse::puts_back`].
    TooLate,
}

/// Work that leaves a pinned goroutine whose thread is changed.
#[derive(Clone, Debug)]
pub struct Escape {
    /// The call that hands the work over.
    pub start: Step,
    /// The call that changed the thread, or only pinned the goroutine to it.
    pub change: Step,
    /// The thread was not changed: the work depends on being on that very thread.
    pub only_pinned: bool,
    /// What the work depends on and does not find.
    pub states: StateSet,
    /// What carries the work away.
    pub by: Carrier,
    /// The call of the work that depends on the thread; none when it is the library's.
    pub use_: Option<Step>,
    /// The work nearly always stays: the program names an address, or dials one family after the other.
    pub seldom: bool,
    /// The call on the pinned goroutine, when a function that it calls hands the work over.
    pub through: Option<Step>,
}

impl Escape {
    /// The place on the pinned goroutine where the work leaves it: who starts a goroutine far below knows of no pin.
    pub fn place(&self) -> Step {
        self.through.unwrap_or(self.start)
    }
}

/// What carries work to another goroutine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A `go` statement.
    Go,
    /// A function that starts, or hands over to, a goroutine: `errgroup.Go`, `time.AfterFunc`.
    Callback,
    /// A library does work on a goroutine of its own.
    Library(&'static Spawn),
}

/// A call behind the end of a pin that depends on what was changed inside.
#[derive(Clone, Debug)]
pub struct LateUse {
    /// The call.
    pub use_: Step,
    /// The end of the pin.
    pub unpin: Step,
    /// The call that changed the thread.
    pub change: Step,
    /// What the call depends on.
    pub states: StateSet,
    /// The call inside the called function that depends on it.
    pub inside: Option<Step>,
    /// The call puts the change back, too late.
    pub puts_back: bool,
    /// What was changed serves later calls only: a context, a tracee, a transaction.
    pub binds: bool,
    /// Something inside the pin depended on the change already, so that more may not have to.
    pub used_inside: bool,
}

/// A goroutine that ends while it is pinned to a clean thread, so that a good thread ends with it.
#[derive(Clone, Debug)]
pub struct PinnedExit {
    /// The function it starts with.
    pub function: FuncId,
    /// The call that pins it.
    pub pin: Step,
    /// Where such goroutines are started.
    pub starts: Vec<Start>,
    /// Everything that happens in the pin is known, C included: the thread is surely clean.
    pub certain: bool,
    /// Not the function that the goroutine starts with pins it, but one that is called and never unpins.
    pub forgotten: Option<Forgotten>,
}

/// A goroutine that ends while it is pinned to a changed thread, so that the thread ends with it: all but the main one.
#[derive(Clone, Debug)]
pub struct ChangedExit {
    /// The call that pins it.
    pub pin: Step,
    /// The call that changed the thread.
    pub change: Step,
    /// What is changed.
    pub states: StateSet,
    /// The arguments decided what is changed.
    pub certain: bool,
    /// Where such goroutines are started.
    pub starts: Vec<Start>,
    /// Who has the main thread of the programs it belongs to.
    pub main_thread: MainThread,
    /// The goroutine asks which thread it is on.
    pub asks: bool,
}

/// Who has the main thread of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MainThread {
    /// The goroutine of `main`, from the beginning to the end.
    Reserved,
    /// Any goroutine.
    Shared,
    /// No program is at hand.
    Unknown,
}

/// What tells that a method which pins forgets to unpin.
#[derive(Clone, Copy, Debug)]
pub enum Forgotten {
    /// Another method of the type unpins: there.
    UnlikeOthers(Step),
    /// So many methods of the type pin, and none of them unpins.
    EachTime(usize),
}

/// A place that starts goroutines.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// The `go` statement, or the call that hands the function over.
    pub at: Step,
    /// It starts any number of them: in a loop, or one per request.
    pub many: bool,
}

/// A function that unpins on some paths and returns pinned, with a clean thread, on others.
#[derive(Clone, Debug)]
pub struct PinLeak {
    /// The call that pins.
    pub pin: Step,
    /// The return that leaves the caller pinned.
    pub exit: Step,
    /// A call that unpins on another path.
    pub unpin: Step,
    /// The function is only ever what a goroutine starts with: the pin ends with it.
    pub ends_goroutine: bool,
}

/// A pin that nothing inside has any use for.
#[derive(Clone, Debug)]
pub struct NeedlessPin {
    /// The call that pins.
    pub pin: Step,
    /// The calls that end the pin; none when it ends with the goroutine.
    pub ends: Vec<Step>,
    /// Something of the whole process is changed inside, which a pin does not protect.
    pub process: Option<Step>,
    /// What to remove, if that is all: the statements of the pin and of its ends.
    pub removable: bool,
}

/// Looks at the whole program, with at most so many threads.
pub(crate) fn run(program: &Program, threads: usize) -> Analysis {
    let calls = calls::Calls::new(program);
    let pins = Groups::new(program, &calls);
    let (counted, paired) = (OnceLock::new(), OnceLock::new());
    let count = || {
        let topology = topology::Topology::new(&calls);
        let races = (races::find(&topology), races::single_processor(&topology));
        counted.get_or_init(|| (floods::find(&topology), races));
    };
    let pair = || {
        paired.get_or_init(|| affinity::follow(program, &calls));
    };
    // None needs what the others find. The longest come first.
    let jobs: [&(dyn Fn() + Sync); 4] =
        [&|| pins.follow(Group::Tests), &|| pins.follow(Group::Program), &count, &pair];
    read::all(threads, &jobs);
    let mut analysis = pins.finish();
    let (floods, races) = counted.into_inner().unwrap_or_default();
    let (pairs, demands) = paired.into_inner().unwrap_or_default();
    (analysis.floods, analysis.pinned_pools) = (floods.floods, floods.pools);
    (analysis.races, analysis.single_processor) = races;
    let (late, pairs): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|pair| pair.unpin.is_some());
    analysis.late_uses.extend(late.iter().filter_map(late_use));
    (analysis.pairs, analysis.demands) = (pairs, demands);
    analysis.borrowed_credentials = credentials::find(&calls, &analysis.entries);
    analysis
}

/// A pair whose pin ends between the two calls.
fn late_use(pair: &ThreadPair) -> Option<LateUse> {
    let state = match pair.slot {
        Slot::State(state, _) => state,
        _ => snag_threads::state::TLS_VARS,
    };
    Some(LateUse {
        use_: *pair.second.first()?,
        unpin: pair.unpin?,
        change: *pair.first.first()?,
        states: StateSet::of(&[state]),
        inside: pair.second.get(1..).and_then(<[Step]>::last).copied(),
        puts_back: false,
        binds: !pair.documented,
        used_inside: false,
    })
}

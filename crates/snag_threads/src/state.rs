//! The vocabulary: each kind of state that an OS thread has and a goroutine has not.
//!
//! There is one constant per state (`state::NETNS`, `state::SIGMASK` ...), generated from `tables/states/`.

use crate::generated::{flags, states};
use crate::os::OsSet;
use std::fmt;

pub use crate::generated::states::ids::*;

/// The sets of states that the tables name.
pub mod sets {
    pub use crate::generated::states::sets::*;
}

/// One kind of per-thread state, for example the network namespace. The order of ids is the order of the tables:
/// what an effect is about comes before its side effects.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub(crate) u16);

impl StateId {
    /// The state with this name in the tables, for example `netns`.
    pub fn named(name: &str) -> Option<StateId> {
        let at = states::BY_NAME.binary_search_by(|&id| states::STATES[id as usize].id.cmp(name)).ok()?;
        Some(StateId(states::BY_NAME[at]))
    }

    /// Every state, in table order.
    pub fn all() -> impl ExactSizeIterator<Item = StateId> {
        (0..states::STATES.len() as u16).map(StateId)
    }

    /// The row of the state.
    pub fn info(self) -> &'static StateInfo {
        &states::STATES[self.0 as usize]
    }

    /// Whether no call can put the state back: the goroutine must then end while it is pinned.
    pub fn is_irreversible(self) -> bool {
        self.info().restorable == Restorable::No
    }
}

impl fmt::Debug for StateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().id)
    }
}

/// What is known about one kind of state.
#[derive(Debug)]
pub struct StateInfo {
    /// The name in tables, directives and output.
    pub id: &'static str,
    /// The name in a sentence, without an article.
    pub name: &'static str,
    /// Whose state it is.
    pub scope: Scope,
    /// Where it exists.
    pub os: OsSet,
    /// What a thread cloned from a changed one gets.
    pub inherited_by_thread: Inherited,
    /// What a forked child gets.
    pub inherited_by_fork: Inherited,
    /// Whether a call can put it back.
    pub restorable: Restorable,
    /// How to put it back; empty when there is nothing to say.
    pub restore: &'static str,
    /// Whom a change hurts when the goroutine that made it is not pinned, or unpins afterwards.
    pub harm: Harm,
    /// Why, in one line.
    pub harm_reason: &'static str,
    /// What goes wrong in a Go program.
    pub effect: &'static str,
    /// What changes it: system calls with their option, functions, keywords.
    pub set_by: &'static [&'static str],
    /// The file that shows it; empty when there is none.
    pub observe: &'static str,
    /// The Go call that changes it on all threads; empty when there is none.
    pub process_wide_alternative: &'static str,
    /// Whether the row was confirmed by an experiment, not only read.
    pub measured: bool,
    /// Whether the runtimes of Go and C set it on every thread they make.
    pub set_by_runtimes: bool,
    /// Whether one call takes what another one gives back, which ends the tie to the thread.
    pub held: bool,
    /// Where the row comes from.
    pub source: &'static [&'static str],
}

/// Whose state it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Each kernel thread has its own.
    Thread,
    /// Each kernel thread has its own once the named state was changed; before, the process shares it.
    ThreadWhen(StateId),
    /// Per thread, unless the call asks for all threads (`..._TSYNC`).
    ThreadUnlessTsync,
    /// Decides about later children only.
    Children,
    /// The answer is about the main thread, whoever asks.
    LeaderView,
    /// Kept by a C library in thread-local storage.
    CThread,
    /// Shared by the process: no pin is needed.
    Process,
    /// Belongs to the goroutine.
    Goroutine,
}

/// What a new thread or child gets of a changed state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Inherited {
    /// A copy of the changed value.
    Copied,
    /// The same object as its creator.
    Shared,
    /// The initial value.
    No,
    /// It depends on arguments of the call that made it.
    Depends,
    /// The kernel refuses to make the thread.
    Refused,
    /// The question makes no sense for this state.
    NotApplicable,
}

/// Whether a call can put a state back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Restorable {
    /// Yes, with a value saved before.
    Yes,
    /// Some of it, or only under conditions.
    Partial,
    /// Never.
    No,
    /// There is nothing to put back.
    NotApplicable,
}

/// Whom a change hurts when the goroutine that made it is not pinned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Harm {
    /// Other goroutines: whatever runs on the thread next runs in the changed state.
    Bystanders,
    /// The goroutine itself: the kernel object belongs to the thread it left.
    Owner,
    /// Nobody: it is only a label or a hint.
    Cosmetic,
    /// The goroutine itself: the answer is about another thread.
    Reader,
    /// The C library: its next call may run on another thread.
    CThread,
    /// Nobody by moving: the state belongs to the process or to the goroutine.
    Process,
}

const WORDS: usize = 3;

/// A set of states.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct StateSet([u64; WORDS]);

impl StateSet {
    /// The set without states.
    pub const EMPTY: StateSet = StateSet([0; WORDS]);
    /// How many states a set can hold; the code generator keeps the tables below it.
    pub const CAPACITY: usize = WORDS * 64;

    /// The set of these states.
    pub const fn of(states: &[StateId]) -> StateSet {
        let mut set = StateSet::EMPTY;
        let mut at = 0;
        while at < states.len() {
            let id = states[at].0 as usize;
            set.0[id / 64] |= 1 << (id % 64);
            at += 1;
        }
        set
    }

    /// Whether the set holds the state.
    pub const fn contains(self, state: StateId) -> bool {
        self.0[state.0 as usize / 64] >> (state.0 % 64) & 1 == 1
    }

    /// Whether the set has no states.
    pub fn is_empty(self) -> bool {
        self == StateSet::EMPTY
    }

    /// How many states the set holds.
    pub fn len(self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Adds a state.
    pub fn insert(&mut self, state: StateId) {
        self.0[state.0 as usize / 64] |= 1 << (state.0 % 64);
    }

    /// Removes a state.
    pub fn remove(&mut self, state: StateId) {
        self.0[state.0 as usize / 64] &= !(1 << (state.0 % 64));
    }

    /// The states of either set.
    pub fn union(self, other: StateSet) -> StateSet {
        StateSet(std::array::from_fn(|at| self.0[at] | other.0[at]))
    }

    /// The states of both sets.
    pub fn intersection(self, other: StateSet) -> StateSet {
        StateSet(std::array::from_fn(|at| self.0[at] & other.0[at]))
    }

    /// The states of this set that the other has not.
    pub fn difference(self, other: StateSet) -> StateSet {
        StateSet(std::array::from_fn(|at| self.0[at] & !other.0[at]))
    }

    /// Whether the sets share a state.
    pub fn intersects(self, other: StateSet) -> bool {
        !self.intersection(other).is_empty()
    }

    /// The states, in table order.
    pub fn iter(self) -> impl Iterator<Item = StateId> {
        StateId::all().filter(move |&id| self.contains(id))
    }

    /// The state the set is about: the first in table order.
    pub fn first(self) -> Option<StateId> {
        let word = self.0.iter().position(|&word| word != 0)?;
        Some(StateId((word * 64) as u16 + self.0[word].trailing_zeros() as u16))
    }

    /// The states whose change hurts in this way.
    pub fn with_harm(self, harm: Harm) -> StateSet {
        self.iter().filter(|id| id.info().harm == harm).collect()
    }
}

impl FromIterator<StateId> for StateSet {
    fn from_iter<I: IntoIterator<Item = StateId>>(states: I) -> Self {
        let mut set = StateSet::EMPTY;
        states.into_iter().for_each(|state| set.insert(state));
        set
    }
}

impl fmt::Debug for StateSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// A flag of `unshare(2)` and `setns(2)`.
#[derive(Debug)]
pub struct Flag {
    /// The name, for example `CLONE_NEWNET`.
    pub name: &'static str,
    /// The value.
    pub value: i64,
    /// Flags that the kernel adds.
    pub implies: &'static [&'static str],
    /// The states that `unshare` changes with it.
    pub states: StateSet,
    /// Whether `setns` with a saved descriptor puts all of it back.
    pub undoable: bool,
    /// How it is put back, or why it is not.
    pub undo: &'static str,
    /// Where the row comes from.
    pub source: &'static [&'static str],
}

/// The flag with this name.
pub fn flag(name: &str) -> Option<&'static Flag> {
    flags::FLAGS.iter().find(|flag| flag.name == name)
}

//! What the C code of cgo packages does to the thread that calls it.
//!
//! A function is a list of events in the order of a straight run, with the events of the functions it calls in the
//! place of the calls. Which thread a call needs follows from what it finds before it writes, and from what it
//! leaves behind.

mod link;
mod sources;

use rustc_hash::{FxHashMap, FxHashSet};
use snag_syntax::Symbol;
use snag_syntax::c::AccessKind;
use snag_threads::{
    Arch, Arg, CFunction as Row, CIs, Effects, Harm, Requires, StateId, StateSet, c_function, state,
};

use crate::ir::{FileId, FuncId, Place};
use crate::load::PackageId;

pub(crate) use link::link;
pub(crate) use sources::collect;

/// The C code of the program's cgo packages, as far as Go calls it.
#[derive(Debug, Default)]
pub struct Native {
    functions: FxHashMap<(PackageId, Symbol), CFunction>,
    /// Go functions that C can call.
    pub exports: FxHashSet<FuncId>,
}

/// A C function that is written in the package.
#[derive(Clone, Debug)]
pub struct CFunction {
    /// Its name, where it is defined.
    pub place: Place,
    /// The call in it that waits while it holds the thread: the function of the tables, and where.
    pub blocks: Option<(Symbol, Place)>,
    /// The Go functions it calls.
    pub calls_go: Vec<FuncId>,
    events: Vec<Event>,
    /// It returns something.
    answers: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Event {
    at: Place,
    what: What,
}

#[derive(Clone, Debug, PartialEq)]
enum What {
    /// A function that the tables know.
    Row(&'static str, Vec<CArg>),
    /// A thread-local variable.
    Variable(Variable, AccessKind),
    /// `errno`
    Errno(AccessKind),
    /// A call of which nothing is known: it may set errno.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum CArg {
    Known(Arg<'static>),
    /// A parameter of the function, by position.
    Param(u8),
}

/// A thread-local variable of C.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variable {
    /// The package.
    pub package: PackageId,
    /// The file, if others do not see it.
    pub file: Option<FileId>,
    /// Its name.
    pub name: Symbol,
}

/// A piece of per-thread state that two calls share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// A state of the tables; the last error is one per library.
    State(StateId, &'static str),
    /// A thread-local variable.
    Variable(Variable),
    /// State that only a comment tells of: all functions of a package with such comments are taken to share it.
    Documented(PackageId),
    /// State with a name that `//snag:affine` gave it.
    Named(Symbol),
}

/// What a call does to a piece of per-thread state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Which.
    pub slot: Slot,
    /// The call depends on what it finds.
    pub reads: bool,
    /// The call leaves something that later calls depend on.
    pub writes: bool,
    /// The call takes away what it finds.
    pub takes: bool,
    /// Where in C, if the C is at hand.
    pub at: Option<Place>,
}

impl Slot {
    /// Whether one call takes it and another gives it back.
    pub(crate) fn is_held(self) -> bool {
        matches!(self, Slot::State(state, _) if state.info().held)
    }
}

impl Native {
    /// What is known about the C function that `package` calls `name`.
    pub fn function(&self, package: PackageId, name: Symbol) -> Option<&CFunction> {
        self.functions.get(&(package, name))
    }

    /// Whether a call of the C function waits while it holds its thread: what waits, and where that is.
    pub fn blocks(&self, package: PackageId, name: Symbol) -> Option<(Symbol, Option<Place>)> {
        match self.function(package, name) {
            Some(function) => function.blocks.map(|(name, place)| (name, Some(place))),
            None => c_function(name.as_str()).filter(|row| row.blocks).map(|_| (name, None)),
        }
    }

    /// What a call with these arguments changes of, and finds on, the calling thread.
    pub fn effects(&self, package: PackageId, name: Symbol, args: &[Arg<'static>]) -> Option<Effects> {
        match self.function(package, name) {
            Some(function) => Some(function.effects(args)),
            None => Some(c_function(name.as_str())?.effects(args, Some(Arch::Amd64))),
        }
    }

    /// Whether calls of the function may change the thread for whatever runs there next.
    pub fn changes_thread(&self, package: PackageId, name: Symbol) -> bool {
        let hurts = |row: &Row| !row.process_wide && !row.writes.with_harm(Harm::Bystanders).is_empty();
        match self.function(package, name) {
            Some(function) => function.rows().any(hurts),
            None => c_function(name.as_str()).is_some_and(hurts),
        }
    }

    /// What ties a call of the function to the main thread. What the manual of a library says counts more than its C.
    pub fn wants_main_thread(&self, package: PackageId, name: Symbol) -> StateSet {
        let wanted = |row: &Row| row.requires == Requires::MainThread;
        if let Some(row) = c_function(name.as_str()).filter(|row| wanted(row)) {
            return row.writes;
        }
        let function = self.function(package, name);
        let rows = function.into_iter().flat_map(CFunction::rows).filter(|row| wanted(row));
        rows.fold(StateSet::EMPTY, |all, row| all.union(row.writes))
    }

    /// Where in C one of the states is changed, if the C is at hand: the function of the tables, and its call.
    pub fn change_in_c(
        &self,
        package: PackageId,
        name: Symbol,
        states: StateSet,
    ) -> Option<(&'static str, Place)> {
        self.function(package, name)?.events.iter().find_map(|event| {
            let What::Row(name, _) = event.what else { return None };
            c_function(name)?.writes_any(states).then_some((name, event.at))
        })
    }

    /// Whether a call of the function may do what neither the tables nor the C at hand tell.
    pub fn does_the_unknown(&self, package: PackageId, name: Symbol) -> bool {
        match self.function(package, name) {
            Some(function) => function.events.iter().any(|event| event.what == What::Other),
            None => c_function(name.as_str()).is_none(),
        }
    }

    /// Whether the function fills a set with all signals.
    pub fn fills_signal_set(&self, package: PackageId, name: Symbol) -> bool {
        self.function(package, name)
            .is_some_and(|function| function.rows().any(|row| row.is == Some(CIs::AllSignals)))
    }

    /// The thread-bound state of C that a call shares with other calls.
    pub fn touches(&self, package: PackageId, name: Symbol, args: &[Arg<'static>]) -> Vec<Touch> {
        match self.function(package, name) {
            Some(function) => function.touches(args),
            None => {
                let Some(row) = c_function(name.as_str()) else { return vec![] };
                touches_of(row, &row.effects(args, Some(Arch::Amd64)), None)
            }
        }
    }
}

impl CFunction {
    fn rows(&self) -> impl Iterator<Item = &'static Row> {
        self.events.iter().filter_map(|event| match &event.what {
            What::Row(name, _) => c_function(name),
            _ => None,
        })
    }

    fn effects(&self, args: &[Arg<'static>]) -> Effects {
        let mut all = Effects::NONE;
        let mut writers: FxHashMap<StateId, Vec<&What>> = FxHashMap::default();
        for event in &self.events {
            let What::Row(name, own) = &event.what else { continue };
            let Some(row) = c_function(name) else { continue };
            let effects = row.effects(&resolve(own, args), Some(Arch::Amd64));
            let writes = effects.writes_caller().with_harm(Harm::Bystanders);
            for state in writes.iter() {
                let known = writers.entry(state).or_default();
                if !known.contains(&&event.what) {
                    known.push(&event.what);
                }
            }
            // What the function finds is what was there before it wrote.
            all.reads = all.reads.union(effects.reads.difference(all.writes));
            all.writes = all.writes.union(writes);
            all.certain &= effects.certain || writes.is_empty();
        }
        // A second, different change of the same state most likely puts the old one back.
        let put_back: StateSet =
            writers.iter().filter(|(_, calls)| calls.len() > 1).map(|(&state, _)| state).collect();
        all.writes = all.writes.difference(put_back);
        all
    }

    fn touches(&self, args: &[Arg<'static>]) -> Vec<Touch> {
        let mut found: Vec<Touch> = Vec::new();
        let mut after_call = false;
        for event in &self.events {
            match &event.what {
                What::Row(name, own) => {
                    let Some(row) = c_function(name) else { continue };
                    let effects = row.effects(&resolve(own, args), Some(Arch::Amd64));
                    for touch in touches_of(row, &effects, Some(event.at)) {
                        let is_errno = matches!(touch.slot, Slot::State(state::ERRNO, _));
                        if !is_errno || !after_call {
                            add(&mut found, touch);
                        }
                    }
                    after_call = true;
                }
                What::Variable(variable, kind) => {
                    let (reads, writes) = read_or_written(*kind);
                    let slot = Slot::Variable(*variable);
                    add(&mut found, Touch { slot, reads, writes, takes: false, at: Some(event.at) });
                }
                What::Errno(kind) => {
                    let (reads, writes) = read_or_written(*kind);
                    let slot = Slot::State(state::ERRNO, "");
                    if !after_call {
                        add(&mut found, Touch { slot, reads, writes, takes: false, at: Some(event.at) });
                    }
                }
                What::Other => after_call = true,
            }
        }
        found.retain(|touch| touch.reads || touch.writes);
        self.without_own_business(found)
    }

    /// Drops what a function sorts out by itself: an error that it asks for right after the call, a variable that
    /// it sets when it is not set yet, a counter that it counts up and down, `errno` that it puts back.
    fn without_own_business(&self, mut found: Vec<Touch>) -> Vec<Touch> {
        for touch in &mut found {
            match touch.slot {
                Slot::Variable(name) if touch.reads => {
                    let times = |kind: AccessKind| {
                        self.events.iter().filter(|event| event.what == What::Variable(name, kind)).count()
                    };
                    let [up, down] = [AccessKind::Increment, AccessKind::Decrement].map(times);
                    let clears = times(AccessKind::Clear) > 0;
                    // What is only ever cleared here was set by another call, and the answer depends on that.
                    touch.takes = clears && times(AccessKind::Write) == 0 && self.answers;
                    let own = clears || times(AccessKind::Write) > 0 || up > 0 && up == down;
                    touch.reads &= touch.takes || !own;
                    touch.writes &= !own;
                }
                Slot::State(state::ERRNO, _) => {
                    let writes = |event: &Event| {
                        matches!(event.what, What::Errno(AccessKind::Write | AccessKind::Clear))
                    };
                    let restored = self.events.iter().any(writes);
                    touch.reads &= !restored;
                    touch.writes = false;
                }
                _ => {}
            }
        }
        found.retain(|touch| touch.reads || touch.writes);
        found
    }
}

/// Adds what a later event does. State that is written and then read inside is the function's own business.
fn add(found: &mut Vec<Touch>, touch: Touch) {
    match found.iter_mut().find(|known| known.slot == touch.slot) {
        None => found.push(touch),
        // Whoever took it gives back his own; which of them stays taken on which way is not known.
        Some(known) if touch.slot.is_held() => known.writes &= !touch.reads,
        Some(known)
            if touch.reads && known.writes && !known.reads && !matches!(known.slot, Slot::Variable(_)) =>
        {
            known.writes = false;
        }
        Some(known) => {
            known.reads |= touch.reads && !known.writes;
            known.writes |= touch.writes;
        }
    }
}

fn read_or_written(kind: AccessKind) -> (bool, bool) {
    match kind {
        AccessKind::Read => (true, false),
        // Whoever takes an address most likely fills what is there.
        AccessKind::Write | AccessKind::Clear | AccessKind::Address => (false, true),
        AccessKind::Increment | AccessKind::Decrement | AccessKind::ReadWrite => (true, true),
    }
}

fn resolve(own: &[CArg], args: &[Arg<'static>]) -> Vec<Arg<'static>> {
    let one = |arg: &CArg| match *arg {
        CArg::Known(arg) => arg,
        CArg::Param(at) => args.get(at as usize).copied().unwrap_or(Arg::Unknown),
    };
    own.iter().map(one).collect()
}

/// The states of C libraries that belong to the thread.
pub(crate) fn is_shared_by_calls(id: StateId) -> bool {
    // Thread-local variables are told apart by their names; where a key has none, nothing is known.
    matches!(id.info().harm, Harm::CThread) && id != state::TLS_VARS
}

fn touches_of(row: &Row, effects: &Effects, at: Option<Place>) -> Vec<Touch> {
    if row.process_wide {
        return vec![];
    }
    let (reads, writes) = (effects.reads, effects.writes_caller());
    let states = reads.union(writes).iter().filter(|&state| is_shared_by_calls(state));
    let touch = |state: StateId| Touch {
        slot: Slot::State(state, if state == state::LIB_LAST_ERROR { row.library } else { "" }),
        reads: reads.contains(state),
        writes: writes.contains(state),
        takes: false,
        at,
    };
    states.map(touch).collect()
}

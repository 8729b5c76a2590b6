//! Which functions goroutines start with.

use rustc_hash::{FxHashMap, FxHashSet};
use snag_threads::{CallbackArgument, LockBehavior};

use super::MainThread;
use super::calls::Calls;
use super::commands::commands;
use crate::contracts::Contract;
use crate::ir::{Call, FuncId, Mode, Value};
use crate::load::PackageId;
use crate::program::Program;
use crate::uses::Caller;

/// A function that a goroutine starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The function.
    pub function: FuncId,
    /// How the goroutine gets there.
    pub kind: EntryKind,
    /// The pin the goroutine holds when it gets there: an `init` function of the program pins `main`.
    pub pinned: bool,
}

/// How a goroutine gets to its first function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// `main` of a command.
    Main,
    /// An `init` function.
    Init,
    /// A test, benchmark, fuzz test or example.
    Test,
    /// `go`, or a call that hands the function over to another goroutine.
    Go,
    /// Exported, and nobody in the program calls it.
    Exported,
    /// A goroutine that is not pinned receives the function over a channel and calls it.
    Received,
    /// Kept in a variable, a field or a collection: who calls it is not known.
    Kept,
    /// The function of a command, which a library calls on the goroutine of `main`.
    Command,
}

/// The entries of first-party code that may reach a pin or a change of a thread.
pub(crate) fn entries(program: &Program, calls: &Calls<'_>) -> Vec<Entry> {
    entries_among(program, calls, &|id| calls.is_followed(id))
}

/// The entries of first-party code among the functions that are asked for.
pub(crate) fn entries_among(
    program: &Program,
    calls: &Calls<'_>,
    relevant: &dyn Fn(FuncId) -> bool,
) -> Vec<Entry> {
    let mut kinds: FxHashMap<FuncId, EntryKind> = FxHashMap::default();
    let is_test = |id: FuncId| program.file(program.function(id).file).is_test;
    for id in calls.functions() {
        let Some(body) = calls.body(id) else { continue };
        if !relevant(id) {
            continue;
        }
        for call in &body.calls {
            for started in started_by(calls, id, call) {
                // A test is no evidence of how a program calls the function.
                if !is_test(id) || is_test(started) {
                    kinds.insert(started, EntryKind::Go);
                }
            }
        }
        if let Some(kind) = kind_of(program, calls, id) {
            kinds.entry(id).or_insert(kind);
        }
    }
    let commands: Vec<FuncId> = commands(calls).into_iter().filter(|&id| relevant(id)).collect();
    let mut pinned_commands: FxHashMap<PackageId, bool> = FxHashMap::default();
    for id in commands {
        let package = program.function(id).package;
        pinned_commands.entry(package).or_insert_with(|| every_main_is_pinned(program, calls, package));
        // That nobody in the program calls it is no longer all that is known.
        let kind = kinds.entry(id).or_insert(EntryKind::Command);
        if *kind == EntryKind::Exported {
            *kind = EntryKind::Command;
        }
    }
    let wanted = |id: &FuncId| relevant(*id) && program.file(program.function(*id).file).first_party;
    let mut ids: Vec<FuncId> = kinds.keys().copied().filter(wanted).collect();
    ids.sort();
    let entry = |function: FuncId| {
        let kind = kinds[&function];
        let pinned = match kind {
            EntryKind::Main => pinned_by_init(program, calls, program.function(function).package),
            EntryKind::Command => {
                pinned_commands.get(&program.function(function).package).is_some_and(|&pinned| pinned)
            }
            // The runtime pins the main goroutine while the program initializes itself.
            EntryKind::Init => true,
            // The runtime pins a goroutine while C calls it; where a comment asks the callers for a pin, they pin.
            _ => {
                program.native.exports.contains(&function)
                    || program.contracts.of(function).is_some_and(Contract::asks_for_pin)
            }
        };
        Entry { function, kind, pinned }
    };
    ids.into_iter().map(entry).collect()
}

/// Callers are followed through at most this many functions to the beginning of their goroutine.
const CALLERS: usize = 500;

/// The goroutine that gets to a function: another one than that of `main`, if there is one.
pub(super) fn reaching(calls: &Calls<'_>, entries: &[Entry], function: FuncId) -> Option<Entry> {
    let (mut seen, mut open) = (FxHashSet::default(), vec![function]);
    let mut found: Option<Entry> = None;
    while let Some(id) = open.pop() {
        if seen.len() >= CALLERS || !seen.insert(id) {
            continue;
        }
        if let Some(&entry) = entries.iter().find(|entry| entry.function == id)
            && found.is_none_or(|known| rank(entry.kind) > rank(known.kind))
        {
            found = Some(entry);
        }
        open.extend(calls.callers(id).iter().map(|&(caller, _)| caller));
        open.extend(calls.program.function(id).outer);
    }
    found
}

/// What tells most about whether other goroutines run meanwhile.
fn rank(kind: EntryKind) -> u8 {
    match kind {
        EntryKind::Go | EntryKind::Received => 3,
        EntryKind::Exported | EntryKind::Kept => 2,
        EntryKind::Main | EntryKind::Command => 1,
        EntryKind::Init | EntryKind::Test => 0,
    }
}

/// Functions that the call starts a goroutine with.
pub(crate) fn started_by(calls: &Calls<'_>, id: FuncId, call: &Call) -> Vec<FuncId> {
    let Some(body) = calls.body(id) else { return vec![] };
    let direct = |value: &crate::ir::ValueId| match body.value(*value) {
        Value::Func(target) | Value::Bound(_, target) => Some(target),
        _ => None,
    };
    let mut found = Vec::new();
    if call.mode == Mode::Go {
        found.extend(calls.targets(call));
        if let crate::ir::Callee::Value(value) = call.callee {
            found.extend(direct(&value));
        }
    }
    let rows = calls.rows(call);
    let own = rows.api.is_some_and(|api| api.locks == LockBehavior::OwnGoroutine);
    if let Some(callback) = rows.callback.filter(|callback| callback.leaves_pin())
        && callback.when == snag_threads::When::OtherGoroutine
        && !own
        && let CallbackArgument::Index(at) = callback.argument
    {
        found.extend(call.args.get(at as usize).and_then(direct));
    }
    found
}

fn kind_of(program: &Program, calls: &Calls<'_>, id: FuncId) -> Option<EntryKind> {
    let function = program.function(id);
    if function.outer.is_some() {
        return None;
    }
    let name = function.name.as_str();
    let package = program.workspace.package(function.package);
    if function.receiver.is_none() {
        if name == "main" && package.name == "main" {
            return Some(EntryKind::Main);
        }
        if name == "init" {
            return Some(EntryKind::Init);
        }
        // The main goroutine runs it.
        if name == "TestMain" && program.file(function.file).is_test {
            return Some(EntryKind::Main);
        }
        let is_test = program.file(function.file).is_test
            && ["Test", "Benchmark", "Fuzz", "Example"].iter().any(|prefix| name.starts_with(prefix));
        if is_test {
            return Some(EntryKind::Test);
        }
    }
    // Tests of a function are no evidence of how a program calls it.
    let from_tests = |&(caller, _): &Caller| program.file(program.function(caller).file).is_test;
    let lonely = calls.callers(id).iter().all(from_tests) && !calls.is_mentioned(id);
    // What a library is known to do to the thread is its purpose: callers have to pin.
    let known = calls.rows_of(id).api.is_some_and(|api| !api.writes.is_empty());
    (lonely && !known && function.name.is_exported()).then_some(EntryKind::Exported)
}

/// Whether the main goroutine is pinned in every program that a command of the package may be part of.
fn every_main_is_pinned(program: &Program, calls: &Calls<'_>, package: PackageId) -> bool {
    main_thread(program, calls, package) == MainThread::Reserved
}

/// Who has the main thread of the programs that a package is a part of.
pub(super) fn main_thread(program: &Program, calls: &Calls<'_>, package: PackageId) -> MainThread {
    let is_main = |id: &FuncId| {
        let function = program.function(*id);
        function.name.as_str() == "main"
            && kind_of(program, calls, *id) == Some(EntryKind::Main)
            && program.is_first_party(*id)
    };
    let is_part = |&id: &FuncId| imported(program, program.function(id).package).contains(&package);
    let mut mains = calls.functions().filter(is_main).filter(is_part).peekable();
    let pinned = |id: FuncId| pinned_by_init(program, calls, program.function(id).package) || pins(calls, id);
    match (mains.peek().is_some(), mains.all(pinned)) {
        (false, _) => MainThread::Unknown,
        (true, true) => MainThread::Reserved,
        (true, false) => MainThread::Shared,
    }
}

/// The package and everything it imports.
fn imported(program: &Program, package: PackageId) -> FxHashSet<PackageId> {
    let mut seen: FxHashSet<PackageId> = FxHashSet::default();
    let mut queue = vec![package];
    while let Some(id) = queue.pop() {
        if seen.insert(id) {
            queue.extend(program.workspace.package(id).imports.values().copied());
        }
    }
    seen
}

/// Whether an `init` function of the package, or of one it imports, pins the main goroutine for good.
fn pinned_by_init(program: &Program, calls: &Calls<'_>, package: PackageId) -> bool {
    let seen = imported(program, package);
    let pins_main = |id: &PackageId| {
        let path = &program.workspace.package(*id).path;
        snag_threads::import_effect(path).is_some_and(|effect| effect.pins_main)
    };
    if seen.iter().any(pins_main) {
        return true;
    }
    let not_there = |missing: &crate::load::Missing| {
        missing.importers.iter().any(|importer| seen.contains(importer))
            && snag_threads::import_effect(&missing.path).is_some_and(|effect| effect.pins_main)
    };
    if program.workspace.missing.iter().any(not_there) {
        return true;
    }
    let is_init = |id: &FuncId| {
        let function = program.function(*id);
        function.name.as_str() == "init"
            && function.outer.is_none()
            && function.receiver.is_none()
            && seen.contains(&function.package)
    };
    calls.functions().filter(|&id| calls.is_relevant(id)).filter(is_init).any(|id| pins(calls, id))
}

fn pins(calls: &Calls<'_>, id: FuncId) -> bool {
    let Some(body) = calls.body(id) else { return false };
    let count = |wanted: LockBehavior| {
        body.calls.iter().filter(|call| calls.rows(call).api.is_some_and(|api| api.locks == wanted)).count()
    };
    count(LockBehavior::IsLock) > count(LockBehavior::IsUnlock)
}

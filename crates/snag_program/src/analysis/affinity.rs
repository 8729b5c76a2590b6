//! Pairs of calls that need one thread, made by a goroutine that may have moved to another one in between.
//!
//! Each function is looked at once for each depth of the pin it may start with (none, one, more), not along every
//! path: what meets is united, and the pin counts where it is held on any path.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use snag_syntax::Symbol;
use snag_threads::{Arch, Arg, CIs, CallbackArgument, LockBehavior, When, state};

use super::calls::Calls;
use super::goroutines::{self, Entry};
use super::values::Values;
use super::{Demand, Step, ThreadPair};
use crate::contracts::Contract;
use crate::ir::{BlockId, Call, CallId, Callee, FuncId, Instr, Mode, Place, Terminator};
use crate::native::{self, Slot, Touch};
use crate::program::Program;

mod failed;
mod reach;

use failed::is_given_up;

/// Deeper pins are all alike.
const DEEPEST: u8 = 2;
const CALLS: usize = 40;
/// Calls that lead to one use.
const PATH: usize = 8;
/// Writers of one slot that may be the last.
const WRITERS: usize = 3;
/// Rounds over the blocks of one body.
const ROUNDS: usize = 4;

/// Why a goroutine may have moved since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loose {
    NeverPinned,
    Unpinned(Step),
}

/// A call that left something on the thread.
#[derive(Clone, Debug, PartialEq)]
struct Mark {
    slot: Slot,
    path: Rc<[Step]>,
    in_c: Option<Place>,
    documented: bool,
    loose: Option<Loose>,
    /// On the way here, the first call of the path was found to have failed.
    failed: bool,
}

/// What holds at a place of a function.
#[derive(Clone, Debug, Default, PartialEq)]
struct Fact {
    depth: u8,
    marks: Vec<Mark>,
    /// What the function has surely written since it began.
    written: Vec<Slot>,
    /// What it may have taken or given back.
    handled: Vec<Slot>,
    /// Whether the goroutine may have moved since the function began.
    loose: Option<Loose>,
    /// A function that nobody knows was called: what is on the thread now is anyone's guess.
    opaque: bool,
    defers: Vec<CallId>,
}

/// Something that a function finds on its thread, not having put it there.
#[derive(Clone, Debug)]
struct Use {
    slot: Slot,
    path: Rc<[Step]>,
    in_c: Option<Place>,
    documented: bool,
    loose: Option<Loose>,
    pinned: bool,
}

#[derive(Debug, Default)]
struct Summary {
    exit: Option<Fact>,
    uses: Vec<Use>,
    demands: Vec<(Rc<[Step]>, FuncId)>,
}

struct Follower<'c, 'p> {
    program: &'p Program,
    calls: &'c Calls<'p>,
    values: Values<'c, 'p>,
    relevant: Vec<bool>,
    asks_for_errno: bool,
    memo: FxHashMap<(FuncId, u8), Rc<Summary>>,
    active: FxHashSet<(FuncId, u8)>,
    pairs: Vec<ThreadPair>,
    entry: Entry,
}

/// What is found: pairs, and calls of functions whose callers have to pin.
pub(crate) fn follow(program: &Program, calls: &Calls<'_>) -> (Vec<ThreadPair>, Vec<Demand>) {
    let values = Values::new(calls);
    let reach = reach::reach(program, calls);
    if !reach.any {
        return (vec![], vec![]);
    }
    let wanted = |id: FuncId| reach.relevant[id.index()];
    let entries = goroutines::entries_among(program, calls, &wanted);
    let Some(&first) = entries.first() else { return (vec![], vec![]) };
    let mut follower = Follower {
        program,
        calls,
        values,
        relevant: reach.relevant,
        asks_for_errno: reach.asks_for_errno,
        memo: FxHashMap::default(),
        active: FxHashSet::default(),
        pairs: Vec::new(),
        entry: first,
    };
    let mut demands: Vec<Demand> = Vec::new();
    for entry in entries {
        follower.entry = entry;
        let summary = follower.summary(entry.function, u8::from(entry.pinned));
        for (path, callee) in &summary.demands {
            let known = |old: &Demand| old.path.last() == path.last();
            if !demands.iter().any(known) {
                demands.push(Demand { entry, path: path.to_vec(), callee: *callee, owner: 0 });
            }
        }
    }
    for demand in &mut demands {
        demand.owner = follower.owner(&demand.path);
    }
    (sorted(follower.pairs), demands)
}

/// One pair for each function and slot: the first in order of place.
fn sorted(mut pairs: Vec<ThreadPair>) -> Vec<ThreadPair> {
    pairs.sort_by_key(|pair| (pair.function(), pair.slot, pair.second[0], pair.first[0]));
    pairs.dedup_by_key(|pair| (pair.function(), pair.slot));
    pairs
}

impl Follower<'_, '_> {
    fn summary(&mut self, function: FuncId, depth: u8) -> Rc<Summary> {
        let key = (function, depth);
        if let Some(known) = self.memo.get(&key) {
            return Rc::clone(known);
        }
        let skip = self.active.len() >= CALLS || self.calls.body(function).is_none();
        if skip || !self.active.insert(key) {
            return Rc::default();
        }
        let summary = Rc::new(Walk::new(self, function, depth).run());
        self.active.remove(&key);
        self.memo.insert(key, Rc::clone(&summary));
        summary
    }

    fn step(&self, function: FuncId, call: &Call) -> Step {
        Step { function, place: Place { file: self.program.function(function).file, span: call.span } }
    }

    /// The step of the path whose function is to pin: the deepest one of the program that nobody calls with a pin.
    fn owner(&self, path: &[Step]) -> usize {
        let leaves_it = |function: FuncId| {
            let pinned = (1..=DEEPEST).any(|depth| self.memo.contains_key(&(function, depth)));
            pinned || !self.program.is_first_party(function)
        };
        path.iter().rposition(|step| !leaves_it(step.function)).unwrap_or(0)
    }

    /// What the call itself does, whatever is known of the inside of the callee.
    fn touches(&self, function: FuncId, call: &Call) -> Vec<(Touch, bool)> {
        let args =
            || -> Vec<Arg<'static>> { call.args.iter().map(|&arg| self.values.arg(function, arg)).collect() };
        let package = self.program.function(function).package;
        let mut found: Vec<(Touch, bool)> = Vec::new();
        match call.callee {
            Callee::C(name) => {
                let known = self.program.native.touches(package, name, &args()).into_iter();
                found.extend(known.map(|touch| (if call.ignored { clearing(touch) } else { touch }, false)));
                let contract = self.program.contracts.of_c(package, name);
                found.extend(
                    contract
                        .into_iter()
                        .flat_map(|contract| contract.touches(package))
                        .map(|touch| (touch, true)),
                );
                if self.asks_for_errno && !keeps_errno(name) && !reads_errno(&found) {
                    let slot = Slot::State(state::ERRNO, "");
                    found.push((Touch { slot, reads: false, writes: true, takes: false, at: None }, false));
                }
            }
            Callee::Function(callee) => {
                if let Some(contract) = self.program.contracts.of(callee) {
                    let package = self.program.function(callee).package;
                    found.extend(
                        contract.touches(package).into_iter().map(|touch| (touch, contract.from_words)),
                    );
                }
            }
            _ => {}
        }
        // What a Go call ties to a thread is followed with the pins; here it only asks for what C left there.
        if let Some(api) = self.calls.rows(call).api.filter(|api| api.locks == LockBehavior::No) {
            let effects = api.effects(&args(), Arch::from_goarch(&self.program.workspace.goarch));
            for state in effects.reads.iter().filter(|&state| native::is_shared_by_calls(state)) {
                let slot = Slot::State(state, "");
                found.push((Touch { slot, reads: true, writes: false, takes: false, at: None }, false));
            }
        }
        found
    }
}

/// The error that is asked for and thrown away: `C.dlerror()` before a `C.dlsym`.
fn clearing(touch: Touch) -> Touch {
    let clears = touch.reads && touch.writes && is_last_error(touch.slot);
    if clears { Touch { reads: false, writes: false, takes: true, ..touch } } else { touch }
}

fn keeps_errno(name: Symbol) -> bool {
    snag_threads::c_function(name.as_str()).is_some_and(|row| row.is == Some(CIs::KeepsErrno))
}

fn reads_errno(found: &[(Touch, bool)]) -> bool {
    found.iter().any(|(touch, _)| touch.reads && matches!(touch.slot, Slot::State(state::ERRNO, _)))
}

struct Walk<'f, 'c, 'p> {
    follower: &'f mut Follower<'c, 'p>,
    function: FuncId,
    start: u8,
    summary: Summary,
}

impl<'f, 'c, 'p> Walk<'f, 'c, 'p> {
    fn new(follower: &'f mut Follower<'c, 'p>, function: FuncId, start: u8) -> Self {
        Walk { follower, function, start, summary: Summary::default() }
    }

    fn run(mut self) -> Summary {
        let calls = self.follower.calls;
        let Some(body) = calls.body(self.function) else { return self.summary };
        let loose = (self.start == 0).then_some(Loose::NeverPinned);
        let first = Fact { depth: self.start, marks: vec![], loose, ..Fact::default() };
        let mut facts: Vec<Option<Fact>> = vec![None; body.blocks.len()];
        let mut rounds = vec![0; body.blocks.len()];
        if let Some(entry) = facts.first_mut() {
            *entry = Some(first);
        }
        let mut queue = vec![BlockId(0)];
        while let Some(id) = queue.pop() {
            let Some(block) = body.blocks.get(id.index()) else { continue };
            let Some(mut fact) = facts[id.index()].clone() else { continue };
            for instr in &block.instrs {
                if let Instr::Call(call) = *instr {
                    self.instr(call, &mut fact);
                }
            }
            for (next, fact) in self.ways(block, &fact) {
                let Some(old) = facts.get_mut(next.index()) else { continue };
                let joined = match old {
                    Some(old) => join(old.clone(), &fact),
                    None => fact,
                };
                if old.as_ref() != Some(&joined) && rounds[next.index()] < ROUNDS {
                    rounds[next.index()] += 1;
                    *old = Some(joined);
                    queue.push(next);
                }
            }
            if matches!(block.end, Terminator::Return { .. }) {
                self.leave(fact);
            }
        }
        self.summary
    }

    fn leave(&mut self, mut fact: Fact) {
        while let Some(call) = fact.defers.pop() {
            self.call(call, &mut fact);
        }
        self.summary.exit = Some(match self.summary.exit.take() {
            Some(old) => join(old, &fact),
            None => fact,
        });
    }

    fn instr(&mut self, id: CallId, fact: &mut Fact) {
        let calls = self.follower.calls;
        let Some(body) = calls.body(self.function) else { return };
        match body.call(id).mode {
            Mode::Plain => self.call(id, fact),
            Mode::Defer if !fact.defers.contains(&id) => fact.defers.push(id),
            Mode::Defer => {}
            Mode::Go => self.start(id, fact),
        }
    }

    /// A goroutine is started: what was left on this thread is not on its own.
    fn start(&mut self, id: CallId, fact: &Fact) {
        let calls = self.follower.calls;
        let Some(body) = calls.body(self.function) else { return };
        let call = body.call(id);
        let at = self.follower.step(self.function, call);
        let left = |mark: &&Mark| matches!(mark.slot, Slot::State(..)) && !is_last_error(mark.slot);
        let left: Vec<Mark> = fact.marks.iter().filter(left).cloned().collect();
        if left.is_empty() {
            return;
        }
        for target in goroutines::started_by(calls, self.function, call) {
            let summary = self.follower.summary(target, 0);
            for mark in &left {
                let Some(use_) = summary.uses.iter().find(|use_| use_.slot == mark.slot) else { continue };
                self.follower.pairs.push(ThreadPair {
                    slot: mark.slot,
                    entry: self.follower.entry,
                    first: mark.path.to_vec(),
                    first_in_c: mark.in_c,
                    second: prefixed(at, &use_.path).to_vec(),
                    second_in_c: use_.in_c,
                    unpin: None,
                    documented: mark.documented || use_.documented,
                    elsewhere: true,
                });
            }
        }
    }

    fn call(&mut self, id: CallId, fact: &mut Fact) {
        let calls = self.follower.calls;
        let Some(body) = calls.body(self.function) else { return };
        let call = body.call(id);
        let at = self.follower.step(self.function, call);
        match self.lock_behavior(call) {
            LockBehavior::IsLock | LockBehavior::Leaks | LockBehavior::LeaksUntilCloser => {
                fact.depth = (fact.depth + 1).min(8);
                return;
            }
            LockBehavior::IsUnlock | LockBehavior::Unlocks => {
                if fact.depth == 1 {
                    loosen(fact, Loose::Unpinned(at));
                }
                fact.depth = fact.depth.saturating_sub(1);
                return;
            }
            _ => {}
        }
        self.demand(call, at, fact);
        let touches = self.follower.touches(self.function, call);
        for (touch, documented) in touches.iter().filter(|(touch, _)| touch.reads) {
            let (path, in_c, pinned) = (Rc::from([at]), touch.at, fact.depth > 0);
            self.use_(
                &Use { slot: touch.slot, path, in_c, documented: *documented, loose: None, pinned },
                fact,
            );
            if touch.slot.is_held() {
                take(fact, touch.slot);
            }
        }
        touches.iter().filter(|(touch, _)| touch.takes).for_each(|(touch, _)| take(fact, touch.slot));
        self.inside(call, at, fact);
        if self.is_unknown_c(call) {
            // Perhaps it sets the error that is asked for next.
            let errors: Vec<Slot> =
                fact.marks.iter().map(|mark| mark.slot).filter(|&slot| is_last_error(slot)).collect();
            fact.marks.retain(|mark| !errors.contains(&mark.slot));
            fact.written.extend(errors);
        }
        for (touch, documented) in touches.into_iter().filter(|(touch, _)| touch.writes) {
            let loose = (fact.depth == 0).then_some(Loose::NeverPinned);
            let path = Rc::from([at]);
            write(fact, Mark { slot: touch.slot, path, in_c: touch.at, documented, loose, failed: false });
        }
    }

    fn is_unknown_c(&self, call: &Call) -> bool {
        let Callee::C(name) = call.callee else { return false };
        let program = self.follower.program;
        let package = program.function(self.function).package;
        program.native.does_the_unknown(package, name)
    }

    fn lock_behavior(&self, call: &Call) -> LockBehavior {
        let calls = self.follower.calls;
        if let Callee::Value(value) = call.callee {
            let functions = self.follower.values.functions(self.function, value);
            let rows = functions.into_iter().filter_map(|function| calls.rows_of(function).api);
            let locks = rows.map(|api| api.locks).find(|&locks| locks != LockBehavior::No);
            return locks.unwrap_or(LockBehavior::No);
        }
        calls.rows(call).api.map_or(LockBehavior::No, |api| api.locks)
    }

    /// A function whose callers have to pin, called without one.
    fn demand(&mut self, call: &Call, at: Step, fact: &Fact) {
        let Callee::Function(callee) = call.callee else { return };
        let contracts = &self.follower.program.contracts;
        let asks = |function: FuncId| contracts.of(function).is_some_and(Contract::asks_for_pin);
        // A function that asks for a pin itself hands the question on to its callers.
        if fact.depth == 0 && asks(callee) && !asks(self.function) {
            self.summary.demands.push((Rc::from([at]), callee));
        }
    }

    /// Follows the functions that the call runs before it returns.
    fn inside(&mut self, call: &Call, at: Step, fact: &mut Fact) {
        let calls = self.follower.calls;
        let mut targets = self.follower.values.callees(self.function, call);
        let mut in_callback = false;
        if let Callee::C(name) = call.callee {
            let package = self.follower.program.function(self.function).package;
            let function = self.follower.program.native.function(package, name);
            targets.extend(function.into_iter().flat_map(|function| &function.calls_go));
            in_callback = true;
        }
        if let Some(callback) = calls.rows(call).callback
            && callback.when == When::Synchronous
            && let CallbackArgument::Index(position) = callback.argument
            && let Some(&argument) = call.args.get(position as usize)
        {
            targets.extend(self.follower.values.functions(self.function, argument));
        }
        if targets.is_empty() && matches!(call.callee, Callee::Value(_)) {
            forget(fact);
        }
        targets.retain(|&target| self.follower.relevant[target.index()] || calls.is_relevant(target));
        let before = fact.clone();
        let mut after: Option<Fact> = None;
        for target in targets {
            let mut one = before.clone();
            one.depth = one.depth.saturating_add(u8::from(in_callback));
            self.inline(target, at, &mut one);
            one.depth = one.depth.saturating_sub(u8::from(in_callback));
            if in_callback && one.depth == 0 {
                loosen(&mut one, Loose::NeverPinned);
            }
            after = Some(match after {
                Some(known) => join(known, &one),
                None => one,
            });
        }
        if let Some(after) = after {
            *fact = after;
        }
    }

    fn inline(&mut self, target: FuncId, at: Step, fact: &mut Fact) {
        let start = fact.depth.min(DEEPEST);
        let summary = self.follower.summary(target, start);
        for (path, callee) in &summary.demands {
            let known = |old: &(Rc<[Step]>, FuncId)| old.0.last() == path.last();
            if path.len() < PATH && !self.summary.demands.iter().any(known) {
                self.summary.demands.push((prefixed(at, path), *callee));
            }
        }
        for use_ in &summary.uses {
            self.use_(&Use { path: prefixed(at, &use_.path), ..use_.clone() }, fact);
        }
        let Some(exit) = &summary.exit else { return };
        if let Some(loose) = exit.loose {
            loosen(fact, loose);
        }
        if exit.opaque {
            forget(fact);
        }
        for &slot in exit.written.iter().chain(&exit.handled) {
            fact.marks.retain(|mark| mark.slot != slot);
        }
        unite(&mut fact.written, &exit.written);
        unite(&mut fact.handled, &exit.handled);
        for mark in &exit.marks {
            fact.marks.push(Mark { path: prefixed(at, &mark.path), ..mark.clone() });
        }
        bound(&mut fact.marks);
        fact.depth = (fact.depth + exit.depth).saturating_sub(start).min(8);
    }

    /// Something that the thread holds is asked for.
    fn use_(&mut self, use_: &Use, fact: &Fact) {
        for mark in fact.marks.iter().filter(|mark| mark.slot == use_.slot) {
            let Some(loose) = mark.loose.or(use_.loose) else { continue };
            if is_given_up(mark, &fact.marks) {
                continue;
            }
            let cares_for_itself =
                use_.pinned && is_last_error(use_.slot) && matches!(loose, Loose::Unpinned(_));
            if same_call(mark, use_) || cares_for_itself {
                continue;
            }
            let unpin = match loose {
                Loose::NeverPinned => None,
                Loose::Unpinned(step) => Some(step),
            };
            self.follower.pairs.push(ThreadPair {
                slot: use_.slot,
                entry: self.follower.entry,
                first: mark.path.to_vec(),
                first_in_c: mark.in_c,
                second: use_.path.to_vec(),
                second_in_c: use_.in_c,
                unpin,
                documented: mark.documented || use_.documented,
                elsewhere: false,
            });
        }
        let own = fact.written.contains(&use_.slot) || fact.handled.contains(&use_.slot);
        if !fact.opaque && !own && use_.path.len() < PATH {
            let known = |old: &Use| old.slot == use_.slot && old.path.last() == use_.path.last();
            if !self.summary.uses.iter().any(known) {
                let loose = fact.loose.or(use_.loose);
                self.summary.uses.push(Use { loose, ..use_.clone() });
            }
        }
    }
}

/// Whoever asks for an error under a pin of his own most likely made the call there, too.
fn is_last_error(slot: Slot) -> bool {
    let errors = [state::ERRNO, state::DLERROR, state::OPENSSL_ERR, state::LIB_LAST_ERROR];
    matches!(slot, Slot::State(state, _) if errors.contains(&state))
}

/// One function called again finds what it left itself: most likely it sets up what is not there.
fn same_call(mark: &Mark, use_: &Use) -> bool {
    mark.path.last() == use_.path.last() && !mark.documented
}

fn prefixed(at: Step, path: &[Step]) -> Rc<[Step]> {
    std::iter::once(at).chain(path.iter().copied()).take(PATH).collect()
}

fn loosen(fact: &mut Fact, how: Loose) {
    fact.loose.get_or_insert(how);
    for mark in &mut fact.marks {
        mark.loose.get_or_insert(how);
    }
}

fn forget(fact: &mut Fact) {
    fact.marks.clear();
    fact.opaque = true;
}

/// It was given back, or cleared: nothing is left.
fn take(fact: &mut Fact, slot: Slot) {
    fact.marks.retain(|mark| mark.slot != slot);
    unite(&mut fact.handled, &[slot]);
}

fn write(fact: &mut Fact, mark: Mark) {
    fact.marks.retain(|old| old.slot != mark.slot);
    unite(if mark.slot.is_held() { &mut fact.handled } else { &mut fact.written }, &[mark.slot]);
    fact.marks.push(mark);
}

fn unite(known: &mut Vec<Slot>, more: &[Slot]) {
    for &slot in more {
        if !known.contains(&slot) {
            known.push(slot);
        }
    }
}

fn bound(marks: &mut Vec<Mark>) {
    let mut counts: FxHashMap<Slot, usize> = FxHashMap::default();
    marks.retain(|mark| {
        let count = counts.entry(mark.slot).or_default();
        *count += 1;
        *count <= WRITERS
    });
}

fn join(mut a: Fact, b: &Fact) -> Fact {
    a.depth = a.depth.max(b.depth);
    a.loose = a.loose.or(b.loose);
    a.opaque |= b.opaque;
    a.written.retain(|slot| b.written.contains(slot));
    unite(&mut a.handled, &b.handled);
    for mark in &b.marks {
        match a.marks.iter_mut().find(|known| known.is_like(mark) && known.failed == mark.failed) {
            Some(known) => known.loose = known.loose.or(mark.loose),
            None => a.marks.push(mark.clone()),
        }
    }
    bound(&mut a.marks);
    for &call in &b.defers {
        if !a.defers.contains(&call) {
            a.defers.push(call);
        }
    }
    a
}

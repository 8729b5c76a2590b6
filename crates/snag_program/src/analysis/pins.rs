//! Follows goroutines through their calls with the pin they hold and the state of their thread.
//!
//! A context is a function with the thread it starts on: how often it is pinned and what is changed. Each context is
//! followed once, along every path; its outcomes serve all its callers. Depths are therefore absolute, and a surplus
//! `UnlockOSThread` is the no-op that it is.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use snag_syntax::Span;
use snag_threads::{Is, StateSet};

use super::calls::Calls;
use super::effects::EffectsOf;
use super::goroutines::{Entry, EntryKind};
use super::needs::{Needs, NeedsOf};
use super::values::Values;
use super::{
    Analysis, ChangedExit, DirtyUnpin, EarlySave, Escape, LateUse, PinLeak, PinnedExit, Restored, Step,
    UnpinnedChange,
};
use crate::ir::{
    Block, BlockId, CallId, Callee, Cond, FuncId, Instr, Mode, Operator, Place, Terminator, Value, ValueId,
    VarRef,
};
use crate::program::Program;

mod again;
mod constants;
mod ends;
mod errors;
mod escape;
mod follow;
mod kept;
mod meet;
mod observed;
mod place;
mod report;
mod saves;
mod step;
mod tied;

use again::Way;
use constants::Constants;
use ends::End;
use escape::Departure;
pub(crate) use follow::{Group, Groups};
use meet::{agree, few};
use observed::Observed;

/// Courses through a block beyond this many are not followed.
const COURSES: usize = 24;
/// Calls deeper than this are taken to do nothing.
const CALLS: usize = 40;
/// Contexts of the whole program.
const CONTEXTS: usize = 100_000;
/// Steps along paths, of one context, of one entry and of the whole program: what is beyond is not seen.
const STEPS_OF_ONE: usize = 3_000;
const STEPS_OF_ENTRY: usize = 16_000;
const STEPS: usize = 3_000_000;
const DEEPEST_PIN: u8 = 8;

/// How a change of the thread stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Standing {
    /// The call failed: nothing changed.
    Failed,
    Changed,
    Restored,
    RestoreFailed,
    RestoreUnchecked,
    /// A library changed the thread for the function it calls, and puts it back.
    Lent,
}

/// A change of the thread on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Mark {
    at: Step,
    states: StateSet,
    certain: bool,
    standing: Standing,
    restore: Option<Step>,
    /// Made while pinned.
    pinned: bool,
    way: Way,
    /// Ties something to the thread instead of hurting others.
    binds: bool,
    /// Something inside the pin depended on it already.
    used: bool,
    /// Where the pin ended while the change stood.
    unpinned: Option<Step>,
}

/// The thread a goroutine runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Thread {
    depth: u8,
    /// The call that pinned it first.
    pin: Option<Step>,
    marks: Vec<Mark>,
    /// Something was put back whose change was not seen.
    touched: bool,
    /// Another goroutine may have been started.
    spawned: bool,
    /// Functions given to `t.Cleanup`.
    cleanups: Vec<FuncId>,
}

impl Thread {
    fn standing(&self) -> impl Iterator<Item = &Mark> {
        self.marks.iter().filter(|mark| {
            mark.pinned
                && mark.unpinned.is_none()
                && !matches!(mark.standing, Standing::Failed | Standing::Restored)
        })
    }

    /// What a called function finds. What happened before must not tell its contexts apart.
    fn inherited(&self) -> Thread {
        Thread { spawned: false, cleanups: vec![], ..self.clone() }
    }

    /// Adds what happened before a call to what happened in it.
    fn add_history(&mut self, before: &Thread) {
        self.spawned |= before.spawned;
        let inside = std::mem::replace(&mut self.cleanups, before.cleanups.clone());
        for cleanup in inside {
            self.add_cleanup(cleanup);
        }
    }

    fn add_cleanup(&mut self, cleanup: FuncId) {
        if !self.cleanups.contains(&cleanup) {
            self.cleanups.push(cleanup);
        }
    }

    /// What a caller finds: a change without a pin has been reported.
    fn left_behind(mut self) -> Thread {
        self.marks.retain(|mark| mark.pinned);
        self
    }
}

/// What is known about a variable, or about the error of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Known {
    Nil,
    NotNil,
    True,
    False,
    /// The answer of a call that worked, or failed, whichever way it says so.
    Worked,
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    Var(VarRef),
    Error(FuncId, CallId),
}

type Facts = Vec<(Key, Known)>;

/// A path inside a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Path {
    thread: Thread,
    facts: Facts,
    defers: Vec<CallId>,
}

/// What must not be joined: paths that differ in this may end differently.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Course {
    thread: Thread,
    defers: Vec<CallId>,
}

impl Path {
    fn split(self) -> (Course, Facts) {
        (Course { thread: self.thread, defers: self.defers }, self.facts)
    }

    fn of(course: Course, facts: Facts) -> Path {
        Path { thread: course.thread, facts, defers: course.defers }
    }

    fn fact(&self, key: Key) -> Option<Known> {
        self.facts.iter().find(|(known, _)| *known == key).map(|&(_, fact)| fact)
    }

    fn learn(&mut self, key: Key, known: Option<Known>) {
        self.facts.retain(|(old, _)| *old != key);
        if let Some(known) = known {
            self.facts.push((key, known));
            self.facts.sort();
        }
    }
}

/// Functions that parameters stand for.
type Bindings = Vec<(VarRef, FuncId)>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Context {
    function: FuncId,
    thread: Thread,
    facts: Facts,
    bindings: Bindings,
    constants: Constants,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Outcome {
    thread: Thread,
    /// About variables of functions around.
    facts: Facts,
    error: Option<Known>,
}

/// A change without a pin, seen from a function.
#[derive(Clone, Debug)]
struct Reach {
    path: Vec<Step>,
    states: StateSet,
    certain: bool,
    through_interface: bool,
    after_go: bool,
    thin: bool,
    /// Ties something to the thread instead of hurting others.
    binds: bool,
    /// Made by a pinned goroutine: of what confines a thread for good, this is told too.
    pinned: bool,
}

#[derive(Debug, Default)]
struct Summary {
    outcomes: Vec<Outcome>,
    unpinned: Vec<Reach>,
}

struct Follower<'c, 'p> {
    program: &'p Program,
    calls: &'c Calls<'p>,
    values: &'c Values<'c, 'p>,
    effects: EffectsOf<'c, 'p>,
    /// None while the context is being followed.
    memo: FxHashMap<Context, Option<Rc<Summary>>>,
    /// How many contexts are being followed, each called by the one before.
    depth: usize,
    /// The highest result that a body takes of each call: its error.
    last_results: FxHashMap<FuncId, Rc<FxHashMap<CallId, u8>>>,
    observed: Observed,
    uses: FxHashMap<FuncId, Rc<Vec<(StateSet, Step)>>>,
    departures: FxHashMap<FuncId, Rc<Vec<Departure>>>,
    /// The calls that led to the context being followed.
    stack: Vec<Step>,
    deciding: FxHashMap<FuncId, Rc<[u32]>>,
    needs: NeedsOf<'c, 'p>,
    /// Calls without a pin that read what a pin protects.
    loose_saves: FxHashSet<Step>,
    steps: usize,
    steps_before_entry: usize,
    /// Functions of commands: what their library does to call them is not followed.
    commands: FxHashSet<FuncId>,
}

impl Follower<'_, '_> {
    fn enter(&mut self, entry: Entry) -> Rc<Summary> {
        self.steps_before_entry = self.steps;
        let thread = Thread { depth: u8::from(entry.pinned), ..Thread::default() };
        let context =
            Context { function: entry.function, thread, facts: vec![], bindings: vec![], constants: vec![] };
        let summary = self.summary(&context);
        self.entry_ends(entry, &summary);
        // What a test leaves to its end runs on the goroutine of the test.
        for outcome in &summary.outcomes {
            let mut threads = vec![outcome.thread.clone()];
            for &cleanup in outcome.thread.cleanups.iter().rev() {
                threads = threads.into_iter().flat_map(|thread| self.run_plain(cleanup, thread)).collect();
            }
        }
        summary
    }

    fn run_plain(&mut self, function: FuncId, mut thread: Thread) -> Vec<Thread> {
        thread.cleanups.clear();
        let context = Context { function, thread, facts: vec![], bindings: vec![], constants: vec![] };
        self.summary(&context).outcomes.iter().map(|outcome| outcome.thread.clone()).collect()
    }

    fn summary(&mut self, context: &Context) -> Rc<Summary> {
        let known = self.memo.get(context);
        if let Some(Some(known)) = known {
            return Rc::clone(known);
        }
        let again = known.is_some();
        let too_much = self.is_exhausted() || self.depth >= CALLS || self.memo.len() >= CONTEXTS;
        if too_much || again || self.calls.body(context.function).is_none() {
            if too_much {
                self.observed.cut.insert(context.function);
                self.note_needs(&context.thread, Needs::UNKNOWN);
            }
            let outcome =
                Outcome { thread: context.thread.clone(), facts: context.facts.clone(), error: None };
            return Rc::new(Summary { outcomes: vec![outcome], unpinned: vec![] });
        }
        self.memo.insert(context.clone(), None);
        self.depth += 1;
        let summary = Rc::new(Walk::new(self, context).run());
        self.depth -= 1;
        if let Some(known) = self.memo.get_mut(context) {
            *known = Some(Rc::clone(&summary));
        }
        summary
    }

    fn last_results(&mut self, function: FuncId) -> Rc<FxHashMap<CallId, u8>> {
        let calls = self.calls;
        let found = self.last_results.entry(function).or_insert_with(|| {
            let mut found: FxHashMap<CallId, u8> = FxHashMap::default();
            for value in calls.body(function).into_iter().flat_map(|body| &body.values) {
                if let Value::Result(call, at) = *value {
                    let last = found.entry(call).or_default();
                    *last = at.max(*last);
                }
            }
            Rc::new(found)
        });
        Rc::clone(found)
    }

    fn is_exhausted(&self) -> bool {
        self.steps > STEPS || self.steps - self.steps_before_entry > STEPS_OF_ENTRY
    }

    fn step(&self, function: FuncId, call: CallId) -> Step {
        let span = self.calls.body(function).map(|body| body.call(call).span).unwrap_or_default();
        Step { function, place: Place { file: self.program.function(function).file, span } }
    }
}

/// One context being followed.
struct Walk<'f, 'c, 'p> {
    follower: &'f mut Follower<'c, 'p>,
    context: &'f Context,
    function: FuncId,
    summary: Summary,
    /// The courses that reach a block, and what is known on all paths of one.
    seen: Vec<Vec<(Course, Facts)>>,
    /// Blocks in their order, so that paths meet before they are followed further.
    queue: BinaryHeap<Reverse<(BlockId, usize)>>,
    last_results: Rc<FxHashMap<CallId, u8>>,
    ends: Vec<End>,
}

impl<'f, 'c, 'p> Walk<'f, 'c, 'p> {
    fn new(follower: &'f mut Follower<'c, 'p>, context: &'f Context) -> Self {
        let function = context.function;
        let last_results = follower.last_results(function);
        let seen = vec![vec![]; follower.calls.body(function).map_or(0, |body| body.blocks.len())];
        let (summary, queue, ends) = (Summary::default(), BinaryHeap::new(), vec![]);
        Walk { follower, context, function, summary, seen, queue, last_results, ends }
    }

    fn run(mut self) -> Summary {
        let thread = self.context.thread.clone();
        let mut start = Path { thread, facts: self.context.facts.clone(), defers: vec![] };
        self.begin_results(&mut start);
        self.go_to(BlockId(0), start);
        let mut steps = 0;
        while let Some(Reverse((id, course))) = self.queue.pop() {
            steps += 1;
            self.follower.steps += 1;
            if steps > STEPS_OF_ONE || self.follower.is_exhausted() {
                self.follower.observed.cut.insert(self.function);
                self.follower.note_needs(&self.seen[id.index()][course].0.thread, Needs::UNKNOWN);
                return self.summary;
            }
            let Some(block) =
                self.follower.calls.body(self.function).and_then(|body| body.blocks.get(id.index()))
            else {
                continue;
            };
            let (course, facts) = self.seen[id.index()][course].clone();
            self.block(block, Path::of(course, facts));
        }
        self.compare_ends();
        self.summary
    }

    fn go_to(&mut self, block: BlockId, path: Path) {
        let Some(seen) = self.seen.get_mut(block.index()) else { return };
        let (course, facts) = path.split();
        let at = match seen.iter().position(|(known, _)| *known == course) {
            Some(at) => {
                let before = seen[at].1.len();
                agree(&mut seen[at].1, &facts);
                if seen[at].1.len() == before {
                    return;
                }
                at
            }
            None if seen.len() < COURSES => {
                seen.push((course, facts));
                seen.len() - 1
            }
            None => return,
        };
        if !self.queue.iter().any(|queued| queued.0 == (block, at)) {
            self.queue.push(Reverse((block, at)));
        }
    }

    fn block(&mut self, block: &Block, path: Path) {
        let mut paths = vec![path];
        for instr in &block.instrs {
            paths = match *instr {
                Instr::Call(call) => self.calls(call, paths),
                Instr::Assign { target, value, .. } => {
                    for path in &mut paths {
                        self.assign(target, value, path);
                    }
                    paths
                }
                _ => paths,
            };
        }
        for path in paths {
            match self.gives_up(block) {
                Some(at) => self.finish(&[], at, path),
                None => self.leave(&block.end, path),
            }
        }
    }

    fn calls(&mut self, id: CallId, mut paths: Vec<Path>) -> Vec<Path> {
        let Some(body) = self.follower.calls.body(self.function) else { return paths };
        let call = body.call(id);
        if call.mode == Mode::Plain && self.is_quiet(call) {
            for path in &mut paths {
                self.prepare(id, call, path);
            }
            return few(paths);
        }
        few(paths.into_iter().flat_map(|path| self.call_or_defer(id, path)).collect())
    }

    fn leave(&mut self, end: &Terminator, path: Path) {
        match end {
            Terminator::Jump(to) => self.go_to(*to, path),
            Terminator::If { cond, then, otherwise } => {
                let answer = self.answer(end, &path);
                for (holds, to) in [(true, *then), (false, *otherwise)] {
                    let path = match answer {
                        Some(answer) => (answer == holds).then(|| path.clone()),
                        None => self.assume(*cond, holds, path.clone()),
                    };
                    if let Some(path) = path {
                        self.go_to(to, path);
                    }
                }
            }
            Terminator::Switch(targets) | Terminator::Select { targets, .. } => {
                for &to in targets {
                    self.go_to(to, path.clone());
                }
            }
            Terminator::Return { values, span } => self.finish(values, *span, path),
            Terminator::Dead => {}
        }
    }

    fn value(&self, id: ValueId) -> Value {
        let body = self.follower.calls.body(self.function);
        body.and_then(|body| body.values.get(id.index())).copied().unwrap_or(Value::Unknown)
    }

    fn key(&self, id: ValueId) -> Option<Key> {
        match self.value(id) {
            Value::Var(var) => Some(Key::Var(var)),
            Value::Result(call, at) if self.last_results.get(&call) == Some(&at) || self.is_c(call) => {
                Some(Key::Error(self.function, call))
            }
            _ => None,
        }
    }

    fn known(&self, id: ValueId, path: &Path) -> Option<Known> {
        match self.value(id) {
            Value::Nil => Some(Known::Nil),
            Value::Bool(true) => Some(Known::True),
            Value::Bool(false) => Some(Known::False),
            Value::Addr(_) | Value::Func(_) | Value::Literal(_) => Some(Known::NotNil),
            Value::Result(call, _) if self.makes_error(call) => Some(Known::NotNil),
            Value::Op(Operator::Equal | Operator::NotEqual | Operator::Order, left, right) => {
                self.answered(&[left, right], path)
            }
            Value::Result(call, _) => path.fact(self.key(id)?).or_else(|| {
                let body = self.follower.calls.body(self.function)?;
                self.answered(&body.call(call).args, path)
            }),
            _ => path.fact(self.key(id)?),
        }
    }

    fn assign(&self, target: ValueId, value: ValueId, path: &mut Path) {
        if let Value::Var(var) = self.value(target) {
            let known = self.known(value, path);
            path.learn(Key::Var(var), known);
        }
    }

    /// The path on which the condition holds, or does not; none when that cannot be.
    fn assume(&self, cond: Cond, holds: bool, mut path: Path) -> Option<Path> {
        let (id, fact) = match cond {
            Cond::IsNil(id, wanted) => (id, if wanted == holds { Known::Nil } else { Known::NotNil }),
            Cond::IsTrue(id, wanted) => (id, if wanted == holds { Known::True } else { Known::False }),
            Cond::Compare(..) if self.contradicts_error_number(cond, holds, &path) => return None,
            Cond::Compare(..) | Cond::Other => return Some(path),
        };
        match self.known(id, &path) {
            Some(known) if known != fact => return None,
            Some(_) => {}
            None => {
                if let Some(key) = self.key(id).filter(|key| self.worth_knowing(*key, cond)) {
                    path.learn(key, Some(fact));
                }
            }
        }
        Some(path)
    }

    fn worth_knowing(&self, key: Key, cond: Cond) -> bool {
        match key {
            Key::Var(var) => {
                let vars = &self.follower.program.function(var.function).vars;
                matches!(cond, Cond::IsTrue(..))
                    || vars.get(var.index as usize).is_some_and(|var| var.is_error)
            }
            Key::Error(..) => true,
        }
    }

    /// The function returns: deferred calls run, the last one first.
    fn finish(&mut self, values: &[ValueId], at: Span, mut path: Path) {
        let info = self.follower.program.function(self.function);
        let named: Vec<u32> =
            (0..info.vars.len() as u32).filter(|&index| info.vars[index as usize].result).collect();
        let mut error = values.last().and_then(|&value| self.known(value, &path));
        for (&index, &value) in named.iter().zip(values) {
            let known = self.known(value, &path);
            path.learn(Key::Var(VarRef { function: self.function, index }), known);
        }
        let mut paths = vec![path];
        while let Some(at) = paths.iter().position(|path| !path.defers.is_empty()) {
            let mut path = paths.swap_remove(at);
            if let Some(call) = path.defers.pop() {
                paths.extend(self.call(call, path));
                paths = few(paths);
            }
        }
        for path in paths {
            if let Some(&index) = named.last() {
                error = path.fact(Key::Var(VarRef { function: self.function, index }));
            }
            self.end(at, &path.thread, error);
            let outside =
                |(key, _): &(Key, Known)| matches!(key, Key::Var(var) if var.function != self.function);
            let facts = path.facts.into_iter().filter(outside).collect();
            let outcome = Outcome { thread: path.thread.left_behind(), facts, error };
            if !self.summary.outcomes.contains(&outcome) && self.summary.outcomes.len() < COURSES {
                self.summary.outcomes.push(outcome);
            }
        }
    }

    fn call_or_defer(&mut self, call: CallId, mut path: Path) -> Vec<Path> {
        let Some(body) = self.follower.calls.body(self.function) else { return vec![path] };
        match body.call(call).mode {
            Mode::Plain => self.call(call, path),
            Mode::Defer => {
                // A deferred call in a loop is as good as one: the state must stay finite.
                if path.defers.last() != Some(&call) {
                    path.defers.push(call);
                }
                vec![path]
            }
            Mode::Go => {
                self.start(call, &path.thread);
                path.thread.spawned = true;
                vec![path]
            }
        }
    }
}

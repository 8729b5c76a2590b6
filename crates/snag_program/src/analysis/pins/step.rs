//! One call on a path.

use snag_threads::{Callback, CallbackArgument, LockBehavior, When, state};

use super::observed::Seen;
use super::*;
use crate::analysis::Carrier;
use crate::analysis::calls::Rows;
use crate::analysis::effects::Change;
use crate::ir::Call;

impl Walk<'_, '_, '_> {
    /// The call as it happens, deferred or not.
    pub(super) fn call(&mut self, id: CallId, mut path: Path) -> Vec<Path> {
        let Some(body) = self.follower.calls.body(self.function) else { return vec![path] };
        let call = body.call(id);
        let rows = self.rows_through_values(call);
        self.prepare(id, call, &mut path);
        if self.is_closer(call) {
            return vec![self.unpin(id, path)];
        }
        if let Some(api) = rows.api {
            match api.locks {
                LockBehavior::IsLock | LockBehavior::Leaks | LockBehavior::LeaksUntilCloser => {
                    return vec![self.pin(id, api.locks, path)];
                }
                LockBehavior::IsUnlock | LockBehavior::Unlocks => return vec![self.unpin(id, path)],
                _ => {}
            }
            self.library_work(id, call, rows, &path.thread);
            if api.locks == LockBehavior::No
                && let Some(change) =
                    self.follower.effects.change_with(self.function, call, &self.context.constants)
            {
                return self.change(id, call, change, path);
            }
        } else if rows.spawn.is_some() {
            self.library_work(id, call, rows, &path.thread);
        }
        if let Some(callback) = rows.callback {
            return self.callback(id, call, callback, rows, path);
        }
        if let Callee::C(_) = call.callee
            && let Some(change) =
                self.follower.effects.change_with(self.function, call, &self.context.constants)
        {
            return self.change(id, call, change, path);
        }
        if rows.api.is_some() {
            return vec![path];
        }
        self.inline(id, call, path)
    }

    /// What a call means before anything is known of what it does.
    pub(super) fn prepare(&mut self, id: CallId, call: &Call, path: &mut Path) {
        path.learn(Key::Error(self.function, id), None);
        self.save(id, call, &path.thread);
        self.call_of_main_thread(id, call, &path.thread);
        self.depend(id, call, path);
        self.leave_inside(id, call, &path.thread);
        self.need(id, call, &path.thread);
    }

    /// Nothing that the call leads to has to do with threads: most calls are such.
    pub(super) fn is_quiet(&self, call: &Call) -> bool {
        let calls = self.follower.calls;
        match call.callee {
            Callee::Function(target) => !calls.is_followed(target) && !calls.rows_of(target).any(),
            Callee::Missing { .. } => !calls.rows(call).any(),
            Callee::Builtin(_) | Callee::Unknown => true,
            _ => false,
        }
    }

    /// Also a function value that stands for a function of the tables: `unlock := runtime.UnlockOSThread`.
    fn rows_through_values(&self, call: &Call) -> Rows {
        let Callee::Value(value) = call.callee else { return self.follower.calls.rows(call) };
        if let [only] = self.follower.values.functions(self.function, value).as_slice() {
            return self.follower.calls.rows_of(*only);
        }
        Rows::default()
    }

    /// A function that a library returned together with a pin, and that ends the pin.
    fn is_closer(&self, call: &Call) -> bool {
        let Callee::Value(value) = call.callee else { return false };
        let made_by = self.follower.values.call_of(self.function, value).and_then(|(function, call)| {
            let body = self.follower.calls.body(function)?;
            self.follower.calls.rows(body.call(call)).api
        });
        made_by.is_some_and(|api| api.locks == LockBehavior::LeaksUntilCloser)
    }

    fn unpin(&mut self, id: CallId, mut path: Path) -> Path {
        let at = self.follower.step(self.function, id);
        let foreign = self.is_foreign(&path.thread);
        if path.thread.depth == 1 {
            for mark in &mut path.thread.marks {
                let stands = !matches!(mark.standing, Standing::Failed | Standing::Lent);
                if !mark.pinned || mark.unpinned.is_some() || !stands {
                    continue;
                }
                if mark.standing != Standing::Restored {
                    mark.unpinned = Some(at);
                }
                // Where not everything was followed, it may have been put back.
                if mark.binds || self.follower.is_exhausted() {
                    continue;
                }
                let seen = self.follower.observed.unpins.entry((at, mark.at));
                let seen = seen.or_insert_with(|| Seen { marks: vec![], foreign });
                seen.foreign &= foreign;
                seen.add(*mark);
            }
        }
        if path.thread.depth == 1 {
            // What was put back is no longer anybody's: the next pin begins anew.
            path.thread.marks.retain(|mark| !matches!(mark.standing, Standing::Failed | Standing::Restored));
            path.thread.touched = false;
            self.unpinned_at(at, &mut path.thread);
        }
        path.thread.depth = path.thread.depth.saturating_sub(1);
        path
    }

    /// The function takes pins itself, or another method of its type takes those that it ends, and still it ends one
    /// that was taken elsewhere: most likely ours is still held below.
    fn is_foreign(&self, thread: &Thread) -> bool {
        let calls = self.follower.calls;
        let Some(pin) = thread.pin.filter(|pin| calls.root(pin.function) != calls.root(self.function)) else {
            return false;
        };
        self.follower.takes_pin(self.function) || self.follower.sibling_takes_pin(self.function, pin.function)
    }

    fn change(&mut self, id: CallId, call: &Call, change: Change, mut path: Path) -> Vec<Path> {
        let at = self.follower.step(self.function, id);
        // What the call is about comes first; capabilities follow from it.
        let sure = change.states.iter().next().is_some_and(|state| state::sets::SURE.contains(state));
        let ignored = call.ignored || call.mode == Mode::Defer;
        let restores = self.put_back(&path, call, &change);
        self.use_saved(at, call, &change, &path.thread);
        if path.thread.depth == 0 && change.binds && !change.restores && change.needs_pin {
            self.unpinned(at, &change, call, &path.thread);
        }
        if restores.is_empty() && change.restores {
            path.thread.touched |= path.thread.depth > 0;
        }
        if restores.is_empty() && (change.restores || change.binds && !needs_mark(&path.thread, &change)) {
            return vec![path];
        }
        let key = Key::Error(self.function, id);
        let mut worked = path.clone();
        let mut failed = path;
        if restores.is_empty() {
            let given_up = change.states.intersection(state::sets::CONFINING);
            let confines = given_up.iter().any(snag_threads::StateId::is_irreversible);
            if !change.binds && (worked.thread.depth == 0 || confines) {
                self.unpinned(at, &change, call, &worked.thread);
            }
            let mark = Mark {
                at,
                states: change.states,
                certain: change.certain,
                standing: Standing::Changed,
                restore: None,
                way: Way::default(),
                pinned: worked.thread.depth > 0,
                binds: change.binds,
                used: false,
                unpinned: None,
            };
            set_mark(&mut worked.thread.marks, mark);
            set_mark(&mut failed.thread.marks, Mark { standing: Standing::Failed, ..mark });
        } else {
            for index in restores {
                let late = late_use(at, &worked.thread.marks[index], change.states);
                if let Some(late) = late {
                    self.follower.observed.add_late_use(LateUse { puts_back: true, ..late });
                }
                let stands = if ignored && !sure { Standing::RestoreUnchecked } else { Standing::Restored };
                settle(&mut worked.thread.marks[index], stands, at);
                settle(&mut failed.thread.marks[index], Standing::RestoreFailed, at);
            }
        }
        // Without a pin there is nothing that failing could leave behind.
        if ignored || sure || worked.thread.depth == 0 {
            return vec![worked];
        }
        let (yes, no) =
            if self.is_c(id) { (Known::Worked, Known::Failed) } else { (Known::Nil, Known::NotNil) };
        worked.learn(key, Some(yes));
        failed.learn(key, Some(no));
        vec![worked, failed]
    }

    /// The changes on the path that the call puts back: those of this pin, otherwise those of one that has ended.
    fn put_back(&self, path: &Path, call: &Call, change: &Change) -> Vec<usize> {
        let marks = &path.thread.marks;
        let same_state =
            |mark: &Mark| mark.states.intersects(change.states) && mark.standing != Standing::Lent;
        let find = |wanted: &dyn Fn(&Mark) -> bool| -> Vec<usize> {
            (0..marks.len()).filter(|&at| same_state(&marks[at]) && wanted(&marks[at])).collect()
        };
        let here = find(&|mark| {
            mark.unpinned.is_none() && (change.restores || !change.binds && self.differs(mark, call, change))
        });
        if !here.is_empty() || !change.restores {
            return here;
        }
        find(&|mark| mark.unpinned.is_some())
    }

    /// Who the thread acts for is set again, by whichever call, to what the program knows from the beginning.
    fn resets_credentials(&self, mark: &Mark, call: &Call) -> bool {
        let constant = |&arg: &ValueId| matches!(self.value(arg), Value::Int(_) | Value::Nil);
        mark.states.intersects(state::sets::CREDENTIALS) && call.args.iter().all(constant)
    }

    /// The same function is called, with something else.
    fn has_other_arguments(&self, mark: &Mark, first: &Call, call: &Call) -> bool {
        let Some(body) = self.follower.calls.body(mark.at.function) else { return false };
        let irreversible = mark.states.iter().any(snag_threads::StateId::is_irreversible);
        let old = first.args.iter().map(|&arg| body.value(arg));
        let new = call.args.iter().map(|&arg| self.value(arg));
        !irreversible && first.callee == call.callee && !call.args.is_empty() && !old.eq(new)
    }

    /// A second change of the same kind with another value: most likely the old one.
    fn differs(&self, mark: &Mark, call: &Call, change: &Change) -> bool {
        let Some(body) = self.follower.calls.body(mark.at.function) else { return false };
        let Some(first) = body.calls.iter().find(|first| first.span == mark.at.place.span) else {
            return false;
        };
        if matches!((first.callee, call.callee), (Callee::C(old), Callee::C(new)) if old != new) {
            // `C.block_signals()`, `C.unblock_signals()`
            return true;
        }
        let same_call = mark.at.function == self.function && first.span == call.span;
        let Some(value) = change.value else {
            let another =
                || self.has_other_arguments(mark, first, call) || self.resets_credentials(mark, call);
            return !same_call && mark.states == change.states && another();
        };
        let old = first.args.iter().map(|&arg| body.value(arg));
        let new = self.value(value);
        !same_call && (mark.at.function != self.function || !old.into_iter().any(|old| old == new))
    }

    fn unpinned(&mut self, at: Step, change: &Change, call: &Call, thread: &Thread) {
        let pinned = thread.depth > 0;
        let same = |reach: &&mut Reach| reach.path.last() == Some(&at) && reach.pinned == pinned;
        if let Some(known) = self.summary.unpinned.iter_mut().find(same) {
            known.after_go |= thread.spawned;
            return;
        }
        self.summary.unpinned.push(Reach {
            path: vec![at],
            states: change.states,
            certain: change.certain,
            through_interface: false,
            after_go: thread.spawned,
            thin: self.hands_through(call),
            binds: change.binds,
            pinned,
        });
    }

    /// Whether a return statement is about the call only: `return unix.Setns(fd, flags)`.
    fn hands_through(&self, call: &Call) -> bool {
        let Some(body) = self.follower.calls.body(self.function) else { return false };
        body.blocks.iter().any(|block| {
            let Terminator::Return { values, .. } = &block.end else { return false };
            values.iter().any(|&value| match body.value(value) {
                Value::Result(id, _) => body.call(id).span == call.span,
                _ => false,
            })
        })
    }

    /// A library function that calls a function it is given.
    fn callback(
        &mut self,
        id: CallId,
        call: &Call,
        callback: &Callback,
        rows: Rows,
        mut path: Path,
    ) -> Vec<Path> {
        let CallbackArgument::Index(position) = callback.argument else { return vec![path] };
        let Some(&argument) = call.args.get(position as usize) else { return vec![path] };
        let targets = self.resolve(argument);
        match callback.when {
            When::Synchronous => self.inline_all(id, call, &targets, path),
            When::AtCleanup => {
                for target in targets {
                    path.thread.add_cleanup(target);
                }
                vec![path]
            }
            When::PinnedGoroutine => {
                self.lent(id, rows, &targets);
                vec![path]
            }
            When::OtherGoroutine => {
                self.escape(id, &targets, &path.thread, Carrier::Callback);
                path.thread.spawned = true;
                vec![path]
            }
            _ => vec![path],
        }
    }

    /// `NetNS.Do(func)`: the function runs pinned, on a thread that the library changed and puts back.
    fn lent(&mut self, id: CallId, rows: Rows, targets: &[FuncId]) {
        let at = self.follower.step(self.function, id);
        let states = rows.api.map_or(StateSet::EMPTY, |api| api.writes);
        let mark = Mark {
            at,
            states,
            certain: true,
            standing: Standing::Lent,
            restore: None,
            way: Way::default(),
            pinned: true,
            binds: false,
            used: false,
            unpinned: None,
        };
        for &target in targets {
            self.follower.run_plain(target, Thread { depth: 1, marks: vec![mark], ..Thread::default() });
        }
    }

    /// What the call depends on: a change of the pinned thread, or one that an ended pin has left behind.
    fn depend(&mut self, id: CallId, call: &Call, path: &mut Path) {
        if path.thread.marks.is_empty() {
            return;
        }
        let (reads, anything) = self.reads(call);
        if reads.is_empty() && !anything {
            return;
        }
        let use_ = self.follower.step(self.function, id);
        let depth = path.thread.depth;
        for mark in &mut path.thread.marks {
            if mark.standing != Standing::Changed || !mark.pinned {
                continue;
            }
            if mark.unpinned.is_none() {
                mark.used |= !mark.binds && (anything || reads.intersects(mark.states));
            } else if depth == 0 {
                self.late_use(use_, mark, call, reads);
            }
        }
    }

    /// What the call depends on, itself or in functions that are not followed; and whether it may be anything.
    fn reads(&mut self, call: &Call) -> (StateSet, bool) {
        let targets = self.targets(call);
        let anything = targets.is_empty() && matches!(call.callee, Callee::Value(_) | Callee::Unknown);
        let mut reads = self.follower.effects.reads_with(self.function, call, &self.context.constants);
        for target in self.unfollowed(targets) {
            let uses = self.follower.uses(target);
            reads = uses.iter().fold(reads, |all, (states, _)| all.union(*states));
        }
        (reads, anything)
    }

    /// A call that depends on a change whose pin has ended.
    fn late_use(&mut self, use_: Step, mark: &Mark, call: &Call, reads: StateSet) {
        let Some(late) = late_use(use_, mark, reads) else { return };
        let targets = self.targets(call);
        let inside = self.unfollowed(targets).into_iter().find_map(|target| {
            let uses = self.follower.uses(target);
            uses.iter().find(|(states, _)| states.intersects(late.states)).map(|&(_, step)| step)
        });
        self.follower.observed.add_late_use(LateUse { inside, ..late });
    }

    /// The functions of the program that the call may reach: none when there may be others.
    pub(super) fn targets(&self, call: &Call) -> Vec<FuncId> {
        if self.follower.calls.rows(call).any() {
            return vec![];
        }
        let bound = match call.callee {
            Callee::Value(value) => self.resolve(value),
            _ => vec![],
        };
        if bound.is_empty() { self.follower.values.callees(self.function, call) } else { bound }
    }

    /// Those whose effects nobody follows.
    fn unfollowed(&self, mut targets: Vec<FuncId>) -> Vec<FuncId> {
        let calls = self.follower.calls;
        targets.retain(|&target| !calls.is_followed(target) && !calls.rows_of(target).any());
        targets
    }

    /// The functions that a value may be on this path of calls.
    pub(super) fn resolve(&self, value: ValueId) -> Vec<FuncId> {
        if let Value::Var(var) = self.value(value) {
            let bound = self.context.bindings.iter().filter(|(known, _)| *known == var);
            let bound: Vec<FuncId> = bound.map(|&(_, function)| function).collect();
            if !bound.is_empty() {
                return bound;
            }
        }
        self.follower.values.functions(self.function, value)
    }

    fn inline(&mut self, id: CallId, call: &Call, path: Path) -> Vec<Path> {
        let targets = match call.callee {
            Callee::Value(value) => {
                let mut targets = self.resolve(value);
                if !self.follower.program.is_first_party(self.function) {
                    targets.retain(|target| !self.follower.commands.contains(target));
                }
                targets
            }
            _ => self.follower.calls.targets(call),
        };
        let mut path = path;
        if let (Callee::Value(value), []) = (call.callee, targets.as_slice()) {
            self.closer(id, value, &mut path);
        }
        self.inline_all(id, call, &targets, path)
    }

    /// A function that came back from the call that changed the thread, and that nobody can see: it is there to put
    /// the old state back.
    fn closer(&self, id: CallId, value: ValueId, path: &mut Path) {
        if path.thread.marks.is_empty() {
            return;
        }
        let Some((function, made_by)) = self.follower.values.call_of(self.function, value) else { return };
        let calls = self.follower.calls;
        let followed = |target: &FuncId| calls.is_followed(*target) || calls.rows_of(*target).api.is_some();
        let Some(body) = calls.body(function) else { return };
        if !calls.targets(body.call(made_by)).iter().any(followed) {
            return;
        }
        let made_by = self.follower.step(function, made_by);
        let here = self.follower.step(self.function, id);
        let root = calls.root(self.function);
        for mark in &mut path.thread.marks {
            let same = mark.at == made_by || calls.root(mark.at.function) != root;
            if same && mark.pinned && mark.unpinned.is_none() && mark.standing == Standing::Changed {
                settle(mark, Standing::Restored, here);
            }
        }
    }

    fn inline_all(&mut self, id: CallId, call: &Call, targets: &[FuncId], path: Path) -> Vec<Path> {
        let mut paths: Vec<Path> = Vec::new();
        for &target in targets.iter().filter(|&&target| self.follower.calls.is_followed(target)) {
            for path in self.inline_one(id, call, target, &path) {
                if !paths.contains(&path) {
                    paths.push(path);
                }
            }
        }
        if paths.is_empty() { vec![path] } else { paths }
    }

    fn inline_one(&mut self, id: CallId, call: &Call, target: FuncId, path: &Path) -> Vec<Path> {
        let inside = self.is_inside(target);
        let facts = if inside {
            path.facts.iter().filter(|(key, _)| matches!(key, Key::Var(_))).copied().collect()
        } else {
            vec![]
        };
        let bindings = self.bind(call, target, inside);
        let constants = self.constants(call, target, inside);
        let context =
            Context { function: target, thread: path.thread.inherited(), facts, bindings, constants };
        self.follower.stack.push(self.follower.step(self.function, id));
        let summary = self.follower.summary(&context);
        self.follower.stack.pop();
        self.take_over(id, call, &summary, path.thread.spawned);
        let mut paths = Vec::new();
        for outcome in &summary.outcomes {
            let thread = outcome.thread.clone();
            let mut after = Path { thread, facts: path.facts.clone(), defers: path.defers.clone() };
            self.second_calls(id, &mut after.thread, path);
            self.forget_accidents(&mut after.thread, path, outcome);
            after.thread.add_history(&path.thread);
            if inside {
                after.facts.retain(|(key, _)| !matches!(key, Key::Var(_)));
                after.facts.extend(outcome.facts.iter().copied());
                after.facts.sort();
            }
            after.learn(Key::Error(self.function, id), outcome.error);
            paths.push(after);
        }
        paths
    }

    /// A function that fails, or that has used its change itself, did not leave it to its caller on purpose: what the
    /// caller does then does not depend on it.
    fn forget_accidents(&self, thread: &mut Thread, before: &Path, outcome: &Outcome) {
        let calls = self.follower.calls;
        let root = calls.root(self.function);
        thread.marks.retain(|mark| {
            let Some(unpin) = mark.unpinned else { return true };
            let accident = mark.used || outcome.error == Some(Known::NotNil);
            !accident || calls.root(unpin.function) == root || before.thread.marks.contains(mark)
        });
    }

    /// Whether the function is a literal inside this one, so that it sees the same variables.
    fn is_inside(&self, target: FuncId) -> bool {
        let program = self.follower.program;
        program.function(target).outer.is_some()
            && self.follower.calls.root(target) == self.follower.calls.root(self.function)
    }

    fn bind(&self, call: &Call, target: FuncId, inside: bool) -> Bindings {
        let mut bindings = if inside { self.context.bindings.clone() } else { vec![] };
        let offset = u32::from(self.follower.program.function(target).has_receiver);
        for (at, &arg) in call.args.iter().enumerate() {
            let direct = matches!(self.value(arg), Value::Func(_) | Value::Bound(..) | Value::Var(_));
            if !direct {
                continue;
            }
            let var = VarRef { function: target, index: at as u32 + offset };
            for function in self.resolve(arg).into_iter().filter(|&f| self.follower.calls.is_relevant(f)) {
                if !bindings.contains(&(var, function)) {
                    bindings.push((var, function));
                }
            }
        }
        bindings.sort();
        bindings
    }

    fn take_over(&mut self, id: CallId, call: &Call, summary: &Summary, spawned: bool) {
        let at = self.follower.step(self.function, id);
        let through_interface = matches!(call.callee, Callee::Interface { .. });
        for reach in &summary.unpinned {
            let same =
                |known: &&mut Reach| known.path.last() == reach.path.last() && known.pinned == reach.pinned;
            if let Some(known) = self.summary.unpinned.iter_mut().find(same) {
                known.after_go |= spawned || reach.after_go;
                continue;
            }
            let mut reach = reach.clone();
            reach.path.insert(0, at);
            reach.after_go |= spawned;
            reach.through_interface |= through_interface;
            reach.thin &= self.hands_through(call);
            self.summary.unpinned.push(reach);
        }
    }
}

/// The call as one that depends on these states after the pin around their change has ended.
fn late_use(use_: Step, mark: &Mark, states: StateSet) -> Option<LateUse> {
    let states = states.intersection(mark.states);
    let unpin = mark.unpinned.filter(|_| !states.is_empty())?;
    let (change, binds, used_inside) = (mark.at, mark.binds, mark.used);
    Some(LateUse { use_, unpin, change, states, inside: None, puts_back: false, binds, used_inside })
}

/// What is tied to a thread twice is still there: more marks would only multiply the paths.
fn needs_mark(thread: &Thread, change: &Change) -> bool {
    let covers = |mark: &Mark| {
        mark.binds
            && mark.unpinned.is_none()
            && mark.standing == Standing::Changed
            && change.states.difference(mark.states).is_empty()
    };
    thread.depth > 0 && !thread.marks.iter().any(covers)
}

fn set_mark(marks: &mut Vec<Mark>, mark: Mark) {
    marks.retain(|old| old.at != mark.at);
    marks.push(mark);
    marks.sort_by_key(|mark| (mark.at.function, mark.at.place));
}

fn settle(mark: &mut Mark, standing: Standing, at: Step) {
    if mark.standing != Standing::Failed {
        mark.standing = standing;
        mark.restore = Some(at);
    }
}

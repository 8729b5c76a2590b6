//! System calls that may change what a thread has of its own.

use std::sync::Arc;

use snag_threads::history::{Call, CallId, Change, Class, Event, Nanos, Own};
use snag_threads::state::{self, StateId, StateSet};
use snag_threads::{Arg, Effects, Syscall, Target, c_function, syscall_by_number};

use super::kernel::{self, CallInfo, Resume};
use super::runtime::Caller;
use super::tracer::Tracer;
use super::{filter, machine, words};
use crate::threads::{self, values};

/// A call that has begun.
#[derive(Debug)]
pub(super) struct Pending {
    began: Nanos,
    syscall: &'static Syscall,
    arguments: [u64; 6],
    caller: Caller,
    about: StateSet,
    before: Vec<(StateId, Arc<str>)>,
}

/// What threads share until one of them leaves the table it is in.
const IN_FILE_SYSTEM: StateSet = StateSet::of(&[state::CWD, state::ROOTDIR, state::UMASK]);

fn value(values: &[(StateId, Arc<str>)], state: StateId) -> Option<&Arc<str>> {
    values.iter().find(|(of, _)| *of == state).map(|(_, value)| value)
}

impl Tracer<'_> {
    /// How the thread goes on.
    pub(super) fn call_begins(&mut self, tid: i32) -> Resume {
        let began = self.now();
        let Some(thread) = self.threads.get_mut(&tid) else { return Resume::Run };
        thread.pending = None;
        let (pid, inner) = (thread.pid, thread.inner);
        let dirty: StateSet = thread.own.iter().map(|own| own.state).collect();
        let Some(info) = kernel::call_info(tid) else { return Resume::Run };
        let Some(syscall) = syscall_by_number(info.number, machine::ARCH) else { return Resume::Run };
        let effects = effects(syscall, &info, inner);
        if effects.writes.contains(state::PDEATHSIG) {
            self.ask_for_signal(pid, info.arguments[1]);
        }
        self.find_runtime(pid, Some(info.pc));
        let Some(process) = self.processes.get_mut(&pid).filter(|process| process.runs) else {
            return Resume::Run;
        };
        let Some(runtime) = process.runtime() else { return Resume::Run };
        let about = about(&effects, pid == tid, dirty);
        if about.is_empty() {
            return Resume::Run;
        }
        let caller = runtime.caller(inner, info.pc, info.sp);
        if caller.class == Class::Runtime && about.contains(state::SIGMASK) {
            self.note_end(tid, info.pc, info.sp);
        }
        let wanted = matches!(caller.class, Class::User | Class::AllThreads) || about.intersects(dirty);
        if !wanted || caller.class == Class::ForkExec {
            return Resume::Run;
        }
        // Whoever calls here may not be the one who changed the thread.
        if caller.class == Class::User {
            self.look(tid, true);
        }
        let before = values(pid, tid, about.intersection(threads::told()));
        let pending = Pending { began, syscall, arguments: info.arguments, caller, about, before };
        if let Some(thread) = self.threads.get_mut(&tid) {
            thread.pending = Some(pending);
        }
        Resume::ToCallEnd
    }

    pub(super) fn call_ends(&mut self, tid: i32) {
        let Some(thread) = self.threads.get_mut(&tid) else { return };
        let Some(mut pending) = thread.pending.take() else { return };
        let Some(info) = kernel::call_info(tid) else { return };
        let pid = thread.pid;
        let failed = (-4095..0).contains(&info.result);
        let after = values(pid, tid, pending.about.intersection(threads::told()));
        let changes = if failed { Vec::new() } else { changes(&pending, &after, pid == tid) };
        if pending.caller.class == Class::User
            && pending.caller.in_c
            && c_function(pending.syscall.name).is_some_and(|function| function.process_wide)
            && self.all_have(pid, &after)
        {
            pending.caller.class = Class::AllThreads;
        }
        if pending.caller.class == Class::AllThreads {
            if let Some(process) = self.processes.get_mut(&pid) {
                after.iter().for_each(|(state, value)| process.set_usual(*state, value.clone()));
            }
        } else {
            self.own(tid, &pending, &changes);
        }
        self.tell_call(tid, &pending, info.result, changes);
    }

    /// Whether all threads of a process have these values: a C library changes them one after the other, and the thread that
    /// asked for it last.
    fn all_have(&self, pid: i32, after: &[(StateId, Arc<str>)]) -> bool {
        let wanted: StateSet = after.iter().map(|(state, _)| *state).collect();
        let mut others = self.threads.iter().filter(|(_, thread)| thread.pid == pid).peekable();
        others.peek().is_some()
            && others.all(|(&other, _)| {
                let theirs = values(pid, other, wanted);
                wanted.iter().all(|state| value(&theirs, state) == value(after, state))
            })
    }

    /// What the thread has of its own from now on.
    fn own(&mut self, tid: i32, pending: &Pending, changes: &[Change]) {
        let by = CallId(self.counts.calls);
        let Some(thread) = self.threads.get_mut(&tid) else { return };
        let Some(process) = self.processes.get(&thread.pid) else { return };
        for change in changes {
            thread.own.retain(|own| own.state != change.state);
            let usual = process.usual(change.state).cloned();
            let back = change.after.is_some() && change.after == usual || is_undone(pending, change.state);
            if !back {
                let value = change.after.clone();
                thread.own.push(Own { state: change.state, usual, value, by: Some(by) });
            }
        }
        if changes.is_empty() {
            return;
        }
        thread.own.sort_by_key(|own| own.state);
        let caller = &pending.caller;
        thread.changed_in_c = caller.in_c.then_some(caller.calls_into_c);
        thread.seen.clear();
        // That the one who changed it goes on here is no news.
        if let Some(goroutine) = caller.goroutine
            && !caller.in_c
        {
            thread.seen.insert((goroutine.id, caller.pinned.holds()));
        }
    }

    fn tell_call(&mut self, tid: i32, pending: &Pending, result: i64, changes: Vec<Change>) {
        let Some(thread) = self.threads.get(&tid) else { return };
        let (id, pid, own) = (thread.id, thread.pid, thread.own.clone());
        let caller = &pending.caller;
        let (places, processes, tell) = self.parts();
        let Some(process) = processes.get_mut(&pid) else { return };
        let of = process.id;
        let Some(runtime) = process.runtime() else { return };
        let goroutine = caller.goroutine.map(|raw| places.goroutine(of, runtime, &raw, tell));
        let stack = places.stack(of, runtime, &caller.stack, tell);
        self.counts.calls += 1;
        self.say(Event::Call(Call {
            at: pending.began,
            thread: id,
            goroutine,
            pinned: caller.pinned,
            class: caller.class,
            syscall: pending.syscall.name.into(),
            text: words::text(pending.syscall, &pending.arguments),
            result,
            about: pending.about.iter().collect(),
            changes,
            own,
            in_c: caller.in_c,
            stack,
        }));
    }
}

/// What the call does, by its arguments.
fn effects(syscall: &Syscall, info: &CallInfo, inner: i32) -> Effects {
    let argument = |at: usize| {
        let value = info.arguments[at];
        if !words::is_thread_id(syscall, at) {
            return Arg::Int(value as i64);
        }
        match value as i32 {
            0 => Arg::Int(0),
            id if id == inner => Arg::ThreadId,
            // It is about another thread.
            id => Arg::Int(i64::from(id)),
        }
    };
    let arguments: [Arg<'_>; 6] = std::array::from_fn(argument);
    syscall.effects(&arguments)
}

/// What it may change of the calling thread.
fn about(effects: &Effects, is_main: bool, dirty: StateSet) -> StateSet {
    // The main thread has the id of the process.
    if !effects.certain
        || effects.target == Target::Process
        || (effects.target == Target::MainThread && !is_main)
    {
        return StateSet::EMPTY;
    }
    let mut about = effects.writes.intersection(filter::followed());
    if about.contains(state::NSPROXY_ANY) {
        about.remove(state::NSPROXY_ANY);
        about = about.union(threads::namespaces().intersection(filter::followed()));
    }
    // These belong to the process for as long as the thread has not left it.
    if !dirty.contains(state::FS_SHARING) && !about.contains(state::FS_SHARING) {
        about = about.difference(IN_FILE_SYSTEM);
    }
    about
}

/// What a call changed.
fn changes(pending: &Pending, after: &[(StateId, Arc<str>)], is_main: bool) -> Vec<Change> {
    let mut changes = Vec::new();
    for state in pending.about.iter() {
        let (before, after) = (value(&pending.before, state), value(after, state));
        let told = threads::told().contains(state) && !(is_main && is_a_table(state));
        if told && (before == after || after.is_none()) {
            continue;
        }
        changes.push(Change { state, before: before.cloned(), after: after.cloned() });
    }
    changes
}

/// Whether a thread is compared with the main thread to see it.
fn is_a_table(state: StateId) -> bool {
    state == state::FS_SHARING || state == state::FDTABLE_SHARING
}

/// Whether the call takes back what the kernel does not show.
fn is_undone(pending: &Pending, state: StateId) -> bool {
    let [_, second, ..] = pending.arguments;
    (state == state::KEEPCAPS || state == state::SECUREBITS) && second == 0
}

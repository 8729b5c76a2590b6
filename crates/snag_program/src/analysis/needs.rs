//! What calls may need of the thread that makes them: whether a pin around them can be good for anything.

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};
use snag_threads::{AllThreads, Api, Arg, CallbackArgument, Harm, Is, LockBehavior, Requires, When};

use super::calls::Calls;
use super::values::Values;
use crate::ir::{Call, Callee, FuncId, Mode, Operator, Value, ValueId};

/// What may need a thread of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs(u8);

impl Needs {
    /// Nothing does.
    pub(crate) const NOTHING: Needs = Needs(0);
    /// C code runs, which may keep something on the thread.
    pub(crate) const C: Needs = Needs(1);
    /// Something is called that nobody knows.
    pub(crate) const UNKNOWN: Needs = Needs(2);
    /// State of the thread is changed or relied on.
    pub(crate) const THREAD: Needs = Needs(4);

    pub(crate) fn add(&mut self, other: Needs) {
        self.0 |= other.0;
    }

    pub(crate) fn contains(self, other: Needs) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A program part with more functions than this is not looked through: it may do anything.
const FUNCTIONS: usize = 4_000;

/// Links between a path and the text that it begins with.
const LINKS: u32 = 4;

/// Looks through what is called.
pub(crate) struct NeedsOf<'c, 'p> {
    pub calls: &'c Calls<'p>,
    pub values: &'c Values<'c, 'p>,
    pub known: RefCell<FxHashMap<FuncId, Needs>>,
}

impl NeedsOf<'_, '_> {
    /// What the function and everything it calls may need.
    pub(crate) fn function(&self, root: FuncId) -> Needs {
        if let Some(&known) = self.known.borrow().get(&root) {
            return known;
        }
        let mut needs = Needs::NOTHING;
        let mut seen = FxHashSet::from_iter([root]);
        let mut queue = vec![root];
        while let Some(id) = queue.pop() {
            if let Some(&known) = self.known.borrow().get(&id) {
                needs.add(known);
            } else if let Some(body) = self.calls.body(id) {
                for call in &body.calls {
                    let (own, next) = self.call(id, call, &self.values.callees(id, call));
                    needs.add(own);
                    queue.extend(next.into_iter().filter(|&next| seen.insert(next)));
                }
            } else {
                needs.add(Needs::UNKNOWN);
            }
            if seen.len() > FUNCTIONS {
                needs.add(Needs::UNKNOWN);
            }
            if needs.contains(Needs::UNKNOWN) {
                break;
            }
        }
        self.known.borrow_mut().insert(root, needs);
        needs
    }

    /// What one call may need itself, and the functions that decide the rest. `resolved` is what its function value,
    /// if it calls one, may be.
    pub(crate) fn call(&self, function: FuncId, call: &Call, resolved: &[FuncId]) -> (Needs, Vec<FuncId>) {
        if call.mode == Mode::Go {
            return (Needs::NOTHING, vec![]);
        }
        let rows = self.calls.rows(call);
        let mut needs = Needs::NOTHING;
        let mut next = Vec::new();
        if rows.any() {
            needs.add(rows.api.map_or(Needs::NOTHING, |api| self.row(function, call, api)));
            if let Some(callback) = rows.callback.filter(|callback| !callback.leaves_pin()) {
                match self.given(function, call, callback.argument) {
                    given if given.is_empty() => needs.add(Needs::UNKNOWN),
                    _ if callback.when == When::InResult => needs.add(Needs::UNKNOWN),
                    given => next.extend(given),
                }
            }
            return (needs, next);
        }
        match call.callee {
            Callee::Function(target) => needs.add(self.declared(target, &mut next)),
            Callee::Interface { interface: Some(interface), method } => {
                let targets = self.calls.implementers(interface, method);
                if targets.is_empty() && !self.calls.is(call, Is::Passive) {
                    needs.add(Needs::UNKNOWN);
                }
                for &target in targets.iter() {
                    needs.add(self.declared(target, &mut next));
                }
            }
            Callee::Value(value) => {
                if resolved.is_empty() && !self.is_of_standard_library(function, value) {
                    needs.add(Needs::UNKNOWN);
                }
                for &target in resolved {
                    needs.add(self.declared(target, &mut next));
                }
            }
            Callee::C(_) => needs.add(Needs::C),
            Callee::Builtin(_) => {}
            _ => needs.add(Needs::UNKNOWN),
        }
        (needs, next)
    }

    /// A function that the tables do not know; those of the standard library do nothing to a thread then.
    fn declared(&self, target: FuncId, next: &mut Vec<FuncId>) -> Needs {
        let rows = self.calls.rows_of(target);
        if let Some(api) = rows.api {
            return needed_by(api, true);
        }
        let program = self.calls.program;
        let package = program.workspace.package(program.function(target).package);
        if !package.standard {
            next.push(target);
            return Needs::NOTHING;
        }
        let row = snag_threads::package_property(&package.path);
        if row.is_some_and(|row| row.is == Is::Opaque) { Needs::UNKNOWN } else { Needs::NOTHING }
    }

    /// A function value that the standard library returned, such as the one that cancels a context.
    fn is_of_standard_library(&self, function: FuncId, value: ValueId) -> bool {
        let program = self.calls.program;
        let Some((at, made_by)) = self.values.call_of(function, value) else { return false };
        let Some(body) = self.calls.body(at) else { return false };
        let Callee::Function(callee) = body.call(made_by).callee else { return false };
        program.workspace.package(program.function(callee).package).standard
    }

    fn given(&self, function: FuncId, call: &Call, argument: CallbackArgument) -> Vec<FuncId> {
        let CallbackArgument::Index(at) = argument else { return vec![] };
        call.args.get(at as usize).map_or_else(Vec::new, |&value| self.values.functions(function, value))
    }

    fn row(&self, function: FuncId, call: &Call, api: &Api) -> Needs {
        // Files of /proc show, and change, the thread that opens them.
        let own_file = call
            .args
            .iter()
            .any(|&arg| self.beginning(function, arg, LINKS).is_some_and(snag_threads::may_show_a_thread));
        let standard = match call.callee {
            Callee::Function(callee) => {
                let program = self.calls.program;
                program.workspace.package(program.function(callee).package).standard
            }
            _ => false,
        };
        if own_file { Needs::THREAD } else { needed_by(api, standard) }
    }

    /// What a text surely begins with: a constant, the left one of a sum, the first argument of what joins or formats.
    fn beginning(&self, function: FuncId, value: ValueId, links: u32) -> Option<&'static str> {
        if let Arg::Str(text) = self.values.arg(function, value) {
            return Some(text);
        }
        let links = links.checked_sub(1)?;
        let body = self.calls.body(function)?;
        match body.value(value) {
            Value::Op(Operator::Add, left, _) => self.beginning(function, left, links),
            Value::Result(call, 0) => {
                let call = body.call(call);
                let standard =
                    matches!(call.callee, Callee::Function(callee) if self.calls.is_standard(callee));
                let first = call.args.first().filter(|_| standard)?;
                self.beginning(function, *first, links)
            }
            Value::Var(var) => match self.values.assigned(var).as_slice() {
                &[(at, value)] => self.beginning(at, value, links),
                _ => None,
            },
            _ => None,
        }
    }
}

/// What a row says. Everything that opens a file depends on the thread; a pin is good for that only where the thread
/// differs from others, and nobody made it differ here.
fn needed_by(api: &Api, standard: bool) -> Needs {
    if api.locks == LockBehavior::OwnGoroutine {
        return Needs::NOTHING;
    }
    let everywhere = api.all_threads == AllThreads::Always || api.requires == Requires::ProcessRace;
    let process = |harm: Harm| everywhere || harm == Harm::Process;
    if api.writes.iter().any(|state| !process(state.info().harm)) {
        return Needs::THREAD;
    }
    match api.requires {
        Requires::Nothing
        | Requires::Balance
        | Requires::PinNotInherited
        | Requires::ProcessRace
        | Requires::FirstCallerThread => Needs::NOTHING,
        Requires::Reader | Requires::ReaderAndSpawns
            if standard && api.reads.with_harm(Harm::Reader).is_empty() =>
        {
            Needs::NOTHING
        }
        _ => Needs::THREAD,
    }
}

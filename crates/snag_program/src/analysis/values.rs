//! Where values come from, beyond one body: function values, constants, saved states.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use snag_syntax::Symbol;
use snag_threads::{Arg, Is, Saved, StateSet};

use super::calls::Calls;
use crate::ir::{Call, CallId, Callee, FuncId, Instr, Terminator, Value, ValueId, VarRef};
use crate::uses::{Store, elements};

/// Values are followed to at most this many others.
const VALUES: usize = 64;
/// And to what different callers pass through at most this many calls.
const DEPTH: u32 = 2;
const MANY: usize = 8;

type Stores = Rc<FxHashMap<Store, Vec<(FuncId, ValueId)>>>;
type Assignments = Rc<FxHashMap<VarRef, Vec<(FuncId, ValueId)>>>;

/// Follows values.
pub(crate) struct Values<'c, 'p> {
    calls: &'c Calls<'p>,
    /// What is assigned to the variables of a declared function and of its literals.
    assignments: RefCell<FxHashMap<FuncId, Assignments>>,
    /// What relevant functions assign to a field or a package-level variable.
    stored: RefCell<Option<Stores>>,
    /// What was found out about function values: every path through a call asks again.
    functions: RefCell<FxHashMap<(FuncId, ValueId), Vec<FuncId>>>,
}

/// What a dialer does on other goroutines than the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dials {
    /// Nothing: it has a resolver of its own, and does not dial two families at once.
    Here,
    /// Only the look-up.
    LooksUp,
    /// Dials and look-up.
    Elsewhere,
}

/// What the result of a call saves.
enum Saves {
    /// The states in question.
    These,
    /// Something else, or nothing.
    Others,
    /// What these values save.
    What(Vec<ValueId>),
}

impl<'c, 'p> Values<'c, 'p> {
    pub(crate) fn new(calls: &'c Calls<'p>) -> Values<'c, 'p> {
        Values {
            calls,
            assignments: RefCell::default(),
            stored: RefCell::default(),
            functions: RefCell::default(),
        }
    }

    /// The variable that a value is.
    pub(crate) fn variable(&self, function: FuncId, id: ValueId) -> Option<VarRef> {
        match self.value(function, id) {
            Value::Var(var) => Some(var),
            _ => None,
        }
    }

    fn value(&self, function: FuncId, id: ValueId) -> Value {
        let value = self.calls.body(function).and_then(|body| body.values.get(id.index()));
        value.copied().unwrap_or(Value::Unknown)
    }

    /// What is assigned to a local variable anywhere.
    pub(crate) fn assigned(&self, var: VarRef) -> Vec<(FuncId, ValueId)> {
        let root = self.calls.root(var.function);
        let found = self.assignments.borrow().get(&root).cloned();
        let all = found.unwrap_or_else(|| {
            let mut map = FxHashMap::default();
            self.collect(root, &mut map);
            let map = Rc::new(map);
            self.assignments.borrow_mut().insert(root, Rc::clone(&map));
            map
        });
        all.get(&var).cloned().unwrap_or_default()
    }

    fn collect(&self, function: FuncId, map: &mut FxHashMap<VarRef, Vec<(FuncId, ValueId)>>) {
        if let Some(body) = self.calls.body(function) {
            for instr in body.blocks.iter().flat_map(|block| &block.instrs) {
                if let Instr::Assign { target, value, .. } = *instr
                    && let Value::Var(var) = self.value(function, target)
                {
                    map.entry(var).or_default().push((function, value));
                }
            }
        }
        for &literal in self.calls.literals(function) {
            self.collect(literal, map);
        }
    }

    fn stored(&self, store: Store) -> Vec<(FuncId, ValueId)> {
        let known = self.stored.borrow().clone();
        let all = known.unwrap_or_else(|| {
            let map = Rc::new(self.collect_stores());
            *self.stored.borrow_mut() = Some(Rc::clone(&map));
            map
        });
        let mut found = all.get(&store).cloned().unwrap_or_default();
        let uses = &self.calls.program.uses;
        found.extend(uses.keepers(store).iter().filter(|keeper| !self.calls.is_relevant(keeper.0)));
        found
    }

    fn collect_stores(&self) -> FxHashMap<Store, Vec<(FuncId, ValueId)>> {
        let mut map: FxHashMap<Store, Vec<(FuncId, ValueId)>> = FxHashMap::default();
        for function in self.calls.functions().filter(|&id| self.calls.is_relevant(id)) {
            let Some(body) = self.calls.body(function) else { continue };
            for (store, value) in Store::fillings(body) {
                map.entry(store).or_default().push((function, value));
            }
        }
        map
    }

    /// The values that a function returns at this position.
    fn returned(&self, function: FuncId, at: usize) -> Vec<(FuncId, ValueId)> {
        let Some(body) = self.calls.body(function) else { return vec![] };
        let mut found = Vec::new();
        for block in &body.blocks {
            if let Terminator::Return { values, .. } = &block.end {
                match values.get(at) {
                    Some(&value) => found.push((function, value)),
                    None => found.extend(self.named_result(function, at)),
                }
            }
        }
        found
    }

    fn named_result(&self, function: FuncId, at: usize) -> Vec<(FuncId, ValueId)> {
        let info = self.calls.program.function(function);
        let mut results = (0..info.vars.len() as u32).filter(|&index| info.vars[index as usize].result);
        results.nth(at).map_or_else(Vec::new, |index| self.assigned(VarRef { function, index }))
    }

    /// Where a value may come from, one step back.
    fn origins(&self, function: FuncId, id: ValueId) -> Vec<(FuncId, ValueId)> {
        match self.value(function, id) {
            Value::Var(var) => {
                let mut found = self.assigned(var);
                if var.index < self.calls.program.function(var.function).params {
                    found.extend(self.passed(var));
                }
                found
            }
            Value::Field(_, ty, name) => self.stored(Store::Field(ty, name)),
            Value::Global(global) => self.stored(Store::Global(global)),
            Value::Result(call, at) => {
                let Some(body) = self.calls.body(function) else { return vec![] };
                let mut found = Vec::new();
                for target in self.calls.targets(body.call(call)) {
                    found.extend(self.returned(target, at as usize));
                }
                found
            }
            Value::Literal(_) => {
                let listed = self.calls.body(function).map_or_else(Vec::new, |body| elements(body, id));
                listed.into_iter().map(|value| (function, value)).collect()
            }
            Value::Addr(inner) | Value::Elem(inner) | Value::MapElem(inner) => vec![(function, inner)],
            _ => vec![],
        }
    }

    /// What callers pass for a parameter.
    pub(crate) fn passed(&self, var: VarRef) -> Vec<(FuncId, ValueId)> {
        let has_receiver = self.calls.program.function(var.function).has_receiver;
        let mut found = Vec::new();
        for &(caller, at) in self.calls.callers(var.function).iter().take(MANY) {
            let Some(body) = self.calls.body(caller) else { continue };
            let call = body.call(at);
            let value = match (has_receiver, var.index) {
                (true, 0) => call.receiver,
                (true, index) => call.args.get(index as usize - 1).copied(),
                (false, index) => call.args.get(index as usize).copied(),
            };
            found.extend(value.map(|value| (caller, value)));
        }
        found
    }

    /// The functions that callers pass for the parameter that a value is, when all callers and all functions are known.
    pub(crate) fn passed_functions(&self, function: FuncId, id: ValueId) -> Vec<FuncId> {
        let Value::Var(var) = self.value(function, id) else { return vec![] };
        let mut found = Vec::new();
        for (at, value) in self.passed_by_all(var) {
            let functions = self.functions(at, value);
            if functions.is_empty() {
                return vec![];
            }
            found.extend(functions);
        }
        found
    }

    /// What is passed for a parameter, when all callers are known.
    fn passed_by_all(&self, var: VarRef) -> Vec<(FuncId, ValueId)> {
        let program = self.calls.program;
        let info = program.function(var.function);
        let is_main = program.workspace.package(info.package).name == "main";
        let open = info.outer.is_some()
            || info.name.is_exported() && !is_main
            || self.calls.is_mentioned(var.function)
            || var.index >= info.params
            || !self.assigned(var).is_empty();
        if open || self.calls.callers(var.function).len() > MANY {
            return vec![];
        }
        self.passed(var)
    }

    /// The functions that a call may reach, by name, through an interface or as a value: none when there may be others.
    pub(crate) fn callees(&self, function: FuncId, call: &Call) -> Vec<FuncId> {
        let Callee::Value(value) = call.callee else { return self.calls.targets(call) };
        let found = self.functions(function, value);
        if found.is_empty() { self.passed_functions(function, value) } else { found }
    }

    /// The functions that a value may be.
    pub(crate) fn functions(&self, function: FuncId, id: ValueId) -> Vec<FuncId> {
        if let Value::Func(target) | Value::Bound(_, target) = self.value(function, id) {
            return vec![target];
        }
        if let Some(known) = self.functions.borrow().get(&(function, id)) {
            return known.clone();
        }
        let mut found = Vec::new();
        self.collect_functions(function, id, &mut FxHashSet::default(), &mut found);
        if found.len() > MANY {
            found.clear();
        }
        self.functions.borrow_mut().insert((function, id), found.clone());
        found
    }

    fn collect_functions(
        &self,
        function: FuncId,
        id: ValueId,
        seen: &mut FxHashSet<(FuncId, ValueId)>,
        found: &mut Vec<FuncId>,
    ) {
        if found.len() > MANY || seen.len() > VALUES || !seen.insert((function, id)) {
            return;
        }
        match self.value(function, id) {
            Value::Func(target) | Value::Bound(_, target) => {
                if !found.contains(&target) {
                    found.push(target);
                }
            }
            Value::Var(var) => {
                // What this very call was passed, a binding tells, or nobody does.
                let kept = seen.len() > 1;
                let passed = if kept { self.passed_by_all(var) } else { vec![] };
                for (at, value) in self.assigned(var).into_iter().chain(passed) {
                    self.collect_functions(at, value, seen, found);
                }
            }
            _ => {
                for (at, value) in self.origins(function, id) {
                    self.collect_functions(at, value, seen, found);
                }
            }
        }
    }

    /// The call of this body that a value is a result of, through local variables.
    pub(crate) fn call_of(&self, function: FuncId, id: ValueId) -> Option<(FuncId, CallId)> {
        match self.value(function, id) {
            Value::Result(call, _) => Some((function, call)),
            Value::Elem(list) | Value::MapElem(list) => self.call_of(function, list),
            Value::Var(var) => {
                self.assigned(var).into_iter().find_map(|(at, value)| match self.value(at, value) {
                    Value::Result(call, _) => Some((at, call)),
                    // `for _, undo := range undos`
                    Value::Elem(list) | Value::MapElem(list) if self.value(at, list) != Value::Var(var) => {
                        self.call_of(at, list)
                    }
                    _ => None,
                })
            }
            _ => None,
        }
    }

    /// Whether a value was saved from one of these states before.
    pub(crate) fn is_saved(&self, function: FuncId, id: ValueId, states: StateSet) -> bool {
        self.saved_by(function, id, states).is_some()
    }

    /// The call that saved the value.
    pub(crate) fn saved_by(
        &self,
        function: FuncId,
        id: ValueId,
        states: StateSet,
    ) -> Option<(FuncId, CallId)> {
        self.saved(function, id, states, DEPTH)
    }

    fn saved(&self, function: FuncId, id: ValueId, states: StateSet, depth: u32) -> Option<(FuncId, CallId)> {
        // The nearest first: what is far away is related by the name of a field at best.
        let (mut seen, mut open) = (FxHashSet::default(), VecDeque::from([(function, id)]));
        while let Some((function, id)) = open.pop_front() {
            if seen.len() >= VALUES {
                return None;
            }
            if !seen.insert((function, id)) {
                continue;
            }
            let filled = self.filled_by_save(function, id, states);
            if filled.is_some() {
                return filled;
            }
            match self.value(function, id) {
                Value::Field(base, ..) => open.push_back((function, base)),
                Value::Result(call, _) => match self.call_saves(function, call, states) {
                    Saves::These => return Some((function, call)),
                    Saves::Others => {}
                    Saves::What(sources) => open.extend(sources.into_iter().map(|source| (function, source))),
                },
                _ => {}
            }
            let passed = self.passed_for(function, id);
            if passed.len() > 1 {
                // What one caller has saved says nothing about the others.
                let all =
                    || passed.iter().map(|&(at, value)| self.saved(at, value, states, depth - 1)).collect();
                let by: Option<Vec<(FuncId, CallId)>> = if depth > 0 { all() } else { None };
                if let Some(&[first, ..]) = by.as_deref() {
                    return Some(first);
                }
                let Value::Var(var) = self.value(function, id) else { continue };
                open.extend(self.assigned(var));
            } else {
                open.extend(self.origins(function, id));
            }
        }
        None
    }

    /// What callers pass for the parameter that the value is.
    fn passed_for(&self, function: FuncId, id: ValueId) -> Vec<(FuncId, ValueId)> {
        match self.value(function, id) {
            Value::Var(var) if var.index < self.calls.program.function(var.function).params => {
                self.passed(var)
            }
            _ => vec![],
        }
    }

    fn call_saves(&self, function: FuncId, call: CallId, states: StateSet) -> Saves {
        let Some(body) = self.calls.body(function) else { return Saves::Others };
        let call = body.call(call);
        let rows = self.calls.rows(call);
        if let Some(save) = rows.api.and_then(|api| api.saves) {
            let these = save.saved == Saved::Result && save.states.intersects(states);
            return if these { Saves::These } else { Saves::Others };
        }
        // A descriptor, or what was made from one: os.Open of the thread's own file, f.Fd(), a path put together.
        let mut sources: Vec<ValueId> = call.receiver.iter().chain(&call.args).copied().collect();
        let saves = |path: Symbol| {
            snag_threads::path_rule(path.as_str()).is_some_and(|rule| rule.saves.intersects(states))
        };
        if sources
            .iter()
            .any(|&source| matches!(self.value(function, source), Value::Str(path) if saves(path)))
        {
            return Saves::These;
        }
        sources.retain(|&source| !matches!(self.value(function, source), Value::Str(_)));
        Saves::What(sources)
    }

    /// `SchedGetaffinity(0, &old)` and `PthreadSigmask(how, &set, &old)` save into what an argument points to.
    fn filled_by_save(&self, function: FuncId, id: ValueId, states: StateSet) -> Option<(FuncId, CallId)> {
        let wanted = self.pointee(function, id)?;
        let root = self.calls.root(wanted.function);
        self.family(root).into_iter().find_map(|member| {
            let body = self.calls.body(member)?;
            let at = body.calls.iter().position(|call| {
                let Some(save) = self.calls.rows(call).api.and_then(|api| api.saves) else { return false };
                let Saved::Argument(at) = save.saved else { return false };
                save.states.intersects(states)
                    && call
                        .args
                        .get(at as usize)
                        .is_some_and(|&arg| self.pointee(member, arg) == Some(wanted))
            })?;
            Some((member, CallId(at as u32)))
        })
    }

    fn family(&self, function: FuncId) -> Vec<FuncId> {
        let mut found = vec![function];
        let mut at = 0;
        while at < found.len() {
            found.extend(self.calls.literals(found[at]));
            at += 1;
        }
        found
    }

    fn pointee(&self, function: FuncId, id: ValueId) -> Option<VarRef> {
        match self.value(function, id) {
            Value::Var(var) => Some(var),
            Value::Addr(inner) | Value::Elem(inner) | Value::MapElem(inner) | Value::Field(inner, _, _) => {
                self.pointee(function, inner)
            }
            _ => None,
        }
    }

    /// What is left of the work of a dialer on other goroutines.
    pub(crate) fn dials(&self, function: FuncId, dialer: ValueId) -> Dials {
        let mut seen: Vec<(FuncId, ValueId)> = vec![(function, dialer)];
        let mut at = 0;
        while at < seen.len() && seen.len() < VALUES {
            let (function, id) = seen[at];
            at += 1;
            if let Value::Literal(index) = self.value(function, id) {
                match self.dials_as_made(function, index) {
                    Dials::Elsewhere => {}
                    other => return other,
                }
            }
            for origin in self.origins(function, id) {
                if !seen.contains(&origin) {
                    seen.push(origin);
                }
            }
        }
        Dials::Elsewhere
    }

    fn dials_as_made(&self, function: FuncId, literal: u32) -> Dials {
        let Some(body) = self.calls.body(function) else { return Dials::Elsewhere };
        let fields = &body.literals[literal as usize].fields;
        let has =
            |name: &str| fields.iter().find(|(field, _)| field.as_str() == name).map(|&(_, value)| value);
        let delay = has("FallbackDelay").map(|value| self.value(function, value));
        match (delay, has("Resolver")) {
            (Some(Value::Int(..0)), Some(_)) => Dials::Here,
            (Some(Value::Int(..0)), None) => Dials::LooksUp,
            _ => Dials::Elsewhere,
        }
    }

    /// What is known about an argument.
    pub(crate) fn arg(&self, function: FuncId, id: ValueId) -> Arg<'static> {
        self.argument(function, id, 3)
    }

    fn argument(&self, function: FuncId, id: ValueId, depth: u32) -> Arg<'static> {
        match self.value(function, id) {
            Value::Nil => Arg::Nil,
            Value::Bool(value) => Arg::Int(i64::from(value)),
            Value::Int(value) => Arg::Int(value),
            Value::Str(text) => Arg::Str(text.as_str()),
            Value::Addr(_) | Value::Literal(_) | Value::Func(_) => Arg::Address,
            Value::Result(call, _) => self.identity_of(function, call),
            Value::Var(var) if depth > 0 => match self.assigned(var).as_slice() {
                // A parameter has a value nobody assigned.
                [(at, value)] if var.index >= self.calls.program.function(var.function).params => {
                    self.argument(*at, *value, depth - 1)
                }
                _ => Arg::Unknown,
            },
            _ => Arg::Unknown,
        }
    }

    fn identity_of(&self, function: FuncId, call: CallId) -> Arg<'static> {
        let Some(body) = self.calls.body(function) else { return Arg::Unknown };
        match self.calls.property(body.call(call)) {
            Some(Is::ThreadId) => Arg::ThreadId,
            Some(Is::ProcessId) => Arg::ProcessId,
            _ => Arg::Unknown,
        }
    }
}

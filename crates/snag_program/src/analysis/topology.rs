//! Who starts goroutines, how many of them there may be at once, and who waits for them.

mod bounds;

use std::cell::RefCell;

use rustc_hash::FxHashMap;
use snag_syntax::{Symbol, sym};
use snag_threads::{CallbackArgument, Is, When};

use super::Step;
use super::calls::{Calls, MANY};
use super::flow::{behind, loops_around, position};
use super::values::Values;
use crate::ir::{
    Body, Call, CallId, Callee, FuncId, GlobalId, LoopId, LoopKind, Mode, Operator, Place, TypeId, Value,
    ValueId, VarRef,
};

/// Callers are followed to this depth, and only so many of one function.
const DEPTH: u32 = 10;
const CALLERS: usize = 12;

/// How many goroutines of one kind there may be at once, as far as the program says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// One.
    One,
    /// This many.
    Number(i64),
    /// A number that was chosen somewhere: `for i := 0; i < workers; i++`.
    Chosen,
    /// One for each element of the input.
    Input,
    /// No end: one per request, per message, per round of an endless loop.
    Unbounded,
}

/// How many, and what says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// How many.
    pub count: Count,
    /// The loop, or the call that registers the function; none for a single one.
    pub because: Option<(Step, Cause)>,
    /// How many calls lie between that and the start of the goroutine.
    pub calls: u32,
}

/// What makes many goroutines of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A loop of this kind.
    Loop(LoopKind),
    /// A library starts a goroutine per request or event.
    Requests,
    /// The goroutine starts others like itself.
    Recursion,
}

const ONE: Times = Times { count: Count::One, because: None, calls: 0 };

impl Times {
    /// As many of these for each of those.
    fn times(self, outer: Times) -> Times {
        let larger = if outer.count > self.count { outer } else { self };
        match (self.count, outer.count) {
            (Count::Number(a), Count::Number(b)) => {
                Times { count: Count::Number(a.saturating_mul(b)), ..self }
            }
            _ => larger,
        }
    }

    fn called(self) -> Times {
        Times { calls: self.calls + 1, ..self }
    }

    fn or(self, other: Times) -> Times {
        if other.count > self.count { other } else { self }
    }
}

/// What a channel, lock or group is known as across functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Key {
    Var(VarRef),
    Global(GlobalId),
    Field(Option<TypeId>, Symbol),
}

/// A call that starts a goroutine.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub function: FuncId,
    pub call: CallId,
    /// What the goroutine runs.
    pub runs: Vec<FuncId>,
}

/// The goroutines of a program.
pub(crate) struct Topology<'c, 'p> {
    pub calls: &'c Calls<'p>,
    pub values: Values<'c, 'p>,
    /// Every call that starts goroutines, in order.
    pub starts: Vec<Start>,
    /// The starts of a function that goroutines run.
    started: FxHashMap<FuncId, Vec<usize>>,
    /// Functions that a library runs on any number of goroutines, and where they are registered.
    pub handlers: FxHashMap<FuncId, Option<Step>>,
    known: RefCell<FxHashMap<(FuncId, bool), Times>>,
}

impl<'c, 'p> Topology<'c, 'p> {
    pub(crate) fn new(calls: &'c Calls<'p>) -> Topology<'c, 'p> {
        let mut topology = Topology {
            calls,
            values: Values::new(calls),
            starts: Vec::new(),
            started: FxHashMap::default(),
            handlers: FxHashMap::default(),
            known: RefCell::default(),
        };
        topology.collect();
        topology
    }

    fn collect(&mut self) {
        for id in self.calls.functions() {
            let Some(body) = self.calls.body(id) else { continue };
            for (at, call) in body.calls.iter().enumerate() {
                self.start(id, CallId(at as u32), call);
            }
            for literal in body.literals.iter().filter(|literal| literal.ty.is_some()) {
                for &(field, value) in &literal.fields {
                    self.field(id, literal.ty, field, value, literal.span);
                }
            }
        }
        self.interfaces();
    }

    fn start(&mut self, id: FuncId, at: CallId, call: &Call) {
        let rows = self.calls.rows(call);
        let callback =
            rows.callback.filter(|row| row.when == When::OtherGoroutine && !row.waits && !row.pool);
        if call.mode != Mode::Go && callback.is_none() {
            return;
        }
        let mut runs = Vec::new();
        if call.mode == Mode::Go {
            runs.extend(self.calls.targets(call));
            if let Callee::Value(value) = call.callee {
                runs.extend(self.values.functions(id, value));
            }
        }
        if let Some(row) = callback
            && let CallbackArgument::Index(index) = row.argument
            && let Some(&value) = call.args.get(index as usize)
        {
            let given = self.values.functions(id, value);
            if row.many {
                let step = self.step(id, call);
                self.handlers.extend(given.iter().map(|&target| (target, Some(step))));
                return;
            }
            runs.extend(given);
        }
        if let Some(row) = callback.filter(|row| row.many)
            && let CallbackArgument::Method(index, method) = row.argument
            && let Some(&value) = call.args.get(index as usize)
        {
            let step = self.step(id, call);
            let given = self.objects(id, value, method);
            self.handlers.extend(given.into_iter().map(|target| (target, Some(step))));
            return;
        }
        for &target in &runs {
            self.started.entry(target).or_default().push(self.starts.len());
        }
        self.starts.push(Start { function: id, call: at, runs });
    }

    /// The method of an object that is handed over, or the function that was converted to one.
    fn objects(&self, id: FuncId, value: ValueId, method: &str) -> Vec<FuncId> {
        let mut values = vec![(id, value)];
        let mut found = Vec::new();
        for depth in 0..3 {
            for (at, value) in std::mem::take(&mut values) {
                let Some(body) = self.calls.body(at) else { continue };
                match body.value(value) {
                    Value::Func(target) | Value::Bound(_, target) => found.push(target),
                    Value::Addr(inner) => values.push((at, inner)),
                    Value::Var(var) if depth < 2 => values.extend(self.values.assigned(var)),
                    Value::Literal(index) => {
                        let ty = body.literals[index as usize].ty;
                        let methods = ty.map(|ty| &self.calls.program.type_info(ty).methods);
                        let named = methods.into_iter().flatten().filter(|entry| entry.0.as_str() == method);
                        found.extend(named.map(|entry| entry.1));
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// `grpc.MethodDesc{Handler: f}`
    fn field(
        &mut self,
        id: FuncId,
        ty: Option<TypeId>,
        field: Symbol,
        value: ValueId,
        span: snag_syntax::Span,
    ) {
        let Some(table) = ty.and_then(|ty| self.calls.table_of_type(ty)) else { return };
        let name = format!("{}.{field}", self.calls.program.type_info(ty.unwrap_or(TypeId(0))).name);
        let many =
            table.callback(&name).is_some_and(|row| row.many && row.argument == CallbackArgument::Field);
        if many {
            let place = Place { file: self.calls.program.function(id).file, span };
            for target in self.values.functions(id, value) {
                self.handlers.insert(target, Some(Step { function: id, place }));
            }
        }
    }

    /// Methods that a library calls on any number of goroutines: `http.Handler.ServeHTTP`.
    fn interfaces(&mut self) {
        let program = self.calls.program;
        for (at, info) in program.types.iter().enumerate() {
            let id = TypeId(at as u32);
            let Some(methods) = &info.interface else { continue };
            let Some(table) = self.calls.table_of_type(id) else { continue };
            for &method in methods {
                let row = table.callback(&format!("{}.{method}", info.name));
                if row.is_some_and(|row| row.many && row.argument == CallbackArgument::Field) {
                    for target in program.implementers(id, method) {
                        self.handlers.entry(target).or_insert(None);
                    }
                }
            }
        }
    }

    pub(crate) fn step(&self, function: FuncId, call: &Call) -> Step {
        let file = self.calls.program.function(function).file;
        Step { function, place: Place { file, span: call.span } }
    }

    /// How many goroutines of this start there may be at once.
    pub(crate) fn times(&self, start: &Start) -> Times {
        self.times_of(start, DEPTH, &mut Vec::new())
    }

    fn times_of(&self, start: &Start, depth: u32, busy: &mut Vec<FuncId>) -> Times {
        let local = self.local_times(start.function, start.call, &start.runs);
        let waits = self.waits_before_return(start);
        let outer = self.executions(start.function, waits, depth, busy);
        local.times(outer)
    }

    /// How often a function is executed, or with `at_once` by how many goroutines at the same time.
    pub(crate) fn executions(&self, id: FuncId, at_once: bool, depth: u32, busy: &mut Vec<FuncId>) -> Times {
        if let Some(&known) = self.known.borrow().get(&(id, at_once)) {
            return known;
        }
        if depth == 0 || busy.contains(&id) {
            return ONE;
        }
        busy.push(id);
        let found = self.find_executions(id, at_once, depth - 1, busy);
        busy.pop();
        if busy.is_empty() || found.count == Count::Unbounded {
            self.known.borrow_mut().insert((id, at_once), found);
        }
        found
    }

    fn find_executions(&self, id: FuncId, at_once: bool, depth: u32, busy: &mut Vec<FuncId>) -> Times {
        if let Some(&registered) = self.handlers.get(&id) {
            let function = self.calls.program.function(id);
            let place = Place { file: function.file, span: function.name_span };
            let step = registered.unwrap_or(Step { function: id, place });
            return Times { count: Count::Unbounded, because: Some((step, Cause::Requests)), calls: 0 };
        }
        let mut found = ONE;
        for &start in self.started.get(&id).into_iter().flatten().take(CALLERS) {
            let start = &self.starts[start];
            if self.counts(start.function, id) {
                found = found.or(self.recursion(start, id, busy));
                found = found.or(self.times_of(start, depth, busy).called());
            }
        }
        for (caller, call) in self.plain_callers(id) {
            let local = if at_once { ONE } else { self.local_times(caller, call, &[]) };
            found = found.or(local.times(self.executions(caller, at_once, depth, busy)).called());
        }
        found
    }

    /// The goroutine runs the function that starts it.
    fn recursion(&self, start: &Start, id: FuncId, busy: &[FuncId]) -> Times {
        if start.function == id || busy.contains(&start.function) {
            let Some(body) = self.calls.body(start.function) else { return ONE };
            // A single one makes a chain, and mostly waits for the next; a loop around it makes a tree.
            if self.local_times(start.function, start.call, &start.runs).count == Count::One {
                return ONE;
            }
            let step = self.step(start.function, body.call(start.call));
            return Times { count: Count::Input, because: Some((step, Cause::Recursion)), calls: 0 };
        }
        ONE
    }

    /// What tests do with a function says nothing about the program.
    fn counts(&self, caller: FuncId, callee: FuncId) -> bool {
        let is_test = |id: FuncId| {
            let program = self.calls.program;
            program.file(program.function(id).file).is_test
        };
        is_test(callee) || !is_test(caller)
    }

    /// The calls of an interface's method that may reach a method, unless there are too many to tell.
    fn interface_callers(&self, id: FuncId) -> Vec<(FuncId, CallId)> {
        let mut found: Vec<(FuncId, CallId)> = self.calls.interface_callers(id, MANY).collect();
        found.sort_unstable();
        found.truncate(CALLERS);
        found
    }

    fn plain_callers(&self, id: FuncId) -> Vec<(FuncId, CallId)> {
        let direct = self.calls.callers(id).iter().copied();
        let through = self.interface_callers(id);
        let all = direct.chain(through).filter(|&(caller, at)| {
            let plain = self.calls.body(caller).is_some_and(|body| body.call(at).mode != Mode::Go);
            plain && self.counts(caller, id)
        });
        all.take(CALLERS).collect()
    }

    /// How often the loops of a function come back to a call before anybody waited for what it started.
    pub(crate) fn local_times(&self, id: FuncId, call: CallId, runs: &[FuncId]) -> Times {
        let Some(body) = self.calls.body(id) else { return ONE };
        let Some(from) = position(body, call) else { return ONE };
        let mut found = ONE;
        for each in loops_around(body, from.0) {
            let header = body.loops[each.index()].header;
            let mut again = false;
            behind(body, from, Some(each), |block, point| {
                again |= block == header;
                !self.joins(id, body, point, body.call(call), runs)
            });
            if again {
                found = found.times(self.rounds(id, body, each));
            }
        }
        found
    }

    fn rounds(&self, id: FuncId, body: &Body, each: LoopId) -> Times {
        let info = &body.loops[each.index()];
        let number = info.over.and_then(|over| self.number(id, over, 3));
        let count = match (info.kind, number) {
            (LoopKind::Endless | LoopKind::Channel, _) => Count::Unbounded,
            (LoopKind::Integer(Some(n)), _) | (_, Some(n)) => Count::Number(n.max(1)),
            // It may be a number that somebody chose.
            (LoopKind::Unknown, None) => Count::Chosen,
            (LoopKind::Integer(None), None) => self.chosen(id, body, info.over),
            (LoopKind::Elements, None) if info.over.is_some_and(|over| self.is_part(id, over)) => {
                Count::Chosen
            }
            (LoopKind::Condition, None) if info.over.is_some() => self.chosen(id, body, info.over),
            _ => Count::Input,
        };
        let place = Place { file: self.calls.program.function(id).file, span: info.span };
        Times { count, because: Some((Step { function: id, place }, Cause::Loop(info.kind))), calls: 0 }
    }

    /// Whether the value is a list that was cut to a length.
    fn is_part(&self, id: FuncId, value: ValueId) -> bool {
        let Some(body) = self.calls.body(id) else { return false };
        match body.value(value) {
            Value::Op(Operator::Part, ..) => true,
            Value::Var(var) => match self.values.assigned(var).as_slice() {
                &[(at, value)] => self
                    .calls
                    .body(at)
                    .is_some_and(|body| matches!(body.value(value), Value::Op(Operator::Part, ..))),
                _ => false,
            },
            _ => false,
        }
    }

    /// The length of something is input, any other number was chosen.
    fn chosen(&self, id: FuncId, body: &Body, over: Option<ValueId>) -> Count {
        let is_length = |value: Value| match value {
            Value::Result(call, _) => body.call(call).callee == Callee::Builtin(sym::Len),
            _ => false,
        };
        let Some(over) = over else { return Count::Input };
        let input = match body.value(over) {
            // A length that is also set to something else is cut down: `if workers > limit { workers = limit }`.
            Value::Var(var) => {
                let assigned = self.values.assigned(var);
                !assigned.is_empty()
                    && assigned.iter().all(|&(at, value)| at == id && is_length(body.value(value)))
            }
            value => is_length(value),
        };
        if input { Count::Input } else { Count::Chosen }
    }

    /// How many rounds a loop over a value makes, where a constant or a literal says so.
    fn number(&self, id: FuncId, value: ValueId, depth: u32) -> Option<i64> {
        let body = self.calls.body(id)?;
        if depth == 0 {
            return None;
        }
        match body.value(value) {
            Value::Int(n) => Some(n),
            Value::Literal(index) => Some(body.literals[index as usize].fields.len() as i64),
            Value::Str(text) => Some(text.as_str().len() as i64),
            Value::Elem(list) => match body.value(list) {
                Value::Result(call, 0) if self.calls.is(body.call(call), Is::Chunks) => {
                    self.number(id, *body.call(call).args.get(1)?, depth - 1)
                }
                _ => None,
            },
            Value::Result(call, _) => {
                let call = body.call(call);
                match call.callee {
                    Callee::Builtin(sym::Make) => self.number(id, *call.args.get(1)?, depth - 1),
                    Callee::Builtin(sym::Len) => self.number(id, *call.args.first()?, depth - 1),
                    _ => None,
                }
            }
            Value::Var(var) if var.index >= self.calls.program.function(var.function).params => {
                match self.values.assigned(var).as_slice() {
                    [] => None,
                    &[(at, value)] => self.number(at, value, depth - 1),
                    many => many.iter().map(|&(at, value)| self.part(at, value, var, depth - 1)).sum(),
                }
            }
            Value::Var(var) => self.number_given(var, depth - 1),
            _ => None,
        }
    }

    /// The largest number that a parameter stands for, if all callers give one.
    fn number_given(&self, var: VarRef, depth: u32) -> Option<i64> {
        let function = self.calls.program.function(var.function);
        let at = var.index.checked_sub(u32::from(function.has_receiver))? as usize;
        let callers = self.calls.callers(var.function);
        if callers.is_empty() || callers.len() > CALLERS || self.calls.is_mentioned(var.function) {
            return None;
        }
        let numbers: Option<Vec<i64>> = callers
            .iter()
            .map(|&(caller, call)| {
                self.number(caller, *self.calls.body(caller)?.call(call).args.get(at)?, depth)
            })
            .collect();
        numbers?.into_iter().max()
    }

    /// How many elements an assignment gives a slice at most: a literal, or literals that are appended once.
    fn part(&self, id: FuncId, value: ValueId, slice: VarRef, depth: u32) -> Option<i64> {
        let body = self.calls.body(id)?;
        let Value::Result(call, _) = body.value(value) else { return self.number(id, value, depth) };
        let call = body.call(call);
        if call.callee != Callee::Builtin(sym::Append) {
            return self.number(id, value, depth);
        }
        let (first, added) = call.args.split_first()?;
        let once = body.block(call.block).in_loop.is_none();
        let plain =
            |&arg: &ValueId| matches!(body.value(arg), Value::Literal(_) | Value::Str(_) | Value::Int(_));
        let own = body.value(*first) == Value::Var(slice);
        (once && own && added.iter().all(plain)).then_some(added.len() as i64)
    }
}

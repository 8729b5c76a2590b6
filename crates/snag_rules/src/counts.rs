//! Where the number of goroutines flows: through variables, fields, arguments and results.

use std::collections::{BTreeSet, VecDeque};

use rustc_hash::{FxHashMap, FxHashSet};
use snag_program::Program;
use snag_program::ir::{
    Body, Call, CallId, Callee, FuncId, GlobalId, Instr, LoopId, Operator, Terminator, TypeId, Value,
    ValueId, VarRef,
};
use snag_syntax::{Span, Symbol};
use snag_threads::Is;

use crate::imports::importing;
use crate::properties::Properties;

/// A place that keeps a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Slot {
    Var(VarRef),
    Field(TypeId, Symbol),
    Global(GlobalId),
    Return(FuncId, u8),
}

/// The call that counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Source {
    pub function: FuncId,
    pub call: CallId,
    /// It is made again and again, with a pause between.
    pub polled: bool,
}

/// A program has few such functions; more would be a mistake of ours.
const FUNCTIONS: usize = 4_000;

/// Every place that a count of goroutines reaches.
pub(crate) struct Counts<'p> {
    program: &'p Program,
    properties: &'p Properties<'p>,
    slots: FxHashMap<Slot, Source>,
    /// The functions a count reaches, in the order in which it does.
    pub functions: Vec<FuncId>,
    literals: FxHashMap<FuncId, Vec<FuncId>>,
    queue: VecDeque<FuncId>,
    /// Fields and package-level variables whose mentions are still to be looked for.
    unseen: FxHashSet<Slot>,
    seen: FxHashSet<FuncId>,
}

impl<'p> Counts<'p> {
    pub(crate) fn new(program: &'p Program, properties: &'p Properties<'p>) -> Counts<'p> {
        let mut counts = Counts {
            program,
            properties,
            slots: FxHashMap::default(),
            functions: Vec::new(),
            literals: FxHashMap::default(),
            queue: VecDeque::new(),
            unseen: FxHashSet::default(),
            seen: FxHashSet::default(),
        };
        counts.queue.extend(counting(program, properties));
        if counts.queue.is_empty() {
            return counts;
        }
        for (id, function) in program.functions() {
            if let Some(outer) = function.outer {
                counts.literals.entry(outer).or_default().push(id);
            }
        }
        while let Some(id) = counts.next() {
            if counts.functions.len() > FUNCTIONS {
                break;
            }
            if counts.seen.insert(id) {
                counts.functions.push(id);
            }
            counts.visit(id);
        }
        counts
    }

    fn next(&mut self) -> Option<FuncId> {
        if self.queue.is_empty() && !self.unseen.is_empty() {
            self.push_mentioning();
        }
        self.queue.pop_front()
    }

    fn visit(&mut self, id: FuncId) {
        let Some(body) = &self.program.function(id).body else { return };
        let mut found: Vec<(Slot, Source)> = Vec::new();
        for block in &body.blocks {
            for instr in &block.instrs {
                if let Instr::Assign { target, value, .. } = *instr
                    && let Some(source) = self.source(id, value)
                {
                    found.extend(slot(body, target).map(|slot| (slot, source)));
                }
            }
            if let Terminator::Return { values, .. } = &block.end {
                for (at, &value) in values.iter().enumerate().take(255) {
                    found.extend(self.source(id, value).map(|source| (Slot::Return(id, at as u8), source)));
                }
            }
        }
        for call in &body.calls {
            let Callee::Function(callee) = call.callee else { continue };
            for (at, &arg) in call.args.iter().enumerate() {
                let Some(source) = self.source(id, arg) else { continue };
                found.extend(self.parameter(callee, at).map(|var| (Slot::Var(var), source)));
            }
        }
        for literal in &body.literals {
            for &(name, value) in &literal.fields {
                if let (Some(ty), Some(source)) = (literal.ty, self.source(id, value)) {
                    found.push((Slot::Field(ty, name), source));
                }
            }
        }
        for (slot, source) in found {
            self.mark(slot, source);
        }
    }

    /// The variable that an argument becomes.
    pub(crate) fn parameter(&self, callee: FuncId, argument: usize) -> Option<VarRef> {
        let function = self.program.function(callee);
        let index = argument as u32 + u32::from(function.has_receiver);
        let last = function.params.checked_sub(1)?;
        if function.variadic && index >= last {
            return None;
        }
        (index <= last).then_some(VarRef { function: callee, index })
    }

    fn mark(&mut self, slot: Slot, source: Source) {
        // A library keeps numbers of all kinds in one field.
        if let Slot::Field(ty, _) = slot
            && !self.program.workspace.package(self.program.type_info(ty).package).first_party
        {
            return;
        }
        match self.slots.get_mut(&slot) {
            Some(known) if known.polled || !source.polled => return,
            Some(known) => known.polled = true,
            None => drop(self.slots.insert(slot, source)),
        }
        match slot {
            Slot::Var(var) => self.push_family(var.function),
            Slot::Return(id, _) => {
                let mut callers: Vec<FuncId> =
                    self.program.callers(id).iter().map(|caller| caller.0).collect();
                callers.dedup();
                self.queue.extend(callers);
                let mut outer = self.program.function(id).outer;
                while let Some(around) = outer {
                    outer = self.program.function(around).outer;
                    if outer.is_none() {
                        self.push_family(around);
                    }
                }
            }
            Slot::Field(..) | Slot::Global(_) => drop(self.unseen.insert(slot)),
        }
    }

    fn push_family(&mut self, id: FuncId) {
        let mut family = vec![id];
        while let Some(id) = family.pop() {
            self.queue.push_back(id);
            family.extend(self.literals.get(&id).into_iter().flatten());
        }
    }

    /// What a package declares is named there, and where it is imported.
    fn push_mentioning(&mut self) {
        let wanted = std::mem::take(&mut self.unseen);
        let declared_in = wanted.iter().filter_map(|slot| match *slot {
            Slot::Field(ty, _) => Some(self.program.type_info(ty).package),
            Slot::Global(id) => Some(self.program.globals[id.index()].package),
            Slot::Var(_) | Slot::Return(..) => None,
        });
        let importing = importing(self.program, declared_in.collect());
        let is_wanted = |value: &Value| match *value {
            Value::Field(_, Some(ty), name) => wanted.contains(&Slot::Field(ty, name)),
            Value::Global(id) => wanted.contains(&Slot::Global(id)),
            _ => false,
        };
        for (id, function) in self.program.functions() {
            let body = function.body.as_ref().filter(|_| importing.contains(&function.package));
            if body.is_some_and(|body| body.values.iter().any(is_wanted)) {
                self.queue.push_back(id);
            }
        }
    }

    /// The call that counted what this value is.
    pub(crate) fn source(&self, function: FuncId, id: ValueId) -> Option<Source> {
        let body = self.program.function(function).body.as_ref()?;
        self.source_in(function, body, id, 8)
    }

    fn source_in(&self, function: FuncId, body: &Body, id: ValueId, depth: u32) -> Option<Source> {
        let depth = depth.checked_sub(1)?;
        match body.value(id) {
            Value::Var(_) | Value::Global(_) | Value::Field(..) => {
                slot(body, id).and_then(|slot| self.slots.get(&slot)).copied()
            }
            Value::Op(Operator::Add | Operator::Subtract | Operator::Other, left, right) => {
                let left = self.source_in(function, body, left, depth);
                left.or_else(|| self.source_in(function, body, right, depth))
            }
            Value::Addr(inner) => self.source_in(function, body, inner, depth),
            Value::Func(literal) | Value::Bound(_, literal) => {
                self.slots.get(&Slot::Return(literal, 0)).copied()
            }
            Value::Result(call, at) => self.counted_by(function, body, call, at, depth),
            _ => None,
        }
    }

    fn counted_by(&self, function: FuncId, body: &Body, id: CallId, at: u8, depth: u32) -> Option<Source> {
        let call = body.call(id);
        let here = Source { function, call: id, polled: polled(self.program, body, call) };
        match self.properties.of(body, call) {
            Some(Is::GoroutineCount) => return (at == 0).then_some(here),
            Some(Is::ProfileCount) => {
                let counts =
                    |of: CallId| self.properties.of(body, body.call(of)) == Some(Is::GoroutineProfile);
                let profile = call.receiver.and_then(|receiver| made_by(body, receiver))?;
                return counts(profile).then_some(here);
            }
            Some(Is::Formatting) => {
                return call.args.iter().find_map(|&arg| self.source_in(function, body, arg, depth));
            }
            _ => {}
        }
        let callee = match call.callee {
            Callee::Function(callee) => callee,
            Callee::Value(value) => self.local_function(body.value(value))?,
            _ => return None,
        };
        self.slots.get(&Slot::Return(callee, at)).copied()
    }
}

/// The functions that call one that counts goroutines, in the order of the program.
fn counting(program: &Program, properties: &Properties<'_>) -> BTreeSet<FuncId> {
    let wanted = [Is::GoroutineCount, Is::ProfileCount];
    let named = properties.having(&wanted).into_iter().flat_map(|id| program.callers(id));
    let missing = program.missing_callees().filter(|(package, name, _)| {
        snag_threads::property(package.as_str(), name.as_str()).is_some_and(|row| wanted.contains(&row.is))
    });
    named.chain(missing.flat_map(|(.., callers)| callers)).map(|caller| caller.0).collect()
}

impl Counts<'_> {
    /// The function that a local variable holds.
    fn local_function(&self, value: Value) -> Option<FuncId> {
        let Value::Var(var) = value else { return None };
        let body = self.program.function(var.function).body.as_ref()?;
        body.blocks.iter().flat_map(|block| &block.instrs).find_map(|instr| match *instr {
            Instr::Assign { target, value, .. } if body.value(target) == Value::Var(var) => {
                match body.value(value) {
                    Value::Func(function) => Some(function),
                    _ => None,
                }
            }
            _ => None,
        })
    }
}

/// The call whose result this is, perhaps through one local variable.
fn made_by(body: &Body, id: ValueId) -> Option<CallId> {
    let result = |id: ValueId| match body.value(id) {
        Value::Result(call, 0) => Some(call),
        _ => None,
    };
    result(id).or_else(|| assigned(body, id).find_map(result))
}

fn assigned(body: &Body, id: ValueId) -> impl Iterator<Item = ValueId> + '_ {
    body.blocks.iter().flat_map(|block| &block.instrs).filter_map(move |instr| match *instr {
        Instr::Assign { target, value, .. } if target == id => Some(value),
        _ => None,
    })
}

/// Where a value is kept.
pub(crate) fn slot(body: &Body, id: ValueId) -> Option<Slot> {
    match body.value(id) {
        Value::Var(var) => Some(Slot::Var(var)),
        Value::Global(id) => Some(Slot::Global(id)),
        Value::Field(_, Some(ty), name) => Some(Slot::Field(ty, name)),
        _ => None,
    }
}

/// The call is in a loop that waits between its rounds.
pub(crate) fn polled(program: &Program, body: &Body, call: &Call) -> bool {
    let Some(innermost) = body.block(call.block).in_loop else { return false };
    body.calls
        .iter()
        .any(|other| within(body, body.block(other.block).in_loop, innermost) && pauses(program, other))
        || body.blocks.iter().any(|block| {
            within(body, block.in_loop, innermost) && matches!(block.end, Terminator::Select { .. })
        })
}

/// Whether the block's loop is this one or inside it.
pub(crate) fn within(body: &Body, mut inner: Option<LoopId>, outer: LoopId) -> bool {
    while let Some(id) = inner {
        if id == outer {
            return true;
        }
        inner = body.loops[id.index()].outer;
    }
    false
}

/// The goroutine may wait here, or lets others run.
pub(crate) fn pauses(program: &Program, call: &Call) -> bool {
    match call.callee {
        Callee::Function(id) => program.table_name(id).is_some_and(|(path, name)| {
            snag_threads::blocking(path, &name).is_some_and(|row| row.reschedules)
        }),
        Callee::Missing { package, name } => {
            snag_threads::blocking(package.as_str(), name.as_str()).is_some_and(|row| row.reschedules)
        }
        _ => false,
    }
}

/// The place of a source in the program.
pub(crate) fn place_of(program: &Program, source: Source) -> (snag_program::ir::FileId, Span) {
    let function = program.function(source.function);
    let span = function.body.as_ref().map_or(function.name_span, |body| body.call(source.call).span);
    (function.file, span)
}

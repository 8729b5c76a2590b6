//! Who uses a function: the calls of the whole program, turned around once for all who ask.

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use snag_syntax::{Symbol, sym};

use crate::ir::{Body, CallId, Callee, FuncId, Function, GlobalId, Instr, TypeId, Value, ValueId};

/// Functions that one task looks at.
const TASK: usize = 4096;

/// A call: the function that makes it, and its number there.
pub(crate) type Caller = (FuncId, CallId);

/// A place that outlives the call that fills it; a field whose type is not known is told apart by its name only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Store {
    Field(Option<TypeId>, Symbol),
    Global(GlobalId),
}

impl Store {
    /// The place that a value is, or is an element of.
    pub(crate) fn of(body: &Body, value: ValueId) -> Option<Store> {
        match body.value(value) {
            Value::Field(_, ty, name) => Some(Store::Field(ty, name)),
            Value::Global(id) => Some(Store::Global(id)),
            Value::Elem(inner) | Value::MapElem(inner) => Store::of(body, inner),
            _ => None,
        }
    }

    /// What a body puts into such places.
    pub(crate) fn fillings(body: &Body) -> impl Iterator<Item = (Store, ValueId)> {
        let assigned = body.blocks.iter().flat_map(|block| &block.instrs).filter_map(|instr| match *instr {
            Instr::Assign { target, value, .. } => Some((Store::of(body, target)?, value)),
            _ => None,
        });
        let named = body.literals.iter().flat_map(|literal| {
            let fields = literal.fields.iter().filter(|(name, _)| !name.as_str().is_empty());
            fields.map(|&(name, value)| (Store::Field(literal.ty, name), value))
        });
        assigned.chain(named)
    }
}

/// What a list or map is made of that is written down, or what is appended to one.
pub(crate) fn elements(body: &Body, value: ValueId) -> Vec<ValueId> {
    match body.value(value) {
        Value::Literal(index) => body.literals.get(index as usize).map_or_else(Vec::new, |literal| {
            let unnamed = literal.fields.iter().filter(|(name, _)| name.as_str().is_empty());
            unnamed.map(|&(_, value)| value).collect()
        }),
        Value::Result(call, 0) => match body.call(call) {
            call if call.callee == Callee::Builtin(sym::Append) => call.args.clone(),
            _ => vec![],
        },
        _ => vec![],
    }
}

/// Who uses what, each list in the order of the program.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    callers: Lists<Caller>,
    mentions: Lists<FuncId>,
    missing: FxHashMap<(Symbol, Symbol), Vec<Caller>>,
    methods: FxHashMap<(TypeId, Symbol), Vec<Caller>>,
    interfaces: FxHashMap<Symbol, Vec<TypeId>>,
    c_calls: Vec<Caller>,
    /// Where functions are kept as values, and who calls what is kept there.
    kept: FxHashMap<FuncId, Vec<Store>>,
    /// The function values, or parameters that are some, that are kept in a place, with those who do.
    keepers: FxHashMap<Store, Vec<(FuncId, ValueId)>>,
    value_calls: FxHashMap<Store, Vec<FuncId>>,
}

impl Uses {
    pub(crate) fn new(functions: &[Function]) -> Uses {
        let tasks = functions.par_chunks(TASK).enumerate();
        let found: Vec<Found> =
            tasks.map(|(at, functions)| Found::new((at * TASK) as u32, functions)).collect();
        let mut uses = Uses {
            callers: Lists::new(functions.len(), found.iter().flat_map(|found| &found.callers)),
            mentions: Lists::new(functions.len(), found.iter().flat_map(|found| &found.mentions)),
            ..Uses::default()
        };
        for found in found {
            for (key, caller) in found.missing {
                uses.missing.entry(key).or_default().push(caller);
            }
            for (key, caller) in found.methods {
                uses.methods.entry(key).or_default().push(caller);
            }
            uses.c_calls.extend(found.c_calls);
            for (store, keeper, function) in found.kept {
                uses.keepers.entry(store).or_default().push(keeper);
                if let Some(function) = function {
                    uses.kept.entry(function).or_default().push(store);
                }
            }
            for (store, caller) in found.value_calls {
                uses.value_calls.entry(store).or_default().push(caller);
            }
        }
        for &(interface, method) in uses.methods.keys() {
            uses.interfaces.entry(method).or_default().push(interface);
        }
        uses
    }

    /// The calls of a function by name.
    pub(crate) fn callers(&self, id: FuncId) -> &[Caller] {
        self.callers.of(id)
    }

    /// The functions that name a function as a value.
    pub(crate) fn mentions(&self, id: FuncId) -> &[FuncId] {
        self.mentions.of(id)
    }

    /// The functions of missing packages that are called, with the calls; in no order.
    pub(crate) fn missing(&self) -> impl Iterator<Item = (Symbol, Symbol, &[Caller])> {
        self.missing.iter().map(|(&(package, name), callers)| (package, name, callers.as_slice()))
    }

    /// The methods of interfaces that are called, with the calls; in no order.
    pub(crate) fn methods(&self) -> impl Iterator<Item = (TypeId, Symbol, &[Caller])> {
        self.methods.iter().map(|(&(interface, method), callers)| (interface, method, callers.as_slice()))
    }

    /// The interfaces of which a method with this name is called, with the calls; in no order.
    pub(crate) fn interfaces(&self, method: Symbol) -> impl Iterator<Item = (TypeId, &[Caller])> {
        let interfaces = self.interfaces.get(&method).map_or(&[][..], Vec::as_slice);
        interfaces.iter().map(move |&interface| (interface, self.methods[&(interface, method)].as_slice()))
    }

    /// The places where a function is kept as a value.
    pub(crate) fn kept(&self, id: FuncId) -> &[Store] {
        self.kept.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Function values, and parameters that are some, that are kept there.
    pub(crate) fn keepers(&self, store: Store) -> &[(FuncId, ValueId)] {
        self.keepers.get(&store).map_or(&[], Vec::as_slice)
    }

    /// The functions that call what is kept there.
    pub(crate) fn value_callers(&self, store: Store) -> &[FuncId] {
        self.value_calls.get(&store).map_or(&[], Vec::as_slice)
    }

    /// The calls of C functions.
    pub(crate) fn c_calls(&self) -> &[Caller] {
        &self.c_calls
    }
}

/// What one task finds.
#[derive(Default)]
struct Found {
    callers: Vec<(FuncId, Caller)>,
    mentions: Vec<(FuncId, FuncId)>,
    missing: Vec<((Symbol, Symbol), Caller)>,
    methods: Vec<((TypeId, Symbol), Caller)>,
    c_calls: Vec<Caller>,
    /// The place, who keeps what value there, and the function that it is, unless it is a parameter.
    kept: Vec<(Store, (FuncId, ValueId), Option<FuncId>)>,
    value_calls: Vec<(Store, FuncId)>,
}

impl Found {
    fn new(first: u32, functions: &[Function]) -> Found {
        let mut found = Found::default();
        for (id, function) in (first..).map(FuncId).zip(functions) {
            let Some(body) = &function.body else { continue };
            for (at, call) in body.calls.iter().enumerate() {
                let caller = (id, CallId(at as u32));
                match call.callee {
                    Callee::Function(callee) => found.callers.push((callee, caller)),
                    Callee::Missing { package, name } => found.missing.push(((package, name), caller)),
                    Callee::Interface { interface: Some(interface), method } => {
                        found.methods.push(((interface, method), caller));
                    }
                    Callee::C(_) => found.c_calls.push(caller),
                    Callee::Value(value) => {
                        found.value_calls.extend(kept_at(body, value).map(|store| (store, id)))
                    }
                    _ => {}
                }
            }
            let before = found.mentions.len();
            found.mentions.extend(body.values.iter().filter_map(|value| Some((function_of(*value)?, id))));
            let params = function.vars.iter().take(function.params as usize);
            if found.mentions.len() > before || params.clone().any(|var| var.is_function) {
                found.keep(id, function, body);
            }
        }
        found
    }

    fn keep(&mut self, id: FuncId, function: &Function, body: &Body) {
        let is_param = |value: ValueId| match body.value(value) {
            Value::Var(var) => {
                let own = var.function == id && var.index < function.params;
                own && function.vars.get(var.index as usize).is_some_and(|var| var.is_function)
            }
            _ => false,
        };
        for (store, value) in Store::fillings(body) {
            for value in std::iter::once(value).chain(elements(body, value)) {
                let function = function_of(body.value(value));
                if function.is_some() || is_param(value) {
                    self.kept.push((store, (id, value), function));
                }
            }
        }
    }
}

fn function_of(value: Value) -> Option<FuncId> {
    match value {
        Value::Func(target) | Value::Bound(_, target) => Some(target),
        _ => None,
    }
}

/// Where a function value comes from that is called, itself or through a local variable.
fn kept_at(body: &Body, value: ValueId) -> impl Iterator<Item = Store> {
    let wanted = match body.value(value) {
        Value::Var(var) => Some(var),
        _ => None,
    };
    let assigned = body.blocks.iter().filter(move |_| wanted.is_some()).flat_map(|block| &block.instrs);
    let through = assigned.filter_map(move |instr| match *instr {
        Instr::Assign { target, value, .. }
            if wanted.is_some_and(|var| body.value(target) == Value::Var(var)) =>
        {
            Store::of(body, value)
        }
        _ => None,
    });
    Store::of(body, value).into_iter().chain(through)
}

/// A list for each function, all in one piece of memory.
#[derive(Debug)]
struct Lists<T> {
    /// Where the list of each function begins, and where the last one ends.
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Lists { starts: Vec::new(), items: Vec::new() }
    }
}

impl<T: Copy> Lists<T> {
    fn new<'f>(functions: usize, found: impl Iterator<Item = &'f (FuncId, T)> + Clone) -> Lists<T>
    where
        T: 'f,
    {
        let Some(&(_, any)) = found.clone().next() else { return Lists::default() };
        let mut starts = vec![0; functions + 1];
        for (id, _) in found.clone() {
            starts[id.index() + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut items = vec![any; sum as usize];
        for &(id, item) in found {
            items[next[id.index()] as usize] = item;
            next[id.index()] += 1;
        }
        Lists { starts, items }
    }

    fn of(&self, id: FuncId) -> &[T] {
        match self.starts.get(id.index()..id.index() + 2) {
            Some(&[start, end]) => &self.items[start as usize..end as usize],
            _ => &[],
        }
    }
}

//! Who uses a function: the calls of the whole program, turned around once for all who ask.

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use snag_syntax::Symbol;

use crate::ir::{CallId, Callee, FuncId, Function, TypeId, Value};

/// Functions that one task looks at.
const TASK: usize = 4096;

/// A call: the function that makes it, and its number there.
pub(crate) type Caller = (FuncId, CallId);

/// Who uses what, each list in the order of the program.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    callers: Lists<Caller>,
    mentions: Lists<FuncId>,
    missing: FxHashMap<(Symbol, Symbol), Vec<Caller>>,
    methods: FxHashMap<(TypeId, Symbol), Vec<Caller>>,
    interfaces: FxHashMap<Symbol, Vec<TypeId>>,
    c_calls: Vec<Caller>,
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
                    _ => {}
                }
            }
            found.mentions.extend(body.values.iter().filter_map(|value| match *value {
                Value::Func(target) | Value::Bound(_, target) => Some((target, id)),
                _ => None,
            }));
        }
        found
    }
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

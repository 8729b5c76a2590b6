//! Who is called, and which functions matter.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;
use snag_syntax::Symbol;
use snag_threads::{
    Api, Blocking, Callback, Harm, Is, Kind, LockBehavior, Package, Property, PutBack, Requires, Spawn,
    StateSet, state,
};

use crate::ir::{Body, Call, Callee, FuncId, Instr, Mode, Terminator, TypeId, Value, ValueId, VarRef};
use crate::load::PackageId;
use crate::program::Program;
use crate::uses::{Caller, Store};

/// What the tables know about a function.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rows {
    pub api: Option<&'static Api>,
    pub callback: Option<&'static Callback>,
    pub spawn: Option<&'static Spawn>,
    pub blocking: Option<&'static Blocking>,
    pub property: Option<&'static Property>,
}

impl Rows {
    fn of(package: &'static Package, name: &str) -> Rows {
        Rows {
            api: package.api(name),
            callback: package.callback(name),
            spawn: package.goroutine(name),
            blocking: package.blocking(name),
            property: package.property(name),
        }
    }

    /// Whether the tables say what a call does to, or needs of, its goroutine.
    pub(crate) fn any(&self) -> bool {
        self.api.is_some() || self.callback.is_some() || self.spawn.is_some() || self.blocking.is_some()
    }

    /// Ties something to the calling thread: a GL context, a tracee, a transaction.
    fn binds(&self) -> bool {
        self.api.is_some_and(|api| !bound_by(api).is_empty())
    }

    /// A pin, or a change of the thread that hurts others.
    fn matters(&self) -> bool {
        self.api.is_some_and(|api| {
            !matches!(api.locks, LockBehavior::No | LockBehavior::Balanced | LockBehavior::Queue)
                || !api.writes.with_harm(Harm::Bystanders).is_empty()
                || matches!(api.call, snag_threads::Call::Syscall(..) | snag_threads::Call::ByNumber(_))
        })
    }
}

/// What a call ties to the thread that makes it, so that later calls must be made there.
pub(crate) fn bound_by(api: &Api) -> StateSet {
    let needs_thread = matches!(
        api.requires,
        Requires::Lock | Requires::LockForever | Requires::SameThreadAs | Requires::MainThread
    );
    if !needs_thread && api.restore != PutBack::Always {
        return StateSet::EMPTY;
    }
    api.writes.with_harm(Harm::Owner).union(api.writes.with_harm(Harm::CThread))
}

fn starts_child(rows: &Rows) -> bool {
    rows.api.is_some_and(|api| api.writes.contains(state::CHILD_OF_THREAD))
}

/// How many functions may stand between a call and what it means.
const FORWARDED: usize = 3;

/// A function value is followed to at most this many functions, an interface to as many implementers: beyond,
/// a finding would be a guess.
pub(super) const MANY: usize = 8;

type Implementers = FxHashMap<(TypeId, Symbol), Arc<[FuncId]>>;

/// The calls of the program.
pub(crate) struct Calls<'p> {
    pub program: &'p Program,
    tables: Vec<Option<&'static Package>>,
    rows: FxHashMap<FuncId, Rows>,
    missing: FxHashMap<(Symbol, Symbol), Rows>,
    /// Function literals directly inside.
    literals: FxHashMap<FuncId, Vec<FuncId>>,
    relevant: Vec<bool>,
    /// Functions that may tie something to their thread.
    binding: Vec<bool>,
    /// Implementers by interface and method: the same calls are asked about again and again.
    implementers: Mutex<Implementers>,
}

impl<'p> Calls<'p> {
    pub(crate) fn new(program: &'p Program) -> Calls<'p> {
        let packages = &program.workspace.packages;
        let mut calls = Calls {
            program,
            tables: packages.iter().map(|package| snag_threads::package(&package.path)).collect(),
            rows: FxHashMap::default(),
            missing: FxHashMap::default(),
            literals: FxHashMap::default(),
            relevant: Vec::new(),
            binding: Vec::new(),
            implementers: Mutex::default(),
        };
        calls.collect_rows();
        calls.missing = calls.missing_rows();
        calls.collect_forwarders();
        (calls.relevant, calls.binding) = rayon::join(
            || {
                calls.reaching(
                    Rows::matters,
                    |package, name| program.native.changes_thread(package, name),
                    vec![],
                )
            },
            || {
                calls.reaching(
                    Rows::binds,
                    |package, name| !program.native.wants_main_thread(package, name).is_empty(),
                    calls.tying(),
                )
            },
        );
        calls
    }

    pub(crate) fn functions(&self) -> impl Iterator<Item = FuncId> + use<> {
        (0..self.program.functions.len() as u32).map(FuncId)
    }

    pub(crate) fn body(&self, id: FuncId) -> Option<&'p Body> {
        self.program.functions.get(id.index())?.body.as_ref()
    }

    fn table(&self, package: PackageId) -> Option<&'static Package> {
        self.tables.get(package.0 as usize).copied().flatten()
    }

    /// What the tables know about the package of a type.
    pub(crate) fn table_of_type(&self, ty: TypeId) -> Option<&'static Package> {
        self.table(self.program.type_info(ty).package)
    }

    /// A function of the standard library: tables say what it does, whether its body is there or not.
    pub(crate) fn is_standard(&self, id: FuncId) -> bool {
        self.program.workspace.package(self.program.function(id).package).standard
    }

    pub(crate) fn is_standard_type(&self, ty: TypeId) -> bool {
        self.program.workspace.package(self.program.type_info(ty).package).standard
    }

    fn collect_rows(&mut self) {
        for id in self.functions() {
            let function = self.program.function(id);
            if let Some(outer) = function.outer {
                self.literals.entry(outer).or_default().push(id);
                continue;
            }
            let Some(table) = self.table(function.package) else { continue };
            let rows = match function.receiver {
                Some(receiver) => {
                    let name = format!(
                        "{}.{}",
                        self.program.type_info(receiver).name.as_str(),
                        function.name.as_str()
                    );
                    Rows::of(table, &name)
                }
                None => Rows::of(table, function.name.as_str()),
            };
            if rows.any() || rows.property.is_some() {
                self.rows.insert(id, rows);
            }
        }
    }

    /// A function that only passes its parameters on is what it calls: `func Setns(fd, flags int) error` of a package
    /// that chooses between systems.
    fn collect_forwarders(&mut self) {
        let known = self.rows.iter().filter(|(_, rows)| rows.api.is_some());
        let mut targets: Vec<(FuncId, Rows)> = known.map(|(&id, &rows)| (id, rows)).collect();
        let missing = self.forwarders_of_missing();
        self.rows.extend(missing.iter().copied());
        targets.extend(missing);
        for _ in 0..FORWARDED {
            let mut found: Vec<(FuncId, Rows)> = Vec::new();
            for (target, rows) in targets {
                for &(id, _) in self.callers(target) {
                    if !self.rows_of(id).any() && self.forwarded(id) == Some(Callee::Function(target)) {
                        found.push((id, rows));
                    }
                }
            }
            self.rows.extend(found.iter().copied());
            targets = found;
        }
    }

    /// Those of functions whose package is not there.
    fn forwarders_of_missing(&self) -> Vec<(FuncId, Rows)> {
        let mut found = Vec::new();
        for (package, name, callers) in self.program.uses.missing() {
            let rows = self.missing.get(&(package, name)).filter(|rows| rows.api.is_some());
            for (&rows, &(id, _)) in
                rows.into_iter().flat_map(|rows| callers.iter().map(move |caller| (rows, caller)))
            {
                if !self.rows_of(id).any() && self.forwarded(id) == Some(Callee::Missing { package, name }) {
                    found.push((id, rows));
                }
            }
        }
        found
    }

    fn forwarded(&self, id: FuncId) -> Option<Callee> {
        let function = self.program.function(id);
        let body = function.body.as_ref()?;
        let ([call], [block]) = (body.calls.as_slice(), body.blocks.as_slice()) else { return None };
        let returns = match &block.end {
            Terminator::Return { values, .. } => values.len() == function.results as usize,
            _ => false,
        };
        let is_same = |(at, &arg): (usize, &crate::ir::ValueId)| {
            body.value(arg) == Value::Var(VarRef { function: id, index: at as u32 })
        };
        let all = call.args.len() == function.params as usize && call.args.iter().enumerate().all(is_same);
        (call.mode == Mode::Plain
            && returns
            && function.outer.is_none()
            && !function.has_receiver
            && all
            && !call.args.is_empty())
        .then_some(call.callee)
    }

    fn missing_rows(&self) -> FxHashMap<(Symbol, Symbol), Rows> {
        let rows = |package: Symbol, name: Symbol| {
            let table = snag_threads::package(package.as_str());
            table.map_or_else(Rows::default, |table| Rows::of(table, name.as_str()))
        };
        self.program
            .missing_callees()
            .map(|(package, name, _)| ((package, name), rows(package, name)))
            .collect()
    }

    /// The calls of what the tables know and is wanted; not in the order of the program.
    pub(crate) fn calls_of(&self, wanted: impl Fn(&Rows) -> bool) -> Vec<Caller> {
        let uses = &self.program.uses;
        let mut found: Vec<Caller> = Vec::new();
        for (&id, _) in self.rows.iter().filter(|(_, rows)| wanted(rows)) {
            found.extend(uses.callers(id));
        }
        for (package, name, callers) in uses.missing() {
            if self.missing.get(&(package, name)).is_some_and(&wanted) {
                found.extend(callers);
            }
        }
        for (interface, method, callers) in uses.methods() {
            if wanted(&self.interface_rows(interface, method)) {
                found.extend(callers);
            }
        }
        found
    }

    /// The functions that may reach a call of what is wanted, by the tables or by its name in C.
    fn reaching(
        &self,
        wanted: impl Fn(&Rows) -> bool,
        c: impl Fn(PackageId, Symbol) -> bool,
        mut seeds: Vec<FuncId>,
    ) -> Vec<bool> {
        let uses = &self.program.uses;
        let wanted_c = |&&caller: &&Caller| match self.call(caller).map(|call| call.callee) {
            Some(Callee::C(name)) => c(self.program.function(caller.0).package, name),
            _ => false,
        };
        seeds.extend(self.calls_of(&wanted).into_iter().map(|caller| caller.0));
        seeds.extend(uses.c_calls().iter().filter(wanted_c).map(|caller| caller.0));
        let known = self.rows.iter().filter(|(_, rows)| wanted(rows));
        seeds.extend(known.flat_map(|(&id, _)| uses.mentions(id)));
        self.spread(seeds, |_| true)
    }

    /// A call by who makes it.
    pub(crate) fn call(&self, (id, at): Caller) -> Option<&'p Call> {
        Some(self.body(id)?.call(at))
    }

    /// These functions and all that may reach them through such that are `wanted`.
    pub(crate) fn spread(&self, seeds: Vec<FuncId>, wanted: impl Fn(FuncId) -> bool) -> Vec<bool> {
        let mut reached = vec![false; self.program.functions.len()];
        let mut queue: Vec<FuncId> = Vec::new();
        let mut next = seeds;
        let uses = &self.program.uses;
        loop {
            for id in next.drain(..) {
                if wanted(id) && !std::mem::replace(&mut reached[id.index()], true) {
                    queue.push(id);
                }
            }
            let Some(id) = queue.pop() else { return reached };
            next.extend(self.callers(id).iter().map(|caller| caller.0));
            for &by in self.program.uses.mentions(id) {
                next.push(by);
                // Whoever is given the function may call it, or keep it for others.
                for given in self.receivers_of(by, id) {
                    next.push(given);
                    next.extend(self.users_of_kept(given));
                }
            }
            next.extend(uses.kept(id).iter().flat_map(|&store| uses.value_callers(store)));
            next.extend(self.interface_callers(id, MANY).map(|caller| caller.0));
        }
    }

    /// The calls of interfaces' methods that may reach the function, and at most so many; not in the order of the program.
    pub(crate) fn interface_callers(&self, id: FuncId, most: usize) -> impl Iterator<Item = Caller> {
        let function = self.program.function(id);
        let method = function.receiver.map(|_| function.name);
        let interfaces = method.into_iter().flat_map(|method| self.program.uses.interfaces(method));
        let reaching = interfaces.filter(move |&(interface, _)| {
            let targets = self.implementers(interface, function.name);
            targets.len() <= most && targets.binary_search(&id).is_ok()
        });
        reaching.flat_map(|(_, callers)| callers).copied()
    }

    /// Functions with a body that `by` gives the function value `value`.
    fn receivers_of(&self, by: FuncId, value: FuncId) -> Vec<FuncId> {
        let Some(body) = self.body(by) else { return vec![] };
        let is_it = |id: &crate::ir::ValueId| matches!(body.value(*id), Value::Func(f) | Value::Bound(_, f) if f == value);
        let given = body.calls.iter().filter(|call| call.args.iter().any(is_it));
        given.flat_map(|call| self.targets(call)).collect()
    }

    /// Functions that call what a function keeps of what it is given.
    fn users_of_kept(&self, id: FuncId) -> impl Iterator<Item = FuncId> {
        let fillings = self.body(id).into_iter().flat_map(move |body| {
            let given =
                move |value: ValueId| matches!(body.value(value), Value::Var(var) if var.function == id);
            Store::fillings(body).filter(move |&(_, value)| given(value))
        });
        fillings.flat_map(|(store, _)| self.program.uses.value_callers(store)).copied()
    }

    fn interface_rows(&self, interface: TypeId, method: Symbol) -> Rows {
        let Some(table) = self.table_of_type(interface) else { return Rows::default() };
        Rows::of(table, &format!("{}.{}", self.program.type_info(interface).name.as_str(), method.as_str()))
    }

    /// What the tables know about the callee.
    pub(crate) fn rows(&self, call: &Call) -> Rows {
        match call.callee {
            Callee::Function(callee) => self.rows_of(callee),
            Callee::Missing { package, name } => {
                self.missing.get(&(package, name)).copied().unwrap_or_default()
            }
            Callee::Interface { interface: Some(interface), method } => {
                self.interface_rows(interface, method)
            }
            _ => Rows::default(),
        }
    }

    /// What the callee is, whatever it is given.
    pub(crate) fn property(&self, call: &Call) -> Option<Is> {
        self.rows(call).property.filter(|row| row.argument.is_empty()).map(|row| row.is)
    }

    /// Whether the tables say this of the callee.
    pub(crate) fn is(&self, call: &Call, wanted: Is) -> bool {
        self.property(call) == Some(wanted)
    }

    /// The import path of the callee, where it is known.
    pub(crate) fn path(&self, call: &Call) -> Option<&'p str> {
        let package = match call.callee {
            Callee::Function(target) => self.program.function(target).package,
            Callee::Interface { interface: Some(interface), .. } => self.program.type_info(interface).package,
            Callee::Missing { package, .. } => return Some(package.as_str()),
            _ => return None,
        };
        Some(self.program.workspace.package(package).path.as_str())
    }

    /// Whether the tables say this of every function of the callee's package.
    pub(crate) fn is_of_package(&self, call: &Call, wanted: Is) -> bool {
        let row = self.path(call).and_then(snag_threads::package_property);
        row.is_some_and(|row| row.is == wanted)
    }

    /// A method that asks for nothing, whose code nobody can see and no table knows: it may lock, or wait.
    pub(crate) fn is_unseen(&self, call: &Call) -> bool {
        let hidden = match call.callee {
            Callee::Missing { .. } => call.receiver.is_some(),
            Callee::Function(target) => {
                call.receiver.is_some() && self.body(target).is_none() && !self.is_standard(target)
            }
            Callee::Interface { interface: Some(interface), method } => {
                let package = self.program.type_info(interface).package;
                !self.program.workspace.package(package).standard
                    && self.implementers(interface, method).is_empty()
            }
            _ => false,
        };
        hidden && call.args.is_empty() && !self.rows(call).any() && self.property(call).is_none()
    }

    /// The functions that tie something to their thread without a call that does: they start a child that is tied to
    /// it, or a directive says that they need one.
    fn tying(&self) -> Vec<FuncId> {
        let tied = |&(id, at): &Caller| {
            self.call((id, at)).is_some_and(|call| !self.tied_child(id, call).is_empty())
        };
        let starting = self.calls_of(starts_child).into_iter().filter(&tied).map(|caller| caller.0);
        starting.chain(self.program.contracts.for_main_thread()).collect()
    }

    /// What ties a child that the call starts to the thread, set in a field in the same function: its tracer.
    pub(crate) fn tied_child(&self, function: FuncId, call: &Call) -> StateSet {
        let Some(body) = self.body(function).filter(|_| starts_child(&self.rows(call))) else {
            return StateSet::EMPTY;
        };
        let is_set =
            |value: ValueId| !matches!(body.value(value), Value::Bool(false) | Value::Int(0) | Value::Nil);
        let field = |ty: Option<TypeId>, name: Symbol| {
            let info = self.program.type_info(ty?);
            let row = self.table(info.package)?.api(&format!("{}.{}", info.name.as_str(), name.as_str()))?;
            (row.kind == Kind::Field && row.requires == Requires::Lock).then_some(bound_by(row))
        };
        let mut found = StateSet::EMPTY;
        for instr in body.blocks.iter().flat_map(|block| &block.instrs) {
            if let Instr::Assign { target, value, .. } = *instr
                && let Value::Field(_, ty, name) = body.value(target)
                && is_set(value)
            {
                found = found.union(field(ty, name).unwrap_or(StateSet::EMPTY));
            }
        }
        for literal in &body.literals {
            for &(name, _) in literal.fields.iter().filter(|field| is_set(field.1)) {
                found = found.union(field(literal.ty, name).unwrap_or(StateSet::EMPTY));
            }
        }
        // A child that is never asked about is nobody's concern.
        let asks = |other: &&Call| {
            let api = self.rows(other).api.filter(|_| other.span != call.span);
            api.is_some_and(|api| api.writes.union(api.reads).intersects(found))
        };
        if body.calls.iter().any(|other| asks(&other)) { found } else { StateSet::EMPTY }
    }

    /// What the tables know about the function.
    pub(crate) fn rows_of(&self, id: FuncId) -> Rows {
        self.rows.get(&id).copied().unwrap_or_default()
    }

    /// Every method of the program that a call through the interface may reach, sorted.
    pub(crate) fn implementers(&self, interface: TypeId, method: Symbol) -> Arc<[FuncId]> {
        let cache = || self.implementers.lock().unwrap_or_else(PoisonError::into_inner);
        let known = cache().get(&(interface, method)).cloned();
        known.unwrap_or_else(|| {
            let found: Arc<[FuncId]> = self.program.implementers(interface, method).into();
            cache().insert((interface, method), Arc::clone(&found));
            found
        })
    }

    /// The functions that a call by name or by interface may reach.
    pub(crate) fn targets(&self, call: &Call) -> Vec<FuncId> {
        match call.callee {
            Callee::Function(callee) => vec![callee],
            Callee::Interface { interface: Some(interface), method } => {
                let mut found = self.implementers(interface, method).to_vec();
                if found.len() > MANY {
                    found.clear();
                }
                found
            }
            _ => vec![],
        }
    }

    pub(crate) fn is_relevant(&self, id: FuncId) -> bool {
        self.relevant.get(id.index()).copied().unwrap_or(false)
    }

    /// Whether the function may tie something to its thread, or use what is tied to it.
    pub(crate) fn is_binding(&self, id: FuncId) -> bool {
        self.binding.get(id.index()).copied().unwrap_or(false)
    }

    /// Whether the function may do anything to its thread.
    pub(crate) fn is_followed(&self, id: FuncId) -> bool {
        self.is_relevant(id) || self.is_binding(id)
    }

    pub(crate) fn any_relevant(&self) -> bool {
        self.relevant.contains(&true) || self.binding.contains(&true)
    }

    pub(crate) fn callers(&self, id: FuncId) -> &'p [Caller] {
        self.program.callers(id)
    }

    pub(crate) fn is_mentioned(&self, id: FuncId) -> bool {
        !self.program.uses.mentions(id).is_empty()
    }

    /// The function literals directly inside a function.
    pub(crate) fn literals(&self, id: FuncId) -> &[FuncId] {
        self.literals.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The declared function around a literal, or the function itself.
    pub(crate) fn root(&self, id: FuncId) -> FuncId {
        self.program.root(id)
    }
}

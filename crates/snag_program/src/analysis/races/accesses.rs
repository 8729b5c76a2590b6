//! What a goroutine reads and writes, and what it holds meanwhile.

use snag_syntax::sym;
use snag_threads::{Awaits, Is};

use super::{Access, Base, Location, Seen};
use crate::analysis::Step;
use crate::analysis::flow::{Point, behind, successors};
use crate::analysis::topology::{Start, Topology};
use crate::ir::{
    BlockId, Body, Call, Callee, ChannelOp, Cond, FuncId, Instr, LoopKind, Mode, Operator, Place, Terminator,
    Value, ValueId, VarRef,
};

/// Calls are followed to this depth.
const DEPTH: u32 = 2;

/// What may be held at a point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Held {
    /// Locks, and whether other readers may hold them too.
    locks: Vec<(Option<Location>, bool, Option<Step>)>,
    ordered: bool,
    /// Something was waited for that another goroutine has to do.
    waited: bool,
}

impl Held {
    fn join(&mut self, other: &Held) -> bool {
        let before = (self.locks.len(), self.ordered, self.waited);
        for lock in &other.locks {
            if !self.locks.iter().any(|known| (&known.0, known.1) == (&lock.0, lock.1)) {
                self.locks.push(lock.clone());
            }
        }
        self.ordered |= other.ordered;
        self.waited |= other.waited;
        before != (self.locks.len(), self.ordered, self.waited)
    }
}

/// Parameters, and what the caller passed.
type Bindings = Vec<(VarRef, Location)>;

pub(super) struct Collector<'t, 'c, 'p> {
    topology: &'t Topology<'c, 'p>,
    found: Vec<Seen>,
    /// A lock is given back that somebody else took: it came with the goroutine.
    handed: bool,
    /// The functions being followed.
    busy: Vec<FuncId>,
}

impl<'t, 'c, 'p> Collector<'t, 'c, 'p> {
    /// The accesses of the goroutine that a call starts, seen from the starter.
    pub(super) fn of_start(topology: &'t Topology<'c, 'p>, start: &Start) -> Vec<Seen> {
        let Some(&run) = start.runs.first() else { return vec![] };
        let Some(body) = topology.calls.body(start.function) else { return vec![] };
        let call = body.call(start.call);
        let mut collector = Collector { topology, found: Vec::new(), handed: false, busy: Vec::new() };
        let bindings = match (call.mode, call.callee) {
            (Mode::Go, Callee::Function(_)) => collector.bind(body, call, run, &Vec::new()),
            _ => collector.bind_method_value(body, call, run),
        };
        collector.follow(run, &Held::default(), &bindings, true, DEPTH);
        collector.finish()
    }

    /// The accesses of a handler.
    pub(super) fn of_handler(topology: &'t Topology<'c, 'p>, id: FuncId) -> Vec<Seen> {
        let mut collector = Collector { topology, found: Vec::new(), handed: false, busy: Vec::new() };
        let function = topology.calls.program.function(id);
        let mut bindings = Vec::new();
        if function.has_receiver && function.vars.first().is_some_and(|var| var.shares) {
            let var = VarRef { function: id, index: 0 };
            bindings.push((var, Location { base: Base::Var(var), fields: Vec::new(), elements: false }));
        }
        collector.follow(id, &Held::default(), &bindings, true, DEPTH);
        collector.finish()
    }

    fn finish(self) -> Vec<Seen> {
        if self.handed { Vec::new() } else { self.found }
    }

    /// `wg.Go(s.work)`
    fn bind_method_value(&self, body: &Body, call: &Call, run: FuncId) -> Bindings {
        let bound = call.args.iter().find_map(|&arg| match body.value(arg) {
            Value::Bound(receiver, target) if target == run => location(body, receiver),
            _ => None,
        });
        let shares = self.topology.calls.program.function(run).vars.first().is_some_and(|var| var.shares);
        let var = VarRef { function: run, index: 0 };
        bound.filter(|_| shares).map(|location| (var, location)).into_iter().collect()
    }

    /// What the parameters of a called function refer to, as far as the caller shares it.
    fn bind(&self, body: &Body, call: &Call, target: FuncId, outer: &Bindings) -> Bindings {
        let function = self.topology.calls.program.function(target);
        let receiver = call.receiver.filter(|_| function.has_receiver);
        let passed = receiver.into_iter().chain(call.args.iter().copied());
        let mut bindings = Vec::new();
        for (index, value) in (0u32..).zip(passed).take(function.params as usize) {
            if !function.vars.get(index as usize).is_some_and(|var| var.shares) {
                continue;
            }
            if let Some(location) = location(body, value) {
                bindings.push((VarRef { function: target, index }, passed_on(location, outer)));
            }
        }
        bindings
    }

    /// Follows a function; returns what is held at its end.
    fn follow(&mut self, id: FuncId, entry: &Held, bindings: &Bindings, always: bool, depth: u32) -> Held {
        let Some(body) = self.topology.calls.body(id) else { return entry.clone() };
        if self.busy.contains(&id) {
            return entry.clone();
        }
        self.busy.push(id);
        let entries = self.flow(id, body, entry);
        let mut end = Held::default();
        for (index, held) in entries.iter().enumerate() {
            let Some(mut held) = held.clone() else { continue };
            let block = body.block(BlockId(index as u32));
            for instr in &block.instrs {
                self.record(id, body, BlockId(index as u32), instr, &held, bindings, always, depth);
                self.step(id, body, instr, &mut held);
            }
            if matches!(block.end, Terminator::Return { .. }) {
                end.join(&held);
            }
        }
        self.busy.pop();
        end
    }

    /// What may be held at the beginning of each block.
    fn flow(&mut self, id: FuncId, body: &Body, entry: &Held) -> Vec<Option<Held>> {
        let mut entries: Vec<Option<Held>> = vec![None; body.blocks.len()];
        entries[0] = Some(entry.clone());
        let mut queue = vec![BlockId(0)];
        while let Some(at) = queue.pop() {
            let Some(mut held) = entries[at.index()].clone() else { continue };
            let block = body.block(at);
            for instr in &block.instrs {
                self.step(id, body, instr, &mut held);
            }
            held.ordered |= self.orders_at_end(id, body, &block.end);
            held.waited |= matches!(block.end, Terminator::Select { has_default: false, .. });
            for next in successors(block) {
                let changed = match &mut entries[next.index()] {
                    Some(known) => known.join(&held),
                    empty => {
                        *empty = Some(held.clone());
                        true
                    }
                };
                if changed {
                    queue.push(next);
                }
            }
        }
        entries
    }

    fn step(&mut self, id: FuncId, body: &Body, instr: &Instr, held: &mut Held) {
        match *instr {
            Instr::Call(call) => self.call(id, body, body.call(call), held),
            Instr::Channel { op, channel, .. } => {
                held.ordered |= self.orders(id, body, op, channel);
                held.waited |= op == ChannelOp::Receive;
            }
            _ => {}
        }
    }

    fn call(&mut self, id: FuncId, body: &Body, call: &Call, held: &mut Held) {
        let lock = call.receiver.and_then(|receiver| location(body, receiver));
        let here = self.topology.step(id, call);
        match (self.topology.calls.property(call), call.mode) {
            (Some(Is::Unlock), Mode::Defer) => self.handed |= held.locks.is_empty(),
            (_, Mode::Go | Mode::Defer) => {}
            (Some(Is::Lock | Is::TryLock), _) => held.locks.push((lock, false, None)),
            (Some(Is::ReadLock), _) => held.locks.push((lock, true, Some(here))),
            (Some(Is::Unlock), _) => {
                self.handed |= held.locks.is_empty();
                match held.locks.iter().rposition(|known| known.0 == lock) {
                    Some(at) => drop(held.locks.remove(at)),
                    None => held.locks.clear(),
                }
            }
            (_, Mode::Plain) => self.other_call(body, call, held),
        }
    }

    /// Functions that return with a lock, or give one back.
    fn other_call(&mut self, body: &Body, call: &Call, held: &mut Held) {
        if self.topology.waits(call, DEPTH) || self.topology.acquires(call, DEPTH) {
            held.ordered = true;
            return;
        }
        match balance(self.topology, body, call, DEPTH) {
            0 => {}
            more if more > 0 => held.locks.push((None, false, None)),
            _ => held.locks.clear(),
        }
    }

    /// A token that is received or sent may keep the goroutines apart; a queue that all of them read does not.
    fn orders(&self, id: FuncId, body: &Body, op: ChannelOp, channel: ValueId) -> bool {
        if body.loops.iter().any(|each| each.kind == LoopKind::Channel && each.over == Some(channel)) {
            return false;
        }
        match op {
            ChannelOp::Send => {
                let instr = Instr::Channel { op, channel, span: snag_syntax::Span::default() };
                self.topology.takes_place(id, body, Point::Instr(&instr))
            }
            ChannelOp::Receive => !body.blocks.iter().flat_map(|block| &block.instrs).any(|instr| {
                matches!(*instr, Instr::Assign { value, .. } if body.value(value) == Value::Received(channel))
            }),
        }
    }

    fn orders_at_end(&self, id: FuncId, body: &Body, end: &Terminator) -> bool {
        match end {
            // The channels of contexts and timers come from a call.
            Terminator::Select { comms, .. } => comms.iter().flatten().any(|&(op, channel)| {
                !matches!(body.value(channel), Value::Result(..)) && self.orders(id, body, op, channel)
            }),
            Terminator::If { cond, .. } => {
                let asked = match *cond {
                    Cond::IsNil(value, _) | Cond::IsTrue(value, _) => vec![value],
                    Cond::Compare(_, left, right, _) => vec![left, right],
                    Cond::Other => vec![],
                };
                asked.into_iter().any(|value| self.is_decided_by_lock(id, body, value))
            }
            _ => false,
        }
    }

    /// `if atomic.CompareAndSwap...`, `if mu.TryLock()`, `if _, loaded := m.LoadOrStore(...); !loaded`
    fn is_decided_by_lock(&self, id: FuncId, body: &Body, value: ValueId) -> bool {
        let call = match body.value(value) {
            Value::Result(call, _) => Some((id, call)),
            _ => self.topology.values.call_of(id, value),
        };
        let Some((at, call)) = call else { return false };
        let Some(body) = self.topology.calls.body(at) else { return false };
        self.topology.calls.is_of_package(body.call(call), Is::Ordering)
    }

    #[allow(clippy::too_many_arguments, reason = "one walk, many facts")]
    fn record(
        &mut self,
        id: FuncId,
        body: &Body,
        block: BlockId,
        instr: &Instr,
        held: &Held,
        bindings: &Bindings,
        always: bool,
        depth: u32,
    ) {
        match *instr {
            Instr::Assign { target, span, .. } => {
                self.access(id, body, block, target, span, true, held, bindings, always);
            }
            Instr::Read { what, span } => {
                self.access(id, body, block, what, span, false, held, bindings, always);
            }
            Instr::Call(call) => {
                let call = body.call(call);
                if let Callee::Builtin(sym::Delete | sym::Clear) = call.callee
                    && let Some(&map) = call.args.first()
                    && let Some(mut location) = location(body, map)
                {
                    location.elements = true;
                    self.add(id, body, block, location, call.span, true, held, bindings, always);
                }
                self.callee(id, body, block, call, held, bindings, always, depth);
            }
            Instr::Channel { .. } => {}
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one walk, many facts")]
    fn callee(
        &mut self,
        id: FuncId,
        body: &Body,
        block: BlockId,
        call: &Call,
        held: &Held,
        bindings: &Bindings,
        always: bool,
        depth: u32,
    ) {
        let calls = self.topology.calls;
        if call.mode == Mode::Go || depth == 0 {
            return;
        }
        // Where there are others, this goroutine may be about one of them.
        let [target] = self.topology.values.callees(id, call)[..] else { return };
        if calls.is_standard(target) {
            return;
        }
        let always = always && is_always(body, block);
        let is_literal = calls.program.function(target).outer.is_some();
        let mut inner = self.bind(body, call, target, bindings);
        if is_literal {
            inner.extend(bindings.iter().cloned());
        }
        self.follow(target, held, &inner, always, depth - 1);
    }

    #[allow(clippy::too_many_arguments, reason = "one walk, many facts")]
    fn access(
        &mut self,
        id: FuncId,
        body: &Body,
        block: BlockId,
        what: ValueId,
        span: snag_syntax::Span,
        write: bool,
        held: &Held,
        bindings: &Bindings,
        always: bool,
    ) {
        if let Some(location) = location(body, what) {
            self.add(id, body, block, location, span, write, held, bindings, always);
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one walk, many facts")]
    fn add(
        &mut self,
        id: FuncId,
        body: &Body,
        block: BlockId,
        found: Location,
        span: snag_syntax::Span,
        write: bool,
        held: &Held,
        bindings: &Bindings,
        always: bool,
    ) {
        let direct = found.clone();
        // The variables of the functions that are followed are the goroutine's own, unless they refer to others.
        let Some(location) = resolve_for(found, &self.busy, bindings) else { return };
        let function = self.topology.calls.program.function(id);
        let at = Step { function: id, place: Place { file: function.file, span } };
        let exclusive = held.locks.iter().any(|lock| !lock.1);
        let shared = held.locks.iter().find(|lock| lock.1).and_then(|lock| lock.2);
        let read_locked = shared.filter(|_| !exclusive);
        // A read under a read lock is in order.
        let locked = exclusive || (read_locked.is_some() && !write);
        self.found.push(Seen {
            indirect: location != direct || !location.fields.is_empty() || id != self.busy[0],
            location,
            access: Access { at, write, read_locked },
            locked,
            ordered: held.ordered,
            waited: held.waited,
            always: always && is_always(body, block),
            selected: is_selected(id, function.params, body, block),
        });
    }
}

/// Whether every run of a function gets to a block, when its loops go round at least once.
fn is_always(body: &Body, block: BlockId) -> bool {
    let mut seen = vec![false; body.blocks.len()];
    let mut queue = vec![BlockId(0)];
    while let Some(at) = queue.pop() {
        if at == block || std::mem::replace(&mut seen[at.index()], true) {
            continue;
        }
        let info = body.block(at);
        if matches!(info.end, Terminator::Return { .. } | Terminator::Dead) {
            return false;
        }
        let header = body.loops.iter().position(|each| each.header == at);
        let around = header.map(|index| crate::ir::LoopId(index as u32));
        let stays = |next: &BlockId| {
            around.is_none_or(|each| crate::analysis::flow::is_within(body, body.block(*next).in_loop, each))
        };
        queue.extend(successors(info).into_iter().filter(stays));
    }
    true
}

/// Whether a comparison, or a switch, on the way decides who gets to a block.
fn is_selected(id: FuncId, params: u32, body: &Body, block: BlockId) -> bool {
    if is_always(body, block) {
        return false;
    }
    body.blocks.iter().enumerate().any(|(index, from)| {
        let is_own = |value: ValueId| matches!(body.value(value), Value::Var(var) if var.function == id && var.index < params);
        let told = |value: ValueId| match body.value(value) {
            Value::Var(var) => var.function != id || var.index < params,
            _ => false,
        };
        let selects = match from.end {
            Terminator::Switch(_) => true,
            Terminator::If {
                cond: Cond::Compare(Operator::Equal | Operator::NotEqual, left, right, _),
                ..
            } => told(left) || told(right),
            // `go work(true)`: a flag among the parameters.
            Terminator::If { cond: Cond::IsTrue(value, _), .. } => is_own(value),
            _ => false,
        };
        let mut reaches = false;
        if selects {
            let last = (BlockId(index as u32), from.instrs.len());
            behind(body, last, None, |at, _| {
                reaches |= at == block;
                !reaches
            });
        }
        reaches
    })
}

/// What a value is a part of.
pub(super) fn location(body: &Body, value: ValueId) -> Option<Location> {
    let mut fields = Vec::new();
    let (mut at, mut elements) = (value, false);
    for _ in 0..16 {
        let base = match body.value(at) {
            Value::Var(var) => Base::Var(var),
            Value::Global(global) => Base::Global(global),
            Value::Field(of, _, name) => {
                fields.push(name);
                at = of;
                continue;
            }
            Value::Addr(of) => {
                at = of;
                continue;
            }
            Value::MapElem(of) if fields.is_empty() && !elements => {
                elements = true;
                at = of;
                continue;
            }
            _ => return None,
        };
        fields.reverse();
        return Some(Location { base, fields, elements });
    }
    None
}

/// What a parameter stands for that is passed on.
fn passed_on(found: Location, bindings: &Bindings) -> Location {
    let bound = bindings.iter().find(|(known, _)| found.base == Base::Var(*known));
    let Some((_, bound)) = bound else { return found };
    let mut location = bound.clone();
    location.fields.extend(found.fields);
    location.elements = found.elements;
    location
}

/// What is shared of an access by functions that are followed.
fn resolve_for(found: Location, own: &[FuncId], bindings: &Bindings) -> Option<Location> {
    let Base::Var(var) = found.base else { return Some(found) };
    if let Some((_, bound)) = bindings.iter().find(|(known, _)| *known == var) {
        // The parameter itself is a copy; what it refers to is shared.
        if found.fields.is_empty() && !found.elements {
            return None;
        }
        // What a local variable of the goroutine refers to is its own, as far as anybody can see.
        let private = matches!(bound.base, Base::Var(base) if base != var && own.contains(&base.function));
        return (!private).then(|| passed_on(found, bindings));
    }
    (!own.contains(&var.function)).then_some(found)
}

/// Locks that the functions a call may reach return with, less those they give back.
fn balance(topology: &Topology<'_, '_>, body: &Body, call: &Call, depth: u32) -> i32 {
    let calls = topology.calls;
    let inside = |&target: &FuncId| !calls.is_standard(target) && depth > 0;
    let targets = calls.targets(call).into_iter().filter(inside);
    let mut sums = targets.filter_map(|target| {
        let body = calls.body(target)?;
        let inner = body.calls.iter().filter(|call| call.mode != Mode::Go);
        let sum: i32 = inner.map(|call| change(topology, body, call, depth - 1)).sum();
        Some(sum.signum())
    });
    sums.find(|&sum| sum != 0).unwrap_or_else(|| in_pair(topology, body, call))
}

fn change(topology: &Topology<'_, '_>, body: &Body, call: &Call, depth: u32) -> i32 {
    match topology.calls.property(call) {
        Some(Is::Lock | Is::ReadLock | Is::TryLock) => 1,
        Some(Is::Unlock) => -1,
        _ => balance(topology, body, call, depth),
    }
}

/// Two methods of one object that nobody can see, each of them called for nothing but its effect: the second may give
/// back what the first took. Taking them for a lock costs a finding at most.
fn in_pair(topology: &Topology<'_, '_>, body: &Body, call: &Call) -> i32 {
    let calls = topology.calls;
    let bare = |call: &Call| (call.ignored || call.mode == Mode::Defer) && calls.is_unseen(call);
    let object = |call: &Call| call.receiver.and_then(|receiver| location(body, receiver));
    let Some(of) = object(call).filter(|_| bare(call)) else { return 0 };
    let others = body.calls.iter().filter(|other| other.callee != call.callee && bare(other));
    let mut behind =
        others.filter(|other| object(other).as_ref() == Some(&of)).map(|other| other.span > call.span);
    match behind.next() {
        None => 0,
        Some(first) if first || behind.any(|behind| behind) => 1,
        Some(_) => -1,
    }
}

/// Whether a call may wait for other goroutines.
pub(super) fn may_wait(topology: &Topology<'_, '_>, call: &Call, depth: u32) -> bool {
    let calls = topology.calls;
    if matches!(calls.property(call), Some(Is::Join | Is::Rendezvous | Is::Place)) || calls.is_unseen(call) {
        return true;
    }
    if let Some(row) = calls.rows(call).blocking {
        // What a child prints, and when it ends, goroutines wait for as well.
        return row.awaits == Awaits::Child;
    }
    let seen = |&target: &FuncId| depth > 0 && !calls.is_standard(target);
    let mut bodies = calls.targets(call).into_iter().filter(seen).filter_map(|target| calls.body(target));
    bodies.any(|body| {
        body.calls.iter().any(|call| call.mode != Mode::Go && may_wait(topology, call, depth - 1))
            || body.blocks.iter().any(|block| {
                let receives = |instr: &Instr| matches!(instr, Instr::Channel { op: ChannelOp::Receive, .. });
                block.instrs.iter().any(receives)
                    || matches!(block.end, Terminator::Select { has_default: false, .. })
            })
    })
}

/// Whether a call surely orders nothing.
pub(super) fn is_harmless(topology: &Topology<'_, '_>, call: &Call) -> bool {
    matches!(call.callee, Callee::Builtin(_)) || topology.calls.is_of_package(call, Is::Unordered)
}

//! Goroutines without bound that hold a thread each: in a call that waits, or by a pin.

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};
use snag_syntax::Symbol;
use snag_threads::{Api, Arg, Awaits, Harm, Is, LockBehavior};

use super::Step;
use super::calls::Calls;
use super::flow::{Point, behind, position, successors};
use super::topology::{Count, Start, Times, Topology};
use crate::ir::{BlockId, Body, Call, CallId, Callee, ChannelOp, FuncId, Instr, Mode, Place, Terminator};
use crate::uses::Caller;

/// Calls are followed to this depth.
const DEPTH: u32 = 5;
/// Fewer pinned goroutines than this are a pool of a fixed size.
const POOL: i64 = 64;
/// Fewer calls than this at once are no flood.
const FLOOD: i64 = 1_000;

/// Goroutines that each hold a thread in a call that waits.
#[derive(Clone, Debug)]
pub struct Flood {
    /// What starts them: a call, or the registration of a handler.
    pub start: Step,
    /// A library starts them, one per request or event.
    pub by_library: bool,
    /// How many, and why.
    pub times: Times,
    /// The calls that lead to the one that waits, which comes last.
    pub path: Vec<Step>,
    /// What it waits for.
    pub holds: Holds,
}

/// What a thread is held in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A system call, or a function around it, until this happens.
    Until(&'static str, Awaits),
    /// A C function, which is called in the C code there.
    C(Symbol, Option<Place>),
}

/// Goroutines that are pinned at once.
#[derive(Clone, Debug)]
pub struct PinnedPool {
    /// What starts them.
    pub start: Step,
    /// How many, and why.
    pub times: Times,
    /// The pin.
    pub pin: Step,
    /// The first thing the pinned goroutine waits for.
    pub waits: Step,
    /// The pin ends, and the thread stays.
    pub unpins: bool,
    /// The pinned goroutine changes its thread.
    pub changes: bool,
    /// The program surely serves the requests that the goroutines are started for.
    pub served: bool,
}

/// A pin, and what happens while it lasts.
struct Pinned {
    pin: Step,
    waits: Option<Step>,
    unpins: bool,
    changes: bool,
}

impl Pinned {
    fn at(pin: Step) -> Pinned {
        Pinned { pin, waits: None, unpins: false, changes: false }
    }
}

#[derive(Default)]
pub(crate) struct Found {
    pub floods: Vec<Flood>,
    pub pools: Vec<PinnedPool>,
}

/// Looks at the goroutines that first-party code starts.
pub(crate) fn find(topology: &Topology<'_, '_>) -> Found {
    let finder = Finder::new(topology);
    let mut found = Found { floods: Vec::new(), pools: Vec::new() };
    for start in &topology.starts {
        if topology.calls.program.is_first_party(start.function) {
            finder.start(start, &mut found);
        }
    }
    let mut handlers: Vec<FuncId> = topology.handlers.keys().copied().collect();
    handlers.sort_unstable();
    for handler in handlers {
        finder.handler(handler, &mut found);
    }
    found
}

/// The calls that lead to one that holds its thread, and in what.
type Way = (Vec<Step>, Holds);

struct Finder<'t, 'c, 'p> {
    topology: &'t Topology<'c, 'p>,
    calls: &'c Calls<'p>,
    /// Functions that may reach a call that holds its thread.
    holding: Vec<bool>,
    /// Functions that may reach a pin.
    pinning: Vec<bool>,
    paths: RefCell<FxHashMap<FuncId, Option<Way>>>,
}

impl<'t, 'c, 'p> Finder<'t, 'c, 'p> {
    fn new(topology: &'t Topology<'c, 'p>) -> Self {
        let calls = topology.calls;
        let mut finder =
            Finder { topology, calls, holding: Vec::new(), pinning: Vec::new(), paths: RefCell::default() };
        let mut holding = calls.calls_of(|rows| rows.blocking.is_some());
        holding.extend(calls.program.uses.c_calls());
        finder.holding =
            finder.reaching(holding, |id, call| call.mode != Mode::Go && finder.holds(id, call).is_some());
        let locking = calls.calls_of(|rows| rows.api.is_some_and(|api| api.locks == LockBehavior::IsLock));
        finder.pinning = finder.reaching(locking, |_, _| true);
        finder
    }

    /// Functions that may reach one of these calls.
    fn reaching(&self, seeds: Vec<Caller>, wanted: impl Fn(FuncId, &Call) -> bool) -> Vec<bool> {
        let own = seeds.into_iter().filter(|&(id, at)| {
            !self.calls.is_standard(id) && self.calls.call((id, at)).is_some_and(|call| wanted(id, call))
        });
        self.calls.spread(own.map(|caller| caller.0).collect(), |id| !self.calls.is_standard(id))
    }

    fn start(&self, start: &Start, found: &mut Found) {
        let holds = start.runs.iter().any(|run| self.holding[run.index()]);
        let pins = start.runs.iter().any(|run| self.pinning[run.index()]);
        let Some(body) = self.calls.body(start.function) else { return };
        let call = body.call(start.call);
        // `go C.f()`, `go cmd.Wait()`
        let direct = if call.mode == Mode::Go { self.holds(start.function, call) } else { None };
        if !holds && !pins && direct.is_none() {
            return;
        }
        let times = self.topology.times(start);
        let many = |number: i64| times.count >= Count::Number(number);
        if !many(POOL) || self.topology.limited(start) {
            return;
        }
        let at = self.topology.step(start.function, call);
        let flood = many(FLOOD) && times.count != Count::Chosen;
        if let Some(holds) = direct.filter(|_| flood) {
            found.floods.push(Flood { start: at, by_library: false, times, path: vec![at], holds });
            return;
        }
        for &run in &start.runs {
            if pins && let Some(pool) = self.pool(run, at, times) {
                found.pools.push(pool);
                return;
            }
            if flood && let Some((path, holds)) = self.path(run, DEPTH) {
                found.floods.push(Flood { start: at, by_library: false, times, path, holds });
                return;
            }
        }
    }

    fn handler(&self, id: FuncId, found: &mut Found) {
        let program = self.calls.program;
        if !self.holding[id.index()] && !self.pinning[id.index()] || !program.is_first_party(id) {
            return;
        }
        let function = program.function(id);
        let here = Step { function: id, place: Place { file: function.file, span: function.name_span } };
        let at = self.topology.handlers.get(&id).copied().flatten().unwrap_or(here);
        let times = self.topology.executions(id, false, 1, &mut Vec::new());
        if let Some(pool) = self.pool(id, at, times) {
            let served = self.registers_with(at).is_some_and(|path| self.serves(path));
            found.pools.push(PinnedPool { served, ..pool });
        } else if let Some((path, holds)) = self.path(id, DEPTH) {
            found.floods.push(Flood { start: at, by_library: true, times, path, holds });
        }
    }

    /// The package with which a handler is registered there.
    fn registers_with(&self, at: Step) -> Option<&'c str> {
        let calls = self.calls.body(at.function).map_or(&[][..], |body| body.calls.as_slice());
        calls.iter().filter(|call| call.span == at.place.span).find_map(|call| self.calls.path(call))
    }

    /// Whether the program, and not only its tests, starts a server of the package.
    fn serves(&self, path: &str) -> bool {
        let program = self.calls.program;
        let serves = |call: &Call| self.calls.is(call, Is::Server) && self.calls.path(call) == Some(path);
        let first = self.calls.functions().filter(|&id| program.is_first_party(id));
        let mut own = first.filter(|&id| !program.file(program.function(id).file).is_test);
        own.any(|id| self.calls.body(id).is_some_and(|body| body.calls.iter().any(serves)))
    }

    fn locks(&self, call: &Call) -> LockBehavior {
        self.calls.rows(call).api.map_or(LockBehavior::No, |api| api.locks)
    }

    /// What a call holds its thread in for any time.
    fn holds(&self, id: FuncId, call: &Call) -> Option<Holds> {
        if let Callee::C(name) = call.callee {
            let program = self.calls.program;
            let (waits, at) = program.native.blocks(program.function(id).package, name)?;
            return Some(Holds::C(waits, at));
        }
        let row = self.calls.rows(call).blocking.filter(|row| !row.long.is_empty())?;
        if self.calls.is(call, Is::DescribedProcess) && !self.is_made_here(id, call) {
            return None;
        }
        let args: Vec<Arg<'_>> = call.args.iter().map(|&arg| self.topology.values.arg(id, arg)).collect();
        // A constant that the condition excludes is a polite question, not a wait.
        (row.holds_long(&args) != Some(false)).then_some(Holds::Until(row.long, row.awaits))
    }

    /// A command that comes from elsewhere: how many there are was decided there.
    fn is_made_here(&self, id: FuncId, call: &Call) -> bool {
        let Some(receiver) = call.receiver else { return false };
        self.topology.values.call_of(id, receiver).is_some_and(|(at, _)| at == id)
    }

    /// The way from a function to a call that holds its thread, with no place taken and no lock held before.
    fn path(&self, id: FuncId, depth: u32) -> Option<Way> {
        if !self.holding[id.index()] {
            return None;
        }
        if let Some(known) = self.paths.borrow().get(&id) {
            return known.clone();
        }
        let found = self.find_path(id, depth);
        self.paths.borrow_mut().insert(id, found.clone());
        found
    }

    fn find_path(&self, id: FuncId, depth: u32) -> Option<Way> {
        let body = self.calls.body(id)?;
        self.paths.borrow_mut().insert(id, None);
        let mut seen: FxHashSet<(BlockId, bool)> = FxHashSet::default();
        let mut queue = vec![(BlockId(0), false)];
        while let Some((at, mut locked)) = queue.pop() {
            let block = body.block(at);
            let mut free = true;
            for instr in &block.instrs {
                if self.topology.takes_place(id, body, Point::Instr(instr)) {
                    free = false;
                    break;
                }
                let Instr::Call(call) = *instr else { continue };
                let call = body.call(call);
                locked = self.locked_behind(call, locked);
                if !locked && let Some(found) = self.step_into(id, call, depth) {
                    return Some(found);
                }
            }
            if !free || self.topology.takes_place(id, body, Point::End(&block.end)) {
                continue;
            }
            queue.extend(
                successors(block).into_iter().rev().map(|next| (next, locked)).filter(|&to| seen.insert(to)),
            );
        }
        None
    }

    /// A lock that is held lets one goroutine through at a time.
    fn locked_behind(&self, call: &Call, locked: bool) -> bool {
        if call.mode != Mode::Plain {
            return locked;
        }
        match self.calls.property(call) {
            Some(Is::Lock) => true,
            Some(Is::Unlock) => false,
            _ => locked,
        }
    }

    fn step_into(&self, id: FuncId, call: &Call, depth: u32) -> Option<Way> {
        let step = self.topology.step(id, call);
        if call.mode == Mode::Go {
            return None;
        }
        if let Some(holds) = self.holds(id, call) {
            return Some((vec![step], holds));
        }
        if depth == 0 {
            return None;
        }
        let (mut path, holds) = self.inside(id, call).find_map(|target| self.path(target, depth - 1))?;
        path.insert(0, step);
        Some((path, holds))
    }

    fn pool(&self, id: FuncId, start: Step, times: Times) -> Option<PinnedPool> {
        let pinned = self.pinned(id, 2)?;
        let Pinned { pin, waits, unpins, changes } = pinned;
        Some(PinnedPool { start, times, pin, waits: waits?, unpins, changes, served: false })
    }

    /// A pin in the function, or in one that it calls and that leaves the pin to it.
    fn pinned(&self, id: FuncId, depth: u32) -> Option<Pinned> {
        if !self.pinning[id.index()] {
            return None;
        }
        let body = self.calls.body(id)?;
        for (at, call) in body.calls.iter().enumerate().filter(|(_, call)| call.mode != Mode::Go) {
            let at = CallId(at as u32);
            if self.locks(call) == LockBehavior::IsLock {
                let pin = self.topology.step(id, call);
                return Some(self.while_pinned(id, body, at, Pinned::at(pin)));
            }
            if depth > 0
                && let Some(inner) = self.inside(id, call).find_map(|target| self.pinned(target, depth - 1))
            {
                let over = inner.waits.is_some() || inner.unpins;
                return Some(if over { inner } else { self.while_pinned(id, body, at, inner) });
            }
        }
        None
    }

    /// What happens from a call on until the pin ends.
    fn while_pinned(&self, id: FuncId, body: &Body, call: CallId, mut pinned: Pinned) -> Pinned {
        let Some(from) = position(body, call) else { return pinned };
        behind(body, from, None, |_, point| {
            if pinned.waits.is_none() {
                pinned.waits = self.waits(id, body, point, 2);
            }
            let Point::Instr(Instr::Call(call)) = point else { return true };
            let call = body.call(*call);
            let unlock = self.locks(call) == LockBehavior::IsUnlock;
            pinned.unpins |= unlock && call.mode != Mode::Go;
            let hurts = |api: &Api| !api.writes.with_harm(Harm::Bystanders).is_empty();
            pinned.changes |= self.calls.rows(call).api.is_some_and(hurts);
            !(unlock && call.mode == Mode::Plain)
        });
        pinned
    }

    /// Where a goroutine waits at a step; another one cannot use its thread meanwhile when it is pinned.
    fn waits(&self, id: FuncId, body: &Body, point: Point<'_>, depth: u32) -> Option<Step> {
        let file = self.calls.program.function(id).file;
        let at = |span| Some(Step { function: id, place: Place { file, span } });
        match point {
            // What is sent is mostly a result, into a buffer.
            Point::Instr(&Instr::Channel { op: ChannelOp::Receive, span, .. }) => at(span),
            Point::End(&Terminator::Select { has_default: false, span, .. }) => at(span),
            Point::Instr(Instr::Call(call)) => {
                let call = body.call(*call);
                if call.mode != Mode::Plain {
                    return None;
                }
                let row = self.calls.rows(call).blocking;
                // A system call that is a matter of moments is no wait.
                if row.is_some_and(|row| row.goroutine && (!row.thread || !row.long.is_empty())) {
                    return at(call.span);
                }
                let found =
                    depth > 0 && self.inside(id, call).any(|target| self.waits_inside(target, depth - 1));
                if found { at(call.span) } else { None }
            }
            _ => None,
        }
    }

    fn waits_inside(&self, id: FuncId, depth: u32) -> bool {
        let Some(body) = self.calls.body(id) else { return false };
        let waits = |point| self.waits(id, body, point, depth).is_some();
        body.blocks.iter().any(|block| {
            block.instrs.iter().any(|instr| waits(Point::Instr(instr))) || waits(Point::End(&block.end))
        })
    }

    /// What a call may reach outside the standard library, about which the tables tell.
    fn inside(&self, id: FuncId, call: &Call) -> impl Iterator<Item = FuncId> {
        // Behind an interface such as `net.Conn` there is mostly none of the program's own types.
        let others = matches!(call.callee, Callee::Interface { interface: Some(interface), .. }
            if self.calls.is_standard_type(interface));
        let targets = if others { vec![] } else { self.topology.values.callees(id, call) };
        targets.into_iter().filter(|&target| !self.calls.is_standard(target))
    }
}

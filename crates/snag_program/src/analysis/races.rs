//! Goroutines that write what others read or write at the same time, with nothing that keeps them apart.
//!
//! Locks are those that may be held, and whatever may put two goroutines in order does: a doubt is no finding.

mod accesses;

use rustc_hash::{FxHashMap, FxHashSet};
use snag_syntax::{Span, Symbol};
use snag_threads::{Arg, Is};

use super::Step;
use super::flow::{Point, behind, is_within, loops_around, position};
use super::topology::{Count, Start, Times, Topology};
use crate::ir::{
    Body, Call, ChannelOp, FuncId, GlobalId, Instr, LoopId, LoopKind, Mode, Place, Terminator, Value,
    ValueId, VarRef,
};
use accesses::Collector;

/// A variable, or what is reached from it through fields.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Location {
    pub base: Base,
    pub fields: Vec<Symbol>,
    /// The elements of the map that is there.
    pub elements: bool,
}

/// Where a location begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Base {
    Var(VarRef),
    Global(GlobalId),
}

/// A read or write of something shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Where.
    pub at: Step,
    /// A write.
    pub write: bool,
    /// Made under a lock that other readers may hold as well.
    pub read_locked: Option<Step>,
}

/// How sure it is that two accesses meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// Each goroutine may have a branch of its own.
    Possible,
    /// Some path leads there.
    Likely,
    /// Every goroutine gets there.
    Certain,
}

/// A write of a goroutine that nothing keeps apart from another access.
#[derive(Clone, Debug)]
pub struct Race {
    /// What is written, as the source calls it.
    pub name: String,
    /// The elements of a map are written: the runtime may end the program.
    pub map: bool,
    /// The write.
    pub write: Access,
    /// The other access; none when it is the same one in another goroutine.
    pub other: Option<Access>,
    /// What starts the goroutine that writes.
    pub start: Step,
    /// How many run the write.
    pub times: Times,
    /// How sure it is.
    pub certainty: Certainty,
}

/// Looks at the goroutines that first-party code starts.
pub(crate) fn find(topology: &Topology<'_, '_>) -> Vec<Race> {
    let finder = Finder { topology };
    let mut found = Vec::new();
    let mut by_function: FxHashMap<FuncId, Vec<&Start>> = FxHashMap::default();
    for start in &topology.starts {
        if topology.calls.program.is_first_party(start.function) && start.runs.len() == 1 {
            by_function.entry(start.function).or_default().push(start);
        }
    }
    let mut functions: Vec<_> = by_function.into_iter().collect();
    functions.sort_unstable_by_key(|&(id, _)| id);
    for (id, starts) in functions {
        finder.function(id, &starts, &mut found);
    }
    let mut handlers: Vec<(FuncId, Option<Step>)> =
        topology.handlers.iter().map(|(&id, &at)| (id, at)).collect();
    handlers.sort_unstable_by_key(|&(id, _)| id);
    for (id, at) in handlers {
        finder.handler(id, at, &mut found);
    }
    // One word about each variable of a function.
    found.sort_by_key(|race: &Race| (race.start.function, std::cmp::Reverse(race.certainty)));
    let mut seen = FxHashSet::default();
    found.retain(|race| seen.insert((race.start.function, race.name.clone())));
    found
}

/// First-party calls that leave one processor to the goroutines.
pub(crate) fn single_processor(topology: &Topology<'_, '_>) -> Vec<Step> {
    let calls = topology.calls;
    let mut found = Vec::new();
    for id in calls.functions().filter(|&id| calls.program.is_first_party(id)) {
        let Some(body) = calls.body(id) else { continue };
        for call in &body.calls {
            let one = || call.args.first().is_some_and(|&arg| topology.values.arg(id, arg) == Arg::Int(1));
            if calls.is(call, Is::ProcessorLimit) && one() {
                found.push(topology.step(id, call));
            }
        }
    }
    found
}

struct Finder<'t, 'c, 'p> {
    topology: &'t Topology<'c, 'p>,
}

/// An access with what it depends on.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub location: Location,
    pub access: Access,
    /// A lock is held that keeps others out.
    pub locked: bool,
    /// Something before it may put the goroutines in order.
    pub ordered: bool,
    /// The goroutine waits for another one before it: who goes on without waiting may well be first.
    pub waited: bool,
    /// Every run of the goroutine gets there.
    pub always: bool,
    /// What the goroutine is told decides whether it gets there.
    pub selected: bool,
    /// Reached through the start's arguments, or through fields.
    pub indirect: bool,
}

impl Seen {
    fn is_free(&self) -> bool {
        !self.locked && !self.ordered
    }
}

impl Finder<'_, '_, '_> {
    fn function(&self, id: FuncId, starts: &[&Start], found: &mut Vec<Race>) {
        let Some(body) = self.topology.calls.body(id) else { return };
        let all: Vec<(&Start, Vec<Seen>)> =
            starts.iter().map(|&start| (start, Collector::of_start(self.topology, start))).collect();
        for (start, seen) in &all {
            if !seen.is_empty() {
                self.with_itself(body, start, seen, found);
                self.with_starter(id, body, start, seen, found);
            }
        }
        for (at, (first, ours)) in all.iter().enumerate() {
            for (second, theirs) in &all[at + 1..] {
                self.with_each_other(body, (first, ours), (second, theirs), found);
            }
        }
    }

    /// The goroutines of one start, which a loop starts again and again.
    fn with_itself(&self, body: &Body, start: &Start, seen: &[Seen], found: &mut Vec<Race>) {
        let call = body.call(start.call);
        let Some(from) = position(body, start.call) else { return };
        for each in loops_around(body, from.0) {
            if !self.comes_back(start, body, from, each) || self.chosen_once(start.function, body, call, each)
            {
                continue;
            }
            let times = self.topology.local_times(start.function, start.call, &start.runs);
            if times.count == Count::One || times.count == Count::Number(1) {
                continue;
            }
            for seen in seen.iter().filter(|seen| seen.access.write && seen.is_free()) {
                if self.is_shared_by_rounds(start.function, body, each, seen) {
                    found.push(self.race(start, seen, None, times, seen.always && !seen.indirect));
                }
            }
        }
    }

    /// Whether the loop may start the next goroutine before anything is waited for.
    fn comes_back(
        &self,
        start: &Start,
        body: &Body,
        from: (crate::ir::BlockId, usize),
        each: LoopId,
    ) -> bool {
        let header = body.loops[each.index()].header;
        let mut again = false;
        behind(body, from, Some(each), |block, point| {
            again |= block == header;
            !self.may_join(start, body, point)
        });
        again
    }

    fn may_join(&self, start: &Start, body: &Body, point: Point<'_>) -> bool {
        let topology = self.topology;
        if topology.joins(start.function, body, point, body.call(start.call), &start.runs) {
            return true;
        }
        match point {
            Point::Instr(&Instr::Channel { op: ChannelOp::Receive, channel, .. }) => {
                let ranged =
                    |each: &crate::ir::Loop| each.kind == LoopKind::Channel && each.over == Some(channel);
                let used = body.blocks.iter().flat_map(|block| &block.instrs).any(|instr| {
                    matches!(*instr, Instr::Assign { value, .. } if body.value(value) == Value::Received(channel))
                });
                !used && !body.loops.iter().any(ranged)
            }
            Point::Instr(Instr::Channel { .. }) => topology.takes_place(start.function, body, point),
            Point::End(Terminator::Select { has_default: false, .. }) => true,
            Point::Instr(Instr::Call(call)) => {
                let call = body.call(*call);
                call.mode == Mode::Plain && accesses::may_wait(topology, call, 2)
            }
            _ => false,
        }
    }

    /// `if first { first = false; go ... }`: the condition around the start changes in the loop.
    fn chosen_once(&self, function: FuncId, body: &Body, call: &Call, each: LoopId) -> bool {
        let inside = |block: &&crate::ir::Block| is_within(body, block.in_loop, each);
        body.blocks.iter().filter(inside).any(|block| {
            let Terminator::If { cond, .. } = block.end else { return false };
            let asked = match cond {
                crate::ir::Cond::IsTrue(value, _) | crate::ir::Cond::IsNil(value, _) => value,
                crate::ir::Cond::Compare(_, value, ..) => value,
                crate::ir::Cond::Other => return false,
            };
            let Value::Var(var) = body.value(asked) else { return false };
            let outside =
                self.topology.calls.program.function(var.function).vars.get(var.index as usize).is_some_and(
                    |declared| var.function != function || !is_within(body, declared.in_loop, each),
                );
            let changes = body.blocks.iter().filter(inside).flat_map(|block| &block.instrs).any(|instr| {
                matches!(*instr, Instr::Assign { target, span, .. }
                    if body.value(target) == Value::Var(var) && span.start < call.span.end)
            });
            outside && changes
        })
    }

    /// Whether all rounds of the loop mean the same thing by a location.
    fn is_shared_by_rounds(&self, id: FuncId, body: &Body, each: LoopId, seen: &Seen) -> bool {
        let Base::Var(var) = seen.location.base else { return true };
        if var.function != id {
            return true;
        }
        let Some(declared) = self.topology.calls.program.function(id).vars.get(var.index as usize) else {
            return false;
        };
        if is_within(body, declared.in_loop, each) {
            return false;
        }
        let changed = || {
            let inside = body.blocks.iter().filter(|block| is_within(body, block.in_loop, each));
            inside.flat_map(|block| &block.instrs).any(|instr| {
                matches!(*instr, Instr::Assign { target, .. } if body.value(target) == Value::Var(var))
            })
        };
        let plain = seen.location.fields.is_empty() && !seen.location.elements && !seen.indirect;
        plain || !changed()
    }

    /// Two starts of one function, the second of which is reached while the goroutines of the first may run.
    fn with_each_other(
        &self,
        body: &Body,
        (first, ours): (&Start, &[Seen]),
        (second, theirs): (&Start, &[Seen]),
        found: &mut Vec<Race>,
    ) {
        let Some(from) = position(body, first.call) else { return };
        let mut meets = false;
        let header = self.header_of_round(body, first);
        // What the program does in the meantime may well take longer than the delay.
        let delayed = self.topology.calls.is(body.call(first.call), Is::Delay);
        behind(body, from, None, |block, point| {
            if delayed && self.may_order(body, point) {
                return false;
            }
            meets |= matches!(point, Point::Instr(&Instr::Call(call)) if call == second.call);
            Some(block) != header && !self.may_join(first, body, point)
        });
        if !meets {
            return;
        }
        for a in ours.iter().filter(|seen| seen.is_free()) {
            for b in theirs.iter().filter(|seen| seen.is_free() && seen.location == a.location) {
                let (write, other, start) = match (a.access.write, b.access.write) {
                    (true, _) => (a, b, first),
                    (_, true) => (b, a, second),
                    _ => continue,
                };
                if self.is_private_to_round(&a.location) {
                    continue;
                }
                let certain = a.always && b.always && !a.indirect && !b.indirect;
                if write.access.at == other.access.at {
                    // Both run the same function: what they are told may choose one of them.
                    found.push(self.race(start, write, None, TWO, certain));
                } else {
                    found.push(self.race(start, write, Some(other.access), ONE, certain));
                }
            }
        }
    }

    /// Pointers of variables that are assigned more than once may point to different things.
    fn is_private_to_round(&self, location: &Location) -> bool {
        let Base::Var(var) = location.base else { return false };
        (!location.fields.is_empty() || location.elements) && self.topology.values.assigned(var).len() > 1
    }

    fn header_of_round(&self, body: &Body, start: &Start) -> Option<crate::ir::BlockId> {
        let around = body.block(body.call(start.call).block).in_loop?;
        Some(body.loops[around.index()].header)
    }

    /// The starter goes on with the variable before it waits for anything.
    fn with_starter(&self, id: FuncId, body: &Body, start: &Start, seen: &[Seen], found: &mut Vec<Race>) {
        let Some(from) = position(body, start.call) else { return };
        if !self.starts_at_once(body.call(start.call)) {
            return;
        }
        let header = self.header_of_round(body, start);
        let file = self.topology.calls.program.function(id).file;
        behind(body, from, None, |block, point| {
            if Some(block) == header || self.may_order(body, point) {
                return false;
            }
            let (what, span, write) = match point {
                Point::Instr(&Instr::Assign { target, span, .. }) => (target, span, true),
                Point::Instr(&Instr::Read { what, span }) => (what, span, false),
                _ => return true,
            };
            let Some(location) = accesses::location(body, what) else { return true };
            if !write && gives_address(body, what, span) {
                return true;
            }
            let access =
                Access { at: Step { function: id, place: Place { file, span } }, write, read_locked: None };
            for seen in seen.iter().filter(|seen| seen.is_free() && !seen.waited && seen.location == location)
            {
                if location.fields.is_empty() && !location.elements && seen.access.write {
                    found.push(self.race(start, seen, Some(access), ONE, seen.always));
                }
            }
            true
        });
    }

    /// `go`, or a call that is nothing but that: others may start the goroutine later, or run the function themselves.
    fn starts_at_once(&self, call: &Call) -> bool {
        call.mode == Mode::Go || self.topology.calls.is(call, Is::Start)
    }

    /// Whether a step of the starter may put it behind something that the goroutine did.
    fn may_order(&self, body: &Body, point: Point<'_>) -> bool {
        match point {
            Point::Instr(Instr::Channel { .. }) | Point::End(Terminator::Select { .. }) => true,
            Point::Instr(Instr::Call(call)) => {
                let call = body.call(*call);
                call.mode == Mode::Plain && !accesses::is_harmless(self.topology, call)
            }
            _ => false,
        }
    }

    /// A handler, which runs on as many goroutines as there are requests.
    fn handler(&self, id: FuncId, registered: Option<Step>, found: &mut Vec<Race>) {
        let program = self.topology.calls.program;
        let function = program.function(id);
        if !program.is_first_party(id) || program.file(function.file).is_test {
            return;
        }
        let times = self.topology.executions(id, false, 1, &mut Vec::new());
        let here = Step { function: id, place: Place { file: function.file, span: function.name_span } };
        let start = registered.unwrap_or(here);
        if program.file(start.place.file).is_test {
            return;
        }
        for mut seen in Collector::of_handler(self.topology, id) {
            // What a request asks for, the next one may ask for as well.
            seen.selected = false;
            let own = |var: VarRef| var.function == id;
            let shared = match seen.location.base {
                Base::Global(_) => true,
                Base::Var(var) if own(var) => function.has_receiver && var.index == 0 && seen.indirect,
                Base::Var(_) => registered.is_some() && self.outlives(id),
            };
            if shared && seen.access.write && seen.is_free() {
                let certain = matches!(seen.location.base, Base::Global(_)) && seen.always && !seen.indirect;
                let mut race = self.new_race(start, &seen, None, times, certain);
                // An object that nobody registered may be made for each request.
                if registered.is_none() && matches!(seen.location.base, Base::Var(_)) {
                    race.certainty = Certainty::Possible;
                }
                found.push(race);
            }
        }
    }

    /// A handler made in a function that itself handles one request belongs to that request.
    fn outlives(&self, id: FuncId) -> bool {
        let outer = self.topology.calls.program.function(id).outer;
        outer
            .is_none_or(|outer| self.topology.executions(outer, true, 4, &mut Vec::new()).count == Count::One)
    }

    fn race(&self, start: &Start, seen: &Seen, other: Option<Access>, times: Times, certain: bool) -> Race {
        let body = self.topology.calls.body(start.function);
        let at = body.map(|body| self.topology.step(start.function, body.call(start.call)));
        self.new_race(at.unwrap_or(seen.access.at), seen, other, times, certain)
    }

    fn new_race(&self, start: Step, seen: &Seen, other: Option<Access>, times: Times, certain: bool) -> Race {
        let certainty = match certain {
            true => Certainty::Certain,
            false if seen.selected || (seen.indirect && !seen.always) => Certainty::Possible,
            false => Certainty::Likely,
        };
        let (name, map) = (self.name(&seen.location), seen.location.elements);
        Race { name, map, write: seen.access, other, start, times, certainty }
    }

    fn name(&self, location: &Location) -> String {
        let program = self.topology.calls.program;
        let base = match location.base {
            Base::Var(var) => program.function(var.function).vars[var.index as usize].name,
            Base::Global(id) => program.globals[id.index()].name,
        };
        let mut name = base.to_string();
        for field in &location.fields {
            name.push('.');
            name.push_str(field.as_str());
        }
        name
    }
}

/// The address of a variable is given to a call: that is not reading it.
fn gives_address(body: &Body, what: ValueId, span: Span) -> bool {
    let is_address =
        |&arg: &ValueId| matches!(body.value(arg), Value::Addr(of) if body.value(of) == body.value(what));
    body.calls.iter().any(|call| call.span.contains(span) && call.args.iter().any(is_address))
}

const ONE: Times = Times { count: Count::One, because: None, calls: 0 };
const TWO: Times = Times { count: Count::Number(2), because: None, calls: 0 };

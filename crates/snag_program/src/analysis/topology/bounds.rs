//! What bounds goroutines: who waits for them, and which places they must take first.

use rustc_hash::FxHashSet;
use snag_syntax::sym;
use snag_threads::Is;

use super::{Key, Start, Topology};
use crate::analysis::flow::{Point, behind, is_within, position};
use crate::ir::{
    Body, Call, Callee, ChannelOp, FuncId, Instr, LoopKind, Mode, Terminator, Value, ValueId, VarRef,
};

/// How deep a function that waits, or takes a place, may hide in wrappers.
const WRAPPERS: u32 = 2;

impl Topology<'_, '_> {
    /// Whether somebody waits here for the goroutines of a start.
    pub(crate) fn joins(
        &self,
        id: FuncId,
        body: &Body,
        point: Point<'_>,
        start: &Call,
        runs: &[FuncId],
    ) -> bool {
        match point {
            Point::Instr(Instr::Call(call)) => {
                let call = body.call(*call);
                call.mode == Mode::Plain && self.waits(call, WRAPPERS)
            }
            Point::Instr(&Instr::Channel { op: ChannelOp::Receive, channel, .. }) => {
                self.signals(id, channel, start, runs)
            }
            Point::End(Terminator::Select { comms, has_default: false, .. }) => comms
                .iter()
                .flatten()
                .any(|&(op, channel)| op == ChannelOp::Receive && self.signals(id, channel, start, runs)),
            _ => false,
        }
    }

    /// `WaitGroup.Wait` and the like, also inside a function of the program.
    pub(crate) fn waits(&self, call: &Call, depth: u32) -> bool {
        if self.calls.rows(call).blocking.is_some() || self.calls.is(call, Is::Join) {
            return self.calls.is(call, Is::Join);
        }
        depth > 0
            && self.bodies(call).any(|(_, body)| {
                body.calls.iter().any(|call| call.mode != Mode::Go && self.waits(call, depth - 1))
            })
    }

    /// Whether a start's goroutines send on, or close, this channel of the starter.
    fn signals(&self, id: FuncId, channel: ValueId, start: &Call, runs: &[FuncId]) -> bool {
        let Some(key) = self.key(id, channel) else { return false };
        let passed = start.args.iter().any(|&arg| self.key(id, arg) == Some(key));
        passed || runs.iter().any(|&target| self.sends(target, key, WRAPPERS))
    }

    fn sends(&self, id: FuncId, key: Key, depth: u32) -> bool {
        let Some(body) = self.calls.body(id) else { return false };
        let is_it = |value: ValueId| self.key(id, value) == Some(key);
        let sends = body.blocks.iter().any(|block| {
            let plain = block.instrs.iter().any(|instr| {
                matches!(*instr, Instr::Channel { op: ChannelOp::Send, channel, .. } if is_it(channel))
            });
            let selected = match &block.end {
                Terminator::Select { comms, .. } => {
                    comms.iter().flatten().any(|&(op, channel)| op == ChannelOp::Send && is_it(channel))
                }
                _ => false,
            };
            plain || selected
        });
        let closes = body.calls.iter().any(|call| {
            let given = call.args.iter().any(|&arg| is_it(arg));
            given && !matches!(call.callee, Callee::Builtin(name) if name != sym::Close)
        });
        sends
            || closes
            || self.calls.literals(id).iter().any(|&literal| self.sends(literal, key, depth))
            || (depth > 0
                && body.calls.iter().any(|call| match call.callee {
                    Callee::Function(target) if !self.calls.is_standard(target) => {
                        self.sends(target, key, depth - 1)
                    }
                    _ => false,
                }))
    }

    /// What a value is known as in other functions.
    pub(crate) fn key(&self, id: FuncId, value: ValueId) -> Option<Key> {
        let body = self.calls.body(id)?;
        match body.value(value) {
            Value::Var(var) => Some(Key::Var(var)),
            Value::Global(global) => Some(Key::Global(global)),
            Value::Field(_, owner, name) => Some(Key::Field(owner, name)),
            Value::Addr(inner) | Value::Elem(inner) | Value::MapElem(inner) => self.key(id, inner),
            _ => None,
        }
    }

    /// Whether no path leads from the start to the end of the function without waiting for the goroutine.
    pub(crate) fn waits_before_return(&self, start: &Start) -> bool {
        let Some(body) = self.calls.body(start.function) else { return false };
        let Some(from) = position(body, start.call) else { return false };
        if body.calls.iter().any(|call| call.mode == Mode::Defer && self.waits(call, WRAPPERS)) {
            return true;
        }
        let (mut returns, mut any) = (false, false);
        behind(body, from, None, |_, point| {
            let joins = self.joins(start.function, body, point, body.call(start.call), &start.runs);
            any |= joins;
            returns |= matches!(point, Point::End(Terminator::Return { .. }));
            !joins
        });
        any && !returns
    }

    /// Whether something before a start, in the same round, waits for a free place: a semaphore, a limit of the group.
    pub(crate) fn limited(&self, start: &Start) -> bool {
        let Some(body) = self.calls.body(start.function) else { return false };
        let call = body.call(start.call);
        if self.calls.rows(call).callback.is_some() && self.has_limit(start.function) {
            return true;
        }
        let within = body.block(call.block).in_loop;
        body.blocks.iter().any(|block| {
            let inside = within.is_none_or(|outer| is_within(body, block.in_loop, outer));
            let before = block.instrs.iter().any(|instr| {
                self.takes_place(start.function, body, Point::Instr(instr))
                    && starts_before(body, instr, call)
            });
            let selects = match &block.end {
                Terminator::Select { span, .. } => {
                    span.start < call.span.start
                        && self.takes_place(start.function, body, Point::End(&block.end))
                }
                _ => false,
            };
            inside && (before || selects)
        })
    }

    /// `errgroup.Group.SetLimit` somewhere around.
    fn has_limit(&self, id: FuncId) -> bool {
        let mut family = vec![self.calls.root(id)];
        let mut at = 0;
        while at < family.len() {
            family.extend(self.calls.literals(family[at]));
            at += 1;
        }
        let calls = family.iter().filter_map(|&id| self.calls.body(id)).flat_map(|body| &body.calls);
        calls.into_iter().any(|call| self.calls.is(call, Is::Limit))
    }

    /// Whether a step waits for a free place: a token is sent or received for its own sake, or a weight acquired.
    pub(crate) fn takes_place(&self, id: FuncId, body: &Body, point: Point<'_>) -> bool {
        match point {
            Point::Instr(&Instr::Channel { op, channel, .. }) => self.is_token(id, body, op, channel),
            Point::Instr(Instr::Call(call)) => {
                let call = body.call(*call);
                call.mode == Mode::Plain && (self.acquires(call, WRAPPERS) || self.sends_ours(id, call))
            }
            Point::End(Terminator::Select { comms, .. }) => {
                comms.iter().flatten().any(|&(op, channel)| self.is_token(id, body, op, channel))
            }
            _ => false,
        }
    }

    /// Sends of tokens are received again by the family; what is received as a token is used for nothing.
    fn is_token(&self, id: FuncId, body: &Body, op: ChannelOp, channel: ValueId) -> bool {
        let Some(key) = self.key(id, channel) else { return false };
        match op {
            ChannelOp::Send => {
                let root = self.calls.root(id);
                self.receives(root, key, WRAPPERS + 1) || matches!(key, Key::Field(..))
            }
            ChannelOp::Receive => {
                let used = |value: ValueId| body.value(value) == Value::Received(channel);
                let assigned = body
                    .blocks
                    .iter()
                    .flat_map(|block| &block.instrs)
                    .any(|instr| matches!(*instr, Instr::Assign { value, .. } if used(value)));
                let passed = body.calls.iter().any(|call| call.args.iter().any(|&arg| used(arg)));
                let ranged = body
                    .loops
                    .iter()
                    .any(|each| each.kind == LoopKind::Channel && each.over == Some(channel));
                !assigned && !passed && !ranged && self.sends(self.calls.root(id), key, 0)
            }
        }
    }

    /// A method of a channel, or a function that is given one, which sends a token on it: `limit.acquire()`.
    fn sends_ours(&self, id: FuncId, call: &Call) -> bool {
        self.bodies(call).any(|(target, body)| {
            let sends = self.channel_keys(target, body, ChannelOp::Send);
            let receives = self.channel_keys(target, body, ChannelOp::Receive);
            self.given(id, call, target).any(|(ours, theirs)| {
                sends.contains(&theirs)
                    && !receives.contains(&theirs)
                    && self.receives(self.calls.root(id), ours, WRAPPERS + 1)
            })
        })
    }

    /// What a call hands over: as it is known here, and in the function that is called.
    fn given(&self, id: FuncId, call: &Call, target: FuncId) -> impl Iterator<Item = (Key, Key)> {
        let function = self.calls.program.function(target);
        let receiver = call.receiver.filter(|_| function.has_receiver).map(|value| (0, value));
        let offset = u32::from(function.has_receiver);
        let args = call.args.iter().enumerate().map(move |(at, &value)| (at as u32 + offset, value));
        let named = receiver.into_iter().chain(args).filter(|&(index, _)| index < function.params);
        named.filter_map(move |(index, value)| {
            Some((self.key(id, value)?, Key::Var(VarRef { function: target, index })))
        })
    }

    fn receives(&self, id: FuncId, key: Key, depth: u32) -> bool {
        let Some(body) = self.calls.body(id) else { return false };
        let handed_on = |call: &Call| {
            self.calls.targets(call).into_iter().any(|target| {
                let mut given = self.given(id, call, target);
                given.any(|(ours, theirs)| ours == key && self.receives(target, theirs, depth - 1))
            })
        };
        let found = body.blocks.iter().flat_map(|block| &block.instrs).any(|instr| match *instr {
            Instr::Channel { op: ChannelOp::Receive, channel, .. } => self.key(id, channel) == Some(key),
            _ => false,
        });
        found
            || (depth > 0
                && (self.calls.literals(id).iter().any(|&at| self.receives(at, key, depth - 1))
                    || body.calls.iter().any(handed_on)))
    }

    /// `semaphore.Weighted.Acquire`, or a function of the program that returns with a token in its hand.
    pub(crate) fn acquires(&self, call: &Call, depth: u32) -> bool {
        if self.calls.rows(call).blocking.is_some() {
            return self.calls.is(call, Is::Place);
        }
        depth > 0
            && self.bodies(call).any(|(target, body)| {
                let sends: FxHashSet<Key> = self.channel_keys(target, body, ChannelOp::Send);
                let receives = self.channel_keys(target, body, ChannelOp::Receive);
                let outlives = |key: &Key| matches!(key, Key::Field(..) | Key::Global(_));
                sends.iter().any(|key| outlives(key) && !receives.contains(key))
                    || body
                        .calls
                        .iter()
                        .any(|call| call.mode == Mode::Plain && self.acquires(call, depth - 1))
            })
    }

    /// The function of the program that a call by name reaches, or through an interface with one implementer.
    fn bodies(&self, call: &Call) -> impl Iterator<Item = (FuncId, &Body)> {
        let known = match call.callee {
            Callee::Interface { interface: Some(interface), .. } => !self.calls.is_standard_type(interface),
            _ => true,
        };
        let targets = self.calls.targets(call);
        let only = targets
            .first()
            .copied()
            .filter(|&only| known && targets.len() == 1 && !self.calls.is_standard(only));
        only.into_iter().filter_map(|target| Some((target, self.calls.body(target)?)))
    }

    fn channel_keys(&self, id: FuncId, body: &Body, wanted: ChannelOp) -> FxHashSet<Key> {
        let mut found = FxHashSet::default();
        for block in &body.blocks {
            for instr in &block.instrs {
                if let Instr::Channel { op, channel, .. } = *instr
                    && op == wanted
                {
                    found.extend(self.key(id, channel));
                }
            }
            if let Terminator::Select { comms, .. } = &block.end {
                let these = comms.iter().flatten().filter(|comm| comm.0 == wanted);
                found.extend(these.filter_map(|comm| self.key(id, comm.1)));
            }
        }
        found
    }
}

fn starts_before(body: &Body, instr: &Instr, call: &Call) -> bool {
    let start = match *instr {
        Instr::Call(id) => body.call(id).span.start,
        Instr::Assign { span, .. } | Instr::Read { span, .. } | Instr::Channel { span, .. } => span.start,
    };
    start < call.span.start
}

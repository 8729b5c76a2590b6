//! Functions that are kept as values, or sent over a channel, and called by whoever finds them there.

use std::collections::BTreeMap;

use snag_syntax::Symbol;
use snag_threads::LockBehavior;

use super::*;
use crate::analysis::goroutines::started_by;
use crate::contracts::Contract;
use crate::ir::{GlobalId, TypeId};

/// A channel, as far as functions in different places can be seen to use the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Channel {
    Local(VarRef),
    Field(Option<TypeId>, Symbol),
    Global(GlobalId),
}

/// A function that receives functions and calls them.
struct Worker {
    function: FuncId,
    channels: Vec<Channel>,
}

impl Follower<'_, '_> {
    /// Functions that no goroutine was seen to call although somebody may.
    pub(super) fn kept(&self, followed: &FxHashSet<FuncId>) -> Vec<Entry> {
        let mut found: BTreeMap<FuncId, Vec<Channel>> = BTreeMap::new();
        for id in self.first_party().filter(|&id| self.calls.is_relevant(id)) {
            for (function, channel) in self.kept_by(id) {
                if !followed.contains(&function) && self.is_open(function) {
                    found.entry(function).or_default().extend(channel);
                }
            }
        }
        if found.is_empty() {
            return vec![];
        }
        let workers = self.workers();
        let started = self.started();
        let mut entries = Vec::new();
        for (function, channels) in found {
            let receives = |worker: &&Worker| worker.channels.iter().any(|one| channels.contains(one));
            let receivers: Vec<FuncId> =
                workers.iter().filter(receives).map(|worker| worker.function).collect();
            // Sending work to a pinned goroutine is how it is meant to be done.
            if receivers.iter().any(|&worker| self.locks(worker)) {
                continue;
            }
            let free = receivers.iter().any(|worker| started.contains(worker));
            let kind = if free { EntryKind::Received } else { EntryKind::Kept };
            entries.push(Entry { function, kind, pinned: false });
        }
        entries
    }

    fn first_party(&self) -> impl Iterator<Item = FuncId> + '_ {
        self.calls.functions().filter(|&id| self.program.is_first_party(id))
    }

    /// A function of the program that leaves the pin to nobody by contract.
    fn is_open(&self, id: FuncId) -> bool {
        self.calls.is_relevant(id)
            && self.program.is_first_party(id)
            && self.calls.body(id).is_some()
            && !self.calls.rows_of(id).any()
            && !self.program.native.exports.contains(&id)
            && !self.program.contracts.of(id).is_some_and(Contract::asks_for_pin)
    }

    /// The functions that a body keeps somewhere, and the channels it sends them over.
    fn kept_by(&self, id: FuncId) -> Vec<(FuncId, Option<Channel>)> {
        let Some(body) = self.calls.body(id) else { return vec![] };
        let function = |value: ValueId| match body.value(value) {
            Value::Func(function) | Value::Bound(_, function) => Some(function),
            _ => None,
        };
        let mut found: Vec<(FuncId, Option<Channel>)> = Vec::new();
        for instr in body.blocks.iter().flat_map(|block| &block.instrs) {
            if let Instr::Assign { target, value, .. } = *instr
                && !matches!(body.value(target), Value::Var(_))
            {
                found.extend(function(value).map(|function| (function, None)));
            }
        }
        let fields = body.literals.iter().flat_map(|literal| &literal.fields);
        found.extend(fields.filter_map(|&(_, value)| Some((function(value)?, None))));
        for &(channel, value) in &body.sent {
            let Some(function) = function(value) else { continue };
            let channels = self.channels(id, channel);
            found.push((function, None));
            found.extend(channels.into_iter().map(|channel| (function, Some(channel))));
        }
        found
    }

    fn channels(&self, id: FuncId, value: ValueId) -> Vec<Channel> {
        let Some(body) = self.calls.body(id) else { return vec![] };
        match body.value(value) {
            Value::Var(var) => {
                let mut found = vec![Channel::Local(var)];
                // What callers pass is the same channel under another name.
                for (at, passed) in self.values.passed(var) {
                    found.extend(self.named(at, passed));
                }
                found
            }
            _ => self.named(id, value).into_iter().collect(),
        }
    }

    fn named(&self, id: FuncId, value: ValueId) -> Option<Channel> {
        match self.calls.body(id)?.value(value) {
            Value::Var(var) => Some(Channel::Local(var)),
            Value::Field(_, ty, name) => Some(Channel::Field(ty, name)),
            Value::Global(global) => Some(Channel::Global(global)),
            _ => None,
        }
    }

    fn workers(&self) -> Vec<Worker> {
        let mut found = Vec::new();
        for id in self.first_party() {
            let Some(body) = self.calls.body(id) else { continue };
            let mut channels = Vec::new();
            for call in &body.calls {
                let Callee::Value(value) = call.callee else { continue };
                for (at, origin) in self.received(id, value) {
                    channels.extend(self.channels(at, origin));
                }
            }
            if !channels.is_empty() {
                found.push(Worker { function: id, channels });
            }
        }
        found
    }

    /// The channels that a function value was received from.
    fn received(&self, id: FuncId, value: ValueId) -> Vec<(FuncId, ValueId)> {
        let from = |at: FuncId, value: ValueId| match self.calls.body(at)?.value(value) {
            Value::Received(channel) => Some((at, channel)),
            _ => None,
        };
        match self.calls.body(id).map(|body| body.value(value)) {
            Some(Value::Var(var)) => {
                self.values.assigned(var).into_iter().filter_map(|(at, value)| from(at, value)).collect()
            }
            _ => from(id, value).into_iter().collect(),
        }
    }

    fn started(&self) -> FxHashSet<FuncId> {
        let mut found = FxHashSet::default();
        for id in self.first_party() {
            let Some(body) = self.calls.body(id) else { continue };
            for call in &body.calls {
                found.extend(started_by(self.calls, id, call));
            }
        }
        found
    }

    /// Whether the function takes a pin itself.
    fn locks(&self, id: FuncId) -> bool {
        let Some(body) = self.calls.body(id) else { return false };
        body.calls.iter().any(|call| {
            let api = self.calls.rows(call).api;
            api.is_some_and(|api| matches!(api.locks, LockBehavior::IsLock | LockBehavior::Leaks))
        })
    }
}

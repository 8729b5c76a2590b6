//! Where pins begin and end, and what they are good for.

use snag_threads::LockBehavior;

use super::*;
use crate::analysis::goroutines::{main_thread, started_by};
use crate::analysis::{Forgotten, NeedlessPin, Start};
use crate::ir::{Call, TypeId};
use crate::uses::Caller;

/// A pin for ever is taken once: so many methods that take one mean it for the call only.
const SAME_MISTAKE: usize = 3;

/// A return from a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) at: Step,
    pub(super) pin: Option<Step>,
    pub(super) clean: bool,
    pub(super) error: Option<Known>,
}

impl Follower<'_, '_> {
    /// What is done in a pin needs this.
    pub(super) fn note_needs(&mut self, thread: &Thread, needs: Needs) {
        if let Some(pin) = thread.pin {
            self.observed.pins.entry(pin).or_default().needs.add(needs);
        }
    }

    /// A goroutine ends, or somebody's call returns.
    pub(super) fn entry_ends(&mut self, entry: Entry, summary: &Summary) {
        let threads = || summary.outcomes.iter().map(|outcome| &outcome.thread);
        if entry.kind == EntryKind::Exported {
            // What the caller does with the pin is not known.
            threads()
                .filter(|thread| thread.depth > 0)
                .for_each(|thread| self.note_needs(thread, Needs::UNKNOWN));
            return;
        }
        let all = |thread: &Thread, wanted: &[Standing]| {
            !thread.touched && thread.marks.iter().all(|mark| wanted.contains(&mark.standing))
        };
        // Where one path leaves the thread changed, ending it is the purpose.
        let deliberate = threads().any(|thread| !all(thread, &[Standing::Restored, Standing::Failed]));
        if entry.kind == EntryKind::Go {
            self.changed_exit(entry.function, summary);
        }
        if entry.kind != EntryKind::Go || deliberate {
            return;
        }
        let clean = |thread: &&Thread| thread.depth > 0 && all(thread, &[Standing::Restored]);
        let Some(pin) = threads().filter(clean).find_map(|thread| thread.pin) else { return };
        let needs = self.observed.pins.get(&pin).map(|pin| pin.needs).unwrap_or_default();
        let certain = !needs.contains(Needs::UNKNOWN) && !needs.contains(Needs::C);
        let starts = self.starts(entry.function);
        let forgotten = self.forgotten(entry.function, pin);
        self.observed.exits.push(PinnedExit { function: entry.function, pin, starts, certain, forgotten });
    }

    /// A goroutine that ends pinned on a path that leaves the thread changed.
    fn changed_exit(&mut self, entry: FuncId, summary: &Summary) {
        let threads = summary.outcomes.iter().map(|outcome| &outcome.thread);
        let change = |thread: &Thread| {
            let mark = thread.standing().find(|mark| mark.standing == Standing::Changed && !mark.binds)?;
            Some((thread.pin?, *mark))
        };
        let Some((pin, mark)) = threads.filter(|thread| thread.depth > 0).find_map(change) else { return };
        if self.replaces_process(mark.at.function) {
            // What goes on as another program has no thread but this one.
            return;
        }
        let package = self.program.function(entry).package;
        let main_thread = main_thread(self.program, self.calls, package);
        let asks = [entry, pin.function, mark.at.function].iter().any(|&id| {
            let calls = self.calls.body(id).map(|body| &body.calls[..]).unwrap_or_default();
            calls.iter().any(|call| self.calls.is(call, Is::ThreadId))
        });
        let starts = self.starts(entry);
        let (change, states, certain) = (mark.at, mark.states, mark.certain);
        self.observed.changed_exits.push(ChangedExit {
            pin,
            change,
            states,
            certain,
            starts,
            main_thread,
            asks,
        });
    }

    /// A method that pins whoever calls it, judged by the other methods of its type.
    fn forgotten(&self, entry: FuncId, pin: Step) -> Option<Forgotten> {
        let method = self.calls.root(pin.function);
        let receiver = self.program.function(method).receiver?;
        // What is only ever started as a goroutine may keep its thread to the end.
        let own = method == self.calls.root(entry) && !self.is_called(method);
        if own || self.unpins(method).is_some() {
            return None;
        }
        let mut open = 0;
        for id in self.calls.functions().filter(|&id| self.calls.is_relevant(id)) {
            let pins = self.program.function(id).receiver == Some(receiver)
                && self.locking(id, LockBehavior::IsLock).is_some();
            match self.unpins(id).filter(|_| pins) {
                Some(unpin) => return Some(Forgotten::UnlikeOthers(unpin)),
                None => open += usize::from(pins),
            }
        }
        (open >= SAME_MISTAKE).then_some(Forgotten::EachTime(open))
    }

    /// Whether somebody calls the method on a goroutine that goes on afterwards.
    fn is_called(&self, method: FuncId) -> bool {
        let plain = |caller: &&Caller| self.calls.call(**caller).is_some_and(|call| call.mode == Mode::Plain);
        let name = self.program.function(method).name;
        let reached = |&(interface, _): &(TypeId, &[Caller])| {
            self.calls.implementers(interface, name).contains(&method)
        };
        self.calls.callers(method).iter().any(|caller| plain(&caller))
            || self
                .program
                .uses
                .interfaces(name)
                .filter(reached)
                .any(|(_, callers)| callers.iter().any(|caller| plain(&caller)))
    }

    fn unpins(&self, id: FuncId) -> Option<Step> {
        let inside = self.calls.literals(id).iter().copied();
        inside.chain([id]).find_map(|id| self.locking(id, LockBehavior::IsUnlock))
    }

    /// Whether the function pins.
    pub(super) fn takes_pin(&self, id: FuncId) -> bool {
        self.locking(id, LockBehavior::IsLock).is_some()
    }

    /// Whether another method of the function's type pins, and `taken_in` is none of its methods.
    pub(super) fn sibling_takes_pin(&self, id: FuncId, taken_in: FuncId) -> bool {
        let receiver_of = |id: FuncId| self.program.function(self.calls.root(id)).receiver;
        let Some(receiver) = receiver_of(id).filter(|_| receiver_of(id) != receiver_of(taken_in)) else {
            return false;
        };
        let methods = &self.program.type_info(receiver).methods;
        methods.iter().any(|&(_, method)| self.takes_pin(method))
    }

    fn locking(&self, id: FuncId, locks: LockBehavior) -> Option<Step> {
        let calls = &self.calls.body(id)?.calls;
        let is_it = |call: &Call| self.calls.rows(call).api.is_some_and(|api| api.locks == locks);
        Some(self.step(id, CallId(calls.iter().position(is_it)? as u32)))
    }

    /// Where goroutines are started with the function.
    fn starts(&self, function: FuncId) -> Vec<Start> {
        let mut found = Vec::new();
        for id in self.calls.functions().filter(|&id| self.calls.is_relevant(id)) {
            let Some(body) = self.calls.body(id) else { continue };
            for (at, call) in body.calls.iter().enumerate() {
                if started_by(self.calls, id, call).contains(&function) {
                    let in_loop = body.block(call.block).in_loop.is_some();
                    let many =
                        in_loop || self.calls.rows(call).callback.is_some_and(|callback| callback.many);
                    found.push(Start { at: self.step(id, CallId(at as u32)), many });
                }
            }
        }
        found
    }

    /// Pins that nothing needs.
    pub(super) fn needless_pins(&self) -> Vec<NeedlessPin> {
        let mut found = Vec::new();
        for (&at, pin) in &self.observed.pins {
            let root = self.calls.root(at.function);
            let cut = self.observed.cut.iter().any(|&cut| self.calls.root(cut) == root);
            let name = self.program.function(root).name;
            // What keeps main on the main thread keeps goroutines off it that end pinned.
            let keeps_others_off = name.as_str() == "main" && !self.observed.changed_exits.is_empty();
            if pin.needs != Needs::NOTHING || cut || keeps_others_off || name.as_str() == "init" {
                continue;
            }
            // Where not everything was followed, what might have been done in the pin counts as well.
            if !self.observed.too_large.is_empty() && self.needs.function(at.function) != Needs::NOTHING {
                continue;
            }
            let mut ends = pin.ends.clone();
            ends.sort();
            let removable = self.is_statement(at, LockBehavior::IsLock)
                && ends.iter().all(|&end| {
                    self.calls.root(end.function) == root && self.is_statement(end, LockBehavior::IsUnlock)
                });
            // An end that serves other pins as well must stay.
            let shared = self
                .observed
                .pins
                .iter()
                .any(|(&other, pin)| other != at && pin.ends.iter().any(|end| ends.contains(end)));
            found.push(NeedlessPin { pin: at, ends, process: pin.process, removable: removable && !shared });
        }
        found.sort_by_key(|needless| needless.pin);
        found
    }

    fn is_statement(&self, at: Step, locks: LockBehavior) -> bool {
        let Some(body) = self.calls.body(at.function) else { return false };
        let call = body.calls.iter().find(|call| call.span == at.place.span);
        call.is_some_and(|call| self.calls.rows(call).api.is_some_and(|api| api.locks == locks))
    }
}

impl Walk<'_, '_, '_> {
    pub(super) fn pin(&mut self, id: CallId, locks: LockBehavior, mut path: Path) -> Path {
        if path.thread.depth == 0 {
            let at = self.follower.step(self.function, id);
            let pin = self.follower.observed.pins.entry(at).or_default();
            // A pin of a library, or one on a thread that differs, has its reason.
            if locks != LockBehavior::IsLock || !path.thread.marks.is_empty() {
                pin.needs.add(Needs::THREAD);
            }
            path.thread.pin = Some(at);
        }
        path.thread.depth = (path.thread.depth + 1).min(DEEPEST_PIN);
        path
    }

    pub(super) fn unpinned_at(&mut self, at: Step, thread: &mut Thread) {
        let Some(pin) = thread.pin.take() else { return };
        self.follower.observed.pins.entry(pin).or_default().add_end(at);
    }

    /// What the call may need of the pinned thread.
    pub(super) fn need(&mut self, id: CallId, call: &Call, thread: &Thread) {
        let Some(pin) = thread.pin else { return };
        let known = self.follower.observed.pins.get(&pin).map(|pin| pin.needs).unwrap_or_default();
        if known.contains(Needs::UNKNOWN) && known.contains(Needs::THREAD) {
            return;
        }
        // What callers pass is known, but not followed from here.
        let mut passed = false;
        let resolved = match call.callee {
            Callee::Value(value) => match self.resolve(value) {
                known if known.is_empty() => {
                    passed = true;
                    self.follower.values.callees(self.function, call)
                }
                known => known,
            },
            _ => vec![],
        };
        let (mut needs, next) = self.follower.needs.call(self.function, call, &resolved);
        for target in next {
            if passed || !self.follower.calls.is_relevant(target) {
                needs.add(self.follower.needs.function(target));
            }
        }
        let process = self
            .follower
            .calls
            .rows(call)
            .api
            .is_some_and(|api| api.requires == snag_threads::Requires::ProcessRace);
        let at = self.follower.step(self.function, id);
        let seen = self.follower.observed.pins.entry(pin).or_default();
        seen.needs.add(needs);
        if process {
            seen.add_process(at);
        }
    }

    /// Where a deferred literal ends its test: what else was deferred runs all the same.
    pub(super) fn gives_up(&self, block: &Block) -> Option<Span> {
        let calls = self.follower.calls;
        let outer = calls.body(self.follower.program.function(self.function).outer?)?;
        let (Some(&Instr::Call(last)), Terminator::Dead) = (block.instrs.last(), &block.end) else {
            return None;
        };
        let is_this = |call: &Call| match call.callee {
            Callee::Function(callee) => callee == self.function,
            Callee::Value(value) => outer.value(value) == Value::Func(self.function),
            _ => false,
        };
        let is_deferred = outer.calls.iter().any(|call| call.mode == Mode::Defer && is_this(call));
        let last = calls.body(self.function)?.call(last);
        (is_deferred && calls.is(last, Is::TestFailure)).then_some(last.span)
    }

    pub(super) fn end(&mut self, at: Span, thread: &Thread, error: Option<Known>) {
        let file = self.follower.program.function(self.function).file;
        let at = Step { function: self.function, place: Place { file, span: at } };
        // What only ties something to the thread hurts nobody: the thread may be used again.
        let clean =
            |mark: &Mark| mark.binds || matches!(mark.standing, Standing::Failed | Standing::Restored);
        let clean = !thread.touched && thread.marks.iter().all(clean);
        self.ends.push(End { at, pin: thread.pin.filter(|_| thread.depth > 0), clean, error });
    }

    /// Unpins on one path, returns pinned on another.
    pub(super) fn compare_ends(&mut self) {
        if self.context.thread.depth > 0 {
            return;
        }
        let Some(forgot) = self
            .ends
            .iter()
            .find(|end| end.clean && end.pin.is_some_and(|pin| pin.function == self.function))
        else {
            return;
        };
        let forgot = *forgot;
        let Some(pin) = forgot.pin else { return };
        let unpin = self.follower.observed.pins.get(&pin).and_then(|pin| pin.ends.first().copied());
        let Some(unpin) = unpin.filter(|unpin| {
            self.follower.calls.root(unpin.function) == self.follower.calls.root(self.function)
        }) else {
            return;
        };
        // Pinned on success is what the caller asked for; pinned with a changed thread is right.
        let info = self.follower.program.function(self.function);
        let failed = |end: &End| info.results == 0 || info.returns_error && end.error == Some(Known::NotNil);
        if self.ends.iter().any(|end| end.pin.is_some() && !(end.clean && failed(end))) {
            return;
        }
        let leak = PinLeak { pin, exit: forgot.at, unpin, ends_goroutine: false };
        self.follower.observed.add_leak(leak);
    }
}

//! Changes of threads that a history shows, and who met them.

use std::collections::BTreeMap;

use snag_threads::history::{
    Birth, Call, CallId, Class, GoroutineId, History, Nanos, Own, Pinned, ProcessId, Sighting, Thread,
    ThreadId,
};
use snag_threads::snapshot::Frame;
use snag_threads::state::sets;
use snag_threads::{Harm, StateId};

use crate::Confidence;
use crate::history::{HistoryFinding, MAIN, Witness, origin};
use crate::later::Later;
use crate::sites;

/// More of a kind are not listed one by one.
const LISTED: usize = 3;

/// A place that changed threads, with all that followed from it.
#[derive(Debug)]
pub(crate) struct Spread<'h> {
    history: &'h History,
    /// Where, in the program's own code if possible.
    pub(crate) site: Option<&'h Frame>,
    /// What was changed, what it is about first.
    pub(crate) states: Vec<StateId>,
    /// Whether the goroutines were pinned when they made the change.
    pub(crate) pinned: bool,
    calls: Vec<CallId>,
    /// The first time that each other goroutine was seen in it.
    met: BTreeMap<GoroutineId, &'h Sighting>,
    /// The first time that a changed thread was seen which any goroutine might get.
    loose: Option<&'h Sighting>,
    /// A call of one of the goroutines that was about the same, and made on another thread.
    elsewhere: Option<&'h Call>,
    born: Vec<ThreadId>,
    children: Vec<ProcessId>,
}

/// The changes of the wanted kinds of state that the program made, by place, in order of time.
pub(crate) fn changes(history: &History, wanted: impl Fn(StateId) -> bool) -> Vec<Spread<'_>> {
    let later = Later::new(history);
    let mut found: Vec<Spread<'_>> = Vec::new();
    for (id, call) in (0..).map(CallId).zip(&history.calls) {
        let states: Vec<StateId> = left_by(history, id, call).filter(|state| wanted(*state)).collect();
        if states.is_empty() || is_taken_back_in_c(&later, id, call, &states) {
            continue;
        }
        let site = call_site(history, call);
        let pinned = call.pinned.holds();
        let same =
            |known: &&mut Spread<'_>| (known.site, &known.states, known.pinned) == (site, &states, pinned);
        match found.iter_mut().find(same) {
            Some(known) => known.calls.push(id),
            None => found.push(Spread::new(history, site, states, pinned, id)),
        }
    }
    found.iter_mut().for_each(|spread| spread.follow(&later));
    found
}

/// The kinds of state that a call of the program left changed on its thread, as far as others there are hurt by it.
fn left_by<'h>(history: &'h History, id: CallId, call: &'h Call) -> impl Iterator<Item = StateId> + 'h {
    let program = call.class == Class::User && call.result >= 0;
    let threads = &history.threads;
    let known = threads.get(call.thread.0 as usize).is_some();
    call.own
        .iter()
        .filter(move |own| program && known && own.by == Some(id))
        .map(|own| own.state)
        .filter(|state| state.info().harm == Harm::Bystanders)
}

/// C often changes its thread for a moment: no goroutine moves before C returns. What puts it back was called from
/// the very same place in Go.
fn is_taken_back_in_c(later: &Later<'_>, id: CallId, call: &Call, states: &[StateId]) -> bool {
    let next =
        || later.on(call.thread, id).find(|next| next.about.iter().any(|state| states.contains(state)));
    call.in_c
        && call.stack.is_some()
        && next().is_some_and(|next| {
            next.in_c
                && (next.goroutine, next.stack) == (call.goroutine, call.stack)
                && !next.own.iter().any(|own| states.contains(&own.state))
        })
}

/// Where the program's own code made a call.
pub(crate) fn call_site<'h>(history: &'h History, call: &Call) -> Option<&'h Frame> {
    let stack: Vec<&Frame> = history.stack(call.stack?).collect();
    sites::site(&stack, module_at(history, call.thread, call.at))
}

/// The main module of the program that a thread ran at a time.
pub(crate) fn module_at(history: &History, thread: ThreadId, at: Nanos) -> Option<&str> {
    module_in(history, history.thread(thread)?.process, at)
}

/// The main module of the program that a process ran at a time.
pub(crate) fn module_in(history: &History, process: ProcessId, at: Nanos) -> Option<&str> {
    let process = history.process(process)?;
    process.programs.iter().rev().find(|program| program.at <= at)?.module.as_deref()
}

impl<'h> Spread<'h> {
    fn new(
        history: &'h History,
        site: Option<&'h Frame>,
        states: Vec<StateId>,
        pinned: bool,
        call: CallId,
    ) -> Spread<'h> {
        let (met, born, children) = Default::default();
        Spread {
            history,
            site,
            states,
            pinned,
            calls: vec![call],
            met,
            loose: None,
            elsewhere: None,
            born,
            children,
        }
    }

    fn calls(&self) -> impl Iterator<Item = &'h Call> + '_ {
        self.calls.iter().filter_map(|&id| self.history.call(id))
    }

    fn made_here(&self, own: &[Own]) -> Option<&'h Call> {
        let own = own.iter().find(|own| {
            self.states.contains(&own.state) && own.by.is_some_and(|by| self.calls.binary_search(&by).is_ok())
        })?;
        self.history.call(own.by?)
    }

    fn follow(&mut self, later: &Later<'h>) {
        for sighting in &self.history.sightings {
            let Some(call) = self.made_here(&sighting.own) else { continue };
            // Whoever is pinned to a thread has it for himself.
            if !sighting.pinned.holds() {
                self.loose.get_or_insert(sighting);
                if let Some(goroutine) = sighting.goroutine.filter(|_| sighting.goroutine != call.goroutine) {
                    self.met.entry(goroutine).or_insert(sighting);
                }
            }
        }
        let history = self.history;
        let born = (0..).map(ThreadId).zip(&history.threads);
        // The first thread of a child is told of as a child.
        let in_process = |thread: &Thread| {
            let call = self.made_here(&thread.inherited);
            call.and_then(|call| history.thread(call.thread)).is_some_and(|by| by.process == thread.process)
        };
        self.born = born.filter(|(_, thread)| in_process(thread)).map(|(id, _)| id).collect();
        let children = (0..).map(ProcessId).zip(&history.processes);
        let inherits = |process: &snag_threads::history::Process| {
            let call = self.made_here(&process.inherited);
            call.is_some_and(|call| process.forked_by != call.goroutine)
        };
        self.children = children.filter(|(_, process)| inherits(process)).map(|(id, _)| id).collect();
        self.elsewhere = self.calls.iter().find_map(|&id| self.next_elsewhere(id, later));
    }

    /// What the goroutine did next about the same state, if it was on another thread by then.
    fn next_elsewhere(&self, id: CallId, later: &Later<'h>) -> Option<&'h Call> {
        let call = self.history.call(id).filter(|_| !self.pinned)?;
        let mut others = later.by(call.goroutine?, id);
        let next = others.find(|next| next.about.iter().any(|state| self.states.contains(state)))?;
        (next.thread != call.thread).then_some(next)
    }

    /// Whether somebody else was seen in it, or the goroutine itself was not.
    pub(crate) fn has_hurt(&self) -> bool {
        !self.met.is_empty() || self.elsewhere.is_some() || !self.children.is_empty()
    }

    /// Whether the goroutine of `main` gave up for good what it meant to take from the program.
    pub(crate) fn confines_program(&self) -> bool {
        let by_main = |call: &Call| {
            let goroutine = call.goroutine.and_then(|id| self.history.goroutine(id));
            goroutine.is_some_and(|goroutine| goroutine.id == MAIN)
        };
        self.states.iter().any(|&state| sets::CONFINING.contains(state)) && self.calls().all(by_main)
    }

    /// How many threads the process got afterwards that do not have it.
    pub(crate) fn born_without(&self) -> usize {
        let Some(call) = self.calls().next() else { return 0 };
        let process = self.history.thread(call.thread).map(|thread| thread.process);
        let later = self.history.threads.iter().filter(|thread| {
            Some(thread.process) == process && thread.born > call.at && thread.birth != Birth::Main
        });
        later.filter(|thread| self.made_here(&thread.inherited).is_none()).count()
    }

    /// Whether any goroutine might have got a changed thread.
    pub(crate) fn is_loose(&self) -> bool {
        self.loose.is_some()
    }

    pub(crate) fn met(&self) -> usize {
        self.met.len()
    }

    pub(crate) fn children(&self) -> usize {
        self.children.len()
    }

    /// The goroutine went on on another thread.
    pub(crate) fn moved(&self) -> bool {
        self.elsewhere.is_some()
    }

    /// What it is about, in a sentence.
    pub(crate) fn subject(&self) -> &'static str {
        self.states.first().map_or("state", |state| state.info().name)
    }

    /// A process that goes on as another program soon has no use for its other threads.
    pub(crate) fn confidence(&self) -> Confidence {
        let replaced = |call: &Call| {
            let thread = self.history.thread(call.thread);
            let process = thread.and_then(|thread| self.history.process(thread.process));
            process.is_some_and(|process| process.programs.iter().any(|program| program.at > call.at))
        };
        match self.has_hurt() {
            true => Confidence::Certain,
            false if self.calls().all(replaced) => Confidence::Possible,
            false => Confidence::Likely,
        }
    }

    /// Says what was changed, who met it, and each time it happened.
    pub(crate) fn tell(&self, finding: &mut HistoryFinding) {
        if let Some(call) = self.calls().next() {
            self.tell_change(call, finding);
        }
        self.tell_met(finding);
        if let Some(next) = self.elsewhere {
            let site = call_site(self.history, next);
            finding.saw(
                format!(
                    "the same goroutine made `{}` on another thread, {}",
                    next.text,
                    self.tid(next.thread)
                ),
                site,
            );
        }
        for &id in self.born.iter().take(1) {
            let n = self.born.len();
            let word = if n == 1 { "thread was" } else { "threads were" };
            finding.saw(
                format!("{n} {word} made from it and began with the same, such as {}", self.tid(id)),
                None,
            );
        }
        for process in self.children.iter().take(LISTED).filter_map(|&id| self.history.process(id)) {
            let program = process.programs.last().map_or("a program", |program| &program.executable);
            finding
                .saw(format!("another goroutine started {program} from it (process {})", process.pid), None);
        }
        finding.witnesses = self
            .calls
            .iter()
            .filter_map(|&id| {
                let call = self.history.call(id)?;
                let (thread, goroutine) = (call.thread, call.goroutine);
                Some(Witness { at: call.at, thread, goroutine, call: Some(id), stack: call.stack })
            })
            .collect();
    }

    fn tell_change(&self, call: &Call, finding: &mut HistoryFinding) {
        let who = self.who(call.goroutine);
        let pin = match call.pinned {
            Pinned { depth: 0, internal: 0 } => "not pinned",
            _ => "pinned",
        };
        finding.saw(format!("{who}, {pin}, made `{}` on {}", call.text, self.tid(call.thread)), self.site);
        for change in call.changes.iter().filter(|change| self.states.contains(&change.state)) {
            if let (Some(before), Some(after)) = (&change.before, &change.after) {
                finding
                    .saw(format!("the {} was {before} and is {after} since", change.state.info().name), None);
            }
        }
        let start = call.goroutine.and_then(|id| origin(self.history, self.history.goroutine(id)?));
        if start.is_some() {
            finding.saw(format!("{who} was started here"), start);
        }
    }

    fn tell_met(&self, finding: &mut HistoryFinding) {
        for (&id, sighting) in self.met.iter().take(LISTED) {
            let start = self.history.goroutine(id).and_then(|goroutine| origin(self.history, goroutine));
            let started = if start.is_some() { "; it was started here" } else { "" };
            let text = format!("{} ran on {} in it{started}", self.who(Some(id)), self.tid(sighting.thread));
            finding.saw(text, start);
        }
        if self.met.len() > LISTED {
            finding.saw(format!("and so did {} other goroutines", self.met.len() - LISTED), None);
        }
        if let (true, Some(loose)) = (self.met.is_empty() && self.pinned, self.loose) {
            finding.saw(format!("{} was left to any goroutine like this", self.tid(loose.thread)), None);
        }
    }

    fn who(&self, id: Option<GoroutineId>) -> String {
        let goroutine = id.and_then(|id| self.history.goroutine(id));
        match goroutine.map(|goroutine| goroutine.id) {
            None => "a goroutine".to_owned(),
            Some(MAIN) => format!("goroutine {MAIN} (main)"),
            Some(id) => format!("goroutine {id}"),
        }
    }

    fn tid(&self, id: ThreadId) -> String {
        self.history.thread(id).map_or("a thread".to_owned(), |thread| format!("thread {}", thread.tid))
    }
}

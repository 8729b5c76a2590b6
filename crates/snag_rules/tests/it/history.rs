//! What rules say about histories, from made-up ones: the tests of `snag run` have real ones.

use snag_rules::Confidence;
use snag_rules::history::{HistoryFinding, look};
use snag_threads::history::{
    Birth, Call, CallId, Change, Class, Crowd, Death, DeathReason, DeathSignal, Exit, Goroutine, GoroutineId,
    Held, HeldBy, History, Nanos, Own, Pinned, Process, ProcessId, Program, Sighting, Thread, ThreadId,
};
use snag_threads::snapshot::{Frame, FrameId, StackId};
use snag_threads::state::{self, StateId};

const PINNED: Pinned = Pinned { depth: 1, internal: 0 };
const LOOSE: Pinned = Pinned { depth: 0, internal: 0 };
const WORKER: GoroutineId = GoroutineId(0);
const OTHER: GoroutineId = GoroutineId(1);

/// A program of module `example.com/m` with two goroutines and two threads.
struct Story {
    history: History,
    now: Nanos,
}

impl Story {
    fn new() -> Story {
        let mut history = History::default();
        let module = Some("example.com/m".to_owned());
        let program = Program { at: 0, executable: "/bin/m".to_owned(), go_version: None, module };
        history.processes.push(process(1, None, vec![program]));
        let mut story = Story { history, now: 1_000_000 };
        for id in [18, 21] {
            let (created, start) =
                (story.frame("example.com/m/net.Start", 10), story.frame("example.com/m/net.run", 20));
            story.history.goroutines.push(Goroutine {
                process: ProcessId(0),
                id,
                parent: None,
                created: Some(created),
                start: Some(start),
            });
        }
        story.thread(Birth::Main);
        story.thread(Birth::Scheduler);
        story
    }

    fn frame(&mut self, function: &str, line: u32) -> FrameId {
        let file = if function.starts_with("syscall.") { "/go/src/syscall/asm.s" } else { "/m/net/net.go" };
        self.history.frames.push(Frame { function: function.into(), file: file.into(), line });
        FrameId(self.history.frames.len() as u32 - 1)
    }

    /// A call at this line, through the standard library and another module.
    fn stack(&mut self, line: u32) -> StackId {
        let frames = [
            self.frame("syscall.RawSyscall", 1),
            self.frame("github.com/vishvananda/netns.Set", 2),
            self.frame("example.com/m/net.enter", line),
            self.frame("example.com/m/net.run", 22),
        ];
        self.history.stacks.push(Box::new(frames));
        StackId(self.history.stacks.len() as u32 - 1)
    }

    fn thread(&mut self, birth: Birth) -> ThreadId {
        let tid = 100 + self.history.threads.len() as i32;
        self.history.threads.push(Thread {
            process: ProcessId(0),
            tid,
            born: self.now,
            parent: None,
            birth,
            stack: None,
            inherited: vec![],
            death: None,
        });
        ThreadId(self.history.threads.len() as u32 - 1)
    }

    /// A call of the worker on the first thread that leaves it changed, or puts it back.
    fn call(&mut self, kind: StateId, pinned: Pinned, left: bool, stack: StackId) -> CallId {
        self.now += 1_000_000;
        let id = CallId(self.history.calls.len() as u32);
        let (before, after) = if left { ("net:[1]", "net:[2]") } else { ("net:[2]", "net:[1]") };
        self.history.calls.push(Call {
            at: self.now,
            thread: ThreadId(0),
            goroutine: Some(WORKER),
            pinned,
            class: Class::User,
            syscall: "setns".into(),
            text: "setns(7, CLONE_NEWNET)".to_owned(),
            result: 0,
            about: vec![kind],
            changes: vec![Change { state: kind, before: Some(before.into()), after: Some(after.into()) }],
            own: if left { vec![own(kind, id)] } else { vec![] },
            in_c: false,
            stack: Some(stack),
        });
        id
    }

    fn last(&mut self) -> &mut Call {
        self.history.calls.last_mut().expect("a call")
    }

    fn sighting(&mut self, goroutine: Option<GoroutineId>, pinned: Pinned, kind: StateId, by: CallId) {
        self.now += 1_000_000;
        let (at, own) = (self.now, vec![own(kind, by)]);
        self.history.sightings.push(Sighting {
            at,
            thread: ThreadId(0),
            goroutine,
            pinned,
            wedged: false,
            own,
        });
    }

    fn dies(&mut self, thread: ThreadId) {
        self.now += 1_000_000;
        let reason = DeathReason::PinnedGoroutine;
        let death = Death { at: self.now, reason, goroutine: Some(WORKER), pin: None };
        self.history.threads[thread.0 as usize].death = Some(death);
    }

    /// So many goroutines like the worker have a thread each.
    fn crowd(&mut self, by: HeldBy, count: u32, stack: Option<StackId>) {
        self.now += 400_000_000;
        let held = vec![Held { by, count, goroutine: WORKER, stack }];
        self.history.crowds.push(Crowd { at: self.now, process: ProcessId(0), threads: count + 5, held });
    }

    fn findings(&self) -> Vec<HistoryFinding> {
        look(&self.history)
    }

    fn shown(&self) -> Vec<String> {
        let shown = |finding: &&HistoryFinding| finding.confidence > Confidence::Possible;
        let line = |finding: &HistoryFinding| format!("{}: {}", finding.rule, finding.message);
        self.findings().iter().filter(shown).map(line).collect()
    }
}

fn process(pid: i32, forked_by: Option<GoroutineId>, programs: Vec<Program>) -> Process {
    let parent = forked_by.map(|_| ThreadId(0));
    let (inherited, death_signal, end) = Default::default();
    Process { pid, born: 0, parent, forked_by, inherited, death_signal, programs, end }
}

fn own(state: StateId, by: CallId) -> Own {
    Own { state, usual: Some("net:[1]".into()), value: Some("net:[2]".into()), by: Some(by) }
}

#[test]
fn a_change_without_a_pin_is_found_in_the_program_with_those_who_met_it() {
    let mut story = Story::new();
    let stack = story.stack(15);
    let call = story.call(state::NETNS, LOOSE, true, stack);
    story.sighting(Some(OTHER), LOOSE, state::NETNS, call);
    let text = "unpinned-thread-state: the network namespace of a thread is changed by a goroutine that is not pinned \
                to it: another one ran there afterwards";
    assert_eq!(story.shown(), [text]);
    let finding = &story.findings()[0];
    assert_eq!(finding.confidence, Confidence::Certain);
    let frame = finding.frame.as_ref().expect("a place");
    assert_eq!((&*frame.function, frame.line), ("example.com/m/net.enter", 15));
    let said: Vec<&str> = finding.evidence.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "goroutine 18, not pinned, made `setns(7, CLONE_NEWNET)` on thread 100",
            "the network namespace was net:[1] and is net:[2] since",
            "goroutine 18 was started here",
            "goroutine 21 ran on thread 100 in it; it was started here",
        ]
    );
}

#[test]
fn one_place_is_one_finding_however_often_it_is_seen() {
    let mut story = Story::new();
    let stack = story.stack(15);
    for _ in 0..5 {
        story.call(state::NETNS, LOOSE, true, stack);
        story.call(state::NETNS, LOOSE, false, stack);
    }
    let findings = story.findings();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].witnesses.len(), 5);
    assert_eq!(findings[0].confidence, Confidence::Likely);
}

#[test]
fn a_pinned_change_that_is_put_back_or_ends_with_its_thread_is_right() {
    let mut story = Story::new();
    let stack = story.stack(15);
    let call = story.call(state::NETNS, PINNED, true, stack);
    story.sighting(Some(WORKER), PINNED, state::NETNS, call);
    story.call(state::NETNS, PINNED, false, stack);
    story.call(state::NETNS, PINNED, true, stack);
    story.dies(ThreadId(0));
    assert_eq!(story.findings(), []);
}

#[test]
fn a_changed_thread_that_is_free_again_is_a_dirty_unpin() {
    let mut story = Story::new();
    let stack = story.stack(15);
    let call = story.call(state::NETNS, PINNED, true, stack);
    story.sighting(None, LOOSE, state::NETNS, call);
    let text = "dirty-unpin: the pin ended while the network namespace of the thread was still changed: any goroutine \
                may run there";
    assert_eq!(story.shown(), [text]);
    story.sighting(Some(OTHER), LOOSE, state::NETNS, call);
    assert_eq!(story.findings()[0].confidence, Confidence::Certain);
}

#[test]
fn a_goroutine_that_went_on_elsewhere_hurt_itself() {
    let mut story = Story::new();
    let (there, back) = (story.stack(15), story.stack(17));
    story.call(state::NETNS, LOOSE, true, there);
    story.call(state::NETNS, LOOSE, true, back);
    story.last().thread = ThreadId(1);
    let findings = story.findings();
    assert!(findings[0].message.ends_with("to it: it went on on another thread"), "{}", findings[0].message);
    assert_eq!(findings[0].confidence, Confidence::Certain);
}

#[test]
fn what_the_runtime_or_a_failed_call_does_is_no_finding() {
    let mut story = Story::new();
    let stack = story.stack(15);
    for class in [Class::Runtime, Class::AllThreads, Class::ForkExec, Class::Foreign] {
        story.call(state::NETNS, LOOSE, true, stack);
        story.last().class = class;
    }
    story.call(state::NETNS, LOOSE, true, stack);
    story.last().result = -1;
    assert_eq!(story.findings(), []);
}

#[test]
fn c_may_block_signals_for_a_moment() {
    let mut story = Story::new();
    let (there, back) = (story.stack(15), story.stack(17));
    let mut block = |from, to| {
        story.call(state::SIGMASK, LOOSE, true, from);
        story.last().in_c = true;
        story.call(state::SIGMASK, LOOSE, false, to);
        story.last().in_c = true;
        story.shown()
    };
    assert_eq!(block(there, there), [""; 0]);
    let text = "stray-signal-mask: the signal mask of a thread is changed by a goroutine that is not pinned: children \
                that others start there inherit it";
    assert_eq!(block(there, back), [text]);
}

#[test]
fn children_that_others_start_inherit_it() {
    let mut story = Story::new();
    let stack = story.stack(15);
    let call = story.call(state::SIGMASK, LOOSE, true, stack);
    for forker in [WORKER, OTHER] {
        let program = Program { at: 9, executable: "/bin/ip".to_owned(), go_version: None, module: None };
        let mut child = process(7, Some(forker), vec![program]);
        child.inherited = vec![own(state::SIGMASK, call)];
        story.history.processes.push(child);
    }
    let text = "stray-signal-mask: the signal mask of a thread is changed by a goroutine that is not pinned: a child of \
                another goroutine inherited it";
    assert_eq!(story.shown(), [text]);
}

#[test]
fn threads_are_told_of_as_born_in_their_own_process_only() {
    let mut story = Story::new();
    let stack = story.stack(15);
    let call = story.call(state::NETNS, LOOSE, true, stack);
    story.history.processes.push(process(7, Some(OTHER), vec![]));
    for process in [ProcessId(0), ProcessId(1)] {
        let thread = story.thread(Birth::Scheduler);
        let thread = &mut story.history.threads[thread.0 as usize];
        (thread.process, thread.inherited) = (process, vec![own(state::NETNS, call)]);
    }
    let findings = story.findings();
    let said: Vec<&str> = findings[0].evidence.iter().map(|it| it.message.as_str()).collect();
    assert!(
        said.contains(&"1 thread was made from it and began with the same, such as thread 102"),
        "{said:?}"
    );
}

#[test]
fn a_process_that_goes_on_as_another_program_hurts_nobody() {
    let mut story = Story::new();
    let stack = story.stack(15);
    story.call(state::NETNS, LOOSE, true, stack);
    let at = story.now + 1;
    let program = Program { at, executable: "/bin/sh".to_owned(), go_version: None, module: None };
    story.history.processes[0].programs.push(program);
    assert_eq!(story.shown(), [""; 0]);
    assert_eq!(story.findings()[0].confidence, Confidence::Possible);
}

#[test]
fn threads_that_end_with_pinned_goroutines_are_a_cost_when_there_are_many() {
    let mut story = Story::new();
    let ends = |story: &mut Story, n: usize| {
        for _ in 0..n {
            let thread = story.thread(Birth::FromTemplate);
            story.dies(thread);
        }
        story.shown()
    };
    assert_eq!(ends(&mut story, 2), [""; 0]);
    let text = "exit-while-pinned: 8 threads ended because their goroutines ended pinned: each next one has to be made \
                again";
    assert_eq!(ends(&mut story, 6), [text]);
}

#[test]
fn a_child_that_is_killed_when_its_thread_ends_is_found() {
    let mut story = Story::new();
    let thread = story.thread(Birth::Scheduler);
    story.dies(thread);
    let mut child = process(7, Some(OTHER), vec![]);
    child.parent = Some(thread);
    child.end = Some((story.now + 30_000, Exit::Signal(9)));
    story.history.processes.push(child);
    let first = story.thread(Birth::Main);
    story.history.threads[first.0 as usize].process = ProcessId(1);
    let told = |story: &mut Story, signal: i32, sent: Option<Nanos>| {
        story.history.processes[1].death_signal = Some(DeathSignal { signal, sent });
        story.shown()
    };
    assert_eq!(told(&mut story, 9, None), [""; 0]);
    let sent = Some(story.now + 20_000);
    let because = "because the thread ended that had started it";
    assert_eq!(told(&mut story, 9, sent), [format!("pdeathsig-on-thread: a child was killed, {because}")]);
    let told_only = format!("pdeathsig-on-thread: a child was told that its parent had died, {because}");
    assert_eq!(told(&mut story, 15, sent), [told_only]);
}

#[test]
fn many_pinned_goroutines_are_a_pool_unless_their_threads_are_changed() {
    let mut story = Story::new();
    story.crowd(HeldBy::Pin, 31, None);
    assert_eq!(story.shown(), [""; 0]);
    story.crowd(HeldBy::Pin, 40, None);
    story.crowd(HeldBy::Pin, 35, None);
    let text = "pinned-pool: 40 goroutines were pinned at once, each to an OS thread of its own";
    assert_eq!(story.shown(), [text]);
    assert_eq!(story.findings()[0].frame.as_ref().map(|frame| frame.line), Some(10));
    let stack = story.stack(15);
    story.call(state::NETNS, PINNED, true, stack);
    assert_eq!(story.shown(), [""; 0]);
}

#[test]
fn calls_that_hold_more_and_more_threads_are_found_and_a_burst_is_not() {
    let mut story = Story::new();
    let stack = story.stack(15);
    story.crowd(HeldBy::Call, 60, Some(stack));
    story.crowd(HeldBy::Call, 80, Some(stack));
    assert_eq!(story.shown(), [""; 0]);
    assert_eq!(story.findings()[0].confidence, Confidence::Possible);
    for count in [100, 120, 150] {
        story.crowd(HeldBy::Call, count, Some(stack));
    }
    let text = "unbounded-blocking-calls: 150 goroutines held a thread each in the same call: every further one makes a \
                thread, and none is given back";
    assert_eq!(story.shown(), [text]);
    assert_eq!(story.findings()[0].frame.as_ref().map(|frame| frame.line), Some(10));
}

#[test]
fn a_main_thread_that_sleeps_for_ever_is_told_with_what_was_done_to_it() {
    let mut story = Story::new();
    let stack = story.stack(15);
    let call = story.call(state::NETNS, PINNED, true, stack);
    story.sighting(None, PINNED, state::NETNS, call);
    assert_eq!(story.shown(), [""; 0]);
    story.sighting(None, PINNED, state::NETNS, call);
    story.history.sightings[1].wedged = true;
    let text = "main-thread-wedge: the goroutine ended pinned to the main thread with the network namespace changed: \
                that thread cannot end, and /proc/self tells of it";
    assert_eq!(story.shown(), [text]);
    assert_eq!(story.findings()[0].frame.as_ref().map(|frame| frame.line), Some(15));
}

//! One program that parks goroutines in every way, built in every way.

use std::collections::BTreeMap;

use std::path::Path;

use snag_probe::{Options, Stacks, Target, attach, attach_like};
use snag_threads::snapshot::{Snapshot, Status};
use snag_threads::state;

use crate::program::{BUILDS, Running, toolchains};

/// A goroutine in the output of `runtime.Stack`.
#[derive(Debug, Default)]
struct Traceback {
    /// Such as `chan receive`.
    state: String,
    /// `function line`, the innermost first.
    frames: Vec<String>,
    created: Option<String>,
}

/// Reads what `runtime.Stack` writes.
fn tracebacks(text: &str) -> BTreeMap<u64, Traceback> {
    let mut found = BTreeMap::new();
    for block in text.split("\n\n") {
        let mut lines = block.lines().skip_while(|line| !line.starts_with("goroutine ")).peekable();
        let Some(header) = lines.next() else { continue };
        let (id, rest) = header["goroutine ".len()..].split_once(" ").expect("an id");
        let state =
            rest.split_once('[').map_or("", |(_, rest)| rest).split([']', ',']).next().unwrap_or_default();
        let mut traceback = Traceback { state: state.to_owned(), ..Traceback::default() };
        while let Some(function) = lines.next() {
            let Some(place) = lines.next() else { break };
            let line =
                place.trim().split(' ').next().and_then(|place| place.rsplit_once(':')).expect("a line").1;
            if let Some(creator) = function.strip_prefix("created by ") {
                let creator = creator.split(" in goroutine ").next().unwrap_or_default();
                traceback.created = Some(format!("{creator} {line}"));
            } else {
                // Arguments are in the last parentheses.
                let name = function.rsplit_once('(').map_or(function, |(name, _)| name);
                traceback.frames.push(format!("{name} {line}"));
            }
        }
        found.insert(id.parse().expect("a number"), traceback);
    }
    found
}

fn frames(snapshot: &Snapshot, id: u64) -> Vec<String> {
    let stack = snapshot.goroutine(id).and_then(|goroutine| goroutine.stack);
    let frames = stack.map(|stack| snapshot.stack(stack).collect::<Vec<_>>()).unwrap_or_default();
    frames.iter().map(|frame| format!("{} {}", frame.function, frame.line)).collect()
}

/// What `runtime.Stack` would show of these frames: not the runtime's own, nor what the compiler put around the
/// function of a go statement, which stands on the line of that statement.
fn visible(frames: Vec<String>, created: Option<&str>, shown: &[String]) -> Vec<String> {
    let exported =
        |frame: &str| frame.strip_prefix("runtime.").is_none_or(|name| name.starts_with(char::is_uppercase));
    let mut visible: Vec<String> = frames.into_iter().filter(|frame| exported(frame)).collect();
    let line = |frame: &str| frame.rsplit_once(' ').map(|(_, line)| line.to_owned());
    if visible.len() == shown.len() + 1
        && visible.last().and_then(|frame| line(frame)) == created.and_then(line)
    {
        visible.pop();
    }
    visible
}

/// The words of a line that begins with one of these.
fn lines<'t>(told: &'t str, word: &'t str) -> impl Iterator<Item = Vec<&'t str>> {
    let words = told.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    words.filter(move |words| words.first() == Some(&word))
}

fn check(told: &str, snapshot: &Snapshot, what: &str) {
    assert_eq!(snapshot.gaps, [], "{what}");
    let tracebacks = tracebacks(told);
    let main = lines(told, "main").next().expect("a line");
    // The goroutine that wrote this went on to wait for its input.
    let main: u64 = main[1].parse().expect("an id");
    let counts = lines(told, "count").next().expect("a line");
    assert_eq!(snapshot.gomaxprocs.map(|count| count.to_string()).as_deref(), Some(counts[2]), "{what}");

    let known: Vec<u64> = tracebacks.keys().copied().collect();
    let seen: Vec<u64> = snapshot.goroutines.iter().map(|goroutine| goroutine.id).collect();
    for id in &known {
        assert!(seen.contains(id), "{what}: goroutine {id} of {seen:?}");
    }
    // What the program does not count is the runtime's own.
    let of_program = snapshot.goroutines.iter().filter(|goroutine| {
        let start = goroutine.start.and_then(|start| snapshot.frame(start)).map(|frame| &*frame.function);
        start.is_some_and(|name| name == "runtime.main" || !name.starts_with("runtime."))
    });
    assert_eq!(of_program.count().to_string(), counts[1], "{what}");
    for (id, traceback) in tracebacks.iter().filter(|(id, _)| **id != main) {
        let goroutine = snapshot.goroutine(*id).expect("seen above");
        let reason = snapshot.reason(goroutine).unwrap_or(goroutine.status.name());
        assert_eq!(reason, traceback.state.trim_end_matches(" (scan)"), "{what}: goroutine {id}");
        let shown = visible(frames(snapshot, *id), traceback.created.as_deref(), &traceback.frames);
        assert_eq!(shown, traceback.frames, "{what}: goroutine {id}");
        if let Some(created) = &traceback.created {
            let frame = goroutine.created.and_then(|frame| snapshot.frame(frame)).expect("a place");
            assert_eq!(&format!("{} {}", frame.function, frame.line), created, "{what}: goroutine {id}");
        }
    }
    pins(told, snapshot, what);
    threads(told, snapshot, what);
}

fn pins(told: &str, snapshot: &Snapshot, what: &str) {
    let mut pinned = Vec::new();
    for words in lines(told, "pinned") {
        let (id, tid): (u64, i32) = (words[1].parse().expect("an id"), words[2].parse().expect("an id"));
        let goroutine =
            snapshot.goroutine(id).unwrap_or_else(|| panic!("{what}: no goroutine {id} in {told}"));
        let machine = goroutine.pinned_to.and_then(|machine| snapshot.machine(machine));
        let machine = machine.unwrap_or_else(|| panic!("{what}: goroutine {id} is not pinned"));
        let pin = machine.pin.expect("a pin");
        assert!(machine.settled, "{what}: {machine:?}");
        assert_eq!((machine.tid, pin.goroutine), (Some(tid), id), "{what}");
        assert_eq!(pin.depth.to_string(), words[3], "{what}");
        let thread = snapshot.thread(tid).expect("a thread");
        assert_eq!(thread.value(state::NETNS).map(|namespace| &**namespace), Some(words[4]), "{what}");
        pinned.push(id);
    }
    assert_eq!(pinned.len(), 4);
    let by_user = snapshot.machines.iter().filter_map(|machine| machine.pin).filter(|pin| pin.depth > 0);
    let mut by_user: Vec<u64> = by_user.map(|pin| pin.goroutine).collect();
    by_user.sort_unstable();
    pinned.sort_unstable();
    assert_eq!(by_user, pinned, "{what}");
}

fn threads(told: &str, snapshot: &Snapshot, what: &str) {
    let known: Vec<i32> = snapshot.threads.iter().map(|thread| thread.tid).collect();
    for machine in snapshot.machines.iter().filter(|machine| !machine.foreign) {
        assert!(machine.tid.is_some_and(|tid| known.contains(&tid)), "{what}: {machine:?} of {known:?}");
    }
    let roles: Vec<&str> = snapshot.machines.iter().filter_map(|machine| machine.role.as_deref()).collect();
    assert!(roles.contains(&"runtime.sysmon"), "{what}: {roles:?}");
    assert!(roles.contains(&"runtime.templateThread"), "{what}: {roles:?}");
    let in_cgo = snapshot.machines.iter().filter(|machine| machine.in_cgo);
    let in_cgo: Vec<_> = in_cgo.filter_map(|machine| snapshot.goroutine(machine.goroutine?)).collect();
    assert_eq!(in_cgo.len(), usize::from(snapshot.process.cgo), "{what}");
    assert!(in_cgo.iter().all(|goroutine| goroutine.status == Status::Syscall), "{what}");
    let scheduler = snapshot.scheduler.expect("counters");
    let listed = snapshot.machines.len() as i64;
    assert_eq!(scheduler.threads_created - scheduler.threads_freed, listed, "{what}");
    assert_eq!(scheduler.threads_max, 10_000, "{what}");
    let _ = told;
}

fn every_frame(tracebacks: &BTreeMap<u64, Traceback>, snapshot: &Snapshot, what: &str) {
    let stacks = snapshot.goroutines.iter().filter(|goroutine| goroutine.stack.is_some());
    let mut compared = 0;
    for goroutine in stacks {
        // Those that run while the program quits are shown elsewhere, or not at all.
        let Some(traceback) = tracebacks.get(&goroutine.id) else { continue };
        if traceback.state.starts_with("running") || traceback.state.starts_with("runnable") {
            continue;
        }
        assert_eq!(frames(snapshot, goroutine.id), traceback.frames, "{what}: goroutine {}", goroutine.id);
        compared += 1;
    }
    assert!(compared >= 10, "{what}: {compared} stacks compared");
}

/// A second process of the same program, and the same goroutines when they are only counted.
fn kin(program: &Path, first: &Target, what: &str) {
    let mut running = Running::start(program);
    let told = running.told();
    let what = format!("{what}, the second process");
    let target = attach_like(running.pid(), first).unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
    assert_eq!(target.process().pid, running.pid());
    let options = Options { stacks: Stacks::All, pause: false };
    let whole = target.snapshot(options).unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
    check(&told, &whole, &what);
    let counted = target.count().unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
    assert_eq!(tally(&whole), tally(&counted), "{what}");
    assert!(!counted.counted.is_empty() && counted.goroutines.len() < whole.goroutines.len(), "{what}");
    for machine in whole.machines.iter().filter_map(|machine| machine.goroutine) {
        assert!(counted.goroutine(machine).is_some(), "{what}: goroutine {machine} has a thread");
    }
}

/// How many goroutines do what, wherever a snapshot has them.
fn tally(snapshot: &Snapshot) -> BTreeMap<(Status, String, String), u64> {
    let mut tally = BTreeMap::new();
    let listed = snapshot.goroutines.iter().map(|it| (it.status, it.reason, it.created, 1));
    let counted = snapshot.counted.iter().map(|it| (it.status, it.reason, it.created, it.count));
    for (status, reason, created, count) in listed.chain(counted) {
        let reason = reason.and_then(|reason| snapshot.reason_text(reason)).unwrap_or_default().to_owned();
        let created = created.and_then(|frame| snapshot.frame(frame));
        let created = created.map(|frame| format!("{}:{}", frame.function, frame.line)).unwrap_or_default();
        *tally.entry((status, reason, created)).or_default() += count;
    }
    tally
}

#[test]
fn a_snapshot_agrees_with_what_the_program_says_about_itself() {
    for toolchain in toolchains() {
        for build in BUILDS {
            let what = format!("{} {}", toolchain.version, build.name);
            let program = toolchain.build("witness", *build);
            let mut running = Running::start(&program);
            let told = running.told();
            let target = attach(running.pid()).unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
            assert_eq!(target.process().go_version, toolchain.version, "{what}");
            assert_eq!(target.process().cgo, build.cgo, "{what}");
            let mut whole = Vec::new();
            for pause in [false, true] {
                let options = Options { stacks: Stacks::All, pause };
                let snapshot = target.snapshot(options).unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
                check(&told, &snapshot, &what);
                assert_eq!(snapshot.paused.is_some(), pause);
                whole.push(snapshot);
            }
            kin(&program, &target, &what);
            // When a program is made to quit, the runtime shows every frame there is.
            let tracebacks = tracebacks(&running.quit());
            for snapshot in &whole {
                every_frame(&tracebacks, snapshot, &what);
            }
        }
    }
}

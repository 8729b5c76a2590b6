//! What rules say about processes, from made-up snapshots: the tests of `snag snapshot` have real ones.

use std::time::Duration;

use snag_rules::Severity;
use snag_rules::live::{LiveFinding, Sightings, look};
use snag_threads::snapshot::{
    Frame, FrameId, Goroutine, Machine, Pin, Quota, Scheduler, Snapshot, StackId, Status, Thread,
};
use snag_threads::state::{self, StateId};

fn machine(id: i64, pin: Option<Pin>) -> Machine {
    Machine {
        id,
        tid: Some(100 + id as i32),
        goroutine: None,
        processor: None,
        pin,
        in_cgo: false,
        spinning: false,
        parked: true,
        foreign: false,
        wedged: false,
        role: None,
        settled: true,
    }
}

fn thread(id: i64, kind: StateId, value: &str) -> Thread {
    let tid = 100 + id as i32;
    Thread { tid, inner_tid: tid, started: 7, state: vec![(kind, value.into())], ..Thread::default() }
}

/// Threads with these values of a kind of state.
fn process(kind: StateId, values: &[&str]) -> Snapshot {
    let ids = 0..values.len() as i64;
    Snapshot {
        machines: ids.clone().map(|id| machine(id, None)).collect(),
        threads: ids.map(|id| thread(id, kind, values[id as usize])).collect(),
        ..Snapshot::default()
    }
}

fn seen(first: &Snapshot, second: &Snapshot) -> Vec<LiveFinding> {
    look(Sightings { first, second })
}

fn rules(findings: &[LiveFinding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.rule).collect()
}

#[test]
fn threads_that_differ_are_found_whichever_are_more() {
    let few = process(state::NETNS, &["net:[1]", "net:[2]", "net:[2]", "net:[2]"]);
    let findings = seen(&few, &few);
    assert_eq!(rules(&findings), ["unpinned-thread-state"]);
    assert_eq!(findings[0].threads, [100]);
    assert!(findings[0].evidence.iter().any(|it| it.message == "thread 100: network namespace net:[1]"));
    let same = process(state::NETNS, &["net:[2]", "net:[2]"]);
    assert_eq!(seen(&same, &same), []);
}

#[test]
fn what_only_one_snapshot_shows_is_not_found() {
    let before = process(state::NETNS, &["net:[1]", "net:[1]"]);
    let after = process(state::NETNS, &["net:[1]", "net:[2]"]);
    assert_eq!(seen(&before, &after), []);
    let mut changing = after.clone();
    changing.machines[1].settled = false;
    assert_eq!(seen(&after, &changing), []);
    let mut reborn = after.clone();
    reborn.threads[1].started = 8;
    assert_eq!(seen(&after, &reborn), []);
}

#[test]
fn threads_that_run_no_goroutines_or_only_one_may_differ() {
    let pin = Pin { goroutine: 7, depth: 1, internal: 0 };
    let plain = process(state::NETNS, &["net:[1]", "net:[1]", "net:[2]"]);
    let change = |change: fn(&mut Machine, Pin)| {
        let mut snapshot = plain.clone();
        change(&mut snapshot.machines[2], pin);
        seen(&snapshot, &snapshot)
    };
    assert_eq!(change(|machine, pin| machine.pin = Some(pin)), []);
    assert_eq!(change(|machine, _| machine.role = Some("runtime.sysmon".into())), []);
    assert_eq!(change(|machine, _| machine.foreign = true), []);
    // C may put it back before it returns.
    assert_eq!(change(|machine, _| machine.in_cgo = true), []);
}

#[test]
fn a_name_of_a_thread_is_no_bug() {
    let named = process(state::COMM, &["agent", "worker"]);
    assert_eq!(seen(&named, &named), []);
}

#[test]
fn a_quota_is_too_small_only_for_more_processors_than_the_runtime_would_take() {
    let process = |procs, cpus, throttled| Snapshot {
        gomaxprocs: Some(procs),
        quota: Some(Quota {
            cpus,
            source: "/sys/fs/cgroup/cpu.max".to_owned(),
            periods: 100,
            throttled,
            throttled_time: Duration::from_millis(2500),
        }),
        ..Snapshot::default()
    };
    let wide = process(64, 0.5, 40);
    let findings = seen(&wide, &wide);
    assert_eq!(rules(&findings), ["gomaxprocs-over-quota"]);
    assert!(findings[0].evidence[0].message.starts_with("stopped in 40 of 100 periods, for 2.5 s"));
    for fits in [process(2, 0.5, 40), process(3, 2.5, 0), process(4, 4.0, 9)] {
        assert_eq!(seen(&fits, &fits), []);
    }
}

#[test]
fn threads_that_end_now_and_then_are_no_bug() {
    let ended = |threads_freed| Snapshot {
        scheduler: Some(Scheduler { threads_created: 1004, threads_freed, ..Scheduler::default() }),
        ..Snapshot::default()
    };
    assert_eq!(seen(&ended(3), &ended(4)), []);
    let findings = seen(&ended(900), &ended(1000));
    assert_eq!(rules(&findings), ["exit-while-pinned"]);
    assert!(findings[0].message.starts_with("1000 of 1004 threads have ended"));
}

#[test]
fn a_main_thread_that_sleeps_for_ever_is_told_with_what_it_shows() {
    let mut clean = process(state::NETNS, &["net:[1]", "net:[1]", "net:[1]"]);
    clean.process.pid = 100;
    assert_eq!(seen(&clean, &clean), []);
    clean.machines[0].wedged = true;
    let findings = seen(&clean, &clean);
    assert_eq!(rules(&findings), ["main-thread-wedge"]);
    assert_eq!((findings[0].severity, &findings[0].threads[..]), (Severity::Info, &[100][..]));
    assert!(!findings[0].message.contains("/proc"), "{}", findings[0].message);
    // Nobody runs there again, so the difference hurts no goroutine.
    clean.threads[0].state[0].1 = "net:[2]".into();
    let findings = seen(&clean, &clean);
    assert_eq!(rules(&findings), ["main-thread-wedge"]);
    assert!(
        findings[0].message.contains("/proc/100 tells of its network namespace"),
        "{}",
        findings[0].message
    );
    assert!(findings[0].evidence[1].message == "network namespace: net:[2], elsewhere net:[1]");
}

#[test]
fn a_pin_on_a_changed_main_thread_is_told() {
    let mut process = process(state::NETNS, &["net:[2]", "net:[1]", "net:[1]"]);
    process.process.pid = 100;
    process.machines[0].pin = Some(Pin { goroutine: 7, depth: 1, internal: 0 });
    let findings = seen(&process, &process);
    assert_eq!(rules(&findings), ["main-thread-wedge"]);
    assert_eq!(findings[0].goroutines, [7]);
    // The threads of goroutines differ among themselves: nobody knows what the program's namespace is.
    process.threads[2].state[0].1 = "net:[3]".into();
    assert!(!rules(&seen(&process, &process)).contains(&"main-thread-wedge"));
    // In a library the runtime's first thread is not that of the process.
    process.threads[2].state[0].1 = "net:[1]".into();
    process.process.pid = 99;
    assert_eq!(seen(&process, &process), []);
}

/// Goroutine 1 has the main thread and waits in one function, goroutine 2 in another.
fn main_thread_queue(first: &str, second: &str) -> Snapshot {
    let goroutine = |id: u64| Goroutine {
        id,
        status: Status::Waiting,
        reason: None,
        waiting: None,
        parent: None,
        created: None,
        start: None,
        machine: None,
        pinned_to: (id == 1).then_some(0),
        stack: Some(StackId(id as u32 - 1)),
    };
    let names = ["runtime.gopark", first, "main.main", second, "main.draw"];
    let frame = |function: &&str| Frame { function: (*function).into(), file: "m.go".into(), line: 7 };
    let stack = |frames: &[u32]| frames.iter().map(|&frame| FrameId(frame)).collect();
    let mut process = process(state::NETNS, &["net:[1]", "net:[1]"]);
    process.process.pid = 100;
    process.machines[0].pin = Some(Pin { goroutine: 1, depth: 1, internal: 0 });
    process.goroutines = vec![goroutine(1), goroutine(2)];
    process.frames = names.iter().map(frame).collect();
    process.stacks = vec![stack(&[0, 1, 2]), stack(&[0, 3, 4])];
    process
}

#[test]
fn who_waits_for_a_main_thread_that_waits_is_told() {
    let held = main_thread_queue("main.wait", "github.com/faiface/mainthread.Call");
    let findings = seen(&held, &held);
    assert_eq!(rules(&findings), ["main-thread-wedge"]);
    assert_eq!((&findings[0].threads[..], &findings[0].goroutines[..]), (&[100][..], &[1, 2][..]));
    let places = findings[0].evidence.iter().filter_map(|it| Some(&*it.frame.as_ref()?.function));
    assert_eq!(places.collect::<Vec<_>>(), ["main.wait", "main.draw"]);
    // The library waits for work, and nobody waits for it.
    let idle = main_thread_queue("github.com/faiface/mainthread.Run", "github.com/faiface/mainthread.Call");
    assert_eq!(seen(&idle, &idle), []);
    let nobody = main_thread_queue("main.wait", "main.other");
    assert_eq!(seen(&nobody, &nobody), []);
}

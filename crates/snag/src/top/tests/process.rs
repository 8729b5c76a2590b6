//! A made-up process: one poisoned thread, pinned goroutines, one in a system call, many that wait.

use std::sync::Arc;
use std::time::Duration;

use snag_rules::live::{Evidence, LiveFinding};
use snag_rules::{Confidence, Severity};
use snag_threads::snapshot::{
    Frame, FrameId, Goroutine, Machine, Pin, Process, Processor, ProcessorStatus, Quota, ReasonId, Scheduler,
    Snapshot, StackId, Status, Thread,
};
use snag_threads::{StateId, state};

use crate::top::scene::Look;

const MAIN: FrameId = FrameId(0);
const WORKER: FrameId = FrameId(1);
const DIAL: FrameId = FrameId(2);
const SERVE: FrameId = FrameId(3);
const PARK: FrameId = FrameId(4);

/// The first thread that runs goroutines; those of the runtime come before.
const TID: i32 = 4242;

fn frames() -> Vec<Frame> {
    let frame =
        |function: &str, file: &str, line| Frame { function: function.into(), file: file.into(), line };
    vec![
        frame("main.main", "/src/agent/main.go", 12),
        frame("github.com/example/agent/netns.(*Worker).run", "/src/agent/netns/worker.go", 40),
        frame("github.com/example/agent/netns.Dial", "/src/agent/netns/dial.go", 77),
        frame("net/http.(*conn).serve", "/usr/local/go/src/net/http/server.go", 2000),
        frame("runtime.gopark", "/usr/local/go/src/runtime/proc.go", 400),
    ]
}

fn thread(tid: i32, cpu: u64, namespace: &str) -> Thread {
    let value = |state: StateId, text: &str| (state, Arc::from(text));
    let mut state = vec![
        value(state::NETNS, namespace),
        value(state::SIGMASK, "0000000000000000"),
        value(state::NICE, "0"),
    ];
    state.sort_by_key(|(state, _)| *state);
    Thread {
        tid,
        inner_tid: tid,
        name: "agent".to_owned(),
        run_state: if cpu > 0 { 'R' } else { 'S' },
        started: 1,
        cpu: Duration::from_millis(cpu),
        state,
    }
}

fn machine(id: i64, goroutine: Option<u64>) -> Machine {
    Machine {
        id,
        tid: Some(TID + id as i32),
        goroutine,
        processor: None,
        pin: None,
        in_cgo: false,
        spinning: false,
        parked: goroutine.is_none(),
        foreign: false,
        wedged: false,
        role: None,
        settled: true,
    }
}

fn goroutine(id: u64, status: Status) -> Goroutine {
    Goroutine {
        id,
        status,
        reason: (status == Status::Waiting).then_some(ReasonId(1)),
        waiting: None,
        parent: Some(1),
        created: Some(MAIN),
        start: Some(WORKER),
        machine: None,
        pinned_to: None,
        stack: None,
    }
}

/// What is seen of it after so many seconds.
pub(super) fn snapshot(second: u64) -> Snapshot {
    let mut machines: Vec<Machine> = vec![machine(0, Some(1)), machine(1, None), machine(2, Some(7))];
    machines[1].role = Some("runtime.sysmon".into());
    let mut goroutines = vec![goroutine(1, Status::Running), goroutine(7, Status::Syscall)];
    goroutines[0] =
        Goroutine { created: None, parent: None, start: Some(MAIN), machine: Some(0), ..goroutines[0] };
    goroutines[1] = Goroutine { machine: Some(2), stack: Some(StackId(0)), ..goroutines[1] };
    for id in 3..6 {
        let pin = Pin { goroutine: 20 + id as u64, depth: if id == 4 { 2 } else { 1 }, internal: 0 };
        machines.push(Machine { pin: Some(pin), ..machine(id, None) });
        let waiting = Some(Duration::from_secs(60 * id as u64));
        let pinned = Goroutine {
            pinned_to: Some(id),
            waiting,
            stack: Some(StackId(1)),
            ..goroutine(pin.goroutine, Status::Waiting)
        };
        goroutines.push(pinned);
    }
    for id in 100..110 + second {
        let served = Goroutine { start: Some(SERVE), created: Some(SERVE), ..goroutine(id, Status::Waiting) };
        goroutines.push(Goroutine { reason: Some(ReasonId(2)), ..served });
    }
    let mut threads: Vec<Thread> = (0..6).map(|id| thread(TID + id, 0, "net:[1]")).collect();
    threads[0].cpu = Duration::from_millis(500 * second);
    threads[2] = thread(TID + 2, 125 * second, "net:[2]");
    let running = |id| Processor { id, status: ProcessorStatus::Running, machine: Some(0), queue: 3 };
    Snapshot {
        process: Process {
            pid: TID,
            name: "agent".to_owned(),
            executable: "/usr/bin/agent".to_owned(),
            started: 1,
            go_version: "go1.26.6".to_owned(),
            cgo: true,
            module: Some("github.com/example/agent".to_owned()),
        },
        taken: Duration::from_secs(1000 + second),
        gomaxprocs: Some(2),
        scheduler: Some(Scheduler {
            threads_created: 1200,
            threads_freed: 1194 + second as i64,
            ..Scheduler::default()
        }),
        goroutines,
        machines,
        processors: vec![running(0), running(1)],
        threads,
        quota: Some(Quota {
            cpus: 0.5,
            source: "/sys/fs/cgroup/cpu.max".to_owned(),
            periods: 10 * second,
            throttled: 8 * second,
            throttled_time: Duration::from_millis(80 * second),
        }),
        reasons: vec!["".into(), "chan receive".into(), "IO wait".into()],
        frames: frames(),
        stacks: vec![[DIAL, WORKER].into(), [PARK, WORKER].into()],
        ..Snapshot::default()
    }
}

pub(super) fn findings() -> Vec<LiveFinding> {
    vec![LiveFinding {
        rule: "unpinned-thread-state",
        severity: Severity::Error,
        confidence: Confidence::Certain,
        message:
            "1 of the threads that run any goroutine differ in the network namespace, and no goroutine is \
                  pinned to them: which one a goroutine meets is chance"
                .to_owned(),
        evidence: vec![Evidence {
            message: "is on thread 4244 now".to_owned(),
            frame: Some(frames()[2].clone()),
        }],
        threads: vec![TID + 2],
        goroutines: vec![7],
    }]
}

/// A look in turn.
pub(super) fn look(second: u64, findings: Vec<LiveFinding>) -> Look {
    let age = Some(Duration::from_secs(3600 + second));
    Look { snapshot: snapshot(second), findings, regular: true, age }
}

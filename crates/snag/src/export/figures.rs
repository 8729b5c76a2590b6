//! What is told of one process: a few numbers, however large the process is.

use std::collections::BTreeMap;
use std::path::Path;

use snag_rules::Confidence;
use snag_rules::live::{Sightings, differing, look, pins_of_program, rules};
use snag_threads::snapshot::{FrameId, Machine, Part, ProcessorStatus, Quota, Scheduler, Snapshot, Status};

use super::container::Container;

/// More kinds of waiting than any runtime has: what a strange process says must not become endless series.
const MOST_REASONS: usize = 64;

/// Whose figures these are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    /// The name of the file it runs.
    pub(super) program: String,
    pub(super) pid: i32,
    pub(super) go_version: String,
    pub(super) cgo: bool,
    pub(super) container: Container,
}

/// A process in numbers; what could not be read is missing.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    pub(super) identity: Identity,
    /// By status and by what they wait for.
    pub(super) goroutines: Vec<(&'static str, String, u64)>,
    /// By the function and the line that started them, the most first; the rest has no line.
    pub(super) sites: Vec<(String, String, u64)>,
    /// Pinned goroutines: by the program, by the runtime.
    pub(super) pinned: Option<(u64, u64)>,
    /// The kernel's threads, by what they do.
    pub(super) threads: Vec<(&'static str, u64)>,
    pub(super) scheduler: Option<Scheduler>,
    pub(super) gomaxprocs: Option<u32>,
    /// Processors by status.
    pub(super) processors: Vec<(&'static str, u64)>,
    /// Goroutines in the queues of processors.
    pub(super) queued: Option<u64>,
    pub(super) quota: Option<Quota>,
    /// Threads that differ from their siblings, by kind of state.
    pub(super) differing: Vec<(&'static str, u64)>,
    /// By rule, with its severity; empty until a process was seen twice.
    pub(super) findings: Vec<(&'static str, &'static str, u64)>,
    /// Parts that could not be read.
    pub(super) gaps: Vec<&'static str>,
}

/// The figures of a snapshot; findings come with an earlier one.
pub(super) fn figures(
    identity: Identity,
    earlier: Option<&Snapshot>,
    snapshot: &Snapshot,
    sites: usize,
) -> Figures {
    let lacks = |part| snapshot.gaps.iter().any(|gap| gap.part == part);
    let mut gaps: Vec<&str> = snapshot.gaps.iter().map(|gap| gap.part.name()).collect();
    gaps.sort_unstable();
    gaps.dedup();
    let mut figures = Figures {
        identity,
        scheduler: snapshot.scheduler,
        gomaxprocs: snapshot.gomaxprocs,
        quota: snapshot.quota.clone(),
        gaps,
        ..Figures::default()
    };
    if !lacks(Part::Goroutines) {
        figures.goroutines = by_reason(snapshot);
        figures.sites = by_site(snapshot, sites);
    }
    if !lacks(Part::Machines) {
        figures.threads = by_state(snapshot);
        figures.pinned = Some(pinned(snapshot));
    }
    if !lacks(Part::Processors) {
        figures.processors = by_status(snapshot);
        figures.queued = Some(snapshot.processors.iter().map(|it| u64::from(it.queue)).sum());
    }
    if let Some(first) = earlier {
        let sightings = Sightings { first, second: snapshot };
        figures.findings = findings(sightings);
        let kinds = differing(sightings).into_iter();
        figures.differing = kinds.map(|(state, odd)| (state.info().id, odd as u64)).collect();
    }
    figures
}

/// Every goroutine, listed or counted.
fn goroutines(snapshot: &Snapshot) -> impl Iterator<Item = (Status, Option<&str>, Option<FrameId>, u64)> {
    let listed = snapshot.goroutines.iter().map(|it| (it.status, it.reason, it.created, 1));
    let counted = snapshot.counted.iter().map(|it| (it.status, it.reason, it.created, it.count));
    listed.chain(counted).map(|(status, reason, created, count)| {
        (status, reason.and_then(|reason| snapshot.reason_text(reason)), created, count)
    })
}

fn by_reason(snapshot: &Snapshot) -> Vec<(&'static str, String, u64)> {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (status, reason, _, count) in goroutines(snapshot) {
        *counts.entry((status.name(), reason.unwrap_or_default())).or_default() += count;
    }
    // What is there in the smallest number is joined, if anything is.
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let rest = counts.split_off(counts.len().min(MOST_REASONS));
    let rest: u64 = rest.iter().map(|(_, count)| count).sum();
    counts.sort_unstable();
    let mut list: Vec<_> =
        counts.into_iter().map(|((status, reason), count)| (status, reason.to_owned(), count)).collect();
    if rest > 0 {
        list.push(("other", String::new(), rest));
    }
    list
}

fn by_site(snapshot: &Snapshot, most: usize) -> Vec<(String, String, u64)> {
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut by_frame: BTreeMap<Option<FrameId>, u64> = BTreeMap::new();
    for (_, _, created, count) in goroutines(snapshot) {
        *by_frame.entry(created).or_default() += count;
    }
    for (created, count) in by_frame {
        let site = match created.and_then(|frame| snapshot.frame(frame)) {
            Some(frame) => {
                let file = Path::new(&*frame.file).file_name().unwrap_or_default().to_string_lossy();
                (frame.function.to_string(), format!("{file}:{}", frame.line))
            }
            // The first goroutine, and those that C brought.
            None => ("none".to_owned(), String::new()),
        };
        *counts.entry(site).or_default() += count;
    }
    let mut sites: Vec<_> =
        counts.into_iter().map(|((function, place), count)| (function, place, count)).collect();
    // Stable: equal numbers stay in the order of names, so that the same are told every time.
    sites.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
    let rest = sites.split_off(sites.len().min(most));
    let rest: u64 = rest.iter().map(|(_, _, count)| count).sum();
    if rest > 0 {
        sites.push(("other".to_owned(), String::new(), rest));
    }
    sites
}

/// What threads do, in the order in which it is asked.
const STATES: [&str; 8] = ["running", "cgo", "syscall", "spinning", "parked", "runtime", "other", "foreign"];

/// Each of the kernel's threads once: those that the runtime does not know are those of C.
fn by_state(snapshot: &Snapshot) -> Vec<(&'static str, u64)> {
    let mut counts = STATES.map(|state| (state, 0));
    let mut add = |state: &str| {
        if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == state) {
            *count += 1;
        }
    };
    let mut known: Vec<i32> = Vec::new();
    for machine in &snapshot.machines {
        let Some(tid) = machine.tid else { continue };
        known.push(tid);
        add(state(snapshot, machine));
    }
    known.sort_unstable();
    for thread in &snapshot.threads {
        if known.binary_search(&thread.tid).is_err() {
            add("foreign");
        }
    }
    counts.to_vec()
}

fn state(snapshot: &Snapshot, machine: &Machine) -> &'static str {
    let goroutine = machine.goroutine.and_then(|id| snapshot.goroutine(id)).map(|it| it.status);
    match goroutine {
        _ if machine.role.is_some() => "runtime",
        _ if machine.in_cgo => "cgo",
        Some(Status::Syscall) => "syscall",
        _ if machine.spinning => "spinning",
        _ if machine.parked => "parked",
        Some(Status::Running) => "running",
        _ => "other",
    }
}

fn by_status(snapshot: &Snapshot) -> Vec<(&'static str, u64)> {
    let all =
        [ProcessorStatus::Idle, ProcessorStatus::Running, ProcessorStatus::Syscall, ProcessorStatus::Stopped];
    let count = |status| snapshot.processors.iter().filter(|it| it.status == status).count() as u64;
    all.into_iter().map(|status| (status.name(), count(status))).collect()
}

fn pinned(snapshot: &Snapshot) -> (u64, u64) {
    let pins = snapshot.machines.iter().filter(|machine| machine.tid.is_some() && machine.pin.is_some());
    let program = pins_of_program(snapshot).count();
    (program as u64, pins.count().saturating_sub(program) as u64)
}

fn findings(sightings: Sightings<'_>) -> Vec<(&'static str, &'static str, u64)> {
    let found = look(sightings);
    let sure = |rule| found.iter().filter(move |it| it.rule == rule && it.confidence > Confidence::Possible);
    let count = |rule| sure(rule).count() as u64;
    rules().map(|rule| (rule.name, crate::output::severity(rule.severity), count(rule.name))).collect()
}

#[cfg(test)]
mod tests {
    use snag_threads::snapshot::{Counted, Frame, Gap, Goroutine, Pin, ReasonId, Thread};

    use super::*;

    fn goroutine(id: u64, status: Status) -> Goroutine {
        Goroutine {
            id,
            status,
            reason: None,
            waiting: None,
            parent: None,
            created: Some(FrameId(0)),
            start: None,
            machine: None,
            pinned_to: None,
            stack: None,
        }
    }

    fn machine(id: i64) -> Machine {
        Machine {
            id,
            tid: Some(100 + id as i32),
            goroutine: None,
            processor: None,
            pin: None,
            in_cgo: false,
            spinning: false,
            parked: false,
            foreign: false,
            wedged: false,
            role: None,
            settled: true,
        }
    }

    fn snapshot() -> Snapshot {
        let frame =
            |function: String| Frame { function: function.into(), file: "/src/m/main.go".into(), line: 7 };
        let waits = |created, count| Counted {
            status: Status::Waiting,
            reason: Some(ReasonId(1)),
            created: Some(FrameId(created)),
            count,
        };
        Snapshot {
            gomaxprocs: Some(2),
            goroutines: vec![
                goroutine(1, Status::Running),
                goroutine(2, Status::Syscall),
                goroutine(3, Status::Syscall),
            ],
            counted: vec![waits(1, 1_000_000), waits(2, 5), waits(3, 5), waits(4, 1)],
            machines: vec![
                Machine { goroutine: Some(1), ..machine(0) },
                Machine { role: Some("runtime.sysmon".into()), ..machine(1) },
                Machine { goroutine: Some(2), in_cgo: true, ..machine(2) },
                Machine {
                    goroutine: Some(3),
                    pin: Some(Pin { goroutine: 3, depth: 1, internal: 0 }),
                    ..machine(3)
                },
                Machine { spinning: true, ..machine(4) },
                Machine { parked: true, ..machine(5) },
                // Waits for a thread of C.
                Machine {
                    tid: None,
                    foreign: true,
                    pin: Some(Pin { goroutine: 9, depth: 0, internal: 1 }),
                    ..machine(6)
                },
            ],
            threads: (100..108).map(|tid| Thread { tid, ..Thread::default() }).collect(),
            reasons: vec!["".into(), "chan receive".into()],
            frames: (0..5).map(|n| frame(format!("main.f{n}"))).collect(),
            ..Snapshot::default()
        }
    }

    #[test]
    fn goroutines_are_told_by_reason_and_the_most_frequent_sites() {
        let figures = figures(Identity::default(), None, &snapshot(), 2);
        assert_eq!(
            figures.goroutines,
            [
                ("running", String::new(), 1),
                ("syscall", String::new(), 2),
                ("waiting", "chan receive".to_owned(), 1_000_011)
            ]
        );
        let sites: Vec<(&str, &str, u64)> =
            figures.sites.iter().map(|(function, place, count)| (&**function, &**place, *count)).collect();
        assert_eq!(
            sites,
            [("main.f1", "main.go:7", 1_000_000), ("main.f2", "main.go:7", 5), ("other", "", 9)]
        );
        assert!(figures.findings.is_empty() && figures.differing.is_empty(), "seen only once");
    }

    #[test]
    fn every_thread_is_counted_once() {
        let figures = figures(Identity::default(), None, &snapshot(), 2);
        let some: Vec<_> = figures.threads.iter().filter(|(_, count)| *count > 0).copied().collect();
        assert_eq!(
            some,
            [
                ("running", 1),
                ("cgo", 1),
                ("syscall", 1),
                ("spinning", 1),
                ("parked", 1),
                ("runtime", 1),
                ("foreign", 2)
            ]
        );
        assert_eq!(figures.pinned, Some((1, 0)));
    }

    #[test]
    fn what_was_not_read_is_no_zero() {
        let gap = |part| Gap { part, reason: String::new() };
        let mut snapshot = snapshot();
        snapshot.gaps = vec![gap(Part::Machines), gap(Part::Goroutines), gap(Part::Goroutines)];
        let figures = figures(Identity::default(), None, &snapshot, 2);
        assert!(figures.goroutines.is_empty() && figures.sites.is_empty() && figures.threads.is_empty());
        assert_eq!((figures.pinned, figures.gaps), (None, vec!["goroutines", "machines"]));
    }

    #[test]
    fn the_number_of_reasons_is_bounded() {
        let mut snapshot = snapshot();
        snapshot.reasons = (0..200).map(|n| format!("reason {n}").into()).collect();
        snapshot.counted = (0..200)
            .map(|n| Counted { status: Status::Waiting, reason: Some(ReasonId(n)), created: None, count: 1 })
            .collect();
        let figures = figures(Identity::default(), None, &snapshot, 2);
        assert_eq!(figures.goroutines.len(), MOST_REASONS + 1);
        assert_eq!(figures.goroutines.iter().map(|(_, _, count)| count).sum::<u64>(), 203);
    }

    #[test]
    fn seen_twice_every_rule_has_a_number() {
        let snapshot = snapshot();
        let figures = figures(Identity::default(), Some(&snapshot), &snapshot, 2);
        assert_eq!(figures.findings.len(), rules().count());
        assert!(figures.findings.iter().all(|(_, _, count)| *count == 0));
    }
}

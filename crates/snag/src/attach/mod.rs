//! `snag attach`: watches who runs on which thread of a process for a while, and leaves it as it was.

mod report;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use snag_probe::{Hooks, Options, Stacks, Target, Watch, attach_like, watch};
use snag_rules::history::HistoryFinding;
use snag_rules::live::{LiveFinding, Sightings, look};
use snag_rules::{Confidence, Severity};
use snag_threads::history::{Event, GoroutineId, History, TurnKind};
use snag_threads::snapshot::Snapshot;

use crate::args::{AttachArguments, RunFormat};
use crate::snapshot::choose;
use crate::{CLEAN, FINDINGS, print};

/// Between reads of what hooks wrote.
const OFTEN: Duration = Duration::from_millis(2);
/// Between the two looks that decide what is hooked.
const BETWEEN: Duration = Duration::from_millis(100);
/// How often the lists of a process are looked for.
const TRIES: usize = 20;
/// Goroutines that are told of one thread.
const MOST: usize = 64;

/// What was seen.
#[derive(Debug)]
struct Seen {
    /// At the end.
    snapshot: Snapshot,
    live: Vec<LiveFinding>,
    history: History,
    findings: Vec<HistoryFinding>,
    watched: Duration,
    /// For how long the process stood still at most.
    stood: Duration,
    counts: Counts,
    /// Who ran on each thread that a finding is about, and how many more.
    guests: Vec<(i32, Vec<GoroutineId>)>,
    problems: Vec<String>,
}

/// How often something happened.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    pins: u64,
    ends: u64,
    ended_pinned: u64,
    runs: u64,
}

pub(crate) fn run(arguments: &AttachArguments) -> Result<u8, String> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // Whoever interrupts Snag gets the process back as it was, and the report.
        let registered = signal_hook::flag::register(signal, Arc::clone(&stop));
        registered.map_err(|error| format!("signals cannot be waited for: {error}"))?;
    }
    let pid = choose(arguments.pid, arguments.name.as_deref())?;
    let target = attach(pid)?;
    let seen = see(target, arguments, &stop)?;
    match arguments.output_format {
        RunFormat::Text => print(report::text(&seen))?,
        RunFormat::Json => print(report::json(&seen))?,
    }
    let severities = seen.live.iter().map(|it| it.severity).chain(seen.findings.iter().map(|it| it.severity));
    let fails = severities.into_iter().any(|severity| severity > Severity::Info);
    Ok(if fails && !arguments.exit_zero { FINDINGS } else { CLEAN })
}

/// Where the names of a program were left out, lists that change just then are not found with certainty: then it is tried again.
fn attach(pid: i32) -> Result<Target, String> {
    let attach = || snag_probe::attach(pid).map_err(|refusal| refusal.to_string());
    let mut target = attach()?;
    for _ in 0..TRIES {
        if target.is_complete() {
            break;
        }
        std::thread::sleep(BETWEEN);
        target = attach()?;
    }
    Ok(target)
}

fn take(target: &Target) -> Result<Snapshot, String> {
    target.snapshot(Options { stacks: Stacks::Threads, pause: false }).map_err(|refusal| refusal.to_string())
}

fn judge(first: &Snapshot, second: &Snapshot) -> Vec<LiveFinding> {
    let mut findings = look(Sightings { first, second });
    findings.retain(|finding| finding.confidence > Confidence::Possible);
    findings
}

fn see(target: Target, arguments: &AttachArguments, stop: &AtomicBool) -> Result<Seen, String> {
    let first = take(&target)?;
    std::thread::sleep(BETWEEN);
    // Every step of the scheduler is worth its cost only where a thread is not as the others.
    let changed = judge(&first, &take(&target)?).iter().any(|finding| !finding.threads.is_empty());
    let hooks = Hooks { schedule: arguments.schedule || changed, pins: true, ..Hooks::default() };
    let eyes = attach_like(target.process().pid, &target).map_err(|refusal| refusal.to_string())?;
    let mut story = Story::default();
    let mut watching =
        watch(target, hooks, &mut |event| story.add(event)).map_err(|refusal| refusal.to_string())?;
    let begun = Instant::now();
    let ended = collect(&mut watching, arguments.duration.duration(), stop, &mut story);
    let watched = begun.elapsed();
    let mut problems: Vec<String> = ended.err().into_iter().collect();
    let last = take(&eyes);
    let stood = watching.stood();
    let stood = match watching.end() {
        Ok(longest) => longest,
        Err(refusal) => {
            problems.push(refusal.to_string());
            stood
        }
    };
    // Of a process that has ended meanwhile the first look is the last.
    let snapshot = last.unwrap_or_else(|_ended| first.clone());
    let live = judge(&first, &snapshot);
    problems.extend(story.history.gaps.iter().map(|gap| gap.reason.clone()));
    let mut findings = snag_rules::history::look(&story.history);
    findings.retain(|finding| finding.confidence > Confidence::Possible);
    let threads = live.iter().flat_map(|finding| finding.threads.iter().copied());
    let guests = story.guests(threads.collect());
    let (history, counts) = (story.history, story.counts);
    Ok(Seen { snapshot, live, history, findings, watched, stood, counts, guests, problems })
}

fn collect(watching: &mut Watch, time: Duration, stop: &AtomicBool, story: &mut Story) -> Result<(), String> {
    let begun = Instant::now();
    while begun.elapsed() < time && !stop.load(Ordering::Relaxed) {
        std::thread::sleep(OFTEN);
        watching.read(&mut |event| story.add(event)).map_err(|refusal| refusal.to_string())?;
    }
    Ok(())
}

/// What happened, without the many steps it is made of.
#[derive(Debug, Default)]
struct Story {
    history: History,
    counts: Counts,
    /// Who ran on each thread, in the order in which they came.
    ran: BTreeMap<u32, Vec<GoroutineId>>,
}

impl Story {
    fn add(&mut self, event: Event) {
        let Event::Turn(turn) = event else { return self.history.add(event) };
        match turn.what {
            TurnKind::Pins => self.counts.pins += 1,
            TurnKind::Ends => {
                self.counts.ends += 1;
                self.counts.ended_pinned += u64::from(turn.pinned.depth > 0);
            }
            TurnKind::Runs => {
                self.counts.runs += 1;
                let ran = self.ran.entry(turn.thread.0).or_default();
                if let Some(goroutine) = turn.goroutine.filter(|it| ran.len() < MOST && !ran.contains(it)) {
                    ran.push(goroutine);
                }
            }
            TurnKind::Rests | TurnKind::Forced => {}
        }
    }

    /// Who ran on these threads.
    fn guests(&self, mut tids: Vec<i32>) -> Vec<(i32, Vec<GoroutineId>)> {
        tids.sort_unstable();
        tids.dedup();
        let ran = |tid: i32| {
            let threads = self.history.threads.iter().zip(0u32..).filter(|(thread, _)| thread.tid == tid);
            threads.filter_map(|(_, id)| self.ran.get(&id)).flatten().copied().collect::<Vec<_>>()
        };
        tids.into_iter().map(|tid| (tid, ran(tid))).filter(|(_, ran)| !ran.is_empty()).collect()
    }
}

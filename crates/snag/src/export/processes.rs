//! The Go processes of this machine: found, read again and again, and forgotten.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use snag_probe::{Cause, ProgramFile, Refusal, Running, Target, attach, attach_like, processes};
use snag_rules::live::keep;
use snag_threads::snapshot::{Part, Snapshot};

use super::container::{Container, container};
use super::figures::{Figures, Identity, figures};
use super::metrics::{Own, Reading};

/// Past this no further process is read: a scraper waits ten seconds.
const BUDGET: Duration = Duration::from_secs(6);
/// After a process could not be read, it is left alone for so long, the next time for twice as long ...
const FIRST_RETRY: Duration = Duration::from_secs(5);
/// ... up to this: a C program may load a Go library at any time.
const LAST_RETRY: Duration = Duration::from_secs(600);
/// How often the runtime is looked for again in a process in which not all of it was found.
const ATTEMPTS: u32 = 4;

/// Which processes are watched, and how closely.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// With these ids or these names; all if both are empty.
    pub(super) pids: Vec<i32>,
    pub(super) names: Vec<String>,
    pub(super) max_processes: usize,
    pub(super) min_age: Duration,
    pub(super) sites: usize,
}

/// The processes so far.
pub(super) struct Watch {
    choice: Choice,
    watched: HashMap<i32, Watched>,
    /// Processes that are not read, so that they are not looked into every time.
    others: HashMap<i32, Other>,
    readings: u64,
}

/// Ids are used again, and a process may run another file later on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Life {
    started: u64,
    file: Option<ProgramFile>,
}

struct Watched {
    life: Life,
    target: Target,
    program: String,
    container: Container,
    earlier: Option<Snapshot>,
    /// How often the runtime was looked for again, and when it may be.
    doubts: u32,
    retry: Instant,
}

struct Other {
    life: Life,
    why: Why,
    attempts: u32,
    retry: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Refused(Cause),
    /// It is a Go program, but there are too many.
    LeftOut,
}

impl Watch {
    pub(super) fn new(choice: Choice) -> Watch {
        Watch { choice, watched: HashMap::new(), others: HashMap::new(), readings: 0 }
    }

    /// What the processes are doing now.
    pub(super) fn read(&mut self) -> Reading {
        let begin = Instant::now();
        let running = self.chosen();
        self.forget(&running);
        let mut figures = Vec::new();
        let mut late = 0;
        for process in &running {
            let expired = begin.elapsed() > BUDGET;
            if expired && self.watched.contains_key(&process.pid) {
                late += 1;
            } else if !expired && self.meet(process) {
                figures.extend(self.look(process));
            }
        }
        self.readings += 1;
        Reading {
            processes: figures,
            unreadable: self.unreadable(),
            left_out: vec![("limit", self.left_out()), ("time", late)],
            seconds: begin.elapsed().as_secs_f64(),
            own: own(self.readings),
        }
    }

    /// The processes that are asked for, the oldest first.
    fn chosen(&self) -> Vec<Running> {
        let mut running = processes();
        let Choice { pids, names, min_age, .. } = &self.choice;
        if pids.is_empty() && names.is_empty() {
            let youngest = uptime().saturating_sub(*min_age);
            running.retain(|process| ticks(process.started) <= youngest);
        } else {
            running.retain(|process| {
                pids.contains(&process.pid) || names.iter().any(|name| process.is_called(name))
            });
        }
        running
    }

    fn forget(&mut self, running: &[Running]) {
        let lives: HashMap<i32, Life> = running.iter().map(|process| (process.pid, life(process))).collect();
        self.watched.retain(|pid, known| lives.get(pid) == Some(&known.life));
        self.others.retain(|pid, known| lives.get(pid) == Some(&known.life));
    }

    /// Whether the process is watched, from now on at least.
    fn meet(&mut self, process: &Running) -> bool {
        if self.watched.contains_key(&process.pid) {
            return true;
        }
        let full = self.watched.len() >= self.choice.max_processes;
        if let Some(other) = self.others.get(&process.pid) {
            let wait = match other.why {
                Why::LeftOut => full,
                Why::Refused(_) => Instant::now() < other.retry,
            };
            if wait {
                return false;
            }
        }
        let kin =
            self.watched.values().find(|known| known.life.file.is_some() && known.life.file == process.file);
        let outcome = match kin {
            Some(kin) => attach_like(process.pid, &kin.target),
            None => attach(process.pid),
        };
        match outcome {
            Ok(_) if full => self.leave(process, Why::LeftOut),
            Ok(target) => {
                let container = container(&process.control_groups());
                let (life, program) = (life(process), process.program());
                let (earlier, doubts, retry) = (None, 0, Instant::now());
                let watched = Watched { life, target, program, container, earlier, doubts, retry };
                self.watched.insert(process.pid, watched);
                self.others.remove(&process.pid);
                return true;
            }
            Err(refusal) => self.leave(process, Why::Refused(refusal.cause())),
        }
        false
    }

    /// Remembers that there is nothing to read for a while.
    fn leave(&mut self, process: &Running, why: Why) {
        let attempts = self.others.get(&process.pid).map_or(0, |other| other.attempts);
        let wait = FIRST_RETRY.saturating_mul(1 << attempts.min(10)).min(LAST_RETRY);
        let other = Other { life: life(process), why, attempts: attempts + 1, retry: Instant::now() + wait };
        self.others.insert(process.pid, other);
    }

    /// Reads a process that is watched.
    fn look(&mut self, process: &Running) -> Option<Figures> {
        let known = self.watched.get_mut(&process.pid)?;
        match known.look(self.choice.sites) {
            Ok(figures) => Some(figures),
            Err(refusal) => {
                self.watched.remove(&process.pid);
                self.leave(process, Why::Refused(refusal.cause()));
                None
            }
        }
    }

    fn unreadable(&self) -> Vec<(&'static str, u64)> {
        let causes = [
            (Cause::Forbidden, "forbidden"),
            (Cause::Unsupported, "unsupported"),
            (Cause::Unclear, "unclear"),
        ];
        let count =
            |cause| self.others.values().filter(|other| other.why == Why::Refused(cause)).count() as u64;
        causes.into_iter().map(|(cause, name)| (name, count(cause))).collect()
    }

    fn left_out(&self) -> u64 {
        self.others.values().filter(|other| other.why == Why::LeftOut).count() as u64
    }
}

impl Watched {
    fn look(&mut self, sites: usize) -> Result<Figures, Refusal> {
        let snapshot = self.target.count()?;
        let process = self.target.process();
        let identity = Identity {
            program: self.program.clone(),
            pid: process.pid,
            go_version: process.go_version.clone(),
            cgo: process.cgo,
            container: self.container.clone(),
        };
        let figures = figures(identity, self.earlier.as_ref(), &snapshot, sites);
        let vital = [Part::Goroutines, Part::Machines, Part::Processors, Part::Reasons];
        if !self.target.is_complete() || snapshot.gaps.iter().any(|gap| vital.contains(&gap.part)) {
            self.look_again();
        }
        self.earlier = Some(keep(snapshot));
        Ok(figures)
    }

    /// The runtime may have been looked for too early, or the process may have become another one.
    fn look_again(&mut self) {
        if self.doubts < ATTEMPTS && Instant::now() >= self.retry {
            self.doubts += 1;
            self.retry = Instant::now() + FIRST_RETRY;
            if let Ok(target) = attach(self.target.process().pid) {
                self.target = target;
            }
        }
    }
}

fn life(process: &Running) -> Life {
    Life { started: process.started, file: process.file }
}

/// Times of processes are in hundredths of a second on every Linux of this kind.
fn ticks(started: u64) -> Duration {
    Duration::from_millis(started.saturating_mul(10))
}

fn uptime() -> Duration {
    let text = fs::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds = text.split(' ').next().and_then(|seconds| seconds.parse().ok());
    seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(Duration::MAX)
}

fn own(readings: u64) -> Own {
    let cpu_seconds = getrusage(UsageWho::RUSAGE_SELF).map_or(0.0, |usage| {
        let used = usage.user_time() + usage.system_time();
        used.num_microseconds() as f64 / 1e6
    });
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    let kilobytes = resident.and_then(|number| number.trim().parse::<f64>().ok()).unwrap_or(0.0);
    Own { readings, cpu_seconds, resident_bytes: kilobytes * 1024.0 }
}

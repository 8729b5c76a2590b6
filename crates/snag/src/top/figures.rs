//! The numbers of the header, and how they went.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use snag_threads::snapshot::Snapshot;

/// More points than this no terminal is wide enough to show.
const POINTS: usize = 512;
/// Shares of so short a time say more about the kernel's clock than about the program.
const SHORTEST: Duration = Duration::from_millis(200);

/// What is counted in a snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub goroutines: usize,
    pub threads: usize,
    pub pinned: usize,
    /// Threads made and ended in the life of the process.
    pub made: Option<i64>,
    pub ended: Option<i64>,
}

impl Figures {
    pub(super) fn of(snapshot: &Snapshot) -> Figures {
        let pinned = snapshot.machines.iter().filter(|it| it.pin.is_some_and(|pin| pin.depth > 0));
        Figures {
            goroutines: snapshot.goroutines.len(),
            threads: snapshot.threads.len(),
            pinned: pinned.count(),
            made: snapshot.scheduler.map(|scheduler| scheduler.threads_created),
            ended: snapshot.scheduler.map(|scheduler| scheduler.threads_freed),
        }
    }
}

/// A number that is followed over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trend {
    Goroutines,
    Threads,
    Pinned,
    /// Threads that ended since the look before.
    Ended,
}

/// The figures of the looks so far, and what the threads did between the last two.
#[derive(Debug, Default)]
pub(super) struct History {
    points: VecDeque<Figures>,
    taken: Duration,
    cpu: BTreeMap<i32, (u64, Duration)>,
    shares: BTreeMap<i32, f64>,
    quota: Option<(u64, u64)>,
    /// Periods in which the process had to stand still, and all periods, since the look before.
    pub throttled: Option<(u64, u64)>,
}

impl History {
    /// Adds a look.
    pub(super) fn add(&mut self, snapshot: &Snapshot) {
        if self.points.len() == POINTS {
            self.points.pop_front();
        }
        self.points.push_back(Figures::of(snapshot));
        let now = snapshot.threads.iter().map(|thread| (thread.tid, (thread.started, thread.cpu))).collect();
        let passed = snapshot.taken.saturating_sub(self.taken);
        if passed >= SHORTEST {
            self.shares = shares(&self.cpu, &now, passed);
        }
        self.cpu = now;
        self.taken = snapshot.taken;
        let quota = snapshot.quota.as_ref().map(|quota| (quota.throttled, quota.periods));
        self.throttled = self
            .quota
            .zip(quota)
            .map(|(before, now)| (now.0.saturating_sub(before.0), now.1.saturating_sub(before.1)));
        self.quota = quota;
    }

    /// The last figures.
    pub(super) fn last(&self) -> Figures {
        self.points.back().copied().unwrap_or_default()
    }

    /// How much of a CPU a thread used between the last two looks, in percent.
    pub(super) fn share(&self, tid: i32) -> Option<f64> {
        self.shares.get(&tid).copied()
    }

    /// The same of all threads together.
    pub(super) fn shares(&self) -> Option<f64> {
        (!self.shares.is_empty()).then(|| self.shares.values().sum())
    }

    /// The last numbers, the newest last.
    pub(super) fn series(&self, trend: Trend, length: usize) -> Vec<u64> {
        let skipped = self.points.len().saturating_sub(length);
        let number = |at: usize| match trend {
            Trend::Goroutines => self.points[at].goroutines as u64,
            Trend::Threads => self.points[at].threads as u64,
            Trend::Pinned => self.points[at].pinned as u64,
            Trend::Ended => self.ended_at(at),
        };
        (skipped..self.points.len()).map(number).collect()
    }

    fn ended_at(&self, at: usize) -> u64 {
        let before = at.checked_sub(1).and_then(|before| self.points[before].ended);
        let ended = before.zip(self.points[at].ended).map_or(0, |(before, now)| now - before);
        u64::try_from(ended).unwrap_or(0)
    }
}

type Used = BTreeMap<i32, (u64, Duration)>;

fn shares(before: &Used, now: &Used, passed: Duration) -> BTreeMap<i32, f64> {
    let share = |(tid, (started, cpu)): (&i32, &(u64, Duration))| {
        let (_, earlier) = before.get(tid).filter(|(known, _)| known == started)?;
        Some((*tid, cpu.saturating_sub(*earlier).as_secs_f64() / passed.as_secs_f64() * 100.0))
    };
    now.iter().filter_map(share).collect()
}

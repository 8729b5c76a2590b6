//! Looks into the process again and again, beside the one who draws: a slow look must not make keys slow.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use snag_probe::{Options, Stacks, Target};
use snag_rules::Confidence;
use snag_rules::live::{Sightings, look};
use snag_threads::snapshot::Snapshot;

use super::scene::Look;

/// Until the second look, which is the first that shows problems and CPU time.
const SECOND: Duration = Duration::from_millis(300);
/// How soon it is noticed that the process has ended.
const ALIVE: Duration = Duration::from_millis(250);
/// For each moment of work so many of rest: a process with a million goroutines must not cost a whole CPU.
const REST: u32 = 4;

/// What comes back.
#[derive(Debug)]
pub(super) enum News {
    Seen(Box<Look>),
    /// There is nothing to look into any more.
    Ended(String),
}

/// What the one who draws wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// The stacks of these goroutines, which are sorted; at once, or with the next look.
    Stacks(Vec<u64>, bool),
    /// No further looks, or looks again.
    Pause(bool),
}

/// One who looks.
pub(super) struct Watch {
    pub target: Target,
    pub interval: Duration,
    stacks: Vec<u64>,
    before: Option<Snapshot>,
}

impl Watch {
    pub(super) fn new(target: Target, interval: Duration) -> Watch {
        Watch { target, interval, stacks: Vec::new(), before: None }
    }

    /// Looks once.
    pub(super) fn look(&mut self, regular: bool) -> Result<Look, String> {
        let options = Options { stacks: Stacks::And(&self.stacks), pause: false };
        let snapshot = self.target.snapshot(options).map_err(|refusal| refusal.to_string());
        if let Some(reason) = self.target.ended() {
            return Err(reason.to_string());
        }
        let snapshot = snapshot?;
        let mut findings = Vec::new();
        if regular {
            if let Some(before) = &self.before {
                findings = look(Sightings { first: before, second: &snapshot });
                findings.retain(|finding| finding.confidence > Confidence::Possible);
            }
            self.before = Some(snapshot.clone());
        }
        Ok(Look { snapshot, findings, regular, age: self.target.age() })
    }

    /// Asks for the stacks of these goroutines from now on.
    pub(super) fn want(&mut self, stacks: Vec<u64>) {
        self.stacks = stacks;
    }

    /// Looks until the process has ended or nobody listens any more.
    pub(super) fn run(mut self, wishes: &Receiver<Wish>, tell: impl Fn(News) -> bool) {
        let mut times = Times { next: Instant::now(), earliest: Instant::now(), looks: 0 };
        let (mut paused, mut urgent) = (false, false);
        loop {
            let (now, before) = (Instant::now(), spent());
            let due = !paused && now >= times.next;
            if due || urgent && !paused && now >= times.earliest {
                urgent = false;
                let news = match self.look(due) {
                    Ok(look) => News::Seen(Box::new(look)),
                    Err(sentence) => {
                        tell(News::Ended(sentence));
                        return;
                    }
                };
                let cost =
                    before.zip(spent()).map_or(now.elapsed(), |(before, now)| now.saturating_sub(before));
                times.passed(now, cost, due, self.interval);
                if !tell(news) {
                    return;
                }
            }
            match wishes.recv_timeout(times.rest(paused, urgent)) {
                Ok(Wish::Stacks(ids, at_once)) => {
                    self.want(ids);
                    urgent |= at_once;
                }
                Ok(Wish::Pause(wanted)) => paused = wanted,
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(reason) = self.target.ended() {
                        tell(News::Ended(reason.to_string()));
                        return;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

/// The CPU time of this thread so far. On a busy machine a look may take long and cost little.
fn spent() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
}

/// When it is looked again.
struct Times {
    next: Instant,
    earliest: Instant,
    looks: usize,
}

impl Times {
    fn passed(&mut self, start: Instant, cost: Duration, regular: bool, interval: Duration) {
        self.earliest = Instant::now() + cost * REST;
        if regular {
            self.looks += 1;
            let wait = if self.looks == 1 { SECOND.min(interval) } else { interval };
            self.next = (start + wait).max(self.earliest);
        }
    }

    fn rest(&self, paused: bool, urgent: bool) -> Duration {
        let next = if urgent { self.next.min(self.earliest) } else { self.next };
        let rest = next.saturating_duration_since(Instant::now());
        if paused { ALIVE } else { rest.min(ALIVE) }
    }
}

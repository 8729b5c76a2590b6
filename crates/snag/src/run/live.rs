//! `snag run --live`: findings are told while the program runs, each once, as soon as they are certain.
//!
//! The program must not wait for the rules, so they look at the history on a thread of their own. They look at all of it,
//! and it grows: the time between two looks grows with what a look costs, so that a server may run for weeks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use snag_rules::Confidence;
use snag_rules::history::{HistoryFinding, look};
use snag_threads::history::{CallId, Event, History};

use super::report;
use crate::complain;

/// The rules look no more often than this,
const PAUSE: Duration = Duration::from_millis(200);
/// and are at rest so many times as long as they looked.
const REST: u32 = 20;
/// What is likely is told when it has been so for this long: by then C has taken back what it changes for a moment.
const STANDS: Duration = Duration::from_secs(1);

/// A history that is looked at while it grows.
pub(super) struct Live {
    events: Sender<Event>,
    looks: JoinHandle<History>,
}

impl Live {
    pub(super) fn begin() -> Result<Live, String> {
        let (events, received) = channel();
        let looks = std::thread::Builder::new().name("live".to_owned()).spawn(move || follow(&received));
        let looks = looks.map_err(|error| format!("cannot start a thread: {error}"))?;
        Ok(Live { events, looks })
    }

    pub(super) fn add(&self, event: Event) {
        // It listens until there is nobody left to tell it anything.
        let _ = self.events.send(event);
    }

    /// What it all added up to.
    pub(super) fn end(self) -> Result<History, String> {
        drop(self.events);
        self.looks.thread().unpark();
        self.looks.join().map_err(|_| "the rules failed while they looked at the run".to_owned())
    }
}

/// It sleeps in between: to be woken by each event would cost the program more than all looks do.
fn follow(events: &Receiver<Event>) -> History {
    let mut history = History::default();
    let mut teller = Teller::default();
    let mut rest = PAUSE;
    loop {
        std::thread::park_timeout(rest);
        let mut changed = !teller.pending.is_empty();
        loop {
            match events.try_recv() {
                Ok(event) => {
                    changed |= matters(&event);
                    history.add(event);
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return history,
            }
        }
        rest = PAUSE;
        if changed {
            let begin = Instant::now();
            for finding in teller.news(look(&history), begin) {
                complain(report::line(&finding, &history).trim_end());
            }
            rest = PAUSE.max(begin.elapsed() * REST);
        }
    }
}

/// Whether a rule may see more after this step than before.
fn matters(event: &Event) -> bool {
    !matches!(
        event,
        Event::Command(..) | Event::Frame(_) | Event::Stack(_) | Event::Goroutine(_) | Event::Gap(_)
    )
}

/// What makes a finding the same one at every look: its words change as more is seen.
type Key = (&'static str, Option<(Arc<str>, u32)>, Option<CallId>);

/// What was told, and what may be soon.
#[derive(Default)]
struct Teller {
    /// The findings that are not certain yet, and since when they stand.
    pending: BTreeMap<Key, Instant>,
    told: BTreeSet<Key>,
}

impl Teller {
    /// The findings that are to be told now.
    fn news(&mut self, findings: Vec<HistoryFinding>, now: Instant) -> Vec<HistoryFinding> {
        let before = std::mem::take(&mut self.pending);
        let mut news = Vec::new();
        for finding in findings {
            let call = finding.witnesses.first().and_then(|witness| witness.call);
            let place = finding.frame.as_ref().map(|frame| (frame.file.clone(), frame.line));
            let key = (finding.rule, place, call);
            if self.told.contains(&key) || finding.confidence == Confidence::Possible {
                continue;
            }
            let since = before.get(&key).copied().unwrap_or(now);
            if finding.confidence == Confidence::Certain || now - since >= STANDS {
                self.told.insert(key);
                news.push(finding);
            } else {
                self.pending.insert(key, since);
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use snag_rules::Severity;

    fn finding(rule: &'static str, confidence: Confidence) -> HistoryFinding {
        let (message, frame) = (String::new(), None);
        let (evidence, witnesses) = (Vec::new(), Vec::new());
        HistoryFinding { rule, severity: Severity::Error, confidence, message, frame, evidence, witnesses }
    }

    #[test]
    fn what_is_certain_is_told_at_once_and_once_and_what_is_likely_when_it_stands() {
        let mut teller = Teller::default();
        let start = Instant::now();
        let mut news = |millis, list: &[(&'static str, Confidence)]| {
            let findings = list.iter().map(|&(rule, confidence)| finding(rule, confidence)).collect();
            let news = teller.news(findings, start + Duration::from_millis(millis));
            news.into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };
        let (certain, likely) = (Confidence::Certain, Confidence::Likely);
        assert_eq!(news(0, &[("a", certain), ("b", likely), ("c", Confidence::Possible)]), ["a"]);
        assert!(news(500, &[("a", certain), ("b", likely), ("d", likely)]).is_empty());
        // What was taken back meanwhile is not told.
        assert_eq!(news(1100, &[("a", certain), ("b", likely)]), ["b"]);
        assert!(news(1300, &[("a", certain), ("b", likely), ("d", likely)]).is_empty());
        assert_eq!(news(1400, &[("a", certain), ("b", likely), ("d", certain)]), ["d"]);
    }
}

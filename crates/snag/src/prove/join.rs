//! Which findings in the source and findings of a run are the same bug, and what the run says of the others.
//!
//! The two look at a bug from its two ends. In the source it stands where the remedy belongs: at a call in the function that
//! is to pin, at the end of a pin. A run shows where the system call was made, with the stack that led there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use snag_rules::history::{self, HistoryFinding, Witness};
use snag_threads::history::{Call, Class, History};
use snag_threads::snapshot::{Frame, StackId};

use crate::check::Outcome;
use crate::report::{Report, Spot};

/// What a run says of a finding in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proven {
    /// It happened.
    Seen,
    /// The code was run, and it did not happen.
    ReachedNotSeen,
    /// It did not happen, and whether the code was run is not known.
    NotSeen,
    /// The code was not run.
    NotReached,
    /// Nothing that a run shows would tell.
    CannotBeSeen,
}

/// A finding in the source with what the run says of it.
#[derive(Debug)]
pub(super) struct Verdict {
    /// Its place in the list of reports.
    pub(super) report: usize,
    pub(super) proven: Proven,
    /// Whether the code was run, if that is known.
    pub(super) reached: Option<bool>,
    /// The findings of the run that are the same bug, by their place in the list.
    pub(super) seen: Vec<usize>,
    pub(super) calls: Calls,
}

/// Calls that were made from the place of a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Calls {
    pub(super) all: usize,
    pub(super) pinned: usize,
    pub(super) failed: usize,
}

/// All findings, each once.
#[derive(Debug)]
pub(super) struct Joined {
    /// In the order of what they say, then of the places.
    pub(super) verdicts: Vec<Verdict>,
    /// Findings of the run that the source does not show, by their place in the list.
    pub(super) only_seen: Vec<usize>,
}

/// Puts both together. `ran` says whether the statement at a place was run.
pub(super) fn join(
    outcome: &Outcome,
    history: &History,
    seen: &[HistoryFinding],
    ran: &dyn Fn(&Spot) -> Option<bool>,
) -> Joined {
    let reports: Vec<&Report> = outcome.reports.iter().chain(&outcome.silenced).collect();
    let mut matched: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut only_seen = Vec::new();
    for (at, finding) in seen.iter().enumerate() {
        let same = same_bug(&reports, &Trail::of(history, finding));
        if same.is_empty() {
            only_seen.push(at);
        }
        same.into_iter().for_each(|report| matched.entry(report).or_default().push(at));
    }
    let calls = Sites::new(history);
    let verdict = |(at, report): (usize, &Report)| {
        let seen = matched.remove(&at).unwrap_or_default();
        let calls = calls.from(report);
        let reached = if seen.is_empty() && calls.all == 0 { ran(&report.spot) } else { Some(true) };
        let visible = report.states.is_empty() || report.states.intersects(snag_probe::followed());
        let proven = match reached {
            _ if !seen.is_empty() => Proven::Seen,
            _ if !(visible && history::rules().any(|rule| rule.name == report.rule)) => Proven::CannotBeSeen,
            Some(true) => Proven::ReachedNotSeen,
            Some(false) => Proven::NotReached,
            None => Proven::NotSeen,
        };
        Verdict { report: at, proven, reached, seen, calls }
    };
    let mut verdicts: Vec<Verdict> = outcome.reports.iter().enumerate().map(verdict).collect();
    verdicts.sort_by_key(|verdict| verdict.proven);
    Joined { verdicts, only_seen }
}

/// What ties two findings together; what is further down counts more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tie {
    /// The goroutine was in the function of the one in the source.
    Function,
    /// The call, or the start of the goroutine, is one of the reasons of the one in the source.
    Reason,
    /// The goroutine was at the place of the one in the source.
    Place,
}

/// The reports that are the same bug: those with the strongest tie.
fn same_bug(reports: &[&Report], trail: &Trail<'_>) -> Vec<usize> {
    let tie = |report: &&Report| trail.tie(report).filter(|_| report.rule == trail.rule);
    let ties: Vec<Option<Tie>> = reports.iter().map(tie).collect();
    let strongest = ties.iter().flatten().max();
    (0..reports.len()).filter(|&at| strongest.is_some() && ties[at].as_ref() == strongest).collect()
}

/// Where the goroutine was that a run shows.
struct Trail<'h> {
    rule: &'h str,
    /// Where the finding stands.
    site: Option<&'h Frame>,
    stack: Vec<&'h Frame>,
    /// Where the goroutines were started, should there be no stack.
    starts: Vec<&'h Frame>,
}

impl<'h> Trail<'h> {
    fn of(history: &'h History, finding: &'h HistoryFinding) -> Trail<'h> {
        // One place may be seen a million times.
        let stacks: BTreeSet<StackId> =
            finding.witnesses.iter().filter_map(|witness| witness.stack).collect();
        let start = |witness: &Witness| {
            let goroutine = history.goroutine(witness.goroutine.filter(|_| witness.stack.is_none())?)?;
            Some([goroutine.start, goroutine.created])
        };
        let starts: BTreeSet<_> = finding.witnesses.iter().filter_map(start).flatten().flatten().collect();
        Trail {
            rule: finding.rule,
            site: finding.frame.as_ref(),
            stack: stacks.into_iter().flat_map(|stack| history.stack(stack)).collect(),
            starts: starts.into_iter().filter_map(|frame| history.frame(frame)).collect(),
        }
    }

    fn tie(&self, report: &Report) -> Option<Tie> {
        let mut whole = self.stack.iter().chain(&self.site);
        if whole.any(|frame| is_at(frame, report)) {
            return Some(Tie::Place);
        }
        let mut reasons = self.site.iter().chain(&self.starts);
        if reasons.any(|frame| report.why.iter().any(|(spot, _)| is_on(frame, spot))) {
            return Some(Tie::Reason);
        }
        let within = |frame: &&Frame| is_in(frame, &report.spot) && report.lines.contain(frame.line);
        let mut all = self.stack.iter().chain(&self.starts).chain(&self.site);
        all.any(within).then_some(Tie::Function)
    }
}

fn is_in(frame: &Frame, spot: &Spot) -> bool {
    Path::new(&*frame.file) == spot.source.path
}

/// Whether a frame is on a line of a place.
fn is_on(frame: &Frame, spot: &Spot) -> bool {
    is_in(frame, spot) && (spot.start().line..=spot.end().line).contains(&frame.line)
}

/// Whether a frame is at the place of a report. A call of many lines may have a literal in it, which is another function.
fn is_at(frame: &Frame, report: &Report) -> bool {
    is_on(frame, &report.spot) && (frame.line == report.spot.start().line || report.lines.contain(frame.line))
}

/// The calls of a history, those with one stack together.
struct Sites<'h> {
    history: &'h History,
    calls: BTreeMap<StackId, Vec<&'h Call>>,
}

impl<'h> Sites<'h> {
    fn new(history: &'h History) -> Sites<'h> {
        let mut calls: BTreeMap<StackId, Vec<&Call>> = BTreeMap::new();
        for call in history.calls.iter().filter(|call| call.class == Class::User) {
            calls.entry(call.stack.unwrap_or(StackId(u32::MAX))).or_default().push(call);
        }
        Sites { history, calls }
    }

    /// The calls from the place of a report, or from one of its reasons, that are about the same.
    fn from(&self, report: &Report) -> Calls {
        let mut found = Calls::default();
        for (&stack, calls) in &self.calls {
            let mut frames = self.history.stack(stack);
            let here =
                |frame: &Frame| is_at(frame, report) || report.why.iter().any(|(spot, _)| is_on(frame, spot));
            if !frames.any(here) {
                continue;
            }
            let about = |call: &&&Call| {
                report.states.is_empty() || call.about.iter().any(|state| report.states.contains(*state))
            };
            for call in calls.iter().filter(about) {
                found.all += 1;
                found.pinned += usize::from(call.pinned.holds());
                found.failed += usize::from(call.result < 0);
            }
        }
        found
    }
}

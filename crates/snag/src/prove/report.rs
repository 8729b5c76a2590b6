//! Findings with what a run says of them, for people and for programs.

use std::fmt::Write;
use std::io::IsTerminal;

use serde::Serialize;
use snag_rules::history::HistoryFinding;

use super::Proof;
use super::join::{Calls, Proven, Verdict};
use crate::args::{Format, ProveArguments};
use crate::output::document::{self, Document, Finding, Problem, Seen};
use crate::output::{self, concise, count, json, text};
use crate::report::Report;
use crate::run::report as run;

/// The report in the wanted form.
pub(super) fn render(proof: &Proof<'_>, arguments: &ProveArguments) -> String {
    let color =
        output::use_color(arguments.color, arguments.output.is_none() && std::io::stderr().is_terminal());
    let mut out = String::new();
    match arguments.output_format {
        Format::Json => return document(proof),
        Format::Concise => {
            for (report, verdict) in proof.reports() {
                // Writing into a string cannot fail.
                let _ = writeln!(out, "{} ({})", concise(report).trim_end(), verdict.words(report));
            }
            for finding in proof.only_seen() {
                let place =
                    finding.frame.as_ref().map(|frame| run::position(frame, &proof.history.directory));
                let level = output::severity(finding.severity);
                let place = place.map(|place| place + ": ").unwrap_or_default();
                let message = &finding.message;
                let _ = writeln!(
                    out,
                    "{place}{level}[{}] {message} (seen, not found in the source)",
                    finding.rule
                );
            }
        }
        Format::Full => {
            for (report, verdict) in proof.reports() {
                out.push_str(&text::render(report, &proof.notes(report, verdict), color));
            }
            for finding in proof.only_seen() {
                let _ = run::block(&mut out, finding, proof.history);
                out.truncate(out.trim_end().len());
                out.push_str("\n  snag check does not find this in the source\n\n");
            }
        }
    }
    for problem in &proof.problems {
        let _ = writeln!(out, "note: {problem}");
    }
    out + &summary(proof) + "\n"
}

impl Proof<'_> {
    fn reports(&self) -> impl Iterator<Item = (&Report, &Verdict)> {
        self.joined.verdicts.iter().map(|verdict| (&self.outcome.reports[verdict.report], verdict))
    }

    fn only_seen(&self) -> impl Iterator<Item = &HistoryFinding> {
        self.joined.only_seen.iter().map(|&at| &self.seen[at])
    }

    fn of(&self, verdict: &Verdict) -> impl Iterator<Item = &HistoryFinding> {
        verdict.seen.iter().map(|&at| &self.seen[at])
    }

    fn times(&self, verdict: &Verdict) -> usize {
        self.of(verdict).map(|finding| finding.witnesses.len()).sum()
    }

    pub(super) fn number(&self, wanted: Proven) -> usize {
        self.joined.verdicts.iter().filter(|verdict| verdict.proven == wanted).count()
    }

    /// What stands below a finding in the source.
    fn notes(&self, report: &Report, verdict: &Verdict) -> Vec<(&'static str, String)> {
        if verdict.proven != Proven::Seen {
            return vec![("run", verdict.words(report))];
        }
        let mut notes = Vec::new();
        for finding in self.of(verdict) {
            let mut note = finding.message.clone();
            if let [first, rest @ ..] = &finding.witnesses[..] {
                let times =
                    if rest.is_empty() { String::new() } else { format!(", {} times", rest.len() + 1) };
                let _ = write!(note, " (after {}{times})", run::after(first.at));
            }
            for evidence in &finding.evidence {
                let _ = write!(note, "\n{}", evidence.message);
                if let Some(frame) = &evidence.frame {
                    let _ = write!(note, ": {}", run::position(frame, &self.history.directory));
                }
            }
            notes.push(("seen", note));
        }
        notes
    }
}

impl Verdict {
    fn words(&self, report: &Report) -> String {
        match self.proven {
            Proven::Seen => "seen".to_owned(),
            Proven::NotReached => "not reached".to_owned(),
            Proven::NotSeen => "not seen, and whether it was reached is not known".to_owned(),
            // It need not be about calls at all.
            Proven::ReachedNotSeen if self.calls.all == 0 && report.states.is_empty() => {
                "reached and not seen".to_owned()
            }
            Proven::ReachedNotSeen => format!("reached and not seen: {}", self.calls.words()),
            Proven::CannotBeSeen => {
                let reached = match self.reached {
                    Some(true) => ", although it was reached",
                    Some(false) => ", and it was not reached",
                    None => "",
                };
                format!("a run cannot see this{reached}")
            }
        }
    }
}

impl Calls {
    fn words(&self) -> String {
        if self.all == 0 {
            return "no call that changes a thread was made from there".to_owned();
        }
        let of_all = |number: usize| match number {
            0 => "none".to_owned(),
            all if all == self.all => "all".to_owned(),
            some => some.to_string(),
        };
        let failed =
            if self.failed > 0 { format!(", {} failed", of_all(self.failed)) } else { String::new() };
        format!("{}, {} by pinned goroutines{failed}", count(self.all, "call"), of_all(self.pinned))
    }
}

/// `snag: 1 seen, 2 not reached; 1 seen that is not found in the source.`
fn summary(proof: &Proof<'_>) -> String {
    let kinds = [
        (Proven::Seen, "seen"),
        (Proven::ReachedNotSeen, "reached and not seen"),
        (Proven::NotSeen, "not seen"),
        (Proven::NotReached, "not reached"),
        (Proven::CannotBeSeen, "that a run cannot see"),
    ];
    let numbers = kinds.into_iter().map(|(kind, words)| (proof.number(kind), words));
    let mut parts: Vec<String> = numbers
        .filter(|(number, _)| *number > 0)
        .map(|(number, words)| format!("{number} {words}"))
        .collect();
    let only_seen = proof.joined.only_seen.len();
    if only_seen > 0 {
        parts.push(format!("{only_seen} seen and not found in the source"));
    }
    match parts.is_empty() {
        true => format!(
            "snag: no problems found in {} or in the run.",
            count(proof.outcome.packages.len(), "package")
        ),
        false => format!("snag: {}.", parts.join(", ")),
    }
}

#[derive(Serialize)]
struct Summary {
    packages: usize,
    files: usize,
    findings: usize,
    seen: usize,
    reached_not_seen: usize,
    not_seen: usize,
    not_reached: usize,
    cannot_be_seen: usize,
    only_seen: usize,
    changes: usize,
    complete: bool,
}

/// The document of `snag check`, with a proof for each finding.
fn document(proof: &Proof<'_>) -> String {
    let history = proof.history;
    let in_source = proof.reports().map(|(report, verdict)| Finding {
        seen: Some(Seen {
            times: proof.times(verdict),
            witness: proof.of(verdict).next().map(|finding| run::sight(finding, history)),
        }),
        proof: Some(document::Proof {
            proof: name(verdict.proven),
            in_source: true,
            reached: verdict.reached,
            calls: verdict.calls.all,
            pinned_calls: verdict.calls.pinned,
        }),
        ..json::finding(report)
    });
    let only_seen = proof.only_seen().map(|finding| Finding {
        proof: Some(document::Proof {
            proof: name(Proven::Seen),
            in_source: false,
            reached: Some(true),
            calls: 0,
            pinned_calls: 0,
        }),
        ..run::finding(finding, history)
    });
    let findings = in_source.chain(only_seen).collect();
    let troubles = proof.problems.iter().map(|message| Problem::new(message));
    let problems = json::problems(&proof.outcome).chain(troubles).collect();
    let summary = Summary {
        packages: proof.outcome.packages.len(),
        files: proof.outcome.files,
        findings: proof.joined.verdicts.len() + proof.joined.only_seen.len(),
        seen: proof.number(Proven::Seen),
        reached_not_seen: proof.number(Proven::ReachedNotSeen),
        not_seen: proof.number(Proven::NotSeen),
        not_reached: proof.number(Proven::NotReached),
        cannot_be_seen: proof.number(Proven::CannotBeSeen),
        only_seen: proof.joined.only_seen.len(),
        changes: history.calls.len(),
        complete: history.ended.is_some(),
    };
    Document::new(summary, findings, problems).render()
}

fn name(proven: Proven) -> &'static str {
    match proven {
        Proven::Seen => "seen",
        Proven::ReachedNotSeen => "reached-not-seen",
        Proven::NotSeen => "not-seen",
        Proven::NotReached => "not-reached",
        Proven::CannotBeSeen => "cannot-be-seen",
    }
}

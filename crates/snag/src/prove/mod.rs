//! `snag prove`: what `snag check` finds in a program, beside what the program does when it is run.

mod build;
mod coverage;
mod join;
mod report;

use std::fs;
use std::path::Path;

use snag_probe::Signals;
use snag_program::bundle::Bundled;
use snag_rules::Confidence;
use snag_rules::history::{HistoryFinding, look};
use snag_threads::history::{Exit, History};

use crate::args::{CheckArguments, ProveArguments};
use crate::below;
use crate::check::{self, Outcome};
use crate::complain;
use crate::config::Settings;
use crate::output;
use crate::progress::{Progress, Watched};
use crate::run::{Ran, exit_code, follow};
use build::{Go, Wanted};
use join::{Joined, Proven, join};

pub(crate) fn run(arguments: &ProveArguments, directory: Option<&Path>) -> Result<u8, String> {
    let mut check = CheckArguments {
        tags: arguments.tags.clone(),
        select: arguments.select.clone(),
        ignore: arguments.ignore.clone(),
        no_tests: !arguments.test,
        // What is merely possible is certain as soon as it is seen.
        audit: true,
        ..CheckArguments::default()
    };
    let mut settings = Settings::new(&check, directory)?;
    // They outlive the check: what is meant for the program would end Snag on one of them.
    Signals::keep_from(|| check::limit_threads(&settings))?;
    let tags = settings.targets.first().map(|target| target.tags.clone()).unwrap_or_default();
    let go = Go::ask(&settings.cwd, tags)?;
    let wanted = if arguments.test { Wanted::Tests } else { Wanted::Program };
    let packages = go.packages(&arguments.packages, wanted)?;
    check.patterns = packages.own.iter().map(|package| package.path.clone()).collect();
    settings.targets = vec![go.target(wanted)];
    let progress = Progress::new(arguments.color);
    let outcome = check::once(&Bundled::new(Watched(&progress)), &settings, &check);
    progress.finish();
    let mut outcome = outcome?;
    outcome.reports.retain(|report| report.rule != check::UNUSED);
    output::notes(&outcome, arguments.output_format);
    let covered = if arguments.no_coverage { Vec::new() } else { packages.with(&outcome.reports) };
    let built = go.build(&packages, wanted, &covered, &arguments.rest)?;
    let record = arguments.record.as_deref().map(|path| below(directory, path));
    let Ran { history, exit, mut problems, signals: _held } =
        follow(&built.launch, record.as_deref(), false)?;
    if built.runs(&history) == 0 && exit != Exit::Code(0) {
        return Err("go test failed before a test was run".to_owned());
    }
    let (coverage, doubt) = go.coverage(&built, &history);
    let seen = seen(&history, &settings);
    let joined = join(&outcome, &history, &seen, &|spot| coverage.as_ref()?.ran(&packages, spot));
    let mut proof = Proof::new(outcome, &history, &seen, joined, arguments.audit);
    // Where everything is known, it does not matter why something might not be.
    problems.extend(doubt.filter(|_| proof.number(Proven::NotSeen) > 0));
    problems.extend(history.gaps.iter().map(|gap| gap.reason.clone()));
    problems.dedup();
    proof.problems = problems;
    tell(&report::render(&proof, arguments), arguments, directory)?;
    Ok(if proof.fails() { arguments.exit_code } else { exit_code(exit) })
}

/// What the wanted rules see in a history.
fn seen(history: &History, settings: &Settings) -> Vec<HistoryFinding> {
    let mut seen = look(history);
    seen.retain(|finding| settings.rules.iter().any(|rule| rule.name == finding.rule));
    seen
}

/// All that is to be told.
struct Proof<'h> {
    outcome: Outcome,
    history: &'h History,
    seen: &'h [HistoryFinding],
    joined: Joined,
    problems: Vec<String>,
}

impl<'h> Proof<'h> {
    fn new(
        outcome: Outcome,
        history: &'h History,
        seen: &'h [HistoryFinding],
        mut joined: Joined,
        audit: bool,
    ) -> Proof<'h> {
        if !audit {
            let certain = |confidence| confidence > Confidence::Possible;
            joined.verdicts.retain(|verdict| {
                let seen_for_sure = verdict.seen.iter().any(|&at| certain(seen[at].confidence));
                seen_for_sure || certain(outcome.reports[verdict.report].confidence)
            });
            joined.only_seen.retain(|&at| certain(seen[at].confidence));
        }
        Proof { outcome, history, seen, joined, problems: Vec::new() }
    }

    fn fails(&self) -> bool {
        let reports =
            self.joined.verdicts.iter().map(|verdict| self.outcome.reports[verdict.report].severity);
        let seen = self.joined.only_seen.iter().map(|&at| self.seen[at].severity);
        reports.chain(seen).any(|severity| severity > snag_rules::Severity::Info)
    }
}

fn tell(text: &str, arguments: &ProveArguments, directory: Option<&Path>) -> Result<(), String> {
    match &arguments.output {
        Some(path) => {
            let path = below(directory, path);
            fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
        }
        None => {
            complain(text.trim_end());
            Ok(())
        }
    }
}

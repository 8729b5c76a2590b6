//! `snag check`: loads, reads, checks, reports.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use snag_program::bundle::Bundled;
use snag_program::files::Files;
use snag_program::load::{Config, LoadError, StandardLibrary, Workspace, load};
use snag_program::{Options, Program};
use snag_rules::{Confidence, RULES, Rule, Severity, Suppressions};
use snag_syntax::Position;
use snag_threads::StateSet;

use crate::args::CheckArguments;
use crate::config::Settings;
use crate::fix::{self, Repaired};
use crate::output;
use crate::progress::{Progress, Watched};
use crate::report::{Lines, Problem, Report, Sources, Spot, merge};
use crate::suggest::did_you_mean;
use crate::{CLEAN, FINDINGS, complain, print};

/// The rule name of directives that suppress nothing.
pub(crate) const UNUSED: &str = "unused-ignore";
/// Readers of nested files recurse; only what is used of it costs memory.
const STACK: usize = 64 << 20;

/// All that a run found out.
#[derive(Default)]
pub(crate) struct Outcome {
    pub reports: Vec<Report>,
    /// Findings that a directive silences.
    pub silenced: Vec<Report>,
    pub problems: BTreeSet<Problem>,
    /// Import paths of the packages that were checked.
    pub packages: BTreeSet<String>,
    pub files: usize,
    /// Whether there are files or directories of which nothing could be read.
    pub unread: bool,
    /// Imports that lead nowhere.
    pub missing: BTreeSet<String>,
    pub bundled: bool,
    pub seconds: f64,
    /// How many fixes were applied, and to how many files.
    pub fixed: usize,
    pub fixed_files: usize,
    /// Why something was not fixed.
    pub notes: BTreeSet<String>,
    /// How long each phase took, if that was asked for.
    pub timings: Vec<String>,
}

pub(crate) fn run(arguments: &CheckArguments, directory: Option<&Path>) -> Result<u8, String> {
    let begin = Instant::now();
    let settings = Settings::new(arguments, directory)?;
    limit_threads(&settings)?;
    let progress = Progress::new(arguments.color);
    let outcome = if arguments.fix || arguments.diff {
        fix::run(Watched(&progress), &settings, arguments)
    } else {
        let outcome = once(&Bundled::new(Watched(&progress)), &settings, arguments);
        outcome.map(|outcome| Repaired { outcome, diff: Vec::new(), failures: Vec::new() })
    };
    progress.finish();
    let Repaired { mut outcome, diff, failures } = outcome?;
    outcome.seconds = begin.elapsed().as_secs_f64();
    outcome.timings.iter().for_each(|line| complain(line));
    output::notes(&outcome, arguments.output_format);
    let fails = if arguments.diff {
        complain(&output::would_fix(&outcome));
        print(&diff)?;
        !diff.is_empty()
    } else {
        print(output::render(&outcome, arguments))?;
        outcome.reports.iter().any(Report::fails)
    };
    if !failures.is_empty() {
        return Err(failures.join("\nerror: "));
    }
    if outcome.unread {
        return Err("not everything could be read, so bugs may have been overlooked".to_owned());
    }
    Ok(if fails && !arguments.exit_zero { FINDINGS } else { CLEAN })
}

/// Loads, reads and checks everything once.
pub(crate) fn once(
    files: &dyn Files,
    settings: &Settings,
    arguments: &CheckArguments,
) -> Result<Outcome, String> {
    let mut run = Run::new(files, settings, arguments);
    run.all()?;
    let mut outcome = run.finish();
    outcome.reports.retain(|report| arguments.audit || report.confidence > Confidence::Possible);
    Ok(outcome)
}

/// The libraries work in rayon's global pool, which takes its size once.
pub(crate) fn limit_threads(settings: &Settings) -> Result<(), String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(settings.threads).stack_size(STACK);
    pool.build_global().map_err(|error| format!("cannot start threads: {error}"))
}

struct Run<'r> {
    files: &'r dyn Files,
    settings: &'r Settings,
    arguments: &'r CheckArguments,
    sources: Sources<'r>,
    outcome: Outcome,
    /// The `//snag:ignore` directives of each first-party file that has some.
    suppressions: BTreeMap<PathBuf, (std::sync::Arc<str>, Suppressions)>,
    seen: BTreeSet<PathBuf>,
}

impl<'r> Run<'r> {
    fn new(files: &'r dyn Files, settings: &'r Settings, arguments: &'r CheckArguments) -> Run<'r> {
        Run {
            files,
            settings,
            arguments,
            sources: Sources::new(files),
            outcome: Outcome::default(),
            suppressions: BTreeMap::new(),
            seen: BTreeSet::new(),
        }
    }

    /// A pattern may select nothing for one target: that is an error only if it does so for all.
    fn all(&mut self) -> Result<(), String> {
        let mut failure: Option<LoadError> = None;
        for config in &self.settings.targets {
            if let Err(error) = self.target(config) {
                failure = failure.or(Some(error));
            }
        }
        match failure {
            Some(error) if self.outcome.packages.is_empty() => Err(error.to_string()),
            _ if self.outcome.packages.is_empty() => Err("no packages to check".to_owned()),
            _ => Ok(()),
        }
    }

    fn target(&mut self, config: &Config) -> Result<(), LoadError> {
        let begin = Instant::now();
        let workspace = load(self.files, &self.settings.cwd, &self.arguments.patterns, config)?;
        self.note_workspace(&workspace);
        let loaded = begin.elapsed();
        let program = Program::read(self.files, workspace, Options { threads: self.settings.threads });
        self.read_directives(&program);
        self.read_manifest_directives(&program);
        let begin = Instant::now();
        for finding in snag_rules::check(&program, &self.settings.rules) {
            let report = Report::new(&program, &finding, &mut self.sources);
            let file = &program.file(finding.place.file).path;
            let line = report.spot.start().line;
            let suppressed = self.suppressions.get_mut(file);
            let silenced = suppressed.is_some_and(|(_, list)| list.suppress(finding.rule, line));
            match silenced {
                true => self.outcome.silenced.push(report),
                false => self.outcome.reports.push(report),
            }
        }
        let checked = begin.elapsed();
        self.note_problems(&program);
        if self.arguments.timings {
            self.outcome.timings.extend(timings(config, loaded, &program, checked));
        }
        // Freeing a large program takes a while, and nobody waits for it.
        rayon::spawn(move || drop(program));
        Ok(())
    }

    fn note_workspace(&mut self, workspace: &Workspace) {
        for (_, package) in workspace.first_party() {
            self.outcome.packages.insert(package.path.clone());
        }
        // Stubs say what the calls of a package do, which is all that is needed of it.
        let opaque = workspace.missing.iter().filter(|missing| !missing.stubbed);
        self.outcome.missing.extend(opaque.map(|missing| missing.path.clone()));
        self.outcome.bundled |= matches!(workspace.standard_library, StandardLibrary::Bundled { .. });
        let ours: Vec<_> = workspace.modules.iter().filter(|module| module.main).collect();
        for problem in &workspace.problems {
            let in_ours = ours.iter().any(|module| problem.path.starts_with(&module.directory));
            self.outcome.unread |= in_ours && problem.is_unread();
            let path = relative(&problem.path, &self.settings.cwd);
            self.problem(path, problem.position, &problem.message);
        }
    }

    fn note_problems(&mut self, program: &Program) {
        for note in &program.problems {
            self.problem(note.display.to_string(), note.position, &note.message);
        }
    }

    fn problem(&mut self, path: String, position: Option<Position>, message: &str) {
        let position = position.map(|position| (position.line, position.column));
        self.outcome.problems.insert(Problem { path, position, message: message.to_owned() });
    }

    fn read_directives(&mut self, program: &Program) {
        for (_, package) in program.workspace.first_party() {
            for file in &package.files {
                if !self.seen.insert(file.path.clone()) {
                    continue;
                }
                let Ok(text) = self.files.read(&file.path) else { continue };
                let suppressions = Suppressions::read(&text);
                if !suppressions.is_empty() {
                    self.suppressions.insert(file.path.clone(), (file.display.clone(), suppressions));
                }
            }
        }
    }

    fn read_manifest_directives(&mut self, program: &Program) {
        for file in program.files.iter().filter(|file| !file.is_go) {
            if self.suppressions.contains_key(&file.path) {
                continue;
            }
            let Ok(text) = self.files.read(&file.path) else { continue };
            let suppressions = Suppressions::read_manifest(&text);
            if !suppressions.is_empty() {
                self.suppressions.insert(file.path.clone(), (file.display.clone(), suppressions));
            }
        }
    }

    fn finish(mut self) -> Outcome {
        for (path, (display, suppressions)) in &self.suppressions {
            for (span, message) in suppressions.unused(self.settings.rules.as_slice()) {
                let source = self.sources.get(path, display);
                self.outcome.reports.push(unused(Spot { source, span }, message));
            }
        }
        merge(&mut self.outcome.reports);
        self.outcome.files = self.seen.len();
        self.outcome
    }
}

/// A directive that suppresses nothing hides the next bug on its line, so it is told like a finding.
fn unused(spot: Spot, mut message: String) -> Report {
    if let Some(name) = message.strip_prefix("unknown rule ") {
        let suggestion = did_you_mean(name, RULES.iter().map(|rule: &&Rule| rule.name));
        message = format!("unknown rule {name}{suggestion}");
    }
    Report {
        rule: UNUSED,
        severity: Severity::Warning,
        confidence: Confidence::Certain,
        message,
        spot,
        function: None,
        lines: Lines::default(),
        states: StateSet::EMPTY,
        why: Vec::new(),
        fix: None,
        fingerprint: String::new(),
    }
}

fn relative(path: &Path, cwd: &Path) -> String {
    path.strip_prefix(cwd).unwrap_or(path).display().to_string()
}

fn timings(config: &Config, loaded: Duration, program: &Program, checked: Duration) -> Vec<String> {
    let read = program.timings.iter().map(|timing| (timing.phase, timing.wall));
    let phases = std::iter::once(("load", loaded)).chain(read).chain([("rules", checked)]);
    let line = |(phase, time): (&str, Duration)| {
        format!("{}/{}  {phase:<12} {:>9.3} s", config.goos, config.goarch, time.as_secs_f64())
    };
    phases.map(line).collect()
}

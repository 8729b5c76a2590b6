//! `snag chaos`: runs a program again and again while goroutines that are free to move are made to move, until it fails.

mod attempt;
mod moves;
mod report;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use snag_probe::{Forcing, Launch};
use snag_rules::history::HistoryFinding;

use crate::args::{ChaosArguments, RunFormat};
use crate::run::program;
use crate::{CLEAN, print};
use attempt::{Attempt, Failure};

/// What a run may take if none of those without forced moves took longer.
const LEAST: Duration = Duration::from_secs(10);
/// How much longer than the slowest of those.
const LONGER: u32 = 20;
/// The exit code when a person interrupted it.
const INTERRUPTED: u8 = 130;
/// Programs that have only one processor cannot run a goroutine on another thread at once.
const PROCESSORS: &str = "4";

/// Runs of one program under the same conditions.
#[derive(Debug, Default)]
pub(crate) struct Series {
    /// How many there were.
    runs: u32,
    /// How many of them failed.
    failed: u32,
    /// The longest time that one took.
    longest: Duration,
    /// The first that failed.
    first: Option<Attempt>,
    /// Findings of all, by rule and place.
    known: BTreeSet<(&'static str, String)>,
    /// How many moves were forced.
    forced: u64,
    /// What could not be seen or done.
    problems: BTreeSet<String>,
}

/// What came of it all.
#[derive(Debug)]
pub(crate) struct Outcome {
    without: Series,
    with: Series,
    /// The other program, with forced moves.
    fixed: Option<Series>,
    command: Vec<String>,
    interrupted: bool,
}

impl Outcome {
    /// Why these runs say nothing: they were as all others are.
    fn refused(&self) -> Option<&str> {
        let failed = self.without.failed + self.with.failed > 0;
        self.with.problems.first().filter(|_| self.with.forced == 0 && !failed).map(String::as_str)
    }
}

/// Runs the program.
pub(crate) fn run(arguments: &ChaosArguments, directory: Option<&Path>) -> Result<u8, String> {
    let program = program::find(arguments.package.as_deref(), &arguments.program, directory)?;
    let chaos = Chaos { arguments, launch: &program.launch };
    let outcome = chaos.all(directory)?;
    if let Some(reason) = outcome.refused() {
        return Err(format!("no goroutine could be moved: {reason}"));
    }
    let text = match arguments.output_format {
        RunFormat::Text => report::text(&outcome),
        RunFormat::Json => report::json(&outcome),
    };
    match &arguments.output {
        Some(path) => {
            let path = directory.map_or_else(|| path.clone(), |directory| directory.join(path));
            fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
        None => print(text)?,
    }
    Ok(match &outcome {
        Outcome { interrupted: true, .. } => INTERRUPTED,
        // A bug that is gone in the other program is what was asked for.
        Outcome { fixed: Some(fixed), .. } if fixed.failed == 0 => CLEAN,
        Outcome { without, with, .. } if without.failed + with.failed == 0 => CLEAN,
        Outcome { .. } => arguments.exit_code,
    })
}

/// How a program is run.
struct Chaos<'c> {
    arguments: &'c ChaosArguments,
    launch: &'c Launch,
}

/// How a run is judged.
struct Judge<'j> {
    /// Findings that are no news.
    known: &'j BTreeSet<(&'static str, String)>,
    /// What a right program writes, if that is compared.
    output: Option<&'j [u8]>,
}

impl Chaos<'_> {
    fn all(&self, directory: Option<&Path>) -> Result<Outcome, String> {
        let arguments = self.arguments;
        let command = arguments.program.iter().map(|word| word.to_string_lossy().into_owned());
        let mut without = Series::default();
        let nobody = BTreeSet::new();
        let mut output: Option<Vec<u8>> = None;
        let mut interrupted = false;
        for _ in 0..arguments.baseline {
            let limit = arguments.timeout.map(|timeout| timeout.duration());
            let mut attempt = Attempt::run(self.plain(limit), None)?;
            interrupted |= attempt.interrupted;
            if arguments.compare_output {
                attempt.compare(output.get_or_insert_with(|| attempt.output.clone()));
            }
            without.add(attempt, &Judge { known: &nobody, output: None });
            if interrupted {
                break;
            }
        }
        let limit = arguments.timeout.map(|timeout| timeout.duration());
        let limit = limit.unwrap_or_else(|| LEAST.max(without.longest * LONGER));
        let judge = Judge { known: &without.known, output: output.as_deref() };
        let mut with = Series::default();
        let mut fixed = None;
        if !interrupted {
            interrupted = self.forced(&mut with, self.launch, limit, &judge)?;
        }
        if let Some(other) = arguments.fixed.as_ref().filter(|_| !interrupted) {
            let program = program::find(None, std::slice::from_ref(other), directory)?.launch.program;
            let mut words = self.launch.arguments.clone();
            if let Some(first) = words.first_mut() {
                first.clone_from(other);
            }
            let launch = Launch { program, arguments: words, ..self.launch.clone() };
            let mut series = Series::default();
            interrupted = self.forced(&mut series, &launch, limit, &judge)?;
            fixed = Some(series);
        }
        Ok(Outcome { without, with, fixed, command: command.collect(), interrupted })
    }

    /// Runs with forced moves; whether a person interrupted them.
    fn forced(
        &self,
        series: &mut Series,
        launch: &Launch,
        limit: Duration,
        judge: &Judge<'_>,
    ) -> Result<bool, String> {
        let arguments = self.arguments;
        let goes_on = arguments.keep_going || arguments.fixed.is_some();
        for number in 0..arguments.runs {
            let seed = arguments.seed.wrapping_add(number.into());
            let mut launch = self.with_environment(launch);
            launch.limit = Some(limit);
            launch.hooks.forcing = Some(forcing(seed));
            launch.hooks.pins = true;
            launch.hook_go_tools = arguments.go_tools;
            let attempt = Attempt::run(launch, Some(seed))?;
            let interrupted = attempt.interrupted;
            series.add(attempt, judge);
            if interrupted {
                return Ok(true);
            }
            if series.failed > 0 && !goes_on {
                break;
            }
        }
        Ok(false)
    }

    fn plain(&self, limit: Option<Duration>) -> Launch {
        Launch { limit, ..self.launch.clone() }
    }

    fn with_environment(&self, launch: &Launch) -> Launch {
        let mut environment = launch.environment.clone();
        if std::env::var_os("GOMAXPROCS").is_none() {
            environment.push(("GOMAXPROCS".into(), PROCESSORS.into()));
        }
        // The go command would not run a test again that has passed.
        if launch.program.file_name().is_some_and(|name| name == "go") {
            let mut flags = std::env::var_os("GOFLAGS").unwrap_or_default();
            flags.push(" -count=1");
            environment.push(("GOFLAGS".into(), flags));
        }
        Launch { environment, ..launch.clone() }
    }
}

/// What a seed stands for. Most move every goroutine that may move; some move few, and some let threads wait longer.
fn forcing(seed: u64) -> Forcing {
    let chance = if seed % 16 == 15 { u32::MAX / 4 } else { u32::MAX };
    let longest = Duration::from_millis(if seed % 8 == 6 { 16 } else { 4 });
    // Who was moved goes on late nearly always, so that others get ahead.
    Forcing { seed, chance, starve: u32::MAX / 64, late: u32::MAX / 8, late_again: u32::MAX / 8 * 7, longest }
}

impl Series {
    fn add(&mut self, mut attempt: Attempt, judge: &Judge<'_>) {
        self.runs += 1;
        self.longest = self.longest.max(attempt.time);
        self.forced += attempt.moves.forced;
        self.problems.extend(attempt.seen.problems.iter().cloned());
        if attempt.interrupted {
            return;
        }
        if let Some(output) = judge.output {
            attempt.compare(output);
        }
        let new = attempt.seen.findings.iter().any(|finding| {
            finding.severity > snag_rules::Severity::Info && !judge.known.contains(&key(finding))
        });
        self.known.extend(attempt.seen.findings.iter().map(key));
        if new {
            attempt.failure.get_or_insert(Failure::Finding);
        }
        if attempt.failure.is_some() {
            self.failed += 1;
            self.first.get_or_insert(attempt);
        }
    }
}

fn key(finding: &HistoryFinding) -> (&'static str, String) {
    let place = finding.frame.as_ref().map(|frame| format!("{}:{}", frame.file, frame.line));
    (finding.rule, place.unwrap_or_default())
}

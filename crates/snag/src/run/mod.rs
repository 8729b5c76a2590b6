//! `snag run` and `snag replay`: what a program did to its threads, and what is wrong with it.

#[cfg(target_os = "linux")]
mod live;
#[cfg(target_os = "linux")]
pub(crate) mod program;
pub(crate) mod report;

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::time::Duration;

#[cfg(target_os = "linux")]
use snag_probe::{Hooks, Launch, Signals};
use snag_rules::history::{HistoryFinding, look};
use snag_rules::{Confidence, Severity};
#[cfg(target_os = "linux")]
use snag_threads::history::{Event, Exit};
use snag_threads::history::{History, record};

#[cfg(target_os = "linux")]
use crate::args::RunArguments;
use crate::args::{ReplayArguments, RunFormat, Told};
use crate::timeline::Unfinished;
use crate::{CLEAN, below, complain, print};

pub(crate) use report::position;

/// What was seen, and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub history: History,
    pub findings: Vec<HistoryFinding>,
    /// What could not be seen.
    pub problems: Vec<String>,
}

impl Seen {
    pub(crate) fn new(history: History, problems: Vec<String>, audit: bool) -> Seen {
        let mut findings = look(&history);
        findings.retain(|finding| audit || finding.confidence > Confidence::Possible);
        let gaps = history.gaps.iter().map(|gap| gap.reason.clone());
        let mut problems: Vec<String> = problems.into_iter().chain(gaps).collect();
        problems.dedup();
        Seen { history, findings, problems }
    }

    fn fails(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity > Severity::Info)
    }
}

/// Runs a program.
#[cfg(target_os = "linux")]
pub(crate) fn run(arguments: &RunArguments, directory: Option<&Path>) -> Result<u8, String> {
    if arguments.live && arguments.told.output_format == RunFormat::Json && arguments.told.output.is_none() {
        return Err("--live writes to stderr as well: name a file for the document with --output".to_owned());
    }
    let picture = picture(&arguments.told, directory)?;
    let mut program = program::find(arguments.package.as_deref(), &arguments.program, directory)?;
    program.launch.look_every =
        picture.as_ref().map(|_| Duration::from_secs_f64(arguments.timeline_interval));
    let exact = arguments.timeline_exact;
    program.launch.hooks = Hooks { schedule: exact, pins: exact, forcing: None };
    let record = arguments.record.as_deref().map(|path| below(directory, path));
    let Ran { history, exit, problems, signals } =
        follow(&program.launch, record.as_deref(), arguments.live)?;
    let mut seen = Seen::new(history, problems, arguments.told.audit);
    if let Some(Err(trouble)) = picture.map(|picture| picture.finish(&seen.history, &seen.findings)) {
        seen.problems.push(trouble);
    }
    report(&seen, &arguments.told, directory, Stream::Errors)?;
    // The process ends now, and not by a signal that was meant for the program.
    std::mem::forget(signals);
    Ok(if seen.fails() { arguments.told.exit_code } else { exit_code(exit) })
}

/// A program that was run.
#[cfg(target_os = "linux")]
pub(crate) struct Ran {
    pub history: History,
    pub exit: Exit,
    /// What could not be seen, or written.
    pub problems: Vec<String>,
    /// Nothing that was meant for the program ends Snag before it has reported.
    pub signals: Signals,
}

/// Runs a program to its end, and writes what is seen into the file; with `live` findings are told meanwhile.
#[cfg(target_os = "linux")]
pub(crate) fn follow(launch: &Launch, record: Option<&Path>, live: bool) -> Result<Ran, String> {
    let mut recording = record.map(Recording::new);
    if let Some(Recording { trouble: Some(trouble), .. }) = &recording {
        return Err(trouble.clone());
    }
    // Before there is another thread, which would get them otherwise.
    let signals = Signals::hold();
    let live = live.then(live::Live::begin).transpose()?;
    let mut history = History::default();
    let exit = snag_probe::run(launch, &signals, &mut |event: Event| {
        if let Some(recording) = &mut recording {
            recording.add(&event);
        }
        match &live {
            Some(live) => live.add(event),
            None => history.add(event),
        }
    });
    let history = live.map_or(Ok(history), live::Live::end)?;
    let exit = exit.map_err(|refusal| refusal.to_string())?;
    let mut problems = Vec::new();
    problems.extend(recording.and_then(Recording::finish));
    let mut programs = history.processes.iter().flat_map(|process| &process.programs);
    if !programs.any(|program| program.go_version.is_some()) {
        problems.push("no program of Go was run, so there was nothing to see".to_owned());
    }
    Ok(Ran { history, exit, problems, signals })
}

/// As shells have it.
#[cfg(target_os = "linux")]
pub(crate) fn exit_code(exit: Exit) -> u8 {
    match exit {
        Exit::Code(code) => code as u8,
        Exit::Signal(signal) => 128u8.wrapping_add(signal as u8),
    }
}

/// Reports what was recorded.
pub(crate) fn replay(arguments: &ReplayArguments, directory: Option<&Path>) -> Result<u8, String> {
    let path = below(directory, &arguments.record);
    let bytes = fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    // A record may have been cut off in the middle of a character.
    let text = String::from_utf8_lossy(&bytes);
    let read = record::read(&text).map_err(|sentence| format!("{}: {sentence}", path.display()));
    let (history, problems) = read?;
    let seen = Seen::new(history, problems, arguments.told.audit);
    if let Some(picture) = picture(&arguments.told, directory)? {
        picture.finish(&seen.history, &seen.findings)?;
    }
    report(&seen, &arguments.told, directory, Stream::Output)?;
    Ok(if seen.fails() { arguments.told.exit_code } else { CLEAN })
}

/// The file for a picture, if one is wanted.
fn picture(told: &Told, directory: Option<&Path>) -> Result<Option<Unfinished>, String> {
    told.timeline.as_ref().map(|file| file.open(directory)).transpose()
}

/// Where a report goes if no file is named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Output,
    Errors,
}

fn report(seen: &Seen, told: &Told, directory: Option<&Path>, stream: Stream) -> Result<(), String> {
    let text = match told.output_format {
        RunFormat::Text => report::text(seen),
        RunFormat::Json => report::json(seen),
    };
    match (&told.output, stream) {
        (Some(path), _) => {
            let path = below(directory, path);
            fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
        }
        (None, Stream::Output) => print(text),
        (None, Stream::Errors) => {
            complain(text.trim_end());
            Ok(())
        }
    }
}

/// A file that is written while the program runs, so that nothing is lost if that ends badly.
#[cfg(target_os = "linux")]
struct Recording {
    path: PathBuf,
    file: Option<BufWriter<fs::File>>,
    trouble: Option<String>,
}

#[cfg(target_os = "linux")]
impl Recording {
    fn new(path: &Path) -> Recording {
        let mut recording = Recording { path: path.to_owned(), file: None, trouble: None };
        match fs::File::create(path) {
            Ok(file) => {
                recording.file = Some(BufWriter::new(file));
                recording.write(&record::header());
            }
            Err(error) => recording.fail(&error),
        }
        recording
    }

    fn add(&mut self, event: &Event) {
        self.write(&record::event(event));
    }

    fn write(&mut self, line: &str) {
        let written = self.file.as_mut().map(|file| file.write_all(line.as_bytes()));
        if let Some(Err(error)) = written {
            self.fail(&error);
        }
    }

    /// The program goes on: what was written stays readable.
    fn fail(&mut self, error: &std::io::Error) {
        self.file = None;
        self.trouble.get_or_insert_with(|| format!("cannot write {}: {error}", self.path.display()));
    }

    fn finish(mut self) -> Option<String> {
        if let Some(Err(error)) = self.file.as_mut().map(BufWriter::flush) {
            self.fail(&error);
        }
        self.trouble
    }
}

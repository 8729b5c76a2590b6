//! One run of a program.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use snag_probe::{Launch, Signals};
use snag_threads::history::{Event, Exit, History};

use super::moves::Moves;
use crate::run::Seen;

/// What of its output is kept for people, and to be compared.
const KEPT: u64 = 1 << 20;

/// One run of a program.
#[derive(Debug)]
pub(super) struct Attempt {
    /// None without forced moves.
    pub(super) seed: Option<u64>,
    pub(super) failure: Option<Failure>,
    pub(super) interrupted: bool,
    pub(super) time: Duration,
    pub(super) output: Vec<u8>,
    pub(super) errors: Vec<u8>,
    pub(super) seen: Seen,
    pub(super) moves: Moves,
}

/// What was wrong with a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Code(i32),
    Signal(i32),
    /// It took longer than this.
    Hang(Duration),
    /// It wrote something else than without forced moves.
    Output,
    /// A rule found what it did not find without forced moves.
    Finding,
}

impl Attempt {
    pub(super) fn run(mut launch: Launch, seed: Option<u64>) -> Result<Attempt, String> {
        let trouble = |error: std::io::Error| format!("no place for the output of the program: {error}");
        let input = File::open("/dev/null").map_err(trouble)?;
        let (mut output, mut errors) = (scratch().map_err(trouble)?, scratch().map_err(trouble)?);
        let copies = [input, output.try_clone().map_err(trouble)?, errors.try_clone().map_err(trouble)?];
        launch.streams = Some(copies.map(Arc::new));
        let mut history = History::default();
        let mut moves = Moves::default();
        let begun = Instant::now();
        let signals = Signals::hold();
        let exit = snag_probe::run(&launch, &signals, &mut |event| match event {
            Event::Turn(turn) => moves.add(turn),
            event => history.add(event),
        });
        let exit = exit.map_err(|refusal| refusal.to_string())?;
        let time = begun.elapsed();
        moves.finish();
        let failure = match exit {
            _ if launch.limit.is_some_and(|limit| time >= limit) => launch.limit.map(Failure::Hang),
            Exit::Code(0) => None,
            Exit::Code(code) => Some(Failure::Code(code)),
            Exit::Signal(signal) => Some(Failure::Signal(signal)),
        };
        let interrupted = signals.came();
        let output = read(&mut output).map_err(trouble)?;
        let errors = read(&mut errors).map_err(trouble)?;
        let seen = Seen::new(history, Vec::new(), false);
        Ok(Attempt { seed, failure, interrupted, time, output, errors, seen, moves })
    }

    /// Compares what it wrote with what it should have written.
    pub(super) fn compare(&mut self, right: &[u8]) {
        if self.output != right {
            self.failure.get_or_insert(Failure::Output);
        }
    }

    /// The goroutine that panicked, by what the runtime wrote.
    pub(super) fn panicked(&self) -> Option<u64> {
        let errors = String::from_utf8_lossy(&self.errors);
        let line = errors.lines().find_map(|line| line.strip_prefix("goroutine "))?;
        line.split(' ').next()?.parse().ok()
    }
}

/// A file that nobody else has, and that is gone when it is closed.
fn scratch() -> std::io::Result<File> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("snag-chaos-{}-{number}", std::process::id()));
    let file = File::options().read(true).append(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// The end of what was written.
fn read(file: &mut File) -> std::io::Result<Vec<u8>> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(KEPT)))?;
    let mut bytes = Vec::new();
    file.take(KEPT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

//! Runs a program and follows what it does to its threads: calls that change what a thread has of its own, who made
//! them, who met the thread afterwards, and the births and deaths of threads.
//!
//! A filter in the kernel stops the few system calls that matter; everything else runs at native speed. If Snag is killed,
//! the kernel ends the program: a filter without somebody who answers would make its calls fail.

mod calls;
mod crowds;
mod filter;
mod hooked;
mod kernel;
mod launch;
mod lives;
mod looks;
mod machine;
mod pins;
mod places;
mod runtime;
mod stays;
mod tracer;
mod turns;
mod words;

pub use kernel::Signals;
pub(crate) use kernel::{Happening, let_go, look_at};
pub(crate) use places::Places;
pub(crate) use runtime::Runtime;
pub(crate) use turns::{Teller, lost};

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use snag_threads::StateSet;
use snag_threads::history::{Event, Exit};

use crate::hooks::Hooks;
use crate::refusal::Refusal;

/// What is to be run.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// The file.
    pub program: PathBuf,
    /// Its arguments; the first is the name it is called by.
    pub arguments: Vec<OsString>,
    /// Where it is run, if not here.
    pub directory: Option<PathBuf>,
    /// How often to look who is on which thread; none: only threads that have something of their own are looked at.
    pub look_every: Option<Duration>,
    /// What its environment has beside that of Snag.
    pub environment: Vec<(OsString, OsString)>,
    /// Its input, output and errors, if not those of Snag.
    pub streams: Option<[Arc<File>; 3]>,
    /// It and all it started are killed when they take longer.
    pub limit: Option<Duration>,
    /// What is hooked in each Go program that is run.
    pub hooks: Hooks,
    /// Whether the go command and its tools are hooked as well.
    pub hook_go_tools: bool,
}

/// The kinds of per-thread state whose changes are seen.
pub fn followed() -> StateSet {
    filter::followed()
}

/// Runs a program until it and all it started have ended; how it ended. What it does is told step by step.
///
/// Signals that would end Snag are passed on to the program meanwhile.
///
/// # Errors
/// When the program cannot be started, or the kernel does not let it be watched.
pub fn run(launch: &Launch, signals: &Signals, tell: &mut dyn FnMut(Event)) -> Result<Exit, Refusal> {
    let pid = launch::launch(launch, signals)?;
    let command = launch.arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let directory = launch.directory.clone().or_else(|| std::env::current_dir().ok()).unwrap_or_default();
    tell(Event::Command(command, directory.to_string_lossy().into_owned()));
    Ok(tracer::Tracer::new(pid, launch, tell).run(signals))
}

//! The command: the only room that prints, reads the environment and chooses exit codes.
#![allow(clippy::disallowed_methods, reason = "this is that room")]

mod args;
#[cfg(target_os = "linux")]
mod attach;
#[cfg(target_os = "linux")]
mod chaos;
mod check;
mod config;
mod explain;
#[cfg(target_os = "linux")]
mod export;
mod fix;
mod output;
mod panic;
mod progress;
#[cfg(target_os = "linux")]
mod prove;
mod report;
mod run;
#[cfg(target_os = "linux")]
mod scratch;
#[cfg(target_os = "linux")]
mod snapshot;
mod suggest;
mod timeline;
#[cfg(target_os = "linux")]
mod top;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

/// No findings that fail a run.
const CLEAN: u8 = 0;
/// Warnings or errors were found.
const FINDINGS: u8 = 1;
/// A wrong flag, configuration or path, or nothing to check.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    panic::install();
    let command = match args::Arguments::try_parse() {
        Ok(command) => command,
        Err(message) => return ExitCode::from(tell(&message)),
    };
    let outcome = match &command.command {
        Some(args::Command::Check(options)) => check::run(options, command.directory.as_deref()),
        #[cfg(target_os = "linux")]
        Some(args::Command::Snapshot(options)) => snapshot::run(options, command.directory.as_deref()),
        #[cfg(target_os = "linux")]
        Some(args::Command::Export(options)) => export::run(options),
        #[cfg(target_os = "linux")]
        Some(args::Command::Top(options)) => top::run(options),
        #[cfg(target_os = "linux")]
        Some(args::Command::Attach(options)) => attach::run(options),
        #[cfg(target_os = "linux")]
        Some(args::Command::Chaos(options)) => chaos::run(options, command.directory.as_deref()),
        #[cfg(target_os = "linux")]
        Some(args::Command::Run(options)) => run::run(options, command.directory.as_deref()),
        #[cfg(target_os = "linux")]
        Some(args::Command::Prove(options)) => prove::run(options, command.directory.as_deref()),
        Some(args::Command::Replay(options)) => run::replay(options, command.directory.as_deref()),
        Some(args::Command::Explain { name }) => explain::run(name.as_deref()),
        None => {
            let help = args::Arguments::command().render_help();
            print(help.to_string()).map(|()| CLEAN)
        }
    };
    ExitCode::from(outcome.unwrap_or_else(|sentence| {
        complain(&format!("error: {sentence}"));
        USAGE
    }))
}

/// Prints help, the version, or what is wrong with the arguments.
fn tell(message: &clap::Error) -> u8 {
    let outcome = message.print().and_then(|()| std::io::stdout().flush());
    match outcome {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            complain(&format!("error: cannot write the output: {error}"));
            USAGE
        }
        _ if message.use_stderr() => USAGE,
        _ => CLEAN,
    }
}

/// Writes to stdout. A reader that went away (`| head -1`) has what it wanted, so that is no error.
fn print(text: impl AsRef<[u8]>) -> Result<(), String> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_ref()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(format!("cannot write the output: {error}"))
        }
        _ => Ok(()),
    }
}

/// A path of the command line.
fn below(directory: Option<&Path>, path: &Path) -> PathBuf {
    directory.map_or_else(|| path.to_owned(), |directory| directory.join(path))
}

/// Writes a line to stderr; when even that fails, there is nobody left to tell.
fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

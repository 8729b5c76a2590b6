//! A line on the terminal that says what a long run is doing; it is gone before anything is printed.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use snag_program::files::{Disk, Entry, Files, Kind};

use crate::args::Color;

/// Shorter runs show nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// The line, or nothing where nobody looks.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    begin: Instant,
}

impl Progress {
    pub(crate) fn new(color: Color) -> Progress {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let watched = std::io::stderr().is_terminal()
            && color != Color::Never
            && !is_set("CI")
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let style = ProgressStyle::with_template("{spinner} reading and checking Go files ({elapsed})");
        let bar = style.ok().filter(|_| watched).map(|style| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
            bar.with_style(style)
        });
        Progress { bar, begin: Instant::now() }
    }

    fn step(&self) {
        let Some(bar) = &self.bar else { return };
        if bar.is_hidden() && self.begin.elapsed() > PATIENCE {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
        bar.inc(1);
    }

    /// Erases the line.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The disk, with the line moving at every file that is read.
pub(crate) struct Watched<'p>(pub &'p Progress);

impl Files for Watched<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.step();
        Disk.read(path)
    }

    fn read_start(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        Disk.read_start(path, limit)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        Disk.list(directory)
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        Disk.kind(path)
    }

    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        Disk.resolve(path)
    }
}

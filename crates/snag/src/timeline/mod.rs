//! `--timeline FILE`: a run as a picture. [`build`] makes it of a history, [`html`], [`chrome`] and [`perfetto`] write it down.

mod build;
mod changes;
mod chrome;
mod html;
mod model;
mod perfetto;
mod protobuf;
mod slices;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use snag_rules::history::HistoryFinding;
use snag_threads::history::History;

use crate::below;
use model::Timeline;

/// A file for a picture.
#[derive(Clone, Debug)]
pub(crate) struct TimelineFile {
    path: PathBuf,
    write: Writer,
}

/// Writes a picture in some format.
type Writer = fn(&Timeline, &mut dyn Write) -> io::Result<()>;

/// What a file's name ends with, and what it is then.
const FORMATS: &[(&str, Writer)] = &[
    (".html", html::write),
    (".json", chrome::write),
    (".pftrace", perfetto::write),
    (".perfetto-trace", perfetto::write),
];

impl TimelineFile {
    /// The format is what the name ends with.
    pub(crate) fn parse(path: &str) -> Result<TimelineFile, String> {
        let format = FORMATS.iter().find(|(ending, _)| path.to_ascii_lowercase().ends_with(ending));
        let write = format.map(|(_, write)| *write).ok_or(
            "its name must end with .html (a page for a browser), .json (Chrome's trace format) or .pftrace (Perfetto's)",
        )?;
        Ok(TimelineFile { path: PathBuf::from(path), write })
    }

    /// Makes room for the picture, so that nobody runs a program for a picture that cannot be written.
    pub(crate) fn open(&self, directory: Option<&Path>) -> Result<Unfinished, String> {
        let path = below(directory, &self.path);
        let trouble = |error: io::Error| format!("cannot write {}: {error}", path.display());
        if path.is_dir() {
            return Err(trouble(io::ErrorKind::IsADirectory.into()));
        }
        // A symbolic link stays one: what it leads to is replaced.
        let path = fs::canonicalize(&path).unwrap_or(path.clone());
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".snag-{}", std::process::id()));
        let beside = path.with_file_name(name);
        let file = fs::File::create_new(&beside).map_err(trouble)?;
        Ok(Unfinished { file, beside, path, write: self.write })
    }
}

/// A file beside the one that is wanted, until it is whole.
pub(crate) struct Unfinished {
    file: fs::File,
    beside: PathBuf,
    path: PathBuf,
    write: Writer,
}

impl Unfinished {
    /// Draws the picture, wholly or not at all.
    pub(crate) fn finish(self, history: &History, findings: &[HistoryFinding]) -> Result<(), String> {
        let timeline = build::build(history, findings);
        let mut to = BufWriter::new(&self.file);
        let written = (self.write)(&timeline, &mut to).and_then(|()| to.flush());
        let written = written.and_then(|()| self.file.sync_all());
        let moved = written.and_then(|()| fs::rename(&self.beside, &self.path));
        moved.map_err(|error| format!("cannot write {}: {error}", self.path.display()))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It is gone when the picture is whole.
        let _ = fs::remove_file(&self.beside);
    }
}

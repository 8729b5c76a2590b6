//! The files as they were when they were first read, with what fixes make of them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use snag_program::files::{Entry, Files, Kind};

/// Reads each Go file once: fixes are written for the text that was checked, whatever happens on the disk.
pub(super) struct Snapshot<F> {
    inner: F,
    texts: Mutex<BTreeMap<PathBuf, Text>>,
}

#[derive(Clone)]
struct Text {
    first: Vec<u8>,
    fixed: Option<Vec<u8>>,
}

impl Text {
    fn now(&self) -> &[u8] {
        self.fixed.as_deref().unwrap_or(&self.first)
    }
}

/// A file that fixes have changed.
pub(super) struct Change {
    pub path: PathBuf,
    pub before: Vec<u8>,
    pub after: Vec<u8>,
}

impl<F: Files> Snapshot<F> {
    pub(super) fn new(inner: F) -> Snapshot<F> {
        Snapshot { inner, texts: Mutex::default() }
    }

    /// Lets the file have another text; none is the first one again.
    pub(super) fn set(&self, path: &Path, fixed: Option<Vec<u8>>) {
        if let Some(text) = self.texts().get_mut(path) {
            text.fixed = fixed.filter(|fixed| *fixed != text.first);
        }
    }

    /// The text of a file that fixes have changed.
    pub(super) fn fixed(&self, path: &Path) -> Option<Vec<u8>> {
        self.texts().get(path).and_then(|text| text.fixed.clone())
    }

    pub(super) fn changes(&self) -> Vec<Change> {
        let texts = self.texts();
        let changes = texts.iter().filter_map(|(path, text)| {
            Some(Change { path: path.clone(), before: text.first.clone(), after: text.fixed.clone()? })
        });
        changes.collect()
    }

    fn texts(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Text>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Files> Files for &Snapshot<F> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path.extension().is_none_or(|end| end != "go") {
            return self.inner.read(path);
        }
        if let Some(text) = self.texts().get(path) {
            return Ok(text.now().to_owned());
        }
        let first = self.inner.read(path)?;
        let text = Text { first, fixed: None };
        // Another thread may have been faster; then its text is the first one.
        Ok(self.texts().entry(path.to_owned()).or_insert(text).now().to_owned())
    }

    fn read_start(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        if let Some(text) = self.texts().get(path) {
            return Ok(text.now().iter().copied().take(limit).collect());
        }
        self.inner.read_start(path, limit)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        self.inner.list(directory)
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        self.inner.kind(path)
    }

    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        self.inner.resolve(path)
    }
}

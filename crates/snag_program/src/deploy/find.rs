//! Which files of a tree may be manifests.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use snag_syntax::manifest::{ManifestKind, kind_of};

use crate::files::{Files, Kind};

/// Trees deeper than this are generated.
const MAX_DEPTH: u32 = 24;

/// Directories of other people's files, and of files that are never deployed.
const SKIPPED: &[&str] = &["vendor", "testdata", "node_modules", "third_party", "bower_components"];

/// A file that may be a manifest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    pub path: PathBuf,
    pub kind: Sort,
}

/// What the name of a file promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Yaml,
    Unit,
    Dockerfile,
}

/// The candidates below the directories, sorted; each once. Other modules are left out.
pub(super) fn candidates(files: &dyn Files, roots: &[PathBuf]) -> Vec<Candidate> {
    let mut found: Vec<Candidate> =
        roots.par_iter().flat_map(|root| walk(files, root, roots, MAX_DEPTH)).collect();
    found.sort();
    found.dedup();
    found
}

fn walk(files: &dyn Files, directory: &Path, roots: &[PathBuf], depth: u32) -> Vec<Candidate> {
    let entries = files.list(directory).unwrap_or_default();
    let is_root = || roots.iter().any(|root| root == directory);
    if entries.iter().any(|entry| entry.name == "go.mod") && !is_root() {
        return Vec::new();
    }
    let is_file = |kind: Kind, path: &Path| match kind {
        Kind::File => true,
        Kind::Link => files.kind(path) == Some(Kind::File),
        Kind::Directory | Kind::Other => false,
    };
    let mut found = Vec::new();
    for entry in &entries {
        let path = directory.join(&entry.name);
        if let Some(kind) = sort(&path).filter(|_| is_file(entry.kind, &path)) {
            found.push(Candidate { path, kind });
        }
    }
    let below = entries.iter().filter(|entry| entry.kind == Kind::Directory && enters(&entry.name));
    let below: Vec<PathBuf> = below.map(|entry| directory.join(&entry.name)).collect();
    if depth > 0 {
        let deeper: Vec<_> =
            below.par_iter().flat_map(|directory| walk(files, directory, roots, depth - 1)).collect();
        found.extend(deeper);
    }
    found
}

fn enters(name: &str) -> bool {
    !name.starts_with(['.', '_']) && !SKIPPED.contains(&name)
}

fn sort(path: &Path) -> Option<Sort> {
    let name = path.file_name()?.to_str()?;
    if unit_of_drop_in(path).is_some() {
        return Some(Sort::Unit);
    }
    Some(match kind_of(name)? {
        ManifestKind::Yaml => Sort::Yaml,
        ManifestKind::SystemdUnit => Sort::Unit,
        ManifestKind::Dockerfile => Sort::Dockerfile,
    })
}

/// `app.service` for `app.service.d/limits.conf`.
pub(super) fn unit_of_drop_in(path: &Path) -> Option<&str> {
    let is_drop_in = path.extension().is_some_and(|end| end == "conf");
    let directory = path.parent()?.file_name()?.to_str()?;
    directory.strip_suffix(".d").filter(|unit| is_drop_in && unit.ends_with(".service"))
}

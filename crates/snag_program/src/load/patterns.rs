//! From patterns such as `./...` to directories.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::settings::Settings;
use super::{LoadError, LoadProblem};
use crate::files::{Files, Kind, clean};

/// A pattern, with what it means on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// `./cmd/x`
    Directory(PathBuf),
    /// `./cmd/...`: where to begin, and what an absolute directory must look like.
    Tree(PathBuf, String),
    /// `a.go`
    File(PathBuf),
    /// `example.com/m`, `example.com/m/...`, `std`
    Import(String),
}

impl Pattern {
    /// Reads a pattern. Words without a leading dot are import paths unless a directory of that name is there
    /// and no import path begins so.
    pub(super) fn read(files: &dyn Files, cwd: &Path, text: &str) -> Result<Pattern, LoadError> {
        let path = clean(&cwd.join(text));
        let not_found = || LoadError::NotFound { pattern: text.to_owned() };
        if text.ends_with(".go") && files.kind(&path) != Some(Kind::Directory) {
            return if files.kind(&path).is_some() { Ok(Pattern::File(path)) } else { Err(not_found()) };
        }
        if !is_local(text) {
            let literal = text.split("...").next().unwrap_or_default().trim_end_matches('/');
            let directory = clean(&cwd.join(literal));
            let looks_local = !literal.is_empty() && files.kind(&directory) == Some(Kind::Directory);
            if !looks_local || text == "std" {
                return Ok(Pattern::Import(text.to_owned()));
            }
        }
        let Some(dots) = text.find("...") else {
            return match files.kind(&path) {
                Some(Kind::Directory) => Ok(Pattern::Directory(path)),
                Some(_) => Err(LoadError::Nothing {
                    pattern: text.to_owned(),
                    reason: Some("it is neither a directory nor a Go file".to_owned()),
                }),
                None => Err(not_found()),
            };
        };
        let literal = &text[..dots];
        let base = literal.rfind(['/', std::path::MAIN_SEPARATOR]).map_or("", |slash| &literal[..=slash]);
        let base = clean(&cwd.join(base));
        if files.kind(&base) != Some(Kind::Directory) {
            return Err(not_found());
        }
        Ok(Pattern::Tree(base, slashes(&path)))
    }

    /// The directory in which to look for a go.mod.
    pub(super) fn base(&self) -> Option<&Path> {
        match self {
            Pattern::Directory(path) | Pattern::Tree(path, _) => Some(path),
            Pattern::File(path) => path.parent(),
            Pattern::Import(_) => None,
        }
    }
}

fn is_local(text: &str) -> bool {
    let first = text.split(['/', std::path::MAIN_SEPARATOR]).next().unwrap_or_default();
    first == "." || first == ".." || Path::new(text).is_absolute()
}

/// A path with slashes whatever the host.
pub(super) fn slashes(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// Whether a name matches a pattern in which `...` stands for anything; `x/...` matches `x` as well.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    if pattern.strip_suffix("/...").is_some_and(|whole| glob(whole, name)) {
        return true;
    }
    glob(pattern, name)
}

fn glob(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split("...");
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// The `ignore` lines of a go.mod, as go understands them.
#[derive(Clone, Debug, Default)]
pub(super) struct Ignore {
    anchored: Vec<String>,
    anywhere: Vec<String>,
}

impl Ignore {
    pub(super) fn new<'a>(lines: impl Iterator<Item = &'a str>) -> Ignore {
        let mut ignore = Ignore::default();
        for line in lines {
            match line.strip_prefix("./") {
                Some(rest) => ignore.anchored.push(framed(rest)),
                None => ignore.anywhere.push(framed(line)),
            }
        }
        ignore
    }

    fn covers(&self, relative: &str) -> bool {
        if relative.is_empty() || (self.anchored.is_empty() && self.anywhere.is_empty()) {
            return false;
        }
        let relative = framed(relative);
        self.anchored.iter().any(|prefix| relative.starts_with(prefix))
            || self.anywhere.iter().any(|part| relative.contains(part))
    }
}

fn framed(path: &str) -> String {
    format!("/{}/", path.trim_matches('/'))
}

/// A walk below a module's directory.
pub(super) struct Walk<'a> {
    pub files: &'a dyn Files,
    /// The module's directory, which `ignore` lines count from.
    pub root: &'a Path,
    pub ignore: &'a Ignore,
    /// Whether to enter vendor directories.
    pub vendored: bool,
}

impl Walk<'_> {
    /// The directories below `base` that may hold packages: no `testdata`, no `_x`, no `.x`, no other modules,
    /// and no symbolic links, so the walk always ends.
    pub(super) fn directories(&self, base: &Path) -> (Vec<PathBuf>, Vec<LoadProblem>) {
        let mut found = (vec![base.to_path_buf()], Vec::new());
        let entries = match self.files.list(base) {
            Ok(entries) => entries,
            Err(error) => {
                let message = format!("cannot be read: {}", super::select::describe(&error));
                found.1.push(LoadProblem { path: base.to_path_buf(), position: None, message });
                return found;
            }
        };
        let inside = entries.iter().filter(|entry| entry.kind == Kind::Directory && self.enters(&entry.name));
        let inside: Vec<PathBuf> = inside.map(|entry| base.join(&entry.name)).collect();
        let deeper: Vec<_> = inside
            .into_par_iter()
            .filter(|directory| !self.is_elsewhere(directory))
            .map(|directory| self.directories(&directory))
            .collect();
        for (directories, problems) in deeper {
            found.0.extend(directories);
            found.1.extend(problems);
        }
        found
    }

    fn enters(&self, name: &str) -> bool {
        !name.starts_with(['.', '_']) && name != "testdata" && (self.vendored || name != "vendor")
    }

    fn is_elsewhere(&self, directory: &Path) -> bool {
        let relative = directory.strip_prefix(self.root).map(slashes).unwrap_or_default();
        self.ignore.covers(&relative) || self.files.kind(&directory.join("go.mod")) == Some(Kind::File)
    }
}

/// The directories below `base` that hold a go.mod.
pub(super) fn nested_modules(files: &dyn Files, base: &Path) -> Vec<PathBuf> {
    let entries = files.list(base).unwrap_or_default();
    let enters = |name: &str| !name.starts_with(['.', '_']) && name != "testdata" && name != "vendor";
    let inside = entries.iter().filter(|entry| entry.kind == Kind::Directory && enters(&entry.name));
    let inside: Vec<PathBuf> = inside.map(|entry| base.join(&entry.name)).collect();
    let mut found: Vec<PathBuf> = inside
        .par_iter()
        .flat_map(|directory| {
            let mut found = nested_modules(files, directory);
            if files.kind(&directory.join("go.mod")) == Some(Kind::File) {
                found.push(directory.clone());
            }
            found
        })
        .collect();
    found.sort();
    found
}

/// The nearest directory, from `base` upwards, that holds a file of this name.
pub(super) fn enclosing(files: &dyn Files, base: &Path, name: &str) -> Option<PathBuf> {
    let mut above = base.ancestors();
    above.find(|directory| files.kind(&directory.join(name)) == Some(Kind::File)).map(Path::to_path_buf)
}

/// The import path of a directory below a GOPATH.
pub(super) fn gopath_import(settings: &Settings, directory: &Path) -> Option<String> {
    let mut sources = settings.gopath.iter().map(|path| path.join("src"));
    sources.find_map(|source| {
        let relative = slashes(directory.strip_prefix(source).ok()?);
        (!relative.is_empty()).then_some(relative)
    })
}

/// The import path of a directory of a module.
pub(super) fn module_import(path: &str, relative: &str) -> String {
    if let Some((_, vendored)) = relative.split_once("vendor/").filter(|(before, _)| before.is_empty()) {
        return vendored.to_owned();
    }
    match (path, relative) {
        (_, "") => path.to_owned(),
        ("", _) => relative.to_owned(),
        _ => format!("{path}/{relative}"),
    }
}

/// Directories in order, each once.
pub(super) fn unique(directories: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut seen = FxHashSet::default();
    directories.into_iter().filter(|directory| seen.insert(directory.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_match_as_in_go() {
        for (pattern, name, expected) in [
            ("a/...", "a", true),
            ("a/...", "a/b", true),
            ("a/...", "ab", false),
            ("a...", "ab/c", true),
            (".../b", "a/b", true),
            (".../b", "a/b/c", false),
            ("a/.../c", "a/b/c", true),
            ("a/.../c", "a/c", false),
            ("...", "anything", true),
            ("a", "a", true),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn ignore_lines_are_anchored_only_with_a_dot() {
        let ignore = Ignore::new(["./web", "gen/x"].into_iter());
        assert!(
            ignore.covers("web")
                && ignore.covers("web/a")
                && !ignore.covers("a/web")
                && !ignore.covers("web2")
        );
        assert!(ignore.covers("gen/x") && ignore.covers("a/gen/x/b") && !ignore.covers("gen"));
    }
}

//! Which files of a directory take part, as `go list` decides it.

use std::io;
use std::path::Path;

use snag_syntax::go::constraint::file_constraint;
use snag_syntax::go::{Header, read_header};
use snag_syntax::{LineIndex, Problem};

use super::LoadProblem;
use super::target::Target;
use crate::files::{Entry, Files, Kind};

/// Most imports end within this many bytes; for the others the file is read again.
const HEADER_BYTES: usize = 8 << 10;

/// Extensions of files that the go command hands to other compilers.
#[rustfmt::skip]
const FOREIGN: &[&str] = &[
    "c", "cc", "cpp", "cxx", "m", "h", "hh", "hpp", "hxx", "f", "F", "for", "f90", "s", "S", "sx", "swig",
    "swigcxx", "syso",
];

/// A Go file that takes part.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub name: String,
    pub is_test: bool,
    pub is_cgo: bool,
    /// The minor version that its `//go:build` line implies.
    pub go_minor_version: Option<u32>,
    /// Import paths without "C".
    pub imports: Vec<String>,
    /// `//go:debug` settings, in order.
    pub godebug: Vec<(String, String)>,
}

/// The files of a directory under one configuration.
#[derive(Clone, Debug, Default)]
pub(super) struct Selected {
    /// The package name of the files.
    pub name: String,
    /// The package and its own tests.
    pub files: Vec<Chosen>,
    /// `_test.go` files of package `name_test`.
    pub external_tests: Vec<Chosen>,
    /// Go files that are left out.
    pub ignored: Vec<String>,
    /// Other files that are compiled in.
    pub foreign: Vec<String>,
    pub problems: Vec<LoadProblem>,
}

impl Selected {
    /// Whether go would say that there are no Go files.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.external_tests.is_empty()
    }
}

/// Selects among the given entries of `directory`.
pub(super) fn select_entries(
    files: &dyn Files,
    directory: &Path,
    entries: &[Entry],
    target: &Target,
    tests: bool,
) -> Selected {
    let mut selected = Selected::default();
    for entry in entries {
        let name = entry.name.as_str();
        if name.starts_with(['_', '.']) || entry.kind == Kind::Directory {
            continue;
        }
        let Some((_, extension)) = name.rsplit_once('.') else { continue };
        let is_go = extension == "go";
        if !is_go && !FOREIGN.contains(&extension) || !is_file(files, directory, entry) {
            continue;
        }
        if is_go {
            if tests || !name.ends_with("_test.go") {
                go_file(files, directory, name, target, &mut selected);
            }
        } else if target.fits_name(name) && foreign_fits(files, directory, name, extension, target) {
            selected.foreign.push(name.to_owned());
        }
    }
    if !selected.files.iter().any(|file| file.is_cgo) {
        // Without cgo only the assembler is called, and it knows one extension.
        selected.foreign.retain(|name| name.ends_with(".s") || name.ends_with(".h"));
        if selected.foreign.iter().all(|name| name.ends_with(".h")) {
            selected.foreign.clear();
        }
    }
    selected
}

fn is_file(files: &dyn Files, directory: &Path, entry: &Entry) -> bool {
    match entry.kind {
        Kind::File => true,
        Kind::Link => files.kind(&directory.join(&entry.name)) != Some(Kind::Directory),
        Kind::Directory | Kind::Other => false,
    }
}

fn foreign_fits(files: &dyn Files, directory: &Path, name: &str, extension: &str, target: &Target) -> bool {
    if extension == "syso" {
        return true;
    }
    let Ok(text) = files.read_start(&directory.join(name), HEADER_BYTES) else { return false };
    let (constraint, _) = file_constraint(&text);
    target.holds(constraint.as_ref())
}

fn go_file(files: &dyn Files, directory: &Path, name: &str, target: &Target, selected: &mut Selected) {
    if !target.fits_name(name) {
        selected.ignored.push(name.to_owned());
        return;
    }
    let path = directory.join(name);
    let (text, header) = match header_of(files, &path) {
        Ok(read) => read,
        Err(error) => {
            let message = format!("cannot be read: {}", describe(&error));
            selected.problems.push(LoadProblem { path, position: None, message });
            return;
        }
    };
    if text.get(..header.end as usize).is_some_and(|head| head.contains(&0)) {
        let message = "not a Go file: it holds a NUL byte".to_owned();
        selected.problems.push(LoadProblem { path, position: None, message });
        return;
    }
    let fits = target.holds(header.constraint.as_ref());
    let package = header.package.name.as_str();
    let problem = if fits {
        header.problems.first().cloned()
    } else if header.problems.is_empty() {
        None
    } else {
        // Of a file that is left out only the constraint matters: if it cannot be read, that is the reason.
        file_constraint(text.get(..header.end as usize).unwrap_or(&text)).1.into_iter().next()
    };
    if let Some(problem) = problem {
        selected.problems.push(located(&path, &text, &problem));
    }
    if !fits || package == "documentation" || (header.imports_c && !target.cgo) {
        selected.ignored.push(name.to_owned());
        return;
    }
    keep(name, (&text, &header), &path, selected);
}

fn keep(name: &str, (text, header): (&[u8], &Header), path: &Path, selected: &mut Selected) {
    let package = header.package.name.as_str();
    if package.is_empty() {
        // There is a problem about it already.
        selected.ignored.push(name.to_owned());
        return;
    }
    let is_test = name.ends_with("_test.go");
    let tested = package.strip_suffix("_test").filter(|_| is_test && selected.name != package);
    let own = tested.unwrap_or(package);
    if selected.name.is_empty() {
        selected.name = own.to_owned();
    } else if own != selected.name {
        // The first file decides, as in Go. A file of another package would only confuse its names.
        let message =
            format!("package {own} in the directory of package {}: the file is left out", selected.name);
        let problem = Problem { span: header.package.span(), message };
        selected.problems.push(located(path, text, &problem));
        selected.ignored.push(name.to_owned());
        return;
    }
    let imports = header.imports.iter().map(|import| import.path.as_str()).filter(|&path| path != "C");
    let chosen = Chosen {
        name: name.to_owned(),
        is_test,
        is_cgo: header.imports_c,
        go_minor_version: header.go_minor_version,
        imports: imports.map(str::to_owned).collect(),
        godebug: header.go_debug.iter().map(|(key, value, _)| (key.clone(), value.clone())).collect(),
    };
    if tested.is_some() { selected.external_tests.push(chosen) } else { selected.files.push(chosen) }
}

/// Reads the beginning of a file, and more of it only where that is not enough.
fn header_of(files: &dyn Files, path: &Path) -> io::Result<(Vec<u8>, Header)> {
    let text = files.read_start(path, HEADER_BYTES)?;
    let header = read_header(&text);
    if header.complete || text.len() < HEADER_BYTES {
        return Ok((text, header));
    }
    let text = files.read(path)?;
    let header = read_header(&text);
    Ok((text, header))
}

/// The problem with a line and a column.
pub(super) fn located(path: &Path, text: &[u8], problem: &Problem) -> LoadProblem {
    let position = Some(LineIndex::new(text).position(problem.span.start));
    LoadProblem { path: path.to_owned(), position, message: problem.message.clone() }
}

/// The reason of an error without the number that the operating system gives it.
pub(super) fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.kind().to_string(),
    }
}

//! From a directory and patterns to packages with their selected files and resolved imports.
//!
//! Loading never fails half-way: what could not be read is a [`LoadProblem`], what could not be found is
//! [`Missing`]. Only patterns that select nothing at all are an error, for then there is nothing to say.

mod assemble;
mod experiments;
mod modules;
mod mvs;
mod patterns;
mod roots;
mod select;
mod settings;
mod standard;
mod target;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use snag_syntax::Position;

use crate::files::{Files, clean};
use assemble::{Assembled, Scene};
use modules::Modules;
use patterns::Pattern;
use roots::{Roots, layout, nothing};
use settings::Settings;
use standard::Standard;
use target::Target;

pub use snag_threads::GoVersion;
pub use standard::{BUNDLED_GOROOT, BUNDLED_STUBS};

/// For which machine, with which settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// The target operating system, as Go names it.
    pub goos: String,
    /// The target architecture, as Go names it.
    pub goarch: String,
    /// Whether files that import "C" take part.
    pub cgo: bool,
    /// Build tags given by the user.
    pub tags: Vec<String>,
    /// Whether `_test.go` files of first-party packages take part.
    pub tests: bool,
    /// The Go version to assume instead of what the modules say.
    pub go_version: Option<GoVersion>,
    /// Values of environment variables and the like.
    pub environment: Environment,
}

/// What the surroundings say. This crate never looks for itself: the command fills this in.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `GOROOT`
    pub goroot: Option<String>,
    /// `GOPATH`; defaults to `HOME/go`.
    pub gopath: Option<String>,
    /// `GOMODCACHE`; defaults to `GOPATH/pkg/mod`.
    pub gomodcache: Option<String>,
    /// `GOFLAGS`
    pub goflags: Option<String>,
    /// `GOWORK`
    pub gowork: Option<String>,
    /// `GO111MODULE`
    pub go111module: Option<String>,
    /// `GOEXPERIMENT`
    pub goexperiment: Option<String>,
    /// `PATH`, to find `go`.
    pub path: Option<String>,
    /// `HOME`, or `USERPROFILE` on Windows.
    pub home: Option<String>,
}

impl Environment {
    /// What the variables say; an empty one is as good as none.
    pub fn new(variable: impl Fn(&str) -> Option<String>) -> Environment {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        Environment {
            goroot: set("GOROOT"),
            gopath: set("GOPATH"),
            gomodcache: set("GOMODCACHE"),
            goflags: set("GOFLAGS"),
            gowork: set("GOWORK"),
            go111module: set("GO111MODULE"),
            goexperiment: set("GOEXPERIMENT"),
            path: set("PATH"),
            home: set(if cfg!(windows) { "USERPROFILE" } else { "HOME" }),
        }
    }
}

/// A package of a [`Workspace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId(pub u32);

/// A module of a [`Workspace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId(pub u32);

/// Everything that was selected, and everything it imports.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The target architecture, as Go names it.
    pub goarch: String,
    /// Packages sorted by path, external tests behind the package they test. With tests the import graph may
    /// have cycles, for a test file may import what imports its package.
    pub packages: Vec<Package>,
    /// The modules the packages belong to.
    pub modules: Vec<Module>,
    /// The working directory, which printed paths are relative to.
    pub directory: PathBuf,
    /// What could not be read or understood.
    pub problems: Vec<LoadProblem>,
    /// Imports that lead nowhere, sorted by path.
    pub missing: Vec<Missing>,
    /// Where the standard library comes from.
    pub standard_library: StandardLibrary,
    /// The target operating system.
    pub goos: String,
    /// The release that builds the program: the user's, or that of the standard library.
    pub release: Option<GoVersion>,
}

impl Workspace {
    /// A package by its number.
    pub fn package(&self, id: PackageId) -> &Package {
        &self.packages[id.0 as usize]
    }

    /// A module by its number.
    pub fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.0 as usize]
    }

    /// The packages the patterns selected, and their external tests.
    pub fn first_party(&self) -> impl Iterator<Item = (PackageId, &Package)> {
        let all = self.packages.iter().enumerate().map(|(at, package)| (PackageId(at as u32), package));
        all.filter(|(_, package)| package.first_party)
    }
}

/// Where the standard library comes from.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum StandardLibrary {
    /// Neither a GOROOT nor the pack was there: every standard package is missing.
    #[default]
    Nowhere,
    /// The signatures that come with Snag.
    Bundled {
        /// The Go version they were taken from.
        version: GoVersion,
    },
    /// A GOROOT on the disk.
    Goroot {
        /// Its directory.
        directory: PathBuf,
        /// What its VERSION file says.
        version: GoVersion,
    },
}

/// A package: the files that are compiled together.
#[derive(Clone, Debug)]
pub struct Package {
    /// The import path. External tests are packages of their own, with `_test` behind the path.
    pub path: String,
    /// The name in the package clauses.
    pub name: String,
    /// The directory.
    pub directory: PathBuf,
    /// The module; none for the standard library, in GOPATH mode, and for files without a go.mod.
    pub module: Option<ModuleId>,
    /// Selected by the patterns (or an external test of one that is): findings are reported here only.
    pub first_party: bool,
    /// Part of the standard library.
    pub standard: bool,
    /// Comes with signatures only: from the bundled standard library or stubs.
    pub signatures_only: bool,
    /// The Go files that take part, sorted by name.
    pub files: Vec<SourceFile>,
    /// The other files that are compiled in, C above all, sorted by name. Only packages that use cgo, or
    /// that have assembly, have them.
    pub other: Vec<OtherFile>,
    /// Names of Go files that do not take part under this configuration.
    pub ignored: Vec<String>,
    /// Each imported path as written in this package's files. Missing packages and "C" are left out.
    pub imports: FxHashMap<String, PackageId>,
}

/// A Go file that takes part.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Where to read it.
    pub path: PathBuf,
    /// How to print it: relative to the working directory where it lies below.
    pub display: Arc<str>,
    /// The language version: from go.mod, the file's `//go:build`, or the user.
    pub version: GoVersion,
    /// A `_test.go` file.
    pub is_test: bool,
    /// Imports "C".
    pub is_cgo: bool,
    /// `//go:debug` settings, in order; they count in package main only.
    pub godebug: Vec<(String, String)>,
}

/// A file of a package that is not Go: C, C++, Objective-C, assembly, headers.
#[derive(Clone, Debug)]
pub struct OtherFile {
    /// Where to read it.
    pub path: PathBuf,
    /// How to print it.
    pub display: Arc<str>,
}

/// A module that packages belong to.
#[derive(Clone, Debug)]
pub struct Module {
    /// Its path.
    pub path: String,
    /// Its version; empty for main modules and directories.
    pub version: String,
    /// Its directory: the root of its packages.
    pub directory: PathBuf,
    /// Its go.mod, if there is one.
    pub go_mod: Option<PathBuf>,
    /// A main module: the one around the working directory, or used by go.work.
    pub main: bool,
    /// The language version of its `go` line (or the default), or the user's override.
    pub go_version: GoVersion,
    /// The `toolchain` line of the main module or go.work.
    pub toolchain: Option<String>,
    /// The version that decides the defaults of GODEBUG: the `go` line of go.mod or, with a workspace, go.work.
    pub debug_version: GoVersion,
    /// The go.mod or go.work that says so.
    pub debug_file: Option<PathBuf>,
    /// `godebug` settings of go.mod or go.work, in order.
    pub godebug: Vec<(String, String)>,
}

/// Something that could not be read or understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadProblem {
    /// The file or directory.
    pub path: PathBuf,
    /// Where in it; nothing where the whole could not be read.
    pub position: Option<Position>,
    /// What, in lower case and without a final period.
    pub message: String,
}

impl LoadProblem {
    /// Whether nothing of the file or directory could be read, so that something may have been overlooked.
    pub fn is_unread(&self) -> bool {
        self.position.is_none()
    }
}

/// An import that leads nowhere: the package is opaque.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The import path.
    pub path: String,
    /// Hand-written signatures stand in for it.
    pub stubbed: bool,
    /// The packages that import it.
    pub importers: Vec<PackageId>,
}

/// Why nothing could be loaded at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// A directory or file that was named is not there.
    NotFound {
        /// As the user wrote it.
        pattern: String,
    },
    /// A pattern that selects no package.
    Nothing {
        /// As the user wrote it.
        pattern: String,
        /// The reason, if there is one to give.
        reason: Option<String>,
    },
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LoadError::NotFound { pattern } => write!(f, "no such file or directory: {pattern}"),
            LoadError::Nothing { pattern, reason: None } => write!(f, "{pattern} matches no Go package"),
            LoadError::Nothing { pattern, reason: Some(reason) } => {
                write!(f, "{pattern} matches no Go package: {reason}")
            }
        }
    }
}

impl std::error::Error for LoadError {}

/// Loads what the patterns select in `cwd`, an absolute directory, and everything that imports. Without
/// patterns, `./...`.
pub fn load(
    files: &dyn Files,
    cwd: &Path,
    patterns: &[String],
    config: &Config,
) -> Result<Workspace, LoadError> {
    let cwd = clean(cwd);
    let default = ["./...".to_owned()];
    let texts = if patterns.is_empty() { &default[..] } else { patterns };
    let patterns: Vec<Pattern> =
        texts.iter().map(|text| Pattern::read(files, &cwd, text)).collect::<Result<_, LoadError>>()?;
    let settings = Settings::new(config);
    let mut problems = Vec::new();
    let layout = layout(files, &settings, &cwd, &patterns, &mut problems);
    let gopath = layout.gopath;
    let modules = Modules::read(files, &settings, &layout.mains, layout.work, &mut problems);
    let standard = Standard::find(files, &config.environment, &settings, &modules.mains);
    let release = config.go_version.unwrap_or(standard.version());
    let finder = Roots { files, settings: &settings, modules: &modules, standard: &standard, gopath };
    let mut wanted = Vec::new();
    for (at, pattern) in patterns.iter().enumerate() {
        let (packages, found) = finder.expand(at, pattern);
        wanted.extend(packages);
        problems.extend(found);
    }
    let scene = Scene {
        files,
        config,
        cwd: &cwd,
        settings: &settings,
        modules: &modules,
        standard: &standard,
        target: Target::new(config, &settings.tags, release),
        standard_target: Target::new(config, &settings.tags, standard.version()),
        release,
        gopath,
    };
    let assembled = scene.assemble(wanted);
    problems.extend(assembled.problems.iter().cloned());
    if let Some(at) = (0..texts.len()).find(|at| !assembled.fruitful.contains(at)) {
        let reason =
            problems.first().map(|problem| format!("{}: {}", problem.path.display(), problem.message));
        return Err(nothing(&texts[at], reason));
    }
    let Assembled { packages, modules, missing, .. } = assembled;
    let standard_library = standard.kind.clone();
    Ok(Workspace {
        packages,
        modules,
        directory: cwd,
        problems,
        missing,
        standard_library,
        goos: config.goos.clone(),
        goarch: config.goarch.clone(),
        release: Some(release),
    })
}

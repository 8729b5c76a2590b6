//! What rules ask: the façade of this crate.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use snag_syntax::{Position, Span};

use crate::files::Files;
use crate::ir::{FileId, FuncId, Function, TypeId};
use crate::load::{GoVersion, PackageId, Workspace};

/// A program that was read.
#[derive(Debug)]
pub struct Program {
    /// The packages and modules.
    pub workspace: Workspace,
    /// The Go files of all packages.
    pub files: Vec<FileInfo>,
    /// The functions of all packages, literals included.
    pub functions: Vec<Function>,
    /// What could not be understood in first-party files.
    pub problems: Vec<Note>,
    /// How long each phase took.
    pub timings: Vec<Timing>,
}

/// How to read.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Number of threads to work with; at least one.
    pub threads: usize,
}

/// A Go file.
#[derive(Clone, Debug)]
pub struct FileInfo {
    /// Where to read it.
    pub path: PathBuf,
    /// How to print it.
    pub display: Arc<str>,
    /// Its package.
    pub package: PackageId,
    /// Its language version.
    pub version: GoVersion,
    /// Imports "C".
    pub is_cgo: bool,
    /// A `_test.go` file.
    pub is_test: bool,
    /// Findings are reported here.
    pub first_party: bool,
}

/// Something in a file that could not be understood.
#[derive(Clone, Debug)]
pub struct Note {
    /// The file.
    pub path: PathBuf,
    /// How to print it.
    pub display: Arc<str>,
    /// Where, if known.
    pub position: Option<Position>,
    /// What.
    pub message: String,
}

/// How long a phase took.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// The phase.
    pub phase: &'static str,
    /// Wall time.
    pub wall: Duration,
}

impl Program {
    /// Reads the packages of a workspace.
    pub fn read(files: &dyn Files, workspace: Workspace, options: Options) -> Program {
        let _ = (files, options);
        Program { workspace, files: vec![], functions: vec![], problems: vec![], timings: vec![] }
    }

    /// A file by its number.
    pub fn file(&self, id: FileId) -> &FileInfo {
        &self.files[id.index()]
    }

    /// A function by its number.
    pub fn function(&self, id: FuncId) -> &Function {
        &self.functions[id.index()]
    }

    /// `example.com/m/p.F`, `example.com/m/p.T.M`, `example.com/m/p.F.func1`.
    pub fn function_name(&self, id: FuncId) -> String {
        let function = self.function(id);
        match function.outer {
            Some(outer) => format!("{}.{}", self.function_name(outer), function.name),
            None => match function.receiver {
                Some(receiver) => {
                    let package = &self.workspace.package(function.package).path;
                    format!("{package}.{}.{}", self.type_name(receiver), function.name)
                }
                None => format!("{}.{}", self.workspace.package(function.package).path, function.name),
            },
        }
    }

    /// The name of a declared type, without its package.
    pub fn type_name(&self, id: TypeId) -> &'static str {
        let _ = id;
        ""
    }

    /// The text of a first-party file, read again.
    pub fn span_text<'t>(&self, text: &'t [u8], span: Span) -> &'t [u8] {
        span.slice(text)
    }
}

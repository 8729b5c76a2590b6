//! What rules ask: the façade of this crate.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use snag_syntax::{LineIndex, Position, Symbol};

use crate::analysis::{self, Analysis};
use crate::contracts::Contracts;
use crate::deploy::{self, CpuLimit};
use crate::files::Files;
use crate::ir::{CallId, Callee, FileId, FuncId, Function, TypeId};
use crate::load::{GoVersion, PackageId, Workspace};
use crate::native::Native;
use crate::read;
use crate::uses::Uses;

/// A program that was read.
#[derive(Debug, Default)]
pub struct Program {
    /// The packages and modules.
    pub workspace: Workspace,
    /// The Go files of all packages; behind them the C files of cgo packages, then manifests.
    pub files: Vec<FileInfo>,
    /// The functions of all packages, literals included.
    pub functions: Vec<Function>,
    /// The declared types of all packages.
    pub types: Vec<TypeInfo>,
    /// The package-level variables and constants of all packages.
    pub globals: Vec<GlobalInfo>,
    /// What could not be understood in first-party files.
    pub problems: Vec<Note>,
    /// What comments and directives ask of the thread.
    pub contracts: Contracts,
    /// What the C code of cgo packages does to its threads.
    pub native: Native,
    /// What the program does to its threads.
    pub analysis: Analysis,
    /// The CPU limits under which its commands run.
    pub limits: Vec<CpuLimit>,
    /// How long each phase took.
    pub timings: Vec<Timing>,
    pub(crate) methods: OnceLock<crate::methods::Methods>,
    pub(crate) uses: Uses,
}

/// How to read.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Number of threads to work with; at least one.
    pub threads: usize,
}

/// A file of the program.
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
    /// A Go file. The others are manifests, Dockerfiles and go.mod files that findings point at.
    pub is_go: bool,
    /// Imports "C".
    pub is_cgo: bool,
    /// A `_test.go` file.
    pub is_test: bool,
    /// Findings are reported here.
    pub first_party: bool,
}

/// A declared type.
#[derive(Clone, Debug)]
pub struct TypeInfo {
    /// Its name.
    pub name: Symbol,
    /// Its package.
    pub package: PackageId,
    /// Its own methods, sorted by name.
    pub methods: Vec<(Symbol, FuncId)>,
    /// All methods it asks for, sorted, if it is an interface.
    pub interface: Option<Vec<Symbol>>,
    /// The declared types it embeds.
    pub embedded: Vec<TypeId>,
}

/// A package-level variable or constant.
#[derive(Clone, Debug)]
pub struct GlobalInfo {
    /// Its name.
    pub name: Symbol,
    /// Its package.
    pub package: PackageId,
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
        let start = Instant::now();
        let mut program = read::read(files, workspace, options.threads.max(1));
        program.timings.push(Timing { phase: "read", wall: start.elapsed() });
        let start = Instant::now();
        program.analysis = analysis::run(&program, options.threads);
        for id in program.analysis.too_large.clone() {
            let name = program.function_name(id);
            let text = "is too large to follow to the end: what it does to threads beyond that is not known";
            program.note(program.function(id).file, None, format!("{name} {text}"));
        }
        program.timings.push(Timing { phase: "analysis", wall: start.elapsed() });
        let start = Instant::now();
        let deployed = deploy::read(files, &program);
        program.files.extend(deployed.files);
        program.limits = deployed.limits;
        program.timings.push(Timing { phase: "manifests", wall: start.elapsed() });
        program
    }

    /// A file by its number.
    pub fn file(&self, id: FileId) -> &FileInfo {
        &self.files[id.index()]
    }

    /// A function by its number.
    pub fn function(&self, id: FuncId) -> &Function {
        &self.functions[id.index()]
    }

    /// Every function with its number.
    pub fn functions(&self) -> impl Iterator<Item = (FuncId, &Function)> {
        (0u32..).map(FuncId).zip(&self.functions)
    }

    /// A declared type by its number.
    pub fn type_info(&self, id: TypeId) -> &TypeInfo {
        &self.types[id.index()]
    }

    /// Whether findings may be reported in a function.
    pub fn is_first_party(&self, id: FuncId) -> bool {
        self.file(self.function(id).file).first_party
    }

    /// The import path and name by which tables know a declared function: `Func` or `Type.Method`.
    pub fn table_name(&self, id: FuncId) -> Option<(&str, String)> {
        let function = self.function(id);
        if function.outer.is_some() {
            return None;
        }
        let path = self.workspace.package(function.package).path.as_str();
        Some(match function.receiver {
            Some(ty) => (path, format!("{}.{}", self.type_info(ty).name, function.name)),
            None => (path, function.name.to_string()),
        })
    }

    /// The import path and name by which tables know a callee, where it has a name.
    pub fn called(&self, callee: Callee) -> Option<(&str, String)> {
        match callee {
            Callee::Function(target) => self.table_name(target),
            Callee::Missing { package, name } => Some((package.as_str(), name.to_string())),
            Callee::Interface { interface: Some(interface), method } => {
                let info = self.type_info(interface);
                let path = self.workspace.package(info.package).path.as_str();
                Some((path, format!("{}.{method}", info.name)))
            }
            _ => None,
        }
    }

    /// The declared function around a literal, or the function itself.
    pub fn root(&self, mut id: FuncId) -> FuncId {
        while let Some(outer) = self.function(id).outer {
            id = outer;
        }
        id
    }

    /// `example.com/m/p.F`, `example.com/m/p.T.M`, `example.com/m/p.F.func1`.
    pub fn function_name(&self, id: FuncId) -> String {
        let function = self.function(id);
        match (function.outer, self.table_name(id)) {
            (Some(outer), _) => format!("{}.{}", self.function_name(outer), function.name),
            (None, Some((path, name))) => format!("{path}.{name}"),
            (None, None) => function.name.to_string(),
        }
    }

    /// The methods of the program's types that a call of `method` through `interface` may reach, sorted.
    pub fn implementers(&self, interface: TypeId, method: Symbol) -> Vec<FuncId> {
        let methods = self.methods.get_or_init(|| crate::methods::Methods::new(&self.types));
        methods.implementers(&self.types, interface, method)
    }

    /// The calls of a function by name: who makes each, and its number there.
    pub fn callers(&self, id: FuncId) -> &[(FuncId, CallId)] {
        self.uses.callers(id)
    }

    /// The package and name of each function that is called although its package is missing, with the calls; in no order.
    pub fn missing_callees(&self) -> impl Iterator<Item = (Symbol, Symbol, &[(FuncId, CallId)])> {
        self.uses.missing()
    }

    pub(crate) fn note(&mut self, file: FileId, position: Option<Position>, message: String) {
        let info = &self.files[file.index()];
        let (path, display) = (info.path.clone(), info.display.clone());
        self.problems.push(Note { path, display, position, message });
    }

    /// The position of an offset, given the file's text.
    pub fn position(text: &[u8], offset: u32) -> Position {
        LineIndex::new(text).position(offset)
    }
}

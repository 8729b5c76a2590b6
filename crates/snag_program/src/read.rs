//! Reading a whole program: declarations of all packages, then bodies, package by package.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bumpalo::Bump;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use snag_syntax::{LineIndex, Problem};

use crate::contracts::{self, Contract, Contracts};
use crate::files::Files;
use crate::ir::{Callee, FileId, FuncId, Function, Value, VarRef};
use crate::load::{PackageId, Workspace};
use crate::lower::{LITERAL, Lowered, lower_package};
use crate::names::{World, collect};
use crate::native;
use crate::program::{FileInfo, GlobalInfo, Program, TypeInfo};
use crate::uses::Uses;

/// Bodies nest as deep as the parser allows, and lowering follows them by recursion.
const STACK: usize = 256 << 20;

pub(crate) fn read(files: &dyn Files, workspace: Workspace, threads: usize) -> Program {
    let mut arenas: Vec<Bump> = workspace.packages.iter().map(|_| Bump::new()).collect();
    let (world, problems) = on_big_stack(|| collect(files, &workspace, &mut arenas));
    let mut program = Program { files: file_infos(&workspace), ..Program::default() };
    let mut found = problems;
    let lowered = lower_all(files, &workspace, &world, threads);
    program.types = type_infos(&world);
    program.globals = world
        .values
        .iter()
        .map(|value| GlobalInfo { name: value.name.name, package: world.files[value.file.index()].package })
        .collect();
    let sources = native::collect(files, &workspace, &world);
    drop(world);
    drop(arenas);
    let contracts = assemble(&mut program, lowered, &mut found);
    program.workspace = workspace;
    Contracts::settle(&mut program, contracts);
    native::link(&mut program, sources);
    add_notes(&mut program, files, found);
    program
}

/// Parsing and typing recurse; the caller's stack may be small.
pub(crate) fn on_big_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => panic!("cannot start a thread: {error}"),
        }
    })
}

/// Does all jobs, each on a big stack, with at most so many threads: whoever is free takes the next one.
pub(crate) fn all(threads: usize, jobs: &[&(dyn Fn() + Sync)]) {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            job();
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(jobs.len()) {
            if std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        on_big_stack(work);
    });
}

fn file_infos(workspace: &Workspace) -> Vec<FileInfo> {
    let packages = workspace.packages.iter().enumerate();
    let infos = packages.flat_map(|(at, package)| {
        package.files.iter().map(move |file| FileInfo {
            path: file.path.clone(),
            display: file.display.clone(),
            package: PackageId(at as u32),
            version: file.version,
            is_go: true,
            is_cgo: file.is_cgo,
            is_test: file.is_test,
            first_party: package.first_party,
        })
    });
    infos.collect()
}

fn type_infos(world: &World<'_>) -> Vec<TypeInfo> {
    let infos = world.types.iter().map(|decl| {
        let mut methods: Vec<_> = decl.methods.iter().map(|(&name, &func)| (name, func)).collect();
        methods.sort_unstable();
        TypeInfo {
            name: decl.spec.name.name,
            package: world.files[decl.file.index()].package,
            methods,
            interface: None,
            embedded: Vec::new(),
        }
    });
    infos.collect()
}

fn lower_all(files: &dyn Files, workspace: &Workspace, world: &World<'_>, threads: usize) -> Vec<Lowered> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        let mut mine = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(package) = workspace.packages.get(at) else { break };
            let names = &world.packages[at];
            let mut sources = FxHashMap::default();
            if !package.signatures_only {
                for (&id, file) in names.files.iter().zip(&package.files) {
                    sources.insert(id, files.read(&file.path).unwrap_or_default());
                }
            }
            let arena = Bump::new();
            let id = PackageId(at as u32);
            let mut lowered = lower_package(world, id, &sources, &arena);
            if !package.standard {
                lowered.contracts = contracts::collect(world, id, &sources);
            }
            mine.push((at, lowered));
        }
        done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).append(&mut mine);
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            if std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).is_err() {
                break;
            }
        }
    });
    let mut all = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    all.sort_unstable_by_key(|&(at, _)| at);
    all.into_iter().map(|(_, lowered)| lowered).collect()
}

/// Puts the packages' functions together. Declared functions were numbered package by package; literals get their
/// final numbers behind them. Returns what their comments say.
fn assemble(
    program: &mut Program,
    mut lowered: Vec<Lowered>,
    problems: &mut Vec<(FileId, Problem)>,
) -> Vec<(FuncId, Contract)> {
    let n_declared: usize = lowered.iter().map(|package| package.declared.len()).sum();
    let n_literals: usize = lowered.iter().map(|package| package.literals.len()).sum();
    let ends = lowered.iter().scan(n_declared, |end, package| {
        *end += package.literals.len();
        Some((*end - package.literals.len()) as u32)
    });
    let bases: Vec<u32> = ends.collect();
    lowered.par_iter_mut().zip(bases).for_each(|(package, base)| {
        let functions = package.declared.iter_mut().chain(&mut package.literals);
        functions.for_each(|function| renumber(function, base));
    });
    let mut functions: Vec<Function> = Vec::with_capacity(n_declared + n_literals);
    let mut contracts = Vec::new();
    for package in &mut lowered {
        functions.append(&mut std::mem::take(&mut package.declared));
        for (id, shape) in std::mem::take(&mut package.types) {
            let info = &mut program.types[id.index()];
            (info.interface, info.embedded) = (shape.interface, shape.embedded);
        }
        contracts.append(&mut package.contracts);
        problems.append(&mut package.problems);
    }
    for package in lowered {
        functions.extend(package.literals);
    }
    program.uses = Uses::new(&functions);
    program.functions = functions;
    contracts
}

fn renumber(function: &mut Function, base: u32) {
    let fix = |id: &mut FuncId| {
        if id.0 >= LITERAL {
            id.0 = id.0 - LITERAL + base;
        }
    };
    function.outer.iter_mut().for_each(fix);
    let Some(body) = &mut function.body else { return };
    for value in &mut body.values {
        match value {
            Value::Var(VarRef { function: id, .. }) | Value::Func(id) | Value::Bound(_, id) => fix(id),
            _ => {}
        }
    }
    for call in &mut body.calls {
        if let Callee::Function(id) = &mut call.callee {
            fix(id);
        }
    }
}

/// Problems of first-party files, with their positions.
fn add_notes(program: &mut Program, files: &dyn Files, mut found: Vec<(FileId, Problem)>) {
    found.retain(|(file, _)| program.file(*file).first_party);
    found.sort_by_key(|(file, problem)| (*file, problem.span));
    found.dedup();
    let mut index: Option<(FileId, LineIndex)> = None;
    for (file, problem) in found {
        if index.as_ref().is_none_or(|(known, _)| *known != file) {
            let text = files.read(&program.file(file).path).unwrap_or_default();
            index = Some((file, LineIndex::new(&text)));
        }
        let position = index.as_ref().map(|(_, index)| index.position(problem.span.start));
        program.note(file, position, problem.message);
    }
}

//! What decides a program's `GOMAXPROCS`: its code, its environment, its settings, its Go.

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};
use snag_syntax::go::read_header;
use snag_syntax::gomod::{Word, parse_go_mod};
use snag_syntax::gowork::parse_go_work;
use snag_threads::Is;
use snag_threads::version::container_aware_gomaxprocs;

use crate::files::Files;
use crate::ir::{Body, Callee, FileId, FuncId, Instr, Place, Value, ValueId};
use crate::load::{GoVersion, Module, PackageId};
use crate::program::Program;

/// The setting that turns the limit of the container on and off.
const SETTING: &str = "containermaxprocs";
/// What the code of a program does to `GOMAXPROCS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Nothing,
    /// From the limit, or to a value that is not known.
    Handled,
    /// To the number of the machine's CPUs.
    AllCpus(Place),
    /// To a constant.
    Constant(u64, Place),
}

/// The calls of the whole program that set `GOMAXPROCS`.
pub(super) struct Setters<'p> {
    program: &'p Program,
    calls: OnceCell<Vec<(FuncId, Code)>>,
    /// The functions of the program that decide about processors.
    known: FxHashMap<FuncId, Is>,
}

impl<'p> Setters<'p> {
    pub(super) fn new(program: &'p Program) -> Setters<'p> {
        let is_meant = |is: Is| matches!(is, Is::ProcessorLimit | Is::ProcessorQuota | Is::ProcessorCount);
        let table = |package: &crate::load::Package| {
            snag_threads::package(&package.path)
                .filter(|table| table.properties.iter().any(|row| is_meant(row.is)))
        };
        let tables: Vec<_> = program.workspace.packages.iter().map(table).collect();
        let mut known = FxHashMap::default();
        for (id, function) in program.functions() {
            let Some(table) = tables[function.package.0 as usize] else { continue };
            let row = program.table_name(id).and_then(|(_, name)| table.property(&name));
            known.extend(row.filter(|row| is_meant(row.is)).map(|row| (id, row.is)));
        }
        Setters { program, calls: OnceCell::new(), known }
    }

    /// What the program that `package` makes does to `GOMAXPROCS`. `required`: go.mod needs a module that sets it
    /// from the limit, for a package that may be out of sight.
    pub(super) fn of(&self, package: PackageId, main: FuncId, required: bool) -> Code {
        let (closure, sets_by_import) = self.closure(package);
        let hidden = || {
            let mut opaque = self.program.workspace.missing.iter().filter(|missing| !missing.stubbed);
            opaque.any(|missing| missing.importers.iter().any(|by| closure.contains(by)))
        };
        if sets_by_import || (required && hidden()) {
            return Code::Handled;
        }
        let calls = self.calls.get_or_init(|| self.collect());
        let inside =
            calls.iter().filter(|(function, _)| closure.contains(&self.program.function(*function).package));
        let inside: Vec<&(FuncId, Code)> = inside.collect();
        if inside.is_empty() {
            return Code::Nothing;
        }
        let reached = self.reached(&closure, main);
        let mut all = inside
            .into_iter()
            .filter(|(function, _)| self.program.is_first_party(*function) || reached.contains(function));
        let Some(&(_, first)) = all.next() else { return Code::Nothing };
        // Which of several comes last is not known.
        if all.all(|(_, other)| same_value(*other, first)) { first } else { Code::Handled }
    }

    /// The packages that a program is made of, and whether one of them sets `GOMAXPROCS` by being imported.
    fn closure(&self, package: PackageId) -> (FxHashSet<PackageId>, bool) {
        let workspace = &self.program.workspace;
        let mut closure = FxHashSet::from_iter([package]);
        let mut queue = vec![package];
        let mut sets = false;
        while let Some(next) = queue.pop() {
            let info = workspace.package(next);
            sets |= sets_by_import(&info.path);
            if info.standard {
                continue;
            }
            queue.extend(info.imports.values().filter(|&&import| closure.insert(import)));
        }
        let mut missing = workspace.missing.iter().filter(|missing| sets_by_import(&missing.path));
        sets |= missing.any(|it| it.importers.iter().any(|by| closure.contains(by)));
        (closure, sets)
    }

    fn collect(&self) -> Vec<(FuncId, Code)> {
        let mut found = Vec::new();
        for (id, function) in self.program.functions() {
            let Some(body) = &function.body else { continue };
            let info = self.program.file(function.file);
            if info.is_test || self.program.workspace.package(function.package).standard {
                continue;
            }
            for call in &body.calls {
                let code = match self.property(call.callee) {
                    Some(Is::ProcessorLimit) => {
                        let place = Place { file: function.file, span: call.span };
                        call.args.first().and_then(|&value| self.value(body, value, place, 0))
                    }
                    Some(Is::ProcessorQuota) => Some(Code::Handled),
                    _ => None,
                };
                found.extend(code.map(|code| (id, code)));
            }
        }
        found
    }

    /// What a callee is, among what decides about processors.
    fn property(&self, callee: Callee) -> Option<Is> {
        match callee {
            Callee::Function(id) => self.known.get(&id).copied(),
            Callee::Missing { package, name } => {
                snag_threads::property(package.as_str(), name.as_str()).map(|row| row.is)
            }
            _ => None,
        }
    }

    /// What an argument of `runtime.GOMAXPROCS` means; zero and less only ask.
    fn value(&self, body: &Body, value: ValueId, place: Place, depth: u32) -> Option<Code> {
        match body.value(value) {
            Value::Int(n) => u64::try_from(n).ok().filter(|&n| n > 0).map(|n| Code::Constant(n, place)),
            Value::Result(call, 0) if self.property(body.call(call).callee) == Some(Is::ProcessorCount) => {
                Some(Code::AllCpus(place))
            }
            Value::Var(var) if depth == 0 => {
                let assigned =
                    body.blocks.iter().flat_map(|block| &block.instrs).filter_map(|instr| match *instr {
                        Instr::Assign { target, value, .. } if body.value(target) == Value::Var(var) => {
                            Some(value)
                        }
                        _ => None,
                    });
                match assigned.collect::<Vec<_>>()[..] {
                    [only] => self.value(body, only, place, 1),
                    _ => Some(Code::Handled),
                }
            }
            _ => Some(Code::Handled),
        }
    }

    /// The functions that `main` and the initializers reach by name.
    fn reached(&self, closure: &FxHashSet<PackageId>, main: FuncId) -> FxHashSet<FuncId> {
        let program = self.program;
        let is_init = |id: &FuncId| {
            let function = program.function(*id);
            function.receiver.is_none()
                && function.name.as_str() == "init"
                && closure.contains(&function.package)
        };
        let inits = program.functions().map(|(id, _)| id).filter(is_init);
        let mut queue: Vec<FuncId> = inits.chain([main]).collect();
        let mut reached: FxHashSet<FuncId> = queue.iter().copied().collect();
        while let Some(id) = queue.pop() {
            let Some(body) = program.functions.get(id.index()).and_then(|it| it.body.as_ref()) else {
                continue;
            };
            let called = body.calls.iter().filter_map(|call| match call.callee {
                Callee::Function(callee) => Some(callee),
                _ => None,
            });
            let mentioned = body.values.iter().filter_map(|value| match *value {
                Value::Func(id) | Value::Bound(_, id) => Some(id),
                _ => None,
            });
            queue.extend(called.chain(mentioned).filter(|&next| reached.insert(next)));
        }
        reached
    }
}

/// Whether importing a package, or needing the module of this path, sets `GOMAXPROCS` from the limit.
fn sets_by_import(path: &str) -> bool {
    snag_threads::import_effect(path).is_some_and(|row| row.sets_processors)
}

fn same_value(a: Code, b: Code) -> bool {
    match (a, b) {
        (Code::Constant(a, _), Code::Constant(b, _)) => a == b,
        (Code::AllCpus(_), Code::AllCpus(_)) => true,
        _ => a == b,
    }
}

/// The settings that a main package is built with.
#[derive(Clone, Debug)]
pub(super) struct BuildSettings {
    /// The version that decides the defaults of GODEBUG.
    pub version: GoVersion,
    pub version_place: Option<Place>,
    /// The oldest toolchain that takes the module.
    pub asked: GoVersion,
    /// go.mod needs, for a dependency, a module that sets `GOMAXPROCS` by being imported.
    pub needs_setter: bool,
    /// `containermaxprocs` of go.mod or `//go:debug`.
    pub setting: Option<(bool, Place)>,
}

/// Files that are not Go get their numbers here.
pub(super) trait Numbered {
    fn number(&mut self, path: &std::path::Path) -> FileId;
}

/// Reads what go.mod, go.work and the `//go:debug` lines of a main package say.
pub(super) fn build_settings(
    files: &dyn Files,
    program: &Program,
    package: PackageId,
    numbers: &mut dyn Numbered,
) -> BuildSettings {
    let info = program.workspace.package(package);
    let mut settings = match info.module.map(|id| program.workspace.module(id)) {
        Some(module) => of_module(files, module, numbers),
        None => BuildSettings {
            version: GoVersion::NEWEST,
            version_place: None,
            asked: GoVersion::NEWEST,
            needs_setter: false,
            setting: None,
        },
    };
    for (at, file) in program.files.iter().enumerate() {
        if file.package != package || file.is_test || !file.is_go {
            continue;
        }
        let Ok(text) = files.read(&file.path) else { continue };
        for (key, value, span) in read_header(&text).go_debug {
            let place = Place { file: FileId(at as u32), span };
            apply(&mut settings, &key, &value, place);
        }
    }
    settings
}

fn of_module(files: &dyn Files, module: &Module, numbers: &mut dyn Numbered) -> BuildSettings {
    let mut settings = BuildSettings {
        version: module.debug_version,
        version_place: None,
        asked: module.debug_version,
        needs_setter: false,
        setting: None,
    };
    let Some(path) = &module.debug_file else { return settings };
    if let Some(go_mod) = &module.go_mod {
        let (file, _) = parse_go_mod(&files.read(go_mod).unwrap_or_default());
        let mut indirect = file.require.iter().filter(|require| require.indirect);
        settings.needs_setter = indirect.any(|require| sets_by_import(&require.path.text));
    }
    let text = files.read(path).unwrap_or_default();
    let is_work = path.file_name().is_some_and(|name| name == "go.work");
    let (go, godebug) = if is_work {
        let (file, _) = parse_go_work(&text);
        (file.go, file.godebug)
    } else {
        let (file, _) = parse_go_mod(&text);
        (file.go, file.godebug)
    };
    let file = numbers.number(path);
    let place = |word: Word| Place { file, span: word.span };
    settings.version_place = go.map(place);
    for (key, value) in godebug {
        apply(&mut settings, &key.text, &value, Place { file, span: key.span });
    }
    settings
}

fn apply(settings: &mut BuildSettings, key: &str, value: &str, place: Place) {
    match key {
        SETTING => settings.setting = Some((value != "0", place)),
        "default" => {
            if let Some(version) = GoVersion::parse(value) {
                settings.version = version.language();
                settings.version_place = Some(place);
            }
        }
        _ => {}
    }
}

/// Whether a GODEBUG variable turns the limit on or off.
pub(super) fn in_godebug(value: &str) -> Option<bool> {
    let mut settings = value.split(',').filter_map(|setting| setting.trim().split_once('='));
    settings.rfind(|(key, _)| *key == SETTING).map(|(_, value)| value != "0")
}

/// Whether a toolchain looks at the limit under a version for the defaults.
pub(super) fn aware(toolchain: Option<GoVersion>, version: GoVersion) -> bool {
    container_aware_gomaxprocs(toolchain.unwrap_or(GoVersion::NEWEST), version)
}

/// The toolchain that builds, when an image brings `image` and go.mod asks for `asked`: since 1.21 an older one is
/// refused, or replaced.
pub(super) fn effective(image: GoVersion, asked: GoVersion) -> GoVersion {
    if image.language() >= FIRST_THAT_SWITCHES { image.max(asked) } else { image }
}

const FIRST_THAT_SWITCHES: GoVersion = GoVersion::new(1, 21);

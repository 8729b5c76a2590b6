//! Wave after wave: read packages, see what they import, read that.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::modules::{ModuleKey, Modules, language};
use super::patterns::{gopath_import, slashes};
use super::roots::Wanted;
use super::select::{Chosen, Selected, describe, select_entries};
use super::settings::Settings;
use super::standard::{BUNDLED_STUBS, Standard};
use super::target::Target;
use super::{
    Config, GoVersion, LoadProblem, Missing, Module, ModuleId, OtherFile, Package, PackageId, SourceFile,
    StandardLibrary,
};
use crate::files::{Entry, Files, Kind};

/// Below this language version a file cannot go with `//go:build`.
const FILE_VERSION_FLOOR: GoVersion = GoVersion::new(1, 21);
/// The first release with that floor; the two before let only modules of 1.21 and later go down.
const FIRST_WITH_FLOOR: GoVersion = GoVersion::new(1, 23);

/// Everything that decides how an import resolves.
pub(super) struct Scene<'a> {
    pub files: &'a dyn Files,
    pub config: &'a Config,
    pub cwd: &'a Path,
    pub settings: &'a Settings,
    pub modules: &'a Modules<'a>,
    pub standard: &'a Standard,
    /// For the user's packages.
    pub target: Target,
    /// For the standard library, which always fits its own release.
    pub standard_target: Target,
    pub release: GoVersion,
    pub gopath: bool,
}

/// From where a path is imported, as far as that changes what it means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Importer {
    Standard,
    Module,
    /// In GOPATH mode each directory may see other vendor directories.
    Directory(PathBuf),
}

/// A package before the packages are numbered.
struct Draft {
    package: Package,
    importer: Importer,
    /// What it imports.
    imports: Vec<String>,
    /// The path of the package that this one tests from outside.
    tests: Option<String>,
    /// No file fits: the package matters only if somebody imports it.
    empty: bool,
}

/// What was assembled.
pub(super) struct Assembled {
    pub packages: Vec<Package>,
    pub modules: Vec<Module>,
    pub problems: Vec<LoadProblem>,
    pub missing: Vec<Missing>,
    /// The patterns that selected at least one package.
    pub fruitful: FxHashSet<usize>,
}

impl Scene<'_> {
    /// Reads the packages and everything they import.
    pub(super) fn assemble(&self, roots: Vec<Wanted>) -> Assembled {
        let mut drafts = Drafts { modules: ModuleTable::new(self), ..Drafts::default() };
        let mut wave = drafts.new_ones(roots);
        while !wave.is_empty() {
            let read: Vec<(Wanted, Selected)> = wave
                .into_par_iter()
                .map(|wanted| {
                    let selected = self.read(&wanted);
                    (wanted, selected)
                })
                .collect();
            for (wanted, selected) in read {
                drafts.add(self, wanted, selected);
            }
            let questions = drafts.questions();
            let answers: Vec<Option<Wanted>> =
                questions.par_iter().map(|(importer, path)| self.resolve(importer, path)).collect();
            wave = drafts.answer(questions, answers);
        }
        drafts.finish()
    }

    fn read(&self, wanted: &Wanted) -> Selected {
        let entries = match (&wanted.only, self.files.list(&wanted.directory)) {
            (Some(names), _) => {
                names.iter().map(|name| Entry { name: name.clone(), kind: Kind::File }).collect()
            }
            (None, Ok(entries)) => entries,
            (None, Err(error)) => {
                let message = format!("cannot be read: {}", describe(&error));
                let path = wanted.directory.clone();
                let problems = vec![LoadProblem { path, position: None, message }];
                return Selected { problems, ..Selected::default() };
            }
        };
        let target = if wanted.standard { &self.standard_target } else { &self.target };
        let tests = wanted.first_party && self.config.tests;
        select_entries(self.files, &wanted.directory, &entries, target, tests)
    }

    fn resolve(&self, importer: &Importer, path: &str) -> Option<Wanted> {
        let wanted = |directory: PathBuf, module: ModuleKey| Wanted {
            path: path.to_owned(),
            directory,
            module,
            standard: false,
            stub: false,
            first_party: false,
            pattern: None,
            only: None,
        };
        if let Some((path, directory)) = self.in_standard(importer, path) {
            return Some(Wanted { path, standard: true, ..wanted(directory, ModuleKey::None) });
        }
        let found = match importer {
            Importer::Directory(directory) => self
                .in_gopath(directory, path)
                .map(|(path, directory)| Wanted { path, ..wanted(directory, ModuleKey::None) }),
            _ => self.modules.find(path).map(|place| {
                // The go command itself keeps its vendored packages under names of their own.
                let own = matches!(place.module, ModuleKey::Vendored(_)) && self.modules.is_command();
                let path = if own { format!("cmd/vendor/{path}") } else { path.to_owned() };
                Wanted { path, ..wanted(place.directory, place.module) }
            }),
        };
        found.or_else(|| {
            let directory = Path::new(BUNDLED_STUBS).join("src").join(path);
            self.is_package(&directory).then(|| Wanted { stub: true, ..wanted(directory, ModuleKey::None) })
        })
    }

    fn in_standard(&self, importer: &Importer, path: &str) -> Option<(String, PathBuf)> {
        let source = self.standard.source.as_deref()?;
        let first = path.split('/').next().unwrap_or_default();
        if first.contains('.') {
            if *importer != Importer::Standard {
                return None;
            }
            let path = format!("vendor/{path}");
            let directory = source.join(&path);
            return self.is_package(&directory).then_some((path, directory));
        }
        let directory = source.join(path);
        (first != "cmd" && self.is_package(&directory)).then(|| (path.to_owned(), directory))
    }

    /// In GOPATH mode: the vendor directories from the importer upwards, then each GOPATH.
    fn in_gopath(&self, importer: &Path, path: &str) -> Option<(String, PathBuf)> {
        let local = path.starts_with("./") || path.starts_with("../");
        let relative = local.then(|| crate::files::clean(&importer.join(path)));
        let vendored = importer.ancestors().map(|above| above.join("vendor").join(path));
        let global = self.settings.gopath.iter().map(|root| root.join("src").join(path));
        let mut places = relative.into_iter().chain(vendored.chain(global).filter(|_| !local));
        let directory = places.find(|directory| self.is_package(directory))?;
        let path = gopath_import(self.settings, &directory).unwrap_or_else(|| slashes(&directory));
        Some((path, directory))
    }

    fn is_package(&self, directory: &Path) -> bool {
        let entries = self.files.list(directory).unwrap_or_default();
        entries.iter().any(|entry| entry.name.ends_with(".go") && entry.kind != Kind::Directory)
    }

    fn importer_of(&self, wanted: &Wanted) -> Importer {
        if wanted.standard {
            Importer::Standard
        } else if self.gopath {
            Importer::Directory(wanted.directory.clone())
        } else {
            Importer::Module
        }
    }

    /// How a path is printed.
    fn display(&self, path: &Path) -> Arc<str> {
        slashes(path.strip_prefix(self.cwd).unwrap_or(path)).into()
    }

    /// The language version of a file, by the rules of the release that would compile it.
    fn file_version(&self, package: GoVersion, file: &Chosen) -> GoVersion {
        let minor = file.go_minor_version.and_then(|minor| u16::try_from(minor).ok());
        let Some(asked) = minor.map(|minor| GoVersion::new(1, minor)) else { return package };
        let release = self.release.language();
        if release >= FIRST_WITH_FLOOR {
            asked.max(FILE_VERSION_FLOOR)
        } else if release >= FILE_VERSION_FLOOR && (asked > package || package >= FILE_VERSION_FLOOR) {
            asked
        } else {
            package
        }
    }
}

#[derive(Default)]
struct Drafts {
    drafts: Vec<Draft>,
    modules: ModuleTable,
    problems: Vec<LoadProblem>,
    /// Packages that were asked for.
    known: FxHashSet<String>,
    /// What each import resolves to.
    resolved: FxHashMap<(Importer, String), Option<String>>,
    stubs: FxHashSet<String>,
    asked: usize,
    fruitful: FxHashSet<usize>,
}

impl Drafts {
    fn new_ones(&mut self, wanted: Vec<Wanted>) -> Vec<Wanted> {
        let mut merged: Vec<Wanted> = Vec::new();
        for package in wanted {
            if self.known.insert(package.path.clone()) {
                merged.push(package);
            } else if let Some(first) = merged.iter_mut().find(|first| first.path == package.path) {
                // Two patterns, or two files of one directory.
                self.fruitful.extend(package.pattern);
                match (&mut first.only, package.only) {
                    (Some(names), Some(more)) => names.extend(more),
                    (only, None) => *only = None,
                    (None, Some(_)) => {}
                }
            }
        }
        merged
    }

    fn add(&mut self, scene: &Scene<'_>, wanted: Wanted, selected: Selected) {
        self.problems.extend(selected.problems.iter().cloned());
        let empty = selected.is_empty();
        if !empty {
            self.fruitful.extend(wanted.pattern);
        }
        if wanted.stub {
            self.stubs.insert(wanted.path.clone());
        }
        let module = self.modules.id(scene, &wanted.module);
        let version = match module {
            Some(id) => self.modules.list[id.0 as usize].go_version,
            None if wanted.standard => scene.standard.version().language(),
            None => scene.config.go_version.unwrap_or(GoVersion::NEWEST).language(),
        };
        let importer = scene.importer_of(&wanted);
        let mut package = draft_package(scene, &wanted, &selected, module, version, &selected.files);
        package.other = selected
            .foreign
            .iter()
            .map(|name| wanted.directory.join(name))
            .map(|path| OtherFile { display: scene.display(&path), path })
            .collect();
        if !selected.external_tests.is_empty() {
            let mut tests =
                draft_package(scene, &wanted, &selected, module, version, &selected.external_tests);
            tests.path.push_str("_test");
            tests.name.push_str("_test");
            tests.ignored.clear();
            let imports = imports_of(&selected.external_tests);
            let (tests_path, importer) = (Some(wanted.path.clone()), importer.clone());
            self.drafts.push(Draft { package: tests, importer, imports, tests: tests_path, empty });
        }
        let imports = imports_of(&selected.files);
        self.drafts.push(Draft { package, importer, imports, tests: None, empty });
    }

    /// The imports of new packages that nobody asked about yet.
    fn questions(&mut self) -> Vec<(Importer, String)> {
        let mut questions = Vec::new();
        let mut seen = FxHashSet::default();
        for draft in &self.drafts[self.asked..] {
            for path in &draft.imports {
                let question = (draft.importer.clone(), path.clone());
                if !self.resolved.contains_key(&question) && seen.insert(question.clone()) {
                    questions.push(question);
                }
            }
        }
        self.asked = self.drafts.len();
        questions
    }

    fn answer(&mut self, questions: Vec<(Importer, String)>, answers: Vec<Option<Wanted>>) -> Vec<Wanted> {
        let mut wave = Vec::new();
        for (question, answer) in questions.into_iter().zip(answers) {
            self.resolved.insert(question, answer.as_ref().map(|wanted| wanted.path.clone()));
            wave.extend(answer.filter(|wanted| self.known.insert(wanted.path.clone())));
        }
        wave
    }

    fn finish(mut self) -> Assembled {
        let imported: FxHashSet<&String> = self.resolved.values().flatten().collect();
        self.drafts.retain(|draft| !draft.empty || imported.contains(&draft.package.path));
        let key = |draft: &Draft| {
            let path = draft.tests.clone().unwrap_or_else(|| draft.package.path.clone());
            (path, draft.tests.is_some())
        };
        self.drafts.sort_by_cached_key(key);
        let ids: FxHashMap<String, PackageId> = self
            .drafts
            .iter()
            .enumerate()
            .filter(|(_, draft)| draft.tests.is_none())
            .map(|(at, draft)| (draft.package.path.clone(), PackageId(at as u32)))
            .collect();
        let mut missing: FxHashMap<String, Missing> = FxHashMap::default();
        let mut packages = Vec::with_capacity(self.drafts.len());
        for (at, draft) in self.drafts.into_iter().enumerate() {
            let mut package = draft.package;
            for path in draft.imports {
                let resolved = self.resolved.get(&(draft.importer.clone(), path.clone()));
                let resolved = resolved.and_then(Option::as_ref);
                let id = resolved.and_then(|resolved| ids.get(resolved)).copied();
                let stubbed = resolved.is_some_and(|resolved| self.stubs.contains(resolved));
                if id.is_none() || stubbed {
                    let entry = missing.entry(path.clone()).or_insert_with(|| Missing {
                        path: path.clone(),
                        stubbed,
                        importers: Vec::new(),
                    });
                    entry.importers.push(PackageId(at as u32));
                }
                package.imports.extend(id.map(|id| (path, id)));
            }
            packages.push(package);
        }
        let mut missing: Vec<Missing> = missing.into_values().collect();
        missing.sort_by(|a, b| a.path.cmp(&b.path));
        self.problems
            .sort_by(|a, b| (&a.path, a.position, &a.message).cmp(&(&b.path, b.position, &b.message)));
        Assembled {
            packages,
            modules: self.modules.list,
            problems: self.problems,
            missing,
            fruitful: self.fruitful,
        }
    }
}

fn imports_of(files: &[Chosen]) -> Vec<String> {
    let mut imports: Vec<String> = files.iter().flat_map(|file| file.imports.iter().cloned()).collect();
    imports.sort();
    imports.dedup();
    imports
}

fn draft_package(
    scene: &Scene<'_>,
    wanted: &Wanted,
    selected: &Selected,
    module: Option<ModuleId>,
    version: GoVersion,
    files: &[Chosen],
) -> Package {
    let bundled = matches!(scene.standard.kind, StandardLibrary::Bundled { .. });
    let source = |file: &Chosen| {
        let path = wanted.directory.join(&file.name);
        SourceFile {
            display: scene.display(&path),
            path,
            version: scene.file_version(version, file),
            is_test: file.is_test,
            is_cgo: file.is_cgo,
            godebug: file.godebug.clone(),
        }
    };
    Package {
        path: wanted.path.clone(),
        name: selected.name.clone(),
        directory: wanted.directory.clone(),
        module,
        first_party: wanted.first_party && !selected.is_empty(),
        standard: wanted.standard,
        signatures_only: wanted.stub || (wanted.standard && bundled),
        files: files.iter().map(source).collect(),
        other: Vec::new(),
        ignored: selected.ignored.clone(),
        imports: FxHashMap::default(),
    }
}

/// Numbers modules as packages of them turn up; main modules come first.
#[derive(Default)]
struct ModuleTable {
    list: Vec<Module>,
    ids: FxHashMap<ModuleKey, ModuleId>,
}

impl ModuleTable {
    fn new(scene: &Scene<'_>) -> ModuleTable {
        let mut table = ModuleTable::default();
        for index in 0..scene.modules.mains.len() {
            table.id(scene, &ModuleKey::Main(index));
        }
        table
    }

    fn id(&mut self, scene: &Scene<'_>, key: &ModuleKey) -> Option<ModuleId> {
        if *key == ModuleKey::None {
            return None;
        }
        if let Some(&id) = self.ids.get(key) {
            return Some(id);
        }
        let id = ModuleId(self.list.len() as u32);
        self.list.push(module(scene, key));
        self.ids.insert(key.clone(), id);
        Some(id)
    }
}

fn module(scene: &Scene<'_>, key: &ModuleKey) -> Module {
    let modules = scene.modules;
    let mut out = Module {
        path: String::new(),
        version: String::new(),
        directory: PathBuf::new(),
        go_mod: None,
        main: false,
        go_version: modules.go_version(key),
        toolchain: None,
        debug_version: GoVersion::NEWEST,
        debug_file: None,
        godebug: Vec::new(),
    };
    match key {
        ModuleKey::None => {}
        ModuleKey::Main(index) => {
            let main = &modules.mains[*index];
            let work = modules.work.as_ref().map(|(_, file)| file);
            out.path = if main.is_standard() { "std".to_owned() } else { main.path.clone() };
            out.directory.clone_from(&main.directory);
            out.go_mod = Some(main.directory.join("go.mod")).filter(|_| !main.assumed);
            out.main = true;
            out.go_version = scene.config.go_version.unwrap_or(out.go_version).language();
            let said = work.map_or(main.go_version(), |file| language(file.go.as_ref()));
            out.debug_version = scene.config.go_version.unwrap_or(said).language();
            out.debug_file = modules.work.as_ref().map(|(path, _)| path.clone()).or(out.go_mod.clone());
            let toolchain = work.map_or(&main.file.toolchain, |file| &file.toolchain);
            out.toolchain = toolchain.as_ref().map(|word| word.text.clone());
            let godebug = work.map_or(&main.file.godebug, |file| &file.godebug);
            out.godebug = godebug.iter().map(|(key, value)| (key.text.clone(), value.clone())).collect();
        }
        ModuleKey::Vendored(index) => {
            let Some(vendor) = &modules.vendor else { return out };
            let (path, version, _) = &vendor.modules[*index];
            out.directory = vendor.directory.join(path);
            out.path.clone_from(path);
            out.version.clone_from(version);
        }
        ModuleKey::Source(source) => {
            out.path.clone_from(&source.path);
            out.version.clone_from(&source.version);
            out.directory.clone_from(&source.directory);
            out.go_mod = Some(source.directory.join("go.mod"));
        }
    }
    out
}

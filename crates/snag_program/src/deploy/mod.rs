//! CPU limits of deployment manifests, and the programs of the workspace that run under them.
//!
//! Manifests are found below the main modules. Containers are matched to programs by Dockerfile, image, command and
//! name; what is somebody else's program is left out.

mod find;
mod foreign;
mod image;
mod matching;
mod names;
mod overlay;
mod procs;
mod source;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use snag_syntax::manifest::{EnvValue, WorkloadKind};

use crate::files::Files;
use crate::ir::{FileId, FuncId, Place};
use crate::load::{GoVersion, PackageId};
use crate::program::{FileInfo, Program};
use image::Image;
use matching::{GoProgram, Match, Matcher};
use overlay::{Layers, Limited};
use procs::{BuildSettings, Code, Numbered, Setters};

/// A CPU limit in a manifest, and the program that runs under it.
#[derive(Clone, Debug)]
pub struct CpuLimit {
    /// The amount in the manifest.
    pub place: Place,
    /// Thousandths of a CPU; nothing if it is computed elsewhere.
    pub millicores: Option<u64>,
    /// What runs.
    pub kind: WorkloadKind,
    /// Its name, as far as it is written there.
    pub workload: Option<String>,
    /// The name of the container.
    pub container: Option<String>,
    /// The container runs to its end before the others start.
    pub is_init: bool,
    /// The programs: several if it is one of them.
    pub programs: Vec<PackageId>,
    /// The `main` of the first.
    pub main: FuncId,
    /// How the program was found.
    pub matched: Matched,
    /// What decides the program's `GOMAXPROCS`.
    pub procs: Procs,
    /// The Go that builds it and where that is said, if it is.
    pub toolchain: Option<(GoVersion, Place)>,
    /// Other manifests that set the same limit for the same container of the same workload.
    pub again: Vec<Place>,
}

/// How a program was found, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matched {
    /// The manifest builds the image.
    Build,
    /// The command that the container starts.
    Command,
    /// The name of the image.
    Image,
    /// The name of the container or the workload: the image is not known.
    Label,
    /// There is no other program, and no other container that could run it.
    Only,
    /// The image belongs to the module, which has several programs, or there are several images.
    Module,
}

/// What decides a program's `GOMAXPROCS` under a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Procs {
    /// The limit, or a value that is computed.
    Handled,
    /// The CPUs of the machine: the version that go.mod gives is too old.
    Language(GoVersion, Option<Place>),
    /// The CPUs of the machine: the toolchain is too old.
    Toolchain(GoVersion, Place),
    /// The CPUs of the machine: a setting says so.
    Setting(Place),
    /// The CPUs of the machine: the program says so.
    NumCpu(Place),
    /// This number, set in the code or in the environment.
    Fixed(u64, Option<Place>),
}

/// The limits, and the files that were read for them.
#[derive(Debug, Default)]
pub(crate) struct Deployed {
    pub limits: Vec<CpuLimit>,
    pub files: Vec<FileInfo>,
}

/// Finds the limits that the first-party programs run under.
pub(crate) fn read(files: &dyn Files, program: &Program) -> Deployed {
    let programs = programs(files, program);
    if programs.is_empty() {
        return Deployed::default();
    }
    let candidates = find::candidates(files, &roots(program, &programs));
    let sources = source::sources(files, &candidates);
    let mut numbers = Numbers::new(program, programs[0].package);
    for source in sources.iter().filter(|source| source.has_directives) {
        numbers.number(&source.path);
    }
    let limited = overlay::limited(&sources);
    if limited.is_empty() {
        return Deployed { limits: Vec::new(), files: numbers.new };
    }
    let recipes = source::recipes(files, &candidates);
    let images = image::images(&recipes);
    let named = overlay::Named::new(&sources);
    let mut matcher = Matcher { programs: &programs, images: &images, left_over: None };
    matcher.left_over = matcher.left_over(overlay::all(&sources), &named);
    let reader = Reader {
        named,
        files,
        program,
        sources: &sources,
        images: &images,
        matcher,
        setters: Setters::new(program),
    };
    let mut settings = FxHashMap::default();
    let limits = limited.into_iter().filter_map(|it| reader.limit(it, &mut settings, &mut numbers));
    let limits = merge(limits.collect());
    Deployed { limits, files: numbers.new }
}

/// The main packages that the patterns selected.
fn programs(files: &dyn Files, program: &Program) -> Vec<GoProgram> {
    let mut mains: FxHashMap<PackageId, FuncId> = FxHashMap::default();
    for (id, function) in program.functions() {
        let plain = function.outer.is_none() && function.receiver.is_none();
        if plain && function.name.as_str() == "main" {
            mains.insert(function.package, id);
        }
    }
    let workspace = &program.workspace;
    let packages = workspace.first_party().filter(|(_, package)| package.name == "main");
    packages.filter_map(|(id, _)| Some(GoProgram::new(files, workspace, id, *mains.get(&id)?))).collect()
}

/// Where to look: the modules of the programs.
fn roots(program: &Program, programs: &[GoProgram]) -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = programs.iter().map(|it| it.module_directory.clone()).collect();
    let above = |root: &PathBuf| root.starts_with(&program.workspace.directory);
    if !roots.is_empty() && roots.iter().all(above) {
        // The modules may lie beside the manifests.
        roots.push(program.workspace.directory.clone());
    }
    roots.sort();
    roots.dedup();
    roots
}

/// Files that are not Go, numbered behind those that are.
struct Numbers<'p> {
    program: &'p Program,
    package: PackageId,
    known: FxHashMap<PathBuf, FileId>,
    new: Vec<FileInfo>,
}

impl<'p> Numbers<'p> {
    fn new(program: &'p Program, package: PackageId) -> Numbers<'p> {
        Numbers { program, package, known: FxHashMap::default(), new: Vec::new() }
    }
}

impl Numbered for Numbers<'_> {
    fn number(&mut self, path: &Path) -> FileId {
        if let Some(&id) = self.known.get(path) {
            return id;
        }
        let id = FileId((self.program.files.len() + self.new.len()) as u32);
        let display = path.strip_prefix(&self.program.workspace.directory).unwrap_or(path);
        let display: Arc<str> = display.to_string_lossy().replace('\\', "/").into();
        self.new.push(FileInfo {
            path: path.to_path_buf(),
            display,
            package: self.package,
            version: GoVersion::NEWEST,
            is_go: false,
            is_cgo: false,
            is_test: false,
            first_party: true,
        });
        self.known.insert(path.to_path_buf(), id);
        id
    }
}

struct Reader<'a> {
    named: overlay::Named<'a>,
    files: &'a dyn Files,
    program: &'a Program,
    sources: &'a [source::Source],
    images: &'a [Image<'a>],
    matcher: Matcher<'a>,
    setters: Setters<'a>,
}

impl<'a> Reader<'a> {
    fn limit(
        &self,
        limited: Limited<'a>,
        settings: &mut FxHashMap<PackageId, BuildSettings>,
        numbers: &mut Numbers<'_>,
    ) -> Option<CpuLimit> {
        let cpu = limited.container.cpu_limit.or(limited.workload.cpu_limit)?;
        let layers = self.named.layers(limited);
        let found = self.matcher.find(&limited, &layers)?;
        let environment = self.environment(&layers, &found, numbers);
        let mut over: Option<(Procs, &GoProgram)> = None;
        let mut packages = Vec::new();
        for &at in &found.programs {
            let it = &self.matcher.programs[at];
            let built = settings
                .entry(it.package)
                .or_insert_with(|| procs::build_settings(self.files, self.program, it.package, numbers));
            let toolchain = self.toolchain(&found, built, numbers);
            let procs = self.procs(it, built, toolchain, &environment, cpu.millicores);
            if !procs.fits(cpu.millicores) {
                over.get_or_insert((procs, it));
                packages.push(it.package);
            }
        }
        let (procs, first) =
            over.unwrap_or((Procs::Handled, &self.matcher.programs[*found.programs.first()?]));
        if packages.is_empty() {
            packages.push(first.package);
        }
        let built = settings.get(&first.package)?;
        let toolchain = self.toolchain(&found, built, numbers);
        Some(CpuLimit {
            place: Place { file: numbers.number(limited.path), span: cpu.span },
            millicores: cpu.millicores,
            kind: limited.workload.kind.clone(),
            workload: limited.workload.name.as_ref().map(|name| name.value.clone()),
            container: limited.container.name.as_ref().map(|name| name.value.clone()),
            is_init: limited.container.is_init,
            programs: packages,
            main: first.main,
            matched: found.matched,
            procs,
            toolchain,
            again: Vec::new(),
        })
    }

    /// The Go that builds a program, where a Dockerfile says it: go.mod only asks for one that is not older.
    fn toolchain(
        &self,
        found: &Match,
        built: &BuildSettings,
        numbers: &mut Numbers<'_>,
    ) -> Option<(GoVersion, Place)> {
        let image = found.image.map(|at| &self.images[at]);
        let of_image = image.and_then(|image| {
            let all = image.binaries.iter().filter_map(|binary| binary.toolchain);
            let (version, span) = all.max_by_key(|(version, _)| *version)?;
            Some((version, Place { file: numbers.number(&image.recipe.path), span }))
        });
        of_image.map(|(version, place)| (procs::effective(version, built.asked), place))
    }

    fn environment(&self, layers: &Layers<'_>, found: &Match, numbers: &mut Numbers<'_>) -> Environment {
        let image = found.image.map(|at| &self.images[at]);
        let mut get = |name: &str| {
            if let Some(variable) = layers.env(self.files, self.sources, name) {
                let place = variable
                    .place
                    .map(|(source, span)| Place { file: numbers.number(&self.sources[source].path), span });
                return Some((variable.value, place));
            }
            let variable = image?.env.iter().rev().find(|variable| variable.name == name)?;
            let place = Place { file: numbers.number(&image?.recipe.path), span: variable.span };
            Some((variable.value.clone(), Some(place)))
        };
        Environment {
            gomaxprocs: get("GOMAXPROCS"),
            godebug: get("GODEBUG"),
            in_command: layers.mention("GOMAXPROCS"),
        }
    }

    fn procs(
        &self,
        program: &GoProgram,
        built: &BuildSettings,
        toolchain: Option<(GoVersion, Place)>,
        environment: &Environment,
        millicores: Option<u64>,
    ) -> Procs {
        match self.setters.of(program.package, program.main, built.needs_setter) {
            Code::Handled => return Procs::Handled,
            Code::AllCpus(place) => return Procs::NumCpu(place),
            Code::Constant(n, place) => return Procs::Fixed(n, Some(place)),
            Code::Nothing => {}
        }
        if let Some(procs) = environment.procs(millicores) {
            return procs;
        }
        let setting = environment.setting().or(built.setting.map(|(on, place)| (on, Some(place))));
        match setting {
            Some((false, Some(place))) => return Procs::Setting(place),
            Some((true, _)) if procs::aware(toolchain.map(|it| it.0), GoVersion::NEWEST) => {
                return Procs::Handled;
            }
            _ => {}
        }
        if procs::aware(toolchain.map(|it| it.0), built.version) {
            return Procs::Handled;
        }
        match toolchain {
            // The version is new enough, so it is the toolchain that is not.
            Some((version, place)) if procs::aware(None, built.version) => Procs::Toolchain(version, place),
            _ => Procs::Language(built.version, built.version_place),
        }
    }
}

/// The variables that a container starts with, as far as they matter.
struct Environment {
    gomaxprocs: Option<(EnvValue, Option<Place>)>,
    godebug: Option<(EnvValue, Option<Place>)>,
    /// A shell sets it.
    in_command: bool,
}

impl Environment {
    fn procs(&self, millicores: Option<u64>) -> Option<Procs> {
        if self.in_command {
            return Some(Procs::Handled);
        }
        let (value, place) = self.gomaxprocs.as_ref()?;
        match value {
            // The runtime takes what is no positive number for nothing.
            EnvValue::Literal(text) => {
                let n = text.parse::<u64>().ok().filter(|&n| n > 0)?;
                Some(Procs::Fixed(n, *place))
            }
            EnvValue::ResourceField { resource, divisor, .. } if resource == "limits.cpu" => {
                match (divisor.as_deref(), millicores) {
                    // Thousandths of a CPU are taken for CPUs.
                    (Some("1m"), Some(millicores)) => Some(Procs::Fixed(millicores, *place)),
                    _ => Some(Procs::Handled),
                }
            }
            EnvValue::ResourceField { .. } | EnvValue::Other => Some(Procs::Handled),
        }
    }

    fn setting(&self) -> Option<(bool, Option<Place>)> {
        match self.godebug.as_ref()? {
            (EnvValue::Literal(text), place) => Some((procs::in_godebug(text)?, *place)),
            _ => None,
        }
    }
}

impl Procs {
    /// Whether a program that starts so keeps to a limit.
    pub fn fits(self, millicores: Option<u64>) -> bool {
        match (self, millicores) {
            (Procs::Handled, _) | (Procs::Fixed(..), None) => true,
            (Procs::Fixed(n, _), Some(millicores)) => n <= snag_threads::version::procs_of_limit(millicores),
            _ => false,
        }
    }
}

/// One entry for all manifests that limit the same container of the same workload alike: generated copies.
fn merge(limits: Vec<CpuLimit>) -> Vec<CpuLimit> {
    let mut merged: Vec<CpuLimit> = Vec::new();
    for limit in limits {
        let is_same = |known: &&mut CpuLimit| {
            known.workload.is_some()
                && (&known.kind, &known.workload, &known.container)
                    == (&limit.kind, &limit.workload, &limit.container)
                && known.programs == limit.programs
                && known.procs == limit.procs
                && known.matched == limit.matched
                && known.millicores == limit.millicores
                && known.place.file != limit.place.file
        };
        match merged.iter_mut().find(is_same) {
            Some(known) => known.again.push(limit.place),
            None => merged.push(limit),
        }
    }
    merged
}

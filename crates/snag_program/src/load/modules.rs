//! Which module an import path belongs to, and in which directory.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};
use snag_syntax::gomod::{GoMod, Replace, Word, parse_go_mod};
use snag_syntax::gowork::{GoWork, parse_go_work};
use snag_syntax::modules_txt::parse_modules_txt;

use super::mvs::{ModuleVersion, Requirements, escape, select_versions};
use super::select::{describe, located};
use super::settings::{ModMode, Settings};
use super::{GoVersion, LoadProblem};
use crate::files::{Files, Kind, clean};

/// What go takes for the version of a go.mod without a `go` line.
pub(super) const UNSPECIFIED: GoVersion = GoVersion::new(1, 16);
/// From here on a go.mod lists all that the packages of its module need.
const FIRST_PRUNED: GoVersion = GoVersion::new(1, 17);
/// From here on a vendor directory is used without being asked.
const FIRST_VENDORED: GoVersion = GoVersion::new(1, 14);

/// A module whose packages are worked on.
#[derive(Debug)]
pub(super) struct MainModule {
    pub path: String,
    pub directory: PathBuf,
    pub file: GoMod,
    /// There is no go.mod: a directory that is taken for a module.
    pub assumed: bool,
}

impl MainModule {
    /// A directory without a go.mod. Its name is the path, so that its packages can import each other.
    fn assume(directory: &Path) -> MainModule {
        let name = directory.file_name().map(|name| name.to_string_lossy().into_owned());
        let path = name.unwrap_or_else(|| "command-line-arguments".to_owned());
        MainModule { path, directory: directory.to_path_buf(), file: GoMod::default(), assumed: true }
    }

    pub(super) fn go_version(&self) -> GoVersion {
        if self.assumed { GoVersion::NEWEST } else { language(self.file.go.as_ref()) }
    }

    /// Whether it is the standard library itself: its packages have no prefix.
    pub(super) fn is_standard(&self) -> bool {
        self.path.is_empty() && !self.assumed
    }
}

/// A module that packages may come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Source {
    pub path: String,
    pub version: String,
    pub directory: PathBuf,
    /// In a directory of its own, where nested modules hide their packages.
    pub local: bool,
}

/// Where a package is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub directory: PathBuf,
    pub module: ModuleKey,
}

/// Which module a place belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ModuleKey {
    None,
    /// Index into the main modules.
    Main(usize),
    /// Index into the vendored modules.
    Vendored(usize),
    Source(Source),
}

/// The modules of `vendor/modules.txt`.
#[derive(Debug, Default)]
pub(super) struct Vendor {
    pub directory: PathBuf,
    pub modules: Vec<(String, String, Option<String>)>,
    by_package: FxHashMap<String, usize>,
}

/// The main modules and everything they may import.
pub(super) struct Modules<'f> {
    files: &'f dyn Files,
    pub mains: Vec<MainModule>,
    pub work: Option<(PathBuf, GoWork)>,
    pub vendor: Option<Vendor>,
    /// Whether the vendor directory comes before the module cache.
    vendor_first: bool,
    replaces: Vec<(PathBuf, Replace)>,
    cache: Option<PathBuf>,
    roots: FxHashMap<String, String>,
    all: OnceLock<FxHashMap<String, String>>,
}

impl<'f> Modules<'f> {
    /// Reads the go.mod files in `directories`, and what go.work and the vendor directory say.
    pub(super) fn read(
        files: &'f dyn Files,
        settings: &Settings,
        directories: &[PathBuf],
        work: Option<(PathBuf, GoWork)>,
        problems: &mut Vec<LoadProblem>,
    ) -> Modules<'f> {
        let mains: Vec<_> =
            directories.iter().map(|directory| read_main(files, directory, problems)).collect();
        let replaces = all_replaces(&mains, work.as_ref());
        let mut modules = Modules {
            files,
            mains,
            work,
            vendor: None,
            vendor_first: false,
            replaces,
            cache: settings.module_cache.clone(),
            roots: FxHashMap::default(),
            all: OnceLock::new(),
        };
        modules.roots = modules.versions(false);
        modules.read_vendor(settings.mod_mode, problems);
        modules
    }

    fn read_vendor(&mut self, mode: ModMode, problems: &mut Vec<LoadProblem>) {
        let (root, version) = match (&self.work, self.mains.as_slice()) {
            (Some((path, file)), _) => (path.parent().map(Path::to_path_buf), language(file.go.as_ref())),
            (None, [main]) => (Some(main.directory.clone()), main.go_version()),
            _ => return,
        };
        let Some(directory) = root.map(|root| root.join("vendor")) else { return };
        if self.files.kind(&directory) != Some(Kind::Directory) {
            return;
        }
        let list = directory.join("modules.txt");
        let Ok(text) = self.files.read(&list) else {
            // Older tools write no list; the packages are there all the same.
            self.vendor = Some(Vendor { directory, ..Vendor::default() });
            self.vendor_first = mode == ModMode::Vendor;
            return;
        };
        let (list_file, found) = parse_modules_txt(&text);
        problems.extend(found.iter().map(|problem| located(&list, &text, problem)));
        let fits = list_file.workspace == self.work.is_some() && version >= FIRST_VENDORED;
        self.vendor_first = mode == ModMode::Vendor || (mode == ModMode::Default && fits);
        let mut vendor = Vendor { directory, ..Vendor::default() };
        for module in list_file.modules.into_iter().filter(|module| !module.version.is_empty()) {
            let index = vendor.modules.len();
            vendor.by_package.extend(module.packages.into_iter().map(|package| (package, index)));
            vendor.modules.push((module.path, module.version, module.go));
        }
        self.vendor = Some(vendor);
    }

    /// The language version of a module.
    pub(super) fn go_version(&self, key: &ModuleKey) -> GoVersion {
        match key {
            ModuleKey::None => GoVersion::NEWEST,
            ModuleKey::Main(index) => self.mains[*index].go_version(),
            ModuleKey::Vendored(index) => {
                let go = self.vendor.as_ref().and_then(|vendor| vendor.modules[*index].2.as_deref());
                go.and_then(GoVersion::parse).unwrap_or(UNSPECIFIED).language()
            }
            ModuleKey::Source(source) => {
                let file = source.directory.join("go.mod");
                let text = self.files.read(&file).unwrap_or_default();
                language(parse_go_mod(&text).0.go.as_ref())
            }
        }
    }

    /// Whether this is the module of Go's own commands.
    pub(super) fn is_command(&self) -> bool {
        matches!(self.mains.as_slice(), [main] if main.path == "cmd")
    }

    /// Finds the package that an import path names; the standard library is not looked at.
    pub(super) fn find(&self, path: &str) -> Option<Place> {
        if let Some(place) = self.in_mains(path) {
            return Some(place);
        }
        if self.vendor_first {
            return self.in_vendor(path);
        }
        self.in_sources(path, &self.roots)
            .or_else(|| self.in_sources(path, self.all.get_or_init(|| self.versions(true))))
            .or_else(|| self.in_vendor(path))
    }

    fn in_mains(&self, path: &str) -> Option<Place> {
        let mut best: Option<(usize, Place)> = None;
        for (index, main) in self.mains.iter().enumerate() {
            let Some(rest) = below(path, &main.path) else { continue };
            if best.as_ref().is_some_and(|(length, _)| *length >= main.path.len()) {
                continue;
            }
            let directory = join(&main.directory, rest);
            if self.is_package(&directory) && !self.crosses_module(&main.directory, &directory) {
                best = Some((main.path.len(), Place { directory, module: ModuleKey::Main(index) }));
            }
        }
        best.map(|(_, place)| place)
    }

    fn in_vendor(&self, path: &str) -> Option<Place> {
        let vendor = self.vendor.as_ref()?;
        let directory = join(&vendor.directory, path);
        let module = match vendor.by_package.get(path) {
            Some(&index) => ModuleKey::Vendored(index),
            None if self.is_package(&directory) => ModuleKey::None,
            None => return None,
        };
        Some(Place { directory, module })
    }

    fn in_sources(&self, path: &str, versions: &FxHashMap<String, String>) -> Option<Place> {
        let mut prefix = path;
        loop {
            if let Some(version) = versions.get(prefix) {
                let source = self.source(prefix, version);
                let directory = source.as_ref().map(|source| join(&source.directory, &path[prefix.len()..]));
                if let (Some(source), Some(directory)) = (source, directory) {
                    let hidden = source.local && self.crosses_module(&source.directory, &directory);
                    if !hidden && self.is_package(&directory) {
                        return Some(Place { directory, module: ModuleKey::Source(source) });
                    }
                }
            }
            prefix = &prefix[..prefix.rfind('/')?];
        }
    }

    /// The directory of a module at a version, after replacements.
    fn source(&self, path: &str, version: &str) -> Option<Source> {
        let (path, version) = (path.to_owned(), version.to_owned());
        if let Some((base, replace)) = self.replacement(&path, &version) {
            let Some(new_version) = &replace.new_version else {
                let directory = clean(&base.join(&replace.new.text));
                return Some(Source { path, version, directory, local: true });
            };
            let directory = self.cached(&replace.new.text, &new_version.text)?;
            return Some(Source { path, version, directory, local: false });
        }
        let directory = self.cached(&path, &version)?;
        Some(Source { path, version, directory, local: false })
    }

    fn cached(&self, path: &str, version: &str) -> Option<PathBuf> {
        Some(self.cache.as_ref()?.join(format!("{}@{}", escape(path), escape(version))))
    }

    fn replacement(&self, path: &str, version: &str) -> Option<&(PathBuf, Replace)> {
        let matching = || self.replaces.iter().filter(|(_, replace)| replace.old.text == path);
        let mut exact = matching();
        exact
            .find(|(_, replace)| replace.old_version.as_ref().is_some_and(|old| old.text == version))
            .or_else(|| matching().find(|(_, replace)| replace.old_version.is_none()))
    }

    /// Whether a go.mod stands between a module's root and a directory below it.
    fn crosses_module(&self, root: &Path, directory: &Path) -> bool {
        let between = directory.ancestors().take_while(|&above| above != root);
        between.into_iter().any(|above| self.files.kind(&above.join("go.mod")) == Some(Kind::File))
    }

    /// Whether a directory holds Go files, whatever their constraints.
    fn is_package(&self, directory: &Path) -> bool {
        let entries = self.files.list(directory).unwrap_or_default();
        entries.iter().any(|entry| entry.name.ends_with(".go") && entry.kind != Kind::Directory)
    }

    /// The selected version of every module.
    fn versions(&self, everything: bool) -> FxHashMap<String, String> {
        let mut roots: Vec<ModuleVersion> = Vec::new();
        let main_paths: FxHashSet<&str> = self.mains.iter().map(|main| main.path.as_str()).collect();
        let excluded: FxHashSet<(&str, &str)> = self
            .mains
            .iter()
            .flat_map(|main| &main.file.exclude)
            .map(|exclude| (exclude.path.text.as_str(), exclude.version.text.as_str()))
            .collect();
        let wanted = |module: &ModuleVersion| {
            let (path, version) = (module.path.as_str(), module.version.as_str());
            !main_paths.contains(path) && !excluded.contains(&(path, version))
        };
        for main in &self.mains {
            roots.extend(needs(&main.file).filter(wanted));
        }
        let complete = self.mains.iter().all(|main| main.go_version() >= FIRST_PRUNED);
        select_versions(&roots, complete && !everything, |module| {
            if complete && !everything {
                return Requirements::default();
            }
            let mut found = self.requirements(module);
            found.needs.retain(wanted);
            found
        })
    }

    /// What a dependency asks for, from its replaced directory or the cache's list of go.mod files.
    fn requirements(&self, module: &ModuleVersion) -> Requirements {
        let file = match self.replacement(&module.path, &module.version) {
            Some((base, Replace { new, new_version: None, .. })) => {
                clean(&base.join(&new.text)).join("go.mod")
            }
            Some((_, Replace { new, new_version: Some(version), .. })) => {
                self.cached_file(&new.text, &version.text)
            }
            None => self.cached_file(&module.path, &module.version),
        };
        let Ok(text) = self.files.read(&file) else { return Requirements::default() };
        let (file, _) = parse_go_mod(&text);
        Requirements { needs: needs(&file).collect(), pruned: language(file.go.as_ref()) >= FIRST_PRUNED }
    }

    fn cached_file(&self, path: &str, version: &str) -> PathBuf {
        let cache = self.cache.clone().unwrap_or_default();
        cache.join("cache/download").join(escape(path)).join("@v").join(format!("{}.mod", escape(version)))
    }
}

fn needs(file: &GoMod) -> impl Iterator<Item = ModuleVersion> + '_ {
    let required = |require: &snag_syntax::gomod::Require| ModuleVersion {
        path: require.path.text.clone(),
        version: require.version.text.clone(),
    };
    file.require.iter().map(required)
}

/// The language version of a `go` line.
pub(super) fn language(line: Option<&Word>) -> GoVersion {
    line.and_then(|word| GoVersion::parse(&word.text)).unwrap_or(UNSPECIFIED).language()
}

/// What stands behind `prefix` in a path that begins with it. The empty prefix is that of the module `std`.
fn below<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(prefix)?;
    (rest.is_empty() || prefix.is_empty() || rest.starts_with('/')).then_some(rest)
}

fn join(directory: &Path, rest: &str) -> PathBuf {
    let rest = rest.trim_start_matches('/');
    if rest.is_empty() { directory.to_path_buf() } else { directory.join(rest) }
}

fn all_replaces(mains: &[MainModule], work: Option<&(PathBuf, GoWork)>) -> Vec<(PathBuf, Replace)> {
    let mut all = Vec::new();
    if let Some((path, file)) = work {
        let base = path.parent().unwrap_or(Path::new("")).to_path_buf();
        all.extend(file.replace.iter().map(|replace| (base.clone(), replace.clone())));
    }
    for main in mains {
        all.extend(main.file.replace.iter().map(|replace| (main.directory.clone(), replace.clone())));
    }
    all
}

fn read_main(files: &dyn Files, directory: &Path, problems: &mut Vec<LoadProblem>) -> MainModule {
    let path = directory.join("go.mod");
    if files.kind(&path).is_none() {
        return MainModule::assume(directory);
    }
    let text = match files.read(&path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("cannot be read: {}", describe(&error));
            problems.push(LoadProblem { path, position: None, message });
            return MainModule::assume(directory);
        }
    };
    let (file, found) = parse_go_mod(&text);
    problems.extend(found.iter().map(|problem| located(&path, &text, problem)));
    let Some(name) = file.module.as_ref().map(|module| module.text.clone()).filter(|name| !name.is_empty())
    else {
        let message = "no module line".to_owned();
        problems.push(LoadProblem { path, position: None, message });
        return MainModule { file, ..MainModule::assume(directory) };
    };
    let path = if name == "std" { String::new() } else { name };
    MainModule { path, directory: directory.to_path_buf(), file, assumed: false }
}

pub(super) fn read_work(files: &dyn Files, path: &Path, problems: &mut Vec<LoadProblem>) -> GoWork {
    match files.read(path) {
        Ok(text) => {
            let (file, found) = parse_go_work(&text);
            problems.extend(found.iter().map(|problem| located(path, &text, problem)));
            file
        }
        Err(error) => {
            let message = format!("cannot be read: {}", describe(&error));
            problems.push(LoadProblem { path: path.to_path_buf(), position: None, message });
            GoWork::default()
        }
    }
}

/// The directories that go.work uses.
pub(super) fn used_directories(work: &Path, file: &GoWork) -> Vec<PathBuf> {
    let base = work.parent().unwrap_or(Path::new(""));
    file.uses.iter().map(|used| clean(&base.join(&used.text))).collect()
}

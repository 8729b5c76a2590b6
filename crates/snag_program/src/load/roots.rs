//! From patterns to the packages that are checked.

use std::path::{Path, PathBuf};

use snag_syntax::gowork::GoWork;

use super::modules::{ModuleKey, Modules, read_work, used_directories};
use super::patterns::{
    Ignore, Pattern, Walk, enclosing, gopath_import, matches, module_import, nested_modules, slashes, unique,
};
use super::settings::Settings;
use super::standard::Standard;
use super::{LoadError, LoadProblem};
use crate::files::{Files, Kind};

/// A package that somebody asks for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub path: String,
    pub directory: PathBuf,
    pub module: ModuleKey,
    pub standard: bool,
    pub stub: bool,
    pub first_party: bool,
    /// The number of the pattern that asks for it.
    pub pattern: Option<usize>,
    /// Only these files.
    pub only: Option<Vec<String>>,
}

/// How the working directory is laid out.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// The directories of the main modules.
    pub mains: Vec<PathBuf>,
    pub work: Option<(PathBuf, GoWork)>,
    /// There are no modules: import paths are directories below GOPATH.
    pub gopath: bool,
}

/// Finds the modules around the patterns.
pub(super) fn layout(
    files: &dyn Files,
    settings: &Settings,
    cwd: &Path,
    patterns: &[Pattern],
    problems: &mut Vec<LoadProblem>,
) -> Layout {
    let mut bases: Vec<&Path> = patterns.iter().filter_map(Pattern::base).collect();
    if bases.len() < patterns.len() {
        bases.push(cwd);
    }
    let searched = |base: &Path| patterns.iter().any(|it| matches!(it, Pattern::Tree(top, _) if top == base));
    let in_gopath = |base: &&Path| gopath_import(settings, base).is_some();
    let no_module = |base: &&Path| enclosing(files, base, "go.mod").is_none();
    if settings.modules_off || bases.iter().all(|base| in_gopath(base) && no_module(base)) {
        return Layout { gopath: true, ..Layout::default() };
    }
    let work = work_file(files, settings, bases.first().copied().unwrap_or(cwd)).map(|path| {
        let file = read_work(files, &path, problems);
        (path, file)
    });
    let used = work.as_ref().map(|(path, file)| used_directories(path, file)).unwrap_or_default();
    let mut mains = Vec::new();
    for base in &bases {
        match enclosing(files, base, "go.mod") {
            Some(directory) => mains.push(directory),
            None if used.iter().any(|used| used.starts_with(base)) => {}
            None => {
                // No module around it: the modules below it, or the directory as it is.
                mains.extend(searched(base).then(|| nested_modules(files, base)).into_iter().flatten());
                mains.push(base.to_path_buf());
            }
        }
    }
    // A module that go.work does not use stands for itself, as with GOWORK=off.
    if mains.iter().all(|directory| used.contains(directory)) {
        return Layout { mains: unique(used), work, gopath: false };
    }
    Layout { mains: unique(mains), work: None, gopath: false }
}

fn work_file(files: &dyn Files, settings: &Settings, base: &Path) -> Option<PathBuf> {
    if settings.workspaces_off {
        return None;
    }
    let given = settings.workspace_file.clone();
    given.or_else(|| enclosing(files, base, "go.work").map(|directory| directory.join("go.work")))
}

/// Turns patterns into packages.
pub(super) struct Roots<'a> {
    pub files: &'a dyn Files,
    pub settings: &'a Settings,
    pub modules: &'a Modules<'a>,
    pub standard: &'a Standard,
    pub gopath: bool,
}

impl Roots<'_> {
    /// The packages of one pattern, and what could not be read on the way.
    pub(super) fn expand(&self, at: usize, pattern: &Pattern) -> (Vec<Wanted>, Vec<LoadProblem>) {
        let mut problems = Vec::new();
        let mut wanted = match pattern {
            Pattern::Directory(directory) => vec![self.directory(directory)],
            Pattern::File(path) => self.file(path).into_iter().collect(),
            Pattern::Tree(base, pattern) => self.tree(base, pattern, &mut problems),
            Pattern::Import(text) => self.import(text, &mut problems),
        };
        for package in &mut wanted {
            package.pattern = Some(at);
            package.first_party = true;
        }
        (wanted, problems)
    }

    fn wanted(&self, path: String, directory: PathBuf, module: ModuleKey) -> Wanted {
        let source = self.standard.source.as_deref();
        let standard =
            source.is_some_and(|source| directory.starts_with(source)) && !path.starts_with("cmd/");
        let (first_party, pattern, only) = (true, None, None);
        Wanted { path, directory, module, standard, stub: false, first_party, pattern, only }
    }

    /// The module whose directory is the nearest one above.
    fn main_of(&self, directory: &Path) -> Option<usize> {
        let mains = self.modules.mains.iter().enumerate();
        let above = mains.filter(|(_, main)| directory.starts_with(&main.directory));
        above.max_by_key(|(_, main)| main.directory.as_os_str().len()).map(|(index, _)| index)
    }

    fn directory(&self, directory: &Path) -> Wanted {
        if self.gopath {
            let path = gopath_import(self.settings, directory).unwrap_or_else(|| slashes(directory));
            return self.wanted(path, directory.to_path_buf(), ModuleKey::None);
        }
        let Some(index) = self.main_of(directory) else {
            return self.wanted(slashes(directory), directory.to_path_buf(), ModuleKey::None);
        };
        let main = &self.modules.mains[index];
        let relative = directory.strip_prefix(&main.directory).map(slashes).unwrap_or_default();
        let path = module_import(&main.path, &relative);
        let vendored = relative.starts_with("vendor/") && !main.is_standard();
        let module = self.modules.find(&path).filter(|_| vendored).map(|place| place.module);
        let path = if relative.starts_with("vendor/") && main.is_standard() { relative } else { path };
        self.wanted(path, directory.to_path_buf(), module.unwrap_or(ModuleKey::Main(index)))
    }

    fn file(&self, path: &Path) -> Option<Wanted> {
        let mut wanted = self.directory(path.parent()?);
        wanted.only = Some(vec![path.file_name()?.to_string_lossy().into_owned()]);
        Some(wanted)
    }

    fn tree(&self, base: &Path, pattern: &str, problems: &mut Vec<LoadProblem>) -> Vec<Wanted> {
        let mains: Vec<&Path> = self.modules.mains.iter().map(|main| main.directory.as_path()).collect();
        let mut starts: Vec<&Path> =
            mains.into_iter().filter(|main| main.starts_with(base) && *main != base).collect();
        if self.gopath || self.main_of(base).is_some() {
            let inside_module =
                !self.gopath && self.main_of(base).is_some_and(|index| !self.modules.mains[index].assumed);
            if inside_module && self.modules.work.is_none() {
                // As in Go, the modules below another module are for those who ask for them.
                starts.clear();
            }
            starts.push(base);
        }
        starts.sort();
        starts.into_iter().flat_map(|start| self.walk(start, pattern, problems)).collect()
    }

    fn walk(&self, start: &Path, pattern: &str, problems: &mut Vec<LoadProblem>) -> Vec<Wanted> {
        let main = self.main_of(start).map(|index| &self.modules.mains[index]);
        let ignore = main
            .map(|main| Ignore::new(main.file.ignore.iter().map(|word| word.text.as_str())))
            .unwrap_or_default();
        let root = main.map_or(start, |main| main.directory.as_path());
        let vendored = pattern.split('/').any(|part| part == "vendor");
        let walk = Walk { files: self.files, root, ignore: &ignore, vendored };
        let (directories, found) = walk.directories(start);
        problems.extend(found);
        let fitting = directories.into_iter().filter(|directory| matches(pattern, &slashes(directory)));
        let packages = fitting.map(|directory| self.directory(&directory));
        // The documentation of the predeclared names has the shape of a package and is none.
        packages.filter(|package| !package.standard || package.path != "builtin").collect()
    }

    fn import(&self, text: &str, problems: &mut Vec<LoadProblem>) -> Vec<Wanted> {
        if text == "std" || text == "cmd" {
            return self.standard_tree(text, problems);
        }
        if !text.contains("...") && text != "all" {
            return self.literal_import(text).into_iter().collect();
        }
        let pattern = if text == "all" { "..." } else { text };
        let mut wanted = Vec::new();
        for main in &self.modules.mains {
            wanted.extend(self.walk(&main.directory, &format!("{}/...", slashes(&main.directory)), problems));
        }
        wanted.retain(|package| matches(pattern, &package.path));
        wanted
    }

    fn literal_import(&self, path: &str) -> Option<Wanted> {
        if let Some(place) = self.modules.find(path) {
            return Some(self.wanted(path.to_owned(), place.directory, place.module));
        }
        let gopath = self.settings.gopath.iter().map(|root| root.join("src"));
        let mut sources = self.standard.source.clone().into_iter().chain(gopath.filter(|_| self.gopath));
        let directory = sources.find_map(|source| {
            let directory = source.join(path);
            (self.files.kind(&directory) == Some(Kind::Directory)).then_some(directory)
        })?;
        Some(self.wanted(path.to_owned(), directory, ModuleKey::None))
    }

    fn standard_tree(&self, name: &str, problems: &mut Vec<LoadProblem>) -> Vec<Wanted> {
        let Some(source) = &self.standard.source else { return Vec::new() };
        let start = if name == "cmd" { source.join("cmd") } else { source.clone() };
        let walk = Walk { files: self.files, root: &start, ignore: &Ignore::default(), vendored: true };
        let (directories, found) = walk.directories(&start);
        problems.extend(found);
        let mut wanted = Vec::new();
        for directory in directories {
            let path = directory.strip_prefix(source).map(slashes).unwrap_or_default();
            let is_command = path == "cmd" || path.starts_with("cmd/");
            if path.is_empty() || path == "builtin" || is_command != (name == "cmd") {
                continue;
            }
            wanted.push(self.wanted(path, directory, ModuleKey::None));
        }
        wanted
    }
}

/// The sentence for a pattern that selected nothing.
pub(super) fn nothing(text: &str, reason: Option<String>) -> LoadError {
    LoadError::Nothing { pattern: text.to_owned(), reason }
}

//! Which program of the workspace a container runs.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use snag_syntax::manifest::WorkloadKind;

use super::Matched;
use super::foreign::may_be_own;
use super::image::{Binary, Image, base_name};
use super::names::{Reference, is_generic, is_starter, of_program, plain};
use super::overlay::{Layers, Limited, Named, common};
use crate::files::{Files, Kind, clean};
use crate::ir::FuncId;
use crate::load::{PackageId, Workspace};

/// A main package whose findings are reported.
#[derive(Debug)]
pub(super) struct GoProgram {
    pub package: PackageId,
    pub main: FuncId,
    pub path: String,
    pub directory: PathBuf,
    /// The path of its module.
    pub module: String,
    pub module_directory: PathBuf,
    /// What it may be called.
    pub names: Vec<String>,
    /// No other program of its module is in sight, among those that are not checked either.
    pub alone: bool,
}

impl GoProgram {
    pub(super) fn new(
        files: &dyn Files,
        workspace: &Workspace,
        package: PackageId,
        main: FuncId,
    ) -> GoProgram {
        let info = workspace.package(package);
        let module = info.module.map(|id| workspace.module(id));
        let commands = module.map(|module| module.directory.join("cmd")).unwrap_or_default();
        let others = files.list(&commands).unwrap_or_default();
        let mut others = others.iter().filter(|entry| entry.kind == Kind::Directory);
        let alone = others.all(|entry| info.directory.starts_with(commands.join(&entry.name)));
        GoProgram {
            alone,
            package,
            main,
            path: info.path.clone(),
            directory: info.directory.clone(),
            module: module.map_or_else(|| info.path.clone(), |module| module.path.clone()),
            module_directory: module.map_or_else(|| info.directory.clone(), |it| it.directory.clone()),
            names: of_program(&info.path),
        }
    }
}

/// What a container runs.
pub(super) struct Match {
    /// Indices of the programs; several if it is one of them.
    pub programs: Vec<usize>,
    pub matched: Matched,
    /// Index of the image that its Dockerfile describes.
    pub image: Option<usize>,
}

/// Finds programs.
pub(super) struct Matcher<'a> {
    pub programs: &'a [GoProgram],
    pub images: &'a [Image<'a>],
    /// How an image fits that nothing else tells about, where it must be that of the only program.
    pub left_over: Option<Matched>,
}

/// Nobody deploys more; so many are looked at to see whether there is only one.
const MAX_CONTAINERS: usize = 500;

impl Matcher<'_> {
    /// What runs in a container; nothing if it is somebody else's program.
    pub(super) fn find(&self, limited: &Limited<'_>, layers: &Layers<'_>) -> Option<Match> {
        let near = limited.path;
        let mut found = self.by_build(layers).or_else(|| self.by_words(limited, layers))?;
        if found.programs.len() > 1 && found.matched != Matched::Module {
            // Of several with the same name the nearest is meant.
            let distance = |at: &usize| common(near, &self.programs[*at].directory);
            let best = found.programs.iter().map(distance).max()?;
            found.programs.retain(|at| distance(at) == best);
        }
        let image = found.image.or_else(|| self.only_image(&found.programs));
        Some(Match { image, ..found })
    }

    /// Compose says which Dockerfile builds the image.
    fn by_build(&self, layers: &Layers<'_>) -> Option<Match> {
        let (manifest, build) = layers.build()?;
        let context = clean(&manifest.parent()?.join(build.context.as_deref().unwrap_or(".")));
        let file = clean(&context.join(build.dockerfile.as_deref().unwrap_or("Dockerfile")));
        let mut images = self.images.iter().enumerate().rev().filter(|(_, image)| image.recipe.path == file);
        let wanted = build.target.as_deref();
        let name = |image: &Image<'_>| image.recipe.file.stages[image.stage].name.clone();
        let image = images.find(|(_, image)| wanted.is_none() || name(image).as_deref() == wanted);
        if let Some((at, image)) = image {
            let programs = self.in_image(image, first_word(layers).as_deref());
            if !programs.is_empty() {
                return Some(Match { programs, matched: Matched::Build, image: Some(at) });
            }
        }
        let here = |program: &GoProgram| program.directory == context;
        let programs = self.all(here);
        (!programs.is_empty()).then_some(Match {
            programs,
            matched: Matched::Build,
            image: image.map(|it| it.0),
        })
    }

    fn by_words(&self, limited: &Limited<'_>, layers: &Layers<'_>) -> Option<Match> {
        let reference = layers.image().and_then(Reference::parse);
        if let Some(package) = reference.as_ref().and_then(|reference| reference.package.as_ref()) {
            let programs = self.all(|program| program.path == *package);
            return found(programs, Matched::Image);
        }
        self.by_command(reference.as_ref(), layers)
            .or_else(|| self.by_image(reference.as_ref()?))
            .or_else(|| if reference.is_none() { self.by_label(limited) } else { None })
            .or_else(|| self.by_module(reference.as_ref()?))
            .or_else(|| self.by_exclusion(reference.as_ref()?))
    }

    fn by_exclusion(&self, reference: &Reference) -> Option<Match> {
        let program = self.programs.first()?;
        found(vec![0], self.left_over?).filter(|_| may_be_own(reference, &program.module))
    }

    /// Whether containers that cannot be matched run the only program: none can, and nothing else is built here.
    pub(super) fn left_over<'s>(
        &self,
        containers: impl Iterator<Item = Limited<'s>>,
        named: &Named<'s>,
    ) -> Option<Matched> {
        let [program] = self.programs else { return None };
        let commands = program.module_directory.join("cmd");
        let main = program.directory == program.module_directory || program.directory.starts_with(commands);
        let builds_others = || self.images.iter().any(|image| self.in_image(image, None).is_empty());
        if !program.alone || !main || builds_others() {
            return None;
        }
        let mut images: FxHashSet<&str> = FxHashSet::default();
        for container in containers.take(MAX_CONTAINERS) {
            if container.workload.kind == WorkloadKind::SystemdUnit {
                continue;
            }
            let layers = named.layers(container);
            if self.find(&container, &layers).is_some() {
                return None;
            }
            let image = layers.image().unwrap_or_default();
            if Reference::parse(image).is_none_or(|reference| may_be_own(&reference, &program.module)) {
                images.insert(image);
            }
        }
        match images.len() {
            0 => None,
            1 => Some(Matched::Only),
            _ => Some(Matched::Module),
        }
    }

    fn by_command(&self, reference: Option<&Reference>, layers: &Layers<'_>) -> Option<Match> {
        let words: Vec<String> = called(layers);
        for word in &words {
            let fits = |program: &GoProgram| {
                reference.is_none_or(|it| !is_generic(word) || it.may_be_of(&program.module))
            };
            for (at, image) in self.images.iter().enumerate() {
                let binary = image.binaries.iter().find(|binary| plain(&binary.name) == *word);
                let mut programs = binary.map(|it| self.of_binary(image, it)).unwrap_or_default();
                programs.retain(|&at| fits(&self.programs[at]));
                if !programs.is_empty() {
                    return Some(Match { programs, matched: Matched::Command, image: Some(at) });
                }
            }
            let programs = self.all(|program| program.names.contains(word) && fits(program));
            if !programs.is_empty() {
                return found(programs, Matched::Command);
            }
        }
        words.iter().find_map(|word| self.by_entry(reference, word))
    }

    /// The Dockerfile of a module starts a program of this name, and does not say how it is built.
    fn by_entry(&self, reference: Option<&Reference>, word: &str) -> Option<Match> {
        let (at, image) = self.images.iter().enumerate().find(|(_, image)| {
            let starts = image.entry.as_deref().is_some_and(|entry| plain(entry) == word);
            let directory = image.recipe.path.parent();
            starts
                && self.programs.iter().any(|program| Some(program.module_directory.as_path()) == directory)
        })?;
        let mut programs = self.main_program(&image.recipe.path);
        programs.retain(|&at| reference.is_none_or(|it| it.may_be_of(&self.programs[at].module)));
        (!programs.is_empty()).then_some(Match { programs, matched: Matched::Command, image: Some(at) })
    }

    fn by_image(&self, reference: &Reference) -> Option<Match> {
        let name = &reference.name;
        for (at, image) in self.images.iter().enumerate() {
            if image.names.iter().any(|own| own == name) {
                let mut programs = self.in_image(image, None);
                programs.retain(|&at| !is_generic(name) || reference.may_be_of(&self.programs[at].module));
                if !programs.is_empty() {
                    return Some(Match { programs, matched: Matched::Image, image: Some(at) });
                }
            }
        }
        let programs = self.all(|program| {
            program.names.contains(name) && (!is_generic(name) || reference.may_be_of(&program.module))
        });
        found(programs, Matched::Image)
    }

    /// The image is not known: a template, or a patch without its base.
    fn by_label(&self, limited: &Limited<'_>) -> Option<Match> {
        let labels = [&limited.container.name, &limited.workload.name];
        let labels: Vec<String> = labels.into_iter().flatten().map(|name| plain(&name.value)).collect();
        labels
            .iter()
            .find_map(|label| found(self.all(|program| program.names.contains(label)), Matched::Label))
    }

    /// The image is called like the module or belongs to it.
    fn by_module(&self, reference: &Reference) -> Option<Match> {
        let programs = self.all(|program| reference.is_module(&program.module));
        if programs.is_empty() {
            return found(self.all(|program| reference.is_below(&program.module)), Matched::Module);
        }
        let at_root = |at: &usize| {
            let program = &self.programs[*at];
            let root = |image: &&Image<'_>| image.recipe.path.parent() == Some(&program.module_directory);
            program.directory == program.module_directory
                || self.images.iter().filter(root).any(|image| self.in_image(image, None) == [*at])
        };
        let single = programs.len() == 1 && self.programs[programs[0]].alone;
        let matched = if single { Matched::Image } else { Matched::Module };
        match programs.iter().copied().find(at_root) {
            Some(program) => found(vec![program], Matched::Image),
            None => found(programs, matched),
        }
    }

    fn all(&self, fits: impl Fn(&GoProgram) -> bool) -> Vec<usize> {
        let all = self.programs.iter().enumerate().filter(|(_, program)| fits(program));
        all.map(|(at, _)| at).collect()
    }

    /// The programs that an image starts.
    fn in_image(&self, image: &Image<'_>, command: Option<&str>) -> Vec<usize> {
        let mut programs: Vec<usize> =
            image.started(command).into_iter().flat_map(|binary| self.of_binary(image, binary)).collect();
        programs.sort_unstable();
        programs.dedup();
        programs
    }

    fn of_binary(&self, image: &Image<'_>, binary: &Binary) -> Vec<usize> {
        let mut programs: Vec<usize> =
            binary.packages.iter().flat_map(|package| self.of_package(&image.recipe.path, package)).collect();
        if binary.packages.is_empty() && (binary.name.is_empty() || binary.toolchain.is_some()) {
            programs.extend(self.of_package(&image.recipe.path, "."));
        }
        let named = plain(&binary.name);
        let by_name: Vec<usize> = self.all(|program| program.names.contains(&named));
        if programs.len() != 1 && !by_name.is_empty() {
            return by_name;
        }
        if programs.is_empty() && binary.packages.is_empty() && binary.toolchain.is_some() {
            return self.main_program(&image.recipe.path);
        }
        programs
    }

    /// What a Dockerfile most likely builds that does not say it: the program called like the module, or the only one.
    fn main_program(&self, dockerfile: &Path) -> Vec<usize> {
        let around = self.all(|program| dockerfile.starts_with(&program.module_directory));
        let called = |at: &&usize| {
            let program = &self.programs[**at];
            program.names.first() == of_program(&program.module).first()
        };
        match around.iter().find(called) {
            Some(&program) => vec![program],
            None if around.len() == 1 && self.programs[around[0]].alone => around,
            None => Vec::new(),
        }
    }

    /// The programs that `go build` makes of an argument, run beside the Dockerfile or at the root of a module.
    fn of_package(&self, dockerfile: &Path, package: &str) -> Vec<usize> {
        let package = package.split('@').next().unwrap_or_default();
        let (package, whole) = match package.strip_suffix("/...") {
            Some(tree) => (tree, true),
            None => (package, false),
        };
        let package = if package.ends_with(".go") {
            package.rsplit_once('/').map_or(".", |(directory, _)| directory)
        } else {
            package
        };
        let beside = dockerfile.parent().unwrap_or(Path::new("")).join(package);
        let fits = |program: &GoProgram, directory: &Path| {
            let directory = clean(directory);
            if whole { program.directory.starts_with(directory) } else { program.directory == directory }
        };
        let near = self.all(|program| fits(program, &beside) || program.path == package);
        if !near.is_empty() {
            return near;
        }
        self.all(|program| {
            let root = &program.module_directory;
            // Modules elsewhere in the tree have Dockerfiles of their own.
            dockerfile.starts_with(root) && fits(program, &root.join(package))
        })
    }

    /// The image whose Dockerfile alone builds the programs.
    fn only_image(&self, programs: &[usize]) -> Option<usize> {
        let [program] = programs else { return None };
        let builds = |image: &Image<'_>| {
            image.binaries.iter().any(|binary| self.of_binary(image, binary).contains(program))
        };
        let mut all = self.images.iter().enumerate().filter(|(_, image)| builds(image));
        let first = all.next()?;
        all.next().is_none().then_some(first.0)
    }
}

fn found(programs: Vec<usize>, matched: Matched) -> Option<Match> {
    (!programs.is_empty()).then_some(Match { programs, matched, image: None })
}

fn first_word(layers: &Layers<'_>) -> Option<String> {
    called(layers).into_iter().next()
}

/// The names that a command line may start: its first word, or what a shell is given.
fn called(layers: &Layers<'_>) -> Vec<String> {
    let command = layers.command();
    let words = || command.iter().chain(layers.args()).map(|word| word.value.as_str());
    // The arguments of a Kubernetes container go to a program that the image names.
    let args = layers.args().first().filter(|_| layers.is_compose());
    let first = command.first().or(args).map(|word| plain(base_name(&word.value)));
    match first {
        Some(first) if !is_starter(&first) => vec![first],
        Some(_) => {
            let parts = words().flat_map(str::split_whitespace).filter(|part| !part.starts_with('-'));
            let names = parts.map(|part| plain(base_name(part))).filter(|name| !is_starter(name));
            names.take(64).collect()
        }
        None => Vec::new(),
    }
}

//! Which Go programs a Dockerfile puts into its image, and which Go builds them.

use std::path::Path;

use snag_syntax::Span;
use snag_syntax::manifest::{EnvVar, GoBuild, Stage};

use super::names::is_starter;
use super::source::Recipe;
use crate::load::GoVersion;

/// Stages that begin with each other: a loop is not possible, a long chain is.
const MAX_CHAIN: usize = 32;

/// An image that a Dockerfile describes: the last stage, or one with an entry point of its own.
#[derive(Debug)]
pub(super) struct Image<'r> {
    pub recipe: &'r Recipe,
    /// Index of the stage.
    pub stage: usize,
    /// What it is probably called.
    pub names: Vec<String>,
    /// The base name of the program that it starts.
    pub entry: Option<String>,
    pub binaries: Vec<Binary>,
    /// Its environment; later ones win.
    pub env: Vec<&'r EnvVar>,
}

/// A program in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binary {
    pub name: String,
    /// What `go build` is asked for; nothing if that is not known.
    pub packages: Vec<String>,
    /// The Go that builds it, and where the Dockerfile says so.
    pub toolchain: Option<(GoVersion, Span)>,
}

impl Image<'_> {
    /// The binaries that a container of this image runs: the one that is started, or all.
    pub(super) fn started(&self, command: Option<&str>) -> Vec<&Binary> {
        let called = command.or(self.entry.as_deref());
        let named: Vec<&Binary> =
            self.binaries.iter().filter(|binary| Some(binary.name.as_str()) == called).collect();
        if named.is_empty() { self.binaries.iter().collect() } else { named }
    }
}

/// The images of all Dockerfiles.
pub(super) fn images(recipes: &[Recipe]) -> Vec<Image<'_>> {
    let mut images = Vec::new();
    for recipe in recipes {
        let stages = &recipe.file.stages;
        for (at, stage) in stages.iter().enumerate() {
            let is_last = at + 1 == stages.len();
            let starts = !stage.entrypoint.is_empty() || !stage.command.is_empty();
            if is_last || (starts && stage.name.is_some()) {
                images.push(image(recipe, at, is_last));
            }
        }
    }
    images
}

fn image(recipe: &Recipe, at: usize, is_last: bool) -> Image<'_> {
    let stages = &recipe.file.stages;
    let chain = chain(stages, at);
    let mut binaries: Vec<Binary> = Vec::new();
    for &part in &chain {
        binaries.extend(built(stages, part));
        for copy in &stages[part].copies {
            let from = stage_called(stages, part, &copy.stage);
            let available: Vec<Binary> = from.map(|from| chain_builds(stages, from)).unwrap_or_default();
            for source in &copy.sources {
                let name = base_name(source);
                let renamed = (!copy.target.ends_with('/') && copy.sources.len() == 1)
                    .then(|| base_name(&copy.target))
                    .filter(|target| !matches!(*target, "" | "." | "bin"));
                match available.iter().find(|binary| binary.name == name) {
                    Some(binary) => {
                        let name = renamed.unwrap_or(name).to_owned();
                        binaries.push(Binary { name, ..binary.clone() });
                    }
                    None if available.is_empty() => {
                        let toolchain = from.and_then(|from| toolchain(stages, from));
                        let name = renamed.unwrap_or(name).to_owned();
                        binaries.extend(toolchain.map(|it| Binary {
                            name,
                            packages: vec![],
                            toolchain: Some(it),
                        }));
                    }
                    // A directory of programs.
                    None => binaries.extend(available.iter().cloned()),
                }
            }
        }
    }
    binaries.dedup();
    let words = chain.iter().find_map(|&part| {
        let stage = &stages[part];
        [&stage.entrypoint, &stage.command].into_iter().find(|words| !words.is_empty())
    });
    let entry: Option<String> =
        words.and_then(|words| words.first()).map(|word| base_name(&word.value).to_owned());
    if let Some(entry) = entry.as_ref().filter(|entry| !is_starter(entry)) {
        // It was built before it was copied.
        if !binaries.iter().any(|binary| binary.name == *entry) {
            binaries.push(Binary { name: entry.clone(), packages: Vec::new(), toolchain: None });
        }
    }
    let env = chain.iter().rev().flat_map(|&part| &stages[part].env).collect();
    Image { recipe, stage: at, names: names(recipe, &stages[at], is_last), entry, binaries, env }
}

/// A stage, the stage that it begins with, and so on.
fn chain(stages: &[Stage], at: usize) -> Vec<usize> {
    let mut chain = vec![at];
    let mut last = at;
    while chain.len() < MAX_CHAIN {
        let Some(base) = &stages[last].base else { break };
        let earlier = stages[..last].iter().rposition(|stage| is_called(stage, &base.value));
        let Some(next) = earlier else { break };
        chain.push(next);
        last = next;
    }
    chain
}

fn is_called(stage: &Stage, name: &str) -> bool {
    stage.name.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(name))
}

fn stage_called(stages: &[Stage], before: usize, name: &str) -> Option<usize> {
    let by_name = stages[..before].iter().rposition(|stage| is_called(stage, name));
    by_name.or_else(|| name.parse().ok().filter(|&index: &usize| index < before))
}

fn chain_builds(stages: &[Stage], at: usize) -> Vec<Binary> {
    chain(stages, at).into_iter().flat_map(|part| built(stages, part)).collect()
}

fn built(stages: &[Stage], at: usize) -> Vec<Binary> {
    let toolchain = toolchain(stages, at);
    let mut binaries = Vec::new();
    for build in &stages[at].builds {
        let one = |name: &str| Binary { name: name.to_owned(), packages: build.packages.clone(), toolchain };
        match build.output.as_deref().filter(|output| !base_name(output).contains('$')) {
            Some(output) if !output.ends_with('/') => binaries.push(one(base_name(output))),
            _ => binaries.extend(by_package(build, toolchain)),
        }
    }
    binaries
}

/// Without a name of its own a program is called after its package.
fn by_package(build: &GoBuild, toolchain: Option<(GoVersion, Span)>) -> Vec<Binary> {
    let named = |package: &String| {
        let path = package.split('@').next().unwrap_or_default();
        let path = path.trim_end_matches('/').trim_end_matches("/main.go");
        let name = base_name(path).to_owned();
        Binary { name, packages: vec![package.clone()], toolchain }
    };
    let mut all: Vec<Binary> = build.packages.iter().map(named).collect();
    if all.is_empty() {
        all.push(Binary { name: String::new(), packages: Vec::new(), toolchain });
    }
    all
}

/// The Go of a stage, by the image that it begins with.
fn toolchain(stages: &[Stage], at: usize) -> Option<(GoVersion, Span)> {
    let base = stages[*chain(stages, at).last()?].base.as_ref()?;
    Some((toolchain_of(&base.value)?, base.span))
}

/// `golang:1.21-alpine`, `go-toolset:1.21`, `builder:rhel-9-golang-1.21`.
fn toolchain_of(image: &str) -> Option<GoVersion> {
    let image = image.split('@').next()?;
    let (path, tag) = image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))?;
    let name = base_name(path);
    let version = match tag.split_once("golang-") {
        Some((_, version)) => version,
        None if name.ends_with("golang") || matches!(name, "go" | "go-toolset") => tag,
        None => return None,
    };
    let version = GoVersion::parse(version)?;
    // `golang:1` is the newest: it says nothing.
    (version.minor() > 0).then_some(version)
}

fn names(recipe: &Recipe, stage: &Stage, is_last: bool) -> Vec<String> {
    let mut names: Vec<String> = stage.name.iter().cloned().collect();
    if is_last {
        let file = recipe.path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let words = file.split('.').filter(|word| !matches!(*word, "dockerfile" | "containerfile"));
        names.extend(words.map(str::to_owned));
        let directory = recipe.path.parent().and_then(Path::file_name);
        names.extend(directory.map(|name| name.to_string_lossy().to_lowercase()));
    }
    names
}

/// What stands behind the last slash.
pub(super) fn base_name(path: &str) -> &str {
    path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default()
}

//! What a container is when patches, config maps and environment files are taken together.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use snag_syntax::Span;
use snag_syntax::manifest::{Container, EnvFrom, EnvValue, Located, Workload, WorkloadKind};

use super::source::{Source, env_file};
use crate::files::{Files, clean};

/// A container with a limit, in its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limited<'s> {
    pub source: usize,
    pub path: &'s Path,
    pub workload: &'s Workload,
    pub container: &'s Container,
}

/// The same container in another place: what a patch changes, or a patch.
pub(super) struct Layers<'s> {
    /// The limited container, its base, the patches of it; the first that says something is right.
    pub all: Vec<Limited<'s>>,
}

/// A variable and, if it stands in a manifest, its place there.
pub(super) struct Variable {
    pub value: EnvValue,
    pub place: Option<(usize, Span)>,
}

/// Nobody writes more limits than this, and each is compared with those of the same name.
const MAX_LIMITS: usize = 5_000;
const MAX_OF_A_NAME: usize = 500;

/// Every container of all manifests that has a limit of its own, or that of its pod.
pub(super) fn limited(sources: &[Source]) -> Vec<Limited<'_>> {
    let limited = all(sources).filter(|it| it.container.cpu_limit.or(it.workload.cpu_limit).is_some());
    limited.take(MAX_LIMITS).collect()
}

/// All containers by the name of their workload.
pub(super) struct Named<'s> {
    by_name: FxHashMap<&'s str, Vec<Limited<'s>>>,
}

impl<'s> Named<'s> {
    pub(super) fn new(sources: &'s [Source]) -> Named<'s> {
        let mut by_name: FxHashMap<&str, Vec<Limited<'_>>> = FxHashMap::default();
        for container in all(sources) {
            let Some(name) = &container.workload.name else { continue };
            let list = by_name.entry(&name.value).or_default();
            if list.len() < MAX_OF_A_NAME {
                list.push(container);
            }
        }
        Named { by_name }
    }

    /// A container together with the other places that speak of the same one.
    pub(super) fn layers(&self, own: Limited<'s>) -> Layers<'s> {
        let name = own.workload.name.as_ref().map(|name| name.value.as_str());
        let named = name.and_then(|name| self.by_name.get(name)).map(Vec::as_slice).unwrap_or_default();
        let same: Vec<&Limited<'s>> = named.iter().filter(|other| own.is_same(other)).collect();
        let mut layers = vec![own];
        if !own.is_whole() {
            let whole = same.iter().filter(|other| other.is_whole());
            layers.extend(whole.max_by_key(|other| common(own.path, other.path)).copied());
        }
        layers.extend(same.into_iter().filter(|other| !other.is_whole()));
        Layers { all: layers }
    }
}

/// Every container of all manifests.
pub(super) fn all(sources: &[Source]) -> impl Iterator<Item = Limited<'_>> {
    sources.iter().enumerate().flat_map(|(at, source)| {
        let workloads = source.manifest.workloads.iter();
        workloads.flat_map(move |workload| {
            let containers = workload.containers.iter();
            containers.map(move |container| Limited { source: at, path: &source.path, workload, container })
        })
    })
}

impl<'s> Limited<'s> {
    /// Whether it says by itself what it runs.
    fn is_whole(&self) -> bool {
        let container = self.container;
        container.image.is_some()
            || container.build.is_some()
            || (self.workload.kind == WorkloadKind::SystemdUnit && !container.command.is_empty())
    }

    /// Whether both speak of one container; their workloads have the same name.
    fn is_same(&self, other: &Limited<'s>) -> bool {
        if std::ptr::eq(self.container, other.container) {
            return false;
        }
        let kinds = (&self.workload.kind, &other.workload.kind);
        let any = |kind: &WorkloadKind| matches!(kind, WorkloadKind::Other(name) if name.is_empty());
        let same_kind = kinds.0 == kinds.1 || any(kinds.0) || any(kinds.1);
        same_kind && self.is_same_container(other)
    }

    fn is_same_container(&self, other: &Limited<'s>) -> bool {
        if matches!(self.workload.kind, WorkloadKind::ComposeService | WorkloadKind::SystemdUnit) {
            return true;
        }
        let position = |it: &Limited<'s>| {
            let mut containers = it.workload.containers.iter().filter(|container| !container.is_init);
            it.container.index.or_else(|| containers.position(|each| std::ptr::eq(each, it.container)))
        };
        let name = |it: &Limited<'s>| it.container.name.as_ref().map(|name| name.value.clone());
        match (name(self), name(other)) {
            (Some(own), Some(other)) => own == other,
            _ if self.container.index.is_some() || other.container.index.is_some() => {
                position(self) == position(other)
            }
            _ => false,
        }
    }
}

/// How many leading parts two paths share.
pub(super) fn common(a: &Path, b: &Path) -> usize {
    a.components().zip(b.components()).take_while(|(a, b)| a == b).count()
}

impl<'s> Layers<'s> {
    fn first<T>(&self, get: impl Fn(&'s Container) -> Option<T>) -> Option<T> {
        self.all.iter().find_map(|layer| get(layer.container))
    }

    pub(super) fn image(&self) -> Option<&'s str> {
        self.first(|container| container.image.as_ref()).map(|image| image.value.as_str())
    }

    pub(super) fn is_compose(&self) -> bool {
        self.all.iter().any(|layer| layer.workload.kind == WorkloadKind::ComposeService)
    }

    /// What compose builds the image from, and the file that says so.
    pub(super) fn build(&self) -> Option<(&'s Path, &'s snag_syntax::manifest::Build)> {
        self.all.iter().find_map(|layer| Some((layer.path, layer.container.build.as_ref()?)))
    }

    pub(super) fn command(&self) -> &'s [Located<String>] {
        self.first(|container| Some(container.command.as_slice()).filter(|words| !words.is_empty()))
            .unwrap_or_default()
    }

    pub(super) fn args(&self) -> &'s [Located<String>] {
        self.first(|container| Some(container.args.as_slice()).filter(|words| !words.is_empty()))
            .unwrap_or_default()
    }

    /// Whether a word of the command line has this in it.
    pub(super) fn mention(&self, name: &str) -> bool {
        self.command().iter().chain(self.args()).any(|word| word.value.contains(name))
    }

    /// An environment variable, wherever it is set.
    pub(super) fn env(&self, files: &dyn Files, sources: &[Source], name: &str) -> Option<Variable> {
        let direct = self.all.iter().find_map(|layer| {
            let variable = layer.container.env(name)?;
            Some(Variable { value: variable.value.clone(), place: Some((layer.source, variable.span)) })
        });
        direct.or_else(|| {
            let mut all =
                self.all.iter().flat_map(|layer| layer.container.env_from.iter().map(move |it| (layer, it)));
            all.find_map(|(layer, from)| match from {
                EnvFrom::ConfigMap(map) => in_config_map(sources, layer.path, map, name),
                EnvFrom::File(path) => in_file(files, layer.path, path, name),
                EnvFrom::Other => None,
            })
        })
    }
}

fn in_config_map(sources: &[Source], near: &Path, map: &str, name: &str) -> Option<Variable> {
    let maps = sources.iter().enumerate().flat_map(|(at, source)| {
        let maps = source.manifest.config_maps.iter().filter(|it| it.name == map);
        maps.map(move |it| (at, &source.path, it))
    });
    let (at, _, map) = maps.max_by_key(|(_, path, _)| common(near, path))?;
    let entry = map.data.iter().find(|entry| entry.name == name)?;
    Some(Variable { value: entry.value.clone(), place: Some((at, entry.span)) })
}

/// Files of the machine that the unit runs on are looked for beside the manifest.
fn in_file(files: &dyn Files, manifest: &Path, path: &str, name: &str) -> Option<Variable> {
    let directory = manifest.parent()?;
    let path = Path::new(path);
    let beside: PathBuf = match path.is_absolute() {
        true => directory.join(path.file_name()?),
        false => clean(&directory.join(path)),
    };
    let text = files.read(&beside).ok()?;
    let (_, value) = env_file(&text).into_iter().rev().find(|(known, _)| known == name)?;
    Some(Variable { value, place: None })
}

//! Reading the manifests that matter.

use std::path::PathBuf;

use memchr::memmem::find;
use rayon::prelude::*;
use snag_syntax::manifest::{
    Container, Dockerfile, EnvValue, Manifest, WorkloadKind, read_dockerfile, read_unit, read_yaml,
};

use super::find::{Candidate, Sort, unit_of_drop_in};
use crate::files::{Files, clean};

/// Larger files are data.
const MAX_BYTES: usize = 8 << 20;

/// A manifest that was read.
#[derive(Debug)]
pub(super) struct Source {
    pub path: PathBuf,
    pub manifest: Manifest,
    /// It has `# snag:ignore` comments, so it takes part even without a limit.
    pub has_directives: bool,
}

/// A Dockerfile that was read.
#[derive(Debug)]
pub(super) struct Recipe {
    pub path: PathBuf,
    pub file: Dockerfile,
}

/// The manifests with limits, and what belongs to them.
pub(super) fn sources(files: &dyn Files, candidates: &[Candidate]) -> Vec<Source> {
    let first: Vec<Option<Source>> =
        candidates.par_iter().map(|it| read(files, it, &mentions_limits)).collect();
    let mut sources: Vec<Source> = Vec::new();
    let mut left: Vec<&Candidate> = Vec::new();
    for (candidate, source) in candidates.iter().zip(first) {
        match source {
            Some(source) => sources.push(source),
            None => left.push(candidate),
        }
    }
    if sources.iter().any(|source| is_patch(&source.manifest)) {
        // What a patch changes may have no limit of its own.
        let bases: Vec<Source> = left.par_iter().filter_map(|it| read(files, it, &mentions_images)).collect();
        sources.extend(bases);
    }
    address_patches(&mut sources);
    sources
}

/// All Dockerfiles.
pub(super) fn recipes(files: &dyn Files, candidates: &[Candidate]) -> Vec<Recipe> {
    let all = candidates.par_iter().filter(|candidate| candidate.kind == Sort::Dockerfile);
    all.filter_map(|candidate| {
        let text = files.read(&candidate.path).ok().filter(|text| text.len() <= MAX_BYTES)?;
        Some(Recipe { path: candidate.path.clone(), file: read_dockerfile(&text).0 })
    })
    .collect()
}

fn has(text: &[u8], word: &str) -> bool {
    find(text, word.as_bytes()).is_some()
}

/// A quick look before the text is parsed.
fn mentions_limits(text: &[u8], kind: Sort) -> bool {
    if has(text, "snag:ignore") {
        return true;
    }
    match kind {
        Sort::Dockerfile => false,
        Sort::Unit => has(text, "CPUQuota") || has(text, "GOMAXPROCS"),
        Sort::Yaml => {
            let shape = ["containers", "services", "ConfigMap"].iter().any(|word| has(text, word));
            has(text, "patches") || (shape && (has(text, "cpu") || has(text, "GOMAXPROCS")))
        }
    }
}

fn mentions_images(text: &[u8], kind: Sort) -> bool {
    match kind {
        Sort::Dockerfile => false,
        Sort::Unit => has(text, "ExecStart"),
        Sort::Yaml => has(text, "containers") && has(text, "image") || has(text, "services"),
    }
}

fn read(files: &dyn Files, candidate: &Candidate, fits: &dyn Fn(&[u8], Sort) -> bool) -> Option<Source> {
    if candidate.kind == Sort::Dockerfile {
        return None;
    }
    let text = files.read(&candidate.path).ok()?;
    if text.len() > MAX_BYTES || !fits(&text, candidate.kind) {
        return None;
    }
    let manifest = match candidate.kind {
        Sort::Unit => {
            let name = candidate.path.file_name().unwrap_or_default().to_string_lossy();
            let name = unit_of_drop_in(&candidate.path).unwrap_or(&name);
            Manifest { workloads: read_unit(name, &text).0.into_iter().collect(), ..Manifest::default() }
        }
        _ => read_yaml(&text).0,
    };
    Some(Source { path: candidate.path.clone(), manifest, has_directives: has(&text, "snag:ignore") })
}

/// Whether something here has a limit and does not say what it runs.
fn is_patch(manifest: &Manifest) -> bool {
    let limited = |container: &Container| container.cpu_limit.is_some() && container.image.is_none();
    !manifest.patches.is_empty()
        || manifest.workloads.iter().any(|workload| {
            workload.containers.iter().any(|container| limited(container) && container.command.is_empty())
        })
}

/// Gives patches in files of their own the target that a kustomization names.
fn address_patches(sources: &mut [Source]) {
    let mut targets = Vec::new();
    for source in sources.iter() {
        let directory = source.path.parent().unwrap_or(std::path::Path::new(""));
        for patch in source.manifest.kustomizations.iter().flat_map(|it| &it.patches) {
            targets.push((clean(&directory.join(&patch.path)), patch.kind.clone(), patch.name.clone()));
        }
    }
    for source in sources {
        let Some((_, kind, name)) = targets.iter().find(|(path, ..)| *path == source.path) else { continue };
        for mut patch in std::mem::take(&mut source.manifest.patches) {
            patch.kind = kind.clone().unwrap_or(WorkloadKind::Other(String::new()));
            // The name stands in another file: its place means nothing here.
            patch.name = name.clone();
            source.manifest.workloads.push(patch);
        }
    }
}

/// `NAME=value` lines, as compose and systemd read them.
pub(super) fn env_file(text: &[u8]) -> Vec<(String, EnvValue)> {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';']));
    let variables = lines.filter_map(|line| {
        let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        let known = !value.contains('$');
        let value = if known { EnvValue::Literal(value.to_owned()) } else { EnvValue::Other };
        Some((name.trim().to_owned(), value))
    });
    variables.collect()
}

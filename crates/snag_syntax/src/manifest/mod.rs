//! Deployment manifests: how many CPUs a program gets, with what command and environment it starts.
//!
//! Kubernetes and compose YAML, systemd units and Dockerfiles. Every value that a rule may point at has its place in
//! the text. A value that is computed elsewhere (a Helm expression, an interpolated variable) is there, but unknown.

mod compose;
mod dockerfile;
mod kubernetes;
mod kustomize;
mod quantity;
mod systemd;
mod template;
mod words;
mod yaml;

pub use dockerfile::{CopyFrom, Dockerfile, GoBuild, Stage, read_dockerfile};
pub use systemd::read_unit;

use crate::{Problem, Span};

/// A value and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkloadKind {
    /// Kubernetes `Deployment`
    Deployment,
    /// Kubernetes `StatefulSet`
    StatefulSet,
    /// Kubernetes `DaemonSet`
    DaemonSet,
    /// Kubernetes `ReplicaSet` or `ReplicationController`
    ReplicaSet,
    /// Kubernetes `Job`
    Job,
    /// Kubernetes `CronJob`
    CronJob,
    /// Kubernetes `Pod`
    Pod,
    /// A service of a compose file.
    ComposeService,
    /// A systemd unit.
    SystemdUnit,
    /// Another Kubernetes kind with a pod template, or the target of a patch.
    Other(String),
}

/// Something that runs containers (or, with systemd, one process).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// What it is.
    pub kind: WorkloadKind,
    /// Its name.
    pub name: Option<Located<String>>,
    /// Its Kubernetes namespace.
    pub namespace: Option<String>,
    /// The number of its document in the file, from zero.
    pub document: usize,
    /// Whether the text is a template: what is missing may be filled in elsewhere.
    pub is_template: bool,
    /// CPU limit of the pod as a whole.
    pub cpu_limit: Option<Cpu>,
    /// Its containers, those for its initialization first.
    pub containers: Vec<Container>,
    /// The whole definition.
    pub span: Span,
}

/// A container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: Option<Located<String>>,
    /// Its image.
    pub image: Option<Located<String>>,
    /// The program: Kubernetes `command`, compose `entrypoint`, systemd `ExecStart`.
    pub command: Vec<Located<String>>,
    /// Its arguments: Kubernetes `args`, compose `command`.
    pub args: Vec<Located<String>>,
    /// What it may use.
    pub cpu_limit: Option<Cpu>,
    /// What it is promised.
    pub cpu_request: Option<Cpu>,
    /// Its environment.
    pub env: Vec<EnvVar>,
    /// Where more of its environment comes from; `env` wins.
    pub env_from: Vec<EnvFrom>,
    /// What its image is built from, where the manifest says so.
    pub build: Option<Build>,
    /// Its position, where a patch names it by that.
    pub index: Option<usize>,
    /// Whether it runs before the others and ends.
    pub is_init: bool,
    /// The whole definition.
    pub span: Span,
}

impl Container {
    /// The environment variable called `name`: the last one wins.
    pub fn env(&self, name: &str) -> Option<&EnvVar> {
        self.env.iter().rev().find(|variable| variable.name == name)
    }
}

/// Where environment variables come from that are not written one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvFrom {
    /// A Kubernetes `ConfigMap` of this name.
    ConfigMap(String),
    /// A file with `NAME=value` lines.
    File(String),
    /// A secret, or a name that is computed.
    Other,
}

/// Compose `build`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// The directory that is sent to the builder, beside the file.
    pub context: Option<String>,
    /// The Dockerfile, in the context.
    pub dockerfile: Option<String>,
    /// The stage that becomes the image.
    pub target: Option<String>,
}

/// Everything that a YAML file says about deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// What runs, patches of it included.
    pub workloads: Vec<Workload>,
    /// JSON patches that do not say what they are for: a kustomization elsewhere does.
    pub patches: Vec<Workload>,
    /// Kubernetes `ConfigMap` objects.
    pub config_maps: Vec<ConfigMap>,
    /// What kustomizations say of other files.
    pub kustomizations: Vec<Kustomization>,
}

/// A Kubernetes `ConfigMap`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigMap {
    /// Its name.
    pub name: String,
    /// Its entries.
    pub data: Vec<EnvVar>,
}

/// What a kustomization says of other files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kustomization {
    /// Files and directories that it starts from.
    pub resources: Vec<String>,
    /// Files that change them.
    pub patches: Vec<PatchFile>,
}

/// A patch in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchFile {
    /// Where it is, beside the kustomization.
    pub path: String,
    /// The kind of its target, if the kustomization says it.
    pub kind: Option<WorkloadKind>,
    /// The name of its target.
    pub name: Option<Located<String>>,
}

/// An amount of CPU time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cpu {
    /// Thousandths of one CPU; nothing if the text does not say.
    pub millicores: Option<u64>,
    /// Where the amount stands.
    pub span: Span,
}

/// An environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvVar {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: EnvValue,
    /// Name and value.
    pub span: Span,
}

/// The value of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvValue {
    /// As written.
    Literal(String),
    /// Kubernetes `resourceFieldRef`.
    ResourceField {
        /// `limits.cpu`
        resource: String,
        /// Another container than this one.
        container: Option<String>,
        /// `1`, `1m`
        divisor: Option<String>,
    },
    /// A secret, a field, a variable of the shell that starts it.
    Other,
}

/// What a file is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestKind {
    /// Kubernetes, Kustomize, Helm or compose: the content tells.
    Yaml,
    /// A systemd unit or a drop-in of one.
    SystemdUnit,
    /// A Dockerfile.
    Dockerfile,
}

/// What the file called `name` is, if it may be a manifest.
pub fn kind_of(name: &str) -> Option<ManifestKind> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let lower = name.to_ascii_lowercase();
    let is_dockerfile = ["dockerfile", "containerfile"].iter().any(|known| {
        lower == *known || lower.starts_with(&format!("{known}.")) || lower.ends_with(&format!(".{known}"))
    });
    match lower.rsplit_once('.').map(|(_, extension)| extension) {
        _ if is_dockerfile => Some(ManifestKind::Dockerfile),
        Some("yaml" | "yml") => Some(ManifestKind::Yaml),
        Some("service") => Some(ManifestKind::SystemdUnit),
        _ => None,
    }
}

/// Reads Kubernetes manifests, Kustomize patches, Helm templates and compose files.
pub fn read_yaml(text: &[u8]) -> (Manifest, Vec<Problem>) {
    let loaded = yaml::load(text);
    let is_template = loaded.is_template;
    let mut found = Found { manifest: Manifest::default(), left: MAX_VALUES, is_template };
    for (document, &root) in loaded.tree.roots.iter().enumerate() {
        let Some(root) = root else { continue };
        let node = loaded.tree.node(root);
        if kustomize::is_kustomization(node) {
            kustomize::read(node, &loaded.text, document, &mut found);
        } else if compose::is_compose(node) {
            compose::read(node, document, &mut found);
        } else if !node.is_mapping() {
            kustomize::read_operation_file(node, document, &mut found);
        } else {
            kubernetes::read(node, document, 0, &mut found);
        }
    }
    let mut problems = loaded.problems;
    if found.left == 0 || loaded.tree.is_exhausted() {
        problems.push(Problem {
            span: Span::at(0),
            message: "more values than a manifest can hold: the rest is ignored".into(),
        });
    }
    (found.manifest, problems)
}

/// Aliases can multiply a small text: no more containers, words and variables than this come out of one file.
const MAX_VALUES: usize = 100_000;

/// Replaces what is no UTF-8 without moving anything.
fn same_length_utf8(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}

/// What a YAML file has given so far.
struct Found {
    manifest: Manifest,
    left: usize,
    is_template: bool,
}

impl Found {
    /// Whether one more value may be kept.
    fn spend(&mut self) -> bool {
        let may = self.left > 0;
        self.left = self.left.saturating_sub(1);
        may
    }
}

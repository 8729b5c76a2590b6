//! Patches inside a kustomization.

use super::yaml::{self, Node};
use super::{
    Container, EnvVar, Found, Kustomization, Located, PatchFile, Workload, WorkloadKind, kubernetes,
};
use crate::Span;

pub(super) fn is_kustomization(root: Node<'_>) -> bool {
    match root.get("kind").and_then(Node::text) {
        Some(kind) => matches!(kind, "Kustomization" | "Component") && root.get("spec").is_none(),
        None => {
            ["patches", "patchesStrategicMerge", "patchesJson6902"].iter().any(|key| root.get(key).is_some())
        }
    }
}

/// Reads the patches that stand in the file itself, and which files hold the others.
pub(super) fn read(root: Node<'_>, text: &str, document: usize, found: &mut Found) {
    let mut kustomization = Kustomization::default();
    for key in ["resources", "bases", "components"] {
        let names = root.get(key).map(|list| list.strings(found)).unwrap_or_default();
        kustomization.resources.extend(names.into_iter().map(|name| name.value));
    }
    for key in ["patches", "patchesJson6902", "patchesStrategicMerge"] {
        for patch in root.get(key).into_iter().flat_map(Node::items) {
            if !found.spend() {
                return;
            }
            kustomization.patches.extend(patch_file(patch));
            let inline = if patch.is_mapping() { patch.get("patch") } else { Some(patch) };
            if let Some(inline) = inline.filter(|node| node.is_block_text()) {
                read_patch(inline, patch.get("target"), text, document, found);
            }
        }
    }
    found.manifest.kustomizations.push(kustomization);
}

/// A patch that is a file: a name, or a mapping with a `path`.
fn patch_file(patch: Node<'_>) -> Option<PatchFile> {
    let path = match patch.get("path") {
        Some(path) => path.text()?,
        None => patch.text().filter(|text| !text.contains('\n'))?,
    };
    let target = |key| patch.path(&["target", key]);
    let kind = target("kind").and_then(Node::text).map(kind);
    Some(PatchFile { path: path.to_owned(), kind, name: target("name").and_then(Node::located) })
}

/// A patch in a block scalar: its lines, read where they stand.
fn read_patch(inline: Node<'_>, target: Option<Node<'_>>, text: &str, document: usize, found: &mut Found) {
    let span = inline.span();
    let Some(block) = text.get(span.start as usize..span.end as usize) else { return };
    // The span may begin at the `|`, whose line is not part of the patch.
    let skipped =
        if block.starts_with(['|', '>']) { block.find('\n').map_or(block.len(), |end| end + 1) } else { 0 };
    let line_start = text[..span.start as usize + skipped].rfind('\n').map_or(0, |end| end + 1);
    let Some(lines) = text.get(line_start..span.end as usize) else { return };
    if !found.spend() {
        return;
    }
    let (tree, _) = yaml::parse(lines, line_start as u32, &[]);
    for &root in tree.roots.iter().flatten() {
        let node = tree.node(root);
        if node.is_mapping() {
            kubernetes::read(node, document, 0, found);
        } else {
            let containers = operations(node, found);
            let text = |key| target.and_then(|node| node.get(key));
            let kind = kind(text("kind").and_then(Node::text).unwrap_or_default());
            let name = text("name").and_then(Node::located);
            let namespace = text("namespace").and_then(Node::text).map(str::to_owned);
            let patch = patch(kind, name, namespace, document, containers, span);
            found.manifest.workloads.extend(patch);
        }
    }
}

/// A JSON patch in a file of its own.
pub(super) fn read_operation_file(list: Node<'_>, document: usize, found: &mut Found) {
    let containers = operations(list, found);
    let kind = WorkloadKind::Other(String::new());
    let patch = patch(kind, None, None, document, containers, list.span());
    found.manifest.patches.extend(patch);
}

fn patch(
    kind: WorkloadKind,
    name: Option<Located<String>>,
    namespace: Option<String>,
    document: usize,
    containers: Vec<Container>,
    span: Span,
) -> Option<Workload> {
    let is_empty = containers.is_empty();
    let patch =
        Workload { kind, name, namespace, document, is_template: true, cpu_limit: None, containers, span };
    (!is_empty).then_some(patch)
}

/// A JSON patch: `- op: replace`, `path: /spec/template/spec/containers/0/resources/limits/cpu`.
fn operations(list: Node<'_>, found: &mut Found) -> Vec<Container> {
    let mut containers = Vec::new();
    for operation in list.items() {
        if !found.spend() {
            break;
        }
        let (Some(path), Some(value)) = (operation.get("path").and_then(Node::text), operation.get("value"))
        else {
            continue;
        };
        containers.extend(operation_target(path, value, operation.span()));
    }
    containers
}

/// Variables that one operation may set.
const MAX_VARIABLES: usize = 1000;

fn variable(node: Node<'_>) -> Option<EnvVar> {
    let name = node.get("name")?.text()?.to_owned();
    Some(EnvVar { name, value: kubernetes::env_value(node), span: node.span() })
}

fn operation_target(path: &str, value: Node<'_>, span: Span) -> Option<Container> {
    let (_, below) = path.split_once("/containers/")?;
    let index = below.split('/').next().and_then(|index| index.parse().ok());
    let mut container = Container { span, index, ..Container::default() };
    let (_, below) = below.split_once('/').unwrap_or((below, ""));
    if below == "env" || below.starts_with("env/") {
        let variables = value.is_mapping().then_some(value).into_iter().chain(value.items());
        container.env = variables.take(MAX_VARIABLES).filter_map(variable).collect();
    }
    if path.ends_with("/resources/limits/cpu") {
        container.cpu_limit = kubernetes::amount(value);
    } else if path.ends_with("/resources/requests/cpu") {
        container.cpu_request = kubernetes::amount(value);
    } else if path.ends_with("/resources/limits") {
        container.cpu_limit = value.get("cpu").and_then(kubernetes::amount);
    } else if path.ends_with("/resources") {
        container.cpu_limit = value.path(&["limits", "cpu"]).and_then(kubernetes::amount);
        container.cpu_request = value.path(&["requests", "cpu"]).and_then(kubernetes::amount);
    }
    let says = container.cpu_limit.is_some() || container.cpu_request.is_some() || !container.env.is_empty();
    says.then_some(container)
}

fn kind(text: &str) -> WorkloadKind {
    match text {
        "Deployment" => WorkloadKind::Deployment,
        "StatefulSet" => WorkloadKind::StatefulSet,
        "DaemonSet" => WorkloadKind::DaemonSet,
        "ReplicaSet" | "ReplicationController" => WorkloadKind::ReplicaSet,
        "Job" => WorkloadKind::Job,
        "CronJob" => WorkloadKind::CronJob,
        "Pod" => WorkloadKind::Pod,
        other => WorkloadKind::Other(other.to_owned()),
    }
}

//! Patches inside a kustomization.

use super::yaml::{self, Node};
use super::{Container, Found, Located, Workload, WorkloadKind, kubernetes};
use crate::Span;

pub(super) fn is_kustomization(root: Node<'_>) -> bool {
    match root.get("kind").and_then(Node::text) {
        Some(kind) => matches!(kind, "Kustomization" | "Component") && root.get("spec").is_none(),
        None => {
            ["patches", "patchesStrategicMerge", "patchesJson6902"].iter().any(|key| root.get(key).is_some())
        }
    }
}

/// Reads the patches that stand in the file itself; those in files of their own are read there.
pub(super) fn read(root: Node<'_>, text: &str, document: usize, found: &mut Found) {
    for key in ["patches", "patchesJson6902", "patchesStrategicMerge"] {
        for patch in root.get(key).into_iter().flat_map(Node::items) {
            let inline = if patch.is_mapping() { patch.get("patch") } else { Some(patch) };
            if let Some(inline) = inline.filter(|node| node.is_block_text()) {
                read_patch(inline, patch.get("target"), text, document, found);
            }
        }
    }
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
            read_operations(node, target, span, document, found);
        }
    }
}

/// A JSON patch: `- op: replace`, `path: /spec/template/spec/containers/0/resources/limits/cpu`.
fn read_operations(list: Node<'_>, target: Option<Node<'_>>, span: Span, document: usize, found: &mut Found) {
    let mut containers = Vec::new();
    for operation in list.items() {
        if !found.spend() {
            return;
        }
        let (Some(path), Some(value)) = (operation.get("path").and_then(Node::text), operation.get("value"))
        else {
            continue;
        };
        containers.extend(operation_target(path, value, operation.span()));
    }
    if containers.is_empty() {
        return;
    }
    let text = |key| target.and_then(|node| node.get(key));
    let name: Option<Located<String>> = text("name").and_then(Node::located);
    found.workloads.push(Workload {
        kind: kind(text("kind").and_then(Node::text).unwrap_or_default()),
        name,
        namespace: text("namespace").and_then(Node::text).map(str::to_owned),
        document,
        is_template: true,
        cpu_limit: None,
        containers,
        span,
    });
}

fn operation_target(path: &str, value: Node<'_>, span: Span) -> Option<Container> {
    let mut container = Container { span, ..Container::default() };
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
    (container.cpu_limit.is_some() || container.cpu_request.is_some()).then_some(container)
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

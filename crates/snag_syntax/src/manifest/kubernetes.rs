//! Kubernetes objects that run containers.

use super::quantity;
use super::yaml::Node;
use super::{ConfigMap, Container, Cpu, EnvFrom, EnvValue, EnvVar, Found, Workload, WorkloadKind};

/// Lists in lists.
const MAX_LISTS: u32 = 4;

/// Reads an object, or a list of them.
pub(super) fn read(object: Node<'_>, document: usize, depth: u32, found: &mut Found) {
    let Some(kind) = object.get("kind").and_then(Node::text) else { return };
    if kind == "List" || kind.ends_with("List") && object.get("items").is_some() {
        for item in object.get("items").into_iter().flat_map(Node::items).filter(|_| depth < MAX_LISTS) {
            if !found.spend() {
                return;
            }
            read(item, document, depth + 1, found);
        }
        return;
    }
    if kind == "ConfigMap" {
        config_map(object, found);
        return;
    }
    let Some((kind, pod)) = pod_of(kind, object) else { return };
    if let Some(workload) = workload(kind, object, pod, document, found) {
        found.manifest.workloads.push(workload);
    }
}

fn config_map(object: Node<'_>, found: &mut Found) {
    let Some(name) = object.path(&["metadata", "name"]).and_then(Node::text) else { return };
    let entries = object.get("data").into_iter().flat_map(Node::entries);
    let data = entries.filter_map(|(key, value)| {
        let text = value.text().map(str::to_owned);
        let span = key.span().to(value.span());
        Some(EnvVar {
            name: key.text()?.to_owned(),
            value: text.map_or(EnvValue::Other, EnvValue::Literal),
            span,
        })
    });
    let data = data.take_while(|_| found.spend()).collect();
    found.manifest.config_maps.push(ConfigMap { name: name.to_owned(), data });
}

fn pod_of<'t>(kind: &str, object: Node<'t>) -> Option<(WorkloadKind, Node<'t>)> {
    let template: &[&str] = &["spec", "template", "spec"];
    let (kind, path) = match kind {
        "Deployment" => (WorkloadKind::Deployment, template),
        "StatefulSet" => (WorkloadKind::StatefulSet, template),
        "DaemonSet" => (WorkloadKind::DaemonSet, template),
        "ReplicaSet" | "ReplicationController" => (WorkloadKind::ReplicaSet, template),
        "Job" => (WorkloadKind::Job, template),
        "CronJob" => (WorkloadKind::CronJob, &["spec", "jobTemplate", "spec", "template", "spec"][..]),
        "Pod" => (WorkloadKind::Pod, &["spec"][..]),
        "PodTemplate" => (WorkloadKind::Other(kind.into()), &["template", "spec"][..]),
        _ => (WorkloadKind::Other(kind.into()), template),
    };
    let pod = object.path(path)?;
    let is_known = !matches!(kind, WorkloadKind::Other(_)) || pod.get("containers").is_some();
    is_known.then_some((kind, pod))
}

fn workload(
    kind: WorkloadKind,
    object: Node<'_>,
    pod: Node<'_>,
    document: usize,
    found: &mut Found,
) -> Option<Workload> {
    let mut containers = Vec::new();
    for (key, is_init) in [("initContainers", true), ("containers", false), ("ephemeralContainers", false)] {
        for node in pod.get(key).into_iter().flat_map(Node::items) {
            if !found.spend() {
                return None;
            }
            containers.push(container(node, is_init, found));
        }
    }
    let metadata = object.get("metadata");
    Some(Workload {
        kind,
        name: metadata.and_then(|node| node.get("name")).and_then(Node::located),
        namespace: metadata.and_then(|node| node.get("namespace")).and_then(Node::text).map(str::to_owned),
        document,
        is_template: found.is_template,
        cpu_limit: cpu(pod, &["resources", "limits", "cpu"]),
        containers,
        span: object.span(),
    })
}

fn container(node: Node<'_>, is_init: bool, found: &mut Found) -> Container {
    // A sidecar starts among the first, but it stays.
    let stays = node.get("restartPolicy").and_then(Node::text) == Some("Always");
    Container {
        name: node.get("name").and_then(Node::located),
        image: node.get("image").and_then(Node::located),
        command: node.get("command").map(|node| node.strings(found)).unwrap_or_default(),
        args: node.get("args").map(|node| node.strings(found)).unwrap_or_default(),
        cpu_limit: cpu(node, &["resources", "limits", "cpu"]),
        cpu_request: cpu(node, &["resources", "requests", "cpu"]),
        env: env(node, found),
        env_from: env_from(node, found),
        build: None,
        index: None,
        is_init: is_init && !stays,
        span: node.span(),
    }
}

fn cpu(node: Node<'_>, path: &[&str]) -> Option<Cpu> {
    amount(node.path(path)?)
}

/// The amount of CPU that a scalar says; an empty one says nothing.
pub(super) fn amount(node: Node<'_>) -> Option<Cpu> {
    if matches!(node.text(), Some("" | "~" | "null")) {
        return None;
    }
    Some(Cpu { millicores: node.text().and_then(quantity::kubernetes), span: node.span() })
}

fn env(container: Node<'_>, found: &mut Found) -> Vec<EnvVar> {
    let variables = container.get("env").into_iter().flat_map(Node::items);
    let known = variables.filter_map(|node| {
        let name = node.get("name")?.text()?.to_owned();
        Some(EnvVar { name, value: env_value(node), span: node.span() })
    });
    known.take_while(|_| found.spend()).collect()
}

/// `envFrom`: a later source wins, so it comes first. A prefix makes other names of all.
fn env_from(container: Node<'_>, found: &mut Found) -> Vec<EnvFrom> {
    let sources = container.get("envFrom").into_iter().flat_map(Node::items);
    let plain = sources.filter(|source| source.get("prefix").is_none()).take_while(|_| found.spend());
    let mut all: Vec<EnvFrom> = plain
        .map(|source| match source.path(&["configMapRef", "name"]).and_then(Node::text) {
            Some(name) => EnvFrom::ConfigMap(name.to_owned()),
            None => EnvFrom::Other,
        })
        .collect();
    all.reverse();
    all
}

pub(super) fn env_value(variable: Node<'_>) -> EnvValue {
    if let Some(field) = variable.path(&["valueFrom", "resourceFieldRef"]) {
        let text = |key| field.get(key).and_then(Node::text).map(str::to_owned);
        let resource = text("resource").unwrap_or_default();
        return EnvValue::ResourceField {
            resource,
            container: text("containerName"),
            divisor: text("divisor"),
        };
    }
    match variable.get("value").and_then(Node::text) {
        Some(value) => EnvValue::Literal(value.to_owned()),
        None if variable.get("value").is_none() && variable.get("valueFrom").is_none() => {
            EnvValue::Literal(String::new())
        }
        None => EnvValue::Other,
    }
}

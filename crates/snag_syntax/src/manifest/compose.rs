//! Services of compose files.

use super::yaml::Node;
use super::{
    Build, Container, Cpu, EnvFrom, EnvValue, EnvVar, Found, Located, Workload, WorkloadKind, quantity, words,
};

/// What the kernel takes when only a quota is given.
const DEFAULT_PERIOD: u64 = 100_000;

pub(super) fn is_compose(root: Node<'_>) -> bool {
    root.get("kind").is_none() && root.get("services").is_some_and(Node::is_mapping)
}

pub(super) fn read(root: Node<'_>, document: usize, found: &mut Found) {
    for (name, service) in root.get("services").into_iter().flat_map(Node::entries) {
        if !service.is_mapping() || name.text() == Some("<<") {
            continue;
        }
        if !found.spend() {
            return;
        }
        let container = container(name.located(), service, found);
        found.manifest.workloads.push(Workload {
            kind: WorkloadKind::ComposeService,
            name: name.located(),
            namespace: None,
            document,
            is_template: found.is_template,
            cpu_limit: None,
            containers: vec![container],
            span: name.span().to(service.span()),
        });
    }
}

fn container(name: Option<Located<String>>, service: Node<'_>, found: &mut Found) -> Container {
    let reserved = service.path(&["deploy", "resources", "reservations", "cpus"]);
    Container {
        name: service.get("container_name").and_then(Node::located).or(name),
        image: service.get("image").and_then(Node::located),
        command: service.get("entrypoint").map(|node| command(node, found)).unwrap_or_default(),
        args: service.get("command").map(|node| command(node, found)).unwrap_or_default(),
        cpu_limit: limit(service),
        cpu_request: reserved.map(cpus),
        env: env(service, found),
        env_from: env_files(service, found),
        build: service.get("build").map(build),
        index: None,
        is_init: false,
        span: service.span(),
    }
}

/// `build: DIRECTORY`, or a mapping.
fn build(node: Node<'_>) -> Build {
    let text = |key| node.get(key).and_then(Node::text).map(str::to_owned);
    let context = node.text().map(str::to_owned).or_else(|| text("context"));
    Build { context, dockerfile: text("dockerfile"), target: text("target") }
}

/// `env_file`: a name, or a list of names and of mappings with a `path`. A later file wins, so it comes first.
fn env_files(service: Node<'_>, found: &mut Found) -> Vec<EnvFrom> {
    let Some(node) = service.get("env_file") else { return Vec::new() };
    let single = node.text().map(|_| node);
    let named = single.into_iter().chain(node.items());
    let mut files: Vec<EnvFrom> = named
        .take_while(|_| found.spend())
        .map(|item| match item.text().or_else(|| item.get("path")?.text()) {
            Some(path) if !path.contains('$') => EnvFrom::File(path.to_owned()),
            _ => EnvFrom::Other,
        })
        .collect();
    files.reverse();
    files
}

fn command(node: Node<'_>, found: &mut Found) -> Vec<Located<String>> {
    match node.text() {
        // The words of a plain line stand one by one; in quotes or a block they are not where they seem.
        Some(line) if line.len() == (node.span().end - node.span().start) as usize => {
            words::split(line, node.span().start).into_iter().take_while(|_| found.spend()).collect()
        }
        Some(line) => {
            let all = words::split(line, 0).into_iter().take_while(|_| found.spend());
            all.map(|word| Located { span: node.span(), ..word }).collect()
        }
        None => node.strings(found),
    }
}

fn cpus(node: Node<'_>) -> Cpu {
    Cpu { millicores: node.text().and_then(quantity::cpus), span: node.span() }
}

/// `deploy.resources.limits.cpus`, else `cpus`, else `cpu_quota` by `cpu_period`; zero means no limit.
fn limit(service: Node<'_>) -> Option<Cpu> {
    let direct = service.path(&["deploy", "resources", "limits", "cpus"]).or_else(|| service.get("cpus"));
    if let Some(direct) = direct.map(cpus) {
        return Some(direct).filter(|cpu| cpu.millicores != Some(0));
    }
    let quota = service.get("cpu_quota")?;
    let text = quota.text();
    if text.is_some_and(|text| text.starts_with('-') || text == "0") {
        return None;
    }
    let period = match service.get("cpu_period") {
        Some(period) => period.text().and_then(quantity::microseconds),
        None => Some(DEFAULT_PERIOD),
    };
    let millicores = match (text.and_then(quantity::microseconds), period) {
        (Some(quota), Some(period)) if period > 0 => {
            quota.checked_mul(1000).map(|scaled| scaled.div_ceil(period))
        }
        _ => None,
    };
    Some(Cpu { millicores, span: quota.span() })
}

/// `environment` as a mapping, or as a list of `NAME=value`.
fn env(service: Node<'_>, found: &mut Found) -> Vec<EnvVar> {
    let Some(node) = service.get("environment") else { return Vec::new() };
    let mapped = node.entries().filter_map(|(name, value)| {
        let span = name.span().to(value.span());
        Some(EnvVar { name: name.text()?.to_owned(), value: env_value(value.text()), span })
    });
    let listed = node.items().filter_map(|item| {
        let text = item.text()?;
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        // A bare name passes on what the shell has.
        Some(EnvVar { name: name.to_owned(), value: env_value(value), span: item.span() })
    });
    mapped.chain(listed).take_while(|_| found.spend()).collect()
}

fn env_value(text: Option<&str>) -> EnvValue {
    match text {
        Some(text) if !text.replace("$$", "").contains('$') => EnvValue::Literal(text.replace("$$", "$")),
        _ => EnvValue::Other,
    }
}

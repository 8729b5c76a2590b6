//! How programs and images are called.

use super::image::base_name;

/// Parts of import paths that say nothing about a program.
const NOISE: &[&str] =
    &["cmd", "cmds", "main", "src", "pkg", "internal", "apps", "bin", "go", "golang", "services", "images"];

/// Names that programs of many projects have.
const GENERIC: &[&str] = &[
    "admin",
    "agent",
    "api",
    "app",
    "auth",
    "backend",
    "cli",
    "client",
    "collector",
    "consumer",
    "controller",
    "controller-manager",
    "cron",
    "daemon",
    "demo",
    "example",
    "exporter",
    "frontend",
    "gateway",
    "hello",
    "init",
    "job",
    "main",
    "manager",
    "migrate",
    "migration",
    "node",
    "operator",
    "plugin",
    "producer",
    "proxy",
    "router",
    "run",
    "scheduler",
    "server",
    "service",
    "sidecar",
    "test",
    "tool",
    "tools",
    "web",
    "webhook",
    "worker",
];

/// Shells and other programs that start programs.
const STARTERS: &[&str] = &[
    "sh",
    "bash",
    "ash",
    "dash",
    "zsh",
    "env",
    "exec",
    "tini",
    "dumb-init",
    "gosu",
    "su-exec",
    "nice",
    "time",
];

/// Names that a program may go by, the best first: `worker`, `shop-worker`, `acme-shop-worker`.
pub(super) fn of_program(package: &str) -> Vec<String> {
    let mut parts: Vec<String> = significant(package);
    parts.reverse();
    let joined = |count: usize| {
        let mut parts: Vec<&str> = parts.iter().take(count).map(String::as_str).collect();
        parts.reverse();
        parts.join("-")
    };
    (1..=parts.len().min(3)).map(joined).collect()
}

/// The elements of an import path that are names, without host and version.
fn significant(path: &str) -> Vec<String> {
    let is_version = |part: &str| {
        part.strip_prefix('v')
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_digit()))
    };
    let all: Vec<&str> = path.split('/').collect();
    let skip = usize::from(all.len() > 1 && all[0].contains('.'));
    let kept = all[skip..].iter().filter(|part| !NOISE.contains(part) && !is_version(part));
    kept.map(|part| plain(part)).collect()
}

/// A name as it is compared.
pub(super) fn plain(name: &str) -> String {
    let name = name.to_ascii_lowercase().replace('_', "-");
    name.strip_suffix(".exe").unwrap_or(&name).to_owned()
}

pub(super) fn is_generic(name: &str) -> bool {
    GENERIC.contains(&name)
}

pub(super) fn is_starter(name: &str) -> bool {
    STARTERS.contains(&name) || name.ends_with(".sh")
}

/// The name of an image, without host, tag and digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// `ghcr.io`
    pub registry: Option<String>,
    /// `acme`, `shop`
    pub above: Vec<String>,
    /// `worker`
    pub name: String,
    /// The import path behind `ko://`.
    pub package: Option<String>,
}

impl Reference {
    /// Nothing if the name is computed elsewhere.
    pub(super) fn parse(image: &str) -> Option<Reference> {
        if let Some(package) = image.strip_prefix("ko://") {
            let name = plain(base_name(package));
            let package = Some(package.to_owned());
            return Some(Reference { registry: None, above: Vec::new(), name, package });
        }
        let image = image.split('@').next().unwrap_or_default();
        let image = match image.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => path,
            _ => image,
        };
        if image.is_empty() || image.contains(['$', '{', '<', '%']) {
            return None;
        }
        let mut parts: Vec<String> = image.split('/').map(plain).collect();
        let has_registry = parts.len() > 1 && (parts[0].contains(['.', ':']) || parts[0] == "localhost");
        let registry = has_registry.then(|| parts.remove(0));
        let name = parts.pop()?;
        Some(Reference { registry, above: parts, name, package: None })
    }

    /// Whether the image may come from the module: it has no owner, or shares a name with it.
    pub(super) fn may_be_of(&self, module: &str) -> bool {
        self.above.is_empty() || self.shares_name(module)
    }

    /// Whether the image is named below the module, or after it: `shop/worker`, `shop-worker`.
    pub(super) fn is_below(&self, module: &str) -> bool {
        let parts = significant(module);
        let Some(last) = parts.last() else { return false };
        let behind = self.name.strip_prefix(last.as_str());
        self.above.contains(last) || behind.is_some_and(|rest| rest.starts_with('-'))
    }

    /// Whether owner, repository or the beginning of the name are those of the module.
    pub(super) fn shares_name(&self, module: &str) -> bool {
        let parts = significant(module);
        let begins = |part: &String| {
            self.name.strip_prefix(part.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        self.above.iter().any(|part| parts.contains(part)) || parts.last().is_some_and(begins)
    }

    /// Whether the image is called like the whole module.
    pub(super) fn is_module(&self, module: &str) -> bool {
        significant(module).last() == Some(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_go_by_their_path() {
        assert_eq!(
            of_program("github.com/acme/shop/cmd/worker"),
            ["worker", "shop-worker", "acme-shop-worker"]
        );
        assert_eq!(of_program("github.com/acme/shop/v2/cmd"), ["shop", "acme-shop"]);
        assert_eq!(of_program("app"), ["app"]);
        assert_eq!(of_program("example.com/My_App"), ["my-app"]);
    }

    #[test]
    fn images_are_compared_without_host_and_tag() {
        let parse = |image| Reference::parse(image).expect("a name");
        let image = parse("ghcr.io:443/acme/shop/worker:1.2@sha256:00");
        assert_eq!((image.above.join("/"), image.name.as_str()), ("acme/shop".to_owned(), "worker"));
        assert_eq!(parse("controller:latest").name, "controller");
        assert_eq!(
            parse("ko://knative.dev/serving/cmd/activator").package.as_deref(),
            Some("knative.dev/serving/cmd/activator")
        );
        assert_eq!(Reference::parse("${IMAGE}:1"), None);
        assert!(parse("quay.io/acme/x").may_be_of("github.com/acme/shop"));
        assert!(!parse("quay.io/other/worker").may_be_of("github.com/acme/shop"));
        assert!(parse("quay.io/other/shop-worker").may_be_of("github.com/acme/shop"));
        assert!(parse("x/shop:2").is_module("github.com/acme/shop/v3"));
    }
}

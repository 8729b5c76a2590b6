//! Images that surely are somebody else's.

use super::names::Reference;

/// Whether an image may be built from a module although nothing of its name says so.
pub(super) fn may_be_own(image: &Reference, module: &str) -> bool {
    if snag_threads::known_image(&image.name).is_some() {
        return false;
    }
    let public = image.registry.as_deref().map(|host| snag_threads::public_registry(host).is_some());
    match public {
        // A registry of one's own.
        Some(false) => true,
        Some(true) => image.shares_name(module),
        None => image.may_be_of(module),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_others_are_known() {
        let own = |image| may_be_own(&Reference::parse(image).expect("a name"), "example.com/doc");
        for image in ["api:1", "example.com/api:1", "localhost:5000/team/api", "doc/api", "ghcr.io/doc/api"] {
            assert!(own(image), "{image}");
        }
        for image in
            ["postgres:16", "example.com/mirror/redis", "registry.k8s.io/x", "grafana/agent", "ghcr.io/a/api"]
        {
            assert!(!own(image), "{image}");
        }
    }
}

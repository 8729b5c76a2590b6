//! Images of containers: which are surely somebody else's, and where everybody publishes.

use crate::generated::images::{IMAGES, REGISTRIES};

/// A name that is known.
#[derive(Debug)]
pub struct Name {
    /// The name.
    pub name: &'static str,
    /// Where it was seen.
    pub source: &'static str,
}

/// An image, by the name of its repository without the owner, that is surely not one's own: programs such as
/// `postgres` are deployed beside one's own, also from a mirror.
pub fn known_image(repository: &str) -> Option<&'static Name> {
    find(IMAGES, repository)
}

/// A registry, by its host, where everybody publishes: the owner of an image stands behind the host.
pub fn public_registry(host: &str) -> Option<&'static Name> {
    find(REGISTRIES, host)
}

fn find(names: &'static [Name], wanted: &str) -> Option<&'static Name> {
    let at = names.binary_search_by(|known| known.name.cmp(wanted)).ok()?;
    Some(&names[at])
}

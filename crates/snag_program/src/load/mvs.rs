//! Module versions: their order, and minimal version selection.

use std::cmp::Ordering;
use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

/// A module at a version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ModuleVersion {
    pub path: String,
    pub version: String,
}

/// Orders semantic versions; what is not one comes before all that are.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    match (Semver::parse(a), Semver::parse(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

struct Semver<'a> {
    core: [u64; 3],
    prerelease: &'a str,
}

impl<'a> Semver<'a> {
    fn parse(version: &'a str) -> Option<Semver<'a>> {
        let version = version.strip_prefix('v')?.split('+').next()?;
        let (core, prerelease) = version.split_once('-').unwrap_or((version, ""));
        let mut numbers = core.split('.').map(|number| number.parse().ok());
        let mut next = || numbers.next().unwrap_or(Some(0));
        Some(Semver { core: [next()?, next()?, next()?], prerelease })
    }

    fn cmp(&self, other: &Semver<'_>) -> Ordering {
        self.core.cmp(&other.core).then_with(|| match (self.prerelease, other.prerelease) {
            (a, b) if a == b => Ordering::Equal,
            ("", _) => Ordering::Greater,
            (_, "") => Ordering::Less,
            (a, b) => compare_prerelease(a, b),
        })
    }
}

fn compare_prerelease(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// What a module asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Requirements {
    pub needs: Vec<ModuleVersion>,
    /// Its go.mod (Go 1.17 or later) lists everything that its own packages need.
    pub pruned: bool,
}

/// The version of each module: the highest that anybody asks for. `requirements` reads a module's go.mod and
/// gives nothing where there is none at hand; `prune` stops behind modules whose go.mod lists everything.
pub(super) fn select_versions(
    roots: &[ModuleVersion],
    prune: bool,
    mut requirements: impl FnMut(&ModuleVersion) -> Requirements,
) -> FxHashMap<String, String> {
    let mut selected: FxHashMap<String, String> = FxHashMap::default();
    let mut seen = FxHashSet::default();
    let mut queue: VecDeque<(ModuleVersion, bool)> = roots.iter().map(|root| (root.clone(), true)).collect();
    while let Some((module, expand)) = queue.pop_front() {
        match selected.get_mut(&module.path) {
            Some(version) if compare(&module.version, version) == Ordering::Greater => {
                version.clone_from(&module.version);
            }
            Some(_) => {}
            None => drop(selected.insert(module.path.clone(), module.version.clone())),
        }
        if !expand || !seen.insert(module.clone()) {
            continue;
        }
        let found = requirements(&module);
        let expand = !(prune && found.pruned);
        queue.extend(found.needs.into_iter().map(|need| (need, expand)));
    }
    selected
}

/// A module path or version as the module cache spells it: `!` and a small letter for each capital.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(char.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered() {
        let sorted = [
            "none",
            "v0.0.0-20200101000000-abcdefabcdef",
            "v0.1.0",
            "v1.0.0-alpha",
            "v1.0.0-alpha.1",
            "v1.0.0-alpha.beta",
            "v1.0.0-rc.2",
            "v1.0.0-rc.11",
            "v1.0.0",
            "v1.2.0",
            "v1.10.0",
            "v2.0.0+incompatible",
        ];
        for (at, a) in sorted.iter().enumerate() {
            for (other, b) in sorted.iter().enumerate() {
                assert_eq!(compare(a, b), at.cmp(&other), "{a} {b}");
            }
        }
        assert_eq!(escape("github.com/Azure/GoX"), "github.com/!azure/!go!x");
    }

    #[test]
    fn the_highest_version_asked_for_wins() {
        let at = |path: &str, version: &str| ModuleVersion { path: path.into(), version: version.into() };
        let roots = [at("b", "v1.2.0"), at("c", "v1.2.0")];
        let requirements = |module: &ModuleVersion| {
            let needs = match (module.path.as_str(), module.version.as_str()) {
                ("b", "v1.2.0") => vec![at("d", "v1.3.0")],
                ("c", "v1.2.0") => vec![at("d", "v1.4.0")],
                ("d", "v1.4.0") => vec![at("e", "v1.2.0")],
                _ => Vec::new(),
            };
            Requirements { needs, pruned: module.path == "c" }
        };
        let selected = select_versions(&roots, false, requirements);
        assert_eq!((selected["d"].as_str(), selected["e"].as_str()), ("v1.4.0", "v1.2.0"));
        let selected = select_versions(&roots, true, requirements);
        assert_eq!((selected["d"].as_str(), selected.get("e")), ("v1.4.0", None));
    }
}

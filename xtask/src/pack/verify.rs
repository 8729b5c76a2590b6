//! Compares what the pack shows with the GOROOT it was made from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::bail;
use snag_program::bundle::Bundled;
use snag_program::files::{Disk, Files, Memory};
use snag_program::load::{Config, Environment, Workspace, load};

use super::declarations::{Kind, read_file};

const SYSTEMS: [&str; 3] = ["linux", "darwin", "windows"];
const SHOWN: usize = 10;

/// The exported declarations of a package, reduced as in the pack.
type Exported = BTreeSet<String>;

/// Fails where a package or an exported declaration is not the same in both.
pub(super) fn run(goroot: &Path) -> anyhow::Result<()> {
    let mut wrong = 0;
    for goos in SYSTEMS {
        for cgo in [true, false] {
            let disk = super::selection(goroot, goos, "amd64", cgo)?;
            let bundled = Bundled::new(Memory::new());
            let packed = load(&bundled, Path::new("/"), &["std".to_owned()], &config(goos, cgo))?;
            let (theirs, ours) = (exported(&Disk, &disk)?, exported(&bundled, &packed)?);
            let count: usize = theirs.values().map(BTreeSet::len).sum();
            let mut differences = Vec::new();
            for path in theirs.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
                let (their, our) = (theirs.get(path), ours.get(path));
                if their.is_some() != our.is_some() {
                    differences.push(format!(
                        "{path}: in GOROOT {}, in the pack {}",
                        their.is_some(),
                        our.is_some()
                    ));
                }
                let (their, our) = (their.cloned().unwrap_or_default(), our.cloned().unwrap_or_default());
                differences
                    .extend(their.difference(&our).map(|text| format!("{path}: only in GOROOT: {text}")));
                differences
                    .extend(our.difference(&their).map(|text| format!("{path}: only in the pack: {text}")));
            }
            println!(
                "{goos} cgo={cgo}: {} packages, {count} exported, {} differ",
                theirs.len(),
                differences.len()
            );
            differences.iter().take(SHOWN).for_each(|difference| println!("  {difference}"));
            let missing: Vec<&str> = packed.missing.iter().map(|missing| missing.path.as_str()).collect();
            println!("  missing inside the pack: {missing:?}; problems: {:?}", packed.problems);
            wrong += differences.len() + missing.len() + packed.problems.len();
        }
    }
    if wrong > 0 {
        bail!("{wrong} differences");
    }
    Ok(())
}

fn config(goos: &str, cgo: bool) -> Config {
    Config {
        goos: goos.to_owned(),
        goarch: "amd64".to_owned(),
        cgo,
        tags: Vec::new(),
        tests: false,
        go_version: None,
        environment: Environment::default(),
    }
}

fn exported(files: &dyn Files, workspace: &Workspace) -> anyhow::Result<BTreeMap<String, Exported>> {
    let mut packages = BTreeMap::new();
    let public = |path: &str| !path.starts_with("vendor/") && !path.split('/').any(|part| part == "internal");
    for package in workspace.packages.iter().filter(|package| public(&package.path)) {
        let mut exported = Exported::new();
        for file in &package.files {
            let read = read_file(&files.read(&file.path)?);
            for item in read.items {
                let visible = |name: &str| name.chars().next().is_some_and(char::is_uppercase);
                let names: Vec<&str> =
                    item.names.iter().map(String::as_str).filter(|name| visible(name)).collect();
                if item.receiver.as_deref().is_some_and(|receiver| !visible(receiver)) {
                    continue;
                }
                // Values may be grouped in another way.
                let value = matches!(item.kind, Kind::Const | Kind::Var) && item.names.len() > 1;
                let text = if value { "" } else { item.text.as_str() };
                let receiver = item.receiver.as_deref().unwrap_or_default();
                exported
                    .extend(names.iter().map(|name| format!("{:?} {receiver} {name}: {text}", item.kind)));
            }
        }
        packages.insert(package.path.clone(), exported);
    }
    Ok(packages)
}

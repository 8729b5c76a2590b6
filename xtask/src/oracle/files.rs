//! Compares the selection of files with `go list`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use serde::Deserialize;
use snag_program::files::Disk;
use snag_program::load::{Config, Environment, Package, load};

const SYSTEMS: [&str; 3] = ["linux", "darwin", "windows"];
const SHOWN: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Listed {
    dir: String,
    import_path: String,
    dep_only: bool,
    go_files: Vec<String>,
    cgo_files: Vec<String>,
    test_go_files: Vec<String>,
    #[serde(rename = "XTestGoFiles")]
    x_test_go_files: Vec<String>,
    ignored_go_files: Vec<String>,
    imports: Vec<String>,
    import_map: BTreeMap<String, String>,
}

/// What both sides say about a package.
#[derive(Default, PartialEq, Eq, Debug)]
struct Row {
    path: String,
    go: BTreeSet<String>,
    cgo: BTreeSet<String>,
    tests: BTreeSet<String>,
    external_tests: BTreeSet<String>,
    ignored: BTreeSet<String>,
    /// Resolved imports of the files that are not tests.
    imports: BTreeSet<String>,
}

/// Lists every directory for three systems and compares.
pub(crate) fn run(directories: &[&str]) -> anyhow::Result<()> {
    let go = std::env::var("GO").unwrap_or_else(|_| "go".to_owned());
    let mut differing = 0;
    for directory in directories {
        for goos in SYSTEMS {
            differing += compare(&go, Path::new(directory), goos)?;
        }
    }
    if differing > 0 {
        bail!("{differing} packages differ");
    }
    Ok(())
}

fn compare(go: &str, directory: &Path, goos: &str) -> anyhow::Result<usize> {
    let directory = directory.canonicalize().with_context(|| directory.display().to_string())?;
    let theirs = listed(go, &directory, goos)?;
    let started = std::time::Instant::now();
    let ours = selected(go, &directory, goos)?;
    let elapsed = started.elapsed();
    let mut differences = Vec::new();
    for (place, their) in &theirs {
        match ours.get(place) {
            Some(our) if our == their => {}
            Some(our) => differences.push(format!("{place}\n    snag {our:?}\n    go   {their:?}")),
            None => differences.push(format!("{place}: only go has it: {their:?}")),
        }
    }
    for place in ours.keys().filter(|place| !theirs.contains_key(*place)) {
        differences.push(format!("{place}: only snag has it"));
    }
    let files: usize = theirs.values().map(|row| row.go.len() + row.cgo.len() + row.tests.len()).sum();
    println!(
        "{} {goos}: {} packages, {files} files, {} differ (snag took {:.2} s)",
        directory.display(),
        theirs.len(),
        differences.len(),
        elapsed.as_secs_f64()
    );
    for difference in differences.iter().take(SHOWN) {
        println!("  {difference}");
    }
    Ok(differences.len())
}

fn go_env(go: &str, name: &str) -> anyhow::Result<String> {
    let output = Command::new(go).args(["env", name]).env("GOTOOLCHAIN", "local").output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn listed(go: &str, directory: &Path, goos: &str) -> anyhow::Result<BTreeMap<String, Row>> {
    let fields = "-json=Dir,ImportPath,DepOnly,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,IgnoredGoFiles,Imports,ImportMap";
    let mut command = Command::new(go);
    command.args(["list", "-e", "-deps", fields, "./..."]).current_dir(directory);
    command.envs([
        ("GOOS", goos),
        ("CGO_ENABLED", "1"),
        ("GOTOOLCHAIN", "local"),
        ("GOFLAGS", ""),
        ("GOPROXY", "off"),
    ]);
    let output = command.output().with_context(|| format!("{go} cannot be started"))?;
    let mut rows = BTreeMap::new();
    let mut roots = BTreeSet::new();
    for listed in serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Listed>() {
        let listed = listed?;
        // Of the variants of a package the one that was asked for has the tests.
        let variant = listed.dep_only && rows.contains_key(&listed.dir);
        if !listed.dir.is_empty() && !variant {
            roots.extend((!listed.dep_only).then(|| listed.import_path.clone()));
            rows.insert(listed.dir.clone(), theirs(listed));
        }
    }
    if rows.is_empty() {
        bail!("go list: {}", String::from_utf8_lossy(&output.stderr));
    }
    // The linker adds packages that nobody imports: runtime/cgo, and what the runtime needs.
    let imported: BTreeSet<String> =
        rows.values().flat_map(|row: &Row| row.imports.iter().cloned()).collect();
    rows.retain(|_, row| imported.contains(&row.path) || roots.contains(&row.path));
    Ok(rows)
}

fn theirs(listed: Listed) -> Row {
    let tests = |names: Vec<String>| if listed.dep_only { Vec::new() } else { names };
    let hidden = |name: &String| name.starts_with(['_', '.']);
    let foreign_test = |name: &String| listed.dep_only && name.ends_with("_test.go");
    let untested = |name: &String| !hidden(name) && !foreign_test(name);
    // "bytes [cmd/compile]" is bytes, built once more with another profile.
    let plain = |path: String| path.split(' ').next().unwrap_or_default().to_owned();
    let resolved = |path: String| plain(listed.import_map.get(&path).cloned().unwrap_or(path));
    Row {
        path: plain(listed.import_path),
        go: listed.go_files.into_iter().collect(),
        cgo: listed.cgo_files.into_iter().collect(),
        ignored: listed.ignored_go_files.into_iter().filter(untested).collect(),
        imports: listed.imports.into_iter().filter(|path| path != "C").map(resolved).collect(),
        tests: tests(listed.test_go_files).into_iter().collect(),
        external_tests: tests(listed.x_test_go_files).into_iter().collect(),
    }
}

fn selected(go: &str, directory: &Path, goos: &str) -> anyhow::Result<BTreeMap<String, Row>> {
    let environment = Environment {
        goroot: Some(go_env(go, "GOROOT")?),
        gopath: Some(go_env(go, "GOPATH")?),
        gomodcache: Some(go_env(go, "GOMODCACHE")?),
        ..Environment::default()
    };
    let config = Config {
        goos: goos.to_owned(),
        goarch: go_env(go, "GOARCH")?,
        cgo: true,
        tags: Vec::new(),
        tests: true,
        go_version: None,
        environment,
    };
    let workspace = load(&Disk, directory, &[], &config)?;
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for package in &workspace.packages {
        let row = rows.entry(package.directory.display().to_string()).or_default();
        let external = package.path.ends_with("_test") && package.files.iter().all(|file| file.is_test);
        let external = external && !package.files.is_empty() && package.name.ends_with("_test");
        fill(row, package, external);
    }
    // Imports of tests are not in `Imports`, and reading a file again tells which is which.
    let without_tests = load(&Disk, directory, &[], &Config { tests: false, ..config })?;
    let reachable: BTreeMap<&str, &Package> =
        without_tests.packages.iter().map(|package| (package.path.as_str(), package)).collect();
    for row in rows.values_mut() {
        let package = reachable.get(row.path.as_str());
        let missing = without_tests.missing.iter().filter(|missing| {
            let mut importers = missing.importers.iter();
            importers.any(|&id| without_tests.package(id).path == row.path)
        });
        row.imports = missing.map(|missing| missing.path.clone()).collect();
        let resolved = package.into_iter().flat_map(|package| package.imports.values());
        row.imports.extend(resolved.map(|&id| without_tests.package(id).path.clone()));
    }
    let kept: BTreeSet<String> =
        without_tests.packages.iter().map(|package| package.directory.display().to_string()).collect();
    let first: BTreeSet<String> =
        workspace.first_party().map(|(_, package)| package.directory.display().to_string()).collect();
    rows.retain(|place, _| kept.contains(place) || first.contains(place));
    Ok(rows)
}

fn fill(row: &mut Row, package: &Package, external: bool) {
    if external {
        let names = package.files.iter().filter_map(|file| file.path.file_name());
        row.external_tests = names.map(|name| name.to_string_lossy().into_owned()).collect();
        if row.path.is_empty() {
            row.path = package.path.trim_end_matches("_test").to_owned();
        }
        return;
    }
    row.path.clone_from(&package.path);
    for file in &package.files {
        let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let set = match (file.is_test, file.is_cgo) {
            (true, _) => &mut row.tests,
            (_, true) => &mut row.cgo,
            _ => &mut row.go,
        };
        set.insert(name);
    }
    // Nobody asks for the tests of a package that is only imported.
    let counts = |name: &&String| package.first_party || !name.ends_with("_test.go");
    row.ignored = package.ignored.iter().filter(counts).cloned().collect();
}

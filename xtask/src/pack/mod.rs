//! Writes the packs of `snag_program`: `cargo xtask pack GOROOT` for the standard library, and always the stubs.

mod declarations;
mod reach;
mod verify;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use snag_program::files::Disk;
use snag_program::load::{Config, Environment, StandardLibrary, Workspace, load};

use declarations::{SourceFile, read_file};

/// The systems and architectures whose declarations the pack keeps.
const PLATFORMS: &[(&str, &[&str])] = &[
    ("linux", &["amd64", "arm64", "386", "arm", "riscv64"]),
    ("darwin", &["amd64", "arm64"]),
    ("windows", &["amd64", "arm64", "386"]),
    ("freebsd", &["amd64", "arm64"]),
    ("openbsd", &["amd64", "arm64"]),
    ("netbsd", &["amd64", "arm64"]),
    ("js", &["wasm"]),
];

/// A package of the standard library with the files of all platforms.
pub(crate) struct PackagedSource {
    /// The name in the package clauses.
    name: String,
    files: BTreeMap<String, SourceFile>,
    /// Import paths as written, and the packages they mean.
    imports: BTreeMap<String, String>,
}

type Library = BTreeMap<String, PackagedSource>;

/// The files of each package, by package path.
pub(crate) type Packages = BTreeMap<String, Vec<(String, String)>>;

/// Writes `std.pack` from a GOROOT, if one is given, and `stubs.pack`.
pub(crate) fn run(goroot: Option<&str>) -> anyhow::Result<()> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/snag_program/data");
    if let Some(goroot) = goroot {
        let (version, packages) = standard(Path::new(goroot))?;
        report("std.pack", &packages, write::pack(&data.join("std.pack"), &version, &packages)?);
        let license = std::fs::read(Path::new(goroot).join("LICENSE")).unwrap_or_default();
        if !license.is_empty() {
            std::fs::write(data.join("LICENSE-go"), license)?;
        }
    }
    let packages = stubs(&data.join("stubs"))?;
    report("stubs.pack", &packages, write::pack(&data.join("stubs.pack"), "go1.27", &packages)?);
    Ok(())
}

/// Compares the pack that is compiled in with a GOROOT of the same version.
pub(crate) fn check(goroot: &str) -> anyhow::Result<()> {
    verify::run(&Path::new(goroot).canonicalize().with_context(|| goroot.to_owned())?)
}

fn report(name: &str, packages: &Packages, size: usize) {
    let files: usize = packages.values().map(Vec::len).sum();
    let text: usize = packages.values().flatten().map(|(_, text)| text.len()).sum();
    println!("{name}: {} packages, {files} files, {text} bytes of text, {size} bytes", packages.len());
}

fn standard(goroot: &Path) -> anyhow::Result<(String, Packages)> {
    let goroot = goroot.canonicalize().with_context(|| goroot.display().to_string())?;
    let version = std::fs::read_to_string(goroot.join("VERSION")).context("not a GOROOT: no VERSION")?;
    let version = version.lines().next().unwrap_or_default().to_owned();
    let mut library = Library::new();
    for (goos, architectures) in PLATFORMS {
        for goarch in *architectures {
            for cgo in [true, false] {
                add(&mut library, &selection(&goroot, goos, goarch, cgo)?)?;
            }
        }
    }
    Ok((version, reach::reduce(&library)))
}

fn selection(goroot: &Path, goos: &str, goarch: &str, cgo: bool) -> anyhow::Result<Workspace> {
    let config = Config {
        goos: goos.to_owned(),
        goarch: goarch.to_owned(),
        cgo,
        tags: Vec::new(),
        tests: false,
        go_version: None,
        environment: Environment::default(),
    };
    let workspace = load(&Disk, &goroot.join("src"), &[], &config)?;
    let StandardLibrary::Goroot { directory, .. } = &workspace.standard_library else {
        bail!("{} is not a GOROOT", goroot.display());
    };
    assert_eq!(directory, goroot, "the library is the one that is packed");
    Ok(workspace)
}

fn add(library: &mut Library, workspace: &Workspace) -> anyhow::Result<()> {
    for package in workspace.packages.iter().filter(|package| !package.path.starts_with("cmd/")) {
        let entry = library.entry(package.path.clone()).or_insert_with(|| PackagedSource {
            name: package.name.clone(),
            files: BTreeMap::new(),
            imports: BTreeMap::new(),
        });
        if entry.name.is_empty() {
            entry.name.clone_from(&package.name);
        }
        for (written, &id) in &package.imports {
            entry.imports.insert(written.clone(), workspace.package(id).path.clone());
        }
        for file in &package.files {
            let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if let std::collections::btree_map::Entry::Vacant(vacant) = entry.files.entry(name) {
                vacant.insert(read_file(&std::fs::read(&file.path)?));
            }
        }
    }
    Ok(())
}

/// The hand-written stubs, as they are.
fn stubs(root: &Path) -> anyhow::Result<Packages> {
    let mut packages = Packages::new();
    let mut open: Vec<PathBuf> = vec![root.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).with_context(|| directory.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "go") {
                let package = directory.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                packages.entry(package).or_default().push((name, std::fs::read_to_string(&path)?));
            }
        }
    }
    packages.values_mut().for_each(|files| files.sort());
    Ok(packages)
}

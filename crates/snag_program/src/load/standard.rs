//! Where the standard library is.

use std::path::{Path, PathBuf};

use super::modules::MainModule;
use super::settings::{Settings, given_goroot, path_directories};
use super::{Environment, GoVersion, StandardLibrary};
use crate::files::{Files, Kind};

/// Where [`Bundled`](crate::bundle::Bundled) files show the standard library that comes with Snag.
pub const BUNDLED_GOROOT: &str = "bundled:std";
/// Where they show the stubs.
pub const BUNDLED_STUBS: &str = "bundled:stubs";

/// The tree of the standard library.
#[derive(Clone, Debug)]
pub(super) struct Standard {
    /// The `src` directory.
    pub source: Option<PathBuf>,
    pub kind: StandardLibrary,
}

impl Standard {
    /// The Go version of the library, or the newest one.
    pub(super) fn version(&self) -> GoVersion {
        match self.kind {
            StandardLibrary::Nowhere => GoVersion::NEWEST,
            StandardLibrary::Bundled { version } | StandardLibrary::Goroot { version, .. } => version,
        }
    }

    /// Finds it. Whether Go is installed should not change what Snag finds, so the bundled one is preferred to
    /// all that are not newer; only someone who works on Go itself gets the tree around the working directory.
    pub(super) fn find(
        files: &dyn Files,
        environment: &Environment,
        settings: &Settings,
        mains: &[MainModule],
    ) -> Standard {
        if let Some(standard) = mains.iter().find_map(|main| around(files, main)) {
            return standard;
        }
        let bundled_root = Path::new(BUNDLED_GOROOT);
        let bundled = version_of(files, bundled_root);
        let candidates = candidates(files, environment, settings);
        let mut found = candidates.into_iter().filter_map(|root| Some((version_of(files, &root)?, root)));
        let disk = found.find(|(_, root)| files.kind(&root.join("src")) == Some(Kind::Directory));
        match (bundled, disk) {
            (Some(version), disk)
                if disk.as_ref().is_none_or(|(on_disk, _)| on_disk.language() <= version.language()) =>
            {
                let source = Some(bundled_root.join("src"));
                Standard { source, kind: StandardLibrary::Bundled { version } }
            }
            (_, Some((version, directory))) => goroot(directory, version),
            (_, None) => Standard { source: None, kind: StandardLibrary::Nowhere },
        }
    }
}

fn goroot(directory: PathBuf, version: GoVersion) -> Standard {
    let source = Some(directory.join("src"));
    Standard { source, kind: StandardLibrary::Goroot { directory, version } }
}

/// The GOROOT of a main module that is `std` or `cmd`.
fn around(files: &dyn Files, main: &MainModule) -> Option<Standard> {
    let above = if main.is_standard() {
        main.directory.parent()?
    } else if main.path == "cmd" {
        main.directory.parent()?.parent()?
    } else {
        return None;
    };
    // A checkout of Go itself has no VERSION file.
    let version = version_of(files, above).unwrap_or(GoVersion::NEWEST);
    Some(goroot(above.to_path_buf(), version))
}

fn candidates(files: &dyn Files, environment: &Environment, settings: &Settings) -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = given_goroot(environment).map(Path::to_path_buf).into_iter().collect();
    for directory in path_directories(environment) {
        let command = ["go", "go.exe"].iter().map(|name| directory.join(name));
        let resolved = command.filter_map(|path| files.resolve(&path));
        roots.extend(resolved.filter_map(|path| Some(path.parent()?.parent()?.to_path_buf())));
    }
    if let Some(cache) = &settings.module_cache {
        let toolchains = cache.join("golang.org");
        let entries = files.list(&toolchains).unwrap_or_default();
        let mut found: Vec<(GoVersion, PathBuf)> = entries
            .iter()
            .filter_map(|entry| {
                let name = entry.name.strip_prefix("toolchain@v0.0.1-")?;
                let version =
                    GoVersion::parse(name.split('.').take(3).collect::<Vec<_>>().join(".").as_str())?;
                Some((version, toolchains.join(&entry.name)))
            })
            .collect();
        found.sort();
        roots.extend(found.into_iter().rev().map(|(_, root)| root));
    }
    roots
}

/// What the VERSION file of a GOROOT says.
fn version_of(files: &dyn Files, root: &Path) -> Option<GoVersion> {
    let text = files.read_start(&root.join("VERSION"), 256).ok()?;
    GoVersion::parse(String::from_utf8_lossy(&text).lines().next()?)
}

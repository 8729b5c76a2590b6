//! Safe fixes leave programs that build: the fixed files of the rules' cases are given to Go.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::proof::txtar;
use crate::toolchains::Toolchain;

/// Where a case keeps its files after `--fix`.
const FIXED: &str = "want.fixed/";

/// Builds the fixed program of every case of the named rules, or of all; says which could not be built here.
pub(super) fn build(
    rules: &[&str],
    toolchain: &Toolchain,
    scratch: &Path,
    cache: &Path,
) -> anyhow::Result<()> {
    let mut built = 0;
    for path in cases(rules)? {
        let (_, files) = txtar(&fs::read_to_string(&path)?);
        if !files.iter().any(|(name, _)| name.starts_with(FIXED)) {
            continue;
        }
        let place = path.display();
        if let Some(foreign) = foreign(&files) {
            println!("{place}: not built, for it imports {foreign}");
            continue;
        }
        let folder = scratch.join(format!("fixes/{built}"));
        unpack(&files, &folder)?;
        let mut go = toolchain.command("go");
        go.args(["build", "-o"]).arg(folder.join("built")).arg("./...").current_dir(&folder);
        go.env("GOCACHE", cache).env("GOFLAGS", "").env("GOWORK", "off").env("GOPROXY", "off");
        // Several packages are built into a folder.
        fs::create_dir(folder.join("built"))?;
        let output = go.output().context("cannot run go")?;
        if !output.status.success() {
            bail!("{place} after --fix does not build: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        built += 1;
    }
    println!("{built} programs build after their safe fixes with Go {}", toolchain.version);
    Ok(())
}

fn cases(rules: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/snag_rules/src").canonicalize()?;
    let mut paths = Vec::new();
    for entry in fs::read_dir(sources)?.collect::<Result<Vec<_>, _>>()? {
        let rule = entry.file_name().to_string_lossy().replace('_', "-");
        if rules.is_empty() || rules.contains(&rule.as_str()) {
            let Ok(files) = fs::read_dir(entry.path().join("cases")) else { continue };
            paths.extend(files.map(|file| Ok(file?.path())).collect::<std::io::Result<Vec<_>>>()?);
        }
    }
    paths.sort();
    Ok(paths)
}

/// A package that would have to be downloaded.
fn foreign(files: &[(String, String)]) -> Option<String> {
    let module =
        files.iter().find(|(name, _)| name == "go.mod")?.1.lines().next()?.strip_prefix("module ")?;
    let imports = files.iter().filter(|(name, _)| name.ends_with(".go")).flat_map(|(_, text)| text.lines());
    let mut imports = imports.filter_map(|line| line.trim().strip_suffix('"')?.split_once('"'));
    let is_foreign = |path: &str| {
        path.split('/').next().is_some_and(|host| host.contains('.')) && !path.starts_with(module)
    };
    imports
        .find(|(before, path)| !before.contains(['(', '=']) && is_foreign(path))
        .map(|(_, path)| path.to_owned())
}

fn unpack(files: &[(String, String)], folder: &Path) -> anyhow::Result<()> {
    let sources = files.iter().filter(|(name, _)| name.ends_with(".go") || name == "go.mod");
    let (fixed, plain): (Vec<_>, Vec<_>) = sources.partition(|(name, _)| name.starts_with(FIXED));
    for (name, text) in plain.into_iter().chain(fixed) {
        let path = folder.join(name.strip_prefix(FIXED).unwrap_or(name));
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, text)?;
    }
    Ok(())
}

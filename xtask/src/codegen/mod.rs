//! `cargo xtask codegen`: the tables of `snag_threads`, as static arrays.
//!
//! The crate must start without reading or parsing anything, so its tables are compiled in. `--check` fails when the
//! generated files are stale.

mod check;
mod condition;
mod emit;
mod go;
mod tables;

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// Reads the tables, checks them and writes the generated files; with `check`, only compares.
pub(crate) fn run(check: bool) -> Result<()> {
    let krate = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/snag_threads");
    let tables = tables::Tables::read(&krate.join("tables"))?;
    let problems = check::problems(&tables);
    if !problems.is_empty() {
        bail!("the tables have mistakes:\n  {}", problems.join("\n  "));
    }
    let generated = krate.join("src/generated");
    let mut stale = Vec::new();
    for (name, text) in emit::files(&tables)? {
        let path = generated.join(&name);
        if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        stale.push(path.clone());
        if !check {
            std::fs::create_dir_all(&generated)?;
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    report(check, &stale)
}

fn report(check: bool, stale: &[PathBuf]) -> Result<()> {
    if check && !stale.is_empty() {
        let names: Vec<_> = stale.iter().map(|path| path.display().to_string()).collect();
        bail!("stale, run `cargo xtask codegen`:\n  {}", names.join("\n  "));
    }
    println!("{} files {}", stale.len(), if check { "stale" } else { "written" });
    Ok(())
}

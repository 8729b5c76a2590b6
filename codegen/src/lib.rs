//! `cargo codegen`: the tables of `snag_threads`, as static arrays.
//!
//! The crate must start without reading or parsing anything, so its tables are compiled in. `--check` fails when the
//! generated files are stale. Nothing here depends on `snag_threads`: a new column or variant breaks that crate until
//! its generated files are written anew, and this is what writes them.
#![allow(clippy::disallowed_methods, reason = "tools read and write the project")]

mod check;
mod condition;
mod emit;
mod go;
mod tables;

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// Reads the tables, checks them and writes the generated files; with `check`, only compares.
pub fn run(check: bool) -> Result<()> {
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
        bail!("stale, run `cargo codegen`:\n  {}", names.join("\n  "));
    }
    println!("{} files {}", stale.len(), if check { "stale" } else { "written" });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{check, condition, run, tables::Tables};
    use std::collections::BTreeMap;
    use std::path::Path;

    fn real() -> Tables {
        Tables::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/snag_threads/tables"))
            .expect("the tables")
    }

    #[test]
    fn generated_files_are_fresh() {
        run(true).expect("fresh files");
    }

    #[test]
    fn mistakes_in_rows_are_found() {
        let mut tables = real();
        tables.calls[0].writes.push("no_such_state".to_owned());
        tables.calls[1].functions.insert("Nowhere".to_owned(), String::new());
        tables.syscalls[0].source.clear();
        tables.syscalls[1].rule[0].when = "arg0 == NO_SUCH_CONSTANT".to_owned();
        tables.states[1].id = tables.states[0].id.clone();
        let found = check::problems(&tables).join("\n");
        for part in
            ["no_such_state", "Nowhere: no source", ": no source", "NO_SUCH_CONSTANT", "\"netns\": twice"]
        {
            assert!(found.contains(part), "{part}: {found}");
        }
    }

    #[test]
    fn conditions_are_read() {
        let constants = BTreeMap::from([("FLAG".to_owned(), 16)]);
        let rust = |text: &str| condition::rust(text, &constants);
        assert_eq!(rust("").as_deref(), Ok("&[]"));
        assert_eq!(
            rust("arg0 == 0|tid && !(arg1 & FLAG)").as_deref(),
            Ok("&[Condition { argument: 0, test: Test::Is(&[Value::Int(0), Value::ThreadId]) }, \
                Condition { argument: 1, test: Test::Lacks(0x10) }]")
        );
        for wrong in ["arg0", "x == 1", "arg0 = 1", "arg0 == OTHER", "!(arg0 == 1)", "arg0 ==", "&&"] {
            assert!(rust(wrong).is_err(), "{wrong}");
        }
    }
}

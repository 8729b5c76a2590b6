//! Runs every rule on its own folder: `cases/*.txtar`, the Go blocks of `doc.md`, the programs of `proof/*.txtar`, and the
//! records of `runs`.
//!
//! `// want` behind code says that the rule reports that line, "// want `text`" what the message contains. Every
//! other line must stay silent; manifests have `# want`. `UPDATE=1 cargo test -p snag_rules` rewrites the `want.*` sections.
#![allow(clippy::disallowed_methods, reason = "tests read their cases")]

mod case;
mod doc;
mod history;
mod live;
mod proof;
mod run;
mod runs;
mod scale;
mod shapes;
mod suppress;
mod txtar;

use std::fs;
use std::path::{Path, PathBuf};

use snag_rules::{RULES, Rule};

/// What a folder needs to show that its rule both speaks and keeps silent.
const CASES_OF_EACH_KIND: usize = 4;

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn folder(rule: &Rule) -> PathBuf {
    sources().join(rule.name.replace('-', "_"))
}

/// The archives in a folder of the rule, sorted.
fn archives(rule: &Rule, name: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = match fs::read_dir(folder(rule).join(name)) {
        Ok(entries) => entries.map(|entry| entry.expect("a readable folder").path()).collect(),
        Err(_) => Vec::new(),
    };
    paths.retain(|path| path.extension().is_some_and(|end| end == "txtar"));
    paths.sort();
    paths
}

fn fail_on(failures: Vec<String>) {
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

#[test]
fn cases_say_what_the_rules_find() {
    let mut failures = Vec::new();
    for &rule in RULES {
        let (mut reporting, mut silent) = (0, 0);
        for path in archives(rule, "cases") {
            match case::check(rule, &path, &mut failures) {
                0 => silent += 1,
                _ => reporting += 1,
            }
        }
        if reporting < CASES_OF_EACH_KIND || silent < CASES_OF_EACH_KIND {
            failures.push(format!(
                "{}: {reporting} reporting and {silent} silent cases, needs {CASES_OF_EACH_KIND} of each",
                rule.name
            ));
        }
    }
    fail_on(failures);
}

#[test]
fn programs_of_the_proofs_are_told_apart() {
    let mut failures = Vec::new();
    for &rule in RULES {
        archives(rule, "proof").iter().for_each(|path| proof::check(rule, path, &mut failures));
    }
    fail_on(failures);
}

#[test]
fn records_of_runs_show_what_the_programs_say() {
    let mut failures = Vec::new();
    for &rule in RULES {
        let paths = archives(rule, "runs");
        let showing = paths.iter().filter(|path| runs::check(rule, path, &mut failures)).count();
        if snag_rules::history::rules().any(|known| known.name == rule.name)
            && (showing == 0 || showing == paths.len())
        {
            failures.push(format!("{}: no wrong run, or no right one, in runs", rule.name));
        }
    }
    fail_on(failures);
}

#[test]
fn examples_of_the_pages_report_what_they_say() {
    let mut failures = Vec::new();
    for &rule in RULES {
        doc::check(rule, &mut failures);
    }
    fail_on(failures);
}

#[test]
fn every_folder_is_a_registered_rule() {
    let registered: Vec<String> = RULES.iter().map(|rule| rule.name.replace('-', "_")).collect();
    assert!(registered.is_sorted(), "the rules are not sorted by name");
    let entries = fs::read_dir(sources()).expect("the sources");
    for path in entries.map(|entry| entry.expect("a readable folder").path()).filter(|path| path.is_dir()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        assert!(registered.contains(&name), "{name} is not in rules! of lib.rs, or called otherwise");
    }
}

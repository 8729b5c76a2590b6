//! The programs of a proof: the bad one is reported, the good one and what the safe fixes make of the bad one are not.
//! What they do when they run is for `cargo xtask prove`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use snag_rules::Rule;

use crate::run::{Flags, fixed, run};
use crate::txtar::Txtar;

/// What `cargo xtask prove` gives to programs without a go.mod.
const GO_MOD: &str = "module example.com/proof\n\ngo 1.19\n";

pub(crate) fn check(rule: &'static Rule, path: &Path, failures: &mut Vec<String>) {
    let archive = Txtar::read(&fs::read_to_string(path).expect("a readable proof"));
    let expect = archive.get("expect").unwrap_or_default();
    let value = |key: &str| expect.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    let flags = Flags::read(value("check").unwrap_or_default());
    let is_reported = value("silent").is_none();
    let place = format!("{}/{}", rule.name, path.file_name().unwrap_or_default().to_string_lossy());

    let bad = side(&archive, "bad/");
    let found = run(rule, &bad, &flags);
    if found.is_empty() == is_reported {
        failures.push(format!("{place}: {} findings in the bad program", found.len()));
    }
    let good = side(&archive, "good/");
    let after = fixed(&bad, &found);
    let right = [("good", good), ("fixed", if after == bad { BTreeMap::new() } else { after })];
    for (name, files) in right.iter().filter(|(_, files)| !files.is_empty()) {
        for found in run(rule, files, &flags) {
            failures.push(format!("{place}: in the {name} program: {}", found.concise()));
        }
    }
}

/// The files of one program; none if there is no such program.
fn side(archive: &Txtar, prefix: &str) -> BTreeMap<String, String> {
    let own = |(name, text): &(String, String)| Some((name.strip_prefix(prefix)?.to_owned(), text.clone()));
    let mut files: BTreeMap<String, String> = archive.files.iter().filter_map(own).collect();
    if !files.is_empty() {
        files.entry("go.mod".to_owned()).or_insert_with(|| GO_MOD.to_owned());
    }
    files
}

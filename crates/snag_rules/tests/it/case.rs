//! A case of a rule: a small module, and what is found in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use snag_rules::Rule;

use crate::run::{Flags, compare, fixed, run};
use crate::txtar::Txtar;

const WANT: &str = "want.txt";
const FIXED: &str = "want.fixed/";

/// Runs a case; returns how many findings it wants.
pub(crate) fn check(rule: &'static Rule, path: &Path, failures: &mut Vec<String>) -> usize {
    let text = fs::read_to_string(path).expect("a readable case");
    let mut archive = Txtar::read(&text);
    let place = format!("{}/{}", rule.name, path.file_name().unwrap_or_default().to_string_lossy());
    if archive.comment.trim().is_empty() {
        failures.push(format!("{place}: the first line must say what the case shows"));
    }
    let flags = Flags::read(archive.get("flags").unwrap_or_default());
    let is_input = |name: &str| name != "flags" && !name.starts_with("want.");
    let files: BTreeMap<String, String> =
        archive.files.iter().filter(|(name, _)| is_input(name)).cloned().collect();
    let found = run(rule, &files, &flags);
    let mut wants = 0;
    for (name, text) in &files {
        wants += compare(&format!("{place}: {name}"), name, text, &found, failures);
    }
    let after = fixed(&files, &found);
    for (name, body) in &mut archive.files {
        let actual = match name.strip_prefix(FIXED) {
            Some(file) => after.get(file).cloned().unwrap_or_default(),
            None if name == WANT => found.iter().map(|found| found.concise()).collect(),
            None => continue,
        };
        if *body != actual && std::env::var_os("UPDATE").is_none() {
            failures.push(format!("{place}: {name} is stale (UPDATE=1 rewrites it), now it is\n{actual}"));
        }
        *body = actual;
    }
    if after != files {
        for left in run(rule, &after, &flags).iter().filter(|left| was_fixed(left, &found)) {
            failures.push(format!("{place}: still there after the fix: {}", left.concise()));
        }
    }
    if std::env::var_os("UPDATE").is_some() && archive.write() != text {
        fs::write(path, archive.write()).expect("a writable case");
    }
    wants
}

/// Whether a finding of the fixed files is one whose fix was applied.
fn was_fixed(left: &crate::run::Found, found: &[crate::run::Found]) -> bool {
    found.iter().any(|found| found.has_fix() && found.path == left.path && found.message == left.message)
}

//! `cargo xtask tidy`: the habits of the house that no compiler checks. Each is a test as well.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Which crates each crate may know: the arrows of ARCHITECTURE.md.
const LAYERS: &[(&str, &[&str])] = &[
    ("snag", &["snag_probe", "snag_program", "snag_rules", "snag_syntax", "snag_threads"]),
    ("snag_probe", &["snag_threads"]),
    ("snag_program", &["snag_syntax", "snag_threads"]),
    ("snag_rules", &["snag_program", "snag_syntax", "snag_threads"]),
    ("snag_syntax", &[]),
    ("snag_threads", &[]),
];

const LINES: usize = 600;
const LINES_OF_A_RULE: usize = 200;
/// Files that are one table or one list of cases, and better read in one piece.
const LONG: &[&str] = &["crates/snag_syntax/src/go/ast.rs", "crates/snag_syntax/tests/it/c.rs"];

/// What a rule needs to show that it speaks, and that it keeps silent.
const CASES_OF_EACH_KIND: usize = 4;

/// Words that put work off, and names that say nothing.
const BANNED: &[&str] =
    &["TODO", "FIXME", "XXX", "todo!(", "unimplemented!(", "#[ignore", "mod utils", "mod helpers"];

/// The documents a stranger looks for.
const DOCUMENTS: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "docs/dependencies.md",
    "docs/facts.md",
];

type Check = fn(&Tree) -> Vec<String>;

const CHECKS: &[(&str, Check)] = &[
    ("layers", layers),
    ("module docs", module_docs),
    ("file length", lengths),
    ("banned words", banned),
    ("unsafe code", unsafe_code),
    ("rule list", rule_list),
    ("cases", cases),
    ("messages", messages),
    ("documents", documents),
    ("dependencies", dependencies),
];

/// The text files of the project.
struct Tree {
    root: PathBuf,
    rust: BTreeMap<String, String>,
}

/// Runs every check.
pub(crate) fn run() -> anyhow::Result<()> {
    let tree = Tree::read()?;
    let complaints: Vec<String> = CHECKS
        .iter()
        .flat_map(|(name, check)| {
            check(&tree).into_iter().map(move |complaint| format!("{name}: {complaint}"))
        })
        .collect();
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    if !complaints.is_empty() {
        bail!("{} things are untidy", complaints.len());
    }
    println!("tidy: {} checks, {} files", CHECKS.len(), tree.rust.len());
    Ok(())
}

impl Tree {
    fn read() -> anyhow::Result<Tree> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
        let mut tree = Tree { root, rust: BTreeMap::new() };
        for top in ["codegen", "crates", "xtask", "fuzz"] {
            tree.collect(&tree.root.join(top))?;
        }
        Ok(tree)
    }

    fn collect(&mut self, directory: &Path) -> anyhow::Result<()> {
        for entry in fs::read_dir(directory).with_context(|| directory.display().to_string())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default();
            if path.is_dir() && name != "target" {
                self.collect(&path)?;
            } else if path.extension().is_some_and(|end| end == "rs") {
                let relative = path.strip_prefix(&self.root)?.to_string_lossy().replace('\\', "/");
                self.rust.insert(relative, fs::read_to_string(&path)?);
            }
        }
        Ok(())
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_default()
    }

    /// The sections of a manifest that list dependencies.
    fn dependencies(&self, manifest: &str, sections: &[&str]) -> Vec<String> {
        let table: toml::Table = self.text(manifest).parse().unwrap_or_default();
        let sections = sections.iter().filter_map(|section| table.get(*section)?.as_table());
        sections.flat_map(|section| section.keys().cloned()).collect()
    }
}

fn layers(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (name, may_know) in LAYERS {
        for known in tree.dependencies(&format!("crates/{name}/Cargo.toml"), &["dependencies"]) {
            if known.starts_with("snag_") && !may_know.contains(&known.as_str()) {
                complaints.push(format!("{name} must not know {known}"));
            }
        }
    }
    let folders = fs::read_dir(tree.root.join("crates")).into_iter().flatten().flatten();
    for folder in folders.map(|entry| entry.file_name().to_string_lossy().into_owned()) {
        if !LAYERS.iter().any(|(name, _)| *name == folder) {
            complaints.push(format!("crates/{folder} has no place among the layers"));
        }
    }
    complaints
}

fn generated(path: &str) -> bool {
    path.contains("/generated/")
}

fn module_docs(tree: &Tree) -> Vec<String> {
    let files = tree.rust.iter().filter(|(path, text)| !generated(path) && !text.starts_with("//!"));
    files.map(|(path, _)| format!("{path} does not begin with //! and what it is for")).collect()
}

fn lengths(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in &tree.rust {
        let in_rule = path.strip_prefix("crates/snag_rules/src/").is_some_and(|rest| rest.contains('/'));
        let limit = if in_rule { LINES_OF_A_RULE } else { LINES };
        let lines = text.lines().count();
        let listed = LONG.contains(&path.as_str());
        if lines > limit && !generated(path) && !listed {
            complaints.push(format!("{path} has {lines} lines, at most {limit} are read with pleasure"));
        }
        if listed && lines <= limit {
            complaints.push(format!("{path} is short enough now: take it off the list LONG"));
        }
    }
    complaints
}

fn banned(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    // This file has to name them.
    for (path, text) in tree.rust.iter().filter(|(path, _)| !path.ends_with("xtask/src/tidy.rs")) {
        for (line, text) in text.lines().enumerate() {
            for word in BANNED.iter().filter(|word| text.contains(**word) && !text.contains("XXX\"")) {
                complaints.push(format!("{path}:{}: {word}", line + 1));
            }
        }
    }
    complaints
}

fn unsafe_code(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    let outside = tree.rust.iter().filter(|(path, _)| path.contains("/src/") && !path.contains("snag_probe"));
    for (path, text) in outside.filter(|(path, _)| !path.ends_with("xtask/src/tidy.rs")) {
        for (line, text) in text.lines().enumerate() {
            let code = text.split("//").next().unwrap_or_default();
            if code.contains("unsafe {") || code.contains("unsafe fn") || code.contains("unsafe impl") {
                complaints.push(format!("{path}:{}: unsafe outside snag_probe", line + 1));
            }
        }
    }
    complaints
}

/// The names in `rules! { ... }` of snag_rules.
fn registered(tree: &Tree) -> Vec<String> {
    let text = tree.rust.get("crates/snag_rules/src/lib.rs").map(String::as_str).unwrap_or_default();
    let list = text.split("\nrules! {").nth(1).and_then(|rest| rest.split('}').next()).unwrap_or_default();
    list.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn rule_list(tree: &Tree) -> Vec<String> {
    let list = registered(tree);
    let mut complaints = Vec::new();
    if !list.is_sorted() {
        complaints.push("rules! is not sorted".to_owned());
    }
    let folders = fs::read_dir(tree.root.join("crates/snag_rules/src")).into_iter().flatten().flatten();
    for folder in folders.filter(|entry| entry.path().is_dir()) {
        let name = folder.file_name().to_string_lossy().into_owned();
        if !list.contains(&name) {
            complaints.push(format!("the folder {name} is not in rules!"));
        }
    }
    for name in &list {
        for file in ["mod.rs", "doc.md", "cases"] {
            if !tree.root.join("crates/snag_rules/src").join(name).join(file).exists() {
                complaints.push(format!("{name} has no {file}"));
            }
        }
    }
    complaints
}

/// Every rule has enough cases that report and enough that must stay silent, whatever their names say.
fn cases(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for name in registered(tree) {
        let folder = tree.root.join("crates/snag_rules/src").join(&name).join("cases");
        let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let archives = entries.filter(|path| path.extension().is_some_and(|end| end == "txtar"));
        let (reporting, silent): (Vec<String>, Vec<String>) = archives
            .map(|path| fs::read_to_string(path).unwrap_or_default())
            .partition(|text| text.lines().any(|line| line.contains("// want") || line.contains("# want")));
        if reporting.len().min(silent.len()) < CASES_OF_EACH_KIND {
            complaints.push(format!(
                "{name} has {} reporting and {} silent cases, needs {CASES_OF_EACH_KIND} of each",
                reporting.len(),
                silent.len()
            ));
        }
    }
    complaints
}

/// Messages begin in lower case and end without a period.
fn messages(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in tree.rust.iter().filter(|(path, _)| path.starts_with("crates/snag_rules/src/")) {
        for call in ["message: \"", ".because(", "findings.add("] {
            for (at, _) in text.match_indices(call) {
                let rest = &text[at..];
                let statement = rest.split_once(';').map_or(rest, |(statement, _)| statement);
                let Some(literal) = statement.split('"').nth(1) else { continue };
                let sentence = literal.ends_with('.') && !literal.ends_with("...");
                // Two capitals begin a name such as LockOSThread or GOMAXPROCS.
                let mut letters = literal.chars();
                let first_word = literal.split(' ').next().unwrap_or_default();
                let capital = first_word != "Go"
                    && letters.next().is_some_and(char::is_uppercase)
                    && letters.next().is_some_and(char::is_lowercase)
                    && !first_word.chars().skip(1).any(char::is_uppercase);
                if sentence || capital {
                    let line = text[..at].lines().count();
                    complaints.push(format!("{path}:{line}: {literal:?}"));
                }
            }
        }
    }
    complaints
}

fn documents(tree: &Tree) -> Vec<String> {
    let mut complaints: Vec<String> = DOCUMENTS
        .iter()
        .filter(|path| !tree.root.join(path).is_file())
        .map(|path| format!("{path} is missing"))
        .collect();
    if tree.text("ARCHITECTURE.md").lines().count() > 200 {
        complaints.push("ARCHITECTURE.md has more than 200 lines".to_owned());
    }
    complaints
}

fn dependencies(tree: &Tree) -> Vec<String> {
    let listed = tree.text("docs/dependencies.md");
    let mut complaints = Vec::new();
    for (name, _) in LAYERS {
        for dependency in
            tree.dependencies(&format!("crates/{name}/Cargo.toml"), &["dependencies", "dev-dependencies"])
        {
            if !dependency.starts_with("snag_") && !listed.contains(&format!("- {dependency}: ")) {
                complaints
                    .push(format!("docs/dependencies.md does not say what {dependency} does for the user"));
            }
        }
    }
    complaints.sort();
    complaints.dedup();
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(name: &str) -> Vec<String> {
        let tree = Tree::read().expect("a readable project");
        let check = CHECKS.iter().find(|(check, _)| *check == name).expect("a check of that name").1;
        check(&tree)
    }

    macro_rules! tidy {
        ($($test:ident $name:literal,)*) => {
            $(#[test]
            fn $test() {
                assert_eq!(complaints($name), [""; 0]);
            })*
        };
    }

    tidy! {
        crates_know_only_the_layers_below "layers",
        every_module_says_what_it_is_for "module docs",
        files_are_short "file length",
        nothing_is_put_off "banned words",
        unsafe_is_in_one_room "unsafe code",
        the_rule_list_is_the_folders "rule list",
        every_rule_has_cases_of_both_kinds "cases",
        messages_are_lower_case_without_a_period "messages",
        the_documents_are_there "documents",
        dependencies_are_explained "dependencies",
    }
}

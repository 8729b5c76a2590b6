//! `cargo xtask new-rule NAME`: a folder whose tests fail until the rule is written.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

const MOD: &str = r#"//! What the bug is, in one line.

use snag_program::Program;

use crate::{Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "NAME",
    severity: Severity::Error,
    since: "VERSION",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    let _ = (program, findings);
}
"#;

const DOC: &str = "# NAME

What goes wrong, in one sentence: `snag explain` lists it.

## Why it matters

## Example

```go
func example() {
	println() // want
}
```

## How it is found

## Limits

## Fix safety

## References
";

pub(crate) fn run(name: &str) -> anyhow::Result<()> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(fits) {
        bail!("a rule has a name like captured-loop-variable, after the bad pattern");
    }
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/snag_rules/src");
    let module = name.replace('-', "_");
    let folder = sources.join(&module);
    if folder.exists() {
        bail!("{name} exists");
    }
    fs::create_dir_all(folder.join("cases"))?;
    let fill = |text: &str| text.replace("NAME", name).replace("VERSION", env!("CARGO_PKG_VERSION"));
    fs::write(folder.join("mod.rs"), fill(MOD))?;
    fs::write(folder.join("doc.md"), fill(DOC))?;
    fs::write(
        folder.join("cases/plain.txtar"),
        "The plain mistake.\n-- main.go --\npackage main\n\nfunc main() {\n\tprintln() // want\n}\n-- want.txt --\n",
    )?;
    fs::write(
        folder.join("cases/alike.txtar"),
        "What looks alike and is right.\n-- main.go --\npackage main\n\nfunc main() {}\n-- want.txt --\n",
    )?;
    register(&sources.join("lib.rs"), &module)?;
    println!("crates/snag_rules/src/{module} is there, and its tests fail. Next:");
    println!("  $EDITOR crates/snag_rules/src/{module}/mod.rs");
    println!("  cargo test -p snag_rules");
    println!("  UPDATE=1 cargo test -p snag_rules    # once the findings are right");
    println!("  cargo xtask prove {name}    # once proof/*.txtar shows the bug in a running program");
    Ok(())
}

/// Adds the rule at its place of the sorted list.
fn register(lib: &Path, module: &str) -> anyhow::Result<()> {
    let text = fs::read_to_string(lib)?;
    let mark = "\nrules! {\n";
    let start = text.find(mark).context("lib.rs has no rules! list")? + mark.len();
    let length = text[start..].find('}').context("rules! has no end")?;
    let mut names: Vec<&str> = text[start..start + length].lines().collect();
    let line = format!("    {module},");
    names.push(&line);
    names.sort_unstable();
    let list: String = names.iter().map(|name| format!("{name}\n")).collect();
    Ok(fs::write(lib, format!("{}{list}{}", &text[..start], &text[start + length..]))?)
}

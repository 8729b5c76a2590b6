//! What README.md shows is what its first command prints. `UPDATE=1 cargo test -p threadsnag` rewrites it.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_readme_shows_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let printed = |format: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
        // No Go anywhere: the same findings on every machine.
        command.env_clear().env("HOME", "/nonexistent").current_dir(&root);
        command.args(["-C", "examples/netns-agent", "check", "./...", "--output-format", format]);
        let output = command.output().expect("snag starts");
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let full = printed("full");
    let first = format!("{}\n", full.split("\n\n").next().unwrap_or_default());
    let path = root.join("README.md");
    let readme = fs::read_to_string(&path).expect("README.md");
    let fresh = replace(&readme, "<!-- one finding -->", &first);
    let fresh = replace(&fresh, "<!-- all findings -->", &printed("concise"));
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &fresh).expect("a writable README.md");
    } else {
        assert_eq!(readme, fresh, "README.md is stale: UPDATE=1 cargo test -p threadsnag rewrites it");
    }
}

/// Replaces the block of text behind the mark.
fn replace(readme: &str, mark: &str, block: &str) -> String {
    let start = readme.find(mark).expect("the mark") + mark.len();
    let open = "\n```text\n";
    let length = readme[start..].strip_prefix(open).and_then(|rest| rest.find("\n```")).expect("a block") + 1;
    format!("{}{open}{block}{}", &readme[..start], &readme[start + open.len() + length..])
}

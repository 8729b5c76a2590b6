//! The page of a rule: its headings, and its Go blocks as tests.
//!
//! A block is a file, or declarations, or statements: what is missing around them is added. "```go 1.21" is for
//! that version of Go. A "```txtar" block is several files, each behind a line `-- name --`.

use std::collections::BTreeMap;

use snag_rules::Rule;

use crate::run::{Flags, compare, run};
use crate::txtar::Txtar;

const HEADINGS: [&str; 6] =
    ["## Why it matters", "## Example", "## How it is found", "## Limits", "## Fix safety", "## References"];

/// Packages that a block may use without importing them.
const PACKAGES: &[&str] = &[
    "context",
    "errors",
    "fmt",
    "github.com/vishvananda/netlink",
    "github.com/vishvananda/netns",
    "golang.org/x/sync/errgroup",
    "golang.org/x/sys/unix",
    "log",
    "net",
    "net/http",
    "os",
    "os/exec",
    "runtime",
    "sync",
    "syscall",
    "testing",
    "time",
];

pub(crate) fn check(rule: &'static Rule, failures: &mut Vec<String>) {
    let title = format!("# {}", rule.name);
    if rule.doc.lines().next() != Some(&title) {
        failures.push(format!("{}/doc.md does not begin with {title:?}", rule.name));
    }
    let headings: Vec<&str> = rule.doc.lines().filter(|line| line.starts_with("## ")).collect();
    if headings != HEADINGS {
        failures.push(format!("{}/doc.md has the headings {headings:?}, needs {HEADINGS:?}", rule.name));
    }
    let mut wants = 0;
    for (line, info, block) in blocks(rule.doc) {
        let place = format!("{}/doc.md, block at line {line}", rule.name);
        if info == TXTAR {
            let files: BTreeMap<String, String> = Txtar::read(&block).files.into_iter().collect();
            let found = run(rule, &files, &Flags::read(""));
            for (name, text) in &files {
                wants += compare(&format!("{place}: {name}"), name, text, &found, failures);
            }
            continue;
        }
        let flags = match info.trim() {
            "" => Flags::read(""),
            version => Flags::read(&format!("--go {version}")),
        };
        let name = "main.go".to_owned();
        let text = whole(&block);
        let found = run(rule, &BTreeMap::from([(name.clone(), text.clone())]), &flags);
        wants += compare(&place, &name, &text, &found, failures);
    }
    if wants == 0 {
        failures.push(format!("{}/doc.md has no example that is reported", rule.name));
    }
}

const TXTAR: &str = "txtar";

/// Line, what follows "```go", and text of each Go block; several files have the word for that instead.
fn blocks(doc: &str) -> Vec<(usize, String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    for (index, line) in doc.lines().enumerate() {
        match &mut open {
            Some(_) if line.trim_end() == "```" => blocks.extend(open.take()),
            Some((_, _, text)) => {
                text.push_str(line);
                text.push('\n');
            }
            None => {
                let several = line.strip_prefix("```").filter(|info| *info == TXTAR);
                if let Some(info) = line.strip_prefix("```go").or(several) {
                    open = Some((index + 1, info.to_owned(), String::new()));
                }
            }
        }
    }
    blocks
}

/// The block as a file. What is added in front is one line.
fn whole(block: &str) -> String {
    let begins = |word: &str| block.lines().any(|line| line.starts_with(word));
    if begins("package ") {
        return block.to_owned();
    }
    let mut head = "package main".to_owned();
    if !begins("import ") {
        for path in PACKAGES {
            let name = path.rsplit('/').next().unwrap_or_default();
            if block.contains(&format!("{name}.")) {
                head.push_str(&format!("; import {path:?}"));
            }
        }
    }
    if begins("func ") || begins("import ") || begins("type ") {
        format!("{head}\n{block}")
    } else {
        format!("{head}; func example() {{\n{block}}}\n")
    }
}

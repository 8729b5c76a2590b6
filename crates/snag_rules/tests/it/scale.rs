//! Large programs are looked at to the end.

use std::collections::BTreeMap;
use std::fmt::Write;

use snag_rules::RULES;

use crate::run::{Flags, run};

const CHANGE: &str = "package main

import \"syscall\"

func Change() { _ = syscall.Sethostname([]byte(\"x\")); _ = syscall.Unshare(syscall.CLONE_NEWNET) }
";

/// Entries that are decided by many conditions, all of which reach a change of the thread.
fn entries(count: usize) -> String {
    let mut text = "package main\n\nimport \"runtime\"\n\n".to_owned();
    for entry in 0..count {
        let _ = write!(
            text,
            "func Entry{entry}(a, b, c, d, e, f, g, h bool, names []string) {{\n\truntime.LockOSThread()\n"
        );
        for flag in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            let _ = write!(text, "\tif {flag} {{\n\t\tprintln({entry})\n\t}}\n");
        }
        text += "\tfor _, name := range names {\n\t\tif a && name == \"\" {\n\t\t\tcontinue\n\t\t}\n\t\tprintln(name)\n\t}\n\tChange()\n}\n\n";
    }
    text
}

#[test]
fn what_comes_last_in_a_large_program_is_found() {
    let rule = RULES.iter().find(|rule| rule.name == "unpinned-thread-state").expect("the rule");
    let last = "package main\n\nfunc main() {\n\tgo func() {\n\t\tChange()\n\t}()\n\tselect {}\n}\n";
    let files = BTreeMap::from([
        ("a.go".to_owned(), entries(1500)),
        ("change.go".to_owned(), CHANGE.to_owned()),
        ("z.go".to_owned(), last.to_owned()),
    ]);
    let found = run(rule, &files, &Flags::read(""));
    let places: Vec<(&str, u32)> = found.iter().map(|found| (found.path.as_str(), found.line)).collect();
    assert_eq!(places, [("z.go", 5)]);
}

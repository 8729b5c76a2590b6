//! Directives that suppress.

use snag_rules::{RULES, Suppressions};

#[test]
fn a_directive_without_its_parts_suppresses_nothing_and_is_told() {
    let text = b"package p\n\n//snag:ignore\nvar a int\n\n//snag:ignore no-such-rule because\nvar b int\n";
    let mut list = Suppressions::read(text);
    assert!(!list.suppress("no-such-rule", 7) && !list.suppress("", 4));
    let told: Vec<String> = list.unused(RULES).map(|(_, message)| message).collect();
    assert_eq!(told, ["missing rule name, write //snag:ignore RULE reason", "unknown rule no-such-rule"]);
}

#[test]
fn a_directive_covers_its_line_and_the_next() {
    for rule in RULES {
        let text = format!("package p\n\n//snag:ignore {} because\nvar a int\n", rule.name);
        let mut list = Suppressions::read(text.as_bytes());
        assert_eq!(list.unused(RULES).count(), 1);
        assert!(!list.suppress(rule.name, 2) && !list.suppress(rule.name, 5) && !list.suppress("other", 3));
        assert_eq!(list.unused(RULES).count(), 1);
        assert!(list.suppress(rule.name, 3) && list.suppress(rule.name, 4));
        assert_eq!(list.unused(RULES).count(), 0);
        let text = format!("package p\n\n//snag:ignore-file {} because\n", rule.name);
        assert!(Suppressions::read(text.as_bytes()).suppress(rule.name, 900));
    }
}

#[test]
fn text_that_looks_like_a_directive_is_none() {
    let text = b"package p\n\nvar a = `\n//snag:ignore x y\n`\n\n// snag:ignore x y\n";
    assert!(Suppressions::read(text).is_empty());
}

#[test]
fn manifests_have_directives_behind_a_number_sign() {
    let text = b"a: 1 # snag:ignore gomaxprocs-over-quota measured\nb: x#snag:ignore y z\n\n#snag:ignore none because\n";
    let mut list = Suppressions::read_manifest(text);
    assert!(list.suppress("gomaxprocs-over-quota", 1) && list.suppress("gomaxprocs-over-quota", 2));
    assert!(!list.suppress("gomaxprocs-over-quota", 3) && !list.suppress("y", 2));
    let told: Vec<String> = list.unused(RULES).map(|(_, message)| message).collect();
    assert_eq!(told, ["unknown rule none"]);
    let file = b"# snag:ignore-file gomaxprocs-over-quota because\n";
    assert!(Suppressions::read_manifest(file).suppress("gomaxprocs-over-quota", 99));
}

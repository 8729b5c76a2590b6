//! Doc comments, directives, build constraints, literals.

use bumpalo::Bump;
use snag_syntax::Symbol;
use snag_syntax::go::ast::Decl;
use snag_syntax::go::comment::{Comments, Directive, GoDebug, SnagDirective};
use snag_syntax::go::constraint::{Constraint, file_constraint};
use snag_syntax::go::{Bodies, literal, parse_file};

#[test]
fn a_doc_comment_ends_on_the_line_above() {
    let source = "package p // p\n\n// far\n\n// one\n/* two */ // three\nfunc a() {} // behind\n// b\nfunc b() {}\n\
        /* same line */ func c() {}\n\nfunc d() {}\n";
    let arena = Bump::new();
    let file = parse_file(source.as_bytes(), &arena, Bodies::Skip);
    let comments = Comments::new(source.as_bytes(), &file.comments);
    let docs: Vec<Vec<&str>> = file
        .decls
        .iter()
        .map(|decl| {
            comments
                .doc(decl.span().start)
                .iter()
                .map(|doc| &source[doc.start as usize..doc.end as usize])
                .collect()
        })
        .collect();
    assert_eq!(docs, [vec!["// one", "/* two */", "// three"], vec!["// b"], vec![], vec![]]);
    let Decl::Func(a) = file.decls[0] else { panic!("no function") };
    assert_eq!(comments.on_line(a.span.end).len(), 1);
}

#[test]
fn directives_are_read() {
    let lines = [
        ("//go:debug panicnil=1", Directive::GoDebug(GoDebug { key: "panicnil", value: "1" })),
        (
            "//go:linkname now runtime.nanotime",
            Directive::Linkname { local: Symbol::new("now"), remote: Some("runtime.nanotime") },
        ),
        ("//go:linkname now", Directive::Linkname { local: Symbol::new("now"), remote: None }),
        ("//go:noinline", Directive::Go { name: "noinline", arguments: "" }),
        ("//export goCallback", Directive::Export(Symbol::new("goCallback"))),
        ("//line a.go:10", Directive::Line("a.go:10")),
        ("//nolint", Directive::NoLint(vec![])),
        ("//nolint:snag,govet // because", Directive::NoLint(vec!["snag", "govet"])),
        ("// nolint:all", Directive::NoLint(vec!["all"])),
        ("//snag:main-thread", Directive::Snag(SnagDirective::MainThread)),
        ("//snag:pinned", Directive::Snag(SnagDirective::Pinned)),
    ];
    for (line, expected) in lines {
        let source = format!("package p\n\n{line}\nvar x int\n");
        let arena = Bump::new();
        let file = parse_file(source.as_bytes(), &arena, Bodies::Parse);
        let comments = Comments::new(source.as_bytes(), &file.comments);
        let read: Vec<_> =
            comments.directives_of(file.decls[0].span().start).map(|(directive, _)| directive).collect();
        assert_eq!(read, [expected], "{line}");
    }
}

#[test]
fn directives_of_snag_know_their_words_and_places() {
    let source = b"//snag:ignore dirty-unpin because  the thread ends\n//snag:ignore-file a-rule\n//snag:affine netns\n\
        //snag:igonre x\n//snag:ignore\n//snag:affine\n";
    let arena = Bump::new();
    let file = parse_file(source, &arena, Bodies::Parse);
    let mut directives = Comments::new(source, &file.comments).directives();
    let mut next = || match directives.next() {
        Some((Directive::Snag(directive), span)) => (directive, span),
        other => panic!("{other:?}"),
    };
    let (SnagDirective::Ignore { rule, rule_span, reason }, span) = next() else { panic!("no ignore") };
    assert_eq!((rule, reason), ("dirty-unpin", "because  the thread ends"));
    assert_eq!(rule_span.slice(source), b"dirty-unpin");
    assert_eq!(SnagDirective::Ignore { rule, rule_span, reason }.problem(span), None);
    let messages = std::iter::from_fn(|| Some(next())).take(5);
    let messages =
        messages.map(|(it, span)| it.problem(span).map(|problem| problem.message).unwrap_or_default());
    let messages: Vec<String> = messages.collect();
    assert_eq!(
        messages,
        [
            "missing reason, write //snag:ignore RULE reason",
            "",
            "unknown directive //snag:igonre",
            "missing rule name, write //snag:ignore RULE reason",
            "missing thread state, write //snag:affine STATE",
        ]
    );
}

#[test]
fn comments_that_look_like_directives_are_none() {
    for line in [
        "// go:debug x=1",
        "// snag:ignore x y",
        "//exporting",
        "//nolinting",
        "//go:debug",
        "/*snag:pinned*/",
        "//+buildx",
    ] {
        let source = format!("package p\n{line}\n");
        let arena = Bump::new();
        let file = parse_file(source.as_bytes(), &arena, Bodies::Parse);
        assert_eq!(Comments::new(source.as_bytes(), &file.comments).directives().next(), None, "{line}");
    }
}

fn constraint(text: &str) -> Constraint {
    Constraint::parse(text).expect("a constraint").expect("right")
}

#[test]
fn constraints_are_evaluated() {
    let on_linux = |tag: &str| matches!(tag, "linux" | "unix" | "amd64" | "go1.21");
    let cases = [
        ("//go:build linux && !cgo", true),
        ("//go:build (windows || linux) && amd64", true),
        ("//go:build !unix", false),
        ("//go:build windows || darwin && linux", false),
        ("// +build linux,!cgo windows", true),
        ("//+build !linux", false),
        ("// +build !!linux", false),
        ("// +build", false),
    ];
    for (text, expected) in cases {
        assert_eq!(constraint(text).eval(&on_linux), expected, "{text}");
    }
    assert_eq!(constraint("//go:build a && (b || c) && !(d && e)").to_string(), "a && (b || c) && !(d && e)");
    for wrong in [
        "//go:build",
        "//go:build a &",
        "//go:build !!a",
        "//go:build (a",
        "//go:build a b",
        "//go:build a-b",
    ] {
        assert!(Constraint::parse(wrong).is_some_and(|result| result.is_err()), "{wrong}");
    }
    for other in ["//go:buildx a", "// go:build a", "//go:build a\nb", "// build a"] {
        assert!(Constraint::parse(other).is_none(), "{other}");
    }
}

#[test]
fn constraints_tell_the_language_version() {
    let cases = [
        ("linux && go1.22", Some(22)),
        ("(linux && go1.22) || (windows && go1.20)", Some(20)),
        ("linux || (windows && go1.22)", None),
        ("!go1.22", None),
        ("!(!go1.21 || a)", Some(21)),
        ("go1", Some(0)),
        ("go1.18 && go1.21", Some(21)),
    ];
    for (text, expected) in cases {
        assert_eq!(constraint(&format!("//go:build {text}")).go_minor_version(), expected, "{text}");
    }
}

#[test]
fn the_constraint_of_a_file_stands_in_its_header() {
    let of = |source: &str| {
        let (constraint, problems) = file_constraint(source.as_bytes());
        (constraint.map(|constraint| constraint.to_string()), problems.len())
    };
    let is = |text: &str| (Some(text.to_owned()), 0);
    assert_eq!(of("//go:build a\n\npackage p\n"), is("a"));
    assert_eq!(of("\u{FEFF}//go:build a\r\npackage p\r\n"), is("a"));
    assert_eq!(of("// +build a\n\npackage p\n"), is("a"));
    assert_eq!(of("// +build a b\n// +build c\n\n// doc\npackage p\n"), is("(a || b) && c"));
    assert_eq!(of("// +build b\n//go:build a\n\npackage p\n"), is("a"));
    assert_eq!(of("// +build a\npackage p\n"), (None, 0));
    assert_eq!(of("/*\n\n// +build a\n\n*/\n//go:build b\npackage p\n"), is("b"));
    assert_eq!(of("package p\n//go:build a\n"), (None, 0));
    assert_eq!(of("/* a */ package p\n//go:build a\n"), (None, 0));
    let (twice, problems) = file_constraint(b"//go:build a\n//go:build b\n\npackage p\n");
    assert_eq!(problems.len(), 1);
    assert!(!twice.is_some_and(|constraint| constraint.eval(&|_| true) || constraint.eval(&|_| false)));
}

#[test]
fn literals_have_values() {
    let text = |source: &str| literal::unquote(source.as_bytes()).map(|bytes| bytes.into_owned());
    assert_eq!(text(r#""a\n\t\\\"\x41\101\u00e9\U0001F600""#).as_deref(), Some("a\n\t\\\"AAé😀".as_bytes()));
    assert_eq!(text(r#""\xff\377""#).as_deref(), Some(&[0xFF, 0xFF][..]));
    assert_eq!(text("`a\\n\r\n`").as_deref(), Some(&b"a\\n\n"[..]));
    for wrong in ["\"\\z\"", "\"a", "a", "\"", "\"\\x4\"", "\"\\400\"", "\"\\ud800\""] {
        assert_eq!(text(wrong), None, "{wrong}");
    }
    let numbers = [
        ("0", 0),
        ("42", 42),
        ("1_000", 1000),
        ("0x_ff", 255),
        ("0b11", 3),
        ("0o17", 15),
        ("017", 15),
        ("0XFF", 255),
        ("'a'", 97),
        ("'\\n'", 10),
        ("'\\''", 39),
        ("'\\xff'", 255),
        ("'é'", 233),
        ("18446744073709551615", u64::MAX.into()),
    ];
    for (source, value) in numbers {
        assert_eq!(literal::integer(source.as_bytes()), Some(value), "{source}");
    }
    for wrong in ["", "'", "''", "1.5", "0x", "999999999999999999999999999999999999999999"] {
        assert_eq!(literal::integer(wrong.as_bytes()), None, "{wrong}");
    }
}

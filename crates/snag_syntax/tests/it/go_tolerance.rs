//! Broken sources, skipped bodies, and texts that are not quite what they should be.

use bumpalo::Bump;
use snag_syntax::LineIndex;
use snag_syntax::go::ast::*;
use snag_syntax::go::{Bodies, parse_body, parse_file};

/// The names of all declared functions.
fn functions(source: &str, bodies: Bodies) -> Vec<&'static str> {
    let arena = Bump::new();
    let file = parse_file(source.as_bytes(), &arena, bodies);
    let functions = file.decls.iter().filter_map(|decl| match decl {
        Decl::Func(f) => Some(f.name.name.as_str()),
        _ => None,
    });
    functions.collect()
}

const BROKEN: &[&str] = &[
    "func a() {\n\tx := f(1,\n}\nfunc b() {}\nfunc c() {}\n",
    "func a() {\n\tif x {\n}\nfunc b() {}\nfunc c() {}\n",
    "func a() {\n\tfor i := 0; i < 10; i++ {\n\t\tgo func() {\n}\nfunc b(x int) {}\nfunc c() {}\n",
    "func a() {\n\tx := T{1, 2\n}\nfunc b() {}\nfunc (r T) c() {}\n",
    "func a() {\n\tif x {\n}\nfunc (r *T) b(x int) error {}\nfunc c() {}\n",
    "func a(x int, {\n}\nfunc b() {}\nfunc c() {}\n",
    "func a() {\n\tx :=\n}\nfunc b() {}\nfunc c() {}\n",
    "func a() { } }\nfunc b() {}\nfunc c() {}\n",
    "func a() {\n\ts := \"open\n}\nfunc b() {}\nfunc c() {}\n",
    "func a() {\n\tswitch x {\n\tcase\n\t}\n}\nfunc b() {}\nfunc c() {}\n",
    "func a() { case }\nfunc b() {}\nfunc c() {}\n",
    "func a() { x. }\nfunc b() { y.(}\nfunc c() {}\n",
    "func a() {}\ntype T struct {\n\tx int\n\ty\nfunc b() {}\nfunc c() {}\n",
    "func a() {}\nvar x = map[string]int{\n\t\"a\": 1\n}\nfunc b() {}\nfunc c() {}\n",
    "func a() {}\nvar x = f(\nfunc b() {}\nfunc c() {}\n",
    "func a() {}\nimport \"fmt\"\nfunc b() { else }\nfunc c() {}\n",
    "func a() { \u{0} \u{7f} @ }\nfunc b() { go x }\nfunc c() {}\n",
    "func a() {}\n) ] ;\nfunc b() {}\nconst (\n\tx = = 1\n\ty\n)\nfunc c() {}\n",
];

#[test]
fn a_mistake_costs_its_declaration_only() {
    for source in BROKEN {
        let source = format!("package p\n{source}");
        assert_eq!(functions(&source, Bodies::Parse), ["a", "b", "c"], "{source}");
        let arena = Bump::new();
        let file = parse_file(source.as_bytes(), &arena, Bodies::Parse);
        assert!(!file.problems.is_empty(), "{source}");
        assert!(file.problems.len() < 8, "{source}\n{:?}", file.problems);
        for problem in &file.problems {
            assert!(problem.span.end as usize <= source.len(), "{problem:?}");
            assert!(!problem.message.ends_with('.'), "{problem:?}");
        }
    }
}

fn without_bodies(decls: &[Decl<'_>]) -> String {
    let mut text = String::new();
    for decl in decls {
        text += &match decl {
            Decl::Func(f) => format!("{:?}\n", FuncDecl { body: Body::None, ..**f }),
            decl => format!("{decl:?}\n"),
        };
    }
    text
}

/// Skipping gives the same declarations, and a skipped body reads the same later.
fn check_skipping(source: &[u8]) {
    let arena = Bump::new();
    let full = parse_file(source, &arena, Bodies::Parse);
    let skipped = parse_file(source, &arena, Bodies::Skip);
    let text = String::from_utf8_lossy(source);
    assert_eq!(without_bodies(full.decls), without_bodies(skipped.decls), "{text}");
    for (full, skipped) in full.decls.iter().zip(skipped.decls) {
        let (Decl::Func(full), Decl::Func(skipped)) = (full, skipped) else { continue };
        let read = match skipped.body {
            Body::Skipped(span) => Body::Parsed(parse_body(source, span, &arena).0),
            body => body,
        };
        assert_eq!(format!("{:?}", full.body), format!("{read:?}"), "{text}");
    }
}

#[test]
fn skipping_bodies_changes_no_declaration() {
    for source in BROKEN {
        check_skipping(format!("package p\n{source}").as_bytes());
    }
    let tricky = "package p\nfunc a() { s := `}` + \"}\\\"}\" + string('}') + string('\\'') // }\n/* } */ }\n\
        func b() {\n\ts := `\nfunc c() {`\n}\nfunc d() {\n\tfunc() {}()\n}\nfunc (T) e() {}\n";
    check_skipping(tricky.as_bytes());
    assert_eq!(functions(tricky, Bodies::Skip), ["a", "b", "d", "e"]);
}

#[test]
fn damaged_sources_are_survived() {
    let source = include_str!("../../src/go/token.rs").as_bytes();
    let go = BROKEN.concat();
    // A small generator of its own: the same damage on every run.
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..3000 {
        let mut bytes = [b"package p\n", go.as_bytes()].concat();
        for _ in 0..random(4) {
            let at = random(bytes.len());
            match random(3) {
                0 => drop(bytes.drain(at..(at + random(6)).min(bytes.len()))),
                1 => bytes[at] = source[random(source.len())],
                _ => bytes.insert(at, b"{}()[]\"'`/*\n\xff;,:=."[random(18)]),
            }
        }
        check_skipping(&bytes);
    }
}

#[test]
fn line_ends_of_windows_and_marks_change_positions_only() {
    let unix = "package p\n\n/* a\nb */\nfunc f() {\n\tx := `a\nb` // c\n\treturn\n}\n";
    let windows = format!("\u{FEFF}{}", unix.replace('\n', "\r\n"));
    let arena = Bump::new();
    let file = parse_file(windows.as_bytes(), &arena, Bodies::Parse);
    assert_eq!(file.problems, []);
    let Decl::Func(f) = file.decls[0] else { panic!("no function") };
    let Body::Parsed(body) = f.body else { panic!("no body") };
    assert_eq!(body.stmts.len(), 2);
    assert_eq!(file.comments.last().map(|comment| comment.slice(windows.as_bytes())), Some(&b"// c"[..]));
    let Stmt::Assign(Assign { right: [Expr::Lit(lit)], .. }) = body.stmts[0] else { panic!("no literal") };
    assert_eq!(lit.string(windows.as_bytes()).as_deref(), Some(&b"a\nb"[..]));
    let lines = LineIndex::new(windows.as_bytes());
    let position = lines.position(f.ty.pos);
    assert_eq!((position.line, position.column), (5, 1));
}

#[test]
fn bytes_that_are_not_utf8_are_reported_and_survived() {
    let source = b"package p\n\nvar a\xffb = \"\xfe\" // \xff\nfunc f() {}\n";
    let arena = Bump::new();
    let file = parse_file(source, &arena, Bodies::Parse);
    assert_eq!(file.problems[0].message, "illegal UTF-8 encoding");
    assert_eq!(file.problems[0].span.start, 16);
    assert!(matches!(file.decls.last(), Some(Decl::Func(_))));
}

#[test]
fn names_are_letters_and_digits_of_unicode() {
    for (name, valid) in
        [("größe", true), ("名前", true), ("x٣", true), ("a\u{301}", false), ("Ⅷ", false), ("x²", false)]
    {
        let source = format!("package p\nvar {name} int\n");
        let arena = Bump::new();
        let file = parse_file(source.as_bytes(), &arena, Bodies::Parse);
        assert_eq!(file.problems.is_empty(), valid, "{name}: {:?}", file.problems);
    }
}

#[test]
fn what_go_rejects_is_rejected() {
    let rejected = [
        "var x = 08",
        "var x = 0x",
        "var x = 1_",
        "var x = 0b12",
        "var x = 1e",
        "var x = 0x1.0",
        "var x = ''",
        "var x = 'ab'",
        "var x = '\\400'",
        "var x = \"\\ud800\"",
        "var x = \"\\z\"",
        "var x = a[]",
        "var x = a[1:2:]",
        "var x = (T){}",
        "func f() { go (g()) }",
        "func f() { defer g }",
        "func f() { for a, b, c := range x {} }",
        "func f() { if x := 1 {} }",
        "func f() { switch x = y.(type) {} }",
        "func f(a int, string)",
        "func f(a ...int, b int)",
        "func f(a, b ...int)",
        "func f() (a ...int)",
        "type T[P any, Q] struct{}",
        "type T[] int[]",
        "type I interface { m[P any]() }",
        "var f = func[P any]() {}",
        "type T struct { (U) }",
        "func f()\n{}",
        "func f() { x := T{\n1\n} }",
        "func f() { goto }",
        "func f() { a, b++ }",
        "func f() { if {} }",
        ";",
        "//line x.go:0\n",
        "/*line x.go:a*/",
        "import 1",
        "func f() { x y }",
        "func f() { else {} }",
    ];
    for source in rejected {
        let text = format!("package p\n{source}\n");
        let arena = Bump::new();
        assert!(!parse_file(text.as_bytes(), &arena, Bodies::Parse).problems.is_empty(), "{source}");
    }
}

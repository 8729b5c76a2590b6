//! Sources made to overflow a stack or to take for ever.

use bumpalo::Bump;
use snag_syntax::go::ast::{Decl, Expr, GenDecl, Spec, Stmt};
use snag_syntax::go::{Bodies, MAX_LINKS, parse_file, read_header};
use std::time::{Duration, Instant};

/// The threads of the product have twice as much.
const STACK: usize = 8 << 20;
const MANY: usize = 200_000;

fn nested(before: &str, open: &str, middle: &str, close: &str, after: &str) -> String {
    [before, &open.repeat(MANY), middle, &close.repeat(MANY), after].concat()
}

fn sources() -> Vec<(&'static str, String)> {
    let body = "package p\nfunc f() {\n";
    let var = "package p\nvar x = ";
    let ty = "package p\ntype T ";
    let end = "\n}\nfunc g() {}\n";
    let next = "\nfunc g() {}\n";
    vec![
        ("parentheses", nested(var, "(", "1", ")", next)),
        ("open parentheses", nested(var, "(", "", "", next)),
        ("unary", nested(var, "-", "1", "", next)),
        ("receives", nested(var, "<-", "c", "", next)),
        ("dereferences", nested(body, "*", "x", "", end)),
        ("channel types behind arrows", nested(var, "<-chan ", "int", "", next)),
        ("arrows of arrows", nested(var, "<-(chan<- ", "int", ")", next)),
        ("indices", nested(var, "a[", "1", "]", next)),
        ("calls in calls", nested(var, "f(", "1", ")", next)),
        ("slices", nested(var, "a[b:", "1", "]", next)),
        ("assertions", nested(var, "x.([", "", "]int)", next)),
        ("function literals", nested(var, "func() { x = ", "1", " }", next)),
        ("called function literals", nested(body, "func() { ", "", " }()", end)),
        ("composite literals", nested(var, "T{", "", "}", next)),
        ("composite literals without types", nested(var, "T{{", "", "}}", next)),
        ("keyed literals", nested(var, "T{1: ", "1", "}", next)),
        ("conversions", nested(var, "[]byte(", "1", ")", next)),
        ("slice types", nested(ty, "[]", "int", "", next)),
        ("array types", nested(ty, "[1]", "int", "", next)),
        ("array lengths", nested(ty, "[", "1", "]int", next)),
        ("map keys", nested(ty, "map[", "int", "]int", next)),
        ("pointers", nested(ty, "*", "int", "", next)),
        ("struct types", nested(ty, "struct { x ", "int", " }", next)),
        ("interface types", nested(ty, "interface { f() ", "int", " }", next)),
        ("function types", nested(ty, "func() ", "int", "", next)),
        ("parameters", nested(ty, "func(", "int", ")", next)),
        ("type arguments", nested(ty, "G[", "int", "]", next)),
        (
            "type parameters",
            nested("package p\ntype T[P ", "interface { *", "int", "}", "] int\nfunc g() {}\n"),
        ),
        (
            "fields that may be arrays",
            nested("package p\ntype T struct { f ", "[a", "", "]int", " }\nfunc g() {}\n"),
        ),
        ("blocks", nested(body, "{", "", "}", end)),
        ("ifs", nested(body, "if x {", "", "}", end)),
        ("if headers", nested(body, "if func() { ", "", " } {}", end)),
        ("fors", nested(body, "for {", "", "}", end)),
        ("switches", nested(body, "switch { case x:", "", "}", end)),
        ("selects", nested(body, "select { default:", "", "}", end)),
        ("labels", nested(body, "a: ", "x()", "", end)),
        ("else ifs", nested(body, "if x {} else ", "{}", "", end)),
        ("goroutines", nested(body, "go func() { ", "", " }()", end)),
        ("declarations", nested(body, "{ var x = func() {", "", "} }", end)),
        ("additions", nested(var, "a + ", "1", "", next)),
        ("additions and products", nested(var, "a * b + ", "1", "", next)),
        ("unions", nested("package p\ntype I interface { ", "a | ", "b", "", " }\nfunc g() {}\n")),
        (
            "unions of a type parameter",
            nested("package p\ntype T[P *a", " | b", "", "", "] int\nfunc g() {}\n"),
        ),
        ("selectors", nested(var, "", "a", ".b", next)),
        ("call chains", nested(var, "", "a", ".b()", next)),
        ("calls of calls", nested(var, "", "f", "()", next)),
        ("chains of indices", nested(var, "", "a", "[1]", next)),
        ("chains of literals", nested(var, "", "T", "{}", next)),
        ("long lists", nested(body, "a, ", "b", "", " = c\n}\nfunc g() {}\n")),
        ("many errors", nested(body, "@ $ ? ", "", "", end)),
        ("many broken declarations", nested("package p\n", "var = = \n", "", "", next)),
        ("closing braces", nested("package p\n", "}", "", "", next)),
        ("cases outside", nested(body, "case x: ", "", "", end)),
        ("elses", nested(body, "else ", "", "", end)),
        ("functions in functions", nested("package p\n", "func f() {\n", "", "", next)),
        ("imports", nested("package p\n", "import (", "", "", next)),
        ("commas", nested(var, "f(,", "", "", next)),
        ("comments", nested("package p\n", "/**/", "", "", next)),
        ("unterminated strings", nested(body, "\"\n", "", "", end)),
        ("build constraint", nested("//go:build ", "(", "a", ")", "\n\npackage p\nfunc g() {}\n")),
        ("negated build constraint", nested("//go:build ", "!(", "a", ")", "\n\npackage p\nfunc g() {}\n")),
        ("long build constraint", nested("//go:build ", "a && ", "a", "", "\n\npackage p\nfunc g() {}\n")),
    ]
}

fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    thread.expect("a thread").join().expect("no panic")
}

#[test]
fn hostile_sources_end_soon_and_leave_the_stack_alone() {
    on_a_small_stack(|| {
        for (name, source) in sources() {
            let start = Instant::now();
            for bodies in [Bodies::Parse, Bodies::Skip] {
                let arena = Bump::new();
                let file = parse_file(source.as_bytes(), &arena, bodies);
                assert!(!file.decls.is_empty(), "{name}");
            }
            read_header(source.as_bytes());
            // Quadratic behavior would take minutes.
            assert!(start.elapsed() < Duration::from_secs(20), "{name} took {:?}", start.elapsed());
        }
    });
}

#[test]
fn what_is_nested_too_deeply_costs_its_declaration_only() {
    let names = ["parentheses", "blocks", "slice types", "else ifs", "labels", "function literals"];
    on_a_small_stack(move || {
        for (name, source) in sources().into_iter().filter(|(name, _)| names.contains(name)) {
            let arena = Bump::new();
            let file = parse_file(source.as_bytes(), &arena, Bodies::Parse);
            let deep: Vec<_> = file.problems.iter().map(|problem| &*problem.message).collect();
            assert_eq!(deep, ["nested too deeply"], "{name}");
            let Some(Decl::Func(last)) = file.decls.last() else { panic!("{name}: no function") };
            assert_eq!(last.name.name.as_str(), "g", "{name}");
        }
    });
}

/// The expression that `var x` is given.
fn value<'a>(decl: Decl<'a>) -> Expr<'a> {
    match decl {
        Decl::Gen(GenDecl { specs: [Spec::Value(spec)], .. }) => spec.values[0],
        _ => panic!("not a variable"),
    }
}

#[test]
fn chains_of_operators_have_no_limit() {
    let source = format!("package p\nvar x = {}1\n", "a + ".repeat(MANY));
    let arena = Bump::new();
    let file = parse_file(source.as_bytes(), &arena, Bodies::Parse);
    assert_eq!(file.problems, []);
    let mut expr = value(file.decls[0]);
    let mut links = 0;
    while let Expr::Binary(binary) = expr {
        expr = binary.left;
        links += 1;
    }
    assert_eq!(links, MANY);
    assert_eq!(value(file.decls[0]).span().end as usize, source.len() - 1);
}

/// How many links there are from the outermost one down to the first that is nothing but a name or a hole.
fn links(mut expr: Expr<'_>) -> usize {
    for links in 0.. {
        expr = match expr {
            Expr::Call(call) => call.callee,
            Expr::Selector(selector) => selector.operand,
            _ => return links,
        };
    }
    0
}

#[test]
fn chains_of_calls_are_as_long_as_for_go() {
    for (calls, problems) in [(MAX_LINKS / 2, 0), (MANY, 1)] {
        let source = format!("package p\nvar x = a{}\n", ".b()".repeat(calls));
        let arena = Bump::new();
        let file = parse_file(source.as_bytes(), &arena, Bodies::Parse);
        assert!(file.problems.iter().all(|problem| problem.message == "nested too deeply"));
        assert_eq!(file.problems.len(), problems);
        assert_eq!(links(value(file.decls[0])), (2 * calls) % (MAX_LINKS + 1));
    }
}

#[test]
fn chains_of_else_ifs_are_as_long_as_for_go() {
    let source = format!("package p\nfunc f() {{\n{}{{}}\n}}\n", "if x {} else ".repeat(MAX_LINKS));
    let arena = Bump::new();
    let file = parse_file(source.as_bytes(), &arena, Bodies::Parse);
    assert_eq!(file.problems, []);
    let Decl::Func(f) = file.decls[0] else { panic!("no function") };
    let snag_syntax::go::ast::Body::Parsed(body) = f.body else { panic!("no body") };
    let mut stmt = Some(body.stmts[0]);
    let mut links = 0;
    while let Some(Stmt::If(link)) = stmt {
        stmt = link.otherwise;
        links += 1;
    }
    assert_eq!(links, MAX_LINKS);
    assert_eq!(body.stmts[0].end() as usize, source.len() - 3);
}

//! What a rule finds where one function calls another, it finds however the other one is called.
//!
//! Each program in `shapes/RULE/` has `func work()` and calls `work()`. It is rewritten into every shape below:
//! those that are `wrong` must be reported in each, those that are `right` in none.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use snag_rules::{RULES, Rule};

use crate::fail_on;
use crate::run::{Flags, run};

struct Shape {
    name: &'static str,
    /// With `BODY` where the body of `work` goes.
    declarations: &'static str,
    call: &'static str,
    /// What is called is one of several: a rule that wants certainty keeps silent.
    one_of_several: bool,
}

const fn shape(name: &'static str, call: &'static str, declarations: &'static str) -> Shape {
    Shape { name, declarations, call, one_of_several: false }
}

const SHAPES: &[Shape] = &[
    shape("function", "work()", "func work() {BODY}"),
    shape(
        "interface",
        "it.do()",
        "type doer interface{ do() }\ntype one struct{}\nfunc (one) do() {BODY}\nfunc pick() doer { return one{} }\nvar it = pick()",
    ),
    shape(
        "interface in a field",
        "s.handle()",
        "type doer interface{ do() }\ntype one struct{}\nfunc (*one) do() {BODY}\ntype server struct{ d doer }\n\
         func newServer(d doer) *server { return &server{d: d} }\nvar s = newServer(&one{})\nfunc (s *server) handle() { s.d.do() }",
    ),
    shape(
        "function in a field",
        "s.handle()",
        "type server struct{ f func() }\nfunc newServer() *server { return &server{f: work} }\n\
         func (s *server) handle() { s.f() }\nvar s = newServer()\nfunc work() {BODY}",
    ),
    shape(
        "function passed to a constructor",
        "s.handle()",
        "type server struct{ f func() }\nfunc newServer(f func()) *server { return &server{f: f} }\n\
         func (s *server) handle() { s.f() }\nvar s = newServer(work)\nfunc work() {BODY}",
    ),
    shape(
        "method value",
        "call(o.do)",
        "type one struct{}\nfunc (o *one) do() {BODY}\nfunc call(f func()) { f() }\nvar o = &one{}",
    ),
    shape(
        "type parameters",
        "run(&of[int]{})",
        "type doer interface{ do() }\ntype of[X any] struct{ x X }\nfunc (t *of[X]) do() {BODY}\nfunc run[D doer](d D) { d.do() }",
    ),
    shape(
        "map of functions",
        "table[\"a\"]()",
        "var table = map[string]func(){\"a\": work}\nfunc work() {BODY}",
    ),
    shape(
        "promoted method",
        "d.do()",
        "type base struct{}\nfunc (b *base) do() {BODY}\ntype derived struct{ *base }\nvar d = derived{&base{}}",
    ),
    shape(
        "returned closure",
        "f := create(1); f()",
        "func create(n int) func() {\n\treturn func() {BODY}\n}",
    ),
    shape("deferred closure", "work()", "func work() {\n\tdefer func() {BODY}()\n}"),
    shape(
        "callback with an error",
        "if err := with(work); err != nil { panic(err) }",
        "func with(f func() error) error { return f() }\nfunc work() error {BODY\treturn nil\n}",
    ),
    Shape {
        name: "one of two implementers",
        declarations: "type doer interface{ do() }\ntype one struct{}\ntype two struct{}\nfunc (one) do() {BODY}\nfunc (two) do() {}\n\
         func pick(n int) doer {\n\tif n > 0 {\n\t\treturn one{}\n\t}\n\treturn two{}\n}\nvar it = pick(len(\"abc\"))",
        call: "it.do()",
        one_of_several: true,
    },
    Shape {
        name: "list of steps",
        declarations: "type step struct {\n\tname string\n\trun  func()\n}\nvar steps = []step{{\"a\", work}, {name: \"b\", run: other}}\n\
         func other() {}\nfunc work() {BODY}",
        call: "for _, s := range steps { s.run() }",
        one_of_several: true,
    },
];

/// Two goroutines race only if both surely do it.
const WANTS_CERTAINTY: &[&str] = &["unsynchronized-write"];

impl Shape {
    fn of(&self, text: &str) -> String {
        let (before, rest) = text.split_once("func work() {").expect("a function work");
        let (body, after) = rest.split_once("\n}\n").expect("the end of work");
        let declarations = self.declarations.replace("BODY", &format!("{body}\n"));
        format!("{before}{declarations}\n{}", after.replace("work()", self.call))
    }
}

fn programs(rule: &Rule) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/shapes").join(rule.name);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
}

#[test]
fn rules_hold_however_a_function_is_called() {
    let (mut failures, mut wrong) = (Vec::new(), 0);
    for &rule in RULES {
        for path in programs(rule) {
            let text = fs::read_to_string(&path).expect("a readable program");
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            for shape in SHAPES {
                let files = BTreeMap::from([("main.go".to_owned(), shape.of(&text))]);
                let found = !run(rule, &files, &Flags::read("")).is_empty();
                let wanted = name.starts_with("wrong");
                wrong += usize::from(wanted);
                let doubtful = shape.one_of_several && WANTS_CERTAINTY.contains(&rule.name);
                if found != wanted && !(wanted && doubtful) {
                    let what = if wanted { "not found" } else { "found, but right" };
                    failures.push(format!("{}/{name} as {}: {what}", rule.name, shape.name));
                }
            }
        }
    }
    assert!(wrong > 100, "the programs are there");
    fail_on(failures);
}

//! Programs made to overflow a stack or to take for ever; and the same result on every run.

use std::time::{Duration, Instant};

use super::{Program, check, function, label, read, read_with};

/// How many calls `m.f` has, its literals included.
fn calls(program: &Program) -> usize {
    let all = program.functions().filter(|(id, _)| {
        let name = program.function_name(*id);
        name == "m.f" || name.starts_with("m.f.")
    });
    all.filter_map(|(_, function)| function.body.as_ref()).map(|body| body.calls.len()).sum()
}

fn in_time<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    // Quadratic behavior would take minutes.
    assert!(start.elapsed() < Duration::from_secs(30), "{what} took {:?}", start.elapsed());
    result
}

const HEAD: &str =
    "package main\ntype T struct{ t *T }\nfunc (t T) m() T { return t }\nfunc g() T { return T{} }\n";

#[test]
fn long_chains_keep_every_call() {
    let chains = [
        ("additions", format!("x = g(){}", " + g()".repeat(100_000)), 100_001),
        ("conditions", format!("if g(){} {{}}", " && g()".repeat(20_000)), 20_001),
        ("alternatives", format!("if g(){} {{}}", " || g() && g()".repeat(20_000)), 40_001),
        ("methods", format!("g(){}", ".m()".repeat(20_000)), 20_001),
        ("fields", format!("g(){}.m()", ".t".repeat(20_000)), 2),
        ("indices", format!("x = g(){}", "[g()]".repeat(20_000)), 20_001),
        ("calls of calls", format!("g(){}", "(g())".repeat(20_000)), 40_001),
        ("slices and assertions", format!("x = g(){}", "[g():].(T)".repeat(20_000)), 20_001),
        ("else ifs", format!("if g() {{ g() }}{}", " else if g() { g() }".repeat(10_000)), 20_002),
        ("statements", "g()\n".repeat(100_000), 100_000),
        ("clauses", format!("switch {{\n{}}}", "case g(): g()\n".repeat(20_000)), 40_000),
        ("arguments", format!("g({})", "g(), ".repeat(50_000)), 50_001),
        ("elements", format!("x = []T{{{}}}", "g(), ".repeat(50_000)), 50_000),
        ("variables", (0..20_000).map(|at| format!("v{at} := g()\n")).collect(), 20_000),
    ];
    for (what, body, expected) in chains {
        let text = format!("{HEAD}var x any\nfunc f() {{\n{body}\n}}\nfunc main() {{}}\n");
        let program = in_time(what, || read(&text));
        assert_eq!(program.problems.len(), 0, "{what}: {:?}", program.problems.first());
        assert_eq!(calls(&program), expected, "{what}");
    }
}

#[test]
fn the_last_link_of_a_long_chain_is_typed() {
    let text = format!("{HEAD}func f() {{\n\tg(){}\n}}\nfunc main() {{}}\n", ".t.m()".repeat(10_000));
    let program = in_time("chain", || read(&text));
    let calls = &function(&program, "m.f").body.as_ref().expect("a body").calls;
    assert!(calls[1..].iter().all(|call| label(&program, call) == "m.T.m"));
    assert_eq!(calls.len(), 10_001);
    assert!(calls.iter().all(|call| call.span.start == calls[0].span.start));
}

#[test]
fn deep_nesting_costs_its_declaration_only() {
    const DEEP: usize = 20_000;
    let nested = |open: &str, middle: &str, close: &str| {
        [open.repeat(DEEP).as_str(), middle, close.repeat(DEEP).as_str()].concat()
    };
    let bodies = [
        ("parentheses", format!("x = {}", nested("(", "1", ")"))),
        ("blocks", nested("{", "", "}")),
        ("function literals", format!("x = {}", nested("func() any { return ", "1", "}"))),
        ("goroutines", nested("go func() {", "", "}()")),
        ("composite literals", format!("x = {}", nested("[]any{", "1", "}"))),
        ("calls", format!("x = {}", nested("f(", "1", ")"))),
        ("negations", format!("if {} {{}}", nested("!(", "x", ")"))),
        ("loops", nested("for {", "", "}")),
        ("types", format!("var y {}", nested("[]", "int", ""))),
        ("maps", format!("var y {}", nested("map[string]", "int", ""))),
        ("functions", format!("var y {}", nested("func(", "int", ")"))),
    ];
    for (what, body) in bodies {
        let text = format!(
            "{HEAD}var x any\nfunc f() {{\n{body}\n}}\nfunc last() {{ g().m() }}\nfunc main() {{}}\n"
        );
        let program = in_time(what, || read(&text));
        let messages: Vec<&str> = program.problems.iter().map(|problem| &*problem.message).collect();
        assert_eq!(messages, ["nested too deeply"], "{what}");
        let last = &function(&program, "m.last").body.as_ref().expect("a body").calls;
        assert_eq!(label(&program, &last[1]), "m.T.m", "{what}");
    }
}

#[test]
fn what_is_nested_as_deep_as_allowed_is_lowered() {
    const DEEP: usize = 1_000;
    let nested = |open: &str, close: &str| [&open.repeat(DEEP), "g()", &close.repeat(DEEP)].concat();
    let bodies = [
        ("parentheses", format!("x = {}", nested("(", ")")), 1),
        ("blocks", nested("{", "}"), 1),
        ("literals", format!("x = {}", nested("[]any{", "}")), 1),
        ("calls", format!("x = {}", nested("h(", ")")), DEEP + 1),
        ("negations", format!("if {} {{}}", nested("!", "")), 1),
        ("receives", format!("x = {}", nested("<-", "")), 1),
    ];
    for (what, body, expected) in bodies {
        let text = format!(
            "{HEAD}var x any\nfunc h(x any) any {{ return x }}\nfunc f() {{\n{body}\n}}\nfunc main() {{}}\n"
        );
        let program = in_time(what, || read(&text));
        assert_eq!(program.problems.len(), 0, "{what}: {:?}", program.problems.first());
        assert_eq!(calls(&program), expected, "{what}");
    }
}

#[test]
fn cycles_end() {
    check(
        "package main
type A struct{ *B }
type B struct{ *A }
type I interface{ J }
type J interface{ I }
type L = L
type M = []M
type R R
type G[X any] struct{ g *G[G[X]] }
type C[X C[X]] interface{ F(X) }
var a = b
var b = a
var f = func() int { return f() }      //= V
func h[X C[X]](x X) { x.F(x) }         //= I:m.C.F
func main() {
	A{}.Nothing()                      //= V
	var i I
	i.Nothing()                        //= V
	var l L
	l.Nothing()                        //= V
	var r R
	r.Nothing()                        //= V
	G[int]{}.g.g.g.Nothing()           //= V
	a.Nothing()                        //= V
}
",
    );
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let mut text =
        String::from("package main\nimport (\"m/p0\"; \"fmt\")\nfunc main() { p0.F(); fmt.Println() }\n");
    for at in 0..40 {
        let next = (at + 7) % 40;
        text.push_str(&format!(
            "-- p{at}/a.go --\npackage p{at}\nimport \"fmt\"\ntype I interface{{ M{next}() }}\n\
             type T{at} struct{{ n int; f func() }}\nfunc (t *T{at}) M{at}() {{ go t.f() }}\n\
             func F() {{\n\tx, y{at} := 1, \"s{at}\"\n\tgo func() {{ x++; fmt.Println(y{at}) }}()\n\
             \tfor i := range 3 {{ defer func() {{ _ = i }}() }}\n\tvar i I\n\ti.M{next}()\n}}\n"
        ));
    }
    let print = |threads: usize| {
        let program = read_with(&text, threads).0;
        format!("{:#?} {:#?} {:#?}", program.functions, program.types, program.globals)
    };
    let one = print(1);
    assert!(one.len() > 100_000);
    assert!(one == print(4) && one == print(1) && one == print(3));
}

//! The shape of trees: every expression and type is printed with all its parentheses.

use bumpalo::Bump;
use snag_syntax::go::ast::*;
use snag_syntax::go::{Bodies, parse_file};

fn list<N: Copy>(nodes: &[N], print: impl Fn(N) -> String) -> String {
    nodes.iter().map(|&node| print(node)).collect::<Vec<_>>().join(", ")
}

fn maybe(expr: Option<Expr<'_>>) -> String {
    expr.map(expression).unwrap_or_default()
}

fn fields(fields: &[Field<'_>]) -> String {
    list(fields, |field| {
        let names = list(field.names, |name| name.name.to_string());
        format!("{names}:{}", expression(field.ty))
    })
}

fn signature(ty: &FuncType<'_>) -> String {
    let type_params =
        if ty.type_params.is_empty() { String::new() } else { format!("[{}]", fields(ty.type_params)) };
    format!("func{type_params}({})({})", fields(ty.params), fields(ty.results))
}

fn expression(expr: Expr<'_>) -> String {
    match expr {
        Expr::Bad(_) => "BAD".to_owned(),
        Expr::Ident(x) => x.name.to_string(),
        Expr::Lit(x) => format!("{:?}", x.kind),
        Expr::FuncLit(x) => format!("{} {{{}}}", signature(&x.ty), x.body.stmts.len()),
        Expr::Composite(x) => format!("{}{{{}}}", maybe(x.ty), list(x.elements, expression)),
        Expr::Paren(x) => format!("<{}>", expression(x.inner)),
        Expr::Selector(x) => format!("{}.{}", expression(x.operand), x.name.name),
        Expr::Index(x) => format!("{}[{}]", expression(x.operand), list(x.args, expression)),
        Expr::Slice(x) => format!("{}[{}]", expression(x.operand), x.bounds.map(maybe).join(":")),
        Expr::Assert(x) => format!("{}.({})", expression(x.operand), maybe(x.ty)),
        Expr::Call(x) => {
            let dots = if x.ellipsis.is_some() { "..." } else { "" };
            format!("{}({}{dots})", expression(x.callee), list(x.args, expression))
        }
        Expr::Star(x) => format!("(*{})", expression(x.operand)),
        Expr::Unary(x) => format!("({:?} {})", x.op, expression(x.operand)),
        Expr::Binary(x) => format!("({} {:?} {})", expression(x.left), x.op, expression(x.right)),
        Expr::KeyValue(x) => format!("{}:{}", expression(x.key), expression(x.value)),
        Expr::Array(x) => format!("[{}]{}", maybe(x.len), expression(x.elem)),
        Expr::Ellipsis(x) => format!("...{}", maybe(x.elem)),
        Expr::Struct(x) => format!("struct{{{}}}", fields(x.fields)),
        Expr::Func(x) => signature(x),
        Expr::Interface(x) => format!("interface{{{}}}", fields(x.elements)),
        Expr::Map(x) => format!("map[{}]{}", expression(x.key), expression(x.value)),
        Expr::Chan(x) => format!("chan {:?} {}", x.direction, expression(x.elem)),
    }
}

fn check_value(source: &str, tree: &str) {
    let text = format!("package p\nvar x = {source}\n");
    let arena = Bump::new();
    let file = parse_file(text.as_bytes(), &arena, Bodies::Parse);
    assert_eq!(file.problems, [], "{source}");
    let Decl::Gen(GenDecl { specs: [Spec::Value(spec)], .. }) = file.decls[0] else { panic!("{source}") };
    assert_eq!(expression(spec.values[0]), tree, "{source}");
    assert_eq!(spec.values[0].span().slice(text.as_bytes()), source.as_bytes());
}

fn check_type(source: &str, tree: &str) {
    let text = format!("package p\ntype T{source}\n");
    let arena = Bump::new();
    let file = parse_file(text.as_bytes(), &arena, Bodies::Parse);
    assert_eq!(file.problems, [], "{source}");
    let Decl::Gen(GenDecl { specs: [Spec::Type(spec)], .. }) = file.decls[0] else { panic!("{source}") };
    let alias = if spec.alias.is_some() { "= " } else { "" };
    assert_eq!(format!("[{}] {alias}{}", fields(spec.type_params), expression(spec.ty)), tree, "{source}");
}

#[test]
fn operators_bind_as_in_go() {
    check_value("a + b*c == d && e || f", "((((a Add (b Mul c)) Eql d) LAnd e) LOr f)");
    check_value("a - b - c", "((a Sub b) Sub c)");
    check_value("a &^ b << c | d", "(((a AndNot b) Shl c) Or d)");
    check_value("-a.b(c)[d]", "(Sub a.b(c)[d])");
    check_value("*p.x + *q", "((*p.x) Add (*q))");
    check_value("!<-c", "(Not (Arrow c))");
    check_value("^-1", "(Xor (Sub Int))");
}

#[test]
fn arrows_belong_to_channel_types() {
    check_value("(<-chan int)(c)", "<chan Receive int>(c)");
    check_value("f(<-chan<- chan int)", "f(chan Receive chan Receive int)");
    check_value("<-(chan int)(c)", "(Arrow <chan Both int>(c))");
    check_type(" chan<- <-chan int", "[] chan Send chan Receive int");
}

#[test]
fn operands_of_every_kind_are_read() {
    check_value("T{1, k: {2}, f(): &U{}}", "T{Int, k:{Int}, f():(And U{})}");
    check_value("[...]int{1: 2}", "[...]int{Int:Int}");
    check_value("map[string][]T{}", "map[string][]T{}");
    check_value("m.G[int, []T]{}", "m.G[int, []T]{}");
    check_value("F[int](1, xs...)", "F[int](Int, xs...)");
    check_value("s[:]", "s[::]");
    check_value("u[1:]", "u[Int::]");
    check_value("t[1:2:3]", "t[Int:Int:Int]");
    check_value("x.(interface{ m() }).(*T)", "x.(interface{m:func()()}).((*T))");
    check_value("func(a, b int, c ...T) (x, y error) { return }", "func(a, b:int, c:...T)(x, y:error) {1}");
    check_value("func() func() {}", "func()(:func()()) {0}");
    check_value("new(1 + 2)", "new((Int Add Int))");
    check_value("[]func(int, *T){nil}", "[]func(:int, :(*T))(){nil}");
    check_value("0x1p-2 + 0b1_0 + .5i + 'a' + `r`", "((((Float Add Int) Add Imag) Add Char) Add RawStr)");
}

#[test]
fn type_parameters_are_told_from_array_lengths() {
    check_type("[P any] []P", "[P:any] []P");
    check_type("[P *Q,] int", "[P:(*Q)] int");
    check_type("[P * Q] int", "[] [(P Mul Q)]int");
    check_type("[P *[]Q] int", "[P:(*[]Q)] int");
    check_type("[P (*Q)] int", "[] [P((*Q))]int");
    check_type("[P ([]Q)] int", "[P:<[]Q>] int");
    check_type("[P interface{}] int", "[P:interface{}] int");
    check_type("[P *Q | ~int, R S] int", "[P:((*Q) Or (Tilde int)), R:S] int");
    check_type("[N] int", "[] [N]int");
    check_type("[N + 1] int", "[] [(N Add Int)]int");
    check_type("[P, Q comparable] = map[P]Q", "[P, Q:comparable] = map[P]Q");
    check_type(" = other.T[int]", "[] = other.T[int]");
}

#[test]
fn fields_and_elements_are_told_from_embedded_types() {
    check_type(
        " struct { a, b int `tag`; T; *U; p.V; G[int]; a [3]int; s []T; x.G[A, B] }",
        "[] struct{a, b:int, :T, :(*U), :p.V, :G[int], a:[Int]int, s:[]T, :x.G[A, B]}",
    );
    check_type(
        " interface { m(int) error; fmt.Stringer; ~int | ~string | T; G[int]; comparable }",
        concat!(
            "[] interface{m:func(:int)(:error), :fmt.Stringer, :(((Tilde int) Or (Tilde string)) Or T), ",
            ":G[int], :comparable}"
        ),
    );
}

#[test]
fn methods_may_be_generic() {
    let source = b"package p
func (r *T[K, _]) M[P any](x P, n [2]K) (K, error)
";
    let arena = Bump::new();
    let file = parse_file(source, &arena, Bodies::Parse);
    assert_eq!(file.problems, []);
    let Decl::Func(f) = file.decls[0] else { panic!("no function") };
    assert_eq!(f.receiver.map(|(receiver, _)| fields(receiver)).as_deref(), Some("r:(*T[K, _])"));
    assert_eq!(signature(&f.ty), "func[P:any](x:P, n:[Int]K)(:K, :error)");
}

fn statements(body: &str) -> Vec<String> {
    let text = format!("package p\nfunc f() {{\n{body}\n}}\n");
    let arena = Bump::new();
    let file = parse_file(text.as_bytes(), &arena, Bodies::Parse);
    assert_eq!(file.problems, [], "{body}");
    let Decl::Func(FuncDecl { body: Body::Parsed(block), .. }) = file.decls[0] else { panic!("{body}") };
    block.stmts.iter().map(|&stmt| statement(stmt)).collect()
}

fn statement(stmt: Stmt<'_>) -> String {
    let init = |init: Option<Stmt<'_>>| init.map(statement).unwrap_or_default();
    match stmt {
        Stmt::Expr(x) => expression(x),
        Stmt::Assign(x) => format!("{} {:?} {}", list(x.left, expression), x.op, list(x.right, expression)),
        Stmt::If(x) => format!("if {}; {} {}", init(x.init), expression(x.cond), init(x.otherwise)),
        Stmt::For(x) => format!("for {}; {}; {}", init(x.init), maybe(x.cond), init(x.post)),
        Stmt::Range(x) => {
            format!("range {}, {} {:?} {}", maybe(x.key), maybe(x.value), x.op, expression(x.operand))
        }
        Stmt::Switch(x) => format!("switch {}; {} {}", init(x.init), maybe(x.tag), x.clauses.len()),
        Stmt::TypeSwitch(x) => format!("type switch {}; {}", init(x.init), statement(x.guard)),
        Stmt::Select(x) => format!("select {}", list(x.clauses, |clause| init(clause.comm))),
        Stmt::Labeled(x) => format!("{}: {}", x.label.name, statement(x.stmt)),
        Stmt::Go(x) => format!("go {}", expression(x.call)),
        Stmt::Defer(x) => format!("defer {}", expression(x.call)),
        Stmt::Send(x) => format!("{} <- {}", expression(x.channel), expression(x.value)),
        Stmt::IncDec(x) => format!("{:?} {}", x.op, expression(x.operand)),
        Stmt::Block(x) => format!("{{{}}}", x.stmts.len()),
        Stmt::Branch(x) => {
            format!("{:?} {}", x.kind, x.label.map(|label| label.name.as_str()).unwrap_or_default())
        }
        Stmt::Return(x) => format!("return {}", list(x.results, expression)),
        Stmt::Empty { implicit, .. } => format!("empty {implicit}"),
        Stmt::Decl(x) => format!("{:?} {}", x.keyword, x.specs.len()),
        Stmt::Bad(_) => "BAD".to_owned(),
    }
}

#[test]
fn statements_of_every_kind_are_read() {
    let cases = [
        ("if x := f(); x == (T{}) {} else if y {} else { z() }", "if x Define f(); (x Eql <T{}>) if ; y {1}"),
        ("for i := 0; i < n; i++ {}", "for i Define Int; (i Lss n); Inc i"),
        ("for {}", "for ; ; "),
        ("for ;; {}", "for ; ; "),
        ("for x {}", "for ; x; "),
        ("for range 10 {}", "range ,  None Int"),
        ("for i := range 10 {}", "range i,  Some(Define) Int"),
        ("for k, v = range m {}", "range k, v Some(Assign) m"),
        (
            "for x := range func(yield func(int) bool) {} {}",
            "range x,  Some(Define) func(yield:func(:int)(:bool))() {0}",
        ),
        ("switch x := y; x {case 1, 2: default:}", "switch x Define y; x 2"),
        ("switch {}", "switch ;  0"),
        ("switch x := y.(type) {}", "type switch ; x Define y.()"),
        ("switch a(); y.(type) {}", "type switch a(); y.()"),
        (
            "select {case c <- 1: case x, ok := <-c: case <-d: default:}",
            "select c <- Int, x, ok Define (Arrow c), (Arrow d), ",
        ),
        ("L: for {}", "L: for ; ; "),
        ("L:", "L: empty true"),
        (";", "empty false"),
        ("go f(); defer g(x)", "go f()"),
        ("goto L", "Goto L"),
        ("a, b[i] = f(), 1", "a, b[i] Assign f(), Int"),
        ("x &^= 1", "x AndNotAssign Int"),
        ("var ( a = 1; b int )", "Var 2"),
        ("if f(T{}) {}", "if ; f(T{}) "),
        ("if x[T{}.a] {}", "if ; x[T{}.a] "),
        ("if []int{} == nil {}", "if ; ([]int{} Eql nil) "),
        ("return\n", "return "),
        ("return a, b", "return a, b"),
        ("x := a /* line\nends */ b()", "x Define a"),
    ];
    for (source, tree) in cases {
        assert_eq!(statements(source)[0], tree, "{source}");
    }
}

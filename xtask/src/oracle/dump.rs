//! Prints trees as xtask/oracle/parse/main.go does.

use bumpalo::Bump;
use snag_syntax::go::ast::*;
use snag_syntax::go::comment::Comments;
use snag_syntax::go::token::Token;
use snag_syntax::go::{Bodies, parse_file};
use snag_syntax::{Span, Symbol};
use std::io::Write;

/// The tree of an accepted file, or the first problem of a rejected one.
pub(super) fn inspect(source: &[u8]) -> Result<Vec<u8>, String> {
    let arena = Bump::new();
    let file = parse_file(source, &arena, Bodies::Parse);
    if let Some(problem) = file.problems.first() {
        return Err(format!("{} at {}", problem.message, problem.span.start));
    }
    let mut printer = Printer { out: Vec::new(), source, comments: Comments::new(source, &file.comments) };
    printer.file(&file);
    Ok(printer.out)
}

struct Printer<'s> {
    out: Vec<u8>,
    source: &'s [u8],
    comments: Comments<'s>,
}

const NONE: i64 = -1;

fn at(pos: u32) -> i64 {
    i64::from(pos)
}

/// Opening and closing of a span that is empty where there is none.
fn marks(span: Span) -> [i64; 2] {
    if span.end == 0 { [NONE, NONE] } else { [at(span.start), at(span.end) - 1] }
}

impl Printer<'_> {
    fn open(&mut self, kind: &str, span: Span, numbers: &[i64]) {
        let _ = write!(self.out, "({kind} {} {}", span.start, span.end);
        self.numbers(numbers);
    }

    fn numbers(&mut self, numbers: &[i64]) {
        for number in numbers {
            let _ = write!(self.out, " {number}");
        }
    }

    fn word(&mut self, word: &[u8]) {
        self.out.push(b' ');
        self.out.extend_from_slice(word);
    }

    fn line(&mut self) {
        self.out.push(b'\n');
    }

    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.line();
    }

    fn doc(&mut self, pos: u32) {
        if let [first, ..] = self.comments.doc(pos) {
            let last = self.comments.doc(pos).last().map_or(first.start, |last| last.start);
            let _ = write!(self.out, " doc {} {last}", first.start);
        }
    }

    fn file(&mut self, file: &File<'_>) {
        let _ = write!(self.out, "(File {}", file.package_pos);
        self.doc(file.package_pos);
        self.line();
        self.ident(file.package);
        for decl in file.decls {
            match decl {
                Decl::Gen(decl) => self.gen_decl(decl),
                Decl::Func(decl) => self.func_decl(decl),
                Decl::Bad(_) => self.text("(Bad)"),
            }
        }
        for comment in &file.comments {
            let _ = write!(self.out, "Comment {}", comment.start);
            let text = comment_text(comment.slice(self.source));
            self.word(&text);
            self.line();
        }
        self.text(")");
    }

    fn ident(&mut self, ident: Ident) {
        self.name(ident.pos, ident.name);
    }

    fn name(&mut self, pos: u32, name: Symbol) {
        let _ = writeln!(self.out, "Ident {pos} {name}");
    }

    fn gen_decl(&mut self, decl: &GenDecl<'_>) {
        self.open("GenDecl", decl.span(), &[]);
        self.word(spelling(decl.keyword).as_bytes());
        self.numbers(&marks(decl.parens.unwrap_or_default()));
        self.doc(decl.pos);
        self.line();
        for spec in decl.specs {
            self.spec(spec, decl.parens.is_some());
        }
        self.text(")");
    }

    fn spec(&mut self, spec: &Spec<'_>, grouped: bool) {
        let span = spec.span();
        match spec {
            Spec::Import(_) => self.open("Import", span, &[]),
            Spec::Value(_) => self.open("Value", span, &[]),
            Spec::Type(spec) => self.open("TypeSpec", span, &[spec.alias.map_or(NONE, at)]),
        }
        if grouped {
            self.doc(span.start);
        }
        self.line();
        match spec {
            Spec::Import(spec) => {
                if let Some(name) = spec.name {
                    self.ident(name);
                }
                self.literal(&spec.path);
            }
            Spec::Value(spec) => {
                self.idents(spec.names);
                self.maybe("Type", spec.ty);
                self.exprs(spec.values);
            }
            Spec::Type(spec) => {
                self.ident(spec.name);
                if !spec.type_params.is_empty() {
                    self.fields("TypeParams", spec.type_params, spec.type_param_brackets);
                }
                self.expr(spec.ty);
            }
        }
        self.text(")");
    }

    fn func_decl(&mut self, decl: &FuncDecl<'_>) {
        self.open("FuncDecl", decl.span, &[]);
        self.doc(decl.ty.pos);
        self.line();
        if let Some((fields, parens)) = decl.receiver {
            self.fields("Recv", fields, parens);
        }
        self.ident(decl.name);
        self.func_type(&decl.ty, false);
        if let Body::Parsed(body) = decl.body {
            self.block(&body);
        }
        self.text(")");
    }

    fn idents(&mut self, idents: &[Ident]) {
        for &ident in idents {
            self.ident(ident);
        }
    }

    fn fields(&mut self, kind: &str, fields: &[Field<'_>], around: Span) {
        let _ = write!(self.out, "({kind}");
        self.numbers(&marks(around));
        self.line();
        for field in fields {
            self.out.extend_from_slice(b"(Field");
            let method = matches!(field.ty, Expr::Func(_));
            match (kind, field.names) {
                ("Fields", [first, ..]) => self.doc(first.pos),
                ("Fields", []) => self.doc(field.ty.start()),
                ("Methods", [first, ..]) => self.doc(first.pos),
                // Only elements that begin with a name have one.
                ("Methods", []) if begins_with_name(field.ty) => self.doc(field.ty.start()),
                _ => {}
            }
            self.line();
            self.idents(field.names);
            match field.ty {
                Expr::Func(ty) if method && kind == "Methods" && !field.names.is_empty() => {
                    self.func_type(ty, true)
                }
                ty => self.expr(ty),
            }
            if let Some(tag) = field.tag {
                self.literal(tag);
            }
            self.text(")");
        }
        self.text(")");
    }

    fn maybe(&mut self, role: &str, expr: Option<Expr<'_>>) {
        if let Some(expr) = expr {
            self.text(role);
            self.expr(expr);
        }
    }

    fn exprs(&mut self, exprs: &[Expr<'_>]) {
        let _ = writeln!(self.out, "List {}", exprs.len());
        for &expr in exprs {
            self.expr(expr);
        }
    }

    fn literal(&mut self, literal: &BasicLit) {
        let kind = match literal.kind {
            Token::Int => "INT",
            Token::Float => "FLOAT",
            Token::Imag => "IMAG",
            Token::Char => "CHAR",
            _ => "STRING",
        };
        self.open("Lit", literal.span, &[]);
        self.word(kind.as_bytes());
        let mut text = literal.span.slice(self.source).to_vec();
        if literal.kind == Token::RawStr {
            text.retain(|&c| c != b'\r');
        }
        self.word(&text);
        self.text("\n)");
    }

    fn func_type(&mut self, ty: &FuncType<'_>, method: bool) {
        // go/ast lets the type of a declared function begin at `func`.
        self.open("Func", ty.span(), &[if method { NONE } else { at(ty.pos) }]);
        self.line();
        if !ty.type_params.is_empty() {
            self.fields("TypeParams", ty.type_params, ty.type_param_brackets);
        }
        self.fields("Params", ty.params, ty.param_parens);
        if !ty.results.is_empty() || ty.result_parens.end != 0 {
            self.fields("Results", ty.results, ty.result_parens);
        }
        self.text(")");
    }

    fn expr(&mut self, expr: Expr<'_>) {
        let span = expr.span();
        match expr {
            Expr::Ident(x) => return self.ident(x),
            Expr::Lit(x) => return self.literal(x),
            Expr::Func(x) => return self.func_type(x, false),
            Expr::Bad(_) => self.text("(Bad"),
            Expr::FuncLit(x) => {
                self.plain("FuncLit", span, &[]);
                self.func_type(&x.ty, false);
                self.block(&x.body);
            }
            Expr::Composite(x) => {
                self.plain("Composite", span, &marks(x.braces));
                self.maybe("Type", x.ty);
                self.exprs(x.elements);
            }
            Expr::Paren(x) => {
                self.plain("Paren", span, &[]);
                self.expr(x.inner);
            }
            Expr::Selector(x) => {
                self.plain("Selector", span, &[]);
                self.expr(x.operand);
                self.ident(x.name);
            }
            Expr::Index(x) => {
                self.plain("Index", span, &marks(x.brackets));
                self.expr(x.operand);
                self.exprs(x.args);
            }
            Expr::Slice(x) => {
                self.open("Slice", span, &marks(x.brackets));
                self.word(x.three.to_string().as_bytes());
                self.line();
                self.expr(x.operand);
                for (role, bound) in ["Low", "High", "Max"].into_iter().zip(x.bounds) {
                    self.maybe(role, bound);
                }
            }
            Expr::Assert(x) => {
                self.plain("Assert", span, &marks(x.parens));
                self.expr(x.operand);
                self.maybe("Type", x.ty);
            }
            Expr::Call(x) => {
                let [open, close] = marks(x.parens);
                self.plain("Call", span, &[open, x.ellipsis.map_or(NONE, at), close]);
                self.expr(x.callee);
                self.exprs(x.args);
            }
            Expr::Star(_) | Expr::Unary(_) | Expr::Binary(_) | Expr::KeyValue(_) => {
                self.operation(expr, span);
            }
            Expr::Array(_)
            | Expr::Ellipsis(_)
            | Expr::Struct(_)
            | Expr::Interface(_)
            | Expr::Map(_)
            | Expr::Chan(_) => self.type_literal(expr, span),
        }
        self.text(")");
    }

    fn operation(&mut self, expr: Expr<'_>, span: Span) {
        match expr {
            Expr::Star(x) => {
                self.plain("Star", span, &[]);
                self.expr(x.operand);
            }
            Expr::Unary(x) => {
                self.operator("Unary", span, x.op, &[]);
                self.expr(x.operand);
            }
            Expr::Binary(x) => {
                self.operator("Binary", span, x.op, &[at(x.op_pos)]);
                self.expr(x.left);
                self.expr(x.right);
            }
            Expr::KeyValue(x) => {
                self.plain("KeyValue", span, &[at(x.colon)]);
                self.expr(x.key);
                self.expr(x.value);
            }
            _ => {}
        }
    }

    fn type_literal(&mut self, expr: Expr<'_>, span: Span) {
        match expr {
            Expr::Array(x) => {
                self.plain("Array", span, &[]);
                self.maybe("Len", x.len);
                self.expr(x.elem);
            }
            Expr::Ellipsis(x) => {
                self.plain("Ellipsis", span, &[]);
                self.maybe("Type", x.elem);
            }
            Expr::Struct(x) => {
                self.plain("Struct", span, &[]);
                self.fields("Fields", x.fields, x.braces);
            }
            Expr::Interface(x) => {
                self.plain("Interface", span, &[]);
                self.fields("Methods", x.elements, x.braces);
            }
            Expr::Map(x) => {
                self.plain("Map", span, &[]);
                self.expr(x.key);
                self.expr(x.value);
            }
            Expr::Chan(x) => {
                let direction = match x.direction {
                    Direction::Send => 1,
                    Direction::Receive => 2,
                    Direction::Both => 3,
                };
                self.plain("Chan", span, &[x.arrow.map_or(NONE, at), direction]);
                self.expr(x.elem);
            }
            _ => {}
        }
    }

    fn plain(&mut self, kind: &str, span: Span, numbers: &[i64]) {
        self.open(kind, span, numbers);
        self.line();
    }

    fn operator(&mut self, kind: &str, span: Span, op: Token, numbers: &[i64]) {
        self.open(kind, span, &[]);
        self.word(spelling(op).as_bytes());
        self.numbers(numbers);
        self.line();
    }

    fn block(&mut self, block: &Block<'_>) {
        self.plain("Block", block.span, &[]);
        self.stmts(block.stmts);
        self.text(")");
    }

    fn stmts(&mut self, stmts: &[Stmt<'_>]) {
        for &stmt in stmts {
            self.stmt(stmt);
        }
    }

    fn maybe_stmt(&mut self, role: &str, stmt: Option<Stmt<'_>>) {
        if let Some(stmt) = stmt {
            self.text(role);
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: Stmt<'_>) {
        let span = stmt.span();
        match stmt {
            Stmt::Expr(x) => return self.expr(x),
            Stmt::Block(x) => return self.block(x),
            Stmt::Decl(x) => return self.gen_decl(x),
            Stmt::Bad(_) => self.text("(Bad"),
            Stmt::Empty { implicit, .. } => {
                self.open("Empty", span, &[]);
                self.word(implicit.to_string().as_bytes());
                self.line();
            }
            Stmt::Send(x) => {
                self.plain("Send", span, &[at(x.arrow)]);
                self.expr(x.channel);
                self.expr(x.value);
            }
            Stmt::IncDec(x) => {
                self.operator("IncDec", span, x.op, &[at(x.op_pos)]);
                self.expr(x.operand);
            }
            Stmt::Assign(x) => {
                self.operator("Assign", span, x.op, &[at(x.op_pos)]);
                self.exprs(x.left);
                self.exprs(x.right);
            }
            Stmt::Go(x) => {
                self.plain("Go", span, &[]);
                self.expr(x.call);
            }
            Stmt::Defer(x) => {
                self.plain("Defer", span, &[]);
                self.expr(x.call);
            }
            Stmt::Return(x) => {
                self.plain("Return", span, &[]);
                self.exprs(x.results);
            }
            Stmt::Branch(x) => {
                self.operator("Branch", span, x.kind, &[]);
                if let Some(label) = x.label {
                    self.ident(label);
                }
            }
            Stmt::Labeled(x) => {
                self.plain("Labeled", span, &[at(x.colon)]);
                self.ident(x.label);
                self.stmt(x.stmt);
            }
            _ => self.control(stmt, span),
        }
        self.text(")");
    }

    fn control(&mut self, stmt: Stmt<'_>, span: Span) {
        match stmt {
            Stmt::If(x) => {
                self.plain("If", span, &[]);
                self.maybe_stmt("Init", x.init);
                self.expr(x.cond);
                self.block(&x.then);
                self.maybe_stmt("Else", x.otherwise);
            }
            Stmt::Switch(x) => {
                self.plain("Switch", span, &[at(x.braces.start)]);
                self.maybe_stmt("Init", x.init);
                self.maybe("Tag", x.tag);
                self.clauses(x.clauses, false);
            }
            Stmt::TypeSwitch(x) => {
                self.plain("TypeSwitch", span, &[at(x.braces.start)]);
                self.maybe_stmt("Init", x.init);
                self.stmt(x.guard);
                self.clauses(x.clauses, false);
            }
            Stmt::Select(x) => {
                self.plain("Select", span, &[at(x.braces.start)]);
                self.clauses(x.clauses, true);
            }
            Stmt::For(x) => {
                self.plain("For", span, &[]);
                self.maybe_stmt("Init", x.init);
                self.maybe("Cond", x.cond);
                self.maybe_stmt("Post", x.post);
                self.block(&x.body);
            }
            Stmt::Range(x) => {
                let op_pos = if x.op.is_some() { at(x.op_pos) } else { NONE };
                self.open("Range", span, &[op_pos, at(x.range_pos)]);
                if let Some(op) = x.op {
                    self.word(spelling(op).as_bytes());
                }
                self.line();
                self.maybe("Key", x.key);
                self.maybe("Value", x.value);
                self.expr(x.operand);
                self.block(&x.body);
            }
            _ => {}
        }
    }

    fn clauses(&mut self, clauses: &[Clause<'_>], select: bool) {
        for clause in clauses {
            self.open("Clause", clause.span(), &[at(clause.colon)]);
            self.word(clause.is_default.to_string().as_bytes());
            self.line();
            if select {
                self.maybe_stmt("Comm", clause.comm);
            } else {
                self.exprs(clause.values);
            }
            self.stmts(clause.body);
            self.text(")");
        }
    }
}

fn begins_with_name(mut ty: Expr<'_>) -> bool {
    while let Expr::Binary(union) = ty {
        ty = union.left;
    }
    matches!(ty, Expr::Ident(_) | Expr::Selector(_) | Expr::Index(_))
}

/// As go/scanner has it: without carriage returns, except where taking one away would end the comment early.
fn comment_text(text: &[u8]) -> Vec<u8> {
    let general = text.starts_with(b"/*");
    let mut kept = Vec::with_capacity(text.len());
    for (i, &c) in text.iter().enumerate() {
        let guards =
            general && kept.len() > 2 && kept.last() == Some(&b'*') && text.get(i + 1) == Some(&b'/');
        if c != b'\r' || guards {
            kept.push(c);
        }
    }
    kept
}

#[rustfmt::skip]
fn spelling(token: Token) -> &'static str {
    use Token::*;
    match token {
        Add => "+", Sub => "-", Mul => "*", Quo => "/", Rem => "%", And => "&", Or => "|", Xor => "^",
        Shl => "<<", Shr => ">>", AndNot => "&^",
        AddAssign => "+=", SubAssign => "-=", MulAssign => "*=", QuoAssign => "/=", RemAssign => "%=",
        AndAssign => "&=", OrAssign => "|=", XorAssign => "^=", ShlAssign => "<<=", ShrAssign => ">>=",
        AndNotAssign => "&^=",
        LAnd => "&&", LOr => "||", Arrow => "<-", Inc => "++", Dec => "--", Eql => "==", Lss => "<", Gtr => ">",
        Assign => "=", Not => "!", Tilde => "~", Neq => "!=", Leq => "<=", Geq => ">=", Define => ":=",
        Break => "break", Continue => "continue", Goto => "goto", Fallthrough => "fallthrough",
        Import => "import", Const => "const", Type => "type", Var => "var",
        _ => "?",
    }
}

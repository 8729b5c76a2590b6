//! Statements.

use super::expr::without_parens;
use super::{MAX_LINKS, Parser, T, settle};
use crate::Span;
use crate::go::ast::*;

/// What a simple statement may be beyond itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Basic,
    Label,
    Range,
}

/// The header of a `for` with `range`.
struct RangeHeader<'a> {
    left: &'a [Expr<'a>],
    op: Option<T>,
    op_pos: u32,
    range_pos: u32,
    operand: Expr<'a>,
}

enum Simple<'a> {
    Stmt(Stmt<'a>),
    Range(RangeHeader<'a>),
}

impl<'a> Parser<'a, '_> {
    pub(super) fn block(&mut self) -> Block<'a> {
        let start = self.expect(T::LBrace, "'{'");
        let stmts = self.stmts();
        self.expect(T::RBrace, "'}'");
        Block { stmts, span: self.since(start) }
    }

    fn stmts(&mut self) -> &'a [Stmt<'a>] {
        let mark = self.stmts.len();
        while !matches!(self.token, T::Case | T::Default | T::RBrace | T::Eof) && !self.at_declared_function()
        {
            let before = self.pos();
            let stmt = self.stmt();
            self.stmts.push(stmt);
            if self.pos() == before && !matches!(self.token, T::RBrace | T::Eof) {
                self.next();
            }
        }
        settle(self.arena, &mut self.stmts, mark)
    }

    fn stmt(&mut self) -> Stmt<'a> {
        self.enter();
        let stmt = self.stmt_of_any_kind();
        self.leave();
        stmt
    }

    fn stmt_of_any_kind(&mut self) -> Stmt<'a> {
        let pos = self.pos();
        match self.token {
            T::Const | T::Var | T::Type => Stmt::Decl(self.gen_decl()),
            T::Go | T::Defer => self.spawned(),
            T::Return => {
                self.next();
                let results = if matches!(self.token, T::Semi | T::RBrace) { &[] } else { self.expr_list() };
                self.semicolon();
                Stmt::Return(self.alloc(Return { pos, results }))
            }
            kind @ (T::Break | T::Continue | T::Goto | T::Fallthrough) => {
                self.next();
                let may_have = kind != T::Fallthrough && self.token == T::Ident;
                let label = (kind == T::Goto || may_have).then(|| self.ident());
                self.semicolon();
                Stmt::Branch(self.alloc(Branch { kind, pos, label }))
            }
            T::LBrace => {
                let block = self.block();
                self.semicolon();
                Stmt::Block(self.alloc(block))
            }
            T::If => self.if_stmt(),
            T::Switch => self.switch_stmt(),
            T::Select => self.select_stmt(),
            T::For => self.for_stmt(),
            T::Semi => {
                let implicit = !self.lexer.semicolon_is_written();
                self.next();
                Stmt::Empty { pos, implicit }
            }
            T::RBrace => Stmt::Empty { pos, implicit: true },
            T::Ident | T::Int | T::Float | T::Imag | T::Char | T::Str | T::RawStr | T::Func | T::LParen => {
                self.simple_with_semicolon()
            }
            T::LBrack | T::Struct | T::Map | T::Chan | T::Interface => self.simple_with_semicolon(),
            T::Add | T::Sub | T::Mul | T::And | T::Xor | T::Arrow | T::Not => self.simple_with_semicolon(),
            _ => {
                self.expected("a statement");
                if !matches!(self.token, T::Eof | T::Case | T::Default) {
                    self.next();
                }
                self.skip_to_statement();
                Stmt::Bad(self.since(pos))
            }
        }
    }

    fn simple_with_semicolon(&mut self) -> Stmt<'a> {
        match self.simple(Mode::Label) {
            // A label's own statement has consumed the semicolon.
            Simple::Stmt(stmt @ Stmt::Labeled(_)) => stmt,
            Simple::Stmt(stmt) => {
                self.semicolon();
                stmt
            }
            Simple::Range(header) => Stmt::Expr(header.operand),
        }
    }

    fn basic(&mut self) -> Stmt<'a> {
        match self.simple(Mode::Basic) {
            Simple::Stmt(stmt) => stmt,
            Simple::Range(header) => Stmt::Expr(header.operand),
        }
    }

    fn simple(&mut self, mode: Mode) -> Simple<'a> {
        let start = self.pos();
        if mode == Mode::Range && self.token == T::Range {
            return Simple::Range(self.range_header(&[], None, 0));
        }
        let left = self.expr_list();
        let (op, op_pos) = (self.token, self.pos());
        if is_assignment(op) {
            self.next();
            if mode == Mode::Range && self.token == T::Range && matches!(op, T::Assign | T::Define) {
                return Simple::Range(self.range_header(left, Some(op), op_pos));
            }
            let right = self.expr_list();
            return Simple::Stmt(Stmt::Assign(self.alloc(Assign { op, op_pos, left, right })));
        }
        if left.len() > 1 {
            self.problem_at(self.since(start), "expected 1 expression");
        }
        let first = left[0];
        Simple::Stmt(match op {
            T::Colon => self.labeled(first, start, mode),
            T::Arrow => {
                self.next();
                let value = self.expr();
                Stmt::Send(self.alloc(Send { channel: first, arrow: op_pos, value }))
            }
            T::Inc | T::Dec => {
                self.next();
                Stmt::IncDec(self.alloc(IncDec { operand: first, op, op_pos }))
            }
            _ => Stmt::Expr(first),
        })
    }

    fn labeled(&mut self, label: Expr<'a>, start: u32, mode: Mode) -> Stmt<'a> {
        let colon = self.pos();
        self.next();
        match label {
            Expr::Ident(label) if mode == Mode::Label => {
                let stmt = self.stmt();
                Stmt::Labeled(self.alloc(Labeled { label, colon, stmt }))
            }
            _ => {
                self.problem_at(Span::new(colon, colon + 1), "illegal label declaration");
                Stmt::Bad(Span::new(start, colon + 1))
            }
        }
    }

    fn range_header(&mut self, left: &'a [Expr<'a>], op: Option<T>, op_pos: u32) -> RangeHeader<'a> {
        let range_pos = self.pos();
        self.next();
        let operand = self.expr();
        RangeHeader { left, op, op_pos, range_pos, operand }
    }

    fn spawned(&mut self) -> Stmt<'a> {
        let (keyword, pos) = (self.token, self.pos());
        self.next();
        let start = self.pos();
        let read = self.expr();
        let span = self.since(start);
        let call = without_parens(read);
        let word = if keyword == T::Go { "go" } else { "defer" };
        if matches!(read, Expr::Paren(_)) {
            self.problem_at(span, format!("expression in {word} must not be parenthesized"));
        }
        if !matches!(call, Expr::Call(_) | Expr::Bad(_)) {
            self.problem_at(span, format!("expression in {word} must be function call"));
        }
        self.semicolon();
        let spawned = self.alloc(Spawned { pos, call });
        if keyword == T::Go { Stmt::Go(spawned) } else { Stmt::Defer(spawned) }
    }

    /// The expression that a header must hold.
    fn header_expr(&mut self, stmt: Stmt<'a>, span: Span, what: &str) -> Expr<'a> {
        match stmt {
            Stmt::Expr(expr) => expr,
            _ => {
                let found = if matches!(stmt, Stmt::Assign(_)) { "assignment" } else { "simple statement" };
                let hint = "(missing parentheses around composite literal?)";
                self.problem_at(span, format!("expected {what}, found {found} {hint}"));
                Expr::Bad(span)
            }
        }
    }

    /// A chain of `else if` is read in a loop and then built from its end.
    fn if_stmt(&mut self) -> Stmt<'a> {
        let mark = self.ifs.len();
        let mut otherwise = None;
        loop {
            let pos = self.pos();
            self.next();
            let (init, cond) = self.if_header();
            let then = self.block();
            self.ifs.push(If { pos, init, cond, then, otherwise: None });
            if !self.got(T::Else) {
                self.semicolon();
                break;
            }
            match self.token {
                T::If if self.ifs.len() - mark < MAX_LINKS => continue,
                T::If => self.unwind(),
                T::LBrace => {
                    let block = self.block();
                    otherwise = Some(Stmt::Block(self.alloc(block)));
                    self.semicolon();
                }
                _ => {
                    self.expected("'if' or a block");
                    otherwise = Some(Stmt::Bad(Span::at(self.pos())));
                }
            }
            break;
        }
        let mut first = Stmt::Bad(Span::default());
        while self.ifs.len() > mark {
            let Some(mut link) = self.ifs.pop() else { break };
            link.otherwise = otherwise;
            first = Stmt::If(self.alloc(link));
            otherwise = Some(first);
        }
        first
    }

    fn if_header(&mut self) -> (Option<Stmt<'a>>, Expr<'a>) {
        if self.token == T::LBrace {
            self.problem("missing condition in if statement");
            return (None, Expr::Bad(Span::at(self.pos())));
        }
        let level = std::mem::replace(&mut self.level, -1);
        if self.token == T::Var {
            self.problem("var declaration not allowed in if initializer");
            self.next();
        }
        let mut start = self.pos();
        let mut init = None;
        let mut cond = (self.token != T::Semi).then(|| self.basic());
        if self.token == T::Semi {
            init = cond.take();
            self.next();
            start = self.pos();
            if self.token == T::LBrace {
                self.problem("missing condition in if statement");
            } else {
                cond = Some(self.basic());
            }
        }
        self.level = level;
        let span = self.since(start);
        let cond = match cond {
            Some(cond) => self.header_expr(cond, span, "boolean expression"),
            None => Expr::Bad(Span::at(self.pos())),
        };
        (init, cond)
    }

    fn switch_stmt(&mut self) -> Stmt<'a> {
        let pos = self.pos();
        self.next();
        let (mut init, mut tag) = (None, None);
        let mut start = self.pos();
        if self.token != T::LBrace {
            let level = std::mem::replace(&mut self.level, -1);
            if self.token != T::Semi {
                tag = Some(self.basic());
            }
            if self.got(T::Semi) {
                init = tag.take();
                start = self.pos();
                if self.token != T::LBrace {
                    tag = Some(self.basic());
                }
            }
            self.level = level;
        }
        let span = self.since(start);
        let guard = tag.filter(|tag| self.is_type_switch_guard(tag));
        let braces = self.expect(T::LBrace, "'{'");
        let clauses = self.clauses(false);
        let braces = self.since(braces);
        self.semicolon();
        if let Some(guard) = guard {
            return Stmt::TypeSwitch(self.alloc(TypeSwitch { pos, init, guard, clauses, braces }));
        }
        let tag = tag.map(|tag| self.header_expr(tag, span, "switch expression"));
        Stmt::Switch(self.alloc(Switch { pos, init, tag, clauses, braces }))
    }

    fn is_type_switch_guard(&mut self, stmt: &Stmt<'a>) -> bool {
        let is_assertion = |expr: &Expr<'a>| matches!(expr, Expr::Assert(TypeAssert { ty: None, .. }));
        match stmt {
            Stmt::Expr(expr) => is_assertion(expr),
            Stmt::Assign(Assign { left: [_], right: [right], op, op_pos }) if is_assertion(right) => {
                if *op == T::Assign {
                    self.problem_at(Span::new(*op_pos, *op_pos + 1), "expected ':=', found '='");
                }
                matches!(op, T::Assign | T::Define)
            }
            _ => false,
        }
    }

    fn select_stmt(&mut self) -> Stmt<'a> {
        let pos = self.pos();
        self.next();
        let start = self.expect(T::LBrace, "'{'");
        let clauses = self.clauses(true);
        let braces = self.since(start);
        self.semicolon();
        Stmt::Select(self.alloc(Select { pos, clauses, braces }))
    }

    /// The clauses of a switch or select and the `}` behind them.
    fn clauses(&mut self, select: bool) -> &'a [Clause<'a>] {
        let mark = self.clauses.len();
        loop {
            match self.token {
                T::Case | T::Default => {
                    let clause = self.clause(select);
                    self.clauses.push(clause);
                }
                T::RBrace | T::Eof => break,
                _ if self.at_declared_function() => break,
                _ => {
                    self.expected("'case', 'default' or '}'");
                    while !matches!(self.token, T::Case | T::Default | T::RBrace | T::Eof) {
                        match self.token {
                            T::LBrace => self.skip_braces(),
                            T::Func if self.at_lost_function() => break,
                            _ => self.next(),
                        }
                    }
                }
            }
        }
        self.expect(T::RBrace, "'}'");
        settle(self.arena, &mut self.clauses, mark)
    }

    fn clause(&mut self, select: bool) -> Clause<'a> {
        let pos = self.pos();
        let is_default = self.token == T::Default;
        self.next();
        let mut values: &'a [Expr<'a>] = &[];
        let mut comm = None;
        if !is_default && select {
            comm = Some(self.communication());
        } else if !is_default {
            values = self.expr_list();
        }
        let colon = self.expect(T::Colon, "':'");
        let body = self.stmts();
        Clause { pos, is_default, values, comm, colon, body }
    }

    fn communication(&mut self) -> Stmt<'a> {
        let start = self.pos();
        let mut left = self.expr_list();
        let (op, op_pos) = (self.token, self.pos());
        let span = self.since(start);
        match op {
            T::Assign | T::Define => {
                if left.len() > 2 {
                    self.problem_at(span, "expected 1 or 2 expressions");
                    left = &left[..2];
                }
                self.next();
                let right = self.expr();
                let right = std::slice::from_ref(self.alloc(right));
                Stmt::Assign(self.alloc(Assign { op, op_pos, left, right }))
            }
            _ => {
                if left.len() > 1 {
                    self.problem_at(span, "expected 1 expression");
                }
                if !self.got(T::Arrow) {
                    return Stmt::Expr(left[0]);
                }
                let value = self.expr();
                Stmt::Send(self.alloc(Send { channel: left[0], arrow: op_pos, value }))
            }
        }
    }

    fn for_stmt(&mut self) -> Stmt<'a> {
        let pos = self.pos();
        self.next();
        let level = std::mem::replace(&mut self.level, -1);
        let mut start = self.pos();
        let (mut init, mut cond, mut post) = (None, None, None);
        let mut span = Span::at(start);
        let mut range = None;
        if !matches!(self.token, T::LBrace | T::Semi) {
            match self.simple(Mode::Range) {
                Simple::Stmt(stmt) => cond = Some(stmt),
                Simple::Range(header) => range = Some(header),
            }
            span = self.since(start);
        }
        if range.is_none() && self.got(T::Semi) {
            init = cond.take();
            start = self.pos();
            if self.token == T::LBrace {
                self.expected("a condition or ';'");
            } else {
                cond = (self.token != T::Semi).then(|| self.basic());
                span = self.since(start);
                self.second_semicolon();
                post = (self.token != T::LBrace).then(|| self.basic());
            }
        }
        self.level = level;
        let body = self.block();
        self.semicolon();
        if let Some(header) = range {
            return self.range_stmt(pos, header, body);
        }
        let cond = cond.map(|cond| self.header_expr(cond, span, "boolean or range expression"));
        Stmt::For(self.alloc(For { pos, init, cond, post, body }))
    }

    fn second_semicolon(&mut self) {
        if !self.got(T::Semi) {
            self.expected("';' in for clause");
        }
    }

    fn range_stmt(&mut self, pos: u32, header: RangeHeader<'a>, body: Block<'a>) -> Stmt<'a> {
        let RangeHeader { left, op, op_pos, range_pos, operand } = header;
        if left.len() > 2 {
            self.problem_at(Span::new(range_pos, range_pos + 5), "range permits at most 2 variables");
        }
        let (key, value) = (left.first().copied(), left.get(1).copied());
        Stmt::Range(self.alloc(Range { pos, key, value, op, op_pos, range_pos, operand, body }))
    }
}

#[rustfmt::skip]
fn is_assignment(token: T) -> bool {
    matches!(token, T::Define | T::Assign | T::AddAssign | T::SubAssign | T::MulAssign | T::QuoAssign | T::RemAssign
        | T::AndAssign | T::OrAssign | T::XorAssign | T::ShlAssign | T::ShrAssign | T::AndNotAssign)
}

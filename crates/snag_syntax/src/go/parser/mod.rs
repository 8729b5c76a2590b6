//! Tokens to trees.
//!
//! A file is accepted exactly when Go's `go/parser` accepts it. Unlike that one, this parser always reads on
//! to the end of the file: a broken declaration costs that declaration.
//!
//! Nesting is limited to [`MAX_NESTING`] (Go's own limit is 100,000, which needs a stack that grows). What is
//! nested deeper is left out and reported. The limit counts expressions, types and blocks inside each other: what
//! makes a reader of the tree recurse. At the limit the parser itself needs less than 2 MiB of stack in a debug
//! build. Chains are not nested but long: binary operators, `a.b().c[i]`, `else if`. Walk those in a loop.

mod decl;
mod expr;
mod params;
mod skip;
mod stmt;
mod types;

use super::ast::*;
use super::lexer::{Lexer, text_problems};
use super::token::Token as T;
use crate::symbol::Names;
use crate::{Problem, Span, Symbol, sym};
use bumpalo::Bump;
use skip::Declared;

pub use skip::body_end;

/// How deeply expressions, types and statements may be nested.
pub const MAX_NESTING: u32 = 1_500;

/// How many links a chain of postfix operators or of `else if` may have: as many as for `go/parser`.
pub const MAX_LINKS: usize = 100_000;

/// What to do with the bodies of declared functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bodies {
    /// Read them.
    Parse,
    /// Only find where they end. A body that may not end where its braces say is read nevertheless.
    Skip,
}

/// Reads a file. The tree refers to `source` by offsets only.
pub fn parse_file<'a>(source: &[u8], arena: &'a Bump, bodies: Bodies) -> File<'a> {
    let mut parser = Parser::new(source, arena, bodies);
    text_problems(source, &mut parser.lexer.problems);
    parser.next();
    parser.file()
}

/// Reads the function body at `body`, a span as [`Body::Skipped`] has it.
pub fn parse_body<'a>(source: &[u8], body: Span, arena: &'a Bump) -> (Block<'a>, Vec<Problem>) {
    let mut parser = Parser::new(source.get(..body.end as usize).unwrap_or(source), arena, Bodies::Parse);
    parser.lexer.jump(body.start as usize, false);
    parser.next();
    let mut block = parser.block();
    // A mistake may have ended it early.
    block.span = body;
    (block, parser.finish().1)
}

pub(super) struct Parser<'a, 's> {
    pub(super) lexer: Lexer<'s>,
    /// The kind of the current token; end of file while unwinding.
    pub(super) token: T,
    arena: &'a Bump,
    names: Names,
    bodies: Bodies,
    /// Below zero where a `{` begins a block and not a composite literal.
    level: i32,
    nesting: u32,
    /// Set when the nesting is too deep: every token looks like the end of the file until the caller that
    /// can go on does so.
    unwinding: bool,
    /// Set while a body is read again that does not end where its braces say.
    recovering: bool,
    /// How many problems there were in front of the body at hand.
    problems_before: usize,
    braces: skip::Braces,
    /// Where the last consumed token ended.
    last_end: u32,
    last_problem: Option<u32>,
    exprs: Vec<Expr<'a>>,
    stmts: Vec<Stmt<'a>>,
    fields: Vec<Field<'a>>,
    params: Vec<params::Param<'a>>,
    idents: Vec<Ident>,
    clauses: Vec<Clause<'a>>,
    specs: Vec<Spec<'a>>,
    /// The links of the chains of `else if` being read.
    ifs: Vec<If<'a>>,
}

/// Moves what a list collected since `mark` into the arena.
fn settle<'a, N: Copy>(arena: &'a Bump, list: &mut Vec<N>, mark: usize) -> &'a [N] {
    if list.len() == mark {
        return &[];
    }
    let settled = arena.alloc_slice_copy(&list[mark..]);
    list.truncate(mark);
    settled
}

impl<'a, 's> Parser<'a, 's> {
    pub(super) fn new(source: &'s [u8], arena: &'a Bump, bodies: Bodies) -> Parser<'a, 's> {
        Parser {
            lexer: Lexer::new(source),
            token: T::Eof,
            arena,
            names: Names::take(),
            bodies,
            level: 0,
            nesting: 0,
            unwinding: false,
            recovering: false,
            problems_before: usize::MAX,
            braces: skip::Braces::default(),
            last_end: 0,
            last_problem: None,
            exprs: Vec::new(),
            stmts: Vec::new(),
            fields: Vec::new(),
            params: Vec::new(),
            idents: Vec::new(),
            clauses: Vec::new(),
            specs: Vec::new(),
            ifs: Vec::new(),
        }
    }

    /// The comments and problems of all that was read.
    pub(super) fn finish(self) -> (Vec<Span>, Vec<Problem>) {
        self.names.give_back();
        (self.lexer.comments, self.lexer.problems)
    }

    fn alloc<N: Copy>(&self, node: N) -> &'a N {
        self.arena.alloc(node)
    }

    pub(super) fn next(&mut self) {
        self.last_end = self.lexer.end;
        if !self.unwinding {
            self.lexer.next();
            self.token = self.lexer.token;
        }
    }

    pub(super) fn pos(&self) -> u32 {
        self.lexer.start
    }

    fn here(&self) -> Span {
        Span::new(self.lexer.start, self.lexer.end)
    }

    /// From `start` to the end of the last token that was consumed.
    fn since(&self, start: u32) -> Span {
        Span::new(start, self.last_end)
    }

    #[cold]
    fn problem_at(&mut self, span: Span, message: impl Into<String>) {
        if self.unwinding || self.last_problem == Some(span.start) {
            return;
        }
        self.last_problem = Some(span.start);
        self.lexer.problems.push(Problem { span, message: message.into() });
    }

    #[cold]
    fn problem(&mut self, message: impl Into<String>) {
        let span = if self.token == T::Semi && !self.lexer.semicolon_is_written() {
            Span::at(self.pos())
        } else {
            self.here()
        };
        self.problem_at(span, message);
    }

    #[cold]
    fn expected(&mut self, what: &str) {
        let found = match self.token {
            T::Eof => "the end of the file",
            T::Semi if !self.lexer.semicolon_is_written() => "the end of the line",
            T::Str | T::RawStr => "a string",
            _ => "",
        };
        let message = match (found, std::str::from_utf8(self.lexer.text())) {
            ("", Ok(text)) => format!("expected {what}, found '{text}'"),
            ("", Err(_)) => format!("expected {what}"),
            _ => format!("expected {what}, found {found}"),
        };
        self.problem(message);
    }

    fn got(&mut self, token: T) -> bool {
        let got = self.token == token;
        if got {
            self.next();
        }
        got
    }

    /// Consumes `token` or complains; says where it is.
    fn expect(&mut self, token: T, text: &str) -> u32 {
        let pos = self.pos();
        if !self.got(token) {
            self.expected(text);
        }
        pos
    }

    /// Like [`Parser::expect`], where a line end in front of the closing token is a frequent mistake.
    fn expect_closing(&mut self, token: T, text: &str) {
        if self.token == T::Semi && !self.lexer.semicolon_is_written() {
            self.problem("missing ',' before newline");
            self.next();
        }
        self.expect(token, text);
    }

    /// Whether a list goes on; consumes its comma. Without one the list ends here.
    fn comma(&mut self, closing: T) -> bool {
        if self.got(T::Comma) {
            return true;
        }
        if self.token != closing {
            self.problem(if self.token == T::Semi { "missing ',' before newline" } else { "missing ','" });
        }
        false
    }

    /// Consumes the end of a statement, or looks for a place to go on.
    fn semicolon(&mut self) {
        match self.token {
            T::Semi => self.next(),
            T::RParen | T::RBrace => {}
            T::Comma => {
                self.expected("';'");
                self.next();
            }
            _ => {
                self.expected("';'");
                self.skip_to_statement();
            }
        }
    }

    fn skip_to_statement(&mut self) {
        loop {
            match self.token {
                T::Eof | T::RBrace | T::Case | T::Default => return,
                T::Break | T::Const | T::Continue | T::Defer | T::Fallthrough | T::For | T::Go | T::Goto => {
                    return;
                }
                T::If | T::Return | T::Select | T::Switch | T::Type | T::Var => return,
                T::Func if self.at_lost_function() => return,
                T::Semi => return self.next(),
                T::LBrace => self.skip_braces(),
                _ => self.next(),
            }
        }
    }

    /// Consumes a `{` and everything up to its `}`.
    fn skip_braces(&mut self) {
        let mut depth = 0u32;
        loop {
            match self.token {
                T::LBrace => depth += 1,
                T::RBrace => depth -= 1,
                T::Func if self.at_lost_function() => return,
                T::Eof => return,
                _ => {}
            }
            self.next();
            if depth == 0 {
                return;
            }
        }
    }

    /// Enters one level of nesting; `leave` must follow.
    fn enter(&mut self) {
        self.nesting += 1;
        if self.nesting > MAX_NESTING && !self.unwinding {
            self.unwind();
        }
    }

    #[cold]
    fn unwind(&mut self) {
        self.problem("nested too deeply");
        self.unwinding = true;
        self.token = T::Eof;
    }

    fn leave(&mut self) {
        self.nesting -= 1;
    }

    /// Whether the current `func` begins a declaration: it stands at the beginning of a line and has a name.
    /// Inside a body that means that a `}` is missing above.
    fn at_declared_function(&self) -> bool {
        if self.token != T::Func {
            return false;
        }
        match skip::declaration_at(self.lexer.source, self.pos() as usize) {
            Some(Declared::Function) => true,
            // `func (x) T(y)` is also a conversion.
            Some(Declared::Method) => self.recovering || self.lexer.problems.len() > self.problems_before,
            None => false,
        }
    }

    /// The same while looking for a place to go on behind a mistake.
    fn at_lost_function(&self) -> bool {
        skip::declaration_at(self.lexer.source, self.pos() as usize).is_some()
    }

    fn symbol(&mut self) -> Symbol {
        self.names.symbol_at(self.lexer.source, self.lexer.start as usize, self.lexer.end as usize)
    }

    fn ident(&mut self) -> Ident {
        let pos = self.pos();
        if self.token != T::Ident {
            self.expected("a name");
            return Ident { pos, name: sym::Empty };
        }
        let name = self.symbol();
        self.next();
        Ident { pos, name }
    }

    /// Names with commas between them, the first of which may have been read.
    fn ident_list(&mut self, first: Option<Ident>) -> &'a [Ident] {
        let first = match first {
            Some(first) => first,
            None => self.ident(),
        };
        if self.token != T::Comma {
            return std::slice::from_ref(self.alloc(first));
        }
        let mark = self.idents.len();
        self.idents.push(first);
        while self.got(T::Comma) {
            let ident = self.ident();
            self.idents.push(ident);
        }
        settle(self.arena, &mut self.idents, mark)
    }
}

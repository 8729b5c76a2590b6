//! Files and declarations.

use super::params::Params;
use super::{Bodies, Parser, T, settle};
use crate::go::ast::*;
use crate::go::literal;
use crate::{Span, sym};

/// An operator with its left operand, taken off an expression.
type Link<'a> = &'a Binary<'a>;

impl<'a> Parser<'a, '_> {
    pub(super) fn file(mut self) -> File<'a> {
        let (package_pos, package) = self.package_clause();
        let mut decls = Vec::new();
        let mut last = T::Import;
        while self.token != T::Eof {
            let before = self.pos();
            if self.token == T::Import && last != T::Import {
                self.problem("imports must appear before other declarations");
            }
            last = self.token;
            decls.push(self.top_level_decl());
            if self.unwinding {
                self.resume_at_declaration();
            } else if self.pos() == before && self.token != T::Eof {
                self.next();
            }
        }
        let decls = self.arena.alloc_slice_copy(&decls);
        let (comments, problems) = self.finish();
        File { package_pos, package, decls, comments, problems }
    }

    /// The package clause with its semicolon.
    pub(in crate::go) fn package_clause(&mut self) -> (u32, Ident) {
        let package_pos = self.expect(T::Package, "'package'");
        let package = self.ident();
        match self.token {
            T::Semi => self.next(),
            T::Import | T::Const | T::Type | T::Var | T::Func => self.expected("';'"),
            T::Eof => {}
            _ => {
                self.expected("';'");
                self.skip_to_declaration();
            }
        }
        (package_pos, package)
    }

    fn top_level_decl(&mut self) -> Decl<'a> {
        match self.token {
            T::Import | T::Const | T::Var | T::Type => Decl::Gen(self.gen_decl()),
            T::Func => Decl::Func(self.func_decl()),
            _ => {
                let start = self.pos();
                self.expected("a declaration");
                self.next();
                self.skip_to_declaration();
                Decl::Bad(self.since(start))
            }
        }
    }

    fn skip_to_declaration(&mut self) {
        loop {
            match self.token {
                T::Eof | T::Func | T::Type | T::Const | T::Var | T::Import => return,
                T::LBrace => self.skip_braces(),
                _ => self.next(),
            }
        }
    }

    /// Goes on after something was nested too deeply: where a line begins with a declaration.
    fn resume_at_declaration(&mut self) {
        let source = self.lexer.source;
        let start = self.pos() as usize;
        let mut lines = memchr::memchr_iter(b'\n', &source[start..]).map(|line| start + line + 1);
        let begins = |at: &usize| {
            let line = &source[*at..];
            line.starts_with(b"func ")
                || line.starts_with(b"type ")
                || line.starts_with(b"var ")
                || line.starts_with(b"const ")
        };
        let at = lines.find(begins).unwrap_or(source.len());
        self.unwinding = false;
        self.level = 0;
        self.lexer.jump(at, false);
        self.next();
    }

    pub(in crate::go) fn gen_decl(&mut self) -> &'a GenDecl<'a> {
        let (keyword, pos) = (self.token, self.pos());
        self.next();
        let mark = self.specs.len();
        let mut parens = None;
        if self.token == T::LParen {
            let start = self.pos();
            self.next();
            let mut iota = 0;
            while self.token != T::RParen && self.token != T::Eof {
                let spec = self.spec(keyword, iota);
                self.specs.push(spec);
                iota += 1;
                if !self.end_of_grouped_spec() {
                    break;
                }
            }
            self.expect(T::RParen, "')'");
            parens = Some(self.since(start));
        } else {
            let spec = self.spec(keyword, 0);
            self.specs.push(spec);
        }
        let specs = settle(self.arena, &mut self.specs, mark);
        self.semicolon();
        self.alloc(GenDecl { keyword, pos, parens, specs })
    }

    /// Consumes the end of a spec in a group; says whether the group may go on.
    fn end_of_grouped_spec(&mut self) -> bool {
        match self.token {
            T::Semi => {
                self.next();
                return true;
            }
            T::RParen => return true,
            _ => self.expected("';'"),
        }
        loop {
            match self.token {
                T::Semi => {
                    self.next();
                    return true;
                }
                T::RParen => return true,
                T::Eof | T::Func | T::Type | T::Const | T::Var | T::Import => return false,
                T::LBrace => self.skip_braces(),
                _ => self.next(),
            }
        }
    }

    fn spec(&mut self, keyword: T, iota: u32) -> Spec<'a> {
        match keyword {
            T::Import => Spec::Import(self.import_spec()),
            T::Type => Spec::Type(self.type_spec()),
            _ => Spec::Value(self.value_spec(keyword, iota)),
        }
    }

    fn import_spec(&mut self) -> &'a ImportSpec {
        let pos = self.pos();
        let name = match self.token {
            T::Ident => Some(self.ident()),
            T::Dot => {
                self.next();
                Some(Ident { pos, name: sym::Dot })
            }
            _ => None,
        };
        let mut path = BasicLit { kind: T::Str, span: Span::at(self.pos()) };
        let mut path_symbol = sym::Empty;
        match self.token {
            T::Str | T::RawStr => {
                path = BasicLit { kind: self.token, span: self.here() };
                path_symbol = self.names.symbol(&literal::unquote(self.lexer.text()).unwrap_or_default());
                self.next();
            }
            T::Int | T::Float | T::Imag | T::Char => {
                self.problem("import path must be a string");
                self.next();
            }
            _ => self.problem("missing import path"),
        }
        self.alloc(ImportSpec { name, path, path_symbol })
    }

    fn value_spec(&mut self, keyword: T, iota: u32) -> &'a ValueSpec<'a> {
        let names = self.ident_list(None);
        let ty = match (keyword, self.token) {
            (_, T::Assign) => None,
            (T::Const, _) => self.try_type(),
            _ => Some(self.ty()),
        };
        let values = if self.got(T::Assign) { self.expr_list() } else { &[] };
        self.alloc(ValueSpec { names, ty, values, iota })
    }

    fn type_spec(&mut self) -> &'a TypeSpec<'a> {
        let name = self.ident();
        let mut spec = TypeSpec {
            name,
            type_params: &[],
            type_param_brackets: Span::default(),
            alias: None,
            ty: Expr::Bad(Span::at(self.pos())),
        };
        if self.token == T::LBrack {
            let start = self.pos();
            self.next();
            match self.type_params_or_length() {
                Ok(fields) => {
                    self.expect(T::RBrack, "']'");
                    spec.type_params = fields;
                    spec.type_param_brackets = self.since(start);
                }
                Err(len) => {
                    spec.ty = self.array_type(start, len);
                    return self.alloc(spec);
                }
            }
        }
        if self.token == T::Assign {
            spec.alias = Some(self.pos());
            self.next();
        }
        spec.ty = self.ty();
        self.alloc(spec)
    }

    /// Behind `type T [`: type parameters, or the length of an array type.
    fn type_params_or_length(&mut self) -> Result<&'a [Field<'a>], Option<Expr<'a>>> {
        if self.token != T::Ident {
            return Err(None);
        }
        // `P []E` cannot be a length: an index is never constant. Everything else is read as an expression and
        // taken apart if it turns out to be a name and a constraint.
        let mut length = Expr::Ident(self.ident());
        if self.token != T::LBrack {
            self.level += 1;
            let left = self.primary(Some(length));
            length = self.binary(Some(left), 1);
            self.level -= 1;
        }
        match self.split_constraint(length, self.token == T::Comma) {
            Some((name, ty)) if ty.is_some() || self.token != T::RBrack => {
                Ok(self.type_params_from(name, ty))
            }
            _ => Err(Some(length)),
        }
    }

    /// Splits `P *E`, `P (E)`, `P *E|F` and the like, read as expressions, into name and constraint. Where the
    /// whole could be a value, only if `force` is set. A mere name has no constraint.
    fn split_constraint(&mut self, expr: Expr<'a>, force: bool) -> Option<(Ident, Option<Expr<'a>>)> {
        let mut unions: Vec<Link<'a>> = Vec::new();
        let mut force = force;
        let mut first = expr;
        while let Expr::Binary(link @ Binary { op: T::Or, left, right, .. }) = first {
            force |= is_type_element(*right);
            unions.push(link);
            first = *left;
        }
        let (name, mut ty) = match first {
            Expr::Ident(name) if unions.is_empty() => return Some((name, None)),
            Expr::Binary(&Binary { op: T::Mul, op_pos, left: Expr::Ident(name), right })
                if force || is_type_element(right) =>
            {
                (name, Expr::Star(self.alloc(Star { pos: op_pos, operand: right })))
            }
            Expr::Call(&Call { callee: Expr::Ident(name), args: &[arg], ellipsis: None, parens })
                if force || is_type_element(arg) =>
            {
                (name, Expr::Paren(self.alloc(Paren { inner: arg, span: parens })))
            }
            _ => return None,
        };
        for link in unions.into_iter().rev() {
            ty = Expr::Binary(self.alloc(Binary { left: ty, ..*link }));
        }
        Some((name, Some(ty)))
    }

    fn func_decl(&mut self) -> &'a FuncDecl<'a> {
        let pos = self.pos();
        self.next();
        let receiver = (self.token == T::LParen).then(|| self.params(Params::Ordinary));
        let name = self.ident();
        let type_params = (self.token == T::LBrack).then(|| self.type_params());
        let mut ty = self.signature(pos);
        if let Some((fields, brackets)) = type_params {
            ty.type_params = fields;
            ty.type_param_brackets = brackets;
        }
        let mut body = Body::None;
        let mut span = self.since(pos);
        if self.token == T::LBrace {
            body = self.func_body();
            span = self.since(pos);
            self.end_of_func();
        } else if self.got(T::Semi) {
            if self.token == T::LBrace {
                self.problem("unexpected semicolon or newline before {");
                body = self.func_body();
                span = self.since(pos);
                self.end_of_func();
            }
        } else {
            self.end_of_func();
        }
        self.alloc(FuncDecl { receiver, name, ty, body, span })
    }

    fn end_of_func(&mut self) {
        match self.token {
            T::Semi => self.next(),
            T::Eof => {}
            _ => {
                self.expected("';'");
                self.skip_to_declaration();
            }
        }
    }

    /// Reads or skips a body. Either way the file goes on at the same place, so that skipping changes nothing:
    /// a body with a mistake ends where its braces say, unless another function begins before that.
    fn func_body(&mut self) -> Body<'a> {
        let source = self.lexer.source;
        let start = self.pos();
        if self.bodies == Bodies::Skip
            && let Some(end) = self.braces.end(source, start as usize)
        {
            self.lexer.jump(end, true);
            self.next();
            return Body::Skipped(Span::new(start, end as u32));
        }
        let checkpoint = self.lexer.checkpoint();
        self.problems_before = self.lexer.problems.len();
        let mut block = self.block();
        if self.lexer.problems_since(checkpoint) > 0 {
            let end = self.braces.end(source, start as usize);
            if end.is_none() {
                self.braces.distrust();
            }
            self.lexer.restore(checkpoint);
            self.lexer.source = &source[..end.unwrap_or(source.len())];
            self.recovering = end.is_none();
            self.unwinding = false;
            self.last_problem = None;
            self.next();
            block = self.block();
            self.recovering = false;
            self.lexer.source = source;
            if let Some(end) = end {
                self.unwinding = false;
                self.lexer.jump(end, true);
                self.next();
                block.span.end = end as u32;
            }
        }
        self.problems_before = usize::MAX;
        Body::Parsed(block)
    }
}

/// Whether an expression can only be a type or a union of types.
fn is_type_element(mut expr: Expr<'_>) -> bool {
    loop {
        match expr {
            Expr::Array(_)
            | Expr::Struct(_)
            | Expr::Func(_)
            | Expr::Interface(_)
            | Expr::Map(_)
            | Expr::Chan(_) => {
                return true;
            }
            Expr::Binary(binary) => {
                if is_type_element(binary.right) {
                    return true;
                }
                expr = binary.left;
            }
            Expr::Unary(unary) => return unary.op == T::Tilde,
            Expr::Paren(paren) => expr = paren.inner,
            _ => return false,
        }
    }
}

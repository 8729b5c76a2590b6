//! Where nodes are. The same places as `Pos` and `End` in go/ast.

use super::ast::*;
use super::token::Token;
use crate::Span;

fn word(pos: u32, text: &str) -> u32 {
    pos + text.len() as u32
}

impl Expr<'_> {
    /// The bytes of the expression.
    pub fn span(self) -> Span {
        Span::new(self.start(), self.end())
    }

    /// Offset of the first byte.
    pub fn start(self) -> u32 {
        let mut expr = self;
        loop {
            // Long chains lean to the left.
            expr = match expr {
                Expr::Selector(x) => x.operand,
                Expr::Index(x) => x.operand,
                Expr::Slice(x) => x.operand,
                Expr::Assert(x) => x.operand,
                Expr::Call(x) => x.callee,
                Expr::Binary(x) => x.left,
                Expr::KeyValue(x) => x.key,
                Expr::Composite(CompositeLit { ty: Some(ty), .. }) => *ty,
                Expr::Composite(x) => return x.braces.start,
                Expr::Bad(span) => return span.start,
                Expr::Ident(x) => return x.pos,
                Expr::Lit(x) => return x.span.start,
                Expr::FuncLit(x) => return x.ty.start(),
                Expr::Paren(x) => return x.span.start,
                Expr::Star(x) => return x.pos,
                Expr::Unary(x) => return x.pos,
                Expr::Array(x) => return x.pos,
                Expr::Ellipsis(x) => return x.pos,
                Expr::Struct(x) => return x.pos,
                Expr::Func(x) => return x.start(),
                Expr::Interface(x) => return x.pos,
                Expr::Map(x) => return x.pos,
                Expr::Chan(x) => return x.pos,
            };
        }
    }

    /// Offset behind the last byte.
    pub fn end(self) -> u32 {
        let mut expr = self;
        loop {
            expr = match expr {
                Expr::Star(x) => x.operand,
                Expr::Unary(x) => x.operand,
                Expr::Binary(x) => x.right,
                Expr::KeyValue(x) => x.value,
                Expr::Array(x) => x.elem,
                Expr::Ellipsis(Ellipsis { elem: Some(elem), .. }) => *elem,
                Expr::Ellipsis(x) => return word(x.pos, "..."),
                Expr::Map(x) => x.value,
                Expr::Chan(x) => x.elem,
                Expr::Selector(x) => return x.name.span().end,
                Expr::Index(x) => return x.brackets.end,
                Expr::Slice(x) => return x.brackets.end,
                Expr::Assert(x) => return x.parens.end,
                Expr::Call(x) => return x.parens.end,
                Expr::Composite(x) => return x.braces.end,
                Expr::Bad(span) => return span.end,
                Expr::Ident(x) => return x.span().end,
                Expr::Lit(x) => return x.span.end,
                Expr::FuncLit(x) => return x.body.span.end,
                Expr::Paren(x) => return x.span.end,
                Expr::Struct(x) => return x.braces.end,
                Expr::Interface(x) => return x.braces.end,
                // A bare result type may be a function type again.
                Expr::Func(FuncType {
                    results: [.., Field { ty, .. }],
                    result_parens: Span { end: 0, .. },
                    ..
                }) => *ty,
                Expr::Func(x) => return x.param_parens.end.max(x.result_parens.end),
            };
        }
    }
}

impl FuncType<'_> {
    /// Offset of `func`, or of the parameters of an interface method.
    pub fn start(&self) -> u32 {
        self.pos
    }

    /// The bytes of the signature.
    pub fn span(&self) -> Span {
        Span::new(self.start(), Expr::Func(self).end())
    }
}

impl Stmt<'_> {
    /// The bytes of the statement, without its semicolon.
    pub fn span(self) -> Span {
        Span::new(self.start(), self.end())
    }

    /// Offset of the first byte.
    pub fn start(self) -> u32 {
        match self {
            Stmt::Bad(span) => span.start,
            Stmt::Empty { pos, .. } => pos,
            Stmt::Expr(x) => x.start(),
            Stmt::Send(x) => x.channel.start(),
            Stmt::IncDec(x) => x.operand.start(),
            Stmt::Assign(x) => x.left.first().map_or(x.op_pos, |left| left.start()),
            Stmt::Go(x) | Stmt::Defer(x) => x.pos,
            Stmt::Return(x) => x.pos,
            Stmt::Branch(x) => x.pos,
            Stmt::Block(x) => x.span.start,
            Stmt::If(x) => x.pos,
            Stmt::Switch(x) => x.pos,
            Stmt::TypeSwitch(x) => x.pos,
            Stmt::Select(x) => x.pos,
            Stmt::For(x) => x.pos,
            Stmt::Range(x) => x.pos,
            Stmt::Labeled(x) => x.label.pos,
            Stmt::Decl(x) => x.pos,
        }
    }

    /// Offset behind the last byte.
    pub fn end(self) -> u32 {
        let mut stmt = self;
        loop {
            stmt = match stmt {
                Stmt::If(If { otherwise: Some(otherwise), .. }) => *otherwise,
                Stmt::If(x) => return x.then.span.end,
                Stmt::Labeled(x) => x.stmt,
                Stmt::Bad(span) => return span.end,
                Stmt::Empty { pos, implicit } => return if implicit { pos } else { pos + 1 },
                Stmt::Expr(x) => return x.end(),
                Stmt::Send(x) => return x.value.end(),
                Stmt::IncDec(x) => return word(x.op_pos, "++"),
                Stmt::Assign(x) => return x.right.last().map_or(x.op_pos, |right| right.end()),
                Stmt::Go(x) | Stmt::Defer(x) => return x.call.end(),
                Stmt::Return(x) => return x.results.last().map_or(word(x.pos, "return"), |last| last.end()),
                Stmt::Branch(x) => return x.end(),
                Stmt::Block(x) => return x.span.end,
                Stmt::Switch(x) => return x.braces.end,
                Stmt::TypeSwitch(x) => return x.braces.end,
                Stmt::Select(x) => return x.braces.end,
                Stmt::For(x) => return x.body.span.end,
                Stmt::Range(x) => return x.body.span.end,
                Stmt::Decl(x) => return x.span().end,
            };
        }
    }
}

impl Branch {
    fn end(&self) -> u32 {
        match (self.label, self.kind) {
            (Some(label), _) => label.span().end,
            (None, Token::Break) => word(self.pos, "break"),
            (None, Token::Continue) => word(self.pos, "continue"),
            (None, Token::Goto) => word(self.pos, "goto"),
            (None, _) => word(self.pos, "fallthrough"),
        }
    }
}

impl Clause<'_> {
    /// From `case` to behind the last statement.
    pub fn span(&self) -> Span {
        Span::new(self.pos, self.body.last().map_or(self.colon + 1, |last| last.end()))
    }
}

impl GenDecl<'_> {
    /// From the keyword to the end.
    pub fn span(&self) -> Span {
        let last = || self.specs.last().map_or(self.pos, |spec| spec.span().end);
        Span::new(self.pos, self.parens.map_or_else(last, |parens| parens.end))
    }
}

impl Spec<'_> {
    /// The bytes of the specification, without its semicolon.
    pub fn span(&self) -> Span {
        match self {
            Spec::Import(x) => Span::new(x.name.map_or(x.path.span.start, |name| name.pos), x.path.span.end),
            Spec::Type(x) => Span::new(x.name.pos, x.ty.end()),
            Spec::Value(x) => {
                let start = x.names.first().map_or(0, |name| name.pos);
                let names = x.names.last().map_or(start, |name| name.span().end);
                let end = x.values.last().copied().or(x.ty).map_or(names, Expr::end);
                Span::new(start, end)
            }
        }
    }
}

impl Decl<'_> {
    /// The bytes of the declaration, without its semicolon.
    pub fn span(&self) -> Span {
        match self {
            Decl::Gen(x) => x.span(),
            Decl::Func(x) => x.span,
            Decl::Bad(span) => *span,
        }
    }
}

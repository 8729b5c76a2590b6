//! Expressions.

use super::{MAX_LINKS, Parser, T, settle};
use crate::Span;
use crate::go::ast::*;

fn precedence(token: T) -> u8 {
    match token {
        T::LOr => 1,
        T::LAnd => 2,
        T::Eql | T::Neq | T::Lss | T::Leq | T::Gtr | T::Geq => 3,
        T::Add | T::Sub | T::Or | T::Xor => 4,
        T::Mul | T::Quo | T::Rem | T::Shl | T::Shr | T::And | T::AndNot => 5,
        _ => 0,
    }
}

pub(super) fn without_parens(mut expr: Expr<'_>) -> Expr<'_> {
    while let Expr::Paren(paren) = expr {
        expr = paren.inner;
    }
    expr
}

impl<'a> Parser<'a, '_> {
    /// An expression or a type.
    pub(super) fn expr(&mut self) -> Expr<'a> {
        self.binary(None, 1)
    }

    pub(super) fn expr_list(&mut self) -> &'a [Expr<'a>] {
        let first = self.expr();
        if self.token != T::Comma {
            return std::slice::from_ref(self.alloc(first));
        }
        let mark = self.exprs.len();
        self.exprs.push(first);
        while self.got(T::Comma) {
            let expr = self.expr();
            self.exprs.push(expr);
        }
        settle(self.arena, &mut self.exprs, mark)
    }

    /// Operators that bind at least as tightly as `least`; the left operand may have been read.
    pub(super) fn binary(&mut self, left: Option<Expr<'a>>, least: u8) -> Expr<'a> {
        let mut left = match left {
            Some(left) => left,
            None => self.unary(),
        };
        loop {
            let op = self.token;
            let tightness = precedence(op);
            if tightness < least {
                return left;
            }
            let op_pos = self.pos();
            self.next();
            let right = self.binary(None, tightness + 1);
            left = Expr::Binary(self.alloc(Binary { op, op_pos, left, right }));
        }
    }

    fn unary(&mut self) -> Expr<'a> {
        let pos = self.pos();
        match self.token {
            op @ (T::Add | T::Sub | T::Not | T::Xor | T::And | T::Tilde) => {
                let operand = self.operand_of_unary();
                Expr::Unary(self.alloc(Unary { op, pos, operand }))
            }
            T::Mul => {
                let operand = self.operand_of_unary();
                Expr::Star(self.alloc(Star { pos, operand }))
            }
            T::Arrow => match self.operand_of_unary() {
                // `<-chan T` was read as `<-` and `chan T`.
                Expr::Chan(chan) => self.receive_only(chan, pos),
                operand => Expr::Unary(self.alloc(Unary { op: T::Arrow, pos, operand })),
            },
            _ => self.primary(None),
        }
    }

    fn operand_of_unary(&mut self) -> Expr<'a> {
        self.enter();
        self.next();
        let operand = self.unary();
        self.leave();
        operand
    }

    /// Gives the arrow in front of a channel type to the type: `<-(chan<- chan T)` is `<-chan (<-chan T)`.
    fn receive_only(&mut self, chan: &ChanType<'a>, arrow: u32) -> Expr<'a> {
        let mut elem = chan.elem;
        match (chan.direction, chan.arrow, chan.elem) {
            (Direction::Both, ..) => {}
            (Direction::Send, Some(next), Expr::Chan(inner)) => elem = self.receive_only(inner, next),
            (_, at, _) => {
                let at = at.unwrap_or(chan.pos);
                self.problem_at(Span::new(at, at + 2), "expected a channel type");
            }
        }
        let direction = Direction::Receive;
        Expr::Chan(self.alloc(ChanType { pos: arrow, arrow: Some(arrow), direction, elem }))
    }

    fn operand(&mut self) -> Expr<'a> {
        let pos = self.pos();
        match self.token {
            T::Ident => Expr::Ident(self.ident()),
            kind @ (T::Int | T::Float | T::Imag | T::Char | T::Str | T::RawStr) => {
                let lit = BasicLit { kind, span: self.here() };
                self.next();
                Expr::Lit(self.alloc(lit))
            }
            T::LParen => {
                self.enter();
                self.next();
                self.level += 1;
                let inner = self.expr();
                self.level -= 1;
                self.leave();
                self.expect(T::RParen, "')'");
                Expr::Paren(self.alloc(Paren { inner, span: self.since(pos) }))
            }
            T::Func if !self.at_declared_function() => self.func_type_or_literal(),
            _ => match self.try_type() {
                Some(ty) => ty,
                None => {
                    self.expected("an operand");
                    self.skip_stray_token();
                    Expr::Bad(self.since(pos))
                }
            },
        }
    }

    /// Makes progress over a token that cannot close or separate anything.
    fn skip_stray_token(&mut self) {
        let stays = matches!(
            self.token,
            T::Eof | T::Semi | T::Comma | T::Colon | T::RParen | T::RBrack | T::RBrace | T::LBrace | T::Func
        );
        if !stays && !self.begins_statement() && !matches!(self.token, T::Assign | T::Define | T::Ellipsis) {
            self.next();
        }
    }

    fn begins_statement(&self) -> bool {
        let jumps = matches!(self.token, T::Break | T::Continue | T::Fallthrough | T::Goto | T::Return);
        let declares = matches!(self.token, T::Const | T::Type | T::Var | T::Import | T::Package);
        let branches = matches!(self.token, T::If | T::Else | T::Switch | T::Select | T::Case | T::Default);
        jumps || declares || branches || matches!(self.token, T::For | T::Go | T::Defer)
    }

    fn func_type_or_literal(&mut self) -> Expr<'a> {
        self.enter();
        let ty = self.func_type();
        let expr = if self.token == T::LBrace {
            let level = std::mem::replace(&mut self.level, 0);
            let body = self.block();
            self.level = level;
            Expr::FuncLit(self.alloc(FuncLit { ty, body }))
        } else {
            Expr::Func(self.alloc(ty))
        };
        self.leave();
        expr
    }

    /// An operand, which may have been read, and the selectors, calls and indices behind it.
    pub(super) fn primary(&mut self, operand: Option<Expr<'a>>) -> Expr<'a> {
        let start = self.pos();
        let mut expr = match operand {
            Some(operand) => operand,
            None => self.operand(),
        };
        let mut links = 0;
        while let Some(longer) = self.postfix(expr) {
            expr = longer;
            links += 1;
            if links > MAX_LINKS {
                // The chain goes on behind a hole.
                let hole = self.since(start);
                self.problem_at(hole, "nested too deeply");
                expr = Expr::Bad(hole);
                links = 0;
            }
        }
        expr
    }

    fn postfix(&mut self, operand: Expr<'a>) -> Option<Expr<'a>> {
        match self.token {
            T::Dot => Some(self.selector_or_assertion(operand)),
            T::LBrack => Some(self.index_or_slice(operand)),
            T::LParen => Some(self.call(operand)),
            T::LBrace => {
                let ty = without_parens(operand);
                match ty {
                    Expr::Bad(_) | Expr::Ident(_) | Expr::Selector(_) | Expr::Index(_) if self.level >= 0 => {
                    }
                    Expr::Array(_) | Expr::Struct(_) | Expr::Map(_) => {}
                    _ => return None,
                }
                if let Expr::Paren(paren) = operand {
                    self.problem_at(paren.span, "cannot parenthesize type in composite literal");
                }
                Some(self.composite(Some(operand)))
            }
            _ => None,
        }
    }

    fn selector_or_assertion(&mut self, operand: Expr<'a>) -> Expr<'a> {
        self.next();
        let pos = self.pos();
        match self.token {
            T::Ident => {
                let name = self.ident();
                Expr::Selector(self.alloc(Selector { operand, name }))
            }
            T::LParen => {
                self.next();
                let ty = if self.got(T::Type) { None } else { Some(self.ty()) };
                self.expect(T::RParen, "')'");
                Expr::Assert(self.alloc(TypeAssert { operand, ty, parens: self.since(pos) }))
            }
            _ => {
                self.expected("a selector or a type assertion");
                let name = Ident { pos, name: crate::sym::Empty };
                self.skip_stray_token();
                Expr::Selector(self.alloc(Selector { operand, name }))
            }
        }
    }

    fn index_or_slice(&mut self, operand: Expr<'a>) -> Expr<'a> {
        let start = self.pos();
        self.enter();
        self.next();
        self.level += 1;
        let mark = self.exprs.len();
        let mut bounds = [None; 3];
        let mut colons = 0;
        if self.token == T::RBrack {
            self.expected("an operand");
            let hole = Expr::Bad(Span::at(self.pos()));
            self.exprs.push(hole);
        } else if self.token != T::Colon {
            bounds[0] = Some(self.expr());
        }
        if self.token == T::Colon {
            colons = self.slice_bounds(&mut bounds);
        } else {
            self.exprs.extend(bounds[0]);
            while self.got(T::Comma) {
                if self.token != T::RBrack && self.token != T::Eof {
                    let ty = self.ty();
                    self.exprs.push(ty);
                }
            }
        }
        self.level -= 1;
        self.leave();
        self.expect(T::RBrack, "']'");
        let brackets = self.since(start);
        let args = settle(self.arena, &mut self.exprs, mark);
        if colons == 0 {
            return Expr::Index(self.alloc(Index { operand, args, brackets }));
        }
        Expr::Slice(self.alloc(SliceExpr { operand, bounds, three: colons == 2, brackets }))
    }

    fn slice_bounds(&mut self, bounds: &mut [Option<Expr<'a>>; 3]) -> usize {
        let mut colons = 0;
        while self.token == T::Colon && colons < 2 {
            self.next();
            colons += 1;
            if !matches!(self.token, T::Colon | T::RBrack | T::Eof) {
                bounds[colons] = Some(self.expr());
            }
        }
        if colons == 2 {
            for (which, bound) in ["middle", "final"].into_iter().zip(&mut bounds[1..]) {
                if bound.is_none() {
                    self.problem(format!("{which} index required in 3-index slice"));
                    *bound = Some(Expr::Bad(Span::at(self.pos())));
                }
            }
        }
        colons
    }

    fn call(&mut self, callee: Expr<'a>) -> Expr<'a> {
        let start = self.pos();
        self.enter();
        self.next();
        self.level += 1;
        let mark = self.exprs.len();
        let mut ellipsis = None;
        while self.token != T::RParen && self.token != T::Eof && ellipsis.is_none() {
            let arg = self.expr();
            self.exprs.push(arg);
            if self.token == T::Ellipsis {
                ellipsis = Some(self.pos());
                self.next();
            }
            if !self.comma(T::RParen) {
                break;
            }
        }
        self.level -= 1;
        self.leave();
        self.expect_closing(T::RParen, "')'");
        let args = settle(self.arena, &mut self.exprs, mark);
        Expr::Call(self.alloc(Call { callee, args, ellipsis, parens: self.since(start) }))
    }

    /// The `{...}` of a composite literal.
    fn composite(&mut self, ty: Option<Expr<'a>>) -> Expr<'a> {
        let start = self.pos();
        self.enter();
        self.next();
        self.level += 1;
        let mark = self.exprs.len();
        while self.token != T::RBrace && self.token != T::Eof {
            let element = self.element();
            self.exprs.push(element);
            if !self.comma(T::RBrace) {
                break;
            }
        }
        self.level -= 1;
        self.leave();
        self.expect_closing(T::RBrace, "'}'");
        let elements = settle(self.arena, &mut self.exprs, mark);
        Expr::Composite(self.alloc(CompositeLit { ty, elements, braces: self.since(start) }))
    }

    fn element(&mut self) -> Expr<'a> {
        let key = self.element_value();
        if self.token != T::Colon {
            return key;
        }
        let colon = self.pos();
        self.next();
        let value = self.element_value();
        Expr::KeyValue(self.alloc(KeyValue { key, colon, value }))
    }

    fn element_value(&mut self) -> Expr<'a> {
        if self.token == T::LBrace { self.composite(None) } else { self.expr() }
    }
}

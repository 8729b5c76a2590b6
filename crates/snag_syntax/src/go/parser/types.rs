//! Types, fields, parameters.

use super::params::{Param, Params};
use super::{Parser, T, settle};
use crate::Span;
use crate::go::ast::*;

impl<'a> Parser<'a, '_> {
    pub(super) fn ty(&mut self) -> Expr<'a> {
        match self.try_type() {
            Some(ty) => ty,
            None => {
                self.expected("a type");
                Expr::Bad(Span::at(self.pos()))
            }
        }
    }

    pub(super) fn try_type(&mut self) -> Option<Expr<'a>> {
        if self.token == T::Ident {
            return Some(self.named_type(None));
        }
        self.enter();
        let ty = self.try_type_literal();
        self.leave();
        ty
    }

    fn try_type_literal(&mut self) -> Option<Expr<'a>> {
        let pos = self.pos();
        Some(match self.token {
            T::LBrack => {
                self.next();
                self.array_type(pos, None)
            }
            T::Struct => self.struct_type(),
            T::Mul => {
                self.next();
                let operand = self.ty();
                Expr::Star(self.alloc(Star { pos, operand }))
            }
            T::Func if self.at_declared_function() => return None,
            T::Func => {
                let ty = self.func_type();
                Expr::Func(self.alloc(ty))
            }
            T::Interface => self.interface_type(),
            T::Map => {
                self.next();
                self.expect(T::LBrack, "'['");
                let key = self.ty();
                self.expect(T::RBrack, "']'");
                let value = self.ty();
                Expr::Map(self.alloc(MapType { pos, key, value }))
            }
            T::Chan | T::Arrow => self.chan_type(),
            T::LParen => {
                self.next();
                let inner = self.ty();
                self.expect(T::RParen, "')'");
                Expr::Paren(self.alloc(Paren { inner, span: self.since(pos) }))
            }
            _ => return None,
        })
    }

    /// `T`, `pkg.T`, `T[A]`
    pub(super) fn named_type(&mut self, name: Option<Ident>) -> Expr<'a> {
        let ty = self.type_name(name);
        if self.token == T::LBrack { self.type_instance(ty) } else { ty }
    }

    fn type_name(&mut self, name: Option<Ident>) -> Expr<'a> {
        let name = match name {
            Some(name) => name,
            None => self.ident(),
        };
        let operand = Expr::Ident(name);
        if !self.got(T::Dot) {
            return operand;
        }
        let name = self.ident();
        Expr::Selector(self.alloc(Selector { operand, name }))
    }

    /// The type arguments behind `operand`.
    fn type_instance(&mut self, operand: Expr<'a>) -> Expr<'a> {
        let start = self.expect(T::LBrack, "'['");
        self.enter();
        self.level += 1;
        let mark = self.exprs.len();
        while self.token != T::RBrack && self.token != T::Eof {
            let ty = self.ty();
            self.exprs.push(ty);
            if !self.comma(T::RBrack) {
                break;
            }
        }
        self.level -= 1;
        self.leave();
        if self.exprs.len() == mark {
            self.expected("type arguments");
            let at = self.pos();
            self.exprs.push(Expr::Bad(Span::at(at)));
        }
        self.expect_closing(T::RBrack, "']'");
        let args = settle(self.arena, &mut self.exprs, mark);
        Expr::Index(self.alloc(Index { operand, args, brackets: self.since(start) }))
    }

    /// An array or slice type; `[` at `pos` was read, and perhaps the length.
    pub(super) fn array_type(&mut self, pos: u32, len: Option<Expr<'a>>) -> Expr<'a> {
        let mut len = len;
        if len.is_none() && self.token != T::RBrack {
            self.level += 1;
            len = Some(if self.token == T::Ellipsis {
                let ellipsis = Ellipsis { pos: self.pos(), elem: None };
                self.next();
                Expr::Ellipsis(self.alloc(ellipsis))
            } else {
                self.expr()
            });
            self.level -= 1;
        }
        if self.token == T::Comma {
            self.problem("unexpected comma, expected ']'");
            self.next();
        }
        self.expect(T::RBrack, "']'");
        let elem = self.ty();
        Expr::Array(self.alloc(ArrayType { pos, len, elem }))
    }

    /// What follows a name that may be a field or parameter of array type, or an instantiated type:
    /// `x []E`, `x [N]E`, `x[P]`, `x[P, Q]`.
    pub(super) fn array_or_instance(&mut self, name: Ident) -> Param<'a> {
        let start = self.expect(T::LBrack, "'['");
        let mark = self.exprs.len();
        let mut trailing = None;
        if self.token != T::RBrack {
            self.level += 1;
            let arg = self.expr();
            self.exprs.push(arg);
            while self.token == T::Comma {
                let comma = self.here();
                self.next();
                if self.token == T::RBrack {
                    trailing = Some(comma);
                    break;
                }
                let arg = self.expr();
                self.exprs.push(arg);
            }
            self.level -= 1;
        }
        self.expect(T::RBrack, "']'");
        let brackets = self.since(start);
        let args = settle(self.arena, &mut self.exprs, mark);
        let elem = match args.len() {
            0 => Some(self.ty()),
            1 => self.try_type(),
            _ => None,
        };
        let Some(elem) = elem else {
            let index = Index { operand: Expr::Ident(name), args, brackets };
            return Param { name: None, ty: Some(Expr::Index(self.alloc(index))) };
        };
        if let Some(comma) = trailing {
            self.problem_at(comma, "unexpected comma, expected ']'");
        }
        let array = ArrayType { pos: start, len: args.first().copied(), elem };
        Param { name: Some(name), ty: Some(Expr::Array(self.alloc(array))) }
    }

    fn chan_type(&mut self) -> Expr<'a> {
        let pos = self.pos();
        let (mut arrow, mut direction) = (None, Direction::Both);
        if self.got(T::Chan) {
            if self.token == T::Arrow {
                arrow = Some(self.pos());
                direction = Direction::Send;
                self.next();
            }
        } else {
            arrow = Some(pos);
            direction = Direction::Receive;
            self.next();
            self.expect(T::Chan, "'chan'");
        }
        let elem = self.ty();
        Expr::Chan(self.alloc(ChanType { pos, arrow, direction, elem }))
    }

    fn struct_type(&mut self) -> Expr<'a> {
        let pos = self.pos();
        self.next();
        let start = self.expect(T::LBrace, "'{'");
        let mark = self.fields.len();
        loop {
            match self.token {
                T::Ident | T::Mul | T::LParen => {
                    let field = self.field();
                    self.fields.push(field);
                }
                T::RBrace | T::Eof => break,
                // Where a declaration begins, the `}` is missing.
                T::Func | T::Type | T::Var | T::Const | T::Import => break,
                _ => {
                    self.expected("a field name or an embedded type");
                    self.skip_field();
                }
            }
        }
        self.expect(T::RBrace, "'}'");
        let fields = settle(self.arena, &mut self.fields, mark);
        Expr::Struct(self.alloc(StructType { pos, braces: self.since(start), fields }))
    }

    fn skip_field(&mut self) {
        loop {
            match self.token {
                T::Eof | T::RBrace | T::Func | T::Type | T::Var | T::Const | T::Import => return,
                T::Semi => return self.next(),
                T::LBrace => self.skip_braces(),
                _ => self.next(),
            }
        }
    }

    fn field(&mut self) -> Field<'a> {
        let pos = self.pos();
        let (names, ty): (&'a [Ident], Expr<'a>) = match self.token {
            T::Ident => self.field_with_name(),
            T::Mul => {
                self.next();
                let operand = self.embedded_type();
                (&[], Expr::Star(self.alloc(Star { pos, operand })))
            }
            _ => {
                self.problem("cannot parenthesize embedded type");
                self.next();
                let star = self.pos();
                let ty = if self.got(T::Mul) {
                    let operand = self.named_type(None);
                    Expr::Star(self.alloc(Star { pos: star, operand }))
                } else {
                    self.named_type(None)
                };
                self.got(T::RParen);
                (&[], ty)
            }
        };
        let mut tag = None;
        if matches!(self.token, T::Str | T::RawStr) {
            tag = Some(self.alloc(BasicLit { kind: self.token, span: self.here() }));
            self.next();
        }
        match self.token {
            T::Semi => self.next(),
            T::RBrace => {}
            _ => {
                self.expected("';'");
                self.skip_field();
            }
        }
        Field { names, ty, tag }
    }

    fn field_with_name(&mut self) -> (&'a [Ident], Expr<'a>) {
        let name = self.ident();
        match self.token {
            T::Dot => (&[], self.named_type(Some(name))),
            T::Str | T::RawStr | T::Semi | T::RBrace => (&[], Expr::Ident(name)),
            T::LBrack => {
                let param = self.array_or_instance(name);
                let names = param.name.map_or(&[][..], |name| std::slice::from_ref(self.alloc(name)));
                (names, param.ty.unwrap_or(Expr::Bad(Span::at(name.pos))))
            }
            _ => {
                let names = self.ident_list(Some(name));
                (names, self.ty())
            }
        }
    }

    /// What follows the `*` of an embedded pointer.
    fn embedded_type(&mut self) -> Expr<'a> {
        if self.token != T::LParen {
            return self.named_type(None);
        }
        self.problem("cannot parenthesize embedded type");
        self.next();
        let ty = self.named_type(None);
        self.got(T::RParen);
        ty
    }

    fn interface_type(&mut self) -> Expr<'a> {
        let pos = self.pos();
        self.next();
        let start = self.expect(T::LBrace, "'{'");
        let mark = self.fields.len();
        loop {
            let element = match self.token {
                T::Ident => self.interface_element(),
                T::Tilde => Field { names: &[], ty: self.union(None), tag: None },
                T::Func if self.at_declared_function() => break,
                T::RBrace | T::Eof => break,
                _ => match self.try_type() {
                    Some(term) => Field { names: &[], ty: self.union(Some(term)), tag: None },
                    None => break,
                },
            };
            self.fields.push(element);
            match self.token {
                T::Semi => self.next(),
                T::RBrace => {}
                _ => {
                    self.expected("';'");
                    self.skip_field();
                }
            }
        }
        self.expect(T::RBrace, "'}'");
        let elements = settle(self.arena, &mut self.fields, mark);
        Expr::Interface(self.alloc(InterfaceType { pos, braces: self.since(start), elements }))
    }

    fn interface_element(&mut self) -> Field<'a> {
        let ty = self.type_name(None);
        let ty = match (self.token, ty) {
            (T::LParen, Expr::Ident(name)) => return self.method(name),
            (T::LBrack, Expr::Ident(name)) => match self.method_or_instance(name) {
                Ok(ty) => ty,
                Err(method) => return method,
            },
            (T::LBrack, _) => self.type_instance(ty),
            _ => ty,
        };
        Field { names: &[], ty: self.union(Some(ty)), tag: None }
    }

    fn method(&mut self, name: Ident) -> Field<'a> {
        let pos = self.pos();
        let ty = self.signature(pos);
        Field { names: std::slice::from_ref(self.alloc(name)), ty: Expr::Func(self.alloc(ty)), tag: None }
    }

    /// `name[T]` embeds an instantiated type; `name[P any]()` is a generic method, which is an error.
    fn method_or_instance(&mut self, name: Ident) -> Result<Expr<'a>, Field<'a>> {
        let start = self.here();
        self.next();
        self.level += 1;
        let first = self.expr();
        self.level -= 1;
        if let Expr::Ident(param) = first
            && !matches!(self.token, T::Comma | T::RBrack)
        {
            self.problem_at(start, "interface method must have no type parameters");
            self.param_list(Params::Type, Some(Param { name: Some(param), ty: None }));
            self.expect(T::RBrack, "']'");
            return Err(self.method(name));
        }
        let mark = self.exprs.len();
        self.exprs.push(first);
        if self.comma(T::RBrack) {
            self.level += 1;
            while self.token != T::RBrack && self.token != T::Eof {
                let ty = self.ty();
                self.exprs.push(ty);
                if !self.comma(T::RBrack) {
                    break;
                }
            }
            self.level -= 1;
        }
        self.expect_closing(T::RBrack, "']'");
        let args = settle(self.arena, &mut self.exprs, mark);
        let index = Index { operand: Expr::Ident(name), args, brackets: self.since(start.start) };
        Ok(Expr::Index(self.alloc(index)))
    }

    /// `~A | B | ...`, the first of which may have been read.
    pub(super) fn union(&mut self, first: Option<Expr<'a>>) -> Expr<'a> {
        let mut left = match first {
            Some(first) => first,
            None => self.union_term(),
        };
        while self.token == T::Or {
            let op_pos = self.pos();
            self.next();
            let right = self.union_term();
            left = Expr::Binary(self.alloc(Binary { op: T::Or, op_pos, left, right }));
        }
        left
    }

    fn union_term(&mut self) -> Expr<'a> {
        let pos = self.pos();
        if self.got(T::Tilde) {
            let operand = self.ty();
            return Expr::Unary(self.alloc(Unary { op: T::Tilde, pos, operand }));
        }
        match self.try_type() {
            Some(ty) => ty,
            None => {
                self.expected("a type or ~ and a type");
                Expr::Bad(Span::at(pos))
            }
        }
    }

    pub(super) fn func_type(&mut self) -> FuncType<'a> {
        let pos = self.pos();
        self.next();
        if self.token == T::LBrack {
            self.problem("function type must have no type parameters");
            self.type_params();
        }
        self.signature(pos)
    }

    /// Parameters and results.
    pub(super) fn signature(&mut self, pos: u32) -> FuncType<'a> {
        let (params, param_parens) = self.params(Params::Ordinary);
        let (results, result_parens) = if self.token == T::LParen {
            self.params(Params::Results)
        } else {
            let ty = self.try_type();
            let field = ty.map(|ty| std::slice::from_ref(self.alloc(Field { names: &[], ty, tag: None })));
            (field.unwrap_or_default(), Span::default())
        };
        FuncType {
            pos,
            type_params: &[],
            params,
            results,
            type_param_brackets: Span::default(),
            param_parens,
            result_parens,
        }
    }
}

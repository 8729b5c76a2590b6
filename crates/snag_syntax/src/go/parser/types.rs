//! Types, fields, parameters.

use super::{Parser, T, settle};
use crate::Span;
use crate::go::ast::*;

/// An entry of a parameter list, before it is known whether it is a name or a type.
#[derive(Clone, Copy)]
pub(super) struct Param<'a> {
    name: Option<Ident>,
    ty: Option<Expr<'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Params {
    Ordinary,
    Results,
    Type,
}

impl Params {
    fn closing(self) -> (T, &'static str) {
        if self == Params::Type { (T::RBrack, "']'") } else { (T::RParen, "')'") }
    }
}

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
    fn named_type(&mut self, name: Option<Ident>) -> Expr<'a> {
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
    fn array_or_instance(&mut self, name: Ident) -> Param<'a> {
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

    pub(super) fn params(&mut self, kind: Params) -> (&'a [Field<'a>], Span) {
        let start = self.expect(T::LParen, "'('");
        let fields = self.param_list(kind, None);
        if self.token != T::RParen {
            self.expected("')'");
            while !matches!(self.token, T::RParen | T::LBrace | T::RBrace | T::Semi | T::Eof) {
                self.next();
            }
        }
        self.got(T::RParen);
        (fields, self.since(start))
    }

    pub(super) fn type_params(&mut self) -> (&'a [Field<'a>], Span) {
        let start = self.expect(T::LBrack, "'['");
        let fields = self.param_list(Params::Type, None);
        if fields.is_empty() {
            self.problem("empty type parameter list");
        }
        self.expect(T::RBrack, "']'");
        (fields, self.since(start))
    }

    /// The entries of a list, the first of which may have been read, or only its name.
    pub(super) fn param_list(&mut self, kind: Params, first: Option<Param<'a>>) -> &'a [Field<'a>] {
        let (closing, _) = kind.closing();
        let mark = self.params.len();
        let start = first.and_then(|param| param.name).map_or(self.pos(), |name| name.pos);
        let mut first = first;
        while first.is_some() || self.token != closing && self.token != T::Eof {
            let before = self.pos();
            let param = match first.take() {
                Some(Param { name, ty: Some(ty) }) => Param { name, ty: Some(self.union(Some(ty))) },
                Some(Param { name, ty: None }) => self.param(name, kind),
                None => self.param(None, kind),
            };
            if param.name.is_some() || param.ty.is_some() {
                self.params.push(param);
            } else if self.pos() == before {
                break;
            }
            if !self.comma(closing) {
                break;
            }
        }
        self.distribute_types(kind, mark, start)
    }

    /// The beginning of a type parameter list that looked like an array length.
    pub(super) fn type_params_from(&mut self, name: Ident, ty: Option<Expr<'a>>) -> &'a [Field<'a>] {
        self.param_list(Params::Type, Some(Param { name: Some(name), ty }))
    }

    fn param(&mut self, name: Option<Ident>, kind: Params) -> Param<'a> {
        let constraint = kind == Params::Type;
        let mut param = match self.token {
            _ if name.is_some() => Param { name, ty: None },
            T::Tilde if constraint => return Param { name: None, ty: Some(self.union(None)) },
            T::Ident => Param { name: Some(self.ident()), ty: None },
            T::Ellipsis => return Param { name: None, ty: Some(self.dots_type()) },
            _ => match self.try_type() {
                Some(ty) => Param { name: None, ty: Some(ty) },
                None => {
                    self.expected(kind.closing().1);
                    return Param { name: None, ty: None };
                }
            },
        };
        if let Some(name) = param.name {
            match self.token {
                T::Ident
                | T::Mul
                | T::Arrow
                | T::Func
                | T::Chan
                | T::Map
                | T::Struct
                | T::Interface
                | T::LParen => {
                    param.ty = Some(self.ty());
                }
                T::LBrack => param = self.array_or_instance(name),
                T::Ellipsis => return Param { name: Some(name), ty: Some(self.dots_type()) },
                T::Dot => param = Param { name: None, ty: Some(self.named_type(Some(name))) },
                T::Tilde if constraint => return Param { name: Some(name), ty: Some(self.union(None)) },
                T::Or if constraint => {
                    return Param { name: None, ty: Some(self.union(Some(Expr::Ident(name)))) };
                }
                _ => {}
            }
        }
        if constraint && self.token == T::Or && param.ty.is_some() {
            param.ty = Some(self.union(param.ty));
        }
        param
    }

    fn dots_type(&mut self) -> Expr<'a> {
        let pos = self.pos();
        self.next();
        let elem = Some(self.ty());
        Expr::Ellipsis(self.alloc(Ellipsis { pos, elem }))
    }

    /// Decides which entries are names, and gives names without a type the next type.
    fn distribute_types(&mut self, kind: Params, mark: usize, start: u32) -> &'a [Field<'a>] {
        let list = &self.params[mark..];
        if list.is_empty() {
            return &[];
        }
        let named = list.iter().any(|param| param.name.is_some() && param.ty.is_some());
        let complete = !named || {
            let last_has_type = list.last().is_some_and(|param| param.ty.is_some());
            last_has_type && list.iter().all(|param| param.name.is_some())
        };
        let misplaced = list.iter().enumerate().find_map(|(i, param)| match param.ty {
            Some(Expr::Ellipsis(dots)) => {
                // `a, b ...T` gives `a` the type too.
                let shared = named && i > 0 && list[i - 1].ty.is_none();
                (kind != Params::Ordinary || i + 1 < list.len() || shared).then_some(dots.pos)
            }
            _ => None,
        });
        let what = match (kind, list.last()) {
            (Params::Type, Some(Param { ty: None, .. })) => "missing type constraint",
            (Params::Type, _) => "missing type parameter name",
            (_, Some(Param { ty: None, .. })) => "missing parameter type",
            _ => "missing parameter name",
        };
        if !complete || kind == Params::Type && !named {
            self.problem_at(Span::new(start, self.pos()), what);
        }
        if let Some(pos) = misplaced {
            let only = "can only use ... with final parameter";
            let message = if kind == Params::Ordinary { only } else { "invalid use of ..." };
            self.problem_at(Span::new(pos, pos + 3), message);
        }
        self.make_fields(mark, named)
    }

    fn make_fields(&mut self, mark: usize, named: bool) -> &'a [Field<'a>] {
        let fields = self.fields.len();
        let idents = self.idents.len();
        for i in mark..self.params.len() {
            let Param { name, ty } = self.params[i];
            match (name, ty) {
                (Some(name), None) if named => self.idents.push(name),
                (Some(name), None) => {
                    self.fields.push(Field { names: &[], ty: Expr::Ident(name), tag: None });
                }
                (name, Some(ty)) => {
                    self.idents.extend(name);
                    let names = settle(self.arena, &mut self.idents, idents);
                    self.fields.push(Field { names, ty, tag: None });
                }
                (None, None) => {}
            }
        }
        if self.idents.len() > idents {
            let end = self.pos();
            let names = settle(self.arena, &mut self.idents, idents);
            self.fields.push(Field { names, ty: Expr::Bad(Span::at(end)), tag: None });
        }
        self.params.truncate(mark);
        settle(self.arena, &mut self.fields, fields)
    }
}

//! Parameters, results, type parameters.

use super::{Parser, T, settle};
use crate::Span;
use crate::go::ast::*;

/// An entry of a parameter list, before it is known whether it is a name or a type.
#[derive(Clone, Copy)]
pub(super) struct Param<'a> {
    pub(super) name: Option<Ident>,
    pub(super) ty: Option<Expr<'a>>,
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

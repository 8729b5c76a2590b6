//! Declarations and assignments.

use snag_syntax::go::ast::{Assign, Expr, GenDecl, Ident, Spec, ValueSpec};
use snag_syntax::go::token::Token;
use snag_syntax::{Span, sym};

use super::expr::unparen;
use super::{Local, Lowerer};
use crate::ir::{Instr, Value};
use crate::names::{Object, constant_source};
use crate::types::{Kind, STRING, Ty, Types, UNKNOWN, UNTYPED_STRING};

impl<'p> Lowerer<'p> {
    pub(super) fn assign(&mut self, assign: &'p Assign<'p>) {
        let values: Vec<(Ty, Value)> = assign.right.iter().map(|&right| self.expr(right)).collect();
        let number = |ty: Ty| !matches!(ty, UNKNOWN | STRING | UNTYPED_STRING);
        if assign.op == Token::AddAssign && !values.iter().all(|&(ty, _)| number(ty)) {
            self.calls_runtime();
        }
        let blank = |left: &Expr<'_>| matches!(left, Expr::Ident(name) if name.name == sym::Blank);
        if assign.left.iter().all(blank) {
            values.iter().for_each(|&(_, value)| self.ignore(value));
        }
        // `x := 1` in the clauses of one scope declares what is not there yet and assigns the rest.
        let known = self.marks.last().map_or(0, |mark| mark.0);
        let before = self.scopes.len();
        for (at, &left) in assign.left.iter().enumerate() {
            let (ty, value) = match (assign.right, values.as_slice()) {
                (&[only], &[(ty, value)]) if assign.left.len() > 1 => {
                    let of = assign.left.len() as u32;
                    (self.nth(only, ty, at as u32, of), nth_value(value, at, unparen(only)))
                }
                _ => values.get(at).copied().unwrap_or((UNKNOWN, Value::Unknown)),
            };
            let value =
                if matches!(assign.op, Token::Assign | Token::Define) { value } else { Value::Unknown };
            match left {
                Expr::Ident(name) if assign.op == Token::Define => {
                    let declared = self.scopes[known..before].iter().any(|entry| entry.0 == name.name);
                    if declared {
                        self.store(left, value);
                    } else {
                        self.define(name, ty, value);
                    }
                }
                _ => self.store(left, value),
            }
        }
    }

    /// Nobody looks at the results of a call.
    pub(super) fn ignore(&mut self, value: Value) {
        if let (Value::Result(call, _), Some(frame)) = (value, self.frames.last_mut()) {
            frame.body.calls[call.index()].ignored = true;
        }
    }

    pub(super) fn define(&mut self, name: Ident, ty: Ty, value: Value) {
        let var = self.declare_var(name.name, name.span(), ty);
        if name.name != sym::Blank {
            let target = self.value(Value::Var(var));
            let value = self.value(value);
            self.emit(Instr::Assign { target, value, span: name.span() });
        }
    }

    /// Assigns to a variable, field or element.
    pub(super) fn store(&mut self, left: Expr<'p>, value: Value) {
        let left = unparen(left);
        let target = match left {
            Expr::Ident(name) if name.name == sym::Blank => return,
            Expr::Ident(name) => match self.lookup(name.name) {
                Some(Local::Var(_, var)) => {
                    self.capture(var);
                    Value::Var(var)
                }
                Some(_) => Value::Unknown,
                None => match self.types.world_object(self.context, name.name) {
                    Some(Object::Value(id)) => Value::Global(id),
                    _ => Value::Unknown,
                },
            },
            _ => self.expr(left).1,
        };
        if let Expr::Index(index) = left
            && let [Expr::Lit(key)] = index.args
            && let Value::Str(key) = self.literal(key)
            && let Some(frame) = self.frames.last_mut()
        {
            frame.body.keys.push((left.span(), key));
        }
        let target = self.value(target);
        let value = self.value(value);
        self.emit(Instr::Assign { target, value, span: left.span() });
    }

    pub(super) fn declaration(&mut self, group: &'p GenDecl<'p>) {
        let mut previous: Option<&'p ValueSpec<'p>> = None;
        for spec in group.specs {
            match spec {
                Spec::Import(_) => {}
                Spec::Type(spec) => {
                    let ty = self.types.declare_local(spec, self.context);
                    self.bind_type(spec.name.name, ty);
                }
                Spec::Value(spec) if group.keyword == Token::Const => {
                    let source = constant_source(spec, true, &mut previous);
                    self.constants(spec, source);
                }
                Spec::Value(spec) => self.variables(spec),
            }
        }
    }

    fn constants(&mut self, spec: &'p ValueSpec<'p>, source: &'p ValueSpec<'p>) {
        let iota = self.iota.replace(spec.iota);
        let values: Vec<(Ty, Value)> = source.values.iter().map(|&value| self.expr(value)).collect();
        self.iota = iota;
        let declared = source.ty.map(|ty| self.local_type(ty));
        for (at, name) in spec.names.iter().enumerate() {
            let (ty, value) = values.get(at).copied().unwrap_or((UNKNOWN, Value::Unknown));
            if name.name != sym::Blank {
                self.scopes.push((name.name, Local::Const(declared.unwrap_or(ty), value)));
            }
        }
    }

    fn variables(&mut self, spec: &'p ValueSpec<'p>) {
        let values: Vec<(Ty, Value)> = spec.values.iter().map(|&value| self.expr(value)).collect();
        let declared = spec.ty.map(|ty| self.local_type(ty));
        for (at, &name) in spec.names.iter().enumerate() {
            let (ty, value) = match (spec.values, values.as_slice()) {
                (&[only], &[(ty, value)]) if spec.names.len() > 1 => {
                    let of = spec.names.len() as u32;
                    (self.nth(only, ty, at as u32, of), nth_value(value, at, unparen(only)))
                }
                _ => values.get(at).copied().unwrap_or((UNKNOWN, Value::Unknown)),
            };
            let ty = declared.unwrap_or(ty);
            if spec.values.is_empty() {
                self.declare_var(name.name, name.span(), ty);
            } else {
                self.define(name, ty, value);
            }
        }
    }

    /// The variables of `for k, v := range x`.
    pub(super) fn range_types(&mut self, ty: Ty) -> (Ty, Ty) {
        use crate::types::{INT, RUNE, STRING};
        match self.types.underlying_kind(ty) {
            Kind::Slice(elem) | Kind::Array(elem) => (INT, elem),
            Kind::Pointer(to) => match self.types.underlying_kind(to) {
                Kind::Array(elem) => (INT, elem),
                _ => (UNKNOWN, UNKNOWN),
            },
            Kind::Map(key, value) => (key, value),
            Kind::Chan(elem) => (elem, UNKNOWN),
            Kind::Basic(_) => match Types::default_type(self.types.underlying(ty)) {
                STRING => (INT, RUNE),
                _ => (Types::default_type(ty), UNKNOWN),
            },
            Kind::Func(id) => {
                let yield_func = self.types.signature(id).params.first().copied().unwrap_or(UNKNOWN);
                match self.types.underlying_kind(yield_func) {
                    Kind::Func(id) => {
                        let params = self.types.signature(id).params;
                        let nth = |at: usize| params.get(at).copied().unwrap_or(UNKNOWN);
                        (nth(0), nth(1))
                    }
                    _ => (UNKNOWN, UNKNOWN),
                }
            }
            _ => (UNKNOWN, UNKNOWN),
        }
    }

    pub(super) fn keyword_span(pos: u32, text: &str) -> Span {
        Span::new(pos, pos + text.len() as u32)
    }
}

/// The `at`-th value of a call, or of `v, ok := ...`.
fn nth_value(value: Value, at: usize, from: Expr<'_>) -> Value {
    match (value, from) {
        (Value::Result(call, _), Expr::Call(_)) => Value::Result(call, at.min(255) as u8),
        (value, _) if at == 0 => value,
        _ => Value::Unknown,
    }
}

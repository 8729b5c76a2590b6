//! Expressions: their type and where their value comes from.

use snag_syntax::go::ast::{Binary, CompositeLit, Expr, FuncLit, Unary};
use snag_syntax::go::token::Token;
use snag_syntax::{Span, Symbol, sym};

use super::constant::fold;
use super::{LITERAL, Local, Lowerer, synthetic_init};
use crate::ir::{ChannelOp, FuncId, GlobalId, Instr, Literal, Operator, Value, ValueId, VarRef};
use crate::names::Object;
use crate::types::{
    BOOL, FLOAT64, INT, Kind, NIL, STRING, Ty, Types, UINT8, UNKNOWN, UNTYPED_FLOAT, UNTYPED_INT,
    UNTYPED_RUNE, UNTYPED_STRING,
};

/// Deeper expressions have unknown values. Trees are never that deep; constants and variables that are given each
/// other's values may be.
const MAX_DEPTH: u32 = 10_000;

const NOTHING: (Ty, Value) = (UNKNOWN, Value::Unknown);

impl<'p> Lowerer<'p> {
    pub(super) fn expr(&mut self, expr: Expr<'p>) -> (Ty, Value) {
        if self.depth > MAX_DEPTH {
            return NOTHING;
        }
        self.depth += 1;
        let result = self.expr_inner(expr);
        self.depth -= 1;
        result
    }

    fn expr_inner(&mut self, expr: Expr<'p>) -> (Ty, Value) {
        match expr {
            Expr::Bad(_) | Expr::Ellipsis(_) => NOTHING,
            Expr::Ident(ident) => self.name(ident.name, ident.span()),
            Expr::Lit(lit) => {
                let ty = match lit.kind {
                    Token::Int => UNTYPED_INT,
                    Token::Float => UNTYPED_FLOAT,
                    Token::Char => UNTYPED_RUNE,
                    Token::Str | Token::RawStr => UNTYPED_STRING,
                    _ => UNKNOWN,
                };
                (ty, self.literal(lit))
            }
            Expr::FuncLit(lit) => self.func_lit(lit),
            Expr::Composite(lit) => {
                let ty = lit.ty.map_or(UNKNOWN, |ty| self.local_type(ty));
                (ty, self.composite(lit, ty))
            }
            Expr::Paren(paren) => self.expr(paren.inner),
            Expr::Selector(_) | Expr::Index(_) | Expr::Slice(_) | Expr::Assert(_) | Expr::Call(_) => {
                let selected = self.chain(expr).selected;
                (selected.ty, self.selected_value(&selected))
            }
            Expr::Star(star) => {
                let (ty, value) = self.expr(star.operand);
                if let Kind::TypeOf(to) = self.types.kind(ty) {
                    let pointer = self.types.make(Kind::Pointer(to));
                    return (self.types.make(Kind::TypeOf(pointer)), Value::Unknown);
                }
                match self.types.underlying_kind(ty) {
                    Kind::Pointer(to) => (to, value),
                    _ => (UNKNOWN, value),
                }
            }
            Expr::Unary(unary) => self.unary(unary, expr.span()),
            Expr::Binary(binary) => self.binary(binary),
            Expr::KeyValue(pair) => {
                self.expr(pair.key);
                self.expr(pair.value);
                NOTHING
            }
            Expr::Array(_)
            | Expr::Struct(_)
            | Expr::Func(_)
            | Expr::Interface(_)
            | Expr::Map(_)
            | Expr::Chan(_) => {
                let ty = self.local_type(expr);
                (self.types.make(Kind::TypeOf(ty)), Value::Unknown)
            }
        }
    }

    pub(super) fn local_type(&mut self, expr: Expr<'p>) -> Ty {
        self.types.resolve(expr, self.context)
    }

    fn name(&mut self, name: Symbol, span: Span) -> (Ty, Value) {
        match self.lookup(name) {
            Some(Local::Var(ty, var)) => {
                self.read_var(var, span);
                return (ty, Value::Var(var));
            }
            Some(Local::Type(ty)) => return (self.types.make(Kind::TypeOf(ty)), Value::Unknown),
            Some(Local::Const(ty, value)) => return (ty, value),
            None => {}
        }
        if let Some(&(_, ty)) = self.context.env.iter().rev().find(|bound| bound.0 == name) {
            return (self.types.make(Kind::TypeOf(ty)), Value::Unknown);
        }
        match self.types.world_object(self.context, name) {
            Some(Object::Value(id)) => self.global(id, span),
            Some(Object::Func(id)) => (self.func_type_of(id), Value::Func(id)),
            Some(Object::Type(id)) => {
                let ty = self.types.named(id, &[]);
                (self.types.make(Kind::TypeOf(ty)), Value::Unknown)
            }
            None => self.universe(name),
        }
    }

    fn universe(&mut self, name: Symbol) -> (Ty, Value) {
        match name {
            sym::Nil => (NIL, Value::Nil),
            sym::True | sym::False => (BOOL, Value::Bool(name == sym::True)),
            sym::Iota => (UNTYPED_INT, self.iota.map_or(Value::Unknown, |iota| Value::Int(iota.into()))),
            _ => match Types::universe(name) {
                Some(ty) => (self.types.make(Kind::TypeOf(ty)), Value::Unknown),
                None if super::call::is_builtin(name) => {
                    (self.types.make(Kind::Builtin(name)), Value::Unknown)
                }
                None => NOTHING,
            },
        }
    }

    pub(super) fn func_type_of(&mut self, id: FuncId) -> Ty {
        let signature = self.types.func_info(id).signature;
        self.types.make(Kind::Func(signature))
    }

    pub(super) fn global(&mut self, id: GlobalId, span: Span) -> (Ty, Value) {
        let ty = self.global_type(id);
        if self.types.world.values[id.index()].is_const {
            return (ty, self.constant(id));
        }
        let value = Value::Global(id);
        let what = self.value(value);
        self.emit(Instr::Read { what, span });
        (ty, value)
    }

    /// Reading a variable of a function around captures it.
    fn read_var(&mut self, var: VarRef, span: Span) {
        self.capture(var);
        let what = self.value(Value::Var(var));
        self.emit(Instr::Read { what, span });
    }

    pub(super) fn capture(&mut self, var: VarRef) -> bool {
        let foreign = self.frames.last().is_some_and(|frame| frame.id != var.function);
        if foreign
            && let Some(frame) = self.frames.iter_mut().rev().find(|frame| frame.id == var.function)
            && let Some(var) = frame.function.vars.get_mut(var.index as usize)
        {
            var.captured = true;
        }
        foreign
    }

    fn func_lit(&mut self, lit: &'p FuncLit<'p>) -> (Ty, Value) {
        let signature = self.types.func_type(&lit.ty, self.context);
        let ty = self.types.make(Kind::Func(signature));
        self.calls_runtime();
        let Some(outer) = self.frames.last_mut() else { return (ty, Value::Unknown) };
        outer.n_literals += 1;
        let mut function = synthetic_init(self.context.file, self.package);
        function.name = Symbol::new(&format!("func{}", outer.n_literals));
        function.outer = Some(outer.id);
        function.span = Span::new(lit.ty.pos, lit.body.span.end);
        function.name_span = Span::new(lit.ty.pos, lit.ty.pos + 4);
        let id = FuncId(LITERAL + self.out.literals.len() as u32);
        self.out.literals.push(function.clone());
        let in_select = std::mem::replace(&mut self.in_select, false);
        self.open_frame(id, function);
        self.push_scope();
        self.signature(&lit.ty);
        self.function_body(&lit.body);
        self.pop_scope();
        self.in_select = in_select;
        if let Some(function) = self.close_frame(true) {
            self.out.literals[(id.0 - LITERAL) as usize] = function;
        }
        (ty, Value::Func(id))
    }

    pub(super) fn composite(&mut self, lit: &'p CompositeLit<'p>, ty: Ty) -> Value {
        let mut under = self.types.underlying_kind(ty);
        if let Kind::Pointer(to) = under {
            under = self.types.underlying_kind(to);
        }
        let (key, elem) = match under {
            Kind::Slice(elem) | Kind::Array(elem) => (INT, elem),
            Kind::Map(key, elem) => (key, elem),
            _ => (UNKNOWN, UNKNOWN),
        };
        let is_struct = matches!(under, Kind::Struct(_));
        let names = self.types.field_names(under);
        self.calls_runtime();
        let (mut fields, mut keys) = (Vec::new(), Vec::new());
        for (at, element) in lit.elements.iter().enumerate() {
            let mut by = Value::Unknown;
            let (name, value) = match element {
                Expr::KeyValue(pair) => {
                    let name = match pair.key {
                        // A plain name is a field, unless the type is known to be something else.
                        Expr::Ident(name) if is_struct || key == UNKNOWN => name.name,
                        other => {
                            by = self.element(other, key);
                            sym::Empty
                        }
                    };
                    (name, self.element(pair.value, elem))
                }
                other => (names.get(at).copied().unwrap_or(sym::Empty), self.element(*other, elem)),
            };
            let value = self.value(value);
            fields.push((name, value));
            if let Value::Str(key) = by {
                keys.push((key, value));
            }
        }
        let ty = self.types.type_id(ty);
        let span = Span::new(lit.ty.map_or(lit.braces.start, |ty| ty.start()), lit.braces.end);
        let Some(frame) = self.frames.last_mut() else { return Value::Unknown };
        frame.body.literals.push(Literal { ty, span, fields, keys });
        Value::Literal(frame.body.literals.len() as u32 - 1)
    }

    fn element(&mut self, expr: Expr<'p>, ty: Ty) -> Value {
        match expr {
            Expr::Composite(lit) if lit.ty.is_none() => self.composite(lit, ty),
            _ => self.expr(expr).1,
        }
    }

    /// What `base[index]` is worth, for a base of this type.
    pub(super) fn element_of(&mut self, ty: Ty, base: ValueId) -> Value {
        match self.types.underlying_kind(ty) {
            Kind::Map(..) => {
                self.calls_runtime();
                Value::MapElem(base)
            }
            _ => Value::Elem(base),
        }
    }

    fn unary(&mut self, unary: &'p Unary<'p>, span: Span) -> (Ty, Value) {
        let (ty, value) = self.expr(unary.operand);
        match unary.op {
            Token::And => {
                let of = self.value(value);
                (self.types.make(Kind::Pointer(ty)), Value::Addr(of))
            }
            Token::Arrow => {
                let channel = self.value(value);
                self.channel(ChannelOp::Receive, channel, span);
                match self.types.underlying_kind(ty) {
                    Kind::Chan(elem) => (elem, Value::Received(channel)),
                    _ => (UNKNOWN, Value::Received(channel)),
                }
            }
            Token::Not => (if ty == UNKNOWN { BOOL } else { ty }, Value::Unknown),
            Token::Sub => match value {
                Value::Int(x) => (ty, x.checked_neg().map_or(Value::Unknown, Value::Int)),
                _ => (ty, Value::Unknown),
            },
            Token::Xor => match value {
                Value::Int(x) => (ty, Value::Int(!x)),
                _ => (ty, Value::Unknown),
            },
            _ => (ty, value),
        }
    }

    fn binary(&mut self, binary: &'p Binary<'p>) -> (Ty, Value) {
        let mut chain = vec![binary];
        let mut left = binary.left;
        while let Expr::Binary(inner) = left {
            chain.push(inner);
            left = inner.left;
        }
        let mut result = self.expr(left);
        for binary in chain.into_iter().rev() {
            let right = self.expr(binary.right);
            self.compared = Some((binary.op, result.1, right.1));
            let operands = (result.1, right.1);
            result = combine(binary.op, result, right);
            if binary.op == Token::Add && [STRING, UNTYPED_STRING, UNKNOWN].contains(&result.0) {
                self.calls_runtime();
            }
            let known = operands != (Value::Unknown, Value::Unknown);
            if result.1 == Value::Unknown && known && !matches!(binary.op, Token::LAnd | Token::LOr) {
                result.1 = Value::Op(operator(binary.op), self.value(operands.0), self.value(operands.1));
            }
        }
        result
    }

    /// The type of the `index`-th of `of` values that an expression gives.
    pub(super) fn nth(&mut self, expr: Expr<'p>, ty: Ty, index: u32, of: u32) -> Ty {
        if let Kind::Tuple(types) = self.types.kind(ty) {
            return types.get(index as usize).copied().unwrap_or(UNKNOWN);
        }
        match unparen(expr) {
            Expr::Index(_) | Expr::Assert(_) | Expr::Unary(_) if of == 2 => {
                if index == 0 {
                    ty
                } else {
                    BOOL
                }
            }
            // A missing function may return more than what it makes: an error, most likely.
            Expr::Call(_) if index == 0 && matches!(self.types.kind(ty), Kind::Missing(..)) => ty,
            _ if of == 1 => ty,
            _ => UNKNOWN,
        }
    }
}

fn combine(op: Token, left: (Ty, Value), right: (Ty, Value)) -> (Ty, Value) {
    let value = fold(op, left.1, right.1);
    let untyped = [UNTYPED_INT, UNTYPED_FLOAT, UNTYPED_RUNE, UNTYPED_STRING, UNKNOWN];
    let ty = match op {
        Token::Eql | Token::Neq | Token::Lss | Token::Leq | Token::Gtr | Token::Geq => BOOL,
        Token::LAnd | Token::LOr => BOOL,
        Token::Shl | Token::Shr => left.0,
        _ if !untyped.contains(&left.0) || right.0 == UNKNOWN => left.0,
        _ if right.0 == UNTYPED_INT && left.0 == UNTYPED_FLOAT => left.0,
        _ => right.0,
    };
    (ty, value)
}

pub(super) fn operator(op: Token) -> Operator {
    match op {
        Token::Eql => Operator::Equal,
        Token::Neq => Operator::NotEqual,
        Token::Lss | Token::Leq | Token::Gtr | Token::Geq => Operator::Order,
        Token::Add => Operator::Add,
        Token::Sub => Operator::Subtract,
        _ => Operator::Other,
    }
}

pub(super) fn unparen(mut expr: Expr<'_>) -> Expr<'_> {
    while let Expr::Paren(paren) = expr {
        expr = paren.inner;
    }
    expr
}

/// Results of `complex`, `real`, `imag`; only their being numbers matters.
pub(super) const NUMBER: Ty = FLOAT64;
/// Elements of strings.
pub(super) const BYTE: Ty = UINT8;

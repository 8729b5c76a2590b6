//! Expressions: their type and where their value comes from.

use snag_syntax::go::ast::{Binary, CompositeLit, Expr, FuncLit, Index, Selector, SliceExpr, Unary};
use snag_syntax::go::token::Token;
use snag_syntax::{Span, Symbol, sym};

use super::constant::fold;
use super::{Frame, LITERAL, Local, Lowerer, synthetic_init};
use crate::ir::{Callee, ChannelOp, FuncId, GlobalId, Instr, Literal, Operator, Value, ValueId, VarRef};
use crate::names::{Import, Object};
use crate::types::{
    BOOL, FLOAT64, INT, Kind, Member, NIL, POINTER, STRING, Signature, Ty, Types, UINT8, UNKNOWN,
    UNTYPED_FLOAT, UNTYPED_INT, UNTYPED_RUNE, UNTYPED_STRING,
};

/// Deeper expressions have unknown values: chains of selectors and calls are as long as a program likes.
const MAX_DEPTH: u32 = 1_500;

/// A selected name: its type, its value, and who is called if it is called.
pub(super) struct Selected {
    pub(super) ty: Ty,
    pub(super) value: Value,
    pub(super) callee: Callee,
    /// The receiver of a method.
    pub(super) receiver: Option<Value>,
}

impl Selected {
    pub(super) fn value(ty: Ty, value: Value) -> Selected {
        Selected { ty, value, callee: Callee::Unknown, receiver: None }
    }

    fn callee(ty: Ty, callee: Callee) -> Selected {
        Selected { ty, value: Value::Unknown, callee, receiver: None }
    }
}

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
            Expr::Selector(selector) => {
                let selected = self.selector(selector);
                (selected.ty, self.selected_value(&selected))
            }
            Expr::Index(index) => self.index(index),
            Expr::Slice(slice) => self.slice(slice),
            Expr::Assert(assert) => {
                let (_, value) = self.expr(assert.operand);
                (assert.ty.map_or(UNKNOWN, |ty| self.local_type(ty)), value)
            }
            Expr::Call(call) => self.call(call),
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
        let context = self.local_context();
        self.types.resolve(expr, context)
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

    fn func_type_of(&mut self, id: FuncId) -> Ty {
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
        let context = self.local_context();
        let signature = self.types.func_type(&lit.ty, context);
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
        self.frames.push(Frame::new(id, function));
        self.push_scope();
        self.signature(&lit.ty);
        self.function_body(&lit.body);
        self.pop_scope();
        self.in_select = in_select;
        if let Some(frame) = self.frames.pop() {
            self.out.literals[(id.0 - LITERAL) as usize] = frame.finish(true);
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
        self.calls_runtime();
        let (mut fields, mut keys) = (Vec::new(), Vec::new());
        for element in lit.elements {
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
                other => (sym::Empty, self.element(*other, elem)),
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

    /// What a selection is worth when it is not called.
    pub(super) fn selected_value(&mut self, selected: &Selected) -> Value {
        match (selected.callee, selected.receiver) {
            (Callee::Function(func), Some(receiver)) => {
                let receiver = self.value(receiver);
                Value::Bound(receiver, func)
            }
            (Callee::Function(func), None) => Value::Func(func),
            _ => selected.value,
        }
    }

    pub(super) fn selector(&mut self, selector: &'p Selector<'p>) -> Selected {
        let name = selector.name.name;
        if let Expr::Ident(package) = selector.operand
            && self.lookup(package.name).is_none()
            && let Some(&import) =
                self.types.world.files[self.context.file.index()].imports.get(&package.name)
        {
            return self.qualified(import, name, selector.name.span());
        }
        let (ty, value) = self.expr(selector.operand);
        if let Kind::TypeOf(ty) = self.types.kind(ty) {
            return self.method_expression(ty, name);
        }
        if let Kind::Missing(package, outer) = self.types.kind(ty) {
            let name = Symbol::new(&format!("{outer}.{name}"));
            let receiver = Some(value);
            let callee = Callee::Missing { package, name };
            return Selected { ty: UNKNOWN, value: Value::Unknown, callee, receiver };
        }
        let base = self.value(value);
        match self.types.member(ty, name) {
            Some(Member::Field { ty, owner }) => Selected::value(ty, Value::Field(base, owner, name)),
            Some(Member::Method { ty, func }) => {
                Selected { ty, value: Value::Unknown, callee: Callee::Function(func), receiver: Some(value) }
            }
            Some(Member::InterfaceMethod { ty, interface }) => Selected {
                ty,
                value: Value::Unknown,
                callee: Callee::Interface { interface, method: name },
                receiver: Some(value),
            },
            Some(Member::Missing { package, ty }) => {
                let name = Symbol::new(&format!("{ty}.{name}"));
                let callee = Callee::Missing { package, name };
                Selected { ty: UNKNOWN, value: Value::Unknown, callee, receiver: Some(value) }
            }
            None => Selected::value(UNKNOWN, Value::Field(base, None, name)),
        }
    }

    fn qualified(&mut self, import: Import, name: Symbol, span: Span) -> Selected {
        match import {
            Import::Package(id) => match self.types.world.packages[id.0 as usize].scope.get(&name).copied() {
                Some(Object::Func(id)) => {
                    let ty = self.func_type_of(id);
                    Selected::callee(ty, Callee::Function(id))
                }
                Some(Object::Value(id)) => {
                    let (ty, value) = self.global(id, span);
                    Selected::value(ty, value)
                }
                Some(Object::Type(id)) => {
                    let ty = self.types.named(id, &[]);
                    Selected::value(self.types.make(Kind::TypeOf(ty)), Value::Unknown)
                }
                None => Selected::value(UNKNOWN, Value::Unknown),
            },
            Import::Missing(package) => {
                let ty = self.types.make(Kind::Missing(package, name));
                Selected::callee(ty, Callee::Missing { package, name })
            }
            Import::C => {
                let ty = self.types.make(Kind::C(name));
                Selected::callee(ty, Callee::C(name))
            }
            Import::Unsafe if name.as_str() == "Pointer" => {
                Selected::value(self.types.make(Kind::TypeOf(POINTER)), Value::Unknown)
            }
            Import::Unsafe => Selected::callee(self.types.make(Kind::Builtin(name)), Callee::Builtin(name)),
        }
    }

    /// `T.Method`: a function whose first parameter is the receiver.
    fn method_expression(&mut self, ty: Ty, name: Symbol) -> Selected {
        if let Kind::C(_) | Kind::Missing(..) = self.types.kind(ty) {
            return Selected::value(UNKNOWN, Value::Unknown);
        }
        let (method, callee) = match self.types.member(ty, name) {
            Some(Member::Method { ty, func }) => (ty, Callee::Function(func)),
            Some(Member::InterfaceMethod { ty, interface }) => {
                (ty, Callee::Interface { interface, method: name })
            }
            _ => return Selected::value(UNKNOWN, Value::Unknown),
        };
        let Kind::Func(id) = self.types.kind(method) else { return Selected::callee(method, callee) };
        let old = self.types.signature(id);
        let params: Vec<Ty> = std::iter::once(ty).chain(old.params.iter().copied()).collect();
        let params = self.types.arena.alloc_slice_copy(&params);
        let id = self.types.add_signature(Signature { params, ..old });
        Selected::callee(self.types.make(Kind::Func(id)), callee)
    }

    fn index(&mut self, index: &'p Index<'p>) -> (Ty, Value) {
        let selected = self.callee(index.operand);
        match self.types.kind(selected.ty) {
            Kind::TypeOf(_) => {
                let ty = self.local_type(Expr::Index(index));
                return (self.types.make(Kind::TypeOf(ty)), Value::Unknown);
            }
            Kind::Func(_) => {
                let ty = self.instantiate(&selected, index);
                return (ty, self.selected_value(&selected));
            }
            _ => {}
        }
        for &arg in index.args {
            self.expr(arg);
        }
        let elem = self.types.element(selected.ty);
        let base = self.value(selected.value);
        (elem, self.element_of(selected.ty, base))
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

    /// `F[int]`: the signature with its type arguments.
    pub(super) fn instantiate(&mut self, selected: &Selected, index: &'p Index<'p>) -> Ty {
        let Callee::Function(func) = selected.callee else { return selected.ty };
        let info = self.types.func_info(func);
        if info.n_params == 0 {
            return selected.ty;
        }
        let args: Vec<Ty> = index.args.iter().map(|&arg| self.local_type(arg)).collect();
        self.types.substitute(selected.ty, info.first_param, &args)
    }

    fn slice(&mut self, slice: &'p SliceExpr<'p>) -> (Ty, Value) {
        let (ty, value) = self.expr(slice.operand);
        for bound in slice.bounds.into_iter().flatten() {
            self.expr(bound);
        }
        let ty = match self.types.underlying_kind(ty) {
            Kind::Array(elem) => self.types.make(Kind::Slice(elem)),
            Kind::Pointer(to) => match self.types.underlying_kind(to) {
                Kind::Array(elem) => self.types.make(Kind::Slice(elem)),
                _ => ty,
            },
            _ => Types::default_type(ty),
        };
        (ty, value)
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

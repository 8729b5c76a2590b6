//! Operands and the links behind them: `a.b(c).d[i].(T)`. A chain may be long, so it is followed in a loop.

use snag_syntax::go::ast::{Expr, Index, Selector, SliceExpr};
use snag_syntax::{Problem, Span, Symbol};

use super::Lowerer;
use crate::ir::{Callee, Operator, Value};
use crate::load::PackageId;
use crate::names::{Import, Object};
use crate::types::{Kind, Member, POINTER, Signature, Ty, Types, UNKNOWN};

/// A selected name: its type, its value, and who is called if it is called.
pub(super) struct Selected {
    pub(super) ty: Ty,
    pub(super) value: Value,
    pub(super) callee: Callee,
    /// The receiver of a method.
    pub(super) receiver: Option<Value>,
}

impl Selected {
    fn value(ty: Ty, value: Value) -> Selected {
        Selected { ty, value, callee: Callee::Unknown, receiver: None }
    }

    fn callee(ty: Ty, callee: Callee) -> Selected {
        Selected { ty, value: Value::Unknown, callee, receiver: None }
    }
}

/// A chain that was followed to its end.
pub(super) struct Chain {
    pub(super) selected: Selected,
    /// Where it begins.
    pub(super) start: u32,
    /// Where it begins without the parentheses around all of it.
    pub(super) bare_start: u32,
}

impl<'p> Lowerer<'p> {
    pub(super) fn chain(&mut self, expr: Expr<'p>) -> Chain {
        let mark = self.links.len();
        let mut operand = expr;
        let selected = loop {
            let inner = match operand {
                Expr::Selector(selector) => match self.imported(selector.operand) {
                    Some(import) => {
                        break self.qualified(import, selector.name.name, selector.name.span());
                    }
                    None => selector.operand,
                },
                Expr::Call(call) => call.callee,
                Expr::Index(index) => index.operand,
                Expr::Slice(slice) => slice.operand,
                Expr::Assert(assert) => assert.operand,
                Expr::Paren(paren) => paren.inner,
                _ => {
                    let (ty, value) = self.expr(operand);
                    break self.computed(ty, value);
                }
            };
            self.links.push(operand);
            operand = inner;
        };
        let start = operand.start();
        let mut chain = Chain { selected, start, bare_start: start };
        while self.links.len() > mark {
            let Some(link) = self.links.pop() else { break };
            chain = self.link(link, chain);
        }
        chain
    }

    /// One more link.
    fn link(&mut self, link: Expr<'p>, chain: Chain) -> Chain {
        let (start, selected) = (chain.start, chain.selected);
        let selected = match link {
            Expr::Paren(paren) => {
                return Chain { selected, start: paren.span.start, bare_start: chain.bare_start };
            }
            Expr::Selector(selector) => self.selected(selector, &selected),
            Expr::Index(index) => self.index(index, selected),
            Expr::Slice(slice) => self.slice(slice, &selected),
            Expr::Assert(assert) => {
                let value = self.selected_value(&selected);
                let ty = assert.ty.map_or(UNKNOWN, |ty| self.local_type(ty));
                self.computed(ty, value)
            }
            Expr::Call(call) => {
                let chain = Chain { selected, ..chain };
                let (ty, value) = self.call(call, chain, super::call::PLAIN);
                self.computed(ty, value)
            }
            _ => selected,
        };
        Chain { selected, start, bare_start: start }
    }

    /// A value that is a function or a bound method is known when it is called.
    fn computed(&self, ty: Ty, value: Value) -> Selected {
        let mut selected = Selected::value(ty, value);
        match value {
            Value::Func(id) => selected.callee = Callee::Function(id),
            Value::Bound(receiver, id) => {
                selected.callee = Callee::Function(id);
                selected.receiver = self.frames.last().map(|frame| frame.body.value(receiver));
            }
            _ => {}
        }
        selected
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

    /// The package that an operand names, unless something nearer has its name.
    fn imported(&self, operand: Expr<'p>) -> Option<Import> {
        let Expr::Ident(name) = operand else { return None };
        let import = *self.types.world.files[self.context.file.index()].imports.get(&name.name)?;
        let hidden = self.lookup(name.name).is_some() || self.context.binds(name.name);
        (!hidden).then_some(import)
    }

    fn selected(&mut self, selector: &'p Selector<'p>, operand: &Selected) -> Selected {
        let name = selector.name.name;
        let (ty, value) = (operand.ty, self.selected_value(operand));
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
                None => self.undefined(id, name, span),
            },
            Import::Missing(package) => {
                let ty = self.types.make(Kind::Missing(package, name));
                Selected::callee(ty, Callee::Missing { package, name })
            }
            Import::C => {
                let ty = self.types.make(Kind::C(name));
                if self.types.world.files[self.context.file.index()].preamble.is_type(name) {
                    return Selected::value(self.types.make(Kind::TypeOf(ty)), Value::Unknown);
                }
                Selected::callee(ty, Callee::C(name))
            }
            Import::Unsafe if name.as_str() == "Pointer" => {
                Selected::value(self.types.make(Kind::TypeOf(POINTER)), Value::Unknown)
            }
            Import::Unsafe => Selected::callee(self.types.make(Kind::Builtin(name)), Callee::Builtin(name)),
        }
    }

    /// A name that its package does not have: the program does not compile, but what is meant may be known.
    fn undefined(&mut self, package: PackageId, name: Symbol, span: Span) -> Selected {
        let path = self.types.world.packages[package.0 as usize].path;
        let Some(table) = snag_threads::package(path.as_str()) else {
            return Selected::value(UNKNOWN, Value::Unknown);
        };
        if let Some(api) = table.api(name.as_str()).filter(|api| !api.instead.is_empty()) {
            let message = format!("undefined: {path}.{name}; {} has it", api.instead);
            self.out.problems.push((self.context.file, Problem { span, message }));
        }
        Selected::callee(UNKNOWN, Callee::Missing { package: path, name })
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

    fn index(&mut self, index: &'p Index<'p>, operand: Selected) -> Selected {
        match self.types.kind(operand.ty) {
            Kind::TypeOf(_) => {
                let ty = self.local_type(Expr::Index(index));
                Selected::value(self.types.make(Kind::TypeOf(ty)), Value::Unknown)
            }
            Kind::Func(_) => Selected { ty: self.instantiate(&operand, index), ..operand },
            _ => {
                for &arg in index.args {
                    self.expr(arg);
                }
                let base = self.selected_value(&operand);
                let base = self.value(base);
                let value = self.element_of(operand.ty, base);
                Selected::value(self.types.element(operand.ty), value)
            }
        }
    }

    /// `F[int]`: the signature with its type arguments.
    fn instantiate(&mut self, selected: &Selected, index: &'p Index<'p>) -> Ty {
        let Callee::Function(func) = selected.callee else { return selected.ty };
        let info = self.types.func_info(func);
        if info.n_params == 0 {
            return selected.ty;
        }
        let args: Vec<Ty> = index.args.iter().map(|&arg| self.local_type(arg)).collect();
        self.types.substitute(selected.ty, info.first_param, &args)
    }

    fn slice(&mut self, slice: &'p SliceExpr<'p>, operand: &Selected) -> Selected {
        let mut value = self.selected_value(operand);
        let bounds = slice.bounds.map(|bound| Some(self.expr(bound?).1));
        if let [Some(_), Some(high), _] = bounds {
            let (list, high) = (self.value(value), self.value(high));
            value = Value::Op(Operator::Part, list, high);
        }
        let ty = operand.ty;
        let ty = match self.types.underlying_kind(ty) {
            Kind::Array(elem) => self.types.make(Kind::Slice(elem)),
            Kind::Pointer(to) => match self.types.underlying_kind(to) {
                Kind::Array(elem) => self.types.make(Kind::Slice(elem)),
                _ => ty,
            },
            _ => Types::default_type(ty),
        };
        Selected::value(ty, value)
    }
}

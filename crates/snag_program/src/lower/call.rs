//! Calls: who is called, with what, and which type comes back.

use snag_syntax::go::ast::{Call as Tree, Expr};
use snag_syntax::{Span, Symbol, sym};

use super::chain::{Chain, Selected};
use super::expr::{BYTE, NUMBER, unparen};
use super::{Local, Lowerer};
use crate::ir::{Call, CallId, Callee, Instr, Mode, Terminator, Value, ValueId};
use crate::types::{ANY, INT, Kind, STRING, SigId, Ty, Types, UNKNOWN, UNTYPED_FLOAT, UNTYPED_INT};

/// Builtin functions of the language (spec, "Built-in functions").
pub(super) fn is_builtin(name: Symbol) -> bool {
    #[rustfmt::skip]
    const BUILTINS: &[Symbol] = &[
        sym::Append, sym::Cap, sym::Clear, sym::Close, sym::Complex, sym::Copy, sym::Delete, sym::Imag, sym::Len,
        sym::Make, sym::Max, sym::Min, sym::New, sym::Panic, sym::Print, sym::Println, sym::Real, sym::Recover,
    ];
    BUILTINS.contains(&name)
}

/// How a call is started; `go` and `defer` with their keyword.
#[derive(Clone, Copy)]
pub(super) struct Start {
    pub(super) mode: Mode,
    pub(super) keyword: Option<Span>,
}

pub(super) const PLAIN: Start = Start { mode: Mode::Plain, keyword: None };

#[derive(Clone, Copy)]
struct Place {
    mode: Mode,
    span: Span,
    name_span: Span,
}

impl Place {
    fn new(call: &Tree<'_>, callee: &Chain, start: Start) -> Place {
        let Start { mode, keyword } = start;
        let name = || match unparen(call.callee) {
            Expr::FuncLit(lit) => Span::new(lit.ty.pos, lit.ty.pos + 4),
            other => Span::new(callee.bare_start, other.end()),
        };
        let name_span = keyword.unwrap_or_else(name);
        let span = Span::new(keyword.map_or(callee.start, |keyword| keyword.start), call.parens.end);
        Place { mode, span, name_span }
    }
}

impl<'p> Lowerer<'p> {
    /// The call of what a chain has led to.
    pub(super) fn call(&mut self, call: &'p Tree<'p>, chain: Chain, start: Start) -> (Ty, Value) {
        let place = Place::new(call, &chain, start);
        let selected = chain.selected;
        match self.types.kind(selected.ty) {
            Kind::TypeOf(ty) => {
                if !matches!(self.types.underlying_kind(ty), Kind::Basic(_)) || ty == STRING {
                    self.calls_runtime();
                }
                let values: Vec<Value> = call.args.iter().map(|&arg| self.expr(arg).1).collect();
                return (ty, values.first().copied().unwrap_or(Value::Unknown));
            }
            Kind::Builtin(name) => return self.builtin(name, call, place),
            _ => {}
        }
        let mut types = Vec::with_capacity(call.args.len());
        let mut args = Vec::with_capacity(call.args.len());
        for &arg in call.args {
            let (ty, value) = self.expr(arg);
            types.push(ty);
            args.push(self.value(value));
        }
        if let &[only] = types.as_slice()
            && let Kind::Tuple(parts) = self.types.kind(only)
        {
            types = parts.to_vec();
            args = self.spread(args[0], parts.len());
        }
        let result = self.result_type(&selected, &types, call.ellipsis.is_some());
        let callee = match selected.callee {
            Callee::Unknown if selected.value != Value::Unknown => Callee::Value(self.value(selected.value)),
            known => known,
        };
        let receiver = selected.receiver.map(|receiver| self.value(receiver));
        let id = self.add_call(callee, receiver, args, place);
        if place.mode == Mode::Plain && self.never_returns(callee) && !self.frames.is_empty() {
            self.terminate(Terminator::Dead);
        }
        (result, id.map_or(Value::Unknown, |id| Value::Result(id, 0)))
    }

    /// `f(g())`: the results of `g` one by one.
    fn spread(&mut self, only: ValueId, n: usize) -> Vec<ValueId> {
        let Some(frame) = self.frames.last_mut() else { return vec![only] };
        match frame.body.value(only) {
            Value::Result(call, _) => {
                (0..n).map(|at| frame.value(Value::Result(call, at.min(255) as u8))).collect()
            }
            _ => vec![only],
        }
    }

    fn add_call(
        &mut self,
        callee: Callee,
        receiver: Option<ValueId>,
        args: Vec<ValueId>,
        place: Place,
    ) -> Option<CallId> {
        let frame = self.frames.last_mut()?;
        let id = CallId(frame.body.calls.len() as u32);
        let block = frame.current;
        let Place { mode, span, name_span } = place;
        let call = Call { callee, receiver, args, mode, span, name_span, block, ignored: false };
        frame.body.calls.push(call);
        frame.emit(Instr::Call(id));
        Some(id)
    }

    fn result_type(&mut self, selected: &Selected, args: &[Ty], spread: bool) -> Ty {
        let Kind::Func(signature) = self.types.underlying_kind(selected.ty) else {
            return self.missing_result(selected.callee);
        };
        let result = self.results(signature);
        let Callee::Function(func) = selected.callee else { return result };
        if func.0 >= super::LITERAL {
            return result;
        }
        let info = self.types.func_info(func);
        if info.n_params == 0 {
            return result;
        }
        let signature = self.types.signature(signature);
        let found = self.types.infer(signature, info.first_param, info.n_params, args, spread);
        self.types.substitute(result, info.first_param, &found)
    }

    /// What a function of a missing package returns: its methods may be known although its type is not.
    fn missing_result(&mut self, callee: Callee) -> Ty {
        match callee {
            Callee::Missing { package, name } if snag_threads::package(package.as_str()).is_some() => {
                let name = Symbol::new(&format!("{name}()"));
                self.types.make(Kind::Missing(package, name))
            }
            _ => UNKNOWN,
        }
    }

    fn results(&mut self, signature: SigId) -> Ty {
        let results = self.types.signature(signature).results;
        self.types.tuple(results)
    }

    fn never_returns(&self, callee: Callee) -> bool {
        let (file, name) = match callee {
            Callee::Function(id) => match self.types.world.funcs.get(id.index()) {
                Some(func) => (func.file, func.decl.name.name),
                None => return false,
            },
            Callee::Interface { interface: Some(id), method } => {
                (self.types.world.types[id.index()].file, method)
            }
            _ => return false,
        };
        let package = self.types.world.files[file.index()].package;
        let path = self.types.world.packages[package.0 as usize].path.as_str();
        snag_threads::never_returns(path, name.as_str())
    }

    fn builtin(&mut self, name: Symbol, call: &'p Tree<'p>, place: Place) -> (Ty, Value) {
        let takes_type = name == sym::Make || name == sym::New;
        let mut types = Vec::with_capacity(call.args.len());
        let mut args = Vec::with_capacity(call.args.len());
        for (at, &arg) in call.args.iter().enumerate() {
            let (ty, value) = if takes_type && at == 0 { self.type_or_value(arg) } else { self.expr(arg) };
            types.push(ty);
            args.push(self.value(value));
        }
        let first = types.first().copied().unwrap_or(UNKNOWN);
        let id = self.add_call(Callee::Builtin(name), None, args, place);
        if name == sym::Panic && place.mode == Mode::Plain && !self.frames.is_empty() {
            self.terminate(Terminator::Dead);
        }
        let ty = match name {
            sym::Make | sym::Append => first,
            sym::New => self.types.make(Kind::Pointer(first)),
            sym::Len | sym::Cap | sym::Copy => INT,
            sym::Min | sym::Max => {
                let untyped = [UNKNOWN, UNTYPED_INT, UNTYPED_FLOAT];
                types.iter().copied().find(|ty| !untyped.contains(ty)).unwrap_or(first)
            }
            sym::Recover => ANY,
            sym::Complex | sym::Real | sym::Imag => NUMBER,
            _ => self.unsafe_result(name.as_str(), first),
        };
        (ty, id.map_or(Value::Unknown, |id| Value::Result(id, 0)))
    }

    /// Results of the functions of package unsafe.
    fn unsafe_result(&mut self, name: &str, first: Ty) -> Ty {
        match name {
            "Sizeof" | "Offsetof" | "Alignof" => Types::universe(sym::Uintptr).unwrap_or(UNKNOWN),
            "Slice" => {
                let elem = self.types.pointee(first);
                self.types.make(Kind::Slice(elem))
            }
            "String" => crate::types::STRING,
            "StringData" => self.types.make(Kind::Pointer(BYTE)),
            "SliceData" => {
                let elem = self.types.element(first);
                self.types.make(Kind::Pointer(elem))
            }
            "Add" => crate::types::POINTER,
            _ => UNKNOWN,
        }
    }

    /// `make(T)`, `new(T)`, and since Go 1.26 `new(value)`.
    fn type_or_value(&mut self, expr: Expr<'p>) -> (Ty, Value) {
        let is_local_type = matches!(expr, Expr::Ident(name)
            if matches!(self.lookup(name.name), Some(Local::Type(_))));
        if is_local_type {
            return (self.local_type(expr), Value::Unknown);
        }
        let (ty, value) = self.expr(expr);
        match self.types.kind(ty) {
            Kind::TypeOf(ty) => (ty, Value::Unknown),
            _ => (Types::default_type(ty), value),
        }
    }
}

//! Where a count of goroutines is given a name, or stands beside a text.

use snag_program::Program;
use snag_program::ir::{BlockId, Body, Call, Callee, Cond, FuncId, Instr, Terminator, Value, ValueId};
use snag_syntax::{Span, Symbol};

use super::labels::{complains_of_threads, says_threads};
use crate::counts::{Counts, Source};

/// A count of goroutines is taken for one of threads here.
pub(super) struct Sink {
    pub function: FuncId,
    pub span: Span,
    pub source: Source,
    pub how: Use,
    pub name: String,
}

/// How it is.
#[derive(Clone, Copy)]
pub(super) enum Use {
    /// A variable, field, function, parameter or metric with such a name.
    Named,
    /// A limit with such a name.
    Limit,
    /// A text beside it.
    Text,
}

/// One function, looked through.
pub(super) struct Look<'a, 'p> {
    pub(super) program: &'a Program,
    counts: &'a Counts<'p>,
    pub(super) id: FuncId,
    pub(super) body: &'a Body,
    found: Vec<Sink>,
}

pub(super) fn sinks(program: &Program, counts: &Counts<'_>, id: FuncId) -> Vec<Sink> {
    let Some(body) = &program.function(id).body else { return Vec::new() };
    let mut look = Look { program, counts, id, body, found: Vec::new() };
    for block in &body.blocks {
        for instr in &block.instrs {
            if let Instr::Assign { target, value, span } = *instr {
                let key = body.keys.iter().find(|key| key.0 == span).map(|key| key.1);
                look.named(key.or_else(|| look.name(target)), value, span);
            }
        }
        match &block.end {
            Terminator::Return { values, span } => {
                let name = program.function(id).name;
                values.iter().for_each(|&value| look.named(Some(name), value, *span));
            }
            Terminator::If { cond: Cond::Compare(_, left, right, constant), then, otherwise } => {
                look.limit(*left, *right, *constant);
                look.limit(*right, *left, *constant);
                for branch in [*then, *otherwise] {
                    look.complaint(*left, branch);
                    look.complaint(*right, branch);
                }
            }
            _ => {}
        }
    }
    for literal in &body.literals {
        for &(name, value) in literal.fields.iter().chain(&literal.keys) {
            look.named(Some(name), value, literal.span);
        }
    }
    body.calls.iter().for_each(|call| look.call(call));
    look.found
}

impl Look<'_, '_> {
    fn add(&mut self, source: Source, span: Span, how: Use, name: &str) {
        self.found.push(Sink { function: self.id, span, source, how, name: name.to_owned() });
    }

    /// What the source calls the place of a value.
    fn name(&self, id: ValueId) -> Option<Symbol> {
        match self.body.value(id) {
            Value::Var(var) => {
                self.program.function(var.function).vars.get(var.index as usize).map(|var| var.name)
            }
            Value::Global(id) => Some(self.program.globals[id.index()].name),
            Value::Field(_, _, name) => Some(name),
            _ => None,
        }
    }

    fn named(&mut self, name: Option<Symbol>, value: ValueId, span: Span) {
        if let Some(name) = name
            && says_threads(name.as_str())
            && let Some(source) = self.counts.source(self.id, value)
        {
            self.add(source, span, Use::Named, name.as_str());
        }
    }

    fn limit(&mut self, count: ValueId, limit: ValueId, constant: Symbol) {
        let Some(source) = self.counts.source(self.id, count) else { return };
        let name = self.name(limit).unwrap_or(constant);
        if says_threads(name.as_str()) && self.counts.source(self.id, limit).is_none() {
            let (_, span) = crate::counts::place_of(self.program, source);
            let here = source.function == self.id;
            let span = if here { span } else { self.program.function(self.id).name_span };
            self.add(source, span, Use::Limit, name.as_str());
        }
    }

    /// `if n > limit { panic("too many threads") }`
    fn complaint(&mut self, count: ValueId, branch: BlockId) {
        let Some(source) = self.counts.source(self.id, count) else { return };
        let calls = self.body.block(branch).instrs.iter().filter_map(|instr| match *instr {
            Instr::Call(call) => Some(self.body.call(call)),
            _ => None,
        });
        let text = |&arg: &ValueId| matches!(self.body.value(arg), Value::Str(text) if complains_of_threads(text.as_str()));
        let about = calls.into_iter().find(|call| call.args.iter().any(text)).map(|call| call.span);
        if let Some(span) = about {
            self.add(source, span, Use::Text, "");
        }
    }

    fn call(&mut self, call: &Call) {
        for (at, &arg) in call.args.iter().enumerate() {
            let Some(source) = self.counts.source(self.id, arg) else { continue };
            if let Some(name) = self.parameter_name(call, at) {
                self.add(source, call.span, Use::Named, name.as_str());
            } else if self.text_says_threads(call, at) {
                self.add(source, call.span, Use::Text, "");
            }
        }
    }

    /// The parameter, the callee or the receiver, if it is called after threads.
    fn parameter_name(&self, call: &Call, at: usize) -> Option<Symbol> {
        let (callee, parameter) = match call.callee {
            Callee::Function(id) => {
                let var = self.counts.parameter(id, at);
                let parameter = var.map(|var| self.program.function(id).vars[var.index as usize].name);
                (Some(self.program.function(id).name), parameter)
            }
            Callee::Missing { name, .. } => (Some(name), None),
            Callee::Interface { method, .. } => (Some(method), None),
            Callee::Value(value) => (self.name(value), None),
            _ => (None, None),
        };
        let receiver = self.receiver(call).and_then(|receiver| self.name(receiver));
        // What is listed beside it has a name of its own.
        let listed = self.listed_from(call).filter(|&first| at >= first).unwrap_or(call.args.len());
        let others = call.args[..listed].iter().enumerate().filter(|other| other.0 != at);
        let others = others.filter_map(|(_, &arg)| self.name(arg));
        let names = parameter.into_iter().chain(callee).chain(receiver).chain(others);
        names.into_iter().find(|name| says_threads(name.as_str()))
    }

    /// The first argument that may be followed by any number of others.
    fn listed_from(&self, call: &Call) -> Option<usize> {
        let Callee::Function(id) = call.callee else { return None };
        let function = self.program.function(id);
        let named = function.params.checked_sub(1 + u32::from(function.has_receiver))?;
        function.variadic.then_some(named as usize)
    }

    /// The receiver, also of a method of a type that is not known.
    pub(super) fn receiver(&self, call: &Call) -> Option<ValueId> {
        match call.callee {
            Callee::Value(value) => match self.body.value(value) {
                Value::Field(base, _, _) => Some(base),
                _ => None,
            },
            _ => call.receiver,
        }
    }
}

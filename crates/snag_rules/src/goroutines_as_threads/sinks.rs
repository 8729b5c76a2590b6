//! Where a count of goroutines is given a name, or stands beside a text.

use snag_program::Program;
use snag_program::ir::{Body, Call, Callee, Cond, FuncId, Instr, Terminator, Value, ValueId};
use snag_syntax::{Span, Symbol};

use super::labels::{format_says_threads, says_threads};
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

struct Look<'a, 'p> {
    program: &'a Program,
    counts: &'a Counts<'p>,
    id: FuncId,
    body: &'a Body,
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
            Terminator::If { cond: Cond::Compare(_, left, right, constant), .. } => {
                look.limit(*left, *right, *constant);
                look.limit(*right, *left, *constant);
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
        let others = call.args.iter().enumerate().filter(|other| other.0 != at);
        let others = others.filter_map(|(_, &arg)| self.name(arg));
        let names = parameter.into_iter().chain(callee).chain(receiver).chain(others);
        names.into_iter().find(|name| says_threads(name.as_str()))
    }

    /// The receiver, also of a method of a type that is not known.
    fn receiver(&self, call: &Call) -> Option<ValueId> {
        match call.callee {
            Callee::Value(value) => match self.body.value(value) {
                Value::Field(base, _, _) => Some(base),
                _ => None,
            },
            _ => call.receiver,
        }
    }

    fn text_says_threads(&self, call: &Call, at: usize) -> bool {
        let text = |id: ValueId| match self.body.value(id) {
            Value::Str(text) => Some(text.as_str()),
            _ => None,
        };
        for (before, format) in call.args[..at].iter().enumerate().filter_map(|(n, &arg)| Some((n, text(arg)?))) {
            let of = call.args.len() - before - 1;
            if let Some(says) = format_says_threads(format, at - before - 1, of) {
                return says;
            }
        }
        if let Some(label) = at.checked_sub(1).and_then(|before| text(call.args[before])) {
            return says_threads(label);
        }
        let mut texts: Vec<&str> = Vec::new();
        for (other, &arg) in call.args.iter().enumerate().filter(|other| other.0 != at) {
            texts.extend(text(arg));
            if other < at {
                texts.extend(self.texts(self.body, arg, 5).into_iter().map(|text| text.as_str()));
            }
        }
        if let Some(receiver) = self.receiver(call) {
            texts.extend(self.texts(self.body, receiver, 5).into_iter().map(|text| text.as_str()));
        }
        texts.extend(self.operand_text(call.args[at]));
        texts.into_iter().any(says_threads)
    }

    /// The text that a count is put together with: `"threads: " + strconv.Itoa(n)`.
    fn operand_text(&self, id: ValueId) -> Option<&'static str> {
        match self.body.value(id) {
            Value::Op(_, left, right) => self.operand_text(left).or_else(|| self.operand_text(right)),
            Value::Str(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The texts of a literal, or of what a value was made with: `prometheus.NewGauge(GaugeOpts{Name: "go_threads"})`.
    fn texts(&self, body: &Body, id: ValueId, depth: u32) -> Vec<Symbol> {
        let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
        let deeper = |values: &mut dyn Iterator<Item = ValueId>| -> Vec<Symbol> {
            values.flat_map(|value| self.texts(body, value, depth)).collect()
        };
        match body.value(id) {
            Value::Str(text) => vec![text],
            Value::Literal(at) => {
                deeper(&mut body.literals[at as usize].fields.iter().map(|field| field.1))
            }
            Value::Addr(inner) => self.texts(body, inner, depth),
            Value::Result(call, _) => deeper(&mut body.call(call).args.iter().copied()),
            Value::Var(_) | Value::Global(_) | Value::Field(..) if depth >= 2 => {
                let makers = self.makers(body, id).into_iter();
                makers.flat_map(|(maker, value)| self.texts(maker, value, depth)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What is assigned to a variable, field or global in its package.
    fn makers(&self, body: &Body, id: ValueId) -> Vec<(&Body, ValueId)> {
        let Some(wanted) = crate::counts::slot(body, id) else { return Vec::new() };
        let package = self.program.function(self.id).package;
        let mut found = Vec::new();
        for (_, function) in self.program.functions().filter(|(_, function)| function.package == package) {
            let Some(body) = &function.body else { continue };
            for instr in body.blocks.iter().flat_map(|block| &block.instrs) {
                if let Instr::Assign { target, value, .. } = *instr
                    && crate::counts::slot(body, target) == Some(wanted)
                {
                    found.push((body, value));
                }
            }
            for literal in &body.literals {
                for &(name, value) in &literal.fields {
                    let field = literal.ty.map(|ty| crate::counts::Slot::Field(ty, name));
                    if field == Some(wanted) {
                        found.push((body, value));
                    }
                }
            }
        }
        found
    }
}

//! The texts that stand beside a count of goroutines.

use snag_program::ir::{Body, Call, Instr, Value, ValueId};
use snag_syntax::Symbol;

use super::labels::{format_says_threads, says_threads};
use super::sinks::Look;

impl Look<'_, '_> {
    pub(super) fn text_says_threads(&self, call: &Call, at: usize) -> bool {
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

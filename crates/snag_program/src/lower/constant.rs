//! Constants: integers, strings and booleans, as far as flags and numbers of system calls need them.

use snag_syntax::go::ast::BasicLit;
use snag_syntax::go::token::Token;

use super::Lowerer;
use crate::ir::{GlobalId, Value};
use crate::names::{Literal, literal_value};
use crate::types::Context;

impl Lowerer<'_> {
    pub(super) fn literal(&mut self, lit: &BasicLit) -> Value {
        let file = self.context.file;
        let known = self.types.world.files[file.index()].literals.get(&lit.span.start).copied();
        let known = known.or_else(|| literal_value(lit, self.sources.get(&file)?));
        match known {
            Some(Literal::Int(value)) => Value::Int(value),
            Some(Literal::Str(text)) => Value::Str(text),
            None => Value::Unknown,
        }
    }

    /// The value of a package-level constant.
    pub(super) fn constant(&mut self, id: GlobalId) -> Value {
        if let Some(&known) = self.constants.get(&id) {
            return known;
        }
        let decl = &self.types.world.values[id.index()];
        let Some(init) = decl.init else { return Value::Unknown };
        self.constants.insert(id, Value::Unknown);
        let context = Context { file: decl.file, env: &[] };
        let (_, value) = self.outside(context, Some(init.iota), |lowerer| lowerer.expr(init.expr));
        self.constants.insert(id, value);
        value
    }
}

/// The value of an operation on two constants.
pub(super) fn fold(op: Token, left: Value, right: Value) -> Value {
    let (Value::Int(x), Value::Int(y)) = (left, right) else { return Value::Unknown };
    let shift = u32::try_from(y).ok();
    let value = match op {
        Token::Or => Some(x | y),
        Token::And => Some(x & y),
        Token::Xor => Some(x ^ y),
        Token::AndNot => Some(x & !y),
        Token::Add => x.checked_add(y),
        Token::Sub => x.checked_sub(y),
        Token::Mul => x.checked_mul(y),
        Token::Quo => x.checked_div(y),
        Token::Rem => x.checked_rem(y),
        Token::Shl => shift.filter(|&by| by < 63).and_then(|by| x.checked_mul(1 << by)),
        Token::Shr => shift.map(|by| x >> by.min(63)),
        _ => None,
    };
    value.map_or(Value::Unknown, Value::Int)
}

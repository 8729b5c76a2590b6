//! Values of enumerators and of `#define`s.

use super::lexer::{Kind, Token};
use super::reader::Reader;
use rustc_hash::FxHashMap;

/// Longer expressions than this are not evaluated.
pub(super) const MAX_TOKENS: usize = 256;
/// Brackets and macros nested deeper than this have no value.
const MAX_DEPTH: u32 = 40;

/// What is known of a name.
enum Known<'t> {
    Value(Option<i128>),
    /// Not evaluated yet.
    Tokens(&'t [Token]),
}

/// The named constants of a file.
pub(super) struct Constants<'r, 't> {
    reader: &'r Reader<'t>,
    known: FxHashMap<Vec<u8>, Known<'t>>,
}

impl<'r, 't> Constants<'r, 't> {
    pub(super) fn new(reader: &'r Reader<'t>) -> Self {
        Constants { reader, known: FxHashMap::default() }
    }

    /// A `#define`, evaluated when somebody asks.
    pub(super) fn define(&mut self, name: &[u8], tokens: &'t [Token]) {
        self.known.entry(name.to_vec()).or_insert(Known::Tokens(tokens));
    }

    /// An enumerator.
    pub(super) fn set(&mut self, name: &[u8], value: Option<i128>) {
        self.known.insert(name.to_vec(), Known::Value(value));
    }

    /// The value of `name`.
    pub(super) fn named(&mut self, name: &[u8], depth: u32) -> Option<i128> {
        let tokens = match self.known.get(name)? {
            Known::Value(value) => return *value,
            Known::Tokens(tokens) => *tokens,
        };
        // A macro that leads back to itself finds this; so does everything behind the depth limit, which
        // keeps each macro from being evaluated more than once.
        self.set(name, None);
        let value = self.value(tokens, depth + 1);
        self.set(name, value);
        value
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, tokens: &[Token], depth: u32) -> Option<i128> {
        if tokens.is_empty() || tokens.len() > MAX_TOKENS || depth > MAX_DEPTH {
            return None;
        }
        let mut expression = Expression { constants: self, tokens, at: 0 };
        let value = expression.binary(0, depth)?;
        (expression.at == tokens.len()).then_some(value)
    }
}

struct Expression<'c, 'r, 't> {
    constants: &'c mut Constants<'r, 't>,
    tokens: &'c [Token],
    at: usize,
}

impl Expression<'_, '_, '_> {
    fn word(&self) -> &[u8] {
        self.tokens.get(self.at).map_or(b"", |&token| self.constants.reader.word(token))
    }

    fn binary(&mut self, level: u8, depth: u32) -> Option<i128> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut left = self.unary(depth)?;
        while let Some((apply, precedence)) =
            operator(self.word()).filter(|&(_, precedence)| precedence >= level)
        {
            self.at += 1;
            let right = self.binary(precedence + 1, depth)?;
            left = apply(left, right)?;
        }
        Some(left)
    }

    fn unary(&mut self, depth: u32) -> Option<i128> {
        let mut signs = Vec::new();
        while matches!(self.word(), b"-" | b"+" | b"~" | b"!") {
            signs.push(self.word()[0]);
            self.at += 1;
        }
        let mut value = self.primary(depth)?;
        for sign in signs.into_iter().rev() {
            value = match sign {
                b'-' => value.checked_neg()?,
                b'~' => !value,
                b'!' => i128::from(value == 0),
                _ => value,
            };
        }
        Some(value)
    }

    fn primary(&mut self, depth: u32) -> Option<i128> {
        let token = *self.tokens.get(self.at)?;
        let reader = self.constants.reader;
        self.at += 1;
        match token.kind {
            Kind::Number => integer(reader.word(token)),
            Kind::Char => character(reader.word(token)),
            Kind::Ident => self.constants.named(reader.word(token), depth),
            Kind::Punct if reader.word(token) == b"(" => {
                if self.skip_cast() {
                    return self.unary(depth + 1).filter(|_| depth < MAX_DEPTH);
                }
                let value = self.binary(0, depth + 1)?;
                let closed = self.word() == b")";
                self.at += 1;
                closed.then_some(value)
            }
            _ => None,
        }
    }

    /// Behind a `(`: passes over a cast such as `(unsigned long)` or `(GLenum)`.
    fn skip_cast(&mut self) -> bool {
        let reader = self.constants.reader;
        let rest = &self.tokens[self.at..];
        let words = rest.iter().take_while(|token| token.kind == Kind::Ident).count();
        let closed = rest.get(words).is_some_and(|&token| reader.word(token) == b")");
        let operand = rest
            .get(words + 1)
            .is_some_and(|&next| next.kind != Kind::Punct || matches!(reader.word(next), b"(" | b"~" | b"!"));
        let is_cast = words > 0 && closed && operand;
        if is_cast {
            self.at += words + 1;
        }
        is_cast
    }
}

type Apply = fn(i128, i128) -> Option<i128>;

fn operator(word: &[u8]) -> Option<(Apply, u8)> {
    let (apply, precedence): (Apply, u8) = match word {
        b"|" => (|a, b| Some(a | b), 1),
        b"^" => (|a, b| Some(a ^ b), 2),
        b"&" => (|a, b| Some(a & b), 3),
        b"<<" => (|a, b| shift(a, b, true), 4),
        b">>" => (|a, b| shift(a, b, false), 4),
        b"+" => (i128::checked_add, 5),
        b"-" => (i128::checked_sub, 5),
        b"*" => (i128::checked_mul, 6),
        b"/" => (i128::checked_div, 6),
        b"%" => (i128::checked_rem, 6),
        _ => return None,
    };
    Some((apply, precedence))
}

fn shift(value: i128, by: i128, left: bool) -> Option<i128> {
    let by = u32::try_from(by).ok().filter(|&by| by < 64)?;
    if left { value.checked_mul(1i128 << by) } else { Some(value >> by) }
}

/// The value of an integer literal.
pub(super) fn integer(word: &[u8]) -> Option<i128> {
    let text: String = word.iter().filter(|&&byte| byte != b'\'').map(|&byte| char::from(byte)).collect();
    let digits = text.trim_end_matches(['u', 'U', 'l', 'L', 'z', 'Z']);
    let lower = digits.to_ascii_lowercase();
    if let Some(hex) = lower.strip_prefix("0x") {
        i128::from_str_radix(hex, 16).ok()
    } else if let Some(binary) = lower.strip_prefix("0b") {
        i128::from_str_radix(binary, 2).ok()
    } else if lower.len() > 1 && lower.starts_with('0') {
        i128::from_str_radix(&lower, 8).ok()
    } else {
        lower.parse().ok()
    }
}

/// The value of a character literal of one byte.
pub(super) fn character(word: &[u8]) -> Option<i128> {
    let inner = word.strip_prefix(b"'")?.strip_suffix(b"'")?;
    let value = match inner {
        [byte] => *byte,
        [b'\\', escape] => match escape {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'0' => 0,
            b'a' => 7,
            b'b' => 8,
            other => *other,
        },
        [b'\\', b'x', hex @ ..] => u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?,
        _ => return None,
    };
    Some(i128::from(value))
}

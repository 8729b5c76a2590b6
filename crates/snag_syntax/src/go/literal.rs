//! What literals stand for, read from their source text when somebody asks.

use super::ast::BasicLit;
use super::token::Token;
use std::borrow::Cow;

/// The bytes of a string literal, which need not be UTF-8. Nothing where the quotes or an escape are wrong.
pub fn unquote(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    match text {
        [b'`', inner @ .., b'`'] if !inner.contains(&b'\r') => Some(Cow::Borrowed(inner)),
        [b'`', inner @ .., b'`'] => Some(inner.iter().copied().filter(|&c| c != b'\r').collect()),
        [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => Some(Cow::Borrowed(inner)),
        [b'"', inner @ .., b'"'] => unescape(inner).map(Cow::Owned),
        _ => None,
    }
}

fn unescape(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some(at) = memchr::memchr(b'\\', rest) {
        bytes.extend_from_slice(&rest[..at]);
        let (value, length) = escape(&rest[at..])?;
        match value {
            Escape::Byte(byte) => bytes.push(byte),
            Escape::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = &rest[at + length..];
    }
    bytes.extend_from_slice(rest);
    Some(bytes)
}

enum Escape {
    Byte(u8),
    Char(char),
}

/// The escape at the beginning of `text`, and its length.
fn escape(text: &[u8]) -> Option<(Escape, usize)> {
    let simple = |byte| Some((Escape::Byte(byte), 2));
    let number = |from: usize, length: usize, base| {
        let digits = std::str::from_utf8(text.get(from..from + length)?).ok()?;
        u32::from_str_radix(digits, base).ok()
    };
    match *text.get(1)? {
        b'a' => simple(7),
        b'b' => simple(8),
        b'f' => simple(12),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'v' => simple(11),
        c @ (b'\\' | b'\'' | b'"') => simple(c),
        b'0'..=b'7' => Some((Escape::Byte(u8::try_from(number(1, 3, 8)?).ok()?), 4)),
        b'x' => Some((Escape::Byte(u8::try_from(number(2, 2, 16)?).ok()?), 4)),
        b'u' => Some((Escape::Char(char::from_u32(number(2, 4, 16)?)?), 6)),
        b'U' => Some((Escape::Char(char::from_u32(number(2, 8, 16)?)?), 10)),
        _ => None,
    }
}

/// The value of an integer or rune literal, as far as it fits.
pub fn integer(text: &[u8]) -> Option<i128> {
    if text.first() == Some(&b'\'') {
        return rune(text).map(i128::from);
    }
    let text: String = std::str::from_utf8(text).ok()?.chars().filter(|&c| c != '_').collect();
    let prefixed = |from: usize, base| i128::from_str_radix(&text[from..], base).ok();
    match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => prefixed(2, 16),
        [b'0', b'o' | b'O', ..] => prefixed(2, 8),
        [b'0', b'b' | b'B', ..] => prefixed(2, 2),
        [b'0', _, ..] => prefixed(1, 8),
        _ => text.parse().ok(),
    }
}

/// The value of a rune literal.
pub fn rune(text: &[u8]) -> Option<u32> {
    let [b'\'', inner @ .., b'\''] = text else { return None };
    if inner.first() == Some(&b'\\') {
        let (value, length) = escape(inner)?;
        return (length == inner.len()).then_some(match value {
            Escape::Byte(byte) => u32::from(byte),
            Escape::Char(c) => c as u32,
        });
    }
    let mut chars = std::str::from_utf8(inner).ok()?.chars();
    let c = chars.next()?;
    chars.next().is_none().then_some(c as u32)
}

impl BasicLit {
    /// The bytes of a string literal.
    pub fn string<'s>(&self, source: &'s [u8]) -> Option<Cow<'s, [u8]>> {
        if !matches!(self.kind, Token::Str | Token::RawStr) {
            return None;
        }
        unquote(self.span.slice(source))
    }

    /// The value of an integer or rune literal.
    pub fn integer(&self, source: &[u8]) -> Option<i128> {
        match self.kind {
            Token::Int | Token::Char => integer(self.span.slice(source)),
            _ => None,
        }
    }
}

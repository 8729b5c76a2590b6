//! Number literals.

use super::{DIGIT, HEX, LETTER, Lexer, is};
use crate::go::token::Token::{self, *};

impl Lexer<'_> {
    pub(super) fn number(&mut self, i: usize) {
        let source = self.source;
        let mut j = i;
        while j < source.len() && is(source[j], DIGIT) {
            j += 1;
        }
        let plain = match self.byte(j) {
            b'.' | b'_' => false,
            c => !is(c, LETTER) && (source[i] != b'0' || j == i + 1),
        };
        if plain && j > i {
            return self.set(Int, i, j, true);
        }
        self.any_number(i);
    }

    /// Numbers with a prefix, a fraction, an exponent, separators, or mistakes.
    fn any_number(&mut self, i: usize) {
        let mut j = i;
        let mut token = Int;
        let (mut base, mut prefix) = (10u8, 0u8);
        let mut seen = Digits::default();
        if self.byte(j) != b'.' {
            if self.byte(j) == b'0' {
                (base, prefix) = match self.byte(j + 1) | 0x20 {
                    b'x' => (16, b'x'),
                    b'o' => (8, b'o'),
                    b'b' => (2, b'b'),
                    _ => (8, b'0'),
                };
                seen.digit = prefix == b'0';
                j += if prefix == b'0' { 1 } else { 2 };
            }
            j = self.digits(j, base, &mut seen);
        }
        if self.byte(j) == b'.' {
            token = Float;
            if matches!(prefix, b'o' | b'b') {
                self.problem(j, j + 1, format!("invalid radix point in {}", literal_name(prefix)));
            }
            j = self.digits(j + 1, base, &mut seen);
        }
        if !seen.digit {
            self.problem(i, j, format!("{} has no digits", literal_name(prefix)));
        }
        j = self.exponent(j, prefix, &mut token, &mut seen);
        if self.byte(j) == b'i' {
            token = Imag;
            j += 1;
        }
        if let (Int, Some(wrong)) = (token, seen.invalid) {
            self.problem(wrong, wrong + 1, format!("invalid digit in {}", literal_name(prefix)));
        }
        if seen.separator
            && let Some(wrong) = misplaced_separator(&self.source[i..j])
        {
            self.problem(i + wrong, i + wrong + 1, "'_' must separate successive digits");
        }
        self.set(token, i, j, true);
    }

    fn exponent(&mut self, mut j: usize, prefix: u8, token: &mut Token, seen: &mut Digits) -> usize {
        let letter = self.byte(j) | 0x20;
        if !matches!(letter, b'e' | b'p') {
            if prefix == b'x' && *token == Float {
                self.problem(j, j, "hexadecimal mantissa requires a 'p' exponent");
            }
            return j;
        }
        if letter == b'e' && !matches!(prefix, 0 | b'0') {
            self.problem(j, j + 1, "'e' exponent requires decimal mantissa");
        } else if letter == b'p' && prefix != b'x' {
            self.problem(j, j + 1, "'p' exponent requires hexadecimal mantissa");
        }
        *token = Float;
        j += 1;
        if matches!(self.byte(j), b'+' | b'-') {
            j += 1;
        }
        let mut exponent = Digits::default();
        let end = self.digits(j, 10, &mut exponent);
        seen.separator |= exponent.separator;
        if !exponent.digit {
            self.problem(j, end, "exponent has no digits");
        }
        end
    }

    fn digits(&self, mut j: usize, base: u8, seen: &mut Digits) -> usize {
        let class = if base == 16 { HEX } else { DIGIT };
        loop {
            let c = self.byte(j);
            if c == b'_' {
                seen.separator = true;
            } else if is(c, class) {
                seen.digit = true;
                if base < 10 && c - b'0' >= base {
                    seen.invalid.get_or_insert(j);
                }
            } else {
                return j;
            }
            j += 1;
        }
    }
}

#[derive(Default)]
struct Digits {
    digit: bool,
    separator: bool,
    /// The first digit that is too large for the base.
    invalid: Option<usize>,
}

fn literal_name(prefix: u8) -> &'static str {
    match prefix {
        b'x' => "hexadecimal literal",
        b'o' | b'0' => "octal literal",
        b'b' => "binary literal",
        _ => "decimal literal",
    }
}

fn misplaced_separator(text: &[u8]) -> Option<usize> {
    let prefix = if text[0] == b'0' { text.get(1).map_or(0, |c| c | 0x20) } else { 0 };
    let prefixed = matches!(prefix, b'x' | b'o' | b'b');
    // A prefix counts as a digit.
    let (mut last, skip) = if prefixed { (b'0', 2) } else { (b'.', 0) };
    for (i, &c) in text.iter().enumerate().skip(skip) {
        let kind = match c {
            b'_' if last != b'0' => return Some(i),
            b'_' => b'_',
            _ if is(c, DIGIT) || prefix == b'x' && is(c, HEX) => b'0',
            _ if last == b'_' => return Some(i - 1),
            _ => b'.',
        };
        last = kind;
    }
    (last == b'_').then(|| text.len() - 1)
}

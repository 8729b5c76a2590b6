//! Bytes to tokens.
//!
//! The lexer accepts and complains exactly as Go's `go/scanner` does. It keeps comments aside, inserts
//! semicolons, and never stops: a byte that fits nothing becomes a [`Token::Bad`].

mod number;

use super::token::Token::{self, *};
use super::unicode;
use crate::{Problem, Span};
use memchr::memmem;

/// A position between two tokens, to come back to.
#[derive(Clone, Copy)]
pub(super) struct Checkpoint {
    at: usize,
    semi: bool,
    comments: usize,
    problems: usize,
}

pub(super) struct Lexer<'s> {
    /// What is read; shortened while a body must not be left.
    pub(super) source: &'s [u8],
    /// The current token.
    pub(super) token: Token,
    /// Its first byte. An inserted semicolon is where its line ends.
    pub(super) start: u32,
    /// The byte behind it.
    pub(super) end: u32,
    /// Where reading goes on.
    at: usize,
    /// Whether the end of the line would be a semicolon.
    semi: bool,
    pub(super) comments: Vec<Span>,
    pub(super) problems: Vec<Problem>,
}

const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const HEX: u8 = 4;
/// Bytes that need a second look inside a string: its end, an escape, a line end.
const IN_STRING: u8 = 8;

static CLASS: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut i = 0;
    while i < 256 {
        let c = i as u8;
        if c.is_ascii_alphabetic() || c == b'_' {
            table[i] |= LETTER;
        }
        if c.is_ascii_digit() {
            table[i] |= DIGIT;
        }
        if c.is_ascii_hexdigit() {
            table[i] |= HEX;
        }
        if matches!(c, b'"' | b'\\' | b'\n') {
            table[i] |= IN_STRING;
        }
        i += 1;
    }
    table
};

fn is(c: u8, class: u8) -> bool {
    CLASS[c as usize] & class != 0
}

/// The length of the byte order mark that a text begins with.
pub(super) fn mark_length(source: &[u8]) -> usize {
    if source.starts_with(&[0xEF, 0xBB, 0xBF]) { 3 } else { 0 }
}

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s [u8]) -> Lexer<'s> {
        Lexer {
            source,
            token: Eof,
            start: 0,
            end: 0,
            at: mark_length(source),
            semi: false,
            comments: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Goes on at `at`; `semi` says whether a line end there is a semicolon.
    pub(super) fn jump(&mut self, at: usize, semi: bool) {
        self.at = at;
        self.end = at as u32;
        self.semi = semi;
    }

    /// The state in front of the current token.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            at: self.start as usize,
            semi: false,
            comments: self.comments.partition_point(|comment| comment.start < self.start),
            problems: self.problems.len(),
        }
    }

    pub(super) fn restore(&mut self, checkpoint: Checkpoint) {
        self.jump(checkpoint.at, checkpoint.semi);
        self.comments.truncate(checkpoint.comments);
        self.problems.truncate(checkpoint.problems);
    }

    /// How many problems there were at the checkpoint.
    pub(super) fn problems_since(&self, checkpoint: Checkpoint) -> usize {
        self.problems.len() - checkpoint.problems
    }

    pub(super) fn text(&self) -> &'s [u8] {
        &self.source[self.start as usize..self.end as usize]
    }

    /// Whether the current token is a semicolon that stands in the source.
    pub(super) fn semicolon_is_written(&self) -> bool {
        self.token == Semi && self.source.get(self.start as usize) == Some(&b';')
    }

    #[cold]
    fn problem(&mut self, start: usize, end: usize, message: impl Into<String>) {
        self.problems.push(Problem { span: Span::new(start as u32, end as u32), message: message.into() });
    }

    fn byte(&self, at: usize) -> u8 {
        self.source.get(at).copied().unwrap_or(0)
    }

    fn set(&mut self, token: Token, start: usize, end: usize, semi: bool) {
        self.token = token;
        self.start = start as u32;
        self.end = end as u32;
        self.at = end;
        self.semi = semi;
    }

    /// Reads the next token.
    pub(super) fn next(&mut self) {
        let source = self.source;
        let mut i = self.at;
        loop {
            let Some(&c) = source.get(i) else {
                return self.set(if self.semi { Semi } else { Eof }, i, i, false);
            };
            match c {
                b' ' | b'\t' | b'\r' => i += 1,
                b'\n' if self.semi => return self.set(Semi, i, i + 1, false),
                b'\n' => i += 1,
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => return self.word(i),
                b'0'..=b'9' => return self.number(i),
                b'"' => return self.string(i),
                b'`' => return self.raw_string(i),
                b'\'' => return self.rune(i),
                b'/' if matches!(self.byte(i + 1), b'/' | b'*') => match self.comment(i) {
                    Some(end) => i = end,
                    None => return,
                },
                b'.' if self.byte(i + 1).is_ascii_digit() => return self.number(i),
                0x80.. => return self.foreign(i),
                _ => return self.operator(i, c),
            }
        }
    }

    fn word(&mut self, i: usize) {
        let source = self.source;
        let mut j = i + 1;
        while j < source.len() && is(source[j], LETTER | DIGIT) {
            j += 1;
        }
        if j < source.len() && source[j] >= 0x80 {
            j = self.foreign_word(j);
            return self.set(Ident, i, j, true);
        }
        let token = keyword(&source[i..j]);
        self.set(token, i, j, matches!(token, Ident | Break | Continue | Fallthrough | Return));
    }

    /// The end of a name that goes on at `j`, where a byte beyond ASCII is.
    #[cold]
    fn foreign_word(&self, mut j: usize) -> usize {
        while let Some((c, length)) = decode(&self.source[j..]) {
            if !unicode::is_letter(c) && !unicode::is_digit(c) {
                break;
            }
            j += length;
        }
        j
    }

    #[cold]
    fn foreign(&mut self, i: usize) {
        let semi = self.semi;
        match decode(&self.source[i..]) {
            Some((c, length)) if unicode::is_letter(c) => {
                let end = self.foreign_word(i + length);
                self.set(Ident, i, end, true);
            }
            Some((c, length)) => {
                match c {
                    // Reported with the text as a whole.
                    '\u{FEFF}' => {}
                    '“' | '”' => self.problem(i, i + length, "curly quotation mark, use a neutral one"),
                    _ => self.problem(i, i + length, format!("illegal character U+{:04X}", c as u32)),
                }
                self.set(Bad, i, i + length, semi);
            }
            None => self.set(Bad, i, i + 1, semi),
        }
    }

    /// Reads a comment and says where to go on, unless it ended a line and so became a semicolon.
    fn comment(&mut self, i: usize) -> Option<usize> {
        let source = self.source;
        let rest = &source[i..];
        if rest[1] == b'/' {
            let next = memchr::memchr(b'\n', rest).map_or(source.len(), |length| i + length);
            let end = if source[next - 1] == b'\r' { next - 1 } else { next };
            self.comments.push(Span::new(i as u32, end as u32));
            let at_line_start = i == 0 || source[i - 1] == b'\n';
            if at_line_start && rest[2..].starts_with(b"line ") {
                self.line_directive(i, &source[i..end]);
            }
            return Some(next);
        }
        let length = memmem::find(&rest[2..], b"*/");
        let end = length.map_or(source.len(), |length| i + 2 + length + 2);
        self.comments.push(Span::new(i as u32, end as u32));
        match length {
            None => self.problem(i, i + 2, "comment not terminated"),
            Some(_) if rest[2..].starts_with(b"line ") => self.line_directive(i, &source[i..end - 2]),
            Some(_) => {}
        }
        if self.semi
            && let Some(line) = memchr::memchr(b'\n', &source[i..end])
        {
            self.set(Semi, i + line, end, false);
            return None;
        }
        Some(end)
    }

    /// Complains about a `//line` whose numbers are wrong, as Go does; others mean nothing here.
    #[cold]
    fn line_directive(&mut self, start: usize, comment: &[u8]) {
        const LARGEST: u64 = 1 << 30;
        let text = &comment[7..];
        let last_number = |text: &[u8]| -> Option<(usize, Option<u64>)> {
            let colon = memchr::memrchr(b':', text)?;
            let digits = &text[colon + 1..];
            let digits = Some(digits).filter(|d| !d.is_empty() && d.iter().all(u8::is_ascii_digit));
            Some((colon, digits.and_then(|d| std::str::from_utf8(d).ok()?.parse().ok())))
        };
        let Some((colon, last)) = last_number(text) else { return };
        let end = start + comment.len();
        let Some(last) = last else {
            return self.problem(start + 7 + colon + 1, end, "invalid line number");
        };
        let valid = |n: u64| n != 0 && n <= LARGEST;
        let line = match last_number(&text[..colon]) {
            Some((_, Some(line))) if valid(last) => line,
            Some((_, Some(_))) => return self.problem(start + 7 + colon + 1, end, "invalid column number"),
            _ => last,
        };
        if !valid(line) {
            self.problem(start + 7, end, "invalid line number");
        }
    }

    fn string(&mut self, i: usize) {
        let source = self.source;
        let mut j = i + 1;
        loop {
            while j < source.len() && !is(source[j], IN_STRING) {
                j += 1;
            }
            match source.get(j) {
                Some(b'"') => return self.set(Str, i, j + 1, true),
                Some(b'\\') => j = self.escape(j, b'"').0,
                _ => {
                    self.problem(i, j, "string literal not terminated");
                    return self.set(Str, i, j, true);
                }
            }
        }
    }

    fn raw_string(&mut self, i: usize) {
        let end = match memchr::memchr(b'`', &self.source[i + 1..]) {
            Some(length) => i + 1 + length + 1,
            None => {
                self.problem(i, i + 1, "raw string literal not terminated");
                self.source.len()
            }
        };
        self.set(RawStr, i, end, true);
    }

    fn rune(&mut self, i: usize) {
        let mut j = i + 1;
        let mut count = 0;
        let mut valid = true;
        loop {
            match self.source.get(j) {
                None | Some(b'\n') => {
                    if valid {
                        self.problem(i, j, "rune literal not terminated");
                    }
                    return self.set(Char, i, j, true);
                }
                Some(b'\'') => {
                    j += 1;
                    break;
                }
                Some(b'\\') => {
                    let (next, right) = self.escape(j, b'\'');
                    j = next;
                    valid &= right;
                }
                Some(c) if c.is_ascii() => j += 1,
                Some(_) => j += decode(&self.source[j..]).map_or(1, |(_, length)| length),
            }
            count += 1;
        }
        if valid && count != 1 {
            self.problem(i, j, "illegal rune literal");
        }
        self.set(Char, i, j, true);
    }

    /// Reads the escape at the backslash at `i`; says where it ends and whether it is right. A wrong one
    /// ends in front of the byte that is wrong.
    fn escape(&mut self, i: usize, quote: u8) -> (usize, bool) {
        let (digits, base, largest, mut j) = match self.source.get(i + 1) {
            Some(b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\') => return (i + 2, true),
            Some(&c) if c == quote => return (i + 2, true),
            Some(b'0'..=b'7') => (3, 8, 255, i + 1),
            Some(b'x') => (2, 16, 255, i + 2),
            Some(b'u') => (4, 16, 0x10FFFF, i + 2),
            Some(b'U') => (8, 16, 0x10FFFF, i + 2),
            Some(_) => {
                self.problem(i, i + 2, "unknown escape sequence");
                return (i + 1, false);
            }
            None => {
                self.problem(i, i + 1, "escape sequence not terminated");
                return (i + 1, false);
            }
        };
        let mut value = 0u32;
        for _ in 0..digits {
            match char::from(self.byte(j)).to_digit(base) {
                Some(digit) => value = value.wrapping_mul(base).wrapping_add(digit),
                None => {
                    self.problem(i, j, "illegal character in escape sequence");
                    return (j, false);
                }
            }
            j += 1;
        }
        if value > largest || (0xD800..0xE000).contains(&value) {
            self.problem(i, j, "escape sequence is invalid Unicode code point");
            return (j, false);
        }
        (j, true)
    }

    #[rustfmt::skip]
    fn operator(&mut self, i: usize, c: u8) {
        let next = self.byte(i + 1);
        let assign = next == b'=';
        // The token alone, and the one that `=` makes of it.
        let or_assign = |alone, with| if assign { (with, 2) } else { (alone, 1) };
        let (token, length) = match c {
            b'(' => (LParen, 1), b')' => (RParen, 1), b'[' => (LBrack, 1), b']' => (RBrack, 1),
            b'{' => (LBrace, 1), b'}' => (RBrace, 1),
            b',' => (Comma, 1), b';' => (Semi, 1), b'~' => (Tilde, 1),
            b'.' if next == b'.' && self.byte(i + 2) == b'.' => (Ellipsis, 3),
            b'.' => (Dot, 1),
            b':' => or_assign(Colon, Define),
            b'=' => or_assign(Assign, Eql),
            b'!' => or_assign(Not, Neq),
            b'+' if next == b'+' => (Inc, 2),
            b'+' => or_assign(Add, AddAssign),
            b'-' if next == b'-' => (Dec, 2),
            b'-' => or_assign(Sub, SubAssign),
            b'*' => or_assign(Mul, MulAssign),
            b'/' => or_assign(Quo, QuoAssign),
            b'%' => or_assign(Rem, RemAssign),
            b'^' => or_assign(Xor, XorAssign),
            b'&' if next == b'&' => (LAnd, 2),
            b'&' if next == b'^' && self.byte(i + 2) == b'=' => (AndNotAssign, 3),
            b'&' if next == b'^' => (AndNot, 2),
            b'&' => or_assign(And, AndAssign),
            b'|' if next == b'|' => (LOr, 2),
            b'|' => or_assign(Or, OrAssign),
            b'<' if next == b'-' => (Arrow, 2),
            b'<' if next == b'<' && self.byte(i + 2) == b'=' => (ShlAssign, 3),
            b'<' if next == b'<' => (Shl, 2),
            b'<' => or_assign(Lss, Leq),
            b'>' if next == b'>' && self.byte(i + 2) == b'=' => (ShrAssign, 3),
            b'>' if next == b'>' => (Shr, 2),
            b'>' => or_assign(Gtr, Geq),
            _ => {
                if c != 0 {
                    self.problem(i, i + 1, format!("illegal character U+{c:04X}"));
                }
                let semi = self.semi;
                return self.set(Bad, i, i + 1, semi);
            }
        };
        self.set(token, i, i + length, matches!(token, RParen | RBrack | RBrace | Inc | Dec));
    }
}

/// The first character of `bytes` and its length; nothing where it is not UTF-8.
fn decode(bytes: &[u8]) -> Option<(char, usize)> {
    let length = match bytes.first()? {
        0..0x80 => 1,
        0xC2..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0..0xF5 => 4,
        _ => return None,
    };
    let c = std::str::from_utf8(bytes.get(..length)?).ok()?.chars().next()?;
    Some((c, length))
}

#[rustfmt::skip]
const KEYWORDS: [(&[u8], Token); 25] = [
    (b"break", Break), (b"case", Case), (b"chan", Chan), (b"const", Const), (b"continue", Continue),
    (b"default", Default), (b"defer", Defer), (b"else", Else), (b"fallthrough", Fallthrough), (b"for", For),
    (b"func", Func), (b"go", Go), (b"goto", Goto), (b"if", If), (b"import", Import), (b"interface", Interface),
    (b"map", Map), (b"package", Package), (b"range", Range), (b"return", Return), (b"select", Select),
    (b"struct", Struct), (b"switch", Switch), (b"type", Type), (b"var", Var),
];

/// Each keyword where its hash says: one comparison tells whether a word is one.
static KEYWORD_TABLE: [(&[u8], Token); 64] = {
    let mut table: [(&[u8], Token); 64] = [(b"", Ident); 64];
    let mut i = 0;
    while i < KEYWORDS.len() {
        let at = keyword_hash(KEYWORDS[i].0);
        assert!(table[at].0.is_empty());
        table[at] = KEYWORDS[i];
        i += 1;
    }
    table
};

const fn keyword_hash(word: &[u8]) -> usize {
    ((((word[0] as usize) << 4) ^ word[1] as usize) + word.len()) & 63
}

fn keyword(word: &[u8]) -> Token {
    if word.len() < 2 {
        return Ident;
    }
    let (text, token) = KEYWORD_TABLE[keyword_hash(word)];
    if text == word { token } else { Ident }
}

/// The problems of a text as a whole: bytes that no Go source may hold, wherever they stand.
pub(super) fn text_problems(source: &[u8], problems: &mut Vec<Problem>) {
    let mut add = |start: usize, end: usize, message: &str| {
        problems.push(Problem { span: Span::new(start as u32, end as u32), message: message.to_owned() });
    };
    if let Some(at) = memchr::memchr(0, source) {
        add(at, at + 1, "illegal character NUL");
    }
    match std::str::from_utf8(source) {
        Ok(text) if text.is_ascii() => {}
        Ok(_) => {
            let skip = mark_length(source);
            if let Some(at) = memmem::find(&source[skip..], &[0xEF, 0xBB, 0xBF]) {
                add(skip + at, skip + at + 3, "illegal byte order mark");
            }
        }
        Err(error) => {
            let at = error.valid_up_to();
            add(at, at + error.error_len().unwrap_or(source.len() - at), "illegal UTF-8 encoding");
        }
    }
}

//! Finds the end of a function body without reading it.

use memchr::{memchr, memmem};

const PLAIN: u8 = 0;
const OPEN: u8 = 1;
const CLOSE: u8 = 2;
const STRING: u8 = 3;
const RUNE: u8 = 4;
const RAW: u8 = 5;
const SLASH: u8 = 6;

static KIND: [u8; 256] = {
    let mut table = [PLAIN; 256];
    table[b'{' as usize] = OPEN;
    table[b'}' as usize] = CLOSE;
    table[b'"' as usize] = STRING;
    table[b'\'' as usize] = RUNE;
    table[b'`' as usize] = RAW;
    table[b'/' as usize] = SLASH;
    table
};

/// The offset behind the `}` that belongs to the `{` at `start`, if there is one. Strings, runes and comments
/// end where the lexer ends them.
pub fn body_end(source: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0u32;
    let mut i = start;
    loop {
        let c = *source.get(i)?;
        i += 1;
        match KIND[c as usize] {
            PLAIN => {}
            OPEN => depth += 1,
            CLOSE => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(i);
                }
            }
            SLASH => match source.get(i)? {
                b'/' => i += memchr(b'\n', &source[i..])?,
                b'*' => i += 1 + memmem::find(&source[i + 1..], b"*/")? + 2,
                _ => {}
            },
            RAW => i += memchr(b'`', &source[i..])? + 1,
            _ => i = quoted_end(source, i, c)?,
        }
    }
}

fn quoted_end(source: &[u8], mut i: usize, quote: u8) -> Option<usize> {
    loop {
        match *source.get(i)? {
            b'\n' => return Some(i),
            // The lexer looks at a line end behind a backslash again.
            b'\\' if source.get(i + 1) == Some(&b'\n') => i += 1,
            b'\\' => i += 2,
            c if c == quote => return Some(i + 1),
            _ => i += 1,
        }
    }
}

/// What a `func` at the beginning of a line declares.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    Function,
    /// Or it is a conversion, `func (x) T(y)`.
    Method,
}

/// After so many bodies whose braces did not tell where they end, those of a file are not asked any more: each
/// may have taken a look at the whole file.
const MAX_DISTRUSTED: u32 = 100;

/// Finds the ends of the bodies of one file.
#[derive(Default)]
pub(super) struct Braces {
    /// Where the next declared function begins, seen from everywhere in front of it.
    next_declaration: usize,
    distrusted: u32,
}

impl Braces {
    /// The end of the body at `start`, unless another function is declared before that: then a brace is missing.
    /// Raw strings with Go code are taken for declarations too, which costs time only.
    pub(super) fn end(&mut self, source: &[u8], start: usize) -> Option<usize> {
        if self.distrusted > MAX_DISTRUSTED {
            return None;
        }
        if self.next_declaration <= start {
            let mut found = memmem::find_iter(&source[start..], b"\nfunc").map(|at| start + at + 1);
            let declared = found.find(|&at| declaration_at(source, at).is_some());
            self.next_declaration = declared.unwrap_or(source.len());
        }
        body_end(&source[..self.next_declaration], start)
    }

    /// Notes that the end of a wrong body was not found.
    pub(super) fn distrust(&mut self) {
        self.distrusted += 1;
    }
}

/// What the `func` at `at` declares, if it stands at the beginning of a line and a name follows.
pub(super) fn declaration_at(source: &[u8], at: usize) -> Option<Declared> {
    if at > 0 && source[at - 1] != b'\n' {
        return None;
    }
    let rest = source.get(at + 4..)?.trim_ascii_start();
    let begins_name = |c: u8| c.is_ascii_alphabetic() || c == b'_' || c >= 0x80;
    match *rest.first()? {
        c if begins_name(c) => Some(Declared::Function),
        b'(' => {
            // A receiver is on one line; `func(x T) U {` is a literal, `func (x T) name(` is not.
            let line = &rest[..memchr(b'\n', rest).unwrap_or(rest.len())];
            let name = line[memchr(b')', line)? + 1..].trim_ascii_start();
            let length = name.iter().position(|&c| !begins_name(c) && !c.is_ascii_digit())?;
            (length > 0 && matches!(name[length], b'(' | b'[')).then_some(Declared::Method)
        }
        _ => None,
    }
}

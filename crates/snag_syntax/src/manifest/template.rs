//! Go templates in YAML, as Helm charts have them.

use crate::Span;

/// A text of the same length without template expressions.
pub(super) struct Neutral {
    pub(super) text: String,
    /// Where expressions were that stand for a value, or a part of one.
    pub(super) expressions: Vec<Span>,
}

/// Replaces expressions: those alone on their lines by line breaks, others by letters.
pub(super) fn neutralize(text: &str) -> Neutral {
    let mut bytes = text.as_bytes().to_vec();
    let mut expressions = Vec::new();
    let mut at = 0;
    while let Some(found) = memchr::memmem::find(&bytes[at..], b"{{") {
        let start = at + found;
        let end = expression_end(&bytes, start);
        if stands_alone(&bytes, start, end) {
            let blanks = bytes[end..].iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
            if blanks.is_none_or(|blanks| bytes[end + blanks] == b'\n') {
                let line = bytes[..start].iter().rposition(|&byte| byte != b' ').map_or(0, |last| last + 1);
                // Line breaks, not blanks: in front of a block of text a long blank line would be an error.
                bytes[line..end].fill(b'\n');
            } else {
                bytes[start..end].fill(b' ');
            }
        } else {
            // A letter is a plain scalar everywhere: in quotes, in flow collections, as a key.
            for byte in &mut bytes[start..end] {
                if *byte != b'\n' && *byte != b'\r' {
                    *byte = b'x';
                }
            }
            expressions.push(Span::new(start as u32, end as u32));
        }
        at = end;
    }
    // Expressions begin and end at ASCII characters: nothing else was cut.
    let text = String::from_utf8(bytes).unwrap_or_default();
    Neutral { text, expressions }
}

/// The offset behind `}}`; strings in the expression may contain it. One that never ends ends with its line.
fn expression_end(bytes: &[u8], start: usize) -> usize {
    let rest = &bytes[start + 2..];
    let trimmed = rest.strip_prefix(b"-").unwrap_or(rest).trim_ascii_start();
    let line_end = || memchr::memchr(b'\n', rest).map_or(bytes.len(), |end| start + 2 + end);
    if trimmed.starts_with(b"/*") {
        return match memchr::memmem::find(&rest[..rest.len().min(MAX_COMMENT)], b"*/") {
            Some(close) => behind_braces(bytes, start + 2 + close).unwrap_or_else(line_end),
            None => line_end(),
        };
    }
    let mut quote = None;
    let mut at = 0;
    while at < rest.len().min(MAX_EXPRESSION) {
        match (quote, rest[at]) {
            (None, byte @ (b'"' | b'`')) => quote = Some(byte),
            (Some(b'"'), b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (None, b'}') if rest.get(at + 1) == Some(&b'}') => return start + 2 + at + 2,
            _ => {}
        }
        at += 1;
    }
    line_end()
}

/// Longer expressions are not looked for: otherwise a text of `{{` alone would be read again for each of them.
const MAX_EXPRESSION: usize = 1024;
const MAX_COMMENT: usize = 16 * 1024;

fn behind_braces(bytes: &[u8], from: usize) -> Option<usize> {
    let found = memchr::memmem::find(bytes.get(from..bytes.len().min(from + 64))?, b"}}")?;
    Some(from + found + 2)
}

/// Whether nothing else is on the lines of an expression: then it controls, or its output is a block of lines.
fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = bytes[..start].iter().rev().take(MAX_EXPRESSION).find(|byte| !matches!(byte, b' ' | b'\t'));
    let after = &bytes[end..];
    let blanks =
        after.iter().take(MAX_EXPRESSION).take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
    let after = &after[blanks..];
    let ends =
        after.is_empty() || after.starts_with(b"\n") || after.starts_with(b"{{") || after.starts_with(b"#");
    ends && before.is_none_or(|&byte| byte == b'\n')
}

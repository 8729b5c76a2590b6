//! Command lines to words.

use super::Located;
use crate::Span;

/// Splits a command line at blanks; quotes hold words together. `base` is the offset of `text` in its file.
pub(super) fn split(text: &str, base: u32) -> Vec<Located<String>> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_whitespace() || continues(bytes, at) {
            at += 1;
            continue;
        }
        let start = at;
        let mut word = Vec::new();
        let mut quote = None;
        while at < bytes.len() {
            let byte = bytes[at];
            match quote {
                None if byte.is_ascii_whitespace() || continues(bytes, at) => break,
                None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
                Some(open) if open == byte => quote = None,
                Some(b'\'') => word.push(byte),
                _ if byte == b'\\' && at + 1 < bytes.len() => {
                    at += 1;
                    word.push(bytes[at]);
                }
                _ => word.push(byte),
            }
            at += 1;
        }
        let value = String::from_utf8_lossy(&word).into_owned();
        words.push(Located { value, span: Span::new(base + start as u32, base + at as u32) });
    }
    words
}

/// Comment lines may stand between the lines of one setting: blanks instead keep every place. `marks` begin a
/// comment, `escape` at its end continues a line.
pub(super) fn without_inner_comments(text: &str, marks: &[u8], escape: u8) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut line = 0;
    let mut continued = false;
    while line < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[line..]).map_or(bytes.len(), |found| line + found);
        let content = bytes[line..end].trim_ascii();
        if content.first().is_some_and(|first| marks.contains(first)) {
            if continued {
                bytes[line..end].fill(b' ');
                // The line that follows belongs to the setting as well.
                if end > line {
                    bytes[end - 1] = escape;
                }
            }
        } else {
            continued = content.last() == Some(&escape);
        }
        line = end + 1;
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Whether a line goes on behind the backslash at `at`.
fn continues(bytes: &[u8], at: usize) -> bool {
    bytes[at] == b'\\' && matches!(bytes.get(at + 1), Some(b'\n' | b'\r'))
}

/// `NAME=value` cut at its `=`.
pub(super) fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some((name, value))
}

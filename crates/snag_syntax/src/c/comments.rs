//! Comments, and what they are about.

use super::Comment;
use super::reader::Reader;
use super::scan::Scan;
use crate::Span;
use std::sync::Arc;

/// Blanks between a comment and what it is about.
const MAX_GAP: usize = 4096;
/// A comment, or several lines of them, where it stands in the text that is read.
pub(super) struct RawComment {
    pub(super) span: Span,
    pub(super) text: Arc<str>,
}

/// Joins `//` comments on lines that follow each other.
pub(super) fn group_comments(reader: &Reader<'_>, spans: &[Span]) -> Vec<RawComment> {
    let mut groups: Vec<(Span, String)> = Vec::new();
    let mut extendable = false;
    for &span in spans {
        let text = comment_text(reader.slice(span));
        let is_line = reader.slice(span).starts_with(b"//");
        if let Some((group, words)) = groups.last_mut().filter(|_| extendable && is_line)
            && is_one_line_break(reader.slice(Span::new(group.end, span.start)))
        {
            group.end = span.end;
            words.push('\n');
            words.push_str(&text);
            continue;
        }
        extendable = is_line && begins_line(reader, span.start);
        groups.push((span, text));
    }
    groups.into_iter().map(|(span, text)| RawComment { span, text: text.into() }).collect()
}

fn is_one_line_break(gap: &[u8]) -> bool {
    let mut breaks = 0;
    gap.iter().all(|&byte| {
        breaks += u32::from(byte == b'\n');
        matches!(byte, b' ' | b'\t' | b'\r' | b'\n') && breaks < 2
    }) && breaks == 1
}

fn begins_line(reader: &Reader<'_>, start: u32) -> bool {
    let before = reader.slice(Span::new(0, start));
    let last = before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
    last.is_none_or(|&byte| byte == b'\n')
}

fn comment_text(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    if let Some(line) = text.strip_prefix("//") {
        return line.trim_start_matches(['/', '!']).trim().to_owned();
    }
    let inner = text.strip_prefix("/*").unwrap_or(&text);
    let inner = inner.strip_suffix("*/").unwrap_or(inner);
    let lines = inner.lines().map(|line| line.trim().trim_start_matches(['*', '!']).trim());
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

impl Scan<'_, '_> {
    /// The comment directly above `start`, else the one behind `end` on its line.
    pub(super) fn doc(&self, start: u32, end: u32, behind: bool) -> Option<Comment> {
        let next = self.comments.partition_point(|comment| comment.span.end <= start);
        let above = next.checked_sub(1).map(|at| &self.comments[at]).filter(|comment| {
            let gap = self.reader.slice(Span::new(comment.span.end, start));
            let blank = gap.iter().all(|byte| matches!(byte, b' ' | b'\t'));
            let is_near = gap.len() <= MAX_GAP && (blank || is_one_line_break(gap));
            is_near && begins_line(self.reader, comment.span.start)
        });
        let trailing = || {
            let next = self.comments.partition_point(|comment| comment.span.start < end);
            let comment = self.comments.get(next).filter(|_| behind)?;
            let gap = self.reader.slice(Span::new(end, comment.span.start));
            (gap.len() <= MAX_GAP && gap.iter().all(|byte| matches!(byte, b' ' | b'\t'))).then_some(comment)
        };
        let comment = above.or_else(trailing)?;
        Some(Comment { span: self.reader.span(comment.span), text: comment.text.clone() })
    }
}

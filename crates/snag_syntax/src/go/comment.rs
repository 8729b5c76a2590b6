//! Comments: which declaration they belong to, and the directives among them.

use super::constraint::Constraint;
use crate::{Problem, Span, Symbol};

/// The comments of a file, in order, beside its text.
#[derive(Clone, Copy, Debug)]
pub struct Comments<'s> {
    source: &'s [u8],
    spans: &'s [Span],
}

impl<'s> Comments<'s> {
    /// The comments of a file as [`super::ast::File::comments`] has them.
    pub fn new(source: &'s [u8], spans: &'s [Span]) -> Comments<'s> {
        Comments { source, spans }
    }

    /// The doc comment of the declaration, specification or field that begins at `pos`: the comments that end
    /// on the line above it, without a blank line between them and with no code on their lines. The same as
    /// `Doc` in go/ast; for a specification in a group or a `type` without one, ask with the position of its
    /// name; without parentheses the comment belongs to the keyword.
    pub fn doc(&self, pos: u32) -> &'s [Span] {
        let end = self.spans.partition_point(|comment| comment.start < pos);
        let mut first = end;
        let mut below = pos;
        while let Some(comment) = first.checked_sub(1).and_then(|before| self.spans.get(before)) {
            let lines = self.blank_lines_between(comment.end, below);
            // The declaration itself must be on a line of its own; comments may share one.
            let adjacent = if first == end { lines == Some(1) } else { matches!(lines, Some(0 | 1)) };
            if !adjacent {
                break;
            }
            first -= 1;
            below = comment.start;
        }
        // Comments that begin behind code on its line belong to that code.
        while first < end && self.follows_code(self.spans[first].start) {
            let line_end = self.line_end(self.spans[first].end);
            first += 1;
            while first < end && self.spans[first].start < line_end {
                first += 1;
            }
        }
        &self.spans[first..end]
    }

    /// The comments that begin on the line of `pos`, behind it.
    pub fn on_line(&self, pos: u32) -> &'s [Span] {
        let first = self.spans.partition_point(|comment| comment.start < pos);
        let end = self.line_end(pos);
        let count = self.spans[first..].partition_point(|comment| comment.start < end);
        &self.spans[first..first + count]
    }

    /// The comments inside a body or any other span.
    pub fn inside(&self, span: Span) -> &'s [Span] {
        let first = self.spans.partition_point(|comment| comment.start < span.start);
        let count = self.spans[first..].partition_point(|comment| comment.start < span.end);
        &self.spans[first..first + count]
    }

    /// Every directive, in order.
    pub fn directives(&self) -> impl Iterator<Item = (Directive<'s>, Span)> + use<'s> {
        let Comments { source, spans } = *self;
        spans.iter().filter_map(move |&span| Some((Directive::read(source, span)?, span)))
    }

    /// The directives of the declaration at `pos`.
    pub fn directives_of(&self, pos: u32) -> impl Iterator<Item = (Directive<'s>, Span)> + use<'s> {
        Comments { source: self.source, spans: self.doc(pos) }.directives()
    }

    /// How many line ends are between two offsets, if nothing but white space is.
    fn blank_lines_between(&self, from: u32, to: u32) -> Option<usize> {
        let text = self.source.get(from as usize..to as usize)?;
        let blank = text.iter().all(|c| matches!(c, b' ' | b'\t' | b'\r' | b'\n'));
        blank.then(|| memchr::memchr_iter(b'\n', text).count())
    }

    fn follows_code(&self, pos: u32) -> bool {
        let before = self.source.get(..pos as usize).unwrap_or_default();
        let line = memchr::memrchr(b'\n', before).map_or(0, |line| line + 1);
        !before[line..].iter().all(|c| matches!(c, b' ' | b'\t' | b'\r' | 0xEF | 0xBB | 0xBF))
            && !self.spans.iter().any(|comment| {
                // A comment that ends on this line is no code.
                comment.end as usize > line && comment.end <= pos && (comment.start as usize) < line
            })
    }

    fn line_end(&self, pos: u32) -> u32 {
        let rest = self.source.get(pos as usize..).unwrap_or_default();
        memchr::memchr(b'\n', rest).map_or(self.source.len() as u32, |length| pos + length as u32)
    }
}

/// The words of a comment without its marks, in the lines it has.
pub fn text(source: &[u8], comment: Span) -> std::borrow::Cow<'_, str> {
    let bytes = comment.slice(source);
    let inner = match bytes {
        [b'/', b'/', inner @ ..] => inner,
        [b'/', b'*', inner @ .., b'*', b'/'] => inner,
        _ => bytes,
    };
    String::from_utf8_lossy(inner)
}

/// A comment that means something to a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive<'s> {
    /// `//go:build EXPR`, or `// +build ...` wherever it stands.
    Build(Result<Constraint, String>),
    /// `//go:debug key=value`
    GoDebug(GoDebug<'s>),
    /// `//go:linkname local [import/path.name]`
    Linkname {
        /// The name in this file.
        local: Symbol,
        /// What it is linked to.
        remote: Option<&'s str>,
    },
    /// `//go:NAME arguments` of any other name.
    Go {
        /// `noinline`
        name: &'s str,
        /// What follows.
        arguments: &'s str,
    },
    /// `//export Name`
    Export(Symbol),
    /// `//line file:line[:column]`
    Line(&'s str),
    /// `//nolint` or `//nolint:a,b`; no names means all.
    NoLint(Vec<&'s str>),
    /// `//snag:...`
    Snag(SnagDirective<'s>),
}

/// A setting of the Go runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoDebug<'s> {
    /// `asyncpreemptoff`
    pub key: &'s str,
    /// `1`
    pub value: &'s str,
}

/// What a `//snag:` directive says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnagDirective<'s> {
    /// `//snag:ignore RULE reason`: no findings of that rule on this line and the next.
    Ignore {
        /// The rule; empty if it is missing.
        rule: &'s str,
        /// The bytes of the rule's name.
        rule_span: Span,
        /// Why; empty if it is missing.
        reason: &'s str,
    },
    /// `//snag:ignore-file RULE reason`
    IgnoreFile {
        /// The rule; empty if it is missing.
        rule: &'s str,
        /// The bytes of the rule's name.
        rule_span: Span,
        /// Why; empty if it is missing.
        reason: &'s str,
    },
    /// `//snag:affine STATE`: the declaration depends on that state of its thread.
    Affine {
        /// The state; empty if it is missing.
        state: &'s str,
        /// The bytes of the state's name.
        state_span: Span,
    },
    /// `//snag:main-thread`: the declaration runs on the main thread.
    MainThread,
    /// `//snag:pinned`: the callers have locked the goroutine to its thread.
    Pinned,
    /// Any other word behind `//snag:`.
    Unknown {
        /// The word.
        name: &'s str,
        /// Its bytes.
        name_span: Span,
    },
}

impl SnagDirective<'_> {
    /// What is wrong with the directive, if something is.
    pub fn problem(&self, comment: Span) -> Option<Problem> {
        let problem = |span, message: &str| Some(Problem { span, message: message.to_owned() });
        match *self {
            SnagDirective::Ignore { rule: "", .. } | SnagDirective::IgnoreFile { rule: "", .. } => {
                problem(comment, "missing rule name, write //snag:ignore RULE reason")
            }
            SnagDirective::Ignore { reason: "", .. } | SnagDirective::IgnoreFile { reason: "", .. } => {
                problem(comment, "missing reason, write //snag:ignore RULE reason")
            }
            SnagDirective::Affine { state: "", .. } => {
                problem(comment, "missing thread state, write //snag:affine STATE")
            }
            SnagDirective::Unknown { name, name_span } => {
                problem(name_span, &format!("unknown directive //snag:{name}"))
            }
            _ => None,
        }
    }
}

impl<'s> Directive<'s> {
    /// The directive that a comment is, if it is one. There is no space behind the slashes, except in
    /// `// +build` and `// nolint`.
    pub fn read(source: &'s [u8], comment: Span) -> Option<Directive<'s>> {
        let line = std::str::from_utf8(comment.slice(source)).ok()?;
        let body = line.strip_prefix("//")?;
        if let Some(rest) = body.strip_prefix("snag:") {
            return Some(Directive::Snag(snag(rest, comment.start + 7)));
        }
        if let Some(rest) = body.strip_prefix("go:") {
            return go(line, rest);
        }
        let (word, rest) = split_word(body);
        match word {
            "export" => Some(Directive::Export(Symbol::new(split_word(rest).0))).filter(|_| !rest.is_empty()),
            "line" if !rest.is_empty() => Some(Directive::Line(rest)),
            _ => match Constraint::parse(line) {
                Some(constraint) => Some(Directive::Build(constraint)),
                None => no_lint(body),
            },
        }
    }
}

fn split_word(text: &str) -> (&str, &str) {
    match text.split_once([' ', '\t']) {
        Some((word, rest)) => (word, rest.trim()),
        None => (text.trim_end(), ""),
    }
}

fn go<'s>(line: &'s str, rest: &'s str) -> Option<Directive<'s>> {
    let (name, arguments) = split_word(rest);
    Some(match name {
        "build" => Directive::Build(Constraint::parse(line)?),
        "debug" => {
            let (key, value) = arguments.split_once('=')?;
            Directive::GoDebug(GoDebug { key: key.trim(), value: value.trim() })
        }
        "linkname" => {
            let mut words = arguments.split_whitespace();
            Directive::Linkname { local: Symbol::new(words.next()?), remote: words.next() }
        }
        _ => Directive::Go { name, arguments },
    })
}

fn no_lint(body: &str) -> Option<Directive<'_>> {
    let rest = body.trim_start().strip_prefix("nolint")?;
    let Some(names) = rest.strip_prefix(':') else {
        let ends = rest.is_empty() || rest.starts_with([' ', '\t', '/']);
        return ends.then(|| Directive::NoLint(Vec::new()));
    };
    // What follows a second `//` is an explanation.
    let names = names.split("//").next().unwrap_or_default();
    let names = names.split(',').filter_map(|name| name.split_whitespace().next());
    Some(Directive::NoLint(names.collect()))
}

/// The directive whose text behind `//snag:` begins at `offset`.
fn snag(text: &str, offset: u32) -> SnagDirective<'_> {
    let (name, rest) = split_word(text);
    let span_of = |word: &str| {
        let start = offset + (word.as_ptr().addr() - text.as_ptr().addr()) as u32;
        Span::new(start, start + word.len() as u32)
    };
    let (word, reason) = split_word(rest);
    let word_span = if word.is_empty() { span_of(&text[text.len()..]) } else { span_of(word) };
    match name {
        "ignore" => SnagDirective::Ignore { rule: word, rule_span: word_span, reason },
        "ignore-file" => SnagDirective::IgnoreFile { rule: word, rule_span: word_span, reason },
        "affine" => SnagDirective::Affine { state: word, state_span: word_span },
        "main-thread" => SnagDirective::MainThread,
        "pinned" => SnagDirective::Pinned,
        _ => SnagDirective::Unknown { name, name_span: span_of(name) },
    }
}

//! `//snag:ignore RULE reason` and `//snag:ignore-file RULE reason`; in manifests behind `#`.

use bumpalo::Bump;
use snag_syntax::go::comment::{Comments, Directive, SnagDirective};
use snag_syntax::go::{Bodies, parse_file};
use snag_syntax::{LineIndex, Span};

use crate::{RULES, Rule};

/// The suppressing directives of a file, and which of them were of use.
#[derive(Clone, Debug, Default)]
pub struct Suppressions {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    rule: String,
    span: Span,
    /// The line of the directive; none means the whole file.
    line: Option<u32>,
    /// What is wrong with it: then it suppresses nothing.
    problem: Option<String>,
    used: bool,
}

/// The `#` that begins the comment which has nothing but blanks in front of `at`.
fn comment_around(source: &[u8], at: usize) -> Option<usize> {
    let before = source[..at].trim_ascii_end();
    let mark = before.len().checked_sub(1).filter(|&mark| before[mark] == b'#')?;
    let begins = mark == 0 || source[mark - 1].is_ascii_whitespace();
    (begins && !source[mark..at].contains(&b'\n')).then_some(mark)
}

impl Entry {
    fn new(snag: SnagDirective<'_>, span: Span, lines: &LineIndex) -> Option<Entry> {
        let (rule, line) = match snag {
            SnagDirective::Ignore { rule, .. } => (rule, Some(lines.position(span.start).line)),
            SnagDirective::IgnoreFile { rule, .. } => (rule, None),
            _ => return None,
        };
        let unknown = !RULES.iter().any(|known| known.name == rule);
        let problem = snag.problem(span).map(|problem| problem.message);
        let problem = problem.or_else(|| unknown.then(|| format!("unknown rule {rule}")));
        Some(Entry { rule: rule.to_owned(), span, line, problem, used: false })
    }
}

impl Suppressions {
    /// Finds the directives of a Go file.
    pub fn read(source: &[u8]) -> Suppressions {
        // Parsing costs; almost no file has a directive.
        if memchr::memmem::find(source, b"//snag:ignore").is_none() {
            return Suppressions::default();
        }
        let arena = Bump::new();
        let file = parse_file(source, &arena, Bodies::Parse);
        let lines = LineIndex::new(source);
        let directives = Comments::new(source, &file.comments).directives();
        let entries = directives.filter_map(|(directive, span)| {
            let Directive::Snag(snag) = directive else { return None };
            Entry::new(snag, span, &lines)
        });
        Suppressions { entries: entries.collect() }
    }

    /// Finds the directives of a manifest: YAML, a Dockerfile, a systemd unit.
    pub fn read_manifest(source: &[u8]) -> Suppressions {
        let lines = LineIndex::new(source);
        let marks = memchr::memmem::find_iter(source, b"snag:ignore");
        let entries = marks.filter_map(|at| {
            let comment = comment_around(source, at)?;
            let end = memchr::memchr(b'\n', &source[at..]).map_or(source.len(), |length| at + length);
            // It reads like the directive in a Go comment.
            let line = format!("//{}", String::from_utf8_lossy(&source[at..end]).trim_end());
            let span = Span::new(comment as u32, end as u32);
            let whole = Span::new(0, line.len() as u32);
            match Directive::read(line.as_bytes(), whole)? {
                Directive::Snag(snag) => Entry::new(snag, span, &lines),
                _ => None,
            }
        });
        Suppressions { entries: entries.collect() }
    }

    /// Whether there is no directive at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether a finding of the rule on that line is suppressed; remembers the directive as used.
    pub fn suppress(&mut self, rule: &str, line: u32) -> bool {
        let mut any = false;
        for entry in &mut self.entries {
            let near = entry.line.is_none_or(|at| line == at || line == at.saturating_add(1));
            if entry.problem.is_none() && entry.rule == rule && near {
                entry.used = true;
                any = true;
            }
        }
        any
    }

    /// The directives that suppressed nothing although their rule ran, and what to say of each.
    pub fn unused<'a>(&'a self, ran: &'a [&'static Rule]) -> impl Iterator<Item = (Span, String)> + 'a {
        self.entries.iter().filter_map(|entry| {
            if let Some(problem) = &entry.problem {
                return Some((entry.span, problem.clone()));
            }
            let idle = !entry.used && ran.iter().any(|rule| rule.name == entry.rule);
            let message = || format!("nothing to ignore here: {} does not report", entry.rule);
            idle.then(|| (entry.span, message()))
        })
    }
}

//! Build constraints: `//go:build` and `// +build`.

use super::lexer::mark_length;
use super::unicode;
use crate::{Problem, Span};
use std::fmt;

/// The condition under which a file belongs to a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// `linux`
    Tag(Box<str>),
    /// `!x`
    Not(Box<Constraint>),
    /// `x && y`
    And(Box<Constraint>, Box<Constraint>),
    /// `x || y`
    Or(Box<Constraint>, Box<Constraint>),
}

/// As in Go: so many operands at most, which bounds the recursion too.
const MAX_OPERANDS: usize = 1000;
/// As in Go: so many operators at most in a `+build` line.
const MAX_OLD_OPERATORS: usize = 100;

impl Constraint {
    /// Reads a `//go:build` or `// +build` line. Nothing if it is neither; else the constraint, or what is
    /// wrong with it.
    pub fn parse(line: &str) -> Option<Result<Constraint, String>> {
        if let Some(text) = go_build_text(line) {
            return Some(Reader::read(text));
        }
        plus_build_text(line).map(parse_plus_build)
    }

    /// Whether the file is built where exactly those tags are set that `is_set` says.
    pub fn eval(&self, is_set: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Constraint::Tag(tag) => is_set(tag),
            Constraint::Not(x) => !x.eval(is_set),
            Constraint::And(x, y) => x.eval(is_set) && y.eval(is_set),
            Constraint::Or(x, y) => x.eval(is_set) || y.eval(is_set),
        }
    }

    /// The lowest N for which the constraint can hold with `go1.N`: the language version of the file. Nothing
    /// if it can hold without any such tag. Purely structural, like Go's `constraint.GoVersion`.
    pub fn go_minor_version(&self) -> Option<u32> {
        self.lowest_version(true)
    }

    fn lowest_version(&self, positive: bool) -> Option<u32> {
        match self {
            Constraint::And(x, y) | Constraint::Or(x, y) => {
                let (x, y) = (x.lowest_version(positive), y.lowest_version(positive));
                // `None` is below every version, which is what both need.
                if matches!(self, Constraint::And(..)) == positive { x.max(y) } else { x.min(y) }
            }
            Constraint::Not(x) => x.lowest_version(!positive),
            Constraint::Tag(_) if !positive => None,
            Constraint::Tag(tag) if &**tag == "go1" => Some(0),
            Constraint::Tag(tag) => tag.split_once("go1.").and_then(|(_, minor)| minor.parse().ok()),
        }
    }

    fn and(self, other: Constraint) -> Constraint {
        Constraint::And(Box::new(self), Box::new(other))
    }

    fn or(self, other: Constraint) -> Constraint {
        Constraint::Or(Box::new(self), Box::new(other))
    }

    fn tag(tag: &str) -> Constraint {
        Constraint::Tag(tag.into())
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = |x: &Constraint, parens: bool| if parens { format!("({x})") } else { x.to_string() };
        match self {
            Constraint::Tag(tag) => f.write_str(tag),
            Constraint::Not(x) => {
                let parens = matches!(**x, Constraint::And(..) | Constraint::Or(..));
                write!(f, "!{}", group(x, parens))
            }
            Constraint::And(x, y) => {
                let is_or = |x: &Constraint| matches!(x, Constraint::Or(..));
                write!(f, "{} && {}", group(x, is_or(x)), group(y, is_or(y)))
            }
            Constraint::Or(x, y) => {
                let is_and = |x: &Constraint| matches!(x, Constraint::And(..));
                write!(f, "{} || {}", group(x, is_and(x)), group(y, is_and(y)))
            }
        }
    }
}

fn after_keyword<'t>(line: &'t str, keyword: &str) -> Option<&'t str> {
    let rest = line.strip_prefix(keyword)?;
    let text = rest.trim();
    (text.len() < rest.len() || rest.is_empty()).then_some(text)
}

fn go_build_text(line: &str) -> Option<&str> {
    let line = line.strip_suffix('\n').unwrap_or(line);
    if line.contains('\n') || !line.starts_with("//go:build") {
        return None;
    }
    after_keyword(line.trim(), "//go:build")
}

fn plus_build_text(line: &str) -> Option<&str> {
    let line = line.strip_suffix('\n').unwrap_or(line);
    if line.contains('\n') {
        return None;
    }
    after_keyword(line.strip_prefix("//")?.trim(), "+build")
}

fn in_tag(c: char) -> bool {
    unicode::is_letter(c) || unicode::is_digit(c) || c == '.'
}

fn parse_plus_build(text: &str) -> Result<Constraint, String> {
    let mut operators = 0;
    let mut combine = |left: Option<Constraint>, right, how: fn(Constraint, Constraint) -> Constraint| {
        let Some(left) = left else { return Ok(right) };
        operators += 1;
        if operators > MAX_OLD_OPERATORS {
            return Err("expression too complex for // +build lines".to_owned());
        }
        Ok(how(left, right))
    };
    let mut any = None;
    for clause in text.split_whitespace() {
        let mut all = None;
        for literal in clause.split(',') {
            all = Some(combine(all, old_literal(literal), Constraint::and)?);
        }
        if let Some(all) = all {
            any = Some(combine(any, all, Constraint::or)?);
        }
    }
    Ok(any.unwrap_or_else(|| Constraint::tag("ignore")))
}

fn old_literal(literal: &str) -> Constraint {
    if literal.starts_with("!!") || literal == "!" {
        return Constraint::tag("ignore");
    }
    let name = literal.strip_prefix('!').unwrap_or(literal);
    let valid = !name.is_empty() && name.chars().all(in_tag);
    let tag = Constraint::tag(if valid { name } else { "ignore" });
    if name.len() < literal.len() { Constraint::Not(Box::new(tag)) } else { tag }
}

/// Reads `//go:build` expressions.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// Empty at the end.
    token: &'t str,
    is_tag: bool,
    operands: usize,
}

impl<'t> Reader<'t> {
    fn read(text: &'t str) -> Result<Constraint, String> {
        let mut reader = Reader { text, at: 0, token: "", is_tag: false, operands: 0 };
        let constraint = reader.or()?;
        if reader.token.is_empty() {
            Ok(constraint)
        } else {
            Err(format!("unexpected token {}", reader.token))
        }
    }

    fn or(&mut self) -> Result<Constraint, String> {
        let mut left = self.and()?;
        while self.token == "||" {
            left = left.or(self.and()?);
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Constraint, String> {
        let mut left = self.not()?;
        while self.token == "&&" {
            left = left.and(self.not()?);
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Constraint, String> {
        self.operands += 1;
        if self.operands > MAX_OPERANDS {
            return Err("build expression too large".to_owned());
        }
        self.advance()?;
        if self.token != "!" {
            return self.atom();
        }
        self.advance()?;
        if self.token == "!" {
            return Err("double negation not allowed".to_owned());
        }
        Ok(Constraint::Not(Box::new(self.atom()?)))
    }

    fn atom(&mut self) -> Result<Constraint, String> {
        if self.token == "(" {
            let inner = self.or()?;
            if self.token != ")" {
                return Err("missing close paren".to_owned());
            }
            self.advance()?;
            return Ok(inner);
        }
        if !self.is_tag {
            return Err(match self.token {
                "" => "unexpected end of expression".to_owned(),
                token => format!("unexpected token {token}"),
            });
        }
        let tag = Constraint::tag(self.token);
        self.advance()?;
        Ok(tag)
    }

    fn advance(&mut self) -> Result<(), String> {
        let rest = self.text[self.at..].trim_start_matches([' ', '\t']);
        self.at = self.text.len() - rest.len();
        self.is_tag = false;
        let length = match rest.as_bytes() {
            [] => 0,
            [b'(' | b')' | b'!', ..] => 1,
            [b'&', b'&', ..] | [b'|', b'|', ..] => 2,
            _ => {
                let length = rest.find(|c| !in_tag(c)).unwrap_or(rest.len());
                if length == 0 {
                    let c = rest.chars().next().unwrap_or_default();
                    return Err(format!("invalid syntax at {c}"));
                }
                self.is_tag = true;
                length
            }
        };
        self.token = &rest[..length];
        self.at += length;
        Ok(())
    }
}

/// The constraint of a file, from its comments in front of the package clause. A `//go:build` line beats all
/// `// +build` lines, and those count only where a blank line follows them. A line that cannot be read is a
/// problem; go builds the file nevertheless if it is a `+build` line, and never if it is a `//go:build` line.
pub fn file_constraint(source: &[u8]) -> (Option<Constraint>, Vec<Problem>) {
    let mut problems = Vec::new();
    let lines = HeaderLines::collect(source);
    if let [first, others @ ..] = &lines.go_build[..] {
        if let Some(second) = others.first() {
            problems.push(Problem { span: *second, message: "multiple //go:build lines".to_owned() });
            return (Some(never()), problems);
        }
        let constraint = read_line(source, *first, &mut problems).unwrap_or_else(never);
        return (Some(constraint), problems);
    }
    let mut all: Option<Constraint> = None;
    for line in lines.plus_build {
        if let Some(constraint) = read_line(source, line, &mut problems) {
            all = Some(match all {
                Some(all) => all.and(constraint),
                None => constraint,
            });
        }
    }
    (all, problems)
}

/// What go does with a file whose constraint it cannot read.
fn never() -> Constraint {
    Constraint::Not(Box::new(Constraint::tag("go1"))).and(Constraint::tag("go1"))
}

fn read_line(source: &[u8], span: Span, problems: &mut Vec<Problem>) -> Option<Constraint> {
    let line = String::from_utf8_lossy(span.slice(source));
    match Constraint::parse(&line)? {
        Ok(constraint) => Some(constraint),
        Err(message) => {
            problems.push(Problem { span, message: format!("build constraint: {message}") });
            None
        }
    }
}

/// The lines that may be constraints.
#[derive(Default)]
struct HeaderLines {
    go_build: Vec<Span>,
    plus_build: Vec<Span>,
}

impl HeaderLines {
    fn collect(source: &[u8]) -> HeaderLines {
        let mut found = HeaderLines::default();
        // `+build` lines that no blank line has confirmed yet.
        let mut pending = Vec::new();
        let mut confirms = true;
        let mut in_comment = false;
        let mut at = mark_length(source);
        while at < source.len() {
            let length = memchr::memchr(b'\n', &source[at..]).unwrap_or(source.len() - at);
            let raw = &source[at..at + length];
            let line = trim(raw);
            let start = at + (line.as_ptr().addr() - raw.as_ptr().addr());
            let span = Span::new(start as u32, (start + line.len()) as u32);
            at += length + 1;
            if line.is_empty() && confirms {
                found.plus_build.append(&mut pending);
                continue;
            }
            confirms &= line.starts_with(b"//");
            if !in_comment && line.starts_with(b"//") {
                let text = String::from_utf8_lossy(line);
                if go_build_text(&text).is_some() {
                    found.go_build.push(span);
                } else if plus_build_text(&text).is_some() {
                    pending.push(span);
                }
            }
            if !stays_in_comments(line, &mut in_comment) {
                break;
            }
        }
        found
    }
}

/// Whether a line holds nothing but comments; `in_comment` says whether a `/*` is open.
fn stays_in_comments(mut line: &[u8], in_comment: &mut bool) -> bool {
    while !line.is_empty() {
        if *in_comment {
            let Some(end) = memchr::memmem::find(line, b"*/") else { return true };
            *in_comment = false;
            line = trim(&line[end + 2..]);
        } else if line.starts_with(b"//") {
            return true;
        } else if line.starts_with(b"/*") {
            *in_comment = true;
            line = trim(&line[2..]);
        } else {
            return false;
        }
    }
    true
}

fn trim(line: &[u8]) -> &[u8] {
    match std::str::from_utf8(line) {
        Ok(text) => text.trim().as_bytes(),
        Err(_) => line.trim_ascii(),
    }
}

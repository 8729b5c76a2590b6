//! Characters to tokens, comments and preprocessor lines.

use crate::Span;

/// What a token is; which punctuator or keyword it is, its text tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Ident,
    /// An integer or floating point literal.
    Number,
    /// A string literal with its quotes.
    Text,
    /// A character literal with its quotes.
    Char,
    /// An operator or a bracket.
    Punct,
    /// A brace that only another branch of a conditional needs.
    Dropped,
}

/// One token of the text that was lexed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// A preprocessor line with the tokens that follow its name.
#[derive(Debug)]
pub(super) struct Directive {
    /// `define`, `include`, `cgo` ...
    pub(super) name: Span,
    /// From `#` to the end of the logical line.
    pub(super) span: Span,
    /// Range in [`Lexed::directive_tokens`].
    pub(super) tokens: std::ops::Range<usize>,
}

/// Everything in a text, in order of position.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    pub(super) directive_tokens: Vec<Token>,
    pub(super) directives: Vec<Directive>,
    pub(super) comments: Vec<Span>,
    /// Literals and comments that nobody closed.
    pub(super) unterminated: Vec<(Span, &'static str)>,
}

/// Conditionals nested deeper than this are read without looking at their branches.
const MAX_CONDITIONALS: usize = 64;

/// An open `#if`.
struct Conditional {
    /// Whether the branch being read is dead: `#if 0`, or the `#else` of `#if 1`.
    dead: bool,
    /// Whether the condition was a constant, so that `#else` swaps `dead`.
    constant: bool,
    /// First token of the branch being read.
    branch: usize,
    /// Braces that the first branch opened minus those that it closed.
    first_balance: Option<i64>,
}

struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    out: Lexed,
    conditionals: Vec<Conditional>,
    /// Open conditionals behind [`MAX_CONDITIONALS`].
    too_deep: usize,
    /// How many of `conditionals` are dead.
    dead: usize,
    /// Whether a raw string had no end: then none of the others has, and looking for it each time is slow.
    no_raw_text: bool,
}

/// Splits `text`; never fails.
pub(super) fn lex(text: &[u8]) -> Lexed {
    // Spans hold 32 bits: what lies behind is not read.
    let text = &text[..text.len().min(u32::MAX as usize - 1)];
    let mut lexer = Lexer {
        text,
        at: 0,
        out: Lexed::default(),
        conditionals: Vec::new(),
        too_deep: 0,
        dead: 0,
        no_raw_text: false,
    };
    let mut line_start = true;
    while lexer.skip_blank(&mut line_start) {
        if line_start && lexer.peek(0) == b'#' && lexer.peek(1) != b'#' {
            lexer.directive();
            continue;
        }
        line_start = false;
        let token = lexer.token();
        if lexer.dead == 0 {
            lexer.out.tokens.push(token);
        }
    }
    lexer.out
}

fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end as u32)
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$' || byte >= 0x80
}

fn is_name(byte: u8) -> bool {
    is_name_start(byte) || byte.is_ascii_digit()
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The length of a line break at `at`, zero if there is none.
    fn line_break(&self, at: usize) -> usize {
        match (self.text.get(at), self.text.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => 2,
            (Some(b'\n'), _) => 1,
            _ => 0,
        }
    }

    /// Skips blanks, line breaks, splices and comments; false at the end of the text.
    fn skip_blank(&mut self, line_start: &mut bool) -> bool {
        while self.at < self.text.len() {
            match self.peek(0) {
                b'\n' => {
                    *line_start = true;
                    self.at += 1;
                }
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c | 0 => self.at += 1,
                b'\\' if self.line_break(self.at + 1) > 0 => self.at += 1 + self.line_break(self.at + 1),
                b'/' if matches!(self.peek(1), b'/' | b'*') => self.comment(),
                _ => return true,
            }
        }
        false
    }

    fn comment(&mut self) {
        let start = self.at;
        if self.peek(1) == b'/' {
            while self.at < self.text.len() && self.line_break(self.at) == 0 {
                let splice = if self.peek(0) == b'\\' { self.line_break(self.at + 1) } else { 0 };
                self.at += 1 + splice;
            }
        } else {
            self.at = match memchr::memmem::find(&self.text[start + 2..], b"*/") {
                Some(found) => start + 2 + found + 2,
                None => {
                    self.out.unterminated.push((span(start, start + 2), "comment is not closed"));
                    self.text.len()
                }
            };
        }
        if self.dead == 0 {
            self.out.comments.push(span(start, self.at));
        }
    }

    /// One token; `self.at` is not at a blank.
    fn token(&mut self) -> Token {
        let start = self.at;
        let kind = match self.peek(0) {
            b'"' => self.quoted(b'"'),
            b'\'' => self.quoted(b'\''),
            byte if is_name_start(byte) => self.name_or_prefixed_literal(),
            byte if byte.is_ascii_digit() || byte == b'.' && self.peek(1).is_ascii_digit() => self.number(),
            _ => {
                self.at += punctuator_len(self.rest());
                Kind::Punct
            }
        };
        Token { kind, span: span(start, self.at) }
    }

    /// A literal ends at its quote, or at the end of the line if someone forgot it.
    fn quoted(&mut self, quote: u8) -> Kind {
        let start = self.at;
        let kind = if quote == b'"' { Kind::Text } else { Kind::Char };
        self.at += 1;
        while self.at < self.text.len() {
            match self.peek(0) {
                b'\\' => self.at += 1 + self.line_break(self.at + 1).max(1),
                b'\n' => break,
                byte => {
                    self.at += 1;
                    if byte == quote {
                        return kind;
                    }
                }
            }
        }
        self.at = self.at.min(self.text.len());
        // An apostrophe in a dead branch or in prose behind #error is no mistake.
        if self.dead == 0 && quote == b'"' {
            self.out.unterminated.push((span(start, start + 1), "string is not closed"));
        }
        kind
    }

    fn name_or_prefixed_literal(&mut self) -> Kind {
        let start = self.at;
        while is_name(self.peek(0)) && self.at < self.text.len() {
            self.at += 1;
        }
        let name = &self.text[start..self.at];
        match (name, self.peek(0)) {
            (b"R" | b"LR" | b"uR" | b"UR" | b"u8R", b'"') => self.raw_text(),
            (b"L" | b"u" | b"U" | b"u8", b'"') => self.quoted(b'"'),
            (b"L" | b"u" | b"U" | b"u8", b'\'') => self.quoted(b'\''),
            _ => Kind::Ident,
        }
    }

    /// A C++ `R"delimiter( ... )delimiter"`.
    fn raw_text(&mut self) -> Kind {
        let rest = self.rest();
        let Some(open) = rest.iter().take(18).position(|&byte| byte == b'(').filter(|_| !self.no_raw_text)
        else {
            return self.quoted(b'"');
        };
        let mut end = vec![b')'];
        end.extend_from_slice(&rest[1..open]);
        end.push(b'"');
        match memchr::memmem::find(rest, &end) {
            Some(found) => {
                self.at += found + end.len();
                Kind::Text
            }
            None => {
                self.no_raw_text = true;
                self.quoted(b'"')
            }
        }
    }

    fn number(&mut self) -> Kind {
        while self.at < self.text.len() {
            let byte = self.peek(0);
            let exponent = matches!(byte, b'e' | b'E' | b'p' | b'P') && matches!(self.peek(1), b'+' | b'-');
            let hex = self.text.get(self.at.saturating_sub(1)..self.at + 1) == Some(b"xe");
            if exponent && !hex {
                self.at += 2;
            } else if is_name(byte) || byte == b'.' || byte == b'\'' && self.peek(1).is_ascii_hexdigit() {
                self.at += 1;
            } else {
                break;
            }
        }
        Kind::Number
    }

    /// A whole preprocessor line, with its continuations.
    fn directive(&mut self) {
        let start = self.at;
        self.at += 1;
        let first = self.out.directive_tokens.len();
        let mut name = None;
        while self.skip_blank_in_line() {
            let token = self.token();
            if name.is_none() {
                name = Some(token.span);
                if self.takes_prose(token.span) {
                    self.skip_line();
                }
            } else {
                self.out.directive_tokens.push(token);
            }
        }
        let Some(name) = name else { return };
        let directive =
            Directive { name, span: span(start, self.at), tokens: first..self.out.directive_tokens.len() };
        self.conditional(&directive);
        if self.dead == 0 {
            self.out.directives.push(directive);
        } else {
            self.out.directive_tokens.truncate(first);
        }
    }

    /// These lines hold words, not C: an apostrophe there opens no literal.
    fn takes_prose(&self, name: Span) -> bool {
        matches!(name.slice(self.text), b"error" | b"warning" | b"cgo" | b"pragma" | b"ident" | b"line")
    }

    fn skip_line(&mut self) {
        while self.at < self.text.len() && self.line_break(self.at) == 0 {
            let splice = if self.peek(0) == b'\\' { self.line_break(self.at + 1) } else { 0 };
            self.at += 1 + splice;
        }
    }

    /// As [`Lexer::skip_blank`], but a line break ends the line; false there.
    fn skip_blank_in_line(&mut self) -> bool {
        while self.at < self.text.len() && self.line_break(self.at) == 0 {
            match self.peek(0) {
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c | 0 => self.at += 1,
                b'\\' if self.line_break(self.at + 1) > 0 => self.at += 1 + self.line_break(self.at + 1),
                b'/' if matches!(self.peek(1), b'/' | b'*') => self.comment(),
                _ => return true,
            }
        }
        false
    }

    fn conditional(&mut self, directive: &Directive) {
        match directive.name.slice(self.text) {
            b"if" | b"ifdef" | b"ifndef" => self.open_conditional(directive),
            b"else" | b"elif" | b"elifdef" | b"elifndef" => self.next_branch(directive),
            b"endif" => {
                if self.too_deep > 0 {
                    self.too_deep -= 1;
                } else if let Some(mut open) = self.conditionals.pop() {
                    self.dead -= usize::from(open.dead);
                    self.close_branch(&mut open);
                }
            }
            _ => {}
        }
    }

    fn open_conditional(&mut self, directive: &Directive) {
        if self.conditionals.len() >= MAX_CONDITIONALS {
            self.too_deep += 1;
            return;
        }
        let condition = &self.out.directive_tokens[directive.tokens.clone()];
        let value = match condition {
            [only] if directive.name.slice(self.text) == b"if" => only.span.slice(self.text),
            _ => b"",
        };
        let (constant, dead) = (matches!(value, b"0" | b"1"), value == b"0");
        self.dead += usize::from(dead);
        let branch = self.out.tokens.len();
        self.conditionals.push(Conditional { dead, constant, branch, first_balance: None });
    }

    fn next_branch(&mut self, directive: &Directive) {
        if self.too_deep > 0 {
            return;
        }
        let Some(mut open) = self.conditionals.pop() else { return };
        self.dead -= usize::from(open.dead);
        self.close_branch(&mut open);
        // `#if 0 ... #elif X` goes on as an ordinary conditional, `#if 1` has no living other branch.
        open.dead = open.constant && !open.dead;
        open.constant &= open.dead || directive.name.slice(self.text) != b"else";
        self.dead += usize::from(open.dead);
        open.branch = self.out.tokens.len();
        self.conditionals.push(open);
    }

    /// Several branches may each open the same block, which is closed once: only the first one's braces count.
    fn close_branch(&mut self, open: &mut Conditional) {
        let branch = open.branch.min(self.out.tokens.len());
        let tokens = &mut self.out.tokens[branch..];
        if open.dead {
            return;
        }
        let Some(first) = open.first_balance else {
            open.first_balance = Some(balance(tokens, self.text));
            return;
        };
        if first != 0 {
            drop_unmatched_braces(tokens, self.text);
        }
    }
}

fn balance(tokens: &[Token], text: &[u8]) -> i64 {
    tokens
        .iter()
        .filter(|token| token.kind == Kind::Punct)
        .map(|token| match token.span.slice(text) {
            b"{" => 1,
            b"}" => -1,
            _ => 0,
        })
        .sum()
}

fn drop_unmatched_braces(tokens: &mut [Token], text: &[u8]) {
    let mut open = Vec::new();
    for (index, token) in tokens.iter_mut().enumerate().filter(|(_, token)| token.kind == Kind::Punct) {
        match token.span.slice(text) {
            b"{" => open.push(index),
            b"}" if open.pop().is_none() => token.kind = Kind::Dropped,
            _ => {}
        }
    }
    for index in open {
        tokens[index].kind = Kind::Dropped;
    }
}

fn punctuator_len(rest: &[u8]) -> usize {
    const THREE: [&[u8]; 4] = [b"...", b"<<=", b">>=", b"->*"];
    const TWO: [&[u8]; 21] = [
        b"->", b"::", b"++", b"--", b"<<", b">>", b"<=", b">=", b"==", b"!=", b"&&", b"||", b"+=", b"-=",
        b"*=", b"/=", b"%=", b"&=", b"|=", b"^=", b"##",
    ];
    if THREE.iter().any(|op| rest.starts_with(op)) {
        3
    } else if TWO.iter().any(|op| rest.starts_with(op)) {
        2
    } else {
        1
    }
}

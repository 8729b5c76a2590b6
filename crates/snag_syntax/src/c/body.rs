//! What a function body does: calls, uses of variables, loops.

use super::constants;
use super::declarator::{is_qualifier, is_type_word};
use super::lexer::Kind;
use super::reader::{Reader, Tokens};
use super::{Access, AccessKind, Argument, Body, Call, CallKind, Loop, Value};
use crate::Span;
use rustc_hash::FxHashSet;

const MAX_ARGUMENTS: usize = 16;
const MAX_FLAGS: usize = 32;

/// A range of tokens that are statements or an expression.
pub(super) struct Code<'r, 't> {
    pub(super) reader: &'r Reader<'t>,
    pub(super) tokens: &'r Tokens,
}

/// Which variables a body can use.
pub(super) struct Names<'n> {
    /// Variables of the file.
    pub(super) file: &'n FxHashSet<Vec<u8>>,
    /// Variables of this function that outlive the call.
    pub(super) own: FxHashSet<Vec<u8>>,
    /// Where those are declared: not a use.
    pub(super) declared: FxHashSet<u32>,
    /// Parameters and other locals.
    pub(super) hidden: FxHashSet<Vec<u8>>,
}

/// Words before a bracket that make no call of it, and that no type can be.
fn is_control_word(word: &[u8]) -> bool {
    matches!(
        word,
        b"return"
            | b"else"
            | b"case"
            | b"goto"
            | b"do"
            | b"throw"
            | b"new"
            | b"delete"
            | b"co_return"
            | b"and"
            | b"or"
            | b"not"
    )
}

fn takes_brackets(word: &[u8]) -> bool {
    matches!(
        word,
        b"if"
            | b"for"
            | b"while"
            | b"switch"
            | b"sizeof"
            | b"_Alignof"
            | b"alignof"
            | b"__alignof__"
            | b"typeof"
            | b"__typeof__"
            | b"decltype"
            | b"defined"
            | b"catch"
            | b"__attribute__"
            | b"__declspec"
            | b"asm"
            | b"__asm__"
            | b"__asm"
            | b"_Static_assert"
            | b"static_assert"
            | b"_Generic"
            | b"alignas"
            | b"noexcept"
            | b"static_cast"
            | b"reinterpret_cast"
            | b"const_cast"
            | b"dynamic_cast"
            | b"_Alignas"
    )
}

impl Code<'_, '_> {
    fn word(&self, at: usize) -> &[u8] {
        self.tokens.list.get(at).map_or(b"", |&token| self.reader.word(token))
    }

    fn before(&self, at: usize, back: usize) -> &[u8] {
        at.checked_sub(back).map_or(b"", |at| self.word(at))
    }

    fn kind(&self, at: usize) -> Option<Kind> {
        Some(self.tokens.list.get(at)?.kind)
    }

    fn text(&self, at: usize) -> String {
        self.tokens.list.get(at).map(|&token| self.reader.text(token)).unwrap_or_default()
    }

    fn span(&self, start: usize, last: usize) -> Span {
        match (self.tokens.list.get(start), self.tokens.list.get(last)) {
            (Some(start), Some(last)) => self.reader.span(start.span.to(last.span)),
            _ => Span::default(),
        }
    }

    /// The body between the braces at `open` and `close`.
    pub(super) fn body(&self, open: usize, close: usize, names: &mut Names<'_>) -> Body {
        let inside = open + 1..close.max(open + 1);
        let span = self.span(open, close.min(self.tokens.list.len() - 1));
        let mut body = Body { span, is_empty: inside.is_empty(), ..Body::default() };
        for at in inside.clone() {
            if self.kind(at) == Some(Kind::Ident) {
                self.variable_use(at, names, &mut body);
                self.loop_at(at, &mut body);
            }
        }
        body.calls = self.calls(inside);
        body
    }

    /// All calls in a range, arguments first.
    pub(super) fn calls(&self, range: std::ops::Range<usize>) -> Vec<Call> {
        let mut calls: Vec<Call> = range
            .filter_map(|at| match self.kind(at)? {
                Kind::Ident if self.word(at + 1) == b"(" => self.call(at),
                Kind::Punct if self.word(at) == b"(" => self.pointer_call(at),
                Kind::Punct if self.word(at) == b"[" => self.message(at),
                _ => None,
            })
            .collect();
        calls.sort_by_key(|call| call.span.end);
        calls
    }

    fn call(&self, at: usize) -> Option<Call> {
        let word = self.word(at);
        if takes_brackets(word) || is_control_word(word) || is_type_word(word) {
            return None;
        }
        let previous = self.before(at, 1);
        if is_type_word(previous) && previous != b"auto" {
            // A local declaration of a function.
            return None;
        }
        let mut start = at;
        while start >= 2
            && at - start < 16
            && self.word(start - 1) == b"::"
            && self.kind(start - 2) == Some(Kind::Ident)
        {
            start -= 2;
        }
        let member = matches!(self.before(start, 1), b"." | b"->");
        let name = self.reader.tight_text(&self.tokens.list[start..=at]);
        let kind = if member { CallKind::Member } else { CallKind::Plain };
        Some(self.finish_call(name, kind, start, at, at + 1))
    }

    /// `(*name)(...)`
    fn pointer_call(&self, at: usize) -> Option<Call> {
        let close = self.tokens.close_of(at);
        let is_pointer =
            self.word(at + 1) == b"*" && close == at + 3 && self.kind(at + 2) == Some(Kind::Ident);
        let declares = self.before(at, 1) != b""
            && self.kind(at.wrapping_sub(1)) == Some(Kind::Ident)
            && !is_control_word(self.before(at, 1));
        if !is_pointer || declares || self.word(close + 1) != b"(" || is_type_word(self.word(at + 2)) {
            return None;
        }
        Some(self.finish_call(self.text(at + 2), CallKind::Pointer, at, at + 2, close + 1))
    }

    fn finish_call(&self, name: String, kind: CallKind, start: usize, name_at: usize, open: usize) -> Call {
        let close = self.tokens.close_of(open);
        let last = close.min(self.tokens.list.len() - 1);
        Call {
            name,
            receiver: None,
            kind,
            name_span: self.span(name_at, name_at),
            span: self.span(start, last),
            arguments: self.arguments(open, close),
        }
    }

    fn arguments(&self, open: usize, close: usize) -> Vec<Argument> {
        let mut arguments = Vec::new();
        let mut start = open + 1;
        let mut at = start;
        while at <= close && at <= self.tokens.list.len() && arguments.len() < MAX_ARGUMENTS {
            let ends = at == close || at == self.tokens.list.len();
            if ends || self.word(at) == b"," {
                if start < at {
                    arguments.push(Argument { value: self.value(start, at), span: self.span(start, at - 1) });
                }
                start = at + 1;
            }
            at = self.tokens.behind(at);
        }
        arguments
    }

    /// What the tokens from `start` to `end` are, if it is plain.
    fn value(&self, start: usize, end: usize) -> Value {
        let list = &self.tokens.list[start..end];
        match list {
            [only] => match only.kind {
                Kind::Number => constants::integer(self.reader.word(*only)).map_or(Value::Other, Value::Int),
                Kind::Char => constants::character(self.reader.word(*only)).map_or(Value::Other, Value::Int),
                Kind::Text => Value::Text(unquote(self.reader.word(*only))),
                Kind::Ident if matches!(self.reader.word(*only), b"NULL" | b"nullptr" | b"nil" | b"Nil") => {
                    Value::Null
                }
                Kind::Ident => Value::Name(self.reader.text(*only)),
                Kind::Punct | Kind::Dropped => Value::Other,
            },
            [sign, _] if self.reader.word(*sign) == b"-" => match self.value(start + 1, end) {
                Value::Int(value) => Value::Int(-value),
                _ => Value::Other,
            },
            [amp, name] if self.reader.word(*amp) == b"&" && name.kind == Kind::Ident => {
                Value::AddressOf(self.reader.text(*name))
            }
            [at, text] if self.reader.word(*at) == b"@" && text.kind == Kind::Text => {
                self.value(start + 1, end)
            }
            [first, ..] if self.reader.word(*first) == b"(" => self.cast_or_group(start, end),
            _ => self.flags(start, end),
        }
    }

    /// `(void *)0`, `(int)x`, `(A | B)`
    fn cast_or_group(&self, start: usize, end: usize) -> Value {
        let close = self.tokens.close_of(start);
        let inside = &self.tokens.list[start + 1..close.clamp(start + 1, end)];
        if close + 1 == end {
            return self.flags(start + 1, close);
        }
        let is_type =
            |token: &super::lexer::Token| token.kind == Kind::Ident || self.reader.word(*token) == b"*";
        if close >= end || end - close > 3 || inside.is_empty() || !inside.iter().take(MAX_FLAGS).all(is_type)
        {
            return Value::Other;
        }
        let pointer = inside.last().is_some_and(|&last| self.reader.word(last) == b"*");
        match self.value(close + 1, end) {
            Value::Int(0) if pointer => Value::Null,
            value => value,
        }
    }

    fn flags(&self, start: usize, end: usize) -> Value {
        let list = &self.tokens.list[start..end];
        if list.len() == 1 {
            return if list[0].kind == Kind::Punct { Value::Other } else { self.value(start, end) };
        }
        let plain = list.len() % 2 == 1
            && list.len() < 2 * MAX_FLAGS
            && list.iter().enumerate().all(|(at, &token)| {
                if at % 2 == 0 { token.kind == Kind::Ident } else { self.reader.word(token) == b"|" }
            });
        match plain {
            true => Value::Flags(list.iter().step_by(2).map(|&token| self.reader.text(token)).collect()),
            false => Value::Other,
        }
    }

    /// `[receiver selector]`, `[receiver first: x second: y]`
    fn message(&self, open: usize) -> Option<Call> {
        let previous = self.before(open, 1);
        let indexes = matches!(previous, b")" | b"]") || self.kind(open.wrapping_sub(1)) == Some(Kind::Ident);
        if indexes && !is_control_word(previous) && previous != b")" {
            return None;
        }
        let close = self.tokens.close_of(open);
        let selector = match self.kind(open + 1)? {
            Kind::Ident => open + 2,
            Kind::Punct if matches!(self.word(open + 1), b"[" | b"(") => self.tokens.behind(open + 1),
            _ => return None,
        };
        if selector >= close || close >= self.tokens.list.len() || self.kind(selector) != Some(Kind::Ident) {
            return None;
        }
        let mut name = self.text(selector);
        let mut arguments = Vec::new();
        let mut at = selector;
        let mut value_start = None;
        while at <= close {
            let keyword = at < close && self.kind(at) == Some(Kind::Ident) && self.word(at + 1) == b":";
            if (keyword || at == close)
                && let Some(start) =
                    value_start.filter(|&start| start < at && arguments.len() < MAX_ARGUMENTS)
            {
                arguments.push(Argument { value: self.value(start, at), span: self.span(start, at - 1) });
            }
            if keyword {
                if at != selector {
                    name.push_str(&self.text(at));
                }
                name.push(':');
                value_start = Some(at + 2);
                at += 1;
            }
            at = self.tokens.behind(at);
        }
        let receiver = (self.kind(open + 1) == Some(Kind::Ident)).then(|| self.text(open + 1));
        let (name_span, span) = (self.span(selector, selector), self.span(open, close));
        Some(Call { name, receiver, kind: CallKind::Message, name_span, span, arguments })
    }

    fn loop_at(&self, at: usize, body: &mut Body) {
        let endless = match self.word(at) {
            b"for" => (1..=4).map(|ahead| self.word(at + ahead)).eq([b"(" as &[u8], b";", b";", b")"]),
            b"while" if self.before(at, 1) == b"}" && self.closes_do(at) => return,
            b"while" => {
                matches!(self.word(at + 2), b"1" | b"true" | b"TRUE" | b"YES") && self.word(at + 3) == b")"
            }
            b"do" => {
                let close = self.tokens.close_of(at + 1);
                self.word(close + 1) == b"while"
                    && matches!(self.word(close + 3), b"1" | b"true" | b"TRUE" | b"YES")
                    && self.word(close + 4) == b")"
            }
            _ => return,
        };
        body.loops.push(Loop { span: self.span(at, at), endless });
    }

    /// Whether the `while` at `at` ends a `do { ... } while (x);`
    fn closes_do(&self, at: usize) -> bool {
        let behind = self.tokens.behind(at + 1);
        self.word(behind) == b";"
            && self.tokens.open_of(at - 1).is_some_and(|open| self.before(open, 1) == b"do")
    }

    fn variable_use(&self, at: usize, names: &mut Names<'_>, body: &mut Body) {
        let word = self.word(at);
        let is_errno = word == b"errno";
        let known = is_errno || names.file.contains(word) || names.own.contains(word);
        if !known || names.hidden.contains(word) || matches!(self.before(at, 1), b"." | b"->" | b"goto") {
            return;
        }
        // The operand of sizeof is not evaluated.
        let bracket = usize::from(self.before(at, 1) == b"(");
        if self.before(at, 1 + bracket) == b"sizeof" {
            return;
        }
        let start = self.tokens.list[at].span.start;
        if names.declared.contains(&start) {
            return;
        }
        if self.declares_local(at) {
            names.hidden.insert(word.to_vec());
            return;
        }
        if self.word(at + 1) == b"(" && !is_errno {
            // A call through a pointer: the call list has it, but the pointer is read as well.
            body.accesses.push(Access {
                name: self.text(at),
                kind: AccessKind::Read,
                span: self.span(at, at),
            });
            return;
        }
        let access = Access { name: self.text(at), kind: self.access_kind(at), span: self.span(at, at) };
        if is_errno { body.errno.push(access) } else { body.accesses.push(access) }
    }

    /// Whether the name at `at` is that of a new local variable: `int name`, `foo *name`.
    fn declares_local(&self, at: usize) -> bool {
        let is_type = |at: usize| {
            let word = self.word(at);
            self.kind(at) == Some(Kind::Ident) && !is_control_word(word) && !takes_brackets(word)
        };
        let Some(previous) = at.checked_sub(1) else { return false };
        if is_type(previous) {
            return true;
        }
        let mut star = previous;
        while star > 0 && at - star < 4 && self.word(star) == b"*" {
            star -= 1;
        }
        let begins = |word: &[u8]| matches!(word, b";" | b"{" | b"}" | b"(" | b"") || is_qualifier(word);
        star < previous && is_type(star) && (is_type_word(self.word(star)) || begins(self.before(star, 1)))
    }

    /// `0;`, `NULL;`
    fn is_nothing(&self, at: usize) -> bool {
        let nothing = matches!(self.word(at), b"0" | b"NULL" | b"nullptr" | b"false" | b"nil");
        nothing && self.word(at + 1) == b";"
    }

    fn access_kind(&self, at: usize) -> AccessKind {
        let whole = !matches!(self.word(at + 1), b"[" | b"." | b"->");
        match self.before(at, 1) {
            b"++" if whole => return AccessKind::Increment,
            b"--" if whole => return AccessKind::Decrement,
            b"++" | b"--" => return AccessKind::ReadWrite,
            _ => {}
        }
        // `x & y` reads; `f(&x)`, `= &x` take the address.
        let unary = self.before(at, 1) == b"&"
            && !matches!(self.kind(at.wrapping_sub(2)), Some(Kind::Ident | Kind::Number))
            && !matches!(self.before(at, 2), b")" | b"]")
            || self.before(at, 1) == b"&" && is_control_word(self.before(at, 2));
        if unary && self.before(at, 2) == b"return" {
            // The caller looks at what is there.
            return AccessKind::Read;
        }
        let mut through_pointer = self.before(at, 1) == b"*";
        let mut behind = at + 1;
        loop {
            match self.word(behind) {
                b"[" => behind = self.tokens.behind(behind),
                b"." => behind += 2,
                b"->" => {
                    through_pointer = true;
                    behind += 2;
                }
                _ => break,
            }
            if behind > at + 4096 {
                break;
            }
        }
        match self.word(behind) {
            _ if unary => AccessKind::Address,
            b"=" if through_pointer => AccessKind::ReadWrite,
            b"=" if whole && self.is_nothing(behind + 1) => AccessKind::Clear,
            b"=" => AccessKind::Write,
            b"++" | b"+=" if whole && !through_pointer => AccessKind::Increment,
            b"--" | b"-=" if whole && !through_pointer => AccessKind::Decrement,
            b"++" | b"--" => AccessKind::ReadWrite,
            b"+=" | b"-=" | b"*=" | b"/=" | b"%=" | b"&=" | b"|=" | b"^=" | b"<<=" | b">>=" => {
                AccessKind::ReadWrite
            }
            _ => AccessKind::Read,
        }
    }
}

fn unquote(word: &[u8]) -> String {
    let text = String::from_utf8_lossy(word);
    let start = text.find('"').map_or(0, |quote| quote + 1);
    let inner = text.get(start..).unwrap_or_default();
    inner.strip_suffix('"').unwrap_or(inner).replace("\\\"", "\"").replace("\\\\", "\\")
}

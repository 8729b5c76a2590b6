//! What preprocessor lines say.

use super::body::Code;
use super::lexer::{Directive, Kind, Lexed, Token};
use super::reader::{Reader, Tokens};
use super::{CgoLine, Constant, File, Include, Macro};
use crate::Span;
use rustc_hash::FxHashSet;

/// The names of macros that stand for a thread storage class, and of those that stand for nothing.
pub(super) fn storage_macros(text: &[u8], lexed: &Lexed) -> (FxHashSet<Vec<u8>>, FxHashSet<Vec<u8>>) {
    let (mut thread, mut empty) = (FxHashSet::default(), FxHashSet::default());
    for directive in lexed.directives.iter().filter(|directive| directive.name.slice(text) == b"define") {
        let Some((name, body)) = lexed.directive_tokens[directive.tokens.clone()].split_first() else {
            continue;
        };
        let words = || body.iter().map(|token| token.span.slice(text));
        let declspec = words().any(|word| word == b"__declspec") && words().any(|word| word == b"thread");
        if body.is_empty() {
            empty.insert(name.span.slice(text).to_vec());
        } else if body.len() <= 8 && (declspec || words().any(|word| is_thread_word(word, &thread))) {
            thread.insert(name.span.slice(text).to_vec());
        }
    }
    // A macro that is empty on one system may be a storage class on another.
    empty.retain(|name| !thread.contains(name));
    (thread, empty)
}

fn is_thread_word(word: &[u8], known: &FxHashSet<Vec<u8>>) -> bool {
    matches!(word, b"__thread" | b"_Thread_local" | b"thread_local") || known.contains(word)
}

/// The `#define`s without parameters: the line, the name, what it stands for.
pub(super) fn defines<'l>(
    reader: &Reader<'_>,
    lexed: &'l Lexed,
) -> impl Iterator<Item = (&'l Directive, Token, &'l [Token])> {
    lexed.directives.iter().filter_map(|directive| {
        let (name, body) = define(reader, lexed, directive)?;
        (!takes_params(reader, *name, body)).then_some((directive, *name, body))
    })
}

fn define<'l>(
    reader: &Reader<'_>,
    lexed: &'l Lexed,
    directive: &Directive,
) -> Option<(&'l Token, &'l [Token])> {
    if reader.slice(directive.name) != b"define" {
        return None;
    }
    let (name, body) = lexed.directive_tokens.get(directive.tokens.clone())?.split_first()?;
    (name.kind == Kind::Ident).then_some((name, body))
}

/// The bracket of parameters follows the name without a blank.
fn takes_params(reader: &Reader<'_>, name: Token, body: &[Token]) -> bool {
    body.first().is_some_and(|&open| reader.word(open) == b"(" && open.span.start == name.span.end)
}

/// A constant called as `name` says.
pub(super) fn constant(
    reader: &Reader<'_>,
    name: Token,
    value: Option<i128>,
    is_enumerator: bool,
) -> Constant {
    Constant { name: reader.text(name), name_span: reader.span(name.span), value, is_enumerator }
}

/// Adds macros, includes and `#cgo` lines to `file`.
pub(super) fn directives(reader: &Reader<'_>, lexed: &Lexed, file: &mut File) {
    for directive in &lexed.directives {
        let span = reader.span(directive.span);
        let rest = Span::new(directive.name.end, directive.span.end);
        match reader.slice(directive.name) {
            b"define" => file.macros.extend(read_macro(reader, lexed, directive)),
            b"include" | b"import" | b"include_next" => file.includes.extend(include(reader, rest, span)),
            b"cgo" => {
                let text = String::from_utf8_lossy(reader.slice(rest)).trim().to_owned();
                file.cgo.push(CgoLine { text, span });
            }
            _ => {}
        }
    }
}

fn include(reader: &Reader<'_>, rest: Span, span: Span) -> Option<Include> {
    let text = String::from_utf8_lossy(reader.slice(rest));
    let text = text.trim();
    let is_system = text.starts_with('<');
    let close = if is_system { '>' } else { '"' };
    let inner = text.strip_prefix(['<', '"'])?;
    let path = inner[..inner.find(close)?].to_owned();
    Some(Include { path, is_system, span })
}

fn read_macro(reader: &Reader<'_>, lexed: &Lexed, directive: &Directive) -> Option<Macro> {
    let (name, body) = define(reader, lexed, directive)?;
    let mut params = None;
    let mut body = body;
    if takes_params(reader, *name, body) {
        let close = body.iter().position(|&token| reader.word(token) == b")").unwrap_or(body.len() - 1);
        let names = body[..close].iter().filter(|token| token.kind == Kind::Ident);
        params = Some(names.map(|&token| reader.text(token)).collect());
        body = &body[close + 1..];
    }
    let text = match (body.first(), body.last()) {
        (Some(first), Some(last)) => {
            String::from_utf8_lossy(reader.slice(first.span.to(last.span))).into_owned()
        }
        _ => String::new(),
    };
    let tokens = Tokens::new(reader.source, body.iter().copied());
    let calls = Code { reader, tokens: &tokens }.calls(0..tokens.list.len());
    Some(Macro {
        name: reader.text(*name),
        name_span: reader.span(name.span),
        params,
        text,
        calls,
        span: reader.span(directive.span),
    })
}

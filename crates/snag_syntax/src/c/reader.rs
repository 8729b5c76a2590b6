//! The text with its tokens: words, spans, matching brackets.

use super::OffsetMap;
use super::lexer::{Kind, Token};
use crate::Span;
use rustc_hash::FxHashSet;

/// The text, and how to say things about it.
pub(super) struct Reader<'t> {
    pub(super) source: &'t [u8],
    pub(super) map: Option<&'t OffsetMap>,
    /// Macros that stand for `__thread`, and those that stand for nothing.
    pub(super) thread_macros: FxHashSet<Vec<u8>>,
    pub(super) empty_macros: FxHashSet<Vec<u8>>,
}

impl Reader<'_> {
    pub(super) fn word(&self, token: Token) -> &[u8] {
        token.span.slice(self.source)
    }

    pub(super) fn text(&self, token: Token) -> String {
        String::from_utf8_lossy(self.word(token)).into_owned()
    }

    pub(super) fn slice(&self, span: Span) -> &[u8] {
        span.slice(self.source)
    }

    /// The span to tell the world.
    pub(super) fn span(&self, span: Span) -> Span {
        self.map.map_or(span, |map| map.source_span(span))
    }

    /// The words of `tokens` without blanks, but between two names.
    pub(super) fn tight_text(&self, tokens: &[Token]) -> String {
        let mut text = String::new();
        let mut after_name = false;
        for &token in tokens {
            let is_name = matches!(token.kind, Kind::Ident | Kind::Number);
            if is_name && after_name {
                text.push(' ');
            }
            text.push_str(&String::from_utf8_lossy(self.word(token)));
            after_name = is_name;
        }
        text
    }

    pub(super) fn is_thread_word(&self, word: &[u8]) -> bool {
        matches!(word, b"__thread" | b"_Thread_local" | b"thread_local") || self.thread_macros.contains(word)
    }

    /// `tokens` without attributes, and without macros that stand for storage classes or for nothing.
    pub(super) fn without_attributes(&self, tokens: &[Token]) -> Vec<Token> {
        let mut kept = Vec::with_capacity(tokens.len());
        let mut at = 0;
        while at < tokens.len() {
            let word = self.word(tokens[at]);
            let takes_brackets = matches!(
                word,
                b"__attribute__"
                    | b"__attribute"
                    | b"__declspec"
                    | b"__asm__"
                    | b"__asm"
                    | b"asm"
                    | b"_Alignas"
                    | b"alignas"
                    | b"noexcept"
                    | b"API_AVAILABLE"
                    | b"API_DEPRECATED"
            );
            let next = tokens.get(at + 1).map_or(&b""[..], |&next| self.word(next));
            if takes_brackets || word == b"[" && next == b"[" {
                at += 1;
                if matches!(next, b"(" | b"[") {
                    at = behind_brackets(self, tokens, at);
                    // The second bracket of `]]`.
                    at += usize::from(word == b"[" && at < tokens.len());
                }
                continue;
            }
            let ignored = self.is_thread_word(word) || self.empty_macros.contains(word);
            if !ignored || tokens[at].kind != Kind::Ident {
                kept.push(tokens[at]);
            }
            at += 1;
        }
        kept
    }
}

/// The index behind the bracket that closes the one at `open`.
pub(super) fn behind_brackets(reader: &Reader<'_>, tokens: &[Token], open: usize) -> usize {
    let mut depth = 0i64;
    for (at, &token) in tokens.iter().enumerate().skip(open) {
        match reader.word(token) {
            b"(" | b"[" => depth += 1,
            b")" | b"]" => depth -= 1,
            _ => {}
        }
        if depth <= 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// Tokens whose brackets know each other.
pub(super) struct Tokens {
    pub(super) list: Vec<Token>,
    /// For each token the index of its other bracket; its own index if it has none.
    other: Vec<usize>,
    /// Braces that nobody closed.
    pub(super) unclosed: Vec<usize>,
}

impl Tokens {
    pub(super) fn new(text: &[u8], tokens: impl Iterator<Item = Token>) -> Tokens {
        let list: Vec<Token> = tokens.filter(|token| token.kind != Kind::Dropped).collect();
        let mut other: Vec<usize> = (0..list.len()).collect();
        let mut open: Vec<(usize, u8)> = Vec::new();
        let mut braces = 0usize;
        let mut unclosed = Vec::new();
        let opens_for = |start: usize| start > 0 && list[start - 1].span.slice(text) == b"for";
        for (at, token) in list.iter().enumerate().filter(|(_, token)| token.kind == Kind::Punct) {
            match token.span.slice(text) {
                &[byte @ (b'(' | b'[' | b'{')] => {
                    braces += usize::from(byte == b'{');
                    open.push((at, byte));
                }
                // A brace ends every smaller bracket that was left open inside, and so does the end of a
                // declaration.
                b"}" => {
                    braces = braces.saturating_sub(1);
                    while let Some((start, byte)) = open.pop() {
                        other[start] = at;
                        if byte == b'{' {
                            other[at] = start;
                            break;
                        }
                    }
                }
                b";" if braces == 0 => {
                    while let Some((start, _)) = open.pop_if(|(start, _)| !opens_for(*start)) {
                        other[start] = at - 1;
                    }
                }
                &[byte @ (b')' | b']')] => {
                    let wanted = if byte == b')' { b'(' } else { b'[' };
                    while let Some((start, byte)) = open.pop_if(|(_, byte)| *byte != b'{') {
                        other[start] = at;
                        if byte == wanted {
                            other[at] = start;
                            break;
                        }
                    }
                }
                _ => {}
            }
        }
        for (start, byte) in open {
            other[start] = list.len();
            if byte == b'{' {
                unclosed.push(start);
            }
        }
        Tokens { list, other, unclosed }
    }

    /// The index of the bracket that closes the one at `open`: the number of tokens if none does.
    pub(super) fn close_of(&self, open: usize) -> usize {
        self.other.get(open).map_or(self.list.len(), |&close| close.max(open))
    }

    /// The index of the bracket that the one at `close` closes.
    pub(super) fn open_of(&self, close: usize) -> Option<usize> {
        self.other.get(close).copied().filter(|&open| open < close)
    }

    /// The index behind `at`, and behind the whole bracket if one opens there.
    pub(super) fn behind(&self, at: usize) -> usize {
        self.close_of(at).max(at) + 1
    }
}

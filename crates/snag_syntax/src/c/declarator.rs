//! Types, declarators and parameters.

use super::lexer::{Kind, Token};
use super::reader::{Reader, behind_brackets};
use super::{Param, Storage, Type};

const MAX_TEXT: usize = 1024;

/// Words that belong to a type but are never its name.
const QUALIFIERS: &[&[u8]] = &[
    b"const",
    b"volatile",
    b"restrict",
    b"__restrict",
    b"__restrict__",
    b"__const",
    b"_Atomic",
    b"register",
    b"auto",
    b"static",
    b"extern",
    b"inline",
    b"__inline",
    b"__inline__",
    b"__forceinline",
    b"_Noreturn",
    b"__extension__",
    b"__thread",
    b"_Thread_local",
    b"thread_local",
    b"typedef",
    b"constexpr",
    b"virtual",
    b"explicit",
    b"friend",
    b"mutable",
    b"typename",
    b"_Nonnull",
    b"_Nullable",
    b"__cdecl",
    b"__stdcall",
    b"__fastcall",
    b"WINAPI",
    b"CALLBACK",
    b"APIENTRY",
    b"_Complex",
];

/// Words that are a type, or a part of one, by themselves.
const TYPE_WORDS: &[&[u8]] = &[
    b"void",
    b"char",
    b"short",
    b"int",
    b"long",
    b"float",
    b"double",
    b"signed",
    b"unsigned",
    b"_Bool",
    b"bool",
    b"__int128",
    b"struct",
    b"union",
    b"enum",
    b"class",
    b"__signed__",
    b"wchar_t",
    b"typeof",
    b"__typeof__",
];

pub(super) fn is_qualifier(word: &[u8]) -> bool {
    QUALIFIERS.contains(&word)
}

/// Whether `word` cannot be the name of a function or a variable.
pub(super) fn is_type_word(word: &[u8]) -> bool {
    TYPE_WORDS.contains(&word) || is_qualifier(word)
}

/// `static`, `extern` and `inline` among `tokens`.
pub(super) fn storage(reader: &Reader<'_>, tokens: &[Token]) -> Storage {
    let mut storage = Storage::default();
    for token in tokens.iter().filter(|token| token.kind == Kind::Ident) {
        match reader.word(*token) {
            b"static" => storage.is_static = true,
            b"extern" => storage.is_extern = true,
            b"inline" | b"__inline" | b"__inline__" | b"__forceinline" => storage.is_inline = true,
            _ => {}
        }
    }
    storage
}

/// The type that `tokens` spell; they hold no name of a variable.
pub(super) fn type_of(reader: &Reader<'_>, tokens: &[Token]) -> Type {
    let mut ty = Type::default();
    let mut depth = 0u32;
    for &token in tokens {
        let word = reader.word(token);
        match word {
            b"static" | b"extern" | b"typedef" | b"register" | b"__extension__" => continue,
            b"__thread" | b"_Thread_local" | b"thread_local" => continue,
            b"inline" | b"__inline" | b"__inline__" | b"__forceinline" | b"_Noreturn" | b"constexpr" => {
                continue;
            }
            // The body of a type without a name.
            b"{" => continue,
            b"(" | b"[" => depth += 1,
            b")" | b"]" => depth = depth.saturating_sub(1),
            b"*" | b"&" | b"^" if depth == 0 => ty.pointers += 1,
            _ if depth == 0 && token.kind == Kind::Ident && !is_qualifier(word) => {
                push_word(&mut ty.base, word, token.kind);
            }
            b"::" | b"<" | b">" | b"," if depth == 0 => ty.base.push_str(&String::from_utf8_lossy(word)),
            _ => {}
        }
        push_word(&mut ty.text, word, token.kind);
    }
    ty
}

/// Appends a word, with a blank where C needs or usually has one.
fn push_word(text: &mut String, word: &[u8], kind: Kind) {
    // Many variables may share one type: without a limit its words would be kept for each of them.
    if text.len() + word.len() > MAX_TEXT {
        return;
    }
    let tight_before = text.is_empty() || text.ends_with(['(', '[', ':', '<']);
    let is_name = kind == Kind::Ident;
    let star = word == b"*" || word == b"&" || word == b"^";
    let after_star = text.ends_with('*') && star;
    if !tight_before && !after_star && (is_name || star || kind == Kind::Number && !text.ends_with('[')) {
        text.push(' ');
    }
    text.push_str(&String::from_utf8_lossy(word));
}

/// A name with the type that belongs to it.
pub(super) struct Declarator {
    pub(super) name: Option<Token>,
    pub(super) ty: Type,
}

/// Reads `specifiers` followed by one declarator: `const char *name[3]`, `void (*name)(int)`.
///
/// Initializers and bit widths have been cut off.
pub(super) fn declarator(reader: &Reader<'_>, specifiers: &[Token], tokens: &[Token]) -> Declarator {
    if let Some((name, at)) = function_pointer(reader, tokens) {
        let mut ty = type_of(reader, &[specifiers, &tokens[..at]].concat());
        ty.is_function = true;
        ty.pointers = 1;
        ty.text.push_str(" (*)");
        ty.text.push_str(&reader.tight_text(&tokens[behind_brackets(reader, tokens, at)..]));
        return Declarator { name, ty };
    }
    let brackets = tokens.iter().position(|&token| reader.word(token) == b"[").unwrap_or(tokens.len());
    let (front, arrays) = tokens.split_at(brackets);
    let words = || specifiers.iter().chain(front).map(|&token| (token, reader.word(token)));
    let names = words().filter(|&(token, word)| token.kind == Kind::Ident && !is_qualifier(word)).count();
    // `struct timeval` is a type without a name, `timeval_t t` a type with one.
    let of_type = if words().any(|(_, word)| is_tag_word(word)) { 2 } else { 1 };
    let name = front
        .last()
        .copied()
        .filter(|&last| last.kind == Kind::Ident && !is_type_word(reader.word(last)) && names > of_type);
    let front = if name.is_some() { &front[..front.len() - 1] } else { front };
    let mut ty = type_of(reader, &[specifiers, front].concat());
    for _ in arrays.iter().filter(|&&token| reader.word(token) == b"[") {
        ty.pointers += 1;
        ty.text.push_str("[]");
    }
    Declarator { name, ty }
}

/// Whether `word` begins the name of a tagged type.
pub(super) fn is_tag_word(word: &[u8]) -> bool {
    matches!(word, b"struct" | b"union" | b"enum" | b"class")
}

/// For `(*name)(...)` the name and the index of the first bracket.
fn function_pointer(reader: &Reader<'_>, tokens: &[Token]) -> Option<(Option<Token>, usize)> {
    let open = tokens.iter().position(|&token| reader.word(token) == b"(")?;
    let star =
        tokens[open + 1..].iter().take(3).position(|&token| matches!(reader.word(token), b"*" | b"^"))?;
    let name = tokens[open + 1 + star + 1..]
        .iter()
        .take(4)
        .take_while(|&&token| matches!(token.kind, Kind::Ident) || reader.word(token) == b"*")
        .find(|&&token| token.kind == Kind::Ident && !is_qualifier(reader.word(token)));
    Some((name.copied(), open))
}

/// The parameters between the brackets of a function, and whether `...` ends them.
pub(super) fn params(reader: &Reader<'_>, tokens: &[Token]) -> (Vec<Param>, bool) {
    let mut params = Vec::new();
    let mut variadic = false;
    for part in split_commas(reader, tokens) {
        let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
        match part {
            [only] if reader.word(*only) == b"void" => continue,
            [only] if reader.word(*only) == b"..." => {
                variadic = true;
                continue;
            }
            _ => {}
        }
        let cut = part.iter().position(|&token| reader.word(token) == b"=").unwrap_or(part.len());
        let part = reader.without_attributes(&part[..cut]);
        let Declarator { name, ty } = declarator(reader, &[], &part);
        let name = name.map(|token| reader.text(token)).unwrap_or_default();
        params.push(Param { name, ty, span: reader.span(first.span.to(last.span)) });
    }
    (params, variadic)
}

/// Splits at the commas that stand in no inner bracket.
pub(super) fn split_commas<'a>(reader: &Reader<'_>, tokens: &'a [Token]) -> Vec<&'a [Token]> {
    let mut parts = Vec::new();
    let mut depth = 0i64;
    let mut start = 0;
    for (at, &token) in tokens.iter().enumerate() {
        if token.kind != Kind::Punct {
            continue;
        }
        match reader.word(token) {
            b"(" | b"[" | b"{" => depth += 1,
            b")" | b"]" | b"}" => depth -= 1,
            b"," if depth == 0 => {
                parts.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tokens[start..]);
    parts
}

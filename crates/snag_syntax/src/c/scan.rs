//! Walks over the declarations of a file.

use super::comments::{RawComment, group_comments};
use super::constants::{self, Constants};
use super::declarator::{self, is_tag_word, is_type_word};
use super::lexer::{self, Directive, Kind, Lexed, Token};
use super::preproc;
use super::reader::{Reader, Tokens, behind_brackets};
use super::{Comment, File, Function, OffsetMap, Sharing, Tag, TagKind, Type, Typedef, Variable};
use crate::{Problem, Span};

/// The walk: what it goes over, and what it found.
pub(super) struct Scan<'r, 't> {
    pub(super) reader: &'r Reader<'t>,
    pub(super) tokens: &'r Tokens,
    pub(super) comments: &'r [RawComment],
    pub(super) file: File,
    /// Definitions: index in `file.functions`, index of the brace.
    pub(super) bodies: Vec<(usize, usize)>,
    /// Enumerators in order, with the tokens of their values.
    enumerators: Vec<(Token, Vec<Token>, bool)>,
    pub(super) objc_class: Option<String>,
}

/// Reads `text`; spans of the result go through `map`.
pub(super) fn read(text: &[u8], map: Option<&OffsetMap>, shared: &[String]) -> (File, Vec<Problem>) {
    let lexed = lexer::lex(text);
    let (thread_macros, empty_macros) = preproc::storage_macros(text, &lexed);
    let reader = Reader { source: text, map, thread_macros, empty_macros };
    let tokens = Tokens::new(text, lexed.tokens.iter().copied());
    let comments = group_comments(&reader, &lexed.comments);
    let mut scan = Scan {
        reader: &reader,
        tokens: &tokens,
        comments: &comments,
        file: File::default(),
        bodies: Vec::new(),
        enumerators: Vec::new(),
        objc_class: None,
    };
    let mut at = 0;
    while at < tokens.list.len() {
        at = scan.item(at).max(at + 1);
    }
    scan.bodies(shared);
    let mut file = scan.finish(&lexed);
    preproc::directives(&reader, &lexed, &mut file);
    file.constants.sort_by_key(|constant| constant.name_span.start);
    file.comments = comments
        .iter()
        .map(|comment| Comment { span: reader.span(comment.span), text: comment.text.clone() })
        .collect();
    (file, problems(&reader, &lexed, &tokens))
}

fn problems(reader: &Reader<'_>, lexed: &Lexed, tokens: &Tokens) -> Vec<Problem> {
    let literals = lexed.unterminated.iter().map(|&(span, message)| (span, message));
    let braces = tokens.unclosed.iter().map(|&open| (tokens.list[open].span, "brace is not closed"));
    let mut all: Vec<(Span, &str)> = literals.chain(braces).collect();
    all.sort();
    // More of the same says nothing new.
    all.truncate(100);
    all.into_iter()
        .map(|(span, message)| Problem { span: reader.span(span), message: message.to_owned() })
        .collect()
}

/// A declaration with more braces than this is none.
const MAX_BLOCKS: u32 = 64;
/// How a declaration was cut.
pub(super) struct Head {
    /// Its tokens without attributes, initializers and bodies of types.
    pub(super) tokens: Vec<Token>,
    pub(super) first: Token,
    pub(super) is_thread: bool,
}

/// A function's name and parameters in a [`Head`].
pub(super) struct Signature {
    name: std::ops::Range<usize>,
    open: usize,
    close: usize,
}

impl Scan<'_, '_> {
    pub(super) fn word(&self, at: usize) -> &[u8] {
        self.tokens.list.get(at).map_or(b"", |&token| self.reader.word(token))
    }

    pub(super) fn kind(&self, at: usize) -> Option<Kind> {
        Some(self.tokens.list.get(at)?.kind)
    }

    /// Reads one declaration; the index behind it.
    fn item(&mut self, start: usize) -> usize {
        match self.word(start) {
            b"@" => return self.objc_directive(start),
            b"-" | b"+" if self.word(start + 1) == b"(" => return self.objc_method(start),
            b"template" if self.word(start + 1) == b"<" => return self.behind_template(start + 1),
            b"extern" if self.kind(start + 1) == Some(Kind::Text) => {
                return start + if self.word(start + 2) == b"{" { 3 } else { 2 };
            }
            b"namespace" => return self.behind_namespace(start),
            _ if self.is_bare_macro(start) => return self.tokens.behind(start + 1),
            _ => {}
        }
        let mut kept = Vec::new();
        let mut in_initializer = false;
        let mut blocks = 0;
        let mut at = start;
        while at < self.tokens.list.len() {
            match self.word(at) {
                b";" => break,
                // A function has its own exit: what is left is a broken declaration.
                b"}" => return at + 1,
                b"@" if at > start => return at,
                b"{" if !in_initializer && blocks == MAX_BLOCKS => return self.tokens.behind(at),
                b"{" if !in_initializer => {
                    blocks += 1;
                    let head = self.head(start, &kept);
                    if !self.is_member_initializer(&head, at) {
                        if let Some(next) = self.block(&head, start, at) {
                            return next;
                        }
                        // A type without a name: the brace stands for it.
                        if head.tokens.last().is_some_and(|&last| is_tag_word(self.reader.word(last))) {
                            kept.push(Token { kind: Kind::Ident, span: self.tokens.list[at].span });
                        }
                    }
                }
                b"=" => in_initializer = true,
                b"," if in_initializer => {
                    in_initializer = false;
                    kept.push(self.tokens.list[at]);
                }
                _ if in_initializer => {}
                _ => {
                    let behind = self.tokens.behind(at).min(self.tokens.list.len());
                    kept.extend_from_slice(&self.tokens.list[at..behind]);
                }
            }
            at = self.tokens.behind(at);
        }
        if at > start {
            let head = self.head(start, &kept);
            self.declaration(&head, at.min(self.tokens.list.len() - 1));
        }
        at + 1
    }

    /// `VK_DEFINE_HANDLE(VkDevice)` without a `;`: a declaration begins on the next line.
    fn is_bare_macro(&self, start: usize) -> bool {
        let name = self.word(start);
        if self.kind(start) != Some(Kind::Ident)
            || name.iter().any(u8::is_ascii_lowercase)
            || self.word(start + 1) != b"("
        {
            return false;
        }
        let next = self.tokens.behind(start + 1);
        let (Some(close), Some(following)) = (self.tokens.list.get(next - 1), self.tokens.list.get(next))
        else {
            return false;
        };
        let gap = self.reader.slice(Span::new(close.span.end, following.span.start));
        let begins = is_type_word(self.word(next)) || !self.word(next).iter().any(u8::is_ascii_lowercase);
        memchr::memchr(b'\n', gap).is_some() && self.kind(next) == Some(Kind::Ident) && begins
    }

    pub(super) fn head(&self, start: usize, kept: &[Token]) -> Head {
        let is_thread = kept.iter().enumerate().any(|(at, &token)| {
            let word = self.reader.word(token);
            let declspec = word == b"__declspec"
                && kept.get(at + 2).is_some_and(|&arg| self.reader.word(arg) == b"thread");
            declspec || token.kind == Kind::Ident && self.reader.is_thread_word(word)
        });
        Head { tokens: self.reader.without_attributes(kept), first: self.tokens.list[start], is_thread }
    }

    /// `y{2}` in the C++ `Foo::Foo(int a) : x(a), y{2} { ... }`
    fn is_member_initializer(&self, head: &Head, open: usize) -> bool {
        let follows_name = self.kind(open - usize::from(open > 0)) == Some(Kind::Ident);
        follows_name
            && matches!(self.word(self.tokens.behind(open)), b"," | b"{")
            && head.tokens.iter().any(|&token| self.reader.word(token) == b":")
    }

    pub(super) fn behind_template(&self, open: usize) -> usize {
        let mut depth = 0i64;
        for at in open..self.tokens.list.len() {
            match self.word(at) {
                b"<" => depth += 1,
                b">" => depth -= 1,
                b">>" => depth -= 2,
                b";" | b"{" => return at,
                _ => {}
            }
            if depth <= 0 {
                return at + 1;
            }
        }
        self.tokens.list.len()
    }

    fn behind_namespace(&self, start: usize) -> usize {
        let mut at = start + 1;
        while matches!(self.kind(at), Some(Kind::Ident)) || self.word(at) == b"::" {
            at += 1;
        }
        if self.word(at) == b"{" { at + 1 } else { at.max(start + 1) }
    }

    /// A `{` that is no initializer: the body of a function, of a type, or unknown. The index behind it, or
    /// nothing if the declaration goes on behind it.
    fn block(&mut self, head: &Head, start: usize, open: usize) -> Option<usize> {
        if let Some(signature) = self.signature(&head.tokens, true) {
            let close = self.tokens.close_of(open).min(self.tokens.list.len() - 1);
            let span = self.tokens.list[start].span.to(self.tokens.list[close].span);
            self.function(head, &signature, span, Some(open));
            return Some(self.tokens.behind(open));
        }
        if !head.tokens.iter().any(|&token| is_tag_word(self.reader.word(token))) {
            return Some(self.tokens.behind(open));
        }
        self.types_in(start, self.tokens.close_of(open));
        None
    }

    /// Finds the types that are defined between two tokens, nested ones too.
    fn types_in(&mut self, start: usize, end: usize) {
        let end = end.min(self.tokens.list.len());
        for at in start..end {
            if self.kind(at) != Some(Kind::Ident) || !is_tag_word(self.word(at)) {
                continue;
            }
            let Some((name, open)) = self.tag_name(at, end) else { continue };
            if self.word(at) == b"enum" {
                self.enumerators(open);
            }
            if let Some(name) = name {
                self.tag(at, name, true);
            }
        }
    }

    /// Behind `struct` at `at`: its name and its `{`, with attributes and base classes passed over.
    fn tag_name(&self, at: usize, end: usize) -> Option<(Option<usize>, usize)> {
        let mut name = None;
        let mut next = at + 1;
        while next < end && next < at + 64 {
            match self.word(next) {
                b"{" => return Some((name, next)),
                b"__attribute__" | b"__declspec" | b"alignas" | b"_Alignas" => next += 1,
                b"(" | b"[" => {}
                b":" | b"," | b"::" | b"public" | b"private" | b"protected" | b"final" | b"<" | b">" => {}
                b"class" | b"struct" => {}
                _ if self.kind(next) == Some(Kind::Ident) => {
                    name.get_or_insert(next);
                }
                _ => return None,
            }
            next = self.tokens.behind(next);
        }
        None
    }

    pub(super) fn tag(&mut self, keyword: usize, name: usize, defined: bool) {
        let kind = match self.word(keyword) {
            b"union" => TagKind::Union,
            b"enum" => TagKind::Enum,
            b"struct" => TagKind::Struct,
            _ => TagKind::Class,
        };
        let name = self.tokens.list[name];
        self.file.tags.push(Tag {
            kind,
            name: self.reader.text(name),
            name_span: self.reader.span(name.span),
            defined,
        });
    }

    fn enumerators(&mut self, open: usize) {
        let close = self.tokens.close_of(open).min(self.tokens.list.len());
        let mut at = open + 1;
        let mut is_first = true;
        while at < close {
            let name = self.tokens.list[at];
            let mut value = Vec::new();
            let mut has_value = false;
            let mut end = at + 1;
            while end < close && self.word(end) != b"," {
                if has_value {
                    // Nested enumerations would copy their inside again and again.
                    let behind = self.tokens.behind(end).min(close).min(end + constants::MAX_TOKENS + 1);
                    value.extend_from_slice(&self.tokens.list[end..behind]);
                }
                has_value |= self.word(end) == b"=";
                end = self.tokens.behind(end);
            }
            if name.kind == Kind::Ident {
                self.enumerators.push((name, value, is_first));
                is_first = false;
            }
            at = end + 1;
        }
    }

    /// Finds the name and the parameters of a function in the tokens before its body or its `;`.
    pub(super) fn signature(&self, head: &[Token], has_body: bool) -> Option<Signature> {
        let mut fallback = None;
        let mut at = 0;
        while at < head.len() {
            let word = self.reader.word(head[at]);
            if word == b":" && fallback.is_some() {
                break;
            }
            if word != b"(" {
                at += 1;
                continue;
            }
            let behind = behind_brackets(self.reader, head, at);
            if let Some(name) = self.name_before(head, at) {
                let signature = Signature { name, open: at, close: behind - 1 };
                let previous =
                    signature.name.start.checked_sub(1).map_or(&b""[..], |at| self.reader.word(head[at]));
                let pointer =
                    head.get(at + 1).is_some_and(|&token| matches!(self.reader.word(token), b"*" | b"^"))
                        && head.get(behind).is_some_and(|&token| self.reader.word(token) == b"(");
                let is_typed = previous.last().is_some_and(|&byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'*' | b'&' | b'>')
                });
                if is_typed && !pointer {
                    return Some(signature);
                }
                if !pointer && (has_body || previous == b")") {
                    fallback = Some(signature);
                }
            }
            at = behind;
        }
        fallback
    }

    /// The name that ends before `open`: `f`, `A::f`, `~A`.
    fn name_before(&self, head: &[Token], open: usize) -> Option<std::ops::Range<usize>> {
        let last = open.checked_sub(1)?;
        let word = self.reader.word(head[last]);
        if head[last].kind != Kind::Ident
            || is_type_word(word)
            || matches!(word, b"if" | b"while" | b"for" | b"switch" | b"return")
        {
            return None;
        }
        let mut start = last;
        if start > 0 && self.reader.word(head[start - 1]) == b"~" {
            start -= 1;
        }
        while start >= 2 && self.reader.word(head[start - 1]) == b"::" && head[start - 2].kind == Kind::Ident
        {
            start -= 2;
        }
        Some(start..open)
    }

    fn function(&mut self, head: &Head, signature: &Signature, span: Span, open: Option<usize>) {
        let tokens = &head.tokens;
        let name_tokens = &tokens[signature.name.clone()];
        let close = signature.close.max(signature.open + 1).min(tokens.len());
        let (params, variadic) = declarator::params(self.reader, &tokens[signature.open + 1..close]);
        let name_span = name_tokens[0].span.to(name_tokens[name_tokens.len() - 1].span);
        let index = self.file.functions.len();
        self.file.functions.push(Function {
            name: self.reader.tight_text(name_tokens),
            name_span: self.reader.span(name_span),
            span: self.reader.span(span),
            result: self.result(&tokens[..signature.name.start]),
            params,
            variadic,
            storage: declarator::storage(self.reader, tokens),
            doc: self.doc(head.first.span.start, span.end, open.is_none()),
            body: None,
        });
        if let Some(open) = open {
            self.bodies.push((index, open));
        }
    }

    /// The type before the name of a function: without what other macros left there.
    fn result(&self, tokens: &[Token]) -> Type {
        let Some(close) = tokens.iter().rposition(|&token| self.reader.word(token) == b")") else {
            return declarator::type_of(self.reader, &self.without_markers(tokens));
        };
        if close + 1 < tokens.len() {
            return declarator::type_of(self.reader, &self.without_markers(&tokens[close + 1..]));
        }
        // `GIT_EXTERN(int) name`
        let open = tokens.iter().rposition(|&token| self.reader.word(token) == b"(").unwrap_or(0);
        declarator::type_of(self.reader, tokens.get(open + 1..close).unwrap_or_default())
    }

    /// Without macros such as `EXPORT` before a type: upper case, and not the only name.
    fn without_markers(&self, tokens: &[Token]) -> Vec<Token> {
        let is_name =
            |token: &Token| token.kind == Kind::Ident && !declarator::is_qualifier(self.reader.word(*token));
        let is_marker = |token: &Token| {
            let word = self.reader.word(*token);
            is_name(token) && !word.iter().any(u8::is_ascii_lowercase)
        };
        let last = tokens.iter().rposition(is_name);
        let has_other = tokens.iter().any(|token| is_name(token) && !is_marker(token));
        let kept = tokens.iter().enumerate();
        kept.filter(|&(at, token)| !is_marker(token) || !has_other && Some(at) == last)
            .map(|(_, &token)| token)
            .collect()
    }

    /// A declaration that ends with the `;` at `end`.
    fn declaration(&mut self, head: &Head, end: usize) {
        let tokens = &head.tokens;
        let Some(&first) = tokens.first() else { return };
        let word = self.reader.word(first);
        if word == b"typedef" {
            self.typedef(&tokens[1..]);
        } else if let [keyword, name] = tokens[..] {
            if is_tag_word(self.reader.word(keyword)) && name.kind == Kind::Ident {
                let at = self.tokens.list.partition_point(|token| token.span.start < keyword.span.start);
                if self.kind(at + 1) == Some(Kind::Ident) && self.word(at + 2) == b";" {
                    self.tag(at, at + 1, false);
                }
                return;
            }
            self.variables(head, end);
        } else if matches!(
            word,
            b"using" | b"friend" | b"return" | b"goto" | b"_Static_assert" | b"static_assert"
        ) {
        } else if let Some(signature) = self.signature(tokens, false) {
            let span = head.first.span.to(self.tokens.list[end].span);
            self.function(head, &signature, span, None);
        } else {
            self.variables(head, end);
        }
    }

    fn typedef(&mut self, tokens: &[Token]) {
        for (specifiers, part) in self.declarators(tokens) {
            let declared = match self.function_type(&specifiers, &part) {
                Some(declared) => declared,
                None => declarator::declarator(self.reader, &specifiers, &part),
            };
            if let Some(name) = declared.name {
                let name_span = self.reader.span(name.span);
                self.file.typedefs.push(Typedef { name: self.reader.text(name), name_span, ty: declared.ty });
            }
        }
    }

    /// `typedef int handler(int);`
    fn function_type(&self, specifiers: &[Token], part: &[Token]) -> Option<declarator::Declarator> {
        let tokens = [specifiers, part].concat();
        let signature = self.signature(&tokens, false)?;
        let mut ty = declarator::type_of(self.reader, &tokens[..signature.name.start]);
        ty.is_function = true;
        ty.text.push(' ');
        ty.text.push_str(
            &self.reader.tight_text(&tokens[signature.open..=signature.close.min(tokens.len() - 1)]),
        );
        Some(declarator::Declarator { name: Some(tokens[signature.open - 1]), ty })
    }

    /// Cuts `int a, *b` into declarators, each with the words before the first one.
    fn declarators(&self, tokens: &[Token]) -> Vec<(Vec<Token>, Vec<Token>)> {
        let parts = declarator::split_commas(self.reader, tokens);
        let Some((first, others)) = parts.split_first() else { return Vec::new() };
        let mut cut = Vec::with_capacity(parts.len());
        cut.push((Vec::new(), self.before_bits(first).to_vec()));
        // The last name of the first part is its own, all before it and its stars belong to every part.
        let names = first.iter().take_while(|&&token| token.kind == Kind::Ident).count();
        let shared = match first.get(names).map(|&token| self.reader.word(token)) {
            Some(b"*" | b"(") => names,
            _ => names.saturating_sub(1),
        };
        let specifiers = &first[..shared.min(16)];
        cut.extend(others.iter().map(|part| (specifiers.to_vec(), self.before_bits(part).to_vec())));
        cut
    }

    fn before_bits<'a>(&self, part: &'a [Token]) -> &'a [Token] {
        let end = part.iter().position(|&token| self.reader.word(token) == b":").unwrap_or(part.len());
        &part[..end]
    }

    fn variables(&mut self, head: &Head, end: usize) {
        let span = head.first.span.to(self.tokens.list[end].span);
        let doc = self.doc(head.first.span.start, span.end, true);
        let found = self.variables_of(&head.tokens, head.is_thread, span, doc);
        self.file.variables.extend(found);
    }

    pub(super) fn variables_of(
        &self,
        tokens: &[Token],
        is_thread: bool,
        span: Span,
        doc: Option<Comment>,
    ) -> Vec<Variable> {
        let storage = declarator::storage(self.reader, tokens);
        let mut found = Vec::new();
        for (specifiers, part) in self.declarators(tokens) {
            let declared = declarator::declarator(self.reader, &specifiers, &part);
            let Some(name) = declared.name else { continue };
            let sharing = match declared.ty.base.as_str() {
                _ if is_thread => Sharing::Thread,
                "pthread_key_t" | "tss_t" => Sharing::ThreadKey,
                _ => Sharing::Process,
            };
            found.push(Variable {
                name: self.reader.text(name),
                name_span: self.reader.span(name.span),
                ty: declared.ty,
                sharing,
                storage,
                function: None,
                doc: doc.clone(),
                span: self.reader.span(span),
            });
        }
        found
    }

    /// Evaluates constants.
    fn finish(mut self, lexed: &Lexed) -> File {
        let mut constants = Constants::new(self.reader);
        let defines: Vec<(&Directive, Token, &[Token])> = preproc::defines(self.reader, lexed).collect();
        for &(_, name, tokens) in &defines {
            constants.define(self.reader.word(name), tokens);
        }
        let mut next = Some(0i128);
        for (name, tokens, is_first) in &self.enumerators {
            let value = match tokens.is_empty() {
                true if *is_first => Some(0),
                true => next,
                false => constants.value(tokens, 0),
            };
            constants.set(self.reader.word(*name), value);
            self.file.constants.push(preproc::constant(self.reader, *name, value, true));
            next = value.and_then(|value| value.checked_add(1));
        }
        for &(_, name, tokens) in &defines {
            if let Some(value) = constants.named(self.reader.word(name), 0).filter(|_| !tokens.is_empty()) {
                self.file.constants.push(preproc::constant(self.reader, name, Some(value), false));
            }
        }
        self.file
    }
}

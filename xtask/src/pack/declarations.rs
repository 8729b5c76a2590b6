//! The declarations of a Go file, reduced to what a user of its package can see.

use bumpalo::Bump;
use snag_syntax::go::ast::{Body, Decl, Expr, Field, FuncDecl, GenDecl, Spec, StructType, ValueSpec};
use snag_syntax::go::token::Token;
use snag_syntax::go::{Bodies, parse_file, read_header};
use snag_syntax::{Span, Symbol};

/// A file of the library.
pub(super) struct SourceFile {
    pub(super) constraint: Option<String>,
    pub(super) package: String,
    /// Local name, if one is written, and path.
    pub(super) imports: Vec<(Option<String>, String)>,
    pub(super) items: Vec<Item>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Func,
    Method,
    Type,
    Const,
    Var,
}

/// A declaration, reduced.
pub(super) struct Item {
    pub(super) kind: Kind,
    /// What it declares; for methods, the name of the method.
    pub(super) names: Vec<String>,
    /// The type that a method belongs to.
    pub(super) receiver: Option<String>,
    pub(super) text: String,
}

/// Reads a file and reduces its declarations.
pub(super) fn read_file(source: &[u8]) -> SourceFile {
    let arena = Bump::new();
    let header = read_header(source);
    let file = parse_file(source, &arena, Bodies::Skip);
    assert!(file.problems.is_empty(), "{}: {:?}", file.package.name.as_str(), file.problems);
    let text = |span: Span| String::from_utf8_lossy(span.slice(source)).into_owned();
    let imports = header.imports.iter().map(|import| {
        let name = import.name.map(|name| name.name.as_str().to_owned()).filter(|name| !name.is_empty());
        (name, text(import.path_span).trim_matches(['"', '`']).to_owned())
    });
    let mut reader = Reader { source, comments: &file.comments, items: Vec::new() };
    let starts: Vec<u32> = file.decls.iter().map(decl_start).collect();
    for (at, decl) in file.decls.iter().enumerate() {
        let end = starts.get(at + 1).copied().unwrap_or(source.len() as u32);
        match decl {
            Decl::Func(func) => reader.func(func),
            Decl::Gen(decl) => reader.general(decl, end),
            Decl::Bad(_) => {}
        }
    }
    SourceFile {
        constraint: header.constraint.as_ref().map(ToString::to_string),
        package: file.package.name.as_str().to_owned(),
        imports: imports.collect(),
        items: reader.items,
    }
}

fn decl_start(decl: &Decl<'_>) -> u32 {
    match decl {
        Decl::Gen(decl) => decl.pos,
        Decl::Func(func) => func.span.start,
        Decl::Bad(span) => span.start,
    }
}

struct Reader<'s> {
    source: &'s [u8],
    comments: &'s [Span],
    items: Vec<Item>,
}

impl Reader<'_> {
    fn func(&mut self, func: &FuncDecl<'_>) {
        let end = match func.body {
            Body::None => func.span.end,
            Body::Skipped(body) => body.start,
            Body::Parsed(body) => body.span.start,
        };
        let receiver =
            func.receiver.and_then(|(fields, _)| fields.first()).and_then(|field| base_name(field.ty));
        let kind = if func.receiver.is_some() { Kind::Method } else { Kind::Func };
        let text = self.reduced(Span::new(func.span.start, end), Vec::new());
        self.items.push(Item { kind, names: vec![func.name.name.as_str().to_owned()], receiver, text });
    }

    fn general(&mut self, decl: &GenDecl<'_>, end: u32) {
        let end = decl.parens.map_or(end, |parens| parens.end - 1);
        let group = decl.keyword == Token::Const && decl.specs.iter().any(|spec| self.depends_on_place(spec));
        if group {
            let span = Span::new(decl.pos, decl.parens.map_or(end, |parens| parens.end));
            let names = decl.specs.iter().flat_map(names_of).collect();
            let text = self.reduced(span, Vec::new());
            self.items.push(Item { kind: Kind::Const, names, receiver: None, text });
            return;
        }
        for (at, spec) in decl.specs.iter().enumerate() {
            let end = decl.specs.get(at + 1).map_or(end, spec_start);
            let span = Span::new(spec_start(spec), end);
            let mut cuts = Vec::new();
            let kind = match (spec, decl.keyword) {
                (Spec::Import(_), _) => continue,
                (Spec::Type(spec), _) => {
                    cut(spec.ty, &mut cuts);
                    Kind::Type
                }
                (Spec::Value(_), Token::Const) => Kind::Const,
                (Spec::Value(spec), _) => {
                    self.cut_values(spec, end, &mut cuts);
                    Kind::Var
                }
            };
            let keyword = match kind {
                Kind::Type => "type",
                Kind::Const => "const",
                _ => "var",
            };
            let text = format!("{keyword} {}", self.reduced(span, cuts));
            self.items.push(Item { kind, names: names_of(spec), receiver: None, text });
        }
    }

    /// Whether a constant means something else when it stands elsewhere.
    fn depends_on_place(&self, spec: &Spec<'_>) -> bool {
        let Spec::Value(spec) = spec else { return false };
        let iota = |value: &Expr<'_>| mentions_iota(*value);
        spec.values.is_empty() || spec.values.iter().any(iota)
    }

    /// With a type, the value says nothing more; without one, its type does.
    fn cut_values(&self, spec: &ValueSpec<'_>, end: u32, cuts: &mut Vec<Span>) {
        let Some(&first) = spec.values.first() else {
            spec.ty.into_iter().for_each(|ty| cut(ty, cuts));
            return;
        };
        let Some(ty) = spec.ty else {
            spec.values.iter().for_each(|&value| cut(value, cuts));
            return;
        };
        cut(ty, cuts);
        let before = &self.source[..start(first) as usize];
        if let Some(equals) = before.iter().rposition(|&byte| byte == b'=') {
            cuts.push(Span::new(equals as u32, end));
        }
    }

    /// The text of a span without the cuts, without comments, and without needless white space.
    fn reduced(&self, span: Span, mut cuts: Vec<Span>) -> String {
        let first = self.comments.partition_point(|comment| comment.end <= span.start);
        let inside = self.comments[first..].iter().take_while(|comment| comment.start < span.end);
        cuts.extend(inside.copied());
        cuts.sort();
        let mut kept = Vec::new();
        let mut at = span.start;
        for cut in cuts {
            if cut.start > at {
                kept.extend_from_slice(Span::new(at, cut.start).slice(self.source));
            }
            // A comment over lines ends a statement as a line end does.
            let lines = cut.start >= at && cut.slice(self.source).contains(&b'\n');
            kept.push(if lines && self.source.get(cut.start as usize + 1) == Some(&b'*') {
                b'\n'
            } else {
                b' '
            });
            at = at.max(cut.end);
        }
        kept.extend_from_slice(Span::new(at, span.end.max(at)).slice(self.source));
        squeeze(&String::from_utf8_lossy(&kept))
    }
}

fn spec_start(spec: &Spec<'_>) -> u32 {
    match spec {
        Spec::Import(spec) => spec.path.span.start,
        Spec::Type(spec) => spec.name.pos,
        Spec::Value(spec) => spec.names.first().map_or(0, |name| name.pos),
    }
}

fn names_of(spec: &Spec<'_>) -> Vec<String> {
    let text = |name: Symbol| name.as_str().to_owned();
    match spec {
        Spec::Import(_) => Vec::new(),
        Spec::Type(spec) => vec![text(spec.name.name)],
        Spec::Value(spec) => spec.names.iter().map(|name| text(name.name)).collect(),
    }
}

/// The name of a receiver's type.
fn base_name(ty: Expr<'_>) -> Option<String> {
    match ty {
        Expr::Ident(name) => Some(name.name.as_str().to_owned()),
        Expr::Star(star) => base_name(star.operand),
        Expr::Paren(paren) => base_name(paren.inner),
        Expr::Index(index) => base_name(index.operand),
        _ => None,
    }
}

/// Where an expression begins.
fn start(mut expr: Expr<'_>) -> u32 {
    loop {
        expr = match expr {
            Expr::Bad(span) => return span.start,
            Expr::Ident(name) => return name.pos,
            Expr::Lit(literal) => return literal.span.start,
            Expr::FuncLit(literal) => return literal.ty.pos,
            Expr::Composite(literal) => match literal.ty {
                Some(ty) => ty,
                None => return literal.braces.start,
            },
            Expr::Paren(paren) => return paren.span.start,
            Expr::Selector(selector) => selector.operand,
            Expr::Index(index) => index.operand,
            Expr::Slice(slice) => slice.operand,
            Expr::Assert(assert) => assert.operand,
            Expr::Call(call) => call.callee,
            Expr::Star(star) => return star.pos,
            Expr::Unary(unary) => return unary.pos,
            Expr::Binary(binary) => binary.left,
            Expr::KeyValue(pair) => pair.key,
            Expr::Array(array) => return array.pos,
            Expr::Ellipsis(ellipsis) => return ellipsis.pos,
            Expr::Struct(ty) => return ty.pos,
            Expr::Func(ty) => return ty.pos,
            Expr::Interface(ty) => return ty.pos,
            Expr::Map(map) => return map.pos,
            Expr::Chan(chan) => return chan.pos,
        };
    }
}

/// Finds what can be left out of a type or a value: fields that nobody outside sees, elements, bodies.
fn cut(expr: Expr<'_>, cuts: &mut Vec<Span>) {
    match expr {
        Expr::Struct(ty) => cut_fields(ty, cuts),
        Expr::Composite(literal) => {
            literal.ty.into_iter().for_each(|ty| cut(ty, cuts));
            let counted = matches!(literal.ty, Some(Expr::Array(array)) if matches!(array.len, Some(Expr::Ellipsis(_))));
            if !counted {
                cuts.push(Span::new(literal.braces.start + 1, literal.braces.end.saturating_sub(1)));
            }
        }
        Expr::FuncLit(literal) => {
            let body = literal.body.span;
            cuts.push(Span::new(body.start + 1, body.end.saturating_sub(1)));
        }
        Expr::Paren(paren) => cut(paren.inner, cuts),
        Expr::Selector(selector) => cut(selector.operand, cuts),
        Expr::Index(index) => cut(index.operand, cuts),
        Expr::Call(call) => {
            cut(call.callee, cuts);
            call.args.iter().for_each(|&arg| cut(arg, cuts));
        }
        Expr::Star(star) => cut(star.operand, cuts),
        Expr::Unary(unary) => cut(unary.operand, cuts),
        Expr::Array(array) => cut(array.elem, cuts),
        Expr::Map(map) => {
            cut(map.key, cuts);
            cut(map.value, cuts);
        }
        Expr::Chan(chan) => cut(chan.elem, cuts),
        _ => {}
    }
}

fn cut_fields(ty: &StructType<'_>, cuts: &mut Vec<Span>) {
    let begin = |field: &Field<'_>| field.names.first().map_or_else(|| start(field.ty), |name| name.pos);
    for (at, field) in ty.fields.iter().enumerate() {
        let hidden = !field.names.is_empty() && field.names.iter().all(|name| !name.name.is_exported());
        if hidden {
            let end = ty.fields.get(at + 1).map_or(ty.braces.end.saturating_sub(1), &begin);
            cuts.push(Span::new(begin(field), end));
        } else {
            cut(field.ty, cuts);
        }
    }
}

fn mentions_iota(value: Expr<'_>) -> bool {
    match value {
        Expr::Ident(name) => name.name.as_str() == "iota",
        Expr::Paren(paren) => mentions_iota(paren.inner),
        Expr::Unary(unary) => mentions_iota(unary.operand),
        Expr::Binary(binary) => mentions_iota(binary.left) || mentions_iota(binary.right),
        Expr::Call(call) => call.args.iter().any(|&arg| mentions_iota(arg)),
        Expr::Index(index) => index.args.iter().any(|&arg| mentions_iota(arg)),
        _ => false,
    }
}

/// Drops blank lines, indentation and repeated spaces outside of literals.
fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            ' ' | '\t' | '\r' => {
                if !out.ends_with([' ', '\n']) {
                    out.push(' ');
                }
            }
            '\n' => {
                out.truncate(out.trim_end_matches(' ').len());
                if !out.ends_with('\n') {
                    out.push('\n');
                }
            }
            '"' | '`' | '\'' => {
                out.push(char);
                literal(char, &mut chars, &mut out);
            }
            _ => out.push(char),
        }
    }
    out.trim().to_owned()
}

fn literal(quote: char, chars: &mut std::str::Chars<'_>, out: &mut String) {
    while let Some(char) = chars.next() {
        out.push(char);
        if char == quote {
            return;
        }
        if char == '\\' && quote != '`' {
            out.extend(chars.next());
        }
    }
}

/// The names in a text: `(qualifier, name)`, where only `a.b` has a qualifier.
pub(super) fn names(text: &str) -> Vec<(Option<&str>, &str)> {
    let bytes = text.as_bytes();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut found: Vec<(Option<&str>, &str)> = Vec::new();
    let (mut at, mut last_end) = (0, usize::MAX);
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'`' | b'\'') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += if bytes[at] == b'\\' && quote != b'`' { 2 } else { 1 };
                }
                at += 1;
            }
            byte if is_name(byte) => {
                let begin = at;
                while at < bytes.len() && is_name(bytes[at]) {
                    at += 1;
                }
                let name = &text[begin..at];
                let selected = begin > 0 && bytes[begin - 1] == b'.' && last_end == begin - 1;
                let qualifier = if selected { found.last().map(|&(_, name)| name) } else { None };
                found.push((qualifier, name));
                last_end = at;
            }
            _ => at += 1,
        }
    }
    found
}

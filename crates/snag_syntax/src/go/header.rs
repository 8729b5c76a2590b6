//! The beginning of a file: all that a loader wants to know of it.

use super::ast::{Ident, Spec};
use super::comment::{Comments, Directive, GoDebug};
use super::constraint::{Constraint, file_constraint};
use super::parser::{Bodies, Parser};
use super::token::Token;
use crate::{Problem, Span, Symbol, sym};
use bumpalo::Bump;

/// What stands in front of the first declaration that is not an import.
#[derive(Clone, Debug)]
pub struct Header {
    /// The package clause; the empty symbol where there is none.
    pub package: Ident,
    /// The imports in order.
    pub imports: Vec<Import>,
    /// When the file is built.
    pub constraint: Option<Constraint>,
    /// The N of `go1.N` which the constraint asks for at least: the file's own language version.
    pub go_minor_version: Option<u32>,
    /// Whether the file imports `"C"`.
    pub imports_c: bool,
    /// The `//go:debug` lines, key and value.
    pub go_debug: Vec<(String, String, Span)>,
    /// Where the header ends: the first byte of the first other declaration.
    pub end: u32,
    /// Whether such a declaration was seen. If not, and there are more bytes, read again with more.
    pub complete: bool,
    /// The comments up to `end`.
    pub comments: Vec<Span>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// An import.
#[derive(Clone, Copy, Debug)]
pub struct Import {
    /// The path without quotes.
    pub path: Symbol,
    /// The path with its quotes.
    pub path_span: Span,
    /// The local name, also `.` and `_`.
    pub name: Option<Ident>,
    /// From the name or path to the end of the path.
    pub span: Span,
    /// From the first to the last comment above it: the preamble, where `"C"` is imported.
    pub doc: Option<Span>,
}

/// Reads the header of a file, of which `source` may be only the beginning.
pub fn read_header(source: &[u8]) -> Header {
    let arena = Bump::new();
    let mut parser = Parser::new(source, &arena, Bodies::Skip);
    parser.next();
    let (package_pos, package) = parser.package_clause();
    let mut decls = Vec::new();
    while parser.token == Token::Import {
        decls.push(parser.gen_decl());
    }
    let end = parser.pos();
    let complete = parser.token != Token::Eof && (parser.lexer.end as usize) < source.len();
    let (mut comments, mut problems) = parser.finish();
    comments.truncate(comments.partition_point(|comment| comment.end <= end));

    let lookup = Comments::new(source, &comments);
    let mut imports = Vec::new();
    for decl in &decls {
        for spec in decl.specs {
            let Spec::Import(spec) = spec else { continue };
            let start = spec.name.map_or(spec.path.span.start, |name| name.pos);
            let mut doc = if decl.parens.is_some() { lookup.doc(start) } else { &[] };
            if doc.is_empty() && decl.specs.len() == 1 {
                doc = lookup.doc(decl.pos);
            }
            imports.push(Import {
                path: spec.path_symbol,
                path_span: spec.path.span,
                name: spec.name,
                span: Span::new(start, spec.path.span.end),
                doc: doc.first().zip(doc.last()).map(|(first, last)| first.to(*last)),
            });
        }
    }
    let go_debug = lookup.directives().filter(|(_, span)| span.start < package_pos);
    let go_debug = go_debug.filter_map(|(directive, span)| match directive {
        Directive::GoDebug(GoDebug { key, value }) => Some((key.to_owned(), value.to_owned(), span)),
        _ => None,
    });
    let go_debug = go_debug.collect();
    let (constraint, wrong) = file_constraint(source.get(..end as usize).unwrap_or(source));
    problems.extend(wrong);
    Header {
        package,
        imports_c: imports.iter().any(|import| import.path == sym::C),
        imports,
        go_minor_version: constraint.as_ref().and_then(Constraint::go_minor_version),
        constraint,
        go_debug,
        end,
        complete,
        comments,
        problems,
    }
}

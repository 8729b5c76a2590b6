//! Go files: whatever the bytes, every place lies in the text, and skipping bodies changes no declaration.
#![no_main]

use bumpalo::Bump;
use libfuzzer_sys::fuzz_target;
use snag_syntax::LineIndex;
use snag_syntax::go::ast::{Body, Decl, File, FuncDecl};
use snag_syntax::go::comment::Comments;
use snag_syntax::go::{Bodies, parse_body, parse_file};

fn check_places(file: &File<'_>, source: &[u8]) {
    let inside = |span: snag_syntax::Span| assert!(span.end as usize <= source.len(), "{span:?}");
    assert!(file.comments.is_sorted_by_key(|comment| comment.start));
    file.comments.iter().for_each(|&comment| inside(comment));
    file.problems.iter().for_each(|problem| inside(problem.span));
    let lines = LineIndex::new(source);
    let comments = Comments::new(source, &file.comments);
    let mut end = 0;
    for decl in file.decls {
        let span = decl.span();
        inside(span);
        assert!(span.start >= end, "{decl:?} begins before {end}");
        end = span.start;
        assert!(comments.doc(span.start).iter().all(|doc| doc.end <= span.start));
        comments.directives_of(span.start).for_each(|(_, place)| inside(place));
        assert_eq!(lines.offset(lines.position(span.start)), Some(span.start));
    }
    comments.directives().for_each(drop);
}

/// The declarations without the bodies of functions.
fn signatures(file: &File<'_>) -> Vec<String> {
    let print = |decl: &Decl<'_>| match decl {
        Decl::Func(f) => format!("{:?}", FuncDecl { body: Body::None, ..**f }),
        decl => format!("{decl:?}"),
    };
    file.decls.iter().map(print).collect()
}

fuzz_target!(|source: &[u8]| {
    let arena = Bump::new();
    let full = parse_file(source, &arena, Bodies::Parse);
    let skipped = parse_file(source, &arena, Bodies::Skip);
    check_places(&full, source);
    check_places(&skipped, source);
    assert_eq!(signatures(&full), signatures(&skipped));
    for (full, skipped) in full.decls.iter().zip(skipped.decls) {
        let (Decl::Func(full), Decl::Func(skipped)) = (full, skipped) else { continue };
        let body = match skipped.body {
            Body::Skipped(span) => Body::Parsed(parse_body(source, span, &arena).0),
            body => body,
        };
        assert_eq!(format!("{:?}", full.body), format!("{body:?}"));
    }
});

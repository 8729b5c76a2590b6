//! Headers of Go files and build constraints: whatever the bytes, places lie in the text, a longer beginning of a
//! file says nothing else once the header is complete, and constraints print as they read.
#![no_main]

use bumpalo::Bump;
use libfuzzer_sys::fuzz_target;
use snag_syntax::go::constraint::Constraint;
use snag_syntax::go::{Bodies, Header, literal, parse_file, read_header};

fn gist(header: &Header) -> String {
    let Header { package, imports, constraint, imports_c, go_debug, end, .. } = header;
    format!("{package:?} {imports:?} {constraint:?} {imports_c} {go_debug:?} {end}")
}

fuzz_target!(|source: &[u8]| {
    let header = read_header(source);
    assert!(header.end as usize <= source.len());
    for import in &header.imports {
        assert!(import.span.end as usize <= source.len());
    }
    let start = read_header(&source[..source.len() / 2]);
    if start.complete {
        assert_eq!(gist(&start), gist(&header));
    }
    if header.problems.is_empty() {
        let arena = Bump::new();
        let file = parse_file(source, &arena, Bodies::Skip);
        assert_eq!(file.package.name, header.package.name);
    }
    let text = String::from_utf8_lossy(source);
    for line in text.lines() {
        if let Some(Ok(constraint)) = Constraint::parse(line) {
            constraint.eval(&|tag| tag.len() % 2 == 0);
            constraint.go_minor_version();
            let printed = format!("//go:build {constraint}");
            let again = Constraint::parse(&printed).map(|again| again.map(|again| again.to_string()));
            assert_eq!(again, Some(Ok(constraint.to_string())), "{printed}");
        }
    }
    let _ = (literal::unquote(source), literal::integer(source), literal::rune(source));
});

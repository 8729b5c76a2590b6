//! The Go parser through its public door.

use bumpalo::Bump;
use snag_syntax::go::ast::{Body, Decl};
use snag_syntax::go::{Bodies, parse_body, parse_file, read_header};

#[test]
fn a_skipped_body_is_read_later() {
    let source = b"package p\n\nfunc f() int {\n\treturn len(\"}\") + '}' // }\n}\n\nvar x = 1\n";
    let arena = Bump::new();
    let file = parse_file(source, &arena, Bodies::Skip);
    assert_eq!(file.problems, []);
    let [Decl::Func(f), Decl::Gen(_)] = file.decls else { panic!("{:?}", file.decls) };
    let Body::Skipped(span) = f.body else { panic!("{:?}", f.body) };
    let (block, problems) = parse_body(source, span, &arena);
    assert_eq!(problems, []);
    assert_eq!(block.span, span);
    assert_eq!(block.stmts.len(), 1);
}

#[test]
fn a_header_ends_at_the_first_other_declaration() {
    let source =
        b"//go:build linux && go1.21\n\n//go:debug asyncpreemptoff=1\n\n// Package p.\npackage p\n\n\
        import (\n\t\"fmt\"\n\tu \"unsafe\"\n)\n\n// int f(void);\nimport \"C\"\n\nvar x = 1\n";
    let header = read_header(source);
    assert_eq!(header.problems, []);
    assert!(header.complete && header.imports_c);
    assert_eq!(header.package.name.as_str(), "p");
    assert_eq!(header.go_minor_version, Some(21));
    assert_eq!(header.imports.len(), 3);
    assert_eq!(header.imports[2].doc.map(|doc| doc.slice(source)), Some(&b"// int f(void);"[..]));
    assert_eq!(&source[header.end as usize..][..3], b"var");
    assert_eq!((&*header.go_debug[0].0, &*header.go_debug[0].1), ("asyncpreemptoff", "1"));
    for length in 0..header.end as usize + 3 {
        assert!(!read_header(&source[..length]).complete, "{length}");
    }
}

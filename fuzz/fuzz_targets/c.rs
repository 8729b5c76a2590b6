//! C files and preambles: whatever the bytes, the readers end, and every place lies in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use snag_syntax::c::{self, Call, File};
use snag_syntax::{Problem, Span};

fn check(file: &File, problems: &[Problem], len: usize) {
    let inside =
        |span: Span| assert!(span.start <= span.end && span.end as usize <= len, "{span:?} of {len}");
    let call = |call: &Call| {
        inside(call.span);
        inside(call.name_span);
        call.arguments.iter().for_each(|argument| inside(argument.span));
    };
    problems.iter().for_each(|problem| inside(problem.span));
    for function in &file.functions {
        inside(function.span);
        assert!(function.span.contains(function.name_span), "{function:?}");
        function.params.iter().for_each(|param| inside(param.span));
        function.doc.iter().for_each(|doc| inside(doc.span));
        if let Some(body) = &function.body {
            inside(body.span);
            body.calls.iter().for_each(call);
            body.accesses.iter().chain(&body.errno).for_each(|access| inside(access.span));
            body.loops.iter().for_each(|it| inside(it.span));
            let comments = file.comments_in(body.span);
            assert!(comments.iter().all(|comment| body.span.contains(comment.span)));
        }
    }
    for variable in &file.variables {
        assert!(variable.span.contains(variable.name_span), "{variable:?}");
        inside(variable.span);
        assert!(variable.function.is_none_or(|function| function < file.functions.len()));
    }
    file.macros.iter().flat_map(|it| &it.calls).for_each(call);
    file.macros.iter().for_each(|it| inside(it.span));
    file.constants.iter().for_each(|constant| inside(constant.name_span));
    file.typedefs.iter().for_each(|typedef| inside(typedef.name_span));
    file.tags.iter().for_each(|tag| inside(tag.name_span));
    file.comments.iter().for_each(|comment| inside(comment.span));
    assert!(file.comments.is_sorted_by_key(|comment| comment.span.start));
}

fuzz_target!(|data: &[u8]| {
    let (file, problems) = c::read(data);
    check(&file, &problems, data.len());

    let lines: Vec<&[u8]> = data.split(|&byte| byte == b'\n').collect();
    let mut source = Vec::new();
    let mut comments = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let start = source.len() as u32;
        let block = index % 5 == 4;
        source.extend_from_slice(if block { b"/*" } else { b"//" });
        source.extend_from_slice(line);
        if block {
            source.extend_from_slice(b"\r\n*/");
        }
        comments.push(Span::new(start, source.len() as u32));
        source.extend_from_slice(b"\r\n");
    }
    let preamble = c::preamble_text(&comments, &source);
    for (offset, &byte) in preamble.text.iter().enumerate() {
        let there = source.get(preamble.map.source_offset(offset as u32) as usize);
        assert!(byte == b'\n' || there == Some(&byte), "{offset}");
    }
    let (file, problems) = c::read_preamble(&comments, &source);
    check(&file, &problems, source.len());
});

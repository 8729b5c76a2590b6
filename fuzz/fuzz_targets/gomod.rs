//! go.mod: whatever the bytes, the reader ends, and every place lies in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use snag_syntax::gomod::{Word, parse_go_mod};

fuzz_target!(|text: &[u8]| {
    let (file, problems) = parse_go_mod(text);
    let inside = |word: &Word| assert!(word.span.start <= word.span.end && word.span.end as usize <= text.len());
    [&file.module, &file.go, &file.toolchain].into_iter().flatten().for_each(inside);
    file.require.iter().chain(&file.exclude).flat_map(|it| [&it.path, &it.version]).for_each(inside);
    file.replace.iter().flat_map(|it| [&it.old, &it.new]).for_each(inside);
    file.retract.iter().flat_map(|(low, high)| [low, high]).for_each(inside);
    file.tool.iter().chain(&file.ignore).for_each(inside);
    assert!(problems.iter().all(|problem| problem.span.end as usize <= text.len()));
});

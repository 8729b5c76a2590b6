//! go.work: whatever the bytes, the reader ends, and every place lies in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use snag_syntax::gowork::parse_go_work;

fuzz_target!(|text: &[u8]| {
    let (file, problems) = parse_go_work(text);
    assert!(file.uses.iter().all(|word| word.span.end as usize <= text.len()));
    assert!(problems.iter().all(|problem| problem.span.end as usize <= text.len()));
});

//! vendor/modules.txt: whatever the bytes, the reader ends, and every place lies in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use snag_syntax::modules_txt::parse_modules_txt;

fuzz_target!(|text: &[u8]| {
    let (file, problems) = parse_modules_txt(text);
    assert!(file.modules.iter().all(|module| !module.path.is_empty()));
    assert!(problems.iter().all(|problem| problem.span.end as usize <= text.len()));
});

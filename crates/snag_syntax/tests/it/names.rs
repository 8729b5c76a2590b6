//! Interned names.

use snag_syntax::{Symbol, sym};

#[test]
fn equal_names_are_one_symbol_in_every_thread() {
    let words: Vec<String> = (0..40)
        .map(|length| "näme_of_many_bytes_that_is_longer_than_most"[..].chars().take(length).collect())
        .collect();
    let here: Vec<Symbol> = words.iter().map(|word| Symbol::new(word)).collect();
    for (word, symbol) in words.iter().zip(&here) {
        assert_eq!(symbol.as_str(), word);
    }
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let words = words.clone();
            std::thread::spawn(move || {
                let many = (0..20_000).map(|i| Symbol::new(&format!("v{i}")));
                let many: Vec<Symbol> = many.collect();
                for (i, symbol) in many.iter().enumerate() {
                    assert_eq!(symbol.as_str(), format!("v{i}"));
                }
                (words.iter().map(|word| Symbol::new(word)).collect::<Vec<_>>(), many)
            })
        })
        .collect();
    let results: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("no panic")).collect();
    for (words, many) in &results {
        assert_eq!(words, &here);
        assert_eq!(many, &results[0].1);
    }
}

#[test]
fn names_that_differ_in_zeros_differ() {
    let names = ["", "\0", "a", "a\0", "a\0\0", "ab", "a\0b", "abcdefgh", "abcdefgh\0", "abcdefghabcdefgh"];
    for (i, a) in names.iter().enumerate() {
        for (j, b) in names.iter().enumerate() {
            assert_eq!(Symbol::new(a) == Symbol::new(b), i == j, "{a:?} {b:?}");
        }
        assert_eq!(&Symbol::new(a).as_str(), a);
    }
}

#[test]
fn known_names_are_constants() {
    assert_eq!(Symbol::new("func_that_is_not_known").as_str(), "func_that_is_not_known");
    assert_eq!(Symbol::new("error"), sym::Error);
    assert_eq!(Symbol::new("Error"), sym::ErrorMethod);
    assert_eq!(Symbol::new(""), sym::Empty);
    assert_eq!(Symbol::from_bytes(b"a\xffb").as_str(), "a\u{FFFD}b");
}

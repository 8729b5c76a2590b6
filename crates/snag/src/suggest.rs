//! The name that was probably meant.

/// A third of the letters may be wrong before a suggestion is a guess.
const LETTERS_PER_MISTAKE: usize = 3;

/// ` (did you mean "x"?)` for the closest of the names, or nothing.
pub(crate) fn did_you_mean<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> String {
    let limit = (typed.chars().count() / LETTERS_PER_MISTAKE).max(1);
    let best = names.map(|name| (distance(typed, name), name)).min();
    match best {
        Some((mistakes, name)) if mistakes <= limit => format!(" (did you mean {name:?}?)"),
        _ => String::new(),
    }
}

/// Letters to insert, delete or replace to get from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

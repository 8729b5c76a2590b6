//! What names and texts say that a number is.

/// Whether an identifier, a metric name or a text speaks of threads, and not of goroutines.
pub(super) fn says_threads(text: &str) -> bool {
    let mut threads = false;
    for word in words(text) {
        let plural = word.strip_suffix('s').unwrap_or(&word);
        if plural.ends_with("goroutine") || plural.ends_with("routine") {
            return false;
        }
        threads |= plural.ends_with("thread");
    }
    threads
}

/// Whether the text says that there are too many threads.
pub(super) fn complains_of_threads(text: &str) -> bool {
    let of_number = |word: &str| matches!(word, "many" | "number" | "limit") || ["exceed", "leak", "max"].iter().any(|part| word.starts_with(part));
    says_threads(text) && words(text).any(|word| of_number(&word))
}

/// Whether the text speaks of goroutines.
fn says_goroutines(text: &str) -> bool {
    words(text).any(|word| word.contains("goroutine"))
}

/// `maxOSThreads_total` is max, osthreads, total: a run of capitals belongs to what follows.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).flat_map(|part| {
        let mut words = vec![String::new()];
        let mut small = false;
        for c in part.chars() {
            if c.is_uppercase() && small {
                words.push(String::new());
            }
            small = c.is_lowercase();
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        words
    })
}

/// Whether what a format says about its verb number `at`, of `of`, is that it counts threads.
pub(super) fn format_says_threads(format: &str, at: usize, of: usize) -> Option<bool> {
    let parts = segments(format);
    if parts.len() != of + 1 || of == 0 {
        return None;
    }
    if of == 1 {
        return Some(says_threads(format) && !says_goroutines(format));
    }
    let (before, after) = (parts.get(at)?, parts.get(at + 1)?);
    let before = before.rsplit([',', ';', '\n', '|', '(']).next().unwrap_or_default();
    if before.trim_end().ends_with(['=', ':']) {
        return Some(says_threads(before));
    }
    let after = after.split([',', ';', '\n', '|', ')']).next().unwrap_or_default();
    let unit = after.split_whitespace().next().unwrap_or_default();
    Some(if unit.is_empty() { says_threads(before) } else { says_threads(after) })
}

/// The text between the verbs of a format.
fn segments(format: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(part) = parts.last_mut() else { break };
        if c != '%' {
            part.push(c);
        } else if chars.peek() == Some(&'%') {
            chars.next();
            part.push('%');
        } else {
            // Flags, width and precision, then the verb.
            while chars.next_if(|c| "+-# 0123456789.[]*".contains(*c)).is_some() {}
            chars.next();
            parts.push(String::new());
        }
    }
    parts
}

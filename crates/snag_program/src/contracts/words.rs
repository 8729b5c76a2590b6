//! The wordings that make a comment a contract.

use snag_syntax::Symbol;

/// What a contract asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The caller has locked the goroutine to its thread.
    Pinned,
    /// Only the main thread may call.
    MainThread,
    /// All calls must come from one thread.
    SameThread,
    /// The call leaves something on the thread.
    Sets,
    /// The call needs what another one left on the thread.
    Reads,
}

/// A sentence means `kind` when it has one of the words of every list in `all`, and none of `none`.
struct Wording {
    kind: Kind,
    all: &'static [&'static [&'static str]],
    none: &'static [&'static str],
}

const MUST: &[&str] = &[
    "must be",
    "must only",
    "must run",
    "must call",
    "must have",
    "must hold",
    "only be called",
    "may only",
    "should only",
    "has to be",
    "have to be",
    "call from the",
    "call it from",
    "call this from",
    "requires",
    "needs",
    "caller should",
    "callers should",
    "should call",
];
const DENIALS: &[&str] = &[
    "must not",
    "need not",
    "needn't",
    "not need",
    "no need",
    "not require",
    "not necessary",
    "don't have to",
    "doesn't have to",
    "does not have to",
    "any thread",
    "another thread",
    "different thread",
    "is safe",
    "are safe",
    "concurrently safe",
    "goroutine-safe",
];

/// Tried in this order: a sentence about the main thread is about no other.
const WORDINGS: &[Wording] = &[
    Wording {
        kind: Kind::Pinned,
        all: &[
            &[
                "lockosthread",
                "locked to its os thread",
                "locked to an os thread",
                "locked to the os thread",
                "locked to its thread",
                "with the os thread locked",
                "wired to its thread",
            ],
            MUST,
        ],
        none: &["internally", "for you", "will be locked", "is called by"],
    },
    Wording {
        kind: Kind::MainThread,
        all: &[&["main thread", "main os thread", "ui thread"], MUST],
        none: &[
            "not from the main thread",
            "not on the main thread",
            "not the main thread",
            "main thread must not",
        ],
    },
    Wording {
        kind: Kind::SameThread,
        all: &[
            &[
                "same thread",
                "same os thread",
                "on this thread",
                "from this thread",
                "thread that called",
                "thread that created",
                "thread that made",
                "thread which called",
                "thread which created",
                "thread that the",
                "thread it was created on",
                "one thread only",
                "a single os thread",
            ],
            MUST,
        ],
        none: &["thread-local storage of the same"],
    },
    Wording {
        kind: Kind::Sets,
        all: &[
            &[
                "thread-local",
                "thread local",
                "current on the calling thread",
                "current on this thread",
                "to the calling thread",
                "for the calling thread",
                "of the calling thread",
            ],
            &[
                "sets ",
                "initializes ",
                "initialises ",
                "stores ",
                "installs ",
                "makes ",
                "binds ",
                "attaches ",
                "registers ",
                "impersonates ",
            ],
        ],
        none: &["reads ", "returns ", "gets "],
    },
    Wording {
        kind: Kind::Reads,
        all: &[
            &[
                "thread-local",
                "thread local",
                "last error of the calling thread",
                "error of the calling thread",
                "from the calling thread's",
            ],
            &["reads ", "uses ", "returns ", "depends on", "relies on", "fetches ", "needs ", "requires "],
        ],
        none: &["thread-local cache", "thread local cache", "uses thread-local storage to avoid"],
    },
];

/// The contract in a comment, and the sentence that says so.
pub(super) fn kind_of(text: &str) -> Option<(Kind, String)> {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("thread") {
        return None;
    }
    sentences(text).into_iter().find_map(|sentence| {
        // Who ends a pin need not have begun it.
        let plain = sentence.to_ascii_lowercase().replace("unlockosthread", "");
        if DENIALS.iter().any(|denial| plain.contains(denial)) {
            return None;
        }
        let fits = |wording: &&Wording| {
            wording.all.iter().all(|words| words.iter().any(|word| plain.contains(word)))
                && !wording.none.iter().any(|word| plain.contains(word))
        };
        let kind = WORDINGS.iter().find(fits)?.kind;
        Some((kind, sentence))
    })
}

/// Sentences with single blanks between their words.
fn sentences(text: &str) -> Vec<String> {
    let clean: String =
        text.chars().map(|c| if matches!(c, '`' | '[' | ']' | '*') { ' ' } else { c }).collect();
    let mut found = Vec::new();
    for paragraph in clean.split("\n\n") {
        let words: Vec<&str> = paragraph.split_whitespace().collect();
        let mut sentence = String::new();
        for word in words {
            sentence.push_str(word);
            if word.ends_with(['.', ';', '!']) {
                found.push(std::mem::take(&mut sentence));
            } else {
                sentence.push(' ');
            }
        }
        found.push(sentence);
    }
    found
}

/// The names of functions in a sentence: words that no English text has.
pub(super) fn names_in(sentence: &str) -> Vec<Symbol> {
    let words = sentence.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '('));
    let is_name = |word: &&str| {
        let inner = word.trim_end_matches('(');
        let mixed = inner.chars().skip(1).any(|c| c.is_ascii_uppercase())
            && inner.chars().any(|c| c.is_ascii_lowercase());
        word.len() > 1
            && (mixed || inner.contains('_') || word.ends_with('(') || inner.starts_with(char::is_uppercase))
    };
    words.filter(is_name).map(|word| Symbol::new(word.trim_end_matches('('))).collect()
}

#[cfg(test)]
mod tests {
    use super::{Kind, kind_of};

    #[test]
    fn contracts_are_understood() {
        let examples = [
            (Kind::Sets, "sets thread-local state"),
            (Kind::SameThread, "requires initLibrary on THIS thread"),
            (Kind::MainThread, "Run starts the loop.\nIt must be called from the main thread."),
            (Kind::MainThread, "This function may only be called from the main thread."),
            (Kind::SameThread, "Close must be called from the same thread as Open."),
            (Kind::SameThread, "not thread-safe: call from the thread that created the handle"),
            (Kind::Pinned, "The caller must hold runtime.LockOSThread."),
            (Kind::Pinned, "It must be called with the goroutine locked to its OS thread."),
            (Kind::Pinned, "Callers should call `runtime.LockOSThread` first"),
            (Kind::Sets, "MakeCurrent makes the context current on the calling thread."),
            (Kind::Reads, "lastError returns the last error of the calling thread"),
        ];
        for (kind, text) in examples {
            assert_eq!(kind_of(text).map(|found| found.0), Some(kind), "{text}");
        }
    }

    #[test]
    fn ordinary_comments_mean_nothing() {
        for text in [
            "Cache is thread-safe.",
            "It is not safe for concurrent use.",
            "not thread-safe",
            "Must be called with mu held.",
            "Do locks the thread and calls runtime.LockOSThread internally.",
            "It is not necessary to call runtime.LockOSThread.",
            "Callbacks run on the same thread.",
            "Run must not be called from the main thread.",
            "This is safe to call from any thread; it must be called once.",
            "The callback may be called from a different thread, it must be quick.",
            "Each request needs a thread of its own.",
            "threads must be a positive number",
        ] {
            assert_eq!(kind_of(text).map(|found| found.0), None, "{text}");
        }
    }
}

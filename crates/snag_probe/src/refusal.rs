//! Why a process cannot be looked into.

use std::fmt;

/// Why a process, or a part of it, cannot be read: a sentence for a person, lower case and without a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    cause: Cause,
    sentence: String,
}

/// Kinds of refusals, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// There is no such process, or no longer.
    Ended,
    /// It is no Go program.
    NotGo,
    /// The kernel does not let us read it.
    Forbidden,
    /// A program for another processor, or of a Go that is too old.
    Unsupported,
    /// Its runtime does not look like any that Snag knows, or was just changing.
    Unclear,
}

impl Refusal {
    pub(crate) fn new(sentence: impl Into<String>) -> Refusal {
        Refusal { cause: Cause::Unclear, sentence: sentence.into() }
    }

    pub(crate) fn because(self, cause: Cause) -> Refusal {
        Refusal { cause, ..self }
    }

    /// Which kind of refusal it is.
    pub fn cause(&self) -> Cause {
        self.cause
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Refusal {}

//! C functions that a cgo package may call.

use crate::effect::{Arg, Effects, Target};
use crate::generated::c as table;
use crate::go::{Call, Requires, call_effects};
use crate::state::StateSet;

/// A C function, or a family of them.
#[derive(Debug)]
pub struct CFunction {
    /// The name, or a pattern such as `gl[A-Z]*`.
    pub name: &'static str,
    /// The library.
    pub library: &'static str,
    /// The header that declares it; empty when it is not known.
    pub header: &'static str,
    /// Everything it may change; [`CFunction::effects`] knows more about one call.
    pub writes: StateSet,
    /// Everything it may depend on.
    pub reads: StateSet,
    /// What it asks of the goroutine that calls it.
    pub requires: Requires,
    /// Whether it changes all threads.
    pub process_wide: bool,
    /// How its effects are found.
    pub call: Call,
    /// Whether it waits, holding its thread.
    pub blocks: bool,
    /// The argument that points to what it fills.
    pub stores: Option<u8>,
    /// What else it is.
    pub is: Option<CIs>,
    /// What else to know.
    pub note: &'static str,
    /// Where the row comes from; "knowledge" means that no document was at hand.
    pub source: &'static str,
}

/// What a C function is, beside its effects on the thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CIs {
    /// Sets the value of the calling thread under the key that is its first argument.
    KeyWrite,
    /// Its result is the value of the calling thread under the key that is its first argument.
    KeyRead,
    /// Makes a process, or thread, in which the code behind it goes on.
    Fork,
    /// Fills a set with all signals.
    AllSignals,
    /// Leaves errno alone, or sets it only when it fails in a way that nobody asks errno about.
    KeepsErrno,
}

impl CFunction {
    /// Whether some call of it may change one of these states.
    pub fn writes_any(&self, states: StateSet) -> bool {
        let by_syscall = match self.call {
            Call::Syscall(name, _) => crate::syscall(name).is_some_and(|row| {
                row.unknown.intersects(states) || row.rules.iter().any(|rule| rule.writes.intersects(states))
            }),
            Call::ByNumber(_) => true,
            _ => false,
        };
        by_syscall || self.writes.intersects(states)
    }

    /// Whether the code behind such a call goes on in another process as well.
    pub fn forks(&self, args: &[Arg<'_>], arch: crate::Arch) -> bool {
        let by_number = || {
            let Call::ByNumber(_) = self.call else { return false };
            let Some(&Arg::Int(number)) = args.first() else { return false };
            crate::syscall_by_number(number, arch).is_some_and(|row| {
                row.rules.iter().any(|rule| rule.writes.contains(crate::state::CHILD_OF_THREAD))
            })
        };
        self.is == Some(CIs::Fork) || by_number()
    }

    /// What a call with these arguments does.
    pub fn effects(&self, args: &[Arg<'_>], arch: Option<crate::Arch>) -> Effects {
        let fixed = Effects {
            writes: self.writes,
            reads: self.reads,
            target: if self.process_wide { Target::Process } else { Target::Caller },
            certain: true,
        };
        call_effects(&self.call, fixed, args, arch)
    }
}

/// What is known about the C function with this name.
pub fn c_function(name: &str) -> Option<&'static CFunction> {
    if let Ok(at) = table::FUNCTIONS.binary_search_by(|row| row.name.cmp(name)) {
        return Some(&table::FUNCTIONS[at]);
    }
    table::PATTERNS.iter().find(|row| matches(row.name.as_bytes(), name.as_bytes()))
}

/// Every C function and pattern of the tables.
pub fn c_functions() -> impl Iterator<Item = &'static CFunction> {
    table::FUNCTIONS.iter().chain(table::PATTERNS)
}

/// Matches `*` (anything) and `[A-Z]` (one capital letter); everything else stands for itself.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=name.len()).any(|skip| matches(rest, &name[skip..])),
        ([b'[', b'A', b'-', b'Z', b']', rest @ ..], [first, tail @ ..]) => {
            first.is_ascii_uppercase() && matches(rest, tail)
        }
        ([want, rest @ ..], [first, tail @ ..]) => want == first && matches(rest, tail),
        _ => false,
    }
}

//! Where goroutines pin themselves. No system call tells, so the program's code is read: the calls that can be reached from
//! the function that a goroutine began with, without those through pointers.

use rustc_hash::{FxHashMap, FxHashSet};
use snag_threads::{LockBehavior, api};

use super::machine;
use crate::pclntab::Function;
use crate::target::Target;

/// No goroutine is followed through more functions.
const MOST: usize = 4000;
/// No function that matters is longer.
const LONGEST: u64 = 1 << 20;

/// Places that pin, as far as they were asked for.
#[derive(Debug, Default)]
pub(super) struct Pins {
    /// Where the functions begin that pin; none until they were looked for.
    locks: Option<Vec<u64>>,
    /// By where the function begins.
    found: FxHashMap<u64, Option<u64>>,
}

impl Pins {
    /// The only call that pins which can be reached from a function; none if there are several, or none.
    pub(super) fn of(&mut self, target: &Target, start: u64) -> Option<u64> {
        if !self.found.contains_key(&start) {
            let locks = self.locks.get_or_insert_with(|| locks(target));
            let found = only_call(target, start, locks);
            self.found.insert(start, found);
        }
        self.found[&start]
    }
}

fn locks(target: &Target) -> Vec<u64> {
    let is_lock = |function: &Function| {
        let name = target.table.name(*function).strip_prefix("runtime.");
        name.and_then(|name| api("runtime", name)).is_some_and(|row| row.locks == LockBehavior::IsLock)
    };
    target.table.all().filter(is_lock).map(|function| function.entry).collect()
}

fn only_call(target: &Target, start: u64, locks: &[u64]) -> Option<u64> {
    let mut known = FxHashSet::default();
    let mut next = vec![start];
    let mut found = None;
    while let Some(entry) = next.pop() {
        let Some(function) = target.table.at(entry).filter(|function| function.entry == entry) else {
            continue;
        };
        // The runtime pins nobody who did not ask for it.
        if !known.insert(entry) || target.table.name(function).starts_with("runtime.") {
            continue;
        }
        if known.len() > MOST {
            return None;
        }
        let length = (function.end - entry).min(LONGEST) as usize;
        let Ok(code) = target.memory.bytes(entry, length) else { continue };
        for (place, callee) in machine::calls(&code, entry) {
            if !locks.contains(&callee) {
                next.push(callee);
            } else if found.replace(place).is_some() {
                return None;
            }
        }
    }
    found
}

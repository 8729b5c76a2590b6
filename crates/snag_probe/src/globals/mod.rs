//! The variables of the runtime that lead to everything else.

mod disassembly;
mod scan;

use crate::image::Image;
use crate::layout::{G, M, P};
use crate::memory::Memory;
use crate::pclntab::FunctionTable;

/// Where the runtime's variables are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Globals {
    /// The slice of all goroutines.
    pub(crate) allgs: Option<u64>,
    /// Its length and its array once more, to be read without a lock. Since Go 1.16, and where names are left.
    pub(crate) allg_atomic: Option<(u64, u64)>,
    /// The list of all Ms.
    pub(crate) allm: Option<u64>,
    /// The slice of all Ps.
    pub(crate) allp: Option<u64>,
    /// The scheduler.
    pub(crate) sched: Option<u64>,
}

impl Globals {
    /// Whether everything that lists are read from was found.
    pub(crate) fn are_complete(&self) -> bool {
        (self.allgs.is_some() || self.allg_atomic.is_some())
            && self.allm.is_some()
            && self.allp.is_some()
            && self.sched.is_some()
    }

    /// Those of another process of the same program, which lies `delta` farther up.
    pub(crate) fn moved(&self, delta: u64) -> Globals {
        let moved = |address: u64| address.wrapping_add(delta);
        Globals {
            allgs: self.allgs.map(moved),
            allg_atomic: self.allg_atomic.map(|(length, array)| (moved(length), moved(array))),
            allm: self.allm.map(moved),
            allp: self.allp.map(moved),
            sched: self.sched.map(moved),
        }
    }
}

/// What one way of looking found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Found {
    allgs: Option<u64>,
    allm: Option<u64>,
    allp: Option<u64>,
    sched: Option<u64>,
}

/// What is needed to recognize the runtime's structs.
#[derive(Clone, Debug)]
pub(crate) struct Layouts {
    pub(crate) g: G,
    pub(crate) m: M,
    pub(crate) p: P,
    /// Where code begins and ends.
    pub(crate) code: (u64, u64),
}

impl Layouts {
    fn in_code(&self, address: u64) -> bool {
        (self.code.0..self.code.1).contains(&address)
    }
}

/// By their names where the program has them, else by the code that uses them, checked against what they look like.
pub(crate) fn find(
    memory: Memory,
    image: &Image,
    table: &FunctionTable,
    layouts: &Layouts,
    maxmcount: Option<usize>,
) -> Globals {
    let named = Globals {
        allgs: image.symbol("runtime.allgs"),
        allg_atomic: image.symbol("runtime.allglen").zip(image.symbol("runtime.allgptr")),
        allm: image.symbol("runtime.allm"),
        allp: image.symbol("runtime.allp"),
        sched: image.symbol("runtime.sched"),
    };
    if named.allgs.is_some() && named.allm.is_some() && named.allp.is_some() && named.sched.is_some() {
        return named;
    }
    unnamed(memory, image, table, layouts, maxmcount)
}

/// As [`find`], but as if the program had no names.
pub(crate) fn unnamed(
    memory: Memory,
    image: &Image,
    table: &FunctionTable,
    layouts: &Layouts,
    maxmcount: Option<usize>,
) -> Globals {
    let code = disassembly::look(memory, table, maxmcount);
    let seen = scan::look(memory, image, layouts);
    Globals {
        allgs: agree(code.allgs, &seen.allgs),
        allg_atomic: None,
        allm: agree(code.allm, &seen.allm),
        allp: agree(code.allp, &seen.allp),
        // Whoever reads it compares its counters with the lists: nothing here could check more.
        sched: code.sched,
    }
}

/// One address, if both ways lead to it. A single place that looks right is as good as code that is not understood.
fn agree(code: Option<u64>, seen: &[u64]) -> Option<u64> {
    match (code, seen) {
        (Some(code), seen) => seen.contains(&code).then_some(code),
        (None, [only]) => Some(*only),
        (None, _) => None,
    }
}

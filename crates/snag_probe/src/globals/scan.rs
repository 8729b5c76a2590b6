//! Variables of the runtime, from what they must look like: every writable word is tried.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::bytes::{half, word};
use crate::globals::Layouts;
use crate::image::Image;
use crate::memory::Memory;

/// More of a kind than this is no runtime's.
const LIMIT: u64 = 1 << 32;
const MACHINES: usize = 200_000;
const PROCESSORS: u64 = 1 << 16;
/// How many goroutines of a list are looked at.
const SAMPLE: u64 = 8;
/// Statuses of goroutines end here (`_Gdeadextra`), those of processors there (`_Pdead`).
const LAST_GOROUTINE_STATUS: u32 = 11;
const LAST_PROCESSOR_STATUS: u32 = 4;

/// Where each variable may be.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    pub(super) allgs: Vec<u64>,
    pub(super) allp: Vec<u64>,
    pub(super) allm: Vec<u64>,
}

/// Tries every word that the program can write.
pub(super) fn look(memory: Memory, image: &Image, layouts: &Layouts) -> Candidates {
    let mut scan = Scan { memory, layouts, machines: FxHashMap::default() };
    let mut found = Candidates::default();
    let mut chains: Vec<(u64, usize)> = Vec::new();
    for segment in image.writable() {
        let Ok(bytes) = memory.bytes_with_holes(segment.address, segment.size as usize) else { continue };
        for at in (0..bytes.len().saturating_sub(16)).step_by(8) {
            let Some(pointer) = word(&bytes, at).filter(|&pointer| is_pointer(pointer)) else { continue };
            let address = segment.address + at as u64;
            let (length, capacity) = (word(&bytes, at + 8).unwrap_or(0), word(&bytes, at + 16).unwrap_or(0));
            if length > 0 && length <= capacity && capacity < LIMIT {
                if scan.is_goroutines(pointer, length) {
                    found.allgs.push(address);
                }
                if scan.is_processors(pointer, length) {
                    found.allp.push(address);
                }
            }
            if let Some(length) = scan.chain(pointer) {
                chains.push((address, length));
            }
        }
    }
    let longest = chains.iter().map(|(_, length)| *length).max().unwrap_or(0);
    found.allm = chains.into_iter().filter(|(_, length)| *length == longest).map(|(at, _)| at).collect();
    found
}

struct Scan<'s> {
    memory: Memory,
    layouts: &'s Layouts,
    /// The number and the link of each M that was looked at; none for what is not an M.
    machines: FxHashMap<u64, Option<(u64, u64)>>,
}

impl Scan<'_> {
    fn is_goroutines(&self, pointer: u64, length: u64) -> bool {
        let Ok(list) = self.memory.words(pointer, length.min(SAMPLE)) else { return false };
        list.iter().all(|&g| is_pointer(g) && self.is_goroutine(g).is_some()) && list.len() > 1
    }

    /// A goroutine knows its stack, and the runtime knows the function it began with.
    fn is_goroutine(&self, g: u64) -> Option<()> {
        let layout = &self.layouts.g;
        let bytes = self.memory.bytes(g, layout.window).ok()?;
        let status = half(&bytes, layout.status)? & 0xfff;
        let (low, high) = (word(&bytes, layout.stack_low)?, word(&bytes, layout.stack_high)?);
        let (id, start) = (word(&bytes, layout.id)?, word(&bytes, layout.start_pc)?);
        let ended = matches!(status, 0 | 6 | 11);
        let sound = status <= LAST_GOROUTINE_STATUS
            && low <= high
            // The goroutine of a thread that C made began nowhere.
            && (ended || low != 0 && id != 0 && (start == 0 || self.layouts.in_code(start)));
        sound.then_some(())
    }

    fn is_processors(&self, pointer: u64, length: u64) -> bool {
        if length > PROCESSORS {
            return false;
        }
        let Ok(list) = self.memory.words(pointer, length) else { return false };
        list.iter().enumerate().all(|(index, &p)| is_pointer(p) && self.is_processor(p, index).is_some())
    }

    fn is_processor(&self, p: u64, index: usize) -> Option<()> {
        let layout = &self.layouts.p;
        let bytes = self.memory.bytes(p, layout.window).ok()?;
        let (id, status) = (half(&bytes, layout.id)?, half(&bytes, layout.status)?);
        let (head, tail) = (half(&bytes, layout.queue_head)?, half(&bytes, layout.queue_tail)?);
        let m = word(&bytes, layout.m)?;
        // The queue of a P has 256 places.
        let sound = id as usize == index
            && status <= LAST_PROCESSOR_STATUS
            && tail.wrapping_sub(head) <= 256
            && (m == 0 || is_pointer(m));
        sound.then_some(())
    }

    /// How many Ms are linked from this one, if the last is the first that was made.
    fn chain(&mut self, first: u64) -> Option<usize> {
        let (mut at, mut length) = (first, 0);
        let mut seen = FxHashSet::default();
        loop {
            let (id, next) = self.machine(at)?;
            length += 1;
            if next == 0 {
                return (id == 0).then_some(length);
            }
            if !seen.insert(at) || length > MACHINES || !is_pointer(next) {
                return None;
            }
            at = next;
        }
    }

    /// Every M has a goroutine for the scheduler's own work, which knows its M.
    fn machine(&mut self, m: u64) -> Option<(u64, u64)> {
        let (memory, layouts) = (self.memory, self.layouts);
        *self.machines.entry(m).or_insert_with(|| {
            let g0 = memory.word(m + layouts.m.g0 as u64).ok().filter(|&g0| is_pointer(g0))?;
            if memory.word(g0 + layouts.g.m as u64).ok()? != m {
                return None;
            }
            let id = memory.word(m + layouts.m.id as u64).ok().filter(|&id| id < LIMIT)?;
            Some((id, memory.word(m + layouts.m.next as u64).ok()?))
        })
    }
}

/// Whether a word may lead to something the runtime allocated.
fn is_pointer(word: u64) -> bool {
    word.is_multiple_of(8) && (0x1_0000..0x7fff_ffff_ffff).contains(&word)
}

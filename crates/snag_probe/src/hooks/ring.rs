//! What hooks write, and where: a header, a table of marks, and records in a ring, in the memory of the process.
//!
//! Whoever writes a record takes the next place first, and never one that was not read yet: where there is none left the event
//! is counted instead. So what was read is whole, and what was lost is known.

use std::ops::Range;

use snag_threads::history::Pinned;

use super::{Forcing, Hook};
use crate::bytes::{half, word};
use crate::memory::{AddressSpace, Fault};

/// Where the header has what. Counters that different threads write stand on lines of their own.
pub(super) mod at {
    /// The place of the next record.
    pub(in crate::hooks) const HEAD: i32 = 0;
    /// How many were read.
    pub(in crate::hooks) const TAIL: i32 = 64;
    /// A bit for each hook that is at work.
    pub(in crate::hooks) const ENABLED: i32 = 128;
    pub(in crate::hooks) const LOST: i32 = 192;
    /// How often threads looked for work that were not marked.
    pub(in crate::hooks) const RESTS: i32 = 272;
    pub(in crate::hooks) const SEED: i32 = 320;
    /// A goroutine is forced if a hash of 32 bits is below.
    pub(in crate::hooks) const CHANCE: i32 = 328;
    /// The same, for a goroutine that was looked at [`MANY`](super::MANY) times.
    pub(in crate::hooks) const CHANCE_LATER: i32 = 332;
    /// A thread that looks for work sleeps if a hash is below.
    pub(in crate::hooks) const STARVE: i32 = 336;
    /// The same, for one that has found a goroutine to run.
    pub(in crate::hooks) const LATE: i32 = 340;
    /// The same, for a goroutine that has called the kernel or C before.
    pub(in crate::hooks) const LATE_AGAIN: i32 = 344;
    /// Lengths of sleeps, as the kernel wants them.
    pub(in crate::hooks) const SLEEPS: i32 = 512;
    /// A byte for each thread, by the last bits of its id: how long it is to sleep.
    pub(in crate::hooks) const MARKS: i32 = 4096;
    /// How often each goroutine was looked at, by the last bits of its id.
    pub(in crate::hooks) const COUNTS: i32 = 8192;
    /// The first record.
    pub(in crate::hooks) const RECORDS: i32 = 8192 + 4 * super::GOROUTINES as i32;
}

/// Where a record has what.
pub(super) mod field {
    /// Its number, from 1: written last.
    pub(in crate::hooks) const NUMBER: i32 = 0;
    pub(in crate::hooks) const TIME: i32 = 8;
    pub(in crate::hooks) const GOROUTINE: i32 = 16;
    pub(in crate::hooks) const THREAD: i32 = 24;
    pub(in crate::hooks) const HOOK: i32 = 28;
    pub(in crate::hooks) const EXTERNAL: i32 = 32;
    pub(in crate::hooks) const INTERNAL: i32 = 36;
    pub(in crate::hooks) const CREATED: i32 = 40;
    pub(in crate::hooks) const START: i32 = 48;
    pub(in crate::hooks) const PARENT: i32 = 56;
    pub(in crate::hooks) const DEPTH: i32 = 64;
    pub(in crate::hooks) const CALLERS: i32 = 72;
}

pub(super) const RECORD: u64 = 128;
/// The binary logarithm of that.
pub(super) const RECORD_SHIFT: u32 = 7;
/// Callers that fit into a record.
pub(super) const CALLERS: i32 = 7;
/// Marks of threads.
pub(super) const THREADS: u32 = 4096;
/// Counts of goroutines.
pub(super) const GOROUTINES: u32 = 4096;
/// A goroutine that was looked at so often is forced less often.
pub(super) const MANY: i32 = 256;
/// After so many steps of the scheduler threads are late a thousand times less often.
pub(super) const BEGINNING: i32 = 4096;
/// Lengths of sleeps; a power of two.
pub(super) const SLEEPS: usize = 16;
/// Threads between the look whether there is room and taking a place. The runtime ends a process with more threads.
const SPARE: u64 = 10_000;
/// Records of most processes.
const SMALL: u64 = 1 << 14;
/// Records where every step of the scheduler is written.
const LARGE: u64 = 1 << 15;

/// The ring of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ring {
    /// Where it is.
    pub(super) address: u64,
    /// How many records it has room for; a power of two.
    pub(super) records: u64,
    read: u64,
    lost: u64,
}

/// Something that a hook saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// By the processor's clock.
    pub(crate) time: u64,
    /// Its id as the process itself has it.
    pub(crate) thread: i32,
    pub(crate) hook: Hook,
    /// 0 if it is none's.
    pub(crate) goroutine: u64,
    pub(crate) created_pc: u64,
    pub(crate) start_pc: u64,
    pub(crate) parent: u64,
    pub(crate) pinned: Pinned,
    /// Return addresses, the innermost first.
    pub(crate) callers: Vec<u64>,
}

impl Ring {
    pub(super) fn new(address: u64, records: u64) -> Ring {
        Ring { address, records, read: 0, lost: 0 }
    }

    /// One that is there already.
    pub(super) fn known(place: &Range<u64>) -> Ring {
        let records = place.end.saturating_sub(place.start).saturating_sub(at::RECORDS as u64) / RECORD;
        Ring::new(place.start, records)
    }

    /// Where it lies.
    pub(super) fn place(self) -> Range<u64> {
        self.address..self.address + Ring::size(self.records)
    }

    /// How many records are enough.
    pub(super) fn capacity(every_step: bool) -> u64 {
        if every_step { LARGE } else { SMALL }
    }

    /// How many bytes so many records take, with the header.
    pub(super) fn size(records: u64) -> u64 {
        (at::RECORDS as u64 + records * RECORD).next_multiple_of(4096)
    }

    /// So many records may wait.
    pub(super) fn room(self) -> u64 {
        self.records.saturating_sub(SPARE).max(1)
    }

    /// The header as it is at the beginning.
    pub(super) fn header(enabled: u32, forcing: Option<Forcing>) -> Vec<u8> {
        let mut header = vec![0; at::MARKS as usize];
        let mut put = |at: i32, bytes: &[u8]| header[at as usize..][..bytes.len()].copy_from_slice(bytes);
        put(at::ENABLED, &enabled.to_le_bytes());
        let Some(forcing) = forcing else { return header };
        put(at::SEED, &forcing.seed.to_le_bytes());
        put(at::CHANCE, &forcing.chance.to_le_bytes());
        put(at::CHANCE_LATER, &(forcing.chance / 16).to_le_bytes());
        put(at::STARVE, &forcing.starve.to_le_bytes());
        put(at::LATE, &forcing.late.to_le_bytes());
        put(at::LATE_AGAIN, &forcing.late_again.to_le_bytes());
        for index in 0..SLEEPS {
            // From a sixteenth of the longest on: a few are short, so that the order changes as well.
            let nanoseconds = forcing.longest.as_nanos() as u64 * (index as u64 + 1) / SLEEPS as u64;
            let at = at::SLEEPS + 16 * index as i32;
            put(at, &(nanoseconds / 1_000_000_000).to_le_bytes());
            put(at + 8, &(nanoseconds % 1_000_000_000).to_le_bytes());
        }
        header
    }

    /// What was written since this was asked last, and how many events were lost meanwhile. At the `end` of a process what
    /// its threads were writing when they were killed is left out; else it is waited for, and so is all that follows.
    pub(super) fn drain(&mut self, memory: &AddressSpace, end: bool) -> Result<(Vec<Record>, u64), Fault> {
        let head = memory.word(self.address)?;
        let lost = memory.word(self.address + at::LOST as u64)?;
        let new = lost.wrapping_sub(self.lost);
        self.lost = lost;
        // A head that cannot be is no reason to read the whole memory.
        let last = head.min(self.read.saturating_add(self.records));
        let mut records = Vec::new();
        while self.read < last {
            let first = self.read & (self.records - 1);
            let count = (last - self.read).min(self.records - first);
            let address = self.address + at::RECORDS as u64 + first * RECORD;
            let length = (count * RECORD) as usize;
            // A record counts as written if its number was there before the rest of it was copied.
            let written = memory.bytes(address, length)?;
            let numbers = written.chunks_exact(RECORD as usize).zip(self.read + 1..);
            let whole = numbers.take_while(|(bytes, number)| word(bytes, 0) == Some(*number)).count();
            let bytes = memory.bytes(address, whole * RECORD as usize)?;
            records.extend(bytes.chunks_exact(RECORD as usize).filter_map(record));
            self.read += whole as u64;
            if (whole as u64) < count {
                if !end {
                    break;
                }
                self.read += 1;
            }
        }
        memory.write(self.address + at::TAIL as u64, &self.read.to_le_bytes())?;
        Ok((records, new))
    }

    /// Turns all hooks off; their jumps are still there.
    pub(super) fn silence(self, memory: &AddressSpace) -> Result<(), Fault> {
        memory.write(self.address + at::ENABLED as u64, &[0; 4])
    }
}

fn record(bytes: &[u8]) -> Option<Record> {
    let word = |at: i32| word(bytes, at as usize);
    let half = |at: i32| half(bytes, at as usize);
    let depth = word(field::DEPTH)?.min(CALLERS as u64) as i32;
    Some(Record {
        time: word(field::TIME)?,
        thread: half(field::THREAD)? as i32,
        hook: Hook::of(half(field::HOOK)?)?,
        goroutine: word(field::GOROUTINE)?,
        created_pc: word(field::CREATED)?,
        start_pc: word(field::START)?,
        parent: word(field::PARENT)?,
        pinned: Pinned { depth: half(field::EXTERNAL)?, internal: half(field::INTERNAL)? },
        callers: (0..depth).filter_map(|index| word(field::CALLERS + 8 * index)).collect(),
    })
}

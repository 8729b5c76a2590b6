//! The goroutines of a process.

use std::time::Duration;

use rustc_hash::FxHashMap;
use snag_threads::snapshot::{Counted, FrameId, Goroutine, ReasonId, Status};

use super::frames::Frames;
use super::now;
use crate::bytes::{half, word};
use crate::memory::Fault;
use crate::refusal::Refusal;
use crate::target::Target;

/// Goroutines that are not farther from each other are copied in one piece.
const GAP: u64 = 4 << 10;
/// The largest piece.
const PIECE: u64 = 1 << 20;
/// More goroutines than this do not fit into any machine.
const MOST: u64 = 1 << 28;
/// Whoever only counts watches programs that nobody chose, and must stay small whatever they say of themselves.
const MOST_COUNTED: u64 = 1 << 24;

/// Which goroutines are listed one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    All,
    /// Those that are on a thread or pinned to one; the rest is counted.
    OnThreads,
}

/// Goroutines that have not ended, in the order of their addresses.
#[derive(Default)]
pub(super) struct Goroutines {
    list: Vec<Goroutine>,
    addresses: Vec<u64>,
    counted: FxHashMap<(Status, Option<ReasonId>, Option<FrameId>), u64>,
    last_id: u64,
}

impl Goroutines {
    pub(super) fn last_id(&self) -> u64 {
        self.last_id
    }

    pub(super) fn at_address(&mut self, address: u64) -> Option<&mut Goroutine> {
        let at = self.addresses.binary_search(&address).ok()?;
        self.list.get_mut(at)
    }

    pub(super) fn each(&mut self) -> impl Iterator<Item = (u64, &mut Goroutine)> {
        self.addresses.iter().copied().zip(&mut self.list)
    }

    /// Sorted by id; and what was counted only.
    pub(super) fn finish(self) -> (Vec<Goroutine>, Vec<Counted>) {
        let mut list = self.list;
        let mut counted: Vec<Counted> = self
            .counted
            .into_iter()
            .map(|((status, reason, created), count)| Counted { status, reason, created, count })
            .collect();
        counted.sort_by_key(|it| (it.status, it.reason, it.created));
        // Ids mostly grow with addresses: the stable sort makes use of that.
        list.sort_by_key(|goroutine| goroutine.id);
        list.dedup_by_key(|goroutine| goroutine.id);
        (list, counted)
    }
}

pub(super) fn read(target: &Target, listed: Listed, frames: &mut Frames<'_>) -> Result<Goroutines, Refusal> {
    let mut addresses = addresses(target, if listed == Listed::All { MOST } else { MOST_COUNTED })?;
    addresses.sort();
    addresses.dedup();
    let found = Goroutines::default();
    let mut reader = Reader { target, listed, frames, now: now(), window: target.layouts.g.window, found };
    if listed == Listed::All {
        reader.found.list.reserve(addresses.len());
        reader.found.addresses.reserve(addresses.len());
    }
    let mut buffer = Vec::new();
    let mut from = 0;
    while from < addresses.len() {
        let start = addresses[from];
        let mut to = from;
        while let Some(&next) = addresses.get(to + 1)
            && next - addresses[to] <= GAP
            && next - start <= PIECE
        {
            to += 1;
        }
        buffer.resize((addresses[to] - start) as usize + reader.window, 0);
        reader.piece(&addresses[from..=to], &mut buffer)?;
        from = to + 1;
    }
    Ok(reader.found)
}

/// Where the goroutines are. The length is read first: the array only grows.
fn addresses(target: &Target, most: u64) -> Result<Vec<u64>, Refusal> {
    let memory = target.memory;
    let (array, length) = match (target.globals.allg_atomic, target.globals.allgs) {
        (Some((length, array)), _) => {
            let length = memory.word(length)?;
            (memory.word(array)?, length)
        }
        (None, Some(allgs)) => steady_slice(target, allgs)?,
        (None, None) => {
            return Err(Refusal::new("the runtime's list of goroutines was not found with certainty"));
        }
    };
    if length > most {
        return Err(Refusal::new("the runtime's list of goroutines is too long to be one"));
    }
    Ok(memory.words(array, length)?.into_iter().filter(|&address| address != 0).collect())
}

/// A slice whose pointer and length belong together: the runtime writes one after the other.
fn steady_slice(target: &Target, address: u64) -> Result<(u64, u64), Refusal> {
    const TRIES: usize = 8;
    let mut slice = target.memory.slice(address)?;
    for _ in 0..TRIES {
        let again = target.memory.slice(address)?;
        if again == slice {
            break;
        }
        slice = again;
    }
    Ok(slice)
}

struct Reader<'r, 't> {
    target: &'r Target,
    listed: Listed,
    frames: &'r mut Frames<'t>,
    now: Duration,
    window: usize,
    found: Goroutines,
}

impl Reader<'_, '_> {
    fn piece(&mut self, addresses: &[u64], buffer: &mut [u8]) -> Result<(), Refusal> {
        let Some(&start) = addresses.first() else { return Ok(()) };
        match self.target.memory.read(start, buffer) {
            Ok(()) => {
                for &address in addresses {
                    let at = (address - start) as usize;
                    self.goroutine(address, &buffer[at..at + self.window]);
                }
                Ok(())
            }
            Err(_) if addresses.len() > 1 => {
                // Something between them is not mapped: one by one.
                for &address in addresses {
                    self.piece(&[address], &mut buffer[..self.window])?;
                }
                Ok(())
            }
            // The list grew while it was copied: this is not a goroutine.
            Err(Fault::Unmapped) => Ok(()),
            Err(fault) => Err(fault.into()),
        }
    }

    fn goroutine(&mut self, address: u64, bytes: &[u8]) -> Option<()> {
        let layout = &self.target.layouts.g;
        let status = status(half(bytes, layout.status)?)?;
        let at = |offset: usize| word(bytes, offset);
        let id = at(layout.id).filter(|&id| id != 0)?;
        self.found.last_id = self.found.last_id.max(id);
        let waits = status == Status::Waiting || status == Status::Leaked;
        let reason = waits.then(|| bytes.get(layout.reason).copied().map(ReasonId)).flatten();
        let created = at(layout.created_pc).filter(|&pc| pc != 0).and_then(|pc| self.frames.call(pc));
        let on_thread = matches!(status, Status::Running | Status::Syscall) || at(layout.locked_m)? != 0;
        if self.listed == Listed::OnThreads && !on_thread {
            *self.found.counted.entry((status, reason, created)).or_default() += 1;
            return Some(());
        }
        let since = Duration::from_nanos(at(layout.since)?);
        let goroutine = Goroutine {
            id,
            status,
            reason,
            waiting: (waits && !since.is_zero()).then(|| self.now.checked_sub(since)).flatten(),
            parent: layout.parent.and_then(at).filter(|&parent| parent != 0),
            created,
            start: at(layout.start_pc).and_then(|pc| self.frames.entry(pc)),
            machine: None,
            pinned_to: None,
            stack: None,
        };
        self.found.list.push(goroutine);
        self.found.addresses.push(address);
        Some(())
    }
}

/// The numbers of `runtime2.go`; none for goroutines that ended or are not there yet.
pub(super) fn status(number: u32) -> Option<Status> {
    const SCAN: u32 = 0x1000;
    Some(match number & !SCAN {
        0 | 5 | 6 | 11 => return None,
        1 => Status::Runnable,
        2 => Status::Running,
        3 => Status::Syscall,
        4 => Status::Waiting,
        8 => Status::CopyingStack,
        9 => Status::Preempted,
        10 => Status::Leaked,
        _ => Status::Unknown,
    })
}

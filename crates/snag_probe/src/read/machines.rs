//! The Ms and Ps of a process.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use snag_threads::snapshot::{Machine, Pin, Processor, ProcessorStatus};

use crate::bytes::{half, word};
use crate::memory::Fault;
use crate::refusal::Refusal;
use crate::target::Target;

/// The runtime ends a process long before it has so many.
const MOST: usize = 200_000;
/// How often an M is read again that changes under our eyes.
const TRIES: usize = 4;
/// Functions of Ms that never run goroutines.
const ROLES: [&str; 2] = ["runtime.sysmon", "runtime.templateThread"];

/// An M as the runtime has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RawMachine {
    address: u64,
    pub(super) id: i64,
    thread: u64,
    start: u64,
    pub(super) current: u64,
    p: u64,
    pub(super) locked_g: u64,
    external: u32,
    internal: u32,
    in_cgo: bool,
    spinning: bool,
    blocked: bool,
    extra: bool,
    next: u64,
    settled: bool,
    goroutine: Option<u64>,
    pinned: Option<u64>,
}

/// All Ms, the newest first.
pub(super) fn read(target: &Target) -> Result<Vec<RawMachine>, Refusal> {
    let Some(allm) = target.globals.allm else {
        return Err(Refusal::new("the runtime's list of threads was not found with certainty"));
    };
    let mut machines = Vec::new();
    let mut seen = FxHashSet::default();
    let mut address = target.memory.word(allm)?;
    while address != 0 && machines.len() < MOST && seen.insert(address) {
        let machine = settle(target, address)?;
        address = machine.next;
        machines.push(machine);
    }
    if address != 0 {
        return Err(Refusal::new("the runtime's list of threads has no end"));
    }
    Ok(machines)
}

/// An M whose goroutines say the same as it does; if it never comes to rest, the last that was read.
fn settle(target: &Target, address: u64) -> Result<RawMachine, Refusal> {
    let mut machine = one(target, address)?;
    for _ in 0..TRIES {
        let current = side(target, machine.current);
        let pinned =
            if machine.locked_g == machine.current { current } else { side(target, machine.locked_g) };
        let again = one(target, address)?;
        let agrees = |side: Option<Side>, m: fn(&Side) -> u64| side.is_none_or(|side| m(&side) == address);
        let quiet = again.same_bonds(&machine);
        machine = again;
        machine.goroutine = current.and_then(|side| side.alive.then_some(side.id));
        machine.pinned = pinned.and_then(|side| side.alive.then_some(side.id));
        if quiet && agrees(current, |side| side.m) && agrees(pinned, |side| side.locked_m) {
            machine.settled = true;
            break;
        }
    }
    Ok(machine)
}

/// What a goroutine says about its M.
#[derive(Clone, Copy)]
struct Side {
    id: u64,
    alive: bool,
    m: u64,
    locked_m: u64,
}

fn side(target: &Target, address: u64) -> Option<Side> {
    if address == 0 {
        return None;
    }
    let layout = &target.layouts.g;
    let bytes = target.memory.bytes(address, layout.window).ok()?;
    Some(Side {
        id: word(&bytes, layout.id)?,
        alive: super::goroutines::status(half(&bytes, layout.status)?).is_some(),
        m: word(&bytes, layout.m)?,
        locked_m: word(&bytes, layout.locked_m)?,
    })
}

fn one(target: &Target, address: u64) -> Result<RawMachine, Refusal> {
    let layout = &target.layouts.m;
    let bytes = target.memory.bytes(address, layout.window)?;
    let read = || {
        let flag = |at: usize| bytes.get(at).map(|&byte| byte != 0);
        Some(RawMachine {
            address,
            id: word(&bytes, layout.id)? as i64,
            thread: word(&bytes, layout.thread)?,
            start: word(&bytes, layout.start)?,
            current: word(&bytes, layout.current)?,
            p: word(&bytes, layout.p)?,
            locked_g: word(&bytes, layout.locked_g)?,
            external: half(&bytes, layout.locked_external)?,
            internal: half(&bytes, layout.locked_internal)?,
            in_cgo: flag(layout.in_cgo)?,
            spinning: flag(layout.spinning)?,
            blocked: flag(layout.blocked)?,
            extra: layout.extra.and_then(flag).unwrap_or(false),
            next: word(&bytes, layout.next)?,
            ..RawMachine::default()
        })
    };
    read().ok_or_else(|| Fault::Unmapped.into())
}

impl RawMachine {
    fn same_bonds(&self, other: &RawMachine) -> bool {
        let bonds = |it: &RawMachine| (it.current, it.locked_g, it.external, it.internal);
        bonds(self) == bonds(other)
    }

    /// Whether a goroutine ended pinned to the main thread, which cannot end: the pin is still counted, and nobody has it.
    pub(super) fn is_wedged(&self) -> bool {
        self.id == 0 && self.external > 0 && self.locked_g == 0 && self.current == 0 && self.p == 0
    }

    /// Whether it has the same goroutine and the same pin as when it was read.
    pub(super) fn is_unchanged(&self, target: &Target) -> bool {
        one(target, self.address).is_ok_and(|now| now.same_bonds(self))
    }

    /// Whether nobody is pinned to it now, and it runs no C, which may change its thread and put it back.
    pub(super) fn is_free_now(&self, target: &Target) -> bool {
        one(target, self.address)
            .is_ok_and(|now| now.id == self.id && now.external + now.internal == 0 && !now.in_cgo)
    }

    pub(super) fn is_pinned(&self) -> bool {
        self.locked_g != 0 && self.external + self.internal > 0
    }

    pub(super) fn machine(&self, target: &Target, tids: &FxHashMap<u64, i32>) -> Machine {
        let pin = self.pinned.filter(|_| self.is_pinned());
        // Before Go 1.21 an M does not say that C made its thread, but only such an M is pinned by the runtime for
        // as long as it lives, also while it has no goroutine.
        let foreign =
            self.extra || self.internal > 0 && self.external == 0 && self.start == 0 && self.id != 0;
        Machine {
            id: self.id,
            tid: tids.get(&self.thread).copied().filter(|_| self.thread != 0),
            goroutine: self.goroutine.filter(|_| self.current != 0),
            processor: processor(target, self.p),
            pin: pin.map(|goroutine| Pin { goroutine, depth: self.external, internal: self.internal }),
            in_cgo: self.in_cgo,
            spinning: self.spinning,
            parked: self.blocked,
            foreign,
            wedged: self.is_wedged(),
            role: role(target, self.start),
            settled: self.settled,
        }
    }
}

fn processor(target: &Target, p: u64) -> Option<i32> {
    if p == 0 {
        return None;
    }
    target.memory.half(p.wrapping_add(target.layouts.p.id as u64)).ok().map(|id| id as i32)
}

/// What an M was started for, if not for goroutines.
fn role(target: &Target, start: u64) -> Option<Arc<str>> {
    if start == 0 {
        return None;
    }
    let function = target.table.at(target.memory.word(start).ok()?)?;
    let name = target.table.name(function);
    ROLES.contains(&name).then(|| name.into())
}

/// All Ps.
pub(super) fn processors(target: &Target, machines: &[RawMachine]) -> Result<Vec<Processor>, Refusal> {
    let Some(allp) = target.globals.allp else {
        return Err(Refusal::new("the runtime's list of processors was not found with certainty"));
    };
    let (array, length) = target.memory.slice(allp)?;
    if length > 1 << 16 {
        return Err(Refusal::new("the runtime's list of processors does not look like one"));
    }
    let ids: FxHashMap<u64, i64> = machines.iter().map(|machine| (machine.address, machine.id)).collect();
    let layout = &target.layouts.p;
    let mut processors = Vec::new();
    for address in target.memory.words(array, length)? {
        let bytes = target.memory.bytes(address, layout.window)?;
        let read = || {
            let queue = half(&bytes, layout.queue_tail)?.wrapping_sub(half(&bytes, layout.queue_head)?);
            let next = word(&bytes, layout.next)? != 0;
            Some(Processor {
                id: half(&bytes, layout.id)? as i32,
                status: match half(&bytes, layout.status)? {
                    0 => ProcessorStatus::Idle,
                    1 => ProcessorStatus::Running,
                    2 => ProcessorStatus::Syscall,
                    3 => ProcessorStatus::Stopped,
                    4 => ProcessorStatus::Dead,
                    _ => ProcessorStatus::Unknown,
                },
                machine: ids.get(&word(&bytes, layout.m)?).copied(),
                // Head and tail are not read at one moment.
                queue: queue.min(256) + u32::from(next),
            })
        };
        processors.extend(read());
    }
    Ok(processors)
}

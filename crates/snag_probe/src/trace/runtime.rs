//! What Go's runtime says of a thread that stands still: its M, the goroutine on it, its pin and its stack.

use rustc_hash::FxHashMap;
use snag_threads::history::{Birth, Class, HeldBy, Pinned};
use snag_threads::{Is, property_in_stack};

use super::pins::Pins;
use crate::bytes::{half, word};
use crate::read::Unwind;
use crate::target::Target;

/// No stack is told deeper.
const DEEPEST: usize = 64;
/// What of a stack that is no goroutine's is looked at.
const BORROWED: u64 = 16 << 10;
/// No program has more threads.
const THREADS: usize = 200_000;

/// A process of Go.
#[derive(Debug)]
pub(crate) struct Runtime {
    pub(crate) target: Target,
    /// Where the M of a thread was found: by the id that the process itself has for the thread.
    machines: FxHashMap<i32, u64>,
    pins: Pins,
}

/// The M of a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Machine {
    pub(super) current: u64,
    pub(super) pinned: Pinned,
    pub(super) locked_g: u64,
    pub(super) in_cgo: bool,
    processor: u64,
    /// How many calls into C it has made.
    pub(super) calls_into_c: u64,
    thread: u64,
    next: u64,
}

impl Machine {
    /// The id that the process itself has for its thread.
    pub(super) fn inner(&self) -> i32 {
        self.thread as i32
    }

    /// Whether the goroutine that was pinned to it has ended: only the main thread outlives that.
    pub(super) fn is_wedged(&self) -> bool {
        self.pinned.depth > 0 && self.locked_g == 0 && self.current == 0
    }

    /// Whether nobody but one goroutine may run on the thread, or nobody any more.
    pub(super) fn is_reserved(&self) -> bool {
        self.pinned.holds() || self.locked_g != 0
    }
}

/// A goroutine as the runtime has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawGoroutine {
    pub(super) id: u64,
    pub(super) parent: Option<u64>,
    pub(super) created_pc: u64,
    pub(super) start_pc: u64,
    low: u64,
    high: u64,
    syscall_pc: u64,
    syscall_sp: u64,
}

/// Who makes a system call, and from where.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) class: Class,
    pub(super) goroutine: Option<RawGoroutine>,
    pub(super) pinned: Pinned,
    pub(super) in_c: bool,
    pub(super) calls_into_c: u64,
    /// An address in each function of the stack, the innermost first.
    pub(super) stack: Vec<u64>,
}

impl RawGoroutine {
    /// As a hook saw it.
    pub(super) fn seen(id: u64, parent: u64, created_pc: u64, start_pc: u64) -> RawGoroutine {
        let parent = Some(parent).filter(|&parent| parent != 0);
        RawGoroutine { id, parent, created_pc, start_pc, low: 0, high: 0, syscall_pc: 0, syscall_sp: 0 }
    }
}

impl Runtime {
    pub(crate) fn new(target: Target) -> Runtime {
        Runtime { target, machines: FxHashMap::default(), pins: Pins::default() }
    }

    /// Whether an address is in code of Go.
    pub(super) fn has(&self, pc: u64) -> bool {
        self.target.table.at(pc).is_some()
    }

    /// The name of the function around an address, which others may be inlined into.
    pub(super) fn outer(&self, pc: u64) -> &str {
        self.target.table.at(pc).map_or("", |function| self.target.table.name(function))
    }

    /// Whether the tables say this of the function around an address.
    fn is(&self, pc: u64, what: Is) -> bool {
        property_in_stack(self.outer(pc)).is_some_and(|row| row.is == what)
    }

    /// Whether an address is in the runtime itself.
    fn is_own(&self, pc: u64) -> bool {
        self.outer(pc).starts_with("runtime.")
    }

    /// The M of a thread, by the id that the process itself has for it.
    pub(super) fn machine(&mut self, inner: i32) -> Option<Machine> {
        if let Some(&address) = self.machines.get(&inner)
            && let Some(machine) = self.read(address)
            && machine.thread == inner as u64
        {
            return Some(machine);
        }
        let mut address = self.target.memory.word(self.target.globals.allm?).ok()?;
        for _ in 0..THREADS {
            let machine = self.read(address)?;
            if machine.thread == inner as u64 {
                self.machines.insert(inner, address);
                return Some(machine);
            }
            address = machine.next;
        }
        None
    }

    /// Goroutines that have a thread each to themselves, on so many threads at most: what for, and where they are in a call.
    pub(super) fn held(&self, most: usize) -> Vec<(HeldBy, RawGoroutine, Vec<u64>)> {
        self.machines().take(most).filter_map(|machine| self.holder(&machine)).collect()
    }

    fn holder(&self, machine: &Machine) -> Option<(HeldBy, RawGoroutine, Vec<u64>)> {
        if machine.pinned.depth > 0 && machine.locked_g != 0 {
            return Some((HeldBy::Pin, self.goroutine(machine.locked_g)?, Vec::new()));
        }
        let goroutine = self.goroutine(machine.current).filter(|it| it.syscall_sp != 0)?;
        let RawGoroutine { syscall_pc: pc, syscall_sp: sp, high, .. } = goroutine;
        Some((HeldBy::Call, goroutine, self.unwind(Unwind { pc, sp, high })))
    }

    /// All Ms. One that changes meanwhile may be missing.
    pub(super) fn machines(&self) -> impl Iterator<Item = Machine> {
        let allm = self.target.globals.allm.and_then(|allm| self.target.memory.word(allm).ok());
        let first = allm.and_then(|address| self.read(address));
        std::iter::successors(first, |machine| self.read(machine.next)).take(THREADS)
    }

    /// If the thread stands in the call that begins its end: the goroutine that ended pinned to it, as far as that is known.
    pub(super) fn end(&mut self, inner: i32, pc: u64, sp: u64) -> Option<Option<RawGoroutine>> {
        let stack = self.anywhere(pc, sp);
        let ends = stack.iter().any(|&pc| self.is(pc, Is::ThreadEnd));
        ends.then(|| self.ended_last(inner))
    }

    /// The goroutine that ended last on the P of a thread, which has not given it away yet.
    fn ended_last(&mut self, inner: i32) -> Option<RawGoroutine> {
        // What remains when a P has just given half of its list away, and the last one with it.
        const HALF: u32 = 31;
        let machine = self.machine(inner)?;
        let free = machine.processor.checked_add(self.target.layouts.p.free as u64)?;
        let bytes = self.target.memory.bytes(free, 12).ok()?;
        let goroutine = self.goroutine(word(&bytes, 0)?)?;
        (half(&bytes, 8)? != HALF).then_some(goroutine)
    }

    /// The call that pinned a goroutine, if what it began with leads to one such call only.
    pub(super) fn pin_of(&mut self, goroutine: &RawGoroutine) -> Option<u64> {
        self.pins.of(&self.target, goroutine.start_pc)
    }

    fn read(&self, address: u64) -> Option<Machine> {
        if address == 0 {
            return None;
        }
        let layout = &self.target.layouts.m;
        let bytes = self.target.memory.bytes(address, layout.window).ok()?;
        Some(Machine {
            current: word(&bytes, layout.current)?,
            pinned: Pinned {
                depth: half(&bytes, layout.locked_external)?,
                internal: half(&bytes, layout.locked_internal)?,
            },
            locked_g: word(&bytes, layout.locked_g)?,
            in_cgo: *bytes.get(layout.in_cgo)? != 0,
            processor: word(&bytes, layout.p)?,
            calls_into_c: layout.calls_into_c.and_then(|at| word(&bytes, at)).unwrap_or(0),
            thread: word(&bytes, layout.thread)?,
            next: word(&bytes, layout.next)?,
        })
    }

    /// The goroutine at an address.
    pub(super) fn goroutine(&self, address: u64) -> Option<RawGoroutine> {
        if address == 0 {
            return None;
        }
        let layout = &self.target.layouts.g;
        let bytes = self.target.memory.bytes(address, layout.window).ok()?;
        let at = |offset| word(&bytes, offset);
        Some(RawGoroutine {
            id: at(layout.id).filter(|&id| id != 0)?,
            parent: layout.parent.and_then(at).filter(|&parent| parent != 0),
            created_pc: at(layout.created_pc)?,
            start_pc: at(layout.start_pc)?,
            low: at(layout.stack_low)?,
            high: at(layout.stack_high)?,
            syscall_pc: at(layout.syscall_pc)?,
            syscall_sp: at(layout.syscall_sp)?,
        })
    }

    /// Who makes the system call in which a thread stands.
    pub(super) fn caller(&mut self, inner: i32, pc: u64, sp: u64) -> Caller {
        let mut caller = Caller {
            class: Class::Runtime,
            goroutine: None,
            pinned: Pinned::default(),
            in_c: !self.has(pc),
            calls_into_c: 0,
            stack: Vec::new(),
        };
        // What the runtime needs for itself it asks for itself: the user's calls go through package syscall.
        if self.is_own(pc.wrapping_sub(1)) {
            return caller;
        }
        let Some(machine) = self.machine(inner) else {
            // A thread of Go gets its M's id before it runs a goroutine.
            caller.class = if caller.in_c { Class::Foreign } else { Class::Runtime };
            return caller;
        };
        let goroutine = self.goroutine(machine.current);
        caller.pinned = machine.pinned;
        caller.calls_into_c = machine.calls_into_c;
        if caller.in_c && !machine.in_cgo {
            return caller;
        }
        let from = match goroutine {
            Some(goroutine) if caller.in_c => {
                Unwind { pc: goroutine.syscall_pc, sp: goroutine.syscall_sp, high: goroutine.high }
            }
            Some(goroutine) if (goroutine.low..goroutine.high).contains(&sp) => {
                Unwind { pc, sp, high: goroutine.high }
            }
            _ => Unwind { pc, sp, high: sp.saturating_add(BORROWED) },
        };
        caller.stack = self.unwind(from);
        caller.class = self.class(&caller.stack, goroutine.is_some());
        caller.goroutine = goroutine;
        caller
    }

    /// An address in each function of a stack.
    pub(super) fn unwind(&self, from: Unwind) -> Vec<u64> {
        let mut stack = Vec::new();
        from.each(&self.target, |pc| {
            if !self.has(pc) {
                return false;
            }
            stack.push(pc);
            // Beyond it the stack is another one.
            stack.len() < DEEPEST && !self.outer(pc).starts_with("runtime.systemstack")
        });
        stack
    }

    /// The stack of a thread that may be anywhere in Go.
    pub(super) fn anywhere(&self, pc: u64, sp: u64) -> Vec<u64> {
        if !self.has(pc) {
            return Vec::new();
        }
        self.unwind(Unwind { pc, sp, high: sp.saturating_add(BORROWED) })
    }

    fn class(&self, stack: &[u64], has_goroutine: bool) -> Class {
        for &pc in stack {
            match property_in_stack(self.outer(pc)).map(|row| row.is) {
                Some(Is::AllThreads) => return Class::AllThreads,
                Some(Is::ForkAndExec) => return Class::ForkExec,
                _ => {}
            }
        }
        let asks = stack.iter().find(|&&pc| !self.is(pc, Is::KernelEntry));
        if has_goroutine && asks.is_some_and(|&pc| !self.is_own(pc)) { Class::User } else { Class::Runtime }
    }

    /// Why a thread was made, from the stack of the one that made it.
    pub(super) fn birth(&self, stack: &[u64]) -> Birth {
        let reason = |&pc: &u64| match property_in_stack(self.outer(pc))?.is {
            Is::ThreadTemplate => Some(Birth::FromTemplate),
            Is::ThreadTemplateStart => Some(Birth::Template),
            Is::RuntimeStart => Some(Birth::Runtime),
            _ => None,
        };
        stack.iter().find_map(reason).unwrap_or(Birth::Scheduler)
    }
}

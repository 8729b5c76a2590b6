//! Where threads that stand still will go on: not only where they stand, but also where they were when a signal interrupted them.

use std::ops::Range;

use super::Obstacle;
use super::machine::stands_at;
use crate::bytes::word;
use crate::find::inner_id;
use crate::target::Target;

/// No program has more threads.
const THREADS: usize = 200_000;
/// No stack of the runtime for signals is longer.
const STACK: u64 = 256 << 10;

/// Threads that stand still, and where they may go on.
pub(super) struct Standing {
    addresses: Vec<u64>,
    machines: Vec<Machine>,
    /// The stack pointers.
    stacks: Vec<(i32, u64)>,
}

/// What the runtime knows of one of its threads.
struct Machine {
    id: u64,
    /// The thread, by the id that the process itself has for it.
    thread: i32,
    /// On which it handles signals.
    stack: Range<u64>,
    /// It is lent to threads that C has made.
    extra: bool,
}

impl Standing {
    /// Looks at threads, all of which stand still.
    pub(super) fn of(target: &Target, tids: &[i32]) -> Result<Standing, Obstacle> {
        let machines = machines(target)?;
        let (mut addresses, mut stacks) = (Vec::new(), Vec::new());
        for &tid in tids {
            // One that has ended meanwhile goes nowhere.
            let Some((place, stack)) = stands_at(tid) else { continue };
            addresses.push(place);
            stacks.push((tid, stack));
            if let Some(inside) = machines.iter().find(|machine| machine.stack.contains(&stack)) {
                // What the kernel saved is among the words there. What only looks like it makes us wait for nothing.
                let bytes = target.memory.bytes(stack, (inside.stack.end - stack) as usize)?;
                addresses.extend((0..bytes.len()).step_by(8).filter_map(|at| word(&bytes, at)));
            }
        }
        Ok(Standing { addresses, machines, stacks })
    }

    /// Whether one of them goes on in this piece of code.
    pub(super) fn any_in(&self, code: &Range<u64>) -> bool {
        self.addresses.iter().any(|address| code.contains(address))
    }

    /// One of these threads that handles no signal, and its stack for signals, which nobody else uses: a thread that the runtime
    /// has made for itself.
    pub(super) fn idle_for_signals(&self, pid: i32, tids: &[i32]) -> Option<(i32, Range<u64>)> {
        let same = inner_id(pid) == pid;
        let id = |tid| if same { tid } else { inner_id(tid) };
        let is_one = |thread| self.machines.iter().filter(|machine| machine.thread == thread).count() == 1;
        let own = self.machines.iter().filter(|it| !it.extra && !it.stack.is_empty() && is_one(it.thread));
        // The oldest ones are there for as long as the process is.
        let mut own: Vec<&Machine> = own.collect();
        own.sort_unstable_by_key(|machine| machine.id);
        own.into_iter().find_map(|machine| {
            let (tid, stack) = self.stacks.iter().find(|(tid, _)| id(*tid) == machine.thread)?;
            let handles = self.machines.iter().any(|machine| machine.stack.contains(stack));
            (!handles && tids.contains(tid)).then(|| (*tid, machine.stack.clone()))
        })
    }
}

/// What the runtime knows of its threads.
fn machines(target: &Target) -> Result<Vec<Machine>, Obstacle> {
    let (m, g) = (&target.layouts.m, &target.layouts.g);
    let memory = target.memory;
    let mut at = memory.word(target.globals.allm.ok_or(Obstacle::NoThreads)?)?;
    let mut machines = Vec::new();
    for _ in 0..THREADS {
        if at == 0 {
            return Ok(machines);
        }
        let handler = memory.word(at + m.signal_g as u64)?;
        let mut stack = 0..0;
        if handler != 0 {
            let low = memory.word(handler + g.stack_low as u64)?;
            let high = memory.word(handler + g.stack_high as u64)?;
            if low < high && high - low <= STACK {
                stack = low..high;
            }
        }
        let extra = match m.extra {
            Some(extra) => memory.bytes(at + extra as u64, 1)? != [0],
            None => false,
        };
        let id = memory.word(at + m.id as u64)?;
        machines.push(Machine { id, thread: memory.word(at + m.thread as u64)? as i32, stack, extra });
        at = memory.word(at + m.next as u64)?;
    }
    Err(Obstacle::NoThreads)
}

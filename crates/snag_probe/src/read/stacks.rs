//! The stacks of goroutines, unwound by the runtime's own table.

use snag_threads::snapshot::{FrameId, Goroutine, Status};

use super::frames::Frames;
use super::goroutines::{self, Goroutines};
use crate::bytes::{half, word};
use crate::pause::Pause;
use crate::target::{Stacks, Target};

/// What is copied of a stack at first; few are larger.
const PIECE: usize = 4 << 10;
/// What is copied of a stack at most.
const LARGEST: usize = 1 << 20;
/// The runtime itself shows 100 frames.
const DEEPEST: usize = 200;
/// Functions at the outer end of a stack.
const OUTERMOST: [&str; 4] = ["runtime.goexit", "runtime.mstart", "runtime.rt0_go", "runtime.mcall"];
/// How often a stack is read again that changed meanwhile.
const TRIES: usize = 3;

/// Reads stacks; how many changed all the time.
pub(super) fn read(
    target: &Target,
    whose: Stacks<'_>,
    goroutines: &mut Goroutines,
    frames: &mut Frames<'_>,
    pause: Option<&Pause>,
) -> usize {
    let _ = pause;
    let mut unread = 0;
    for (address, goroutine) in goroutines.each() {
        let wanted = match whose {
            Stacks::None => false,
            Stacks::Threads => holds_a_thread(goroutine),
            Stacks::And(ids) => holds_a_thread(goroutine) || ids.binary_search(&goroutine.id).is_ok(),
            Stacks::All => true,
        };
        if !wanted || goroutine.status == Status::Running {
            continue;
        }
        let outcome = (0..TRIES).find_map(|_| match one(target, address, goroutine.id, frames) {
            Attempt::Moved => None,
            outcome => Some(outcome),
        });
        match outcome {
            Some(Attempt::Read(stack)) => goroutine.stack = Some(frames.stack(stack)),
            Some(_) => {}
            None => unread += 1,
        }
    }
    unread
}

fn holds_a_thread(goroutine: &Goroutine) -> bool {
    goroutine.pinned_to.is_some() || goroutine.status == Status::Syscall
}

enum Attempt {
    Read(Vec<FrameId>),
    /// The goroutine did something meanwhile.
    Moved,
    /// It runs or has ended: there is nothing to read.
    Busy,
}

/// Where a goroutine stands.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stand {
    id: u64,
    status: Status,
    pc: u64,
    sp: u64,
    high: u64,
}

fn stand(target: &Target, address: u64) -> Option<Stand> {
    let layout = &target.layouts.g;
    let bytes = target.memory.bytes(address, layout.window).ok()?;
    let status = goroutines::status(half(&bytes, layout.status)?)?;
    let (pc, sp) = if status == Status::Syscall {
        (layout.syscall_pc, layout.syscall_sp)
    } else {
        (layout.pc, layout.sp)
    };
    Some(Stand {
        id: word(&bytes, layout.id)?,
        status,
        pc: word(&bytes, pc)?,
        sp: word(&bytes, sp)?,
        high: word(&bytes, layout.stack_high)?,
    })
}

fn one(target: &Target, address: u64, id: u64, frames: &mut Frames<'_>) -> Attempt {
    let Some(before) = stand(target, address).filter(|stand| stand.id == id) else { return Attempt::Busy };
    if matches!(before.status, Status::Running | Status::CopyingStack | Status::Unknown) {
        return Attempt::Busy;
    }
    let stack = unwind(target, before, frames);
    if stand(target, address) == Some(before) { Attempt::Read(stack) } else { Attempt::Moved }
}

fn unwind(target: &Target, stand: Stand, frames: &mut Frames<'_>) -> Vec<FrameId> {
    let mut found = Vec::new();
    let from = Unwind { pc: stand.pc, sp: stand.sp, high: stand.high };
    from.each(target, |pc| {
        found.extend_from_slice(frames.at(pc));
        found.len() < DEEPEST
    });
    found
}

/// Where a stack is unwound from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unwind {
    pub(crate) pc: u64,
    pub(crate) sp: u64,
    /// Where the stack ends.
    pub(crate) high: u64,
}

impl Unwind {
    /// Tells an address in each function, the innermost first, for as long as it is wanted.
    pub(crate) fn each(self, target: &Target, mut wanted: impl FnMut(u64) -> bool) {
        // One word below: the innermost return address may have been taken from the stack.
        let base = self.sp.saturating_sub(8);
        let Some(size) = self.high.checked_sub(base).filter(|&size| size > 8) else { return };
        let size = (size as usize).min(LARGEST);
        // Behind a stack there may be nothing.
        let Ok(mut stack) = target.memory.bytes_with_holes(base, size.min(PIECE)) else { return };
        let (mut pc, mut sp, mut first) = (self.pc, self.sp, true);
        loop {
            // A return address stands behind its call, which may be the last instruction of a function. Only a
            // goroutine that never ran stands at an entry.
            let starts = first && target.table.at(pc).is_some_and(|function| function.entry == pc);
            let look = if starts { pc } else { pc.wrapping_sub(1) };
            let more = wanted(look);
            let Some(function) = target.table.at(look).filter(|_| more) else { break };
            if OUTERMOST.contains(&target.table.name(function)) {
                break;
            }
            let depth = target.table.depth(function, look);
            let next = depth.and_then(|depth| sp.checked_add_signed(depth));
            let Some(next) = next.filter(|&next| first || next >= sp) else { break };
            let Some(at) = next.checked_sub(base).map(|at| at as usize) else { break };
            if at + 8 > stack.len() && stack.len() < size {
                let Ok(more) = target.memory.bytes_with_holes(base, size) else { break };
                stack = more;
            }
            let Some(address) = word(&stack, at).filter(|&address| address != 0) else { break };
            pc = address;
            sp = next + 8;
            first = false;
        }
    }
}

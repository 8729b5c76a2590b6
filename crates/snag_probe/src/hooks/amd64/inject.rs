//! System calls that a thread of the process makes for us. It stands still before and afterwards, and finds everything as it was.

use std::ops::Range;

use nix::errno::Errno;
use nix::libc::user_regs_struct;
use nix::sys::ptrace;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::rescue::{State, Way, extended};
use crate::hooks::Obstacle;
use crate::memory::AddressSpace;

/// Stops that are none of ours, one after the other, before a thread counts as unruly.
const PATIENCE: usize = 1000;
/// The length of the instruction.
const INSTRUCTION: u64 = 2;
/// `PTRACE_EVENT_STOP`.
const EVENT_STOP: i32 = 128;

/// A thread that does what we say, for as long as this lives.
pub(in crate::hooks) struct Puppet {
    tid: Pid,
    saved: State,
    way: Way,
    /// Where its stack has the way back, should Snag be killed.
    frame: Option<u64>,
    begun: bool,
}

impl Puppet {
    /// Takes a thread that was seized, and stands because it was told to or because it is new: a signal that it was about to get
    /// would be lost. `stack` is its own for signals, and it handles none; without, the thread would go astray if Snag were killed,
    /// so its process must end then.
    pub(in crate::hooks) fn take(
        tid: i32,
        way: Way,
        stack: Option<(&Range<u64>, &AddressSpace)>,
    ) -> Result<Puppet, Obstacle> {
        let tid = Pid::from_raw(tid);
        let registers = ptrace::getregs(tid).map_err(|_errno| Obstacle::Unruly)?;
        let extended = extended(tid.as_raw()).map_err(|_errno| Obstacle::Unruly)?;
        let saved = State { registers, blocked: blocked(tid)?, extended };
        let frame = match stack {
            Some((stack, memory)) => {
                Some(saved.frame(stack, way.sigreturn, memory)?.ok_or(Obstacle::Unruly)?)
            }
            None => None,
        };
        Ok(Puppet { tid, saved, way, frame, begun: false })
    }

    /// Makes a system call; what the kernel answers.
    pub(in crate::hooks) fn call(&mut self, number: libc::c_long, arguments: [u64; 6]) -> Result<u64, Errno> {
        let [rdi, rsi, rdx, r10, r8, r9] = arguments;
        let registers = user_regs_struct {
            rip: self.way.system_call,
            rsp: self.frame.unwrap_or(self.saved.registers.rsp),
            rax: number as u64,
            // The thread may stand in a call that it has to make again: this is not it.
            orig_rax: u64::MAX,
            rdi,
            rsi,
            rdx,
            r10,
            r8,
            r9,
            ..self.saved.registers
        };
        self.begun = true;
        ptrace::setregs(self.tid, registers)?;
        // Signals wait until the thread is its own again. Not before it has a way back: that ends their waiting as well.
        block(self.tid, u64::MAX)?;
        let mut entered = false;
        for _ in 0..PATIENCE {
            ptrace::syscall(self.tid, None)?;
            wait(self.tid)?;
            let info = ptrace::syscall_info(self.tid)?;
            // It must not run anything but this.
            let place = self.way.system_call + if entered { INSTRUCTION } else { 0 };
            let enters = info.op == libc::PTRACE_SYSCALL_INFO_ENTRY;
            if !enters && info.instruction_pointer != place {
                return Err(Errno::EPROTO);
            }
            match info.op {
                libc::PTRACE_SYSCALL_INFO_ENTRY => entered = true,
                libc::PTRACE_SYSCALL_INFO_EXIT if entered => {
                    let result = ptrace::getregs(self.tid)?.rax;
                    let error = (result as i64).wrapping_neg();
                    return if (1..4096).contains(&error) {
                        Err(Errno::from_raw(error as i32))
                    } else {
                        Ok(result)
                    };
                }
                _ => {}
            }
        }
        Err(Errno::EPROTO)
    }

    fn give_back(&self) -> Result<(), Errno> {
        // A call that was interrupted begins again only if the thread leaves a stop in which it could get a signal, not
        // one at the end of a call.
        ptrace::interrupt(self.tid)?;
        for _ in 0..PATIENCE {
            ptrace::cont(self.tid, None)?;
            if let WaitStatus::PtraceEvent(_, _, EVENT_STOP) = wait(self.tid)? {
                // In this order: as long as the registers are not its own, the thread itself puts back the signals.
                block(self.tid, self.saved.blocked)?;
                return ptrace::setregs(self.tid, self.saved.registers);
            }
        }
        Err(Errno::EPROTO)
    }
}

impl Drop for Puppet {
    fn drop(&mut self) {
        if self.begun {
            // It fails only if the thread was killed, and then nothing is left to give back.
            let _ = self.give_back();
        }
    }
}

fn wait(tid: Pid) -> Result<WaitStatus, Errno> {
    loop {
        match waitpid(tid, Some(WaitPidFlag::__WALL)) {
            Err(Errno::EINTR) => {}
            Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..)) => return Err(Errno::ESRCH),
            outcome => return outcome,
        }
    }
}

/// The signals that a thread blocks.
fn blocked(tid: Pid) -> Result<u64, Obstacle> {
    const GET_MASK: libc::c_uint = 0x420a;
    let mut mask = 0u64;
    // SAFETY: the kernel writes eight bytes, as it is told, to a place of eight bytes.
    #[expect(unsafe_code, reason = "no library wraps this request")]
    let answer = unsafe { libc::ptrace(GET_MASK, tid.as_raw(), size_of::<u64>(), &raw mut mask) };
    if answer == 0 { Ok(mask) } else { Err(Obstacle::Unruly) }
}

fn block(tid: Pid, mask: u64) -> Result<(), Errno> {
    const SET_MASK: libc::c_uint = 0x420b;
    // SAFETY: the kernel reads eight bytes, as it is told, from a place of eight bytes.
    #[expect(unsafe_code, reason = "no library wraps this request")]
    let answer = unsafe { libc::ptrace(SET_MASK, tid.as_raw(), size_of::<u64>(), &raw const mask) };
    Errno::result(answer).map(drop)
}

/// Writes bytes to where the process itself may not write: each word of eight bytes at once.
pub(in crate::hooks) fn poke(tid: i32, address: u64, bytes: &[u8]) -> Result<(), Errno> {
    let tid = Pid::from_raw(tid);
    let mut at = 0;
    while at < bytes.len() {
        let here = address + at as u64;
        let word = here & !7;
        let offset = (here - word) as usize;
        let count = (8 - offset).min(bytes.len() - at);
        let place = word as usize as *mut libc::c_void;
        let mut value = ptrace::read(tid, place)?.to_le_bytes();
        value[offset..offset + count].copy_from_slice(&bytes[at..at + count]);
        ptrace::write(tid, place, i64::from_le_bytes(value))?;
        at += count;
    }
    Ok(())
}

//! What hooks need to know of amd64: is a function safe to be hooked, what runs in place of its first instructions, and how a thread
//! that stands still makes a system call for us.

mod code;
mod inject;
mod prologue;
mod rescue;

pub(super) use code::Frame;
pub(super) use inject::{Puppet, poke};
pub(super) use prologue::{JUMP, Prologue, jump, system_call, target_of};
pub(super) use rescue::{Way, is_sigreturn};

use nix::sys::ptrace;
use nix::unistd::Pid;

/// Whether hooks can be placed at all.
pub(super) const IS_KNOWN: bool = true;

/// Where a thread that stands still will go on, and its stack pointer.
pub(super) fn stands_at(tid: i32) -> Option<(u64, u64)> {
    let registers = ptrace::getregs(Pid::from_raw(tid)).ok()?;
    Some((registers.rip, registers.rsp))
}

/// Time by the processor's clock, which is the same on all processors.
pub(super) fn now() -> u64 {
    // SAFETY: every processor that runs amd64 has this instruction, and it touches nothing.
    #[expect(unsafe_code, reason = "the compiler does not know that it is harmless")]
    unsafe {
        core::arch::x86_64::_rdtsc()
    }
}

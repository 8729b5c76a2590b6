//! What becomes of a thread that makes a system call for Snag if Snag is killed meanwhile.
//!
//! The kernel lets it go then, with registers that are not its own. So it gets a stack on which it finds what the kernel puts
//! there for the handler of a signal: everything it had. The call returns into the program's own way back from such handlers, and
//! the thread goes on where it stood, as after a signal. It is on its own stack for signals meanwhile, which is free as long as it
//! handles none: those that come are handled below, as signals that interrupt a handler are.

use std::ops::Range;

use iced_x86::{Code, Decoder, DecoderOptions, Mnemonic, Register};
use nix::errno::Errno;
use nix::libc::user_regs_struct;

use crate::bytes::word;
use crate::memory::{AddressSpace, Fault};

/// Ways into the kernel, in the program's own code.
#[derive(Clone, Copy, Debug)]
pub(in crate::hooks) struct Way {
    /// The instruction that makes a system call, in a function that returns afterwards.
    pub(in crate::hooks) system_call: u64,
    /// The function by which signal handlers go back.
    pub(in crate::hooks) sigreturn: u64,
}

/// `rt_sigreturn`.
const SIGRETURN: u64 = 15;
/// The alignment of the floating-point state.
const LINE: u64 = 64;
/// Room that a handler needs below.
const ROOM: u64 = 12 << 10;
/// Where the state of the tiles begins, which programs have to ask for: the kernel does not take it back otherwise.
const TILES: usize = 2752;
const TILE_FEATURES: u64 = 0b11 << 17;
/// Where the features that are in use stand in the state.
const IN_USE: usize = 512;
/// Where the kernel looks how much of the state there is, and by what it knows that it is all there.
const SOFTWARE: usize = 464;
const MAGIC: (u32, u32) = (0x4650_5853, 0x4650_5845);
/// Which parts of a frame the kernel is to take: all floating-point state, and the stack segment.
const FLAGS: u64 = 0b111;
/// No such way to use a stack for signals: the kernel leaves the one there is.
const KEEP_STACK: u64 = u32::MAX as u64;
/// The results of system calls that are made again, and the call that goes on with one that had a time limit.
const AGAIN: Range<i64> = -514..-511;
const GO_ON: i64 = -516;
const RESTART_SYSCALL: u64 = 219;
const INSTRUCTION: u64 = 2;

/// Whether code is the way back from signal handlers.
pub(in crate::hooks) fn is_sigreturn(code: &[u8], entry: u64) -> bool {
    let mut instructions = Decoder::with_ip(64, code, entry, DecoderOptions::NONE).into_iter();
    let (first, second) = (instructions.next(), instructions.next());
    let sets = first.is_some_and(|it| {
        it.mnemonic() == Mnemonic::Mov
            && [Register::EAX, Register::RAX].contains(&it.op0_register())
            && it.immediate(1) == SIGRETURN
    });
    sets && second.is_some_and(|it| it.code() == Code::Syscall)
}

/// Everything a thread has that stands still.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) registers: user_regs_struct,
    pub(super) blocked: u64,
    /// What the processor has beside the registers.
    pub(super) extended: Vec<u8>,
}

impl State {
    /// Puts a frame on a free stack for signals, which is the thread's own; the stack pointer with which a function returns to it.
    /// None if there is no room.
    pub(super) fn frame(
        &self,
        stack: &Range<u64>,
        sigreturn: u64,
        memory: &AddressSpace,
    ) -> Result<Option<u64>, Fault> {
        let Some(extended) = self.extended_state() else { return Ok(None) };
        let words = |at| self.words(sigreturn, at);
        let length = words(0).len() as u64 * 8;
        let extended_at = stack.end.saturating_sub(extended.len() as u64) & !(LINE - 1);
        let at = extended_at.saturating_sub(length) & !(LINE - 1);
        if at < stack.start + ROOM {
            return Ok(None);
        }
        let frame: Vec<u8> = words(extended_at).into_iter().flat_map(u64::to_le_bytes).collect();
        memory.write(extended_at, &extended)?;
        memory.write(at, &frame)?;
        Ok(Some(at))
    }

    /// The kernel's `rt_sigframe` up to the mask.
    fn words(&self, sigreturn: u64, extended_at: u64) -> Vec<u64> {
        let it = self.resumed();
        let segments = it.cs | it.ss << 48;
        let head = [sigreturn, FLAGS, 0, 0, KEEP_STACK, 0];
        let general = [it.r8, it.r9, it.r10, it.r11, it.r12, it.r13, it.r14, it.r15];
        let others = [it.rdi, it.rsi, it.rbp, it.rbx, it.rdx, it.rax, it.rcx, it.rsp, it.rip, it.eflags];
        // Error, trap, the old mask and the faulting address are not read.
        let rest = [segments, 0, 0, 0, 0, extended_at, 0, 0, 0, 0, 0, 0, 0, 0, self.blocked];
        head.into_iter().chain(general).chain(others).chain(rest).collect()
    }

    /// As the thread goes on: a call that was interrupted is made again.
    fn resumed(&self) -> user_regs_struct {
        let mut registers = self.registers;
        let result = registers.rax as i64;
        let in_call = registers.orig_rax as i64 >= 0;
        if in_call && (AGAIN.contains(&result) || result == GO_ON) {
            registers.rax = if result == GO_ON { RESTART_SYSCALL } else { registers.orig_rax };
            registers.rip -= INSTRUCTION;
        }
        registers
    }

    /// As the kernel wants it in a frame. None if tiles are in use.
    fn extended_state(&self) -> Option<Vec<u8>> {
        if word(&self.extended, IN_USE)? & TILE_FEATURES != 0 {
            return None;
        }
        let mut state = self.extended[..self.extended.len().min(TILES)].to_vec();
        let (length, features) = (state.len() as u32, word(&state, SOFTWARE)? & !TILE_FEATURES);
        let software =
            [MAGIC.0, length + 4, features as u32, (features >> 32) as u32, length, 0, 0, 0, 0, 0, 0, 0];
        let bytes: Vec<u8> = software.into_iter().flat_map(u32::to_le_bytes).collect();
        state.get_mut(SOFTWARE..SOFTWARE + bytes.len())?.copy_from_slice(&bytes);
        state.extend(MAGIC.1.to_le_bytes());
        Some(state)
    }
}

/// What the processor has beside the registers of a thread that stands still.
pub(super) fn extended(tid: i32) -> Result<Vec<u8>, Errno> {
    const LONGEST: usize = 16 << 10;
    const NT_X86_XSTATE: usize = 0x202;
    let mut state = vec![0u8; LONGEST];
    let mut place = libc::iovec { iov_base: state.as_mut_ptr().cast(), iov_len: state.len() };
    // SAFETY: the kernel writes no more bytes than the vector has, as it is told, and says how many.
    #[expect(unsafe_code, reason = "no library wraps this set of registers")]
    let answer = unsafe { libc::ptrace(libc::PTRACE_GETREGSET, tid, NT_X86_XSTATE, &raw mut place) };
    if answer != 0 {
        return Err(Errno::last());
    }
    state.truncate(place.iov_len);
    Ok(state)
}

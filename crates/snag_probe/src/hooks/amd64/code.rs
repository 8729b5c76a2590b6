//! What runs in place of the first instructions of a function.
//!
//! At the beginning of a function of Go's register ABI `R14` is the goroutine, arguments are in `RAX`, `RBX`, `RCX`, `RDI`, `RSI`,
//! `R8` to `R11`, and every register but those, `RSP`, `RBP`, `R14` and `R15` may be changed. None of the functions here has more
//! than seven arguments, so `R10` to `R13` and `RDX` are free. Nothing is put on the stack.

use iced_x86::IcedError;
use iced_x86::code_asm::{CodeAssembler, CodeLabel, byte_ptr, dword_ptr, qword_ptr};
use iced_x86::code_asm::{eax, esi, r10, r10b, r10d, r11, r11d, r12, r13, r14, rax, rbp, rdi, rdx, rsp};

use super::prologue::Prologue;
use crate::hooks::Hook;
use crate::hooks::ring::{
    BEGINNING, CALLERS, GOROUTINES, MANY, RECORD_SHIFT, Ring, SLEEPS, THREADS, at, field,
};
use crate::layout::{G, M};

/// `nanosleep`.
const SYS_NANOSLEEP: i32 = 35;
/// What `stackguard0` is when a goroutine shall stop: the runtime's `stackPreempt`.
const STACK_PREEMPT: i32 = -1314;
/// Odd numbers that spread bits.
const SPREAD: [u64; 3] = [0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb];

/// Sets a label behind everything so far. There may be one at each instruction only, so it stands at one of no bytes.
fn end_of(code: &mut CodeAssembler, label: &mut CodeLabel) -> Result<(), IcedError> {
    code.set_label(label)?;
    code.zero_bytes()
}

/// What code needs to know of a process.
#[derive(Clone, Copy, Debug)]
pub(in crate::hooks) struct Frame<'l> {
    pub(in crate::hooks) g: &'l G,
    pub(in crate::hooks) m: &'l M,
    pub(in crate::hooks) ring: Ring,
    /// Whether goroutines are forced to move.
    pub(in crate::hooks) forces: bool,
}

impl Frame<'_> {
    /// The code for a hook, to lie at an address.
    pub(in crate::hooks) fn trampoline(
        &self,
        hook: Hook,
        prologue: &Prologue,
        to: u64,
    ) -> Result<Vec<u8>, IcedError> {
        let mut code = CodeAssembler::new(64)?;
        let mut out = code.create_label();
        // An argument, which some instructions want to change.
        code.mov(r13, rax)?;
        code.mov(rdx, self.ring.address)?;
        code.test(dword_ptr(rdx + at::ENABLED), 1i32 << hook.bit())?;
        code.je(out)?;
        if hook == Hook::Pins {
            // The function begins once more when the stack has grown, or when its goroutine was preempted.
            code.cmp(rsp, qword_ptr(r14 + self.g.stack_guard))?;
            code.jbe(out)?;
        }
        match hook {
            Hook::Call | Hook::CallIntoC => self.force(&mut code, hook, out)?,
            Hook::Runs | Hook::Rests if self.forces => {
                self.record(&mut code, hook)?;
                self.sleep(&mut code, hook, out)?;
            }
            _ => self.record(&mut code, hook)?,
        }
        code.set_label(&mut out)?;
        code.mov(rax, r13)?;
        let mut bytes = code.assemble(to)?;
        bytes.extend(prologue.moved(to + bytes.len() as u64)?);
        Ok(bytes)
    }

    /// Writes a record. Wants the ring in `RDX` and what was in `RAX` in `R13`; leaves the ring in `RDX`.
    fn record(&self, code: &mut CodeAssembler, hook: Hook) -> Result<(), IcedError> {
        let (mut full, mut end) = (code.create_label(), code.create_label());
        code.mov(r12, qword_ptr(rdx + at::HEAD))?;
        code.sub(r12, qword_ptr(rdx + at::TAIL))?;
        code.cmp(r12, self.ring.room() as i32)?;
        code.jae(full)?;
        code.mov(r12, 1u64)?;
        code.lock().xadd(qword_ptr(rdx + at::HEAD), r12)?;
        // R11 is the number of the record, R12 its place.
        code.lea(r11, qword_ptr(r12 + 1))?;
        code.and(r12, self.ring.records as i32 - 1)?;
        code.shl(r12, RECORD_SHIFT)?;
        code.lea(r12, qword_ptr(rdx + r12 + at::RECORDS))?;
        code.rdtsc()?;
        code.shl(rdx, 32u32)?;
        code.or(rax, rdx)?;
        code.mov(qword_ptr(r12 + field::TIME), rax)?;
        code.mov(dword_ptr(r12 + field::HOOK), hook as i32)?;
        self.goroutine(code, hook)?;
        if hook.has_callers() {
            self.callers(code)?;
        } else {
            code.mov(qword_ptr(r12 + field::DEPTH), 0)?;
        }
        code.mov(rdx, qword_ptr(r14 + self.g.m))?;
        for (from, to) in [
            (self.m.locked_external, field::EXTERNAL),
            (self.m.locked_internal, field::INTERNAL),
            (self.m.thread, field::THREAD),
        ] {
            code.mov(eax, dword_ptr(rdx + from))?;
            code.mov(dword_ptr(r12 + to), eax)?;
        }
        code.mov(qword_ptr(r12 + field::NUMBER), r11)?;
        code.mov(rdx, self.ring.address)?;
        code.jmp(end)?;
        code.set_label(&mut full)?;
        code.lock().inc(qword_ptr(rdx + at::LOST))?;
        end_of(code, &mut end)
    }

    /// Whom a record is about.
    fn goroutine(&self, code: &mut CodeAssembler, hook: Hook) -> Result<(), IcedError> {
        let from = match hook {
            Hook::Rests => {
                code.mov(qword_ptr(r12 + field::GOROUTINE), 0)?;
                return Ok(());
            }
            // Their first argument.
            Hook::Runs | Hook::Ends => r13,
            Hook::Pins | Hook::Call | Hook::CallIntoC => r14,
        };
        let fields = [
            (Some(self.g.id), field::GOROUTINE),
            (Some(self.g.created_pc), field::CREATED),
            (Some(self.g.start_pc), field::START),
            (self.g.parent, field::PARENT),
        ];
        for (offset, to) in fields {
            match offset {
                Some(offset) => code.mov(rax, qword_ptr(from + offset))?,
                None => code.xor(eax, eax)?,
            }
            code.mov(qword_ptr(r12 + to), rax)?;
        }
        Ok(())
    }

    /// Where it was called, and whence, by frame pointers: those that lie in the stack of the goroutine, so that
    /// whatever is in `RBP`, nothing is read that is not there.
    fn callers(&self, code: &mut CodeAssembler) -> Result<(), IcedError> {
        let mut end = code.create_label();
        code.mov(rax, qword_ptr(rsp))?;
        code.mov(qword_ptr(r12 + field::CALLERS), rax)?;
        code.mov(qword_ptr(r12 + field::DEPTH), 1)?;
        code.mov(rdx, rbp)?;
        for index in 1..CALLERS {
            code.cmp(rdx, qword_ptr(r14 + self.g.stack_low))?;
            code.jb(end)?;
            code.mov(rax, qword_ptr(r14 + self.g.stack_high))?;
            code.sub(rax, 16)?;
            code.cmp(rdx, rax)?;
            code.ja(end)?;
            code.mov(rax, qword_ptr(rdx + 8))?;
            code.mov(qword_ptr(r12 + field::CALLERS + 8 * index), rax)?;
            code.mov(qword_ptr(r12 + field::DEPTH), index + 1)?;
            code.mov(rdx, qword_ptr(rdx))?;
        }
        end_of(code, &mut end)
    }

    /// Asks the runtime to preempt the goroutine as its monitor would, and marks the thread: it will sleep when it looks for
    /// work, so that another one takes the goroutine. Only goroutines that are free to move.
    fn force(&self, code: &mut CodeAssembler, hook: Hook, out: CodeLabel) -> Result<(), IcedError> {
        code.mov(r12, qword_ptr(r14 + self.g.m))?;
        // Neither the scheduler's own stack, nor that of signals.
        code.cmp(qword_ptr(r12 + self.m.current), r14)?;
        code.jne(out)?;
        for held in [self.m.locked_external, self.m.locked_internal, self.m.locks] {
            code.cmp(dword_ptr(r12 + held), 0)?;
            code.jne(out)?;
        }
        // Each goroutine counts for itself: when it runs does not change what becomes of it.
        code.mov(rax, qword_ptr(r14 + self.g.id))?;
        code.mov(r10, SPREAD[0])?;
        code.mov(r11, rax)?;
        code.imul_2(r11, r10)?;
        code.and(eax, GOROUTINES as i32 - 1)?;
        code.mov(r10d, 1)?;
        code.lock().xadd(dword_ptr(rdx + rax * 4 + at::COUNTS), r10d)?;
        code.mov(eax, dword_ptr(rdx + at::CHANCE))?;
        let mut early = code.create_label();
        code.cmp(r10d, MANY)?;
        code.jb(early)?;
        code.mov(eax, dword_ptr(rdx + at::CHANCE_LATER))?;
        code.set_label(&mut early)?;
        self.hash(code)?;
        code.cmp(r11d, eax)?;
        code.jae(out)?;
        code.mov(eax, dword_ptr(r12 + self.m.thread))?;
        code.and(eax, THREADS as i32 - 1)?;
        code.and(r10d, SLEEPS as i32 - 1)?;
        code.inc(r10d)?;
        code.mov(byte_ptr(rdx + rax + at::MARKS), r10b)?;
        code.mov(byte_ptr(r14 + self.g.preempt), 1)?;
        code.mov(qword_ptr(r14 + self.g.stack_guard), STACK_PREEMPT)?;
        self.record(code, hook)
    }

    /// Mixes the seed, `R11` and the count in `R10` into `R11`, of which the lower half is compared, and `R10`.
    fn hash(&self, code: &mut CodeAssembler) -> Result<(), IcedError> {
        code.add(r11, r10)?;
        code.xor(r11, qword_ptr(rdx + at::SEED))?;
        for spread in &SPREAD[1..] {
            code.mov(r10, r11)?;
            code.shr(r10, 31u32)?;
            code.xor(r11, r10)?;
            code.mov(r10, *spread)?;
            code.imul_2(r11, r10)?;
        }
        code.mov(r10, r11)?;
        code.shr(r10, 40u32)?;
        code.shr(r11, 8u32)
    }

    /// A thread that was marked sleeps now, and now and then one that was not, before it looks for work or begins with it. One
    /// that has a pinned goroutine does not.
    fn sleep(&self, code: &mut CodeAssembler, hook: Hook, out: CodeLabel) -> Result<(), IcedError> {
        let (mut chosen, mut unmarked) = (code.create_label(), code.create_label());
        code.mov(r12, qword_ptr(r14 + self.g.m))?;
        code.cmp(qword_ptr(r12 + self.m.locked_g), 0)?;
        code.jne(out)?;
        if hook == Hook::Rests {
            code.mov(eax, dword_ptr(r12 + self.m.thread))?;
            code.and(eax, THREADS as i32 - 1)?;
            code.movzx(r10d, byte_ptr(rdx + rax + at::MARKS))?;
            code.mov(byte_ptr(rdx + rax + at::MARKS), 0)?;
            code.test(r10d, r10d)?;
            code.je(unmarked)?;
            code.dec(r10d)?;
            code.jmp(chosen)?;
            code.set_label(&mut unmarked)?;
        }
        code.mov(r11d, dword_ptr(r12 + self.m.thread))?;
        code.mov(r10d, 1)?;
        code.lock().xadd(dword_ptr(rdx + at::RESTS), r10d)?;
        let (mut early, mut chosen_chance) = (code.create_label(), code.create_label());
        if hook == Hook::Rests {
            code.mov(eax, dword_ptr(rdx + at::STARVE))?;
        } else {
            code.mov(rax, qword_ptr(r13 + self.g.id))?;
            code.and(eax, GOROUTINES as i32 - 1)?;
            code.cmp(dword_ptr(rdx + rax * 4 + at::COUNTS), 0)?;
            code.mov(eax, dword_ptr(rdx + at::LATE_AGAIN))?;
            code.jne(chosen_chance)?;
            code.mov(eax, dword_ptr(rdx + at::LATE))?;
            end_of(code, &mut chosen_chance)?;
        }
        code.cmp(r10d, BEGINNING)?;
        code.jb(early)?;
        code.shr(eax, 10u32)?;
        code.set_label(&mut early)?;
        self.hash(code)?;
        // Half as long as a thread whose goroutine somebody else has to find meanwhile.
        code.and(r10d, SLEEPS as i32 / 2 - 1)?;
        code.cmp(r11d, eax)?;
        code.jae(out)?;
        code.set_label(&mut chosen)?;
        code.shl(r10d, 4u32)?;
        code.lea(rdi, qword_ptr(rdx + r10 + at::SLEEPS))?;
        code.xor(esi, esi)?;
        code.mov(eax, SYS_NANOSLEEP)?;
        code.syscall()
    }
}

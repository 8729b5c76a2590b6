//! The first instructions of functions: can they be moved elsewhere, and what stands in their place.

use iced_x86::{
    BlockEncoder, BlockEncoderOptions, Code, Decoder, DecoderOptions, FlowControl, IcedError, Instruction,
    InstructionBlock, Mnemonic, OpKind, Register,
};

use crate::layout::G;

/// The length of a jump to anywhere within two gigabytes.
pub(in crate::hooks) const JUMP: usize = 5;
const NEAR_JUMP: u8 = 0xe9;
/// The kernel writes a word at once, or nothing.
const WORD: u64 = 8;

/// The first instructions of a function, which can be moved elsewhere.
#[derive(Clone, Debug)]
pub(in crate::hooks) struct Prologue {
    pub(in crate::hooks) entry: u64,
    /// How many bytes they have.
    pub(in crate::hooks) length: usize,
    instructions: Vec<Instruction>,
}

/// Why the first instructions of a function cannot be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::hooks) enum Immovable {
    /// They are no code that is known.
    Invalid,
    /// One of them calls, jumps or returns.
    Leaves,
    /// Another part of the function jumps between them.
    IsTarget,
    /// A jump there could not be written at once: whoever is killed meanwhile would leave half of one.
    Straddles,
}

impl Prologue {
    /// Looks at the code of a whole function.
    pub(in crate::hooks) fn of(code: &[u8], entry: u64) -> Result<Prologue, Immovable> {
        let mut decoder = Decoder::with_ip(64, code, entry, DecoderOptions::NONE);
        let mut instructions = Vec::new();
        let mut length = 0;
        while length < JUMP {
            let instruction = decoder.decode();
            match instruction.flow_control() {
                _ if instruction.is_invalid() => return Err(Immovable::Invalid),
                FlowControl::Next | FlowControl::ConditionalBranch => {}
                _ => return Err(Immovable::Leaves),
            }
            length += instruction.len();
            instructions.push(instruction);
        }
        let inside = entry + 1..entry + length as u64;
        let mut decoder = Decoder::with_ip(64, code, entry, DecoderOptions::NONE);
        while decoder.can_decode() {
            let instruction = decoder.decode();
            if inside.contains(&instruction.near_branch_target()) {
                return Err(Immovable::IsTarget);
            }
        }
        if entry % WORD + JUMP as u64 > WORD {
            return Err(Immovable::Straddles);
        }
        Ok(Prologue { entry, length, instructions })
    }

    /// Whether the function begins as the compiler makes it under the register ABI: it compares the stack pointer with
    /// the limit in the goroutine, which is in `R14`.
    pub(in crate::hooks) fn has_goroutine_in_register(&self, g: &G) -> bool {
        self.instructions.iter().any(|instruction| {
            instruction.mnemonic() == Mnemonic::Cmp
                && (0..instruction.op_count()).any(|it| instruction.op_kind(it) == OpKind::Memory)
                && instruction.memory_base() == Register::R14
                && instruction.memory_displacement64() == g.stack_guard as u64
        })
    }

    /// The first instructions as they do the same elsewhere, and the way back.
    pub(super) fn moved(&self, to: u64) -> Result<Vec<u8>, IcedError> {
        let mut instructions = self.instructions.clone();
        let mut back = Instruction::with_branch(Code::Jmp_rel32_64, self.entry + self.length as u64)?;
        // Where it was must not be where it leads to: the encoder would take it for a jump to itself.
        back.set_ip(0);
        instructions.push(back);
        let block = InstructionBlock::new(&instructions, to);
        Ok(BlockEncoder::encode(64, block, BlockEncoderOptions::NONE)?.code_buffer)
    }
}

/// A jump that stands at `from`.
pub(in crate::hooks) fn jump(from: u64, to: u64) -> [u8; JUMP] {
    let [a, b, c, d] = (to.wrapping_sub(from + JUMP as u64) as i32).to_le_bytes();
    [NEAR_JUMP, a, b, c, d]
}

/// Where the jump leads that stands at `from`, if it is one.
pub(in crate::hooks) fn target_of(bytes: &[u8], from: u64) -> Option<u64> {
    let [NEAR_JUMP, a, b, c, d, ..] = *bytes else { return None };
    Some((from + JUMP as u64).wrapping_add_signed(i32::from_le_bytes([a, b, c, d]).into()))
}

/// Where a function asks the kernel for something, if it returns afterwards without a look at any memory but its own return
/// address.
pub(in crate::hooks) fn system_call(code: &[u8], entry: u64) -> Option<u64> {
    let mut instructions = Decoder::with_ip(64, code, entry, DecoderOptions::NONE).into_iter();
    let call = instructions.find(|it| it.code() == Code::Syscall)?;
    let is_plain = |it: Instruction| match it.mnemonic() {
        Mnemonic::Ret | Mnemonic::Int3 | Mnemonic::Nop | Mnemonic::Jbe | Mnemonic::Cmp => true,
        Mnemonic::Mov | Mnemonic::Neg | Mnemonic::Xor => {
            it.op0_kind() == OpKind::Register
                && it.op0_register() != Register::RSP
                && it.op_kinds().all(|kind| kind != OpKind::Memory)
        }
        _ => false,
    };
    instructions.all(is_plain).then(|| call.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: u64 = 0x40_0000;

    fn prologue(code: &[u8]) -> Result<usize, Immovable> {
        Prologue::of(code, ENTRY).map(|prologue| prologue.length)
    }

    #[test]
    fn functions_are_refused_that_do_not_begin_as_they_must() {
        // cmp 0x10(%r14),%rsp; jbe +0; push %rbp; ret
        let checks = [0x49, 0x3b, 0x66, 0x10, 0x0f, 0x86, 0, 0, 0, 0, 0x55, 0xc3];
        assert_eq!(prologue(&checks), Ok(10));
        // call; a breakpoint; jmp: somebody else's hook
        for first in [[0xe8, 0, 0, 0, 0], [0xcc, 0x3b, 0x66, 0x10, 0], [0xe9, 0, 0, 0, 0]] {
            assert_eq!(prologue(&first), Err(Immovable::Leaves), "{first:x?}");
        }
        // push %rbp; mov %rsp,%rbp; nop; jmp -5: to the second byte of the mov
        let comes_back = [0x55, 0x48, 0x89, 0xe5, 0x90, 0xeb, 0xfb];
        assert_eq!(prologue(&comes_back), Err(Immovable::IsTarget));
        assert_eq!(prologue(&[0x55]), Err(Immovable::Invalid));
        assert_eq!(prologue(&[]), Err(Immovable::Invalid));
        let crosses = Prologue::of(&checks, ENTRY + 4).map(|prologue| prologue.length);
        assert_eq!(crosses, Err(Immovable::Straddles));
    }

    #[test]
    fn jumps_lead_where_they_should() {
        for to in [ENTRY - 0x10_0000, ENTRY + 5, ENTRY + 0x7000_0000] {
            assert_eq!(target_of(&jump(ENTRY, to), ENTRY), Some(to));
        }
        assert_eq!(target_of(&[0xe8, 0, 0, 0, 0], ENTRY), None);
        assert_eq!(target_of(&[NEAR_JUMP], ENTRY), None);
    }

    #[test]
    fn a_way_into_the_kernel_returns_at_once() {
        // mov %rsi,%r10; syscall; cmp $-4095,%rax; jbe +3; neg %rax; ret
        let plain =
            [0x49, 0x89, 0xf2, 0x0f, 0x05, 0x48, 0x3d, 1, 0xf0, 0xff, 0xff, 0x76, 3, 0x48, 0xf7, 0xd8, 0xc3];
        assert_eq!(system_call(&plain, ENTRY), Some(ENTRY + 3));
        // syscall; pop %rbp; ret
        assert_eq!(system_call(&[0x0f, 0x05, 0x5d, 0xc3], ENTRY), None);
        // syscall; mov %rax,(%rsp); ret
        assert_eq!(system_call(&[0x0f, 0x05, 0x48, 0x89, 0x04, 0x24, 0xc3], ENTRY), None);
        assert_eq!(system_call(&[0xc3], ENTRY), None);
    }
}

//! arm64.

use nix::sys::ptrace;
use nix::unistd::Pid;
use snag_threads::Arch;

/// The numbers of system calls.
pub(crate) const ARCH: Arch = Arch::Arm64;
/// The kernel's name for it: `AUDIT_ARCH_AARCH64`.
pub(crate) const AUDIT: u32 = 0xc000_00b7;
/// `exit`: ends one thread.
const EXIT: u64 = 93;
/// The register with the number of a system call.
const NUMBER: usize = 8;

/// Whether a thread that is about to end asked for its own end, not for that of the process.
pub(crate) fn ends_by_itself(tid: i32) -> bool {
    // The thread may be gone already: then nobody knows.
    let registers = ptrace::getregset::<ptrace::regset::NT_PRSTATUS>(Pid::from_raw(tid));
    registers.is_ok_and(|registers| registers.regs[NUMBER] == EXIT)
}

/// The calls in a piece of code: where each stands, and where it leads.
pub(crate) fn calls(code: &[u8], address: u64) -> impl Iterator<Item = (u64, u64)> {
    const CALL: u32 = 0x9400_0000;
    const OPERATION: u32 = 0xfc00_0000;
    code.chunks_exact(4).enumerate().filter_map(move |(at, bytes)| {
        let instruction = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        // The distance is in instructions, with a sign, in the low 26 bits.
        let distance = i64::from((instruction << 6).cast_signed() >> 6) * 4;
        let place = address.wrapping_add(4 * at as u64);
        (instruction & OPERATION == CALL).then(|| (place, place.wrapping_add_signed(distance)))
    })
}

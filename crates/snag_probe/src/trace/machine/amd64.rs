//! amd64.

use nix::sys::ptrace;
use nix::unistd::Pid;
use snag_threads::Arch;

/// The numbers of system calls.
pub(crate) const ARCH: Arch = Arch::Amd64;
/// The kernel's name for it: `AUDIT_ARCH_X86_64`.
pub(crate) const AUDIT: u32 = 0xc000_003e;
/// `exit`: ends one thread.
const EXIT: u64 = 60;

/// Whether a thread that is about to end asked for its own end, not for that of the process.
pub(crate) fn ends_by_itself(tid: i32) -> bool {
    // The thread may be gone already: then nobody knows.
    ptrace::getregs(Pid::from_raw(tid)).is_ok_and(|registers| registers.orig_rax == EXIT)
}

/// The calls in a piece of code: where each stands, and where it leads. Bytes that only look like calls lead anywhere.
pub(crate) fn calls(code: &[u8], address: u64) -> impl Iterator<Item = (u64, u64)> {
    const CALL: u8 = 0xe8;
    code.windows(5).enumerate().filter(|(_, bytes)| bytes[0] == CALL).map(move |(at, bytes)| {
        let place = address.wrapping_add(at as u64);
        let distance = i32::from_le_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]);
        (place, place.wrapping_add(5).wrapping_add_signed(i64::from(distance)))
    })
}

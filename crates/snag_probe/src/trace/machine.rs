//! What differs from one architecture to the next: this is amd64.

use nix::sys::ptrace;
use nix::unistd::Pid;
use snag_threads::Arch;

/// The numbers of system calls.
pub(super) const ARCH: Arch = Arch::Amd64;
/// The kernel's name for it: `AUDIT_ARCH_X86_64`.
pub(super) const AUDIT: u32 = 0xc000_003e;
/// `exit`: ends one thread.
const EXIT: u64 = 60;

/// Whether a thread that is about to end asked for its own end, not for that of the process.
pub(super) fn ends_by_itself(tid: i32) -> bool {
    // The thread may be gone already: then nobody knows.
    ptrace::getregs(Pid::from_raw(tid)).is_ok_and(|registers| registers.orig_rax == EXIT)
}

//! System calls that no library wraps.
#![expect(unsafe_code, reason = "the room for it outside tracing")]

use std::cmp::Ordering;

/// What threads may share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shared {
    /// Root directory, working directory and umask.
    FileSystem,
    /// Open files.
    Files,
}

/// Compares the tables of two threads by their place in the kernel: equal means shared. None when the kernel does
/// not say.
pub(crate) fn compare(one: i32, other: i32, what: Shared) -> Option<Ordering> {
    const KCMP_FILES: libc::c_long = 2;
    const KCMP_FS: libc::c_long = 3;
    let kind = match what {
        Shared::FileSystem => KCMP_FS,
        Shared::Files => KCMP_FILES,
    };
    let (one, other): (libc::c_long, libc::c_long) = (one.into(), other.into());
    let none: libc::c_long = 0;
    // SAFETY: kcmp takes five integers, and for these two kinds it reads and writes no memory of ours.
    let order = unsafe { libc::syscall(libc::SYS_kcmp, one, other, kind, none, none) };
    match order {
        0 => Some(Ordering::Equal),
        1 => Some(Ordering::Less),
        2 => Some(Ordering::Greater),
        _ => None,
    }
}

/// The I/O priority of a thread.
pub(crate) fn io_priority(tid: i32) -> Option<i64> {
    const WHO_PROCESS: libc::c_long = 1;
    // SAFETY: ioprio_get takes two integers and touches no memory of ours.
    let priority = unsafe { libc::syscall(libc::SYS_ioprio_get, WHO_PROCESS, libc::c_long::from(tid)) };
    (priority >= 0).then_some(priority)
}

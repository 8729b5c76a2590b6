//! Why a program is not hooked.

use std::fmt;

use nix::errno::Errno;

use crate::memory::Fault;
use crate::refusal::{Cause, Refusal};

/// Why a program is not hooked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// Nobody has written the code for this architecture.
    Machine,
    /// A release of Go in which nobody tried it.
    Version(String),
    /// The runtime is in a library.
    Library,
    /// Built so that goroutines are not in the register where hooks look for them.
    Abi,
    /// A function is not there.
    Missing(&'static str),
    /// There are several of the name.
    Ambiguous(&'static str),
    /// The first instructions cannot be moved elsewhere.
    Immovable(&'static str),
    /// The code of a hook could not be made.
    Code(String),
    /// The code in memory is not that in the file.
    Changed(&'static str),
    /// Another Snag, with this id, watches it.
    Watched(u64),
    /// A thread stands among the first instructions.
    Occupied(&'static str),
    /// No thread that stands could make system calls for us: signals were on their way to all of them.
    Restless,
    /// The runtime's list of threads was not found.
    NoThreads,
    /// A filter might end the process for what must be done in it.
    Filtered,
    /// Other threads ran already.
    Threads,
    /// No place near the code is free.
    NoRoom,
    /// The kernel does not do what must be done in the process.
    Refused(&'static str, Errno),
    /// A thread did not do what it was told.
    Unruly,
    /// Its memory cannot be read.
    Memory(Fault),
}

impl From<Fault> for Obstacle {
    fn from(fault: Fault) -> Obstacle {
        Obstacle::Memory(fault)
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Obstacle::Machine => f.write_str("hooks exist for programs of x86-64 only"),
            Obstacle::Version(version) => {
                write!(f, "it was built by {version}, and hooks were tried with Go 1.19 to 1.27 only")
            }
            Obstacle::Library => f.write_str("its Go runtime is in a library"),
            Obstacle::Abi => f.write_str("it was not built for Go's register ABI"),
            Obstacle::Missing(function) => write!(f, "it has no function {function}"),
            Obstacle::Ambiguous(function) => write!(f, "it has more than one function {function}"),
            Obstacle::Immovable(function) => {
                write!(f, "the first instructions of {function} cannot be moved elsewhere")
            }
            Obstacle::Code(error) => write!(f, "the code of a hook cannot be made: {error}"),
            Obstacle::Changed(function) => write!(
                f,
                "the code of {function} is not as in its file: a debugger, a probe or another tool has changed it"
            ),
            Obstacle::Watched(pid) => write!(f, "another Snag watches it: process {pid}"),
            Obstacle::Occupied(function) => {
                write!(f, "a thread kept standing among the first instructions of {function}")
            }
            Obstacle::Restless => f.write_str("its threads get signals all the time"),
            Obstacle::NoThreads => f.write_str("the runtime's list of threads was not found with certainty"),
            Obstacle::Filtered => f.write_str(
                "it filters its system calls (seccomp), and the filter might end it for a new one",
            ),
            Obstacle::Threads => f.write_str("it had more threads before its runtime made one"),
            Obstacle::NoRoom => f.write_str("no memory near its code is free"),
            Obstacle::Refused(what, errno) => {
                write!(f, "the kernel does not let it {what}: {}", errno.desc())
            }
            Obstacle::Unruly => f.write_str("one of its threads ended or did not stop when it was told to"),
            Obstacle::Memory(fault) => Refusal::from(*fault).fmt(f),
        }
    }
}

impl From<Obstacle> for Refusal {
    fn from(obstacle: Obstacle) -> Refusal {
        let cause = match obstacle {
            Obstacle::Memory(Fault::Gone) => Cause::Ended,
            Obstacle::Memory(Fault::Refused) | Obstacle::Refused(..) | Obstacle::Filtered => Cause::Forbidden,
            Obstacle::Memory(Fault::Unmapped)
            | Obstacle::Occupied(_)
            | Obstacle::Restless
            | Obstacle::Unruly => Cause::Unclear,
            _ => Cause::Unsupported,
        };
        Refusal::new(format!("the program is not hooked: {obstacle}")).because(cause)
    }
}

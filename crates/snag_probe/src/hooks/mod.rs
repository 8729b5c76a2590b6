//! Hooks in a running program: jumps at the beginning of a few functions of Go's runtime, to code that notes who runs on which
//! thread, who is pinned, and who ends, and that can ask the runtime to move goroutines which are free to move.
//!
//! No privilege is needed but that to trace the process, and it is stopped only while hooks are placed and removed. A hook is
//! placed only where it is proven safe, see [`plan`]; everything else is refused, with the reason. Removal puts back every byte.

#![cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "there is no code for hooks"))]

#[cfg(target_arch = "x86_64")]
mod amd64;
#[cfg(not(target_arch = "x86_64"))]
mod elsewhere;
mod install;
mod left;
mod obstacle;
mod plan;
mod ring;
mod stand;
mod watch;

#[cfg(not(target_arch = "x86_64"))]
use elsewhere as machine;
use std::time::Duration;

#[cfg(target_arch = "x86_64")]
use amd64 as machine;
pub(crate) use install::{Installed, Removal, Still};
pub(crate) use obstacle::Obstacle;
pub(crate) use plan::Plan;
pub(crate) use ring::Record;
pub use watch::{Watch, watch};

/// What is to be hooked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hooks {
    /// Every step of the scheduler: which goroutine is on which thread. Some 50 ns each.
    pub schedule: bool,
    /// Goroutines that pin themselves, and goroutines that end. Costs next to nothing.
    pub pins: bool,
    /// Goroutines are made to move.
    pub forcing: Option<Forcing>,
}

/// How goroutines are made to move: with schedules that the runtime may choose by itself. Pinned goroutines are left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forcing {
    /// Decides which goroutines move when. The same for each goroutine, whenever it runs.
    pub seed: u64,
    /// How often a goroutine is moved that makes a system call or calls C, of 2³² times. Less often if it does so all the time.
    pub chance: u32,
    /// How often a thread that looks for work is late, of 2³² times.
    pub starve: u32,
    /// How often a thread that has found a goroutine to run is late, of 2³² times.
    pub late: u32,
    /// The same, for a goroutine that has called the kernel or C before, and so may have been moved.
    pub late_again: u32,
    /// How late such a thread is at most, as if the kernel had not run it.
    pub longest: Duration,
}

impl Hooks {
    /// Whether anything is to be hooked.
    pub fn any(self) -> bool {
        self.schedule || self.pins || self.forcing.is_some()
    }

    fn list(self) -> Vec<Hook> {
        let mut list = Vec::new();
        if self.schedule || self.forcing.is_some() {
            list.extend([Hook::Runs, Hook::Rests]);
        }
        if self.pins {
            list.extend([Hook::Pins, Hook::Ends]);
        }
        if self.forcing.is_some() {
            list.extend([Hook::Call, Hook::CallIntoC]);
        }
        list
    }
}

/// A place that is hooked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hook {
    /// A thread begins to run a goroutine.
    Runs = 1,
    /// A thread looks for work.
    Rests = 2,
    /// A goroutine pins itself.
    Pins = 3,
    /// A goroutine has ended.
    Ends = 4,
    /// A goroutine makes a system call, and was forced to move.
    Call = 5,
    /// A goroutine calls C, and was forced to move.
    CallIntoC = 6,
}

impl Hook {
    fn of(number: u32) -> Option<Hook> {
        let all = [Hook::Runs, Hook::Rests, Hook::Pins, Hook::Ends, Hook::Call, Hook::CallIntoC];
        all.into_iter().find(|hook| *hook as u32 == number)
    }

    /// The bit that turns it on.
    fn bit(self) -> u32 {
        self as u32
    }

    /// The function of the runtime, under the names it has had.
    fn functions(self) -> &'static [&'static str] {
        match self {
            Hook::Runs => &["runtime.execute"],
            Hook::Rests => &["runtime.schedule"],
            Hook::Pins => &["runtime.LockOSThread"],
            // Before Go 1.22 the second did what the first does now.
            Hook::Ends => &["runtime.gdestroy", "runtime.goexit0"],
            Hook::Call => SYSTEM_CALL,
            Hook::CallIntoC => &["runtime.cgocall"],
        }
    }

    /// Whether programs that do not need the function do not have it.
    fn may_be_missing(self) -> bool {
        matches!(self, Hook::Pins | Hook::CallIntoC)
    }

    /// Whether it runs on the stack of the goroutine, so that its callers can be found there.
    fn has_callers(self) -> bool {
        matches!(self, Hook::Pins | Hook::Call | Hook::CallIntoC)
    }
}

/// The way of programs into the kernel; the runtime itself has others.
const SYSTEM_CALL: &[&str] = &[
    "internal/runtime/syscall/linux.Syscall6",
    "internal/runtime/syscall.Syscall6",
    "runtime/internal/syscall.Syscall6",
];

/// The way back from signal handlers.
const SIGRETURN: &[&str] = &["runtime.sigreturn__sigaction", "runtime.sigreturn"];

/// Time by the processor's clock.
pub(crate) fn now() -> u64 {
    machine::now()
}

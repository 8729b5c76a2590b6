//! System calls by name and by number.

use crate::effect::{Arg, Effects, Rule, evaluate};
use crate::generated::syscalls;
use crate::state::StateSet;

/// A processor architecture whose system call numbers the tables know.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Arch {
    /// `GOARCH=amd64`.
    Amd64,
    /// `GOARCH=arm64`, and every other architecture with the kernel's generic numbers.
    Arm64,
}

impl Arch {
    /// The architecture with this `GOARCH` name.
    pub fn from_goarch(goarch: &str) -> Option<Arch> {
        match goarch {
            "amd64" => Some(Arch::Amd64),
            "arm64" | "riscv64" | "loong64" => Some(Arch::Arm64),
            _ => None,
        }
    }
}

/// A Linux system call.
#[derive(Debug)]
pub struct Syscall {
    /// The name in the kernel, for example `rt_sigprocmask`.
    pub name: &'static str,
    /// The number on amd64.
    pub amd64: Option<u32>,
    /// The number on arm64.
    pub arm64: Option<u32>,
    /// What it does, by its arguments.
    pub rules: &'static [Rule],
    /// What it is taken to change when the arguments that decide are not known.
    pub unknown: StateSet,
    /// How its arguments are written; those at the end that tell nobody anything are left out.
    pub arguments: &'static [Spelling],
    /// What else to know.
    pub note: &'static str,
    /// Where the row comes from.
    pub source: &'static [&'static str],
}

/// How a person writes an argument of a system call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spelling {
    /// As a number.
    Number,
    /// As an address, of which only counts whether it is null.
    Address,
    /// As one of the constants that begin so.
    One(&'static str),
    /// As some of the flags that begin so.
    Flags(&'static str),
}

impl Syscall {
    /// What the call does with these arguments; missing ones are unknown.
    pub fn effects(&self, args: &[Arg<'_>]) -> Effects {
        evaluate(self.rules, self.unknown, |at| args.get(at).copied().unwrap_or(Arg::Unknown))
    }

    /// The number on the architecture.
    pub fn number(&self, arch: Arch) -> Option<u32> {
        match arch {
            Arch::Amd64 => self.amd64,
            Arch::Arm64 => self.arm64,
        }
    }
}

/// The system call with this name, as the kernel (`setns`) or Go (`SYS_SETNS`) writes it.
pub fn syscall(name: &str) -> Option<&'static Syscall> {
    let lower;
    let name = match name.strip_prefix("SYS_") {
        Some(rest) => {
            lower = rest.to_ascii_lowercase();
            lower.as_str()
        }
        None => name,
    };
    let at = syscalls::SYSCALLS.binary_search_by(|row| row.name.cmp(name)).ok()?;
    Some(&syscalls::SYSCALLS[at])
}

/// The system call with this number.
pub fn syscall_by_number(number: i64, arch: Arch) -> Option<&'static Syscall> {
    let numbers: &[(u32, u16)] = match arch {
        Arch::Amd64 => syscalls::AMD64,
        Arch::Arm64 => syscalls::ARM64,
    };
    let number = u32::try_from(number).ok()?;
    let at = numbers.binary_search_by_key(&number, |&(number, _)| number).ok()?;
    Some(&syscalls::SYSCALLS[numbers[at].1 as usize])
}

/// Every system call of the tables, by name.
pub fn syscalls() -> &'static [Syscall] {
    syscalls::SYSCALLS
}

/// What a call by number does. Numbers that the tables do not list do nothing to a thread's state.
pub fn syscall_effects(number: i64, arch: Arch, args: &[Arg<'_>]) -> Effects {
    syscall_by_number(number, arch).map_or(Effects::NONE, |syscall| syscall.effects(args))
}

/// The value of a constant of the kernel that packages `syscall` and `golang.org/x/sys/unix` export, for programs
/// whose dependencies are not at hand: `CLONE_NEWNET`, `PR_SET_NAME`, `SYS_SETNS`.
pub fn constant(name: &str, arch: Arch) -> Option<i64> {
    if name.starts_with("SYS_") {
        return syscall(name)?.number(arch).map(i64::from);
    }
    let at = syscalls::CONSTANTS.binary_search_by(|(known, _)| known.cmp(&name)).ok()?;
    Some(syscalls::CONSTANTS[at].1)
}

/// The names and values of constants that begin so, sorted by name: to write a call as a person would.
pub fn constants(prefix: &str) -> impl Iterator<Item = (&'static str, i64)> {
    let from = syscalls::CONSTANTS.partition_point(|(name, _)| *name < prefix);
    syscalls::CONSTANTS[from..].iter().copied().take_while(move |(name, _)| name.starts_with(prefix))
}

//! Architectures for which nobody has written the code of hooks: every program is refused before any of this is asked.

use std::convert::Infallible;
use std::ops::Range;

use nix::errno::Errno;

use super::ring::Ring;
use super::{Hook, Obstacle};
use crate::layout::{G, M};
use crate::memory::AddressSpace;

/// Whether hooks can be placed at all.
pub(super) const IS_KNOWN: bool = false;
/// The length of a jump.
pub(super) const JUMP: usize = 4;

/// The first instructions of a function, which can be moved elsewhere: there are none.
#[derive(Clone, Debug)]
pub(super) struct Prologue {
    pub(super) entry: u64,
    pub(super) length: usize,
    never: Infallible,
}

/// Why they cannot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Immovable;

impl Prologue {
    pub(super) fn of(_code: &[u8], _entry: u64) -> Result<Prologue, Immovable> {
        Err(Immovable)
    }

    pub(super) fn has_goroutine_in_register(&self, _g: &G) -> bool {
        match self.never {}
    }
}

/// What code needs to know of a process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'l> {
    pub(super) g: &'l G,
    pub(super) m: &'l M,
    pub(super) ring: Ring,
    pub(super) forces: bool,
}

impl Frame<'_> {
    pub(super) fn trampoline(&self, _: Hook, prologue: &Prologue, _: u64) -> Result<Vec<u8>, Errno> {
        match prologue.never {}
    }
}

/// Ways into the kernel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) system_call: u64,
    pub(super) sigreturn: u64,
}

/// A thread that does what we say: there is none.
pub(super) struct Puppet(Infallible);

impl Puppet {
    pub(super) fn take(_: i32, _: Way, _: Option<(&Range<u64>, &AddressSpace)>) -> Result<Puppet, Obstacle> {
        Err(Obstacle::Machine)
    }

    pub(super) fn call(&mut self, _: libc::c_long, _: [u64; 6]) -> Result<u64, Errno> {
        match self.0 {}
    }
}

pub(super) fn poke(_tid: i32, _address: u64, _bytes: &[u8]) -> Result<(), Errno> {
    Err(Errno::ENOSYS)
}

pub(super) fn jump(_from: u64, _to: u64) -> [u8; JUMP] {
    [0; JUMP]
}

pub(super) fn target_of(_bytes: &[u8], _from: u64) -> Option<u64> {
    None
}

pub(super) fn system_call(_code: &[u8], _entry: u64) -> Option<u64> {
    None
}

pub(super) fn is_sigreturn(_code: &[u8], _entry: u64) -> bool {
    false
}

pub(super) fn stands_at(_tid: i32) -> Option<(u64, u64)> {
    None
}

pub(super) fn now() -> u64 {
    0
}

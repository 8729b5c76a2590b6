//! Places hooks in a process whose threads stand still, and removes them.
//!
//! Whatever Snag does may be the last thing it does, since it may be killed at any moment: code is complete before anything leads to
//! it, a function begins either with its own bytes or with a jump, and the thread that makes system calls finds back by itself.

use std::ops::Range;

use nix::errno::Errno;

use super::left::{NOTE, Owner, note};
use super::machine::{Frame, JUMP, Puppet, Way, jump, poke};
use super::plan::{Plan, Site};
use super::ring::{Record, Ring};
use super::stand::Standing;
use super::{Hooks, Obstacle};
use crate::memory::{AddressSpace, Fault};
use crate::target::Target;

/// The code of all hooks fits into it.
pub(super) const PAGE: u64 = 16 << 10;
/// Between the program and the first place that is tried: it may have been made smaller than its file says.
const DISTANCE: u64 = 1 << 20;
/// Between places that are tried, and how many are.
pub(super) const STEP: u64 = 1 << 16;
const PLACES: u64 = 256;
/// Code of different hooks does not share lines.
const LINE: u64 = 64;

/// Hooks that are in a process.
#[derive(Debug)]
pub(crate) struct Installed {
    /// That of the program they are in, whatever the process runs later.
    memory: AddressSpace,
    ring: Ring,
    /// Where their code is.
    page: Range<u64>,
    patches: Vec<Patch>,
    way: Way,
}

/// A changed function.
#[derive(Clone, Debug)]
pub(super) struct Patch {
    pub(super) entry: u64,
    pub(super) original: [u8; JUMP],
    pub(super) jump: [u8; JUMP],
}

/// How far removal got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// Everything is as it was.
    Done,
    /// The code is as it was, but a thread is still in ours: it must go on before that can be taken away.
    Busy,
}

/// Threads that stand still.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Still<'s> {
    /// All of the process.
    pub(crate) all: &'s [i32],
    /// Those that make system calls for us if they have to: they stand because they were told to, or because they are new.
    pub(crate) free: &'s [i32],
    /// The kernel ends the process if Snag is killed.
    pub(crate) ends_with_us: bool,
}

impl Still<'_> {
    /// A thread that makes system calls.
    fn puppet(
        self,
        standing: &Standing,
        pid: i32,
        way: Way,
        memory: &AddressSpace,
    ) -> Result<Puppet, Obstacle> {
        if self.ends_with_us {
            let [first, ..] = *self.free else { return Err(Obstacle::Unruly) };
            return Puppet::take(first, way, None);
        }
        let (tid, stack) = standing.idle_for_signals(pid, self.free).ok_or(Obstacle::Restless)?;
        Puppet::take(tid, way, Some((&stack, memory)))
    }
}

impl Installed {
    /// Places hooks in a process that stands still.
    pub(crate) fn new(plan: &Plan, target: &Target, still: Still<'_>) -> Result<Installed, Obstacle> {
        let standing = Standing::of(target, still.all)?;
        let memory = AddressSpace::of(target.process.pid)?;
        for site in &plan.sites {
            let entry = site.prologue.entry;
            if memory.bytes(entry, site.original.len())? != site.original {
                return Err(Obstacle::Changed(site.function));
            }
            if standing.any_in(&(entry + 1..entry + site.original.len() as u64)) {
                return Err(Obstacle::Occupied(site.function));
            }
        }
        let mut puppet = still.puppet(&standing, target.process.pid, plan.way, &memory)?;
        let every_step = plan.hooks.schedule || plan.hooks.forcing.is_some();
        let records = Ring::capacity(every_step);
        let ring = map(&mut puppet, 0, Ring::size(records), libc::PROT_READ | libc::PROT_WRITE, 0);
        let ring = Ring::new(ring.map_err(|errno| Obstacle::Refused("map memory", errno))?, records);
        let page = near(&mut puppet, plan.lowest);
        let outcome = page.as_ref().map_err(Clone::clone).and_then(|page| {
            let mut installed =
                Installed { memory, ring, page: page.clone(), patches: Vec::new(), way: plan.way };
            let tid = still.all[0];
            installed.write(target, tid, plan).inspect_err(|_| installed.restore(tid)).map(|()| installed)
        });
        if outcome.is_err() {
            // What stays mapped hurts nobody.
            let _ = unmap(&mut puppet, &ring.place());
            let _ = page.map(|page| unmap(&mut puppet, &page));
        }
        outcome
    }

    /// Hooks that are in a process already.
    pub(super) fn known(
        memory: AddressSpace,
        page: Range<u64>,
        ring: Range<u64>,
        patches: Vec<Patch>,
        way: Way,
    ) -> Installed {
        Installed { memory, ring: Ring::known(&ring), page, patches, way }
    }

    fn write(&mut self, target: &Target, tid: i32, plan: &Plan) -> Result<(), Obstacle> {
        let Hooks { forcing, .. } = plan.hooks;
        let enabled = plan.sites.iter().fold(0, |bits, site| bits | 1 << site.hook.bit());
        self.memory.write(self.ring.address, &Ring::header(enabled, forcing))?;
        let (g, m) = (&target.layouts.g, &target.layouts.m);
        let frame = Frame { g, m, ring: self.ring, forces: forcing.is_some() };
        let hold = |errno| Obstacle::Refused("hold new code", errno);
        let mut at = self.page.start + NOTE;
        for Site { hook, prologue, original, .. } in &plan.sites {
            let code = frame.trampoline(*hook, prologue, at);
            let code = code.map_err(|error| Obstacle::Code(error.to_string()))?;
            let end = at + code.len() as u64;
            if end > self.page.end {
                return Err(Obstacle::NoRoom);
            }
            poke(tid, at, &code).map_err(hold)?;
            let original = std::array::from_fn(|index| original[index]);
            let entry = prologue.entry;
            self.patches.push(Patch { entry, original, jump: jump(entry, at) });
            at = end.next_multiple_of(LINE);
        }
        poke(tid, self.page.start, &note(Owner::this(), &self.ring.place(), &self.patches)).map_err(hold)?;
        self.patches.iter().try_for_each(|patch| {
            poke(tid, patch.entry, &patch.jump).map_err(|errno| Obstacle::Refused("change its code", errno))
        })
    }

    /// Puts back what the functions began with, where our jumps are.
    fn restore(&self, tid: i32) {
        for Patch { entry, original, jump } in &self.patches {
            // Whoever changed it after us will want to find it as it is.
            if self.memory.bytes(*entry, JUMP).is_ok_and(|bytes| bytes == jump) {
                // It fails only if the thread was killed, and its process with it.
                let _ = poke(tid, *entry, original);
            }
        }
    }

    /// Removes the hooks from a process that stands still. Called again until no thread is in our code.
    pub(crate) fn remove(&self, target: &Target, still: Still<'_>) -> Result<Removal, Obstacle> {
        let Some(&first) = still.all.first() else { return Err(Obstacle::Unruly) };
        match self.ring.silence(&self.memory) {
            // The process runs another program, and what was ours is gone.
            Err(Fault::Gone) => return Ok(Removal::Done),
            outcome => outcome?,
        }
        self.restore(first);
        let standing = Standing::of(target, still.all)?;
        if standing.any_in(&self.page) {
            return Ok(Removal::Busy);
        }
        let mut puppet = still.puppet(&standing, target.process.pid, self.way, &self.memory)?;
        let ring = unmap(&mut puppet, &self.ring.place());
        let page = unmap(&mut puppet, &self.page);
        page.and(ring).map_err(|errno| Obstacle::Refused("give back memory", errno))?;
        Ok(Removal::Done)
    }

    /// What was seen since this was asked last, and how many events were lost meanwhile; `end`: the process is about to end.
    pub(crate) fn drain(&mut self, end: bool) -> Result<(Vec<Record>, u64), Fault> {
        self.ring.drain(&self.memory, end)
    }
}

/// A piece of memory for code, which a jump from the program reaches.
fn near(puppet: &mut Puppet, lowest: u64) -> Result<Range<u64>, Obstacle> {
    let first = (lowest & !(STEP - 1)).saturating_sub(DISTANCE);
    for place in (0..PLACES).map_while(|step| first.checked_sub(step * STEP)).take_while(|place| *place > 0) {
        let code = libc::PROT_READ | libc::PROT_EXEC;
        match map(puppet, place, PAGE, code, libc::MAP_FIXED_NOREPLACE) {
            Ok(address) if address == place => return Ok(place..place + PAGE),
            // A kernel that does not know the flag put it elsewhere.
            Ok(address) => {
                let _ = unmap(puppet, &(address..address + PAGE));
            }
            Err(Errno::EEXIST | Errno::EPERM | Errno::EINVAL) => {}
            Err(errno) => return Err(Obstacle::Refused("map memory for code", errno)),
        }
    }
    Err(Obstacle::NoRoom)
}

fn map(
    puppet: &mut Puppet,
    address: u64,
    length: u64,
    protection: libc::c_int,
    flags: libc::c_int,
) -> Result<u64, Errno> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | flags;
    puppet.call(libc::SYS_mmap, [address, length, protection as u64, flags as u64, u64::MAX, 0])
}

fn unmap(puppet: &mut Puppet, place: &Range<u64>) -> Result<u64, Errno> {
    puppet.call(libc::SYS_munmap, [place.start, place.end - place.start, 0, 0, 0, 0])
}

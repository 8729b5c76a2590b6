//! Hooks that somebody left behind who was killed: what is needed to take them away is noted beside their code.

use std::fs;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;

use super::Obstacle;
use super::install::{Installed, PAGE, Patch, STEP};
use super::machine::{JUMP, jump, target_of};
use super::plan::{Places, watched};
use crate::bytes::word;
use crate::memory::AddressSpace;
use crate::target::Target;
use crate::threads::started;

/// By what it is known, in this form.
const NAME: &[u8; 16] = b"hooks of snag 1\0";
/// Room for it.
pub(super) const NOTE: u64 = 256;
/// The words before the patches: the owner, the ring, and how many patches there are.
const HEAD: usize = 6;
/// The words of a patch.
const WORDS: usize = 2;

/// Who placed hooks, by what the kernel knows processes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pid: u64,
    started: u64,
    /// The namespace in which it has this id.
    namespace: u64,
}

impl Owner {
    pub(super) fn this() -> Owner {
        let pid = std::process::id();
        let started = i32::try_from(pid).ok().and_then(started).unwrap_or(0);
        Owner { pid: pid.into(), started, namespace: namespace() }
    }

    /// Whether it may still be there.
    fn may_live(self) -> bool {
        let now = i32::try_from(self.pid).ok().and_then(started);
        self.namespace != namespace() || now == Some(self.started)
    }
}

fn namespace() -> u64 {
    fs::metadata("/proc/self/ns/pid").map_or(0, |it| it.ino())
}

/// The note.
pub(super) fn note(owner: Owner, ring: &Range<u64>, patches: &[Patch]) -> Vec<u8> {
    let head = [owner.pid, owner.started, owner.namespace, ring.start, ring.end, patches.len() as u64];
    let patches = patches.iter().flat_map(|patch| {
        let mut original = [0; 8];
        original[..JUMP].copy_from_slice(&patch.original);
        [patch.entry, u64::from_le_bytes(original)]
    });
    let words = head.into_iter().chain(patches).flat_map(u64::to_le_bytes);
    NAME.iter().copied().chain(words).collect()
}

/// What a note says.
#[derive(Debug, PartialEq, Eq)]
struct Note {
    owner: Owner,
    ring: Range<u64>,
    /// Where functions begin, and with what.
    originals: Vec<(u64, [u8; JUMP])>,
}

fn read(bytes: &[u8]) -> Option<Note> {
    let words = bytes.strip_prefix(NAME)?;
    let word = |index: usize| word(words, 8 * index);
    let owner = Owner { pid: word(0)?, started: word(1)?, namespace: word(2)? };
    let count = usize::try_from(word(5)?).ok()?;
    let patch = |index: usize| {
        let mut original = [0; JUMP];
        original.copy_from_slice(&word(HEAD + WORDS * index + 1)?.to_le_bytes()[..JUMP]);
        Some((word(HEAD + WORDS * index)?, original))
    };
    let originals = (0..count.min(NOTE as usize)).map(patch).collect::<Option<_>>()?;
    Some(Note { owner, ring: word(3)?..word(4)?, originals })
}

impl Installed {
    /// Hooks in a process whose owner is gone.
    pub(super) fn left_behind(target: &Target, places: &Places<'_>) -> Result<Option<Installed>, Obstacle> {
        for function in watched() {
            let Some((name, function)) = places.find(function)? else { continue };
            let Some(to) = target_of(&target.memory.bytes(function.entry, JUMP)?, function.entry) else {
                continue;
            };
            let memory = AddressSpace::of(target.process.pid)?;
            let page = to & !(STEP - 1)..(to & !(STEP - 1)) + PAGE;
            // Whatever else it may be, it is not ours.
            let changed = Obstacle::Changed(name);
            let note = memory.bytes(page.start, NOTE as usize).map_err(|_fault| changed.clone())?;
            let Note { owner, ring, originals } = read(&note).ok_or_else(|| changed.clone())?;
            if owner.may_live() {
                return Err(Obstacle::Watched(owner.pid));
            }
            let mut restored = Vec::new();
            for (entry, original) in originals {
                // Nothing is ever put back but what the file has there.
                if places.file_bytes(entry, JUMP).as_deref() != Some(&original[..]) {
                    return Err(changed);
                }
                let here = memory.bytes(entry, JUMP)?;
                let leads_here = target_of(&here, entry).is_some_and(|to| page.contains(&to));
                let jump = target_of(&here, entry).filter(|_| leads_here).map(|to| jump(entry, to));
                restored.extend(jump.map(|jump| Patch { entry, original, jump }));
            }
            let way = places.way()?;
            return Ok(Some(Installed::known(memory, page, ring, restored, way)));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_what_it_was_told() {
        let owner = Owner { pid: 7, started: 8, namespace: 9 };
        let patch = |entry| Patch { entry, original: [1, 2, 3, 4, 5], jump: [0; JUMP] };
        let patches: Vec<Patch> = (0..6).map(patch).collect();
        let note = note(owner, &(10..20), &patches);
        assert!(note.len() <= NOTE as usize);
        let originals = patches.iter().map(|patch| (patch.entry, patch.original)).collect();
        assert_eq!(read(&note), Some(Note { owner, ring: 10..20, originals }));
        for length in 0..note.len() {
            assert_eq!(read(&note[..length]), None);
        }
    }

    #[test]
    fn who_placed_hooks_is_known_to_live() {
        let this = Owner::this();
        assert!(this.may_live());
        assert!(!Owner { started: this.started + 1, ..this }.may_live());
        assert!(Owner { started: this.started + 1, namespace: 0, ..this }.may_live());
    }
}

//! Functions that are called again: to change the thread first, and to put the old value back later.

use super::*;

/// How many calls above a change are told apart.
const LEVELS: usize = 4;

/// The calls that led to a change, the innermost first, as far as the functions they are in have gone on since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Way([Option<Step>; LEVELS]);

impl Way {
    fn len(&self) -> usize {
        self.0.iter().take_while(|step| step.is_some()).count()
    }

    fn add(&mut self, step: Step) {
        if let Some(free) = self.0.iter_mut().find(|known| known.is_none()) {
            *free = Some(step);
        }
    }

    /// Whether the first calls are others already, however the rest of this one goes on.
    fn leaves(&self, other: &Way) -> bool {
        let known = self.0.iter().zip(&other.0);
        known.take(self.len().min(other.len())).any(|(here, there)| here != there)
    }
}

impl Walk<'_, '_, '_> {
    /// A function that was called to change the thread is called again from elsewhere: most likely to put the old value
    /// back, for the call inside is the same and only its arguments differ.
    pub(super) fn second_calls(&self, id: CallId, thread: &mut Thread, before: &Path) {
        if thread.depth == 0 {
            // The pin has ended: who called is all the same, and must not tell contexts apart.
            return;
        }
        let here = self.follower.step(self.function, id);
        let root = self.follower.calls.root(self.function);
        let before = &before.thread.marks;
        for mark in &mut thread.marks {
            let inside = self.follower.calls.root(mark.at.function) != root;
            let made_before = before.iter().any(|old| (old.at, old.way) == (mark.at, mark.way));
            let lasts = mark.pinned && !mark.binds && mark.standing != Standing::Lent;
            if !inside || made_before || !lasts {
                continue;
            }
            mark.way.add(here);
            let old = before.iter().find(|old| old.at == mark.at && old.unpinned.is_none());
            let Some(old) = old.filter(|old| old.pinned && mark.way.leaves(&old.way)) else { continue };
            let stands = match (old.standing, mark.standing) {
                (Standing::Failed, _) => continue,
                (_, Standing::Failed) => Standing::RestoreFailed,
                _ => Standing::Restored,
            };
            *mark = Mark { standing: stands, restore: Some(here), unpinned: mark.unpinned, ..*old };
        }
    }
}

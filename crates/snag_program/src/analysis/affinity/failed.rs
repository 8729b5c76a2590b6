//! Calls that failed leave other things than calls that worked.

use super::*;
use crate::analysis::answers;
use crate::ir::Block;

impl Mark {
    pub(super) fn is_like(&self, other: &Mark) -> bool {
        self.slot == other.slot && self.path == other.path
    }
}

impl Walk<'_, '_, '_> {
    /// Where a block goes on, and with what: there may be two answers to whether a call worked.
    pub(super) fn ways(&self, block: &Block, fact: &Fact) -> Vec<(BlockId, Fact)> {
        let calls = self.follower.calls;
        let marked = !fact.marks.is_empty();
        let asked = marked.then(|| answers::asked(calls, self.function, block)).flatten();
        let asked = asked.and_then(|(call, worked)| {
            let body = calls.body(self.function)?;
            Some((self.follower.step(self.function, body.call(call)), worked))
        });
        let one = |(at, next): (usize, BlockId)| {
            let mut fact = fact.clone();
            if let Some((call, worked)) = asked {
                answered(&mut fact.marks, call, worked == (at == 0));
            }
            (next, fact)
        };
        block.end.targets().enumerate().map(one).collect()
    }
}

/// A call has answered whether it worked: only what it leaves then goes on from here.
fn answered(marks: &mut Vec<Mark>, call: Step, worked: bool) {
    let is_its = |mark: &Mark| mark.path.first() == Some(&call);
    let told: Vec<Mark> = marks.iter().filter(|mark| is_its(mark) && mark.failed).cloned().collect();
    marks.retain_mut(|mark| {
        let other = mark.failed == worked && (worked || told.iter().any(|known| known.is_like(mark)));
        mark.failed |= is_its(mark) && !worked;
        !is_its(mark) || !other
    });
}

/// Left by a call that failed, whereupon the pin ended: whoever goes on under the pin has what it left when it worked.
pub(super) fn is_given_up(mark: &Mark, marks: &[Mark]) -> bool {
    let goes_on = |other: &Mark| other.is_like(mark) && !other.failed && other.loose.is_none();
    mark.failed && matches!(mark.loose, Some(Loose::Unpinned(_))) && marks.iter().any(goes_on)
}

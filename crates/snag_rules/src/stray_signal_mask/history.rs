//! Signal masks that were changed without a pin, or that outlived it.

use snag_threads::history::History;
use snag_threads::state;

use crate::history::HistoryFindings;
use crate::spread::changes;

pub(crate) fn look(history: &History, findings: &mut HistoryFindings) {
    let spreads = changes(history, |state| state == state::SIGMASK);
    for spread in spreads.iter().filter(|spread| !spread.pinned || spread.is_loose()) {
        let how = match spread.pinned {
            true => "outlives the pin",
            false => "is changed by a goroutine that is not pinned",
        };
        let consequence = match (spread.children(), spread.met()) {
            (0, 0) => "children that others start there inherit it".to_owned(),
            (0, 1) => "another goroutine ran there afterwards, and children inherit it".to_owned(),
            (0, met) => format!("{met} other goroutines ran there afterwards, and children inherit it"),
            (1, _) => "a child of another goroutine inherited it".to_owned(),
            (children, _) => format!("{children} children of other goroutines inherited it"),
        };
        let message = format!("the signal mask of a thread {how}: {consequence}");
        spread.tell(findings.add(spread.confidence(), spread.site, message));
    }
}

//! Changes of a thread by goroutines that were not pinned to it.

use snag_threads::state;

use crate::history::HistoryFindings;
use crate::spread::{Spread, changes};
use snag_threads::history::History;

pub(crate) fn look(history: &History, findings: &mut HistoryFindings) {
    let spreads = changes(history, |state| state != state::SIGMASK);
    for spread in spreads.iter().filter(|spread| !spread.pinned && !spread.confines_program()) {
        let message = format!(
            "the {} of a thread is changed by a goroutine that is not pinned to it{}",
            spread.subject(),
            consequence(spread)
        );
        spread.tell(findings.add(spread.confidence(), spread.site, message));
    }
}

fn consequence(spread: &Spread<'_>) -> String {
    match (spread.met(), spread.children()) {
        (0, 0) if spread.moved() => ": it went on on another thread".to_owned(),
        (0, 0) => ": any other one may run there next".to_owned(),
        (0, 1) => ": another one started a child there".to_owned(),
        (0, children) => format!(": others started {children} children there"),
        (1, _) => ": another one ran there afterwards".to_owned(),
        (met, _) => format!(": {met} others ran there afterwards"),
    }
}

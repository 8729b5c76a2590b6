//! Threads that were changed under a pin, and free for any goroutine before that was put back.

use snag_threads::history::History;
use snag_threads::state;

use crate::Confidence;
use crate::history::HistoryFindings;
use crate::spread::changes;

pub(crate) fn look(history: &History, findings: &mut HistoryFindings) {
    let spreads = changes(history, |state| state != state::SIGMASK);
    for spread in spreads.iter().filter(|spread| spread.pinned && spread.is_loose()) {
        let consequence = match spread.met() {
            0 => "any goroutine may run there".to_owned(),
            1 => "another goroutine ran there afterwards".to_owned(),
            met => format!("{met} other goroutines ran there afterwards"),
        };
        let message =
            format!("the pin ended while the {} of the thread was still changed: {consequence}", spread.subject());
        spread.tell(findings.add(spread.confidence().max(Confidence::Likely), spread.site, message));
    }
}

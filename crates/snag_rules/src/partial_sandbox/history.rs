//! What the goroutine of `main` gave up for good on its thread, while the program went on on others.

use snag_threads::history::History;
use snag_threads::state::sets::CONFINING;

use crate::Confidence;
use crate::history::HistoryFindings;
use crate::spread::{Spread, changes};

pub(crate) fn look(history: &History, findings: &mut HistoryFindings) {
    // Where the pin ends, that is the story.
    let wanted = |spread: &&Spread<'_>| spread.confines_program() && !(spread.pinned && spread.is_loose());
    for spread in changes(history, |state| CONFINING.contains(state)).iter().filter(wanted) {
        let born = spread.born_without();
        let finding = findings.add(confidence(spread, born), spread.site, super::message(spread.subject()));
        spread.tell(finding);
        if born > 0 {
            let (threads, were) = if born == 1 { ("thread", "was") } else { ("threads", "were") };
            finding.saw(format!("{born} {threads} {were} made afterwards, and began without it"), None);
        }
    }
}

/// Where `main` is pinned and nothing else needs a thread, its thread is the program.
fn confidence(spread: &Spread<'_>, born: usize) -> Confidence {
    if spread.pinned && born == 0 { Confidence::Possible } else { spread.confidence() }
}

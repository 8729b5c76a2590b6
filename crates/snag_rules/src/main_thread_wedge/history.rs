//! Main threads that a goroutine changed and ended pinned to: they sleep until the process ends.

use snag_threads::history::{Call, History, Sighting};

use crate::Confidence;
use crate::history::{HistoryFindings, Witness, origin};
use crate::spread::call_site;

pub(crate) fn look(history: &History, findings: &mut HistoryFindings) {
    for sighting in history.sightings.iter().filter(|sighting| sighting.wedged) {
        let by = sighting.own.iter().find_map(|own| Some((own, history.call(own.by?)?)));
        if let Some((own, call)) = by {
            report(history, (sighting, call), own.state.info().name, findings);
        }
    }
}

fn report(
    history: &History,
    (sighting, call): (&Sighting, &Call),
    subject: &str,
    findings: &mut HistoryFindings,
) {
    let message = format!(
        "the goroutine ended pinned to the main thread with the {subject} changed: that thread cannot end, and /proc/self \
         tells of it"
    );
    let site = call_site(history, call);
    let finding = findings.add(Confidence::Certain, site, message);
    let who = call.goroutine.and_then(|id| history.goroutine(id));
    let name = who.map_or("a goroutine".to_owned(), |who| format!("goroutine {}", who.id));
    finding.saw(format!("{name}, pinned, made `{}` on the main thread", call.text), site);
    finding.saw(format!("{name} was started here"), who.and_then(|who| origin(history, who)));
    let (thread, goroutine, stack) = (sighting.thread, call.goroutine, call.stack);
    let call = sighting.own.iter().find_map(|own| own.by);
    finding.witnesses = vec![Witness { at: sighting.at, thread, goroutine, call, stack }];
}

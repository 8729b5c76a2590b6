//! Credentials of all threads that one goroutine changed and put back again.

use std::collections::BTreeMap;

use snag_threads::StateId;
use snag_threads::history::{Call, CallId, Change, Class, History};
use snag_threads::snapshot::Frame;
use snag_threads::state::sets::CREDENTIALS;

use crate::Confidence;
use crate::history::{HistoryFindings, MAIN, Witness, origin};
use crate::later::Later;
use crate::spread::call_site;

/// A time during which all threads acted with credentials that one goroutine wanted.
struct Loan<'h> {
    id: CallId,
    set: &'h Call,
    back: &'h Call,
    state: StateId,
}

pub(crate) fn look(history: &History, findings: &mut HistoryFindings) {
    // What one function changes together is one mistake: user, group, groups.
    let later = Later::new(history);
    let mut places: BTreeMap<(&str, &str), (&Frame, Vec<Loan<'_>>)> = BTreeMap::new();
    for (id, set) in (0..).map(CallId).zip(&history.calls) {
        let Some((back, state)) = given_back(&later, id, set) else { continue };
        let Some(site) = call_site(history, set) else { continue };
        let place = places.entry((&site.file, &site.function)).or_insert((site, Vec::new()));
        place.1.push(Loan { id, set, back, state });
    }
    for (site, loans) in places.into_values() {
        report(history, site, &loans, findings);
    }
}

/// The call by which the goroutine put back later, on all threads too, what the call changed.
fn given_back<'h>(later: &Later<'h>, id: CallId, set: &Call) -> Option<(&'h Call, StateId)> {
    let goroutine = set.goroutine.filter(|_| set.class == Class::AllThreads && set.result >= 0)?;
    let change = set.changes.iter().find(|change| CREDENTIALS.contains(change.state))?;
    let undoes = |later: &Change| later.state == change.state && acting(&later.after) == acting(&change.before);
    let mut later = later.by(goroutine, id);
    let back = later.find(|later| later.class == Class::AllThreads && later.changes.iter().any(undoes))?;
    (acting(&change.before) != acting(&change.after)).then_some((back, change.state))
}

/// The id that decides what a thread may do: of real, effective and saved the effective one.
fn acting(value: &Option<std::sync::Arc<str>>) -> Option<&str> {
    let value = value.as_deref()?;
    let ids: Vec<&str> = value.split(' ').collect();
    if let [_, effective, _] = ids[..] { Some(effective) } else { Some(value) }
}

fn report(history: &History, site: &Frame, loans: &[Loan<'_>], findings: &mut HistoryFindings) {
    let Some(first) = loans.first() else { return };
    let who = first.set.goroutine.and_then(|id| history.goroutine(id));
    // While main does it, nobody else may be there.
    let main = who.is_none_or(|who| who.id == MAIN);
    let confidence = if main { Confidence::Possible } else { Confidence::Likely };
    let finding = findings.add(confidence, Some(site), super::message(first.state.info().name));
    let pin = if first.set.pinned.holds() { "pinned, which changes nothing" } else { "not pinned" };
    let id = who.map_or(0, |who| who.id);
    finding.saw(format!("goroutine {id}, {pin}, made `{}` on all threads", first.set.text), Some(site));
    let lasted = first.back.at.saturating_sub(first.set.at) / 1_000_000;
    finding.saw(format!("`{}` put it back after {lasted} ms", first.back.text), call_site(history, first.back));
    finding.saw(format!("goroutine {id} was started here"), who.and_then(|who| origin(history, who)));
    let witness = |loan: &Loan<'_>| {
        let Call { at, thread, goroutine, stack, .. } = *loan.set;
        Witness { at, thread, goroutine, call: Some(loan.id), stack }
    };
    finding.witnesses = loans.iter().map(witness).collect();
}

//! Threads that were made because more and more goroutines held one each in the same call.

use std::collections::BTreeMap;

use snag_threads::history::{Crowd, Held, HeldBy, History, Nanos, ProcessId};
use snag_threads::snapshot::Frame;

use crate::Confidence;
use crate::history::{HistoryFindings, Witness, origin};
use crate::sites::{is_own, site};
use crate::spread::module_in;

/// Fewer threads that wait are what a program needs for its files.
const MANY: u32 = 64;
/// What has grown so much for so long has no limit that anybody chose; a burst is over sooner.
const GROWTH: u32 = 4;
const LONG: Nanos = 1_000_000_000;

/// How many goroutines were in one call, whenever somebody looked.
struct Growth<'h> {
    call: &'h Frame,
    seen: Vec<(&'h Crowd, u32, &'h Held)>,
}

pub(crate) fn look(history: &History, findings: &mut HistoryFindings) {
    let mut calls: BTreeMap<(ProcessId, &str, &str, u32), Growth<'_>> = BTreeMap::new();
    for crowd in &history.crowds {
        for held in crowd.held.iter().filter(|held| held.by == HeldBy::Call) {
            let stack: Vec<&Frame> = held.stack.map(|stack| history.stack(stack).collect()).unwrap_or_default();
            let Some(call) = site(&stack, module_in(history, crowd.process, crowd.at)) else { continue };
            let key = (crowd.process, &*call.function, &*call.file, call.line);
            let growth = calls.entry(key).or_insert(Growth { call, seen: Vec::new() });
            match growth.seen.last_mut() {
                Some((last, count, _)) if std::ptr::eq(*last, crowd) => *count += held.count,
                _ => growth.seen.push((crowd, held.count, held)),
            }
        }
    }
    for growth in calls.values() {
        report(history, growth, findings);
    }
}

fn report(history: &History, growth: &Growth<'_>, findings: &mut HistoryFindings) {
    let Some(&(crowd, most, held)) = growth.seen.iter().max_by_key(|(_, count, _)| *count) else { return };
    if most < MANY {
        return;
    }
    let early = growth.seen.iter().find(|(_, count, _)| *count >= most / GROWTH).map_or(crowd.at, |seen| seen.0.at);
    let confidence = if crowd.at.saturating_sub(early) >= LONG { Confidence::Likely } else { Confidence::Possible };
    let message = format!(
        "{most} goroutines held a thread each in the same call: every further one makes a thread, and none is given back"
    );
    let module = module_in(history, crowd.process, crowd.at);
    let created = history.goroutine(held.goroutine).and_then(|goroutine| origin(history, goroutine));
    // A library starts the goroutines of handlers: what they do is what can be bounded.
    let place = created.filter(|created| is_own(&created.function, module)).unwrap_or(growth.call);
    let finding = findings.add(confidence, Some(place), message);
    finding.saw("is the call", Some(growth.call));
    for (crowd, count, _) in &growth.seen {
        let (at, threads) = (crowd.at / 1_000_000, crowd.threads);
        finding.saw(format!("{count} of {threads} threads were in it after {at} ms"), None);
    }
    if let Some(thread) = history.first_thread(crowd.process) {
        let (at, call) = (crowd.at, None);
        finding.witnesses = vec![Witness { at, thread, goroutine: Some(held.goroutine), call, stack: held.stack }];
    }
}

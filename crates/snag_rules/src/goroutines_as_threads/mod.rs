//! The number of goroutines, called a number of threads.

mod labels;
mod sinks;
mod texts;

use rustc_hash::FxHashMap;
use snag_program::Program;
use snag_program::ir::Place;
use snag_threads::version;

use crate::counts::{Counts, Source, place_of};
use crate::properties::Properties;
use crate::{Confidence, Findings, Rule, Severity};
use sinks::{Sink, Use, sinks};

pub(crate) static RULE: Rule = Rule {
    name: "goroutines-as-threads",
    severity: Severity::Warning,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    let properties = Properties::new(program);
    let counts = Counts::new(program, &properties);
    let mut all: Vec<Sink> = Vec::new();
    for &id in counts.functions.iter().filter(|&&id| program.is_first_party(id)) {
        all.extend(sinks(program, &counts, id));
    }
    // One wrong name leads to the next: the first one behind the count is the mistake.
    let rank = |sink: &Sink| (sink.function != sink.source.function, sink.function, sink.span);
    all.sort_by_key(rank);
    let mut reported: FxHashMap<Source, Sink> = FxHashMap::default();
    for sink in all {
        let key = Source { polled: false, ..sink.source };
        let follows = reported.get(&key).is_some_and(|first| {
            first.function == sink.function || first.function == sink.source.function
        });
        if !follows {
            report(program, &sink, findings);
            reported.insert(key, sink);
        }
    }
}

fn report(program: &Program, sink: &Sink, findings: &mut Findings) {
    let name = &sink.name;
    let message = match sink.how {
        Use::Named => format!("`{name}` is a number of goroutines: how many threads there are, it does not tell"),
        Use::Limit => {
            format!("`{name}` limits threads and is compared with a number of goroutines, which says nothing about them")
        }
        Use::Text => {
            "a number of goroutines is shown as a number of threads, of which there may be a thousand times fewer"
                .to_owned()
        }
    };
    let place = Place { file: program.function(sink.function).file, span: sink.span };
    let finding = findings.add(&RULE, Confidence::Likely, place, sink.function, message);
    let (file, span) = place_of(program, sink.source);
    finding.because(file, span, "counts goroutines; threads exist only for those that run or wait in the kernel or in C");
    let metric = program.workspace.release.is_none_or(version::thread_count_metric);
    let advice = if metric {
        "call it goroutines; threads are counted by the entries of /proc/self/task, or those Go made by the metric \
         /sched/threads/total:threads"
    } else {
        "call it goroutines; threads are counted by the entries of /proc/self/task, or those Go made by \
         pprof.Lookup(\"threadcreate\").Count()"
    };
    finding.because(place.file, place.span, advice);
}

//! Per-thread state changed by a goroutine that may move to another thread.

use rustc_hash::FxHashSet;
use snag_program::Program;
use snag_program::analysis::{EntryKind, UnpinnedChange};

use crate::subject::subject;
use crate::{Confidence, Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "unpinned-thread-state",
    severity: Severity::Error,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

fn check(program: &Program, findings: &mut Findings) {
    let mut seen = FxHashSet::default();
    for change in &program.analysis.unpinned {
        let subject = subject(change.states);
        if is_about_library(program, change) || !seen.insert((change.entry.function, subject)) {
            continue;
        }
        report(program, change, subject, findings);
    }
}

/// A test shows a change that belongs to the code under test: that is reported where it belongs.
fn is_about_library(program: &Program, change: &UnpinnedChange) -> bool {
    let in_code = |function| program.is_first_party(function) && !program.file(program.function(function).file).is_test;
    change.entry.kind == EntryKind::Test && change.path.iter().any(|step| in_code(step.function))
}

fn report(program: &Program, change: &UnpinnedChange, subject: &str, findings: &mut Findings) {
    let (Some(&first), Some(&last)) = (change.path.first(), change.path.last()) else { return };
    let message = format!(
        "the {subject} of a thread is changed by a goroutine that is not pinned to it: other goroutines run on \
         the changed thread"
    );
    let entry = change.entry.function;
    let finding = findings.add(&RULE, confidence(change), first.place, entry, message);
    for step in change.path.iter().skip(1).take(change.path.len().saturating_sub(2)) {
        finding.because(step.place.file, step.place.span, "which calls this");
    }
    let changed = format!("changes the {subject} of the thread that happens to run the goroutine");
    finding.because(last.place.file, last.place.span, changed);
    let start = program.function(entry);
    finding.because(start.file, start.name_span, beginning(change.entry.kind));
    let next = "the goroutine may continue on another thread from here, and this thread stays changed";
    finding.because(first.place.file, first.place.span, next);
}

fn beginning(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Main => "main is not pinned: an init function would have to call runtime.LockOSThread",
        EntryKind::Init => "the runtime pins the main goroutine during init, and unpins it before main",
        EntryKind::Test => "the goroutine of the test is not pinned",
        EntryKind::Go => "a goroutine starts here, without a pin",
        EntryKind::Exported => "nobody in the program calls this with a pin",
    }
}

fn confidence(change: &UnpinnedChange) -> Confidence {
    let alone = matches!(change.entry.kind, EntryKind::Main | EntryKind::Init) && !change.after_go;
    let handed_through = change.entry.kind == EntryKind::Exported && change.thin;
    if alone || change.before_exec || handed_through {
        return Confidence::Possible;
    }
    let sure = change.certain && !change.through_interface;
    match change.entry.kind {
        EntryKind::Go | EntryKind::Main if sure => Confidence::Certain,
        EntryKind::Exported if change.through_interface => Confidence::Possible,
        _ => Confidence::Likely,
    }
}

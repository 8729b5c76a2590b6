//! What two rules say of a change of a thread by a goroutine that is not pinned there.

use snag_program::Program;
use snag_program::analysis::{EntryKind, Step, UnpinnedChange};
use snag_program::ir::{Callee, Place};
use snag_threads::StateSet;

use crate::subject::call_at;
use crate::{Confidence, Finding};

/// A test shows a change that belongs to the code under test: that is reported where it belongs.
pub(crate) fn is_about_library(program: &Program, change: &UnpinnedChange) -> bool {
    let in_code =
        |function| program.is_first_party(function) && !program.file(program.function(function).file).is_test;
    starts_in_test(program, change) && change.path.iter().any(|step| in_code(step.function))
}

/// The goroutine is one of a test, or of its subtests and helpers.
pub(crate) fn starts_in_test(program: &Program, change: &UnpinnedChange) -> bool {
    change.entry.kind == EntryKind::Test || program.file(program.function(change.entry.function).file).is_test
}

/// The calls on the way, the change, and where the goroutine starts.
pub(crate) fn explain(
    program: &Program,
    change: &UnpinnedChange,
    states: StateSet,
    subject: &str,
    finding: &mut Finding,
) {
    let Some(&last) = change.path.last() else { return };
    for step in change.path.iter().skip(1).take(change.path.len().saturating_sub(2)) {
        finding.because(step.place.file, step.place.span, "which calls this");
    }
    let changed = if change.binds {
        format!("needs the thread of the {subject}, and gets the one that happens to run the goroutine")
    } else {
        format!("changes the {subject} of the thread that happens to run the goroutine")
    };
    finding.because(last.place.file, last.place.span, changed);
    if let Some((name, place)) = in_c(program, last, states) {
        finding.because(place.file, place.span, format!("by {name}, in C"));
    }
    let start = program.function(change.entry.function);
    finding.because(start.file, start.name_span, beginning(change.entry.kind));
}

/// Where in C a call changes one of the states.
pub(crate) fn in_c(program: &Program, step: Step, states: StateSet) -> Option<(&'static str, Place)> {
    let Callee::C(name) = call_at(program, step)?.callee else { return None };
    program.native.change_in_c(program.function(step.function).package, name, states)
}

pub(crate) fn beginning(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Main => "main is not pinned: an init function would have to call runtime.LockOSThread",
        EntryKind::Init => "the runtime pins the main goroutine during init, and unpins it before main",
        EntryKind::Test => "the goroutine of the test is not pinned",
        EntryKind::Go => "a goroutine starts here, without a pin",
        EntryKind::Exported => "nobody in the program calls this with a pin",
        EntryKind::Received => "a goroutine that is not pinned receives this function and calls it",
        EntryKind::Kept => "kept as a value: whoever calls it may not be pinned",
    }
}

pub(crate) fn confidence(change: &UnpinnedChange) -> Confidence {
    if change.entry.kind == EntryKind::Kept {
        return Confidence::Possible;
    }
    if change.binds {
        // What only ties leaves the pin to its callers; what also uses it does not.
        let own = change.entry.kind != EntryKind::Exported || change.used;
        return if own && !change.through_interface { Confidence::Likely } else { Confidence::Possible };
    }
    let alone = matches!(change.entry.kind, EntryKind::Main | EntryKind::Init) && !change.after_go;
    let handed_through = change.entry.kind == EntryKind::Exported && change.thin;
    if (alone || change.before_exec) && !change.used || handed_through {
        return Confidence::Possible;
    }
    let sure = change.certain && !change.through_interface;
    match change.entry.kind {
        EntryKind::Go | EntryKind::Main if sure => Confidence::Certain,
        EntryKind::Exported if change.through_interface => Confidence::Possible,
        _ => Confidence::Likely,
    }
}

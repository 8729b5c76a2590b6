//! What two rules say of a change of a thread by a goroutine that is not pinned there.

use rustc_hash::FxHashMap;
use snag_program::Program;
use snag_program::analysis::{EntryKind, Step, UnpinnedChange};
use snag_program::ir::{Callee, FuncId, Place};
use snag_threads::{StateSet, state};

use crate::subject::call_at;
use crate::{Confidence, Finding};

/// The changes of these states, one for each function that is to pin: the surest. One pin serves them all.
pub(crate) fn one_for_each_place<'p>(
    program: &'p Program,
    states: &dyn Fn(&UnpinnedChange) -> StateSet,
) -> Vec<&'p UnpinnedChange> {
    let mut found: Vec<&UnpinnedChange> = Vec::new();
    let mut known: FxHashMap<FuncId, usize> = FxHashMap::default();
    for change in &program.analysis.unpinned {
        let wanted = !states(change).is_empty() && !is_about_library(program, change);
        let Some(here) = change.place().filter(|_| wanted) else {
            continue;
        };
        let at = *known.entry(here.function).or_insert(found.len());
        match found.get_mut(at) {
            Some(old) if confidence(program, change) > confidence(program, old) => *old = change,
            Some(_) => {}
            None => found.push(change),
        }
    }
    found
}

/// A test shows a change that belongs to the code under test: that is reported where it belongs.
fn is_about_library(program: &Program, change: &UnpinnedChange) -> bool {
    let in_code =
        |function| program.is_first_party(function) && !program.file(program.function(function).file).is_test;
    starts_in_test(program, change) && change.place().is_some_and(|step| in_code(step.function))
}

/// The call is one of a window system, or of another library that only the main thread may call.
pub(crate) fn wants_main_thread(change: &UnpinnedChange) -> bool {
    change.binds && change.states.contains(state::UI_MAIN_THREAD)
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
    finding.about(states);
    let owner = change.owner.min(change.path.len() - 1);
    for step in change.path.iter().take(change.path.len() - 1).skip(owner + 1) {
        finding.because(step.place.file, step.place.span, "which calls this");
    }
    let changed = if wants_main_thread(change) {
        "this is for the main thread only".to_owned()
    } else if change.binds {
        format!("needs the thread of the {subject}, and gets the one that happens to run the goroutine")
    } else {
        format!("changes the {subject} of the thread that happens to run the goroutine")
    };
    finding.because(last.place.file, last.place.span, changed);
    if let Some((name, place)) = in_c(program, last, states) {
        finding.because(place.file, place.span, format!("by {name}, in C"));
    }
    for step in change.path.iter().take(owner).rev() {
        finding.because(step.place.file, step.place.span, "called here, without a pin");
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
        EntryKind::Command => "a command: the library calls it on the goroutine of main, which is not pinned",
        EntryKind::Kept => "kept as a value: whoever calls it may not be pinned",
    }
}

pub(crate) fn confidence(program: &Program, change: &UnpinnedChange) -> Confidence {
    if change.entry.kind == EntryKind::Kept {
        return Confidence::Possible;
    }
    if change.binds {
        if is_of_fake(program, change) {
            return Confidence::Possible;
        }
        // What only ties leaves the pin to its callers; what also uses it does not.
        let own = change.entry.kind != EntryKind::Exported || change.used;
        return if own && !change.through_interface { Confidence::Likely } else { Confidence::Possible };
    }
    let alone = matches!(change.entry.kind, EntryKind::Main | EntryKind::Init | EntryKind::Command)
        && !change.after_go;
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

/// Behind an interface, a test mostly has something that stands for the real one and needs no thread.
fn is_of_fake(program: &Program, change: &UnpinnedChange) -> bool {
    let Some(&last) = change.path.last() else { return false };
    let in_test = program.file(program.function(change.entry.function).file).is_test;
    in_test && call_at(program, last).is_some_and(|call| matches!(call.callee, Callee::Interface { .. }))
}

//! How messages call what happens to a thread.

use snag_program::Program;
use snag_program::analysis::Step;
use snag_program::ir::Call;
use snag_threads::StateSet;

/// The state that a change is about, in a sentence.
pub(crate) fn subject(states: StateSet) -> &'static str {
    states.first().map_or("state", |state| state.info().name)
}

/// The call at a step of a path.
pub(crate) fn call_at(program: &Program, step: Step) -> Option<&Call> {
    let body = program.function(step.function).body.as_ref()?;
    body.calls.iter().find(|call| call.span == step.place.span)
}

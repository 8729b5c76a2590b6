//! How messages say how many goroutines there are, and why.

use snag_program::Program;
use snag_program::analysis::{Cause, Count, Times};
use snag_program::ir::LoopKind;

use crate::Finding;

/// `one goroutine per request`
pub(crate) fn how_many(times: Times) -> String {
    let cause = times.because.map(|(_, cause)| cause);
    match (times.count, cause) {
        (Count::Number(n), _) => format!("{n} goroutines"),
        (Count::Chosen, _) => "as many goroutines as somebody asks for".to_owned(),
        (_, Some(Cause::Requests)) => "one goroutine per request or event".to_owned(),
        (_, Some(Cause::Recursion)) => "goroutines that start more of their kind".to_owned(),
        (_, Some(Cause::Loop(LoopKind::Channel))) => "one goroutine per message".to_owned(),
        (_, Some(Cause::Loop(LoopKind::Endless))) => {
            "one more goroutine per round of an endless loop".to_owned()
        }
        (_, Some(Cause::Loop(LoopKind::Elements))) => "one goroutine per element".to_owned(),
        _ => "one goroutine per round of a loop".to_owned(),
    }
}

/// Points at what makes many of one.
pub(crate) fn because(program: &Program, finding: &mut Finding, times: Times) {
    let Some((step, cause)) = times.because else { return };
    let text = match (cause, times.count) {
        (Cause::Requests, _) => {
            "called by a library on goroutines of its own, as often as there is something to do"
        }
        (Cause::Recursion, _) => "the goroutine starts others like itself",
        (Cause::Loop(LoopKind::Endless | LoopKind::Channel), _) => {
            "goes on for ever, and does not wait for the goroutines of earlier rounds"
        }
        (_, Count::Number(_)) => "goes round this often without waiting for the goroutines",
        _ => "goes round as often as there is input, without waiting for the goroutines",
    };
    let file = program.function(step.function).file;
    finding.because(file, step.place.span, text);
}

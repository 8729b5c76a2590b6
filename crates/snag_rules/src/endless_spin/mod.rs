//! A loop that waits by asking again and again.

use snag_program::Program;
use snag_program::ir::{Callee, Instr, Mode, Place, Value, ValueId};
use snag_threads::Is;

use crate::properties::Properties;
use crate::rounds::{Idle, Round, same_memory};
use crate::{Confidence, Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "endless-spin",
    severity: Severity::Warning,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

/// What keeps the loop going.
enum Spin {
    /// Nothing ends it.
    Forever,
    /// It asks channels, and does not wait for them.
    Select,
    /// It looks for work, until it is told to end.
    Poll,
    /// It waits for an atomic variable.
    Atomic,
    /// It waits for another answer.
    Answer,
    /// It waits for a variable that another goroutine assigns; nothing orders the two.
    Plain(String),
}

fn check(program: &Program, findings: &mut Findings) {
    let properties = Properties::new(program);
    for (id, function) in program.functions() {
        let first_party = program.is_first_party(id);
        if !first_party || function.body.as_ref().is_none_or(|body| body.loops.is_empty()) {
            continue;
        }
        for round in Round::all(program, &properties, id) {
            let Some(idle) = round.idle() else { continue };
            if let Some((spin, confidence)) = judge(&round, &idle) {
                report(&round, &idle, &spin, confidence, findings);
            }
        }
    }
}

fn judge(round: &Round<'_, '_>, idle: &Idle) -> Option<(Spin, Confidence)> {
    let yields = idle.yields.is_some();
    if idle.opaque && !yields {
        return None;
    }
    let in_test = round.program.file(round.program.function(round.function).file).is_test;
    let confidence = |usual: Confidence| if in_test { Confidence::Possible } else { usual };
    if !round.has_exit() {
        let usual = if idle.polls.is_some() { Confidence::Likely } else { Confidence::Certain };
        return (yields || idle.polls.is_none()).then_some((Spin::Forever, confidence(usual)));
    }
    if idle.selects_again {
        return None;
    }
    if idle.select.is_some() {
        return (yields || idle.polls.is_none()).then_some((Spin::Select, confidence(Confidence::Likely)));
    }
    if idle.polls.is_some() {
        return yields.then_some((Spin::Poll, confidence(Confidence::Likely)));
    }
    if idle.asks.is_some() {
        return Some((Spin::Answer, confidence(Confidence::Likely)));
    }
    if idle.loads.is_some() {
        let usual = if yields { Confidence::Possible } else { Confidence::Likely };
        return Some((Spin::Atomic, confidence(usual)));
    }
    let name = plain_flag(round, idle.reads.filter(|_| !idle.other_exit)?)?;
    Some((Spin::Plain(name), confidence(Confidence::Likely)))
}

/// The shared variable that this loop waits for, if the function itself assigns nothing to it in the loop.
fn plain_flag(round: &Round<'_, '_>, id: ValueId) -> Option<String> {
    let program = round.program;
    let wanted = round.body.value(id);
    if round.assigns(wanted) {
        return None;
    }
    let family = |id| {
        let function = program.function(id);
        match wanted {
            Value::Var(var) => function.file == program.function(var.function).file,
            Value::Global(global) => function.package == program.globals[global.index()].package,
            _ => function.package == program.function(round.function).package,
        }
    };
    let elsewhere = program.functions().filter(|(id, _)| *id != round.function && family(*id));
    let assigned = elsewhere.filter_map(|(_, function)| function.body.as_ref()).any(|body| {
        body.blocks.iter().flat_map(|block| &block.instrs).any(|instr| match *instr {
            Instr::Assign { target, .. } => same_memory(wanted, body.value(target)),
            _ => false,
        })
    });
    let name = match wanted {
        Value::Var(var) => program.function(var.function).vars[var.index as usize].name,
        Value::Global(global) => program.globals[global.index()].name,
        Value::Field(_, _, name) => name,
        _ => return None,
    };
    assigned.then(|| name.to_string())
}

fn report(
    round: &Round<'_, '_>,
    idle: &Idle,
    spin: &Spin,
    confidence: Confidence,
    findings: &mut Findings,
) {
    let function = round.program.function(round.function);
    let span = round.body.loops[round.id.index()].span;
    let message = match spin {
        Spin::Forever => "this loop neither ends nor waits: it keeps a processor busy for ever".to_owned(),
        Spin::Select => {
            "the select never waits, because of its default clause: the loop keeps a processor busy".to_owned()
        }
        Spin::Poll => "the loop looks for work without ever waiting for it: it keeps a processor busy".to_owned(),
        Spin::Atomic => {
            "the loop waits by reading an atomic variable again and again: it keeps a processor busy until another \
             goroutine changes it"
                .to_owned()
        }
        Spin::Answer => {
            "the loop waits by asking again and again: it keeps a processor busy until the answer changes".to_owned()
        }
        Spin::Plain(name) => format!(
            "the loop waits for `{name}` by reading it again and again: it keeps a processor busy, and Go does not \
             promise that it ever sees the change"
        ),
    };
    let place = Place { file: function.file, span };
    let finding = findings.add(&RULE, confidence, place, round.function, message);
    let at = |call: snag_program::ir::CallId| round.body.call(call).span;
    if let Some(call) = idle.yields {
        finding.because(function.file, at(call), "lets other goroutines run and comes straight back: it does not wait");
    }
    if let Some(select) = idle.select {
        finding.because(function.file, select, "goes on at once when no channel is ready");
    }
    if let Some(call) = idle.polls {
        finding.because(function.file, at(call), "may have nothing to do, and then returns at once");
    }
    if let (Spin::Forever, Some(done)) = (spin, deferred_done(round)) {
        finding.because(function.file, done, "never happens: who waits for this goroutine waits for ever");
    }
    let advice = match spin {
        Spin::Forever => "to keep the program alive, wait for something: `select {}` waits for ever and costs nothing",
        Spin::Select => "leave out the default clause, or wait in it with a timer",
        Spin::Poll | Spin::Atomic | Spin::Answer | Spin::Plain(_) => {
            "wait on a channel, a sync.Cond or a context that the other goroutine closes or signals"
        }
    };
    finding.because(function.file, span, advice);
}

/// `defer wg.Done()` of the goroutine that never ends.
fn deferred_done(round: &Round<'_, '_>) -> Option<snag_syntax::Span> {
    let deferred = round.body.calls.iter().filter(|call| call.mode == Mode::Defer);
    let mut done = deferred.filter(|call| {
        matches!(call.callee, Callee::Function(_) | Callee::Missing { .. })
            && round.properties.of(round.body, call) == Some(Is::Done)
    });
    done.next().map(|call| call.span)
}

//! Credentials that a function changes for itself and puts back, by calls that change all threads.

use snag_threads::LockBehavior;
use snag_threads::state::sets::CREDENTIALS;

use super::calls::Calls;
use super::effects::{Change, EffectsOf};
use super::flow::{Point, behind, position};
use super::values::Values;
use super::{BorrowedCredentials, Entry, Step, goroutines};
use crate::ir::{Call, CallId, Callee, FuncId, Instr, Mode, Place, Value};

/// A change of the credentials of all threads.
struct Wide<'p> {
    function: FuncId,
    call: &'p Call,
    /// The call that changes them: the same one, or one in the function that it calls.
    inner: (FuncId, &'p Call),
    change: Change,
}

struct Finder<'c, 'p> {
    calls: &'c Calls<'p>,
    effects: EffectsOf<'c, 'p>,
    entries: &'c [Entry],
}

/// Looks at every function of the program.
pub(super) fn find(calls: &Calls<'_>, entries: &[Entry]) -> Vec<BorrowedCredentials> {
    let values = Values::new(calls);
    let finder = Finder { calls, effects: EffectsOf { calls, values: &values }, entries };
    let own =
        |id: &FuncId| calls.is_relevant(*id) && calls.root(*id) == *id && calls.program.is_first_party(*id);
    let mut found: Vec<BorrowedCredentials> = Vec::new();
    for borrowed in calls.functions().filter(own).filter_map(|id| finder.borrowed(id)) {
        // Whoever calls the helpers: it is one mistake.
        if !found.iter().any(|known| known.change == borrowed.change) {
            found.push(borrowed);
        }
    }
    found
}

impl<'p> Finder<'_, 'p> {
    fn borrowed(&self, function: FuncId) -> Option<BorrowedCredentials> {
        let mut family = Vec::new();
        self.add_family(function, &mut family);
        let wide: Vec<Wide<'p>> = family
            .iter()
            .flat_map(|&member| [self.wide(member), self.wide_by_helpers(member)])
            .flatten()
            .collect();
        let (set, back) = wide.iter().find_map(|set| {
            let back = wide.iter().find(|back| self.puts_back(back, set))?;
            (!set.change.restores).then_some((set, back))
        })?;
        Some(BorrowedCredentials {
            change: self.step(set.inner.0, set.inner.1),
            back: self.step(back.inner.0, back.inner.1),
            states: set.change.states.intersection(CREDENTIALS),
            pin: self.pin(&family, set),
            entry: goroutines::reaching(self.calls, self.entries, function),
        })
    }

    /// The function and the literals that run on its goroutine.
    fn add_family(&self, function: FuncId, family: &mut Vec<FuncId>) {
        family.push(function);
        self.calls.literals(function).iter().for_each(|&literal| self.add_family(literal, family));
    }

    fn wide(&self, function: FuncId) -> Vec<Wide<'p>> {
        let calls = self.calls.body(function).map(|body| &body.calls[..]).unwrap_or_default();
        let wide = calls.iter().filter_map(|call| {
            let change = self.effects.change_of_all_threads(function, call)?;
            let inner = (function, call);
            change.states.intersects(CREDENTIALS).then_some(Wide { function, call, inner, change })
        });
        wide.collect()
    }

    /// What the functions that the function calls change for it: `enter` and `leave`.
    fn wide_by_helpers(&self, function: FuncId) -> Vec<Wide<'p>> {
        let calls = self.calls.body(function).map(|body| &body.calls[..]).unwrap_or_default();
        let wide = calls.iter().filter(|call| call.mode != Mode::Go).flat_map(|call| {
            let Callee::Function(helper) = call.callee else { return vec![] };
            let own = self.calls.is_relevant(helper) && self.calls.program.is_first_party(helper);
            let inside = if own { self.wide(helper) } else { vec![] };
            let alone = |set: &Wide<'p>| !inside.iter().any(|back| self.puts_back(back, set));
            let all = inside.iter().all(alone);
            inside.into_iter().filter(|_| all).map(|wide| Wide { function, call, ..wide }).collect()
        });
        wide.collect()
    }

    /// Whether a call undoes another: with a value that was saved, or with another value than that.
    fn puts_back(&self, back: &Wide<'p>, set: &Wide<'p>) -> bool {
        let other = !std::ptr::eq(back.call, set.call) && back.change.states.intersects(set.change.states);
        let differs = || back.inner.1.callee == set.inner.1.callee && self.have_other_arguments(set, back);
        other && self.is_later(set, back) && (back.change.restores || differs())
    }

    fn have_other_arguments(&self, set: &Wide<'p>, back: &Wide<'p>) -> bool {
        let argument = |function, arg| {
            let known = self.effects.argument(function, arg, &[]);
            let field = match self.calls.body(function).map(|body| body.value(arg)) {
                Some(Value::Field(_, _, name)) => Some(name),
                _ => None,
            };
            (known, self.effects.values.variable(function, arg), field)
        };
        // One helper is called twice, or each call is one.
        let again = std::ptr::eq(set.inner.1, back.inner.1);
        let made = |wide: &Wide<'p>| if again { (wide.function, wide.call) } else { wide.inner };
        let ((of_set, set), (of_back, back)) = (made(set), made(back));
        let mut pairs = set.args.iter().zip(&back.args);
        pairs.any(|(&old, &new)| argument(of_set, old) != argument(of_back, new))
    }

    /// Whether a path leads from one call to the other; what runs when the function ends comes last.
    fn is_later(&self, set: &Wide<'_>, back: &Wide<'_>) -> bool {
        if set.function != back.function || back.call.mode == Mode::Defer {
            return back.call.mode == Mode::Defer || set.call.span.end <= back.call.span.start;
        }
        let Some(body) = self.calls.body(set.function) else { return false };
        let id = |call: &Call| body.calls.iter().position(|known| std::ptr::eq(known, call));
        let (Some(from), Some(to)) = (id(set.call), id(back.call)) else { return false };
        let Some(from) = position(body, CallId(from as u32)) else { return false };
        let mut found = false;
        behind(body, from, None, |_, point| {
            found |= matches!(point, Point::Instr(Instr::Call(call)) if call.index() == to);
            !found
        });
        found
    }

    /// The pin that was to keep the change on one thread.
    fn pin(&self, family: &[FuncId], set: &Wide<'_>) -> Option<Step> {
        family.iter().find_map(|&member| {
            let body = self.calls.body(member)?;
            let locks = |call: &&Call| {
                let api = self.calls.rows(call).api;
                api.is_some_and(|api| api.locks == LockBehavior::IsLock)
            };
            let pin = body.calls.iter().filter(locks).find(|pin| pin.span.start < set.call.span.start)?;
            Some(self.step(member, pin))
        })
    }

    fn step(&self, function: FuncId, call: &Call) -> Step {
        let file = self.calls.program.function(function).file;
        Step { function, place: Place { file, span: call.span } }
    }
}

//! What a call does, given the constants among its arguments.

use crate::state::StateSet;

/// What is known about an argument of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arg<'a> {
    /// A constant number.
    Int(i64),
    /// A constant string.
    Str(&'a str),
    /// `nil`.
    Nil,
    /// Something that is not nil, for example `&x`.
    Address,
    /// The id of the calling thread, as `Gettid()` gives it.
    ThreadId,
    /// The id of the process, as `Getpid()` gives it: as a thread id it means the main thread.
    ProcessId,
    /// Not known.
    Unknown,
}

/// Whose state a call changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// The calling thread's.
    Caller,
    /// The main thread's, whoever calls.
    MainThread,
    /// That of all threads.
    Process,
}

/// What a call does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effects {
    /// States it changes, on the threads that `target` says.
    pub writes: StateSet,
    /// States of the calling thread that its result surely depends on.
    pub reads: StateSet,
    /// Whose state it changes.
    pub target: Target,
    /// Whether the arguments decided about `writes`: otherwise it holds what the call most likely changes.
    pub certain: bool,
}

impl Effects {
    /// The effects of a call that does nothing to a thread.
    pub const NONE: Effects =
        Effects { writes: StateSet::EMPTY, reads: StateSet::EMPTY, target: Target::Caller, certain: true };

    /// The effects of a call nothing is known about.
    pub const UNKNOWN: Effects =
        Effects { writes: StateSet::EMPTY, reads: StateSet::EMPTY, target: Target::Caller, certain: false };

    /// What it changes on the calling thread and on no other.
    pub fn writes_caller(&self) -> StateSet {
        if self.target == Target::Caller { self.writes } else { StateSet::EMPTY }
    }
}

/// One line of what a system call does: under the conditions, it writes and reads these states.
#[derive(Debug)]
pub struct Rule {
    /// Conditions on the arguments; all must hold.
    pub when: &'static [Condition],
    /// A condition on memory that an argument points to; empty when there is none. It cannot be decided from the
    /// arguments, only by looking at the running process.
    pub memory: &'static str,
    /// States it changes.
    pub writes: StateSet,
    /// States it depends on.
    pub reads: StateSet,
    /// Whose state it changes.
    pub target: Target,
}

/// A condition on one argument.
#[derive(Debug)]
pub struct Condition {
    /// The position of the argument, from 0.
    pub argument: u8,
    /// What must hold for it.
    pub test: Test,
}

/// What must hold for an argument.
#[derive(Debug)]
pub enum Test {
    /// It is one of these.
    Is(&'static [Value]),
    /// It is none of these.
    IsNot(&'static [Value]),
    /// It has one of these bits.
    Has(i64),
    /// It has none of these bits.
    Lacks(i64),
}

/// A value an argument is compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    /// A number.
    Int(i64),
    /// A null pointer.
    Nil,
    /// The calling thread's id.
    ThreadId,
    /// The process id.
    ProcessId,
}

impl Value {
    fn matches(self, arg: Arg<'_>) -> Option<bool> {
        Some(match (self, arg) {
            (_, Arg::Unknown) => return None,
            (Value::Int(want), Arg::Int(got)) => same_number(want, got),
            (Value::Nil, Arg::Int(got)) => got == 0,
            // A number that is not 0 may happen to be any thread.
            (Value::ThreadId | Value::ProcessId, Arg::Int(0)) => false,
            (Value::ThreadId | Value::ProcessId, Arg::Int(_)) => return None,
            (Value::Nil, Arg::Nil) | (Value::Int(0), Arg::Nil) => true,
            (Value::ThreadId, Arg::ThreadId) | (Value::ProcessId, Arg::ProcessId) => true,
            _ => false,
        })
    }
}

// The kernel looks at the low 32 bits of most options: -1 and 0xffffffff are the same request.
fn same_number(a: i64, b: i64) -> bool {
    a == b || (a as u32 == b as u32 && fits_32_bits(a) && fits_32_bits(b))
}

fn fits_32_bits(number: i64) -> bool {
    (i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(&number)
}

impl Test {
    /// Whether the argument passes; `None` when it is not known.
    pub fn holds(&self, arg: Arg<'_>) -> Option<bool> {
        match *self {
            Test::Is(values) => any(values, arg),
            Test::IsNot(values) => any(values, arg).map(|found| !found),
            Test::Has(bits) => number(arg).map(|got| got & bits != 0),
            Test::Lacks(bits) => number(arg).map(|got| got & bits == 0),
        }
    }
}

fn any(values: &[Value], arg: Arg<'_>) -> Option<bool> {
    let mut open = false;
    for value in values {
        match value.matches(arg) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => open = true,
        }
    }
    if open { None } else { Some(false) }
}

fn number(arg: Arg<'_>) -> Option<i64> {
    match arg {
        Arg::Int(number) => Some(number),
        Arg::Nil => Some(0),
        _ => None,
    }
}

impl Rule {
    /// Whether the rule applies to a call with these arguments; `None` when they do not tell.
    pub fn applies<'a>(&self, arg: impl Fn(usize) -> Arg<'a>) -> Option<bool> {
        // Nothing in the arguments tells what memory holds.
        all_hold(self.when, arg).and_then(|holds| (!holds || self.memory.is_empty()).then_some(holds))
    }
}

/// Whether all conditions hold; `None` when the arguments do not tell.
pub(crate) fn all_hold<'a>(conditions: &[Condition], arg: impl Fn(usize) -> Arg<'a>) -> Option<bool> {
    let mut open = false;
    for condition in conditions {
        match condition.test.holds(arg(condition.argument as usize)) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => open = true,
        }
    }
    if open { None } else { Some(true) }
}

/// Adds up the rules that apply; `unknown` is what the call is taken to change when the arguments do not tell.
pub(crate) fn evaluate<'a>(rules: &[Rule], unknown: StateSet, arg: impl Fn(usize) -> Arg<'a>) -> Effects {
    let mut effects = Effects::NONE;
    let mut wrote = false;
    let mut open = false;
    for rule in rules {
        match rule.applies(&arg) {
            Some(true) => {
                effects.reads = effects.reads.union(rule.reads);
                if !rule.writes.is_empty() {
                    // The calling thread is the target that can go wrong: it wins over the others.
                    if !wrote || rule.target == Target::Caller {
                        effects.target = rule.target;
                    }
                    effects.writes = effects.writes.union(rule.writes);
                    wrote = true;
                }
            }
            Some(false) => {}
            None => open |= !rule.writes.is_empty(),
        }
    }
    if open {
        effects.certain = false;
        if !wrote {
            effects.writes = unknown;
        }
    }
    effects
}

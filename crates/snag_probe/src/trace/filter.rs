//! Which system calls stop: a program for the kernel, made from the tables.
//!
//! Everything else runs at native speed, and arguments decide where they can: of `prctl` only the options that change a
//! thread stop.

use snag_threads::state::{self, StateId, StateSet};
use snag_threads::{Harm, Rule, Target, Test, Value, syscalls};

use super::machine;

/// The kinds of state whose changes are followed: those that hurt bystanders.
pub(super) fn followed() -> StateSet {
    let hurts = |state: &StateId| state.info().harm == Harm::Bystanders && !state.info().set_by_runtimes;
    StateId::all().filter(hurts).collect()
}

// The kernel's instructions: Linux include/uapi/linux/bpf_common.h, seccomp.h.
const LOAD: u16 = 0x20;
const JUMP_EQUAL: u16 = 0x15;
const JUMP_SET: u16 = 0x45;
const RETURN: u16 = 0x06;
const ALLOW: u32 = 0x7fff_0000;
const STOP: u32 = 0x7ff0_0000;
/// Where `struct seccomp_data` has the number, the architecture and the arguments.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

/// An instruction whose jumps may lead to the end of the block it stands in.
#[derive(Clone, Copy, Debug)]
struct Step {
    code: u16,
    value: u32,
    yes: Jump,
    no: Jump,
}

#[derive(Clone, Copy, Debug)]
enum Jump {
    /// So many instructions are left out.
    Over(u8),
    /// Behind the block.
    Out,
}

/// The program, for the kernel.
pub(super) fn program() -> Vec<libc::sock_filter> {
    let arch = machine::ARCH;
    let mut program = vec![
        raw(LOAD, ARCHITECTURE, 0, 0),
        // Calls of 32-bit programs have other numbers; nobody looks at them.
        raw(JUMP_EQUAL, machine::AUDIT, 1, 0),
        raw(RETURN, ALLOW, 0, 0),
        raw(LOAD, NUMBER, 0, 0),
    ];
    for syscall in syscalls() {
        let Some(number) = syscall.number(arch) else { continue };
        let rules: Vec<&Rule> = syscall.rules.iter().filter(|rule| matters(rule)).collect();
        if rules.is_empty() {
            continue;
        }
        let body = body(&rules);
        // A call with so many conditions that they cannot be jumped over stops always.
        let body = if body.len() < 250 { body } else { vec![raw(RETURN, STOP, 0, 0)] };
        program.push(raw(JUMP_EQUAL, number, 0, body.len() as u8));
        program.extend(body);
    }
    program.push(raw(RETURN, ALLOW, 0, 0));
    program
}

/// A process that asks for a signal when the thread ends that forked it changes no thread, but its life depends on one.
fn matters(rule: &Rule) -> bool {
    let wanted = followed().union(StateSet::of(&[state::PDEATHSIG]));
    rule.target != Target::Process && rule.writes.intersects(wanted)
}

/// Ends with a decision: stop if a rule applies.
fn body(rules: &[&Rule]) -> Vec<libc::sock_filter> {
    let mut body = Vec::new();
    for rule in rules {
        let mut steps = Vec::new();
        for condition in rule.when {
            steps.extend(condition_steps(u32::from(condition.argument), &condition.test));
        }
        let length = steps.len() + 1;
        for (at, step) in steps.iter().enumerate() {
            let jump = |jump: Jump| match jump {
                Jump::Over(count) => count,
                Jump::Out => (length - at - 1).min(255) as u8,
            };
            body.push(raw(step.code, step.value, jump(step.yes), jump(step.no)));
        }
        body.push(raw(RETURN, STOP, 0, 0));
    }
    body.push(raw(RETURN, ALLOW, 0, 0));
    body
}

/// Goes on behind itself if the condition may hold, else out.
fn condition_steps(argument: u32, test: &Test) -> Vec<Step> {
    let load = |half: u32| Step {
        code: LOAD,
        value: ARGUMENTS + 8 * argument + 4 * half,
        yes: Jump::Over(0),
        no: Jump::Over(0),
    };
    let step = |code, value, yes, no| Step { code, value, yes, no };
    match *test {
        // Ids are not known yet: whose thread is meant is seen when the call has stopped.
        Test::Is(values) | Test::IsNot(values)
            if values.iter().any(|value| matches!(value, Value::ThreadId | Value::ProcessId)) =>
        {
            Vec::new()
        }
        Test::Is(values) => {
            let mut steps = vec![load(0)];
            let last = values.len().saturating_sub(1);
            for (at, value) in values.iter().enumerate() {
                let behind = Jump::Over((last - at).min(255) as u8);
                let no = if at == last { Jump::Out } else { Jump::Over(0) };
                steps.push(step(JUMP_EQUAL, low(*value), behind, no));
            }
            steps
        }
        Test::IsNot([Value::Nil | Value::Int(0)]) => vec![
            load(0),
            step(JUMP_EQUAL, 0, Jump::Over(0), Jump::Over(2)),
            load(1),
            step(JUMP_EQUAL, 0, Jump::Out, Jump::Over(0)),
        ],
        Test::IsNot(values) => {
            let mut steps = vec![load(0)];
            steps.extend(values.iter().map(|value| step(JUMP_EQUAL, low(*value), Jump::Out, Jump::Over(0))));
            steps
        }
        Test::Has(bits) => vec![load(0), step(JUMP_SET, bits as u32, Jump::Over(0), Jump::Out)],
        Test::Lacks(bits) => vec![load(0), step(JUMP_SET, bits as u32, Jump::Out, Jump::Over(0))],
    }
}

/// The kernel looks at the low half of what is no pointer.
fn low(value: Value) -> u32 {
    match value {
        Value::Int(number) => number as u32,
        Value::Nil | Value::ThreadId | Value::ProcessId => 0,
    }
}

fn raw(code: u16, k: u32, jt: u8, jf: u8) -> libc::sock_filter {
    libc::sock_filter { code, jt, jf, k }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel would do with a call.
    fn stops(name: &str, arguments: &[u64]) -> bool {
        let number = snag_threads::syscall(name).and_then(|row| row.number(machine::ARCH)).expect("a number");
        run(&program(), machine::AUDIT, number, arguments)
    }

    fn run(program: &[libc::sock_filter], audit: u32, number: u32, arguments: &[u64]) -> bool {
        let (mut at, mut value) = (0, 0u32);
        loop {
            let step = program[at];
            at += 1;
            match step.code {
                LOAD if step.k == NUMBER => value = number,
                LOAD if step.k == ARCHITECTURE => value = audit,
                LOAD => {
                    let offset = step.k - ARGUMENTS;
                    let argument = arguments.get(offset as usize / 8).copied().unwrap_or(0);
                    value = (argument >> (8 * (offset % 8))) as u32;
                }
                JUMP_EQUAL => at += usize::from(if value == step.k { step.jt } else { step.jf }),
                JUMP_SET => at += usize::from(if value & step.k != 0 { step.jt } else { step.jf }),
                RETURN => return step.k == STOP,
                code => panic!("no instruction {code:#x}"),
            }
        }
    }

    #[test]
    fn calls_that_change_a_thread_stop() {
        assert!(stops("setns", &[3, 0x4000_0000]));
        assert!(stops("setns", &[3, 0]));
        assert!(stops("unshare", &[0x200]));
        assert!(stops("unshare", &[0x4000_0000 | 0x400]));
        assert!(stops("sched_setaffinity", &[0]));
        assert!(stops("sched_setaffinity", &[4242]));
        assert!(stops("setpriority", &[0, 0, 5]));
        assert!(stops("rt_sigprocmask", &[2, 0x7fff_0000_0000, 0, 8]));
        assert!(stops("rt_sigprocmask", &[2, 0x1000, 0, 8]));
        assert!(stops("setresuid", &[1, 1, 1]));
        assert!(stops("personality", &[0x4_0000]));
    }

    #[test]
    fn options_decide() {
        for (option, wanted) in
            [(1, true), (38, true), (28, true), (24, true), (15, false), (0x5356_4d41, false), (4, false)]
        {
            assert_eq!(stops("prctl", &[option]), wanted, "prctl({option})");
        }
        assert!(!stops("personality", &[0xffff_ffff]));
        assert!(!stops("rt_sigprocmask", &[2, 0, 0x1000, 8]));
        assert!(!stops("setpriority", &[1, 0, 5]));
        assert!(stops("seccomp", &[1, 0]));
        assert!(!stops("seccomp", &[1, 1]));
        assert!(!stops("seccomp", &[2, 0]));
    }

    #[test]
    fn everything_else_runs_on() {
        for name in [
            "connect",
            "clone",
            "clone3",
            "execve",
            "exit",
            "tgkill",
            "sigaltstack",
            "rt_sigaction",
            "getpid",
        ] {
            if let Some(number) = snag_threads::syscall(name).and_then(|row| row.number(machine::ARCH)) {
                assert!(!run(&program(), machine::AUDIT, number, &[0, 1, 2]), "{name}");
            }
        }
        // read, write, futex.
        for number in [0, 1, 202] {
            assert!(!run(&program(), machine::AUDIT, number, &[1, 2, 3]), "{number}");
        }
        // unshare of another architecture.
        assert!(!run(&program(), 0x4000_0003, 272, &[0x200]));
        assert!(program().len() < 4096, "{}", program().len());
    }
}

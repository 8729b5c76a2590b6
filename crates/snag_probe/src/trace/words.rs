//! A system call as a person writes it.

use snag_threads::{Spelling, Syscall, Test, Value, constants};

/// The call with its arguments.
pub(super) fn text(syscall: &Syscall, arguments: &[u64; 6]) -> String {
    let ways = syscall.arguments.iter();
    let written: Vec<String> = ways.zip(arguments).map(|(&way, &value)| write(way, value)).collect();
    format!("{}({})", syscall.name, written.join(", "))
}

fn write(way: Spelling, value: u64) -> String {
    match way {
        Spelling::Number => (value as i32).to_string(),
        Spelling::Address if value == 0 => "NULL".to_owned(),
        Spelling::Address => "...".to_owned(),
        Spelling::One(prefix) => {
            let number = i64::from(value as i32);
            let known = constants(prefix).find(|(_, constant)| *constant == number);
            known.map_or_else(|| number.to_string(), |(name, _)| name.to_owned())
        }
        Spelling::Flags(prefix) => flags(prefix, value),
    }
}

fn flags(prefix: &str, value: u64) -> String {
    let mut left = value & u64::from(u32::MAX);
    let mut names = Vec::new();
    for (name, bit) in constants(prefix) {
        let bit = bit as u64;
        if bit.is_power_of_two() && left & bit != 0 {
            names.push(name.to_owned());
            left &= !bit;
        }
    }
    if left != 0 || names.is_empty() {
        names.push(if left == 0 { "0".to_owned() } else { format!("{left:#x}") });
    }
    names.join("|")
}

/// Whether an argument of the call is the id of a thread.
pub(super) fn is_thread_id(syscall: &Syscall, argument: usize) -> bool {
    let conditions = syscall.rules.iter().flat_map(|rule| rule.when);
    let mut values =
        conditions.filter(|condition| usize::from(condition.argument) == argument).flat_map(|condition| {
            match condition.test {
                Test::Is(values) | Test::IsNot(values) => values,
                Test::Has(_) | Test::Lacks(_) => &[],
            }
        });
    values.any(|value| matches!(value, Value::ThreadId | Value::ProcessId))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, arguments: &[u64]) -> String {
        let mut six = [0; 6];
        six[..arguments.len()].copy_from_slice(arguments);
        text(snag_threads::syscall(name).expect("a row"), &six)
    }

    #[test]
    fn calls_are_written_as_a_person_would() {
        assert_eq!(written("unshare", &[0x4000_0200]), "unshare(CLONE_FS|CLONE_NEWNET)");
        assert_eq!(written("setns", &[7, 0]), "setns(7, 0)");
        assert_eq!(written("setns", &[7, 0x4000_0000]), "setns(7, CLONE_NEWNET)");
        assert_eq!(written("prctl", &[38, 1]), "prctl(PR_SET_NO_NEW_PRIVS, 1)");
        assert_eq!(written("setpriority", &[0, 0, (-5i64) as u64]), "setpriority(PRIO_PROCESS, 0, -5)");
        assert_eq!(written("rt_sigprocmask", &[2, 4096, 0, 8]), "rt_sigprocmask(SIG_SETMASK, ...)");
        assert_eq!(written("chroot", &[4096]), "chroot()");
    }

    #[test]
    fn thread_ids_are_known() {
        let at = |name, argument| is_thread_id(snag_threads::syscall(name).expect("a row"), argument);
        assert!(at("sched_setaffinity", 0) && at("setpriority", 1) && at("ioprio_set", 1));
        assert!(!at("setns", 0) && !at("prctl", 0) && !at("setpriority", 0));
    }
}

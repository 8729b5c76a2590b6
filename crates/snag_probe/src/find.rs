//! Processes by name, and what keeps Snag out of one.

use std::fs;
use std::path::Path;

use nix::unistd::geteuid;

use crate::program::ProgramFile;
use crate::refusal::{Cause, Refusal};
use crate::threads::Stat;

/// The processes of this name: that of the kernel, or of the file they run. Sorted.
pub fn find(name: &str) -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let mut pids: Vec<i32> = pids.filter(|&pid| is_called(pid, name)).collect();
    pids.sort_unstable();
    pids
}

/// A process that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its id.
    pub pid: i32,
    /// When it was started, in clock ticks since the machine booted: ids are used again, pairs of both are not.
    pub started: u64,
    /// The name the kernel has for it.
    pub name: String,
    /// The file it runs, which may change; none if the kernel does not show it.
    pub file: Option<ProgramFile>,
}

impl Running {
    /// The name of the file it runs, without folders; that of the kernel if the file is not shown.
    pub fn program(&self) -> String {
        file_name(self.pid).unwrap_or_else(|| self.name.clone())
    }

    /// Whether this is its name: that of the kernel, or of the file it runs.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || file_name(self.pid).is_some_and(|file| file == name)
    }

    /// The control groups it is in, as the kernel lists them.
    pub fn control_groups(&self) -> String {
        fs::read_to_string(format!("/proc/{}/cgroup", self.pid)).unwrap_or_default()
    }
}

/// All processes but the kernel's own, the oldest first.
pub fn processes() -> Vec<Running> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let mut found: Vec<Running> = pids.filter_map(running).collect();
    found.sort_by_key(|process| (process.started, process.pid));
    found
}

fn running(pid: i32) -> Option<Running> {
    const KERNEL_THREAD: u64 = 0x0020_0000;
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let stat = Stat::parse(&text)?;
    let ended = matches!(stat.text(3), Some("Z" | "X"));
    if ended || stat.number(9)? & KERNEL_THREAD != 0 {
        return None;
    }
    let name = text.split_once('(')?.1.rsplit_once(')')?.0.to_owned();
    Some(Running { pid, started: stat.number(22)?, name, file: ProgramFile::of(pid) })
}

fn file_name(pid: i32) -> Option<String> {
    let path = executable(pid)?;
    let path = path.strip_suffix(" (deleted)").unwrap_or(&path);
    Some(Path::new(path).file_name()?.to_str()?.to_owned())
}

fn is_called(pid: i32, name: &str) -> bool {
    // The kernel's name is cut off after 15 bytes; the file's is not, but cannot be read of others' processes.
    name_of(pid).is_some_and(|kernel| kernel == name) || file_name(pid).is_some_and(|file| file == name)
}

/// The name that the kernel has for a process.
pub fn name_of(pid: i32) -> Option<String> {
    let name = fs::read(format!("/proc/{pid}/comm")).ok()?;
    Some(String::from_utf8_lossy(&name).trim_end().to_owned())
}

/// The file that a process runs.
pub(crate) fn executable(pid: i32) -> Option<String> {
    Some(fs::read_link(format!("/proc/{pid}/exe")).ok()?.to_string_lossy().into_owned())
}

/// What tells a running program from whatever has its number later: when the process was started, and where the
/// kernel put code and stack, which is elsewhere after each `exec`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) started: u64,
    code: u64,
    stack: u64,
}

/// The identity of a process as it is now.
pub(crate) fn identity(pid: i32) -> Option<Identity> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    let stat = Stat::parse(&stat)?;
    Some(Identity { started: stat.number(22)?, code: stat.number(26)?, stack: stat.number(28)? })
}

/// A field of `/proc/PID/status`.
pub(crate) fn status_field(status: &str, field: &str) -> Option<String> {
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    Some(line.trim().to_owned())
}

/// The id that the process itself has for a thread.
pub(crate) fn inner_id(tid: i32) -> i32 {
    let status = fs::read_to_string(format!("/proc/{tid}/status")).unwrap_or_default();
    let inner = status_field(&status, "NSpid").and_then(|ids| ids.split_whitespace().last()?.parse().ok());
    inner.unwrap_or(tid)
}

/// Whether there is a process to look into.
pub(crate) fn must_be_alive(pid: i32) -> Result<(), Refusal> {
    let gone = || Refusal::new(format!("there is no process {pid}")).because(Cause::Ended);
    if pid <= 0 {
        return Err(gone());
    }
    let status = fs::read_to_string(format!("/proc/{pid}/status")).map_err(|_| gone())?;
    let leader = status_field(&status, "Tgid").and_then(|leader| leader.parse::<i32>().ok());
    if let Some(leader) = leader.filter(|&leader| leader != pid) {
        let sentence = format!("{pid} is a thread of process {leader}: give the process");
        return Err(Refusal::new(sentence).because(Cause::NotGo));
    }
    let state = status_field(&status, "State").unwrap_or_default();
    if state.starts_with(['Z', 'X']) {
        let parent = status_field(&status, "PPid").unwrap_or_default();
        return Err(Refusal::new(format!(
            "process {pid} has ended; only its entry is left until process {parent} collects it"
        ))
        .because(Cause::Ended));
    }
    // Kernel threads have no memory of their own.
    if status_field(&status, "VmSize").is_none() {
        let sentence = format!("{pid} is a thread of the kernel, no program");
        return Err(Refusal::new(sentence).because(Cause::NotGo));
    }
    Ok(())
}

/// Why the kernel keeps us out of a process, and what helps.
pub(crate) fn kept_out(pid: i32) -> Refusal {
    if must_be_alive(pid).is_err() {
        return ended(pid);
    }
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let owner =
        status_field(&status, "Uid").and_then(|uids| uids.split_whitespace().next()?.parse::<u32>().ok());
    let sentence = why(pid, owner, geteuid().as_raw(), may_trace_all(), yama().unwrap_or(0));
    Refusal::new(sentence).because(Cause::Forbidden)
}

/// Which of the kernel's reasons it is, and the remedy.
fn why(pid: i32, owner: Option<u32>, ours: u32, capable: bool, yama: u32) -> String {
    const NOBODY: u32 = 3;
    match owner {
        _ if yama == NOBODY => format!(
            "kernel.yama.ptrace_scope is 3: nobody may read process {pid}, not even root; it can be lowered only by \
             booting the machine with a lower value in /etc/sysctl.d"
        ),
        Some(owner) if owner != ours && ours != 0 => {
            format!(
                "process {pid} belongs to user {owner}, and this is user {ours}: run snag as root, with sudo"
            )
        }
        _ if !capable && ours == 0 => format!(
            "root without the capability SYS_PTRACE may not read process {pid}: start the container with \
             --cap-add SYS_PTRACE, in Kubernetes with securityContext.capabilities.add: [SYS_PTRACE]"
        ),
        _ if !capable && yama > 0 => format!(
            "kernel.yama.ptrace_scope is {yama}, so nobody but root may read process {pid}: run snag as root, with sudo"
        ),
        _ => format!(
            "the kernel does not let user {ours} read process {pid}, which may have other rights, be protected by a \
             security module or live in another user namespace: run snag as root of the machine"
        ),
    }
}

/// A process ended under our eyes.
pub(crate) fn ended(pid: i32) -> Refusal {
    Refusal::new(format!("process {pid} ended while it was read")).because(Cause::Ended)
}

fn yama() -> Option<u32> {
    fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").ok()?.trim().parse().ok()
}

fn may_trace_all() -> bool {
    const CAP_SYS_PTRACE: u32 = 19;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status_field(&status, "CapEff").and_then(|hex| u64::from_str_radix(&hex, 16).ok());
    effective.is_some_and(|capabilities| capabilities >> CAP_SYS_PTRACE & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_the_one_whose_remedy_helps() {
        for (owner, ours, capable, yama, words) in [
            (0, 1000, false, 0, "belongs to user 0, and this is user 1000: run snag as root"),
            (1000, 1000, false, 1, "kernel.yama.ptrace_scope is 1, so nobody but root"),
            (1000, 1000, false, 0, "the kernel does not let user 1000 read process 7"),
            (1000, 0, false, 1, "--cap-add SYS_PTRACE, in Kubernetes with securityContext"),
            (1000, 0, true, 3, "nobody may read process 7, not even root"),
            (1000, 0, true, 0, "security module or live in another user namespace"),
        ] {
            let sentence = why(7, Some(owner), ours, capable, yama);
            assert!(sentence.contains(words) && !sentence.contains('\n'), "{words}: {sentence}");
        }
    }
}

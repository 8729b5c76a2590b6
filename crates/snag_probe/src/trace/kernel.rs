//! Requests to the kernel that no library wraps as they are needed here: signals may have any number.
#![expect(unsafe_code, reason = "the room for it in tracing")]

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::unistd::Pid;

/// Something that happened to a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    /// It ended by itself.
    Exited(i32),
    /// A signal ended it.
    Killed(i32),
    /// It is about to get a signal.
    Signal(i32),
    /// Its process was stopped by this signal, as from a terminal.
    GroupStop(i32),
    /// A new thread stands before its first instruction, or an interrupted one stands.
    Stand,
    /// A system call has ended.
    CallEnd,
    /// A system call that the filter wants to be looked at begins.
    CallBegin,
    /// It made a thread or a process.
    Birth,
    /// It runs another program.
    Exec,
    /// It is about to end.
    Ending,
    /// Nothing to look at.
    Other,
}

/// What happened to one of our threads; none if nothing did.
///
/// # Errors
/// `ECHILD` when there is none left.
pub(super) fn next() -> Result<Option<(i32, Happening)>, Errno> {
    // Those of other threads of Snag are none of ours.
    look(-1, libc::__WNOTHREAD)
}

/// What happened to this thread; none if nothing did.
///
/// # Errors
/// `ECHILD` when it is none of ours.
pub(crate) fn look_at(tid: i32) -> Result<Option<Happening>, Errno> {
    Ok(look(tid, 0)?.map(|(_, happening)| happening))
}

fn look(tid: i32, flags: libc::c_int) -> Result<Option<(i32, Happening)>, Errno> {
    let mut status = 0;
    // SAFETY: waitpid writes one integer to the place it is given, which outlives the call.
    let tid = unsafe { libc::waitpid(tid, &raw mut status, libc::__WALL | libc::WNOHANG | flags) };
    match tid {
        0 => Ok(None),
        tid if tid < 0 => match Errno::last() {
            Errno::EINTR => Ok(None),
            error => Err(error),
        },
        tid => Ok(Some((tid, happening(status)))),
    }
}

/// Waits until something happens to this thread; none if it is none of ours.
pub(super) fn next_of(tid: i32) -> Option<Happening> {
    loop {
        let mut status = 0;
        // SAFETY: waitpid writes one integer to the place it is given, which outlives the call.
        match unsafe { libc::waitpid(tid, &raw mut status, libc::__WALL) } {
            found if found == tid => return Some(happening(status)),
            _ if Errno::last() == Errno::EINTR => {}
            _ => return None,
        }
    }
}

fn happening(status: i32) -> Happening {
    if libc::WIFEXITED(status) {
        return Happening::Exited(libc::WEXITSTATUS(status));
    }
    if libc::WIFSIGNALED(status) {
        return Happening::Killed(libc::WTERMSIG(status));
    }
    let signal = libc::WSTOPSIG(status);
    match status >> 16 {
        0 if signal == libc::SIGTRAP | 0x80 => Happening::CallEnd,
        0 => Happening::Signal(signal),
        libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK | libc::PTRACE_EVENT_CLONE => Happening::Birth,
        libc::PTRACE_EVENT_EXEC => Happening::Exec,
        libc::PTRACE_EVENT_EXIT => Happening::Ending,
        libc::PTRACE_EVENT_SECCOMP => Happening::CallBegin,
        libc::PTRACE_EVENT_STOP if signal == libc::SIGTRAP => Happening::Stand,
        libc::PTRACE_EVENT_STOP => Happening::GroupStop(signal),
        _ => Happening::Other,
    }
}

/// How a thread goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resume {
    /// Until something happens.
    Run,
    /// As well when the system call ends.
    ToCallEnd,
    /// Stopped as it is, but it hears what happens to its process.
    Listen,
}

/// Lets a thread go on, with a signal if it is not 0.
pub(super) fn resume(tid: i32, how: Resume, signal: i32) {
    let request = match how {
        Resume::Run => libc::PTRACE_CONT,
        Resume::ToCallEnd => libc::PTRACE_SYSCALL,
        Resume::Listen => libc::PTRACE_LISTEN,
    };
    let none = std::ptr::null_mut::<libc::c_void>();
    // SAFETY: these requests take a number in place of the data pointer and touch no memory of ours. One that fails
    // does so because the thread was killed, and then its end is told next.
    unsafe { libc::ptrace(request, tid, none, signal as usize as *mut libc::c_void) };
}

/// Lets a thread go that was seized and stands, with a signal if it is not 0. It may have been killed: then there is nothing to
/// let go.
pub(crate) fn let_go(tid: i32, signal: i32) {
    let none = std::ptr::null_mut::<libc::c_void>();
    // SAFETY: the request takes a number in place of the data pointer and touches no memory of ours.
    unsafe { libc::ptrace(libc::PTRACE_DETACH, tid, none, signal as usize as *mut libc::c_void) };
}

/// A system call that begins or ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CallInfo {
    pub(super) number: i64,
    pub(super) arguments: [u64; 6],
    /// The result, at the end.
    pub(super) result: i64,
    pub(super) pc: u64,
    pub(super) sp: u64,
}

/// Where a thread stands, and in which system call.
pub(super) fn call_info(tid: i32) -> Option<CallInfo> {
    const ENTRY: u8 = 1;
    const EXIT: u8 = 2;
    const SECCOMP: u8 = 3;
    let info = ptrace::syscall_info(Pid::from_raw(tid)).ok()?;
    let mut call = CallInfo { pc: info.instruction_pointer, sp: info.stack_pointer, ..CallInfo::default() };
    match info.op {
        ENTRY => {
            // SAFETY: the kernel said that this is the member it filled.
            let entry = unsafe { info.u.entry };
            (call.number, call.arguments) = (entry.nr as i64, entry.args);
        }
        EXIT => {
            // SAFETY: the kernel said that this is the member it filled.
            call.result = unsafe { info.u.exit }.sval;
        }
        SECCOMP => {
            // SAFETY: the kernel said that this is the member it filled.
            let seccomp = unsafe { info.u.seccomp };
            (call.number, call.arguments) = (seccomp.nr as i64, seccomp.args);
        }
        _ => {}
    }
    Some(call)
}

/// Asks for short turns on the processor, which come sooner (Linux 6.12; elsewhere nothing changes): a thread that got a
/// signal stands until Snag has looked. Children do not inherit that.
pub(super) fn come_soon() {
    const TURN: u64 = 100_000;
    const RESET_ON_FORK: u64 = libc::SCHED_FLAG_RESET_ON_FORK as u64;
    let size = size_of::<libc::sched_attr>() as u32;
    // SAFETY: plain numbers, of which zeros are valid.
    let mut attributes: libc::sched_attr = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes at most so many bytes to the place it is given, which outlives the call.
    let known = unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &raw mut attributes, size, 0) == 0 };
    // Children would lose a negative nice value as well.
    if known && attributes.sched_policy == libc::SCHED_OTHER as u32 && attributes.sched_nice >= 0 {
        attributes.sched_flags |= RESET_ON_FORK;
        attributes.sched_runtime = TURN;
        // SAFETY: the kernel reads the attributes, which outlive the call.
        unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) };
    }
}

/// Signals that are meant for the program that is run, kept from ending Snag until this is dropped: for as long as there is
/// something to report. Only the thread that holds them is kept, and those that it starts meanwhile.
#[derive(Debug)]
pub struct Signals {
    set: libc::sigset_t,
    before: libc::sigset_t,
    came: Cell<bool>,
}

/// A signal to Snag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Something happened to a thread, or nothing did for a while.
    Look,
    /// A process wants the program to get this signal.
    Pass(i32),
    /// The user of a terminal wants an end, which the program hears without us.
    Interrupted,
}

impl Signals {
    /// Keeps them from now on.
    pub fn hold() -> Signals {
        // SAFETY: a signal set is plain bits, and all of them zero are a valid one; the calls fill it and `before`.
        unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            let mut before: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            for signal in [libc::SIGCHLD, libc::SIGINT, libc::SIGTERM, libc::SIGQUIT, libc::SIGHUP] {
                libc::sigaddset(&raw mut set, signal);
            }
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, &raw mut before);
            Signals { set, before, came: Cell::new(false) }
        }
    }

    /// Whether one came since they are held that asks to end.
    pub fn came(&self) -> bool {
        // Those that were not waited for any more.
        self.wait(Duration::ZERO);
        self.came.get()
    }

    /// Starts threads that these signals never go to, as they would to any thread that does not hold them.
    pub fn keep_from<T>(start: impl FnOnce() -> T) -> T {
        let held = ManuallyDrop::new(Signals::hold());
        let started = start();
        // One that came meanwhile is for Snag, as before: it is not dropped.
        held.release();
        started
    }

    /// Restores the mask. Called in a child before it runs its program, so it does nothing that is not allowed there.
    pub(super) fn release(&self) {
        // SAFETY: the set was filled by the kernel in `hold`.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, std::ptr::null_mut()) };
    }

    /// Waits for a signal, but no longer than this.
    pub(super) fn wait(&self, longest: Duration) -> Told {
        let time = libc::timespec {
            tv_sec: longest.as_secs() as libc::time_t,
            tv_nsec: libc::c_long::from(longest.subsec_nanos()),
        };
        // SAFETY: siginfo is plain data that the kernel fills; set and time are valid for the call.
        let (signal, info) = unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            let signal = libc::sigtimedwait(&raw const self.set, &raw mut info, &raw const time);
            (signal, info)
        };
        self.came.set(self.came.get() || signal > 0 && signal != libc::SIGCHLD);
        let from_process = matches!(info.si_code, libc::SI_USER | libc::SI_TKILL | libc::SI_QUEUE);
        match signal {
            signal if signal <= 0 || signal == libc::SIGCHLD => Told::Look,
            signal if from_process => Told::Pass(signal),
            libc::SIGINT | libc::SIGQUIT => Told::Interrupted,
            _ => Told::Look,
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        let none = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // Those that came last were for the program, which has ended.
        // SAFETY: the set was filled in `hold`, the time outlives the calls, and no details are asked for.
        while unsafe { libc::sigtimedwait(&raw const self.set, std::ptr::null_mut(), &raw const none) } > 0 {}
        self.release();
    }
}

/// Sends a signal; the process may have ended.
pub(super) fn send(pid: i32, signal: i32) {
    // SAFETY: kill takes two integers.
    unsafe { libc::kill(pid, signal) };
}

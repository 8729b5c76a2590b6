//! Starts a program under the eyes of Snag.
#![expect(unsafe_code, reason = "a child between fork and exec may call little else")]

use std::ffi::{CString, OsString};
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::errno::Errno;
use nix::sys::ptrace::{self, Options};
use nix::unistd::{Pid, geteuid};

use super::kernel::{self, Happening, Resume, Signals};
use super::{Launch, filter};
use crate::find::status_field;
use crate::refusal::Refusal;

/// What of the child's preparations failed.
const DIRECTORY: u8 = 1;
const FILTER: u8 = 2;
const EXEC: u8 = 3;
const STREAMS: u8 = 4;

/// Everything the child needs, made before there is a child: afterwards it must not take memory.
struct Prepared {
    program: CString,
    arguments: Vec<CString>,
    environment: Vec<CString>,
    directory: Option<CString>,
    streams: Option<[libc::c_int; 3]>,
    filter: Vec<libc::sock_filter>,
    without_new_rights: bool,
}

/// Starts it; its id. It stands before its first instruction, or is on its way there.
pub(super) fn launch(launch: &Launch, signals: &Signals) -> Result<i32, Refusal> {
    let prepared = prepare(launch)?;
    let pipes = pipe().and_then(|go| Ok((go, pipe()?)));
    let ((wait, mut go), (mut told, tell)) =
        pipes.map_err(|error| Refusal::new(format!("no pipe to a child can be made: {error}")))?;
    let (arguments, environment) = (pointers(&prepared.arguments), pointers(&prepared.environment));
    // SAFETY: the child calls only what is allowed between fork and exec: no lock, no memory, no destructor.
    let pid = match unsafe { libc::fork() } {
        0 => child(&prepared, (&arguments, &environment), signals, &wait, &tell, &go),
        pid if pid < 0 => {
            return Err(Refusal::new(format!("no child can be made: {}", Errno::last().desc())));
        }
        pid => pid,
    };
    drop(wait);
    drop(tell);
    let options = Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_TRACEEXIT
        | Options::PTRACE_O_TRACESECCOMP
        | Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_EXITKILL;
    if let Err(error) = ptrace::seize(Pid::from_raw(pid), options) {
        let reason = kept_out(pid);
        end(pid);
        return Err(Refusal::new(format!(
            "the kernel does not allow a child to be traced ({}): {reason}",
            error.desc()
        )));
    }
    let failed = go.write_all(&[1]).is_err();
    let mut trouble = [0; 5];
    if failed || told.read_exact(&mut trouble).is_ok() {
        end(pid);
        let errno = i32::from_ne_bytes([trouble[1], trouble[2], trouble[3], trouble[4]]);
        return Err(refusal(launch, trouble[0], Errno::from_raw(errno)));
    }
    Ok(pid)
}

/// Why a child may not be traced, and what helps.
fn kept_out(pid: i32) -> &'static str {
    const FORBIDDEN: &str = "3";
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let scope = std::fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
    if status_field(&status, "TracerPid").is_some_and(|tracer| tracer != "0") {
        "something traces it already (strace, a debugger, another snag run), and only one can: run snag without that"
    } else if scope.trim() == FORBIDDEN {
        "the setting kernel.yama.ptrace_scope is 3 until the machine is started again"
    } else {
        "in a container, start it with --cap-add SYS_PTRACE or another seccomp profile"
    }
}

fn text(bytes: &[u8]) -> Result<CString, Refusal> {
    CString::new(bytes).map_err(|_| Refusal::new("an argument of a program cannot hold a zero byte"))
}

fn prepare(launch: &Launch) -> Result<Prepared, Refusal> {
    Ok(Prepared {
        program: text(launch.program.as_os_str().as_bytes())?,
        arguments: launch
            .arguments
            .iter()
            .map(|argument| text(argument.as_bytes()))
            .collect::<Result<_, _>>()?,
        environment: environment(launch)
            .map(|(name, value)| text(&[name.as_bytes(), b"=", value.as_bytes()].concat()))
            .collect::<Result<_, _>>()?,
        directory: launch
            .directory
            .as_deref()
            .map(|path: &Path| text(path.as_os_str().as_bytes()))
            .transpose()?,
        streams: launch.streams.as_ref().map(|streams| streams.each_ref().map(|file| file.as_raw_fd())),
        filter: filter::program(),
        without_new_rights: !geteuid().is_root(),
    })
}

/// That of Snag, and what was added to it.
fn environment(launch: &Launch) -> impl Iterator<Item = (OsString, OsString)> + '_ {
    let is_added = |name: &OsString| launch.environment.iter().any(|(added, _)| added == name);
    let own = std::env::vars_os().filter(move |(name, _)| !is_added(name));
    own.chain(launch.environment.iter().cloned())
}

fn pointers(arguments: &[CString]) -> Vec<*const libc::c_char> {
    let ends = std::iter::once(std::ptr::null());
    arguments.iter().map(|argument| argument.as_ptr()).chain(ends).collect()
}

fn child(
    prepared: &Prepared,
    (arguments, environment): (&[*const libc::c_char], &[*const libc::c_char]),
    signals: &Signals,
    wait: &PipeReader,
    tell: &PipeWriter,
    go: &PipeWriter,
) -> ! {
    // SAFETY: only calls into the kernel, with memory that was prepared before the fork and is ours.
    unsafe {
        libc::close(go.as_raw_fd());
        let mut byte = 0u8;
        if libc::read(wait.as_raw_fd(), (&raw mut byte).cast(), 1) != 1 {
            // Snag is gone.
            libc::_exit(127);
        }
        signals.release();
        if let Some(directory) = &prepared.directory
            && libc::chdir(directory.as_ptr()) != 0
        {
            give_up(tell, DIRECTORY);
        }
        let streams = prepared.streams.iter().flatten().zip(0..);
        for (&from, to) in streams {
            if libc::dup2(from, to) != to {
                give_up(tell, STREAMS);
            }
        }
        if !install(prepared) {
            give_up(tell, FILTER);
        }
        libc::execve(prepared.program.as_ptr(), arguments.as_ptr(), environment.as_ptr());
        give_up(tell, EXEC);
    }
}

/// Tells the parent what failed, and ends.
fn give_up(tell: &PipeWriter, what: u8) -> ! {
    let errno = Errno::last_raw().to_ne_bytes();
    let message = [what, errno[0], errno[1], errno[2], errno[3]];
    // SAFETY: the message outlives the write; nothing is run after `_exit`.
    unsafe {
        libc::write(tell.as_raw_fd(), message.as_ptr().cast(), message.len());
        libc::_exit(127);
    }
}

fn install(prepared: &Prepared) -> bool {
    let program =
        libc::sock_fprog { len: prepared.filter.len() as u16, filter: prepared.filter.as_ptr().cast_mut() };
    const NONE: libc::c_ulong = 0;
    let forgo = || {
        // SAFETY: these arguments are numbers.
        unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, NONE, NONE, NONE) == 0 }
    };
    let set_with = |flags: libc::c_ulong| {
        // SAFETY: the kernel reads the filter, which lives as long as the call.
        unsafe {
            libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program) == 0
        }
    };
    // Before Linux 5.16 a filter made the whole program slower, as a sandbox needs it and this is none: seccomp(2).
    let set = || set_with(libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW) || set_with(NONE);
    if prepared.without_new_rights {
        return forgo() && set();
    }
    // Root may do without, unless it lacks a capability, as in containers.
    set() || (forgo() && set())
}

/// Ends a child that never became a program.
fn end(pid: i32) {
    kernel::send(pid, libc::SIGKILL);
    while let Ok(happening) = kernel::next() {
        match happening {
            Some((tid, Happening::Exited(_) | Happening::Killed(_))) if tid == pid => break,
            // It stops once more before it ends, even when it was killed.
            Some((tid, _)) => kernel::resume(tid, Resume::Run, 0),
            None => std::thread::sleep(std::time::Duration::from_millis(1)),
        }
    }
}

fn refusal(launch: &Launch, what: u8, errno: Errno) -> Refusal {
    let program = launch.program.display();
    let reason = errno.desc();
    Refusal::new(match what {
        DIRECTORY => format!("the directory to run in cannot be entered: {reason}"),
        STREAMS => format!("its output cannot be redirected: {reason}"),
        FILTER => format!(
            "the kernel does not let a program be watched here ({reason}): seccomp filters are not allowed"
        ),
        EXEC if errno == Errno::ENOEXEC => {
            format!("{program} cannot be started: it is no program for this machine, nor a script with #!")
        }
        EXEC if errno == Errno::ENOENT => {
            format!("{program} cannot be started: what it names as its interpreter or loader is not here")
        }
        _ => format!("{program} cannot be started: {reason}"),
    })
}

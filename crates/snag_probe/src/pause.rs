//! All threads of a process stand still, for as long as a [`Pause`] lives and no longer.

use std::collections::BTreeMap;
use std::fs;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::find::kept_out;
use crate::refusal::Refusal;

/// A process whose threads do not stop in this time is let go.
const PATIENCE: Duration = Duration::from_millis(1000);
/// Between looks at threads that have not stopped yet.
const REST: Duration = Duration::from_micros(50);

/// Threads that stand still. Dropped, on whatever way, it lets them go; if Snag is killed, the kernel does.
#[derive(Debug)]
pub(crate) struct Pause {
    threads: BTreeMap<i32, Held>,
    since: Instant,
    /// The kernel takes orders only from the thread that seized.
    only_here: PhantomData<*const ()>,
}

/// How a thread is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// It was told to stop.
    Told,
    /// It stands; a signal that it was about to take is delivered when it is let go.
    Stands(Option<Signal>),
    /// It ended meanwhile.
    Gone,
}

impl Pause {
    /// Stops all threads, also those that are made meanwhile.
    pub(crate) fn all(pid: i32) -> Result<Pause, Refusal> {
        let mut pause = Pause { threads: BTreeMap::new(), since: Instant::now(), only_here: PhantomData };
        loop {
            let new = pause.seize(pid)?;
            pause.wait(pid)?;
            if new == 0 {
                return Ok(pause);
            }
        }
    }

    /// Tells the threads that are not held yet to stop; how many.
    fn seize(&mut self, pid: i32) -> Result<usize, Refusal> {
        let entries = fs::read_dir(format!("/proc/{pid}/task")).map_err(|_| kept_out(pid))?;
        let tids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        let mut new = 0;
        for tid in tids.filter(|tid| !self.threads.contains_key(tid)).collect::<Vec<_>>() {
            let thread = Pid::from_raw(tid);
            match ptrace::seize(thread, ptrace::Options::empty()) {
                Ok(()) => {
                    self.threads.insert(tid, Held::Told);
                    new += 1;
                    // If it ended in between, waiting for it says so.
                    let _ = ptrace::interrupt(thread);
                }
                // It ended, as threads do.
                Err(Errno::ESRCH) => {}
                Err(_) if has_tracer(pid) => {
                    return Err(Refusal::new(format!(
                        "process {pid} is being debugged: it cannot be paused"
                    )));
                }
                Err(_) => return Err(kept_out(pid)),
            }
        }
        Ok(new)
    }

    fn wait(&mut self, pid: i32) -> Result<(), Refusal> {
        for (&tid, held) in &mut self.threads {
            while *held == Held::Told {
                *held = look(tid);
                if *held == Held::Told {
                    if self.since.elapsed() > PATIENCE {
                        return Err(Refusal::new(format!(
                            "thread {tid} of process {pid} did not stop within {PATIENCE:?}, so the process was let go"
                        )));
                    }
                    std::thread::sleep(REST);
                }
            }
        }
        Ok(())
    }

    /// Lets all threads go; how long they stood still.
    pub(crate) fn release(self) -> Duration {
        let since = self.since;
        drop(self);
        since.elapsed()
    }
}

/// Whether a thread that was told to stop stands.
fn look(tid: i32) -> Held {
    let flags = WaitPidFlag::WNOHANG | WaitPidFlag::__WALL;
    match waitpid(Pid::from_raw(tid), Some(flags)) {
        Ok(WaitStatus::Stopped(_, signal)) => Held::Stands(Some(signal)),
        Ok(WaitStatus::PtraceEvent(..) | WaitStatus::PtraceSyscall(_)) => Held::Stands(None),
        Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..)) | Err(Errno::ECHILD) => Held::Gone,
        Ok(_) | Err(_) => Held::Told,
    }
}

fn has_tracer(pid: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    crate::find::status_field(&status, "TracerPid").is_some_and(|tracer| tracer != "0")
}

impl Drop for Pause {
    fn drop(&mut self) {
        for (&tid, held) in &self.threads {
            let mut held = *held;
            let begin = Instant::now();
            // Only a thread that stands can be let go. One that never stops keeps running; the kernel lets it go
            // when Snag ends.
            while held == Held::Told && begin.elapsed() < PATIENCE {
                held = look(tid);
                std::thread::sleep(REST);
            }
            if let Held::Stands(signal) = held {
                // It may have been killed: then there is nothing to let go.
                let _ = ptrace::detach(Pid::from_raw(tid), signal);
            }
        }
    }
}

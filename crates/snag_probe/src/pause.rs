//! All threads of a process stand still, for as long as a [`Pause`] lives and no longer.

use std::collections::BTreeMap;
use std::fs;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::unistd::Pid;

use crate::find::{kept_out, status_field};
use crate::refusal::Refusal;
use crate::trace::{Happening, let_go, look_at};

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
    /// It stands; a signal that it was about to take, if it is not 0, is delivered when it is let go.
    Stands(i32),
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
            // Stops at system calls, should there be any, must look like what they are.
            match ptrace::seize(thread, ptrace::Options::PTRACE_O_TRACESYSGOOD) {
                Ok(()) => {
                    self.threads.insert(tid, Held::Told);
                    new += 1;
                    // If it ended in between, waiting for it says so.
                    let _ = ptrace::interrupt(thread);
                }
                // It ended, as threads do.
                Err(Errno::ESRCH) => {}
                Err(_) => match keeper(pid, tid) {
                    Keeper::Ends => {}
                    Keeper::Tracer => {
                        return Err(Refusal::new(format!(
                            "process {pid} is being debugged: it cannot be paused"
                        )));
                    }
                    Keeper::Kernel => return Err(kept_out(pid)),
                },
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

    /// The threads that stand.
    pub(crate) fn standing(&self) -> Vec<i32> {
        let stand = self.threads.iter().filter(|(_, held)| matches!(held, Held::Stands(_)));
        stand.map(|(&tid, _)| tid).collect()
    }

    /// Those of them that stand because they were told to: no signal was on its way to them.
    pub(crate) fn quiet(&self) -> Vec<i32> {
        let stand = self.threads.iter().filter(|(_, held)| **held == Held::Stands(0));
        stand.map(|(&tid, _)| tid).collect()
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
    match look_at(tid) {
        Ok(Some(Happening::Signal(signal))) => Held::Stands(signal),
        Ok(Some(Happening::Exited(_) | Happening::Killed(_))) | Err(Errno::ECHILD) => Held::Gone,
        Ok(Some(_)) => Held::Stands(0),
        Ok(None) | Err(_) => Held::Told,
    }
}

/// What keeps us from a thread.
enum Keeper {
    /// It is about to be gone.
    Ends,
    /// Somebody else traces it.
    Tracer,
    Kernel,
}

fn keeper(pid: i32, tid: i32) -> Keeper {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/task/{tid}/status")) else {
        return Keeper::Ends;
    };
    let field = |name| status_field(&status, name).unwrap_or_default();
    if field("State").starts_with(['Z', 'X']) {
        Keeper::Ends
    } else if field("TracerPid") != "0" {
        Keeper::Tracer
    } else {
        Keeper::Kernel
    }
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
                let_go(tid, signal);
            }
        }
    }
}

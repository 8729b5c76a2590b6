//! Go programs with hooks: placed when a program makes its first thread, which the runtime does before it runs anything of the
//! program itself; read every now and then.

use std::fs;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use snag_threads::history::{Event, Gap, ThreadId};

use super::Launch;
use super::kernel;
use super::tracer::Tracer;
use super::turns::{self, Teller};
use crate::hooks::{Hooks, Installed, Obstacle, Plan, Still};

/// Between looks at what hooks wrote: there is room for many times as much.
const OFTEN: Duration = Duration::from_millis(1);

/// The hooks of a run.
pub(super) struct Hooking {
    wanted: Hooks,
    /// Whether Go's own tools are hooked.
    tools: bool,
    /// None for processes where they were refused.
    processes: FxHashMap<i32, Option<Hooked>>,
    read: Instant,
}

/// The hooks of a process.
struct Hooked {
    installed: Installed,
    teller: Teller,
}

impl Hooking {
    pub(super) fn new(launch: &Launch) -> Hooking {
        let (wanted, tools) = (launch.hooks, launch.hook_go_tools);
        Hooking { wanted, tools, processes: FxHashMap::default(), read: Instant::now() }
    }

    /// How long until hooks have to be read.
    pub(super) fn rest(&self) -> Duration {
        if self.processes.is_empty() { Duration::MAX } else { OFTEN }
    }

    /// A process ended, or runs another program.
    pub(super) fn forget(&mut self, pid: i32) {
        self.processes.remove(&pid);
    }
}

impl Tracer<'_> {
    /// A thread that stands made another one: if that is the first, hooks are placed before either goes on.
    pub(super) fn hook(&mut self, parent: i32, new: i32) {
        let Some(pid) = self.threads.get(&new).map(|thread| thread.pid) else { return };
        if !self.hooking.wanted.any() || pid == new || self.hooking.processes.contains_key(&pid) {
            return;
        }
        let now = self.now();
        let Some(process) = self.processes.get_mut(&pid).filter(|process| process.runs) else { return };
        let id = process.id;
        let Some(runtime) = process.runtime() else { return };
        if !self.hooking.tools && is_go_tool(&runtime.target.process().executable) {
            self.hooking.processes.insert(pid, None);
            return;
        }
        // It may stand already.
        if !self.held.contains_key(&new) {
            let Some(happening) = kernel::next_of(new) else { return };
            self.held.extend([(new, (happening, Instant::now()))]);
        }
        let target = &runtime.target;
        let alone = threads(pid).is_some_and(|tids| tids.iter().all(|tid| [parent, new].contains(tid)));
        let installed = match Plan::of(target, self.hooking.wanted) {
            Ok(_) if !alone => Err(Obstacle::Threads),
            Ok(plan) => {
                let still = Still { all: &[new, parent], free: &[new], ends_with_us: true };
                Installed::new(&plan, target, still)
            }
            Err(obstacle) => Err(obstacle),
        };
        let program = target.process().executable.clone();
        let hooked = installed.map(|installed| Hooked { installed, teller: Teller::new(id, now) });
        if let Err(obstacle) = &hooked {
            let reason = format!("{program} is not hooked: {obstacle}");
            self.say(Event::Gap(Gap { at: now, process: Some(id), reason }));
        }
        self.hooking.processes.insert(pid, hooked.ok());
    }

    /// Reads all hooks, if it is time to.
    pub(super) fn read_hooks(&mut self) {
        if self.hooking.processes.is_empty() || self.hooking.read.elapsed() < OFTEN {
            return;
        }
        let pids: Vec<i32> = self.hooking.processes.keys().copied().collect();
        pids.into_iter().for_each(|pid| self.read_hooks_of(pid, false));
        self.hooking.read = Instant::now();
    }

    /// Tells what the hooks of a process saw; `end`: it is about to end.
    pub(super) fn read_hooks_of(&mut self, pid: i32, end: bool) {
        let now = self.now();
        let Some(Some(hooked)) = self.hooking.processes.get_mut(&pid) else { return };
        let Some(process) = self.processes.get_mut(&pid) else { return };
        let id = process.id;
        let Some(runtime) = process.runtime() else { return };
        hooked.teller.set_now(now);
        // A process that ended in between has nothing to tell any more.
        let Ok((records, lost)) = hooked.installed.drain(end) else { return };
        let ours = self.threads.values().filter(|thread| thread.pid == pid);
        let threads: FxHashMap<i32, ThreadId> = ours.map(|thread| (thread.inner, thread.id)).collect();
        for record in &records {
            if let Some(&thread) = threads.get(&record.thread) {
                hooked.teller.tell(record, thread, runtime, &mut self.places, &mut *self.tell);
            }
        }
        if lost > 0 {
            (self.tell)(Event::Gap(Gap { at: now, process: Some(id), reason: turns::lost(lost) }));
        }
    }
}

/// Whether a program belongs to a Go toolchain.
fn is_go_tool(executable: &str) -> bool {
    executable.contains("/pkg/tool/") || executable.ends_with("/bin/go") || executable.ends_with("/bin/gofmt")
}

fn threads(pid: i32) -> Option<Vec<i32>> {
    let entries = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    Some(entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

//! The kernel's threads of a process, and what each has of its own.

use std::cmp::Ordering;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use nix::unistd::{SysconfVar, sysconf};
use rustc_hash::{FxHashMap, FxHashSet};
use snag_threads::snapshot::Thread;
use snag_threads::state::{self, StateId, StateSet};

use crate::kernel::{Shared, compare, io_priority};

const NAMESPACES: [(StateId, &str); 8] = [
    (state::NETNS, "net"),
    (state::MNTNS, "mnt"),
    (state::UTSNS, "uts"),
    (state::IPCNS, "ipc"),
    (state::USERNS, "user"),
    (state::CGROUPNS, "cgroup"),
    (state::PIDNS_CHILDREN, "pid_for_children"),
    (state::TIMENS_CHILDREN, "time_for_children"),
];

/// Lines of `/proc/PID/task/TID/status` that are one kind of state each.
const LINES: [(StateId, &str); 6] = [
    (state::CAP_BOUNDING, "CapBnd"),
    (state::CAP_AMBIENT, "CapAmb"),
    (state::CRED_GROUPS, "Groups"),
    (state::NO_NEW_PRIVS, "NoNewPrivs"),
    (state::SIGMASK, "SigBlk"),
    (state::AFFINITY, "Cpus_allowed_list"),
];

/// Links and files below `/proc/PID/task/TID` that are one kind of state each.
const LINKS: [(StateId, &str); 2] = [(state::CWD, "cwd"), (state::ROOTDIR, "root")];
const FILES: [(StateId, &str); 2] =
    [(state::PERSONALITY, "personality"), (state::TIMERSLACK, "timerslack_ns")];
/// What threads share until one of them leaves.
const TABLES: [(StateId, Shared); 2] =
    [(state::FS_SHARING, Shared::FileSystem), (state::FDTABLE_SHARING, Shared::Files)];

/// The threads of a process.
pub(crate) struct Threads {
    pub(crate) list: Vec<Thread>,
    /// What could not be read of them.
    pub(crate) gaps: Vec<String>,
    pub(crate) asleep: Sleepers,
}

/// Threads that were asleep, by id.
pub(crate) type Sleepers = FxHashMap<i32, Sleeper>;

/// A thread that was asleep, and what nobody but itself can change.
#[derive(Debug)]
pub(crate) struct Sleeper {
    since: Sleep,
    namespaces: Namespaces,
}

type Namespaces = Arc<[(StateId, Arc<str>)]>;

/// From when to when a thread sleeps: it has left a processor once more when it sleeps again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sleep {
    /// When the thread was started: ids are used again.
    started: u64,
    switches: u64,
}

impl Threads {
    /// Whether a thread has slept ever since it was read. Then all that was read meanwhile belongs together.
    pub(crate) fn sleeps(&self, pid: i32, tid: i32) -> bool {
        let Some(before) = self.asleep.get(&tid) else { return false };
        let status = fs::read(format!("/proc/{pid}/task/{tid}/status")).unwrap_or_default();
        asleep(&String::from_utf8_lossy(&status)) == Some(before.since.switches)
    }
}

/// How often a thread has left a processor, if it is not on one.
fn asleep(status: &str) -> Option<u64> {
    let field = |name: &str| {
        let value = status.lines().find_map(|line| line.strip_prefix(name));
        value.map(|value| value.trim_start_matches(':').trim())
    };
    let switches = |name| field(name).and_then(|count| count.parse::<u64>().ok());
    let sleeps = !field("State")?.starts_with('R');
    Some(switches("voluntary_ctxt_switches")? + switches("nonvoluntary_ctxt_switches")?).filter(|_| sleeps)
}

/// All threads. Of those that have slept since an earlier look not everything is read again.
pub(crate) fn read(pid: i32, before: &Sleepers) -> Threads {
    let entries = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let mut tids: Vec<i32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    tids.sort_unstable();
    let mut texts = Texts::default();
    let mut reader = Reader::new(pid, &mut texts, before);
    // A thread that ended since the list was made is left out.
    let mut threads: Vec<Thread> = tids.into_iter().filter_map(|tid| reader.thread(tid)).collect();
    let mut gaps = Vec::new();
    let asleep = std::mem::take(&mut reader.asleep);
    if reader.hidden {
        gaps.push("the kernel does not show the namespaces of the threads".to_owned());
    }
    for (kind, shared) in TABLES {
        if !groups(&mut threads, kind, shared, &mut texts) {
            gaps.push(format!("the kernel does not say which threads share their {}", kind.info().name));
        }
    }
    for thread in &mut threads {
        thread.state.sort_by_key(|(state, _)| *state);
    }
    Threads { list: threads, gaps, asleep }
}

/// Whether a thread still has what it had, as far as that can be changed and changed back.
pub(crate) fn is_unchanged(pid: i32, thread: &Thread) -> bool {
    let (mut texts, before) = (Texts::default(), Sleepers::default());
    Reader::new(pid, &mut texts, &before).thread(thread.tid).is_some_and(|now| {
        now.started == thread.started
            && now.state.iter().all(|(state, value)| thread.value(*state) == Some(value))
    })
}

/// When a process was started, in ticks since the machine booted.
pub(crate) fn started(pid: i32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Stat::parse(&stat)?.number(22)
}

/// How long ago that was.
pub(crate) fn age(started: u64) -> Option<Duration> {
    // Processes are dated by the clock that also counts while the machine is suspended.
    let now = Duration::from(clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?);
    now.checked_sub(Duration::from_millis(started.saturating_mul(1000) / ticks()))
}

fn ticks() -> u64 {
    sysconf(SysconfVar::CLK_TCK)
        .ok()
        .flatten()
        .and_then(|ticks| u64::try_from(ticks).ok())
        .unwrap_or(100)
        .max(1)
}

/// Each text once: a thousand threads have the same few values.
#[derive(Default)]
struct Texts(FxHashSet<Arc<str>>);

impl Texts {
    fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let text: Arc<str> = text.into();
        self.0.insert(text.clone());
        text
    }
}

/// `/proc/PID/stat`: the name in parentheses may hold anything, so fields count from behind it.
pub(crate) struct Stat<'s>(Vec<&'s str>);

impl<'s> Stat<'s> {
    pub(crate) fn parse(text: &'s str) -> Option<Stat<'s>> {
        let (_, rest) = text.rsplit_once(')')?;
        Some(Stat(rest.split_whitespace().collect()))
    }

    /// A field by its number in proc(5).
    pub(crate) fn text(&self, number: usize) -> Option<&'s str> {
        self.0.get(number.checked_sub(3)?).copied()
    }

    pub(crate) fn number(&self, number: usize) -> Option<u64> {
        self.text(number)?.parse().ok()
    }

    /// Whether the thread has begun to end.
    fn is_of_ending(&self) -> bool {
        /// `PF_EXITING` of the kernel's `sched.h`.
        const EXITING: u64 = 4;
        self.number(9).is_some_and(|flags| flags & EXITING != 0)
    }
}

struct Reader<'r> {
    pid: i32,
    texts: &'r mut Texts,
    ticks: u64,
    /// Whether namespaces exist, but not for our eyes.
    hidden: bool,
    before: &'r Sleepers,
    asleep: Sleepers,
}

impl<'r> Reader<'r> {
    fn new(pid: i32, texts: &'r mut Texts, before: &'r Sleepers) -> Reader<'r> {
        Reader { pid, texts, ticks: ticks(), hidden: false, before, asleep: Sleepers::default() }
    }

    fn thread(&mut self, tid: i32) -> Option<Thread> {
        let folder = format!("/proc/{}/task/{tid}", self.pid);
        let status = fs::read(format!("{folder}/status")).ok()?;
        let status = String::from_utf8_lossy(&status);
        let stat = fs::read(format!("{folder}/stat")).ok()?;
        let stat = String::from_utf8_lossy(&stat);
        let stat = Stat::parse(&stat)?;
        let started = stat.number(22).unwrap_or(0);
        let since = asleep(&status).map(|switches| Sleep { started, switches });
        let whole = self.before.get(&tid).filter(|before| before.namespaces.len() == NAMESPACES.len());
        let slept = whole.filter(|before| Some(before.since) == since);
        let namespaces = match slept {
            Some(before) => before.namespaces.clone(),
            None => self.namespaces(tid, &folder)?,
        };
        if let Some(since) = since {
            self.asleep.insert(tid, Sleeper { since, namespaces: namespaces.clone() });
        }
        let fields: Vec<(&str, &str)> = status
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name, value.trim()))
            .collect();
        let field = |name: &str| fields.iter().find(|(field, _)| *field == name).map(|(_, value)| *value);
        let used = stat.number(14).unwrap_or(0) + stat.number(15).unwrap_or(0);
        let mut thread = Thread {
            tid,
            inner_tid: field("NSpid")
                .and_then(|ids| ids.split_whitespace().last()?.parse().ok())
                .unwrap_or(tid),
            name: field("Name").unwrap_or_default().to_owned(),
            run_state: field("State").and_then(|state| state.chars().next()).unwrap_or('?'),
            started,
            cpu: Duration::from_millis(used.saturating_mul(1000) / self.ticks),
            state: namespaces.to_vec(),
        };
        let mut add = |state: StateId, value: &str| thread.state.push((state, self.texts.get(value)));
        of_status(field, &mut add);
        of_stat(&stat, &mut add);
        Some(thread)
    }

    /// None if the thread is ending: the kernel takes one thing after the other from it, and says that it is not
    /// allowed to show what is gone.
    fn namespaces(&mut self, tid: i32, folder: &str) -> Option<Namespaces> {
        let mut namespaces = Vec::with_capacity(NAMESPACES.len());
        let hidden = of_namespaces(folder, |_| true, &mut |state, value: &str| {
            namespaces.push((state, self.texts.get(value)));
        });
        // The first thread stays until the others have ended.
        if namespaces.len() < NAMESPACES.len() && tid != self.pid && is_ending(folder) {
            return None;
        }
        self.hidden |= hidden;
        Some(namespaces.into())
    }
}

fn is_ending(folder: &str) -> bool {
    let stat = fs::read(format!("{folder}/stat")).unwrap_or_default();
    Stat::parse(&String::from_utf8_lossy(&stat)).is_none_or(|stat| stat.is_of_ending())
}

fn exists(tid: i32) -> bool {
    std::path::Path::new(&format!("/proc/{tid}")).exists()
}

/// Kinds of state that `/proc/PID/task/TID/status` tells.
fn of_status<'s>(field: impl Fn(&str) -> Option<&'s str>, add: &mut impl FnMut(StateId, &str)) {
    for (state, line) in LINES {
        if let Some(value) = field(line) {
            add(state, value);
        }
    }
    for (all, fs, line) in
        [(state::CRED_UID, state::CRED_FSUID, "Uid"), (state::CRED_GID, state::CRED_FSGID, "Gid")]
    {
        // Real, effective, saved; and the one that decides about files.
        let Some(ids) = field(line) else { continue };
        let ids: Vec<&str> = ids.split_whitespace().collect();
        if let [real, effective, saved, files] = ids[..] {
            add(all, &format!("{real} {effective} {saved}"));
            add(fs, files);
        }
    }
    if let (Some(permitted), Some(effective), Some(inheritable)) =
        (field("CapPrm"), field("CapEff"), field("CapInh"))
    {
        add(state::CAPS, &format!("permitted {permitted} effective {effective} inheritable {inheritable}"));
    }
    if let Some(mode) = field("Seccomp") {
        let filters = field("Seccomp_filters").unwrap_or("?");
        add(state::SECCOMP, &format!("mode {mode}, {filters} filters"));
    }
}

/// Kinds of state that `/proc/PID/task/TID/stat` tells.
fn of_stat(stat: &Stat<'_>, add: &mut impl FnMut(StateId, &str)) {
    if let Some(nice) = stat.text(19) {
        add(state::NICE, nice);
    }
    if let (Some(policy), Some(priority)) = (stat.text(41), stat.text(40)) {
        add(state::SCHED_POLICY, &format!("policy {policy}, priority {priority}"));
    }
}

/// The namespaces of a thread; whether they are hidden from us.
fn of_namespaces(
    folder: &str,
    wanted: impl Fn(StateId) -> bool,
    add: &mut impl FnMut(StateId, &str),
) -> bool {
    let mut hidden = false;
    for (state, file) in NAMESPACES.into_iter().filter(|(state, _)| wanted(*state)) {
        match fs::read_link(format!("{folder}/ns/{file}")) {
            Ok(namespace) => add(state, &namespace.to_string_lossy()),
            Err(error) => hidden |= error.kind() == std::io::ErrorKind::PermissionDenied,
        }
    }
    hidden
}

/// The kinds of state that are namespaces.
pub(crate) fn namespaces() -> StateSet {
    NAMESPACES.into_iter().map(|(state, _)| state).collect()
}

/// The kinds of state that [`values`] tells.
pub(crate) fn told() -> StateSet {
    let files = FILES.into_iter().chain(LINKS).map(|(state, _)| state);
    let tables = TABLES.into_iter().map(|(state, _)| state);
    let others: StateSet = files.chain(tables).chain([state::IOPRIO]).collect();
    IN_STATUS.union(IN_STAT).union(namespaces()).union(others)
}

/// What the kernel says of some kinds of state of one thread. Those it says nothing of are left out.
pub(crate) fn values(pid: i32, tid: i32, wanted: StateSet) -> Vec<(StateId, Arc<str>)> {
    let folder = format!("/proc/{pid}/task/{tid}");
    let mut found: Vec<(StateId, Arc<str>)> = Vec::new();
    let mut add = |state: StateId, value: &str| {
        if wanted.contains(state) {
            found.push((state, value.into()));
        }
    };
    if wanted.intersects(IN_STATUS) {
        let status = fs::read(format!("{folder}/status")).unwrap_or_default();
        let status = String::from_utf8_lossy(&status);
        let line = |name: &str| {
            let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            value.map(str::trim)
        };
        of_status(line, &mut add);
        if let Some(umask) = line("Umask") {
            add(state::UMASK, umask);
        }
    }
    if wanted.intersects(IN_STAT) {
        let stat = fs::read(format!("{folder}/stat")).unwrap_or_default();
        if let Some(stat) = Stat::parse(&String::from_utf8_lossy(&stat)) {
            of_stat(&stat, &mut add);
        }
    }
    of_namespaces(&folder, |state| wanted.contains(state), &mut add);
    for (state, file) in LINKS {
        if wanted.contains(state)
            && let Ok(place) = fs::read_link(format!("{folder}/{file}"))
        {
            add(state, &place.to_string_lossy());
        }
    }
    for (state, file) in FILES {
        if wanted.contains(state)
            && let Ok(value) = fs::read_to_string(format!("{folder}/{file}"))
        {
            add(state, value.trim());
        }
    }
    if wanted.contains(state::IOPRIO)
        && let Some(priority) = io_priority(tid)
    {
        add(state::IOPRIO, &format!("{priority:#x}"));
    }
    for (state, shared) in TABLES {
        // Compared with itself the main thread would always look shared.
        if wanted.contains(state)
            && tid != pid
            && let Some(order) = compare(pid, tid, shared)
        {
            add(state, if order == Ordering::Equal { SHARED } else { ALONE });
        }
    }
    found
}

/// A table that a thread has in common with the main thread.
const SHARED: &str = "that of the main thread";
/// A table that a thread has not in common with the main thread.
const ALONE: &str = "another than the main thread's";

const IN_STATUS: StateSet = StateSet::of(&[
    state::CAP_BOUNDING,
    state::CAP_AMBIENT,
    state::CRED_GROUPS,
    state::NO_NEW_PRIVS,
    state::SIGMASK,
    state::AFFINITY,
    state::CRED_UID,
    state::CRED_FSUID,
    state::CRED_GID,
    state::CRED_FSGID,
    state::CAPS,
    state::SECCOMP,
    state::UMASK,
]);
const IN_STAT: StateSet = StateSet::of(&[state::NICE, state::SCHED_POLICY]);

/// Names the group of threads that share a table after its first thread. Whether the kernel told.
fn groups(threads: &mut [Thread], kind: StateId, shared: Shared, texts: &mut Texts) -> bool {
    let mut leaders: Vec<i32> = Vec::new();
    let mut values = Vec::new();
    for thread in threads.iter() {
        let leader = leaders.iter().find_map(|&leader| match compare(leader, thread.tid, shared) {
            Some(Ordering::Equal) => Some(Some(leader)),
            Some(_) => None,
            // A thread that is ending has no tables any more, so it is like no other; then it is gone.
            None if !exists(leader) => None,
            None => Some(None),
        });
        let leader = match leader {
            Some(Some(leader)) => leader,
            // The thread ended, or nothing may be compared.
            Some(None) if exists(thread.tid) => return false,
            Some(None) => continue,
            None => {
                leaders.push(thread.tid);
                thread.tid
            }
        };
        values.push((thread.tid, texts.get(&format!("that of thread {leader}"))));
    }
    for (tid, value) in values {
        if let Ok(at) = threads.binary_search_by_key(&tid, |thread| thread.tid) {
            threads[at].state.push((kind, value));
        }
    }
    true
}

//! Calls in Go: what they do to the thread, which of their work leaves the goroutine, what waits.

use crate::effect::{Arg, Condition, Effects, Target, all_hold, evaluate};
use crate::generated::packages;
use crate::os::OsSet;
use crate::property::Property;
use crate::state::StateSet;
use crate::syscall::{Arch, Syscall, syscall, syscall_by_number};
use crate::version::GoVersion;
use std::borrow::Cow;

/// Everything the tables know about one package. Look it up once per import, then its functions by name.
#[derive(Debug)]
pub struct Package {
    /// The import path; `*` stands for one element.
    pub path: &'static str,
    /// Calls, by name.
    pub apis: &'static [Api],
    /// Functions that call a function they are given, by name.
    pub callbacks: &'static [Callback],
    /// Calls that do some of their own work on another goroutine, by name.
    pub goroutines: &'static [Spawn],
    /// Calls that wait, by name.
    pub blocking: &'static [Blocking],
    /// What else is known about functions, by name.
    pub properties: &'static [Property],
    /// What importing the package does.
    pub import: Option<ImportEffect>,
}

/// A call, or a field whose use has an effect.
#[derive(Debug)]
pub struct Api {
    /// The import path of its package.
    pub package: &'static str,
    /// `Func`, `Type.Method`, `Type.Field`, or `*` for every other function of the package.
    pub name: &'static str,
    /// What the name is.
    pub kind: Kind,
    /// Where it exists.
    pub os: OsSet,
    /// Everything it may change; [`Api::effects`] knows more about one call.
    pub writes: StateSet,
    /// Everything its result may depend on.
    pub reads: StateSet,
    /// What it asks of the goroutine that calls it, as long as it does not change all threads ([`Api::process_wide`]).
    pub requires: Requires,
    /// What it does to the pin of its caller.
    pub locks: LockBehavior,
    /// What it runs on another goroutine; empty when nothing.
    pub spawns: &'static str,
    /// Whether, and since when, it changes all threads.
    pub all_threads: AllThreads,
    /// How its effects are found.
    pub call: Call,
    /// The state whose present value it returns, and where.
    pub saves: Option<Save>,
    /// Which calls put the state back.
    pub restore: PutBack,
    /// The first Go version that has it, where that matters.
    pub since: Option<GoVersion>,
    /// The package does not have it, and whoever writes the name means the one of this package; empty for what exists.
    pub instead: &'static str,
    /// What else to know.
    pub note: &'static str,
    /// Where the row comes from.
    pub source: &'static str,
}

/// What a name of a package is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A function or method.
    Call,
    /// A field of a struct: setting it has the effect.
    Field,
}

/// What a call asks of the goroutine that makes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Requires {
    /// Nothing.
    Nothing,
    /// Its result depends on the thread: a pin is needed only while the thread's state differs.
    Reader,
    /// As `Reader`, and some of its work leaves the goroutine, where the pin does not reach.
    ReaderAndSpawns,
    /// A pin around it, until the state is put back.
    Lock,
    /// A pin around it for ever: the state cannot be put back.
    LockForever,
    /// A pin until the child has ended.
    LockUntilChildExit,
    /// The thread on which the object was made.
    SameThreadAs,
    /// As `SameThreadAs`, for asking about an error of it.
    SameThreadForError,
    /// The main thread.
    MainThread,
    /// Its work leaves the goroutine: a pin does not help.
    PinNotInherited,
    /// It changes something of the whole process: a pin does not help against other goroutines.
    ProcessRace,
    /// It depends on the system call number among its arguments.
    ByNumber,
    /// It runs once, on the thread of whoever comes first.
    FirstCallerThread,
    /// Exactly the pins that held at creation.
    SamePinAsCreation,
    /// One for each lock.
    Balance,
}

/// What a call does to the pin of its caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LockBehavior {
    /// Nothing.
    No,
    /// It is `LockOSThread`.
    IsLock,
    /// It is `UnlockOSThread`.
    IsUnlock,
    /// Pins, restores and unpins.
    Balanced,
    /// Pins, restores without looking at the result, unpins.
    BalancedUnchecked,
    /// Pins, changes the thread, unpins without restoring.
    BalancedDirty,
    /// Pins and unpins, but stays pinned when it fails.
    BalancedLeaksOnError,
    /// Works on a pinned goroutine of its own.
    OwnGoroutine,
    /// Returns pinned, together with a function or method that unpins.
    LeaksUntilCloser,
    /// Returns pinned.
    Leaks,
    /// Unpins what another call pinned.
    Unlocks,
    /// Hands the work to the right thread.
    Queue,
}

/// Whether a call changes all threads of the process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AllThreads {
    /// The calling thread only.
    No,
    /// All threads.
    Always,
    /// All threads since this Go version, before the calling thread only.
    SinceGo(GoVersion),
    /// All threads since Go 1.16 and this version of the module, before the calling thread only.
    SinceModule {
        /// The module.
        module: &'static str,
        /// Its first version that does.
        version: &'static str,
    },
}

/// How the effects of a call are found.
#[derive(Debug)]
pub enum Call {
    /// They are always the same.
    Fixed,
    /// They are the same under these conditions on the arguments, otherwise there are none.
    When(&'static [Condition]),
    /// It is this system call; for each argument of the system call, the position among its own (negative: unknown).
    /// An empty list means the same positions.
    Syscall(&'static str, &'static [i8]),
    /// It is the system call whose number is the argument at this position; the others follow.
    ByNumber(u8),
}

/// A call that gives the present value of a state, to be put back later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Save {
    /// The state.
    pub states: StateSet,
    /// Where the value is.
    pub saved: Saved,
}

/// Where a call leaves a saved value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Saved {
    /// In its first result.
    Result,
    /// Where the argument at this position points to.
    Argument(u8),
}

/// Which calls put the state back that others of the same function change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PutBack {
    /// None.
    Never,
    /// All: undoing is what the function is for.
    Always,
    /// Those whose argument at this position is a value saved before.
    Saved(u8),
    /// Methods whose receiver is a value saved before.
    SavedReceiver,
    /// Those whose argument at this position is a value saved before, or this constant.
    SavedOr(u8, &'static str),
}

/// A function that calls a function it is given.
#[derive(Debug)]
pub struct Callback {
    /// `Func`, `Type.Method` or `Type.Field`.
    pub name: &'static str,
    /// Which function it calls.
    pub argument: CallbackArgument,
    /// When, and on which goroutine.
    pub when: When,
    /// Whether one call may start any number of goroutines, for example one per request.
    pub many: bool,
    /// Whether the call returns only after the function did.
    pub waits: bool,
    /// Whether the library limits how many run at once.
    pub pool: bool,
    /// What else to know.
    pub note: &'static str,
    /// Where the row comes from.
    pub source: &'static str,
}

/// Which function a call takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallbackArgument {
    /// The argument at this position.
    Index(u8),
    /// The argument at this position, or a method of it.
    Method(u8, &'static str),
    /// The value assigned to the field.
    Field,
}

/// When a function is called that was given away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Before the call returns, on the caller's goroutine.
    Synchronous,
    /// On the goroutine that calls the function which the call returns.
    InResult,
    /// Later, on the caller's goroutine.
    Later,
    /// On another goroutine.
    OtherGoroutine,
    /// On another goroutine, which is pinned for the purpose.
    PinnedGoroutine,
    /// On the main thread.
    MainThread,
    /// At the end of the test, on the goroutine of the test.
    AtCleanup,
    /// When the command is asked for, on the goroutine of `main`.
    Command,
}

impl Callback {
    /// Whether the function runs without the pin that its caller holds.
    pub fn leaves_pin(&self) -> bool {
        matches!(self.when, When::OtherGoroutine | When::PinnedGoroutine | When::MainThread)
    }
}

/// A call that does some of its own work on another goroutine.
#[derive(Debug, PartialEq, Eq)]
pub struct Spawn {
    /// `Func` or `Type.Method`.
    pub name: &'static str,
    /// The work.
    pub work: &'static str,
    /// What the work depends on, and therefore gets wrong when only the caller's thread has it.
    pub carries: Carries,
    /// When it does not leave the goroutine; empty when it always does.
    pub unless: &'static str,
    /// Whether an argument decides that: an address in the place of a name.
    pub by_argument: bool,
    /// Whether the argument nearly always decides that it stays: who listens names an address.
    pub seldom: bool,
    /// Where the row comes from.
    pub source: &'static str,
}

/// What work on another goroutine depends on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carries {
    /// Code of the user: anything.
    Everything,
    /// These states.
    States(StateSet),
}

/// A call that waits.
#[derive(Debug)]
pub struct Blocking {
    /// `Func` or `Type.Method`.
    pub name: &'static str,
    /// Whether the goroutine may wait for something that another one, or the world, does.
    pub goroutine: bool,
    /// Whether it holds its thread meanwhile.
    pub thread: bool,
    /// Whether the goroutine may be on another thread afterwards, unless it is pinned.
    pub reschedules: bool,
    /// What it holds the thread for until it happens: that may take any time. Empty when it is a matter of moments.
    pub long: &'static str,
    /// What it waits for.
    pub awaits: Awaits,
    /// When that is so.
    pub when: &'static [Condition],
    /// What else to know.
    pub note: &'static str,
    /// Where the row comes from.
    pub source: &'static str,
}

/// What a call waits for, as far as rules tell it apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Awaits {
    /// The end of a child process.
    Child,
    /// A file system that may be that of another machine.
    FileSystem,
    /// Anything else.
    Other,
}

/// What importing a package does.
#[derive(Debug)]
pub struct ImportEffect {
    /// Where it does.
    pub os: OsSet,
    /// Whether an `init` function pins the main goroutine to the main thread.
    pub pins_main: bool,
    /// Whether an `init` function sets how many goroutines run at once from the limit of the container.
    pub sets_processors: bool,
    /// Where the row comes from.
    pub source: &'static str,
}

impl Blocking {
    /// Whether a call with these arguments may hold its thread for any time; `None` when they do not tell.
    pub fn holds_long(&self, args: &[Arg<'_>]) -> Option<bool> {
        if self.long.is_empty() {
            return Some(false);
        }
        all_hold(self.when, |at| args.get(at).copied().unwrap_or(Arg::Unknown))
    }
}

impl Package {
    /// The call or field with this name; a pointer receiver makes no difference. `Func().Method` is a method of what
    /// a function of the package returns. `Type.*` stands for all other methods of a type, `*` for everything else.
    pub fn api(&self, name: &str) -> Option<&'static Api> {
        let row = |name: &str| find(self.apis, name, |row| row.name);
        let methods = || row(&format!("{}.*", name.rsplit_once('.').filter(|_| !name.contains("()."))?.0));
        let others = || row("*").filter(|_| !name.contains("()."));
        row(name).or_else(methods).or_else(others)
    }

    /// What is known about the functions that this one is given.
    pub fn callback(&self, name: &str) -> Option<&'static Callback> {
        find(self.callbacks, name, |row| row.name)
    }

    /// What the call does on another goroutine.
    pub fn goroutine(&self, name: &str) -> Option<&'static Spawn> {
        find(self.goroutines, name, |row| row.name)
    }

    /// What else is known about the function.
    pub fn property(&self, name: &str) -> Option<&'static Property> {
        find(self.properties, name, |row| row.name)
    }

    /// Whether the call waits.
    pub fn blocking(&self, name: &str) -> Option<&'static Blocking> {
        find(self.blocking, name, |row| row.name)
    }
}

fn find<T>(rows: &'static [T], name: &str, key: impl Fn(&T) -> &'static str) -> Option<&'static T> {
    if let Some((_, method)) = name.split_once("().") {
        // Whose method it is, nobody knows: only a name that one exported type has can be meant.
        let is_meant = |key: &str| {
            let exported = key.starts_with(|first: char| first.is_uppercase());
            exported && key.split_once('.').is_some_and(|(_, name)| name == method)
        };
        let mut found = rows.iter().filter(|row| is_meant(key(row)));
        let first = found.next();
        return first.filter(|_| found.next().is_none());
    }
    let name = plain(name);
    let at = rows.binary_search_by(|row| key(row).cmp(&name)).ok()?;
    Some(&rows[at])
}

/// `(*Type).Method` and `*Type.Method` are `Type.Method`.
fn plain(name: &str) -> Cow<'_, str> {
    if name.starts_with(['(', '*']) && name.len() > 1 {
        Cow::Owned(name.replace(['(', ')', '*'], ""))
    } else {
        Cow::Borrowed(name)
    }
}

/// What is known about the package with this import path, another major version of it, or a vendored copy.
pub fn package(import_path: &str) -> Option<&'static Package> {
    let path = without_vendor(import_path);
    if let Ok(at) = packages::PACKAGES.binary_search_by(|row| row.path.cmp(path)) {
        return Some(&packages::PACKAGES[at]);
    }
    if !path.split('/').next().is_some_and(|first| first.contains('.')) {
        return None;
    }
    let base = without_major_version(path);
    if let Ok(at) = packages::BASES.binary_search_by(|(known, _)| (*known).cmp(&base)) {
        return Some(&packages::PACKAGES[packages::BASES[at].1 as usize]);
    }
    packages::WILDCARDS.iter().map(|&at| &packages::PACKAGES[at as usize]).find(|row| like(row.path, path))
}

/// Every package of the tables, by import path.
pub fn packages() -> &'static [Package] {
    packages::PACKAGES
}

fn without_vendor(path: &str) -> &str {
    // The second is how godep kept its copies before there were vendor directories.
    let behind = |mark: &str| path.rfind(mark).map(|at| &path[at + mark.len()..]);
    behind("/vendor/")
        .or_else(|| behind("/Godeps/_workspace/src/"))
        .unwrap_or_else(|| path.strip_prefix("vendor/").unwrap_or(path))
}

/// The path without its element `v2`, `v3` ...; the code generator removes it in the same way.
fn without_major_version(path: &str) -> Cow<'_, str> {
    if !path.split('/').any(is_major_version) {
        return Cow::Borrowed(path);
    }
    let kept: Vec<&str> = path.split('/').filter(|element| !is_major_version(element)).collect();
    Cow::Owned(kept.join("/"))
}

fn is_major_version(element: &str) -> bool {
    element
        .strip_prefix('v')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn like(pattern: &str, path: &str) -> bool {
    let mut wanted = pattern.split('/');
    let mut found = path.split('/');
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(want), Some(got)) if want == got => {}
            _ => return false,
        }
    }
}

/// What a call does to the thread: `name` is `Func`, `Type.Method` or `Type.Field`.
pub fn api(import_path: &str, name: &str) -> Option<&'static Api> {
    package(import_path)?.api(name)
}

/// When, and where, a call runs the function it is given.
pub fn callback(import_path: &str, name: &str) -> Option<&'static Callback> {
    package(import_path)?.callback(name)
}

/// What a library call does on another goroutine.
pub fn goroutine(import_path: &str, name: &str) -> Option<&'static Spawn> {
    package(import_path)?.goroutine(name)
}

/// Whether a call waits, and what it holds meanwhile.
pub fn blocking(import_path: &str, name: &str) -> Option<&'static Blocking> {
    package(import_path)?.blocking(name)
}

/// What importing the package does.
pub fn import_effect(import_path: &str) -> Option<&'static ImportEffect> {
    package(import_path)?.import.as_ref()
}

impl Api {
    /// What a call with these arguments does; missing ones are unknown. The receiver is no argument. A call that
    /// changes all threads only since some version counts as one that changes the caller: see [`Api::process_wide`].
    pub fn effects(&self, args: &[Arg<'_>], arch: Option<Arch>) -> Effects {
        let target = if self.all_threads == AllThreads::Always { Target::Process } else { Target::Caller };
        let fixed = Effects { writes: self.writes, reads: self.reads, target, certain: true };
        let mut effects = call_effects(&self.call, fixed, args, arch);
        if target == Target::Process {
            effects.target = target;
        }
        effects
    }

    /// Whether the call changes all threads under this Go version, with modules of today.
    pub fn process_wide(&self, go: GoVersion) -> bool {
        self.process_wide_with(go, None)
    }

    /// Whether the call changes all threads under this Go version and the version of its module in go.mod.
    pub fn process_wide_with(&self, go: GoVersion, module: Option<&str>) -> bool {
        match self.all_threads {
            AllThreads::No => false,
            AllThreads::Always => true,
            AllThreads::SinceGo(since) => go >= since,
            AllThreads::SinceModule { version, .. } => {
                crate::version::setid_all_threads(go)
                    && module
                        .is_none_or(|got| crate::version::semantic(got) >= crate::version::semantic(version))
            }
        }
    }

    /// Whether the name was read from a real source tree.
    pub fn is_verified(&self) -> bool {
        !self.source.starts_with("not verified")
    }
}

pub(crate) fn call_effects(call: &Call, fixed: Effects, args: &[Arg<'_>], arch: Option<Arch>) -> Effects {
    let arg = |at: usize| args.get(at).copied().unwrap_or(Arg::Unknown);
    match *call {
        Call::Fixed => fixed,
        Call::When(conditions) => match all_hold(conditions, arg) {
            Some(true) => fixed,
            Some(false) => Effects::NONE,
            None => Effects { certain: false, ..fixed },
        },
        Call::Syscall(name, positions) => match syscall(name) {
            Some(row) => evaluate(row.rules, row.unknown, |at| mapped(positions, at, arg)),
            None => fixed,
        },
        Call::ByNumber(position) => {
            let position = position as usize;
            match numbered(arg(position), arch) {
                Some(Some(row)) => evaluate(row.rules, row.unknown, |at| arg(position + 1 + at)),
                Some(None) => Effects::NONE,
                None => Effects::UNKNOWN,
            }
        }
    }
}

fn mapped<'a>(positions: &[i8], at: usize, arg: impl Fn(usize) -> Arg<'a>) -> Arg<'a> {
    if positions.is_empty() {
        return arg(at);
    }
    match positions.get(at) {
        Some(&position) if position >= 0 => arg(position as usize),
        // The wrapper passes 0 itself: the command of KeyctlGetKeyringID.
        Some(-2) => Arg::Int(0),
        _ => Arg::Unknown,
    }
}

/// The system call an argument names, by number or as `SYS_...`; the outer `None` means that it is not known.
fn numbered(arg: Arg<'_>, arch: Option<Arch>) -> Option<Option<&'static Syscall>> {
    match arg {
        Arg::Int(number) => Some(syscall_by_number(number, arch?)),
        Arg::Str(name) => Some(syscall(name)),
        _ => None,
    }
}

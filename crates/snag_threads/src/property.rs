//! What is known about functions of Go beside their effects on a thread.

use std::sync::LazyLock;

use crate::go::{Package, package, packages};

/// What else is known about a function.
#[derive(Debug)]
pub struct Property {
    /// `Func` or `Type.Method`.
    pub name: &'static str,
    /// What it is.
    pub is: Is,
    /// Only calls whose first argument is this constant string; empty for all.
    pub argument: &'static str,
    /// Whether a call comes back.
    pub returns: bool,
    /// Where the row comes from.
    pub source: &'static str,
}

/// What a function is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Is {
    /// Its result is the number of goroutines.
    GoroutineCount,
    /// Its result is a profile, and the method `Count` of that one counts goroutines.
    GoroutineProfile,
    /// Its result is the number of entries of the profile it is a method of.
    ProfileCount,
    /// Its result is, or contains, what it is given.
    Formatting,
    /// Lets other goroutines run, and comes back.
    Yield,
    /// Reads memory, and is compiled without a call: it neither waits nor can be preempted there.
    Load,
    /// Changes memory depending on what is there, and is compiled without a call.
    Swap,
    /// Computes, and is compiled without a call.
    Intrinsic,
    /// Waits until other goroutines are done.
    Join,
    /// Waits for something that other goroutines do, which need not be their end.
    Rendezvous,
    /// Waits for one of a limited number of places.
    Place,
    /// Takes a lock, and keeps all others out.
    Lock,
    /// Takes a lock together with others that only read.
    ReadLock,
    /// Takes a lock if it is free, and says whether it did.
    TryLock,
    /// Gives a lock back.
    Unlock,
    /// Does nothing but start a goroutine with the function it is given.
    Start,
    /// Serves requests, each on a goroutine of its own.
    Server,
    /// Sets how many goroutines run at once.
    ProcessorLimit,
    /// Sets how many goroutines run at once from the limit of the container.
    ProcessorQuota,
    /// Its result is the number of processors of the machine.
    ProcessorCount,
    /// Its result is the id of the calling thread.
    ThreadId,
    /// Its result is the id of the process: of its main thread.
    ProcessId,
    /// Runs, or waits for, the process that its receiver describes: who made that decided that there is one more.
    DescribedProcess,
    /// Says to who waits that this goroutine is done.
    Done,
    /// Lets the test run beside others, after the function that started it has gone on.
    ParallelTest,
    /// Makes the test fail.
    TestFailure,
    /// Compares what it is given, and makes the test fail.
    Assertion,
    /// Ends the goroutine, or the process.
    Ending,
    /// Its result is an error, never nil.
    Error,
    /// Runs another program in this process.
    ProcessReplacement,
    /// Limits how many goroutines a group runs at once.
    Limit,
    /// Cuts a list into pieces of the length that is its second argument.
    Chunks,
    /// A goroutine of the runtime that pins itself: the program has no part in it.
    RuntimePin,
    /// What the thread does that the runtime keeps clean to make others from.
    ThreadTemplate,
    /// Makes that thread.
    ThreadTemplateStart,
    /// Starts the runtime's own threads, before the program begins.
    RuntimeStart,
    /// Ends a thread whose goroutine ended pinned.
    ThreadEnd,
    /// Enters the kernel, or C, for whoever calls it.
    KernelEntry,
    /// Changes all threads at once, or one of them for that.
    AllThreads,
    /// Runs in a child until that has its own program.
    ForkAndExec,
    /// Calls a function later, when a time has passed.
    Delay,
    /// A method whose implementations only wait and remember.
    Passive,
    /// May run code of the user that its arguments do not show, or call the system with numbers.
    Opaque,
    /// Makes nobody wait for anybody.
    Unordered,
    /// Orders goroutines: what its functions return may decide which of them goes on.
    Ordering,
    /// Makes a message of what it is given.
    Message,
}

/// What else is known about a function.
pub fn property(import_path: &str, name: &str) -> Option<&'static Property> {
    package(import_path)?.property(name)
}

/// What is known about a function by its name in a stack, such as `runtime.main.func1`: a literal counts as the function that
/// it is in. What is known of all of its package, where nothing is said of the function, or it is a method.
pub fn property_in_stack(function: &str) -> Option<&'static Property> {
    // Type arguments have paths of their own.
    let name = function.split('[').next().unwrap_or_default();
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    let (path, rest) = name.split_at(last + name[last..].find('.')?);
    let package = package(path)?;
    let name = rest[1..].split('.').next().unwrap_or_default();
    package.property(name).or_else(|| package.property("*"))
}

/// What is known about every function of a package.
pub fn package_property(import_path: &str) -> Option<&'static Property> {
    property(import_path, "*")
}

/// Whether a call of the function, or of a method with this name, does not come back.
pub fn never_returns(import_path: &str, name: &str) -> bool {
    // Asked for every call of a program: few packages have such functions.
    static ENDINGS: LazyLock<Vec<(&'static str, Vec<&'static str>)>> = LazyLock::new(|| {
        let bare = |row: &'static Property| row.name.rsplit('.').next().unwrap_or(row.name);
        let of = |package: &'static Package| {
            let names = package.properties.iter().filter(|row| !row.returns).map(bare).collect();
            (package.path, names)
        };
        packages().iter().map(of).filter(|(_, names): &(_, Vec<_>)| !names.is_empty()).collect()
    });
    let known = ENDINGS.iter().find(|entry| entry.0 == import_path);
    known.is_some_and(|entry| entry.1.contains(&name))
}

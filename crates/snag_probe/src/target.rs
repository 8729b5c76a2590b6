//! A Go process that is being looked into.

use std::sync::Mutex;
use std::time::Duration;

use snag_threads::GoVersion;
use snag_threads::snapshot::{Process, Snapshot};

use crate::bytes::{varint, word};
use crate::find::{self, Identity, ended, executable, kept_out, must_be_alive, name_of};
use crate::globals::{self, Globals, Layouts};
use crate::image::Image;
use crate::layout::descriptors::Descriptors;
use crate::layout::known::{self, ModuleData, Sched};
use crate::layout::{G, M, P, dwarf};
use crate::memory::{Fault, Memory};
use crate::pclntab::{self, FunctionTable};
use crate::program::Program;
use crate::read::{self, Listed};
use crate::refusal::{Cause, Refusal};
use crate::threads::{self, Sleepers};

/// What a snapshot is to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'o> {
    /// Whose stacks are read.
    pub stacks: Stacks<'o>,
    /// Whether all threads of the process stand still meanwhile: exact, but the process notices.
    pub pause: bool,
}

/// Whose stacks are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stacks<'o> {
    /// Nobody's.
    #[default]
    None,
    /// Those of goroutines that are pinned or hold a thread in a system call or in C.
    Threads,
    /// The same, and those of the goroutines with these ids, which are sorted.
    And(&'o [u64]),
    /// Everybody's.
    All,
}

/// A Go process that is being looked into.
#[derive(Debug)]
pub struct Target {
    pub(crate) process: Process,
    identity: Option<Identity>,
    pub(crate) memory: Memory,
    pub(crate) table: FunctionTable,
    pub(crate) layouts: Layouts,
    pub(crate) sched: Option<Sched>,
    pub(crate) globals: Globals,
    pub(crate) reasons: Vec<std::sync::Arc<str>>,
    pub(crate) program: Option<Program>,
    /// What the last look saw asleep.
    pub(crate) asleep: Mutex<Sleepers>,
}

/// Finds the Go runtime in a process.
pub fn attach(pid: i32) -> Result<Target, Refusal> {
    must_be_alive(pid)?;
    let image = Image::of(pid)?;
    let memory = Memory::of(pid);
    Search { pid, image, memory }.target().map_err(|refusal| match memory_is_readable(&memory, pid) {
        Ok(()) => refusal,
        Err(refusal) => refusal,
    })
}

fn memory_is_readable(memory: &Memory, pid: i32) -> Result<(), Refusal> {
    // Every process has an auxiliary vector; an address that is never mapped tells whether the kernel would let us.
    match memory.word(0) {
        Err(Fault::Refused) => Err(kept_out(pid)),
        Err(Fault::Gone) => Err(ended(pid)),
        Err(Fault::Unmapped) | Ok(_) => must_be_alive(pid),
    }
}

/// Finds the runtime in another process of a program in which it was found already: much faster, and what both have in
/// common is kept once. Where that does not fit, the same as [`attach`].
pub fn attach_like(pid: i32, like: &Target) -> Result<Target, Refusal> {
    must_be_alive(pid)?;
    match like.moved_to(pid) {
        Some(target) => Ok(target),
        None => attach(pid),
    }
}

fn process(pid: i32, go_version: String, cgo: bool) -> Process {
    Process {
        pid,
        name: name_of(pid).unwrap_or_default(),
        executable: executable(pid).unwrap_or_default(),
        started: threads::started(pid).unwrap_or_default(),
        go_version,
        cgo,
        module: None,
    }
}

struct Search {
    pid: i32,
    image: Image,
    memory: Memory,
}

impl Search {
    fn target(self) -> Result<Target, Refusal> {
        let built = self.build_information();
        let text = self.version_text(built.as_ref())?;
        let version = GoVersion::parse(&text)
            .ok_or_else(|| Refusal::new(format!("process {} says it was built by {text:?}", self.pid)))?;
        if version < GoVersion::new(1, 15) {
            return Err(Refusal::new(format!(
                "process {} was built by {text}: Snag reads programs of Go 1.15 and newer",
                self.pid
            ))
            .because(Cause::Unsupported));
        }
        let (place, table, module) = self.module(version, &text)?;
        let descriptors = Descriptors::read(self.memory, module.types, module.etypes, version)?;
        let layout = |name: &str| {
            let missing =
                || Refusal::new(format!("the type descriptor of {name} is not where {text} has it"));
            descriptors.layout(name).ok_or_else(missing)
        };
        let layouts = Layouts {
            g: G::new(&layout("runtime.g")?)?,
            m: M::new(&layout("runtime.m")?)?,
            p: P::new(&layout("runtime.p")?)?,
            code: (module.text, module.etext),
        };
        let sched = known::sched(version, &text).or_else(|| self.sched_from_debugging_information());
        let maxmcount = sched.map(|sched| sched.maxmcount);
        let globals = globals::find(self.memory, &self.image, &table, &layouts, maxmcount);
        let cgo = table.all().any(|function| table.name(function) == "crosscall2");
        let module = built.and_then(|built| built.main_module());
        let process = Process { module, ..process(self.pid, text, cgo) };
        let reasons = self.reasons();
        let program = if self.image.is_program { Program::of(self.pid, place) } else { None };
        let identity = find::identity(self.pid);
        Ok(Target {
            process,
            identity,
            memory: self.memory,
            table,
            layouts,
            sched,
            globals,
            reasons,
            program,
            asleep: Mutex::default(),
        })
    }

    fn version_text(&self, built: Option<&BuildInformation>) -> Result<String, Refusal> {
        let named = self.image.symbol("runtime.buildVersion");
        let text = built.map(|built| built.version.clone()).or_else(|| self.memory.string(named?, 200));
        text.filter(|text| !text.is_empty()).ok_or_else(|| {
            let name = name_of(self.pid).unwrap_or_default();
            let sentence = format!("process {} ({name}) is not a Go program, or hides its version", self.pid);
            Refusal::new(sentence).because(Cause::NotGo)
        })
    }

    /// What `go version -m FILE` finds.
    fn build_information(&self) -> Option<BuildInformation> {
        const MAGIC: &[u8] = b"\xff Go buildinf:";
        let header = match self.image.section(".go.buildinfo") {
            Some((address, _)) => address,
            // Without section headers: it is near the beginning of what can be written, at a multiple of 16.
            None => self.image.segments.iter().find_map(|segment| {
                let bytes = self.memory.bytes_with_holes(segment.address, segment.size as usize).ok()?;
                let at = memchr::memmem::find_iter(&bytes, MAGIC).find(|at| at % 16 == 0)?;
                Some(segment.address + at as u64)
            })?,
        };
        let bytes = self.memory.bytes(header, 32).ok().filter(|bytes| bytes.starts_with(MAGIC))?;
        const INLINE: u8 = 2;
        if bytes[15] & INLINE == 0 {
            let version = self.memory.string(word(&bytes, 16)?, 200)?;
            let modules = word(&bytes, 24).and_then(|modules| self.memory.string(modules, LONGEST_MODULES));
            return Some(BuildInformation { version, modules: modules.unwrap_or_default() });
        }
        let (version, next) = self.text_with_length(header + 32, 200)?;
        let modules = self.text_with_length(next, LONGEST_MODULES).map(|(modules, _)| modules);
        Some(BuildInformation { version, modules: modules.unwrap_or_default() })
    }

    /// A text behind its length, and the address behind it.
    fn text_with_length(&self, address: u64, longest: u64) -> Option<(String, u64)> {
        let (length, at) = varint(&self.memory.bytes(address, 10).ok()?, 0)?;
        if length > longest {
            return None;
        }
        let address = address + at as u64;
        let text = self.memory.bytes(address, length as usize).ok()?;
        Some((String::from_utf8_lossy(&text).into_owned(), address + length))
    }

    /// The table of functions, and the description of the program that the linker left.
    fn module(&self, version: GoVersion, text: &str) -> Result<(u64, FunctionTable, Module), Refusal> {
        let layouts = known::module_data(version);
        let places = self.tables();
        for &(address, size) in &places {
            let modules = self.module_places(address);
            for (layout, &place) in
                layouts.iter().flat_map(|layout| modules.iter().map(move |place| (layout, place)))
            {
                let Some(module) = self.module_at(place, address, layout) else { continue };
                let Ok(bytes) = self.memory.bytes(address, size as usize) else { continue };
                if let Some(table) = FunctionTable::new(bytes, module.text, module.gofunc, self.memory) {
                    return Ok((address, table, module));
                }
            }
        }
        Err(Refusal::new(format!(
            "process {} was built by {text}, and its runtime is not laid out like any that Snag knows{}",
            self.pid,
            if places.is_empty() { ": it has no table of functions" } else { "" }
        )))
    }

    /// Where the table of functions may be, and how long it may be.
    fn tables(&self) -> Vec<(u64, u64)> {
        let sections = [".gopclntab", ".data.rel.ro.gopclntab"];
        if let Some(place) = sections.iter().find_map(|section| self.image.section(section)) {
            return vec![place];
        }
        let mut places = Vec::new();
        for segment in &self.image.segments {
            let Ok(bytes) = self.memory.bytes_with_holes(segment.address, segment.size as usize) else {
                continue;
            };
            let found = (0..bytes.len()).step_by(8).filter(|&at| pclntab::format(&bytes[at..]).is_some());
            places.extend(found.map(|at| (segment.address + at as u64, (bytes.len() - at) as u64)));
        }
        places
    }

    fn module_places(&self, table: u64) -> Vec<u64> {
        let named = self.image.symbol("runtime.firstmoduledata");
        let section = self.image.section(".go.module").map(|(address, _)| address);
        if let Some(place) = named.or(section) {
            return vec![place];
        }
        let mut places = Vec::new();
        for segment in self.image.writable() {
            let Ok(bytes) = self.memory.bytes_with_holes(segment.address, segment.size as usize) else {
                continue;
            };
            let pointers = (0..bytes.len()).step_by(8).filter(|&at| word(&bytes, at) == Some(table));
            places.extend(pointers.map(|at| segment.address + at as u64));
        }
        places
    }

    fn module_at(&self, place: u64, table: u64, layout: &ModuleData) -> Option<Module> {
        let at = |offset: u64| self.memory.word(place.checked_add(offset)?).ok();
        let module = Module {
            text: at(layout.text)?,
            etext: at(layout.etext)?,
            types: at(layout.types)?,
            etypes: at(layout.etypes)?,
            gofunc: layout.gofunc.and_then(at),
        };
        let sound = at(0)? == table
            && module.text < module.etext
            && module.types < module.etypes
            && [module.text, module.etext - 1, module.types, module.etypes - 1]
                .iter()
                .all(|&address| self.image.contains(address))
            && (layout.begins_with_header || at(8)? == at(16)?);
        sound.then_some(module)
    }

    /// For versions and experiments that nobody looked at.
    fn sched_from_debugging_information(&self) -> Option<Sched> {
        let layout = dwarf::layout(&self.image.path, "runtime.schedt")?;
        Some(Sched {
            goidgen: layout.field("goidgen")?,
            nmidle: layout.field("nmidle")?,
            nmidlelocked: layout.field("nmidlelocked")?,
            mnext: layout.field("mnext")?,
            maxmcount: layout.field("maxmcount")?,
            nmfreed: layout.field("nmfreed")?,
            npidle: layout.field("npidle")?,
            nmspinning: layout.field("nmspinning")?,
            runqsize: layout.field("runqsize"),
        })
    }

    /// The runtime's words for what goroutines wait for: their numbers change from release to release.
    fn reasons(&self) -> Vec<std::sync::Arc<str>> {
        let place = self.image.symbol("runtime.waitReasonStrings").or_else(|| self.reasons_by_text());
        place.and_then(|place| self.reasons_at(place)).unwrap_or_default()
    }

    fn reasons_by_text(&self) -> Option<u64> {
        let length = FIRST_REASON.len() as u64;
        self.image.writable().find_map(|segment| {
            let bytes = self.memory.bytes_with_holes(segment.address, segment.size as usize).ok()?;
            let at = (16..bytes.len()).step_by(8).find(|&at| {
                // The first reason is empty, the second is this one.
                word(&bytes, at + 8) == Some(length)
                    && word(&bytes, at - 8) == Some(0)
                    && word(&bytes, at).is_some_and(|text| {
                        self.image.contains(text)
                            && self
                                .memory
                                .bytes(text, FIRST_REASON.len())
                                .is_ok_and(|text| text == FIRST_REASON)
                    })
            })?;
            Some(segment.address + at as u64 - 16)
        })
    }

    fn reasons_at(&self, place: u64) -> Option<Vec<std::sync::Arc<str>>> {
        const MOST: usize = 250;
        const LONGEST: u64 = 64;
        let mut reasons: Vec<std::sync::Arc<str>> = vec!["".into()];
        for index in 1..MOST {
            let Some(reason) = self.memory.string(place + 16 * index as u64, LONGEST) else { break };
            if reason.is_empty() || !reason.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
                break;
            }
            reasons.push(reason.into());
        }
        (reasons.get(1)?.as_bytes() == FIRST_REASON).then_some(reasons)
    }
}

const FIRST_REASON: &[u8] = b"GC assist marking";

/// A program with thousands of dependencies says less than this.
const LONGEST_MODULES: u64 = 4 << 20;

/// What a program says about how it was built.
struct BuildInformation {
    version: String,
    /// Lines such as `mod\texample.com/m\tv1.2.3\t`, between marks of 16 bytes; empty if it was built without modules.
    modules: String,
}

impl BuildInformation {
    /// The path of the module that the program belongs to.
    fn main_module(&self) -> Option<String> {
        let line = self.modules.lines().find_map(|line| line.strip_prefix("mod\t"))?;
        line.split('\t').next().filter(|path| !path.is_empty()).map(str::to_owned)
    }
}

/// What the linker left about the program.
#[derive(Clone, Copy, Debug)]
struct Module {
    text: u64,
    etext: u64,
    types: u64,
    etypes: u64,
    gofunc: Option<u64>,
}

impl Target {
    /// Which process it is.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Whether all lists of the runtime were found. In a process that has just begun they may not be there yet.
    pub fn is_complete(&self) -> bool {
        self.globals.are_complete() && !self.reasons.is_empty()
    }

    fn moved_to(&self, pid: i32) -> Option<Target> {
        let ours = self.program.filter(|_| self.is_complete())?;
        let delta = ours.delta(pid)?;
        let memory = Memory::of(pid);
        let table = ours.table.wrapping_add(delta);
        let table = self.table.moved(delta, memory, &memory.bytes(table, 64).ok()?)?;
        let (code, end) = self.layouts.code;
        Some(Target {
            process: Process {
                module: self.process.module.clone(),
                ..process(pid, self.process.go_version.clone(), self.process.cgo)
            },
            identity: find::identity(pid),
            memory,
            table,
            layouts: Layouts {
                code: (code.wrapping_add(delta), end.wrapping_add(delta)),
                ..self.layouts.clone()
            },
            sched: self.sched,
            globals: self.globals.moved(delta),
            reasons: self.reasons.clone(),
            program: Program::of(pid, ours.table.wrapping_add(delta)),
            asleep: Mutex::default(),
        })
    }

    /// What the process is doing now.
    pub fn snapshot(&self, options: Options<'_>) -> Result<Snapshot, Refusal> {
        read::snapshot(self, options, Listed::All)
    }

    /// As [`Target::snapshot`], but goroutines that are neither on a thread nor pinned to one are only counted: a million
    /// of them take no memory of ours. Stacks are those of goroutines that hold a thread.
    pub fn count(&self) -> Result<Snapshot, Refusal> {
        let options = Options { stacks: Stacks::Threads, pause: false };
        read::snapshot(self, options, Listed::OnThreads)
    }

    /// For how long the process has been running.
    pub fn age(&self) -> Option<Duration> {
        threads::age(self.process.started)
    }

    /// Why there is nothing to look into any more: the process ended, or runs another program.
    pub fn ended(&self) -> Option<Refusal> {
        let pid = self.process.pid;
        if must_be_alive(pid).is_err() {
            return Some(Refusal::new(format!("process {pid} ended")).because(Cause::Ended));
        }
        let now = find::identity(pid);
        if now == self.identity {
            return None;
        }
        let same_process = now.zip(self.identity).is_none_or(|(now, before)| now.started == before.started);
        let sentence = if same_process {
            let program = executable(pid).unwrap_or_else(|| "another program".to_owned());
            format!("process {pid} runs {program} from its beginning now")
        } else {
            format!("process {pid} ended, and another process has its number now")
        };
        Some(Refusal::new(sentence).because(Cause::Ended))
    }
}

//! The ELF file that carries the Go runtime, and where it lies in the memory of the process.

use std::fs::{self, File};
use std::ops::Range;
use std::path::Path;

use object::read::elf::{ElfFile64, FileHeader};
use object::{Endianness, Object, ObjectSection, ObjectSegment, ReadCache, ReadRef, SegmentFlags, elf};
use rustc_hash::FxHashMap;

use crate::bytes::{half, word};
use crate::find::kept_out;
use crate::refusal::{Cause, Refusal};

/// The variables of the runtime that are found by name where names are left.
const SYMBOLS: &[&str] = &[
    "runtime.allglen",
    "runtime.allgptr",
    "runtime.allgs",
    "runtime.allm",
    "runtime.allp",
    "runtime.buildVersion",
    "runtime.firstmoduledata",
    "runtime.gomaxprocs",
    "runtime.pclntab",
    "runtime.sched",
    "runtime.waitReasonStrings",
];
/// How all of them begin.
const PREFIX: &str = "runtime.";
/// Files with more loaded pieces are not what a linker makes.
const SEGMENTS: usize = 64;

/// The file that carries the runtime.
#[derive(Debug)]
pub(crate) struct Image {
    /// How to open it, also when it was deleted or lies in another mount namespace.
    pub(crate) path: String,
    /// What to add to its addresses.
    pub(crate) bias: u64,
    /// Whether it is the program itself, not a library that was loaded.
    pub(crate) is_program: bool,
    /// Loaded pieces, at their place in memory.
    pub(crate) segments: Vec<Segment>,
    sections: FxHashMap<String, (u64, u64)>,
    symbols: FxHashMap<&'static str, u64>,
}

/// A loaded piece.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) address: u64,
    pub(crate) size: u64,
    pub(crate) writable: bool,
}

impl Image {
    /// Finds the runtime in the program itself, or in a library it has loaded.
    pub(crate) fn of(pid: i32) -> Result<Image, Refusal> {
        let program = format!("/proc/{pid}/exe");
        match Image::load(&program, Base::Entry(pid)) {
            Ok(image) if image.has_go() => return Ok(image),
            Err(Unreadable::File(error)) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                return Err(kept_out(pid));
            }
            Err(Unreadable::Foreign(what)) => {
                let sentence = format!("process {pid} is {what}: only x86-64 programs can be read");
                return Err(Refusal::new(sentence).because(Cause::Unsupported));
            }
            Ok(_) | Err(_) => {}
        }
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).map_err(|_| kept_out(pid))?;
        let libraries = maps.lines().filter_map(mapping).filter(|mapping| mapping.starts_file);
        for library in libraries {
            let path = format!("/proc/{pid}/map_files/{:x}-{:x}", library.start, library.end);
            let path =
                if Path::new(&path).exists() { path } else { format!("/proc/{pid}/root{}", library.path) };
            match Image::load(&path, Base::At(library.start)) {
                Ok(image) if image.has_go() => return Ok(image),
                Ok(_) | Err(_) => {}
            }
        }
        let name = crate::find::name_of(pid).unwrap_or_default();
        Err(Refusal::new(format!(
            "process {pid} ({name}) is not a Go program: there is no Go runtime in it or in its libraries"
        ))
        .because(Cause::NotGo))
    }

    fn load(path: &str, base: Base) -> Result<Image, Unreadable> {
        let file = File::open(path).map_err(Unreadable::File)?;
        let cache = ReadCache::new(file);
        check_class(&cache)?;
        let file = ElfFile64::<Endianness, _>::parse(&cache).map_err(|_| Unreadable::NoElf)?;
        let lowest = file.segments().map(|segment| segment.address()).min().unwrap_or(0);
        let is_program = matches!(base, Base::Entry(_));
        let bias = match base {
            Base::Entry(pid) => entry(pid).ok_or(Unreadable::NoElf)?.wrapping_sub(file.entry()),
            Base::At(start) => start.wrapping_sub(lowest),
        };
        let segments = file.segments().take(SEGMENTS).map(|segment| {
            let writable =
                matches!(segment.flags(), SegmentFlags::Elf { p_flags } if p_flags & elf::PF_W != 0);
            Segment { address: segment.address().wrapping_add(bias), size: segment.size(), writable }
        });
        let segments = segments.collect();
        let mut sections = FxHashMap::default();
        for section in file.sections() {
            if let Ok(name) = section.name() {
                sections.insert(name.to_owned(), (section.address(), section.size()));
            }
        }
        // Where sections are described, Go's own are among them. Large libraries of others have very many names.
        let symbols = if may_be_go(&sections) { symbols(&file) } else { FxHashMap::default() };
        Ok(Image { path: path.to_owned(), bias, is_program, segments, sections, symbols })
    }

    fn has_go(&self) -> bool {
        may_be_go(&self.sections)
    }

    /// Where a section lies in memory, and its size.
    pub(crate) fn section(&self, name: &str) -> Option<(u64, u64)> {
        let (address, size) = *self.sections.get(name)?;
        // Sections that are not loaded have no address.
        (address != 0).then(|| (address.wrapping_add(self.bias), size))
    }

    /// Where a variable of the runtime lies in memory.
    pub(crate) fn symbol(&self, name: &str) -> Option<u64> {
        Some(self.symbols.get(name)?.wrapping_add(self.bias))
    }

    /// Whether the address belongs to the loaded file.
    pub(crate) fn contains(&self, address: u64) -> bool {
        self.segments.iter().any(|segment| address.wrapping_sub(segment.address) < segment.size)
    }

    /// The pieces that the program can write: all its variables are there.
    pub(crate) fn writable(&self) -> impl Iterator<Item = Segment> {
        self.segments.iter().copied().filter(|segment| segment.writable)
    }
}

/// Where the file has the variables of the runtime. The table and its names are read in two pieces: name by name that would
/// take longer than all else that happens when a program is started.
fn symbols<'data>(file: &ElfFile64<'data, Endianness, impl ReadRef<'data>>) -> FxHashMap<&'static str, u64> {
    const ENTRY: usize = size_of::<elf::Sym64<Endianness>>();
    const VALUE: usize = 8;
    let section = |name| file.section_by_name(name)?.data().ok();
    let (table, names) = (section(".symtab").unwrap_or_default(), section(".strtab").unwrap_or_default());
    let known = |entry: &[u8]| {
        let name = names.get(half(entry, 0)? as usize..)?;
        let rest = name.strip_prefix(PREFIX.as_bytes())?;
        let symbol = SYMBOLS.iter().find(|known| {
            let known = &known.as_bytes()[PREFIX.len()..];
            rest.starts_with(known) && rest.get(known.len()) == Some(&0)
        })?;
        Some((*symbol, word(entry, VALUE)?))
    };
    table.chunks_exact(ENTRY).filter_map(known).collect()
}

/// The program of a process as its file has it.
pub(crate) struct Code {
    cache: ReadCache<File>,
    bias: u64,
}

impl Code {
    /// `entry` is where the first instruction lies in memory.
    pub(crate) fn of(pid: i32, entry: u64) -> Option<Code> {
        let cache = ReadCache::new(File::open(format!("/proc/{pid}/exe")).ok()?);
        let first = ElfFile64::<Endianness, _>::parse(&cache).ok()?.entry();
        Some(Code { cache, bias: entry.wrapping_sub(first) })
    }

    fn file(&self) -> Option<ElfFile64<'_, Endianness, &ReadCache<File>>> {
        ElfFile64::parse(&self.cache).ok()
    }

    /// Where the program begins in memory.
    pub(crate) fn lowest(&self) -> u64 {
        let file = self.file();
        let segments = file.iter().flat_map(|file| file.segments()).map(|segment| segment.address());
        segments.min().unwrap_or(0).wrapping_add(self.bias)
    }

    /// What the file has for a piece of memory.
    pub(crate) fn bytes(&self, address: u64, length: usize) -> Option<Vec<u8>> {
        let (address, length) = (address.wrapping_sub(self.bias), length as u64);
        let file = self.file()?;
        let found = file.segments().find_map(|segment| segment.data_range(address, length).ok().flatten());
        found.map(<[u8]>::to_vec)
    }
}

/// Whether a file with these sections may carry a Go runtime.
fn may_be_go(sections: &FxHashMap<String, (u64, u64)>) -> bool {
    let go = [".go.buildinfo", ".gopclntab", ".data.rel.ro.gopclntab"];
    // Without section headers nothing but a look into memory can tell.
    go.iter().any(|section| sections.contains_key(*section)) || sections.len() <= 1
}

/// How the place in memory is found.
enum Base {
    /// The program itself: the kernel says where its first instruction is.
    Entry(i32),
    /// A library: its first mapping.
    At(u64),
}

/// Why a file does not help.
enum Unreadable {
    File(std::io::Error),
    NoElf,
    Foreign(&'static str),
}

fn check_class<'data>(data: impl ReadRef<'data>) -> Result<(), Unreadable> {
    let header = data.read_bytes_at(0, 20).map_err(|()| Unreadable::NoElf)?;
    if !header.starts_with(b"\x7fELF") {
        return Err(Unreadable::NoElf);
    }
    if header[4] != elf::ELFCLASS64 {
        return Err(Unreadable::Foreign("a 32-bit program"));
    }
    if header[5] != elf::ELFDATA2LSB || header[18..20] != [elf::EM_X86_64.to_le_bytes()[0], 0] {
        return Err(Unreadable::Foreign("a program for another processor"));
    }
    let header = elf::FileHeader64::<Endianness>::parse(data).map_err(|_| Unreadable::NoElf)?;
    header.endian().map(|_| ()).map_err(|_| Unreadable::NoElf)
}

/// Where the first instruction of the program is, as the kernel told it at the start.
pub(crate) fn entry(pid: i32) -> Option<u64> {
    const AT_ENTRY: u64 = 9;
    let vector = fs::read(format!("/proc/{pid}/auxv")).ok()?;
    vector.chunks_exact(16).find(|pair| word(pair, 0) == Some(AT_ENTRY)).and_then(|pair| word(pair, 8))
}

/// Where the code of a process is, whatever it is.
pub(crate) fn code(pid: i32) -> Vec<Range<u64>> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    let code = maps.lines().filter_map(mapping).filter(|mapping| mapping.is_code);
    code.map(|mapping| mapping.start..mapping.end).collect()
}

/// A line of `/proc/PID/maps`.
struct Mapping<'l> {
    start: u64,
    end: u64,
    is_code: bool,
    path: &'l str,
    /// Whether it is the beginning of a file.
    starts_file: bool,
}

fn mapping(line: &str) -> Option<Mapping<'_>> {
    let mut fields = line.splitn(6, ' ');
    let (start, end) = fields.next()?.split_once('-')?;
    let is_code = fields.next()?.contains('x');
    let offset = fields.next()?;
    let path = fields.nth(2)?.trim();
    Some(Mapping {
        start: u64::from_str_radix(start, 16).ok()?,
        end: u64::from_str_radix(end, 16).ok()?,
        is_code,
        path,
        starts_file: path.starts_with('/') && offset.bytes().all(|digit| digit == b'0'),
    })
}

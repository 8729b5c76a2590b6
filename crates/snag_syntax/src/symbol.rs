//! Interned names: two equal names are the same [`Symbol`], in the whole process.

use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::hash::Hasher;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, OnceLock};

/// A name. Comparing two symbols compares two numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(u32);

const SHARDS: usize = 32;
const FIRST_CHUNK_BITS: u32 = 10;
const CHUNKS: usize = (u32::BITS - FIRST_CHUNK_BITS) as usize;
/// Names are copied into blocks of this size.
const BLOCK: usize = 1 << 14;
const RECENT: usize = 1 << 12;

/// Who is asked for a name that a thread has not seen yet. Names live as long as the process: their number is
/// bounded by the sources that were read.
#[derive(Default)]
struct Shard {
    table: HashTable<u32>,
    room: &'static mut [u8],
}

static SHARDED: LazyLock<[Mutex<Shard>; SHARDS]> = LazyLock::new(Default::default);

type Chunk = Box<[OnceLock<&'static str>]>;

/// Each chunk is twice as large as the one before and never moves, so that reading a name takes no lock.
static NAMES: [OnceLock<Chunk>; CHUNKS] = [const { OnceLock::new() }; CHUNKS];
static COUNT: AtomicU32 = AtomicU32::new(0);

static KNOWN: LazyLock<HashTable<u32>> = LazyLock::new(|| {
    let mut table = HashTable::with_capacity(sym::NAMES.len());
    for (index, name) in sym::NAMES.iter().enumerate() {
        table
            .insert_unique(hash(name.as_bytes()), index as u32, |&i| hash(sym::NAMES[i as usize].as_bytes()));
    }
    table
});

thread_local! {
    static SEEN: Cell<Names> = Cell::default();
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

/// Chunk and place of the name with this number.
fn slot(number: u32) -> (usize, usize) {
    let shifted = u64::from(number) + (1 << FIRST_CHUNK_BITS);
    let bits = shifted.ilog2();
    ((bits - FIRST_CHUNK_BITS) as usize, (shifted - (1 << bits)) as usize)
}

fn name_of(number: u32) -> &'static str {
    let (chunk, place) = slot(number);
    NAMES[chunk].get().and_then(|chunk| chunk[place].get()).expect("a symbol exists only after its name")
}

fn store(number: u32, name: &'static str) {
    let (chunk, place) = slot(number);
    let size = 1usize << (FIRST_CHUNK_BITS as usize + chunk);
    let chunk = NAMES[chunk].get_or_init(|| (0..size).map(|_| OnceLock::new()).collect());
    chunk[place].set(name).expect("each number is given once");
}

impl Symbol {
    /// The symbol of `name`.
    pub fn new(name: &str) -> Symbol {
        Symbol::from_bytes(name.as_bytes())
    }

    /// The symbol of a name as bytes; what is not UTF-8 is replaced.
    pub fn from_bytes(name: &[u8]) -> Symbol {
        Names::with(|names| names.symbol(name))
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        match self.0.checked_sub(sym::NAMES.len() as u32) {
            None => sym::NAMES[self.0 as usize],
            Some(number) => name_of(number),
        }
    }

    /// Whether Go exports the name: it begins with an upper case letter.
    pub fn is_exported(self) -> bool {
        self.as_str().chars().next().is_some_and(char::is_uppercase)
    }
}

/// The names that one thread has seen. Most are seen many times: a hit here takes no lock.
#[derive(Default)]
pub(crate) struct Names {
    /// The names at hand, each where its hash says: they fit into a near cache, which all names do not.
    recent: Vec<((u64, u64), Symbol)>,
    /// Names of up to 16 bytes, by these bytes.
    short: HashTable<((u64, u64), Symbol)>,
    long: HashTable<(&'static str, Symbol)>,
}

impl Names {
    /// Takes the names of this thread, to use them without asking for the thread each time.
    pub(crate) fn take() -> Names {
        SEEN.take()
    }

    /// Gives them back.
    pub(crate) fn give_back(self) {
        SEEN.set(self);
    }

    fn with<T>(work: impl FnOnce(&mut Names) -> T) -> T {
        let mut names = Names::take();
        let result = work(&mut names);
        names.give_back();
        result
    }

    /// The symbol of a name.
    pub(crate) fn symbol(&mut self, name: &[u8]) -> Symbol {
        match pack(name) {
            Some(packed) => self.packed_symbol(name, packed),
            None => self.long_symbol(name),
        }
    }

    /// The symbol of the name at `start`, which holds no zeros.
    #[inline]
    pub(crate) fn symbol_at(&mut self, text: &[u8], start: usize, end: usize) -> Symbol {
        let name = &text[start..end];
        // No branch depends on the length, which nobody can predict.
        match text[start..].first_chunk::<16>() {
            Some(chunk) if (1..=16).contains(&name.len()) => {
                let bytes = u128::from_le_bytes(*chunk) & (u128::MAX >> (128 - 8 * name.len()));
                self.packed_symbol(name, (bytes as u64, (bytes >> 64) as u64))
            }
            _ => self.symbol(name),
        }
    }

    #[inline]
    fn packed_symbol(&mut self, name: &[u8], packed: (u64, u64)) -> Symbol {
        let hash = mix(packed);
        if let Some(&(known, symbol)) = self.recent.get(hash as usize % RECENT)
            && known == packed
        {
            return symbol;
        }
        self.short_symbol(name, packed, hash)
    }

    fn short_symbol(&mut self, name: &[u8], packed: (u64, u64), hash: u64) -> Symbol {
        let symbol = self.find_short(name, packed, hash);
        self.recent.resize(RECENT, ((0, 0), sym::Empty));
        self.recent[hash as usize % RECENT] = (packed, symbol);
        symbol
    }

    fn find_short(&mut self, name: &[u8], packed: (u64, u64), hash: u64) -> Symbol {
        if let Some(&(_, symbol)) = self.short.find(hash, |&(known, _)| known == packed) {
            return symbol;
        }
        let symbol = intern(name);
        self.short.insert_unique(hash, (packed, symbol), |&(known, _)| mix(known));
        symbol
    }

    fn long_symbol(&mut self, name: &[u8]) -> Symbol {
        let hash = hash(name);
        if let Some(&(_, symbol)) = self.long.find(hash, |&(known, _)| known.as_bytes() == name) {
            return symbol;
        }
        let symbol = intern(name);
        self.long.insert_unique(hash, (symbol.as_str(), symbol), |&(known, _)| self::hash(known.as_bytes()));
        symbol
    }
}

/// A name of up to 16 bytes, filled up with zeros. Nothing where that would be ambiguous.
fn pack(name: &[u8]) -> Option<(u64, u64)> {
    fn word<const N: usize>(bytes: &[u8]) -> u64 {
        let mut word = [0; 8];
        word[..N].copy_from_slice(&bytes[..N]);
        u64::from_le_bytes(word)
    }
    let length = name.len();
    if name.last().is_none_or(|&last| last == 0) {
        return None;
    }
    match length {
        1 => Some((u64::from(name[0]), 0)),
        2 | 3 => Some((word::<2>(name) | word::<2>(&name[length - 2..]) << (8 * (length - 2)), 0)),
        4..8 => Some((word::<4>(name) | word::<4>(&name[length - 4..]) << (8 * (length - 4)), 0)),
        8 => Some((word::<8>(name), 0)),
        9..=16 => Some((word::<8>(name), word::<8>(&name[length - 8..]) >> (8 * (16 - length)))),
        _ => None,
    }
}

fn mix((low, high): (u64, u64)) -> u64 {
    let product = u128::from(low ^ 0x9E37_79B9_7F4A_7C15) * u128::from(high ^ 0xD1B5_4A32_D192_ED03);
    product as u64 ^ (product >> 64) as u64
}

#[cold]
fn intern(name: &[u8]) -> Symbol {
    let text = String::from_utf8_lossy(name);
    let hash = match &text {
        Cow::Borrowed(_) => hash(name),
        Cow::Owned(text) => hash(text.as_bytes()),
    };
    if let Some(&index) = KNOWN.find(hash, |&index| sym::NAMES[index as usize] == text) {
        return Symbol(index);
    }
    let mut shard =
        SHARDED[(hash >> 40) as usize % SHARDS].lock().expect("nothing panics while it holds this lock");
    let number = match shard.table.find(hash, |&number| name_of(number) == text) {
        Some(&number) => number,
        None => {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            store(number, shard.keep(&text));
            shard.table.insert_unique(hash, number, |&number| self::hash(name_of(number).as_bytes()));
            number
        }
    };
    Symbol(sym::NAMES.len() as u32 + number)
}

impl Shard {
    /// Copies a name to where it stays.
    fn keep(&mut self, name: &str) -> &'static str {
        if self.room.len() < name.len() {
            self.room = Box::leak(vec![0; BLOCK.max(name.len())].into_boxed_slice());
        }
        let (place, rest) = std::mem::take(&mut self.room).split_at_mut(name.len());
        self.room = rest;
        place.copy_from_slice(name.as_bytes());
        std::str::from_utf8(place).expect("a copy of text is text")
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! known_names {
    ($($name:ident = $text:literal,)*) => {
        /// Names that the Go language itself knows.
        #[allow(non_upper_case_globals, missing_docs, reason = "each constant is called as what it holds")]
        pub mod sym {
            use super::Symbol;
            enum Index { $($name,)* }
            pub(super) const NAMES: &[&str] = &[$($text,)*];
            $(pub const $name: Symbol = Symbol(Index::$name as u32);)*
        }
    };
}

known_names! {
    Empty = "", Blank = "_", Dot = ".", C = "C", Init = "init", Main = "main", Unsafe = "unsafe",
    Append = "append", Cap = "cap", Clear = "clear", Close = "close", Complex = "complex", Copy = "copy",
    Delete = "delete", Imag = "imag", Len = "len", Make = "make", Max = "max", Min = "min", New = "new",
    Panic = "panic", Print = "print", Println = "println", Real = "real", Recover = "recover",
    Any = "any", Bool = "bool", Byte = "byte", Comparable = "comparable", Complex64 = "complex64",
    Complex128 = "complex128", Error = "error", ErrorMethod = "Error", Float32 = "float32", Float64 = "float64",
    Int = "int", Int8 = "int8", Int16 = "int16", Int32 = "int32", Int64 = "int64", Rune = "rune",
    String = "string", Uint = "uint", Uint8 = "uint8", Uint16 = "uint16", Uint32 = "uint32",
    Uint64 = "uint64", Uintptr = "uintptr", True = "true", False = "false", Iota = "iota", Nil = "nil",
}

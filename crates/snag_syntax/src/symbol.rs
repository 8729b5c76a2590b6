//! Interned names: two equal names are the same [`Symbol`], in the whole process.

use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::cell::RefCell;
use std::fmt;
use std::hash::Hasher;
use std::sync::{LazyLock, RwLock};

/// A name. Comparing two symbols compares two numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(u32);

const SHARD_BITS: u32 = 5;
const SHARDS: usize = 1 << SHARD_BITS;

/// Names live as long as the process: their number is bounded by the sources that were read.
#[derive(Default)]
struct Shard {
    names: Vec<&'static str>,
    table: HashTable<u32>,
}

static SHARDED: LazyLock<[RwLock<Shard>; SHARDS]> = LazyLock::new(Default::default);

static KNOWN: LazyLock<HashTable<u32>> = LazyLock::new(|| {
    let mut table = HashTable::with_capacity(sym::NAMES.len());
    for (index, name) in sym::NAMES.iter().enumerate() {
        table
            .insert_unique(hash(name.as_bytes()), index as u32, |&i| hash(sym::NAMES[i as usize].as_bytes()));
    }
    table
});

thread_local! {
    /// Most names are seen many times by one thread: a hit here takes no lock.
    static RECENT: RefCell<HashTable<(&'static str, Symbol)>> = RefCell::default();
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

impl Symbol {
    /// The symbol of `name`.
    pub fn new(name: &str) -> Symbol {
        let hash = hash(name.as_bytes());
        RECENT.with_borrow_mut(|recent| {
            if let Some(&(_, symbol)) = recent.find(hash, |&(known, _)| known == name) {
                return symbol;
            }
            let symbol = intern(name, hash);
            recent.insert_unique(hash, (symbol.as_str(), symbol), |&(known, _)| self::hash(known.as_bytes()));
            symbol
        })
    }

    /// The symbol of a name as bytes; what is not UTF-8 is replaced.
    pub fn from_bytes(name: &[u8]) -> Symbol {
        Symbol::new(&String::from_utf8_lossy(name))
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        match (self.0 as usize).checked_sub(sym::NAMES.len()) {
            None => sym::NAMES[self.0 as usize],
            Some(id) => {
                let shard =
                    SHARDED[id & (SHARDS - 1)].read().expect("nothing panics while it holds this lock");
                shard.names[id >> SHARD_BITS]
            }
        }
    }

    /// Whether Go exports the name: it begins with an upper case letter.
    pub fn is_exported(self) -> bool {
        self.as_str().chars().next().is_some_and(char::is_uppercase)
    }
}

#[cold]
fn intern(name: &str, hash: u64) -> Symbol {
    if let Some(&index) = KNOWN.find(hash, |&index| sym::NAMES[index as usize] == name) {
        return Symbol(index);
    }
    let shard_index = (hash >> 40) as usize & (SHARDS - 1);
    let mut shard = SHARDED[shard_index].write().expect("nothing panics while it holds this lock");
    let Shard { names, table } = &mut *shard;
    let id = match table.find(hash, |&id| names[id as usize] == name) {
        Some(&id) => id,
        None => {
            let id = names.len() as u32;
            names.push(Box::leak(name.into()));
            table.insert_unique(hash, id, |&id| self::hash(names[id as usize].as_bytes()));
            id
        }
    };
    Symbol(sym::NAMES.len() as u32 + (id << SHARD_BITS | shard_index as u32))
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

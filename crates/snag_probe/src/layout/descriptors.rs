//! Type descriptors: the runtime allocates Gs, Ms and Ps like any other value, so their layout is in the process,
//! stripped or not, patched or not.

use rustc_hash::FxHashMap;
use snag_threads::GoVersion;

use super::Struct;
use crate::bytes::{half, word};
use crate::memory::{Fault, Memory};

const KIND_STRUCT: u8 = 25;
/// The name is written with a star in front, which does not belong to it.
const EXTRA_STAR: u8 = 2;
/// Structs inside structs are followed this far.
const DEPTH: usize = 3;
const FIELDS: u64 = 1000;

/// Offsets in a type descriptor; the same since Go 1.15.
mod at {
    pub(super) const FLAGS: usize = 20;
    pub(super) const KIND: usize = 23;
    pub(super) const NAME: usize = 40;
    pub(super) const STRUCT_FIELDS: usize = 56;
    pub(super) const DESCRIPTOR: usize = 80;
    pub(super) const FIELD: u64 = 24;
}

/// The type descriptors of a program.
pub(crate) struct Descriptors {
    base: u64,
    bytes: Vec<u8>,
    /// Before Go 1.17 the length of a name takes two bytes.
    long_names: bool,
    /// Before Go 1.19 the offset of a field shares its word with a flag.
    shifted_offsets: bool,
}

impl Descriptors {
    pub(crate) fn read(
        memory: Memory,
        types: u64,
        end: u64,
        version: GoVersion,
    ) -> Result<Descriptors, Fault> {
        let length = usize::try_from(end.wrapping_sub(types)).map_err(|_| Fault::Unmapped)?;
        Ok(Descriptors {
            base: types,
            bytes: memory.bytes(types, length)?,
            long_names: version < GoVersion::new(1, 17),
            shifted_offsets: version < GoVersion::new(1, 19),
        })
    }

    /// The layout of a struct such as `runtime.g`.
    pub(crate) fn layout(&self, name: &str) -> Option<Struct> {
        let at = self.find(name)?;
        let mut fields = FxHashMap::default();
        self.collect(at, "", 0, 0, &mut fields)?;
        Some(Struct { name: name.to_owned(), size: word(&self.bytes, at)?, fields })
    }

    fn find(&self, name: &str) -> Option<usize> {
        let starred = format!("*{name}");
        let length = starred.len() as u8;
        let mut pattern = if self.long_names { vec![0, length] } else { vec![length] };
        pattern.extend(starred.as_bytes());
        // A flag byte stands before the length; type and field names of the same text are told apart by who uses them.
        let names =
            occurrences(&self.bytes, &pattern).filter_map(|at| u32::try_from(at.checked_sub(1)?).ok());
        let mut names = names.peekable();
        names.peek()?;
        let names: Vec<u32> = names.collect();
        let last = self.bytes.len().checked_sub(at::DESCRIPTOR)?;
        (0..=last).step_by(8).find(|&at| {
            self.bytes[at + at::KIND] & 31 == KIND_STRUCT
                && self.bytes[at + at::FLAGS] & EXTRA_STAR != 0
                && half(&self.bytes, at + at::NAME).is_some_and(|name| names.contains(&name))
        })
    }

    fn place(&self, address: u64) -> Option<usize> {
        let at = usize::try_from(address.wrapping_sub(self.base)).ok()?;
        (at < self.bytes.len()).then_some(at)
    }

    fn name(&self, address: u64) -> Option<&str> {
        let at = self.place(address)?;
        let (length, at) = if self.long_names {
            (usize::from(*self.bytes.get(at + 1)?) << 8 | usize::from(*self.bytes.get(at + 2)?), at + 3)
        } else {
            (usize::from(*self.bytes.get(at + 1)?), at + 2)
        };
        std::str::from_utf8(self.bytes.get(at..at.checked_add(length)?)?).ok()
    }

    fn collect(
        &self,
        at: usize,
        prefix: &str,
        base: u64,
        depth: usize,
        fields: &mut FxHashMap<String, u64>,
    ) -> Option<()> {
        let list = word(&self.bytes, at + at::STRUCT_FIELDS)?;
        let count = word(&self.bytes, at + at::STRUCT_FIELDS + 8)?.min(FIELDS);
        for index in 0..count {
            let field = self.place(list.checked_add(index * at::FIELD)?)?;
            let name = self.name(word(&self.bytes, field)?)?;
            let kind = self.place(word(&self.bytes, field + 8)?);
            let mut offset = word(&self.bytes, field + 16)?;
            if self.shifted_offsets {
                offset >>= 1;
            }
            let offset = base.checked_add(offset)?;
            let name = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
            let inner = kind.filter(|&kind| {
                depth < DEPTH && self.bytes.get(kind + at::KIND).is_some_and(|kind| kind & 31 == KIND_STRUCT)
            });
            if let Some(inner) = inner {
                self.collect(inner, &name, offset, depth + 1, fields)?;
            }
            fields.insert(name, offset);
        }
        Some(())
    }
}

fn occurrences<'b>(bytes: &'b [u8], pattern: &'b [u8]) -> impl Iterator<Item = usize> + 'b {
    memchr::memmem::find_iter(bytes, pattern)
}

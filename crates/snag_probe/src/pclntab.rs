//! The runtime's own table of functions: which one an address belongs to, its name, file and line, how deep its frame is
//! and what was inlined into it. It survives stripping, because the runtime needs it to move stacks.

use std::sync::Arc;

use crate::bytes::{half, text, varint, word};
use crate::memory::Memory;

/// The first words of the table; each belongs to one layout.
const MAGIC: [(u32, Format); 4] = [
    (0xffff_fffb, Format::Go12),
    (0xffff_fffa, Format::Go116),
    (0xffff_fff0, Format::Go118),
    (0xffff_fff1, Format::Go120),
];
/// Which table of a function says what was inlined where (`_PCDATA_InlTreeIndex`).
const INLINED_AT: u32 = 2;
/// No function has more frames inlined into one instruction.
const DEEPEST: usize = 128;

/// Layouts of the table, called after the release that brought them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Format {
    Go12,
    Go116,
    Go118,
    Go120,
}

/// The table, copied from the process.
#[derive(Debug)]
pub(crate) struct FunctionTable {
    /// Shared by the processes of one program.
    bytes: Arc<Vec<u8>>,
    format: Format,
    /// Where code begins.
    text: u64,
    /// What the offsets of inlining trees count from.
    gofunc: Option<u64>,
    memory: Memory,
    quantum: u64,
    count: usize,
    names: usize,
    units: usize,
    files: usize,
    values: usize,
    functions: usize,
}

/// A function in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Function {
    pub(crate) entry: u64,
    pub(crate) end: u64,
    at: usize,
}

/// A function at a line: one step of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot<'t> {
    pub(crate) function: &'t str,
    pub(crate) file: &'t str,
    pub(crate) line: u32,
}

/// Whether a table may begin with these bytes.
pub(crate) fn format(bytes: &[u8]) -> Option<Format> {
    let magic = half(bytes, 0)?;
    let sizes = bytes.get(4..8)?;
    // Two zero bytes, the size of an instruction, the size of a pointer.
    let plausible = sizes[0] == 0 && sizes[1] == 0 && sizes[2] == 1 && sizes[3] == 8;
    MAGIC.iter().find(|(known, _)| *known == magic).filter(|_| plausible).map(|(_, format)| *format)
}

impl FunctionTable {
    /// Understands a table. `text` is where code begins, as the module's own data say.
    pub(crate) fn new(
        bytes: Vec<u8>,
        text: u64,
        gofunc: Option<u64>,
        memory: Memory,
    ) -> Option<FunctionTable> {
        let format = format(&bytes)?;
        let quantum = u64::from(bytes[6]);
        let header = |index: usize| Some(word(&bytes, 8 + 8 * index)? as usize);
        let count = header(0)?;
        let (names, units, files, values, functions) = match format {
            Format::Go12 => (0, 0, 0, 0, 16),
            Format::Go116 => (header(2)?, header(3)?, header(4)?, header(5)?, header(6)?),
            Format::Go118 | Format::Go120 => (header(3)?, header(4)?, header(5)?, header(6)?, header(7)?),
        };
        let table = FunctionTable {
            bytes: Arc::new(bytes),
            format,
            text,
            gofunc,
            memory,
            quantum,
            count,
            names,
            units,
            files,
            values,
            functions,
        };
        // The last entry is the end of the last function.
        let (first, last) = (table.entry(0)?, table.entry(count)?);
        (count > 0 && first < last && first >= text).then_some(table)
    }

    /// The table of another process of the same program, which lies `delta` farther up there. `found` is how it begins there.
    pub(crate) fn moved(&self, delta: u64, memory: Memory, found: &[u8]) -> Option<FunctionTable> {
        // Magic and the numbers of functions and files. What follows may be an address.
        const SAME: usize = 24;
        // Before Go 1.18 addresses stand in the table itself.
        let fits = delta == 0 || self.format >= Format::Go118;
        (fits && found.get(..SAME)? == self.bytes.get(..SAME)?).then(|| FunctionTable {
            bytes: self.bytes.clone(),
            text: self.text.wrapping_add(delta),
            gofunc: self.gofunc.map(|gofunc| gofunc.wrapping_add(delta)),
            memory,
            ..*self
        })
    }

    fn entry(&self, index: usize) -> Option<u64> {
        if self.format >= Format::Go118 {
            let at = self.functions.checked_add(index.checked_mul(8)?)?;
            Some(self.text.wrapping_add(u64::from(half(&self.bytes, at)?)))
        } else {
            word(&self.bytes, self.functions.checked_add(index.checked_mul(16)?)?)
        }
    }

    fn function(&self, index: usize) -> Option<Function> {
        let at = match self.format {
            Format::Go12 => word(&self.bytes, self.functions + index * 16 + 8)? as usize,
            Format::Go116 => {
                self.functions.checked_add(word(&self.bytes, self.functions + index * 16 + 8)? as usize)?
            }
            Format::Go118 | Format::Go120 => {
                self.functions.checked_add(half(&self.bytes, self.functions + index * 8 + 4)? as usize)?
            }
        };
        Some(Function { entry: self.entry(index)?, end: self.entry(index + 1)?, at })
    }

    /// All functions.
    pub(crate) fn all(&self) -> impl Iterator<Item = Function> {
        (0..self.count).filter_map(|index| self.function(index))
    }

    /// The function that an address belongs to.
    pub(crate) fn at(&self, pc: u64) -> Option<Function> {
        if pc < self.entry(0)? || pc >= self.entry(self.count)? {
            return None;
        }
        let (mut low, mut high) = (0, self.count);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.entry(middle)? <= pc {
                low = middle;
            } else {
                high = middle;
            }
        }
        self.function(low)
    }

    /// The numbers behind the entry: name, arguments, deferreturn, pcsp, pcfile, pcln, npcdata, unit.
    fn field(&self, function: Function, index: usize) -> Option<u32> {
        let entry = if self.format >= Format::Go118 { 4 } else { 8 };
        half(&self.bytes, function.at.checked_add(entry + 4 * index)?)
    }

    pub(crate) fn name(&self, function: Function) -> &str {
        let name = self.field(function, 0).and_then(|name| self.name_at(name));
        name.unwrap_or("?")
    }

    fn name_at(&self, offset: u32) -> Option<&str> {
        text(&self.bytes, self.names.checked_add(offset as usize)?)
    }

    /// The value of one of a function's tables at an address.
    fn value(&self, table: u32, function: Function, pc: u64) -> Option<i32> {
        if table == 0 {
            return None;
        }
        let mut at = self.values.checked_add(table as usize)?;
        let (mut value, mut end, mut first) = (-1i32, function.entry, true);
        loop {
            let (step, next) = varint(&self.bytes, at)?;
            if step == 0 && !first {
                return None;
            }
            first = false;
            let step = step as u32;
            let step = if step & 1 == 1 { !(step >> 1) } else { step >> 1 };
            value = value.wrapping_add(step as i32);
            let (length, next) = varint(&self.bytes, next)?;
            end = end.checked_add(length.checked_mul(self.quantum)?)?;
            if pc < end {
                return Some(value);
            }
            at = next;
        }
    }

    /// How far above the stack pointer the return address is at an address. Below it where that was taken from the stack, as
    /// around a fork that shares the stack.
    pub(crate) fn depth(&self, function: Function, pc: u64) -> Option<i64> {
        Some(self.value(self.field(function, 3)?, function, pc)?.into())
    }

    fn line(&self, function: Function, pc: u64) -> u32 {
        let line = self.field(function, 5).and_then(|table| self.value(table, function, pc));
        line.and_then(|line| u32::try_from(line).ok()).unwrap_or(0)
    }

    fn file(&self, function: Function, pc: u64) -> Option<&str> {
        let file = usize::try_from(self.value(self.field(function, 4)?, function, pc)?).ok()?;
        if self.format == Format::Go12 {
            let list = half(&self.bytes, self.functions + self.count * 16 + 8)? as usize;
            return text(&self.bytes, half(&self.bytes, list.checked_add(4 * file)?)? as usize);
        }
        let unit = self.field(function, 7)? as usize;
        let offset = half(&self.bytes, self.units.checked_add(4 * unit.checked_add(file)?)?)?;
        (offset != u32::MAX).then(|| text(&self.bytes, self.files.checked_add(offset as usize)?)).flatten()
    }

    fn spot<'t>(&'t self, name: &'t str, function: Function, pc: u64) -> Spot<'t> {
        Spot { function: name, file: self.file(function, pc).unwrap_or(""), line: self.line(function, pc) }
    }

    /// The function and those inlined into it at an address, the innermost first.
    pub(crate) fn spots(&self, function: Function, mut pc: u64, mut found: impl FnMut(Spot<'_>)) {
        let inlining = self.inlining(function);
        for _ in 0..DEEPEST {
            let index = inlining.as_ref().and_then(|(table, _)| self.value(*table, function, pc));
            let call = index.and_then(|index| u64::try_from(index).ok());
            let call = call.zip(inlining.as_ref()).and_then(|(index, (_, tree))| self.call(*tree, index));
            let Some((name, parent)) = call else { break };
            found(self.spot(name, function, pc));
            pc = function.entry.wrapping_add(u64::from(parent));
        }
        found(self.spot(self.name(function), function, pc));
    }

    /// The table that says what was inlined where, and the address of the tree it points into.
    fn inlining(&self, function: Function) -> Option<(u32, u64)> {
        // The size of a function's row, and which of its pointers leads to the tree.
        let (row, which) = match self.format {
            Format::Go12 => (40, 4),
            Format::Go116 => (44, 3),
            Format::Go118 => (40, 3),
            Format::Go120 => (44, 3),
        };
        let tables = self.field(function, 6)?;
        let pointers = u32::from(*self.bytes.get(function.at.checked_add(row - 1)?)?);
        if tables <= INLINED_AT || pointers <= which {
            return None;
        }
        let first = function.at + row;
        let table = half(&self.bytes, first + 4 * INLINED_AT as usize)?;
        let behind = first.checked_add(4 * tables as usize)?;
        let tree = if self.format >= Format::Go118 {
            let offset = half(&self.bytes, behind + 4 * which as usize)?;
            (offset != u32::MAX)
                .then_some(self.gofunc)?
                .map(|gofunc| gofunc.wrapping_add(u64::from(offset)))?
        } else {
            word(&self.bytes, behind.next_multiple_of(8) + 8 * which as usize)?
        };
        (table != 0 && tree != 0).then_some((table, tree))
    }

    /// A node of a tree: the name of the inlined function, and where in its caller it stands.
    fn call(&self, tree: u64, index: u64) -> Option<(&str, u32)> {
        // Before Go 1.20 a node has its parent, file and line as well.
        let (size, name, parent) = if self.format >= Format::Go120 { (16, 4, 8) } else { (20, 12, 16) };
        let mut node = [0; 20];
        let node = &mut node[..size];
        self.memory.read(tree.checked_add(index.checked_mul(size as u64)?)?, node).ok()?;
        Some((self.name_at(half(node, name)?)?, half(node, parent)?))
    }
}

//! Places in a text: byte spans, lines and columns, edits, problems.

/// A half-open range of byte offsets in one file. Files are limited to 4 GiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` up to but not including `end`.
    pub fn new(start: u32, end: u32) -> Span {
        Span { start, end: end.max(start) }
    }

    /// The empty span at `offset`.
    pub fn at(offset: u32) -> Span {
        Span { start: offset, end: offset }
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether `other` lies inside.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The bytes of the span, or nothing where the text is shorter.
    pub fn slice(self, text: &[u8]) -> &[u8] {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// A line and a column, both counted from one; the column counts bytes, as Go's tools do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
}

/// Where each line of a text begins.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Scans `text` once.
    pub fn new(text: &[u8]) -> LineIndex {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at as u32 + 1));
        LineIndex { starts }
    }

    /// The position of a byte offset; offsets behind the end belong to the last line.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        Position { line: line as u32 + 1, column: offset - self.starts[line] + 1 }
    }

    /// The byte offset of a position, if that line exists.
    pub fn offset(&self, position: Position) -> Option<u32> {
        let start = self.starts.get(position.line.checked_sub(1)? as usize)?;
        start.checked_add(position.column.checked_sub(1)?)
    }

    /// The offset at which the line of `offset` begins.
    pub fn line_start(&self, offset: u32) -> u32 {
        self.starts[self.starts.partition_point(|&start| start <= offset) - 1]
    }
}

/// Replaces the bytes of `span` by `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// What to replace; empty to insert.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// Something a reader did not understand; never a reason to stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// What, in lower case and without a final period.
    pub message: String,
}

//! The C text in the comment above `import "C"`.

use crate::Span;

/// The C text of a preamble, and where each of its bytes stands in the Go file.
#[derive(Clone, Debug, Default)]
pub struct Preamble {
    /// What cgo hands to the C compiler.
    pub text: Vec<u8>,
    /// Where it comes from.
    pub map: OffsetMap,
}

/// Leads from offsets in a preamble back to offsets in the Go file.
#[derive(Clone, Debug, Default)]
pub struct OffsetMap {
    /// Where a run of bytes that were copied together begins: in the preamble, in the Go file.
    runs: Vec<(u32, u32)>,
}

impl OffsetMap {
    /// The offset in the Go file of a byte of the preamble.
    pub fn source_offset(&self, offset: u32) -> u32 {
        let run = self.runs.partition_point(|&(start, _)| start <= offset);
        match run.checked_sub(1).and_then(|run| self.runs.get(run)) {
            Some(&(start, source)) => source.saturating_add(offset - start),
            None => offset,
        }
    }

    /// The span in the Go file of a span of the preamble; it may run over comment markers.
    pub fn source_span(&self, span: Span) -> Span {
        let start = self.source_offset(span.start);
        if span.start >= span.end {
            return Span::at(start);
        }
        Span::new(start, self.source_offset(span.end - 1).saturating_add(1))
    }
}

/// Takes the comment markers off, as cgo does. `comments` are the comments of the doc group of
/// `import "C"`, each from its marker to its end.
pub fn preamble_text(comments: &[Span], source: &[u8]) -> Preamble {
    let mut preamble = Preamble::default();
    for &comment in comments {
        let bytes = comment.slice(source);
        if bytes.starts_with(b"//") {
            let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
            preamble.copy(&line[2..], comment.start + 2, false);
            // cgo adds the line break itself: it belongs to the end of the comment.
            preamble.run(comment.start.saturating_add(line.len() as u32));
            preamble.text.push(b'\n');
        } else if let Some(inner) = bytes.strip_prefix(b"/*") {
            let inner = inner.strip_suffix(b"*/").unwrap_or(inner);
            preamble.copy(inner, comment.start + 2, true);
        }
    }
    preamble
}

impl Preamble {
    fn run(&mut self, source: u32) {
        self.map.runs.push((self.text.len() as u32, source));
    }

    /// Go's scanner drops carriage returns from comments, except one that keeps `*\r/` from being an end.
    fn copy(&mut self, bytes: &[u8], source: u32, block: bool) {
        let mut from = 0;
        for cr in memchr::memchr_iter(b'\r', bytes) {
            let guards_end = block && cr > 0 && bytes[cr - 1] == b'*' && bytes.get(cr + 1) == Some(&b'/');
            if !guards_end {
                self.run(source.saturating_add(from as u32));
                self.text.extend_from_slice(&bytes[from..cr]);
                from = cr + 1;
            }
        }
        self.run(source.saturating_add(from as u32));
        self.text.extend_from_slice(&bytes[from..]);
    }
}

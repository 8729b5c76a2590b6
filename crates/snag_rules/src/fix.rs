//! Applying edits to a text.

use snag_syntax::TextEdit;

/// The text after all edits, each of which is applied once. Edits that overlap contradict each other, and then
/// there is no such text.
pub fn apply_edits(text: &[u8], edits: &[TextEdit]) -> Option<Vec<u8>> {
    let mut edits: Vec<&TextEdit> = edits.iter().collect();
    edits.sort_by_key(|edit| (edit.span, &edit.text));
    edits.dedup();
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        if start < done || end < start {
            return None;
        }
        out.extend_from_slice(text.get(done..start)?);
        out.extend_from_slice(edit.text.as_bytes());
        done = end;
    }
    out.extend_from_slice(text.get(done..)?);
    Some(out)
}

//! Applying the edits of fixes to a text, which stays whole: its line ends, its imports.

use snag_syntax::go::{Header, Import, read_header};
use snag_syntax::{Span, TextEdit};

/// Packages that fixes call, and what to import for them.
const IMPORTS: &[(&str, &str)] = &[
    ("atomic", "sync/atomic"),
    ("context", "context"),
    ("errors", "errors"),
    ("fmt", "fmt"),
    ("os", "os"),
    ("runtime", "runtime"),
    ("sync", "sync"),
    ("time", "time"),
];

/// The text after all edits, each of which is applied once, with those of [`complete_edits`].
pub fn fix_text(text: &[u8], edits: &[TextEdit]) -> Option<Vec<u8>> {
    apply_edits(text, &complete_edits(text, edits)?)
}

/// All that an editor has to do to a text for these edits, in the order of places: lines that they empty go as a
/// whole, packages that the new text needs are imported, imports that it no longer needs are removed. Edits that
/// overlap contradict each other, and then there is no such list.
pub fn complete_edits(text: &[u8], edits: &[TextEdit]) -> Option<Vec<TextEdit>> {
    let crlf = memchr::memchr(b'\n', text).is_some_and(|end| text[..end].ends_with(b"\r"));
    let fit = |edits: &[TextEdit]| -> Vec<TextEdit> {
        let line_ends = |text: &str| if crlf { text.replace('\n', "\r\n") } else { text.to_owned() };
        edits.iter().map(|edit| TextEdit { span: edit.span, text: line_ends(&edit.text) }).collect()
    };
    let whole: Vec<TextEdit> =
        edits.iter().map(|edit| TextEdit { span: deleted(text, edit), text: edit.text.clone() }).collect();
    let mut all = in_order(fit(&whole));
    let fixed = apply_edits(text, &all)?;
    let header = read_header(&fixed);
    let missing = missing_imports(&fixed, &header, edits)?;
    let mut imports = unused_imports(text, &fixed, &header, missing.is_empty());
    imports.extend(missing);
    for import in &mut imports {
        import.span = Span::new(origin(&all, import.span.start)?, origin(&all, import.span.end)?);
    }
    all.extend(fit(&imports));
    Some(in_order(all))
}

/// Where an offset of the text after the edits was before them; nowhere inside what they wrote.
fn origin(edits: &[TextEdit], offset: u32) -> Option<u32> {
    let mut before = i64::from(offset);
    for edit in edits {
        let grown = edit.text.len() as i64 - i64::from(edit.span.end - edit.span.start);
        if before <= i64::from(edit.span.start) {
            break;
        }
        if before - grown < i64::from(edit.span.end) {
            return None;
        }
        before -= grown;
    }
    u32::try_from(before).ok()
}

fn in_order(mut edits: Vec<TextEdit>) -> Vec<TextEdit> {
    edits.sort_by(|a, b| (a.span, &a.text).cmp(&(b.span, &b.text)));
    edits.dedup();
    edits
}

/// What an edit replaces: a line of which it leaves nothing but white space goes as a whole, and what follows at the
/// beginning of a line moves there.
fn deleted(text: &[u8], edit: &TextEdit) -> Span {
    let span = edit.span;
    let blank = |span: Span| span.slice(text).iter().all(u8::is_ascii_whitespace);
    let start = line_start(text, span.start);
    let whole = span.slice(text).ends_with(b"\n");
    if !edit.text.is_empty() || span.end <= span.start || whole || !blank(Span::new(start, span.start)) {
        return span;
    }
    let end = line_end(text, span.end);
    if blank(Span::new(span.end, end)) {
        return Span::new(start, end);
    }
    let spaces = text.iter().skip(span.end as usize).take_while(|&&byte| byte == b' ').count();
    Span::new(span.start, span.end + spaces as u32)
}

fn apply_edits(text: &[u8], edits: &[TextEdit]) -> Option<Vec<u8>> {
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

/// Deletes imports whose last use the edits deleted; a declaration that they leave empty only where nothing is to be
/// added to it.
fn unused_imports(before: &[u8], after: &[u8], header: &Header, whole: bool) -> Vec<TextEdit> {
    let unused = header.imports.iter().filter(|import| {
        let name = local_name(import);
        !matches!(name, "_" | "." | "C") && is_used(before, name) && !is_used(after, name)
    });
    let spans = unused.filter_map(|import| declaration(after, header, import, whole));
    spans.map(|span| TextEdit { span, text: String::new() }).collect()
}

fn local_name(import: &Import) -> &'static str {
    let path = import.path.as_str();
    import.name.map_or_else(|| path.rsplit('/').next().unwrap_or(path), |name| name.name.as_str())
}

/// The lines of an import, with the keyword and the parentheses if nothing else is between them; nothing where
/// another import shares the line.
fn declaration(text: &[u8], header: &Header, import: &Import, whole: bool) -> Option<Span> {
    let mut span = import.span;
    let before = text.get(..span.start as usize)?.trim_ascii_end();
    let after = text.get(span.end as usize..)?.trim_ascii_start();
    if whole && before.ends_with(b"(") && after.starts_with(b")") {
        span.end = (text.len() - after.len() + 1) as u32;
        span.start = before.strip_suffix(b"(")?.trim_ascii_end().strip_suffix(b"import")?.len() as u32;
    }
    let mut lines = Span::new(line_start(text, span.start), line_end(text, span.end));
    if header.imports.iter().any(|other| other.span != import.span && lines.contains(other.span)) {
        return None;
    }
    // Of two blank lines one is left.
    let is_blank = |line: Span| line.end > line.start && line.slice(text).trim_ascii().is_empty();
    let above = Span::new(line_start(text, lines.start.saturating_sub(1)), lines.start);
    let below = Span::new(lines.end, line_end(text, lines.end));
    if is_blank(above) && is_blank(below) {
        lines.end = below.end;
    }
    Some(lines)
}

/// Imports the packages that the edits call by name; impossible where another package has that name.
fn missing_imports(text: &[u8], header: &Header, edits: &[TextEdit]) -> Option<Vec<TextEdit>> {
    let mut imports = Vec::new();
    for (name, path) in IMPORTS {
        if !edits.iter().any(|edit| is_used(edit.text.as_bytes(), name)) {
            continue;
        }
        match header.imports.iter().find(|import| local_name(import) == *name) {
            Some(import) if import.path.as_str() == *path => {}
            Some(_) => return None,
            None => imports.push(new_import(text, header, path)),
        }
    }
    Some(imports)
}

/// Where the import stands as gofmt would have it.
fn new_import(text: &[u8], header: &Header, path: &str) -> TextEdit {
    let insert = |at: u32, text: String| TextEdit { span: Span::at(at), text };
    let grouped = |import: &&Import| {
        let start = line_start(text, import.span.start) as usize;
        let before = text.get(start..import.span.start as usize).unwrap_or_default();
        before.iter().all(u8::is_ascii_whitespace)
    };
    let group: Vec<&Import> = header.imports.iter().filter(grouped).collect();
    if let Some(first) = group.first() {
        let start = line_start(text, first.span.start);
        let is_standard = |import: &Import| {
            import.path.as_str().split('/').next().is_some_and(|first| !first.contains('.'))
        };
        if !is_standard(first) {
            return insert(start, format!("\t\"{path}\"\n\n"));
        }
        let smaller = |import: &&&Import| is_standard(import) && import.path.as_str() < path;
        let before = group.iter().take_while(smaller).last();
        let at = before.map_or(start, |import| line_end(text, import.span.end));
        return insert(at, format!("\t\"{path}\"\n"));
    }
    let last = header.imports.last().map(|import| import.span.end);
    let at = line_end(text, last.unwrap_or(header.package.span().end));
    insert(at, if last.is_some() { format!("import \"{path}\"\n") } else { format!("\nimport \"{path}\"\n") })
}

fn line_start(text: &[u8], offset: u32) -> u32 {
    let before = text.get(..offset as usize).unwrap_or_default();
    memchr::memrchr(b'\n', before).map_or(0, |end| end as u32 + 1)
}

/// Behind the line's end.
fn line_end(text: &[u8], offset: u32) -> u32 {
    let rest = text.get(offset as usize..).unwrap_or_default();
    memchr::memchr(b'\n', rest).map_or(text.len() as u32, |length| offset + length as u32 + 1)
}

/// Whether the code, not its comments and strings, says `name.`; a variable of that name counts as well, so that
/// nothing is deleted that is needed.
fn is_used(code: &[u8], name: &str) -> bool {
    let mut rest = code;
    let mut before = b' ';
    while let Some(&first) = rest.first() {
        let length = match first {
            b'"' | b'\'' | b'`' => literal(rest, first),
            b'/' if rest.starts_with(b"//") => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
            b'/' if rest.starts_with(b"/*") => {
                memchr::memmem::find(&rest[2..], b"*/").map_or(rest.len(), |end| end + 4)
            }
            _ if is_letter(first) => {
                let length = rest.iter().position(|&byte| !is_letter(byte)).unwrap_or(rest.len());
                let selects = rest[length..].trim_ascii_start().starts_with(b".");
                if &rest[..length] == name.as_bytes() && before != b'.' && selects {
                    return true;
                }
                length
            }
            _ => 1,
        };
        if !first.is_ascii_whitespace() {
            before = first;
        }
        rest = &rest[length..];
    }
    false
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The length of a string or a rune; one that is not closed ends with its line.
fn literal(text: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' if quote != b'`' => at += 1,
            b'\n' if quote != b'`' => return at,
            _ if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(text: &str, old: &str, new: &str) -> String {
        let start = text.find(old).expect("the old text") as u32;
        let edit = TextEdit { span: Span::new(start, start + old.len() as u32), text: new.to_owned() };
        let fixed = fix_text(text.as_bytes(), &[edit]).expect("one edit cannot overlap");
        String::from_utf8(fixed).expect("UTF-8")
    }

    #[test]
    fn imports_appear_where_gofmt_wants_them() {
        let cases = [
            ("package p\n\nf()\n", "package p\n\nimport \"runtime\"\n\nruntime.GC()\n"),
            (
                "package p\n\nimport \"os\"\n\nf()\nos.Exit(1)\n",
                "package p\n\nimport \"os\"\nimport \"runtime\"\n\nruntime.GC()\nos.Exit(1)\n",
            ),
            (
                "package p\n\nimport (\n\t\"os\"\n\t\"sync\"\n)\n\nf()\n",
                "package p\n\nimport (\n\t\"os\"\n\t\"runtime\"\n\t\"sync\"\n)\n\nruntime.GC()\n",
            ),
            (
                "package p\n\nimport (\n\t\"a.b/c\"\n)\n\nf()\n",
                "package p\n\nimport (\n\t\"runtime\"\n\n\t\"a.b/c\"\n)\n\nruntime.GC()\n",
            ),
            (
                "package p\n\n// int x;\nimport \"C\"\n\nf()\n",
                "package p\n\n// int x;\nimport \"C\"\nimport \"runtime\"\n\nruntime.GC()\n",
            ),
            (
                "package p\r\n\r\nimport (\r\n\t\"os\"\r\n)\r\n\r\nf()\r\n",
                "package p\r\n\r\nimport (\r\n\t\"os\"\r\n\t\"runtime\"\r\n)\r\n\r\nruntime.GC()\r\n",
            ),
        ];
        for (before, after) in cases {
            assert_eq!(replace(before, "f()", "runtime.GC()"), after);
        }
    }

    #[test]
    fn the_complete_list_is_about_the_first_text() {
        let text = "package p\n\nimport (\n\t\"os\"\n)\n\nvar x = os.Args\nf()\n";
        let edit = |old: &str, new: &str| {
            let start = text.find(old).expect("the old text") as u32;
            TextEdit { span: Span::new(start, start + old.len() as u32), text: new.to_owned() }
        };
        let edits = [edit("f()", "runtime.GC()"), edit("os.Args", "1")];
        let all = complete_edits(text.as_bytes(), &edits).expect("edits that do not overlap");
        let told: Vec<(&str, &str)> = all
            .iter()
            .map(|edit| (&text[edit.span.start as usize..edit.span.end as usize], edit.text.as_str()))
            .collect();
        assert_eq!(
            told,
            [("\t\"os\"\n", ""), ("", "\t\"runtime\"\n"), ("os.Args", "1"), ("f()", "runtime.GC()")]
        );
    }

    #[test]
    fn imports_go_with_their_last_use() {
        let cases = [
            (
                "package p\n\nimport (\n\t\"os\"\n\t\"runtime\" // to pin\n)\n\nvar x = os.Args\nruntime.GC()\n",
                "package p\n\nimport (\n\t\"os\"\n)\n\nvar x = os.Args\nf()\n",
            ),
            ("package p\n\nimport \"runtime\"\n\nruntime.GC()\n", "package p\n\nf()\n"),
            ("package p\n\nimport (\n\t\"runtime\"\n)\n\nruntime.GC()\n", "package p\n\nf()\n"),
        ];
        for (before, after) in cases {
            assert_eq!(replace(before, "runtime.GC()", "f()"), after);
        }
        let kept = "package p\n\nimport rt \"runtime\"\n\nruntime.GC()\nrt.GC() // runtime.X\n";
        assert!(replace(kept, "runtime.GC()", "f()").contains("import rt"));
    }

    #[test]
    fn words_in_comments_and_strings_are_no_uses() {
        let code = b"// os.A\n/* os.B */ x := \"os.C\" + `os.D` + a.os.E + '\"' + cos.F";
        assert!(!is_used(code, "os"));
        assert!(is_used(b"f(os .Args)", "os"));
    }
}

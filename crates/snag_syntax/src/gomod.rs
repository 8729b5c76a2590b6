//! `go.mod`: what a module is called, needs and replaces.

use std::borrow::Cow;

use crate::{Problem, Span};

/// A word of a module file, unquoted, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The text without quotes.
    pub text: String,
    /// Where, with quotes.
    pub span: Span,
}

/// A `go.mod` file. Lists keep the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoMod {
    /// `module example.com/m`
    pub module: Option<Word>,
    /// `go 1.22`
    pub go: Option<Word>,
    /// `toolchain go1.22.3`
    pub toolchain: Option<Word>,
    /// `godebug asynctimerchan=1`
    pub godebug: Vec<(Word, String)>,
    /// `require example.com/a v1.2.3`
    pub require: Vec<Require>,
    /// `exclude example.com/a v1.2.3`
    pub exclude: Vec<Require>,
    /// `replace example.com/a => ../a`
    pub replace: Vec<Replace>,
    /// `retract [v1.0.0, v1.2.0]`
    pub retract: Vec<(Word, Word)>,
    /// `tool example.com/a/cmd/x`
    pub tool: Vec<Word>,
    /// `ignore ./node_modules`
    pub ignore: Vec<Word>,
}

/// A module and a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Require {
    /// The module path.
    pub path: Word,
    /// The version.
    pub version: Word,
    /// Carries the comment `// indirect`.
    pub indirect: bool,
}

/// Another place for a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replace {
    /// The module that is replaced.
    pub old: Word,
    /// Only this version of it.
    pub old_version: Option<Word>,
    /// A module path, or a directory when it begins with `./`, `../` or a root.
    pub new: Word,
    /// The version of a module; directories have none.
    pub new_version: Option<Word>,
}

impl Replace {
    /// Whether the replacement is a directory.
    pub fn is_directory(&self) -> bool {
        self.new_version.is_none()
    }
}

/// Reads a `go.mod`. Lines that are not understood become problems and cost only themselves.
pub fn parse_go_mod(text: &[u8]) -> (GoMod, Vec<Problem>) {
    let mut file = GoMod::default();
    let mut problems = Vec::new();
    for line in lines(text, &mut problems) {
        let Some((verb, args)) = line.words.split_first() else { continue };
        match (verb.text.as_str(), args) {
            ("module", [path]) => set_once(&mut file.module, path, &line, &mut problems),
            ("require", [path, version]) => file.require.push(line.require(path, version)),
            ("exclude", [path, version]) => file.exclude.push(line.require(path, version)),
            ("retract", _) => match retracted(args) {
                Some(range) => file.retract.push(range),
                None => problems.push(line.problem()),
            },
            ("tool", [path]) => file.tool.push(path.clone()),
            ("ignore", [path]) => file.ignore.push(path.clone()),
            _ => shared(&line, &mut file.shared(), &mut problems),
        }
    }
    (file, problems)
}

impl GoMod {
    fn shared(&mut self) -> Shared<'_> {
        Shared {
            go: &mut self.go,
            toolchain: &mut self.toolchain,
            godebug: &mut self.godebug,
            replace: &mut self.replace,
        }
    }
}

/// The lines that go.mod and go.work have in common.
pub(crate) struct Shared<'a> {
    pub(crate) go: &'a mut Option<Word>,
    pub(crate) toolchain: &'a mut Option<Word>,
    pub(crate) godebug: &'a mut Vec<(Word, String)>,
    pub(crate) replace: &'a mut Vec<Replace>,
}

/// Reads `go`, `toolchain`, `godebug` and `replace`; anything else is a problem.
pub(crate) fn shared(line: &Line, file: &mut Shared<'_>, problems: &mut Vec<Problem>) {
    let Some((verb, args)) = line.words.split_first() else { return };
    match (verb.text.as_str(), args) {
        ("go", [version]) => set_once(file.go, version, line, problems),
        ("toolchain", [name]) => set_once(file.toolchain, name, line, problems),
        ("godebug", [setting]) => match setting.text.split_once('=') {
            Some((key, value)) => {
                let key = Word { text: key.to_owned(), span: setting.span };
                file.godebug.push((key, value.to_owned()));
            }
            None => problems.push(line.problem()),
        },
        ("replace", _) => match replaced(args) {
            Some(replace) => file.replace.push(replace),
            None => problems.push(line.problem()),
        },
        _ => problems.push(line.problem()),
    }
}

fn set_once(slot: &mut Option<Word>, word: &Word, line: &Line, problems: &mut Vec<Problem>) {
    if slot.is_some() {
        let message = format!("repeated {} line", line.words[0].text);
        problems.push(Problem { span: line.span(), message });
        return;
    }
    *slot = Some(word.clone());
}

fn replaced(args: &[Word]) -> Option<Replace> {
    let arrow = args.iter().position(|word| word.text == "=>")?;
    let (old, old_version) = path_and_version(&args[..arrow])?;
    let (new, new_version) = path_and_version(&args[arrow + 1..])?;
    Some(Replace { old, old_version, new, new_version })
}

fn path_and_version(words: &[Word]) -> Option<(Word, Option<Word>)> {
    match words {
        [path] => Some((path.clone(), None)),
        [path, version] => Some((path.clone(), Some(version.clone()))),
        _ => None,
    }
}

fn retracted(args: &[Word]) -> Option<(Word, Word)> {
    match args {
        [version] => Some((version.clone(), version.clone())),
        [open, low, comma, high, close] if open.text == "[" && comma.text == "," && close.text == "]" => {
            Some((low.clone(), high.clone()))
        }
        _ => None,
    }
}

/// A line of a module file; lines of a block begin with the word of the block.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) words: Vec<Word>,
    pub(crate) comment: Option<String>,
}

impl Line {
    fn require(&self, path: &Word, version: &Word) -> Require {
        let comment = self.comment.as_deref().unwrap_or_default();
        let indirect = comment.split(';').next().is_some_and(|first| first.trim() == "indirect");
        Require { path: path.clone(), version: version.clone(), indirect }
    }

    pub(crate) fn span(&self) -> Span {
        // The word of a block stands on another line, so the line's own words come first.
        let first = self.words.get(1).or(self.words.first()).map_or(Span::at(0), |word| word.span);
        self.words.last().map_or(first, |word| first.to(word.span))
    }

    pub(crate) fn problem(&self) -> Problem {
        let verb = self.words.first().map_or("", |word| word.text.as_str());
        let known = ["module", "go", "toolchain", "godebug", "require", "exclude", "replace", "retract"];
        let message = if known.contains(&verb) || ["tool", "ignore", "use"].contains(&verb) {
            format!("malformed {verb} line")
        } else {
            format!("unknown directive: {verb}")
        };
        Problem { span: self.span(), message }
    }
}

/// Splits a module file into lines and opens its blocks.
pub(crate) fn lines(text: &[u8], problems: &mut Vec<Problem>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut block: Option<Word> = None;
    let mut at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    while at < text.len() {
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |length| at + length);
        let mut line = words(text, at, end, problems);
        at = end + 1;
        match (&block, line.words.as_slice()) {
            (_, []) => {}
            (Some(_), [close]) if close.text == ")" => block = None,
            (Some(verb), _) => {
                line.words.insert(0, verb.clone());
                lines.push(line);
            }
            (None, [verb, open]) if open.text == "(" => block = Some(verb.clone()),
            (None, [_, open, close]) if open.text == "(" && close.text == ")" => {}
            (None, _) => lines.push(line),
        }
    }
    if let Some(verb) = block {
        problems.push(Problem { span: verb.span, message: format!("{} block is never closed", verb.text) });
    }
    lines
}

fn words(text: &[u8], start: usize, end: usize, problems: &mut Vec<Problem>) -> Line {
    let mut line = Line { words: Vec::new(), comment: None };
    let mut at = start;
    while at < end {
        let rest = &text[at..end];
        let length = match rest[0] {
            b' ' | b'\t' | b'\r' => {
                at += 1;
                continue;
            }
            b'/' if rest.starts_with(b"//") => {
                line.comment = Some(String::from_utf8_lossy(&rest[2..]).trim().to_owned());
                break;
            }
            b'(' | b')' | b'[' | b']' | b'{' | b'}' | b',' => 1,
            b'=' if rest.starts_with(b"=>") => 2,
            b'"' | b'`' => quoted_length(rest),
            _ => word_length(rest),
        };
        let span = Span::new(at as u32, (at + length) as u32);
        let raw = String::from_utf8_lossy(&rest[..length]);
        match unquote(&raw) {
            Some(text) => line.words.push(Word { text: text.into_owned(), span }),
            None => {
                let message = "malformed string".to_owned();
                problems.push(Problem { span, message });
            }
        }
        at += length;
    }
    line
}

fn quoted_length(text: &[u8]) -> usize {
    let quote = text[0];
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' if quote == b'"' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

fn word_length(text: &[u8]) -> usize {
    let stop = |at: &usize| {
        matches!(text[*at], b' ' | b'\t' | b'\r' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b',')
            || text[*at..].starts_with(b"//")
    };
    (1..text.len()).find(stop).unwrap_or(text.len())
}

/// The text of a word; nothing for a string that never ends or has an escape that Go does not know.
fn unquote(raw: &str) -> Option<Cow<'_, str>> {
    if let Some(inner) = raw.strip_prefix('`') {
        return inner.strip_suffix('`').map(Cow::Borrowed);
    }
    let Some(inner) = raw.strip_prefix('"') else { return Some(Cow::Borrowed(raw)) };
    let inner = inner.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        match (char, char == '\\') {
            (_, false) => out.push(char),
            (_, true) => match chars.next()? {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                escaped @ ('\\' | '"') => out.push(escaped),
                _ => return None,
            },
        }
    }
    Some(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str) -> GoMod {
        let (file, problems) = parse_go_mod(text.as_bytes());
        assert_eq!(problems, []);
        file
    }

    #[test]
    fn every_directive_is_read() {
        let file = clean(
            "// Deprecated: no more.\nmodule \"example.com/m\" // name\n\ngo 1.24rc1\ntoolchain go1.24.3\n\
             godebug (\n\tdefault=go1.21\n\tpanicnil=1\n)\nrequire example.com/a v1.2.3 // indirect; why\n\
             require (\r\n\texample.com/b/v2 v2.0.0-20200101000000-abcdefabcdef\r\n\t\"example.com/c\" v1.0.0\n)\n\
             exclude example.com/a v1.1.0\nreplace example.com/a => ../a\n\
             replace (\n\texample.com/b/v2 v2.0.0 => example.com/fork v1.0.0 // fork\n)\n\
             retract v1.0.0\nretract [v1.1.0, v1.2.0] // oops\ntool example.com/a/cmd/x\nignore (\n\t./web\n\tx\n)\n",
        );
        assert_eq!(file.module.as_ref().map(|word| word.text.as_str()), Some("example.com/m"));
        assert_eq!(file.go.as_ref().map(|word| word.text.as_str()), Some("1.24rc1"));
        assert_eq!(file.toolchain.as_ref().map(|word| word.text.as_str()), Some("go1.24.3"));
        assert_eq!(file.godebug[1].0.text, "panicnil");
        assert_eq!(file.godebug[1].1, "1");
        let required: Vec<_> = file.require.iter().map(|r| (r.path.text.as_str(), r.indirect)).collect();
        assert_eq!(
            required,
            [("example.com/a", true), ("example.com/b/v2", false), ("example.com/c", false)]
        );
        assert_eq!(file.exclude[0].version.text, "v1.1.0");
        assert!(file.replace[0].is_directory() && file.replace[0].new.text == "../a");
        assert_eq!(file.replace[1].old_version.as_ref().map(|word| word.text.as_str()), Some("v2.0.0"));
        assert_eq!(file.retract[1].1.text, "v1.2.0");
        assert_eq!(file.tool[0].text, "example.com/a/cmd/x");
        assert_eq!(file.ignore.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), ["./web", "x"]);
    }

    #[test]
    fn a_bad_line_costs_only_itself() {
        let text = "module m\nfoo bar\ngo 1.21\nrequire a\nrequire b v1.0.0\ngo 1.22\nreplace a b\n";
        let (file, problems) = parse_go_mod(text.as_bytes());
        let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
        let expected = [
            "unknown directive: foo",
            "malformed require line",
            "repeated go line",
            "malformed replace line",
        ];
        assert_eq!(messages, expected);
        assert_eq!(file.require.len(), 1);
        assert_eq!(&text[problems[1].span.start as usize..problems[1].span.end as usize], "a");
    }

    #[test]
    fn damage_is_survived() {
        for text in
            ["require (", "module \"x", "module `", "\"\\", "module \"a\\q\"", ")", "(", "\u{feff}module m"]
        {
            let (_, _) = parse_go_mod(text.as_bytes());
        }
        let (file, problems) = parse_go_mod(b"require (\n a v1\n");
        assert_eq!((file.require.len(), problems.len()), (1, 1));
    }
}

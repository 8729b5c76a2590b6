//! Findings without the program they were found in: places are files, texts and positions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use snag_program::Program;
use snag_program::files::Files;
use snag_program::ir::{FileId, FuncId, Place};
use snag_rules::{Confidence, Finding, Safety, Severity};
use snag_syntax::{LineIndex, Position, Span};
use snag_threads::StateSet;

/// A file that is shown.
#[derive(Debug)]
pub(crate) struct Source {
    pub path: PathBuf,
    pub display: Arc<str>,
    /// Bytes that are not UTF-8 are replaced one by one, so that offsets stay what they were.
    pub text: String,
    lines: LineIndex,
}

impl Source {
    fn new(path: &Path, display: Arc<str>, bytes: Vec<u8>) -> Source {
        let lines = LineIndex::new(&bytes);
        let text = String::from_utf8(bytes).unwrap_or_else(|error| {
            let mut text = String::new();
            for chunk in error.as_bytes().utf8_chunks() {
                text.push_str(chunk.valid());
                text.extend(chunk.invalid().iter().map(|_| '?'));
            }
            text
        });
        Source { path: path.to_owned(), display, text, lines }
    }

    pub(crate) fn position(&self, offset: u32) -> Position {
        self.lines.position(offset)
    }

    /// The span, made to fit the text should the file have changed meanwhile.
    pub(crate) fn range(&self, span: Span) -> std::ops::Range<usize> {
        let fit = |offset: u32| {
            let mut offset = (offset as usize).min(self.text.len());
            while !self.text.is_char_boundary(offset) {
                offset -= 1;
            }
            offset
        };
        fit(span.start)..fit(span.end)
    }

    /// The line around an offset.
    fn line(&self, offset: u32) -> &str {
        let start = self.range(Span::at(self.lines.line_start(offset))).start;
        self.text[start..].lines().next().unwrap_or_default()
    }
}

/// The files that are shown, read when they are needed.
pub(crate) struct Sources<'f> {
    files: &'f dyn Files,
    read: BTreeMap<PathBuf, Rc<Source>>,
}

impl<'f> Sources<'f> {
    pub(crate) fn new(files: &'f dyn Files) -> Sources<'f> {
        Sources { files, read: BTreeMap::new() }
    }

    pub(crate) fn get(&mut self, path: &Path, display: &Arc<str>) -> Rc<Source> {
        if let Some(source) = self.read.get(path) {
            return source.clone();
        }
        let bytes = self.files.read(path).unwrap_or_default();
        let source = Rc::new(Source::new(path, display.clone(), bytes));
        self.read.insert(path.to_owned(), source.clone());
        source
    }

    fn spot(&mut self, program: &Program, place: Place) -> Spot {
        let file = program.file(place.file);
        Spot { source: self.get(&file.path, &file.display), span: place.span }
    }

    fn lines(&mut self, program: &Program, id: FuncId) -> Lines {
        let mut between = |span| {
            let spot = self.spot(program, Place { file: program.function(id).file, span });
            (spot.start().line, spot.end().line)
        };
        let literals = program.functions().filter(|(_, function)| function.outer == Some(id));
        Lines {
            all: between(program.function(id).span),
            literals: literals.map(|(_, literal)| between(literal.span)).collect(),
        }
    }
}

/// A place in a file.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    pub source: Rc<Source>,
    pub span: Span,
}

impl Spot {
    pub(crate) fn start(&self) -> Position {
        self.source.position(self.span.start)
    }

    pub(crate) fn end(&self) -> Position {
        self.source.position(self.span.end)
    }

    /// Where it starts when characters are counted, from 1.
    pub(crate) fn column_in_characters(&self) -> u32 {
        let line =
            self.source.range(Span::new(self.source.lines.line_start(self.span.start), self.span.start));
        self.source.text[line].chars().count() as u32 + 1
    }

    fn key(&self) -> (Arc<str>, Span) {
        (self.source.display.clone(), self.span)
    }
}

/// The files of some places, each once.
pub(crate) fn distinct<'s>(spots: impl Iterator<Item = &'s Spot>) -> Vec<&'s Rc<Source>> {
    let mut sources: Vec<&Rc<Source>> = Vec::new();
    for spot in spots {
        if !sources.iter().any(|source| Rc::ptr_eq(source, &spot.source)) {
            sources.push(&spot.source);
        }
    }
    sources
}

/// The lines of a function, those of the literals in it aside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    all: (u32, u32),
    literals: Vec<(u32, u32)>,
}

impl Lines {
    /// A literal shares its first and its last line with the function around.
    pub(crate) fn contain(&self, line: u32) -> bool {
        let inside = self.literals.iter().any(|&(first, last)| first < line && line < last);
        self.all.0 <= line && line <= self.all.1 && !inside
    }
}

/// A finding as it is printed.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub rule: &'static str,
    pub severity: Severity,
    pub confidence: Confidence,
    pub message: String,
    pub spot: Spot,
    pub function: Option<String>,
    pub lines: Lines,
    pub states: StateSet,
    pub why: Vec<(Spot, String)>,
    pub fix: Option<Repair>,
    pub fingerprint: String,
}

/// A fix as it is printed.
#[derive(Clone, Debug)]
pub(crate) struct Repair {
    pub safe: bool,
    pub title: String,
    pub edits: Vec<(Spot, String)>,
}

impl Report {
    pub(crate) fn new(program: &Program, finding: &Finding, sources: &mut Sources) -> Report {
        let why = finding.why.iter();
        let why = why.map(|why| (sources.spot(program, why.place), why.message.clone())).collect();
        let fix = finding.fix.as_ref().map(|fix| {
            let mut edit = |file: FileId, span| sources.spot(program, Place { file, span });
            let edits = fix.edits.iter();
            let edits = edits.map(|(file, e)| (edit(*file, e.span), e.text.clone())).collect();
            Repair { safe: fix.safety == Safety::Safe, title: fix.title.clone(), edits }
        });
        Report {
            rule: finding.rule,
            severity: finding.severity,
            confidence: finding.confidence,
            message: finding.message.clone(),
            spot: sources.spot(program, finding.place),
            function: finding.function.map(|function| program.function_name(function)),
            lines: finding.function.map(|function| sources.lines(program, function)).unwrap_or_default(),
            states: finding.states,
            why,
            fix,
            fingerprint: String::new(),
        }
    }

    /// Whether it fails a run.
    pub(crate) fn fails(&self) -> bool {
        self.severity > Severity::Info
    }
}

/// Sorts by place, drops what several configurations found alike, and fingerprints the rest.
pub(crate) fn merge(reports: &mut Vec<Report>) {
    reports.sort_by(|a, b| (a.spot.key(), a.rule).cmp(&(b.spot.key(), b.rule)));
    reports.dedup_by(|b, a| a.spot.key() == b.spot.key() && a.rule == b.rule);
    let mut seen: BTreeMap<u64, u64> = BTreeMap::new();
    for report in reports {
        let function = report.function.as_deref().unwrap_or_default();
        let line = report.spot.source.line(report.spot.span.start);
        let words: Vec<&str> = line.split_whitespace().collect();
        // The function's name begins with its package, so the line may move and the finding stays the same.
        let identity = hash(&[report.rule, function, &words.join(" ")]);
        let ordinal = seen.entry(identity).or_default();
        report.fingerprint = format!("{:016x}", hash(&[&identity.to_string(), &ordinal.to_string()]));
        *ordinal += 1;
    }
}

/// FNV-1a: baselines outlive versions of the standard library's hasher.
fn hash(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Something that could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    pub path: String,
    pub position: Option<(u32, u32)>,
    pub message: String,
}

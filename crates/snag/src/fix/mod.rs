//! `--fix` and `--diff`: applies fixes in rounds, looks at the result each time, and takes back what is no better.

mod snapshot;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bumpalo::Bump;
use similar::TextDiff;
use snag_program::bundle::Bundled;
use snag_program::files::Files;
use snag_rules::fix_text;
use snag_syntax::TextEdit;
use snag_syntax::go::{Bodies, parse_file, read_header};

use crate::args::CheckArguments;
use crate::check::{self, Outcome};
use crate::config::Settings;
use crate::report::{Report, Spot};
use snapshot::{Change, Snapshot};

/// One fix may uncover the next; nothing real needs as many.
const ROUNDS: usize = 20;

/// What the fixes came to.
pub(crate) struct Repaired {
    /// What is left, and how much was fixed.
    pub outcome: Outcome,
    /// A unified diff.
    pub diff: Vec<u8>,
    /// Files that could not be written, and why.
    pub failures: Vec<String>,
}

/// Checks, fixes and, unless only the difference is wanted, writes.
pub(crate) fn run(
    files: impl Files,
    settings: &Settings,
    arguments: &CheckArguments,
) -> Result<Repaired, String> {
    let snapshot = Snapshot::new(files);
    let files = Bundled::new(&snapshot);
    let check = || check::once(&files, settings, arguments);
    let mut fixer = Fixer::new(&snapshot, settings, arguments);
    let mut outcome = check()?;
    for _ in 0..ROUNDS {
        let Some(round) = fixer.apply(&outcome) else { break };
        let after = check()?;
        match fixer.judge(&round, &outcome, &after) {
            Ok(()) => {
                fixer.applied.extend(round.fixes.into_iter().map(|fix| fix.paths.into_keys().collect()));
                outcome = after;
            }
            Err(culprits) => fixer.take_back(round, culprits),
        }
    }
    let changes = snapshot.changes();
    let (mut diff, mut failures) = (Vec::new(), Vec::new());
    for change in &changes {
        if arguments.diff {
            diff.extend(unified(change, &settings.cwd));
        } else if let Err(why) = write::write(change) {
            failures.push(format!("cannot fix {}: {why}", shown(&change.path, &settings.cwd)));
            fixer.applied.retain(|paths| !paths.contains(&change.path));
            snapshot.set(&change.path, None);
        }
    }
    if !failures.is_empty() {
        outcome = check()?;
    }
    outcome.fixed = fixer.applied.len();
    let paths: BTreeSet<PathBuf> = fixer.applied.into_iter().flatten().collect();
    outcome.fixed_files = paths.len();
    outcome.notes.extend(fixer.notes);
    Ok(Repaired { outcome, diff, failures })
}

/// A fix that was chosen for a round.
struct Chosen {
    key: Key,
    /// Where its finding is.
    place: String,
    display: Arc<str>,
    /// The files it changes.
    paths: BTreeMap<PathBuf, Arc<str>>,
    edits: Vec<(PathBuf, TextEdit)>,
}

/// Lines move when fixes are applied; this stays.
type Key = (&'static str, String);

/// Fixes that were applied together.
struct Round {
    fixes: Vec<Chosen>,
    /// The texts before the round; none is the first text of the file.
    before: BTreeMap<PathBuf, Option<Vec<u8>>>,
}

struct Fixer<'s, F> {
    snapshot: &'s Snapshot<F>,
    settings: &'s Settings,
    arguments: &'s CheckArguments,
    refused: BTreeSet<Key>,
    notes: BTreeSet<String>,
    /// The files of each fix.
    applied: Vec<BTreeSet<PathBuf>>,
}

impl<'s, F: Files> Fixer<'s, F> {
    fn new(snapshot: &'s Snapshot<F>, settings: &'s Settings, arguments: &'s CheckArguments) -> Self {
        let (refused, notes, applied) = Default::default();
        Fixer { snapshot, settings, arguments, refused, notes, applied }
    }

    /// Applies as many fixes as go together; nothing when none is left.
    fn apply(&mut self, outcome: &Outcome) -> Option<Round> {
        loop {
            let fixes = self.choose(outcome);
            if fixes.is_empty() {
                return None;
            }
            match self.texts(&fixes) {
                Ok(texts) => {
                    let before = texts.keys().map(|path| (path.clone(), self.snapshot.fixed(path))).collect();
                    for (path, text) in texts {
                        self.snapshot.set(&path, Some(text));
                    }
                    return Some(Round { fixes, before });
                }
                Err((path, why)) => self.refuse(&fixes, &path, why),
            }
        }
    }

    /// The fixes in the order of their places that do not contradict an earlier one.
    fn choose(&mut self, outcome: &Outcome) -> Vec<Chosen> {
        let mut taken: BTreeMap<PathBuf, Vec<TextEdit>> = BTreeMap::new();
        let mut fixes = Vec::new();
        for report in &outcome.reports {
            let Some(fix) = self.candidate(report) else { continue };
            let fits = fix.edits.iter().all(|(path, edit)| {
                let others = taken.get(path).into_iter().flatten();
                others.into_iter().all(|other| {
                    let overlap = edit.span.start < other.span.end && other.span.start < edit.span.end;
                    !overlap || edit == other
                })
            });
            if fits {
                for (path, edit) in &fix.edits {
                    taken.entry(path.clone()).or_default().push(edit.clone());
                }
                fixes.push(fix);
            }
        }
        fixes
    }

    fn candidate(&mut self, report: &Report) -> Option<Chosen> {
        let repair = report.fix.as_ref().filter(|fix| fix.safe || self.arguments.unsafe_fixes)?;
        let key = (report.rule, report.fingerprint.clone());
        if repair.edits.is_empty() || self.refused.contains(&key) {
            return None;
        }
        let edit = |text: &String, spot: &Spot| TextEdit { span: spot.span, text: text.clone() };
        let edits = repair.edits.iter().map(|(spot, text)| (spot.source.path.clone(), edit(text, spot)));
        let paths =
            repair.edits.iter().map(|(spot, _)| (spot.source.path.clone(), spot.source.display.clone()));
        let paths: BTreeMap<PathBuf, Arc<str>> = paths.collect();
        let forbidden = paths.iter().find_map(|(path, display)| Some((display, self.forbidden(path)?)));
        if let Some((display, why)) = forbidden {
            self.notes.insert(format!("{display}: not fixed: {why}"));
            self.refused.insert(key);
            return None;
        }
        let (display, start) = (report.spot.source.display.clone(), report.spot.start());
        let place = format!("{display}:{}:{}", start.line, start.column);
        Some(Chosen { key, place, display, paths, edits: edits.collect() })
    }

    /// Why nothing is written to a file, if so.
    fn forbidden(&self, path: &Path) -> Option<&'static str> {
        let text = self.text(path);
        let environment = self.settings.targets.first().map(|target| &target.environment);
        let caches = environment.into_iter().flat_map(|environment| {
            let mod_cache = environment.gomodcache.as_ref().map(PathBuf::from);
            let below =
                |root: &Option<String>, rest: &str| root.as_ref().map(|root| Path::new(root).join(rest));
            [mod_cache, below(&environment.gopath, "pkg/mod"), below(&environment.home, "go/pkg/mod")]
        });
        let is_vendor = |folder: &Path| folder.ends_with("vendor") && folder.join("modules.txt").is_file();
        if path.ancestors().any(is_vendor) {
            Some("it belongs to a vendored package")
        } else if caches.flatten().any(|cache| path.starts_with(cache)) {
            Some("it lies in the module cache")
        } else if is_generated(&text) {
            Some("it is generated")
        } else if problems(&text) > 0 {
            Some("it has syntax errors")
        } else {
            None
        }
    }

    fn text(&self, path: &Path) -> Vec<u8> {
        self.snapshot.read(path).unwrap_or_default()
    }

    /// The fixed texts, or the file that cannot be fixed so.
    fn texts(&self, fixes: &[Chosen]) -> Result<BTreeMap<PathBuf, Vec<u8>>, (PathBuf, &'static str)> {
        let mut edits: BTreeMap<&Path, Vec<TextEdit>> = BTreeMap::new();
        for (path, edit) in fixes.iter().flat_map(|fix| &fix.edits) {
            edits.entry(path).or_default().push(edit.clone());
        }
        let mut texts = BTreeMap::new();
        for (path, edits) in edits {
            let before = self.text(path);
            let wrong = |why| (path.to_owned(), why);
            let after = fix_text(&before, &edits).ok_or_else(|| wrong("its edits contradict each other"))?;
            if problems(&after) > 0 {
                return Err(wrong("the fixed file would have a syntax error"));
            }
            if loses_comments(&before, &after) {
                return Err(wrong("a comment would be lost"));
            }
            texts.insert(path.to_owned(), after);
        }
        Ok(texts)
    }

    /// Refuses the fixes that spoil the file even alone, or the last one where only all together do.
    fn refuse(&mut self, fixes: &[Chosen], path: &Path, why: &str) {
        let here: Vec<&Chosen> = fixes.iter().filter(|fix| fix.paths.contains_key(path)).collect();
        let mut culprits: Vec<&Chosen> =
            here.iter().copied().filter(|fix| self.texts(std::slice::from_ref(*fix)).is_err()).collect();
        if culprits.is_empty() {
            culprits.extend(here.last());
        }
        for culprit in culprits {
            self.notes.insert(format!("{}: {} not fixed: {why}", culprit.place, culprit.key.0));
            self.refused.insert(culprit.key.clone());
        }
    }

    /// Whether every fix did away with its finding, and brought no other; else those that did not.
    fn judge(&self, round: &Round, before: &Outcome, after: &Outcome) -> Result<(), BTreeSet<Key>> {
        let is_worse = |display: &Arc<str>| {
            let count = |outcome: &Outcome| {
                let reports = outcome.reports.iter().filter(|report| report.spot.source.display == *display);
                let problems = outcome.problems.iter().filter(|problem| *problem.path == **display);
                (reports.count(), problems.count())
            };
            let fixes = round.fixes.iter().filter(|fix| fix.display == *display).count();
            let ((old, old_problems), (new, new_problems)) = (count(before), count(after));
            new + fixes > old || new_problems > old_problems
        };
        let displays: BTreeSet<&Arc<str>> = round.fixes.iter().flat_map(|fix| fix.paths.values()).collect();
        let worse: BTreeSet<&Arc<str>> = displays.into_iter().filter(|display| is_worse(display)).collect();
        let all_worse = after.reports.len() + round.fixes.len() > before.reports.len();
        if worse.is_empty() && !all_worse {
            return Ok(());
        }
        let is_culprit =
            |fix: &&Chosen| worse.is_empty() || fix.paths.values().any(|path| worse.contains(path));
        Err(round.fixes.iter().filter(is_culprit).map(|fix| fix.key.clone()).collect())
    }

    fn take_back(&mut self, round: Round, culprits: BTreeSet<Key>) {
        for (path, text) in round.before {
            self.snapshot.set(&path, text);
        }
        for fix in round.fixes.iter().filter(|fix| culprits.contains(&fix.key)) {
            let note = format!("{}: {} not fixed: Snag would find no less afterwards", fix.place, fix.key.0);
            self.notes.insert(note);
        }
        self.refused.extend(culprits);
    }
}

/// How many places cannot be read.
fn problems(text: &[u8]) -> usize {
    parse_file(text, &Bump::new(), Bodies::Parse).problems.len()
}

/// The mark that Go's tools agree on, above the package clause.
fn is_generated(text: &[u8]) -> bool {
    let head = text.get(..read_header(text).package.pos as usize).unwrap_or(text);
    head.split(|&byte| byte == b'\n').any(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.starts_with(b"// Code generated ") && line.ends_with(b" DO NOT EDIT.")
    })
}

/// Whether a comment behind the imports is gone; those of an import may go with it.
fn loses_comments(before: &[u8], after: &[u8]) -> bool {
    let comments = |text: &[u8]| {
        let imports = read_header(text).end;
        let arena = Bump::new();
        let spans = parse_file(text, &arena, Bodies::Parse).comments;
        let spans = spans.into_iter().filter(|span| span.start >= imports);
        let mut comments: Vec<Vec<u8>> = spans.map(|span| span.slice(text).to_owned()).collect();
        comments.sort_unstable();
        comments
    };
    let after = comments(after);
    let mut rest = after.iter();
    // Both are sorted, so one pass finds each comment of the first in the second.
    !comments(before).iter().all(|comment| rest.by_ref().any(|other| other == comment))
}

fn shown(path: &Path, cwd: &Path) -> String {
    path.strip_prefix(cwd).unwrap_or(path).display().to_string()
}

fn unified(change: &Change, cwd: &Path) -> Vec<u8> {
    let name = shown(&change.path, cwd);
    let diff = TextDiff::from_lines(&change.before[..], &change.after[..]);
    let mut out = Vec::new();
    // Writing to memory does not fail.
    let _ = diff.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_writer(&mut out);
    out
}

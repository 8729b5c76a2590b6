//! Runs one rule on files in memory.

use std::collections::BTreeMap;
use std::path::Path;

use snag_program::bundle::Bundled;
use snag_program::files::Memory;
use snag_program::load::{Config, Environment, GoVersion, load};
use snag_program::{Options, Program};
use snag_rules::{Confidence, Finding, Rule, Safety, Severity, Suppressions, check, fix_text};
use snag_syntax::{LineIndex, TextEdit};

const ROOT: &str = "/case";
const GO_MOD: &str = "module example.com/case\n\ngo 1.26\n";

/// The flags of a case, as `snag check` has them.
pub(crate) struct Flags {
    config: Config,
    audit: bool,
}

impl Flags {
    pub(crate) fn read(text: &str) -> Flags {
        let mut config = Config {
            goos: "linux".to_owned(),
            goarch: "amd64".to_owned(),
            cgo: true,
            tags: Vec::new(),
            tests: true,
            go_version: None,
            environment: Environment::default(),
        };
        let mut audit = false;
        let mut words = text.split_whitespace();
        while let Some(flag) = words.next() {
            let mut value = || words.next().unwrap_or_else(|| panic!("{flag} needs a value")).to_owned();
            match flag {
                "--go" => config.go_version = Some(GoVersion::parse(&value()).expect("a Go version")),
                "--goos" => config.goos = value(),
                "--goarch" => config.goarch = value(),
                "--tags" => config.tags = value().split(',').map(str::to_owned).collect(),
                "--no-tests" => config.tests = false,
                "--no-cgo" => config.cgo = false,
                "--audit" => audit = true,
                _ => panic!("unknown flag {flag}"),
            }
        }
        Flags { config, audit }
    }
}

/// A finding with its place resolved.
pub(crate) struct Found {
    pub path: String,
    pub line: u32,
    pub column: u32,
    pub message: String,
    severity: Severity,
    rule: &'static str,
    edits: Vec<(String, TextEdit)>,
}

impl Found {
    pub(crate) fn has_fix(&self) -> bool {
        !self.edits.is_empty()
    }

    /// As `--output-format concise` prints it.
    pub(crate) fn concise(&self) -> String {
        let Found { path, line, column, rule, message, .. } = self;
        let severity = match self.severity {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        format!("{path}:{line}:{column}: {severity}[{rule}] {message}\n")
    }
}

/// What the rule finds in these files.
pub(crate) fn run(rule: &'static Rule, files: &BTreeMap<String, String>, flags: &Flags) -> Vec<Found> {
    let mut memory = Memory::new();
    for (name, text) in files {
        memory.file(Path::new(ROOT).join(name), text.as_str());
    }
    if !files.contains_key("go.mod") && !files.contains_key("go.work") {
        memory.file(Path::new(ROOT).join("go.mod"), GO_MOD);
    }
    let bundled = Bundled::new(memory);
    let workspace = match load(&bundled, Path::new(ROOT), &[], &flags.config) {
        Ok(workspace) => workspace,
        Err(error) => panic!("{}: {error}", rule.name),
    };
    let program = Program::read(&bundled, workspace, Options { threads: 1 });
    let shown = check(&program, &[rule]).into_iter();
    let shown = shown.filter(|finding| flags.audit || finding.confidence > Confidence::Possible);
    let found = shown.map(|finding| resolve(&program, files, finding));
    found.filter(|found| !suppressed(files, found)).collect()
}

fn resolve(program: &Program, files: &BTreeMap<String, String>, finding: Finding) -> Found {
    let path = program.file(finding.place.file).display.to_string();
    let position = LineIndex::new(files[&path].as_bytes()).position(finding.place.span.start);
    assert!(!finding.why.is_empty(), "{path}:{}: a finding of {} has no reason", position.line, finding.rule);
    let fix = finding.fix.filter(|fix| fix.safety == Safety::Safe);
    let edits = fix.into_iter().flat_map(|fix| fix.edits);
    let edits = edits.map(|(file, edit)| (program.file(file).display.to_string(), edit));
    Found {
        line: position.line,
        column: position.column,
        message: finding.message,
        severity: finding.severity,
        rule: finding.rule,
        edits: edits.collect(),
        path,
    }
}

fn suppressed(files: &BTreeMap<String, String>, found: &Found) -> bool {
    let text = files[&found.path].as_bytes();
    let is_go = found.path.ends_with(".go");
    let mut list = if is_go { Suppressions::read(text) } else { Suppressions::read_manifest(text) };
    list.suppress(found.rule, found.line)
}

/// The files after every safe fix.
pub(crate) fn fixed(files: &BTreeMap<String, String>, found: &[Found]) -> BTreeMap<String, String> {
    let mut edits: BTreeMap<&str, Vec<TextEdit>> = BTreeMap::new();
    for (path, edit) in found.iter().flat_map(|found| &found.edits) {
        edits.entry(path).or_default().push(edit.clone());
    }
    let mut fixed = files.clone();
    for (path, edits) in edits {
        let text = fix_text(files[path].as_bytes(), &edits).expect("edits that do not overlap");
        fixed.insert(path.to_owned(), String::from_utf8(text).expect("UTF-8"));
    }
    fixed
}

/// Compares findings with the `// want` comments, in manifests `# want`; returns how many lines want one. Where
/// a comment must have a line of its own, it stands above.
pub(crate) fn compare(
    place: &str,
    path: &str,
    text: &str,
    found: &[Found],
    failures: &mut Vec<String>,
) -> usize {
    let mark = if path.ends_with(".go") || path.ends_with("go.mod") { "// want" } else { "# want" };
    let mut wants = 0;
    let mut above = None;
    for (index, line) in text.lines().enumerate() {
        let number = index as u32 + 1;
        let mut here: Vec<&Found> =
            found.iter().filter(|found| found.path == path && found.line == number).collect();
        let mut fail = |message: String| failures.push(format!("{place}:{number}: {message}"));
        let here_or_above = line.split_once(mark).map(|(before, want)| (before.trim().is_empty(), want));
        let is_above = mark == "# want" && here_or_above.is_some_and(|(alone, _)| alone);
        let waiting = std::mem::replace(&mut above, here_or_above.filter(|_| is_above));
        if let Some((_, want)) = here_or_above.filter(|_| !is_above).or(waiting) {
            wants += 1;
            let texts: Vec<&str> = want.split('`').skip(1).step_by(2).collect();
            for text in if texts.is_empty() { &[""][..] } else { &texts[..] } {
                match here.iter().position(|found| found.message.contains(text)) {
                    Some(at) => drop(here.remove(at)),
                    None => fail(format!("wanted a finding with `{text}`, got none")),
                }
            }
        }
        for found in here {
            fail(format!("unexpected finding: {}", found.message));
        }
    }
    wants
}

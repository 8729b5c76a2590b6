//! What a rule is and what it says.

use snag_program::Program;
use snag_program::ir::{FileId, FuncId, Place};
use snag_syntax::{Span, TextEdit};
use snag_threads::StateSet;

/// A bug class.
pub struct Rule {
    /// Kebab-case, called after the bad pattern.
    pub name: &'static str,
    /// How bad a finding is.
    pub severity: Severity,
    /// The version of Snag that brought it.
    pub since: &'static str,
    /// The page `snag explain` prints.
    pub doc: &'static str,
    /// Looks for the bug.
    pub check: fn(&Program, &mut Findings),
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; never fails a run.
    Info,
    /// Costs time or is fragile.
    Warning,
    /// Wrong behavior.
    Error,
}

/// How sure a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Shown with `--audit` only.
    Possible,
    /// A reader will agree nine times of ten.
    Likely,
    /// It cannot be otherwise.
    Certain,
}

/// Whether a fix keeps the program's behavior.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// Builds, is silent for the rule, behaves.
    Safe,
    /// A person must look at it.
    Unsafe,
}

/// A bug.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which rule.
    pub rule: &'static str,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Where.
    pub place: Place,
    /// What: lower case, names the consequence, no final period.
    pub message: String,
    /// The function it is in.
    pub function: Option<FuncId>,
    /// The kinds of per-thread state it is about; empty if it is about none, or about any.
    pub states: StateSet,
    /// The reasoning, step by step.
    pub why: Vec<Why>,
    /// How to repair it.
    pub fix: Option<Fix>,
}

/// A step of the reasoning.
#[derive(Clone, Debug)]
pub struct Why {
    /// Where.
    pub place: Place,
    /// What.
    pub message: String,
}

/// A repair.
#[derive(Clone, Debug)]
pub struct Fix {
    /// Whether it may be applied unasked.
    pub safety: Safety,
    /// A verb phrase.
    pub title: String,
    /// The edits.
    pub edits: Vec<(FileId, TextEdit)>,
}

/// The findings so far.
#[derive(Default)]
pub struct Findings {
    list: Vec<Finding>,
}

impl Findings {
    /// Adds a finding of `rule` with the rule's severity; `function` names where it is.
    pub fn add(
        &mut self,
        rule: &Rule,
        confidence: Confidence,
        place: Place,
        function: FuncId,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.list.push(Finding {
            rule: rule.name,
            severity: rule.severity,
            confidence,
            place,
            message: message.into(),
            function: Some(function),
            states: StateSet::EMPTY,
            why: Vec::new(),
            fix: None,
        });
        self.list.last_mut().expect("just pushed")
    }

    /// Adds those of another rule.
    pub(crate) fn append(&mut self, mut more: Findings) {
        self.list.append(&mut more.list);
    }

    /// First-party findings in the order of their places, without repetitions.
    pub(crate) fn sorted(mut self, program: &Program) -> Vec<Finding> {
        self.list.retain(|finding| program.file(finding.place.file).first_party);
        self.list.sort_by(|a, b| {
            let key = |f: &Finding| (program.file(f.place.file).display.clone(), f.place.span, f.rule);
            key(a).cmp(&key(b)).then_with(|| b.confidence.cmp(&a.confidence))
        });
        self.list.dedup_by(|b, a| a.place == b.place && a.rule == b.rule);
        self.list
    }
}

impl Finding {
    /// Adds a step of the reasoning.
    pub fn because(&mut self, file: FileId, span: Span, message: impl Into<String>) -> &mut Finding {
        self.why.push(Why { place: Place { file, span }, message: message.into() });
        self
    }

    /// Says which kinds of per-thread state it is about.
    pub fn about(&mut self, states: StateSet) -> &mut Finding {
        self.states = states;
        self
    }
}

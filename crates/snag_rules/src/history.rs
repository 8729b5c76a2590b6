//! Bugs that a program showed while it ran: some rules also look at the history of its threads.
//!
//! What the kernel said before and after each call is certain. Who ran on a thread in between is known only where
//! somebody looked, so that silence about bystanders proves nothing.

use snag_threads::history::{CallId, Goroutine, History, Nanos, ThreadId};
use snag_threads::snapshot::{Frame, StackId};

use crate::live::Evidence;
use crate::{Confidence, Rule, Severity};

/// A bug that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryFinding {
    /// Which rule.
    pub rule: &'static str,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What: lower case, names the consequence, no final period.
    pub message: String,
    /// Where in the source, if that is known: the innermost call in the program's own code.
    pub frame: Option<Frame>,
    /// What was seen.
    pub evidence: Vec<Evidence>,
    /// Each time it was seen, in order of time.
    pub witnesses: Vec<Witness>,
}

/// One time that a bug was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witness {
    /// When.
    pub at: Nanos,
    /// The thread.
    pub thread: ThreadId,
    /// The goroutine, as an index into the history.
    pub goroutine: Option<snag_threads::history::GoroutineId>,
    /// The system call; none if it is about the end of a thread.
    pub call: Option<CallId>,
    /// What the goroutine was doing.
    pub stack: Option<StackId>,
}

/// What a rule sees in a history.
type Look = fn(&History, &mut HistoryFindings);

/// The rules that look at histories, sorted by name.
const LOOKS: &[(&Rule, Look)] = &[
    (&crate::all_threads_credentials::RULE, crate::all_threads_credentials::history::look),
    (&crate::dirty_unpin::RULE, crate::dirty_unpin::history::look),
    (&crate::exit_while_pinned::RULE, crate::exit_while_pinned::history::look),
    (&crate::main_thread_wedge::RULE, crate::main_thread_wedge::history::look),
    (&crate::partial_sandbox::RULE, crate::partial_sandbox::history::look),
    (&crate::pdeathsig_on_thread::RULE, crate::pdeathsig_on_thread::history::look),
    (&crate::pin_after_change::RULE, crate::pin_after_change::history::look),
    (&crate::pinned_pool::RULE, crate::pinned_pool::history::look),
    (&crate::stray_signal_mask::RULE, crate::stray_signal_mask::history::look),
    (&crate::unbounded_blocking_calls::RULE, crate::unbounded_blocking_calls::history::look),
    (&crate::unpinned_thread_state::RULE, crate::unpinned_thread_state::history::look),
];

/// The rules that look at histories, in the order of their names.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    LOOKS.iter().map(|(rule, _)| *rule)
}

/// What the rules find in a history: by rule, then in order of time.
pub fn look(history: &History) -> Vec<HistoryFinding> {
    let mut found = Vec::new();
    for (rule, look) in LOOKS {
        let mut findings = HistoryFindings { rule, list: Vec::new() };
        look(history, &mut findings);
        findings.list.sort_by_key(|finding| finding.witnesses.first().map(|witness| witness.at));
        found.append(&mut findings.list);
    }
    found
}

/// The findings of a rule so far.
pub(crate) struct HistoryFindings {
    rule: &'static Rule,
    list: Vec<HistoryFinding>,
}

impl HistoryFindings {
    /// Adds a finding.
    pub(crate) fn add(
        &mut self,
        confidence: Confidence,
        frame: Option<&Frame>,
        message: impl Into<String>,
    ) -> &mut HistoryFinding {
        self.list.push(HistoryFinding {
            rule: self.rule.name,
            severity: self.rule.severity,
            confidence,
            message: message.into(),
            frame: frame.cloned(),
            evidence: Vec::new(),
            witnesses: Vec::new(),
        });
        self.list.last_mut().expect("just pushed")
    }
}

impl HistoryFinding {
    /// Adds something that was seen.
    pub(crate) fn saw(&mut self, message: impl Into<String>, frame: Option<&Frame>) -> &mut HistoryFinding {
        self.evidence.push(Evidence { message: message.into(), frame: frame.cloned() });
        self
    }
}

/// The goroutine that runs main: the runtime starts it, which is no place in the program.
pub(crate) const MAIN: u64 = 1;

/// Where a goroutine was started, or what it began with.
pub(crate) fn origin<'h>(history: &'h History, goroutine: &Goroutine) -> Option<&'h Frame> {
    if goroutine.id == MAIN {
        return None;
    }
    goroutine.created.or(goroutine.start).and_then(|frame| history.frame(frame))
}

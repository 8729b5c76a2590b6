//! Files whose content, or effect when written, depends on the thread that opens them.

use crate::generated::paths::PATHS;
use crate::state::StateSet;

/// Whose view a file shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum View {
    /// The main thread's, whoever opens it.
    MainThread,
    /// That of the thread that opens it.
    Caller,
    /// That of the main thread of the process the path names.
    NamedProcess,
    /// That of the one thread the path names.
    NamedThread,
    /// The process's.
    Process,
    /// Fixed when the file system was mounted.
    Mount,
}

/// What is known about a file or a tree of files.
#[derive(Debug)]
pub struct PathRule {
    /// The path. An element `#` stands for a number or a verb of a format (`%d`), `**` for any elements, and a final
    /// `/` for the tree below.
    pub path: &'static str,
    /// Whose view it shows.
    pub view: View,
    /// States that a read of it tells about, or that its lookup depends on.
    pub reads: StateSet,
    /// States that a write to it changes.
    pub writes: StateSet,
    /// States for whose restoration an open descriptor of it is good.
    pub saves: StateSet,
    /// What it means.
    pub meaning: &'static str,
    /// What to use instead, or what to do; empty when nothing.
    pub fix: &'static str,
    /// Where the row comes from.
    pub source: &'static [&'static str],
}

/// The most specific rule for a path constant, or for the constant format of a path (`/proc/self/task/%d/ns/net`).
pub fn path_rule(path: &str) -> Option<&'static PathRule> {
    if !path.starts_with('/') {
        return None;
    }
    PATHS.iter().filter(|rule| matches(rule.path, path)).max_by_key(|rule| specificity(rule.path))
}

/// Whether a path that begins so may be one that depends on the thread.
pub fn may_show_a_thread(beginning: &str) -> bool {
    let leads_there = |rule: &PathRule| beginning.starts_with('/') && rule.path.starts_with(beginning);
    path_rule(beginning).is_some() || PATHS.iter().any(leads_there)
}

/// Every rule about files.
pub fn path_rules() -> &'static [PathRule] {
    PATHS
}

fn elements(path: &str) -> impl Iterator<Item = &str> + Clone {
    path.split('/').filter(|element| !element.is_empty())
}

fn specificity(pattern: &str) -> (usize, usize) {
    (elements(pattern).count(), elements(pattern).filter(|element| !element.contains(['#', '*'])).count())
}

fn matches(pattern: &str, path: &str) -> bool {
    let mut wanted = elements(pattern);
    let mut found = elements(path);
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (None, Some(_)) => return pattern.ends_with('/'),
            (Some("**"), Some(first)) => {
                return wanted.next().is_some_and(|last| found.last().unwrap_or(first) == last);
            }
            (Some("#"), Some(got)) if is_number(got) => {}
            (Some(want), Some(got)) if want == got => {}
            _ => return false,
        }
    }
}

fn is_number(element: &str) -> bool {
    element.starts_with('%') || element.bytes().all(|byte| byte.is_ascii_digit())
}

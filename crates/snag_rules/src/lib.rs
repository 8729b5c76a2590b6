//! The bug classes, one folder each, and what they say: a [`Rule`] looks at a [`Program`] and adds findings.
//!
//! Nothing here prints, reads files or knows how a finding is shown.

mod change;
mod counts;
mod finding;
mod fix;
pub mod history;
mod imports;
mod later;
pub mod live;
mod many;
mod properties;
mod rounds;
mod siblings;
mod sites;
mod spread;
mod subject;
mod suppress;

pub use finding::{Confidence, Finding, Findings, Fix, Rule, Safety, Severity, Why};
pub use fix::{complete_edits, fix_text};
pub use suppress::Suppressions;

use rayon::prelude::*;
use snag_program::Program;

macro_rules! rules {
    ($($name:ident,)*) => {
        $(mod $name;)*
        /// Every rule, sorted by name.
        pub static RULES: &[&Rule] = &[$(&$name::RULE),*];
    };
}

rules! {
    all_threads_credentials,
    captured_loop_variable,
    dirty_unpin,
    endless_spin,
    exit_while_pinned,
    gomaxprocs_over_quota,
    goroutine_count_leak_test,
    goroutines_as_threads,
    main_thread_wedge,
    needless_pin,
    partial_sandbox,
    pdeathsig_on_thread,
    pin_after_change,
    pin_not_inherited,
    pinned_pool,
    stray_signal_mask,
    unbounded_blocking_calls,
    unpinned_c_state,
    unpinned_thread_state,
    unpreemptible_loop,
    unsynchronized_write,
    use_after_unpin,
}

/// Runs the rules on a program; the findings come sorted by place.
pub fn check(program: &Program, rules: &[&'static Rule]) -> Vec<Finding> {
    let run = |rule: &&'static Rule| {
        let mut findings = Findings::default();
        (rule.check)(program, &mut findings);
        findings
    };
    // Few rules cost much, and those may be neighbors.
    let all: Vec<Findings> = rules.par_iter().with_max_len(1).map(run).collect();
    let mut findings = Findings::default();
    all.into_iter().for_each(|more| findings.append(more));
    findings.sorted(program)
}

//! `snag snapshot`: looks into a running Go process, twice, and says what it saw.

mod diff;
mod document;
mod text;

pub(crate) use text::findings;

use std::path::Path;
use std::time::Duration;

use snag_probe::{Options, Stacks, Target, attach, find, name_of};
use snag_rules::live::{LiveFinding, Sightings, look, needs_all_stacks};
use snag_rules::{Confidence, Severity};
use snag_threads::snapshot::Snapshot;

use crate::args::{SnapshotArguments, SnapshotFormat};
use crate::{CLEAN, FINDINGS, print};

/// Between the two looks: long enough that what is just changing has changed.
const BETWEEN: Duration = Duration::from_millis(100);

/// What was seen, and what is wrong with it.
pub(crate) struct Seen {
    pub snapshot: Snapshot,
    pub findings: Vec<LiveFinding>,
}

pub(crate) fn run(arguments: &SnapshotArguments, directory: Option<&Path>) -> Result<u8, String> {
    if arguments.diff.is_some() && arguments.output_format == SnapshotFormat::Json {
        return Err("--diff prints text: compare two JSON documents with tools for JSON".to_owned());
    }
    let old = arguments.diff.as_deref().map(|path| {
        let path = directory.map_or_else(|| path.to_owned(), |directory| directory.join(path));
        document::read(&path)
    });
    let old = old.transpose()?;
    let target =
        attach(choose(arguments.pid, arguments.name.as_deref())?).map_err(|refusal| refusal.to_string())?;
    let seen = see(&target, arguments)?;
    let fails = seen.findings.iter().any(|finding| finding.severity > Severity::Info);
    match (arguments.output_format, old) {
        (SnapshotFormat::Json, _) => print(document::render(&seen))?,
        (SnapshotFormat::Text, Some(old)) => print(diff::render(&old, &seen))?,
        (SnapshotFormat::Text, None) => print(text::render(&seen, arguments.stacks))?,
    }
    Ok(if fails && !arguments.exit_zero { FINDINGS } else { CLEAN })
}

fn see(target: &Target, arguments: &SnapshotArguments) -> Result<Seen, String> {
    let pause = arguments.pause;
    let take = |options| target.snapshot(options).map_err(|refusal| refusal.to_string());
    let first = take(Options { stacks: Stacks::None, pause })?;
    std::thread::sleep(BETWEEN);
    let all = arguments.stacks || needs_all_stacks(&first);
    let stacks = if all { Stacks::All } else { Stacks::Threads };
    let second = take(Options { stacks, pause })?;
    let mut findings = look(Sightings { first: &first, second: &second });
    findings.retain(|finding| finding.confidence > Confidence::Possible);
    Ok(Seen { snapshot: second, findings })
}

/// The process that is meant.
pub(crate) fn choose(pid: Option<i32>, name: Option<&str>) -> Result<i32, String> {
    if let Some(pid) = pid {
        return Ok(pid);
    }
    let name = name.unwrap_or_default();
    let ourselves = std::process::id() as i32;
    let found: Vec<i32> = find(name).into_iter().filter(|&pid| pid != ourselves).collect();
    match found[..] {
        [] => Err(format!("there is no process called {name}")),
        [pid] => Ok(pid),
        _ => {
            let list: Vec<String> = found.iter().map(i32::to_string).collect();
            let called = name_of(found[0]).unwrap_or_default();
            let count = found.len();
            Err(format!("{count} processes are called {called}: {}; choose one by its id", list.join(", ")))
        }
    }
}

//! Records of real programs: what a rule says of them must be where the programs say so.
//!
//! `runs/NAME.txtar` is a program and `runs/NAME.snag` what it did, as `cargo xtask record` saw it. `// seen` behind code
//! says that the run shows a bug there, "// seen `text`" what the message contains; `// want` is for `snag check`, which
//! looks at the same program.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use snag_rules::history::{HistoryFinding, look};
use snag_rules::{Confidence, Rule};
use snag_threads::history::record;

use crate::run::{Flags, compare, run};
use crate::txtar::Txtar;

/// What `cargo xtask record` gives to programs without a go.mod.
const GO_MOD: &str = "module example.com/run\n\ngo 1.21\n";

/// Returns whether the run shows something.
pub(crate) fn check(rule: &'static Rule, path: &Path, failures: &mut Vec<String>) -> bool {
    let place = format!("{}/runs/{}", rule.name, path.file_name().unwrap_or_default().to_string_lossy());
    let archive = Txtar::read(&fs::read_to_string(path).expect("a readable program"));
    let mut files: BTreeMap<String, String> = archive.files.iter().cloned().collect();
    files.entry("go.mod".to_owned()).or_insert_with(|| GO_MOD.to_owned());
    let checked = run(rule, &files, &Flags::read(""));
    let record = fs::read_to_string(path.with_extension("snag")).unwrap_or_default();
    let (history, problems) = match record::read(&record) {
        Ok(read) => read,
        Err(error) => {
            failures.push(format!("{place}: {error}: cargo xtask record {}", rule.name));
            return false;
        }
    };
    failures.extend(problems.into_iter().map(|problem| format!("{place}: {problem}")));
    let mut seen: Vec<HistoryFinding> = look(&history);
    seen.retain(|finding| finding.rule == rule.name && finding.confidence > Confidence::Possible);
    let shows = !seen.is_empty();
    for (name, text) in &files {
        compare(&format!("{place}: {name}"), name, text, &checked, failures);
        for (index, line) in text.lines().enumerate().filter(|(_, line)| line.contains("// seen")) {
            let wanted =
                line.split_once("// seen").and_then(|(_, rest)| rest.split('`').nth(1)).unwrap_or("");
            let is_here = |finding: &HistoryFinding| {
                let frame = finding.frame.as_ref();
                frame.is_some_and(|it| it.file.ends_with(name) && it.line as usize == index + 1)
                    && finding.message.contains(wanted)
            };
            match seen.iter().position(is_here) {
                Some(at) => drop(seen.remove(at)),
                None => failures.push(format!("{place}: {name}:{}: the run does not show it", index + 1)),
            }
        }
    }
    for finding in seen {
        let at = finding.frame.map(|frame| format!("{}:{}", frame.file, frame.line)).unwrap_or_default();
        failures.push(format!("{place}: the run also shows {at}: {}", finding.message));
    }
    shows
}

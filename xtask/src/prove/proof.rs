//! A proof: a wrong program, a right one, what is counted while they run, and what the counts must be.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// What is counted in each run, from outside the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// Lines of the output that contain the text.
    Lines(String),
    /// Lines of the output that differ from each other.
    DistinctLines,
    /// Threads at the look.
    Threads,
    /// How far the last number of the line before the look is from the number of threads.
    Misjudged,
    /// Threads at the look whose line in `/proc/PID/task/TID/status` is not that of the program's parent.
    ThreadsWithOther(String),
    /// Threads at the look that are in another namespace of that kind than the program's parent.
    ThreadsInOther(String),
    /// Threads that were seen in the whole run.
    ThreadsBorn,
    /// One if the program has to be killed.
    Hangs,
}

impl Count {
    fn read(text: &str) -> Option<Count> {
        let words: Vec<&str> = text.split_whitespace().collect();
        Some(match words[..] {
            ["lines", ..] => Count::Lines(text.trim_start().strip_prefix("lines ")?.trim().to_owned()),
            ["distinct", "lines"] => Count::DistinctLines,
            ["threads"] => Count::Threads,
            ["threads", "misjudged"] => Count::Misjudged,
            ["threads", "with", "other", field] => Count::ThreadsWithOther(field.to_owned()),
            ["threads", "in", "other", kind] => Count::ThreadsInOther(kind.to_owned()),
            ["threads", "born"] => Count::ThreadsBorn,
            ["hangs"] => Count::Hangs,
            _ => return None,
        })
    }
}

/// What the counts of all runs must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expect {
    every: bool,
    relation: Relation,
    number: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Equal,
    AtLeast,
    AtMost,
}

impl Expect {
    /// `every = 0`, `some >= 1`
    fn read(text: &str) -> Option<Expect> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [quantity, relation, number] = words[..] else { return None };
        let every = match quantity {
            "every" => true,
            "some" => false,
            _ => return None,
        };
        let relation = match relation {
            "=" => Relation::Equal,
            ">=" => Relation::AtLeast,
            "<=" => Relation::AtMost,
            _ => return None,
        };
        Some(Expect { every, relation, number: number.parse().ok()? })
    }

    pub(super) fn holds(self, counts: &[u64]) -> bool {
        let fits = |&count: &u64| match self.relation {
            Relation::Equal => count == self.number,
            Relation::AtLeast => count >= self.number,
            Relation::AtMost => count <= self.number,
        };
        if self.every { counts.iter().all(fits) } else { counts.iter().any(fits) }
    }
}

/// A file of a rule's folder `proof`.
#[derive(Clone, Debug)]
pub(super) struct Proof {
    pub(super) rule: String,
    pub(super) name: String,
    /// One sentence: what it shows.
    pub(super) title: String,
    pub(super) versions: Vec<String>,
    pub(super) runs: usize,
    /// Seconds after which a run is killed.
    pub(super) limit: u64,
    pub(super) count: Count,
    /// The count in words.
    pub(super) counted: String,
    pub(super) bad: Expect,
    /// Nothing where the program is the same and the surroundings make it right.
    pub(super) good: Option<Expect>,
    pub(super) needs_root: bool,
    pub(super) needs_cgo: bool,
    pub(super) is_fast: bool,
    /// Whether `snag check` reports the bad program.
    pub(super) is_reported: bool,
    /// Path and text, below `bad/` and `good/`.
    pub(super) files: Vec<(String, String)>,
}

impl Proof {
    /// Reads every proof of the named rules, or of all.
    pub(super) fn all(rules: &[&str]) -> anyhow::Result<Vec<Proof>> {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/snag_rules/src");
        let mut paths: Vec<(String, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&sources)?.collect::<Result<Vec<_>, _>>()? {
            let rule = entry.file_name().to_string_lossy().replace('_', "-");
            let wanted = rules.is_empty() || rules.contains(&rule.as_str());
            let Ok(files) = fs::read_dir(entry.path().join("proof")) else { continue };
            for file in files.collect::<Result<Vec<_>, _>>()?.into_iter().filter(|_| wanted) {
                paths.push((rule.clone(), file.path()));
            }
        }
        paths.sort();
        if let Some(rule) = rules.iter().find(|rule| !paths.iter().any(|(with, _)| with == *rule)) {
            bail!("there is no proof of {rule:?}");
        }
        let read = |(rule, path): &(String, PathBuf)| {
            let text = fs::read_to_string(path)?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            Proof::read(rule, &name, &text).with_context(|| path.display().to_string())
        };
        paths.iter().map(read).collect()
    }

    fn read(rule: &str, name: &str, text: &str) -> anyhow::Result<Proof> {
        let (title, mut files) = txtar(text);
        let at = files.iter().position(|(name, _)| name == "expect").context("no section expect")?;
        let (_, expect) = files.remove(at);
        let mut keys = Keys::read(&expect)?;
        let counted = keys.take("count").context("nothing is counted")?;
        let expectation = |text: String| Expect::read(&text).with_context(|| format!("expects {text:?}"));
        let needs = keys.take("needs").unwrap_or_default();
        let proof = Proof {
            rule: rule.to_owned(),
            name: name.to_owned(),
            title: title.trim().to_owned(),
            versions: keys
                .take("versions")
                .context("no versions")?
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
            runs: keys.number("runs", 10)? as usize,
            limit: keys.number("limit", 60)?,
            count: Count::read(&counted).with_context(|| format!("cannot count {counted:?}"))?,
            counted,
            bad: expectation(keys.take("bad").context("expects nothing of bad")?)?,
            good: keys.take("good").map(expectation).transpose()?,
            needs_root: needs.contains("root"),
            needs_cgo: needs.contains("cgo"),
            is_fast: keys.is("fast"),
            is_reported: !keys.is("silent"),
            files,
        };
        keys.nothing_left()?;
        let has = |side: &str| proof.files.iter().any(|(path, _)| path == &format!("{side}/main.go"));
        if !has("bad") || has("good") != proof.good.is_some() {
            bail!("needs bad/main.go, and good/main.go together with what is expected of it");
        }
        if proof.title.is_empty() || proof.title.lines().count() > 1 {
            bail!("the first line must say what the proof shows");
        }
        Ok(proof)
    }

    pub(super) fn place(&self) -> String {
        format!("{}/{}", self.rule, self.name)
    }
}

/// The lines `key: value` of the section `expect`.
struct Keys(BTreeMap<String, String>);

impl Keys {
    fn read(text: &str) -> anyhow::Result<Keys> {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let pairs = lines.map(|line| {
            let (key, value) = line.split_once(':').with_context(|| format!("no colon in {line:?}"))?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        });
        Ok(Keys(pairs.collect::<anyhow::Result<_>>()?))
    }

    fn take(&mut self, key: &str) -> Option<String> {
        self.0.remove(key)
    }

    fn number(&mut self, key: &str, default: u64) -> anyhow::Result<u64> {
        self.take(key).map_or(Ok(default), |text| text.parse().with_context(|| format!("{key}: {text:?}")))
    }

    fn is(&mut self, key: &str) -> bool {
        self.take(key).is_some_and(|value| value == "yes")
    }

    fn nothing_left(&self) -> anyhow::Result<()> {
        match self.0.keys().next() {
            Some(key) => bail!("what does {key:?} mean?"),
            None => Ok(()),
        }
    }
}

/// The text in front of the first file, and the files.
fn txtar(text: &str) -> (String, Vec<(String, String)>) {
    let mut comment = String::new();
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        match (name, files.last_mut()) {
            (Some(name), _) => files.push((name.trim().to_owned(), String::new())),
            (None, Some((_, file))) => file.push_str(line),
            (None, None) => comment.push_str(line),
        }
    }
    (comment, files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_proof_is_well_formed() {
        let proofs = Proof::all(&[]).expect("proofs that can be read");
        assert!(!proofs.is_empty());
        for proof in proofs {
            assert!(
                proof.files.iter().all(|(path, _)| path.starts_with("bad/") || path.starts_with("good/"))
            );
            assert!(!proof.versions.is_empty() && proof.runs > 0, "{}", proof.place());
        }
    }

    #[test]
    fn expectations_are_about_every_run_or_some() {
        let holds = |text: &str, counts: &[u64]| Expect::read(text).expect("an expectation").holds(counts);
        assert!(holds("every = 0", &[0, 0]) && !holds("every = 0", &[0, 1]));
        assert!(holds("some >= 2", &[0, 2]) && !holds("some >= 2", &[0, 1]));
        assert!(holds("every <= 3", &[3, 0]) && !holds("every <= 3", &[4]));
        assert_eq!(Expect::read("often >= 1"), None);
    }
}

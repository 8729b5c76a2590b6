//! A proof: a wrong program, a right one, what is counted while they run, and what the counts must be.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::count::{Count, Expect};
use super::surroundings::Surroundings;

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
    /// Nothing where there is no other program to compare with.
    pub(super) good: Option<Expect>,
    /// Of the bad program after the safe fixes; as `good` if nothing else is said.
    pub(super) fixed: Option<Expect>,
    pub(super) bad_surroundings: Surroundings,
    pub(super) good_surroundings: Surroundings,
    /// Flags of `go build`.
    pub(super) build: Vec<String>,
    /// Flags of `snag check`.
    pub(super) check: Vec<String>,
    pub(super) needs_root: bool,
    pub(super) needs_cgo: bool,
    pub(super) is_fast: bool,
    /// Whether `snag check` reports the bad program.
    pub(super) is_reported: bool,
    /// Whether `snag prove` shows it in the bad program: not if that is too small or too short to be sure in one run.
    pub(super) is_seen: bool,
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
        let (good, fixed) = (keys.take("good"), keys.take("fixed"));
        let bad_surroundings = surroundings(&mut keys)?;
        let mut good_surroundings = bad_surroundings.clone();
        good_surroundings.environment.extend(environment(keys.take("good env"))?);
        let proof = Proof {
            rule: rule.to_owned(),
            name: name.to_owned(),
            title: title.trim().to_owned(),
            versions: keys.words("versions"),
            runs: keys.number("runs", 10)? as usize,
            limit: keys.number("limit", 60)?,
            count: Count::read(&counted).with_context(|| format!("cannot count {counted:?}"))?,
            counted,
            bad: expectation(keys.take("bad").context("expects nothing of bad")?)?,
            good: good.clone().map(expectation).transpose()?,
            fixed: fixed.or(good).map(expectation).transpose()?,
            bad_surroundings,
            good_surroundings,
            build: keys.words("build"),
            check: keys.words("check"),
            needs_root: needs.contains("root"),
            needs_cgo: needs.contains("cgo"),
            is_fast: keys.is("fast"),
            is_reported: !keys.is("silent"),
            is_seen: !keys.is("unseen"),
            files,
        };
        keys.nothing_left()?;
        let has = |side: &str| {
            let programs = ["main.go", "main_test.go"].map(|name| format!("{side}/{name}"));
            proof.files.iter().any(|(path, _)| programs.contains(path))
        };
        if proof.versions.is_empty() || !has("bad") || has("good") != proof.good.is_some() {
            bail!("needs versions and bad/main.go, and good/main.go together with what is expected of it");
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

/// `env` and `quota` (in CPUs) of both programs, and `cpus`.
fn surroundings(keys: &mut Keys) -> anyhow::Result<Surroundings> {
    let quota = |text: String| {
        let cpus: f64 = text.parse().with_context(|| format!("quota: {text:?}"))?;
        Ok::<u64, anyhow::Error>((cpus * 1000.0).round() as u64)
    };
    let many_cpus = match keys.take("cpus").as_deref() {
        None => false,
        Some("64") => true,
        Some(other) => bail!("cannot tell a program of {other} CPUs, only of 64"),
    };
    Ok(Surroundings {
        environment: environment(keys.take("env"))?.into_iter().collect(),
        quota: keys.take("quota").map(quota).transpose()?,
        many_cpus,
    })
}

/// One variable, whose value may contain blanks.
fn environment(variable: Option<String>) -> anyhow::Result<Option<(String, String)>> {
    let Some(variable) = variable else { return Ok(None) };
    let (name, value) = variable.split_once('=').with_context(|| format!("no value in {variable:?}"))?;
    Ok(Some((name.to_owned(), value.to_owned())))
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

    fn words(&mut self, key: &str) -> Vec<String> {
        self.take(key).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
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
pub(crate) fn txtar(text: &str) -> (String, Vec<(String, String)>) {
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
}

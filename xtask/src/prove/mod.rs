//! `cargo xtask prove [RULE...]`: builds and runs the wrong and the right programs of the rules, and counts what they do.

mod count;
mod facts;
mod fixes;
mod look;
mod proof;
mod run;
#[cfg(target_os = "linux")]
mod seen;
mod surroundings;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::bench::{Scratch, build_snag};
use crate::toolchains::Toolchain;
use count::Expect;
use facts::Row;
use proof::Proof;
pub(crate) use proof::txtar;
use surroundings::Surroundings;

/// What `--fast` uses where the proof has it.
const FAST: &str = "1.26";
/// Proofs at a time. Most of a proof is waiting; and what is counted must not depend on a machine with nothing else to do.
const AT_ONCE: usize = 4;

/// Proves the rules; a run over everything rewrites `docs/facts.md`.
pub(crate) fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let is_fast = arguments.contains(&"--fast");
    let mut rules: Vec<&str> = arguments.iter().copied().filter(|argument| *argument != "--fast").collect();
    #[cfg(target_os = "linux")]
    if let Some(at) = rules.iter().position(|argument| *argument == "--seen") {
        rules.remove(at);
        return seen::run(&rules);
    }
    let mut proofs = Proof::all(&rules)?;
    if is_fast {
        proofs.retain(|proof| proof.is_fast);
    }
    let prover = Prover { scratch: Scratch::new()?, snag: build_snag()?, cache: go_cache()?, is_fast };
    prover.bring_toolchains(&proofs)?;
    fixes::build(&rules, &Toolchain::bring(FAST)?, &prover.scratch.0, &prover.cache)?;
    let outcomes = prover.prove_all(&proofs);
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    for (proof, outcome) in proofs.iter().zip(outcomes) {
        match outcome {
            Ok(more) => rows.push(more),
            Err(error) => failures.push(format!("{}: {error:#}", proof.place())),
        }
    }
    if !failures.is_empty() {
        bail!("{} of {} proofs failed:\n{}", failures.len(), proofs.len(), failures.join("\n"));
    }
    println!("{} proofs hold", proofs.len());
    if rules.is_empty() && !is_fast {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/facts.md");
        fs::write(path, facts::page(&proofs, &rows)?)?;
        println!("docs/facts.md is written");
    }
    Ok(())
}

struct Prover {
    scratch: Scratch,
    snag: PathBuf,
    cache: PathBuf,
    is_fast: bool,
}

/// One of the programs of a proof.
struct Side<'p> {
    module: PathBuf,
    expect: Expect,
    surroundings: &'p Surroundings,
}

impl Prover {
    /// One after the other: several proofs at once would bring the same one.
    fn bring_toolchains(&self, proofs: &[Proof]) -> anyhow::Result<()> {
        let mut versions: Vec<String> = proofs.iter().flat_map(|proof| self.versions(proof)).collect();
        versions.sort();
        versions.dedup();
        versions.iter().try_for_each(|version| Toolchain::bring(version).map(drop))
    }

    fn versions(&self, proof: &Proof) -> Vec<String> {
        if !self.is_fast {
            return proof.versions.clone();
        }
        let fast = proof.versions.iter().find(|version| *version == FAST).or(proof.versions.last());
        fast.cloned().into_iter().collect()
    }

    /// What came of each, in their order; told as they end.
    fn prove_all(&self, proofs: &[Proof]) -> Vec<anyhow::Result<Vec<Row>>> {
        let next = AtomicUsize::new(0);
        let outcomes: Mutex<Vec<(usize, anyhow::Result<Vec<Row>>)>> = Mutex::default();
        let work = || {
            while let Some((at, proof)) =
                Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, proofs.get(at)?)))
            {
                let mut told = format!("{}: {}\n", proof.place(), proof.title);
                let outcome = self.prove(proof, &mut told);
                if let Err(error) = &outcome {
                    let _ = writeln!(told, "  FAILED: {error:#}");
                }
                print!("{told}");
                outcomes.lock().unwrap_or_else(|broken| broken.into_inner()).push((at, outcome));
            }
        };
        std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
        let mut outcomes = outcomes.into_inner().unwrap_or_else(|broken| broken.into_inner());
        outcomes.sort_by_key(|(at, _)| *at);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    fn prove(&self, proof: &Proof, told: &mut String) -> anyhow::Result<Vec<Row>> {
        if proof.needs_root && !is_root()? {
            bail!("changes what only root may change: run it as root");
        }
        proof.bad_surroundings.available()?;
        let folder = self.scratch.0.join(&proof.rule).join(&proof.name);
        let bad = Side {
            module: unpack(proof, "bad", &folder.join("bad"))?,
            expect: proof.bad,
            surroundings: &proof.bad_surroundings,
        };
        self.check(proof, &bad.module, proof.is_reported)?;
        let good = self.good(proof, &folder)?;
        let fixed = self.fixed(proof, &folder)?;
        let mut rows = Vec::new();
        for version in self.versions(proof) {
            let toolchain = Toolchain::bring(&version)?;
            let measure = |side: &Side, name: &str| {
                self.measure(proof, side, &toolchain)
                    .with_context(|| format!("{name}, Go {}", toolchain.version))
            };
            let optional =
                |side: &Option<Side>, name: &str| side.as_ref().map(|side| measure(side, name)).transpose();
            let row = Row {
                version: toolchain.version.clone(),
                bad: measure(&bad, "bad")?,
                good: optional(&good, "good")?,
                fixed: optional(&fixed, "fixed by --fix")?,
            };
            writeln!(told, "  {}", row.told(proof))?;
            rows.push(row);
        }
        Ok(rows)
    }

    fn good<'p>(&self, proof: &'p Proof, folder: &Path) -> anyhow::Result<Option<Side<'p>>> {
        let Some(expect) = proof.good else { return Ok(None) };
        let module = unpack(proof, "good", &folder.join("good"))?;
        self.check(proof, &module, false)?;
        Ok(Some(Side { module, expect, surroundings: &proof.good_surroundings }))
    }

    /// The bad program after the safe fixes, where there are any.
    fn fixed<'p>(&self, proof: &'p Proof, folder: &Path) -> anyhow::Result<Option<Side<'p>>> {
        let Some(expect) = proof.fixed else { return Ok(None) };
        let module = unpack(proof, "bad", &folder.join("fixed"))?;
        if self.snag(proof, &module, &["--fix"])?["summary"]["fixed"].as_u64() == Some(0) {
            return Ok(None);
        }
        self.check(proof, &module, false)?;
        Ok(Some(Side { module, expect, surroundings: &proof.bad_surroundings }))
    }

    fn measure(&self, proof: &Proof, side: &Side, toolchain: &Toolchain) -> anyhow::Result<Vec<u64>> {
        let binary = run::build(proof, toolchain, &side.module, &self.cache)?;
        let counts = run::counts(proof, side.surroundings, side.expect, &binary, self.is_fast)?;
        if !side.expect.holds(&counts) {
            bail!("counted {counts:?}");
        }
        Ok(counts)
    }

    /// Snag must say of the module what the proof says.
    fn check(&self, proof: &Proof, module: &Path, reported: bool) -> anyhow::Result<()> {
        let found = self.snag(proof, module, &[])?["summary"]["findings"].as_u64();
        if found.is_none_or(|found| (found > 0) != reported) {
            let side = module.file_name().unwrap_or_default().display();
            bail!("snag finds {} in {side}", found.unwrap_or_default());
        }
        Ok(())
    }

    fn snag(&self, proof: &Proof, module: &Path, more: &[&str]) -> anyhow::Result<Value> {
        let mut snag = Command::new(&self.snag);
        snag.args(["check", "./...", "--output-format", "json", "--select", &proof.rule]);
        let output =
            snag.args(&proof.check).args(more).current_dir(module).output().context("cannot run snag")?;
        let told = String::from_utf8_lossy(&output.stderr);
        serde_json::from_slice(&output.stdout).with_context(|| told.trim().to_owned())
    }
}

/// Writes one side of the proof as a module.
fn unpack(proof: &Proof, side: &str, folder: &Path) -> anyhow::Result<PathBuf> {
    let mut files: Vec<(&str, String)> = Vec::new();
    for (path, text) in &proof.files {
        if let Some(path) = path.strip_prefix(side).and_then(|rest| rest.strip_prefix('/')) {
            files.push((path, text.clone()));
        }
    }
    if !files.iter().any(|(path, _)| *path == "go.mod") {
        files.push(("go.mod", "module example.com/proof\n\ngo 1.19\n".to_owned()));
    }
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, text)?;
    }
    Ok(folder.to_owned())
}

fn is_root() -> anyhow::Result<bool> {
    let status = fs::read_to_string("/proc/self/status").context("needs Linux")?;
    Ok(status.lines().any(|line| line.starts_with("Uid:\t0\t")))
}

/// Packages of the standard library are built once for each Go.
pub(crate) fn go_cache() -> anyhow::Result<PathBuf> {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache/go-build");
    fs::create_dir_all(&cache)?;
    Ok(cache.canonicalize()?)
}

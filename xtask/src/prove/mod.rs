//! `cargo xtask prove [RULE...]`: builds and runs the wrong and the right programs of the rules, and counts what they do.

mod proof;
mod run;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::bench::{Scratch, build_snag};
use crate::toolchains::Toolchain;
use proof::{Expect, Proof};

/// What `--fast` uses where the proof has it.
const FAST: &str = "1.26";

/// A line of the table.
struct Row {
    proof: usize,
    version: String,
    bad: String,
    good: String,
    fixed: String,
}

/// Proves the rules; a run over everything rewrites `docs/facts.md`.
pub(crate) fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let is_fast = arguments.contains(&"--fast");
    let rules: Vec<&str> = arguments.iter().copied().filter(|argument| *argument != "--fast").collect();
    let mut proofs = Proof::all(&rules)?;
    if is_fast {
        proofs.retain(|proof| proof.is_fast);
    }
    let prover = Prover { scratch: Scratch::new()?, snag: build_snag()?, cache: go_cache()? };
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    for (at, proof) in proofs.iter().enumerate() {
        println!("{}: {}", proof.place(), proof.title);
        if let Err(error) = prover.prove(at, proof, is_fast, &mut rows) {
            println!("  FAILED: {error:#}");
            failures.push(format!("{}: {error:#}", proof.place()));
        }
    }
    if !failures.is_empty() {
        bail!("{} of {} proofs failed:\n{}", failures.len(), proofs.len(), failures.join("\n"));
    }
    println!("{} proofs hold", proofs.len());
    if rules.is_empty() && !is_fast {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/facts.md");
        fs::write(path, facts(&proofs, &rows)?)?;
        println!("docs/facts.md is written");
    }
    Ok(())
}

struct Prover {
    scratch: Scratch,
    snag: PathBuf,
    cache: PathBuf,
}

/// One of the programs of a proof.
struct Side {
    module: PathBuf,
    expect: Expect,
}

impl Prover {
    fn prove(&self, at: usize, proof: &Proof, is_fast: bool, rows: &mut Vec<Row>) -> anyhow::Result<()> {
        if proof.needs_root && !is_root()? {
            bail!("changes what only root may change: run it as root");
        }
        let folder = self.scratch.0.join(&proof.rule).join(&proof.name);
        let bad = Side { module: unpack(proof, "bad", &folder.join("bad"))?, expect: proof.bad };
        self.check(proof, &bad.module, proof.is_reported)?;
        let (mut good, mut fixed) = (None, None);
        if let Some(expect) = proof.good {
            let side = Side { module: unpack(proof, "good", &folder.join("good"))?, expect };
            self.check(proof, &side.module, false)?;
            good = Some(side);
            let module = unpack(proof, "bad", &folder.join("fixed"))?;
            if self.fix(proof, &module)? {
                self.check(proof, &module, false)?;
                fixed = Some(Side { module, expect });
            }
        }
        let fast: Vec<String> = proof.versions.iter().filter(|version| *version == FAST).cloned().collect();
        let fast = if fast.is_empty() { proof.versions.last().cloned().into_iter().collect() } else { fast };
        for version in if is_fast { &fast } else { &proof.versions } {
            let toolchain = Toolchain::bring(version)?;
            let measure = |side: &Side, name: &str| {
                self.measure(proof, side, &toolchain)
                    .with_context(|| format!("{name}, Go {}", toolchain.version))
            };
            let optional = |side: &Option<Side>, name: &str| {
                side.as_ref().map_or(Ok("-".to_owned()), |side| measure(side, name))
            };
            let row = Row {
                proof: at,
                version: toolchain.version.clone(),
                bad: measure(&bad, "bad")?,
                good: optional(&good, "good")?,
                fixed: optional(&fixed, "fixed by --fix")?,
            };
            println!("  Go {:8} bad {:12} good {:12} fixed {}", row.version, row.bad, row.good, row.fixed);
            rows.push(row);
        }
        Ok(())
    }

    fn measure(&self, proof: &Proof, side: &Side, toolchain: &Toolchain) -> anyhow::Result<String> {
        let binary = run::build(proof, toolchain, &side.module, &self.cache)?;
        let counts = run::counts(proof, &binary)?;
        if !side.expect.holds(&counts) {
            bail!("counted {counts:?}");
        }
        let (least, most) = (counts.iter().min().copied(), counts.iter().max().copied());
        let (least, most) = (least.unwrap_or_default(), most.unwrap_or_default());
        Ok(if least == most { least.to_string() } else { format!("{least} to {most}") })
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

    /// Whether there was anything to fix.
    fn fix(&self, proof: &Proof, module: &Path) -> anyhow::Result<bool> {
        Ok(self.snag(proof, module, &["--fix"])?["summary"]["fixed"].as_u64() > Some(0))
    }

    fn snag(&self, proof: &Proof, module: &Path, more: &[&str]) -> anyhow::Result<Value> {
        let mut snag = Command::new(&self.snag);
        snag.args(["check", "./...", "--output-format", "json", "--select", &proof.rule]).args(more);
        let output = snag.current_dir(module).output().context("cannot run snag")?;
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
fn go_cache() -> anyhow::Result<PathBuf> {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.cache/go-build");
    fs::create_dir_all(&cache)?;
    Ok(cache.canonicalize()?)
}

fn facts(proofs: &[Proof], rows: &[Row]) -> anyhow::Result<String> {
    let mut out = String::from(
        "# What was measured\n\nWritten by `cargo xtask prove`: each rule's wrong program (`crates/snag_rules/src/RULE/proof`) and the right one\n\
         are built and run with each Go, and what they do is counted from outside. `fixed` is the wrong program after\n\
         `snag check --fix`, where there is a safe fix. Counts are per run, from the least to the most.\n",
    );
    let mut rule = "";
    for (at, proof) in proofs.iter().enumerate() {
        if proof.rule != rule {
            rule = &proof.rule;
            write!(out, "\n## {rule}\n")?;
        }
        write!(out, "\n{}\n\n", proof.title)?;
        writeln!(out, "{} runs each; counted: {}\n", proof.runs, proof.counted)?;
        out.push_str("| Go | wrong | right | fixed |\n|---|---|---|---|\n");
        for row in rows.iter().filter(|row| row.proof == at) {
            writeln!(out, "| {} | {} | {} | {} |", row.version, row.bad, row.good, row.fixed)?;
        }
    }
    Ok(out)
}

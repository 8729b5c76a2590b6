//! `docs/facts.md`: what was measured, as a page.

use std::fmt::Write;
use std::fs;

use super::count::Expect;
use super::proof::Proof;

/// What was counted with one Go, in each run.
pub(super) struct Row {
    pub(super) version: String,
    pub(super) bad: Vec<u64>,
    pub(super) good: Option<Vec<u64>>,
    pub(super) fixed: Option<Vec<u64>>,
}

impl Row {
    /// The line of the terminal.
    pub(super) fn told(&self, proof: &Proof) -> String {
        let cell = |counts: &Option<Vec<u64>>| cell(proof.bad, counts.as_deref());
        let (good, fixed) = (cell(&self.good), cell(&self.fixed));
        format!(
            "Go {:8} bad {:26} good {good:20} fixed {fixed}",
            self.version,
            self::cell(proof.bad, Some(&self.bad))
        )
    }
}

/// In how many runs it was seen, and the counts from the least to the most.
fn cell(bad: Expect, counts: Option<&[u64]>) -> String {
    let Some(counts) = counts else { return "-".to_owned() };
    let seen = counts.iter().filter(|&&count| bad.fits(count)).count();
    let (least, most) = (counts.iter().min().copied(), counts.iter().max().copied());
    let (least, most) = (least.unwrap_or_default(), most.unwrap_or_default());
    let range = if least == most { least.to_string() } else { format!("{least} to {most}") };
    format!("{seen} of {} ({range})", counts.len())
}

/// The whole page; `rows` are those of each proof.
pub(super) fn page(proofs: &[Proof], rows: &[Vec<Row>]) -> anyhow::Result<String> {
    let mut out = String::from(
        "# What was measured\n\n\
         Measured by `cargo xtask prove`, which writes this page. Each rule has programs that show its bug, and the same programs made right\n\
         (`crates/snag_rules/src/RULE/proof`). `snag check` must report the wrong one and be silent about the right one; then both are\n\
         built and run with every version of Go that is named, and what they do is counted from outside, or printed plainly.\n\
         Where `snag check --fix` offers a safe fix, the wrong program is fixed that way and measured as well.\n\n",
    );
    write!(out, "Measured on {}. To repeat it, as root on Linux:\n\n", machine())?;
    out.push_str(
        "```\n\
         cargo xtask toolchains    # brings the versions of Go into .cache\n\
         cargo xtask prove         # everything; writes this page\n\
         cargo xtask prove RULE    # one rule\n\
         cargo xtask prove --fast  # one version of Go, what needs no root\n\
         ```\n\n",
    );
    out.push_str("`3 of 20 (0 to 2)`: the bug was seen in 3 of 20 runs, and what was counted was between 0 and 2 in each.\n\n");
    summary(&mut out, proofs, rows)?;
    let mut rule = "";
    for (proof, rows) in proofs.iter().zip(rows) {
        if proof.rule != rule {
            rule = &proof.rule;
            write!(out, "\n## {rule}\n")?;
        }
        details(&mut out, proof, rows)?;
    }
    Ok(out)
}

/// A line for each rule, over all its proofs of the bug and all versions.
fn summary(out: &mut String, proofs: &[Proof], rows: &[Vec<Row>]) -> anyhow::Result<()> {
    out.push_str("| rule | Go | seen in the wrong program | in the right one | after `--fix` |\n|---|---|---|---|---|\n");
    let mut rules: Vec<&str> = proofs.iter().map(|proof| &*proof.rule).collect();
    rules.dedup();
    for rule in rules {
        let shown = || {
            let all = proofs.iter().zip(rows);
            all.filter(|(proof, _)| proof.rule == rule && proof.is_reported && proof.good.is_some())
        };
        let runs = |side: fn(&Row) -> Option<&Vec<u64>>| {
            let (mut seen, mut all) = (0, 0);
            for (proof, rows) in shown() {
                for counts in rows.iter().filter_map(side) {
                    seen += counts.iter().filter(|&&count| proof.bad.fits(count)).count();
                    all += counts.len();
                }
            }
            if all == 0 { "-".to_owned() } else { format!("{seen} of {all} runs") }
        };
        let (wrong, right) = (runs(|row| Some(&row.bad)), runs(|row| row.good.as_ref()));
        let fixed = runs(|row| row.fixed.as_ref());
        let versions = shown().flat_map(|(_, rows)| rows.iter().map(|row| &*row.version));
        let mut versions: Vec<&str> = versions.collect();
        versions.sort_unstable();
        versions.dedup();
        let versions =
            versions.first().zip(versions.last()).map(|(first, last)| format!("{first} to {last}"));
        writeln!(
            out,
            "| [{rule}](#{rule}) | {} | {wrong} | {right} | {fixed} |",
            versions.unwrap_or_default()
        )?;
    }
    Ok(())
}

fn details(out: &mut String, proof: &Proof, rows: &[Row]) -> anyhow::Result<()> {
    write!(out, "\n**{}**: {}\n\n", proof.name, proof.title)?;
    let surroundings = proof.bad_surroundings.told();
    let silent = if proof.is_reported { "" } else { " `snag check` is silent." };
    write!(out, "Counted: {}{surroundings}.{silent}\n\n", proof.counted)?;
    if proof.good.is_none() {
        out.push_str("| Go | as said |\n|---|---|\n");
        for row in rows {
            writeln!(out, "| {} | {} |", row.version, cell(proof.bad, Some(&row.bad)))?;
        }
        return Ok(());
    }
    out.push_str("| Go | wrong | right | after `--fix` |\n|---|---|---|---|\n");
    for row in rows {
        let [good, fixed] = [&row.good, &row.fixed].map(|counts| cell(proof.bad, counts.as_deref()));
        writeln!(out, "| {} | {} | {good} | {fixed} |", row.version, cell(proof.bad, Some(&row.bad)))?;
    }
    Ok(())
}

fn machine() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let release: Vec<&str> = release.trim().split('.').take(2).collect();
    let processors = std::thread::available_parallelism().map_or(1, |count| count.get());
    format!("Linux {}, {}, {processors} processors", release.join("."), std::env::consts::ARCH)
}

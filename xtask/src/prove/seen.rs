//! `cargo xtask prove --seen [RULE...]`: what `snag prove` says of the wrong and the right programs of the rules that look at
//! runs. Wrong ones must be seen, right ones must be silent. Over all rules it writes the table into `docs/prove.md`.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;
use snag_rules::history;

use super::count::Count;
use super::proof::Proof;
use super::surroundings::Surroundings;
use super::{FAST, go_cache, unpack};
use crate::bench::{Scratch, build_snag};
use crate::record;
use crate::toolchains::Toolchain;

const PAGE: &str = "../docs/prove.md";
const BEGIN: &str = "<!-- seen: written by cargo xtask prove --seen -->\n";
const END: &str = "<!-- /seen -->\n";
/// After so long a program that hangs is interrupted, as a person would do.
const PATIENCE: Duration = Duration::from_secs(10);

/// A program, and whether a run must show a bug of it.
struct Program {
    rule: String,
    name: String,
    module: PathBuf,
    surroundings: Surroundings,
    hangs: bool,
    wrong: bool,
}

/// What was said of it.
struct Verdict {
    in_source: usize,
    seen: usize,
    only_seen: usize,
}

pub(super) fn run(rules: &[&str]) -> anyhow::Result<()> {
    let (scratch, snag, cache) = (Scratch::new()?, build_snag()?, go_cache()?);
    let toolchain = Toolchain::bring(FAST)?;
    let mut table =
        "| rule | program | findings in the source | seen | seen only |\n|---|---|---|---|---|\n".to_owned();
    let mut failures = Vec::new();
    for program in programs(rules, &scratch.0)? {
        let place = format!("{} {}", program.rule, program.name);
        let verdict = prove(&program, &snag, &toolchain, &cache).with_context(|| place.clone())?;
        let Verdict { in_source, seen, only_seen } = verdict;
        let row = format!("| `{}` | {} | {in_source} | {seen} | {only_seen} |", program.rule, program.name);
        println!("{row}");
        writeln!(table, "{row}")?;
        if (seen > 0) != program.wrong || only_seen > 0 {
            failures.push(place);
        }
    }
    if !failures.is_empty() {
        bail!("snag prove misjudges {}", failures.join(", "));
    }
    if rules.is_empty() {
        write_page(&table)?;
    }
    Ok(())
}

fn programs(rules: &[&str], scratch: &Path) -> anyhow::Result<Vec<Program>> {
    let mut found = Vec::new();
    for proof in
        Proof::all(rules)?.iter().filter(|proof| history::rules().any(|rule| rule.name == proof.rule))
    {
        let sides = [("bad", &proof.bad_surroundings), ("good", &proof.good_surroundings)];
        for (side, surroundings) in
            sides.into_iter().filter(|(side, _)| *side == "bad" || proof.good.is_some())
        {
            let folder = scratch.join(&proof.rule).join(&proof.name).join(side);
            let mut surroundings = surroundings.clone();
            surroundings.environment.push(("GOFLAGS".to_owned(), proof.build.join(" ")));
            found.push(Program {
                rule: proof.rule.clone(),
                name: format!("{}, {side}", proof.name),
                module: unpack(proof, side, &folder)?,
                surroundings,
                hangs: proof.count == Count::Hangs,
                wrong: side == "bad" && proof.is_reported && proof.is_seen,
            });
        }
    }
    for path in record::programs(rules)? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let rule = path.ancestors().nth(2).and_then(Path::file_name).unwrap_or_default();
        let rule = rule.to_string_lossy().replace('_', "-");
        let module = scratch.join(&rule).join("runs").join(&name);
        let text = record::unpack(&path, &module)?;
        let (wrong, surroundings) = (text.contains("// seen"), Surroundings::default());
        found.push(Program { rule, name, module, surroundings, hangs: false, wrong });
    }
    found.sort_by(|a, b| (&a.rule, &a.name).cmp(&(&b.rule, &b.name)));
    Ok(found)
}

fn prove(program: &Program, snag: &Path, toolchain: &Toolchain, cache: &Path) -> anyhow::Result<Verdict> {
    let (report, input) = (program.module.join("report.json"), program.module.join("input"));
    // Whoever wants to be looked at waits for a line.
    fs::write(&input, "\n".repeat(16))?;
    let go = toolchain.command("go").get_program().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = Path::new(&go).parent().map(Path::to_owned).into_iter().chain(std::env::split_paths(&path));
    let (mut command, _group) = program.surroundings.command(snag)?;
    command.args(["prove", "--output-format", "json", "--select", &program.rule, "--output"]).arg(&report);
    command.args(program.module.join("main_test.go").exists().then_some("--test"));
    command.current_dir(&program.module).env("PATH", std::env::join_paths(folders)?);
    command.env("GOCACHE", cache).env("GOWORK", "off").env("GOPROXY", "off").env("GOTOOLCHAIN", "local");
    let told = fs::File::create(program.module.join("told"))?;
    command.stdin(fs::File::open(&input)?).stdout(Stdio::null()).stderr(told);
    let mut child = command.spawn().context("cannot start snag")?;
    let begin = Instant::now();
    while program.hangs && begin.elapsed() < PATIENCE && child.try_wait()?.is_none() {
        std::thread::sleep(Duration::from_millis(100));
    }
    if child.try_wait()?.is_none() && program.hangs {
        Command::new("kill").arg("-INT").arg(child.id().to_string()).status()?;
    }
    child.wait()?;
    let text = fs::read_to_string(&report).or_else(|_| fs::read_to_string(program.module.join("told")))?;
    let document: Value = serde_json::from_str(&text).with_context(|| text.clone())?;
    let count = |name: &str| document["summary"][name].as_u64().unwrap_or_default() as usize;
    let (seen, only_seen) = (count("seen"), count("only_seen"));
    Ok(Verdict { in_source: count("findings") - only_seen, seen, only_seen })
}

fn write_page(table: &str) -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = fs::read_to_string(&path)?;
    let (before, rest) = page.split_once(BEGIN).context("docs/prove.md has no place for the table")?;
    let (_, after) = rest.split_once(END).context("docs/prove.md has no end of the table")?;
    fs::write(path, format!("{before}{BEGIN}{table}{END}{after}"))?;
    println!("docs/prove.md is written");
    Ok(())
}

//! The syntax tree beside go/parser's, file by file.

use super::dump;
use anyhow::{Context, bail};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SHOWN: usize = 20;

#[derive(Default)]
struct Count {
    accepted: usize,
    rejected: usize,
    newer: usize,
    different: usize,
}

/// Compares every Go file below `paths`; an error if one differs.
pub(super) fn run(paths: &[&str]) -> anyhow::Result<()> {
    let reference = build_reference()?;
    let mut total = 0;
    for path in paths {
        let mut files = Vec::new();
        collect(Path::new(path), &mut files).with_context(|| (*path).to_owned())?;
        files.sort();
        let count = compare(&reference, &files)?;
        println!(
            "{path}: {} files, {} accepted by both, {} rejected by both, {} differ",
            files.len(),
            count.accepted,
            count.rejected,
            count.different
        );
        if count.newer > 0 {
            println!("  {} not compared: this Go knows no generic methods, which 1.27 has", count.newer);
        }
        total += count.different;
    }
    if total > 0 {
        bail!("{total} files differ");
    }
    Ok(())
}

pub(super) fn collect(path: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let kind = fs::symlink_metadata(path)?.file_type();
    if kind.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "go") {
        files.push(path.to_owned());
    }
    Ok(())
}

pub(super) fn build_reference() -> anyhow::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle/parse");
    let program = std::env::temp_dir().join(format!("snag-oracle-parse-{}", std::process::id()));
    let status = Command::new("go").arg("build").arg("-o").arg(&program).current_dir(folder).status();
    if !status.context("the oracle needs go on PATH")?.success() {
        bail!("go build failed");
    }
    Ok(program)
}

pub(super) fn ask(reference: &Path, arguments: &[&str], files: &[PathBuf]) -> anyhow::Result<Vec<u8>> {
    let mut child = Command::new(reference);
    let mut child = child.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = child.stdin.take().context("no input")?;
    for file in files {
        writeln!(input, "{}", file.display())?;
    }
    drop(input);
    let mut answer = Vec::new();
    child.stdout.take().context("no output")?.read_to_end(&mut answer)?;
    if !child.wait()?.success() {
        bail!("the reference program failed");
    }
    Ok(answer)
}

fn compare(reference: &Path, files: &[PathBuf]) -> anyhow::Result<Count> {
    let answer = ask(reference, &[], files)?;
    let answer = String::from_utf8(answer)?;
    let verdicts: Vec<&str> = answer.lines().collect();
    if verdicts.len() != files.len() {
        bail!("{} answers for {} files", verdicts.len(), files.len());
    }
    let mut count = Count::default();
    for (file, verdict) in files.iter().zip(verdicts) {
        let source = fs::read(file)?;
        let ours = dump::inspect(&source);
        match (&ours, verdict.split_once(' ')) {
            (_, Some(("newer", _))) => count.newer += 1,
            (Err(_), Some(("reject", _))) => count.rejected += 1,
            (Ok(tree), Some(("accept", hash))) if format!("{:016x}", fnv(tree)) == hash => {
                count.accepted += 1
            }
            _ => {
                count.different += 1;
                if count.different <= SHOWN {
                    show(reference, file, &ours)?;
                }
            }
        }
    }
    Ok(count)
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &c| (hash ^ u64::from(c)).wrapping_mul(0x0000_0100_0000_01b3))
}

fn show(reference: &Path, file: &Path, ours: &Result<Vec<u8>, String>) -> anyhow::Result<()> {
    let theirs = ask(reference, &["full"], &[file.to_owned()])?;
    let theirs = String::from_utf8_lossy(&theirs).into_owned();
    let (verdict, theirs) = theirs.split_once('\n').unwrap_or((&theirs, ""));
    println!("{}", file.display());
    match ours {
        Err(problem) => println!("  go: {verdict}; snag: reject, {problem}"),
        Ok(_) if verdict != "accept" => println!("  go: {verdict}; snag: accept"),
        Ok(tree) => {
            let ours = String::from_utf8_lossy(tree).into_owned();
            let differs = theirs.lines().zip(ours.lines()).position(|(theirs, ours)| theirs != ours);
            let line = differs.unwrap_or_else(|| theirs.lines().count().min(ours.lines().count()));
            println!("  line {} of the dump", line + 1);
            println!("  go:   {}", theirs.lines().nth(line).unwrap_or("nothing"));
            println!("  snag: {}", ours.lines().nth(line).unwrap_or("nothing"));
        }
    }
    Ok(())
}

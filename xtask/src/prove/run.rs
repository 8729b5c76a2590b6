//! Building and running the programs of a proof, and counting from outside.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::proof::{Count, Proof};
use crate::toolchains::Toolchain;

/// The line that asks to be looked at; the program then waits for a line.
const LOOK: &str = "look";
/// How often the threads of a program are listed where births are counted.
const PERIOD: Duration = Duration::from_micros(300);

/// Builds the module with that Go; nothing is downloaded.
pub(super) fn build(
    proof: &Proof,
    toolchain: &Toolchain,
    module: &Path,
    cache: &Path,
) -> anyhow::Result<PathBuf> {
    let binary = module.with_extension(format!("go{}", toolchain.version));
    let mut go = toolchain.command("go");
    go.args(["build", "-o"]).arg(&binary).arg(".").current_dir(module);
    go.env("GOCACHE", cache).env("GOFLAGS", "").env("GOWORK", "off").env("GOPROXY", "off");
    go.env("CGO_ENABLED", if proof.needs_cgo { "1" } else { "0" });
    let output = go.output().context("cannot run go")?;
    if !output.status.success() {
        bail!("does not build: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(binary)
}

/// The count of each run.
pub(super) fn counts(proof: &Proof, binary: &Path) -> anyhow::Result<Vec<u64>> {
    (0..proof.runs).map(|_| count(proof, binary)).collect()
}

fn count(proof: &Proof, binary: &Path) -> anyhow::Result<u64> {
    let told = binary.with_extension("stderr");
    let mut command = Command::new(binary);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(fs::File::create(&told)?);
    let mut child = command.spawn().context("cannot start the program")?;
    let seen = watch(proof, &mut child);
    if !matches!(seen, Ok(Seen { exit: Some(_), .. })) {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
        child.wait()?;
    }
    let seen = seen?;
    if proof.count == Count::Hangs {
        return Ok(u64::from(seen.exit.is_none()));
    }
    match seen.exit {
        None => bail!("still running after {} s", proof.limit),
        Some(exit) if !exit.success() => {
            let told = fs::read_to_string(&told).unwrap_or_default();
            bail!("{exit}: {}", told.lines().next().unwrap_or_default());
        }
        Some(_) => {}
    }
    let lines = || seen.lines.iter().filter(|line| *line != LOOK);
    Ok(match &proof.count {
        Count::Lines(text) => lines().filter(|line| line.contains(text)).count() as u64,
        Count::DistinctLines => lines().collect::<BTreeSet<_>>().len() as u64,
        Count::ThreadsBorn => seen.born.len() as u64,
        _ => seen.at_look.context("the program did not print \"look\"")?,
    })
}

/// What one run showed.
struct Seen {
    lines: Vec<String>,
    at_look: Option<u64>,
    born: BTreeSet<u32>,
    /// Nothing if it did not end in time.
    exit: Option<ExitStatus>,
}

fn watch(proof: &Proof, child: &mut Child) -> anyhow::Result<Seen> {
    let lines = lines_of(child)?;
    let mut stdin = child.stdin.take().context("no stdin")?;
    let deadline = Instant::now() + Duration::from_secs(proof.limit);
    let mut seen = Seen { lines: Vec::new(), at_look: None, born: BTreeSet::new(), exit: None };
    let period = if proof.count == Count::ThreadsBorn { PERIOD } else { Duration::from_millis(50) };
    loop {
        match lines.recv_timeout(period) {
            Ok(line) if line == LOOK => {
                seen.at_look = Some(look(&proof.count, child.id(), &seen.lines)?);
                seen.lines.push(line);
                stdin.write_all(b"\n").context("the program does not wait at its look")?;
            }
            Ok(line) => seen.lines.push(line),
            Err(RecvTimeoutError::Disconnected) => {
                seen.exit = Some(child.wait()?);
                return Ok(seen);
            }
            Err(RecvTimeoutError::Timeout) if Instant::now() > deadline => return Ok(seen),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if proof.count == Count::ThreadsBorn {
            seen.born.extend(threads(child.id()).unwrap_or_default());
        }
    }
}

fn lines_of(child: &mut Child) -> anyhow::Result<Receiver<String>> {
    let stdout = BufReader::new(child.stdout.take().context("no stdout")?);
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    Ok(receiver)
}

fn look(count: &Count, process: u32, lines: &[String]) -> anyhow::Result<u64> {
    let threads = threads(process)?;
    // The main thread is left out: a goroutine that ends pinned on it cannot end it, and nobody gets it again.
    let others = || threads.iter().filter(|&&thread| thread != process);
    Ok(match count {
        Count::ThreadsWithOther(field) => {
            let ours = status("/proc/thread-self/status", field)?;
            let other = |thread: &&u32| {
                // A thread that is gone by now has nothing.
                status(&format!("/proc/{process}/task/{thread}/status"), field)
                    .is_ok_and(|theirs| theirs != ours)
            };
            others().filter(other).count() as u64
        }
        Count::ThreadsInOther(kind) => {
            let ours = fs::read_link(format!("/proc/thread-self/ns/{kind}"))?;
            let other = |thread: &&u32| {
                fs::read_link(format!("/proc/{process}/task/{thread}/ns/{kind}"))
                    .is_ok_and(|theirs| theirs != ours)
            };
            others().filter(other).count() as u64
        }
        Count::Misjudged => {
            let said = lines.last().and_then(|line| line.split_whitespace().last()?.parse::<u64>().ok());
            said.context("the program says no number before its look")?.abs_diff(threads.len() as u64)
        }
        _ => threads.len() as u64,
    })
}

fn threads(process: u32) -> anyhow::Result<BTreeSet<u32>> {
    let entries = fs::read_dir(format!("/proc/{process}/task"))?;
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect())
}

fn status(path: &str, field: &str) -> anyhow::Result<String> {
    let text = fs::read_to_string(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    Ok(line.with_context(|| format!("no {field} in {path}"))?.trim().to_owned())
}

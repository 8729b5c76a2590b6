//! Building and running the programs of a proof, and counting from outside.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::count::{Count, Expect};
use super::look::{cpu, look, number};
use super::proof::Proof;
use super::surroundings::Surroundings;
use crate::toolchains::Toolchain;

/// The line that asks to be looked at; the program then waits for a line.
const LOOK: &str = "look";

/// Builds the module with that Go; nothing is downloaded.
pub(super) fn build(
    proof: &Proof,
    toolchain: &Toolchain,
    module: &Path,
    cache: &Path,
) -> anyhow::Result<PathBuf> {
    let binary = module.with_extension(format!("go{}", toolchain.version));
    let mut go = toolchain.command("go");
    // Where the program is a test, the test is the program.
    go.args(if module.join("main_test.go").exists() { &["test", "-c", "-o"][..] } else { &["build", "-o"] });
    go.arg(&binary).args(&proof.build).arg(".").current_dir(module);
    go.env("GOCACHE", cache).env("GOFLAGS", "").env("GOWORK", "off").env("GOPROXY", "off");
    go.env("CGO_ENABLED", if proof.needs_cgo { "1" } else { "0" });
    let output = go.output().context("cannot run go")?;
    if !output.status.success() {
        bail!("does not build: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(binary)
}

/// The count of each run. Where one run is enough to decide and little time is left for the rest, it is left out.
pub(super) fn counts(
    proof: &Proof,
    surroundings: &Surroundings,
    expect: Expect,
    binary: &Path,
    is_fast: bool,
) -> anyhow::Result<Vec<u64>> {
    let mut counts = Vec::new();
    for _ in 0..proof.runs {
        counts.push(count(proof, surroundings, binary)?);
        if is_fast && !expect.every && expect.holds(&counts) {
            break;
        }
    }
    Ok(counts)
}

fn count(proof: &Proof, surroundings: &Surroundings, binary: &Path) -> anyhow::Result<u64> {
    let told = binary.with_extension("stderr");
    let (mut command, _group) = surroundings.command(binary)?;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(fs::File::create(&told)?);
    let mut child = command.spawn().context("cannot start the program")?;
    let seen = watch(proof, &mut child);
    if !matches!(seen, Ok(Seen { exit: Some(_), .. })) {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
        child.wait()?;
    }
    let seen = seen?;
    match seen.exit {
        _ if proof.count == Count::Hangs => return Ok(u64::from(seen.exit.is_none())),
        None => bail!("still running after {} s", proof.limit),
        Some(exit) if proof.count == Count::Fails => return Ok(u64::from(!exit.success())),
        Some(exit) if !exit.success() => {
            let told = fs::read_to_string(&told).unwrap_or_default();
            bail!("{exit}: {}", told.lines().next().unwrap_or_default());
        }
        Some(_) => {}
    }
    let lines = || seen.lines.iter().filter(|line| *line != LOOK);
    Ok(match (&proof.count, &seen.looks[..]) {
        (Count::Lines(text), _) => lines().filter(|line| line.contains(text)).count() as u64,
        (Count::DistinctLines, _) => lines().collect::<BTreeSet<_>>().len() as u64,
        (Count::Number, _) => number(&seen.lines).context("the program says no number")?,
        (Count::CpuMilliseconds | Count::ThreadSleeps, [first, .., last]) => last.saturating_sub(*first),
        (Count::CpuMilliseconds | Count::ThreadSleeps, _) => {
            bail!("the program did not print \"look\" twice")
        }
        (_, looks) => *looks.last().context("the program did not print \"look\"")?,
    })
}

/// What one run showed.
struct Seen {
    lines: Vec<String>,
    looks: Vec<u64>,
    /// Nothing if it did not end in time.
    exit: Option<ExitStatus>,
}

fn watch(proof: &Proof, child: &mut Child) -> anyhow::Result<Seen> {
    let lines = lines_of(child)?;
    let mut stdin = child.stdin.take().context("no stdin")?;
    let deadline = Instant::now() + Duration::from_secs(proof.limit);
    let mut seen = Seen { lines: Vec::new(), looks: Vec::new(), exit: None };
    let is_over = |child: &Child| {
        let used = proof.count.patience().zip(cpu(child.id()).ok());
        Instant::now() > deadline || used.is_some_and(|(patience, used)| used > patience)
    };
    loop {
        match lines.recv_timeout(Duration::from_millis(50)) {
            Ok(line) if line == LOOK && proof.count.needs_look() => {
                seen.looks.push(look(&proof.count, child.id(), &seen.lines)?);
                seen.lines.push(line);
                stdin.write_all(b"\n").context("the program does not wait at its look")?;
            }
            Ok(line) => seen.lines.push(line),
            Err(RecvTimeoutError::Disconnected) => {
                seen.exit = Some(child.wait()?);
                return Ok(seen);
            }
            Err(RecvTimeoutError::Timeout) if is_over(child) => return Ok(seen),
            Err(RecvTimeoutError::Timeout) => {}
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

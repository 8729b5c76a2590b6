//! `cargo xtask bench chaos`: how often wrong programs fail by themselves, under what people try, and under `snag chaos`; and
//! that right ones never do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use super::{Scratch, build_snag};

/// Wrong programs; with an argument they are right.
const PROGRAMS: &[(&str, &str)] = &[
    ("captured-variable", include_str!("programs/captured-variable.go.txt")),
    ("dirty-unpin", include_str!("programs/dirty-unpin.go.txt")),
    ("stray-signal-mask", include_str!("programs/stray-signal-mask.go.txt")),
    ("thread-id-kept", include_str!("programs/thread-id-kept.go.txt")),
    ("unpinned-c-state", include_str!("programs/unpinned-c-state.go.txt")),
    ("unpinned-thread-state", include_str!("programs/unpinned-thread-state.go.txt")),
    ("unsynchronized-write", include_str!("programs/unsynchronized-write.go.txt")),
    ("use-after-unpin", include_str!("programs/use-after-unpin.go.txt")),
];
/// What people try, as a variable of the environment.
const TRICKS: &[(&str, &str)] =
    &[("GOMAXPROCS", "1"), ("GOMAXPROCS", "8"), ("GOGC", "1"), ("GODEBUG", "asyncpreemptoff=1")];
/// A bug counts as rare if fewer of a hundred runs fail, and as found if as many do.
const RARE: f64 = 10.0;
const FOUND: f64 = 90.0;
/// So many bugs must go from rare to found.
const BUGS: usize = 4;

/// Runs `bench chaos [--runs N]`.
pub(super) fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let runs: u32 = match arguments {
        [] => 60,
        ["--runs", runs] => runs.parse().context("--runs N")?,
        _ => bail!("usage: cargo xtask bench chaos [--runs N]"),
    };
    let scratch = Scratch::new()?;
    let snag = build_snag()?;
    let strace =
        Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !strace {
        println!("to compare with strace -f: apt-get install strace");
    }
    print!("{:<24}{:>8}{:>8}", "failing runs of 100", "native", "-race");
    TRICKS.iter().for_each(|(name, value)| print!("{:>16}", label(name, value)));
    println!("{:>12}{:>8}{:>8}", "strace -f", "chaos", "fixed");
    let (mut found, mut wrong) = (0, 0);
    for (name, source) in PROGRAMS {
        let row = one(name, source, runs, &snag, strace, &scratch.0)?;
        found += usize::from(row.native < RARE && row.chaos >= FOUND);
        wrong += usize::from(row.fixed > 0.0);
    }
    println!(
        "{found} bugs that fail in fewer than {RARE} of 100 runs by themselves fail in {FOUND} or more; {runs} runs each"
    );
    if found < BUGS || wrong > 0 {
        bail!("fewer than {BUGS} bugs are found, or a right program fails");
    }
    Ok(())
}

/// A setting of `GODEBUG` is known by its own name.
fn label(name: &str, value: &str) -> String {
    value.split_once('=').map_or_else(|| format!("{name}={value}"), |(setting, _)| setting.to_owned())
}

/// Failing runs of a hundred.
struct Row {
    native: f64,
    chaos: f64,
    fixed: f64,
}

fn one(name: &str, source: &str, runs: u32, snag: &Path, strace: bool, folder: &Path) -> anyhow::Result<Row> {
    let program = build(name, source, &[], folder)?;
    let race = build(name, source, &["-race"], folder)?;
    let native = rate(runs, || Command::new(&program))?;
    print!("{name:<24}{native:>8.0}{:>8.0}", rate(runs, || Command::new(&race))?);
    for (variable, value) in TRICKS {
        let tricked = || {
            let mut command = Command::new(&program);
            command.env(variable, value);
            command
        };
        print!("{:>16.0}", rate(runs, tricked)?);
    }
    let traced = || {
        let mut command = Command::new("strace");
        command.args(["-f", "-o", "/dev/null"]).arg(&program);
        command
    };
    if strace {
        print!("{:>12.0}", rate(runs, traced)?)
    } else {
        print!("{:>12}", "-")
    }
    let chaos = chaos(snag, &program, &[], runs)?;
    let fixed = self::chaos(snag, &program, &["fixed"], runs)?;
    println!("{chaos:>8.0}{fixed:>8.0}");
    Ok(Row { native, chaos, fixed })
}

fn build(name: &str, source: &str, flags: &[&str], folder: &Path) -> anyhow::Result<PathBuf> {
    let file = folder.join(format!("{name}.go"));
    fs::write(&file, source)?;
    let program = folder.join(format!("{name}{}", flags.concat()));
    let mut go = Command::new("go");
    go.args(["build", "-o"]).arg(&program).args(flags).arg(&file).env("GOTOOLCHAIN", "local");
    let output = go.env("CGO_ENABLED", "1").output().context("cannot run go")?;
    if !output.status.success() {
        bail!("go build {name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(program)
}

fn rate(runs: u32, command: impl Fn() -> Command) -> anyhow::Result<f64> {
    let mut failed = 0;
    for _ in 0..runs {
        let mut command = command();
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        failed += u32::from(!status.success());
    }
    Ok(f64::from(failed) * 100.0 / f64::from(runs))
}

fn chaos(snag: &Path, program: &Path, arguments: &[&str], runs: u32) -> anyhow::Result<f64> {
    let mut command = Command::new(snag);
    command.args(["chaos", "--baseline", "1", "--keep-going", "--output-format", "json", "-n"]);
    command.arg(runs.to_string()).arg("--").arg(program).args(arguments);
    let output = command.output()?;
    let document: serde_json::Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("snag chaos: {}", String::from_utf8_lossy(&output.stderr)))?;
    if document["problems"].as_array().is_some_and(|problems| !problems.is_empty()) {
        bail!("snag chaos: {}", document["problems"]);
    }
    let failed = document["summary"]["with"]["failed"].as_f64().context("a number")?;
    Ok(failed * 100.0 / f64::from(runs))
}

//! The speed of the parser beside go/parser's, in bytes per second of CPU time on one thread.

use super::parse;
use anyhow::{Context, bail};
use bumpalo::Bump;
use snag_syntax::go::{Bodies, parse_file};
use std::fs;
use std::path::{Path, PathBuf};

const RUNS: usize = 3;

/// Prints the speeds over all Go files below `paths`.
pub(super) fn run(paths: &[&str]) -> anyhow::Result<()> {
    let mut files = Vec::new();
    for path in paths {
        parse::collect(Path::new(path), &mut files)?;
    }
    let sources: Vec<Vec<u8>> = files.iter().map(fs::read).collect::<Result<_, _>>()?;
    let bytes: usize = sources.iter().map(Vec::len).sum();
    println!("{} files, {:.1} MB", files.len(), bytes as f64 / 1e6);
    let full = best(&sources, Bodies::Parse)?;
    let skipped = best(&sources, Bodies::Skip)?;
    let go = go_parser(&files)?;
    for (name, seconds) in [("snag", full), ("snag, bodies skipped", skipped), ("go/parser", go)] {
        let speed = bytes as f64 / 1e6 / seconds;
        println!("{name}: {seconds:.3} CPU-s, {speed:.0} MB/s, {:.1} x go/parser", go / seconds);
    }
    Ok(())
}

fn best(sources: &[Vec<u8>], bodies: Bodies) -> anyhow::Result<f64> {
    let mut best = f64::MAX;
    for _ in 0..RUNS {
        let start = cpu_seconds()?;
        let mut arena = Bump::new();
        let mut decls = 0;
        for source in sources {
            decls += parse_file(source, &arena, bodies).decls.len();
            arena.reset();
        }
        std::hint::black_box(decls);
        best = best.min(cpu_seconds()? - start);
    }
    Ok(best)
}

/// The CPU time of this thread.
fn cpu_seconds() -> anyhow::Result<f64> {
    let statistics = fs::read_to_string("/proc/thread-self/schedstat").context("needs Linux")?;
    let nanoseconds: u64 = statistics.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanoseconds as f64 / 1e9)
}

fn go_parser(files: &[PathBuf]) -> anyhow::Result<f64> {
    let answer = parse::ask(&parse::build_reference()?, &["time"], files)?;
    let seconds: f64 = String::from_utf8(answer)?.trim().parse()?;
    if seconds <= 0.0 {
        bail!("go/parser took no time");
    }
    Ok(seconds)
}

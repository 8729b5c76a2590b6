//! `cargo xtask bench snapshot`: what a look into a process with many goroutines costs.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};
use snag_probe::{Options, Stacks, Target};

use super::measure::measure;
use super::{Scratch, build_snag};

const GOROUTINES: [usize; 3] = [10, 10_000, 1_000_000];
const RUNS: usize = 21;
const RUNS_OF_MANY: usize = 7;

/// Parks goroutines.
const PROGRAM: &str = r#"package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"time"
)

func park(wait chan int) { <-wait }

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	wait := make(chan int)
	for i := 0; i < count; i++ {
		go park(wait)
	}
	time.Sleep(time.Second)
	fmt.Println("ready")
	input := bufio.NewReader(os.Stdin)
	input.ReadString('\n')
}
"#;

/// Measures each number of goroutines.
pub(super) fn run() -> anyhow::Result<()> {
    let scratch = Scratch::new()?;
    let source = scratch.0.join("main.go");
    fs::write(&source, PROGRAM)?;
    let program = scratch.0.join("parked");
    let output = Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg(&source)
        .env("GOTOOLCHAIN", "local")
        .output()?;
    if !output.status.success() {
        bail!("go build: {}", String::from_utf8_lossy(&output.stderr));
    }
    let snag = build_snag()?;
    println!(
        "{:>10} {:>10} {:>12} {:>12} {:>14} {:>12}",
        "goroutines", "attach ms", "median ms", "fastest ms", "with stacks ms", "snag peak MB"
    );
    for count in GOROUTINES {
        let parked = Parked::start(&program, count)?;
        let begin = Instant::now();
        let target = snag_probe::attach(parked.pid())?;
        let attach = begin.elapsed().as_secs_f64() * 1e3;
        let runs = if count > 100_000 { RUNS_OF_MANY } else { RUNS };
        let (plain, fastest) = times(&target, Stacks::None, runs, count)?;
        let (stacks, _) = times(&target, Stacks::All, runs.min(RUNS_OF_MANY), count)?;
        let mut command = Command::new(&snag);
        command.args(["snapshot", "--exit-zero", &parked.pid().to_string()]);
        let cost = measure(&command, None)?;
        if cost.exit != Some(0) {
            bail!("snag snapshot: {}", cost.told);
        }
        println!(
            "{count:>10} {attach:>10.2} {plain:>12.3} {fastest:>12.3} {stacks:>14.2} {:>12.1}",
            cost.peak_mb
        );
    }
    Ok(())
}

/// The median and the shortest time of a snapshot, in milliseconds.
fn times(target: &Target, stacks: Stacks, runs: usize, count: usize) -> anyhow::Result<(f64, f64)> {
    let mut times = Vec::new();
    for _ in 0..runs {
        let begin = Instant::now();
        let snapshot = target.snapshot(Options { stacks, pause: false })?;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
        if snapshot.goroutines.len() <= count {
            bail!("{} of {count} goroutines seen", snapshot.goroutines.len());
        }
    }
    times.sort_by(f64::total_cmp);
    Ok((times[times.len() / 2], times[0]))
}

/// A program that runs until this is dropped.
struct Parked(Child);

impl Parked {
    fn start(program: &std::path::Path, count: usize) -> anyhow::Result<Parked> {
        let mut command = Command::new(program);
        let mut child =
            command.arg(count.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take();
        let parked = Parked(child);
        let mut line = String::new();
        BufReader::new(output.context("no output")?).read_line(&mut line)?;
        if line != "ready\n" {
            bail!("the program does not start");
        }
        Ok(parked)
    }

    fn pid(&self) -> i32 {
        self.0.id() as i32
    }
}

impl Drop for Parked {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

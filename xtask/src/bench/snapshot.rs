//! `cargo xtask bench snapshot`: what a look into a process with many goroutines costs.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use snag_probe::{Options, Stacks, Target};

use super::debuggers::{self, Debugger};
use super::measure::{Cost, measure};
use super::{Scratch, build_snag};

const GOROUTINES: [usize; 3] = [10, 10_000, 1_000_000];
/// Milliseconds that a look at 10,000 goroutines may take.
const LIMIT: f64 = 10.0;
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
pub(super) fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let debuggers = match arguments {
        [] => debuggers::installed(),
        ["--quick"] => Vec::new(),
        _ => bail!("usage: cargo xtask bench snapshot [--quick] (--quick leaves out delve and gdb)"),
    };
    let scratch = Scratch::new()?;
    let program = scratch.build("parked", PROGRAM)?;
    let snag = build_snag()?;
    if arguments.is_empty() && debuggers.len() < 2 {
        println!("to compare with debuggers: apt-get install delve gdb");
    }
    for debugger in &debuggers {
        println!("{} {}", debugger.name, debugger.version);
    }
    let mut over = false;
    for count in GOROUTINES {
        over |= one(&program, count, &snag, &debuggers, &scratch)?;
    }
    if over {
        bail!("a look at 10,000 goroutines takes longer than {LIMIT} ms, or stops the program")
    } else {
        Ok(())
    }
}

/// One number of goroutines; whether Snag missed its target.
fn one(
    program: &Path,
    count: usize,
    snag: &Path,
    debuggers: &[Debugger],
    scratch: &Scratch,
) -> anyhow::Result<bool> {
    let parked = Parked::start(program, count)?;
    let begin = Instant::now();
    let target = snag_probe::attach(parked.pid())?;
    let attach = begin.elapsed().as_secs_f64() * 1e3;
    let runs = if count > 100_000 { RUNS_OF_MANY } else { RUNS };
    let ((plain, stacks), still) = debuggers::watch(parked.pid(), || {
        Ok((
            times(&target, Stacks::None, runs, count)?,
            times(&target, Stacks::All, runs.min(RUNS_OF_MANY), count)?,
        ))
    })?;
    println!("\n{count} goroutines; snag attaches in {attach:.1} ms");
    println!("{:<28}{:>12}{:>12}{:>16}{:>10}", "", "median ms", "fastest ms", "stood still ms", "peak MB");
    for (name, (median, fastest)) in [("snag, a look", plain), ("snag, with all stacks", stacks)] {
        println!("{name:<28}{median:>12.3}{fastest:>12.3}{:>16.1}", still.as_secs_f64() * 1e3);
    }
    let mut command = Command::new(snag);
    command.args(["snapshot", "--exit-zero", &parked.pid().to_string()]);
    let (cost, held) = debuggers::watch(parked.pid(), || measure(&command, None))?;
    if cost.exit != Some(0) {
        bail!("snag snapshot: {}", cost.told);
    }
    row("snag snapshot (two looks)", &cost, held);
    for debugger in debuggers {
        let told = debugger.goroutines(parked.pid(), &scratch.0)?;
        if told.goroutines < count {
            println!("{:<28}told {} goroutines (exit {:?})", debugger.name, told.goroutines, told.cost.exit);
            continue;
        }
        row(debugger.name, &told.cost, told.still);
        println!(
            "{:<28}{:>12.0} times a look, {:.0} times one with stacks; {:.1} times the memory of snag snapshot",
            "",
            told.cost.wall * 1e3 / plain.0,
            told.cost.wall * 1e3 / stacks.0,
            told.cost.peak_mb / cost.peak_mb
        );
    }
    Ok(count == 10_000 && (plain.0 > LIMIT || !still.is_zero() || !held.is_zero()))
}

fn row(name: &str, cost: &Cost, still: Duration) {
    let (wall, still) = (cost.wall * 1e3, still.as_secs_f64() * 1e3);
    println!("{name:<28}{wall:>12.1}{:>12}{still:>16.1}{:>10.1}", "", cost.peak_mb);
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
    fn start(program: &Path, count: usize) -> anyhow::Result<Parked> {
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

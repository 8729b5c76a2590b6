//! `cargo xtask bench run`: what programs cost under `snag run` and with hooks, beside the programs alone and under strace.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::bail;

use super::measure::{Cost, measure};
use super::{Scratch, build_snag, hooks};

const PROGRAM: &str = include_str!("work.go.txt");
/// Other work on the machine only ever adds, so the cheapest run is the truest.
const RUNS: usize = 9;
/// What strace slows down a hundred times is not waited for so often.
const RUNS_OF_STRACE: usize = 3;
/// How many times longer a program may take.
const RATIO: f64 = 1.10;
/// How many milliseconds later a program may begin.
const START: f64 = 10.0;

/// What may be the difference to the program alone.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    Ratio(f64),
    Milliseconds(f64),
    None,
}

/// Works of the program: the argument that chooses each, and what it is.
const WORKS: [(&str, &str, Limit); 6] = [
    ("http", "32,000 requests over loopback", Limit::Ratio(RATIO)),
    ("files", "150,000 files opened, read and closed", Limit::Ratio(RATIO)),
    ("goroutines", "a million goroutines, two million handoffs", Limit::Ratio(RATIO)),
    ("gc", "2,000 trees for the garbage collector", Limit::Ratio(RATIO)),
    ("setns", "10,000 changes of the network namespace: each stops", Limit::None),
    ("start", "a program that ends at once", Limit::Milliseconds(START)),
];

/// Under what a program is run.
struct Way {
    name: &'static str,
    before: Vec<PathBuf>,
    runs: usize,
}

/// Measures each work in each way.
pub(super) fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let with_strace = match arguments {
        [] => true,
        ["--quick"] => false,
        _ => bail!("usage: cargo xtask bench run [--quick] (--quick leaves out strace)"),
    };
    let scratch = Scratch::new()?;
    let program = scratch.build("work", PROGRAM)?;
    let ways = ways(&build_snag()?, with_strace)?;
    println!("best and median of {RUNS} runs, {RUNS_OF_STRACE} of strace, in turns; ratios of the best");
    let mut missed = Vec::new();
    for (work, what, limit) in WORKS {
        println!("\n{what}");
        let head = ["wall ms", "median", "ratio", "CPU ms", "ratio"];
        println!("{:<38}{:>10}{:>10}{:>8}{:>10}{:>8}", "", head[0], head[1], head[2], head[3], head[4]);
        let costs = in_turns(&program, work, &ways)?;
        let sums: Vec<Sum> = costs.iter().map(|costs| Sum::of(costs)).collect();
        for (way, sum) in ways.iter().zip(&sums) {
            sum.print(way.name, &sums[0]);
        }
        if !sums[1].is_within(limit, &sums[0]) {
            missed.push(work);
        }
    }
    hooks::events(&program)?;
    if missed.is_empty() {
        Ok(())
    } else {
        bail!("more than {RATIO} times as long, or {START} ms later: {}", missed.join(", "))
    }
}

/// The program alone first, then Snag.
fn ways(snag: &Path, with_strace: bool) -> anyhow::Result<Vec<Way>> {
    let way = |name, program: &Path, arguments: &[&str], runs| {
        let before = std::iter::once(program.to_owned()).chain(arguments.iter().map(PathBuf::from));
        Way { name, before: before.collect(), runs }
    };
    let mut ways = vec![
        Way { name: "alone", before: Vec::new(), runs: RUNS },
        way("snag run", snag, &["run", "--"], RUNS),
    ];
    let own = std::env::current_exe()?;
    ways.extend(hooks::WHICH.map(|(which, name)| way(name, &own, &[hooks::HOOKED, which], RUNS)));
    let strace = Path::new("strace");
    let mut version = Command::new(strace);
    match version.arg("--version").stdout(Stdio::null()).status() {
        _ if !with_strace => {}
        Ok(_) => {
            let quiet = ["-f", "-o", "/dev/null"];
            ways.push(way("strace -f", strace, &quiet, RUNS_OF_STRACE));
            // Without a choice of calls that flag does nothing.
            let chosen = [&quiet[..], &["--seccomp-bpf", "-e", "trace=setns"]].concat();
            ways.push(way("strace -f --seccomp-bpf -e setns", strace, &chosen, RUNS_OF_STRACE));
        }
        Err(_) => println!("to compare with strace: apt-get install strace"),
    }
    Ok(ways)
}

/// All ways suffer alike from whatever else the machine does.
fn in_turns(program: &Path, work: &str, ways: &[Way]) -> anyhow::Result<Vec<Vec<Cost>>> {
    let mut costs: Vec<Vec<Cost>> = ways.iter().map(|_| Vec::new()).collect();
    for turn in 0..RUNS {
        for (way, costs) in ways.iter().zip(&mut costs).filter(|(way, _)| turn < way.runs) {
            let mut words = way.before.iter().map(PathBuf::as_path).chain([program, Path::new(work)]);
            let mut command = Command::new(words.next().unwrap_or(program));
            command.args(words);
            let cost = measure(&command, None)?;
            if cost.exit != Some(0) {
                bail!("{}: {work}: {}", way.name, cost.told);
            }
            costs.push(cost);
        }
    }
    Ok(costs)
}

/// What all runs of one work in one way cost, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Sum {
    best: f64,
    median: f64,
    cpu: f64,
}

impl Sum {
    fn of(costs: &[Cost]) -> Sum {
        let sorted = |cost: fn(&Cost) -> f64| {
            let mut all: Vec<f64> = costs.iter().map(|it| cost(it) * 1e3).collect();
            all.sort_by(f64::total_cmp);
            all
        };
        let (wall, cpu) = (sorted(|cost| cost.wall), sorted(|cost| cost.cpu));
        Sum { best: wall[0], median: wall[wall.len() / 2], cpu: cpu[0] }
    }

    fn print(&self, name: &str, alone: &Sum) {
        let Sum { best, median, cpu } = self;
        let (wall_ratio, cpu_ratio) = (best / alone.best, cpu / alone.cpu);
        println!("{name:<38}{best:>10.1}{median:>10.1}{wall_ratio:>8.2}{cpu:>10.1}{cpu_ratio:>8.2}");
    }

    fn is_within(&self, limit: Limit, alone: &Sum) -> bool {
        match limit {
            Limit::Ratio(most) => self.best <= alone.best * most,
            Limit::Milliseconds(most) => self.best <= alone.best + most,
            Limit::None => true,
        }
    }
}

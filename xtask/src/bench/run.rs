//! `cargo xtask bench run`: what programs cost under `snag run` and with hooks, beside the programs alone and under strace.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::bail;

use super::measure::{Cost, measure};
use super::{Scratch, build_snag, hooks};

const PROGRAM: &str = include_str!("work.go.txt");
/// A machine is faster in some seconds than in others, so each run is compared with that of the program alone in the
/// same turn, and the median of the turns counts.
const RUNS: usize = 21;
/// What strace slows down a hundred times is not waited for so often.
const RUNS_OF_STRACE: usize = 1;
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
    ("start", "a program with net/http that ends at once", Limit::None),
];
/// A program that ends at once and imports nothing.
const SMALL: &str = "package main\n\nfunc main() {}\n";

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
    println!(
        "medians of {RUNS} turns ({RUNS_OF_STRACE} of strace); ratios are to the run alone in the same turn"
    );
    let mut missed = Vec::new();
    let small = scratch.build("small", SMALL)?;
    let works = WORKS.map(|(work, what, limit)| (&program, work, what, limit));
    let last = (&small, "small", "a small program that ends at once", Limit::Milliseconds(START));
    for (program, work, what, limit) in works.into_iter().chain([last]) {
        println!("\n{what}");
        let head = ["wall ms", "ratio", "middle half", "CPU ms", "ratio"];
        println!("{:<38}{:>10}{:>8}{:>14}{:>10}{:>8}", "", head[0], head[1], head[2], head[3], head[4]);
        let costs = in_turns(program, work, &ways)?;
        let sums: Vec<Sum> = costs.iter().map(|way| Sum::of(way, &costs[0])).collect();
        for (way, sum) in ways.iter().zip(&sums) {
            sum.print(way.name);
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

/// All ways suffer alike from whatever else the machine does; each comes first as often as any other.
fn in_turns(program: &Path, work: &str, ways: &[Way]) -> anyhow::Result<Vec<Vec<Cost>>> {
    let mut costs: Vec<Vec<Cost>> = ways.iter().map(|_| Vec::new()).collect();
    for turn in 0..RUNS {
        for at in 0..ways.len() {
            let at = (at + turn) % ways.len();
            let way = &ways[at];
            if turn >= way.runs {
                continue;
            }
            let mut words = way.before.iter().map(PathBuf::as_path).chain([program, Path::new(work)]);
            let mut command = Command::new(words.next().unwrap_or(program));
            command.args(words);
            let cost = measure(&command, None)?;
            if cost.exit != Some(0) {
                bail!("{}: {work}: {}", way.name, cost.told);
            }
            costs[at].push(cost);
        }
    }
    Ok(costs)
}

/// One of the sums of a run.
type Measure = fn(&Cost) -> f64;

/// What the runs of one work in one way cost, in milliseconds, and how many times what they cost alone.
#[derive(Clone, Copy, Debug)]
struct Sum {
    wall: f64,
    cpu: f64,
    /// A quarter of the turns had less, half of them, three quarters.
    wall_ratio: [f64; 3],
    cpu_ratio: f64,
}

impl Sum {
    fn of(costs: &[Cost], alone: &[Cost]) -> Sum {
        let quarters = |mut all: Vec<f64>| {
            all.sort_by(f64::total_cmp);
            [1, 2, 3].map(|quarter| all[quarter * all.len() / 4])
        };
        let all = |cost: Measure| costs.iter().map(|it| cost(it) * 1e3).collect();
        let ratios = |cost: Measure| costs.iter().zip(alone).map(|(it, by)| cost(it) / cost(by)).collect();
        let (wall, cpu): (Measure, Measure) = (|cost| cost.wall, |cost| cost.cpu);
        Sum {
            wall: quarters(all(wall))[1],
            cpu: quarters(all(cpu))[1],
            wall_ratio: quarters(ratios(wall)),
            cpu_ratio: quarters(ratios(cpu))[1],
        }
    }

    fn print(&self, name: &str) {
        let Sum { wall, cpu, wall_ratio: [low, ratio, high], cpu_ratio } = self;
        let half = format!("{low:.2} to {high:.2}");
        println!("{name:<38}{wall:>10.1}{ratio:>8.2}{half:>14}{cpu:>10.1}{cpu_ratio:>8.2}");
    }

    fn is_within(&self, limit: Limit, alone: &Sum) -> bool {
        match limit {
            Limit::Ratio(most) => self.wall_ratio[1] <= most,
            Limit::Milliseconds(most) => self.wall <= alone.wall + most,
            Limit::None => true,
        }
    }
}

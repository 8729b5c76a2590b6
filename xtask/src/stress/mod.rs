//! `cargo xtask stress`: `run` kills Snag ([`kills`]); `snapshot` looks into a program that changes all the time: nothing
//! wrong may be found, nothing may fail, and the program must not notice.

mod hooks;
mod kills;
mod latency;
mod target;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use snag_probe::{Options, Stacks};
use snag_rules::live::{Sightings, look};
use snag_threads::snapshot::{Part, Snapshot};

use crate::bench::Scratch;
use latency::Latencies;
use target::{Churn, Steady};

/// How long it is by default.
const WHOLE: Duration = Duration::from_secs(600);
/// As `snag snapshot` does it.
const BETWEEN: Duration = Duration::from_millis(100);
/// Snapshots, the same work without snapshots, and nothing take turns, each for so long.
const TURN: Duration = Duration::from_secs(5);

/// What is done in a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// Nothing.
    Quiet,
    /// As much of a processor is used as snapshots use.
    Control,
    /// Snapshots.
    Snapshots,
}

/// Runs `stress snapshot [--for 10m]`, `stress run [KILLS]`, `stress attach [--cycles 500]`, `stress kill [--cycles 500]` or
/// `stress chaos [--moves 50000]`.
pub(crate) fn run(arguments: &[&str]) -> anyhow::Result<()> {
    match arguments {
        ["run"] => return kills::run(200),
        ["run", kills] => return kills::run(kills.parse()?),
        ["attach"] => return hooks::attach(500),
        ["attach", "--cycles", cycles] => return hooks::attach(cycles.parse()?),
        ["kill"] => return hooks::killed(500),
        ["kill", "--cycles", cycles] => return hooks::killed(cycles.parse()?),
        // Whom `kill` kills.
        ["attach-again", pid] => return hooks::again(pid.parse()?, u32::MAX),
        ["chaos"] => return hooks::chaos(50_000),
        ["chaos", "--moves", moves] => return hooks::chaos(moves.parse()?),
        _ => {}
    }
    let whole = match arguments {
        ["snapshot"] => WHOLE,
        ["snapshot", "--for", time] => {
            duration(time).with_context(|| format!("not a time: {time:?} (10m, 30s)"))?
        }
        _ => bail!(
            "usage: cargo xtask stress snapshot [--for 10m] | run [KILLS] | attach [--cycles 500] | kill [--cycles 500] | \
             chaos [--moves 50000]"
        ),
    };
    let report = snapshots(whole)?;
    report.print();
    if report.wrong.is_empty() {
        Ok(())
    } else {
        bail!("{} things are wrong", report.wrong.values().sum::<u64>())
    }
}

fn duration(text: &str) -> Option<Duration> {
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..at].parse().ok()?;
    let unit = match &text[at..] {
        "s" => 1,
        "m" => 60,
        _ => return None,
    };
    Some(Duration::from_secs(number.checked_mul(unit)?))
}

/// What came of it.
#[derive(Debug, Default)]
struct Report {
    looks: u64,
    goroutines: u64,
    /// How often each wrong thing was seen.
    wrong: BTreeMap<String, u64>,
    /// How often each true thing was told.
    told: BTreeMap<String, u64>,
    latencies: BTreeMap<Turn, Vec<Latencies>>,
}

fn snapshots(whole: Duration) -> anyhow::Result<Report> {
    let scratch = Scratch::new()?;
    let program = scratch.build("churn", target::PROGRAM)?;
    let mut report = Report::default();
    // With a goroutine that never sleeps nobody can tell latencies on a small machine: it has its own part.
    for (share, spinning) in [(4, false), (1, true)] {
        let mut churn = Churn::start(&program, spinning)?;
        turns(&mut churn, whole * share / 5, spinning, &mut report)?;
    }
    Ok(report)
}

/// Works on one program for so long.
fn turns(churn: &mut Churn, time: Duration, spinning: bool, report: &mut Report) -> anyhow::Result<()> {
    let begin = Instant::now();
    let turn = TURN.min(time / 6);
    let mut cost = Duration::ZERO;
    churn.latencies()?;
    while begin.elapsed() < time {
        for kind in [Turn::Quiet, Turn::Snapshots, Turn::Control] {
            let until = Instant::now() + turn;
            match kind {
                Turn::Quiet => std::thread::sleep(turn),
                Turn::Snapshots => cost = look_until(churn, until, report)?,
                Turn::Control => work_until(cost, until),
            }
            let latencies = churn.latencies()?;
            if !spinning {
                report.latencies.entry(kind).or_default().push(latencies);
            }
        }
    }
    Ok(())
}

/// Uses the processor as a look does, and rests as it does.
fn work_until(cost: Duration, until: Instant) {
    while Instant::now() < until {
        let begin = Instant::now();
        while begin.elapsed() < cost {
            std::hint::spin_loop();
        }
        std::thread::sleep(BETWEEN);
    }
}

/// Pairs of looks; what one takes on average.
fn look_until(churn: &Churn, until: Instant, report: &mut Report) -> anyhow::Result<Duration> {
    let target = snag_probe::attach(churn.pid())?;
    let (mut spent, mut looks) = (Duration::ZERO, 0);
    let mut first: Option<Snapshot> = None;
    while Instant::now() < until {
        let begin = Instant::now();
        let snapshot = target.snapshot(Options { stacks: Stacks::All, pause: false })?;
        judge(churn, &snapshot, report);
        if let Some(first) = &first {
            findings(Sightings { first, second: &snapshot }, report);
        }
        spent += begin.elapsed();
        looks += 1;
        report.looks += 1;
        report.goroutines += snapshot.goroutines.len() as u64;
        first = Some(snapshot);
        std::thread::sleep(BETWEEN);
    }
    Ok(spent / looks.max(1))
}

/// Threads do end here, each because its goroutine ended pinned: that finding is true.
fn findings(sightings: Sightings<'_>, report: &mut Report) {
    for finding in look(sightings) {
        // How many processors a machine has beside its quota is not of this program's making.
        match finding.rule {
            "exit-while-pinned" | "gomaxprocs-over-quota" => {
                *report.told.entry(finding.rule.to_owned()).or_default() += 1
            }
            rule => {
                *report
                    .wrong
                    .entry(format!("{rule}: {} {:?}", finding.message, finding.evidence))
                    .or_default() += 1
            }
        }
    }
}

/// What never changes in the program must always be seen.
fn judge(churn: &Churn, snapshot: &Snapshot, report: &mut Report) {
    for gap in &snapshot.gaps {
        let list = if gap.part == Part::Stacks { &mut report.told } else { &mut report.wrong };
        *list.entry(format!("not shown: {}", gap.part.name())).or_default() += 1;
    }
    for steady in &churn.steady {
        if let Some(wrong) = unlike(steady, snapshot) {
            *report.wrong.entry(wrong.to_owned()).or_default() += 1;
        }
    }
}

fn unlike(steady: &Steady, snapshot: &Snapshot) -> Option<&'static str> {
    let Some(goroutine) = snapshot.goroutine(steady.goroutine) else { return Some("a goroutine is missing") };
    let machine = goroutine.pinned_to.and_then(|id| snapshot.machine(id));
    let Some(machine) = machine else { return Some("a pin is missing") };
    if machine.tid != Some(steady.thread) {
        return Some("a goroutine is pinned to another thread");
    }
    if machine.pin.is_none_or(|pin| (pin.goroutine, pin.depth) != (steady.goroutine, steady.depth)) {
        return Some("a pin is not as deep as it is");
    }
    let stack = goroutine.stack.map(|stack| snapshot.stack(stack).collect::<Vec<_>>()).unwrap_or_default();
    let known = stack.iter().any(|frame| &*frame.function == "main.steady");
    (!known).then_some("a stack is not the one that it is")
}

impl Report {
    fn print(&self) {
        println!("{} snapshots, {} goroutines in them", self.looks, self.goroutines);
        println!("wrong: {}", self.wrong.values().sum::<u64>());
        for (what, count) in &self.wrong {
            println!("  {count} times {what}");
        }
        for (what, count) in &self.told {
            println!("true and told {count} times: {what}");
        }
        println!(
            "\nhow long goroutines of the program waited for each other and for a timer, in microseconds"
        );
        println!("{:<28}{:>10}{:>9}{:>9}{:>9}{:>9}", "", "rounds", "median", "90 %", "99 %", "99.9 %");
        let row = |name: &str, turns: Vec<&Latencies>| {
            let all = Latencies::sum(&turns);
            let part = |part: f64| all.part(part).as_secs_f64() * 1e6;
            let (half, most, nearly, all_but) = (part(0.5), part(0.9), part(0.99), part(0.999));
            println!("{name:<28}{:>10}{half:>9.0}{most:>9.0}{nearly:>9.0}{all_but:>9.0}", all.count());
        };
        let turns = |turn: Turn| self.latencies.get(&turn).map(Vec::as_slice).unwrap_or_default();
        let quiet = turns(Turn::Quiet);
        // How far the same differs from itself is the noise.
        row("nothing, even turns", quiet.iter().step_by(2).collect());
        row("nothing, odd turns", quiet.iter().skip(1).step_by(2).collect());
        row("as much work elsewhere", turns(Turn::Control).iter().collect());
        row("snapshots", turns(Turn::Snapshots).iter().collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_seconds_of_snapshots_find_nothing_wrong() {
        let report = snapshots(Duration::from_secs(10)).expect("no error");
        assert_eq!(report.wrong, BTreeMap::new());
        assert!(report.looks > 10, "{report:?}");
        let rounds = report.latencies.values().flatten().map(Latencies::count).sum::<u64>();
        assert!(rounds > 100, "{report:?}");
    }

    #[test]
    fn times_are_read() {
        assert_eq!(duration("10m"), Some(Duration::from_secs(600)));
        assert_eq!(duration("30s"), Some(Duration::from_secs(30)));
        assert_eq!([duration("10"), duration("x"), duration("1h")], [None, None, None]);
    }
}

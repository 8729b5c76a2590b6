//! `cargo xtask stress attach` and `stress chaos`: hooks come and go in a busy server, and goroutines are moved all the time. Every
//! answer must be right, and nothing may be left behind.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use snag_probe::{Forcing, Hooks, Launch, Signals};
use snag_threads::history::{Event, Exit, TurnKind};

use crate::bench::Scratch;

const SERVER: &str = include_str!("server.go.txt");
/// What a server answers in one run.
const REQUESTS: &str = "2000";
/// Every tenth time every step of the scheduler is watched for longer.
const LONG: Duration = Duration::from_millis(200);
const SHORT: Duration = Duration::from_millis(20);

/// Attaches and detaches so often.
pub(super) fn attach(cycles: u32) -> anyhow::Result<()> {
    let scratch = Scratch::new()?;
    let mut server = Server::start(&build(&scratch.0)?)?;
    let before = server.code()?;
    let (mut steps, mut lost, mut stood) = (0u64, 0u64, Vec::new());
    let begun = Instant::now();
    for cycle in 0..cycles {
        let target = snag_probe::attach(server.pid())?;
        let long = cycle % 10 == 0;
        let hooks = Hooks { schedule: cycle % 2 == 0, pins: true, forcing: None };
        let mut tell = |event: Event| match event {
            Event::Turn(_) => steps += 1,
            Event::Gap(_) => lost += 1,
            _ => {}
        };
        let mut watching = snag_probe::watch(target, hooks, &mut tell)?;
        let until = Instant::now() + if long { LONG } else { SHORT };
        while Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
            watching.read(&mut tell)?;
        }
        stood.push(watching.end()?);
        ensure!(server.code()? == before, "cycle {cycle}: the code is not as it was");
    }
    let told = server.end()?;
    ensure!(told.contains("wrong 0\n"), "the server says {told:?}");
    stood.sort_unstable();
    println!(
        "{cycles} times attached and detached in {:.0} s, {steps} steps seen, {lost} times some were lost; the server stood still for \
         {:.1} ms (median of the longer of both stops), {:.1} ms at most; every answer was right, and the code is as it was",
        begun.elapsed().as_secs_f64(),
        milliseconds(stood.get(stood.len() / 2)),
        milliseconds(stood.last()),
    );
    Ok(())
}

/// Kills somebody who attaches and detaches all the time, so often, each time at another moment. The server must not notice, and
/// whoever comes next must find it, and take away what was left.
pub(super) fn killed(cycles: u32) -> anyhow::Result<()> {
    /// The longest time until the kill, in microseconds: a few times as long as it takes to attach and detach.
    const LONGEST: u64 = 60_000;
    let scratch = Scratch::new()?;
    let mut server = Server::start(&build(&scratch.0)?)?;
    let (code, _) = server.code()?;
    let pid = server.pid().to_string();
    let (mut left, mut chance) = (0, 1u64);
    for cycle in 0..cycles {
        let mut victim = Command::new(std::env::current_exe()?);
        let mut victim = victim
            .args(["stress", "attach-again", &pid])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(victim.stdout.take().context("no output")?).read_line(&mut line)?;
        ensure!(line == "again\n", "cycle {cycle}: {}", told(&mut victim)?);
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        std::thread::sleep(Duration::from_micros((chance >> 33) % LONGEST));
        victim.kill()?;
        ensure!(victim.wait()?.code().is_none(), "cycle {cycle}: it was not killed: {}", told(&mut victim)?);
        left += u32::from(server.code()?.0 != code);
    }
    again(server.pid(), 1)?;
    ensure!(server.code()?.0 == code, "the code is not as it was");
    let told = server.end()?;
    ensure!(told.contains("wrong 0\n"), "the server says {told:?}");
    println!(
        "killed {cycles} times while it attached and detached: {left} times hooks were left and taken away by who came next; \
         every answer was right, and the code is as it was"
    );
    Ok(())
}

fn told(victim: &mut Child) -> anyhow::Result<String> {
    let mut told = String::new();
    victim.stderr.take().context("no errors")?.read_to_string(&mut told)?;
    Ok(told)
}

/// Attaches and detaches so often, which is told when it has begun.
pub(super) fn again(pid: i32, cycles: u32) -> anyhow::Result<()> {
    let known = snag_probe::attach(pid)?;
    for cycle in 0..cycles {
        let target = snag_probe::attach_like(pid, &known)?;
        let hooks = Hooks { schedule: true, pins: true, forcing: None };
        let mut watching = snag_probe::watch(target, hooks, &mut |_| {})?;
        if cycle == 0 {
            println!("again");
        }
        watching.read(&mut |_| {})?;
        watching.end()?;
    }
    Ok(())
}

fn milliseconds(time: Option<&Duration>) -> f64 {
    time.map_or(0.0, |time| time.as_secs_f64() * 1e3)
}

/// Moves goroutines so often, in servers and in the compiler.
pub(super) fn chaos(moves: u64) -> anyhow::Result<()> {
    let scratch = Scratch::new()?;
    let server = build(&scratch.0)?;
    let (mut forced, mut seed) = (0, 0);
    let mut built = None;
    while forced < moves {
        seed += 1;
        let count = run(&server, &[REQUESTS], seed, false, None)?;
        println!("seed {seed}: a server, {count} moves, right");
        forced += count;
        let output = scratch.0.join(format!("built-{seed}"));
        let path = output.to_string_lossy();
        let go = which("go").context("there is no go")?;
        let count = run(&go, &["build", "-trimpath", "-o", &path, "main.go"], seed, true, Some(&scratch.0))?;
        let bytes = fs::read(&output)?;
        ensure!(
            *built.get_or_insert_with(|| bytes.clone()) == bytes,
            "seed {seed}: the compiler makes something else"
        );
        println!("seed {seed}: go build, {count} moves, the same program");
        forced += count;
    }
    println!("{forced} moves, and everything was right");
    Ok(())
}

/// Runs a program with forced moves; how many there were.
fn run(
    program: &Path,
    words: &[&str],
    seed: u64,
    tools: bool,
    directory: Option<&Path>,
) -> anyhow::Result<u64> {
    let sink = || -> anyhow::Result<Arc<File>> {
        Ok(Arc::new(File::options().read(true).write(true).open("/dev/null")?))
    };
    let mut environment = vec![("GOMAXPROCS".into(), "4".into())];
    if let Some(directory) = directory {
        // Everything is compiled again, or there would be nothing to move.
        let cache = directory.join(format!("cache-{seed}"));
        environment.push(("GOCACHE".into(), cache.into()));
    }
    let longest = Duration::from_millis(1);
    let launch = Launch {
        program: program.to_owned(),
        arguments: std::iter::once(program.as_os_str().to_owned())
            .chain(words.iter().map(Into::into))
            .collect(),
        directory: directory.map(Path::to_owned),
        environment,
        streams: Some([sink()?, sink()?, sink()?]),
        limit: Some(Duration::from_secs(600)),
        hooks: Hooks {
            schedule: false,
            pins: true,
            forcing: Some(Forcing {
                seed,
                chance: u32::MAX,
                starve: u32::MAX / 64,
                late: u32::MAX / 64,
                late_again: u32::MAX / 64,
                longest,
            }),
        },
        hook_go_tools: tools,
        ..Launch::default()
    };
    let (mut forced, mut refused) = (0, Vec::new());
    let exit = snag_probe::run(&launch, &Signals::hold(), &mut |event| match event {
        Event::Turn(turn) => forced += u64::from(turn.what == TurnKind::Forced),
        Event::Gap(gap) if gap.reason.contains("not hooked") => refused.push(gap.reason),
        _ => {}
    })?;
    ensure!(refused.is_empty(), "{refused:?}");
    ensure!(exit == Exit::Code(0), "seed {seed}: {} ends with {exit:?}", program.display());
    Ok(forced)
}

fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn build(folder: &Path) -> anyhow::Result<PathBuf> {
    fs::write(folder.join("main.go"), SERVER)?;
    fs::write(folder.join("go.mod"), "module server\n\ngo 1.19\n")?;
    let program = folder.join("server");
    let mut go = Command::new("go");
    go.args(["build", "-o"]).arg(&program).arg(".").current_dir(folder).env("GOTOOLCHAIN", "local");
    let output = go.output().context("cannot run go")?;
    if !output.status.success() {
        bail!("go build: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(program)
}

/// A server that answers until this is dropped.
struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Server {
    fn start(program: &Path) -> anyhow::Result<Server> {
        let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut output = BufReader::new(child.stdout.take().context("no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let server = Server { child, output };
        ensure!(line == "ready\n", "the server says {line:?}");
        Ok(server)
    }

    fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    /// Its code, and how many pieces of memory there are that hold code of no file.
    fn code(&self) -> anyhow::Result<(Vec<u8>, usize)> {
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.pid()))?;
        let code: Vec<&str> = maps.lines().filter(|line| line.contains(" r-xp ")).collect();
        let line = code.iter().find(|line| line.ends_with("/server")).context("no code")?;
        let (start, end) = line.split(' ').next().and_then(|it| it.split_once('-')).context("no range")?;
        let (start, end) = (u64::from_str_radix(start, 16)?, u64::from_str_radix(end, 16)?);
        let mut memory = File::open(format!("/proc/{}/mem", self.pid()))?;
        memory.seek(SeekFrom::Start(start))?;
        let mut bytes = vec![0; (end - start) as usize];
        memory.read_exact(&mut bytes)?;
        Ok((bytes, code.iter().filter(|line| line.ends_with(" 0 ")).count()))
    }

    /// Ends its input; what it says then.
    fn end(&mut self) -> anyhow::Result<String> {
        drop(self.child.stdin.take());
        let mut told = String::new();
        self.output.read_to_string(&mut told)?;
        ensure!(self.child.wait()?.success(), "the server fails: {told}");
        Ok(told)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

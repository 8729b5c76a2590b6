//! `cargo xtask bench DIR`: what `snag check` costs beside `gofmt -l` and `go vet` on the same files, in one run.

#[cfg(target_os = "linux")]
mod chaos;
#[cfg(target_os = "linux")]
mod debuggers;
#[cfg(target_os = "linux")]
mod hooks;
mod measure;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod snapshot;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use snag_program::files::Disk;
use snag_program::load::{Config, Environment, GoVersion, Workspace, load};

use crate::toolchains::Toolchain;
#[cfg(target_os = "linux")]
pub(crate) use hooks::{HOOKED, hooked};
pub(crate) use measure::{CHILD, child};
use measure::{Cost, measure};

/// Other work on the machine only ever adds, so the cheapest run is the truest.
const RUNS: usize = 3;

/// Runs the comparison in the module at `directory`.
pub(crate) fn run(arguments: &[&str]) -> anyhow::Result<()> {
    #[cfg(target_os = "linux")]
    match arguments {
        ["chaos", rest @ ..] => return chaos::run(rest),
        ["snapshot", rest @ ..] => return snapshot::run(rest),
        ["run", rest @ ..] => return run::run(rest),
        _ => {}
    }
    let (directory, quick) = match arguments {
        [directory] => (directory, false),
        ["--quick", directory] => (directory, true),
        _ => bail!("usage: cargo xtask bench [--quick] DIR (--quick leaves out go vet)"),
    };
    let directory = Path::new(directory).canonicalize().with_context(|| (*directory).to_owned())?;
    let scratch = Scratch::new()?;
    let (selection, wants) = select(&directory)?;
    let list = scratch.0.join("files");
    fs::write(&list, selection.paths.iter().map(|path| format!("{path}\n")).collect::<String>())?;
    let go = Go::find(wants)?;
    let snag = build_snag()?;
    println!("{}: {}", directory.display(), selection.told);
    println!("{}, {} processors, best of {RUNS} runs; go vet runs once", go.version, processors());
    println!("\n{:28}{:>10}{:>10}{:>10}{:>6}", "", "CPU s", "wall s", "peak MB", "exit");

    let mut rows = repeat(&snag, &go, &directory, &list)?;
    if !quick {
        let cache = scratch.0.join("gocache");
        for name in ["go vet ./... cold", "go vet ./... warm"] {
            let mut vet = go.command("go");
            vet.args(["vet", "./..."]).current_dir(&directory).env("GOCACHE", &cache);
            rows.push(Row { name, cost: measure(&vet, None)? });
            print_row(&rows[rows.len() - 1]);
        }
    }
    print_ratios(&rows);
    print_timings(&snag, &directory)
}

struct Row {
    name: &'static str,
    cost: Cost,
}

/// Snag and gofmt in turns, so that both suffer alike from whatever else the machine does.
fn repeat(snag: &Path, go: &Go, directory: &Path, list: &Path) -> anyhow::Result<Vec<Row>> {
    let check = |threads: Option<&str>| {
        let mut command = Command::new(snag);
        command.args(["check", "./...", "--output-format", "concise"]).current_dir(directory);
        command.args(threads.iter().flat_map(|threads| ["--threads", threads]));
        command
    };
    let mut gofmt = go.command("gofmt");
    gofmt.arg("-l").current_dir(directory);
    let commands = [
        ("snag check", check(None), None),
        ("snag check --threads 2", check(Some("2")), None),
        ("snag check --threads 1", check(Some("1")), None),
        ("gofmt -l", gofmt, Some(list)),
    ];
    // Brings the files into the page cache.
    measure(&commands[0].1, None)?;
    let mut best: Vec<Option<Cost>> = vec![None; commands.len()];
    for _ in 0..RUNS {
        for ((_, command, list), best) in commands.iter().zip(&mut best) {
            let cost = measure(command, *list)?;
            *best = Some(match best.take() {
                Some(old) => Cost { cpu: old.cpu.min(cost.cpu), wall: old.wall.min(cost.wall), ..cost },
                None => cost,
            });
        }
    }
    let named = commands.iter().zip(best);
    let rows: Vec<Row> = named.filter_map(|((name, ..), cost)| Some(Row { name, cost: cost? })).collect();
    rows.iter().for_each(print_row);
    Ok(rows)
}

fn print_row(row: &Row) {
    let Cost { cpu, wall, peak_mb, exit, told } = &row.cost;
    let exit = exit.map_or("-".to_owned(), |code| code.to_string());
    println!("{:28}{cpu:>10.3}{wall:>10.3}{peak_mb:>10.0}{exit:>6}", row.name);
    if row.name.starts_with("go vet") && !told.trim().is_empty() {
        let lines = told.lines().filter(|line| !line.starts_with('#')).count();
        let last = told.lines().last().unwrap_or_default();
        println!("{:28}told at least {lines} lines, the last: {last}", "");
    }
}

fn print_ratios(rows: &[Row]) {
    let cost = |name: &str| rows.iter().find(|row| row.name == name).map(|row| &row.cost);
    let Some(snag) = cost("snag check") else { return };
    println!();
    let line = |what: &str, value: f64, target: &str| println!("{what:40}{value:>8.2}  ({target})");
    if let Some(gofmt) = cost("gofmt -l") {
        line("CPU of gofmt -l over snag's", gofmt.cpu / snag.cpu, "target: more than 1");
    }
    if let Some(vet) = cost("go vet ./... cold") {
        line("CPU of cold go vet over snag's", vet.cpu / snag.cpu, "target: at least 60");
    }
    if let Some(vet) = cost("go vet ./... warm") {
        line("CPU of warm go vet over snag's", vet.cpu / snag.cpu, "no target");
    }
    if let (Some(one), Some(two)) = (cost("snag check --threads 1"), cost("snag check --threads 2")) {
        line("wall time of one thread over two's", one.wall / two.wall, "target: at least 1.6");
    }
    line("peak memory in MB", snag.peak_mb, "target: at most 500");
}

/// Where Snag's time goes, as it says itself.
fn print_timings(snag: &Path, directory: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(snag);
    let output =
        command.args(["check", "./...", "--timings", "--exit-zero"]).current_dir(directory).output()?;
    println!("\nsnag check --timings");
    for line in String::from_utf8_lossy(&output.stderr).lines().filter(|line| !line.starts_with("note: ")) {
        println!("  {line}");
    }
    Ok(())
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The files that Snag reads.
struct Selection {
    paths: BTreeSet<String>,
    told: String,
}

/// Loads the module as `snag check` does on this machine, and says which Go version it asks for.
fn select(directory: &Path) -> anyhow::Result<(Selection, GoVersion)> {
    let patterns = ["./...".to_owned()];
    let workspace = load(&Disk, directory, &patterns, &config())?;
    let wants = workspace.modules.iter().filter(|module| module.main).map(|module| module.go_version).max();
    let files = workspace.packages.iter().flat_map(|package| &package.files);
    // What comes with Snag is in no folder, and nothing that gofmt could read.
    let files = files.filter(|file| file.path.is_file());
    let paths: BTreeSet<String> = files.map(|file| file.path.to_string_lossy().into_owned()).collect();
    let bytes: u64 = paths.iter().filter_map(|path| Some(fs::metadata(path).ok()?.len())).sum();
    let told = describe(&workspace, paths.len(), bytes);
    Ok((Selection { paths, told }, wants.context("no module")?))
}

fn describe(workspace: &Workspace, files: usize, bytes: u64) -> String {
    let packages = workspace.packages.len();
    let standard = workspace.packages.iter().filter(|package| package.standard).count();
    let ours = workspace.first_party().count();
    let missing = workspace.missing.iter().filter(|missing| !missing.stubbed).count();
    let mb = bytes as f64 / 1e6;
    format!(
        "{packages} packages ({ours} its own, {standard} of the standard library), {files} files, {mb:.1} MB, \
         {missing} imports not found"
    )
}

fn config() -> Config {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    Config {
        goos: "linux".to_owned(),
        goarch: if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }.to_owned(),
        cgo: variable("CGO_ENABLED").as_deref() != Some("0"),
        tags: Vec::new(),
        tests: true,
        go_version: None,
        environment: Environment::new(variable),
    }
}

/// The tools that Snag is compared with.
struct Go {
    version: String,
    toolchain: Option<Toolchain>,
}

impl Go {
    /// The `go` on PATH, unless the module asks for a newer one.
    fn find(wants: GoVersion) -> anyhow::Result<Go> {
        let output = Command::new("go").args(["env", "GOVERSION"]).env("GOTOOLCHAIN", "local").output();
        if let Ok(output) = output {
            let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            let known = version.strip_prefix("go").and_then(GoVersion::parse);
            if known.is_some_and(|known| known >= wants) {
                return Ok(Go { version, toolchain: None });
            }
        }
        let toolchain = Toolchain::bring(&wants.to_string())?;
        Ok(Go { version: format!("go{}", toolchain.version), toolchain: Some(toolchain) })
    }

    fn command(&self, program: &str) -> Command {
        match &self.toolchain {
            Some(toolchain) => toolchain.command(program),
            None => {
                let mut command = Command::new(program);
                command.env("GOTOOLCHAIN", "local");
                command
            }
        }
    }
}

/// The release build of the command; `SNAG` names one that is there already.
pub(crate) fn build_snag() -> anyhow::Result<PathBuf> {
    if let Some(built) = std::env::var_os("SNAG") {
        return Path::new(&built).canonicalize().context("SNAG leads nowhere");
    }
    let mut cargo = Command::new("cargo");
    cargo.args([
        "build",
        "--release",
        "--package",
        "threadsnag",
        "--message-format",
        "json-render-diagnostics",
    ]);
    let output = cargo.stderr(std::process::Stdio::inherit()).output().context("cannot run cargo")?;
    let messages = String::from_utf8(output.stdout)?;
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let executable =
        messages.filter_map(|message| Some(PathBuf::from(message["executable"].as_str()?))).next_back();
    executable.filter(|_| output.status.success()).context("snag does not build")
}

/// A folder that is gone when the run is over.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new() -> anyhow::Result<Scratch> {
        let path = std::env::temp_dir().join(format!("snag-xtask-{}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(Scratch(path))
    }

    /// Builds a program of one file, with the `go` on PATH.
    pub(crate) fn build(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let (source, program) = (self.0.join(format!("{name}.go")), self.0.join(name));
        fs::write(&source, text)?;
        let mut go = Command::new("go");
        go.args(["build", "-o"]).arg(&program).arg(&source).current_dir(&self.0).env("GOTOOLCHAIN", "local");
        let output = go.output().context("cannot run go")?;
        if !output.status.success() {
            bail!("go build: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(program)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

//! `cargo xtask record [RULE...]`: runs the programs of `runs/*.txtar` and keeps what they did beside them, so that tests
//! replay it without running anything.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use snag_probe::{Launch, Signals};
use snag_threads::history::{Event, Exit, record};

use crate::bench::Scratch;
use crate::prove::{go_cache, txtar};
use crate::toolchains::Toolchain;

/// With which the programs are built.
const GO: &str = "1.26";
const GO_MOD: &str = "module example.com/run\n\ngo 1.21\n";

/// Records the programs of the named rules, or of all.
pub(crate) fn run(rules: &[&str]) -> anyhow::Result<()> {
    let (scratch, toolchain, cache) = (Scratch::new()?, Toolchain::bring(GO)?, go_cache()?);
    let programs = programs(rules)?;
    if programs.is_empty() {
        bail!("there is no program in runs of {rules:?}");
    }
    for (number, path) in programs.iter().enumerate() {
        let record = path.with_extension("snag");
        let folder = scratch.0.join(number.to_string());
        let binary = build(path, &folder, &toolchain, &cache).with_context(|| path.display().to_string())?;
        let text = follow(&binary).with_context(|| path.display().to_string())?;
        println!("{}: {} bytes", record.display(), text.len());
        fs::write(record, text)?;
    }
    Ok(())
}

/// The programs of the named rules, or of all.
pub(crate) fn programs(rules: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/snag_rules/src").canonicalize()?;
    let mut found = Vec::new();
    for folder in fs::read_dir(sources)?.collect::<Result<Vec<_>, _>>()? {
        let rule = folder.file_name().to_string_lossy().replace('_', "-");
        let Ok(files) = fs::read_dir(folder.path().join("runs")) else { continue };
        if rules.is_empty() || rules.contains(&rule.as_str()) {
            let paths = files.map(|file| Ok(file?.path())).collect::<std::io::Result<Vec<_>>>()?;
            found.extend(paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == "txtar")));
        }
    }
    found.sort();
    Ok(found)
}

/// Writes a program as a module; its text.
pub(crate) fn unpack(path: &Path, folder: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(path)?;
    let (_, mut files) = txtar(&text);
    if !files.iter().any(|(name, _)| name == "go.mod") {
        files.push(("go.mod".to_owned(), GO_MOD.to_owned()));
    }
    fs::create_dir_all(folder)?;
    for (name, text) in files {
        fs::write(folder.join(name), text)?;
    }
    Ok(text)
}

fn build(path: &Path, folder: &Path, toolchain: &Toolchain, cache: &Path) -> anyhow::Result<PathBuf> {
    unpack(path, folder)?;
    let binary = folder.join("run");
    let mut go = toolchain.command("go");
    // Records must not tell where they were made.
    go.args(["build", "-trimpath", "-o"]).arg(&binary).arg(".").current_dir(folder);
    go.env("GOCACHE", cache)
        .env("GOFLAGS", "")
        .env("GOWORK", "off")
        .env("GOPROXY", "off")
        .env("CGO_ENABLED", "0");
    let output = go.output().context("cannot run go")?;
    if !output.status.success() {
        bail!("does not build: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(binary)
}

/// Runs the program, and writes down what it did.
fn follow(binary: &Path) -> anyhow::Result<String> {
    let mut text = record::header();
    let launch = Launch {
        program: binary.to_owned(),
        arguments: vec![binary.into()],
        directory: binary.parent().map(Path::to_owned),
        ..Launch::default()
    };
    let exit = snag_probe::run(&launch, &Signals::hold(), &mut |event| {
        text.push_str(&record::event(&anywhere(event)))
    });
    match exit {
        Ok(Exit::Code(0)) => Ok(text),
        Ok(exit) => bail!("the program ended with {exit:?}"),
        Err(refusal) => bail!("{refusal}"),
    }
}

/// The step without the places of this machine.
fn anywhere(event: Event) -> Event {
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    match event {
        Event::Command(command, _) => {
            Event::Command(command.iter().map(|word| name(word)).collect(), String::new())
        }
        Event::Program(process, mut program) => {
            program.executable = name(&program.executable);
            Event::Program(process, program)
        }
        other => other,
    }
}

//! Compares who is called, call by call, with go/types.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use snag_program::files::Disk;
use snag_program::ir::{Call, Callee};
use snag_program::load::{Config, Environment, load};
use snag_program::{Options, Program};

const SHOWN: usize = 40;

/// Who is called, by file and the end of the call.
type Calls = BTreeMap<(String, u32), String>;

/// Compares every main package below `directories`; an error if more than one call in a thousand differs.
pub(super) fn run(directories: &[&str]) -> anyhow::Result<()> {
    let mut bad = false;
    for directory in directories {
        let path = Path::new(directory).canonicalize().with_context(|| (*directory).to_owned())?;
        let theirs = theirs(&path)?;
        let ours = ours(&path)?;
        let mut differences = Vec::new();
        for ((file, end), their) in &theirs {
            let our = ours.get(&(file.clone(), *end)).map_or("nothing", String::as_str);
            if our != their {
                differences.push(format!("{file}:#{end}: go {their}, snag {our}"));
            }
        }
        let extra = ours.keys().filter(|at| !theirs.contains_key(*at));
        differences.extend(extra.map(|at| format!("{}:#{}: only snag: {}", at.0, at.1, ours[at])));
        let same = theirs.len().saturating_sub(differences.len());
        let percent = 100.0 * same as f64 / theirs.len().max(1) as f64;
        let n = theirs.len();
        println!("{directory}: {n} calls, {same} same, {} different, {percent:.3} %", differences.len());
        differences.iter().take(SHOWN).for_each(|difference| println!("  {difference}"));
        bad |= percent < 99.9;
    }
    if bad {
        bail!("less than 99.9 % of the calls are the same");
    }
    Ok(())
}

fn theirs(directory: &Path) -> anyhow::Result<Calls> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle/callees");
    let program = std::env::temp_dir().join(format!("snag-oracle-callees-{}", std::process::id()));
    let built = Command::new("go").arg("build").arg("-o").arg(&program).current_dir(folder).status();
    if !built.context("the oracle needs go on PATH")?.success() {
        bail!("go build failed");
    }
    let mut command = Command::new(&program);
    command.arg(directory);
    command.envs([("GOOS", "linux"), ("GOARCH", "amd64"), ("CGO_ENABLED", "1"), ("GOTOOLCHAIN", "local")]);
    command.envs([("GOFLAGS", ""), ("GOPROXY", "off")]);
    let output = command.output()?;
    std::fs::remove_file(&program)?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    let mut calls = Calls::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let mut parts = line.split('\t');
        if let (Some(file), Some(end), Some(label)) = (parts.next(), parts.next(), parts.next()) {
            calls.insert((file.to_owned(), end.parse()?), label.to_owned());
        }
    }
    Ok(calls)
}

fn go_env(name: &str) -> anyhow::Result<Option<String>> {
    let output = Command::new("go").args(["env", name]).env("GOTOOLCHAIN", "local").output()?;
    Ok(Some(String::from_utf8(output.stdout)?.trim().to_owned()))
}

fn ours(directory: &Path) -> anyhow::Result<Calls> {
    let environment = Environment {
        goroot: go_env("GOROOT")?,
        gopath: go_env("GOPATH")?,
        gomodcache: go_env("GOMODCACHE")?,
        ..Environment::default()
    };
    let config = Config {
        goos: "linux".to_owned(),
        goarch: "amd64".to_owned(),
        cgo: true,
        tags: Vec::new(),
        tests: false,
        go_version: None,
        environment,
    };
    let workspace = load(&Disk, directory, &[], &config)?;
    let program = Program::read(&Disk, workspace, Options { threads: 2 });
    let mut calls = Calls::new();
    for function in program.functions.iter().filter(|function| program.file(function.file).first_party) {
        let Some(body) = &function.body else { continue };
        let file = program.file(function.file).path.display().to_string();
        for call in &body.calls {
            calls.insert((file.clone(), call.span.end), label(&program, call));
        }
    }
    Ok(calls)
}

fn label(program: &Program, call: &Call) -> String {
    match call.callee {
        Callee::Function(id) => {
            program.table_name(id).map_or_else(|| "V".to_owned(), |(path, name)| format!("{path}.{name}"))
        }
        Callee::Interface { method, .. } => format!("I:{method}"),
        Callee::Value(_) => "V".to_owned(),
        Callee::Missing { package, name } => format!("{package}.{name}"),
        Callee::C(name) => format!("C:{name}"),
        Callee::Builtin(name) => format!("B:{name}"),
        Callee::Unknown => "?".to_owned(),
    }
}

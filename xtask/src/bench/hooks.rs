//! Hooks, as `cargo xtask bench run` measures them: whole programs, and what one event costs beside a probe of the kernel.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use snag_probe::{Hooks, Launch, Signals};
use snag_threads::history::{Event, Exit};

/// The argument that makes this program run another one with hooks.
pub(crate) const HOOKED: &str = "bench-hooked";
/// What may be hooked, and what `bench run` says of it.
pub(super) const WHICH: [(&str, &str); 2] =
    [("pins", "hooks: pins and ends"), ("schedule", "hooks: every step")];
/// The cheapest of so many runs is the truest.
const RUNS: usize = 5;

/// Runs a program with hooks, and forgets what they see.
pub(crate) fn hooked(arguments: &[&str]) -> anyhow::Result<()> {
    let [which, program, arguments @ ..] = arguments else { bail!("{HOOKED} is not for people") };
    let arguments = std::iter::once(program).chain(arguments).map(Into::into).collect();
    let hooks = Hooks { schedule: *which == "schedule", pins: true, forcing: None };
    let launch = Launch { program: PathBuf::from(program), arguments, hooks, ..Launch::default() };
    let mut refused = None;
    let exit = snag_probe::run(&launch, &Signals::hold(), &mut |event| match event {
        Event::Gap(gap) if gap.reason.contains("not hooked") => refused = Some(gap.reason),
        _ => {}
    })?;
    match refused {
        Some(reason) => bail!(reason),
        None if exit == Exit::Code(0) => Ok(()),
        None => bail!("it ended with {exit:?}"),
    }
}

/// Prints what `LockOSThread` with `UnlockOSThread` cost: alone, with a hook, and with a probe of the kernel.
pub(super) fn events(program: &Path) -> anyhow::Result<()> {
    let own = std::env::current_exe()?;
    let text = program.to_string_lossy();
    let mut hook = Command::new(own);
    hook.args([HOOKED, "pins", &text, "pins"]);
    let mut uprobe = Command::new("bpftrace");
    let probe = format!("uprobe:{text}:runtime.LockOSThread {{ @ = count(); }}");
    uprobe.args(["-e", &probe, "-c", &format!("{text} pins")]);
    let mut alone = Command::new(program);
    alone.arg("pins");
    println!("\nLockOSThread and UnlockOSThread, nanoseconds: best of {RUNS} runs");
    println!("{:<38}{:>10.1}", "alone", best(&mut alone)?);
    println!("{:<38}{:>10.1}", "a hook", best(&mut hook)?);
    if Command::new("bpftrace").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("to compare with an eBPF uprobe: apt-get install bpftrace");
        return Ok(());
    }
    match best(&mut uprobe) {
        Ok(best) => println!("{:<38}{best:>10.1}", "an eBPF uprobe that counts (bpftrace)"),
        Err(error) => println!("no eBPF uprobe here: {error}"),
    }
    Ok(())
}

/// What the program says, at its best.
fn best(command: &mut Command) -> anyhow::Result<f64> {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let output = command.stdin(Stdio::null()).output()?;
        let told = String::from_utf8_lossy(&output.stdout);
        let number = told.lines().find_map(|line| line.strip_suffix(" ns")?.trim().parse::<f64>().ok());
        best = best.min(number.with_context(|| String::from_utf8_lossy(&output.stderr).trim().to_owned())?);
    }
    Ok(best)
}

//! The project tools.
#![allow(clippy::disallowed_methods, reason = "tools read and write the project and run Go")]

mod bench;
mod new_rule;
mod oracle;
mod pack;
mod prove;
#[cfg(target_os = "linux")]
mod record;
#[cfg(target_os = "linux")]
mod stress;
mod tidy;
mod toolchains;

use std::process::ExitCode;

use anyhow::bail;

const USAGE: &str = "\
usage: cargo xtask COMMAND
  bench [--quick] DIR           what snag check costs beside gofmt -l and go vet
  bench snapshot [--quick]      what a look into 10, 10,000 and 1,000,000 goroutines costs, beside delve and gdb
  bench run [--quick]           what snag run costs, beside programs alone and strace
  bench chaos [--runs N]        how often wrong programs fail by themselves, under tricks, strace, and snag chaos
  stress snapshot [--for 10m]   looks into a program that changes all the time: nothing may be wrong
  stress attach [--cycles 500]  hooks come and go in a busy server: nothing may be wrong or left behind
  stress kill [--cycles 500]    who places hooks is killed: nothing may be wrong, and the next takes away what was left
  stress chaos [--moves 50000]  goroutines of a server and of the compiler are moved: nothing may be wrong
  stress run [KILLS]            kills snag run at random moments (200): nothing may be left of the program
  tidy                          the habits that no compiler checks
  codegen [--check]             tables of snag_threads as Rust
  new-rule NAME                 a rule folder whose tests fail until the rule is written
  toolchains [VERSION...]       brings Go toolchains into .cache and lists them (--list: only lists)
  prove [--fast] [RULE...]      runs wrong and right programs and counts what they do
  prove --seen [RULE...]        what snag prove says of those programs, and of those of runs/*.txtar
  record [RULE...]              runs the programs of runs/*.txtar and keeps what they did, for tests
  oracle callees|files|parse|speed DIR...   compares Snag with Go's own packages
  pack [[--check] GOROOT]       the bundled declarations of the standard library";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> anyhow::Result<()> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["bench", ref rest @ ..] => bench::run(rest),
        [bench::CHILD, ref rest @ ..] => bench::child(rest),
        #[cfg(target_os = "linux")]
        [bench::HOOKED, ref rest @ ..] => bench::hooked(rest),
        ["codegen"] => codegen::run(false),
        ["codegen", "--check"] => codegen::run(true),
        ["tidy"] => tidy::run(),
        ["new-rule", name] => new_rule::run(name),
        ["pack"] => pack::run(None),
        ["pack", "--check", goroot] => pack::check(goroot),
        ["pack", goroot] => pack::run(Some(goroot)),
        ["prove", ref rest @ ..] => prove::run(rest),
        #[cfg(target_os = "linux")]
        ["record", ref rest @ ..] => record::run(rest),
        #[cfg(target_os = "linux")]
        ["stress", ref rest @ ..] => stress::run(rest),
        ["oracle", ref rest @ ..] => oracle::main(rest),
        ["toolchains", ref rest @ ..] => toolchains::run(rest),
        _ => bail!(USAGE),
    }
}

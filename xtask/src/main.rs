//! The project tools.

mod codegen;
mod oracle;
mod pack;

use anyhow::bail;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["codegen"] => codegen::run(false),
        ["codegen", "--check"] => codegen::run(true),
        ["pack"] => pack::run(None),
        ["pack", "--check", goroot] => pack::check(goroot),
        ["pack", goroot] => pack::run(Some(goroot)),
        ["oracle", ref rest @ ..] => oracle::main(rest),
        _ => bail!(
            "usage: cargo xtask codegen [--check] | oracle parse|files DIR... | pack [[--check] GOROOT]"
        ),
    }
}

//! The project tools.
#![allow(clippy::disallowed_methods, reason = "tools read and write the project and run Go")]

mod codegen;
mod new_rule;
mod oracle;
mod pack;
mod tidy;

use anyhow::bail;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["codegen"] => codegen::run(false),
        ["codegen", "--check"] => codegen::run(true),
        ["tidy"] => tidy::run(),
        ["new-rule", name] => new_rule::run(name),
        ["pack"] => pack::run(None),
        ["pack", "--check", goroot] => pack::check(goroot),
        ["pack", goroot] => pack::run(Some(goroot)),
        ["oracle", ref rest @ ..] => oracle::main(rest),
        _ => bail!(
            "usage: cargo xtask tidy | new-rule NAME | codegen [--check] | oracle parse|files DIR... | pack [[--check] GOROOT]"
        ),
    }
}

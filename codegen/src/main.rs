//! `cargo codegen [--check]`
#![allow(clippy::disallowed_methods, reason = "tools read and write the project")]

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => codegen::run(false),
        ["--check"] => codegen::run(true),
        _ => Err(anyhow::anyhow!("usage: cargo codegen [--check]")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

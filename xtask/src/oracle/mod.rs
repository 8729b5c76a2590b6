//! Compares what Snag understands with what Go's own packages say.

mod callees;
mod dump;
mod files;
mod parse;
mod speed;

use anyhow::bail;

/// Runs the comparison that the arguments name.
pub(crate) fn main(arguments: &[&str]) -> anyhow::Result<()> {
    match arguments {
        ["parse", paths @ ..] if !paths.is_empty() => parse::run(paths),
        ["callees", paths @ ..] if !paths.is_empty() => callees::run(paths),
        ["files", paths @ ..] if !paths.is_empty() => files::run(paths),
        ["speed", paths @ ..] if !paths.is_empty() => speed::run(paths),
        _ => bail!("usage: cargo xtask oracle callees|parse|files|speed DIR..."),
    }
}

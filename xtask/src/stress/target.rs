//! The program that changes all the time.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, bail};

use super::latency::Latencies;

/// Its source.
pub(super) const PROGRAM: &str = include_str!("churn.go.txt");

/// A goroutine that stays where it is.
#[derive(Debug)]
pub(super) struct Steady {
    pub(super) goroutine: u64,
    pub(super) thread: i32,
    pub(super) depth: u32,
}

/// The program, until this is dropped.
pub(super) struct Churn {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// What it says about itself.
    pub(super) steady: Vec<Steady>,
}

impl Churn {
    pub(super) fn start(program: &Path, spinning: bool) -> anyhow::Result<Churn> {
        let mut command = Command::new(program);
        // The program must have room beside Snag, whatever the machine.
        command.env("GOMAXPROCS", "4").args(spinning.then_some("spin"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().context("no input")?;
        let output = BufReader::new(child.stdout.take().context("no output")?);
        let mut churn = Churn { child, input, output, steady: Vec::new() };
        loop {
            let line = churn.line()?;
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["steady", goroutine, thread, depth] => churn.steady.push(Steady {
                    goroutine: goroutine.parse()?,
                    thread: thread.parse()?,
                    depth: depth.parse()?,
                }),
                ["ready"] => return Ok(churn),
                _ => bail!("the program says {line:?}"),
            }
        }
    }

    pub(super) fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    /// How long its goroutines waited since this was asked last.
    pub(super) fn latencies(&mut self) -> anyhow::Result<Latencies> {
        self.input.write_all(b"\n")?;
        let line = self.line()?;
        Latencies::read(&line).with_context(|| format!("the program says {line:?}"))
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("the program ended");
        }
        Ok(line)
    }
}

impl Drop for Churn {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

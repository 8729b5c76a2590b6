//! A running Go program, read from outside without stopping it.
//!
//! [`attach`] finds the Go runtime in a process; [`Target::snapshot`] copies what it says about goroutines and threads, and
//! puts beside it what the kernel says. Nothing is written into the process, nothing is loaded into it.
//! Facts are read from the process itself wherever it has them; what can only be guessed is left out, and said.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "processes are read through /proc")]

mod bytes;
mod cgroup;
mod find;
mod globals;
mod hooks;
mod image;
mod kernel;
mod layout;
mod memory;
mod pause;
mod pclntab;
mod program;
mod read;
mod refusal;
mod target;
mod threads;
mod trace;

pub use find::{Running, find, name_of, processes};
pub use hooks::{Forcing, Hooks, Watch, watch};
pub use program::ProgramFile;
pub use refusal::{Cause, Refusal};
pub use target::{Options, Stacks, Target, attach, attach_like};
pub use trace::{Launch, Signals, followed, run};

//! Snapshots of small Go programs, compared with what the programs know about themselves.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "tests build and start programs")]

mod births;
mod churn;
mod exits;
mod hooks;
mod library;
mod program;
mod witness;

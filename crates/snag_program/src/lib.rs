//! A whole Go program: packages, types, calls, thread effects, pins.
//!
//! [`load`] finds the packages, [`Program::read`] reads them. Reading never fails: what could not be
//! understood is in [`Program::problems`] and lowers precision.

pub mod analysis;
pub mod bundle;
mod cgo;
pub mod contracts;
pub mod deploy;
pub mod files;
pub mod ir;
pub mod load;
mod lower;
mod methods;
mod names;
pub mod native;
mod program;
mod read;
mod types;
mod uses;

pub use program::{FileInfo, GlobalInfo, Note, Options, Program, Timing, TypeInfo};

//! Go, C preambles, go.mod and manifests: text in, trees and problems out.
//!
//! Nothing here fails: every reader returns what it understood and a list of [`Problem`]s. Nothing here
//! touches a disk, and nothing knows what a package or a rule is.

pub mod c;
pub mod go;
pub mod gomod;
pub mod gowork;
pub mod manifest;
pub mod modules_txt;
mod symbol;
mod text;

pub use symbol::{Symbol, sym};
pub use text::{LineIndex, Position, Problem, Span, TextEdit};

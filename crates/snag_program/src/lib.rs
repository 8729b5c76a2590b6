//! A whole Go program.

pub mod files;
pub mod load;

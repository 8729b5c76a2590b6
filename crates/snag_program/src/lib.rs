//! A whole Go program.

pub mod bundle;
pub mod files;
pub mod load;

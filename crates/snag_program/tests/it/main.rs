//! Tests through the boundary of the crate.

mod load;
mod program;

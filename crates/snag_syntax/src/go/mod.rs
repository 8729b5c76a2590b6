//! Go source: tokens, trees, comments, directives, build constraints.

pub mod ast;
pub mod token;

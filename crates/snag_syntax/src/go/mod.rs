//! Go source: tokens, trees, comments, directives, build constraints.

pub mod ast;
pub mod comment;
pub mod constraint;
mod header;
mod lexer;
pub mod literal;
mod parser;
mod place;
pub mod token;
mod unicode;

pub use header::{Header, Import, read_header};
pub use parser::{Bodies, MAX_LINKS, MAX_NESTING, body_end, parse_body, parse_file};

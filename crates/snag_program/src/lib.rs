//! A whole Go program.

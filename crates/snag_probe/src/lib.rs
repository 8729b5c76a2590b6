//! A running Go program: trace it, read its runtime.

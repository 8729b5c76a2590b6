//! The tables, asked as the rules ask them.

mod c;
mod calls;
mod goroutines;
mod history;
mod paths;
mod sources;
mod states;
mod versions;

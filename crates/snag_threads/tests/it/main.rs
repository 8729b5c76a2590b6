//! The tables, asked as the rules ask them.

mod calls;

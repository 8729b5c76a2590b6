//! What Go, the kernel and C do to an OS thread: the vocabulary and the tables.
//!
//! Everything here is a fact with a source: which state a thread has ([`state`]), which system call ([`syscall()`]),
//! Go call ([`api`]) or C function ([`c_function`]) changes or depends on it, which library calls leave the
//! goroutine ([`callback`], [`goroutine`]), which ones wait ([`blocking`]), and from which Go version on
//! ([`version`]). The rows live in `tables/*.toml`; `cargo codegen` compiles them into sorted static arrays.

mod c;
mod effect;
mod generated;
mod go;
pub mod history;
mod image;
mod os;
mod path;
mod property;
pub mod snapshot;
pub mod state;
mod syscall;
pub mod version;

pub use c::{CFunction, CIs, c_function, c_functions};
pub use effect::{Arg, Condition, Effects, Rule, Target, Test, Value};
pub use go::{
    AllThreads, Api, Awaits, Blocking, Call, Callback, CallbackArgument, Carries, ImportEffect, Kind,
    LockBehavior, Package, PutBack, Requires, Save, Saved, Spawn, When, api, blocking, callback, goroutine,
    import_effect, package, packages,
};
pub use image::{Name, known_image, public_registry};
pub use os::OsSet;
pub use path::{PathRule, View, may_show_a_thread, path_rule, path_rules};
pub use property::{Is, Property, never_returns, package_property, property, property_in_stack};
pub use state::{Flag, Harm, Inherited, Restorable, Scope, StateId, StateInfo, StateSet, flag};
pub use syscall::{
    Arch, Spelling, Syscall, constant, constants, syscall, syscall_by_number, syscall_effects, syscalls,
};
pub use version::GoVersion;

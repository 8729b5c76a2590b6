//! Which locks a goroutine holds where.

use super::calls::Calls;
use crate::ir::{Call, Callee};

/// What a call does to a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Takes it, and keeps others out.
    Lock,
    /// Takes it, together with other readers.
    ReadLock,
    /// Gives it back.
    Unlock,
    /// Takes it if it is free.
    TryLock,
}

/// What a call of the standard library does to a lock.
pub(crate) fn operation(calls: &Calls<'_>, call: &Call) -> Option<Operation> {
    let (path, name) = called(calls, call)?;
    if path != "sync" {
        return None;
    }
    Some(match name.as_str() {
        "Mutex.Lock" | "RWMutex.Lock" | "Locker.Lock" => Operation::Lock,
        "RWMutex.RLock" => Operation::ReadLock,
        "Mutex.Unlock" | "RWMutex.Unlock" | "RWMutex.RUnlock" | "Locker.Unlock" => Operation::Unlock,
        "Mutex.TryLock" | "RWMutex.TryLock" | "RWMutex.TryRLock" => Operation::TryLock,
        _ => return None,
    })
}

/// The import path and name of the callee, where it is known.
pub(crate) fn called<'p>(calls: &Calls<'p>, call: &Call) -> Option<(&'p str, String)> {
    let program = calls.program;
    match call.callee {
        Callee::Function(target) => program.table_name(target),
        Callee::Missing { package, name } => Some((package.as_str(), name.to_string())),
        Callee::Interface { interface: Some(interface), method } => {
            let info = program.type_info(interface);
            let path = program.workspace.package(info.package).path.as_str();
            Some((path, format!("{}.{method}", info.name)))
        }
        _ => None,
    }
}

//! Threads that never sleep: what they have of their own cannot be read at one moment, so they are looked at often.

use std::time::Duration;

use rustc_hash::FxHashMap;
use snag_threads::snapshot::{Machine, Snapshot};
use snag_threads::{Harm, StateId};

use super::machines::RawMachine;
use super::now;
use crate::target::Target;
use crate::threads;

/// A goroutine that pins, changes the thread, puts it back and unpins all the time is caught without its pin and with the
/// change in one look out of seven at most. So many looks that all agree are no chance.
const LOOKS: u32 = 16;
/// Between looks, and as much again by chance: no rhythm of the program must be met each time.
const REST: Duration = Duration::from_micros(300);
/// More threads than this are not looked at so often.
const MOST: usize = 64;

/// Decides about the threads that were running while they were read, where that matters: where threads differ.
pub(super) fn settle(target: &Target, snapshot: &mut Snapshot, machines: &[RawMachine]) {
    if !differ(snapshot) {
        return;
    }
    let raw: FxHashMap<i64, &RawMachine> = machines.iter().map(|machine| (machine.id, machine)).collect();
    let pid = target.process.pid;
    let unsettled =
        snapshot.machines.iter().enumerate().filter(|(_, machine)| !machine.settled && is_free(machine));
    let mut watched: Vec<_> = unsettled
        .filter_map(|(at, machine)| Some((at, *raw.get(&machine.id)?, snapshot.thread(machine.tid?)?)))
        .take(MOST)
        .collect();
    for _ in 0..LOOKS {
        watched.retain(|(_, raw, thread)| {
            raw.is_free_now(target) && threads::is_unchanged(pid, thread) && raw.is_free_now(target)
        });
        if watched.is_empty() {
            return;
        }
        std::thread::sleep(REST + REST * (now().subsec_nanos() % 1000) / 1000);
    }
    let settled: Vec<usize> = watched.into_iter().map(|(at, ..)| at).collect();
    for at in settled {
        snapshot.machines[at].settled = true;
    }
}

fn is_free(machine: &Machine) -> bool {
    machine.is_shared() && !machine.in_cgo
}

/// Whether threads on which any goroutine may run are not all alike.
fn differ(snapshot: &Snapshot) -> bool {
    let free = || {
        snapshot.machines.iter().filter(|machine| is_free(machine)).filter_map(|it| snapshot.thread(it.tid?))
    };
    StateId::all().filter(|state| state.info().harm == Harm::Bystanders).any(|state| {
        let mut values = free().filter_map(|thread| thread.value(state));
        let first = values.next();
        values.any(|value| Some(value) != first)
    })
}

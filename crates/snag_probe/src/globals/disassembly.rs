//! Variables of the runtime, from the code that uses them: function bodies are known even in stripped programs.

use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};
use rustc_hash::FxHashSet;

use super::Found;
use crate::memory::Memory;
use crate::pclntab::{Function, FunctionTable};

/// No function looked at here is longer.
const LONGEST: u64 = 32 << 10;
/// What `runtime.schedinit` sets as the largest number of threads.
const THREADS_MAX: i64 = 10_000;

/// An access to a variable by its address.
struct Reference {
    address: u64,
    mnemonic: Mnemonic,
    immediate: Option<i64>,
    is_first: bool,
}

/// What the code says; fields that it does not say are none.
pub(super) fn look(memory: Memory, table: &FunctionTable, maxmcount: Option<usize>) -> Found {
    let [schedinit, allgadd, mcommoninit, procresize] =
        bodies(table, ["runtime.schedinit", "runtime.allgadd", "runtime.mcommoninit", "runtime.procresize"]);
    let references =
        |function: Option<Function>| function.map(|it| references(memory, it)).unwrap_or_default();
    let schedinit = references(schedinit);
    let limit = schedinit.iter().find(|it| it.mnemonic == Mnemonic::Mov && it.immediate == Some(THREADS_MAX));
    let mcommoninit = references(mcommoninit);
    // allm is read into the new M's link, and its address is taken for the atomic store of the new M.
    let taken: FxHashSet<u64> =
        mcommoninit.iter().filter(|it| it.mnemonic == Mnemonic::Lea).map(|it| it.address).collect();
    let allm = mcommoninit
        .iter()
        .rev()
        .find(|it| it.mnemonic == Mnemonic::Mov && !it.is_first && taken.contains(&it.address));
    Found {
        allgs: slice(&references(allgadd)),
        allp: slice(&references(procresize)),
        allm: allm.map(|it| it.address),
        sched: limit.zip(maxmcount).map(|(it, offset)| it.address.wrapping_sub(offset as u64)),
    }
}

/// The bodies of functions. Since Go 1.17 a wrapper may have the same name: the body is longer.
fn bodies<const N: usize>(table: &FunctionTable, names: [&str; N]) -> [Option<Function>; N] {
    let mut bodies = [None; N];
    for function in table.all() {
        let name = table.name(function);
        let Some(at) = names.iter().position(|known| *known == name) else { continue };
        let size = |function: &Function| function.end - function.entry;
        if bodies[at].as_ref().is_none_or(|known| size(known) < size(&function)) {
            bodies[at] = Some(function);
        }
    }
    bodies
}

fn references(memory: Memory, function: Function) -> Vec<Reference> {
    let length = (function.end - function.entry).min(LONGEST) as usize;
    let Ok(code) = memory.bytes(function.entry, length) else { return Vec::new() };
    let mut decoder = Decoder::with_ip(64, &code, function.entry, DecoderOptions::NONE);
    let mut found = Vec::new();
    while decoder.can_decode() {
        let instruction = decoder.decode();
        for operand in 0..instruction.op_count() {
            if instruction.op_kind(operand) == OpKind::Memory && instruction.memory_base() == Register::RIP {
                found.push(Reference {
                    address: instruction.memory_displacement64(),
                    mnemonic: instruction.mnemonic(),
                    immediate: immediate(&instruction),
                    is_first: operand == 0,
                });
            }
        }
    }
    found
}

fn immediate(instruction: &Instruction) -> Option<i64> {
    (0..instruction.op_count()).find_map(|operand| match instruction.op_kind(operand) {
        OpKind::Immediate8 => Some(i64::from(instruction.immediate8())),
        OpKind::Immediate32 => Some(i64::from(instruction.immediate32())),
        OpKind::Immediate32to64 => Some(instruction.immediate32to64()),
        _ => None,
    })
}

/// The slice that a function uses most: pointer, length and capacity stand in a row.
fn slice(references: &[Reference]) -> Option<u64> {
    let addresses: FxHashSet<u64> = references.iter().map(|it| it.address).collect();
    let uses = |address: u64| references.iter().filter(|it| it.address.wrapping_sub(address) <= 16).count();
    let slices = addresses.iter().copied();
    let slices = slices.filter(|it| addresses.contains(&(it + 8)) && addresses.contains(&(it + 16)));
    slices.max_by_key(|&address| (uses(address), address))
}

//! Walks inside one body: what comes after a call, and before what.

use rustc_hash::FxHashSet;

use crate::ir::{Block, BlockId, Body, CallId, Instr, LoopId, Terminator};

/// A step of a walk.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Point<'b> {
    /// An instruction.
    Instr(&'b Instr),
    /// The end of a block.
    End(&'b Terminator),
}

/// The position of a call: its block, and the instruction there.
pub(crate) fn position(body: &Body, id: CallId) -> Option<(BlockId, usize)> {
    let block = body.call(id).block;
    let instrs = &body.block(block).instrs;
    let at = instrs.iter().position(|instr| matches!(*instr, Instr::Call(found) if found == id))?;
    Some((block, at))
}

/// Visits what may come behind a position, every step once, and does not go on behind a step where `visit` says
/// `false`. Blocks outside `within` are not entered.
pub(crate) fn behind<'b>(
    body: &'b Body,
    from: (BlockId, usize),
    within: Option<LoopId>,
    mut visit: impl FnMut(BlockId, Point<'b>) -> bool,
) {
    let mut seen: FxHashSet<BlockId> = FxHashSet::default();
    let mut queue = vec![(from.0, from.1 + 1)];
    while let Some((id, start)) = queue.pop() {
        let block = body.block(id);
        let rest = block.instrs.get(start..).unwrap_or_default();
        if !rest.iter().all(|instr| visit(id, Point::Instr(instr))) || !visit(id, Point::End(&block.end)) {
            continue;
        }
        for next in successors(block) {
            let inside = within.is_none_or(|outer| is_within(body, body.block(next).in_loop, outer));
            if inside && seen.insert(next) {
                queue.push((next, 0));
            }
        }
    }
}

/// Where a block goes on.
pub(crate) fn successors(block: &Block) -> Vec<BlockId> {
    match &block.end {
        Terminator::Jump(next) => vec![*next],
        Terminator::If { then, otherwise, .. } => vec![*then, *otherwise],
        Terminator::Switch(targets) | Terminator::Select { targets, .. } => targets.clone(),
        Terminator::Return { .. } | Terminator::Dead => vec![],
    }
}

/// The loops around a block, innermost first.
pub(crate) fn loops_around(body: &Body, block: BlockId) -> Vec<LoopId> {
    let mut found = Vec::new();
    let mut next = body.block(block).in_loop;
    while let Some(id) = next {
        found.push(id);
        next = body.loops[id.index()].outer;
    }
    found
}

/// Whether a loop is another one, or inside it.
pub(crate) fn is_within(body: &Body, mut inner: Option<LoopId>, outer: LoopId) -> bool {
    while let Some(id) = inner {
        if id == outer {
            return true;
        }
        inner = body.loops[id.index()].outer;
    }
    false
}

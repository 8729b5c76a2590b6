//! Places in the source and stacks, each kept once.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use snag_threads::snapshot::{Frame, FrameId, StackId};

use crate::pclntab::FunctionTable;

/// The places that a snapshot speaks of.
pub(super) struct Frames<'t> {
    pub(super) table: &'t FunctionTable,
    frames: Vec<Frame>,
    known: FxHashMap<Frame, FrameId>,
    texts: FxHashSet<Arc<str>>,
    /// The frames of an address: several, if functions were inlined there.
    by_pc: FxHashMap<u64, Box<[FrameId]>>,
    stacks: Vec<Box<[FrameId]>>,
    known_stacks: FxHashMap<Box<[FrameId]>, StackId>,
}

impl<'t> Frames<'t> {
    pub(super) fn new(table: &'t FunctionTable) -> Frames<'t> {
        Frames {
            table,
            frames: Vec::new(),
            known: FxHashMap::default(),
            texts: FxHashSet::default(),
            by_pc: FxHashMap::default(),
            stacks: Vec::new(),
            known_stacks: FxHashMap::default(),
        }
    }

    /// The frames at an address, the innermost first.
    pub(super) fn at(&mut self, pc: u64) -> &[FrameId] {
        if !self.by_pc.contains_key(&pc) {
            let mut ids = Vec::new();
            match self.table.at(pc) {
                Some(function) => {
                    let mut spots = Vec::new();
                    self.table.spots(function, pc, |spot| {
                        spots.push((spot.function.to_owned(), spot.file.to_owned(), spot.line));
                    });
                    ids.extend(
                        spots.into_iter().map(|(function, file, line)| self.intern(&function, &file, line)),
                    );
                }
                None => ids.push(self.intern(&format!("{pc:#x}"), "", 0)),
            }
            self.by_pc.insert(pc, ids.into());
        }
        &self.by_pc[&pc]
    }

    /// The function that an address belongs to, as a place.
    pub(super) fn entry(&mut self, pc: u64) -> Option<FrameId> {
        self.in_function(pc)?.last().copied()
    }

    /// The place of the call behind a return address; what was inlined there is innermost.
    pub(super) fn call(&mut self, return_address: u64) -> Option<FrameId> {
        self.in_function(return_address.checked_sub(1)?)?.first().copied()
    }

    /// As [`Frames::at`], if there is a function. A million goroutines come from a few places: those are searched once.
    fn in_function(&mut self, pc: u64) -> Option<&[FrameId]> {
        if !self.by_pc.contains_key(&pc) {
            self.table.at(pc)?;
        }
        Some(self.at(pc))
    }

    pub(super) fn stack(&mut self, frames: Vec<FrameId>) -> StackId {
        let frames: Box<[FrameId]> = frames.into();
        if let Some(&known) = self.known_stacks.get(&frames) {
            return known;
        }
        let id = StackId(self.stacks.len() as u32);
        self.stacks.push(frames.clone());
        self.known_stacks.insert(frames, id);
        id
    }

    pub(super) fn finish(self) -> (Vec<Frame>, Vec<Box<[FrameId]>>) {
        (self.frames, self.stacks)
    }

    fn intern(&mut self, function: &str, file: &str, line: u32) -> FrameId {
        let frame = Frame { function: self.text(function), file: self.text(file), line };
        if let Some(&known) = self.known.get(&frame) {
            return known;
        }
        let id = FrameId(self.frames.len() as u32);
        self.frames.push(frame.clone());
        self.known.insert(frame, id);
        id
    }

    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let text: Arc<str> = text.into();
        self.texts.insert(text.clone());
        text
    }
}

//! Places in the source, stacks and goroutines that a history speaks of, each told once.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use snag_threads::history::{Event, Goroutine, GoroutineId, ProcessId};
use snag_threads::snapshot::{Frame, FrameId, StackId};

use super::runtime::{RawGoroutine, Runtime};

/// What was told already.
#[derive(Default)]
pub(crate) struct Places {
    frames: FxHashMap<Frame, FrameId>,
    texts: FxHashMap<String, Arc<str>>,
    stacks: FxHashMap<Box<[FrameId]>, StackId>,
    /// The frames of an address in a process: several, if functions were inlined there.
    addresses: FxHashMap<(ProcessId, u64), Box<[FrameId]>>,
    /// Ids are never used again in a process, but a process may run another program.
    goroutines: FxHashMap<(ProcessId, u64, u64), GoroutineId>,
}

/// Where steps of the history go.
pub(crate) type Sink<'s> = &'s mut dyn FnMut(Event);

impl Places {
    /// A stack by an address in each of its functions.
    pub(crate) fn stack(
        &mut self,
        process: ProcessId,
        runtime: &Runtime,
        pcs: &[u64],
        sink: Sink<'_>,
    ) -> Option<StackId> {
        let mut frames = Vec::new();
        for &pc in pcs {
            frames.extend_from_slice(self.at(process, runtime, pc, sink));
        }
        if frames.is_empty() {
            return None;
        }
        let frames: Box<[FrameId]> = frames.into();
        if let Some(&known) = self.stacks.get(&frames) {
            return Some(known);
        }
        let id = StackId(self.stacks.len() as u32);
        sink(Event::Stack(frames.clone()));
        self.stacks.insert(frames, id);
        Some(id)
    }

    pub(crate) fn goroutine(
        &mut self,
        process: ProcessId,
        runtime: &Runtime,
        raw: &RawGoroutine,
        sink: Sink<'_>,
    ) -> GoroutineId {
        let key = (process, raw.id, raw.start_pc);
        if let Some(&known) = self.goroutines.get(&key) {
            return known;
        }
        // A return address stands behind its call; what was inlined there is innermost.
        let created = raw.created_pc.checked_sub(1).filter(|_| raw.created_pc != 0);
        let created = created.and_then(|pc| self.place(process, runtime, pc, sink));
        let start = self.at(process, runtime, raw.start_pc, sink).last().copied();
        let id = GoroutineId(self.goroutines.len() as u32);
        sink(Event::Goroutine(Goroutine { process, id: raw.id, parent: raw.parent, created, start }));
        self.goroutines.insert(key, id);
        id
    }

    /// The innermost function at an address.
    pub(super) fn place(
        &mut self,
        process: ProcessId,
        runtime: &Runtime,
        pc: u64,
        sink: Sink<'_>,
    ) -> Option<FrameId> {
        self.at(process, runtime, pc, sink).first().copied()
    }

    /// The frames at an address, the innermost first; none if it is in no function of Go.
    fn at(&mut self, process: ProcessId, runtime: &Runtime, pc: u64, sink: Sink<'_>) -> &[FrameId] {
        if !self.addresses.contains_key(&(process, pc)) {
            let mut spots = Vec::new();
            if let Some(function) = runtime.target.table.at(pc) {
                runtime.target.table.spots(function, pc, |spot| {
                    spots.push((spot.function.to_owned(), spot.file.to_owned(), spot.line));
                });
            }
            let frames = spots.into_iter().map(|(function, file, line)| {
                let frame = Frame { function: self.text(function), file: self.text(file), line };
                self.frame(frame, sink)
            });
            let frames: Vec<FrameId> = frames.collect();
            self.addresses.insert((process, pc), frames.into());
        }
        &self.addresses[&(process, pc)]
    }

    /// A process runs another program: its addresses mean something else.
    pub(crate) fn forget(&mut self, process: ProcessId) {
        self.addresses.retain(|(of, _), _| *of != process);
    }

    fn frame(&mut self, frame: Frame, sink: Sink<'_>) -> FrameId {
        if let Some(&known) = self.frames.get(&frame) {
            return known;
        }
        let id = FrameId(self.frames.len() as u32);
        sink(Event::Frame(frame.clone()));
        self.frames.insert(frame, id);
        id
    }

    fn text(&mut self, text: String) -> Arc<str> {
        if let Some(known) = self.texts.get(&text) {
            return known.clone();
        }
        let shared: Arc<str> = text.as_str().into();
        self.texts.insert(text, shared.clone());
        shared
    }
}

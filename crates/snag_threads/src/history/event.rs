//! The steps of which a history is made.

use serde::{Deserialize, Serialize};

use super::{
    Call, Crowd, Death, DeathSignal, Exit, Gap, Goroutine, History, Nanos, Process, ProcessId, Program,
    Sighting, Stay, Thread, ThreadId, Turn, Watch,
};
use crate::snapshot::{Frame, FrameId};

/// A step. Those that add something to a list of the [`History`] name it afterwards by its place there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// What is run, and in which directory.
    Command(Vec<String>, String),
    /// Adds a place in the source.
    Frame(#[serde(with = "frame")] Frame),
    /// Adds a stack.
    Stack(#[serde(with = "ids")] Box<[FrameId]>),
    /// Adds a process.
    Process(Process),
    /// A process starts a program.
    Program(ProcessId, Program),
    /// A program turned out to be one of Go, of this version.
    Go(ProcessId, String),
    /// The program of a process was built from this module.
    Module(ProcessId, String),
    /// A process asked for this signal when the thread ends that forked it.
    DeathSignal(ProcessId, DeathSignal),
    /// The thread that forked a process ended, and the signal came that it had asked for.
    Orphaned(ProcessId, Nanos),
    /// A process ended.
    Exit(ProcessId, Nanos, Exit),
    /// Adds a thread.
    Thread(Thread),
    /// A thread ended.
    Death(ThreadId, Death),
    /// Adds a goroutine.
    Goroutine(Goroutine),
    /// Adds a call.
    Call(Call),
    /// Adds a sighting.
    Sighting(Sighting),
    /// Adds a step of the scheduler.
    Turn(Turn),
    /// From here on somebody looks who is on the threads of a process.
    Watch(Watch),
    /// Adds a stay.
    Stay(Stay),
    /// Adds a look at the many threads of a process.
    Crowd(Crowd),
    /// Adds a gap.
    Gap(Gap),
    /// All processes have ended.
    End(Nanos),
}

impl History {
    /// Adds a step. One that speaks of what there is not changes nothing.
    pub fn add(&mut self, event: Event) {
        match event {
            Event::Command(command, directory) => {
                self.command = command;
                self.directory = directory;
            }
            Event::Frame(frame) => self.frames.push(frame),
            Event::Stack(stack) => self.stacks.push(stack),
            Event::Process(process) => self.processes.push(process),
            Event::Program(process, program) => {
                if let Some(process) = self.process_mut(process) {
                    process.programs.push(program);
                }
            }
            Event::Go(process, version) => {
                if let Some(program) = self.program_mut(process) {
                    program.go_version = Some(version);
                }
            }
            Event::Module(process, module) => {
                if let Some(program) = self.program_mut(process) {
                    program.module = Some(module);
                }
            }
            Event::DeathSignal(process, signal) => {
                if let Some(process) = self.process_mut(process) {
                    process.death_signal = Some(signal).filter(|signal| signal.signal != 0);
                }
            }
            Event::Orphaned(process, at) => {
                if let Some(signal) = self.process_mut(process).and_then(|it| it.death_signal.as_mut()) {
                    signal.sent = Some(at);
                }
            }
            Event::Exit(process, at, exit) => {
                if let Some(process) = self.process_mut(process) {
                    process.end = Some((at, exit));
                }
            }
            Event::Thread(thread) => self.threads.push(thread),
            Event::Death(thread, death) => {
                if let Some(thread) = self.threads.get_mut(thread.0 as usize) {
                    thread.death = Some(death);
                }
            }
            Event::Goroutine(goroutine) => self.goroutines.push(goroutine),
            Event::Call(call) => self.calls.push(call),
            Event::Sighting(sighting) => self.sightings.push(sighting),
            Event::Turn(turn) => self.turns.push(turn),
            Event::Watch(watch) => self.watches.push(watch),
            Event::Stay(stay) => self.stays.push(stay),
            Event::Crowd(crowd) => self.crowds.push(crowd),
            Event::Gap(gap) => self.gaps.push(gap),
            Event::End(at) => self.ended = Some(at),
        }
    }

    fn program_mut(&mut self, id: ProcessId) -> Option<&mut Program> {
        self.process_mut(id)?.programs.last_mut()
    }

    fn process_mut(&mut self, id: ProcessId) -> Option<&mut Process> {
        self.processes.get_mut(id.0 as usize)
    }
}

/// A place in the source as three values.
mod frame {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::snapshot::Frame;

    pub(super) fn serialize<S: Serializer>(frame: &Frame, to: S) -> Result<S::Ok, S::Error> {
        (&*frame.function, &*frame.file, frame.line).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Frame, D::Error> {
        let (function, file, line) = <(Arc<str>, Arc<str>, u32)>::deserialize(from)?;
        Ok(Frame { function, file, line })
    }
}

/// A stack as a list of numbers.
mod ids {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::snapshot::FrameId;

    pub(super) fn serialize<S: Serializer>(stack: &[FrameId], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(stack.iter().map(|frame| frame.0))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Box<[FrameId]>, D::Error> {
        Ok(Vec::<u32>::deserialize(from)?.into_iter().map(FrameId).collect())
    }
}

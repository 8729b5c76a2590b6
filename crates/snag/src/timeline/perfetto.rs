//! Perfetto's trace format: packets of protocol buffers, names written once. For pictures that are large.
//!
//! Field numbers are those of `protos/perfetto/trace/perfetto_trace.proto`, which never change.

use std::collections::HashMap;
use std::io::{self, Write};

use snag_threads::history::Nanos;

use super::model::{Group, Lane, Pin, Runner, Slice, Timeline};
use super::protobuf::Message;

/// All packets are of one writer.
const SEQUENCE: u64 = 1;
/// The writer's names begin here.
const CLEARED: u64 = 1;
/// The packet uses names of earlier ones.
const NEEDS_NAMES: u64 = 2;

mod trace {
    pub(super) const PACKET: u64 = 1;
}

mod packet {
    pub(super) const TIMESTAMP: u64 = 8;
    pub(super) const SEQUENCE_ID: u64 = 10;
    pub(super) const TRACK_EVENT: u64 = 11;
    pub(super) const INTERNED_DATA: u64 = 12;
    pub(super) const SEQUENCE_FLAGS: u64 = 13;
    pub(super) const TRACK_DESCRIPTOR: u64 = 60;
}

mod track {
    pub(super) const UUID: u64 = 1;
    pub(super) const NAME: u64 = 2;
    pub(super) const PROCESS: u64 = 3;
    pub(super) const THREAD: u64 = 4;
    pub(super) const PARENT: u64 = 5;
}

mod process {
    pub(super) const PID: u64 = 1;
    pub(super) const NAME: u64 = 6;
}

mod thread {
    pub(super) const PID: u64 = 1;
    pub(super) const TID: u64 = 2;
    pub(super) const NAME: u64 = 5;
}

mod event {
    pub(super) const ANNOTATION: u64 = 4;
    pub(super) const TYPE: u64 = 9;
    pub(super) const NAME_ID: u64 = 10;
    pub(super) const TRACK: u64 = 11;
    pub(super) const BEGIN: u64 = 1;
    pub(super) const END: u64 = 2;
    pub(super) const INSTANT: u64 = 3;
}

mod annotation {
    pub(super) const NAME_ID: u64 = 1;
    pub(super) const NUMBER: u64 = 3;
    pub(super) const TEXT_ID: u64 = 17;
}

/// Texts that are written once, by the field they stand in.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Names {
    Events = 2,
    Annotations = 3,
    Values = 29,
}

/// An entry of any of them.
mod interned {
    pub(super) const ID: u64 = 1;
    pub(super) const TEXT: u64 = 2;
}

pub(super) fn write(timeline: &Timeline, to: &mut dyn Write) -> io::Result<()> {
    let names = timeline.goroutines.iter().map(Runner::name).collect();
    let mut out = Out { to, timeline, names, ids: HashMap::new(), tracks: 0 };
    out.packet(Message::default().number(packet::SEQUENCE_FLAGS, CLEARED))?;
    // Findings are drawn on the tracks of threads.
    let mut tracks = HashMap::new();
    for (at, group) in (0u32..).zip(&timeline.groups) {
        let process = out.process(group)?;
        for (lane_at, lane) in (0u32..).zip(&group.lanes) {
            tracks.insert((at, lane_at), out.lane(group, process, lane)?);
        }
    }
    for finding in &timeline.findings {
        for &(group, lane, at) in &finding.spots {
            let Some(&track) = tracks.get(&(group, lane)) else { continue };
            let name = format!("{}[{}]", finding.severity, finding.rule);
            out.instant(track, at, &name, &[("message", finding.message.as_str())])?;
        }
    }
    Ok(())
}

struct Out<'t> {
    to: &'t mut dyn Write,
    timeline: &'t Timeline,
    /// Names of goroutines.
    names: Vec<String>,
    /// Texts that were written once.
    ids: HashMap<(Names, String), u64>,
    tracks: u64,
}

impl Out<'_> {
    fn packet(&mut self, packet: Message) -> io::Result<()> {
        let packet = packet.number(packet::SEQUENCE_ID, SEQUENCE);
        self.to.write_all(Message::default().message(trace::PACKET, &packet).as_bytes())
    }

    /// The number of a text, which is written before it is used.
    fn id(&mut self, of: Names, text: &str) -> io::Result<u64> {
        if let Some(&id) = self.ids.get(&(of, text.to_owned())) {
            return Ok(id);
        }
        let id = self.ids.len() as u64 + 1;
        self.ids.insert((of, text.to_owned()), id);
        let entry = Message::default().number(interned::ID, id).text(interned::TEXT, text);
        let data = Message::default().message(of as u64, &entry);
        self.packet(
            Message::default()
                .number(packet::SEQUENCE_FLAGS, NEEDS_NAMES)
                .message(packet::INTERNED_DATA, &data),
        )?;
        Ok(id)
    }

    fn track(&mut self, of: impl FnOnce(Message) -> Message) -> io::Result<u64> {
        self.tracks += 1;
        let track = of(Message::default().number(track::UUID, self.tracks));
        self.packet(Message::default().message(packet::TRACK_DESCRIPTOR, &track))?;
        Ok(self.tracks)
    }

    fn process(&mut self, group: &Group) -> io::Result<u64> {
        let process = Message::default()
            .number(process::PID, u64::from(group.pid.cast_unsigned()))
            .text(process::NAME, &group.name);
        self.track(|track| track.message(track::PROCESS, &process))
    }

    fn lane(&mut self, group: &Group, process: u64, lane: &Lane) -> io::Result<u64> {
        let thread = Message::default()
            .number(thread::PID, u64::from(group.pid.cast_unsigned()))
            .number(thread::TID, u64::from(lane.tid.cast_unsigned()))
            .text(thread::NAME, "thread");
        let own = self.track(|track| track.message(track::THREAD, &thread).number(track::PARENT, process))?;
        self.instant(own, lane.lived.0, "thread is made", &[("why", &lane.born)])?;
        for slice in &lane.slices {
            self.slice(own, slice)?;
        }
        for mark in &lane.marks {
            let (details, stack) = (mark.lines.join("; "), self.timeline.stack(mark.stack));
            let who = mark.goroutine.and_then(|at| self.names.get(at as usize)).cloned().unwrap_or_default();
            let said = [("goroutine", who.as_str()), ("details", &details), ("stack", &stack)];
            self.instant(own, mark.at, &mark.title, &said)?;
        }
        if let Some(died) = &lane.died {
            self.instant(own, lane.lived.1, "thread ends", &[("why", died)])?;
        }
        if !lane.changed.is_empty() {
            let below = self.track(|track| track.text(track::NAME, "changed").number(track::PARENT, own))?;
            for changed in &lane.changed {
                let name = self.id(Names::Events, &changed.title())?;
                self.begin(below, changed.from, name, Message::default())?;
                self.end(below, changed.to)?;
            }
        }
        Ok(own)
    }

    fn slice(&mut self, track: u64, slice: &Slice) -> io::Result<()> {
        let Some(name) = self.names.get(slice.goroutine as usize).cloned() else { return Ok(()) };
        let runner = self.timeline.goroutines.get(slice.goroutine as usize);
        let pinned = match slice.pin {
            Pin::Loose => "",
            Pin::Held => "yes",
            Pin::Undone => "at first",
        };
        let waits = if slice.waits { "and the thread with it" } else { "" };
        let created = runner.map(|runner| runner.created.as_str()).unwrap_or_default();
        let mut event = self
            .annotations(Message::default(), &[("started", created), ("pinned", pinned), ("waits", waits)])?;
        if slice.looks > 0 {
            let name = self.id(Names::Annotations, "looks")?;
            let looks = u64::from(slice.looks);
            let looks =
                Message::default().number(annotation::NAME_ID, name).number(annotation::NUMBER, looks);
            event = event.message(event::ANNOTATION, &looks);
        }
        let name = self.id(Names::Events, &name)?;
        self.begin(track, slice.from, name, event)?;
        self.end(track, slice.to)
    }

    /// Adds what there is to say.
    fn annotations(&mut self, mut event: Message, said: &[(&str, &str)]) -> io::Result<Message> {
        for (name, text) in said.iter().filter(|(_, text)| !text.is_empty()) {
            let (name, text) = (self.id(Names::Annotations, name)?, self.id(Names::Values, text)?);
            let annotation =
                Message::default().number(annotation::NAME_ID, name).number(annotation::TEXT_ID, text);
            event = event.message(event::ANNOTATION, &annotation);
        }
        Ok(event)
    }

    fn instant(&mut self, track: u64, at: Nanos, name: &str, said: &[(&str, &str)]) -> io::Result<()> {
        let name = self.id(Names::Events, name)?;
        let event = self.annotations(Message::default(), said)?;
        let event = event.number(event::NAME_ID, name);
        self.event(track, at, event::INSTANT, event)
    }

    fn begin(&mut self, track: u64, at: Nanos, name: u64, event: Message) -> io::Result<()> {
        self.event(track, at, event::BEGIN, event.number(event::NAME_ID, name))
    }

    fn end(&mut self, track: u64, at: Nanos) -> io::Result<()> {
        self.event(track, at, event::END, Message::default())
    }

    fn event(&mut self, track: u64, at: Nanos, kind: u64, event: Message) -> io::Result<()> {
        let event = event.number(event::TYPE, kind).number(event::TRACK, track);
        let packet = Message::default()
            .number(packet::TIMESTAMP, at)
            .number(packet::SEQUENCE_FLAGS, NEEDS_NAMES)
            .message(packet::TRACK_EVENT, &event);
        self.packet(packet)
    }
}

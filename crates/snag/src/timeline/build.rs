//! From a history to a picture. Nothing is drawn that is not known.

use snag_rules::history::HistoryFinding;
use snag_threads::history::{
    Birth, Death, DeathReason, Goroutine, GoroutineId, History, Nanos, Process, Thread, ThreadId,
};
use snag_threads::snapshot::{Frame, FrameId};

use super::model::{Group, Lane, Problem, Runner, Timeline};
use super::{changes, slices};
use crate::output::severity;
use crate::run::position;

/// Where a thread is in the picture: group and lane.
type Spot = (u32, u32);

/// Draws a history, and what is wrong with it.
pub(crate) fn build(history: &History, findings: &[HistoryFinding]) -> Timeline {
    let end = end(history);
    let mut lanes: Vec<Lane> = history.threads.iter().map(|thread| lane(history, thread, end)).collect();
    slices::draw(history, &mut lanes);
    changes::draw(history, &mut lanes);
    for lane in &mut lanes {
        lane.slices.sort_by_key(|slice| (slice.from, slice.to));
        lane.marks.sort_by_key(|mark| mark.at);
    }
    let mut groups: Vec<Group> = history.processes.iter().map(group).collect();
    let mut spots: Vec<Spot> = Vec::new();
    for (thread, mut lane) in history.threads.iter().zip(lanes) {
        let of = thread.process.0;
        let parent = thread.parent.filter(|_| !thread.inherited.is_empty());
        let parent = parent.and_then(|ThreadId(parent)| spots.get(parent as usize));
        lane.heir_of = parent.filter(|(group, _)| *group == of).map(|&(_, lane)| lane);
        let lanes = groups.get_mut(of as usize).map(|group| &mut group.lanes);
        spots.push((of, lanes.as_ref().map_or(0, |lanes| lanes.len() as u32)));
        if let Some(lanes) = lanes.filter(|_| !is_before_exec(history, thread)) {
            lanes.push(lane);
        }
    }
    let place = |id: &FrameId| id.0;
    Timeline {
        command: history.command.join(" "),
        end,
        goroutines: history.goroutines.iter().map(|it| runner(history, it)).collect(),
        groups,
        findings: findings.iter().map(|finding| problem(history, finding, &spots)).collect(),
        frames: history
            .frames
            .iter()
            .map(|frame| (frame.function.to_string(), position(frame, &history.directory)))
            .collect(),
        stacks: history.stacks.iter().map(|stack| stack.iter().map(place).collect()).collect(),
        notes: history.gaps.iter().map(|gap| gap.reason.clone()).collect(),
    }
}

/// Whether it is the copy of another process's thread that a fork makes and exec ends.
fn is_before_exec(history: &History, thread: &Thread) -> bool {
    let program = history.process(thread.process).and_then(|process| process.programs.first());
    let death = thread.death.map(|death| death.at);
    thread.birth == Birth::Main && death.zip(program).is_some_and(|(death, program)| death <= program.at)
}

/// When the last thing happened that the history tells.
fn end(history: &History) -> Nanos {
    let threads = history.threads.iter().map(|it| it.death.map_or(it.born, |death| death.at));
    let calls = history.calls.iter().map(|it| it.at);
    let sightings = history.sightings.iter().map(|it| it.at);
    let stays = history.stays.iter().map(|it| it.to);
    let turns = history.turns.iter().map(|it| it.at);
    let all = threads.chain(calls).chain(sightings).chain(stays).chain(turns).chain(history.ended);
    all.max().unwrap_or(0)
}

fn group(process: &Process) -> Group {
    let program = process.programs.iter().rfind(|program| program.go_version.is_some());
    let program = program.or(process.programs.last());
    let name = program.map_or("no program", |it| it.executable.rsplit('/').next().unwrap_or(&it.executable));
    let version = program.and_then(|program| program.go_version.as_deref());
    let name = version.map_or_else(|| name.to_owned(), |version| format!("{name} ({version})"));
    Group { pid: process.pid, name, lanes: Vec::new() }
}

fn lane(history: &History, thread: &Thread, end: Nanos) -> Lane {
    let tid = |ThreadId(at): ThreadId| history.threads.get(at as usize).map(|thread| thread.tid);
    let mut born = birth(thread.birth).to_owned();
    if let Some(parent) = thread.parent.and_then(tid) {
        born = format!("{born}; made by thread {parent}");
    }
    let until = thread.death.map_or(end, |death| death.at);
    Lane {
        tid: thread.tid,
        lived: (thread.born, until.max(thread.born)),
        born,
        died: thread.death.map(|it| death(history, it)),
        died_early: thread.death.is_some_and(|death| death.reason != DeathReason::Process),
        heir_of: None,
        watched: None,
        slices: Vec::new(),
        changed: Vec::new(),
        marks: Vec::new(),
    }
}

fn birth(birth: Birth) -> &'static str {
    match birth {
        Birth::Main => "the first thread of its process",
        Birth::Scheduler => "the runtime needed a thread to run goroutines",
        Birth::Template => "a goroutine was pinned, so the runtime keeps a clean thread to make others from",
        Birth::FromTemplate => "made from the clean thread, because the one that asked is pinned",
        Birth::Runtime => "for the runtime itself, such as sysmon",
        Birth::C => "made by C",
        Birth::Unknown => "nobody saw why",
    }
}

fn death(history: &History, death: Death) -> String {
    let who = death.goroutine.and_then(|id| history.goroutine(id));
    match death.reason {
        DeathReason::Process => "with its process, or because that started another program".to_owned(),
        DeathReason::PinnedGoroutine => {
            let who = who.map_or_else(|| "a goroutine".to_owned(), |it| format!("goroutine {}", it.id));
            format!("{who} ended while it was pinned, so the runtime destroyed the thread")
        }
        DeathReason::Itself => "by itself".to_owned(),
    }
}

fn runner(history: &History, goroutine: &Goroutine) -> Runner {
    let frame = |id: Option<FrameId>| id.and_then(|id| history.frame(id));
    let created = frame(goroutine.created);
    let function = frame(goroutine.start).map(|start| match created {
        // The compiler's wrapper of a call with arguments says less than the line it stands in.
        Some(created) if start.function.contains(".gowrap") => {
            format!("{} in {}", line(created), created.function)
        }
        _ => start.function.to_string(),
    });
    let place = created.map(|it| format!("at {}", position(it, &history.directory)));
    let parent = goroutine.parent.map(|parent| format!("by goroutine {parent}"));
    let created: Vec<String> = place.into_iter().chain(parent).collect();
    Runner { id: goroutine.id, function: function.unwrap_or_default(), created: created.join(" ") }
}

/// A place without its folder.
fn line(frame: &Frame) -> String {
    format!("{}:{}", frame.file.rsplit('/').next().unwrap_or(&frame.file), frame.line)
}

fn problem(history: &History, finding: &HistoryFinding, spots: &[Spot]) -> Problem {
    let place = |frame| position(frame, &history.directory);
    let evidence = finding.evidence.iter();
    let evidence = evidence.map(|it| (it.message.clone(), it.frame.as_ref().map(place).unwrap_or_default()));
    let spot = |&(group, lane): &Spot, at: Nanos| (group, lane, at);
    let seen = finding.witnesses.iter();
    Problem {
        rule: finding.rule,
        severity: severity(finding.severity),
        message: finding.message.clone(),
        place: finding.frame.as_ref().map(place).unwrap_or_default(),
        evidence: evidence.collect(),
        spots: seen.filter_map(|it| Some(spot(spots.get(it.thread.0 as usize)?, it.at))).collect(),
    }
}

/// The name of a goroutine in a mark.
pub(super) fn name(history: &History, id: GoroutineId) -> String {
    history.goroutine(id).map_or_else(|| "a goroutine".to_owned(), |it| runner(history, it).name())
}

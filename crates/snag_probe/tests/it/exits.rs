//! Goroutines that end pinned, as a trace and as the program tells of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use snag_probe::{Launch, Signals, run};
use snag_threads::history::{DeathReason, Exit, History};
use snag_threads::snapshot::FrameId;

use crate::program::{BUILDS, toolchains};

const SOURCE: &str = include_str!("../programs/exits/main.go");

/// The line of the source that ends with this remark.
fn line(remark: &str) -> Option<u32> {
    let remark = format!("// {remark}");
    let at = SOURCE.lines().position(|line| line.ends_with(&remark))?;
    Some(at as u32 + 1)
}

/// Runs a program with its output in a file; what it wrote, and what was seen.
pub(crate) fn traced(program: &Path, arguments: &[&str]) -> (String, History) {
    let output = program.with_extension("out");
    let script = format!("exec \"$0\" \"$@\" > {}", output.display());
    let mut words = vec!["sh".into(), "-c".into(), script.into(), program.into()];
    words.extend(arguments.iter().map(Into::into));
    let launch = Launch { program: "/bin/sh".into(), arguments: words, ..Launch::default() };
    let mut history = History::default();
    let exit = run(&launch, &Signals::hold(), &mut |event| history.add(event)).expect("it runs");
    let told = fs::read_to_string(&output).expect("its output");
    assert_eq!(exit, Exit::Code(0), "{program:?}: {told}");
    (told, history)
}

/// A way to end: how many goroutines took it, of how many it is known which, and of how many where they pinned themselves.
#[derive(Debug, Default, PartialEq)]
struct Ended {
    told: usize,
    known: usize,
    pins: usize,
}

fn check(told: &str, history: &History, what: &str) {
    let mut ways: BTreeMap<&str, Ended> = BTreeMap::new();
    let line_of = |id: Option<FrameId>| id.and_then(|id| history.frame(id)).map(|frame| frame.line);
    for told in told.lines() {
        let ["ends", way, goroutine, tid] = told.split(' ').collect::<Vec<_>>()[..] else { panic!("{told}") };
        let ended = ways.entry(way).or_default();
        ended.told += 1;
        // Ids of threads are used again, those of goroutines are not.
        let deaths = history.threads.iter().filter(|thread| thread.tid.to_string() == tid);
        let deaths: Vec<_> = deaths.filter_map(|thread| thread.death).collect();
        let known = |id| history.goroutine(id).is_some_and(|it| it.id.to_string() == goroutine);
        let Some(death) = deaths.iter().find(|death| death.goroutine.is_some_and(known)) else {
            assert!(deaths.iter().any(|death| death.goroutine.is_none()), "{what}: {told}, but {deaths:?}");
            continue;
        };
        assert_eq!(death.reason, DeathReason::PinnedGoroutine, "{what}: {told}");
        let goroutine = death.goroutine.and_then(|id| history.goroutine(id)).expect("a goroutine");
        assert_eq!(line_of(goroutine.created), line(&format!("start {way}")), "{what}: {told}");
        assert!(death.pin.is_none() || line_of(death.pin) == line(&format!("pin {way}")), "{what}: {told}");
        ended.known += 1;
        ended.pins += usize::from(death.pin.is_some());
    }
    for (way, ended) in &ways {
        // Only where many end at once it may be unknown which.
        let few = if *way == "crowd" { ended.told - 10 } else { ended.told };
        assert!(ended.known >= few, "{what} {way}: {ended:?}");
        assert_eq!(ended.pins, if *way == "either" { 0 } else { ended.known }, "{what} {way}");
    }
    assert_eq!(ways.values().map(|ended| ended.told).sum::<usize>(), 190, "{what}");
    let ends = history.threads.iter().filter_map(|thread| thread.death);
    let pinned = ends.filter(|death| death.reason == DeathReason::PinnedGoroutine).count();
    assert_eq!(pinned, 190, "{what}");
}

#[test]
fn who_ended_a_thread_is_known_however_a_program_is_built() {
    for toolchain in toolchains() {
        for build in BUILDS {
            let what = format!("{} {}", toolchain.version, build.name);
            let program = toolchain.build("exits", *build);
            let (told, history) = traced(&program, &[]);
            assert_eq!(history.gaps, [], "{what}");
            check(&told, &history, &what);
            let itself = history.threads.iter().filter_map(|thread| thread.death);
            let itself = itself.filter(|death| death.reason == DeathReason::Itself).count();
            assert_eq!(itself, if build.cgo { 5 } else { 0 }, "{what}");
        }
    }
}

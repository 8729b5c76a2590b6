//! Threads and children that begin as a changed thread is, compared with what the program says of them at the end.

use snag_threads::history::{History, Own, Process, Thread};
use snag_threads::state::NICE;

use crate::exits::traced;
use crate::program::{BUILDS, toolchains};

fn lowered(inherited: &[Own]) -> bool {
    inherited.iter().any(|own| own.state == NICE && own.value.as_deref() == Some("5") && own.by.is_some())
}

/// What the program says of something by its id.
fn told<'t>(told: &'t str, what: &str) -> impl Iterator<Item = (i32, i32)> + use<'t> {
    let words: Vec<Vec<&str>> = told.lines().map(|line| line.split(' ').collect()).collect();
    let lines: Vec<_> = words.into_iter().filter(|words| words[0] == what).collect();
    lines.into_iter().map(|words| {
        let number = |at: usize| words.get(at).and_then(|word| word.parse().ok()).unwrap_or(0);
        (number(1), number(2))
    })
}

fn check(text: &str, history: &History, what: &str) -> [usize; 2] {
    // The goroutine itself cannot say which thread it changed: it may be on another one by the time it asks.
    let changed: Vec<i32> =
        history.calls.iter().filter_map(|call| Some(history.thread(call.thread)?.tid)).collect();
    let mut dirty = [0; 2];
    for (tid, nice) in told(text, "thread").filter(|(tid, _)| !changed.contains(tid)) {
        let thread = history.threads.iter().rfind(|thread: &&Thread| thread.tid == tid).expect("a thread");
        assert_eq!(lowered(&thread.inherited), nice == 5, "{what}: thread {tid} has {nice}: {thread:?}");
        dirty[0] += usize::from(nice == 5);
    }
    for (pid, nice) in told(text, "child") {
        let process =
            history.processes.iter().rfind(|process: &&Process| process.pid == pid).expect("a process");
        assert_eq!(lowered(&process.inherited), nice == 5, "{what}: child {pid} has {nice}: {process:?}");
        dirty[1] += usize::from(nice == 5);
    }
    dirty
}

#[test]
fn threads_and_children_are_known_to_begin_as_the_thread_that_made_them() {
    let mut dirty = [0; 2];
    for toolchain in toolchains() {
        for build in BUILDS.iter().filter(|build| ["plain", "cgo", "cgo-pie"].contains(&build.name)) {
            let what = format!("{} {}", toolchain.version, build.name);
            let program = toolchain.build("births", *build);
            let (text, history) = traced(&program, &[]);
            assert_eq!(history.gaps, [], "{what}");
            let seen = check(&text, &history, &what);
            dirty = [dirty[0] + seen[0], dirty[1] + seen[1]];
        }
    }
    assert!(dirty.iter().all(|&count| count > 0), "{dirty:?}");
}

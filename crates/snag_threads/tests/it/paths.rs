//! Files that show a thread.

use snag_threads::state::*;
use snag_threads::{StateSet, View, path_rule};

fn view(path: &str) -> Option<View> {
    path_rule(path).map(|rule| rule.view)
}

#[test]
fn proc_self_is_the_main_thread_where_threads_differ() {
    assert_eq!(view("/proc/self/ns/net"), Some(View::MainThread));
    assert_eq!(view("/proc/self/status"), Some(View::MainThread));
    assert_eq!(view("/proc/net/dev"), Some(View::MainThread));
    assert_eq!(view("/proc/mounts"), Some(View::MainThread));
    assert_eq!(view("/proc/%d/ns/net"), Some(View::NamedProcess));
    assert_eq!(view("/proc/thread-self/ns/net"), Some(View::Caller));
    assert_eq!(view("/proc/self/task/%d/ns/net"), Some(View::NamedThread));
    assert_eq!(view("/proc/%d/task/%d/ns/net"), Some(View::NamedThread));
}

#[test]
fn proc_self_is_the_process_where_threads_share() {
    for path in [
        "/proc/self/exe",
        "/proc/self/fd/3",
        "/proc/self/maps",
        "/proc/self/oom_score_adj",
        "/proc/self/uid_map",
    ] {
        assert_eq!(view(path), Some(View::Process), "{path}");
    }
}

#[test]
fn writes_to_labels_change_the_thread() {
    let exec = path_rule("/proc/thread-self/attr/exec").expect("a rule");
    assert_eq!((exec.view, exec.writes), (View::Caller, StateSet::of(&[LSM_EXEC])));
    let tasks = path_rule("/sys/fs/cgroup/cpu/group/tasks").expect("a rule");
    assert_eq!((tasks.view, tasks.writes), (View::NamedThread, StateSet::of(&[CGROUP_THREAD])));
    assert_eq!(view("/sys/fs/cgroup/a/b/cgroup.procs"), Some(View::Process));
}

#[test]
fn an_open_namespace_can_be_entered_again() {
    let saved = |path| path_rule(path).map(|rule| rule.saves);
    assert_eq!(saved("/proc/thread-self/ns/net"), Some(StateSet::of(&[NETNS])));
    assert_eq!(saved("/proc/self/task/%d/ns/mnt"), Some(StateSet::of(&[MNTNS])));
    assert_eq!(saved("/proc/self/ns/net"), Some(StateSet::EMPTY));
}

#[test]
fn other_paths_say_nothing() {
    for path in [
        "",
        "/",
        "proc/self/ns/net",
        "/proc",
        "/procfs/self",
        "/etc/hosts",
        "/proc/cpuinfo",
        "/proc/selfish/ns",
    ] {
        assert_eq!(view(path), None, "{path}");
    }
}

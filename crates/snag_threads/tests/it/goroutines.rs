//! Which work leaves the goroutine, and what waits.

use snag_threads::state::*;
use snag_threads::{CallbackArgument, Carries, StateSet, When, blocking, callback, goroutine, import_effect};

fn when(package: &str, name: &str) -> When {
    callback(package, name).unwrap_or_else(|| panic!("no {package}.{name}")).when
}

#[test]
fn callbacks_run_where_the_library_runs_them() {
    assert_eq!(when("sync", "Once.Do"), When::Synchronous);
    assert_eq!(when("sync", "OnceFunc"), When::InResult);
    assert_eq!(when("sort", "Slice"), When::Synchronous);
    assert_eq!(when("slices", "SortFunc"), When::Synchronous);
    assert_eq!(when("path/filepath", "Walk"), When::Synchronous);
    assert_eq!(when("strings", "Map"), When::Synchronous);
    assert_eq!(when("time", "AfterFunc"), When::OtherGoroutine);
    assert_eq!(when("context", "AfterFunc"), When::OtherGoroutine);
    assert_eq!(when("net/http", "(*ServeMux).HandleFunc"), When::OtherGoroutine);
    assert_eq!(when("testing", "T.Run"), When::OtherGoroutine);
    assert_eq!(when("testing", "T.Cleanup"), When::AtCleanup);
    assert_eq!(when("golang.org/x/sync/errgroup", "Group.Go"), When::OtherGoroutine);
    assert_eq!(when("golang.org/x/sync/singleflight", "Group.Do"), When::Synchronous);
    assert_eq!(when("golang.org/x/sync/singleflight", "Group.DoChan"), When::OtherGoroutine);
    assert_eq!(when("iter", "Pull"), When::InResult);
    assert_eq!(when("runtime", "SetFinalizer"), When::OtherGoroutine);
    assert_eq!(when("flag", "Func"), When::Later);
    assert_eq!(when("github.com/containernetworking/plugins/pkg/ns", "NetNS.Do"), When::PinnedGoroutine);
    assert_eq!(when("github.com/moby/sys/reexec", "Register"), When::Later);
    assert_eq!(when("golang.design/x/mainthread", "Call"), When::MainThread);
    assert!(callback("fmt", "Println").is_none());
}

#[test]
fn a_pin_reaches_what_stays_on_the_goroutine() {
    for (package, name, leaves) in [
        ("sync", "Once.Do", false),
        ("sync", "WaitGroup.Go", true),
        ("net/http", "HandleFunc", true),
        ("github.com/containernetworking/plugins/pkg/ns", "WithNetNSPath", true),
        ("testing", "T.Cleanup", false),
    ] {
        assert_eq!(callback(package, name).map(|row| row.leaves_pin()), Some(leaves), "{package}.{name}");
    }
}

#[test]
fn callbacks_say_which_argument_and_how_often() {
    let handle = callback("net/http", "Handle").expect("a row");
    assert_eq!((handle.argument, handle.many), (CallbackArgument::Method(1, "ServeHTTP"), true));
    let dial = callback("net/http", "Transport.DialContext").expect("a row");
    assert_eq!(dial.argument, CallbackArgument::Field);
    let run = callback("testing", "T.Run").expect("a row");
    assert_eq!((run.argument, run.waits, run.many), (CallbackArgument::Index(1), true, false));
}

#[test]
fn a_dial_by_name_leaves_the_namespace() {
    let dial = goroutine("net", "Dial").expect("a row");
    assert_eq!(dial.carries, Carries::States(StateSet::of(&[NETNS])));
    assert!(!dial.unless.is_empty());
    assert_eq!(
        goroutine("net/http", "Client.Get").map(|row| row.carries),
        Some(Carries::States(StateSet::of(&[NETNS])))
    );
    assert_eq!(goroutine("net/http", "Server.Serve").map(|row| row.carries), Some(Carries::Everything));
    // The fork stays on the calling thread: only copying of output leaves it.
    assert_eq!(
        goroutine("os/exec", "Cmd.Start").map(|row| row.carries),
        Some(Carries::States(StateSet::EMPTY))
    );
    assert!(goroutine("net", "DialTCP").is_none());
}

#[test]
fn waiting_for_a_child_holds_a_thread_and_sleeping_does_not() {
    let wait = blocking("os/exec", "Cmd.Wait").expect("a row");
    assert!(wait.goroutine && wait.thread && wait.reschedules);
    let sleep = blocking("time", "Sleep").expect("a row");
    assert!(sleep.goroutine && !sleep.thread && sleep.reschedules);
    let raw = blocking("syscall", "RawSyscall").expect("a row");
    assert!(raw.thread && !raw.reschedules);
    assert!(blocking("golang.org/x/sys/unix", "Flock").is_some_and(|row| row.thread));
    assert!(blocking("fmt", "Println").is_some_and(|row| row.reschedules && !row.goroutine));
    assert!(blocking("strings", "Map").is_none());
}

#[test]
fn some_imports_pin_main() {
    let sdl = import_effect("github.com/veandco/go-sdl2/sdl").expect("a row");
    assert!(sdl.pins_main && sdl.os.contains("linux"));
    assert!(
        import_effect("gioui.org/app")
            .is_some_and(|row| !row.os.contains("linux") && row.os.contains("darwin"))
    );
    assert!(import_effect("fmt").is_none());
}

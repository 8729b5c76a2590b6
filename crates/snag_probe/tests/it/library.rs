//! A program of C that has loaded a Go library.

use std::path::Path;
use std::process::Command;

use snag_probe::{Options, Stacks, attach};

use crate::program::{Build, Running, toolchains};

const BUILD: Build = Build { name: "c-shared", cgo: true, flags: &["-buildmode=c-shared", "-ldflags=-s -w"] };

#[test]
fn the_runtime_in_a_library_is_found() {
    for toolchain in toolchains() {
        let library = toolchain.build("library", BUILD);
        let host = library.with_extension("host");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/library/host.c.txt");
        let mut compiler = Command::new("cc");
        compiler.args(["-x", "c"]).arg(source).arg("-o").arg(&host).arg("-ldl");
        assert!(compiler.status().expect("cc starts").success());
        let mut running = Running::start_with(&host, &[library.to_str().expect("text")]);
        let told = running.told();
        let words: Vec<&str> = told.split_whitespace().collect();
        let ["pinned", goroutine, tid] = words[..] else { panic!("{told}") };
        let what = &toolchain.version;
        let target = attach(running.pid()).unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
        let snapshot = target.snapshot(Options { stacks: Stacks::All, pause: false }).expect("a snapshot");
        assert_eq!(snapshot.gaps, [], "{what}");
        assert_eq!(&snapshot.process.go_version, what);
        let pin = snapshot.machines.iter().find(|machine| machine.pin.is_some_and(|pin| pin.depth == 1));
        let pin = pin.expect("a pinned goroutine");
        assert_eq!(pin.tid.map(|tid| tid.to_string()).as_deref(), Some(tid), "{what}");
        assert_eq!(pin.pin.map(|pin| pin.goroutine.to_string()).as_deref(), Some(goroutine), "{what}");
        let waiting = snapshot.goroutines.iter().filter(|goroutine| {
            let start = goroutine.start.and_then(|start| snapshot.frame(start));
            start.is_some_and(|start| start.function.starts_with("main.Serve.func"))
        });
        assert_eq!(waiting.count(), 6, "{what}");
    }
}

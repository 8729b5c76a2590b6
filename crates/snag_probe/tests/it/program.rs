//! Go programs that are built with every Go at hand, and run until the test is over.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A Go toolchain.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    go: PathBuf,
    /// Such as `go1.26.6`.
    pub(crate) version: String,
}

/// How a program is built.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Build {
    pub(crate) name: &'static str,
    pub(crate) cgo: bool,
    pub(crate) flags: &'static [&'static str],
}

pub(crate) const BUILDS: &[Build] = &[
    Build { name: "plain", cgo: false, flags: &[] },
    Build { name: "stripped", cgo: false, flags: &["-ldflags=-s -w"] },
    Build { name: "pie", cgo: false, flags: &["-buildmode=pie", "-ldflags=-s -w"] },
    Build { name: "cgo", cgo: true, flags: &[] },
    Build { name: "cgo-stripped", cgo: true, flags: &["-ldflags=-s -w"] },
    Build { name: "cgo-pie", cgo: true, flags: &["-buildmode=pie", "-ldflags=-s -w"] },
    Build {
        name: "cgo-static",
        cgo: true,
        flags: &["-tags=netgo,osusergo", "-ldflags=-s -w -linkmode=external -extldflags=-static"],
    },
];

/// The `go` on PATH, and those that `cargo xtask toolchains` brought.
pub(crate) fn toolchains() -> Vec<Toolchain> {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cache");
    let brought =
        fs::read_dir(cache).into_iter().flatten().flatten().map(|entry| entry.path().join("bin/go"));
    let places = std::iter::once(PathBuf::from("go")).chain(brought.filter(|go| go.is_file()));
    let mut found: Vec<Toolchain> = places.filter_map(toolchain).collect();
    found.sort_by(|a, b| a.version.cmp(&b.version));
    found.dedup_by(|a, b| a.version == b.version);
    assert!(!found.is_empty(), "there is no Go: ./test brings one");
    found
}

fn toolchain(go: PathBuf) -> Option<Toolchain> {
    let go = if go.is_absolute() { go.canonicalize().ok()? } else { go };
    let output = Command::new(&go).env("GOTOOLCHAIN", "local").arg("version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.split_whitespace().nth(2)?.to_owned();
    Some(Toolchain { go, version })
}

impl Toolchain {
    /// Builds `tests/programs/NAME`; the program's path.
    pub(crate) fn build(&self, name: &str, build: Build) -> PathBuf {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs").join(name);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{}", self.version, build.name));
        fs::create_dir_all(&folder).expect("a folder");
        let program = folder.join(name);
        // Tests run side by side, and none may lose the file of a program that it runs.
        static BUILT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
        let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
        if built.contains(&program) {
            return program;
        }
        let mut command = Command::new(&self.go);
        command.args(["build", "-o"]).arg(&program).args(build.flags).arg(".").current_dir(source);
        command.env("GOTOOLCHAIN", "local").env("GOFLAGS", "-trimpath").env_remove("GOROOT");
        command.env("CGO_ENABLED", if build.cgo { "1" } else { "0" });
        let output = command.output().expect("go starts");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} {}: {told}", self.version, build.name);
        built.insert(program.clone());
        program
    }
}

/// A program that runs until this is dropped.
pub(crate) struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Running {
    pub(crate) fn start(program: &Path) -> Running {
        Running::start_with(program, &[])
    }

    pub(crate) fn start_with(program: &Path, arguments: &[&str]) -> Running {
        let mut command = Command::new(program);
        command.args(arguments);
        // All frames of a stack are shown, the runtime's own as well.
        command
            .env("GOTRACEBACK", "system")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        Running { child, output }
    }

    pub(crate) fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    /// Ends the program's input; what it tells then, and how it ends.
    pub(crate) fn end(mut self) -> (String, std::process::ExitStatus) {
        drop(self.child.stdin.take());
        let mut told = String::new();
        self.output.read_to_string(&mut told).expect("text");
        (told, self.child.wait().expect("its end"))
    }

    /// Makes the program show all its stacks and end.
    pub(crate) fn quit(mut self) -> String {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(self.pid()), nix::sys::signal::Signal::SIGQUIT)
            .expect("it runs");
        let mut told = String::new();
        let mut errors = self.child.stderr.take().expect("its errors");
        errors.read_to_string(&mut told).expect("text");
        told
    }

    /// What the program tells until it is ready.
    pub(crate) fn told(&mut self) -> String {
        let mut told = String::new();
        loop {
            let mut line = String::new();
            let length = self.output.read_line(&mut line).expect("text");
            assert!(length > 0, "the program ended: {told}");
            if line == "ready\n" {
                // Threads that were made to write this are still on their way to rest.
                std::thread::sleep(Duration::from_millis(100));
                return told;
            }
            told.push_str(&line);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

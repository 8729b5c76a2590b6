//! `snag run` on programs that change their threads, rightly and wrongly, built in every way.

mod bad_input;

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Folder, stderr, stdout};

/// How a program is built.
struct Build {
    name: &'static str,
    cgo: bool,
    flags: &'static [&'static str],
}

const BUILDS: &[Build] = &[
    Build { name: "plain", cgo: false, flags: &[] },
    Build { name: "stripped", cgo: false, flags: &["-ldflags=-s -w"] },
    Build { name: "pie", cgo: false, flags: &["-buildmode=pie", "-ldflags=-s -w"] },
];
const C_BUILDS: &[Build] = &[
    Build { name: "cgo", cgo: true, flags: &[] },
    Build { name: "cgo-stripped", cgo: true, flags: &["-ldflags=-s -w"] },
    Build { name: "cgo-pie", cgo: true, flags: &["-buildmode=pie", "-ldflags=-s -w"] },
];

/// The `go` on PATH, and others that `cargo xtask toolchains` brought.
fn toolchains() -> Vec<PathBuf> {
    let cache = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.cache");
    let folders = std::fs::read_dir(cache).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        folders.map(|folder| folder.path().join("bin/go")).filter(|go| go.is_file()).collect();
    found.sort();
    found.insert(0, PathBuf::from("go"));
    found
}

/// The file that a program is built into.
fn built(go: &PathBuf, source: &str, build: &Build) -> PathBuf {
    let number = toolchains().iter().position(|known| known == go).unwrap_or_default();
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("run-{source}-{number}-{}", build.name))
}

fn build(go: &PathBuf, source: &str, build: &Build) -> PathBuf {
    let program = built(go, source, build);
    let source = format!("{}/tests/it/run/{source}.go", env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(go);
    command.args(["build", "-o"]).arg(&program).args(build.flags).arg(source);
    compile(command, build);
    program
}

fn compile(mut go: Command, build: &Build) {
    go.env("GOTOOLCHAIN", "local").env("CGO_ENABLED", if build.cgo { "1" } else { "0" }).env_remove("GOROOT");
    let output = go.output().expect("go starts");
    assert!(output.status.success(), "{go:?} {}: {}", build.name, stderr(&output));
}

/// The program in Go, built once as it usually is.
fn threads() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| build(&PathBuf::from("go"), "threads", &BUILDS[0]))
}

fn run(flags: &[&str], program: &PathBuf, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
    command.arg("run").args(flags).arg("--").arg(program).args(arguments);
    command.output().expect("snag starts")
}

/// What was found, as rules with the functions they are in, and the exit code.
fn found(program: &PathBuf, way: &str) -> (Vec<String>, Option<i32>) {
    let output = run(&["--output-format", "json"], program, &[way]);
    let document: Value =
        serde_json::from_str(&stderr(&output)).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    assert_eq!(document["problems"], Value::Array(Vec::new()), "{program:?} {way}");
    assert_eq!(document["summary"]["complete"], true);
    let findings = document["findings"].as_array().expect("a list");
    let names = findings.iter().map(|it| {
        let (rule, function) =
            (it["rule"].as_str().unwrap_or_default(), it["function"].as_str().unwrap_or("?"));
        format!("{rule} {function}")
    });
    (names.collect(), output.status.code())
}

const WRONG: &[(&str, &str)] = &[
    ("unpinned", "unpinned-thread-state main.nice"),
    ("unpinned-raw", "unpinned-thread-state main.setAffinity"),
    ("unpinned-unshare", "unpinned-thread-state "),
    ("dirty-unpin", "dirty-unpin main.nice"),
    ("nested-dirty", "dirty-unpin main.nice"),
    ("child", "unpinned-thread-state main.nice"),
    ("churn", "exit-while-pinned main.onOwn.func1"),
];
const RIGHT: &[&str] = &["restored", "nested", "ends-pinned", "pinned-child", "all-threads", "quiet"];

#[test]
fn bugs_are_seen_and_right_programs_are_silent_however_they_are_built() {
    for go in toolchains() {
        for how in BUILDS {
            let program = build(&go, "threads", how);
            let what = format!("{go:?} {}", how.name);
            for (way, wanted) in WRONG {
                let (found, code) = found(&program, way);
                assert_eq!(code, Some(66), "{what} {way}: {found:?}");
                assert!(found.len() == 1 && found[0].starts_with(wanted), "{what} {way}: {found:?}");
            }
            for way in RIGHT {
                assert_eq!(found(&program, way), (Vec::new(), Some(0)), "{what} {way}");
            }
        }
    }
}

/// With the copy of golang.org/x/sys that every Go has for its own commands.
fn build_with_x_sys(go: &PathBuf, build: &Build) -> PathBuf {
    let program = built(go, "xsys", build);
    let mut ask = Command::new(go);
    ask.args(["env", "GOROOT", "GOVERSION"]).env("GOTOOLCHAIN", "local").env_remove("GOROOT");
    let told = stdout(&ask.output().expect("go starts"));
    let (root, version) = told.trim().split_once('\n').expect("two lines");
    let language: Vec<&str> = version.trim_start_matches("go").splitn(3, '.').take(2).collect();
    let module = |path: &str| format!("module {path}\n\ngo {}\n", language.join("."));
    let sys = "golang.org/x/sys";
    let main = module("example.com/xsys") + &format!("\nrequire {sys} v0.0.0\n\nreplace {sys} => ./sys\n");
    let folder = Folder::new(
        "run-xsys",
        &[("go.mod", &main), ("main.go", include_str!("run/xsys.go")), ("sys/go.mod", &module(sys))],
    );
    let mut copy = Command::new("cp");
    copy.arg("-r").arg(format!("{root}/src/cmd/vendor/{sys}/.")).arg(folder.0.join("sys"));
    assert!(copy.status().expect("cp starts").success());
    let mut command = Command::new(go);
    command.args(["build", "-mod=mod", "-o"]).arg(&program).args(build.flags).arg(".").current_dir(&folder.0);
    compile(command, build);
    program
}

#[test]
fn what_x_sys_changes_counts_for_its_caller_on_the_main_goroutine_as_well() {
    for go in toolchains() {
        for how in BUILDS {
            let program = build_with_x_sys(&go, how);
            let what = format!("{go:?} {}", how.name);
            for (way, function) in [("lower", "main.lower"), ("leave", "main.leave"), ("main", "main.lower")]
            {
                let wanted = (vec![format!("unpinned-thread-state {function}")], Some(66));
                assert_eq!(found(&program, way), wanted, "{what} {way}");
            }
            for way in ["main-pinned", "restored", "main-restored"] {
                assert_eq!(found(&program, way), (Vec::new(), Some(0)), "{what} {way}");
            }
        }
    }
}

#[test]
fn changes_by_c_count_if_they_outlive_the_call() {
    for go in toolchains() {
        for how in C_BUILDS {
            let program = build(&go, "c", how);
            let what = format!("{go:?} {}", how.name);
            let wrong = [
                ("block", "stray-signal-mask"),
                ("lower", "unpinned-thread-state"),
                ("forked-lower", "unpinned-thread-state"),
            ];
            for (way, rule) in wrong {
                let (found, code) = found(&program, way);
                assert_eq!(code, Some(66), "{what} {way}: {found:?}");
                assert!(found.len() == 1 && found[0].starts_with(rule), "{what} {way}: {found:?}");
            }
            for way in ["for-a-while", "own-thread", "ids", "pinned", "forked-pinned"] {
                assert_eq!(found(&program, way), (Vec::new(), Some(0)), "{what} {way}");
            }
        }
    }
}

#[test]
fn a_finding_says_who_where_what_and_who_met_it() {
    let output = run(&["--output-format", "json"], threads(), &["unpinned"]);
    let document: Value = serde_json::from_str(&stderr(&output)).expect("JSON");
    let finding = &document["findings"][0];
    let line =
        include_str!("run/threads.go").lines().position(|line| line.contains("// nice")).expect("a mark") + 1;
    assert!(finding["path"].as_str().is_some_and(|path| path.ends_with("run/threads.go")), "{finding}");
    assert_eq!(finding["line"], line);
    let witness = &finding["witness"];
    assert_eq!(witness["call"], "setpriority(PRIO_PROCESS, 0, 5)");
    assert!(witness["goroutine"].as_u64().is_some_and(|id| id > 1), "{witness}");
    assert!(witness["tid"].as_u64() >= witness["pid"].as_u64(), "{witness}");
    let stack = witness["stack"].as_array().expect("a list");
    assert!(stack.iter().any(|frame| frame["function"] == "main.onOwn.func1"), "{witness}");
    assert!(!finding["why"].as_array().expect("a list").is_empty(), "{finding}");
}

#[test]
fn a_record_tells_the_same_again() {
    let folder = Folder::new("run-record", &[("x", "")]);
    let record = folder.0.join("run.snag");
    let record = record.to_str().expect("text");
    let first = run(&["--record", record], threads(), &["dirty-unpin"]);
    let again = folder.snag(&["replay", record]);
    assert_eq!((first.status.code(), again.status.code()), (Some(66), Some(66)));
    assert_eq!(stderr(&first), stdout(&again));
    let whole = std::fs::read(record).expect("a record");
    std::fs::write(record, &whole[..whole.len() - 20]).expect("a file");
    let cut = folder.snag(&["replay", "--exit-code", "7", record]);
    assert_eq!(cut.status.code(), Some(7));
    assert!(stdout(&cut).contains("note: the record was cut off"), "{}", stdout(&cut));
    std::fs::write(record, "no record").expect("a file");
    let wrong = folder.snag(&["replay", record]);
    assert_eq!((wrong.status.code(), stdout(&wrong)), (Some(2), String::new()));
}

#[test]
fn the_program_keeps_its_output_and_its_exit_code() {
    let shell = PathBuf::from("/bin/sh");
    let output = run(&[], &shell, &["-c", "echo out; echo err >&2; exit 3"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(3), "out\n".to_owned()));
    assert!(stderr(&output).starts_with("err\nnote: no program of Go was run"), "{}", stderr(&output));
    let output = run(&[], &shell, &["-c", "kill -9 $$"]);
    assert_eq!(output.status.code(), Some(137));
    // What it starts is followed.
    let way = format!("{} unpinned", threads().display());
    let output = run(&["--exit-code", "9"], &shell, &["-c", &way]);
    assert_eq!(output.status.code(), Some(9), "{}", stderr(&output));
}

#[test]
fn what_cannot_be_run_is_said_in_a_sentence() {
    let folder = Folder::new("run-bad", &[("plain", "text"), ("empty/x", "")]);
    let bad: [(&[&str], &str); 5] = [
        (&["run", "--", "./gone"], "./gone cannot be run: No such file"),
        (&["run", "--", "./plain"], "./plain cannot be run: it is not executable"),
        (&["run", "--", "./empty"], "./empty is a directory"),
        (&["run", "--", "no-such-program"], "there is no program no-such-program in PATH"),
        (&["run"], "no program was given"),
    ];
    for (arguments, sentence) in bad {
        let output = folder.snag(arguments);
        let told = stderr(&output);
        assert_eq!(
            (output.status.code(), stdout(&output)),
            (Some(2), String::new()),
            "{arguments:?}: {told}"
        );
        assert!(told.contains(sentence) && told.lines().count() == 1, "{arguments:?}: {told}");
    }
}

#[test]
fn a_program_may_end_while_it_makes_threads() {
    let program = build(&PathBuf::from("go"), "ends", &BUILDS[0]);
    for _ in 0..30 {
        let output = run(&["--exit-code", "3"], &program, &[]);
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    }
}

#[test]
fn what_is_no_program_of_go_is_followed_and_said() {
    let folder = Folder::new(
        "run-others",
        &[(
            "main.c",
            "#include <unistd.h>\nint main(int n, char **a) { return n > 1 ? execv(a[1], a + 1) : 7; }\n",
        )],
    );
    let program = folder.0.join("static");
    let built =
        Command::new("cc").args(["-static", "-o"]).arg(&program).arg(folder.0.join("main.c")).status();
    assert!(built.expect("cc starts").success());
    let output = run(&[], &program, &[]);
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(stderr(&output).lines().count(), 2, "{}", stderr(&output));
    assert!(stderr(&output).starts_with("note: no program of Go was run"), "{}", stderr(&output));
    let output = run(&[], &program, &[threads().to_str().expect("text"), "unpinned"]);
    assert_eq!(output.status.code(), Some(66), "{}", stderr(&output));
    // Another architecture than ours: its calls have other numbers.
    let source = format!("{}/tests/it/run/ends.go", env!("CARGO_MANIFEST_DIR"));
    let small = folder.0.join("small");
    let mut go = Command::new("go");
    go.env("GOARCH", "386").args(["build", "-o"]).arg(&small).arg(source);
    assert!(go.status().expect("go starts").success());
    let output = run(&[], &small, &[]);
    assert!(stderr(&output).contains("note: "), "{}", stderr(&output));
    assert_ne!(output.status.code(), Some(66), "{}", stderr(&output));
}

#[test]
fn a_program_that_wants_to_be_traced_by_another_is_told_that_it_cannot() {
    let output = run(&[], threads(), &["traceme"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "operation not permitted true\n"));
    let snag = PathBuf::from(env!("CARGO_BIN_EXE_snag"));
    let output = run(&[], &snag, &["run", "--", "/bin/true"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("something traces it already"), "{}", stderr(&output));
}

/// A command without the rights of root.
fn nobody(program: &std::path::Path) -> Command {
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65534;
    let mut command = Command::new(program);
    command.uid(NOBODY).gid(NOBODY).current_dir("/");
    command
}

#[test]
fn a_program_that_is_setuid_runs_without_new_rights_and_that_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("run-setuid", &[]);
    let mode = |path: &PathBuf, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode")
    };
    mode(&folder.0, 0o755);
    let (snag, id) = (folder.0.join("snag"), folder.0.join("id"));
    std::fs::copy(env!("CARGO_BIN_EXE_snag"), &snag).expect("a copy");
    std::fs::copy("/usr/bin/id", &id).expect("a copy");
    mode(&snag, 0o755);
    mode(&id, 0o4755);
    let native = nobody(&id).arg("-u").output().expect("this test is run by root");
    assert_eq!(stdout(&native), "0\n", "the folder for temporary files is mounted nosuid");
    let output = nobody(&snag).args(["run", "--"]).arg(&id).arg("-u").output().expect("snag starts");
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "65534\n"));
    assert!(
        stderr(&output).contains("id is setuid, and runs without its owner's rights"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_record_that_cannot_be_written_ends_and_the_program_goes_on() {
    let output = run(&["--record", "/dev/full"], threads(), &["unpinned"]);
    assert_eq!(output.status.code(), Some(66), "{}", stderr(&output));
    assert!(stderr(&output).contains("note: cannot write /dev/full: No space left"), "{}", stderr(&output));
}

/// Processes with this word in their command line, and whether each is stopped.
fn with_word(word: &str) -> Vec<(String, bool)> {
    let processes = std::fs::read_dir("/proc").expect("processes").flatten();
    let pids = processes.filter_map(|entry| entry.file_name().into_string().ok());
    let has_word = |pid: &String| {
        std::fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|line| String::from_utf8_lossy(&line).split('\0').any(|argument| argument == word))
    };
    pids.filter(has_word).filter_map(|pid| Some((pid.clone(), is_stopped(&pid)?))).collect()
}

#[test]
fn killed_at_any_moment_snag_leaves_nothing_behind() {
    let word = format!("left-by-{}", std::process::id());
    // Not at random: every part of a run has its turn.
    for delay in (0..200).map(|round| Duration::from_micros(round * 500)) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
        command.args(["run", "--"]).arg(threads()).args(["busy", &word]);
        let mut snag = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("snag starts");
        std::thread::sleep(delay);
        snag.kill().expect("it runs");
        snag.wait().expect("it ended");
        let begin = Instant::now();
        while let left @ [_, ..] = &with_word(&word)[..] {
            assert!(begin.elapsed() < Duration::from_secs(30), "killed after {delay:?}: {left:?} are left");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Whether a process is stopped; none if it has ended.
fn is_stopped(pid: &str) -> Option<bool> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let state = status.lines().find_map(|line| line.strip_prefix("State:"))?.trim();
    Some(state.starts_with(['T', 't']))
}

#[test]
fn signals_reach_the_program_and_killing_snag_leaves_nothing_stopped() {
    for (signal, survives) in [("TERM", true), ("INT", true), ("KILL", false)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
        let script = "trap 'exit 5' TERM INT; echo $$; while :; do sleep 0.05; done";
        command.args(["run", "--", "/bin/sh", "-c", script]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut snag = command.spawn().expect("snag starts");
        let mut line = String::new();
        let mut output = BufReader::new(snag.stdout.take().expect("its output"));
        output.read_line(&mut line).expect("text");
        let child = line.trim().to_owned();
        let kill = Command::new("kill")
            .args([&format!("-{signal}"), &snag.id().to_string()])
            .status()
            .expect("kill");
        assert!(kill.success());
        let status = snag.wait().expect("snag ends");
        assert_eq!(status.code(), survives.then_some(5), "{signal}");
        let mut told = String::new();
        snag.stderr.take().expect("its errors").read_to_string(&mut told).expect("text");
        assert_eq!(told.contains("no problems found"), survives, "{signal}: {told}");
        let begin = Instant::now();
        while let Some(stopped) = is_stopped(&child) {
            assert!(
                !stopped || begin.elapsed() < Duration::from_secs(5),
                "{signal}: {child} is left stopped"
            );
            assert!(begin.elapsed() < Duration::from_secs(10), "{signal}: {child} goes on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn findings_are_told_while_the_program_runs() {
    let way = format!("{} unpinned; read line", threads().display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
    command.args(["run", "--live", "--", "/bin/sh", "-c", &way]);
    let mut snag = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("snag starts");
    let mut told = BufReader::new(snag.stderr.take().expect("its errors"));
    let mut line = String::new();
    told.read_line(&mut line).expect("text");
    assert!(line.starts_with("snag: after ") && line.contains("error[unpinned-thread-state]"), "{line}");
    // The program ends only now.
    drop(snag.stdin.take());
    let mut rest = String::new();
    told.read_to_string(&mut rest).expect("text");
    assert_eq!(snag.wait().expect("snag ends").code(), Some(66));
    assert!(rest.trim_end().ends_with("to threads)."), "{rest}");
    assert!(!rest.contains("snag: after "), "told twice: {rest}");
    let json = run(&["--live", "--output-format", "json"], threads(), &["unpinned"]);
    assert!(json.status.code() == Some(2) && stderr(&json).contains("--output"), "{json:?}");
}

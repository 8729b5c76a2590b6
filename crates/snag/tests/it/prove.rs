//! `snag prove`: what is found in the source, beside what happens when the program is run.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::{Folder, stderr, stdout};

const GO_MOD: &str = "module example.com/prove\n\ngo 1.21\n";
const MAIN: &str = include_str!("prove/main.go");
const INNER: &str = include_str!("prove/inner.go");
const INNER_TEST: &str = include_str!("prove/inner_test.go");

fn module(name: &str) -> Folder {
    Folder::new(
        &format!("prove-{name}"),
        &[
            ("go.mod", GO_MOD),
            ("main.go", MAIN),
            ("inner/inner.go", INNER),
            ("inner/inner_test.go", INNER_TEST),
        ],
    )
}

/// With the go of this machine, and its cache.
fn command(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
    command.arg("prove").args(arguments).current_dir(&folder.0);
    command.env("GOFLAGS", "").env("GOWORK", "off").env("GOPROXY", "off").env("GOTOOLCHAIN", "local");
    command
}

fn prove(folder: &Folder, arguments: &[&str]) -> Output {
    command(folder, arguments).output().expect("snag starts")
}

fn document(output: &Output) -> Value {
    let told = stderr(output);
    let begin = told.find("{\n").unwrap_or_else(|| panic!("no document: {told}"));
    serde_json::from_str(&told[begin..]).unwrap_or_else(|error| panic!("{error}: {told}"))
}

/// What is said of the finding on the line with this mark.
fn finding<'d>(document: &'d Value, path: &str, text: &str, mark: &str) -> &'d Value {
    let line = text.lines().position(|line| line.ends_with(mark)).expect("a mark") + 1;
    let findings = document["findings"].as_array().expect("a list");
    let found = findings.iter().find(|it| it["path"] == path && it["line"] == line);
    found.unwrap_or_else(|| panic!("nothing in line {line} of {path}: {document:#}"))
}

const JSON: [&str; 4] = ["--output-format", "json", "--select", "unpinned-thread-state,unsynchronized-write"];

#[test]
fn each_finding_is_seen_or_reached_or_neither_or_cannot_be_seen() {
    let folder = module("ways");
    let run = |way: &str| {
        let output = prove(&folder, &[&JSON[..], &[".", "--", way]].concat());
        assert_eq!(output.status.code(), Some(66), "{way}: {output:?}");
        document(&output)
    };
    let lower = run("lower");
    let seen = finding(&lower, "main.go", MAIN, "// lower");
    assert_eq!(
        (&seen["proof"], &seen["in_source"], &seen["times"]),
        (&"seen".into(), &true.into(), &1.into())
    );
    assert_eq!(seen["witness"]["call"], "setpriority(PRIO_PROCESS, 0, 5)", "{seen:#}");
    assert!(seen["witness"]["goroutine"].as_u64().is_some_and(|id| id > 1), "{seen:#}");
    let race = finding(&lower, "main.go", MAIN, "// count");
    assert_eq!((&race["proof"], &race["reached"]), (&"cannot-be-seen".into(), &false.into()), "{race:#}");
    assert_eq!(finding(&run("count"), "main.go", MAIN, "// count")["reached"], true);

    let pinned = run("pinned");
    let reached = finding(&pinned, "main.go", MAIN, "// lower");
    assert_eq!(
        (&reached["proof"], &reached["witness"]),
        (&"reached-not-seen".into(), &Value::Null),
        "{reached:#}"
    );
    assert_eq!((&reached["calls"], &reached["pinned_calls"]), (&1.into(), &1.into()), "{reached:#}");

    let quiet = run("quiet");
    let missed = finding(&quiet, "main.go", MAIN, "// lower");
    assert_eq!((&missed["proof"], &missed["reached"]), (&"not-reached".into(), &false.into()), "{missed:#}");
    assert_eq!(quiet["problems"], Value::Array(Vec::new()));
}

#[test]
fn the_two_are_joined_through_the_stack_and_what_only_the_run_shows_is_told() {
    let folder = module("joined");
    let inner = document(&prove(&folder, &[&JSON[..], &[".", "--", "inner"]].concat()));
    let findings = inner["findings"].as_array().expect("a list");
    let seen: Vec<&Value> = findings.iter().filter(|it| it["proof"] == "seen").collect();
    assert!(seen.len() == 1 && seen[0]["in_source"] == true, "{inner:#}");
    assert_eq!(inner["summary"]["only_seen"], 0);

    let hidden = document(&prove(&folder, &[&JSON[..], &[".", "--", "hidden"]].concat()));
    let only_seen = finding(&hidden, "main.go", MAIN, "// hidden");
    assert_eq!(
        (&only_seen["proof"], &only_seen["in_source"]),
        (&"seen".into(), &false.into()),
        "{only_seen:#}"
    );
    assert_eq!(hidden["summary"]["only_seen"], 1);

    // A directive silences what is seen as well.
    let silenced = document(&prove(&folder, &[&JSON[..], &[".", "--", "silenced"]].concat()));
    assert_eq!((&silenced["summary"]["seen"], &silenced["summary"]["only_seen"]), (&0.into(), &0.into()));
}

#[test]
fn the_report_for_people_shows_the_witness_below_the_source() {
    let folder = module("people");
    let rule = ["--select", "unpinned-thread-state"];
    let output = prove(&folder, &[&rule[..], &[".", "--", "lower"]].concat());
    let told = stderr(&output);
    let (source, seen) = (told.find("// lower"), told.find("= seen: the nice value"));
    assert!(source.is_some() && source < seen, "{told}");
    assert!(told.contains("made `setpriority(PRIO_PROCESS, 0, 5)` on thread "), "{told}");
    assert!(told.trim_end().lines().last().is_some_and(|line| line.starts_with("snag: 1 seen")), "{told}");
    let output = prove(&folder, &[&rule[..], &["--output-format", "concise", ".", "--", "pinned"]].concat());
    assert!(
        stderr(&output).contains("(reached and not seen: 1 call, all by pinned goroutines)"),
        "{output:?}"
    );
}

#[test]
fn the_program_has_its_input_output_and_exit_code() {
    let folder = Folder::new(
        "prove-clean",
        &[
            ("go.mod", GO_MOD),
            (
                "main.go",
                "package main\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\nfunc main() {\n\tio.Copy(os.Stdout, os.Stdin)\n\tos.Exit(len(os.Args))\n}\n",
            ),
        ],
    );
    let mut command = command(&folder, &["--", "a", "-b"]);
    let mut snag =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("snag");
    snag.stdin.take().expect("its input").write_all(b"in and out\n").expect("it reads");
    let output = snag.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), stdout(&output)), (Some(3), "in and out\n".to_owned()));
    assert_eq!(stderr(&output), "snag: no problems found in 1 package or in the run.\n");
}

#[test]
fn tests_are_run_as_well() {
    let folder = module("tests");
    let arguments = ["--output", "proof.json", "--test", "./..."];
    let output = prove(&folder, &[&JSON[..], &arguments[..], &["--", "-run", "TestLower"]].concat());
    assert_eq!(output.status.code(), Some(66), "{output:?}");
    assert!(stdout(&output).contains("ok  \texample.com/prove/inner"), "{output:?}");
    let told: Value = serde_json::from_str(&folder.text("proof.json")).expect("JSON");
    let seen = |told: &Value| {
        let findings = told["findings"].as_array().expect("a list").clone();
        findings
            .into_iter()
            .filter(|it| it["path"] == "inner/inner.go")
            .map(|it| it["proof"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(&told), ["seen"], "{told:#}");
    assert_eq!(finding(&told, "main.go", MAIN, "// lower")["proof"], "not-reached");
    assert_eq!(
        told["findings"][0]["witness"]["executable"].as_str().map(|it| it.ends_with("inner.test")),
        Some(true)
    );
    let mut failing = command(&folder, &[&JSON[..], &arguments[..], &["--", "-run", "TestQuiet"]].concat());
    let output = failing.env("SNAG_TEST_FAILS", "1").output().expect("snag starts");
    assert!(stdout(&output).contains("as wanted"), "{output:?}");
    let told: Value = serde_json::from_str(&folder.text("proof.json")).expect("JSON");
    assert_eq!(seen(&told), ["not-reached"], "{told:#}");
}

/// Threads of Snag that an interruption or a request to end might go to, without the one that waits for them: it would end
/// Snag there.
fn threads_that_take_signals(snag: u32) -> Vec<String> {
    let bit = |signal: Signal| 1 << (signal as u64 - 1);
    let wanted = bit(Signal::SIGINT) | bit(Signal::SIGTERM);
    let tasks = fs::read_dir(format!("/proc/{snag}/task")).expect("its threads").flatten();
    let others = tasks.filter(|task| task.file_name().to_string_lossy() != snag.to_string());
    let takes = |status: &str| {
        let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).expect("a mask");
        u64::from_str_radix(blocked.trim(), 16).expect("bits") & wanted != wanted
    };
    let takes =
        |task: &fs::DirEntry| fs::read_to_string(task.path().join("status")).is_ok_and(|it| takes(&it));
    others.filter(takes).map(|task| task.file_name().to_string_lossy().into_owned()).collect()
}

/// Runs the program until it waits, sends Snag the signal, and returns the exit code and the document.
fn interrupted(way: &str, signal: &str) -> (Option<i32>, Value) {
    let folder = module(way);
    let mut command = command(&folder, &[&JSON[..], &[".", "--", way]].concat());
    let mut snag = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("snag starts");
    let mut line = String::new();
    BufReader::new(snag.stdout.take().expect("its output")).read_line(&mut line).expect("text");
    assert_eq!(line, "waiting\n");
    assert_eq!(threads_that_take_signals(snag.id()), Vec::<String>::new());
    let kill = Command::new("kill").args([signal, &snag.id().to_string()]).status().expect("kill");
    assert!(kill.success());
    let mut told = String::new();
    snag.stderr.take().expect("its errors").read_to_string(&mut told).expect("text");
    let status = snag.wait().expect("snag ends");
    (status.code(), serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}")))
}

#[test]
fn a_program_that_never_ends_is_interrupted_and_reported() {
    let (code, told) = interrupted("interrupted", "-INT");
    assert_eq!(
        (code, &finding(&told, "main.go", MAIN, "// lower")["proof"]),
        (Some(66), &"not-reached".into())
    );
    // Whoever is killed does not say what it did.
    let (code, told) = interrupted("killed", "-TERM");
    let lower = finding(&told, "main.go", MAIN, "// lower");
    assert_eq!((code, &lower["proof"], &lower["reached"]), (Some(66), &"not-seen".into(), &Value::Null));
    let problem = told["problems"][0]["message"].as_str().unwrap_or_default();
    assert!(problem.starts_with("the program did not end by itself"), "{told:#}");
}

#[test]
fn without_coverage_calls_tell_what_was_reached() {
    let folder = module("old");
    // A go that says it is an old one.
    let go = "#!/bin/sh\nif [ \"$1\" = env ]; then\n\tPATH=$REAL go \"$@\" | sed 's/\"GOVERSION\": \".*\"/\"GOVERSION\": \"go1.19.8\"/'\n\
              else\n\tPATH=$REAL exec go \"$@\"\nfi\n";
    fs::create_dir(folder.0.join("bin")).expect("a folder");
    fs::write(folder.0.join("bin/go"), go).expect("a file");
    assert!(Command::new("chmod").arg("+x").arg(folder.0.join("bin/go")).status().expect("chmod").success());
    let path = std::env::var("PATH").expect("PATH");
    let old = |way: &str| {
        let mut command = command(&folder, &[&JSON[..], &[".", "--", way]].concat());
        command.env("REAL", &path).env("PATH", format!("{}:{path}", folder.0.join("bin").display()));
        document(&command.output().expect("snag starts"))
    };
    let quiet = old("quiet");
    assert_eq!(finding(&quiet, "main.go", MAIN, "// lower")["proof"], "not-seen");
    assert_eq!(
        quiet["problems"][0]["message"],
        "go1.19.8 has no go build -cover, so which lines are run is not known"
    );
    assert_eq!(finding(&old("pinned"), "main.go", MAIN, "// lower")["proof"], "reached-not-seen");
    let told = document(&prove(&folder, &[&JSON[..], &["--no-coverage", ".", "--", "quiet"]].concat()));
    assert_eq!(finding(&told, "main.go", MAIN, "// lower")["proof"], "not-seen");
}

#[test]
fn what_cannot_be_proven_is_said_and_go_says_why() {
    let folder = module("bad");
    fs::create_dir(folder.0.join("broken")).expect("a folder");
    fs::write(folder.0.join("broken/main.go"), "package main\n\nfunc main() { gone() }\n").expect("a file");
    fs::write(folder.0.join("broken/main_test.go"), "package main\n").expect("a file");
    let bad: [(&[&str], &str); 7] = [
        (&["./inner"], "example.com/prove/inner is no program: it is not package main"),
        (&["./..."], "3 packages are not one program: name one"),
        (&["main.go"], "files are no package"),
        (&["./nowhere"], "error: go does not find ./nowhere: name a package"),
        (&["./broken"], "undefined: gone"),
        (&["--test", "./broken"], "go test failed before a test was run"),
        (&["--select", "no-such-rule"], "there is no rule \"no-such-rule\""),
    ];
    for (arguments, sentence) in bad {
        let output = prove(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(stderr(&output).contains(sentence), "{arguments:?}: {output:?}");
    }
    let output = command(&folder, &[]).env("PATH", "/nonexistent").output().expect("snag starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("error: go cannot be started"), "{output:?}");
    let output = command(&folder, &[]).env("GOOS", "windows").output().expect("snag starts");
    assert!(stderr(&output).contains("go builds for windows/amd64, which cannot be run here"), "{output:?}");
}

/// The sections of an archive of texts.
fn sections(text: &str) -> BTreeMap<&str, String> {
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    let mut name = "";
    for line in text.split_inclusive('\n') {
        match line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
            Some(next) => name = next,
            None => found.entry(name).or_default().push_str(line),
        }
    }
    found
}

/// The programs of the rules that look at runs: rule, file.
fn programs() -> Vec<(String, PathBuf)> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snag_rules/src");
    let mut found = Vec::new();
    for folder in fs::read_dir(rules).expect("rules").flatten() {
        let rule = folder.file_name().to_string_lossy().replace('_', "-");
        for file in fs::read_dir(folder.path().join("runs")).into_iter().flatten().flatten() {
            if file.path().extension().is_some_and(|end| end == "txtar") {
                found.push((rule.clone(), file.path()));
            }
        }
    }
    found.sort();
    found
}

/// What is wrong with what `snag prove` says of a program of a rule: it must see what the marks say.
fn misjudged(rule: &str, path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).expect("a text");
    let mut files = sections(&text);
    files.remove("");
    files.entry("go.mod").or_insert_with(|| GO_MOD.to_owned());
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let name = format!("{rule}-{}", path.file_stem().expect("a name").to_string_lossy());
    let folder = Folder::new(&format!("prove-{name}"), &files);
    let output = prove(&folder, &["--output-format", "json", "--select", rule]);
    let told = document(&output);
    let findings = told["findings"].as_array().expect("a list");
    let wanted =
        files.iter().find(|(name, _)| *name == "main.go").map_or("", |(_, text)| text).contains("// seen");
    let seen = findings.iter().any(|it| it["proof"] == "seen" && it["in_source"] == true);
    let only_seen = findings.iter().any(|it| it["in_source"] == false);
    let silent = findings.iter().all(|it| it["proof"] != "seen");
    let right = if wanted { seen && !only_seen } else { silent };
    (!right).then(|| format!("{name}: {told:#}"))
}

#[test]
fn wrong_programs_are_seen_to_be_wrong_and_right_ones_are_not() {
    let programs = programs();
    assert!(programs.len() > 10, "{programs:?}");
    let (left, misjudged_ones) = (Mutex::new(programs), Mutex::new(Vec::new()));
    let work = || {
        while let Some((rule, path)) = { left.lock().expect("a list").pop() } {
            // In some wrong programs a goroutine must move at the wrong moment, which it does in most runs only.
            let wrong = fs::read_to_string(&path).expect("a text").contains("// seen");
            let runs = if wrong { 8 } else { 1 };
            let verdicts: Vec<String> = (0..runs).map_while(|_| misjudged(&rule, &path)).collect();
            if verdicts.len() == runs {
                misjudged_ones.lock().expect("a list").extend(verdicts.into_iter().next());
            }
        }
    };
    std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
    let misjudged = misjudged_ones.into_inner().expect("a list");
    assert!(misjudged.is_empty(), "{}", misjudged.join("\n"));
}

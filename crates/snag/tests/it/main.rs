//! The command as a user meets it.
#![allow(clippy::disallowed_methods, reason = "tests start the command on files of their own")]

#[cfg(target_os = "linux")]
mod chaos;
#[cfg(target_os = "linux")]
mod export;
mod fix;
#[cfg(target_os = "linux")]
mod prove;
mod readme;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod snapshot;
mod surroundings;
mod timeline;
#[cfg(target_os = "linux")]
mod top;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A folder that is gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Folder {
        let path = std::env::temp_dir().join(format!("snag-{name}-{}", std::process::id()));
        // What a killed run left behind must not disturb this one.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        for (file, text) in files {
            let file = path.join(file);
            fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
            fs::write(file, text).expect("a file");
        }
        Folder(path)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
        command.env_clear().env("HOME", "/nonexistent").current_dir(&self.0).args(arguments);
        command
    }

    fn snag(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("snag starts")
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).expect("a text")
    }

    /// What is in the folder itself.
    fn names(&self) -> Vec<String> {
        let entries =
            fs::read_dir(&self.0).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const GO_MOD: (&str, &str) = ("go.mod", "module example.com/m\n\ngo 1.22\n");
const MAIN: (&str, &str) = ("main.go", "package main\n\nfunc main() {}\n");

#[test]
fn a_clean_module_exits_with_zero_and_says_what_was_checked() {
    let folder = Folder::new("clean", &[GO_MOD, MAIN]);
    let output = folder.snag(&["check"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
    assert!(stdout(&output).starts_with("No problems found in 1 package ("), "{}", stdout(&output));
}

#[test]
fn wrong_usage_is_one_sentence_and_exit_code_two() {
    let folder =
        Folder::new("usage", &[GO_MOD, MAIN, ("bad/snag.toml", "sellect = []\n"), ("none/a.txt", "")]);
    let cases: [(&[&str], &str); 6] = [
        (&["check", "./nowhere"], "no such file or directory: ./nowhere"),
        (&["check", "--go", "1.x"], "not a Go version: \"1.x\""),
        (&["check", "--ignore", "no-such-rule"], "there is no rule \"no-such-rule\""),
        (&["explain", "no-such-rule"], "there is no rule \"no-such-rule\""),
        (&["-C", "bad", "check"], "unknown key \"sellect\" (did you mean \"select\"?)"),
        (&["-C", "gone", "check"], "no such directory: gone"),
    ];
    for (arguments, sentence) in cases {
        let output = folder.snag(arguments);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()), "{arguments:?}");
        let told = stderr(&output);
        assert!(told.contains(sentence) && told.lines().count() == 1, "{arguments:?}: {told}");
    }
    let output = folder.snag(&["check", "./none"]);
    assert_eq!(output.status.code(), Some(2), "an empty folder is no success: {}", stdout(&output));
}

#[test]
fn directives_of_no_use_are_findings() {
    let main = "package main\n\n//snag:ignore no-such-rule because\nfunc main() {}\n";
    let folder = Folder::new("unused", &[GO_MOD, ("main.go", main)]);
    let output = folder.snag(&["check", "--output-format", "concise"]);
    assert_eq!(output.status.code(), Some(1));
    let lines = stdout(&output);
    assert!(lines.starts_with("main.go:3:1: warning[unused-ignore] unknown rule no-such-rule\n"), "{lines}");
    assert!(lines.contains("Found 1 problem in 1 file."), "{lines}");
    assert_eq!(folder.snag(&["check", "--exit-zero"]).status.code(), Some(0));
}

#[test]
fn json_is_one_document_that_lists_what_could_not_be_read() {
    let folder = Folder::new("json", &[GO_MOD, MAIN, ("broken.go", "package main\n\nfunc (\n")]);
    let output = folder.snag(&["check", "--output-format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!((&document["schema"], &document["summary"]["packages"]), (&1.into(), &1.into()));
    assert_eq!(document["problems"][0]["path"], "broken.go", "{document}");
}

#[test]
fn the_number_of_threads_changes_no_finding() {
    let enter = "package enter\n\nimport (\n\t\"runtime\"\n\t\"syscall\"\n)\n\n\
        func Into(flags int) error { return syscall.Unshare(flags) }\n\n\
        func Run(f func() error) error {\n\truntime.LockOSThread()\n\tdefer runtime.UnlockOSThread()\n\
        \tif err := Into(syscall.CLONE_NEWNET); err != nil {\n\t\treturn err\n\t}\n\treturn f()\n}\n";
    let user = |n: usize| {
        let next = if n == 0 { String::new() } else { format!("\"example.com/m/p{}\"", n - 1) };
        let call = if n == 0 { String::new() } else { format!("p{}.Work(count)", n - 1) };
        format!(
            "package p{n}\n\nimport (\n\t\"runtime\"\n\t\"example.com/m/enter\"\n\t{next}\n)\n\n\
            var Threads int\n\n\
            func Work(count int) {{\n\tThreads = runtime.NumGoroutine()\n\tgo enter.Into(count)\n\
            \tgo enter.Run(func() error {{ return enter.Into(count) }})\n\t{call}\n}}\n"
        )
    };
    let texts: Vec<(String, String)> = (0..24).map(|n| (format!("p{n}/p.go"), user(n))).collect();
    let mut files = vec![GO_MOD, ("enter/enter.go", enter)];
    files.extend(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let folder = Folder::new("threads", &files);
    let check = |threads: &str| {
        let flags =
            ["check", "--audit", "--goos", "linux", "--output-format", "concise", "--threads", threads];
        stdout(&folder.snag(&flags))
    };
    let one = check("1");
    for rule in ["unpinned-thread-state", "dirty-unpin", "goroutines-as-threads"] {
        assert!(one.matches(rule).count() > 0, "{rule}: {one}");
    }
    for threads in ["2", "3", "8", "1", "8"] {
        assert_eq!(check(threads), one, "{threads} threads");
    }
}

//! Bad input and odd surroundings: a sentence and an exit code, never a panic.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::process::Stdio;

use crate::{Folder, GO_MOD, MAIN, stderr, stdout};

const OLD: (&str, &str) = ("go.mod", "module example.com/m\n\ngo 1.21\n");
const LOOP: (&str, &str) = (
    "loop.go",
    "package main\n\nfunc f(xs []int) {\n\tfor _, x := range xs {\n\t\tgo func() { println(x) }()\n\t}\n}\n",
);

#[test]
fn wrong_words_come_with_the_right_ones() {
    let folder = Folder::new("words", &[GO_MOD, MAIN]);
    let cases: [(&[&str], &str); 5] = [
        (&["chek"], "a similar subcommand exists: 'check'"),
        (&["check", "--outptu-format", "json"], "a similar argument exists: '--output-format'"),
        (&["check", "--output-format", "jsn"], "a similar value exists: 'json'"),
        (&["check", "--threads", "0"], "0 is not in 1..=256"),
        (&["check", "--threads", "99999999"], "--threads"),
    ];
    for (arguments, hint) in cases {
        let output = folder.snag(arguments);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()), "{arguments:?}");
        assert!(stderr(&output).contains(hint), "{arguments:?}: {}", stderr(&output));
    }
    let output = folder.snag(&["--help"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
    assert!(stdout(&output).ends_with("Start here: snag check ./...\n"), "{}", stdout(&output));
    assert_eq!(stdout(&folder.snag(&[])), stdout(&output), "help is what a bare snag prints");
}

#[test]
fn what_cannot_be_read_is_told_and_nothing_else_is_lost() {
    let folder = Folder::new(
        "unread",
        &[OLD, LOOP, ("binary.go", "package main\0\n"), ("gone/gone.go", "package gone\n")],
    );
    fs::remove_file(folder.0.join("gone/gone.go")).expect("a file");
    // Even root cannot read through this one.
    symlink("nowhere", folder.0.join("gone/gone.go")).expect("a link");
    let output = folder.snag(&["check", "--output-format", "concise"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stdout(&output).contains("loop.go:5:23: error[captured-loop-variable]"), "{}", stdout(&output));
    let told = stderr(&output);
    assert!(told.contains("note: binary.go: not a Go file: it holds a NUL byte\n"), "{told}");
    assert!(
        told.ends_with("error: not everything could be read, so bugs may have been overlooked\n"),
        "{told}"
    );
}

#[test]
fn loops_of_links_end() {
    let folder = Folder::new("links", &[GO_MOD, MAIN, ("a/a.go", "package a\n")]);
    symlink("..", folder.0.join("a/up")).expect("a link");
    symlink("self", folder.0.join("self")).expect("a link");
    let output = folder.snag(&["check"]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
    assert!(stdout(&output).starts_with("No problems found in 2 packages"), "{}", stdout(&output));
    assert_eq!(folder.snag(&["check", "./self"]).status.code(), Some(2));
}

#[test]
fn broken_settings_are_one_sentence() {
    let folder = Folder::new("settings", &[GO_MOD, MAIN]);
    for (text, hint) in
        [(&b"select = [\n"[..], "unclosed array"), (b"select = 3\n", "a list"), (b"\xff", "UTF-8")]
    {
        fs::write(folder.0.join("snag.toml"), text).expect("a file");
        let output = folder.snag(&["check"]);
        let told = stderr(&output);
        assert_eq!((output.status.code(), told.lines().count()), (Some(2), 1), "{told}");
        assert!(told.contains("snag.toml") && told.contains(hint), "{told}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = Folder::new("pipe", &[OLD, LOOP]);
    for arguments in
        [&["explain", "captured-loop-variable"][..], &["--help"], &["check", "--output-format", "json"]]
    {
        let mut command = folder.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("snag starts");
        let mut line = String::new();
        BufReader::with_capacity(16, child.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("a line");
        let output = child.wait_with_output().expect("snag ends");
        assert_eq!(stderr(&output), "", "{arguments:?}");
        assert_ne!(output.status.code(), Some(2), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let folder = Folder::new("full", &[GO_MOD, MAIN]);
    for arguments in [&["check"][..], &["explain"], &["--help"], &["--version"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let output = folder.command(arguments).stdout(full).output().expect("snag starts");
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.starts_with("error: cannot write the output: No space left"), "{arguments:?}: {told}");
    }
}

#[test]
fn colors_are_for_those_who_want_them() {
    let folder = Folder::new("colors", &[OLD, LOOP]);
    let escapes = |arguments: &[&str]| stdout(&folder.snag(arguments)).contains('\x1b');
    assert!(!escapes(&["check"]), "a pipe");
    assert!(escapes(&["check", "--color", "always"]));
    assert!(!escapes(&["check", "--color", "never"]));
}

#[test]
fn very_long_lines_and_many_line_ends_keep_their_places() {
    let long = format!(
        "package main\n\nfunc f(xs []int) {{\n\tfor _, x := range xs {{ go func() {{ println(x, \"{}\") }}() }}\n}}\n",
        "a".repeat(1 << 20)
    );
    let crlf = LOOP.1.replace('\n', "\r\n").replace("go func", "/* ü */ go func").replace("func f", "func g");
    let folder = Folder::new("long", &[OLD, ("a.go", &long), ("b.go", &crlf)]);
    let output = folder.snag(&["check", "--output-format", "concise"]);
    let told = stdout(&output);
    assert!(told.contains("a.go:4:45: error") && told.contains("b.go:5:32: error"), "{told}");
    assert_eq!(folder.snag(&["check"]).status.code(), Some(1));
}

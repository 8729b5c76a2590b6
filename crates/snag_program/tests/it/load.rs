//! Loading, on trees in memory.

use std::path::{Path, PathBuf};

use snag_program::bundle::Bundled;
use snag_program::files::{Disk, Files, Memory};
use snag_program::load::{
    Config, Environment, GoVersion, LoadError, Package, StandardLibrary, Workspace, load,
};

fn config() -> Config {
    Config {
        goos: "linux".to_owned(),
        goarch: "amd64".to_owned(),
        cgo: true,
        tags: Vec::new(),
        tests: true,
        go_version: None,
        environment: Environment { gopath: Some("/gopath".to_owned()), ..Environment::default() },
    }
}

/// A tree from `("/path", "text")` pairs.
fn tree(files: &[(&str, &str)]) -> Memory {
    let mut memory = Memory::new();
    for (path, text) in files {
        memory.file(path, *text);
    }
    memory
}

fn try_load(
    files: &dyn Files,
    cwd: &str,
    patterns: &[&str],
    config: &Config,
) -> Result<Workspace, LoadError> {
    let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
    load(files, Path::new(cwd), &patterns, config)
}

fn loaded(files: &dyn Files, cwd: &str, patterns: &[&str]) -> Workspace {
    try_load(files, cwd, patterns, &config()).expect("the patterns match")
}

fn first_party(workspace: &Workspace) -> Vec<&str> {
    workspace.first_party().map(|(_, package)| package.path.as_str()).collect()
}

fn package<'w>(workspace: &'w Workspace, path: &str) -> &'w Package {
    workspace
        .packages
        .iter()
        .find(|package| package.path == path)
        .unwrap_or_else(|| panic!("no package {path}"))
}

fn names(package: &Package) -> Vec<&str> {
    package.files.iter().filter_map(|file| file.path.file_name()?.to_str()).collect()
}

fn imported<'w>(workspace: &'w Workspace, from: &str, path: &str) -> &'w Package {
    workspace.package(package(workspace, from).imports[path])
}

fn missing(workspace: &Workspace) -> Vec<(&str, bool)> {
    workspace.missing.iter().map(|missing| (missing.path.as_str(), missing.stubbed)).collect()
}

#[test]
fn a_module_is_walked_without_what_go_skips() {
    let files = tree(&[
        ("/m/go.mod", "module example.com/m\n\ngo 1.21\n"),
        ("/m/a.go", "package m\n\nimport \"example.com/m/in\"\n"),
        ("/m/a_test.go", "package m\n"),
        ("/m/x_test.go", "package m_test\n\nimport \"example.com/m\"\n"),
        ("/m/in/in.go", "package in\n"),
        ("/m/testdata/t.go", "package t\n"),
        ("/m/_old/o.go", "package o\n"),
        ("/m/.git/g.go", "package g\n"),
        ("/m/vendor/v/v.go", "package v\n"),
        ("/m/nested/go.mod", "module example.com/nested\n"),
        ("/m/nested/n.go", "package n\n"),
        ("/m/docs/readme.md", "no Go here"),
    ]);
    let workspace = loaded(&files, "/m", &[]);
    assert_eq!(first_party(&workspace), ["example.com/m", "example.com/m_test", "example.com/m/in"]);
    assert_eq!(names(package(&workspace, "example.com/m")), ["a.go", "a_test.go"]);
    assert_eq!(names(package(&workspace, "example.com/m_test")), ["x_test.go"]);
    assert_eq!(imported(&workspace, "example.com/m_test", "example.com/m").path, "example.com/m");
    assert_eq!(&*package(&workspace, "example.com/m/in").files[0].display, "in/in.go");
    let module = workspace.module(package(&workspace, "example.com/m").module.unwrap());
    assert_eq!(
        (module.path.as_str(), module.main, module.go_version),
        ("example.com/m", true, GoVersion::new(1, 21))
    );
    assert_eq!(workspace.problems, []);
}

#[test]
fn patterns_select_as_in_go() {
    let files = tree(&[
        ("/m/go.mod", "module example.com/m\n"),
        ("/m/cmd/x/main.go", "package main\n\nimport _ \"example.com/m/lib\"\n"),
        ("/m/cmd/y/main.go", "package main\n"),
        ("/m/lib/lib.go", "package lib\n"),
        ("/m/lib/other.go", "package lib\n"),
    ]);
    let paths = |patterns: &[&str]| {
        let workspace = loaded(&files, "/m", patterns);
        first_party(&workspace).iter().map(|path| path.replace("example.com/m", "M")).collect::<Vec<_>>()
    };
    assert_eq!(paths(&["./cmd/..."]), ["M/cmd/x", "M/cmd/y"]);
    assert_eq!(paths(&["cmd/x"]), ["M/cmd/x"]);
    assert_eq!(paths(&["example.com/m/..."]), ["M/cmd/x", "M/cmd/y", "M/lib"]);
    assert_eq!(paths(&["example.com/m/lib", "./cmd/y"]), ["M/cmd/y", "M/lib"]);
    assert_eq!(paths(&["./lib", "./..."]), ["M/cmd/x", "M/cmd/y", "M/lib"]);
    assert_eq!(paths(&["./.../x"]), ["M/cmd/x"]);
    assert_eq!(paths(&["/m/lib"]), ["M/lib"]);
    let workspace = loaded(&files, "/m/cmd", &["../lib/lib.go"]);
    assert_eq!(names(package(&workspace, "example.com/m/lib")), ["lib.go"]);
    assert_eq!(&*package(&workspace, "example.com/m/lib").files[0].display, "/m/lib/lib.go");
    // What is only imported is loaded and not reported on.
    let workspace = loaded(&files, "/m", &["./cmd/x"]);
    assert!(!imported(&workspace, "example.com/m/cmd/x", "example.com/m/lib").first_party);
}

#[test]
fn patterns_that_match_nothing_are_errors() {
    let mut files =
        tree(&[("/m/go.mod", "module m\n"), ("/m/win/a_windows.go", "package win\n"), ("/m/b.txt", "")]);
    files.directory("/m/empty");
    let error = |patterns: &[&str]| try_load(&files, "/m", patterns, &config()).unwrap_err().to_string();
    assert_eq!(error(&["./nowhere"]), "no such file or directory: ./nowhere");
    assert_eq!(error(&["./nowhere/..."]), "no such file or directory: ./nowhere/...");
    assert_eq!(error(&["./x.go"]), "no such file or directory: ./x.go");
    assert_eq!(error(&["./empty"]), "./empty matches no Go package");
    assert_eq!(error(&["./..."]), "./... matches no Go package");
    assert_eq!(error(&["./win"]), "./win matches no Go package");
    assert_eq!(error(&["example.com/other"]), "example.com/other matches no Go package");
    assert!(error(&["./b.txt"]).contains("neither a directory nor a Go file"));
}

#[test]
fn files_are_selected_by_system_tags_and_cgo() {
    let files = tree(&[
        ("/m/go.mod", "module m\ngo 1.22\n"),
        ("/m/all.go", "package m\n"),
        ("/m/a_windows.go", "package m\n"),
        ("/m/unix.go", "//go:build unix && !darwin\n\npackage m\n"),
        ("/m/old.go", "// +build linux darwin\n// +build !mine\n\npackage m\n"),
        ("/m/ignored.go", "//go:build ignore\n\npackage main\n"),
        ("/m/doc.go", "package documentation\n"),
        ("/m/c.go", "package m\n\nimport \"C\"\n"),
        ("/m/helper.c", "int x;\n"),
        ("/m/helper_windows.c", "int x;\n"),
        ("/m/asm_amd64.s", "TEXT\n"),
        ("/m/future.go", "//go:build go1.99\n\npackage m\n"),
    ]);
    let workspace = loaded(&files, "/m", &[]);
    let m = package(&workspace, "m");
    assert_eq!(names(m), ["all.go", "c.go", "old.go", "unix.go"]);
    assert_eq!(m.ignored, ["a_windows.go", "doc.go", "future.go", "ignored.go"]);
    assert!(m.files.iter().any(|file| file.is_cgo && file.path == Path::new("/m/c.go")));
    let other: Vec<&Path> = m.other.iter().map(|file| file.path.as_path()).collect();
    assert_eq!(other, [Path::new("/m/asm_amd64.s"), Path::new("/m/helper.c")]);

    let without_cgo = Config { cgo: false, tags: vec!["mine".to_owned()], ..config() };
    let workspace = try_load(&files, "/m", &[], &without_cgo).unwrap();
    assert_eq!(names(package(&workspace, "m")), ["all.go", "unix.go"]);
    assert_eq!(package(&workspace, "m").other.len(), 1);

    let windows = Config { goos: "windows".to_owned(), ..config() };
    let workspace = try_load(&files, "/m", &[], &windows).unwrap();
    assert_eq!(names(package(&workspace, "m")), ["a_windows.go", "all.go", "c.go"]);
}

#[test]
fn a_file_may_choose_its_language_version() {
    let files = tree(&[
        ("/m/go.mod", "module m\ngo 1.24\n"),
        ("/m/a.go", "package m\n"),
        ("/m/down.go", "//go:build go1.21\n\npackage m\n"),
        ("/m/far.go", "//go:build go1.17 && linux\n\npackage m\n"),
        ("/m/up.go", "//go:build go1.26\n\npackage m\n"),
    ]);
    let versions = |config: &Config| -> Vec<String> {
        let workspace = try_load(&files, "/m", &[], config).unwrap();
        package(&workspace, "m").files.iter().map(|file| file.version.to_string()).collect()
    };
    assert_eq!(versions(&config()), ["1.24", "1.21", "1.21", "1.26"]);
    // Before Go 1.21 a file had no say, and newer files do not take part.
    assert_eq!(versions(&Config { go_version: Some(GoVersion::new(1, 18)), ..config() }), ["1.18", "1.18"]);
    assert_eq!(
        versions(&Config { go_version: Some(GoVersion::new(1, 22)), ..config() }),
        ["1.22", "1.21", "1.17"]
    );
}

#[test]
fn vendored_packages_have_the_version_of_their_module() {
    let modules = "# example.com/dep v1.2.3\n## explicit; go 1.18\nexample.com/dep/sub\n";
    let files = tree(&[
        ("/m/go.mod", "module m\ngo 1.22\nrequire example.com/dep v1.2.3\n"),
        ("/m/a.go", "package m\nimport \"example.com/dep/sub\"\n"),
        ("/m/vendor/modules.txt", modules),
        ("/m/vendor/example.com/dep/sub/s.go", "package sub\n"),
        ("/gopath/pkg/mod/example.com/dep@v1.2.3/sub/s.go", "package sub\n"),
    ]);
    let workspace = loaded(&files, "/m", &[]);
    let sub = imported(&workspace, "m", "example.com/dep/sub");
    assert_eq!(sub.directory, PathBuf::from("/m/vendor/example.com/dep/sub"));
    let module = workspace.module(sub.module.unwrap());
    assert_eq!((module.path.as_str(), module.version.as_str()), ("example.com/dep", "v1.2.3"));
    assert_eq!(sub.files[0].version, GoVersion::new(1, 18));

    let mut from_cache = config();
    from_cache.environment.goflags = Some("-mod=mod".to_owned());
    let workspace = try_load(&files, "/m", &[], &from_cache).unwrap();
    let sub = imported(&workspace, "m", "example.com/dep/sub");
    assert_eq!(sub.directory, PathBuf::from("/gopath/pkg/mod/example.com/dep@v1.2.3/sub"));
}

#[test]
fn the_module_cache_and_replacements_are_followed() {
    let files = tree(&[
        (
            "/m/go.mod",
            "module m\ngo 1.16\nrequire (\n\tgithub.com/Big/Dep v1.0.0\n\texample.com/local v0.0.0\n)\n\
             replace example.com/local => ../local\nreplace example.com/old v1.1.0 => example.com/new v1.5.0\n",
        ),
        (
            "/m/a.go",
            "package m\nimport (\n\t\"github.com/Big/Dep/x\"\n\t\"example.com/local\"\n\t\"example.com/gone\"\n)\n",
        ),
        ("/local/go.mod", "module example.com/local\ngo 1.20\n"),
        ("/local/l.go", "package local\n"),
        ("/gopath/pkg/mod/github.com/!big/!dep@v1.0.0/go.mod", "module github.com/Big/Dep\ngo 1.15\n"),
        ("/gopath/pkg/mod/github.com/!big/!dep@v1.0.0/x/x.go", "package x\nimport \"example.com/old\"\n"),
        (
            "/gopath/pkg/mod/cache/download/github.com/!big/!dep/@v/v1.0.0.mod",
            "module github.com/Big/Dep\nrequire example.com/old v1.1.0\n",
        ),
        ("/gopath/pkg/mod/example.com/new@v1.5.0/o.go", "package old\n"),
    ]);
    let workspace = loaded(&files, "/m", &[]);
    let x = imported(&workspace, "m", "github.com/Big/Dep/x");
    assert_eq!(x.files[0].version, GoVersion::new(1, 15));
    assert_eq!(imported(&workspace, "m", "example.com/local").directory, PathBuf::from("/local"));
    let old = imported(&workspace, "github.com/Big/Dep/x", "example.com/old");
    assert_eq!(old.directory, PathBuf::from("/gopath/pkg/mod/example.com/new@v1.5.0"));
    assert_eq!(missing(&workspace), [("example.com/gone", false)]);
    assert_eq!(workspace.package(workspace.missing[0].importers[0]).path, "m");
}

#[test]
fn go_work_joins_modules() {
    let files = tree(&[
        ("/w/go.work", "go 1.22\nuse (\n\t./a\n\t./b\n)\ngodebug panicnil=1\n"),
        ("/w/a/go.mod", "module example.com/a\ngo 1.22\nrequire example.com/b v1.0.0\n"),
        ("/w/a/a.go", "package a\nimport \"example.com/b\"\n"),
        ("/w/b/go.mod", "module example.com/b\ngo 1.21\n"),
        ("/w/b/b.go", "package b\n"),
        ("/w/c/go.mod", "module example.com/c\n"),
        ("/w/c/c.go", "package c\nimport \"example.com/b\"\n"),
    ]);
    let workspace = loaded(&files, "/w/a", &[]);
    assert_eq!(first_party(&workspace), ["example.com/a"]);
    assert_eq!(imported(&workspace, "example.com/a", "example.com/b").directory, PathBuf::from("/w/b"));
    assert_eq!(workspace.modules[0].godebug, [("panicnil".to_owned(), "1".to_owned())]);
    // At the top, where no module is, the pattern means the modules of the workspace.
    assert_eq!(first_party(&loaded(&files, "/w", &[])), ["example.com/a", "example.com/b"]);
    // A module that is not used stands for itself.
    assert_eq!(missing(&loaded(&files, "/w/c", &[])), [("example.com/b", false)]);
    let mut off = config();
    off.environment.gowork = Some("off".to_owned());
    assert_eq!(missing(&try_load(&files, "/w/a", &[], &off).unwrap()), [("example.com/b", false)]);
}

#[test]
fn gopath_mode_looks_into_vendor_directories_upwards() {
    let files = tree(&[
        (
            "/gopath/src/example.com/p/p.go",
            "package p\nimport (\n\t\"example.com/q\"\n\t\"example.com/v\"\n)\n",
        ),
        ("/gopath/src/example.com/p/vendor/example.com/v/v.go", "package v\n"),
        ("/gopath/src/example.com/q/q.go", "package q\n"),
    ]);
    let workspace = loaded(&files, "/gopath/src/example.com/p", &[]);
    assert_eq!(first_party(&workspace), ["example.com/p"]);
    assert_eq!(imported(&workspace, "example.com/p", "example.com/q").path, "example.com/q");
    assert_eq!(
        imported(&workspace, "example.com/p", "example.com/v").path,
        "example.com/p/vendor/example.com/v"
    );
    assert_eq!(package(&workspace, "example.com/p").module, None);
}

#[test]
fn a_directory_without_go_mod_is_taken_as_it_is() {
    let files = tree(&[
        ("/x/tool/main.go", "package main\nimport \"tool/sub\"\n"),
        ("/x/tool/sub/s.go", "package sub\n"),
        ("/x/tool/inner/go.mod", "module example.com/inner\n"),
        ("/x/tool/inner/i.go", "package inner\n"),
    ]);
    let workspace = loaded(&files, "/x/tool", &[]);
    assert_eq!(first_party(&workspace), ["example.com/inner", "tool", "tool/sub"]);
    assert_eq!(package(&workspace, "tool").files[0].version, GoVersion::NEWEST);
}

#[test]
fn links_do_not_lead_in_circles() {
    let mut files =
        tree(&[("/m/go.mod", "module m\n"), ("/m/a/a.go", "package a\n"), ("/m/real.txt", "package a\n")]);
    files.link("/m/a/loop", "/m").link("/m/a/self.go", "/m/a/self.go").link("/m/a/linked.go", "../real.txt");
    let workspace = loaded(&files, "/m", &[]);
    assert_eq!(first_party(&workspace), ["m/a"]);
    assert_eq!(names(package(&workspace, "m/a")), ["a.go", "linked.go"]);
    assert_eq!(workspace.problems.len(), 1);
    assert_eq!(workspace.problems[0].path, PathBuf::from("/m/a/self.go"));
}

#[test]
fn files_that_cannot_be_used_cost_only_themselves() {
    let mut files = tree(&[
        ("/m/go.mod", "module m\nrequire oops\n"),
        ("/m/a.go", "package m\n"),
        ("/m/binary.go", "\u{7f}ELF\0\0\0"),
        ("/m/broken.go", "package\n"),
        ("/m/other.go", "package other\n"),
        ("/m/constraint.go", "//go:build (linux\n\npackage m\n"),
    ]);
    files.unreadable("/m/secret.go");
    let workspace = loaded(&files, "/m", &[]);
    assert_eq!(names(package(&workspace, "m")), ["a.go"]);
    let problems: Vec<(&str, &str)> = workspace
        .problems
        .iter()
        .map(|problem| (problem.path.file_name().unwrap().to_str().unwrap(), problem.message.as_str()))
        .collect();
    let about = |name: &str| problems.iter().find(|(path, _)| *path == name).map(|(_, message)| *message);
    assert_eq!(about("go.mod"), Some("malformed require line"));
    assert_eq!(about("binary.go"), Some("not a Go file: it holds a NUL byte"));
    assert_eq!(about("secret.go"), Some("cannot be read: permission denied"));
    assert!(about("broken.go").is_some() && about("constraint.go").is_some());
    assert!(about("other.go").unwrap().contains("package other in the directory of package m"));
    assert_eq!(workspace.problems[0].position.map(|position| position.line), Some(2));
}

#[test]
fn ignore_lines_of_go_mod_hide_directories() {
    let files = tree(&[
        ("/m/go.mod", "module m\ngo 1.25\nignore ./web\n"),
        ("/m/a.go", "package m\n"),
        ("/m/web/w.go", "package w\n"),
    ]);
    assert_eq!(first_party(&loaded(&files, "/m", &[])), ["m"]);
}

#[test]
fn the_bundled_library_serves_where_no_go_is() {
    let files = tree(&[
        ("/m/go.mod", "module m\ngo 1.22\n"),
        (
            "/m/a.go",
            "package m\nimport (\n\t\"net/http\"\n\t\"runtime\"\n\t\"golang.org/x/sync/errgroup\"\n\t\"no/such\"\n)\n",
        ),
    ]);
    let files = Bundled::new(files);
    let workspace = loaded(&files, "/m", &[]);
    assert!(matches!(workspace.standard_library, StandardLibrary::Bundled { .. }));
    let http = imported(&workspace, "m", "net/http");
    assert!(http.standard && http.signatures_only && !http.first_party);
    let runtime = imported(&workspace, "m", "runtime");
    let texts: Vec<Vec<u8>> = runtime.files.iter().map(|file| files.read(&file.path).unwrap()).collect();
    assert!(texts.iter().any(|text| String::from_utf8_lossy(text).contains("func LockOSThread()")));
    let group = imported(&workspace, "m", "golang.org/x/sync/errgroup");
    assert!(group.signatures_only && !group.standard);
    assert_eq!(missing(&workspace), [("golang.org/x/sync/errgroup", true), ("no/such", false)]);
}

#[test]
fn a_real_dependency_is_preferred_to_its_stub() {
    let files = tree(&[
        ("/m/go.mod", "module m\ngo 1.22\nrequire golang.org/x/sync v0.1.0\n"),
        ("/m/a.go", "package m\nimport \"golang.org/x/sync/errgroup\"\n"),
        ("/gopath/pkg/mod/golang.org/x/sync@v0.1.0/errgroup/e.go", "package errgroup\n"),
    ]);
    let workspace = loaded(&Bundled::new(files), "/m", &[]);
    assert!(!imported(&workspace, "m", "golang.org/x/sync/errgroup").signatures_only);
    assert_eq!(missing(&workspace), []);
}

#[test]
fn only_a_newer_goroot_replaces_the_bundled_library() {
    let with = |version: &str| {
        let version = format!("{version}\ntime now\n");
        let mut files = tree(&[
            ("/m/go.mod", "module m\n"),
            ("/m/a.go", "package m\nimport \"sync\"\n"),
            ("/opt/go/VERSION", &version),
            ("/opt/go/src/sync/sync.go", "package sync\n"),
            ("/opt/go/bin/go", ""),
        ]);
        files.link("/usr/bin/go", "../../opt/go/bin/go");
        let mut config = config();
        config.environment.path = Some("/bin:/usr/bin".to_owned());
        let workspace = try_load(&Bundled::new(files), "/m", &[], &config).unwrap();
        imported(&workspace, "m", "sync").directory.clone()
    };
    assert_eq!(with("go1.99.1"), PathBuf::from("/opt/go/src/sync"));
    assert_eq!(with("go1.20.3"), PathBuf::from("bundled:std/src/sync"));
}

#[test]
fn inside_goroot_its_own_tree_is_used() {
    let files = tree(&[
        ("/go/VERSION", "go1.26.1\n"),
        ("/go/src/go.mod", "module std\ngo 1.26\n"),
        ("/go/src/fmt/print.go", "package fmt\nimport (\n\t\"golang.org/x/net/x\"\n\t\"io\"\n)\n"),
        ("/go/src/io/io.go", "package io\n"),
        ("/go/src/builtin/builtin.go", "package builtin\n"),
        ("/go/src/cmd/go.mod", "module cmd\n"),
        ("/go/src/cmd/x/x.go", "package main\n"),
        ("/go/src/vendor/golang.org/x/net/x/x.go", "package x\n"),
    ]);
    let workspace = loaded(&Bundled::new(files), "/go/src", &[]);
    assert_eq!(first_party(&workspace), ["fmt", "io"]);
    assert_eq!(imported(&workspace, "fmt", "golang.org/x/net/x").path, "vendor/golang.org/x/net/x");
    assert!(package(&workspace, "fmt").standard && !package(&workspace, "fmt").signatures_only);
}

#[test]
fn every_bundled_file_can_be_read() {
    let files = Bundled::new(Memory::new());
    for goos in ["linux", "darwin", "windows"] {
        let config = Config { goos: goos.to_owned(), ..config() };
        let workspace = try_load(&files, "/", &["std"], &config).unwrap();
        assert!(workspace.packages.len() > 150, "{goos}: {}", workspace.packages.len());
        assert_eq!((workspace.problems.len(), missing(&workspace)), (0, vec![]), "{goos}");
        for file in workspace.packages.iter().flat_map(|package| &package.files) {
            let source = files.read(&file.path).unwrap();
            let arena = bumpalo::Bump::new();
            let parsed = snag_syntax::go::parse_file(&source, &arena, snag_syntax::go::Bodies::Parse);
            assert_eq!(parsed.problems, [], "{}", file.path.display());
        }
    }
}

#[test]
fn the_packed_stubs_are_those_in_the_tree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/stubs");
    let bundled = Bundled::new(Memory::new());
    let mut open = vec![PathBuf::new()];
    let mut compared = 0;
    while let Some(directory) = open.pop() {
        for entry in Disk.list(&root.join(&directory)).unwrap() {
            let path = directory.join(&entry.name);
            if entry.kind == snag_program::files::Kind::Directory {
                open.push(path);
                continue;
            }
            let packed = bundled.read(&Path::new("bundled:stubs/src").join(&path)).unwrap_or_default();
            assert_eq!(
                packed,
                Disk.read(&root.join(&path)).unwrap(),
                "run cargo xtask pack: {}",
                path.display()
            );
            compared += 1;
        }
    }
    assert!(compared > 15, "{compared}");
}

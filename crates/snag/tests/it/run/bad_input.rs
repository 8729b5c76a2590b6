//! Programs that are hard to follow, and surroundings that do not help.

use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::pty::openpty;

use super::*;

/// A machine with other work to do is slow.
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn ten_thousand_threads_are_followed_to_their_end() {
    let program = build(&PathBuf::from("go"), "crowd", &BUILDS[0]);
    for (arguments, code) in [(&["1000"][..], 0), (&["10000", "ends"][..], 3)] {
        let output = run(&[], &program, arguments);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        assert!(told.contains("no problems found (1 program of Go, "), "{arguments:?}: {told}");
    }
}

/// A terminal that nobody but these processes has, and what they write to it.
fn on_terminal(script: &str) -> (std::process::Child, File, impl FnOnce() -> String) {
    let pair = openpty(None, None).expect("a pseudo-terminal");
    let side = || Stdio::from(pair.slave.try_clone().expect("a terminal"));
    let mut command = Command::new("setsid");
    command.args(["--ctty", env!("CARGO_BIN_EXE_snag"), "run", "--", "/bin/sh", "-c", script]);
    let child = command.stdin(side()).stdout(side()).stderr(side()).spawn().expect("setsid starts");
    let mut master = File::from(pair.master.try_clone().expect("the other end"));
    let shown = std::thread::spawn(move || {
        let mut shown = Vec::new();
        let mut bytes = [0; 4096];
        // When nobody has the terminal any more there is an error, not an end.
        while let Ok(read @ 1..) = master.read(&mut bytes) {
            shown.extend_from_slice(&bytes[..read]);
        }
        String::from_utf8_lossy(&shown).into_owned()
    });
    drop(pair.slave);
    (child, File::from(pair.master), move || shown.join().expect("what was shown"))
}

#[test]
fn processes_without_end_are_cut_short_by_the_user() {
    let word = format!("without-end-{}", std::process::id());
    let folder = Folder::new("run-bomb", &[]);
    let ready = folder.0.join("ready");
    // What a shell starts in the background does not heed Ctrl-C.
    let script = format!(
        "for i in 1 2 3 4 5 6 7 8; do (while :; do /bin/sh -c : {word}; done) & done; touch {}; wait",
        ready.display()
    );
    let (mut snag, mut keys, shown) = on_terminal(&script);
    let begin = Instant::now();
    while !ready.exists() {
        assert!(begin.elapsed() < PATIENCE, "it does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    // The first ends the program, the next those that it left behind.
    let status = loop {
        if let Some(status) = snag.try_wait().expect("a child") {
            break status;
        }
        assert!(begin.elapsed() < PATIENCE, "it does not end");
        keys.write_all(b"\x03").expect("a key");
        std::thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(status.code(), Some(130));
    assert_eq!(with_word(&word), []);
    let shown = shown();
    assert!(shown.contains("no problems found (0 programs of Go"), "{shown}");
}

#[test]
fn a_full_disk_ends_the_record_and_not_the_program() {
    let folder = Folder::new("run-full", &[("disk/x", "")]);
    let script = "mount -t tmpfs -o size=64k none disk && \"$0\" run --record disk/run.snag -- \"$@\"; echo $?; \
                  \"$0\" replay disk/run.snag; echo $?";
    let mut command = Command::new("unshare");
    command.args(["--mount", "/bin/sh", "-c", script, env!("CARGO_BIN_EXE_snag")]).arg(threads());
    command.args(["ends-pinned"; 12]).arg("unpinned").current_dir(&folder.0);
    let output = command.output().expect("unshare starts");
    let told = stderr(&output);
    assert!(told.contains("note: cannot write disk/run.snag: No space left"), "{told}");
    assert!(told.contains("[unpinned-thread-state]"), "{told}");
    // What was written can be read.
    let told = stdout(&output);
    assert!(told.starts_with("66\n") && told.contains("note: the record was cut off"), "{output:?}");
    assert!(told.ends_with("\n0\n"), "{output:?}");
}

#[test]
fn a_library_of_go_is_followed_in_programs_of_other_languages() {
    let how = Build { name: "c-shared", cgo: true, flags: &["-buildmode=c-shared"] };
    let library = build(&PathBuf::from("go"), "library", &how);
    let library = library.to_str().expect("text");
    let source = "#include <dlfcn.h>\nint main(int n, char **a) { void *it = dlopen(a[1], RTLD_NOW); if (!it) return 9;\n\
                  ((void (*)(void))dlsym(it, \"Change\"))(); return 0; }\n";
    let folder = Folder::new("run-library", &[("host.c", source)]);
    let host = folder.0.join("host");
    let mut compiler = Command::new("cc");
    compiler.arg("-o").arg(&host).arg(folder.0.join("host.c")).arg("-ldl");
    assert!(compiler.status().expect("cc starts").success());
    let python = PathBuf::from("python3");
    let in_python = "import ctypes, subprocess, sys\nfor i in range(40): subprocess.run(['/bin/true'])\n\
                     ctypes.CDLL(sys.argv[1]).Change()";
    for (host, arguments) in [(&host, &[library][..]), (&python, &["-c", in_python, library][..])] {
        let output = run(&[], host, arguments);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(66), "{host:?}: {told}");
        assert!(
            told.contains("[unpinned-thread-state]") && told.contains("run/library.go:"),
            "{host:?}: {told}"
        );
        assert!(told.contains("found 1 problem"), "{host:?}: {told}");
    }
}

/// Snag and a program where everybody may run them.
fn for_everybody(folder: &Folder) -> (PathBuf, PathBuf) {
    let copy = |from: &Path, name: &str| {
        let to = folder.0.join(name);
        fs::copy(from, &to).expect("a copy");
        fs::set_permissions(&to, Permissions::from_mode(0o755)).expect("a mode");
        to
    };
    fs::set_permissions(&folder.0, Permissions::from_mode(0o755)).expect("a mode");
    (copy(Path::new(env!("CARGO_BIN_EXE_snag")), "snag"), copy(threads(), "threads"))
}

#[test]
fn root_is_not_needed_for_ones_own_programs() {
    let folder = Folder::new("run-nobody", &[]);
    let (snag, program) = for_everybody(&folder);
    let wanted = [("unpinned", Some(66)), ("restored", Some(0)), ("quiet", Some(0))];
    for (way, code) in wanted {
        let output = nobody(&snag)
            .args(["run", "--"])
            .arg(&program)
            .arg(way)
            .output()
            .expect("this test is run by root");
        assert_eq!(output.status.code(), code, "{way}: {output:?}");
    }
    // As in a container: root, but without the rights that root has elsewhere.
    for (way, code) in wanted {
        let mut command = Command::new("setpriv");
        command.args(["--bounding-set", "-sys_ptrace,-sys_admin", "--inh-caps", "-all"]);
        let output =
            command.arg(&snag).args(["run", "--"]).arg(&program).arg(way).output().expect("setpriv starts");
        assert_eq!(output.status.code(), code, "{way}: {output:?}");
    }
}

#[test]
fn where_nothing_may_be_traced_the_remedy_is_told() {
    // A filter as that of containers, in a few lines: ptrace (101) is not permitted.
    let source = "#include <errno.h>\n#include <linux/filter.h>\n#include <linux/seccomp.h>\n#include <stddef.h>\n#include <sys/prctl.h>\n\
        #include <unistd.h>\nint main(int n, char **a) {\n\
        struct sock_filter f[] = { {0x20, 0, 0, 0}, {0x15, 0, 1, FORBIDDEN}, {0x06, 0, 0, SECCOMP_RET_ERRNO | EPERM}, {0x06, 0, 0, SECCOMP_RET_ALLOW} };\n\
        struct sock_fprog p = { 4, f };\n\
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p); execv(a[1], a + 1); return 9; }\n";
    let folder = Folder::new("run-forbidden", &[("inside.c", source)]);
    for (call, sentence) in [
        ("SYS_ptrace", "in a container, start it with --cap-add SYS_PTRACE or another seccomp profile"),
        ("SYS_seccomp", "seccomp filters are not allowed"),
    ] {
        let inside = folder.0.join(call);
        let mut compiler = Command::new("cc");
        compiler.args(["-include", "sys/syscall.h"]).arg(format!("-DFORBIDDEN={call}"));
        compiler.arg("-o").arg(&inside).arg(folder.0.join("inside.c"));
        assert!(compiler.status().expect("cc starts").success());
        let mut command = Command::new(&inside);
        let output = command
            .args([env!("CARGO_BIN_EXE_snag"), "run", "--"])
            .arg(threads())
            .output()
            .expect("it starts");
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{call}: {told}");
        assert!(told.contains(sentence) && told.lines().count() == 1, "{call}: {told}");
    }
}

#[test]
fn a_debugger_in_the_program_is_told_that_it_cannot_trace() {
    // As strace and gdb begin: both ways to trace a child.
    let source = "#include <stdio.h>\n#include <errno.h>\n#include <string.h>\n#include <sys/ptrace.h>\n#include <sys/wait.h>\n#include <unistd.h>\n\
        int main(void) { pid_t child = fork();\n\
        if (!child) { if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0) _exit(1); sleep(1); _exit(0); }\n\
        long seized = ptrace(PTRACE_SEIZE, child, 0, 0); int why = errno, status; waitpid(child, &status, 0);\n\
        printf(\"%ld %s %d\\n\", seized, strerror(why), status); return 0; }\n";
    let folder = Folder::new("run-debugger", &[("debugger.c", source)]);
    let program = folder.0.join("debugger");
    let mut compiler = Command::new("cc");
    compiler.arg("-o").arg(&program).arg(folder.0.join("debugger.c"));
    assert!(compiler.status().expect("cc starts").success());
    let output = run(&[], &program, &[]);
    assert_eq!(stdout(&output), "-1 Operation not permitted 0\n", "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(0));
}

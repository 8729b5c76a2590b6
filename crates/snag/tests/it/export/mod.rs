//! `snag export`, asked over plain TCP while programs run whose figures are known.

mod prometheus;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::snapshot::Running;
use super::stderr;

/// The programs, built once.
fn programs() -> &'static PathBuf {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("export-programs");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/export/programs.go");
        let mut go = Command::new("go");
        go.args(["build", "-ldflags=-s -w", "-o"]).arg(&program).arg(source);
        let output = go.env("GOTOOLCHAIN", "local").env("CGO_ENABLED", "0").output().expect("go starts");
        assert!(output.status.success(), "{}", stderr(&output));
        program
    })
}

fn start(trouble: &str) -> Running {
    Running::start_by(Command::new(programs()).arg(trouble))
}

/// An exporter that runs until this is dropped.
struct Exporter {
    child: Child,
    address: SocketAddr,
}

impl Exporter {
    fn start(arguments: &[&str]) -> Exporter {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
        Exporter::start_with(command.args(["export", "--listen", "127.0.0.1:0"]).args(arguments))
    }

    fn start_with(command: &mut Command) -> Exporter {
        let mut child = command.env_clear().stderr(Stdio::piped()).spawn().expect("snag starts");
        let mut line = String::new();
        BufReader::new(child.stderr.take().expect("its errors")).read_line(&mut line).expect("text");
        let address =
            line.trim().strip_prefix("snag serves http://").and_then(|it| it.strip_suffix("/metrics"));
        let address = address.unwrap_or_else(|| panic!("{line:?}"));
        Exporter { child, address: address.parse().expect("an address") }
    }

    fn get(&self, path: &str) -> String {
        ask(self.address, &format!("GET {path} HTTP/1.1\r\nHost: snag\r\n\r\n"))
    }

    /// The numbers by metric with labels.
    fn metrics(&self) -> BTreeMap<String, f64> {
        let answer = self.get("/metrics");
        let (header, body) = answer.split_once("\r\n\r\n").expect("an answer");
        assert!(header.starts_with("HTTP/1.1 200 OK"), "{header}");
        let samples = body.lines().filter(|line| !line.starts_with('#'));
        samples
            .map(|line| {
                let (name, value) = line.rsplit_once(' ').expect("a sample");
                (name.to_owned(), value.parse().expect("a number"))
            })
            .collect()
    }

    fn signal(&mut self, signal: &str) -> Option<i32> {
        let sent = Command::new("kill").args(["-s", signal, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill starts").success());
        self.child.wait().expect("an end").code()
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The whole answer to a request.
fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8(answer).expect("text")
}

/// Numbers of one process: those of a metric, by the labels that follow.
fn of(metrics: &BTreeMap<String, f64>, metric: &str, running: &Running) -> BTreeMap<String, f64> {
    let labels = format!("{metric}{{program=\"export-programs\",pid=\"{}\"", running.pid());
    let all = metrics.iter().filter_map(|(name, value)| {
        let rest = name.strip_prefix(&labels)?.strip_suffix('}')?;
        Some((rest.trim_start_matches(',').to_owned(), *value))
    });
    all.collect()
}

fn one(metrics: &BTreeMap<String, f64>, metric: &str, running: &Running, labels: &str) -> f64 {
    let all = of(metrics, metric, running);
    *all.get(labels).unwrap_or_else(|| panic!("{metric} {labels:?} in {all:?}"))
}

#[test]
fn the_numbers_are_those_that_the_programs_know() {
    let (parked, pinned, poisoned) = (start("parked"), start("pinned"), start("poisoned"));
    let pids = [parked.pid(), pinned.pid(), poisoned.pid()];
    let arguments: Vec<&str> =
        pids.iter().flat_map(|pid| ["--pid", pid]).chain(["--min-interval", "0.1"]).collect();
    let exporter = Exporter::start(&arguments);
    let first = exporter.metrics();
    assert_eq!(first["snag_processes"], 3.0);
    assert!(!first.keys().any(|name| name.starts_with("snag_finding")), "seen only once");
    std::thread::sleep(Duration::from_millis(150));
    let metrics = exporter.metrics();

    assert_eq!(one(&metrics, "snag_gomaxprocs", &parked, ""), 3.0);
    let waiting = "status=\"waiting\",reason=\"chan receive\"";
    assert_eq!(one(&metrics, "snag_goroutines", &parked, waiting), 1234.0);
    let source = include_str!("programs.go");
    let line = source.lines().position(|line| line.contains("go func() { <-wait }()")).expect("a line") + 1;
    let site = format!("function=\"main.park\",place=\"programs.go:{line}\"");
    assert_eq!(one(&metrics, "snag_goroutines_by_site", &parked, &site), 1234.0);
    assert!(one(&metrics, "snag_goroutines_created_total", &parked, "") >= 1234.0);

    assert_eq!(one(&metrics, "snag_pinned_goroutines", &pinned, "by=\"program\""), 500.0);
    assert_eq!(one(&metrics, "snag_pinned_goroutines", &parked, "by=\"program\""), 0.0);
    for running in [&parked, &pinned, &poisoned] {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", running.pid())).expect("its threads").count();
        let told: f64 = of(&metrics, "snag_threads", running).values().sum();
        assert_eq!(told, tasks as f64);
    }
    assert!(one(&metrics, "snag_threads_created_total", &pinned, "") >= 500.0);
    assert_eq!(one(&metrics, "snag_threads_max", &pinned, ""), 10_000.0);

    let rules = |running| {
        let found = of(&metrics, "snag_finding", running).into_iter().filter(|(_, count)| *count > 0.0);
        // A control group of the machine may limit every program.
        let found = found.filter(|(rule, _)| !rule.contains("gomaxprocs-over-quota"));
        found.map(|(rule, _)| rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(&parked), [""; 0]);
    assert_eq!(rules(&pinned), ["rule=\"pinned-pool\",severity=\"warning\""]);
    assert_eq!(rules(&poisoned), ["rule=\"unpinned-thread-state\",severity=\"error\""]);
    assert_eq!(one(&metrics, "snag_threads_differing", &poisoned, "state=\"no_new_privs\""), 1.0);
    assert_eq!(of(&metrics, "snag_threads_differing", &parked).len(), 0);
    assert!(of(&metrics, "snag_finding", &parked).len() >= 8, "every rule has a number");
    assert!(metrics["process_cpu_seconds_total"] > 0.0 && metrics["snag_scrape_seconds"] > 0.0);
}

#[test]
fn processes_come_and_go_and_no_more_are_read_than_wanted() {
    let name = ["--name", "export-programs", "--max-processes", "1", "--min-interval", "0.1"];
    // Others of this name run beside them in other tests: a copy has a name of its own.
    let copy = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("export-comes");
    std::fs::copy(programs(), &copy).expect("a copy");
    let exporter = Exporter::start(&["--name", "export-comes", "--max-processes", name[3], name[4], name[5]]);
    assert_eq!(exporter.metrics()["snag_processes"], 0.0);
    let first = Running::start_by(Command::new(&copy).arg("none"));
    let second = Running::start_by(Command::new(&copy).arg("none"));
    std::thread::sleep(Duration::from_millis(150));
    let metrics = exporter.metrics();
    assert_eq!((metrics["snag_processes"], metrics["snag_processes_left_out{reason=\"limit\"}"]), (1.0, 1.0));
    let watched = |metrics: &BTreeMap<String, f64>, running: &Running| {
        metrics
            .contains_key(&format!("snag_gomaxprocs{{program=\"export-comes\",pid=\"{}\"}}", running.pid()))
    };
    assert!(watched(&metrics, &first) && !watched(&metrics, &second), "the oldest are read");
    drop(first);
    std::thread::sleep(Duration::from_millis(150));
    let metrics = exporter.metrics();
    assert!(watched(&metrics, &second), "{metrics:?}");
    assert_eq!(metrics["snag_processes_left_out{reason=\"limit\"}"], 0.0);
    drop(second);
    std::thread::sleep(Duration::from_millis(150));
    assert_eq!(exporter.metrics()["snag_processes"], 0.0);
}

#[test]
fn the_pages_answer_as_http_wants() {
    let exporter = Exporter::start(&["--name", "no-such-program"]);
    let to = |request: &str| ask(exporter.address, request);
    for (request, status, content) in [
        ("GET /-/healthy HTTP/1.1\r\nHost: s\r\n\r\n", "200 OK", "snag is healthy"),
        ("GET / HTTP/1.0\r\n\r\n", "200 OK", "href=\"metrics\""),
        ("GET /metrics?a=b HTTP/1.1\r\nHost: s\r\n\r\n", "200 OK", "content-type: text/plain; version=0.0.4"),
        (
            "GET /metrics HTTP/1.1\r\nHost: s\r\nAccept: application/openmetrics-text;version=1.0.0\r\n\r\n",
            "200 OK",
            "content-type: application/openmetrics-text; version=1.0.0",
        ),
        ("GET /etc/passwd HTTP/1.1\r\nHost: s\r\n\r\n", "404 Not Found", "there is only /metrics"),
        (
            "POST /metrics HTTP/1.1\r\nHost: s\r\nContent-Length: 3\r\n\r\nabc",
            "405 Method Not Allowed",
            "allow: GET, HEAD",
        ),
        ("nonsense\r\n\r\n", "400 Bad Request", ""),
    ] {
        let answer = to(request);
        assert!(answer.contains(status) && answer.contains(content), "{request:?}: {answer}");
    }
    assert!(
        to("GET /metrics HTTP/1.1\r\nHost: s\r\nAccept: application/openmetrics-text\r\n\r\n")
            .ends_with("\n# EOF\n")
    );
    let head = to("HEAD /metrics HTTP/1.1\r\nHost: s\r\n\r\n");
    assert!(
        head.contains("200 OK") && head.contains("content-length: ") && head.ends_with("\r\n\r\n"),
        "{head}"
    );
}

#[test]
fn slow_clients_and_hostile_ones_keep_nobody_waiting() {
    let exporter = Exporter::start(&["--name", "no-such-program"]);
    let slow: Vec<TcpStream> = (0..40)
        .map(|_| {
            let mut stream = TcpStream::connect(exporter.address).expect("a connection");
            stream.write_all(b"GET /metrics HTT").expect("a part of a request");
            stream
        })
        .collect();
    let endless = format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "a".repeat(100_000));
    let mut hostile = TcpStream::connect(exporter.address).expect("a connection");
    // The exporter hangs up in the middle of it.
    let _ = hostile.write_all(endless.as_bytes());
    let begin = Instant::now();
    assert!(exporter.get("/-/healthy").contains("200 OK"));
    assert!(begin.elapsed() < Duration::from_secs(4), "slow clients are not waited for");
    for mut stream in slow {
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a limit");
        let mut rest = Vec::new();
        // It may be an answer or none, but it comes to an end.
        let end = stream.read_to_end(&mut rest);
        assert!(end.is_ok() || end.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset));
    }
}

#[test]
fn those_who_come_together_share_a_reading() {
    let exporter = Exporter::start(&["--name", "no-such-program", "--min-interval", "3600"]);
    let address = exporter.address;
    let clients: Vec<_> =
        (0..8).map(|_| std::thread::spawn(move || ask(address, "GET /metrics HTTP/1.0\r\n\r\n"))).collect();
    for client in clients {
        let answer = client.join().expect("an answer");
        assert!(answer.contains("\nsnag_readings_total 1\n"), "{answer}");
    }
}

#[test]
fn wrong_addresses_are_one_sentence_and_signals_end_it() {
    let mut exporter = Exporter::start(&["--name", "no-such-program"]);
    let taken = exporter.address.to_string();
    for (arguments, sentence) in [
        (vec!["--listen", taken.as_str()], "another program listens there already"),
        (vec!["--listen", "192.0.2.1:9464"], "this machine has no such address"),
        (vec!["--listen", "nonsense"], "cannot listen on nonsense: "),
        (vec!["--min-interval", "0"], "expected at least 0.1"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snag"));
        let output = command.arg("export").args(&arguments).env_clear().output().expect("snag starts");
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.starts_with("error: ") && told.contains(sentence), "{arguments:?}: {told}");
    }
    assert_eq!(exporter.signal("TERM"), Some(0));
    assert_eq!(Exporter::start(&["--name", "no-such-program"]).signal("INT"), Some(0));
}

#[test]
fn what_may_not_be_read_is_counted() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    let mut command;
    if std::fs::metadata("/proc/self").expect("this process").uid() == 0 {
        // Where nobody can find it.
        let copy = std::env::temp_dir().join(format!("snag-of-nobody-{}", std::process::id()));
        std::fs::copy(env!("CARGO_BIN_EXE_snag"), &copy).expect("a copy");
        std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        command = Command::new(&copy);
        command.uid(65534).gid(65534);
        command.args(["export", "--listen", "127.0.0.1:0"]);
        let exporter = Exporter::start_with(&mut command);
        std::fs::remove_file(copy).expect("the copy");
        assert!(exporter.metrics()["snag_unreadable_processes{reason=\"forbidden\"}"] >= 1.0);
    } else {
        command = Command::new(env!("CARGO_BIN_EXE_snag"));
        command.args(["export", "--listen", "127.0.0.1:0", "--pid", "1"]);
        let metrics = Exporter::start_with(&mut command).metrics();
        assert_eq!(metrics["snag_unreadable_processes{reason=\"forbidden\"}"], 1.0);
    }
}

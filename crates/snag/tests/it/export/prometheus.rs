//! A real Prometheus scrapes it; its tools accept the metrics, and every query of the dashboard and the alerts has data.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::super::{stderr, stdout};
use super::{Exporter, ask, start};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A program of Prometheus: that on PATH, or the one that `./test` brings.
fn tool(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let brought = Path::new(REPOSITORY).join(".cache/prometheus/usr/bin");
    let mut folders = std::env::split_paths(&path).chain([brought]);
    let found = folders.find(|folder| folder.join(name).is_file());
    found.unwrap_or_else(|| panic!("there is no {name}: ./test brings it")).join(name)
}

/// Series that the machine of this test cannot have without being root: a control group with a quota, and processes
/// of somebody else.
const OTHERS: &str = "\
# TYPE snag_cpu_quota_cores gauge
snag_cpu_quota_cores{program=\"limited\",pid=\"7\"} 0.5
# TYPE snag_cpu_periods_total counter
snag_cpu_periods_total{program=\"limited\",pid=\"7\"} NOW
# TYPE snag_cpu_throttled_periods_total counter
snag_cpu_throttled_periods_total{program=\"limited\",pid=\"7\"} NOW
# TYPE snag_cpu_throttled_seconds_total counter
snag_cpu_throttled_seconds_total{program=\"limited\",pid=\"7\"} NOW
# TYPE snag_unreadable_processes gauge
snag_unreadable_processes{reason=\"forbidden\"} 3
";

/// Serves [`OTHERS`] for as long as the test runs.
fn serve_others() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let begin = Instant::now();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a client");
            let mut request = [0; 4096];
            // Whatever is asked, there is one answer.
            let _ = stream.read(&mut request);
            let body = OTHERS.replace("NOW", &(1 + begin.elapsed().as_millis()).to_string());
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

/// A Prometheus that runs until this is dropped.
struct Prometheus {
    child: Child,
    address: SocketAddr,
    folder: PathBuf,
}

impl Prometheus {
    fn start(targets: &[SocketAddr]) -> Prometheus {
        let folder = std::env::temp_dir().join(format!("snag-prometheus-{}", std::process::id()));
        // What a killed run left behind must not disturb this one.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let targets: Vec<String> = targets.iter().map(|target| format!("\"{target}\"")).collect();
        let config = format!(
            "global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: snag\n  static_configs:\n  \
             - targets: [{}]\n",
            targets.join(", ")
        );
        fs::write(folder.join("prometheus.yml"), config).expect("a file");
        // Another program may take the port meanwhile: then Prometheus ends, and the test says so.
        let free =
            TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
        let child = Command::new(tool("prometheus"))
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={free}"))
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log")).expect("a file"))
            .spawn()
            .expect("prometheus starts");
        Prometheus { child, address: free, folder }
    }

    /// How many series a query has now; why not, if it is no query.
    fn series(&self, query: &str) -> Result<usize, String> {
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        if std::net::TcpStream::connect(self.address).is_err() {
            return Ok(0);
        }
        let answer = ask(self.address, &format!("GET /api/v1/query?query={encoded} HTTP/1.0\r\n\r\n"));
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let Ok(document) = serde_json::from_str::<Value>(body) else { return Ok(0) };
        match document["data"]["result"].as_array() {
            Some(series) => Ok(series.len()),
            None => Err(document["error"].to_string()),
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn dashboard() -> Value {
    let text =
        fs::read_to_string(Path::new(REPOSITORY).join("integrations/grafana/snag.json")).expect("a file");
    serde_json::from_str(&text).expect("JSON")
}

/// The queries of the dashboard for all instances and programs, and those of the alerts.
fn queries() -> Vec<String> {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let mut queries: Vec<String> = targets
        .map(|target| {
            let query = target["expr"].as_str().expect("a query");
            query.replace("$instance", ".*").replace("$program", ".*").replace("$__rate_interval", "20s")
        })
        .collect();
    assert!(queries.len() > 20, "{queries:?}");
    let rules =
        fs::read_to_string(Path::new(REPOSITORY).join("integrations/prometheus/rules.yaml")).expect("a file");
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).collect();
    assert_eq!(alerts.len(), rules.matches("- alert: ").count());
    queries.extend(alerts.into_iter().map(str::to_owned));
    queries
}

#[test]
fn a_real_prometheus_has_data_for_every_query() {
    let running = ["pinned", "churn", "poisoned", "full", "parked"].map(start);
    let pids: Vec<String> = running.iter().map(super::Running::pid).collect();
    let mut arguments: Vec<&str> = pids.iter().flat_map(|pid| ["--pid", pid]).collect();
    arguments.extend(["--min-interval", "0.1"]);
    let exporter = Exporter::start(&arguments);
    let prometheus = Prometheus::start(&[exporter.address, serve_others()]);
    let mut waiting = queries();
    let begin = Instant::now();
    while !waiting.is_empty() {
        std::thread::sleep(Duration::from_millis(500));
        waiting.retain(|query| match prometheus.series(query) {
            Ok(series) => series == 0,
            Err(error) => panic!("{query}: {error}"),
        });
        let log = || fs::read_to_string(prometheus.folder.join("log")).unwrap_or_default();
        assert!(begin.elapsed() < Duration::from_secs(180), "no data: {waiting:#?}\n{}", log());
    }
    assert_eq!(prometheus.series("up == 1"), Ok(2), "both targets were understood");
}

#[test]
fn promtool_accepts_metrics_and_rules() {
    let running = start("poisoned");
    let exporter = Exporter::start(&["--pid", &running.pid(), "--min-interval", "0.1"]);
    exporter.get("/metrics");
    std::thread::sleep(Duration::from_millis(150));
    let answer = exporter.get("/metrics");
    let (_, body) = answer.split_once("\r\n\r\n").expect("an answer");
    let mut promtool = Command::new(tool("promtool"))
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool starts");
    promtool.stdin.take().expect("its input").write_all(body.as_bytes()).expect("a reader");
    let output = promtool.wait_with_output().expect("an end");
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
    let rules = Path::new(REPOSITORY).join("integrations/prometheus/rules.yaml");
    let output =
        Command::new(tool("promtool")).args(["check", "rules"]).arg(rules).output().expect("promtool starts");
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
}

#[test]
fn metrics_are_those_of_the_page_and_of_the_integrations() {
    let page = fs::read_to_string(Path::new(REPOSITORY).join("docs/export.md")).expect("a page");
    let running = start("poisoned");
    let exporter = Exporter::start(&["--pid", &running.pid(), "--min-interval", "0.1"]);
    exporter.get("/metrics");
    std::thread::sleep(Duration::from_millis(150));
    let answer = exporter.get("/metrics");
    let served = answer.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next());
    for name in served {
        assert!(page.contains(&format!("`{name}`")), "docs/export.md says nothing of {name}");
    }
}

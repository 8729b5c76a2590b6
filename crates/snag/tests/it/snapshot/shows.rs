//! Each bug with its thread, its goroutine and its call; and the same program without it.

use std::path::Path;

use super::*;

/// The findings of a rule that must be the only one.
fn only<'d>(document: &'d Value, rule: &str) -> &'d Value {
    let findings = document["findings"].as_array().expect("a list");
    let found: Vec<&Value> =
        findings.iter().filter(|finding| finding["rule"] != "gomaxprocs-over-quota").collect();
    let [finding] = found[..] else { panic!("{rule} of {findings:#?}") };
    assert_eq!(finding["rule"], rule, "{finding:#}");
    finding
}

fn silent(bug: &str) {
    let document = document(&Running::start(bug));
    let found: Vec<&str> =
        rules(&document).into_iter().filter(|rule| *rule != "gomaxprocs-over-quota").collect();
    assert_eq!(found, [""; 0], "{bug}: {:#}", document["findings"]);
}

fn line(text: &str) -> u64 {
    let source = include_str!("bugs.go");
    source.lines().position(|line| line.contains(text)).expect("the line") as u64 + 1
}

/// What the evidence says of this place.
fn said<'f>(finding: &'f Value, function: &str) -> Vec<(&'f str, u64)> {
    let evidence = finding["evidence"].as_array().expect("a list");
    let there = evidence.iter().filter(|it| it["frame"]["function"].as_str() == Some(function));
    there.filter_map(|it| Some((it["message"].as_str()?, it["frame"]["line"].as_u64()?))).collect()
}

/// The thread on which a goroutine is that was started by this line, and its id.
fn thread_of(document: &Value, statement: &str) -> (i64, i64) {
    let frames = document["frames"].as_array().expect("a list");
    let starts = |goroutine: &&Value| {
        goroutine["created"].as_u64().is_some_and(|created| {
            let frame = &frames[created as usize];
            frame["function"] == "main.main" && frame["line"] == line(statement)
        })
    };
    let goroutine =
        document["goroutines"].as_array().expect("a list").iter().find(starts).expect("a goroutine");
    let machines = document["machines"].as_array().expect("a list");
    let machine = machines.iter().find(|machine| machine["id"] == goroutine["machine"]).expect("its thread");
    (machine["tid"].as_i64().expect("a thread"), goroutine["id"].as_i64().expect("an id"))
}

#[test]
fn a_poisoned_and_a_masked_thread_are_named_with_who_is_there() {
    for (bug, rule, statement) in [
        ("poisoned-held", "unpinned-thread-state", "go held(noNewPrivs"),
        ("masked-held", "stray-signal-mask", "go held(blockSignal"),
    ] {
        let document = document(&Running::start(bug));
        let finding = only(&document, rule);
        let (thread, goroutine) = thread_of(&document, statement);
        assert_eq!(finding["threads"], serde_json::json!([thread]), "{finding:#}");
        assert_eq!(finding["goroutines"], serde_json::json!([goroutine]), "{finding:#}");
        let here = format!("is where goroutine {goroutine} is, on thread {thread}");
        assert_eq!(said(finding, "main.main.func1"), [(&*here, line("syscall.Read("))], "{finding:#}");
        let started = format!("starts goroutine {goroutine}");
        assert_eq!(said(finding, "main.main"), [(&*started, line(statement))], "{finding:#}");
        silent(&format!("{bug}-fixed"));
    }
}

#[test]
fn a_thread_that_never_sleeps_is_seen_as_well() {
    // A loop that nothing interrupts stays where it is.
    let start = |bug| {
        Running::start_by(
            Command::new(program()).arg(bug).env("GODEBUG", "asyncpreemptoff=1").env("GOGC", "off"),
        )
    };
    let document = document(&start("poisoned-spin"));
    let finding = only(&document, "unpinned-thread-state");
    let (thread, goroutine) = thread_of(&document, "go spin(noNewPrivs)");
    assert_eq!(finding["threads"], serde_json::json!([thread]), "{finding:#}");
    assert_eq!(finding["goroutines"], serde_json::json!([goroutine]), "{finding:#}");
    assert_eq!(
        rules(&super::document(&start("poisoned-spin-fixed")))
            .iter()
            .filter(|rule| **rule != "gomaxprocs-over-quota")
            .count(),
        0
    );
}

#[test]
fn five_hundred_pinned_goroutines_are_named_with_the_place_that_starts_them() {
    let document = document(&Running::start("pool-large"));
    let finding = only(&document, "pinned-pool");
    assert!(finding["message"].as_str().expect("a message").starts_with("500 goroutines are pinned at once"));
    for (list, length) in [("threads", 500), ("goroutines", 500)] {
        assert_eq!(finding[list].as_array().expect("a list").len(), length);
    }
    let started = line("if os.Args[1] == \"pool-large\" {") + 1;
    assert_eq!(said(finding, "main.main"), [("starts them", started)], "{finding:#}");
    let pinned = line("func pinned(");
    let told = said(finding, "main.pinned");
    assert!(told.contains(&("is where one of them waits", pinned + 3)), "{finding:#}");
    silent("pool-large-fixed");
}

#[test]
fn a_main_thread_that_sleeps_for_ever_is_named() {
    let running = Running::start("wedged");
    let document = document(&running);
    let finding = only(&document, "main-thread-wedge");
    let pid: i64 = running.pid().parse().expect("a number");
    assert_eq!(finding["threads"], serde_json::json!([pid]), "{finding:#}");
    assert_eq!(finding["severity"], "info");
    assert_eq!(document["machines"][0]["wedged"], true);
    // Information alone is no failure; a control group of the machine may limit every program.
    let expected = if rules(&document) == ["main-thread-wedge"] { 0 } else { 1 };
    assert_eq!(snapshot(&[&running.pid()]).status.code(), Some(expected));
    silent("wedged-fixed");
}

#[test]
fn a_changed_main_thread_is_named_with_its_goroutine() {
    let document = document(&Running::start("main-changed"));
    let finding = only(&document, "main-thread-wedge");
    assert_eq!(finding["goroutines"], serde_json::json!([1]), "{finding:#}");
    assert!(
        finding["message"].as_str().expect("a message").contains("has changed it: /proc/"),
        "{finding:#}"
    );
}

/// A folder of control groups, and what makes half a CPU of one.
type Groups = (&'static str, &'static [(&'static str, &'static str)]);

/// Beside other work a group of the usual weight would never get what it may use.
const VERSION_ONE: Groups = (
    "/sys/fs/cgroup/cpu",
    &[("cpu.cfs_period_us", "100000"), ("cpu.cfs_quota_us", "50000"), ("cpu.shares", "100000")],
);
const VERSION_TWO: Groups = (
    "/sys/fs/cgroup",
    &[("../cgroup.subtree_control", "+cpu"), ("cpu.max", "50000 100000"), ("cpu.weight", "10000")],
);

/// A control group with half a CPU, of the version that this machine has; gone when the test is over.
struct HalfCpu(PathBuf);

impl HalfCpu {
    fn new() -> HalfCpu {
        let one = Path::new(VERSION_ONE.0).is_dir();
        let (groups, settings) = if one { VERSION_ONE } else { VERSION_TWO };
        let group = HalfCpu(Path::new(groups).join(format!("snag-test-{}", std::process::id())));
        let needs = "this test needs root, and control groups that it may change";
        fs::create_dir(&group.0).unwrap_or_else(|error| panic!("{}: {error}: {needs}", group.0.display()));
        for (file, value) in settings {
            let file = group.0.join(file);
            fs::write(&file, value).unwrap_or_else(|error| panic!("{}: {error}: {needs}", file.display()));
        }
        group
    }

    fn start(&self, processors: &str) -> Running {
        let mut command = Command::new("sh");
        command.args(["-c", "echo $$ > \"$0\" && exec \"$@\""]).arg(self.0.join("cgroup.procs"));
        Running::start_by(command.arg(program()).arg("quota").env("GOMAXPROCS", processors))
    }
}

impl HalfCpu {
    fn wait_for_throttling(&self) {
        let begin = std::time::Instant::now();
        let none =
            || fs::read_to_string(self.0.join("cpu.stat")).expect("a file").contains("nr_throttled 0\n");
        while none() {
            assert!(begin.elapsed().as_secs() < 120, "the kernel never stops the program");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

impl Drop for HalfCpu {
    fn drop(&mut self) {
        // A member that was killed is one for a moment.
        for _ in 0..100 {
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

#[test]
fn processors_beyond_the_quota_are_named_with_the_throttling() {
    let group = HalfCpu::new();
    let wide = group.start("64");
    group.wait_for_throttling();
    let document = document(&wide);
    let findings = document["findings"].as_array().expect("a list");
    assert_eq!(rules(&document), ["gomaxprocs-over-quota"], "{findings:#?}");
    let message = findings[0]["message"].as_str().expect("a message");
    assert!(message.starts_with("GOMAXPROCS is 64 under a quota of 0.50 CPUs"), "{message}");
    assert_eq!(findings[0]["confidence"], "certain");
    assert!(document["quota"]["throttled"].as_u64().is_some_and(|periods| periods > 0));
    let stopped = findings[0]["evidence"][0]["message"].as_str().expect("evidence");
    assert!(stopped.starts_with("stopped in ") && !stopped.starts_with("stopped in 0 "), "{stopped}");
    drop(wide);
    let narrow = super::document(&group.start("2"));
    assert_eq!(rules(&narrow), [""; 0], "{:#}", narrow["findings"]);
}

//! `--timeline`: pictures of runs that were recorded, and of one that is run.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{Folder, stderr};

/// A goroutine with a name that wants to leave its page leaves its thread in another namespace, where others run then.
const LEAK: &str = r#"{"snag_history":1,"tool":"0.1.0"}
{"command":[["./a","</script><script>alert(1)</script><!--"],"/w"]}
{"process":{"pid":10,"born":0}}
{"program":[0,{"at":1000,"executable":"/w/a"}]}
{"go":[0,"go1.26.0"]}
{"frame":["main.</script><!--<script>\u2028&","/w/m.go",3]}
{"frame":["main.serve","/w/m.go",20]}
{"stack":[0,1]}
{"goroutine":{"process":0,"id":7,"created":1,"start":0}}
{"goroutine":{"process":0,"id":8,"parent":7,"created":1,"start":1}}
{"thread":{"process":0,"tid":10,"born":0,"birth":"main"}}
{"thread":{"process":0,"tid":11,"born":2000,"parent":0,"birth":"scheduler"}}
{"watch":{"process":0,"at":1000000,"every":1000000}}
{"call":{"at":3000000,"thread":1,"goroutine":0,"pinned":{"depth":0},"class":"user","syscall":"unshare","text":"unshare(CLONE_NEWNET)","result":0,"about":["netns"],"changes":[{"state":"netns","before":"net:[1]","after":"net:[2]"}],"own":[{"state":"netns","usual":"net:[1]","value":"net:[2]","by":0}],"stack":0}}
{"stay":{"thread":1,"goroutine":0,"from":1500000,"to":3500000,"pinned":{"depth":0},"looks":3}}
{"sighting":{"at":5000000,"thread":1,"goroutine":1,"pinned":{"depth":0},"own":[{"state":"netns","usual":"net:[1]","value":"net:[2]","by":0}]}}
{"stay":{"thread":1,"goroutine":1,"from":5000000,"to":8000000,"pinned":{"depth":0},"looks":4}}
{"stay":{"thread":0,"goroutine":1,"from":1500000,"to":1500000,"pinned":{"depth":1},"looks":1}}
{"death":[1,{"at":9000000,"reason":"pinned_goroutine","goroutine":1}]}
{"death":[0,{"at":10000000,"reason":"process"}]}
{"exit":[0,10000000,{"code":0}]}
{"end":10000000}
"#;

/// A folder with a record, and what was drawn of it.
fn draw(name: &str, record: &str, picture: &str) -> Folder {
    let folder = Folder::new(name, &[("run.snag", record)]);
    let output = folder.snag(&["replay", "--exit-code", "0", "run.snag", "--timeline", picture]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(folder.names(), [picture, "run.snag"], "nothing is left beside it");
    folder
}

/// That on PATH, or the one that `./test` brought.
fn node() -> PathBuf {
    let brought = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cache/node/node");
    if brought.is_file() { brought } else { PathBuf::from("node") }
}

/// What the page draws and says.
fn open(folder: &Folder) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/timeline/page.mjs");
    let mut command = Command::new(node());
    command.arg(script).arg(folder.0.join("run.html"));
    let output = command.output().expect("node starts: ./test brings one where there is none");
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn text<'v>(seen: &'v Value, key: &str) -> &'v str {
    seen[key].as_str().unwrap_or_else(|| panic!("no {key} in {seen}"))
}

#[test]
fn the_page_shows_who_ran_on_a_changed_thread() {
    let folder = draw("timeline-page", LEAK, "run.html");
    let seen = open(&folder);
    let all = text(&seen, "text");
    assert!(
        all.contains(
            "Thread 11 of process 10, from 3.000 ms to 9.000 ms: network namespace: net:[1] → net:[2]"
        ),
        "{all}"
    );
    assert!(
        all.contains("by G7 main.</script>")
            && all.contains("There ran meanwhile: G8 main.serve   3 ms in 1 slice"),
        "{all}"
    );
    assert!(text(&seen, "detail").starts_with("error: unpinned-thread-state"), "{seen}");
    assert!(
        text(&seen, "figures").starts_with("1 problem · 2 threads · 2 goroutines · 3 slices · 10 ms"),
        "{seen}"
    );
    assert!(text(&seen, "looks").starts_with("Threads were looked at every 1 ms"), "{seen}");
    let drawn = seen["first"].as_array().expect("a list");
    for wanted in
        ["main 10", "thread 11", "changed", "G8 main.serve", "network namespace: net:[1] → net:[2]", "✕"]
    {
        assert!(drawn.iter().any(|text| text == wanted), "{wanted} in {drawn:?}");
    }
    assert!(text(&seen, "chosen").contains("The thread was not as its process was started"), "{seen}");
    assert_eq!(text(&seen, "hits"), "1 goroutine");
    assert_eq!(seen["found"], serde_json::json!([0]));
}

#[test]
fn everything_in_the_page_says_what_it_is() {
    let folder = draw("timeline-click", LEAK, "run.html");
    let seen = open(&folder);
    let clicked = seen["clicked"].as_array().expect("a list");
    let says =
        |wanted: &str| clicked.iter().any(|text| text.as_str().is_some_and(|text| text.contains(wanted)));
    for wanted in [
        "unshare(CLONE_NEWNET)",
        "network namespace: net:[1] → net:[2]",
        "the goroutine was not pinned",
        "Thread 11 was changed",
        "1 other ran here meanwhile",
        "the runtime needed a thread to run goroutines; made by thread 10",
        "goroutine 8 ended while it was pinned, so the runtime destroyed the thread",
        "at m.go:20 by goroutine 7",
    ] {
        assert!(says(wanted), "{wanted} in {clicked:#?}");
    }
}

#[test]
fn text_of_the_program_is_no_markup() {
    let folder = draw("timeline-escape", LEAK, "run.html");
    let page = folder.text("run.html");
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert_eq!(page.matches("<!").count(), 1, "the document type only");
    assert!(!page.contains("http://") && !page.contains("https://"), "the page needs no network");
}

#[test]
fn a_hundred_thousand_slices_are_drawn_as_few() {
    let mut record = LEAK.lines().take(13).fold(String::new(), |record, line| record + line + "\n");
    for at in 0..100_000u64 {
        let (from, thread, goroutine) = (2_000_000 + at * 10_000, at % 2, at % 3 % 2);
        let to = from + 9_000;
        let _ = writeln!(
            record,
            r#"{{"stay":{{"thread":{thread},"goroutine":{goroutine},"from":{from},"to":{to},"pinned":{{"depth":0}},"looks":9}}}}"#
        );
    }
    record += "{\"end\":1003000000}\n";
    let folder = draw("timeline-many", &record, "run.html");
    let seen = open(&folder);
    assert!(text(&seen, "figures").contains("100,000 slices"), "{}", seen["figures"]);
    // Drawn a few times: two threads on some 900 points of the screen.
    assert!(
        seen["bodies"].as_u64().is_some_and(|bodies| (100..20_000).contains(&bodies)),
        "{}",
        seen["bodies"]
    );
}

#[test]
fn the_chrome_format_nests_and_names_everything() {
    let folder = draw("timeline-chrome", LEAK, "run.json");
    let document: Value = serde_json::from_str(&folder.text("run.json")).expect("JSON");
    let events = document["traceEvents"].as_array().expect("a list");
    let named = |name: &str| events.iter().find(|event| event["name"] == name);
    let slice = named("G8 main.serve").expect("a slice");
    assert_eq!((&slice["ph"], &slice["pid"], &slice["tid"]), (&"X".into(), &10.into(), &10.into()));
    assert_eq!(slice["args"]["pinned"], "yes");
    let changed = named("network namespace: net:[1] → net:[2]").expect("a time");
    assert_eq!((&changed["ts"], &changed["dur"]), (&3000.0.into(), &6000.0.into()));
    let call = named("unshare(CLONE_NEWNET)").expect("a mark");
    assert!(
        call["args"]["stack"].as_str().is_some_and(|stack| stack.ends_with("main.serve m.go:20")),
        "{call}"
    );
    assert!(named("error[unpinned-thread-state]").is_some() && named("thread ends").is_some());
}

#[test]
fn perfetto_packets_are_whole() {
    let folder = draw("timeline-perfetto", LEAK, "run.pftrace");
    let bytes = std::fs::read(folder.0.join("run.pftrace")).expect("a file");
    let mut rest = &bytes[..];
    let mut packets = 0;
    while let [0x0a, tail @ ..] = rest {
        let mut length = 0;
        let mut used = 0;
        for byte in tail {
            length |= usize::from(byte & 0x7f) << (7 * used);
            used += 1;
            if byte & 0x80 == 0 {
                break;
            }
        }
        rest = tail.get(used + length..).expect("a whole packet");
        packets += 1;
    }
    assert!(rest.is_empty() && packets > 20, "{packets} packets, {} bytes left", rest.len());
    let has = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(has("G8 main.serve") && has("unshare(CLONE_NEWNET)") && has("error[unpinned-thread-state]"));
}

#[test]
fn a_wrong_ending_names_the_right_ones_before_anything_is_run() {
    let folder = Folder::new("timeline-ending", &[("run.snag", LEAK)]);
    for arguments in [
        &["run", "--timeline", "run.png", "--", "/bin/false"][..],
        &["replay", "run.snag", "--timeline", "run.png"],
    ] {
        let output = folder.snag(arguments);
        assert_eq!(output.status.code(), Some(2));
        let said = stderr(&output);
        assert!([".html", ".json", ".pftrace"].iter().all(|ending| said.contains(ending)), "{said}");
    }
    let output = folder.snag(&["run", "--timeline", "no/such/run.html", "--", "/bin/false"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("cannot write no/such/run.html: No such file or directory"),
        "{}",
        stderr(&output)
    );
    assert_eq!(folder.names(), ["run.snag"]);
}

#[test]
fn a_picture_that_is_there_is_replaced_whole_or_stays() {
    let folder =
        Folder::new("timeline-replace", &[("run.snag", LEAK), ("run.html", "old"), ("bad.snag", "nothing")]);
    let output = folder.snag(&["replay", "bad.snag", "--timeline", "run.html"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(folder.text("run.html"), "old");
    folder.snag(&["replay", "run.snag", "--timeline", "run.html"]);
    assert!(folder.text("run.html").ends_with("</html>\n"));
    assert_eq!(folder.names(), ["bad.snag", "run.html", "run.snag"]);
}

//! Histories as lines of text and back.

use snag_threads::history::{
    Birth, Call, CallId, Change, Class, Death, DeathReason, DeathSignal, Event, Exit, Gap, Goroutine,
    GoroutineId, History, Own, Pinned, Process, ProcessId, Program, Sighting, Thread, ThreadId, record,
};
use snag_threads::snapshot::{Frame, FrameId, StackId};
use snag_threads::state::NETNS;

/// A step of every kind.
fn events() -> Vec<Event> {
    let own = Own {
        state: NETNS,
        usual: Some("net:[1]".into()),
        value: Some("net:[2]".into()),
        by: Some(CallId(0)),
    };
    let thread = Thread {
        process: ProcessId(0),
        tid: 11,
        born: 0,
        parent: None,
        birth: Birth::Main,
        stack: None,
        inherited: Vec::new(),
        death: None,
    };
    let call = Call {
        at: 1_000,
        thread: ThreadId(0),
        goroutine: Some(GoroutineId(0)),
        pinned: Pinned { depth: 2, internal: 0 },
        class: Class::User,
        syscall: "setns".into(),
        text: "setns(3, CLONE_NEWNET)".into(),
        result: 0,
        about: vec![NETNS],
        changes: vec![Change { state: NETNS, before: Some("net:[1]".into()), after: Some("net:[2]".into()) }],
        own: vec![own.clone()],
        in_c: false,
        stack: Some(StackId(0)),
    };
    let process = Process {
        pid: 11,
        born: 0,
        parent: None,
        forked_by: None,
        inherited: Vec::new(),
        death_signal: None,
        programs: Vec::new(),
        end: None,
    };
    let goroutine =
        Goroutine { process: ProcessId(0), id: 7, parent: Some(1), created: Some(FrameId(0)), start: None };
    let sighting = Sighting {
        at: 2_000,
        thread: ThreadId(0),
        goroutine: None,
        pinned: Pinned::default(),
        wedged: false,
        own: vec![own],
    };
    let program = Program { at: 0, executable: "/bin/x \"é\n".into(), go_version: None, module: None };
    vec![
        Event::Command(vec!["./x".into(), "-v".into()], "/somewhere".into()),
        Event::Process(process),
        Event::Program(ProcessId(0), program),
        Event::Go(ProcessId(0), "go1.26.8".into()),
        Event::Module(ProcessId(0), "example.com/m".into()),
        Event::Thread(thread),
        Event::Frame(Frame { function: "main.f".into(), file: "/m/main.go".into(), line: 3 }),
        Event::Stack(vec![FrameId(0)].into()),
        Event::Goroutine(goroutine),
        Event::Call(call),
        Event::Sighting(sighting),
        Event::Gap(Gap { at: 3, process: None, reason: "something".into() }),
        Event::Death(
            ThreadId(0),
            Death {
                at: 4,
                reason: DeathReason::PinnedGoroutine,
                goroutine: Some(GoroutineId(0)),
                pin: Some(FrameId(0)),
            },
        ),
        Event::DeathSignal(ProcessId(0), DeathSignal { signal: 15, sent: None }),
        Event::Orphaned(ProcessId(0), 5),
        Event::Exit(ProcessId(0), 5, Exit::Code(3)),
        Event::End(6),
    ]
}

fn text() -> String {
    record::header() + &events().iter().map(record::event).collect::<String>()
}

#[test]
fn what_was_written_is_read_again() {
    let mut wanted = History::default();
    events().into_iter().for_each(|event| wanted.add(event));
    let (read, problems) = record::read(&text()).expect("a record");
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(read, wanted);
    assert_eq!(read.exit(), Some(Exit::Code(3)));
    let program = &read.processes[0].programs[0];
    assert_eq!(program.go_version.as_deref(), Some("go1.26.8"));
    assert_eq!(program.module.as_deref(), Some("example.com/m"));
    let call = read.call(CallId(0)).expect("a call");
    assert_eq!(read.stack(call.stack.expect("a stack")).next().map(|frame| frame.line), Some(3));
    assert!(call.pinned.holds());
    assert_eq!(read.processes[0].death_signal, Some(DeathSignal { signal: 15, sent: Some(5) }));
}

#[test]
fn a_record_that_was_cut_off_holds_its_beginning() {
    let text = text();
    let header = record::header().len();
    let mut longest = 0;
    // Without the end of its last line it is complete.
    for (cut, _) in text.char_indices().skip(header).filter(|(cut, _)| cut + 1 < text.len()) {
        let (read, problems) = record::read(&text[..cut]).expect("a record");
        assert_eq!(problems, ["the record was cut off: it ends before the program did"], "{cut}");
        longest = longest.max(read.calls.len());
    }
    assert_eq!(longest, 1);
}

#[test]
fn what_is_no_record_is_refused() {
    assert!(record::read("").is_err());
    assert!(record::read("{}\n").is_err());
    assert!(record::read("goroutine 1 [running]:\n").is_err());
    let newer = record::header().replace(&format!(":{},", record::VERSION), ":99,");
    let refusal = record::read(&newer).expect_err("a newer record");
    assert!(refusal.contains("newer"), "{refusal}");
}

#[test]
fn a_line_that_is_not_understood_ends_the_history() {
    let mut lines: Vec<String> = text().lines().map(|line| format!("{line}\n")).collect();
    let call = lines.iter().position(|line| line.contains("setns")).expect("a call");
    lines[call] = lines[call].replace("\"netns\"", "\"nosuchstate\"");
    let (read, problems) = record::read(&lines.concat()).expect("a record");
    assert_eq!(read.calls, []);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with(&format!("line {} of the record", call + 1)), "{}", problems[0]);
}

#[test]
fn a_history_that_speaks_of_what_there_is_not_is_read() {
    let text = record::header()
        + "{\"death\":[9,{\"at\":1,\"reason\":\"itself\"}]}\n{\"exit\":[4000000000,1,{\"code\":0}]}\n"
        + "{\"stack\":[1,2,3]}\n{\"end\":1}\n";
    let (read, problems) = record::read(&text).expect("a record");
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(read.stack(StackId(0)).count(), 0);
    assert_eq!(read.exit(), None);
}

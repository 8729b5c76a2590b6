//! Hooks in programs of every release, built in every way.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use object::{Object, ObjectSymbol};
use snag_probe::{Forcing, Hooks, Launch, Signals, Target, attach, run, watch};
use snag_threads::history::{Exit, History, Turn, TurnKind};

use crate::program::{BUILDS, Build, Running, toolchains};

/// Runs a program with hooks: what it did, how it ended, and what it wrote.
fn hooked(program: &Path, hooks: Hooks) -> (History, Exit, String) {
    let mut output = tempfile();
    let streams = [File::open("/dev/null").expect("a device"), tempfile()];
    let [input, errors] = streams.map(Arc::new);
    let launch = Launch {
        program: program.to_owned(),
        arguments: vec![program.as_os_str().to_owned()],
        environment: vec![("GOMAXPROCS".into(), "4".into())],
        streams: Some([input, Arc::new(output.try_clone().expect("a file")), errors.clone()]),
        limit: Some(Duration::from_secs(60)),
        hooks,
        ..Launch::default()
    };
    let mut history = History::default();
    let exit = run(&launch, &Signals::hold(), &mut |event| history.add(event)).expect("it starts");
    let mut text = String::new();
    for file in [&mut output, &mut errors.as_ref().try_clone().expect("a file")] {
        file.rewind().expect("a file");
        file.read_to_string(&mut text).expect("text");
    }
    (history, exit, text)
}

fn tempfile() -> File {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hooks-{}-{number}", std::process::id()));
    let file = File::options().read(true).write(true).create(true).truncate(true).open(&path);
    std::fs::remove_file(&path).expect("it is there");
    file.expect("a file")
}

const FORCING: Forcing = Forcing {
    seed: 7,
    chance: u32::MAX,
    starve: 1 << 24,
    late: 1 << 28,
    late_again: 1 << 28,
    longest: Duration::from_millis(2),
};

fn numbers(text: &str) -> Option<[u64; 4]> {
    let words = text.lines().find_map(|line| line.strip_prefix("moved "))?;
    let numbers: Vec<u64> = words.split(' ').filter_map(|word| word.parse().ok()).collect();
    numbers.try_into().ok()
}

#[test]
fn hooks_see_pins_and_ends_and_move_only_who_is_free() {
    for toolchain in toolchains() {
        for build in BUILDS.iter().chain(RACE) {
            let program = toolchain.build("moves", *build);
            for forcing in [None, Some(FORCING)] {
                let what = format!("{} {}, {forcing:?}", toolchain.version, build.name);
                let (history, exit, text) = hooked(&program, Hooks { schedule: true, pins: true, forcing });
                assert_eq!((exit, &history.gaps[..]), (Exit::Code(0), &[][..]), "{what}: {text}");
                let [moved, moved_in_c, moved_pinned, ended] =
                    numbers(&text).unwrap_or_else(|| panic!("{what}: {text}"));
                let turns = |kind| history.turns.iter().filter(move |turn| turn.what == kind);
                // Eight that come back, and five that may end.
                assert_eq!(turns(TurnKind::Pins).count(), 8 + 5, "{what}");
                assert!(turns(TurnKind::Pins).all(|turn| called_by_main(&history, turn)), "{what}");
                let ends: Vec<_> = turns(TurnKind::Ends).collect();
                // The last of them may be on their way when the program ends.
                assert!(ends.len() >= 2 * 40, "{what}: {}", ends.len());
                let pinned = ends.iter().filter(|turn| turn.pinned.depth > 0).count() as u64;
                assert!(pinned <= ended, "{what}: {pinned} of {ended}");
                assert_eq!(moved_pinned, 0, "{what}: pinned goroutines stay");
                let forced = turns(TurnKind::Forced).count();
                assert!(turns(TurnKind::Forced).all(|turn| !turn.pinned.holds()), "{what}");
                assert_eq!(forced > 0, forcing.is_some(), "{what}");
                if forcing.is_some() {
                    assert!(moved >= 100, "{what}: {moved} of 400 calls moved");
                    assert!(
                        !build.cgo || moved_in_c >= 100,
                        "{what}: {moved_in_c} of 400 calls into C moved"
                    );
                }
            }
        }
    }
}

#[test]
fn the_page_tells_what_is_tried_here() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/chaos.md");
    let page = std::fs::read_to_string(page).expect("a page");
    let words = |build: &Build| match build.name {
        "pie" => "PIE".to_owned(),
        "race" => "`-race`".to_owned(),
        name => name.replace("cgo-pie", "C, PIE").replace('-', ", ").replace("cgo", "C"),
    };
    let head: Vec<String> = BUILDS.iter().chain(RACE).map(words).collect();
    let head = format!("| | {} |", head.join(" | "));
    assert!(page.contains(&head), "{head}");
    let row = format!("| Go 1.19, 1.21 to 1.27, amd64 |{}", " yes |".repeat(BUILDS.len() + RACE.len()));
    assert!(page.contains(&row), "{row}");
}

/// Whether the program itself called it.
fn called_by_main(history: &History, turn: &Turn) -> bool {
    turn.stack.is_some_and(|stack| history.stack(stack).any(|frame| frame.function.starts_with("main.")))
}

const RACE: &[Build] = &[Build { name: "race", cgo: true, flags: &["-race"] }];

/// Where names were left out, lists that change just then are not found with certainty: then it is tried again.
fn complete(pid: i32) -> Target {
    let targets = std::iter::repeat_with(|| {
        std::thread::sleep(Duration::from_millis(10));
        attach(pid).expect("it runs")
    });
    targets.take(500).find(Target::is_complete).expect("all lists are found")
}

/// The program's code, and how many pieces of memory hold code that is of no file.
fn code(pid: i32) -> (Vec<u8>, usize) {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).expect("it runs");
    let code: Vec<&str> = maps.lines().filter(|line| line.contains(" r-xp ")).collect();
    let program = code.iter().find(|line| line.ends_with("/moves")).expect("its code");
    let (start, end) = program.split(' ').next().and_then(|range| range.split_once('-')).expect("a range");
    let at = |text| u64::from_str_radix(text, 16).expect("an address");
    let mut memory = File::open(format!("/proc/{pid}/mem")).expect("its memory");
    memory.seek(std::io::SeekFrom::Start(at(start))).expect("an address");
    let mut bytes = vec![0; (at(end) - at(start)) as usize];
    memory.read_exact(&mut bytes).expect("its code");
    (bytes, code.iter().filter(|line| line.ends_with(" 0 ")).count())
}

#[test]
fn hooks_come_and_go_in_a_busy_program_and_leave_it_as_it_was() {
    const CYCLES: usize = 10;
    for toolchain in toolchains() {
        for build in BUILDS.iter().filter(|build| ["plain", "pie", "cgo"].contains(&build.name)) {
            let what = format!("{} {}", toolchain.version, build.name);
            let mut running = Running::start_with(&toolchain.build("moves", *build), &["busy"]);
            running.told();
            let pid = running.pid();
            let before = code(pid);
            for cycle in 0..CYCLES {
                let target = complete(pid);
                let mut history = History::default();
                let hooks = Hooks { schedule: cycle % 2 == 0, pins: true, forcing: None };
                let watching = watch(target, hooks, &mut |event| history.add(event));
                let mut watching = watching.unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
                assert_ne!(code(pid).0, before.0, "{what}: hooks are there");
                // However busy the machine is, the program does something at some time.
                for _ in 0..1000 {
                    std::thread::sleep(Duration::from_millis(5));
                    watching.read(&mut |event| history.add(event)).expect("it runs");
                    if history.turns.iter().any(|turn| turn.what == TurnKind::Pins) {
                        break;
                    }
                }
                assert!(history.turns.iter().any(|turn| turn.what == TurnKind::Pins), "{what}");
                watching.end().unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
                assert!(code(pid) == before, "{what}: the code is as it was");
            }
            let (told, status) = running.end();
            assert_eq!((told.trim(), status.success()), ("true 0", true), "{what}");
        }
    }
}

const PINS: Hooks = Hooks { schedule: false, pins: true, forcing: None };

#[test]
fn who_watches_already_keeps_us_out() {
    let toolchain = &toolchains()[0];
    let mut running = Running::start_with(&toolchain.build("moves", BUILDS[0]), &["busy"]);
    running.told();
    let take = || complete(running.pid());
    let first = watch(take(), PINS, &mut |_| {}).expect("nobody else is there");
    let refusal = watch(take(), PINS, &mut |_| {}).err().expect("somebody else is there").to_string();
    assert!(refusal.contains("another Snag watches it"), "{refusal}");
    first.end().expect("it is as it was");
    let again = watch(take(), PINS, &mut |_| {}).expect("nobody is there any more");
    drop(again);
    assert_eq!(running.end().0.trim(), "true 0");
}

#[test]
fn who_has_changed_the_code_keeps_us_out() {
    let toolchain = &toolchains()[0];
    let program = toolchain.build("moves", BUILDS[0]);
    let mut running = Running::start_with(&program, &["busy"]);
    running.told();
    let pid = running.pid();
    let (before, _) = code(pid);
    // As a debugger does, but where nobody ever comes to: between two functions.
    let behind = end_of(&program, "runtime.LockOSThread");
    let memory = File::options().read(true).write(true).open(format!("/proc/{pid}/mem")).expect("its memory");
    let mut padding = [0];
    memory.read_exact_at(&mut padding, behind).expect("its code");
    assert_eq!(padding, [0xcc]);
    memory.write_all_at(&[0x90], behind).expect("its code");
    let refusal = watch(complete(pid), PINS, &mut |_| {}).err().expect("it was changed").to_string();
    assert!(refusal.contains("runtime.LockOSThread is not as in its file"), "{refusal}");
    memory.write_all_at(&padding, behind).expect("its code");
    assert!(code(pid).0 == before, "nothing was written");
    assert_eq!(running.end().0.trim(), "true 0");
}

/// Where a function ends.
fn end_of(program: &Path, function: &str) -> u64 {
    let bytes = std::fs::read(program).expect("a program");
    let file = object::File::parse(&*bytes).expect("an ELF file");
    let symbol = file.symbol_by_name(function).expect("a function");
    symbol.address() + symbol.size()
}

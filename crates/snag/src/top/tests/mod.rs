//! What is seen of made-up processes, after which keys. `UPDATE=1` writes the pictures in `frames/` again.

mod process;

use std::fs;
use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::style::Color;

use super::app::{App, Then};
use super::theme::Theme;
use super::{last_words, once, screen};
use process::{findings, look, snapshot};

const PLAIN: Theme = Theme { color: false, unicode: true };

fn app(theme: Theme) -> App {
    let mut app = App::new(theme, 1.0);
    app.see(look(0, Vec::new()));
    app.see(look(1, findings()));
    app.see(look(2, findings()));
    app
}

fn key(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

/// Types letters; `<Enter>` and the like are keys with names.
fn press(app: &mut App, keys: &str) -> Then {
    let named = [
        ("<Enter>", KeyCode::Enter),
        ("<Esc>", KeyCode::Esc),
        ("<Tab>", KeyCode::Tab),
        ("<Up>", KeyCode::Up),
        ("<Down>", KeyCode::Down),
        ("<PgDn>", KeyCode::PageDown),
        ("<End>", KeyCode::End),
        ("<Home>", KeyCode::Home),
    ];
    let mut rest = keys;
    let mut then = Then::Nothing;
    while let Some(letter) = rest.chars().next() {
        let name = named.iter().find(|(name, _)| rest.starts_with(name));
        let (length, code) =
            name.map_or((letter.len_utf8(), KeyCode::Char(letter)), |(name, code)| (name.len(), *code));
        then = app.press(key(code));
        rest = &rest[length..];
    }
    then
}

fn buffer(app: &mut App, width: u16, height: u16) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    screen::draw(app, &mut buffer);
    buffer
}

fn picture(app: &mut App, width: u16, height: u16) -> String {
    once::of(&buffer(app, width, height)) + "\n"
}

/// Compares with a file that a person has looked at.
fn expect(name: &str, picture: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/top/tests/frames").join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, picture).expect("a file");
        return;
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(picture, known, "{name}: UPDATE=1 writes it again");
}

#[test]
fn pictures_are_as_they_were_found_good() {
    for (name, width, height, keys) in [
        ("threads.txt", 80, 24, ""),
        ("threads-wide.txt", 130, 20, ""),
        ("threads-narrow.txt", 40, 20, ""),
        ("threads-low.txt", 80, 7, ""),
        ("thread-detail.txt", 80, 30, "<Down><Enter>"),
        ("thread-full.txt", 80, 40, "/netns<Enter><Enter><Enter>"),
        ("groups.txt", 80, 20, "2"),
        ("group-members.txt", 80, 20, "2<Down><Enter>"),
        ("goroutine-detail.txt", 80, 30, "2<Enter><Enter>"),
        ("problems.txt", 80, 24, "3<Enter>"),
        ("sorted-by-tid-reversed.txt", 80, 18, "<<<<I"),
        ("filtered.txt", 80, 18, "\\dial<Enter>"),
        ("typing.txt", 80, 18, "/agen"),
        ("help.txt", 80, 30, "?"),
        ("paused.txt", 80, 14, " "),
    ] {
        let mut app = app(PLAIN);
        buffer(&mut app, width, height);
        press(&mut app, keys);
        expect(name, &picture(&mut app, width, height));
    }
}

#[test]
fn ascii_terminals_get_ascii() {
    let mut app = app(Theme { color: false, unicode: false });
    let picture = picture(&mut app, 80, 24);
    assert!(picture.is_ascii(), "{picture}");
    expect("threads-ascii.txt", &picture);
    let once = once::frame(&mut app, 100);
    assert!(once.is_ascii(), "{once}");
    expect("once-ascii.txt", &once);
}

#[test]
fn no_size_of_the_screen_and_no_key_is_too_much() {
    for theme in [PLAIN, Theme { color: true, unicode: false }] {
        for keys in [
            "",
            "<Enter>",
            "<Enter><Enter>JJJJ",
            "2",
            "2<Enter><Enter>",
            "3<Enter>",
            "?",
            "\\x",
            "/",
            "G<PgDn>K",
        ] {
            let mut app = app(theme);
            press(&mut app, keys);
            for width in [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 80, 200] {
                for height in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 60] {
                    buffer(&mut app, width, height);
                    press(&mut app, "<Down><Up>");
                }
                if width > 0 {
                    once::frame(&mut app, width);
                    press(&mut app, keys);
                }
            }
        }
    }
    let mut nothing = App::new(PLAIN, 1.0);
    for keys in ["", "<Enter><Enter>", "2<Enter>", "3<Enter>n", "\\q<Enter>", ">><I"] {
        press(&mut nothing, keys);
        buffer(&mut nothing, 80, 24);
    }
}

#[test]
fn colors_are_only_for_those_who_want_them() {
    let colors = |theme| {
        let buffer = buffer(&mut app(theme), 80, 24);
        buffer.content.iter().filter(|cell| (cell.fg, cell.bg) != (Color::Reset, Color::Reset)).count()
    };
    assert_eq!(colors(PLAIN), 0);
    assert!(colors(Theme { color: true, ..PLAIN }) > 100);
}

#[test]
fn the_selection_stays_with_its_thread() {
    let mut app = app(PLAIN);
    press(&mut app, "/4246<Enter>");
    let line = |app: &mut App| {
        let selected = app.cursor().at;
        app.list().cell(app.items[selected], 1).0.into_owned()
    };
    assert_eq!(line(&mut app), "4246");
    let mut busy = look(3, findings());
    busy.snapshot.threads[4].cpu = std::time::Duration::from_secs(5);
    app.see(busy);
    assert_eq!((line(&mut app).as_str(), app.cursor().at), ("4246", 0), "it is the busiest now");
    let mut gone = look(4, findings());
    gone.snapshot.threads.remove(4);
    app.see(gone);
    assert_ne!(line(&mut app), "4246");
}

#[test]
fn search_goes_around_and_says_what_it_did_not_find() {
    let mut app = app(PLAIN);
    press(&mut app, "/dial<Enter>");
    let first = app.cursor().at;
    press(&mut app, "n");
    assert_eq!(app.cursor().at, first, "there is one only");
    press(&mut app, "/worker<Enter>nnNN");
    assert!(app.notice.is_empty(), "{}", app.notice);
    press(&mut app, "/no such thing<Enter>");
    assert_eq!(app.notice, "not found: no such thing");
}

#[test]
fn the_stacks_of_what_is_shown_are_asked_for_and_no_others() {
    let mut app = app(PLAIN);
    buffer(&mut app, 80, 24);
    assert!(app.wanted().len() <= 1, "{:?}", app.wanted());
    press(&mut app, "2");
    buffer(&mut app, 80, 24);
    assert_eq!(app.wanted(), [1, 7, 23, 100], "one for each group");
    press(&mut app, "<Enter>");
    buffer(&mut app, 80, 16);
    assert_eq!(app.wanted().len(), app.page.min(12), "those on the screen");
    assert!(app.lacks(&[1, 7], &app.wanted()));
    press(&mut app, " ");
    assert!(!app.lacks(&[1, 7], &app.wanted()), "a picture that stands still needs none");
}

#[test]
fn keys_leave_as_they_should() {
    let mut app = app(PLAIN);
    assert_eq!(press(&mut app, "?q"), Then::Nothing, "q closes the help");
    assert_eq!(press(&mut app, "/q"), Then::Nothing, "q is typed");
    let control = |letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
    assert_eq!(app.press(control('c')), Then::Interrupt, "also while typing");
    assert_eq!(app.press(control('z')), Then::Suspend);
    assert_eq!(press(&mut app, "<Esc>q"), Then::Quit);
}

#[test]
fn names_that_terminals_would_obey_are_shown_harmless() {
    let mut look = look(3, findings());
    look.snapshot.process.name = "\x1b[31mred\n".to_owned();
    look.snapshot.threads[0].name = "\x07\x1b]0;title\x07".to_owned();
    let mut app = app(PLAIN);
    app.see(look);
    for text in [picture(&mut app, 120, 30), once::frame(&mut app, 120), last_words(&app, "process 1 ended")]
    {
        assert!(!text.contains(['\x1b', '\x07']), "{text:?}");
    }
}

#[test]
fn wide_letters_do_not_break_lines() {
    let mut look = look(3, findings());
    for frame in &mut look.snapshot.frames {
        frame.function = "main.世界世界世界世界世界世界世界世界世界".into();
    }
    let mut app = app(PLAIN);
    app.see(look);
    press(&mut app, "<Enter><Enter>");
    for width in 1..60 {
        for line in picture(&mut app, width, 30).lines().chain(once::frame(&mut app, width).lines()) {
            assert!(ratatui::text::Span::raw(line).width() <= usize::from(width), "{width}: {line}");
        }
        app.show(super::lists::View::Threads);
    }
}

#[test]
fn a_problem_that_is_not_seen_again_stays_for_a_while() {
    let mut app = app(PLAIN);
    for second in 3..13 {
        app.see(look(second, Vec::new()));
    }
    assert!(picture(&mut app, 120, 24).contains("error[unpinned-thread-state] 10 looks ago: 1 of"));
    app.see(look(13, findings()));
    assert!(picture(&mut app, 120, 24).contains("error[unpinned-thread-state]: 1 of"), "seen again");
    assert_eq!(app.scene.findings.len(), 1);
    for second in 14..25 {
        app.see(look(second, Vec::new()));
    }
    assert!(picture(&mut app, 120, 24).contains("no problems seen"));
}

#[test]
fn a_farewell_has_the_last_figures() {
    assert_eq!(
        last_words(&app(PLAIN), "process 4242 ended"),
        "process 4242 ended (agent); last seen: 17 goroutines, 6 threads (1,200 made, 1,196 ended), 3 pinned"
    );
    assert_eq!(last_words(&App::new(PLAIN, 1.0), "process 4242 ended"), "process 4242 ended");
    assert_eq!(snapshot(2).goroutines.len(), 17);
}

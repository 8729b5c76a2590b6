//! Keys, as htop has them where htop has them.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Quit,
    Interrupt,
    Suspend,
    Redraw,
    Help,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Open,
    Back,
    NextView,
    PreviousView,
    Threads,
    Goroutines,
    Problems,
    NextColumn,
    PreviousColumn,
    SortByCpu,
    Reverse,
    Search,
    NextMatch,
    PreviousMatch,
    Filter,
    Pause,
    ScrollUp,
    ScrollDown,
}

/// The keys of each command; the help screen shows them in this order.
type Binding = (&'static [KeyCode], Command);

const BINDINGS: &[Binding] = &[
    (&[KeyCode::Char('q'), KeyCode::F(10)], Command::Quit),
    (&[KeyCode::Char('?'), KeyCode::Char('h'), KeyCode::F(1)], Command::Help),
    (&[KeyCode::Up, KeyCode::Char('k')], Command::Up),
    (&[KeyCode::Down, KeyCode::Char('j')], Command::Down),
    (&[KeyCode::PageUp], Command::PageUp),
    (&[KeyCode::PageDown], Command::PageDown),
    (&[KeyCode::Home], Command::First),
    (&[KeyCode::End, KeyCode::Char('G')], Command::Last),
    (&[KeyCode::Enter], Command::Open),
    (&[KeyCode::Esc, KeyCode::Backspace], Command::Back),
    (&[KeyCode::Tab, KeyCode::Right], Command::NextView),
    (&[KeyCode::BackTab, KeyCode::Left], Command::PreviousView),
    (&[KeyCode::Char('1'), KeyCode::Char('t')], Command::Threads),
    (&[KeyCode::Char('2'), KeyCode::Char('g')], Command::Goroutines),
    (&[KeyCode::Char('3'), KeyCode::Char('p')], Command::Problems),
    (&[KeyCode::Char('>'), KeyCode::Char('.'), KeyCode::F(6)], Command::NextColumn),
    (&[KeyCode::Char('<'), KeyCode::Char(',')], Command::PreviousColumn),
    (&[KeyCode::Char('P')], Command::SortByCpu),
    (&[KeyCode::Char('I')], Command::Reverse),
    (&[KeyCode::Char('/'), KeyCode::F(3)], Command::Search),
    (&[KeyCode::Char('n')], Command::NextMatch),
    (&[KeyCode::Char('N')], Command::PreviousMatch),
    (&[KeyCode::Char('\\'), KeyCode::F(4)], Command::Filter),
    (&[KeyCode::Char(' '), KeyCode::Char('Z')], Command::Pause),
    (&[KeyCode::Char('K'), KeyCode::Char('[')], Command::ScrollUp),
    (&[KeyCode::Char('J'), KeyCode::Char(']')], Command::ScrollDown),
];

/// What the keys do, for the help screen.
pub(super) const HELP: &[(&str, &str)] = &[
    ("Up Down PgUp PgDn Home End  k j", "move"),
    ("Tab Right  Shift-Tab Left", "next and previous list"),
    ("1 t   2 g   3 p", "threads, goroutines, problems"),
    ("Enter", "open: details, then in full; the goroutines of a group"),
    ("Esc Backspace", "back"),
    ("J K  ] [", "scroll the details"),
    ("> . F6   < ,", "sort by the next, the previous column"),
    ("P", "sort by CPU time or by count"),
    ("I", "reverse the order"),
    ("/ F3   n N", "search; next and previous match"),
    ("\\ F4", "show only lines that hold a text; empty shows all"),
    ("Space Z", "stop the picture, and let it go on"),
    ("Ctrl-L", "draw again"),
    ("Ctrl-Z", "back to the shell; fg returns"),
    ("? h F1", "this help"),
    ("q F10", "quit"),
];

/// The keys at the bottom of the screen, those first that one must know.
pub(super) const HINTS: &[(&str, &str)] = &[
    ("q", "quit"),
    ("?", "help"),
    ("Tab", "list"),
    ("Enter", "open"),
    ("/", "search"),
    ("\\", "filter"),
    ("<>", "sort"),
    ("Space", "pause"),
];

/// What a key asks for while no text is being typed.
pub(super) fn command(key: KeyEvent) -> Option<Command> {
    if let Some(command) = control(key) {
        return Some(command);
    }
    if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) {
        return None;
    }
    BINDINGS.iter().find(|(keys, _)| keys.contains(&key.code)).map(|(_, command)| *command)
}

/// What works while a text is being typed, too.
pub(super) fn control(key: KeyEvent) -> Option<Command> {
    if !key.modifiers.contains(KeyModifiers::CONTROL) {
        return None;
    }
    match key.code {
        KeyCode::Char('c') => Some(Command::Interrupt),
        KeyCode::Char('z') => Some(Command::Suspend),
        KeyCode::Char('l') => Some(Command::Redraw),
        _ => None,
    }
}

/// Some terminals also tell when a key is let go.
pub(super) fn is_press(key: &KeyEvent) -> bool {
    key.kind != KeyEventKind::Release
}

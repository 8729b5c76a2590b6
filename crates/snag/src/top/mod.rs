//! `snag top`: a running Go process on a terminal, looked into again and again.
//!
//! [`watch`] looks, [`app`] holds what was seen and what the user did, [`screen`] draws it into a buffer; only
//! [`terminal`] knows that there is a terminal.

mod app;
mod detail;
mod figures;
mod header;
mod keys;
mod lists;
mod once;
mod scene;
mod screen;
mod table;
mod terminal;
#[cfg(test)]
mod tests;
mod theme;
mod watch;
mod words;

use std::io::IsTerminal;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use ratatui::crossterm::event::KeyEvent;
use snag_probe::{Target, attach};

use crate::args::{Color, TopArguments};
use crate::snapshot::choose;
use crate::{CLEAN, complain, print};
use app::{App, Then};
use terminal::Screen;
use theme::Theme;
use watch::{News, Watch, Wish};

/// The process ended while it was watched.
const ENDED: u8 = 1;
/// As shells have it for a program that was interrupted.
const INTERRUPTED: u8 = 130;
/// Where nothing says how wide lines may be.
const WIDTH: u16 = 120;

/// Something happened that may change the picture.
#[derive(Debug)]
enum Happening {
    Key(KeyEvent),
    Resize,
    News(News),
    Signal(i32),
    /// Nothing can be read from the terminal any more.
    Deaf(String),
}

/// Why the view is left.
enum Leave {
    Quit,
    Interrupt,
    Signal(i32),
    Ended(String),
}

pub(crate) fn run(arguments: &TopArguments) -> Result<u8, String> {
    if !arguments.once {
        must_have_terminal()?;
    }
    let pid = choose(arguments.pid, arguments.name.as_deref())?;
    let target = attach(pid).map_err(|refusal| refusal.to_string())?;
    let mut app = App::new(theme(arguments), arguments.interval);
    let interval = Duration::from_secs_f64(arguments.interval);
    if arguments.once {
        let text = once(&mut app, Watch::new(target, interval), arguments.width.unwrap_or_else(width))?;
        print(text)?;
        return Ok(CLEAN);
    }
    let leave = watch(&mut app, target, interval)?;
    Ok(farewell(&app, leave))
}

fn must_have_terminal() -> Result<(), String> {
    const INSTEAD: &str = "use snag top --once or snag snapshot";
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(format!("snag top needs a terminal for its picture and its keys: {INSTEAD}"));
    }
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return Err(format!("TERM=dumb: this terminal cannot show a picture that changes: {INSTEAD}"));
    }
    Ok(())
}

fn theme(arguments: &TopArguments) -> Theme {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let color = match arguments.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => set("NO_COLOR").is_none(),
    };
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default();
    let locale = locale.to_string_lossy().to_lowercase();
    let unicode = locale.contains("utf-8") || locale.contains("utf8");
    Theme { color, unicode: unicode && !arguments.ascii }
}

fn width() -> u16 {
    let terminal = std::io::stdout().is_terminal().then(ratatui::crossterm::terminal::size);
    terminal.and_then(Result::ok).map_or(WIDTH, |(width, _)| width.max(1))
}

/// One frame: what changes and what is wrong shows only in two looks.
fn once(app: &mut App, mut watch: Watch, width: u16) -> Result<String, String> {
    app.see(watch.look(true)?);
    app.show(lists::View::Groups);
    watch.want(app.wanted());
    std::thread::sleep(watch.interval);
    app.see(watch.look(true)?);
    Ok(once::frame(app, width))
}

/// Draws and obeys until there is a reason to leave.
fn watch(app: &mut App, target: Target, interval: Duration) -> Result<Leave, String> {
    let cannot = |error: std::io::Error| format!("cannot use the terminal: {error}");
    let (tell, happenings) = channel();
    let (wish, wishes) = channel();
    terminal::heed(tell.clone()).map_err(cannot)?;
    let mut screen = Screen::take().map_err(cannot)?;
    terminal::listen(tell.clone());
    look(target, interval, wishes, tell);
    let mut picture = Picture { asked: Vec::new(), wish };
    loop {
        screen.draw(app).map_err(cannot)?;
        let first = happenings.recv().map_err(|_| "the terminal is gone".to_owned())?;
        let mut pressed = false;
        for happening in std::iter::once(first).chain(waiting(&happenings)) {
            pressed |= matches!(happening, Happening::Key(_));
            if let Some(leave) = picture.change(app, &mut screen, happening).map_err(cannot)? {
                return Ok(leave);
            }
        }
        picture.ask(app, pressed);
    }
}

/// Looks in a thread of its own.
fn look(target: Target, interval: Duration, wishes: Receiver<Wish>, tell: Sender<Happening>) {
    let watch = Watch::new(target, interval);
    std::thread::spawn(move || watch.run(&wishes, |news| tell.send(Happening::News(news)).is_ok()));
}

/// What has happened meanwhile: drawn once for all of it.
fn waiting(happenings: &Receiver<Happening>) -> impl Iterator<Item = Happening> {
    const MOST: usize = 100;
    happenings.try_iter().take(MOST)
}

/// What has been asked of the one who looks.
struct Picture {
    asked: Vec<u64>,
    wish: Sender<Wish>,
}

impl Picture {
    fn change(
        &mut self,
        app: &mut App,
        screen: &mut Screen,
        happening: Happening,
    ) -> std::io::Result<Option<Leave>> {
        match happening {
            Happening::Signal(signal) => return Ok(Some(Leave::Signal(signal))),
            Happening::Deaf(error) => return Err(std::io::Error::other(error)),
            Happening::Resize => {}
            // A look that was under way when the picture was stopped.
            Happening::News(News::Seen(_)) if app.paused => {}
            Happening::News(News::Seen(look)) => app.see(*look),
            Happening::News(News::Ended(sentence)) => app.ended = Some(sentence),
            Happening::Key(key) if !keys::is_press(&key) => {}
            Happening::Key(key) => {
                let was_paused = app.paused;
                match app.press(key) {
                    Then::Nothing => {}
                    Then::Quit => return Ok(Some(app.ended.take().map_or(Leave::Quit, Leave::Ended))),
                    Then::Interrupt => return Ok(Some(Leave::Interrupt)),
                    Then::Suspend => screen.suspend()?,
                    Then::Redraw => screen.forget()?,
                }
                if was_paused != app.paused {
                    // Whoever looked has gone when the process has.
                    let _ = self.wish.send(Wish::Pause(app.paused));
                }
            }
        }
        // Somebody reads a picture that stands still, also of a process that is gone.
        Ok(app.ended.take_if(|_| !app.paused).map(Leave::Ended))
    }

    fn ask(&mut self, app: &App, pressed: bool) {
        let wanted = app.wanted();
        if wanted != self.asked {
            // Without a key nothing is urgent: in a process that changes all the time, that would never end.
            let urgent = pressed && app.lacks(&self.asked, &wanted);
            let _ = self.wish.send(Wish::Stacks(wanted.clone(), urgent));
            self.asked = wanted;
        }
    }
}

fn farewell(app: &App, leave: Leave) -> u8 {
    match leave {
        Leave::Quit => CLEAN,
        Leave::Interrupt => INTERRUPTED,
        Leave::Signal(signal) => {
            terminal::end_by(signal);
            INTERRUPTED
        }
        Leave::Ended(reason) => {
            complain(&last_words(app, &reason));
            ENDED
        }
    }
}

/// Why there is nothing more to see, and what was seen last.
fn last_words(app: &App, reason: &str) -> String {
    let process = &app.scene.snapshot.process;
    if app.scene.looks == 0 {
        return reason.to_owned();
    }
    let figures = app.scene.history.last();
    let known = |count: Option<i64>| count.map_or("?".to_owned(), words::number);
    format!(
        "{reason} ({}); last seen: {}, {} ({} made, {} ended), {} pinned",
        words::clean(&process.name),
        crate::output::count(figures.goroutines, "goroutine"),
        crate::output::count(figures.threads, "thread"),
        known(figures.made),
        known(figures.ended),
        words::number(figures.pinned),
    )
}

//! The terminal: taken over, and given back on every way out.

use std::io::{self, Stdout, Write, stdout};
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{self, Event};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::layout::Rect;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use signal_hook::low_level;

use super::Happening;
use super::app::App;
use super::screen;

/// Whether the terminal is ours.
static OURS: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours; dropping this gives it back.
///
/// The library's own way to give back the cursor is not taken: it complains where nobody can hear it any more.
pub(super) struct Screen(ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>);

impl Screen {
    pub(super) fn take() -> io::Result<Screen> {
        let before = std::panic::take_hook();
        // The message of a panic must not vanish with the alternate screen.
        std::panic::set_hook(Box::new(move |info| {
            give_back();
            before(info);
        }));
        enter()?;
        let terminal = Terminal::new(CrosstermBackend::new(stdout())).inspect_err(|_| give_back())?;
        Ok(Screen(ManuallyDrop::new(terminal)))
    }

    pub(super) fn draw(&mut self, app: &mut App) -> io::Result<()> {
        self.0.draw(|frame| screen::draw(app, frame.buffer_mut())).map(|_| ())
    }

    /// Forgets what is on the screen, so that all of it is drawn again.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        // Not `clear`: it asks the terminal where the cursor is, and the answer goes to who waits for keys.
        let size = self.0.size()?;
        self.0.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Gives the terminal to the shell until it calls us back.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        give_back();
        // Without a shell that could call us back, the kernel ignores this signal.
        low_level::raise(SIGTSTP)?;
        enter()?;
        self.forget()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn enter() -> io::Result<()> {
    OURS.store(true, Ordering::SeqCst);
    let entered = enable_raw_mode().and_then(|()| execute!(stdout(), EnterAlternateScreen));
    entered.inspect_err(|_| give_back())
}

fn give_back() {
    if OURS.swap(false, Ordering::SeqCst) {
        // A terminal that is gone needs nothing back.
        let _ = execute!(stdout(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
        let _ = stdout().flush();
    }
}

/// Ends this process the way the signal would have.
pub(super) fn end_by(signal: i32) {
    // Fails only for signals that do not exist.
    let _ = low_level::emulate_default_handler(signal);
}

/// Tells of keys and sizes.
pub(super) fn listen(tell: Sender<Happening>) {
    std::thread::spawn(move || {
        loop {
            let happening = match event::read() {
                Ok(Event::Key(key)) => Happening::Key(key),
                Ok(Event::Resize(..)) => Happening::Resize,
                Ok(_) => continue,
                Err(error) => Happening::Deaf(error.to_string()),
            };
            let last = matches!(happening, Happening::Deaf(_));
            if tell.send(happening).is_err() || last {
                return;
            }
        }
    });
}

/// Tells of signals that end a program; a second one does so at once, whatever the terminal is like.
pub(super) fn heed(tell: Sender<Happening>) -> io::Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
    std::thread::spawn(move || {
        for (at, signal) in signals.forever().enumerate() {
            if at > 0 || tell.send(Happening::Signal(signal)).is_err() {
                end_by(signal);
            }
        }
    });
    Ok(())
}

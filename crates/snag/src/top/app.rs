//! What the user has done to the view: what is shown, selected, searched for. Knows nothing of terminals.

use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::keys::{self, Command};
use super::lists::{Item, List, Subject, View};
use super::scene::{Look, Scene};
use super::theme::Theme;

/// More stacks at once nobody can read.
const STACKS: usize = 200;

/// The whole state of the view.
#[derive(Debug)]
pub(super) struct App {
    pub scene: Scene,
    pub theme: Theme,
    pub interval: f64,
    pub view: View,
    pub paused: bool,
    pub help: bool,
    pub detail: Detail,
    /// By how many lines the details are scrolled.
    pub scroll: usize,
    pub prompt: Option<Prompt>,
    pub search: String,
    pub filter: String,
    /// What happened to the last command.
    pub notice: String,
    /// Why there will be no further look.
    pub ended: Option<String>,
    /// How many lines of the list the screen shows.
    pub page: usize,
    /// The lines of the list, in their order.
    pub items: Vec<Item>,
    cursors: [Cursor; 4],
}

/// How much of the screen the details have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Detail {
    #[default]
    Closed,
    Half,
    Full,
}

/// A text that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prompt {
    pub filters: bool,
    pub text: String,
}

/// Where one is in a list, and how it is sorted.
#[derive(Clone, Debug, Default)]
pub(super) struct Cursor {
    subject: Option<Subject>,
    pub at: usize,
    pub top: usize,
    pub column: usize,
    pub reversed: bool,
}

/// What is to be done that only the surroundings can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Nothing,
    Quit,
    Interrupt,
    Suspend,
    Redraw,
}

impl App {
    pub(super) fn new(theme: Theme, interval: f64) -> App {
        let cursor = |view| Cursor { column: List::first_order(&view), ..Cursor::default() };
        let members = Cursor { column: 1, ..Cursor::default() };
        App {
            scene: Scene::default(),
            theme,
            interval,
            view: View::Threads,
            paused: false,
            help: false,
            detail: Detail::Closed,
            scroll: 0,
            prompt: None,
            search: String::new(),
            filter: String::new(),
            notice: String::new(),
            ended: None,
            page: 1,
            items: Vec::new(),
            cursors: [cursor(View::Threads), cursor(View::Groups), members, cursor(View::Problems)],
        }
    }

    pub(super) fn list(&self) -> List<'_> {
        List { scene: &self.scene, view: &self.view }
    }

    fn place(&self) -> usize {
        match self.view {
            View::Threads => 0,
            View::Groups => 1,
            View::Members(_) => 2,
            View::Problems => 3,
        }
    }

    pub(super) fn cursor(&self) -> &Cursor {
        &self.cursors[self.place()]
    }

    fn cursor_mut(&mut self) -> &mut Cursor {
        &mut self.cursors[self.place()]
    }

    /// What the selected line is about.
    pub(super) fn selected(&self) -> Option<Subject> {
        self.list().subject(*self.items.get(self.cursor().at)?)
    }

    /// Takes in a look.
    pub(super) fn see(&mut self, look: Look) {
        self.scene.add(look);
        self.arrange();
    }

    /// Makes the list again; the selection stays with its subject.
    fn arrange(&mut self) {
        let (column, reversed) = (self.cursor().column, self.cursor().reversed);
        self.items = self.list().sorted(&self.filter, column, reversed);
        let subject = self.cursor().subject.clone();
        let list = self.list();
        // Whoever is at the top wants to see what comes first.
        let found =
            subject.filter(|_| self.cursor().at > 0 || self.detail != Detail::Closed).and_then(|subject| {
                self.items.iter().position(|&it| list.subject(it).as_ref() == Some(&subject))
            });
        self.go(found.unwrap_or(self.cursor().at));
    }

    fn go(&mut self, to: usize) {
        let to = to.min(self.items.len().saturating_sub(1));
        let subject = self.items.get(to).and_then(|&item| self.list().subject(item));
        let page = self.page.max(1);
        let last = self.items.len().saturating_sub(page);
        let cursor = self.cursor_mut();
        if subject.is_some() {
            cursor.subject = subject;
        }
        cursor.at = to;
        cursor.top = cursor.top.min(to).max((to + 1).saturating_sub(page)).min(last);
    }

    /// Tells how many lines the screen has for the list.
    pub(super) fn fit(&mut self, page: usize) {
        self.page = page;
        self.go(self.cursor().at);
    }

    /// The lines of the list that are on the screen.
    pub(super) fn visible(&self) -> &[Item] {
        let top = self.cursor().top.min(self.items.len());
        &self.items[top..(top + self.page).min(self.items.len())]
    }

    /// Goroutines whose stacks are wanted, sorted.
    pub(super) fn wanted(&self) -> Vec<u64> {
        let scene = &self.scene;
        let id = |at: &Item| scene.snapshot.goroutines.get(*at).map(|goroutine| goroutine.id);
        let example = |at: &Item| id(scene.groups.get(*at)?.members.first()?);
        let mut ids: Vec<u64> = match &self.view {
            View::Groups => self.items.iter().take(STACKS).filter_map(example).collect(),
            View::Members(_) => self.visible().iter().take(STACKS).filter_map(id).collect(),
            View::Threads | View::Problems => Vec::new(),
        };
        match self.selected() {
            Some(Subject::Thread(tid)) => ids.extend(scene.goroutine_on(tid).map(|goroutine| goroutine.id)),
            Some(Subject::Group(kind)) => {
                ids.extend(scene.group(&kind).and_then(|group| id(group.members.first()?)));
            }
            Some(Subject::Goroutine(_) | Subject::Problem(_)) | None => {}
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whether stacks are on the screen that the last look did not bring.
    pub(super) fn lacks(&self, asked: &[u64], wanted: &[u64]) -> bool {
        let shown = self.detail != Detail::Closed || matches!(self.view, View::Groups | View::Members(_));
        shown && !self.paused && wanted.iter().any(|id| asked.binary_search(id).is_err())
    }

    /// Does what a key asks for.
    pub(super) fn press(&mut self, key: KeyEvent) -> Then {
        self.notice.clear();
        if let Some(prompt) = self.prompt.take() {
            return match keys::control(key) {
                Some(command) => {
                    self.prompt = Some(prompt);
                    self.obey(command)
                }
                None => self.type_in(prompt, key.code),
            };
        }
        let command = keys::command(key);
        if self.help {
            let leaves = matches!(command, Some(Command::Interrupt | Command::Suspend | Command::Redraw));
            self.help = leaves;
            return command.filter(|_| leaves).map_or(Then::Nothing, |command| self.obey(command));
        }
        command.map_or(Then::Nothing, |command| self.obey(command))
    }

    fn obey(&mut self, command: Command) -> Then {
        match command {
            Command::Quit => return Then::Quit,
            Command::Interrupt => return Then::Interrupt,
            Command::Suspend => return Then::Suspend,
            Command::Redraw => return Then::Redraw,
            Command::Help => self.help = true,
            Command::Up => self.step(-1),
            Command::Down => self.step(1),
            Command::PageUp => self.step(-(self.page.max(1) as isize)),
            Command::PageDown => self.step(self.page.max(1) as isize),
            Command::First => self.jump(0),
            Command::Last => self.jump(usize::MAX),
            Command::Open => self.open(),
            Command::Back => self.back(),
            Command::NextView => self.turn(1),
            Command::PreviousView => self.turn(2),
            Command::Threads => self.show(View::Threads),
            Command::Goroutines => self.show(View::Groups),
            Command::Problems => self.show(View::Problems),
            Command::NextColumn => self.sort_beside(1),
            Command::PreviousColumn => self.sort_beside(-1),
            Command::SortByCpu => self.sort_by(List::first_order(&self.view)),
            Command::Reverse => {
                self.cursor_mut().reversed ^= true;
                self.arrange();
            }
            Command::Search => self.prompt = Some(Prompt { filters: false, text: String::new() }),
            Command::Filter => self.prompt = Some(Prompt { filters: true, text: self.filter.clone() }),
            Command::NextMatch => self.find(1),
            Command::PreviousMatch => self.find(-1),
            Command::Pause => self.paused ^= true,
            Command::ScrollUp => self.scroll = self.scroll.saturating_sub(1),
            Command::ScrollDown => self.scroll = self.scroll.saturating_add(1),
        }
        Then::Nothing
    }

    fn step(&mut self, by: isize) {
        self.jump(self.cursor().at.saturating_add_signed(by));
    }

    fn jump(&mut self, to: usize) {
        self.scroll = 0;
        self.go(to);
    }

    /// The next list; the goroutines of a group stand for all goroutines.
    fn turn(&mut self, by: usize) {
        let views = [View::Threads, View::Groups, View::Problems];
        let at = match self.view {
            View::Threads => 0,
            View::Groups | View::Members(_) => 1,
            View::Problems => 2,
        };
        self.show(views[(at + by) % views.len()].clone());
    }

    /// Shows another list.
    pub(super) fn show(&mut self, view: View) {
        self.view = view;
        self.scroll = 0;
        self.arrange();
    }

    fn open(&mut self) {
        match (self.selected(), self.detail) {
            (Some(Subject::Group(kind)), _) => {
                self.cursors[2].at = 0;
                self.cursors[2].top = 0;
                self.filter.clear();
                self.show(View::Members(kind));
            }
            (None, _) => {}
            (Some(_), Detail::Closed) => self.detail = Detail::Half,
            (Some(_), Detail::Half) => self.detail = Detail::Full,
            (Some(_), Detail::Full) => self.detail = Detail::Half,
        }
    }

    fn back(&mut self) {
        match (self.detail, &self.view) {
            (Detail::Full, _) => self.detail = Detail::Half,
            (Detail::Half, _) => self.detail = Detail::Closed,
            (Detail::Closed, View::Members(_)) => self.show(View::Groups),
            (Detail::Closed, _) if !self.filter.is_empty() => {
                self.filter.clear();
                self.arrange();
            }
            (Detail::Closed, _) => {}
        }
    }

    fn sort_beside(&mut self, by: isize) {
        let columns = self.list().columns().len() as isize;
        let column = (self.cursor().column as isize + by).rem_euclid(columns);
        self.sort_by(column as usize);
    }

    fn sort_by(&mut self, column: usize) {
        let cursor = self.cursor_mut();
        cursor.column = column;
        cursor.reversed = false;
        self.arrange();
        let title = self.list().columns()[column].title;
        self.notice = format!("sorted by {}", if title.is_empty() { "problems" } else { title });
    }

    fn type_in(&mut self, mut prompt: Prompt, key: KeyCode) -> Then {
        match key {
            KeyCode::Char(letter) => prompt.text.push(letter),
            KeyCode::Backspace if prompt.text.is_empty() => return Then::Nothing,
            KeyCode::Backspace => {
                prompt.text.pop();
            }
            KeyCode::Esc => {
                if prompt.filters {
                    self.filter.clear();
                    self.arrange();
                }
                return Then::Nothing;
            }
            KeyCode::Enter => {
                if !prompt.filters {
                    self.search = prompt.text;
                    self.find(0);
                }
                return Then::Nothing;
            }
            _ => {}
        }
        if prompt.filters {
            self.filter.clone_from(&prompt.text);
            self.arrange();
        }
        self.prompt = Some(prompt);
        Then::Nothing
    }

    /// Goes to the next line that holds what is searched for, or to the one before; with 0 the selected one counts.
    fn find(&mut self, by: isize) {
        let wanted = self.search.to_lowercase();
        if wanted.is_empty() {
            self.notice = "nothing to search for: / begins a search".to_owned();
            return;
        }
        let count = self.items.len() as isize;
        let from = self.cursor().at as isize;
        let first = by.abs();
        let around = (first..count + first)
            .map(|step| (from + if by < 0 { -step } else { step }).rem_euclid(count.max(1)) as usize);
        let list = self.list();
        let found = around.into_iter().find(|&at| list.matches(self.items[at], &wanted));
        match found {
            Some(at) => self.jump(at),
            None => self.notice = format!("not found: {}", self.search),
        }
    }
}

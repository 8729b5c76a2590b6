//! The lists, and what their columns say.

use std::borrow::Cow;
use std::collections::BTreeMap;

use snag_threads::snapshot::{Goroutine, Thread};

use super::scene::{Group, Kind, Scene, is_pinned};
use super::table::Column;
use super::table::Width::{Content, Fixed, Share};
use super::theme::Tone;
use super::words;
use crate::output::severity;

/// What a list is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum View {
    #[default]
    Threads,
    Groups,
    /// The goroutines of a group.
    Members(Kind),
    Problems,
}

/// A line of a list: its place in what the list is of.
pub(super) type Item = usize;

/// What a line is about, for as long as it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Thread(i32),
    Group(Kind),
    Goroutine(u64),
    Problem(usize),
}

/// What lines are sorted by.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(super) enum Order {
    Number(f64),
    Text(String),
}

/// Text, and how it looks.
pub(super) type Cell<'s> = (Cow<'s, str>, Tone);

const THREADS: &[Column] = &[
    Column::new("", Content(1, 1), 95).large_first(),
    Column::new("TID", Content(3, 8), 100).number(),
    Column::new("M", Content(1, 6), 40).number(),
    Column::new("GOID", Content(4, 10), 70).number(),
    Column::new("STATE", Content(5, 10), 90),
    Column::new("CPU%", Content(4, 6), 80).number().large_first(),
    Column::new("PIN", Content(3, 12), 75).large_first(),
    Column::new("K", Fixed(1), 20),
    Column::new("NAME", Content(4, 15), 10),
    Column::new("DIFFERS IN", Content(10, 24), 85).large_first(),
    Column::new("FUNCTION", Share(1), 92),
];

const GROUPS: &[Column] = &[
    Column::new("", Content(1, 1), 95).large_first(),
    Column::new("COUNT", Content(5, 9), 100).number().large_first(),
    Column::new("CHANGE", Content(6, 9), 80).number().large_first(),
    Column::new("PINNED", Content(6, 9), 75).number().large_first(),
    Column::new("DOING", Content(5, 22), 90),
    Column::new("OLDEST", Content(6, 6), 60).number().large_first(),
    Column::new("FUNCTION", Share(1), 92),
    Column::new("STARTED BY", Share(1), 50),
];

const MEMBERS: &[Column] = &[
    Column::new("", Content(1, 1), 95).large_first(),
    Column::new("GOID", Content(4, 12), 100).number(),
    Column::new("DOING", Content(5, 22), 90),
    Column::new("FOR", Content(3, 6), 60).number().large_first(),
    Column::new("THREAD", Content(6, 8), 80).number(),
    Column::new("PIN", Content(3, 8), 75),
    Column::new("PARENT", Content(6, 12), 40).number(),
    Column::new("FUNCTION", Share(1), 92),
];

const PROBLEMS: &[Column] = &[
    Column::new("LEVEL", Content(5, 7), 60),
    Column::new("RULE", Content(4, 26), 90),
    Column::new("WHAT", Share(1), 80),
];

/// A list of what is in a scene.
pub(super) struct List<'s> {
    pub scene: &'s Scene,
    pub view: &'s View,
}

impl<'s> List<'s> {
    pub(super) fn columns(&self) -> &'static [Column] {
        match self.view {
            View::Threads => THREADS,
            View::Groups => GROUPS,
            View::Members(_) => MEMBERS,
            View::Problems => PROBLEMS,
        }
    }

    /// The column that it is sorted by until somebody says otherwise.
    pub(super) fn first_order(view: &View) -> usize {
        match view {
            View::Threads => 5,
            View::Groups | View::Members(_) => 1,
            View::Problems => 0,
        }
    }

    pub(super) fn items(&self) -> Vec<Item> {
        match self.view {
            View::Threads => (0..self.scene.snapshot.threads.len()).collect(),
            View::Groups => (0..self.scene.groups.len()).collect(),
            View::Members(kind) => {
                self.scene.group(kind).map(|group| group.members.clone()).unwrap_or_default()
            }
            View::Problems => (0..self.scene.findings.len() + self.scene.snapshot.gaps.len()).collect(),
        }
    }

    pub(super) fn subject(&self, item: Item) -> Option<Subject> {
        Some(match self.view {
            View::Threads => Subject::Thread(self.scene.snapshot.threads.get(item)?.tid),
            View::Groups => Subject::Group(self.scene.groups.get(item)?.kind.clone()),
            View::Members(_) => Subject::Goroutine(self.scene.snapshot.goroutines.get(item)?.id),
            View::Problems => Subject::Problem(item),
        })
    }

    pub(super) fn cell(&self, item: Item, column: usize) -> Cell<'s> {
        let cell = match self.view {
            View::Threads => self.scene.snapshot.threads.get(item).map(|it| thread(self.scene, it, column)),
            View::Groups => self.scene.groups.get(item).map(|group| self::group(self.scene, group, column)),
            View::Members(_) => {
                self.scene.snapshot.goroutines.get(item).map(|it| goroutine(self.scene, it, column))
            }
            View::Problems => Some(problem(self.scene, item, column)),
        };
        cell.unwrap_or_default()
    }

    /// What a line is found by: all that its cells say, and names in full.
    pub(super) fn matches(&self, item: Item, wanted: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(wanted);
        (0..self.columns().len()).any(|column| has(&self.cell(item, column).0))
            || self.names(item).is_some_and(has)
    }

    /// The function in full.
    fn names(&self, item: Item) -> Option<&str> {
        let scene = self.scene;
        let goroutine = match self.view {
            View::Threads => scene.goroutine_on(scene.snapshot.threads.get(item)?.tid),
            View::Groups => scene.groups.get(item)?.example(&scene.snapshot),
            View::Members(_) => scene.snapshot.goroutines.get(item),
            View::Problems => None,
        };
        Some(&words::function(&scene.snapshot, goroutine?)?.function)
    }

    /// The lines that hold the text, sorted.
    pub(super) fn sorted(&self, filter: &str, column: usize, reversed: bool) -> Vec<Item> {
        let wanted = filter.to_lowercase();
        let items = self.items().into_iter().filter(|&item| wanted.is_empty() || self.matches(item, &wanted));
        let mut items: Vec<(Order, u8, Item)> =
            items.map(|item| (self.order(item, column), self.dullness(item), item)).collect();
        let falling = self.columns().get(column).is_some_and(|column| column.large_first) != reversed;
        items.sort_by(|a, b| {
            let order = a.0.partial_cmp(&b.0).unwrap_or(std::cmp::Ordering::Equal);
            let order = if falling { order.reverse() } else { order };
            order.then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2))
        });
        items.into_iter().map(|(_, _, item)| item).collect()
    }

    /// Where nothing else decides, what is worth a look comes first.
    fn dullness(&self, item: Item) -> u8 {
        let View::Threads = self.view else { return 0 };
        let Some(thread) = self.scene.snapshot.threads.get(item) else { return 4 };
        let machine = self.scene.machine(thread.tid);
        match () {
            () if self.scene.is_wrong_thread(thread.tid) => 0,
            () if !self.scene.differs_in(thread.tid).is_empty() => 1,
            () if machine.is_some_and(|machine| machine.pin.is_some()) => 2,
            () if machine.is_some_and(|machine| machine.goroutine.is_some()) => 3,
            () => 4,
        }
    }

    fn order(&self, item: Item, column: usize) -> Order {
        let scene = self.scene;
        let number = match self.view {
            View::Threads => scene.snapshot.threads.get(item).and_then(|it| thread_number(scene, it, column)),
            View::Groups => scene.groups.get(item).and_then(|it| group_number(it, column)),
            View::Members(_) => {
                scene.snapshot.goroutines.get(item).and_then(|it| goroutine_number(scene, it, column))
            }
            View::Problems => Some(item as f64),
        };
        number.map_or_else(|| Order::Text(self.cell(item, column).0.to_lowercase()), Order::Number)
    }
}

/// Numbers sort as numbers; what has none comes before all.
const NONE: f64 = -1.0;

fn mark<'s>(wrong: bool) -> Cell<'s> {
    if wrong { ("!".into(), Tone::Bad) } else { Cell::default() }
}

fn thread<'s>(scene: &'s Scene, thread: &'s Thread, column: usize) -> Cell<'s> {
    let snapshot = &scene.snapshot;
    let machine = scene.machine(thread.tid);
    let wrong = scene.is_wrong_thread(thread.tid);
    let id = machine.and_then(|machine| machine.goroutine);
    match column {
        0 => mark(wrong),
        1 => (thread.tid.to_string().into(), if wrong { Tone::Bad } else { Tone::Plain }),
        2 => machine.map_or_else(Cell::default, |machine| (machine.id.to_string().into(), Tone::Dim)),
        3 => id.map_or_else(Cell::default, |id| (id.to_string().into(), Tone::Plain)),
        4 => {
            let state = words::state(snapshot, machine);
            let busy = matches!(state, "running" | "syscall" | "cgo");
            (state.into(), if busy { Tone::Plain } else { Tone::Dim })
        }
        5 => scene.history.share(thread.tid).map_or_else(Cell::default, |share| {
            (format!("{share:.1}").into(), if share < 0.05 { Tone::Dim } else { Tone::Plain })
        }),
        6 => machine.map_or_else(Cell::default, |machine| (words::pin(machine).into(), Tone::Word)),
        7 => (thread.run_state.to_string().into(), Tone::Dim),
        8 => (words::clean(&thread.name), Tone::Plain),
        9 => {
            let names: Vec<&str> = scene.differs_in(thread.tid).iter().map(|state| state.info().id).collect();
            (names.join(",").into(), if wrong { Tone::Bad } else { Tone::Odd })
        }
        _ => {
            let goroutine = scene.goroutine_on(thread.tid);
            let function = goroutine.and_then(|goroutine| words::function(snapshot, goroutine));
            function.map_or_else(Cell::default, |frame| {
                (words::clean(words::short(&frame.function)), Tone::Plain)
            })
        }
    }
}

fn thread_number(scene: &Scene, thread: &Thread, column: usize) -> Option<f64> {
    let machine = scene.machine(thread.tid);
    match column {
        0 => Some(f64::from(scene.is_wrong_thread(thread.tid))),
        1 => Some(f64::from(thread.tid)),
        2 => Some(machine.map_or(NONE, |machine| machine.id as f64)),
        3 => Some(machine.and_then(|machine| machine.goroutine).map_or(NONE, |id| id as f64)),
        // What rounds to the same figure must not jump about.
        5 => Some(scene.history.share(thread.tid).map_or(NONE, |share| (share * 10.0).round())),
        6 => Some(machine.and_then(|machine| machine.pin).map_or(NONE, |pin| f64::from(pin.depth))),
        9 => Some(scene.differs_in(thread.tid).len() as f64),
        _ => None,
    }
}

fn group<'s>(scene: &'s Scene, group: &Group, column: usize) -> Cell<'s> {
    let snapshot = &scene.snapshot;
    let example = group.example(snapshot);
    match column {
        0 => mark(example.is_some_and(|goroutine| scene.is_wrong_goroutine(goroutine.id))),
        1 => (words::number(group.members.len()).into(), Tone::Strong),
        2 => match group.change {
            0 => Cell::default(),
            change => (format!("{change:+}").into(), Tone::Odd),
        },
        3 if group.pinned == 0 => Cell::default(),
        3 => (words::number(group.pinned).into(), Tone::Word),
        4 => example.map_or_else(Cell::default, |it| (words::doing(snapshot, it), Tone::Plain)),
        5 => group.oldest.map_or_else(Cell::default, |time| (words::duration(time).into(), Tone::Plain)),
        6 => {
            let function = example.and_then(|goroutine| words::function(snapshot, goroutine));
            function.map_or_else(Cell::default, |frame| {
                (words::clean(words::short(&frame.function)), Tone::Plain)
            })
        }
        _ => group
            .created(snapshot)
            .map_or_else(Cell::default, |frame| (words::place(frame).into(), Tone::Plain)),
    }
}

fn group_number(group: &Group, column: usize) -> Option<f64> {
    match column {
        1 => Some(group.members.len() as f64),
        2 => Some(group.change as f64),
        3 => Some(group.pinned as f64),
        5 => Some(group.oldest.map_or(NONE, |time| time.as_secs_f64())),
        _ => None,
    }
}

fn goroutine<'s>(scene: &'s Scene, goroutine: &Goroutine, column: usize) -> Cell<'s> {
    let snapshot = &scene.snapshot;
    let text = |text: Option<String>| (text.unwrap_or_default().into(), Tone::Plain);
    match column {
        0 => mark(scene.is_wrong_goroutine(goroutine.id)),
        1 => (goroutine.id.to_string().into(), Tone::Strong),
        2 => (words::doing(snapshot, goroutine), Tone::Plain),
        3 => text(goroutine.waiting.map(words::duration)),
        4 => text(scene.thread_of(goroutine).map(|tid| tid.to_string())),
        5 if is_pinned(snapshot, goroutine) => {
            let machine = goroutine.pinned_to.and_then(|id| snapshot.machine(id));
            let depth = machine.and_then(|machine| machine.pin).map_or(0, |pin| pin.depth);
            (format!("x{depth}").into(), Tone::Word)
        }
        5 => Cell::default(),
        6 => text(goroutine.parent.map(|parent| parent.to_string())),
        _ => words::function(snapshot, goroutine)
            .map_or_else(Cell::default, |frame| (words::clean(words::short(&frame.function)), Tone::Plain)),
    }
}

fn goroutine_number(scene: &Scene, goroutine: &Goroutine, column: usize) -> Option<f64> {
    match column {
        0 => Some(f64::from(scene.is_wrong_goroutine(goroutine.id))),
        1 => Some(goroutine.id as f64),
        3 => Some(goroutine.waiting.map_or(NONE, |time| time.as_secs_f64())),
        4 => Some(scene.thread_of(goroutine).map_or(NONE, f64::from)),
        6 => Some(goroutine.parent.map_or(NONE, |parent| parent as f64)),
        _ => None,
    }
}

fn problem(scene: &Scene, item: Item, column: usize) -> Cell<'_> {
    if let Some(finding) = scene.findings.get(item) {
        return match column {
            0 => (severity(finding.severity).into(), Tone::Bad),
            1 => (finding.rule.into(), Tone::Word),
            _ => (words::clean(&finding.message), Tone::Plain),
        };
    }
    let Some(gap) = scene.snapshot.gaps.get(item - scene.findings.len()) else { return Cell::default() };
    match column {
        0 => ("note".into(), Tone::Odd),
        1 => (gap.part.name().into(), Tone::Word),
        _ => (format!("not shown: {}", gap.reason).into(), Tone::Plain),
    }
}

/// Widths of the widest cells of these lines.
pub(super) fn widest(list: &List<'_>, items: &[Item]) -> Vec<u16> {
    let columns = list.columns();
    let width = |text: &str| u16::try_from(ratatui::text::Span::raw(text).width()).unwrap_or(u16::MAX);
    let mut widest: BTreeMap<usize, u16> = BTreeMap::new();
    for &item in items {
        for (at, column) in columns.iter().enumerate() {
            if matches!(column.width, Content(..)) {
                let widest = widest.entry(at).or_default();
                *widest = (*widest).max(width(&list.cell(item, at).0));
            }
        }
    }
    (0..columns.len()).map(|at| widest.get(&at).copied().unwrap_or(0)).collect()
}

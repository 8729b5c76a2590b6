//! Draws the view into a buffer of any size. What is not on the screen costs nothing.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::app::{App, Detail};
use super::detail::{Lines, detail};
use super::header::{self, HeaderLine, Pieces};
use super::keys::{HELP, HINTS};
use super::lists::{Item, List, View, widest};
use super::table::{Slot, layout};
use super::theme::{Theme, Tone};
use super::words::number;

/// Fewer lines of a list are no list.
const LEAST: u16 = 4;

/// Which lines are for what.
struct Areas {
    header: Vec<HeaderLine>,
    tabs: Option<u16>,
    titles: Option<u16>,
    list: Rect,
    detail: Option<Rect>,
    footer: Option<u16>,
}

/// Draws everything.
pub(super) fn draw(app: &mut App, buffer: &mut Buffer) {
    let area = buffer.area;
    if area.width == 0 || area.height == 0 {
        return;
    }
    let areas = areas(app, area);
    if areas.list.height > 0 {
        app.fit(usize::from(areas.list.height));
    }
    for (y, line) in areas.header.iter().enumerate() {
        put(buffer, app.theme, area.y + y as u16, &line.pieces);
    }
    if app.help {
        help(app, buffer, &areas);
    } else {
        if let Some(y) = areas.tabs {
            tabs(app, buffer, y);
        }
        list(app, buffer, &areas);
        if let Some(place) = areas.detail {
            details(app, buffer, place);
        }
    }
    if let Some(y) = areas.footer {
        footer(app, buffer, y);
    }
    app.theme.simplify(buffer);
}

fn areas(app: &App, area: Rect) -> Areas {
    let mut left = area.height;
    let mut take = |least: u16| {
        let taken = left > least;
        left -= u16::from(taken);
        taken
    };
    let (has_footer, has_titles, has_tabs) = (take(2), take(3), take(6));
    let mut header = header::header(app, area.width);
    let room = usize::from(left.saturating_sub(LEAST.min(left.saturating_sub(1))));
    while header.len() > room {
        let Some(worst) = (0..header.len()).max_by_key(|&at| header[at].rank) else { break };
        header.remove(worst);
    }
    let mut y = area.y + header.len() as u16;
    let mut next = |is_there: bool| {
        let here = is_there.then_some(y);
        y += u16::from(is_there);
        here
    };
    let (tabs, titles) = (next(has_tabs), next(has_titles));
    let bottom = area.bottom() - u16::from(has_footer);
    let body = bottom.saturating_sub(y);
    let list_height = match app.detail {
        _ if app.help => body,
        Detail::Closed => body,
        Detail::Half => body * 2 / 5,
        Detail::Full => 0,
    };
    let list = Rect { x: area.x, y, width: area.width, height: list_height };
    let detail = Rect { y: y + list_height, height: body - list_height, ..list };
    Areas {
        header,
        tabs,
        titles,
        list,
        detail: (detail.height > 0).then_some(detail),
        footer: has_footer.then_some(bottom),
    }
}

/// Writes a text, which ends with a sign if it had to be cut off. Returns how wide it is.
fn write(buffer: &mut Buffer, x: u16, y: u16, room: u16, text: &str, style: Style) -> u16 {
    if room == 0 {
        return 0;
    }
    // Nothing longer than this is ever seen, so nothing longer is measured.
    let seen = text.char_indices().nth(usize::from(room) * 4).map_or(text, |(end, _)| &text[..end]);
    if Span::raw(seen).width() <= usize::from(room) {
        let (end, _) = buffer.set_stringn(x, y, seen, usize::from(room), style);
        return end - x;
    }
    let (end, _) = buffer.set_stringn(x, y, seen, usize::from(room - 1), style);
    buffer.set_stringn(end, y, "…", 1, style);
    room
}

/// Writes pieces from the left.
fn put(buffer: &mut Buffer, theme: Theme, y: u16, pieces: &Pieces) {
    let area = buffer.area;
    let mut x = area.x;
    for (tone, text) in pieces {
        x += write(buffer, x, y, area.right() - x, text, theme.style(*tone));
    }
}

fn tabs(app: &App, buffer: &mut Buffer, y: u16) {
    let scene = &app.scene;
    let goroutines = match &app.view {
        View::Members(_) => format!("2 Goroutines of a group {}", number(app.items.len())),
        _ => format!("2 Goroutines {}", number(scene.snapshot.goroutines.len())),
    };
    let problems = scene.findings.len();
    let tabs = [
        (matches!(app.view, View::Threads), format!("1 Threads {}", number(scene.snapshot.threads.len()))),
        (matches!(app.view, View::Groups | View::Members(_)), goroutines),
        (matches!(app.view, View::Problems), format!("3 Problems {problems}")),
    ];
    let mut pieces = Pieces::new();
    for (here, text) in tabs {
        let (tone, text) =
            if here { (Tone::Strong, format!("[{text}]")) } else { (Tone::Dim, format!(" {text} ")) };
        pieces.push((tone, text));
        pieces.push((Tone::Plain, " ".to_owned()));
    }
    if !app.filter.is_empty() {
        pieces.push((Tone::Odd, format!("only with \"{}\"", app.filter)));
    }
    put(buffer, app.theme, y, &pieces);
}

fn list(app: &App, buffer: &mut Buffer, areas: &Areas) {
    let (list, visible) = (app.list(), app.visible());
    let slots = slots(app, visible, areas.list.width);
    if let Some(y) = areas.titles {
        titles(app, &list, &slots, buffer, y);
    }
    for (at, &item) in visible.iter().take(usize::from(areas.list.height)).enumerate() {
        let y = areas.list.y + at as u16;
        row(&list, item, &slots, buffer, y, app.theme);
        if app.cursor().top + at == app.cursor().at {
            buffer.set_style(Rect { y, height: 1, ..areas.list }, app.theme.selected());
        }
    }
    if app.items.is_empty() && areas.list.height > 0 {
        let text = if !app.filter.is_empty() {
            "no line holds that text"
        } else if matches!(app.view, View::Problems) {
            "no problems seen"
        } else if matches!(app.view, View::Members(_)) {
            "all of them have ended or do something else now; Esc goes back"
        } else {
            "nothing to show"
        };
        write(buffer, areas.list.x, areas.list.y, areas.list.width, text, app.theme.style(Tone::Dim));
    }
}

/// Where the columns of these lines are.
pub(super) fn slots(app: &App, items: &[Item], width: u16) -> Vec<Slot> {
    let list = app.list();
    let mut widest = widest(&list, items);
    let sorted = app.cursor().column;
    if let Some(widest) = widest.get_mut(sorted).filter(|widest| **widest > 0) {
        // The heading has an arrow.
        *widest = (*widest).max(list.columns()[sorted].title.len() as u16 + 1);
    }
    layout(list.columns(), &widest, width)
}

/// The headings of the columns.
pub(super) fn titles(app: &App, list: &List<'_>, slots: &[Slot], buffer: &mut Buffer, y: u16) {
    let style = app.theme.style(Tone::Heading);
    buffer.set_style(Rect { y, height: 1, ..buffer.area }, style);
    for slot in slots {
        let column = &list.columns()[slot.column];
        let mut title = column.title.to_owned();
        if app.cursor().column == slot.column && !title.is_empty() {
            title.push(if column.large_first != app.cursor().reversed { '▼' } else { '▲' });
        }
        let shift = if column.right { slot.width.saturating_sub(title.chars().count() as u16) } else { 0 };
        write(buffer, buffer.area.x + slot.x + shift, y, slot.width - shift, &title, style);
    }
}

/// One line of a list.
pub(super) fn row(list: &List<'_>, item: Item, slots: &[Slot], buffer: &mut Buffer, y: u16, theme: Theme) {
    for slot in slots {
        let (text, tone) = list.cell(item, slot.column);
        let width = Span::raw(&*text).width().min(usize::from(slot.width)) as u16;
        let shift = if list.columns()[slot.column].right { slot.width - width } else { 0 };
        write(buffer, buffer.area.x + slot.x + shift, y, slot.width - shift, &text, theme.style(tone));
    }
}

fn details(app: &mut App, buffer: &mut Buffer, place: Rect) {
    let line = "─".repeat(usize::from(place.width));
    write(buffer, place.x, place.y, place.width, &line, app.theme.style(Tone::Dim));
    let Some(subject) = app.selected() else { return };
    let lines = wrapped(detail(&app.scene, &subject), usize::from(place.width));
    let room = usize::from(place.height.saturating_sub(1));
    app.scroll = app.scroll.min(lines.len().saturating_sub(room));
    for (at, (tone, text)) in lines.iter().skip(app.scroll).take(room).enumerate() {
        write(buffer, place.x, place.y + 1 + at as u16, place.width, text, app.theme.style(*tone));
    }
    if lines.len() > room {
        let shown =
            format!(" {}-{} of {}, J K ", app.scroll + 1, (app.scroll + room).min(lines.len()), lines.len());
        let x = place.right().saturating_sub(shown.len() as u16 + 2).max(place.x);
        write(buffer, x, place.y, place.right() - x, &shown, app.theme.style(Tone::Dim));
    }
}

/// Lines no wider than this; what continues a line stands further to the right than it.
pub(super) fn wrapped(lines: Lines, width: usize) -> Lines {
    let mut narrow = Lines::new();
    for (tone, line) in lines {
        let indent = line.len() - line.trim_start().len();
        let further = (indent + 4).min(width / 2);
        let mut rest = line;
        while Span::raw(&*rest).width() > width && width > 0 {
            let mut used = 0;
            let fits = rest.char_indices().find(|&(at, c)| {
                used += Span::raw(&rest[at..at + c.len_utf8()]).width();
                used > width
            });
            let most = fits.map_or(rest.len(), |(at, _)| at);
            let inside = rest[..most].rfind(' ').filter(|&at| at > further);
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let end = inside.unwrap_or(most).max(first);
            let next = format!("{}{}", " ".repeat(further), rest[end..].trim_start());
            narrow.push((tone, rest[..end].to_owned()));
            // Where a sign is as wide as the screen, an indent would never let it end.
            rest = if next.len() < rest.len() { next } else { rest[end..].to_owned() };
        }
        narrow.push((tone, rest));
    }
    narrow
}

fn help(app: &App, buffer: &mut Buffer, areas: &Areas) {
    let area = buffer.area;
    let from = areas.tabs.or(areas.titles).unwrap_or(areas.list.y);
    let room = usize::from(areas.list.bottom().saturating_sub(from));
    let about = [
        "K is the kernel's letter: R runs, S sleeps, D cannot be disturbed.",
        "PIN: the goroutine pinned to the thread. DIFFERS IN: what the thread has of its own,",
        "and most of its siblings have not; ! marks what a problem is about.",
    ];
    let mut lines = Lines::new();
    for (keys, what) in HELP {
        let wide = area.width >= 70;
        lines.push((Tone::Plain, if wide { format!("{keys:<34}{what}") } else { format!("{keys}: {what}") }));
    }
    lines.extend(about.iter().map(|line| (Tone::Dim, (*line).to_owned())));
    let lines = wrapped(lines, usize::from(area.width));
    for (at, (tone, line)) in lines.iter().take(room).enumerate() {
        write(buffer, area.x, from + at as u16, area.width, line, app.theme.style(*tone));
    }
}

fn footer(app: &App, buffer: &mut Buffer, y: u16) {
    if let Some(prompt) = &app.prompt {
        let label = if prompt.filters { "Filter: " } else { "Search: " };
        // The end of what is being typed is what one looks at.
        let room = usize::from(buffer.area.width).saturating_sub(label.len() + 1);
        let hidden = prompt.text.chars().count().saturating_sub(room);
        let text: String = prompt.text.chars().skip(hidden).chain(['_']).collect();
        put(buffer, app.theme, y, &vec![(Tone::Word, label.to_owned()), (Tone::Strong, text)]);
        return;
    }
    if !app.notice.is_empty() {
        put(buffer, app.theme, y, &vec![(Tone::Odd, app.notice.clone())]);
        return;
    }
    let mut pieces = Pieces::new();
    for (key, what) in HINTS {
        pieces.push((Tone::Strong, (*key).to_owned()));
        pieces.push((Tone::Dim, format!(" {what}  ")));
    }
    put(buffer, app.theme, y, &pieces);
}

//! One frame as text, for scripts: everything, and nothing that only a terminal understands.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::App;
use super::detail::Lines;
use super::header::figures;
use super::lists::View;
use super::screen::{row, slots, titles, wrapped};
use super::theme::Tone;
use super::words;
use crate::output::severity;

/// Name and facts; behind them stands what is only true of a picture that goes on.
const TITLE: usize = 2;

/// The header, all problems, all threads, all groups of goroutines.
pub(super) fn frame(app: &mut App, width: u16) -> String {
    let mut text = String::new();
    for (at, mut line) in figures(app, width).into_iter().enumerate() {
        if at == 0 {
            // There is no next look to announce.
            line.pieces.truncate(TITLE);
        }
        let line: String = line.pieces.into_iter().map(|(_, text)| text).collect();
        plain(app, &line, width, &mut text);
    }
    text.push('\n');
    let mut lines = Lines::new();
    for finding in &app.scene.findings {
        let level = severity(finding.severity);
        let message = words::clean(&finding.message);
        lines.push((Tone::Plain, format!("{level}[{}]: {message}", finding.rule)));
    }
    if lines.is_empty() {
        lines.push((Tone::Plain, "no problems seen".to_owned()));
    }
    for gap in &app.scene.snapshot.gaps {
        lines.push((Tone::Plain, format!("not shown: {} ({})", gap.part.name(), gap.reason)));
    }
    for (_, line) in wrapped(lines, usize::from(width)) {
        plain(app, &line, width, &mut text);
    }
    for view in [View::Threads, View::Groups] {
        text.push('\n');
        app.show(view);
        table(app, width, &mut text);
    }
    text
}

/// A list with all its lines.
fn table(app: &App, width: u16, text: &mut String) {
    let (list, slots) = (app.list(), slots(app, &app.items, width));
    let line = |draw: &dyn Fn(&mut Buffer)| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        draw(&mut buffer);
        app.theme.simplify(&mut buffer);
        of(&buffer)
    };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}", line(&|buffer| titles(app, &list, &slots, buffer, 0)));
    for &item in &app.items {
        let _ = writeln!(text, "{}", line(&|buffer| row(&list, item, &slots, buffer, 0, app.theme)));
    }
}

fn plain(app: &App, line: &str, width: u16, text: &mut String) {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
    buffer.set_stringn(0, 0, line, usize::from(width), ratatui::style::Style::new());
    app.theme.simplify(&mut buffer);
    text.push_str(&of(&buffer));
    text.push('\n');
}

/// The text of a buffer, without blanks at the ends of lines.
pub(super) fn of(buffer: &Buffer) -> String {
    let lines = buffer.content.chunks(usize::from(buffer.area.width.max(1))).map(|cells| {
        let mut line = String::new();
        let mut covered = 0;
        for cell in cells {
            if covered == 0 {
                line.push_str(cell.symbol());
            }
            covered = ratatui::text::Span::raw(cell.symbol()).width().max(covered).saturating_sub(1);
        }
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

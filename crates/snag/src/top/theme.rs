//! What stands out, and how: with colors, without, and without anything but ASCII.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Theme {
    pub color: bool,
    pub unicode: bool,
}

/// What a text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tone {
    #[default]
    Plain,
    /// Less important than the rest.
    Dim,
    /// A heading, or a number that one looks for.
    Strong,
    /// A key, a rule: a word with a meaning.
    Word,
    /// Worth a look.
    Odd,
    /// Wrong.
    Bad,
    /// The heading of a list.
    Heading,
}

impl Theme {
    pub(super) fn style(self, tone: Tone) -> Style {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        match (tone, self.color) {
            (Tone::Plain, _) => plain,
            (Tone::Dim, true) => plain.fg(Color::DarkGray),
            (Tone::Dim, false) => plain,
            (Tone::Strong, _) => bold,
            (Tone::Word, true) => plain.fg(Color::Cyan),
            (Tone::Word, false) => plain,
            (Tone::Odd, true) => plain.fg(Color::Yellow),
            (Tone::Odd, false) => bold,
            (Tone::Bad, true) => bold.fg(Color::Red),
            (Tone::Bad, false) => bold.add_modifier(Modifier::UNDERLINED),
            (Tone::Heading, true) => plain.fg(Color::Black).bg(Color::Green),
            (Tone::Heading, false) => plain.add_modifier(Modifier::REVERSED),
        }
    }

    /// The line that is selected.
    pub(super) fn selected(self) -> Style {
        let plain = Style::new();
        if self.color {
            plain.fg(Color::Black).bg(Color::Cyan)
        } else {
            plain.add_modifier(Modifier::REVERSED)
        }
    }

    /// Leaves nothing on the screen that the terminal cannot show.
    pub(super) fn simplify(self, buffer: &mut Buffer) {
        if self.unicode {
            return;
        }
        for cell in &mut buffer.content {
            if let Some(plain) = ascii(cell.symbol()) {
                cell.set_char(plain);
            }
        }
    }
}

/// The bars of trends, from nothing to the largest.
pub(super) const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII_BARS: [char; 9] = [' ', '.', ':', '-', '=', '+', '*', '#', '@'];

fn ascii(symbol: &str) -> Option<char> {
    let symbol = symbol.chars().next().filter(|symbol| !symbol.is_ascii())?;
    if let Some(height) = BARS.iter().position(|bar| *bar == symbol) {
        return Some(ASCII_BARS[height]);
    }
    Some(match symbol {
        '─' => '-',
        '…' => '~',
        '▲' => '^',
        '▼' => 'v',
        _ => '?',
    })
}

//! Columns that fit into any width.

/// A column of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub title: &'static str,
    pub width: Width,
    pub right: bool,
    /// The columns with the least go first where there is not enough room.
    pub keep: u8,
    /// Whether sorting begins with the largest.
    pub large_first: bool,
}

/// How wide a column is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Width {
    /// Always so wide.
    Fixed(u16),
    /// As wide as the widest cell, within these limits; left out if all cells are empty.
    Content(u16, u16),
    /// Its part of what is left.
    Share(u16),
}

/// Where a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub column: usize,
    pub x: u16,
    pub width: u16,
}

/// A column that shares the rest says nothing in less.
const LEAST: u16 = 12;

impl Column {
    pub(super) const fn new(title: &'static str, width: Width, keep: u8) -> Column {
        Column { title, width, right: false, keep, large_first: false }
    }

    /// Of numbers, which line up at the right.
    pub(super) const fn number(self) -> Column {
        Column { right: true, ..self }
    }

    pub(super) const fn large_first(self) -> Column {
        Column { large_first: true, ..self }
    }

    fn least(&self, widest: u16) -> u16 {
        match self.width {
            Width::Fixed(width) => width,
            Width::Content(_, _) if widest == 0 => 0,
            Width::Content(from, to) => widest.clamp(from, to),
            Width::Share(_) => LEAST,
        }
    }
}

/// Places the columns; `widest` has the width of the widest cell of each.
pub(super) fn layout(columns: &[Column], widest: &[u16], width: u16) -> Vec<Slot> {
    let least = |at: usize| columns[at].least(widest.get(at).copied().unwrap_or(0));
    let mut shown: Vec<usize> = (0..columns.len()).filter(|&at| least(at) > 0).collect();
    let needed = |shown: &[usize]| {
        let cells: u32 = shown.iter().map(|&at| u32::from(least(at))).sum();
        cells + shown.len().saturating_sub(1) as u32
    };
    while shown.len() > 1 && needed(&shown) > u32::from(width) {
        let Some(worst) = (0..shown.len()).min_by_key(|&at| columns[shown[at]].keep) else { break };
        shown.remove(worst);
    }
    let spare = u32::from(width).saturating_sub(needed(&shown));
    let part = |at: usize| match columns[at].width {
        Width::Share(part) => u32::from(part),
        Width::Fixed(_) | Width::Content(..) => 0,
    };
    let parts: u32 = shown.iter().map(|&at| part(at)).sum();
    let mut slots = Vec::new();
    let (mut x, mut given) = (0, 0);
    let last_share = shown.iter().rposition(|&at| part(at) > 0);
    for (index, &column) in shown.iter().enumerate() {
        let mut extra = (spare * part(column)).checked_div(parts).unwrap_or(0);
        given += extra;
        if last_share == Some(index) {
            extra += spare - given;
        }
        let wanted = least(column).saturating_add(extra as u16);
        let width = wanted.min(width.saturating_sub(x));
        slots.push(Slot { column, x, width });
        x = x.saturating_add(width).saturating_add(1);
    }
    slots
}

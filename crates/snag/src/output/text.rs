//! A finding in rustc's look: the place, the reasoning beside it, the repair below.

use std::rc::Rc;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use snag_rules::Severity;

use crate::report::{Report, Source, Spot, distinct};

/// The finding, an empty line behind it. Each of the notes has a word that says what it is.
pub(crate) fn render(report: &Report, notes: &[(&'static str, String)], color: bool) -> String {
    let level = match report.severity {
        Severity::Info => Level::INFO,
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    let mut main = Group::with_title(level.primary_title(report.message.as_str()).id(report.rule));
    for source in shown(report) {
        main = main.element(snippet(report, source));
    }
    if report.function.is_some() {
        main = main.element(Level::NOTE.message(format!("run \"snag explain {}\"", report.rule)));
    }
    for (word, note) in notes {
        main = main.element(Level::NOTE.with_name(*word).message(note.as_str()));
    }
    let mut groups = vec![main];
    if let Some(fix) = &report.fix {
        let mut group = Group::with_title(Level::HELP.secondary_title(fix.title.as_str()));
        for source in distinct(fix.edits.iter().map(|(spot, _)| spot)) {
            let edits = fix.edits.iter().filter(|(spot, _)| Rc::ptr_eq(&spot.source, source));
            let patches = edits.map(|(spot, text)| Patch::new(source.range(spot.span), text.clone()));
            group = group.element(
                Snippet::source(source.text.clone()).path(source.display.to_string()).patches(patches),
            );
        }
        groups.push(group);
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    in_bytes(renderer.render(&groups), report) + "\n\n"
}

/// The finding's file, then those of the reasons in their order.
fn shown(report: &Report) -> Vec<&Rc<Source>> {
    distinct(std::iter::once(&report.spot).chain(report.why.iter().map(|(spot, _)| spot)))
}

/// Columns count bytes, as those of Go's tools do; the renderer counts characters.
fn in_bytes(mut text: String, report: &Report) -> String {
    let why = report.why.iter().map(|(spot, _)| spot);
    let edits = report.fix.iter().flat_map(|fix| &fix.edits).map(|(spot, _)| spot);
    for spot in std::iter::once(&report.spot).chain(why).chain(edits) {
        let (position, characters) = (spot.start(), spot.column_in_characters());
        if characters == position.column {
            continue;
        }
        let place = |column| format!(" {}:{}:{column}", spot.source.display, position.line);
        let (wrong, right) = (place(characters), place(position.column));
        let mut from = 0;
        while let Some(at) = text[from..].find(&wrong).map(|at| from + at) {
            let end = at + wrong.len();
            from = end;
            if !text[end..].starts_with(|next: char| next.is_ascii_digit()) {
                text.replace_range(at..end, &right);
                from = at + right.len();
            }
        }
    }
    text
}

fn snippet<'s>(report: &Report, source: &Rc<Source>) -> Snippet<'s, Annotation<'s>> {
    let here = |spot: &Spot| Rc::ptr_eq(&spot.source, source);
    let mut snippet = Snippet::source(source.text.clone()).path(source.display.to_string());
    // A reason for the very place of the finding is its label.
    let is_label = |spot: &Spot| here(&report.spot) && here(spot) && spot.span == report.spot.span;
    if here(&report.spot) {
        let mut primary = AnnotationKind::Primary.span(source.range(report.spot.span));
        let labels: Vec<&str> = report
            .why
            .iter()
            .filter(|(spot, _)| is_label(spot))
            .map(|(_, message)| message.as_str())
            .collect();
        if !labels.is_empty() {
            primary = primary.label(labels.join("; "));
        }
        snippet = snippet.annotation(primary);
    }
    for (spot, message) in report.why.iter().filter(|(spot, _)| here(spot) && !is_label(spot)) {
        let range = source.range(spot.span);
        snippet = snippet.annotation(AnnotationKind::Context.span(range).label(message.clone()));
    }
    snippet
}

//! YAML events to a tree with places.

use super::template::{self, Neutral};
use super::{Found, Located, same_length_utf8};
use crate::{Problem, Span};
use granit_parser::{Event, Options, Parser, ScalarStyle};
use rustc_hash::FxHashMap;
use std::cell::Cell;

/// Merge keys that are followed for one look-up.
const MAX_MERGES: usize = 32;
/// Entries that all look-ups in one file may pass: aliases can make a small text a large tree.
const MAX_WORK: usize = 20_000_000;
const MAX_PROBLEMS: usize = 20;

/// All documents of a file.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Data>,
    /// One per document; nothing for one that is empty or broken.
    pub(super) roots: Vec<Option<usize>>,
    /// Entries that look-ups have passed.
    work: Cell<usize>,
}

#[derive(Debug)]
struct Data {
    span: Span,
    kind: DataKind,
}

#[derive(Debug)]
enum DataKind {
    Scalar { text: String, is_block: bool, is_known: bool },
    Sequence(Vec<usize>),
    Mapping(Vec<(usize, usize)>),
}

/// A text and its tree.
pub(super) struct Loaded {
    pub(super) text: String,
    pub(super) tree: Tree,
    pub(super) is_template: bool,
    pub(super) problems: Vec<Problem>,
}

/// Reads `bytes`; if they are no YAML because of template expressions, once more without those.
pub(super) fn load(bytes: &[u8]) -> Loaded {
    let bytes = &bytes[..bytes.len().min(u32::MAX as usize - 1)];
    let text = without_definitions(same_length_utf8(bytes));
    let (tree, problems) = parse(&text, 0, &[]);
    let braces = text.find("{{");
    let (Some(braces), false) = (braces, problems.is_empty()) else {
        return Loaded { text, tree, is_template: braces.is_some(), problems };
    };
    let Neutral { text, expressions } = template::neutralize(&text);
    let (tree, more) = parse(&text, 0, &expressions);
    let at = Span::new(braces as u32, braces as u32 + 2);
    let mut problems =
        vec![Problem { span: at, message: "this is a template: its expressions have no value here".into() }];
    problems.extend(more);
    Loaded { text, tree, is_template: true, problems }
}

/// Definitions of Kubernetes resources run nothing, and are longer than all that does: they are blanked out.
fn without_definitions(text: String) -> String {
    const DEFINITION: &[u8] = b"\nkind: CustomResourceDefinition";
    if memchr::memmem::find(text.as_bytes(), DEFINITION).is_none() {
        return text;
    }
    let mut bytes = text.into_bytes();
    let mut marks: Vec<usize> = memchr::memmem::find_iter(&bytes, b"\n---").collect();
    marks.push(bytes.len());
    let mut start = 0;
    for end in marks {
        if memchr::memmem::find(&bytes[start..end], DEFINITION).is_some() {
            bytes[start..end].fill(b'\n');
        }
        // The mark that begins the next document stays.
        start = (end + "\n---".len()).min(bytes.len());
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Reads `text`, which stands at `base` in its file. Scalars that touch one of `expressions` have no known value.
pub(super) fn parse(text: &str, base: u32, expressions: &[Span]) -> (Tree, Vec<Problem>) {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.emit_unresolved_aliases = true;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder { base, expressions, ..Builder::default() };
    let mut problems = Vec::new();
    loop {
        match parser.next_event() {
            None => break,
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or(0..0);
                builder.event(event, Span::new(range.start as u32, range.end as u32));
            }
            Some(Err(error)) => {
                let at = base + error.marker().byte_offset().unwrap_or(0) as u32;
                let message = error.kind().to_string().to_lowercase();
                problems.push(Problem { span: Span::at(at), message });
                builder.abandon();
                // A broken document costs itself only.
                if problems.len() >= MAX_PROBLEMS || !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
    (builder.tree, problems)
}

#[derive(Default)]
struct Builder<'e> {
    tree: Tree,
    base: u32,
    expressions: &'e [Span],
    /// Open collections: node, anchor, key that waits for its value.
    open: Vec<(usize, usize, Option<usize>)>,
    anchors: FxHashMap<usize, usize>,
    in_document: bool,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::DocumentStart(..) => {
                self.anchors.clear();
                self.open.clear();
                self.tree.roots.push(None);
                self.in_document = true;
            }
            Event::DocumentEnd => self.in_document = false,
            Event::Scalar(text, style, anchor, _) => {
                let touches = self.expressions.partition_point(|expression| expression.end <= span.start);
                let is_known =
                    self.expressions.get(touches).is_none_or(|expression| expression.start >= span.end);
                let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let node = self.add(span, DataKind::Scalar { text: text.into_owned(), is_block, is_known });
                self.complete(node, anchor);
            }
            Event::Alias(anchor) => {
                // An alias to a collection around itself would make the tree endless: it is unknown.
                let node = match self.anchors.get(&anchor) {
                    Some(&node) => node,
                    None => self.unknown(span),
                };
                self.attach(node);
            }
            Event::UnresolvedAlias(_) => {
                let node = self.unknown(span);
                self.attach(node);
            }
            Event::SequenceStart(_, anchor, _) => {
                let node = self.add(span, DataKind::Sequence(Vec::new()));
                self.open.push((node, anchor, None));
            }
            Event::MappingStart(_, anchor, _) => {
                let node = self.add(span, DataKind::Mapping(Vec::new()));
                self.open.push((node, anchor, None));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((node, anchor, _)) = self.open.pop() {
                    self.complete(node, anchor);
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, span: Span, kind: DataKind) -> usize {
        let span = Span::new(span.start.saturating_add(self.base), span.end.saturating_add(self.base));
        self.tree.nodes.push(Data { span, kind });
        self.tree.nodes.len() - 1
    }

    fn unknown(&mut self, span: Span) -> usize {
        self.add(span, DataKind::Scalar { text: String::new(), is_block: false, is_known: false })
    }

    fn complete(&mut self, node: usize, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
        let end = self.tree.nodes[node].span.end;
        if let Some(&(parent, ..)) = self.open.last() {
            let span = &mut self.tree.nodes[parent].span;
            span.end = span.end.max(end);
        }
        self.attach(node);
    }

    fn attach(&mut self, node: usize) {
        let Some((parent, _, key)) = self.open.last_mut() else {
            if let (Some(root), true) = (self.tree.roots.last_mut(), self.in_document) {
                *root = Some(node);
            }
            return;
        };
        match (&mut self.tree.nodes[*parent].kind, key.take()) {
            (DataKind::Sequence(items), _) => items.push(node),
            (DataKind::Mapping(entries), Some(key)) => entries.push((key, node)),
            (DataKind::Mapping(_), None) => *key = Some(node),
            (DataKind::Scalar { .. }, _) => {}
        }
    }

    fn abandon(&mut self) {
        self.open.clear();
        self.in_document = false;
        if let Some(root) = self.tree.roots.last_mut() {
            *root = None;
        }
    }
}

impl Tree {
    pub(super) fn node(&self, index: usize) -> Node<'_> {
        Node { tree: self, index }
    }

    fn spend(&self, work: usize) -> bool {
        self.work.set(self.work.get().saturating_add(work));
        !self.is_exhausted()
    }

    /// Whether look-ups were cut off.
    pub(super) fn is_exhausted(&self) -> bool {
        self.work.get() > MAX_WORK
    }
}

/// A place in a tree.
#[derive(Clone, Copy)]
pub(super) struct Node<'t> {
    tree: &'t Tree,
    index: usize,
}

impl<'t> Node<'t> {
    fn kind(self) -> &'t DataKind {
        &self.tree.nodes[self.index].kind
    }

    pub(super) fn span(self) -> Span {
        self.tree.nodes[self.index].span
    }

    /// The text of a scalar whose value is known.
    pub(super) fn text(self) -> Option<&'t str> {
        match self.kind() {
            DataKind::Scalar { text, is_known: true, .. } => Some(text),
            _ => None,
        }
    }

    pub(super) fn located(self) -> Option<Located<String>> {
        Some(Located { value: self.text()?.to_owned(), span: self.span() })
    }

    pub(super) fn is_block_text(self) -> bool {
        matches!(self.kind(), DataKind::Scalar { is_block: true, .. })
    }

    pub(super) fn is_mapping(self) -> bool {
        matches!(self.kind(), DataKind::Mapping(_))
    }

    pub(super) fn items(self) -> impl Iterator<Item = Node<'t>> {
        let items: &[usize] = match self.kind() {
            DataKind::Sequence(items) => items,
            _ => &[],
        };
        items.iter().map(move |&index| Node { index, ..self })
    }

    /// The entries of a mapping, without those that are merged into it.
    pub(super) fn entries(self) -> impl Iterator<Item = (Node<'t>, Node<'t>)> {
        let entries: &[(usize, usize)] = match self.kind() {
            DataKind::Mapping(entries) => entries,
            _ => &[],
        };
        entries.iter().map(move |&(key, value)| (Node { index: key, ..self }, Node { index: value, ..self }))
    }

    /// The value of `key` in this mapping, or in one that is merged into it.
    pub(super) fn get(self, key: &str) -> Option<Node<'t>> {
        let mut merges = MAX_MERGES;
        let mut waiting = vec![self];
        while let Some(node) = waiting.pop() {
            if !self.tree.spend(1 + node.entries().count()) {
                return None;
            }
            if let Some((_, value)) = node.entries().filter(|(name, _)| name.text() == Some(key)).last() {
                return Some(value);
            }
            for (_, merged) in node.entries().filter(|(name, _)| name.text() == Some("<<")) {
                let single = merged.is_mapping().then_some(merged);
                let several: Vec<_> = merged.items().take(merges).collect();
                for next in several.into_iter().rev().chain(single) {
                    if merges > 0 {
                        merges -= 1;
                        waiting.push(next);
                    }
                }
            }
        }
        None
    }

    /// Follows keys.
    pub(super) fn path(self, keys: &[&str]) -> Option<Node<'t>> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The words of a sequence of scalars, as many as `found` can hold.
    pub(super) fn strings(self, found: &mut Found) -> Vec<Located<String>> {
        let known = self.items().filter_map(Node::located);
        known.take_while(|_| found.spend()).collect()
    }
}

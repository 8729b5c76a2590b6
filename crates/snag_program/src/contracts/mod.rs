//! What comments and directives ask of the thread that calls a function: contracts.
//!
//! A directive (`//snag:affine NAME`, `//snag:main-thread`, `//snag:pinned`) is as good as a row of the tables. A
//! comment counts only in wordings that can mean nothing else: see [`words`].

mod words;

use rustc_hash::FxHashMap;
use snag_syntax::go::ast::{Body, FuncDecl};
use snag_syntax::go::comment::{self, Comments, Directive, SnagDirective};
use snag_syntax::{Span, Symbol};
use snag_threads::{LockBehavior, StateId};

use crate::ir::{self, Callee, FileId, FuncId, Place, Value};
use crate::load::PackageId;
use crate::names::{Object, World};
use crate::native::{Slot, Touch};
use crate::program::Program;

pub use words::Kind;

/// A body that is longer says more than the comment in it.
const SHORT_BODY: usize = 400;

/// What a function asks of the thread that calls it.
#[derive(Clone, Debug)]
pub struct Contract {
    /// What.
    pub kind: Kind,
    /// Said in a comment, not by a directive.
    pub from_words: bool,
    /// Where: the comment or directive.
    pub place: Place,
    /// The state that a directive names.
    slot: Option<Slot>,
    /// The Go function whose comment says so.
    by: Option<FuncId>,
}

impl Contract {
    /// The callers have to be pinned.
    pub fn asks_for_pin(&self) -> bool {
        matches!(self.kind, Kind::Pinned | Kind::MainThread)
    }

    /// A directive says that only the main thread may call; comments tell of the main thread too easily.
    pub(crate) fn demands_main_thread(&self) -> bool {
        self.kind == Kind::MainThread && !self.from_words
    }

    /// What a call of a function of `package` shares with other calls.
    pub(crate) fn touches(&self, package: PackageId) -> Option<Touch> {
        let (reads, writes) = match self.kind {
            Kind::Pinned | Kind::MainThread => return None,
            Kind::SameThread => (true, true),
            Kind::Sets => (false, true),
            Kind::Reads => (true, false),
        };
        let slot = self.slot.unwrap_or(Slot::Documented(package));
        Some(Touch { slot, reads, writes, takes: false, at: Some(self.place) })
    }
}

/// The contracts of a program.
#[derive(Clone, Debug, Default)]
pub struct Contracts {
    go: FxHashMap<FuncId, Contract>,
    c: FxHashMap<(PackageId, Symbol), Contract>,
}

impl Contracts {
    /// That of a Go function.
    pub fn of(&self, function: FuncId) -> Option<&Contract> {
        self.go.get(&function)
    }

    /// The functions that a directive leaves to the main thread.
    pub(crate) fn for_main_thread(&self) -> impl Iterator<Item = FuncId> + '_ {
        let demanding = self.go.iter().filter(|(_, contract)| contract.demands_main_thread());
        demanding.map(|(&function, _)| function)
    }

    /// That of a C function which `package` calls by this name.
    pub fn of_c(&self, package: PackageId, name: Symbol) -> Option<&Contract> {
        self.c.get(&(package, name))
    }

    /// Takes what the packages say, except the words of functions that care for their thread themselves: these tell
    /// what the function does, and ask nothing of its callers.
    pub(crate) fn settle(program: &mut Program, found: Vec<(FuncId, Contract)>) {
        let mut pinning: FxHashMap<FuncId, bool> = FxHashMap::default();
        let words = found.iter().filter(|(_, contract)| contract.from_words);
        pinning.extend(words.filter_map(|(_, contract)| Some((contract.by?, false))));
        if !pinning.is_empty() {
            for (id, function) in program.functions() {
                let root = function.outer.map_or(id, |outer| program.root(outer));
                if let Some(pins) = pinning.get_mut(&root) {
                    *pins |= function.body.as_ref().is_some_and(|body| pins_itself(program, body));
                }
            }
        }
        for (function, contract) in found {
            let told = contract.by.and_then(|by| pinning.get(&by)).is_some_and(|&pins| pins);
            if !(contract.from_words && told) {
                program.contracts.go.entry(function).or_insert(contract);
            }
        }
    }

    /// Reads the comments of a C function.
    pub(crate) fn add_c(&mut self, package: PackageId, name: Symbol, text: &str, place: Place) {
        let Some((kind, sentence)) = words::kind_of(text) else { return };
        let contract = Contract { kind, from_words: true, place, slot: None, by: None };
        if matches!(kind, Kind::SameThread | Kind::Reads) {
            for other in words::names_in(&sentence).into_iter().filter(|&other| other != name) {
                let sets = Contract { kind: Kind::Sets, ..contract.clone() };
                self.c.entry((package, other)).or_insert(sets);
            }
        }
        self.c.insert((package, name), contract);
    }
}

/// The contracts of a package's functions.
pub(crate) fn collect(
    world: &World<'_>,
    package: PackageId,
    sources: &FxHashMap<FileId, Vec<u8>>,
) -> Vec<(FuncId, Contract)> {
    let names = &world.packages[package.0 as usize];
    let mut found = Vec::new();
    let worth =
        |text: &[u8]| [&b"hread"[..], b"snag:"].iter().any(|word| memchr::memmem::find(text, word).is_some());
    let files: FxHashMap<FileId, &[u8]> =
        sources.iter().filter(|(_, text)| worth(text)).map(|(&file, text)| (file, text.as_slice())).collect();
    if files.is_empty() {
        return found;
    }
    for &id in &names.funcs {
        let func = &world.funcs[id.index()];
        let Some(source) = files.get(&func.file) else { continue };
        let comments = Comments::new(source, &world.files[func.file.index()].tree.comments);
        let Some((mut contract, sentence)) = contract_of(func.decl, func.file, source, &comments) else {
            continue;
        };
        contract.by = Some(id);
        if matches!(contract.kind, Kind::SameThread | Kind::Reads) && contract.from_words {
            // "must be called on the thread that called Open": Open leaves what this one needs.
            for other in words::names_in(&sentence) {
                if let Some(&Object::Func(other)) = names.scope.get(&other)
                    && other != id
                {
                    found.push((other, Contract { kind: Kind::Sets, ..contract.clone() }));
                }
            }
        }
        found.push((id, contract));
    }
    // What a function says itself comes before what others say of it.
    found.sort_by_key(|(id, contract)| (*id, contract.kind == Kind::Sets));
    found
}

fn contract_of(
    decl: &FuncDecl<'_>,
    file: FileId,
    source: &[u8],
    comments: &Comments<'_>,
) -> Option<(Contract, String)> {
    let doc = comments.doc(decl.span.start);
    for (directive, span) in comments.directives_of(decl.span.start) {
        let (kind, slot) = match directive {
            Directive::Snag(SnagDirective::Pinned) => (Kind::Pinned, None),
            Directive::Snag(SnagDirective::MainThread) => (Kind::MainThread, None),
            Directive::Snag(SnagDirective::Affine { state, .. }) if !state.is_empty() => {
                (Kind::SameThread, Some(named_slot(state)))
            }
            _ => continue,
        };
        let contract = Contract { kind, from_words: false, place: Place { file, span }, slot, by: None };
        return Some((contract, String::new()));
    }
    let mut texts: Vec<(Span, String)> = Vec::new();
    if let (Some(first), Some(last)) = (doc.first(), doc.last()) {
        let lines: Vec<_> = doc.iter().map(|&span| comment::text(source, span)).collect();
        texts.push((Span::new(first.start, last.end), lines.join("\n")));
    }
    texts.extend(
        comments.on_line(decl.span.end).iter().map(|&span| (span, comment::text(source, span).into_owned())),
    );
    texts.extend(inside_of(decl, source));
    let (span, (kind, sentence)) =
        texts.into_iter().find_map(|(span, text)| Some((span, words::kind_of(&text)?)))?;
    let contract = Contract { kind, from_words: true, place: Place { file, span }, slot: None, by: None };
    Some((contract, sentence))
}

/// Whether a body calls, or hands on, a function that changes the pin.
fn pins_itself(program: &Program, body: &ir::Body) -> bool {
    let named = body.values.iter().filter_map(|value| match *value {
        Value::Func(id) | Value::Bound(_, id) => Some(Callee::Function(id)),
        _ => None,
    });
    body.calls.iter().map(|call| call.callee).chain(named).any(|callee| {
        let api = program.called(callee).and_then(|(path, name)| snag_threads::api(path, &name));
        api.is_some_and(|api| api.locks != LockBehavior::No)
    })
}

/// The state of the tables with this name, or one of the program's own.
fn named_slot(name: &str) -> Slot {
    StateId::named(name).map_or_else(|| Slot::Named(Symbol::new(name)), |state| Slot::State(state, ""))
}

/// The comments in a body that is empty, or hands on to C: the body itself says nothing of the thread.
fn inside_of(decl: &FuncDecl<'_>, source: &[u8]) -> Option<(Span, String)> {
    let (Body::Skipped(span) | Body::Parsed(snag_syntax::go::ast::Block { span, .. })) = decl.body else {
        return None;
    };
    let text = std::str::from_utf8(span.slice(source)).ok().filter(|text| text.len() <= SHORT_BODY)?;
    let text = text.trim_start_matches('{').trim_end_matches('}');
    let (mut comments, mut code) = (String::new(), String::new());
    let mut rest = text;
    while let Some(at) = rest.find("//").into_iter().chain(rest.find("/*")).min() {
        code.push_str(&rest[..at]);
        let (end, close) = if rest[at..].starts_with("//") { ("\n", 1) } else { ("*/", 2) };
        let length = rest[at + 2..].find(end).map_or(rest.len() - at, |length| length + 2 + close);
        comments.push_str(rest[at + 2..at + length].trim_end_matches("*/"));
        comments.push('\n');
        rest = &rest[at + length..];
    }
    code.push_str(rest);
    (!comments.is_empty() && (code.trim().is_empty() || code.contains("C."))).then_some((span, comments))
}

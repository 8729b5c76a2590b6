//! From C texts to the events of the functions that Go calls.

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use snag_syntax::c::{self, AccessKind, CallKind, Sharing, Value};
use snag_syntax::{Span, Symbol};
use snag_threads::{Arch, Arg, CIs, c_function};

use super::sources::{PackageSources, Text};
use super::{CArg, CFunction, Event, Native, Variable, What, resolve};
use crate::ir::{Callee, FileId, FuncId, Place};
use crate::load::PackageId;
use crate::program::{FileInfo, Program};

/// Events of one function; more say nothing new.
const EVENTS: usize = 96;
const DEPTH: usize = 16;

/// Follows the C functions that Go calls. C files become files of the program, so that findings can point into them.
pub(crate) fn link(program: &mut Program, sources: Vec<PackageSources>) {
    let mut native = Native::default();
    for package in sources {
        let ids = add_files(program, &package);
        let exports = exported(program, &package);
        native.exports.extend(exports.values().copied());
        let linker = Linker::new(package.package, &package.texts, &ids, &exports);
        for name in called(program, package.package) {
            if let Some((function, doc)) = linker.function(name) {
                if let Some(doc) = doc {
                    program.contracts.add_c(package.package, name, &doc, function.place);
                }
                native.functions.insert((package.package, name), function);
            }
        }
    }
    program.native = native;
}

fn add_files(program: &mut Program, package: &PackageSources) -> Vec<FileId> {
    let add = |text: &Text| {
        if let Some(id) = text.go {
            return id;
        }
        let like = program.workspace.package(package.package);
        let info = FileInfo {
            path: text.path.clone(),
            display: text.display.clone(),
            package: package.package,
            version: like.files.first().map(|file| file.version).unwrap_or(crate::load::GoVersion::NEWEST),
            is_go: false,
            is_cgo: true,
            is_test: false,
            first_party: like.first_party,
        };
        program.files.push(info);
        FileId(program.files.len() as u32 - 1)
    };
    package.texts.iter().map(add).collect()
}

fn exported(program: &Program, package: &PackageSources) -> FxHashMap<Symbol, FuncId> {
    if package.exports.is_empty() {
        return FxHashMap::default();
    }
    let names: FxHashSet<(FileId, Symbol)> = package.exports.iter().copied().collect();
    let functions = program
        .functions()
        .filter(|(_, function)| function.outer.is_none() && names.contains(&(function.file, function.name)));
    functions.map(|(id, function)| (function.name, id)).collect()
}

fn called(program: &Program, package: PackageId) -> Vec<Symbol> {
    let mut names = FxHashSet::default();
    for function in program.functions.iter().filter(|function| function.package == package) {
        for call in function.body.iter().flat_map(|body| &body.calls) {
            if let Callee::C(name) = call.callee {
                names.insert(name);
            }
        }
    }
    let mut names: Vec<Symbol> = names.into_iter().collect();
    names.sort_by_key(|name| name.as_str());
    names
}

type Key = (usize, usize);

struct Linker<'s> {
    package: PackageId,
    texts: &'s [Text],
    ids: &'s [FileId],
    exports: &'s FxHashMap<Symbol, FuncId>,
    /// Definitions by name; those that other files do not see come last.
    definitions: FxHashMap<&'s str, Vec<Key>>,
    declarations: FxHashMap<&'s str, Key>,
    macros: FxHashMap<&'s str, (usize, usize)>,
    thread_locals: FxHashMap<&'s str, Vec<(usize, &'s c::Variable)>>,
}

impl<'s> Linker<'s> {
    fn new(
        package: PackageId,
        texts: &'s [Text],
        ids: &'s [FileId],
        exports: &'s FxHashMap<Symbol, FuncId>,
    ) -> Linker<'s> {
        let (definitions, declarations, macros, thread_locals) = Default::default();
        let mut linker =
            Linker { package, texts, ids, exports, definitions, declarations, macros, thread_locals };
        for (at, text) in texts.iter().enumerate() {
            for (index, function) in text.c.functions.iter().enumerate() {
                match function.body {
                    Some(_) => linker.definitions.entry(&function.name).or_default().push((at, index)),
                    None => drop(linker.declarations.entry(&function.name).or_insert((at, index))),
                }
            }
            for (index, known) in text.c.macros.iter().enumerate() {
                if known.params.is_some() && !known.calls.is_empty() {
                    linker.macros.entry(&known.name).or_insert((at, index));
                }
            }
            for variable in text.c.variables.iter().filter(|variable| variable.sharing != Sharing::Process) {
                linker.thread_locals.entry(&variable.name).or_default().push((at, variable));
            }
        }
        linker
    }

    /// The function that Go calls by this name, and the comment that comes with it.
    fn function(&self, name: Symbol) -> Option<(CFunction, Option<Arc<str>>)> {
        let defined = self.definition(name.as_str(), None);
        let (at, index) = defined.or_else(|| self.declarations.get(name.as_str()).copied())?;
        let function = &self.texts[at].c.functions[index];
        let docs = self.definitions.get(name.as_str()).into_iter().flatten();
        let docs = docs.chain(self.declarations.get(name.as_str()));
        let doc = docs.filter_map(|&(at, index)| self.texts[at].c.functions[index].doc.as_ref()).next();
        let inside = function.body.as_ref().filter(|body| body.calls.is_empty());
        let inside = inside.and_then(|body| self.texts[at].c.comments_in(body.span).first());
        let mut walk =
            Walk { linker: self, events: vec![], active: vec![], memo: FxHashMap::default(), go: vec![] };
        if defined.is_some() {
            walk.events = walk.of((at, index)).to_vec();
        } else if inside.is_none() && doc.is_none() || c_function(name.as_str()).is_some() {
            // What the tables know of a library function is more than a declaration says.
            return None;
        }
        let place = Place { file: self.ids[at], span: function.name_span };
        let waits = |event: &Event| match event.what {
            What::Row(name, _) if c_function(name)?.blocks => Some((Symbol::new(name), event.at)),
            _ => None,
        };
        let blocks = walk.events.iter().find_map(waits);
        let answers = function.result.base != "void" || function.result.pointers > 0;
        let function = CFunction { place, blocks, calls_go: walk.go, events: walk.events, answers };
        Some((function, doc.or(inside).map(|comment| comment.text.clone())))
    }

    /// The definition that a call in the text `from`, or in Go, reaches.
    fn definition(&self, name: &str, from: Option<usize>) -> Option<Key> {
        let known = self.definitions.get(name)?;
        let visible = |&&(at, index): &&Key| {
            let is_static = self.texts[at].c.functions[index].storage.is_static;
            from == Some(at) || !is_static || self.texts[at].go.is_some() || is_header(&self.texts[at])
        };
        let own = known.iter().find(|&&(at, _)| from == Some(at));
        own.or_else(|| known.iter().find(visible)).copied()
    }

    fn thread_local(&self, at: usize, function: usize, name: &str) -> Option<(Variable, &'s c::Variable)> {
        let known = self.thread_locals.get(name)?;
        let own = known.iter().find(|(file, variable)| {
            *file == at && variable.function.is_none_or(|inside| inside == function)
        });
        let is_shared = |variable: &c::Variable| !variable.storage.is_static && variable.function.is_none();
        let (file, variable) = own.or_else(|| known.iter().find(|(_, variable)| is_shared(variable)))?;
        let file = (!is_shared(variable)).then(|| self.ids[*file]);
        Some((Variable { package: self.package, file, name: Symbol::new(name) }, variable))
    }
}

fn is_header(text: &Text) -> bool {
    text.path.extension().is_some_and(|extension| extension == "h" || extension == "hpp" || extension == "hh")
}

/// Collects the events of one function and of all it calls.
struct Walk<'l, 's> {
    linker: &'l Linker<'s>,
    events: Vec<Event>,
    active: Vec<Key>,
    memo: FxHashMap<Key, Rc<[Event]>>,
    go: Vec<FuncId>,
}

/// Something of a body, by the place where it takes effect.
enum Item<'s> {
    Call(&'s c::Call),
    Variable(&'s c::Access),
    Errno(&'s c::Access),
}

impl<'s> Walk<'_, 's> {
    fn of(&mut self, key: Key) -> Rc<[Event]> {
        if let Some(known) = self.memo.get(&key) {
            return Rc::clone(known);
        }
        if self.active.len() > DEPTH || self.active.contains(&key) {
            return Rc::from([]);
        }
        self.active.push(key);
        let (at, index) = key;
        let function = &self.linker.texts[at].c.functions[index];
        let mut events = Vec::new();
        let filled = self.filled(key);
        for (_, item) in function.body.iter().flat_map(items) {
            if events.len() >= EVENTS {
                break;
            }
            self.item(key, item, &filled, &mut events);
            if events.last().is_some_and(forks) {
                // What follows is mostly about the child.
                break;
            }
        }
        events.truncate(EVENTS);
        self.active.pop();
        let events: Rc<[Event]> = events.into();
        self.memo.insert(key, Rc::clone(&events));
        events
    }

    fn item(&mut self, key: Key, item: Item<'s>, filled: &FxHashSet<u32>, events: &mut Vec<Event>) {
        let file = self.linker.ids[key.0];
        let place = |span: Span| Place { file, span };
        match item {
            Item::Errno(access) => {
                events.push(Event { at: place(access.span), what: What::Errno(access.kind) })
            }
            Item::Variable(access) => {
                let known = self.linker.thread_local(key.0, key.1, &access.name);
                if let Some((variable, declared)) = known
                    && declared.sharing == Sharing::Thread
                {
                    let fills = filled.contains(&access.span.start) && access.kind == AccessKind::Read;
                    let what = What::Variable(variable, if fills { filling(declared) } else { access.kind });
                    events.push(Event { at: place(access.span), what });
                }
            }
            Item::Call(call) => self.call(key, call, events),
        }
    }

    fn call(&mut self, key: Key, call: &'s c::Call, events: &mut Vec<Event>) {
        let at = Place { file: self.linker.ids[key.0], span: call.span };
        let args: Vec<CArg> =
            call.arguments.iter().map(|argument| self.argument(key, &argument.value)).collect();
        if call.kind == CallKind::Plain {
            if let Some(callee) = self.linker.definition(&call.name, Some(key.0)) {
                let inner = self.of(callee);
                events.extend(inner.iter().map(|event| substitute(event, &args)));
                return;
            }
            if let Some(&function) = self.linker.exports.get(&Symbol::new(&call.name)) {
                self.go.push(function);
            }
            if let Some(&(text, index)) = self.linker.macros.get(call.name.as_str()) {
                let known = &self.linker.texts[text].c.macros[index];
                if self.active.len() <= DEPTH && known.calls.iter().all(|inner| inner.name != call.name) {
                    self.active.push((text, usize::MAX - index));
                    known.calls.iter().for_each(|inner| self.call(key, inner, events));
                    self.active.pop();
                    return;
                }
            }
            if let Some(what) = self.slot_of_key(key, call) {
                events.push(Event { at, what });
                return;
            }
            if let Some(row) = c_function(&call.name) {
                events.push(Event { at, what: What::Row(name_of(row, &call.name), args) });
                return;
            }
        }
        if !matches!(events.last(), Some(Event { what: What::Other, .. })) {
            events.push(Event { at, what: What::Other });
        }
    }

    /// `pthread_setspecific(key, value)`: the slot is the key's.
    fn slot_of_key(&self, key: Key, call: &c::Call) -> Option<What> {
        let kind = match c_function(&call.name)?.is? {
            CIs::KeyWrite if call.arguments.get(1).is_some_and(|value| value.value == Value::Null) => {
                AccessKind::Clear
            }
            CIs::KeyWrite => AccessKind::Write,
            CIs::KeyRead => AccessKind::Read,
            _ => return None,
        };
        let Value::Name(name) = &call.arguments.first()?.value else { return None };
        let (variable, _) = self.linker.thread_local(key.0, key.1, name)?;
        Some(What::Variable(variable, kind))
    }

    /// Where the arguments begin whose memory a call fills: `strcpy(last_error, text)`.
    fn filled(&mut self, key: Key) -> FxHashSet<u32> {
        let linker = self.linker;
        let mut found = FxHashSet::default();
        if linker.thread_locals.is_empty() {
            return found;
        }
        let function = &linker.texts[key.0].c.functions[key.1];
        for call in function.body.iter().flat_map(|body| &body.calls) {
            for (position, argument) in call.arguments.iter().enumerate() {
                let start = match &argument.value {
                    // Behind a cast.
                    Value::Name(name) => argument.span.end.saturating_sub(name.len() as u32),
                    _ => argument.span.start,
                };
                if self.fills(key, call, position) {
                    found.insert(start);
                }
            }
        }
        found
    }

    /// Whether the call fills the memory that its argument points to.
    fn fills(&mut self, key: Key, call: &c::Call, position: usize) -> bool {
        if call.kind != CallKind::Plain {
            return false;
        }
        let stored = |name: &str| c_function(name).and_then(|row| row.stores);
        let Some(callee) = self.linker.definition(&call.name, Some(key.0)) else {
            return stored(&call.name) == Some(position as u8);
        };
        let of_caller = |args: &[CArg], at: u8| matches!(args.get(usize::from(at)), Some(&CArg::Param(param)) if usize::from(param) == position);
        self.of(callee).iter().any(|event| match &event.what {
            What::Row(name, args) => stored(name).is_some_and(|at| of_caller(args, at)),
            _ => false,
        })
    }

    fn argument(&self, (at, index): Key, value: &Value) -> CArg {
        let c = &self.linker.texts[at].c;
        CArg::Known(match value {
            Value::Int(number) => i64::try_from(*number).map_or(Arg::Unknown, Arg::Int),
            Value::Null => Arg::Nil,
            Value::AddressOf(_) => Arg::Address,
            Value::Text(text) => Arg::Str(Symbol::new(text).as_str()),
            Value::Name(name) => {
                let params = c.functions.get(index).map_or(&[][..], |function| &function.params);
                if let Some(param) = params.iter().position(|param| param.name == *name) {
                    return CArg::Param(param.min(255) as u8);
                }
                constant(c, name).map_or(Arg::Unknown, Arg::Int)
            }
            Value::Flags(names) => {
                let all: Option<Vec<i64>> = names.iter().map(|name| constant(c, name)).collect();
                all.map_or(Arg::Unknown, |bits| Arg::Int(bits.into_iter().fold(0, |a, b| a | b)))
            }
            Value::Other => Arg::Unknown,
        })
    }
}

/// What filling the memory does to the variable: a pointer is read for it.
fn filling(variable: &c::Variable) -> AccessKind {
    if variable.ty.text.contains('*') { AccessKind::ReadWrite } else { AccessKind::Write }
}

fn forks(event: &Event) -> bool {
    let What::Row(name, args) = &event.what else { return false };
    c_function(name).is_some_and(|row| row.forks(&resolve(args, &[]), Arch::Amd64))
}

fn constant(c: &c::File, name: &str) -> Option<i64> {
    let number = name.strip_prefix("__NR_").map(|rest| format!("SYS_{rest}"));
    let known = snag_threads::constant(number.as_deref().unwrap_or(name), Arch::Amd64);
    known.or_else(|| c.constant(name).and_then(|value| i64::try_from(value).ok()))
}

/// Rows of a family keep the name that was called.
fn name_of(row: &'static snag_threads::CFunction, name: &str) -> &'static str {
    if row.name == name { row.name } else { Symbol::new(name).as_str() }
}

fn substitute(event: &Event, args: &[CArg]) -> Event {
    let mut event = event.clone();
    if let What::Row(_, own) = &mut event.what {
        for arg in own {
            if let CArg::Param(at) = *arg {
                *arg = args.get(at as usize).copied().unwrap_or(CArg::Known(Arg::Unknown));
            }
        }
    }
    event
}

/// A call takes effect when its arguments are known, a variable where it stands.
fn items(body: &c::Body) -> Vec<(u32, Item<'_>)> {
    let calls = body.calls.iter().map(|call| (call.span.end, Item::Call(call)));
    let variables = body.accesses.iter().map(|access| (access.span.start, Item::Variable(access)));
    let errno = body.errno.iter().map(|access| (access.span.start, Item::Errno(access)));
    let mut all: Vec<(u32, Item<'_>)> = calls.chain(variables).chain(errno).collect();
    all.sort_by_key(|&(at, _)| at);
    all
}

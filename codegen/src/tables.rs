//! The shape of the TOML tables. `crates/snag_threads/tables/README.md` says what each column means.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// All tables.
pub(super) struct Tables {
    pub(super) states: Vec<State>,
    pub(super) sets: Vec<Set>,
    pub(super) flags: Vec<Flag>,
    pub(super) constants: BTreeMap<String, i64>,
    pub(super) syscalls: Vec<Syscall>,
    pub(super) calls: Vec<Call>,
    pub(super) callbacks: Vec<Callback>,
    pub(super) goroutines: Vec<Goroutine>,
    pub(super) blocking: Vec<Blocking>,
    pub(super) properties: Vec<Property>,
    pub(super) imports: Vec<Import>,
    pub(super) functions: Vec<Function>,
    pub(super) paths: Vec<PathRow>,
    pub(super) facts: Vec<Fact>,
    pub(super) images: Images,
}

/// Names of images and registries, each with its source.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Images {
    pub(super) images: Sources,
    pub(super) registries: Sources,
}

/// Names of a row, each with its source.
pub(super) type Sources = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) scope: String,
    pub(super) scope_state: Option<String>,
    pub(super) os: Vec<String>,
    pub(super) inherited_by_thread: String,
    pub(super) inherited_by_fork: String,
    pub(super) restorable: String,
    #[serde(default)]
    pub(super) restore: String,
    pub(super) harm: String,
    pub(super) harm_reason: String,
    pub(super) effect: String,
    #[serde(default)]
    pub(super) set_by: Vec<String>,
    #[serde(default)]
    pub(super) observe: String,
    #[serde(default)]
    pub(super) process_wide_alternative: String,
    #[serde(default)]
    pub(super) measured: bool,
    #[serde(default)]
    pub(super) set_by_runtimes: bool,
    #[serde(default)]
    pub(super) held: bool,
    pub(super) source: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Set {
    pub(super) name: String,
    pub(super) states: Vec<String>,
    pub(super) note: String,
    pub(super) source: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flag {
    pub(super) name: String,
    pub(super) implies: Vec<String>,
    pub(super) states: Vec<String>,
    pub(super) undo: String,
    pub(super) undoable: bool,
    pub(super) source: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Syscall {
    pub(super) name: String,
    pub(super) amd64: Option<u32>,
    pub(super) arm64: Option<u32>,
    #[serde(default)]
    pub(super) unknown: Vec<String>,
    #[serde(default)]
    pub(super) arguments: Vec<String>,
    #[serde(default)]
    pub(super) note: String,
    pub(super) source: Vec<String>,
    #[serde(default)]
    pub(super) rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    #[serde(default)]
    pub(super) when: String,
    #[serde(default)]
    pub(super) memory: String,
    #[serde(default)]
    pub(super) writes: Vec<String>,
    #[serde(default)]
    pub(super) reads: Vec<String>,
    #[serde(default = "caller")]
    pub(super) target: String,
}

fn caller() -> String {
    "caller".to_owned()
}

fn yes() -> bool {
    true
}

fn all() -> Vec<String> {
    vec!["all".to_owned()]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    pub(super) package: String,
    #[serde(default)]
    pub(super) kind: Option<String>,
    #[serde(default = "all")]
    pub(super) os: Vec<String>,
    #[serde(default)]
    pub(super) writes: Vec<String>,
    #[serde(default)]
    pub(super) reads: Vec<String>,
    pub(super) as_syscall: Option<String>,
    #[serde(default)]
    pub(super) arguments: Vec<i8>,
    pub(super) number_argument: Option<u8>,
    #[serde(default)]
    pub(super) when: String,
    pub(super) requires: String,
    #[serde(default = "no")]
    pub(super) locks: String,
    #[serde(default)]
    pub(super) process_wide: bool,
    pub(super) all_threads_since: Option<String>,
    pub(super) all_threads_since_module: Option<String>,
    pub(super) module: Option<String>,
    #[serde(default)]
    pub(super) saves: Vec<String>,
    pub(super) saves_in: Option<u8>,
    #[serde(default)]
    pub(super) restores: bool,
    pub(super) restore_argument: Option<u8>,
    #[serde(default)]
    pub(super) restore_receiver: bool,
    pub(super) restore_constant: Option<String>,
    pub(super) since: Option<String>,
    #[serde(default)]
    pub(super) spawns: String,
    #[serde(default)]
    pub(super) note: String,
    #[serde(default)]
    pub(super) instead: String,
    pub(super) functions: Sources,
}

fn other() -> String {
    "other".to_owned()
}

fn no() -> String {
    "no".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Callback {
    pub(super) package: String,
    pub(super) argument: Option<u8>,
    pub(super) method: Option<String>,
    pub(super) when: String,
    #[serde(default)]
    pub(super) many: bool,
    #[serde(default)]
    pub(super) waits: bool,
    #[serde(default)]
    pub(super) pool: bool,
    #[serde(default)]
    pub(super) note: String,
    pub(super) functions: Sources,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Goroutine {
    pub(super) package: String,
    pub(super) work: String,
    /// `None` stands for code of the user, which depends on everything.
    pub(super) carries: Option<Vec<String>>,
    #[serde(default)]
    pub(super) unless: String,
    #[serde(default)]
    pub(super) by_argument: bool,
    #[serde(default)]
    pub(super) seldom: bool,
    pub(super) functions: Sources,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Blocking {
    pub(super) package: String,
    #[serde(default)]
    pub(super) goroutine: bool,
    #[serde(default)]
    pub(super) thread: bool,
    #[serde(default)]
    pub(super) reschedules: bool,
    #[serde(default)]
    pub(super) long: String,
    #[serde(default = "other")]
    pub(super) awaits: String,
    #[serde(default)]
    pub(super) when: String,
    #[serde(default)]
    pub(super) note: String,
    pub(super) functions: Sources,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Property {
    pub(super) package: String,
    pub(super) is: String,
    #[serde(default)]
    pub(super) argument: String,
    #[serde(default = "yes")]
    pub(super) returns: bool,
    pub(super) functions: Sources,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Import {
    pub(super) package: String,
    #[serde(default = "all")]
    pub(super) os: Vec<String>,
    #[serde(default)]
    pub(super) pins_main: bool,
    #[serde(default)]
    pub(super) sets_processors: bool,
    pub(super) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Function {
    pub(super) library: String,
    #[serde(default)]
    pub(super) header: String,
    #[serde(default)]
    pub(super) pattern: bool,
    #[serde(default)]
    pub(super) writes: Vec<String>,
    #[serde(default)]
    pub(super) reads: Vec<String>,
    pub(super) as_syscall: Option<String>,
    #[serde(default)]
    pub(super) arguments: Vec<i8>,
    pub(super) number_argument: Option<u8>,
    pub(super) requires: String,
    #[serde(default)]
    pub(super) process_wide: bool,
    #[serde(default)]
    pub(super) blocks: bool,
    pub(super) stores: Option<u8>,
    pub(super) is: Option<String>,
    #[serde(default)]
    pub(super) note: String,
    pub(super) names: Sources,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PathRow {
    pub(super) path: String,
    pub(super) view: String,
    #[serde(default)]
    pub(super) reads: Vec<String>,
    #[serde(default)]
    pub(super) writes: Vec<String>,
    #[serde(default)]
    pub(super) saves: Vec<String>,
    pub(super) meaning: String,
    pub(super) fix: String,
    pub(super) source: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fact {
    pub(super) id: String,
    pub(super) since: Option<String>,
    pub(super) before: Option<String>,
    pub(super) decided_by: String,
    pub(super) what: String,
    pub(super) source: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct States {
    state: Vec<State>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Syscalls {
    syscall: Vec<Syscall>,
}

/// A file below `go/`: any kind of row may stand beside the others of its package.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Go {
    call: Vec<Call>,
    callback: Vec<Callback>,
    goroutine: Vec<Goroutine>,
    blocking: Vec<Blocking>,
    property: Vec<Property>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Functions {
    function: Vec<Function>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sets {
    set: Vec<Set>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Flags {
    flag: Vec<Flag>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Constants {
    #[serde(rename = "source")]
    _source: String,
    constants: BTreeMap<String, i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Imports {
    import: Vec<Import>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Paths {
    path: Vec<PathRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    fact: Vec<Fact>,
}

/// The order of states decides which one an effect is "about", so their files are read in this order.
const STATE_FILES: [&str; 17] = [
    "namespaces",
    "files",
    "credentials",
    "security",
    "signals",
    "scheduling",
    "memory",
    "children",
    "kernel-objects",
    "processor",
    "identity",
    "go",
    "c-library",
    "graphics",
    "languages",
    "other-systems",
    "process",
];

impl Tables {
    /// Reads every table below the folder.
    pub(super) fn read(root: &Path) -> Result<Tables> {
        for path in files(&root.join("states"))? {
            let known = path.file_stem().is_some_and(|stem| STATE_FILES.iter().any(|name| stem == *name));
            ensure!(known, "{} is not in STATE_FILES of codegen/src/tables.rs", path.display());
        }
        let mut states = Vec::new();
        for name in STATE_FILES {
            states.extend(file::<States>(&root.join("states").join(name).with_extension("toml"))?.state);
        }
        let mut syscalls = Vec::new();
        for path in files(&root.join("syscalls"))? {
            syscalls.extend(file::<Syscalls>(&path)?.syscall);
        }
        let mut functions = Vec::new();
        for path in files(&root.join("c"))? {
            functions.extend(file::<Functions>(&path)?.function);
        }
        let mut go = Go::default();
        for path in files(&root.join("go"))? {
            let mut more = file::<Go>(&path)?;
            go.call.append(&mut more.call);
            go.callback.append(&mut more.callback);
            go.goroutine.append(&mut more.goroutine);
            go.blocking.append(&mut more.blocking);
            go.property.append(&mut more.property);
        }
        Ok(Tables {
            states,
            sets: file::<Sets>(&root.join("sets.toml"))?.set,
            flags: file::<Flags>(&root.join("flags.toml"))?.flag,
            constants: file::<Constants>(&root.join("constants.toml"))?.constants,
            syscalls,
            calls: go.call,
            callbacks: go.callback,
            goroutines: go.goroutine,
            blocking: go.blocking,
            properties: go.property,
            imports: file::<Imports>(&root.join("imports.toml"))?.import,
            functions,
            paths: file::<Paths>(&root.join("paths.toml"))?.path,
            facts: file::<Facts>(&root.join("versions.toml"))?.fact,
            images: file(&root.join("images.toml"))?,
        })
    }
}

fn file<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("in {}", path.display()))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

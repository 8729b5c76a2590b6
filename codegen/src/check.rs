//! What must hold for the tables, beyond their shape.

use super::condition;
use super::tables::{Sources, Tables};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

/// How many states a `StateSet` holds.
const CAPACITY: usize = 192;

/// Every mistake, as a sentence.
pub(super) fn problems(tables: &Tables) -> Vec<String> {
    let mut check = Check { tables, problems: Vec::new() };
    check.states();
    check.syscalls();
    check.go();
    check.functions();
    check.others();
    check.problems
}

struct Check<'a> {
    tables: &'a Tables,
    problems: Vec<String>,
}

impl Check<'_> {
    fn say(&mut self, problem: String) {
        self.problems.push(problem);
    }

    fn known(&mut self, at: &str, states: &[String]) {
        for name in states {
            let found = match name.strip_prefix('@') {
                Some(set) => self.tables.sets.iter().any(|row| row.name == set),
                None => self.tables.states.iter().any(|row| row.id == *name),
            };
            if !found {
                self.say(format!("{at}: no state or set {name}"));
            }
        }
    }

    fn sourced(&mut self, at: &str, source: &[String]) {
        if source.is_empty() || source.iter().any(|text| text.trim().is_empty()) {
            self.say(format!("{at}: no source"));
        }
    }

    fn all_sourced(&mut self, at: &str, names: &Sources) {
        if names.is_empty() {
            self.say(format!("{at}: a row without names"));
        }
        for (name, source) in names {
            self.sourced(&format!("{at} {name}"), std::slice::from_ref(source));
        }
    }

    fn unique<K: Eq + Hash + std::fmt::Debug>(&mut self, what: &str, keys: impl Iterator<Item = K>) {
        let mut seen = HashSet::new();
        for key in keys {
            if seen.contains(&key) {
                self.say(format!("{what} {key:?}: twice"));
            }
            seen.insert(key);
        }
    }

    fn states(&mut self) {
        let tables = self.tables;
        if tables.states.len() > CAPACITY {
            self.say(format!("more than {CAPACITY} states: enlarge StateSet"));
        }
        self.unique("state", tables.states.iter().map(|row| &row.id));
        for row in &tables.states {
            self.sourced(&row.id, &row.source);
            self.known(&row.id, row.scope_state.as_slice());
            for (column, text) in
                [("effect", &row.effect), ("harm_reason", &row.harm_reason), ("name", &row.name)]
            {
                if text.is_empty() {
                    self.say(format!("{}: empty {column}", row.id));
                }
            }
        }
        self.unique("set", tables.sets.iter().map(|row| &row.name));
        for row in &tables.sets {
            self.known(&row.name, &row.states);
            self.sourced(&row.name, &row.source);
        }
    }

    fn syscalls(&mut self) {
        let tables = self.tables;
        self.unique("system call", tables.syscalls.iter().map(|row| &row.name));
        self.unique("amd64 number", tables.syscalls.iter().filter_map(|row| row.amd64));
        self.unique("arm64 number", tables.syscalls.iter().filter_map(|row| row.arm64));
        for row in &tables.syscalls {
            self.sourced(&row.name, &row.source);
            self.known(&row.name, &row.unknown);
            for rule in &row.rule {
                self.known(&row.name, &rule.writes);
                self.known(&row.name, &rule.reads);
                if let Err(problem) = condition::rust(&rule.when, &tables.constants) {
                    self.say(format!("{}: {problem}", row.name));
                }
            }
        }
        for row in &tables.flags {
            self.known(&row.name, &row.states);
            self.sourced(&row.name, &row.source);
            if !tables.constants.contains_key(&row.name) {
                self.say(format!("{}: no such constant", row.name));
            }
        }
    }

    fn go(&mut self) {
        let tables = self.tables;
        self.unique("call", names(tables.calls.iter().map(|row| (&row.package, &row.functions))));
        self.unique("callback", names(tables.callbacks.iter().map(|row| (&row.package, &row.functions))));
        self.unique("goroutine", names(tables.goroutines.iter().map(|row| (&row.package, &row.functions))));
        self.unique("property", names(tables.properties.iter().map(|row| (&row.package, &row.functions))));
        self.unique("blocking", names(tables.blocking.iter().map(|row| (&row.package, &row.functions))));
        self.unique("import", tables.imports.iter().map(|row| &row.package));
        for row in &tables.calls {
            self.all_sourced(&row.package, &row.functions);
            for states in [&row.writes, &row.reads, &row.saves] {
                self.known(&row.package, states);
            }
            self.wrapped(&row.package, row.as_syscall.as_deref());
            if let Err(problem) = condition::rust(&row.when, &tables.constants) {
                self.say(format!("{}: {problem}", row.package));
            }
        }
        for row in &tables.callbacks {
            self.all_sourced(&row.package, &row.functions);
        }
        for row in &tables.goroutines {
            self.all_sourced(&row.package, &row.functions);
            self.known(&row.package, row.carries.as_deref().unwrap_or(&[]));
        }
        for row in &tables.blocking {
            self.all_sourced(&row.package, &row.functions);
            if !row.goroutine && !row.thread && !row.reschedules {
                self.say(format!("{}: a blocking row that does not block", row.package));
            }
            if row.awaits != "other" && row.long.is_empty() {
                self.say(format!("{}: awaits something, but not for long", row.package));
            }
            if !row.long.is_empty() && !row.thread {
                self.say(format!("{}: only a thread that is held can be held for long", row.package));
            }
            if let Err(problem) = condition::rust(&row.when, &tables.constants) {
                self.say(format!("{}: {problem}", row.package));
            }
        }
        for row in &tables.properties {
            self.all_sourced(&row.package, &row.functions);
        }
        for row in &tables.imports {
            self.sourced(&row.package, std::slice::from_ref(&row.source));
        }
    }

    fn wrapped(&mut self, at: &str, syscall: Option<&str>) {
        if let Some(name) = syscall
            && !self.tables.syscalls.iter().any(|row| row.name == name)
        {
            self.say(format!("{at}: no system call {name}"));
        }
    }

    fn functions(&mut self) {
        let tables = self.tables;
        self.unique("C function", tables.functions.iter().flat_map(|row| row.names.keys()));
        for row in &tables.functions {
            self.all_sourced(&row.library, &row.names);
            self.known(&row.library, &row.writes);
            self.known(&row.library, &row.reads);
            self.wrapped(&row.library, row.as_syscall.as_deref());
        }
    }

    fn others(&mut self) {
        let tables = self.tables;
        self.unique("path", tables.paths.iter().map(|row| &row.path));
        for row in &tables.paths {
            self.sourced(&row.path, &row.source);
            for states in [&row.reads, &row.writes, &row.saves] {
                self.known(&row.path, states);
            }
        }
        self.all_sourced("image", &tables.images.images);
        self.all_sourced("registry", &tables.images.registries);
        self.unique("fact", tables.facts.iter().map(|row| &row.id));
        for row in &tables.facts {
            self.sourced(&row.id, &row.source);
        }
    }
}

fn names<'a>(
    rows: impl Iterator<Item = (&'a String, &'a Sources)>,
) -> impl Iterator<Item = (&'a String, &'a String)> {
    rows.flat_map(|(package, functions)| functions.keys().map(move |name| (package, name)))
}

/// Import paths without their major version, for those that no other path of the tables becomes as well.
pub(super) fn bases(packages: &BTreeSet<&str>) -> Vec<(String, usize)> {
    let mut found: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, path) in packages.iter().enumerate() {
        let kept: Vec<&str> = path.split('/').filter(|element| !is_major_version(element)).collect();
        found.entry(kept.join("/")).or_default().push(at);
    }
    let mut bases: Vec<(String, usize)> =
        found.into_iter().filter(|(_, rows)| rows.len() == 1).map(|(base, rows)| (base, rows[0])).collect();
    bases.sort();
    bases
}

fn is_major_version(element: &str) -> bool {
    element
        .strip_prefix('v')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

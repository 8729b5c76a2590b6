//! Which declarations a user of the library can reach, and the files that are left.

use std::collections::{BTreeMap, BTreeSet};

use super::declarations::{Item, Kind, SourceFile, names};
use super::{Library, PackagedSource, Packages};

/// Reduces the library to what can be reached from exported declarations.
pub(super) fn reduce(library: &Library) -> Packages {
    let mut reach = Reach::new(library);
    for (path, package) in library {
        if !is_internal(path) {
            let items = package.files.values().flat_map(|file| &file.items);
            let exported = items.filter(|item| item.kind != Kind::Method).flat_map(|item| &item.names);
            exported.filter(|name| is_exported(name)).for_each(|name| reach.want(path, name));
        }
    }
    reach.run();
    let mut packages = Packages::new();
    for (path, package) in library {
        let kept = reach.kept.get(path.as_str());
        if kept.is_none_or(BTreeSet::is_empty) && is_internal(path) {
            continue;
        }
        packages.insert(path.clone(), files(package, &reach, path));
    }
    packages
}

fn is_internal(path: &str) -> bool {
    path.starts_with("vendor/") || path.split('/').any(|part| part == "internal")
}

fn is_exported(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase)
}

struct Reach<'l> {
    library: &'l Library,
    kept: BTreeMap<&'l str, BTreeSet<&'l str>>,
    /// Where each name is declared, and the methods of each type.
    items: BTreeMap<(&'l str, &'l str), Vec<(&'l SourceFile, &'l Item)>>,
    methods: BTreeMap<(&'l str, &'l str), Vec<(&'l SourceFile, &'l Item)>>,
    /// The lower-case names that interfaces of a package ask for.
    sealed: BTreeMap<&'l str, BTreeSet<&'l str>>,
    queue: Vec<(&'l str, &'l str)>,
}

impl<'l> Reach<'l> {
    fn new(library: &'l Library) -> Reach<'l> {
        let mut reach = Reach {
            library,
            kept: BTreeMap::new(),
            items: BTreeMap::new(),
            methods: BTreeMap::new(),
            sealed: BTreeMap::new(),
            queue: Vec::new(),
        };
        for (path, package) in library {
            let path = path.as_str();
            for file in package.files.values() {
                for item in &file.items {
                    if let Some(receiver) = &item.receiver {
                        reach.methods.entry((path, receiver)).or_default().push((file, item));
                        continue;
                    }
                    for name in &item.names {
                        reach.items.entry((path, name)).or_default().push((file, item));
                    }
                    if item.kind == Kind::Type && item.text.contains("interface") {
                        let lower = names(&item.text).into_iter().filter(|(_, name)| !is_exported(name));
                        reach.sealed.entry(path).or_default().extend(lower.map(|(_, name)| name));
                    }
                }
            }
        }
        reach
    }

    fn want(&mut self, path: &'l str, name: &'l str) {
        let Some((&(path, name), _)) = self.items.get_key_value(&(path, name)) else { return };
        if self.kept.entry(path).or_default().insert(name) {
            self.queue.push((path, name));
        }
    }

    fn run(&mut self) {
        while let Some((path, name)) = self.queue.pop() {
            let declared = self.items.get(&(path, name)).cloned().unwrap_or_default();
            for (file, item) in declared {
                for other in &item.names {
                    self.want(path, other);
                }
                self.follow(path, file, item);
            }
            for (file, item) in self.methods.get(&(path, name)).cloned().unwrap_or_default() {
                if self.keeps(path, item) {
                    self.follow(path, file, item);
                }
            }
        }
    }

    fn follow(&mut self, path: &'l str, file: &'l SourceFile, item: &'l Item) {
        for (qualifier, name) in names(&item.text) {
            match qualifier {
                None => {
                    // Parameter names look like references; functions and variables matter only in values.
                    let kinds =
                        self.items.get(&(path, name)).into_iter().flatten().map(|(_, item)| item.kind);
                    let matters = |kind| matches!(kind, Kind::Type | Kind::Const);
                    if matches!(item.kind, Kind::Var | Kind::Const) || kinds.into_iter().any(matters) {
                        self.want(path, name);
                    }
                }
                Some(qualifier) => {
                    if let Some(target) = self.imported(path, file, qualifier) {
                        self.want(target, name);
                    }
                }
            }
        }
    }

    /// Whether a method of a kept type is kept: it is exported, or an interface of the package asks for it.
    fn keeps(&self, path: &str, item: &Item) -> bool {
        item.names.iter().all(|name| {
            is_exported(name) || self.sealed.get(path).is_some_and(|names| names.contains(name.as_str()))
        })
    }

    fn imported(&self, path: &str, file: &'l SourceFile, qualifier: &str) -> Option<&'l str> {
        let package = self.library.get(path)?;
        file.imports.iter().find_map(|(name, written)| {
            let target = package.imports.get(written)?;
            let (target, imported) = self.library.get_key_value(target)?;
            let local = name.as_deref().unwrap_or(&imported.name);
            (local == qualifier).then_some(target.as_str())
        })
    }
}

fn files(package: &PackagedSource, reach: &Reach<'_>, path: &str) -> Vec<(String, String)> {
    let none = BTreeSet::new();
    let kept = reach.kept.get(path).unwrap_or(&none);
    let mut files = Vec::new();
    let mut always = false;
    for (name, file) in &package.files {
        let keeps = |item: &&Item| match &item.receiver {
            Some(receiver) => kept.contains(receiver.as_str()) && reach.keeps(path, item),
            None => item.names.iter().any(|name| kept.contains(name.as_str())),
        };
        let items: Vec<&Item> = file.items.iter().filter(keeps).collect();
        // A name such as x_linux.go, or a constraint, may leave a file out.
        always |= !items.is_empty() && file.constraint.is_none() && !name.contains('_');
        files.push((name.clone(), items.is_empty(), emit(package, reach, file, &items)));
    }
    // Where every file with declarations may be left out, the empty ones still say that the package is there.
    files.into_iter().filter(|(_, empty, _)| !always || !empty).map(|(name, _, text)| (name, text)).collect()
}

fn emit(package: &PackagedSource, reach: &Reach<'_>, file: &SourceFile, items: &[&Item]) -> String {
    let mut body = String::new();
    let mut open: Option<&str> = None;
    for item in items {
        // Runs of constants and variables share their keyword.
        let run = ["const", "var"].into_iter().find_map(|keyword| {
            let rest = item.text.strip_prefix(keyword)?.strip_prefix(' ')?;
            (!rest.starts_with('(')).then_some((keyword, rest))
        });
        if open.is_some() && open != run.map(|(keyword, _)| keyword) {
            body.push_str(")\n");
            open = None;
        }
        match run {
            Some((keyword, rest)) => {
                if open.is_none() {
                    body.push_str(&format!("{keyword} (\n"));
                    open = Some(keyword);
                }
                body.push_str(rest);
            }
            None => body.push_str(&item.text),
        }
        body.push('\n');
    }
    if open.is_some() {
        body.push_str(")\n");
    }
    let mut out = file.constraint.as_ref().map(|line| format!("//go:build {line}\n\n")).unwrap_or_default();
    out.push_str(&format!("package {}\n", file.package));
    let used: BTreeSet<&str> = names(&body).into_iter().filter_map(|(qualifier, _)| qualifier).collect();
    for (name, path) in &file.imports {
        let imported = package.imports.get(path).and_then(|target| reach.library.get(target));
        let local = name.as_deref().or(imported.map(|imported| imported.name.as_str()));
        if path != "C" && !local.is_some_and(|local| used.contains(local)) {
            continue;
        }
        let name = name.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
        out.push_str(&format!("import {name}\"{path}\"\n"));
    }
    out + &body
}

//! The generated file about Go packages.

use super::check::bases;
use super::condition;
use super::emit::{call, may, os, set, variant, version_value};
use super::tables::{Blocking, Call, Callback, Goroutine, Property, Tables};
use anyhow::{Result, bail, ensure};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The variant of `Requires`.
pub(super) fn requires(name: &str) -> String {
    match name {
        "none" => "Nothing".to_owned(),
        "reader+spawns" => "ReaderAndSpawns".to_owned(),
        "same-thread-as" => "SameThreadAs".to_owned(),
        other => variant(other),
    }
}

/// The text of the file.
pub(super) fn packages(tables: &Tables) -> Result<String> {
    let mut text = String::from(
        "use crate::effect::{Condition, Test, Value};\nuse crate::go::*;\nuse crate::os::OsSet;\nuse crate::property::{Is, Property};\nuse crate::state::*;\nuse crate::version::GoVersion;\n\n\
         pub(crate) static PACKAGES: &[Package] = &[\n",
    );
    let paths = paths(tables);
    for path in &paths {
        package(&mut text, tables, path)?;
    }
    text.push_str("];\n\npub(crate) static BASES: &[(&str, u16)] = &[\n");
    for (base, at) in bases(&paths) {
        let _ = writeln!(text, "    ({base:?}, {at}),");
    }
    let wild: Vec<usize> =
        paths.iter().enumerate().filter(|(_, path)| path.contains('*')).map(|(at, _)| at).collect();
    let _ = writeln!(text, "];\n\npub(crate) static WILDCARDS: &[u16] = &{wild:?};");
    Ok(text)
}

fn paths(tables: &Tables) -> BTreeSet<&str> {
    let calls = tables.calls.iter().map(|row| row.package.as_str());
    calls
        .chain(tables.callbacks.iter().map(|row| row.package.as_str()))
        .chain(tables.goroutines.iter().map(|row| row.package.as_str()))
        .chain(tables.blocking.iter().map(|row| row.package.as_str()))
        .chain(tables.properties.iter().map(|row| row.package.as_str()))
        .chain(tables.imports.iter().map(|row| row.package.as_str()))
        .collect()
}

fn package(text: &mut String, tables: &Tables, path: &str) -> Result<()> {
    let _ = writeln!(text, "    Package {{ path: {path:?},");
    let mut lines = Lines::default();
    for row in tables.calls.iter().filter(|row| row.package == path) {
        for (name, source) in &row.functions {
            lines.add(name, api(tables, row, name, source)?);
        }
    }
    lines.flush(text, "apis");
    for row in tables.callbacks.iter().filter(|row| row.package == path) {
        for (name, source) in &row.functions {
            lines.add(name, callback(row, name, source)?);
        }
    }
    lines.flush(text, "callbacks");
    for row in tables.goroutines.iter().filter(|row| row.package == path) {
        for (name, source) in &row.functions {
            lines.add(name, goroutine(tables, row, name, source));
        }
    }
    lines.flush(text, "goroutines");
    for row in tables.blocking.iter().filter(|row| row.package == path) {
        for (name, source) in &row.functions {
            lines.add(name, blocking(tables, row, name, source)?);
        }
    }
    lines.flush(text, "blocking");
    for row in tables.properties.iter().filter(|row| row.package == path) {
        for (name, source) in &row.functions {
            lines.add(name, property(row, name, source));
        }
    }
    lines.flush(text, "properties");
    let import = match tables.imports.iter().find(|row| row.package == path) {
        Some(row) => format!(
            "Some(ImportEffect {{ os: {}, pins_main: {}, sets_processors: {}, source: {:?} }})",
            os(&row.os)?,
            row.pins_main,
            row.sets_processors,
            row.source
        ),
        None => "None".to_owned(),
    };
    let _ = writeln!(text, "        import: {import} }},");
    Ok(())
}

/// Rows of one package, to be sorted by name.
#[derive(Default)]
struct Lines(Vec<(String, String)>);

impl Lines {
    fn add(&mut self, name: &str, line: String) {
        self.0.push((name.to_owned(), line));
    }

    fn flush(&mut self, text: &mut String, field: &str) {
        self.0.sort();
        if self.0.is_empty() {
            let _ = writeln!(text, "        {field}: &[],");
            return;
        }
        let _ = writeln!(text, "        {field}: &[");
        for (_, line) in self.0.drain(..) {
            let _ = writeln!(text, "            {line},");
        }
        text.push_str("        ],\n");
    }
}

fn api(tables: &Tables, row: &Call, name: &str, source: &str) -> Result<String> {
    let kind = match row.kind.as_deref() {
        None => "Call",
        Some("field") => "Field",
        Some(other) => bail!("{}: unknown kind {other}", row.package),
    };
    let locks = variant(&row.locks).replace("IsTheLock", "IsLock").replace("IsTheUnlock", "IsUnlock");
    let since = match &row.since {
        Some(version) => format!("Some({})", version_value(version)?),
        None => "None".to_owned(),
    };
    Ok(format!(
        "Api {{ package: {:?}, name: {name:?}, kind: Kind::{kind}, os: {}, writes: {}, reads: {}, requires: Requires::{}, \
         locks: LockBehavior::{locks}, spawns: {:?}, all_threads: {}, call: {}, saves: {}, restore: {}, since: {since}, \
         instead: {:?}, note: {:?}, source: {source:?} }}",
        row.package,
        os(&row.os)?,
        may(tables, &row.writes, row.as_syscall.as_deref(), true),
        may(tables, &row.reads, row.as_syscall.as_deref(), false),
        requires(&row.requires),
        row.spawns,
        all_threads(row)?,
        effects(tables, row)?,
        saves(tables, row),
        restore(row)?,
        row.instead,
        row.note
    ))
}

fn effects(tables: &Tables, row: &Call) -> Result<String> {
    let plain = call(row.as_syscall.as_deref(), &row.arguments, row.number_argument)?;
    if row.when.is_empty() {
        return Ok(plain);
    }
    if plain != "Call::Fixed" {
        bail!("{}: a condition belongs to the system call", row.package);
    }
    let conditions = condition::rust(&row.when, &tables.constants).map_err(anyhow::Error::msg)?;
    Ok(format!("Call::When({conditions})"))
}

fn all_threads(row: &Call) -> Result<String> {
    Ok(match (row.process_wide, &row.all_threads_since, &row.all_threads_since_module, &row.module) {
        (false, None, None, None) => "AllThreads::No".to_owned(),
        (true, None, None, None) => "AllThreads::Always".to_owned(),
        (false, Some(version), None, None) => format!("AllThreads::SinceGo({})", version_value(version)?),
        (false, None, Some(version), Some(module)) => {
            format!("AllThreads::SinceModule {{ module: {module:?}, version: {version:?} }}")
        }
        _ => bail!("{}: columns about all threads exclude each other", row.package),
    })
}

fn saves(tables: &Tables, row: &Call) -> String {
    if row.saves.is_empty() {
        return "None".to_owned();
    }
    let saved = match row.saves_in {
        Some(at) => format!("Saved::Argument({at})"),
        None => "Saved::Result".to_owned(),
    };
    format!("Some(Save {{ states: {}, saved: {saved} }})", set(tables, &row.saves))
}

fn restore(row: &Call) -> Result<String> {
    if row.restore_receiver {
        let alone = !row.restores && row.restore_argument.is_none() && row.restore_constant.is_none();
        ensure!(alone, "{}: columns about restoring exclude each other", row.package);
        return Ok("PutBack::SavedReceiver".to_owned());
    }
    Ok(match (row.restores, row.restore_argument, &row.restore_constant) {
        (false, None, None) => "PutBack::Never".to_owned(),
        (true, None, None) => "PutBack::Always".to_owned(),
        (false, Some(at), None) => format!("PutBack::Saved({at})"),
        (false, Some(at), Some(constant)) => format!("PutBack::SavedOr({at}, {constant:?})"),
        _ => bail!("{}: columns about restoring exclude each other", row.package),
    })
}

fn callback(row: &Callback, name: &str, source: &str) -> Result<String> {
    let argument = match (row.argument, &row.method) {
        (Some(at), None) => format!("CallbackArgument::Index({at})"),
        (Some(at), Some(method)) => format!("CallbackArgument::Method({at}, {method:?})"),
        (None, None) => "CallbackArgument::Field".to_owned(),
        (None, Some(_)) => bail!("{}: a method without argument", row.package),
    };
    Ok(format!(
        "Callback {{ name: {name:?}, argument: {argument}, when: When::{}, many: {}, waits: {}, pool: {}, note: {:?}, source: {source:?} }}",
        variant(&row.when),
        row.many,
        row.waits,
        row.pool,
        row.note
    ))
}

fn goroutine(tables: &Tables, row: &Goroutine, name: &str, source: &str) -> String {
    let carries = match &row.carries {
        Some(states) => format!("Carries::States({})", set(tables, states)),
        None => "Carries::Everything".to_owned(),
    };
    format!(
        "Spawn {{ name: {name:?}, work: {:?}, carries: {carries}, unless: {:?}, by_argument: {}, seldom: {}, source: {source:?} }}",
        row.work, row.unless, row.by_argument, row.seldom
    )
}

fn blocking(tables: &Tables, row: &Blocking, name: &str, source: &str) -> Result<String> {
    let when = condition::rust(&row.when, &tables.constants).map_err(anyhow::Error::msg)?;
    Ok(format!(
        "Blocking {{ name: {name:?}, goroutine: {}, thread: {}, reschedules: {}, long: {:?}, awaits: Awaits::{}, when: {when}, note: {:?}, source: {source:?} }}",
        row.goroutine,
        row.thread,
        row.reschedules,
        row.long,
        variant(&row.awaits),
        row.note
    ))
}

fn property(row: &Property, name: &str, source: &str) -> String {
    format!(
        "Property {{ name: {name:?}, is: Is::{}, argument: {:?}, returns: {}, source: {source:?} }}",
        variant(&row.is),
        row.argument,
        row.returns
    )
}

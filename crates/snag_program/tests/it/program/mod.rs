//! Names, types and bodies, seen through the calls, variables and loops of whole programs in memory.
//!
//! A source is a module `m`. `//= a, b` behind a line lists who is called on it, in the order in which the calls
//! end: `m.F`, `m.T.M`, `m.F.func1`, `I:m.I.M` through an interface, `B:len`, `C:f`, `V` for a function value, `?`,
//! and with `go ` or `defer ` in front.

mod bodies;
mod constants;
mod generics;
mod hostile;
mod names;

use std::fmt::Write as _;
use std::path::Path;

use snag_program::bundle::Bundled;
use snag_program::files::{Files, Memory};
use snag_program::ir::{Call, Callee, Function, Mode, Value};
use snag_program::load::{Config, Environment, load};
use snag_program::{Options, Program};
use snag_syntax::LineIndex;

fn config() -> Config {
    Config {
        goos: "linux".to_owned(),
        goarch: "amd64".to_owned(),
        cgo: true,
        tags: Vec::new(),
        tests: true,
        go_version: None,
        environment: Environment::default(),
    }
}

/// Files from sections `-- path --`; what comes before the first one is `main.go`.
fn files(text: &str) -> Memory {
    let mut memory = Memory::new();
    memory.file("/m/go.mod", "module m\n\ngo 1.26\n");
    let mut path = "main.go".to_owned();
    let mut content = String::new();
    for line in text.lines() {
        match line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
            Some(next) => {
                memory.file(Path::new("/m").join(&path), std::mem::take(&mut content));
                path = next.to_owned();
            }
            None => {
                content.push_str(line);
                content.push('\n');
            }
        }
    }
    memory.file(Path::new("/m").join(path), content);
    memory
}

fn read_with(text: &str, threads: usize) -> (Program, impl Files + use<>) {
    let files = Bundled::new(files(text));
    let workspace = load(&files, Path::new("/m"), &[], &config()).expect("there are packages");
    (Program::read(&files, workspace, Options { threads }), files)
}

fn read(text: &str) -> Program {
    read_with(text, 2).0
}

/// The function with this name, as [`Program::function_name`] has it.
fn function<'p>(program: &'p Program, name: &str) -> &'p Function {
    let mut all = program.functions().filter(|(id, _)| program.function_name(*id) == name);
    all.next().unwrap_or_else(|| panic!("no function {name}")).1
}

fn label(program: &Program, call: &Call) -> String {
    let mode = match call.mode {
        Mode::Plain => "",
        Mode::Go => "go ",
        Mode::Defer => "defer ",
    };
    let callee = match call.callee {
        Callee::Function(id) => program.function_name(id),
        Callee::Interface { interface, method } => match interface {
            Some(id) => {
                let info = program.type_info(id);
                format!("I:{}.{}.{method}", program.workspace.package(info.package).path, info.name)
            }
            None => format!("I:{method}"),
        },
        Callee::Value(_) => "V".to_owned(),
        Callee::Missing { package, name } => format!("missing {package}.{name}"),
        Callee::C(name) => format!("C:{name}"),
        Callee::Builtin(name) => format!("B:{name}"),
        Callee::Unknown => "?".to_owned(),
    };
    format!("{mode}{callee}")
}

/// Who is called on which line of which file.
fn calls(program: &Program, files: &dyn Files) -> Vec<(String, u32, u32, String)> {
    let mut found = Vec::new();
    for function in &program.functions {
        let info = program.file(function.file);
        let Some(body) = function.body.as_ref().filter(|_| info.first_party) else { continue };
        let index = LineIndex::new(&files.read(&info.path).expect("it was read"));
        for call in &body.calls {
            let line = index.position(call.span.end - 1).line;
            found.push((info.display.to_string(), line, call.span.end, label(program, call)));
        }
    }
    found.sort();
    found
}

/// Reads the program and compares the calls with what the sources say behind `//=`.
fn check(text: &str) -> Program {
    let (program, files) = read_with(text, 2);
    let calls = calls(&program, &files);
    let (mut expected, mut found) = (String::new(), String::new());
    for info in program.files.iter().filter(|info| info.first_party) {
        let source = files.read(&info.path).expect("it was read");
        for (at, line) in std::str::from_utf8(&source).expect("text").lines().enumerate() {
            let Some((_, wanted)) = line.split_once("//=") else { continue };
            let at = at as u32 + 1;
            let here = calls.iter().filter(|call| *call.0 == *info.display && call.1 == at);
            let labels: Vec<&str> = here.map(|call| call.3.as_str()).collect();
            let _ = writeln!(expected, "{}:{at}: {}", info.display, wanted.trim());
            let _ = writeln!(found, "{}:{at}: {}", info.display, labels.join(", "));
        }
    }
    assert!(!expected.is_empty(), "nothing is expected");
    assert_eq!(expected, found);
    program
}

/// The names of the captured variables of a function.
fn captured(function: &Function) -> Vec<&str> {
    function.vars.iter().filter(|var| var.captured).map(|var| var.name.as_str()).collect()
}

/// The arguments of the calls of a function, one line each, as far as they are constants.
fn constants(function: &Function) -> Vec<String> {
    let body = function.body.as_ref().expect("a body");
    let print = |value: Value| match value {
        Value::Int(value) => value.to_string(),
        Value::Str(text) => format!("{:?}", text.as_str()),
        Value::Bool(value) => value.to_string(),
        Value::Nil => "nil".to_owned(),
        _ => "?".to_owned(),
    };
    let args =
        |call: &Call| call.args.iter().map(|&arg| print(body.value(arg))).collect::<Vec<_>>().join(" ");
    body.calls.iter().map(args).collect()
}

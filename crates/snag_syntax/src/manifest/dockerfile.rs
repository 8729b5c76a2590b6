//! Dockerfiles: which Go program ends up in an image, built by which Go.

use super::{EnvValue, EnvVar, Located, same_length_utf8, words};
use crate::{Problem, Span};

/// What a Dockerfile builds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// Its stages; the last one is the image.
    pub stages: Vec<Stage>,
}

/// From one `FROM` to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stage {
    /// The image or the stage that it begins with.
    pub base: Option<Located<String>>,
    /// Its name.
    pub name: Option<String>,
    /// `ENTRYPOINT`
    pub entrypoint: Vec<Located<String>>,
    /// `CMD`
    pub command: Vec<Located<String>>,
    /// `ENV`
    pub env: Vec<EnvVar>,
    /// `COPY --from`
    pub copies: Vec<CopyFrom>,
    /// `go build` and `go install` in `RUN`
    pub builds: Vec<GoBuild>,
    /// All its lines.
    pub span: Span,
}

/// `COPY --from=stage source... target`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyFrom {
    /// The stage: its name, its number or an image.
    pub stage: String,
    /// What is copied.
    pub sources: Vec<String>,
    /// Where to.
    pub target: String,
    /// The instruction.
    pub span: Span,
}

/// A run of `go build` or `go install`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoBuild {
    /// What follows `-o`.
    pub output: Option<String>,
    /// What follows `-tags`.
    pub tags: Option<String>,
    /// The packages or files; none for the folder it runs in.
    pub packages: Vec<String>,
    /// `NAME=value` in front of it: `CGO_ENABLED=0`.
    pub env: Vec<(String, String)>,
    /// From `go` to its last argument.
    pub span: Span,
}

/// An instruction with its continuations.
struct Instruction<'t> {
    name: String,
    /// What follows the name, line breaks and comments included.
    rest: &'t str,
    at: u32,
    span: Span,
}

/// Reads a Dockerfile.
pub fn read_dockerfile(text: &[u8]) -> (Dockerfile, Vec<Problem>) {
    let lossy = same_length_utf8(&text[..text.len().min(u32::MAX as usize - 1)]);
    let escape = escape_of(&lossy);
    let text = words::without_inner_comments(&lossy, b"#", escape);
    let mut file = Dockerfile::default();
    let mut problems = Vec::new();
    let mut defaults = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (instruction, next) = instruction(&text, at, escape);
        at = next;
        let Some(instruction) = instruction else { continue };
        if instruction.name == "ARG" && file.stages.is_empty() {
            arg(&instruction, &mut defaults);
        } else if instruction.name == "FROM" {
            let mut stage = from(&instruction);
            if let Some(base) = &mut stage.base {
                base.value = filled_in(&base.value, &defaults);
            }
            file.stages.push(stage);
        } else if let Some(stage) = file.stages.last_mut() {
            stage.span.end = instruction.span.end;
            apply(stage, &instruction, escape);
        } else if problems.is_empty() {
            problems.push(Problem {
                span: instruction.span,
                message: "instruction before the first FROM".into(),
            });
        }
    }
    (file, problems)
}

/// `ARG NAME=value` in front of the first `FROM`; later ones may use earlier ones.
fn arg(instruction: &Instruction<'_>, defaults: &mut Vec<(String, String)>) {
    for word in words::split(instruction.rest, instruction.at).into_iter().take(MAX_ARGUMENTS) {
        if let Some((name, value)) = words::assignment(&word.value) {
            defaults.push((name.to_owned(), filled_in(value, defaults)));
        }
    }
    defaults.truncate(MAX_ARGUMENTS);
}

/// Arguments that are remembered, and the length of what comes of them: each may repeat all before it.
const MAX_ARGUMENTS: usize = 100;
const MAX_FILLED: usize = 1000;

/// Puts the defaults in the place of `$NAME`, `${NAME}` and `${NAME:-other}`; what has none stays.
fn filled_in(text: &str, defaults: &[(String, String)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$').filter(|_| out.len() < MAX_FILLED) {
        out.push_str(&rest[..dollar]);
        let behind = &rest[dollar + 1..];
        let (name, other, length) = match behind.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((inner, _)) => {
                let (name, other) = inner.split_once(":-").map_or((inner, None), |(a, b)| (a, Some(b)));
                (name, other, inner.len() + 2)
            }
            None => {
                let end = behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let name = &behind[..end.unwrap_or(behind.len())];
                (name, None, name.len())
            }
        };
        let known = defaults.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        match known.filter(|value| !value.is_empty()).or(other) {
            Some(value) => out.push_str(value),
            None => out.push_str(&rest[dollar..dollar + 1 + length]),
        }
        rest = &behind[length..];
    }
    out.push_str(rest);
    out
}

fn escape_of(text: &str) -> u8 {
    let directives = text.lines().take_while(|line| line.trim_start().starts_with('#'));
    let mut settings = directives.filter_map(|line| line.trim_start_matches(['#', ' ']).split_once('='));
    let backtick =
        settings.any(|(key, value)| key.trim().eq_ignore_ascii_case("escape") && value.trim() == "`");
    if backtick { b'`' } else { b'\\' }
}

/// The instruction at `start`, and the offset behind it and its here-documents.
fn instruction(text: &str, start: usize, escape: u8) -> (Option<Instruction<'_>>, usize) {
    let bytes = text.as_bytes();
    let mut line = start;
    let end = loop {
        let end = memchr::memchr(b'\n', &bytes[line..]).map_or(bytes.len(), |found| line + found);
        let content = bytes[line..end].trim_ascii_end();
        let comment = line == start && content.trim_ascii_start().starts_with(b"#");
        if end >= bytes.len() || comment || content.last() != Some(&escape) {
            break end;
        }
        line = end + 1;
    };
    let all = &text[start..end];
    let trimmed = all.trim_start();
    let first = start + (all.len() - trimmed.len());
    let trimmed = trimmed.trim_end();
    let next = end + 1;
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return (None, next);
    }
    let split = trimmed.find(|c: char| c.is_ascii_whitespace()).unwrap_or(trimmed.len());
    let (name, rest) = trimmed.split_at(split);
    let next = behind_here_documents(text, name, rest, next);
    let instruction = Instruction {
        name: name.to_ascii_uppercase(),
        rest,
        at: (first + split) as u32,
        span: Span::new(first as u32, (first + trimmed.len()) as u32),
    };
    (Some(instruction), next)
}

/// Passes over the lines of `RUN <<EOF`.
fn behind_here_documents(text: &str, name: &str, rest: &str, mut at: usize) -> usize {
    if !["RUN", "COPY", "ADD"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return at;
    }
    let mut search = rest;
    while let Some(found) = search.find("<<") {
        search = search[found + 2..].trim_start_matches('-');
        let quoted = search.trim_start_matches(['"', '\'']);
        let length = quoted.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(quoted.len());
        let delimiter = &quoted[..length];
        search = &quoted[length..];
        if delimiter.is_empty() {
            continue;
        }
        while at < text.len() {
            let end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |found| at + found);
            let line = text[at..end].trim();
            at = end + 1;
            if line == delimiter {
                break;
            }
        }
    }
    at
}

fn from(instruction: &Instruction<'_>) -> Stage {
    let words = words::split(instruction.rest, instruction.at);
    let mut plain = words.into_iter().filter(|word| !word.value.starts_with("--"));
    let base = plain.next();
    let is_named = plain.next().is_some_and(|word| word.value.eq_ignore_ascii_case("as"));
    let name = plain.next().filter(|_| is_named).map(|word| word.value);
    Stage { base, name, span: instruction.span, ..Stage::default() }
}

fn apply(stage: &mut Stage, instruction: &Instruction<'_>, escape: u8) {
    match instruction.name.as_str() {
        "ENTRYPOINT" => {
            stage.entrypoint = command(instruction);
            // An entry point of its own takes away the command of the base.
            stage.command.clear();
        }
        "CMD" => stage.command = command(instruction),
        "ENV" => env(stage, instruction),
        "COPY" => stage.copies.extend(copy(instruction)),
        "RUN" => go_builds(stage, &words::split(instruction.rest, instruction.at), escape),
        _ => {}
    }
}

/// `["program", "argument"]` or a line for the shell.
fn command(instruction: &Instruction<'_>) -> Vec<Located<String>> {
    let trimmed = instruction.rest.trim_start();
    let at = instruction.at + (instruction.rest.len() - trimmed.len()) as u32;
    let Some(list) = trimmed.strip_prefix('[').and_then(|list| list.trim_end().strip_suffix(']')) else {
        return words::split(trimmed, at);
    };
    let mut words = Vec::new();
    let mut rest = list;
    let mut offset = at + 1;
    while let Some(open) = rest.find('"') {
        let inner = &rest[open + 1..];
        let mut close = 0;
        let bytes = inner.as_bytes();
        while close < bytes.len() && bytes[close] != b'"' {
            close += if bytes[close] == b'\\' { 2 } else { 1 };
        }
        let close = close.min(inner.len());
        let start = offset + open as u32;
        let value = inner.get(..close).unwrap_or_default().replace("\\\"", "\"").replace("\\\\", "\\");
        words.push(Located { value, span: Span::new(start, start + close as u32 + 2) });
        let used = (open + 1 + close + 1).min(rest.len());
        offset += used as u32;
        rest = rest.get(used..).unwrap_or_default();
    }
    words
}

/// `ENV A=1 B="x y"`, or the old `ENV A value`.
fn env(stage: &mut Stage, instruction: &Instruction<'_>) {
    let words = words::split(instruction.rest, instruction.at);
    let value_of = |value: &str| match value.contains('$') {
        true => EnvValue::Other,
        false => EnvValue::Literal(value.to_owned()),
    };
    match &words[..] {
        [first, ..] if !first.value.contains('=') => {
            let value: Vec<&str> = words[1..].iter().map(|word| word.value.as_str()).collect();
            let value = value_of(&value.join(" "));
            stage.env.push(EnvVar { name: first.value.clone(), value, span: instruction.span });
        }
        _ => {
            for word in &words {
                if let Some((name, value)) = word.value.split_once('=') {
                    stage.env.push(EnvVar { name: name.to_owned(), value: value_of(value), span: word.span });
                }
            }
        }
    }
}

fn copy(instruction: &Instruction<'_>) -> Option<CopyFrom> {
    let words = words::split(instruction.rest, instruction.at);
    let stage = words.iter().find_map(|word| word.value.strip_prefix("--from="))?.to_owned();
    let paths: Vec<String> =
        words.into_iter().map(|word| word.value).filter(|word| !word.starts_with("--")).collect();
    let (target, sources) = paths.split_last()?;
    Some(CopyFrom { stage, sources: sources.to_vec(), target: target.clone(), span: instruction.span })
}

/// Finds `go build` and `go install` in the words of a shell line.
fn go_builds(stage: &mut Stage, words: &[Located<String>], escape: u8) {
    let ends = |word: &str| matches!(word, "&&" | "||" | ";" | "|" | "&") || word.ends_with(';');
    let mut start = 0;
    for at in 0..words.len() {
        let word = words[at].value.as_str();
        let next = words.get(at + 1).map_or("", |next| next.value.as_str());
        let is_go = word == "go" || word.ends_with("/go");
        if is_go && matches!(next, "build" | "install") {
            let end = words[at + 1..]
                .iter()
                .position(|word| ends(&word.value))
                .map_or(words.len(), |found| at + 1 + found);
            let env = words[start..at].iter().filter_map(|word| words::assignment(&word.value));
            let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            // The word that ends with `;` is still an argument.
            let last = end
                + usize::from(
                    words.get(end).is_some_and(|word| word.value.len() > 1 && word.value.ends_with(';')),
                );
            stage.builds.push(go_build(&words[at..last], env, escape));
            start = at + 2;
        }
        if ends(word) {
            start = at + 1;
        }
    }
}

/// Flags of `go build` that take no value: all others do.
const BARE_FLAGS: &[&str] = &[
    "a",
    "n",
    "v",
    "x",
    "race",
    "msan",
    "asan",
    "cover",
    "work",
    "trimpath",
    "linkshared",
    "modcacherw",
    "buildvcs",
    "json",
];

fn go_build(words: &[Located<String>], env: Vec<(String, String)>, escape: u8) -> GoBuild {
    let span = words.first().map_or(Span::default(), |first| first.span.to(words[words.len() - 1].span));
    let mut build = GoBuild { output: None, tags: None, packages: Vec::new(), env, span };
    let mut rest = words.iter().skip(2).map(|word| word.value.trim_end_matches(';')).filter(|word| {
        // Windows files continue their lines with a backtick, which is a word of its own here.
        word.as_bytes() != [escape]
    });
    while let Some(word) = rest.next() {
        let Some(flag) =
            word.strip_prefix("--").or_else(|| word.strip_prefix('-')).filter(|flag| !flag.is_empty())
        else {
            build.packages.push(word.to_owned());
            continue;
        };
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None if BARE_FLAGS.contains(&flag) => (flag, None),
            None => (flag, rest.next().map(str::to_owned)),
        };
        match name {
            "o" => build.output = value,
            "tags" => build.tags = value,
            _ => {}
        }
    }
    build
}

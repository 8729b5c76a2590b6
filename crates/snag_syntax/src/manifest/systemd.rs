//! systemd units.

use super::{
    Container, Cpu, EnvFrom, EnvValue, EnvVar, Located, Workload, WorkloadKind, quantity, same_length_utf8,
    words,
};
use crate::{Problem, Span};

/// A `Key=value` line, with its continuations.
struct Setting<'t> {
    key: &'t str,
    value: &'t str,
    /// Where `value` begins.
    at: u32,
    span: Span,
}

/// Reads a unit or a drop-in called `name`: `app.service`. Nothing comes of a text without a `[Service]` section.
pub fn read_unit(name: &str, text: &[u8]) -> (Option<Workload>, Vec<Problem>) {
    let text = same_length_utf8(&text[..text.len().min(u32::MAX as usize - 1)]);
    let text = words::without_inner_comments(&text, b"#;", b'\\');
    let mut problems = Vec::new();
    let mut section = None;
    let mut service: Option<Container> = None;
    let mut at = 0;
    while at < text.len() {
        let line_end = logical_end(&text, at);
        let line = &text[at..line_end];
        let start = at + (line.len() - line.trim_start().len());
        let trimmed = line.trim();
        at = line_end + 1;
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let span = Span::new(start as u32, (start + trimmed.len()) as u32);
        if let Some(header) = trimmed.strip_prefix('[') {
            section = Some(header.strip_suffix(']').unwrap_or(header));
            if section == Some("Service") {
                service.get_or_insert_with(|| Container { span, ..Container::default() });
            }
            continue;
        }
        let Some((key, value)) = trimmed.split_once('=') else {
            problems.push(Problem { span, message: "neither a section nor a setting".into() });
            continue;
        };
        let blanks = value.len() - value.trim_start().len();
        let setting = Setting {
            key: key.trim_end(),
            value: value.trim(),
            at: span.start + (key.len() + 1 + blanks) as u32,
            span,
        };
        if let (Some("Service"), Some(service)) = (section, service.as_mut()) {
            service.span.end = span.end;
            apply(service, &setting, &mut problems);
        }
    }
    problems.truncate(100);
    (service.map(|container| workload(name, container)), problems)
}

/// The end of the line at `start`, passing over backslashes at line ends.
fn logical_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut line = start;
    loop {
        let end = memchr::memchr(b'\n', &bytes[line..]).map_or(bytes.len(), |found| line + found);
        let content = bytes[line..end].trim_ascii();
        let is_comment = line == start && content.first().is_some_and(|first| matches!(first, b'#' | b';'));
        if end >= bytes.len() || is_comment || !content.ends_with(b"\\") {
            return end;
        }
        line = end + 1;
    }
}

fn apply(service: &mut Container, setting: &Setting<'_>, problems: &mut Vec<Problem>) {
    let value_span = Span::new(setting.at, setting.at + setting.value.len() as u32);
    match setting.key {
        "CPUQuota" if setting.value.is_empty() => service.cpu_limit = None,
        "CPUQuota" => {
            let millicores = quantity::percent(setting.value);
            if millicores.is_none() && !setting.value.contains(['%', '$']) {
                problems.push(Problem { span: value_span, message: "CPUQuota needs a percent sign".into() });
            }
            service.cpu_limit = Some(Cpu { millicores, span: value_span });
        }
        "ExecStart" if setting.value.is_empty() => service.command.clear(),
        "ExecStart" if service.command.is_empty() => {
            // Prefixes such as `-` and `!` say how to start it, not what.
            let command = setting.value.trim_start_matches(['-', '@', ':', '+', '!', '|']);
            let skipped = (setting.value.len() - command.len()) as u32;
            service.command = words::split(command, setting.at + skipped);
        }
        "Environment" if setting.value.is_empty() => service.env.clear(),
        "Environment" => {
            for word in words::split(setting.value, setting.at) {
                if let Some((name, value)) = words::assignment(&word.value) {
                    let value = EnvValue::Literal(value.to_owned());
                    service.env.push(EnvVar { name: name.to_owned(), value, span: word.span });
                }
            }
        }
        "EnvironmentFile" if setting.value.is_empty() => service.env_from.clear(),
        "EnvironmentFile" => {
            let path = setting.value.trim_start_matches('-');
            service.env_from.insert(0, EnvFrom::File(path.to_owned()));
        }
        "PassEnvironment" => {
            for word in words::split(setting.value, setting.at) {
                service.env.push(EnvVar { name: word.value, value: EnvValue::Other, span: setting.span });
            }
        }
        _ => {}
    }
}

fn workload(name: &str, container: Container) -> Workload {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    Workload {
        kind: WorkloadKind::SystemdUnit,
        name: Some(Located {
            value: file.strip_suffix(".service").unwrap_or(file).to_owned(),
            span: Span::at(0),
        }),
        namespace: None,
        document: 0,
        is_template: file.contains('@'),
        cpu_limit: None,
        span: container.span,
        containers: vec![container],
    }
}

//! Everything a run depends on: flags, `snag.toml`, the environment.

use std::path::{Path, PathBuf};

use snag_program::load::{Config, Environment, GoVersion};
use snag_rules::{RULES, Rule};

use crate::args::CheckArguments;
use crate::suggest::did_you_mean;

const FILE: &str = "snag.toml";
const KEYS: &[&str] = &["select", "ignore", "tags", "go", "goos"];

/// The settings of a run.
pub(crate) struct Settings {
    /// Where patterns and printed paths are relative to; absolute.
    pub cwd: PathBuf,
    pub rules: Vec<&'static Rule>,
    /// A run for each; findings are merged.
    pub targets: Vec<Config>,
    pub threads: usize,
}

impl Settings {
    pub(crate) fn new(arguments: &CheckArguments, directory: Option<&Path>) -> Result<Settings, String> {
        let cwd = working_directory(directory)?;
        let file = find(&cwd).map(|path| SnagToml::read(&path)).transpose()?.unwrap_or_default();
        let select = if arguments.select.is_empty() { &file.select } else { &arguments.select };
        let ignore: Vec<String> = file.ignore.iter().chain(&arguments.ignore).cloned().collect();
        let rules = select_rules(select, &ignore)?;
        let targets = targets(arguments, &file)?;
        let threads = arguments.threads.map(usize::from);
        let threads = threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from));
        Ok(Settings { cwd, rules, targets, threads: threads.unwrap_or(1) })
    }
}

fn working_directory(asked: Option<&Path>) -> Result<PathBuf, String> {
    let asked = asked.unwrap_or(Path::new("."));
    match std::fs::canonicalize(asked) {
        Ok(path) if path.is_dir() => Ok(path),
        Ok(_) => Err(format!("not a directory: {}", asked.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(format!("no such directory: {}", asked.display()))
        }
        Err(error) => Err(format!("cannot enter {}: {error}", asked.display())),
    }
}

fn select_rules(select: &[String], ignore: &[String]) -> Result<Vec<&'static Rule>, String> {
    for name in select.iter().chain(ignore) {
        if !RULES.iter().any(|rule| rule.name == name) {
            let suggestion = did_you_mean(name, RULES.iter().map(|rule| rule.name));
            return Err(format!("there is no rule {name:?}{suggestion}; snag explain lists them"));
        }
    }
    let named = |names: &[String], rule: &Rule| names.iter().any(|name| name == rule.name);
    let wanted = RULES.iter().copied().filter(|rule| select.is_empty() || named(select, rule));
    let rules: Vec<_> = wanted.filter(|rule| !named(ignore, rule)).collect();
    if rules.is_empty() && !RULES.is_empty() {
        return Err("no rule is left to run".to_owned());
    }
    Ok(rules)
}

/// Most of the bugs are Linux's, so it is looked at wherever Snag runs.
fn targets(arguments: &CheckArguments, file: &SnagToml) -> Result<Vec<Config>, String> {
    let go = arguments.go_version.as_ref().or(file.go.as_ref());
    let go_version = match go {
        Some(text) => Some(GoVersion::parse(text).ok_or_else(|| format!("not a Go version: {text:?}"))?),
        None => None,
    };
    let goos = arguments.goos.clone().or_else(|| file.goos.clone()).or_else(|| variable("GOOS"));
    let goarch = arguments.goarch.clone().or_else(|| variable("GOARCH"));
    let machines = if goos.is_none() && goarch.is_none() {
        let mut machines = vec![("linux".to_owned(), "amd64".to_owned()), host()];
        machines.dedup();
        machines
    } else {
        vec![(goos.unwrap_or_else(|| host().0), goarch.unwrap_or_else(|| host().1))]
    };
    let tags: Vec<String> = file.tags.iter().chain(&arguments.tags).cloned().collect();
    let config = |(goos, goarch)| Config {
        goos,
        goarch,
        cgo: variable("CGO_ENABLED").as_deref() != Some("0"),
        tags: tags.clone(),
        tests: !arguments.no_tests,
        go_version,
        environment: Environment::new(variable),
    };
    Ok(machines.into_iter().map(config).collect())
}

/// This machine in Go's words.
fn host() -> (String, String) {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        "loongarch64" => "loong64",
        other => other,
    };
    (os.to_owned(), arch.to_owned())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The nearest `snag.toml` upward, not beyond the module or repository.
fn find(cwd: &Path) -> Option<PathBuf> {
    for directory in cwd.ancestors() {
        let file = directory.join(FILE);
        if file.is_file() {
            return Some(file);
        }
        if directory.join("go.mod").exists() || directory.join(".git").exists() {
            return None;
        }
    }
    None
}

/// What `snag.toml` may say.
#[derive(Default)]
struct SnagToml {
    select: Vec<String>,
    ignore: Vec<String>,
    tags: Vec<String>,
    go: Option<String>,
    goos: Option<String>,
}

impl SnagToml {
    fn read(path: &Path) -> Result<SnagToml, String> {
        let wrong = |message: String| format!("{}: {message}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| wrong(error.message().to_owned()))?;
        let mut file = SnagToml::default();
        for (key, value) in &table {
            file.set(key, value).map_err(wrong)?;
        }
        Ok(file)
    }

    fn set(&mut self, key: &str, value: &toml::Value) -> Result<(), String> {
        let word = || value.as_str().map(str::to_owned).ok_or_else(|| format!("{key} must be a string"));
        let words = || {
            let list = value.as_array().map(|list| list.iter().map(toml::Value::as_str));
            let list = list.and_then(|list| list.map(|word| word.map(str::to_owned)).collect());
            list.ok_or_else(|| format!("{key} must be a list of strings"))
        };
        match key {
            "select" => self.select = words()?,
            "ignore" => self.ignore = words()?,
            "tags" => self.tags = words()?,
            "go" => self.go = Some(word()?),
            "goos" => self.goos = Some(word()?),
            _ => {
                let suggestion = did_you_mean(key, KEYS.iter().copied());
                return Err(format!("unknown key {key:?}{suggestion}"));
            }
        }
        Ok(())
    }
}

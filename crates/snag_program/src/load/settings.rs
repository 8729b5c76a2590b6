//! What the environment values mean.

use std::path::{Path, PathBuf};

use super::{Config, Environment};

/// Where dependencies are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ModMode {
    /// The vendor directory if there is one and go.mod allows it, else the module cache.
    Default,
    /// `-mod=vendor`
    Vendor,
    /// `-mod=mod`, `-mod=readonly`: the module cache.
    Cache,
}

/// Settings that several variables decide together.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// The GOPATH directories.
    pub gopath: Vec<PathBuf>,
    /// The module cache, if there is a place for one.
    pub module_cache: Option<PathBuf>,
    pub mod_mode: ModMode,
    /// Tags of GOFLAGS.
    pub tags: Vec<String>,
    /// `GO111MODULE=off`
    pub modules_off: bool,
    /// `GOWORK=off`
    pub workspaces_off: bool,
    /// `GOWORK=file`
    pub workspace_file: Option<PathBuf>,
}

impl Settings {
    pub(super) fn new(config: &Config) -> Settings {
        let environment = &config.environment;
        let gopath = gopath(environment);
        let given = set(&environment.gomodcache).map(PathBuf::from);
        let module_cache = given.or_else(|| gopath.first().map(|first| first.join("pkg").join("mod")));
        let mut settings = Settings {
            gopath,
            module_cache,
            mod_mode: ModMode::Default,
            tags: Vec::new(),
            modules_off: set(&environment.go111module) == Some("off"),
            workspaces_off: set(&environment.gowork) == Some("off"),
            workspace_file: set(&environment.gowork).filter(|&file| file != "off").map(PathBuf::from),
        };
        settings.read_flags(environment.goflags.as_deref().unwrap_or_default());
        settings
    }

    fn read_flags(&mut self, flags: &str) {
        for flag in flags.split_whitespace() {
            match flag.trim_start_matches('-').split_once('=') {
                Some(("mod", "vendor")) => self.mod_mode = ModMode::Vendor,
                Some(("mod", "mod" | "readonly")) => self.mod_mode = ModMode::Cache,
                Some(("tags", tags)) => {
                    self.tags = tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
                }
                _ => {}
            }
        }
    }
}

/// The value of a variable; empty ones count as unset, as in Go.
fn set(value: &Option<String>) -> Option<&str> {
    value.as_deref().filter(|value| !value.is_empty())
}

fn gopath(environment: &Environment) -> Vec<PathBuf> {
    if let Some(list) = set(&environment.gopath) {
        return split_paths(list).collect();
    }
    set(&environment.home).map(|home| Path::new(home).join("go")).into_iter().collect()
}

/// The directories of a list such as `PATH`. The list is the host's, and so is the separator.
pub(super) fn split_paths<'a>(list: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
    let separator = if cfg!(windows) { ';' } else { ':' };
    list.split(separator).filter(|part| !part.is_empty()).map(PathBuf::from)
}

/// `GOROOT`, if it is set.
pub(super) fn given_goroot(environment: &Environment) -> Option<&Path> {
    set(&environment.goroot).map(Path::new)
}

/// The directories of `PATH`.
pub(super) fn path_directories(environment: &Environment) -> Vec<PathBuf> {
    set(&environment.path).map(|list| split_paths(list).collect()).unwrap_or_default()
}

//! The program as the user's go command builds it, and what that says of its packages.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use snag_probe::Launch;
use snag_program::load::{Config, Environment, GoVersion};
use snag_threads::history::History;

use super::coverage::Coverage;
use crate::report::Report;
use crate::run::program::locate;
use crate::scratch::Scratch;

/// The first version whose `go build` knows `-cover`.
const FIRST_WITH_COVERAGE: GoVersion = GoVersion::new(1, 20);
/// Without this flag files may have names that lead nowhere.
const FULL_PATHS: &str = "-trimpath=false";
const CUT_OFF: &str = "the program did not end by itself (a signal, a panic, another program in its place), so lines that \
                       are not known to have been run may have been";
/// A line for each package of the program that is not one of Go itself.
const LISTED: &str = "{{if not .Standard}}{{.ImportPath}}\t{{.Dir}}\t{{.Name}}\t{{.DepOnly}}\t{{.ForTest}}\t\
                      {{with .Module}}{{.Main}}{{else}}true{{end}}{{end}}";

/// What is built and run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Program,
    Tests,
}

/// The go command, in the directory of the user.
pub(super) struct Go {
    directory: PathBuf,
    tags: Vec<String>,
    /// What `go env` says, which includes what was written with `go env -w`.
    environment: BTreeMap<String, String>,
}

/// A package of the user.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) path: String,
    folder: PathBuf,
}

/// The packages of a program, or of tests.
#[derive(Debug, Default)]
pub(super) struct Packages {
    /// Those that were named, as paths.
    named: Vec<String>,
    /// All of the user's that are built.
    pub(super) own: Vec<Package>,
}

impl Packages {
    /// The paths of those that the findings are in.
    pub(super) fn with(&self, reports: &[Report]) -> Vec<String> {
        let folders: Vec<_> = reports.iter().filter_map(|report| report.spot.source.path.parent()).collect();
        let found = self.own.iter().filter(|package| folders.contains(&&*package.folder));
        found.map(|package| package.path.clone()).collect()
    }

    /// A file as profiles of coverage call it.
    pub(super) fn in_profile(&self, path: &Path) -> Option<String> {
        let package = self.own.iter().find(|package| path.parent() == Some(&package.folder))?;
        Some(format!("{}/{}", package.path, path.file_name()?.to_str()?))
    }
}

impl Go {
    pub(super) fn ask(directory: &Path, tags: Vec<String>) -> Result<Go, String> {
        let mut go = Go { directory: directory.to_owned(), tags, environment: BTreeMap::new() };
        let output = go.output("env", ["-json"], "go env failed")?;
        go.environment = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("go env -json cannot be understood: {error}"))?;
        let here = (std::env::consts::OS, if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" });
        let there = (go.variable("GOOS"), go.variable("GOARCH"));
        if (there.0.as_deref(), there.1.as_deref()) != (Some(here.0), Some(here.1)) {
            let name = |part: Option<String>| part.unwrap_or_default();
            return Err(format!(
                "go builds for {}/{}, which cannot be run here",
                name(there.0),
                name(there.1)
            ));
        }
        Ok(go)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.environment.get(name).filter(|value| !value.is_empty()).cloned()
    }

    fn command(&self) -> Command {
        let mut go = Command::new("go");
        // Else go may call the directory by another name, and its files as well.
        go.current_dir(&self.directory).env("PWD", &self.directory);
        go
    }

    /// What a command of go says; its complaints are those of the user's go.
    fn output<A: AsRef<OsStr>>(
        &self,
        what: &str,
        arguments: impl IntoIterator<Item = A>,
        failure: &str,
    ) -> Result<Output, String> {
        let output = self.command().arg(what).args(arguments).stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| {
            format!("go cannot be started ({error}): snag prove builds the program; without go there is snag check")
        })?;
        if output.status.success() { Ok(output) } else { Err(failure.to_owned()) }
    }

    pub(super) fn packages(&self, patterns: &[String], wanted: Wanted) -> Result<Packages, String> {
        if let Some(flag) = patterns.iter().find(|pattern| pattern.starts_with('-')) {
            return Err(format!("{flag} is no package"));
        }
        let mut arguments = vec!["-deps".to_owned(), "-f".to_owned(), LISTED.to_owned()];
        arguments.extend((wanted == Wanted::Tests).then(|| "-test".to_owned()));
        arguments.extend(self.tag_flag());
        arguments.push("--".to_owned());
        arguments.extend(patterns.iter().cloned());
        let named = if patterns.is_empty() { "a package here".to_owned() } else { patterns.join(" ") };
        let failure = format!(
            "go does not find {named}: name a package by its folder, such as ./cmd/server, or by its path"
        );
        let output = self.output("list", arguments, &failure)?;
        let mut packages = Packages::default();
        let mut others = Vec::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let [path, folder, name, only_needed, for_test, own] = line.split('\t').collect::<Vec<_>>()[..]
            else {
                continue;
            };
            // With tests there are copies of packages, and the programs that go makes of them.
            if !for_test.is_empty() || path.ends_with(".test") || path.contains("/vendor/") || own != "true" {
                continue;
            }
            if path == "command-line-arguments" {
                return Err("files are no package: name the folder that they are in".to_owned());
            }
            if only_needed == "false" {
                packages.named.push(path.to_owned());
                others.extend((name != "main").then(|| path.to_owned()));
            }
            packages.own.push(Package { path: path.to_owned(), folder: PathBuf::from(folder) });
        }
        match (&packages.named[..], &others[..]) {
            ([], _) => Err("there is no package of yours to build".to_owned()),
            ([_], []) => Ok(packages),
            _ if wanted == Wanted::Tests => Ok(packages),
            ([_], [other, ..]) => Err(format!(
                "{other} is no program: it is not package main; snag prove --test runs the tests of packages"
            )),
            (many, _) => Err(format!("{} packages are not one program: name one", many.len())),
        }
    }

    /// What `snag check` is to look at: what is built.
    pub(super) fn target(&self, wanted: Wanted) -> Config {
        let surroundings = |name: &str| {
            let own = || std::env::var(name).ok();
            self.variable(name).or_else(own)
        };
        Config {
            goos: self.variable("GOOS").unwrap_or_default(),
            goarch: self.variable("GOARCH").unwrap_or_default(),
            cgo: self.variable("CGO_ENABLED").as_deref() == Some("1"),
            tags: self.tags.clone(),
            tests: wanted == Wanted::Tests,
            go_version: None,
            environment: Environment::new(surroundings),
        }
    }

    fn tag_flag(&self) -> Option<String> {
        (!self.tags.is_empty()).then(|| format!("-tags={}", self.tags.join(",")))
    }

    /// Builds what is wanted, so that it tells which lines of these packages it runs.
    pub(super) fn build(
        &self,
        packages: &Packages,
        wanted: Wanted,
        covered: &[String],
        rest: &[OsString],
    ) -> Result<Built, String> {
        let scratch = Scratch::new()?;
        let folder = fs::canonicalize(&scratch.0).map_err(|error| format!("cannot build: {error}"))?;
        let lines = folder.join("lines");
        fs::create_dir(&lines).map_err(|error| format!("cannot make {}: {error}", lines.display()))?;
        let mut covering = self.covering(covered);
        let launch = match wanted {
            Wanted::Tests => self.tests(packages, &covering.flags, rest, &lines)?,
            Wanted::Program => self.program(packages, &mut covering, rest, &lines)?,
        };
        let lines = (!covering.flags.is_empty()).then_some(lines);
        Ok(Built { launch, wanted, lines, doubt: covering.doubt, _scratch: scratch })
    }

    fn covering(&self, packages: &[String]) -> Covering {
        if packages.is_empty() {
            return Covering::default();
        }
        let version = self.variable("GOVERSION").unwrap_or_default();
        if GoVersion::parse(&version).is_some_and(|version| version < FIRST_WITH_COVERAGE) {
            return Covering::none(format!(
                "{version} has no go build -cover, so which lines are run is not known"
            ));
        }
        // The race detector wants the counting to be without races as well.
        let races = self.variable("GOFLAGS").is_some_and(|flags| flags.contains("-race"));
        let mode = if races { "atomic" } else { "set" };
        let packages = format!("-coverpkg={}", packages.join(","));
        Covering { flags: vec!["-cover".to_owned(), format!("-covermode={mode}"), packages], doubt: None }
    }

    /// Builds the program; without coverage if it cannot be built with it.
    fn program(
        &self,
        packages: &Packages,
        covering: &mut Covering,
        rest: &[OsString],
        lines: &Path,
    ) -> Result<Launch, String> {
        let program = lines.with_file_name("program");
        let covers = !covering.flags.is_empty();
        if covers && !self.compile(packages, &program, &covering.flags, Stdio::null())? {
            let doubt = "the program cannot be built with coverage, so which lines it runs is not known";
            *covering = Covering::none(doubt.to_owned());
        }
        if covering.flags.is_empty() && !self.compile(packages, &program, &[], Stdio::inherit())? {
            return Err(format!("go build {} failed", packages.named.join(" ")));
        }
        let arguments = [&[program.clone().into_os_string()], rest].concat();
        let folder = (!covering.flags.is_empty()).then(|| ("GOCOVERDIR".into(), lines.into()));
        Ok(self.launch(program, arguments, folder))
    }

    fn compile(
        &self,
        packages: &Packages,
        program: &Path,
        covering: &[String],
        told: Stdio,
    ) -> Result<bool, String> {
        let mut go = self.command();
        go.arg("build").arg("-o").arg(program).arg(FULL_PATHS).args(self.tag_flag()).args(covering);
        let status = go.arg("--").args(&packages.named).stderr(told).status();
        Ok(status.map_err(|error| format!("go cannot be started: {error}"))?.success())
    }

    /// Tests are built by the go command that runs them.
    fn tests(
        &self,
        packages: &Packages,
        covering: &[String],
        rest: &[OsString],
        lines: &Path,
    ) -> Result<Launch, String> {
        let flags = ["go", "test", "-count=1", FULL_PATHS].map(OsString::from).into_iter();
        let flags = flags.chain(self.tag_flag().map(OsString::from));
        let mut arguments: Vec<OsString> = flags.collect();
        arguments.extend(covering.iter().chain(&packages.named).map(OsString::from));
        // What stands behind -args is for the test programs.
        let end = rest.iter().position(|argument| argument == "-args").unwrap_or(rest.len());
        arguments.extend_from_slice(&rest[..end]);
        arguments.push("-args".into());
        if !covering.is_empty() {
            let mut flag = OsString::from("-test.gocoverdir=");
            flag.push(lines);
            arguments.push(flag);
        }
        arguments.extend(rest.iter().skip(end + 1).cloned());
        let environment = ("PWD".into(), self.directory.clone().into());
        Ok(self.launch(locate(OsStr::new("go"), None)?, arguments, Some(environment)))
    }

    fn launch(
        &self,
        program: PathBuf,
        arguments: Vec<OsString>,
        variable: Option<(OsString, OsString)>,
    ) -> Launch {
        let (directory, environment) = (Some(self.directory.clone()), variable.into_iter().collect());
        Launch { program, arguments, directory, environment, ..Launch::default() }
    }

    /// Which lines were run, or why that is not known for all.
    pub(super) fn coverage(&self, built: &Built, history: &History) -> (Option<Coverage>, Option<String>) {
        let Some(lines) = &built.lines else { return (None, built.doubt.clone()) };
        let profile = lines.with_extension("txt");
        let flag = |name: &str, path: &Path| {
            let mut flag = OsString::from(name);
            flag.push(path);
            flag
        };
        let arguments = ["covdata".into(), "textfmt".into(), flag("-i=", lines), flag("-o=", &profile)];
        let text = self.output("tool", arguments, "go tool covdata failed").and_then(|_| {
            fs::read_to_string(&profile)
                .map_err(|error| format!("{} cannot be read: {error}", profile.display()))
        });
        match text {
            Err(sentence) => (None, Some(format!("which lines were run is not known: {sentence}"))),
            Ok(text) if built.told(lines) >= built.runs(history) => (Some(Coverage::read(&text, true)), None),
            Ok(text) => (Some(Coverage::read(&text, false)), Some(CUT_OFF.to_owned())),
        }
    }
}

/// The flags that make a program tell which lines it runs, or why there are none.
#[derive(Default)]
struct Covering {
    flags: Vec<String>,
    doubt: Option<String>,
}

impl Covering {
    fn none(doubt: String) -> Covering {
        Covering { flags: Vec::new(), doubt: Some(doubt) }
    }
}

/// What was built.
pub(super) struct Built {
    pub(super) launch: Launch,
    wanted: Wanted,
    /// Where the program writes which lines it ran.
    lines: Option<PathBuf>,
    /// Why it does not.
    doubt: Option<String>,
    _scratch: Scratch,
}

impl Built {
    /// How many times it was started.
    pub(super) fn runs(&self, history: &History) -> usize {
        let programs = history.processes.iter().flat_map(|process| &process.programs);
        let ours = |executable: &str| match self.wanted {
            Wanted::Program => Path::new(executable) == self.launch.program,
            Wanted::Tests => executable.ends_with(".test"),
        };
        programs.filter(|program| ours(&program.executable)).count()
    }

    /// How many times it told which lines it ran: it does so when it ends.
    fn told(&self, lines: &Path) -> usize {
        let files = fs::read_dir(lines).into_iter().flatten().flatten();
        files.filter(|file| file.file_name().to_string_lossy().starts_with("covcounters.")).count()
    }
}

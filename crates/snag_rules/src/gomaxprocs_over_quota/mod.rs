//! A program under a CPU limit that runs Go code on more CPUs than the limit allows.

pub(crate) mod live;

use std::path::Path;

use snag_program::Program;
use snag_program::deploy::{CpuLimit, Matched, Procs};
use snag_program::ir::Place;
use snag_syntax::manifest::WorkloadKind;
use snag_threads::GoVersion;
use snag_threads::version::{container_aware_gomaxprocs, procs_of_limit};

use crate::{Confidence, Finding, Findings, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    name: "gomaxprocs-over-quota",
    severity: Severity::Warning,
    since: "0.1.0",
    doc: include_str!("doc.md"),
    check,
};

/// Few machines have so many more CPUs than this that the difference matters.
const LARGE: u64 = 16_000;

/// Directories whose manifests are for tests.
const TESTS: &[&str] = &["test", "tests", "e2e", "integration", "hack", "ci"];

/// More places that say the same are not listed.
const REPEATED: usize = 4;

fn check(program: &Program, findings: &mut Findings) {
    for limit in &program.limits {
        if !limit.procs.fits(limit.millicores) {
            report(program, limit, findings);
        }
    }
}

fn report(program: &Program, limit: &CpuLimit, findings: &mut Findings) {
    let name = name(program, limit);
    let amount = match limit.millicores {
        Some(1000) => "a limit of 1 CPU".to_owned(),
        Some(millicores) => format!("a limit of {} CPUs", decimal(millicores)),
        None => "a CPU limit".to_owned(),
    };
    let width = match limit.procs {
        Procs::Fixed(n, _) => format!("on up to {n} CPUs at once"),
        _ => "on all CPUs of the machine at once".to_owned(),
    };
    let message = format!(
        "{name} runs Go code {width} under {amount}: when a burst has used the limit up, the kernel stops the whole \
         program until the next period"
    );
    let confidence = confidence(program, limit);
    let finding = findings.add(&RULE, confidence, limit.place, limit.main, message);
    cause(limit, finding);
    let main = program.function(limit.main);
    let what = match limit.matched {
        Matched::Module => "probably this program of the module, or another one",
        Matched::Only => "probably this program: there is no other, and no other container",
        _ => "the program",
    };
    finding.because(main.file, main.name_span, what);
    finding.because(limit.place.file, limit.place.span, advice(limit));
    for place in limit.again.iter().take(REPEATED) {
        finding.because(place.file, place.span, "the same container has a limit here as well");
    }
}

/// The program by the end of its import path; a module with several programs by its own.
fn name(program: &Program, limit: &CpuLimit) -> String {
    let Some(&first) = limit.programs.first() else { return "the program".to_owned() };
    let package = program.workspace.package(first);
    let short = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let module = package.module.map(|id| program.workspace.module(id).path.as_str());
    match module {
        Some(module) if limit.programs.len() > 1 => format!("a program of {}", short(module)),
        Some(module) => match package.path.strip_prefix(module) {
            Some(below) if !below.is_empty() => below.trim_start_matches('/').to_owned(),
            _ => short(module),
        },
        None => short(&package.path),
    }
}

fn decimal(millicores: u64) -> String {
    let text = format!("{}.{:03}", millicores / 1000, millicores % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn cause(limit: &CpuLimit, finding: &mut Finding) {
    let (place, text): (Option<Place>, String) = match limit.procs {
        Procs::Language(version, place) => (
            place,
            format!("asks for the behavior of Go {version}: GOMAXPROCS follows the CPU limit from 1.25 on, and a newer toolchain alone changes nothing"),
        ),
        Procs::Toolchain(version, place) => {
            (Some(place), format!("the program is built by Go {version}; 1.25 is the first that looks at CPU limits"))
        }
        Procs::Setting(place) => (Some(place), "turns off that Go looks at the CPU limit".to_owned()),
        Procs::NumCpu(place) => {
            let text = "sets GOMAXPROCS to the CPUs of the machine: limits, and what Go 1.25 makes of them, are overruled";
            (Some(place), text.to_owned())
        }
        Procs::Fixed(n, place) => (place, format!("sets GOMAXPROCS to {n}")),
        Procs::Handled => (None, String::new()),
    };
    if let Some(place) = place {
        finding.because(place.file, place.span, text);
    }
    if let (Procs::Language(..), Some((version, place))) = (limit.procs, limit.toolchain)
        && is_old(version)
    {
        finding.because(place.file, place.span, format!("the program is built by Go {version}"));
    }
}

/// Whether a toolchain does not know of limits.
fn is_old(version: GoVersion) -> bool {
    !container_aware_gomaxprocs(version, GoVersion::NEWEST)
}

fn advice(limit: &CpuLimit) -> String {
    let variable = match (&limit.kind, limit.millicores) {
        (WorkloadKind::ComposeService | WorkloadKind::SystemdUnit, Some(millicores)) => {
            format!("set GOMAXPROCS={} in the environment", procs_of_limit(millicores))
        }
        (WorkloadKind::ComposeService | WorkloadKind::SystemdUnit, None) => {
            "set GOMAXPROCS in the environment".to_owned()
        }
        _ => "set GOMAXPROCS by resourceFieldRef from limits.cpu".to_owned(),
    };
    match limit.procs {
        Procs::Language(..) if limit.toolchain.is_some_and(|(version, _)| is_old(version)) => {
            format!("build with Go 1.25 or later and raise the go line to 1.25, or {variable}")
        }
        Procs::Language(..) => format!("raise the go line to 1.25, or {variable}"),
        Procs::Toolchain(..) => format!("build with Go 1.25 or later, or {variable}"),
        Procs::Setting(_) => format!("remove the setting, or {variable}"),
        Procs::NumCpu(_) => "remove the call of runtime.GOMAXPROCS".to_owned(),
        Procs::Fixed(..) | Procs::Handled => match limit.millicores {
            Some(millicores) => format!("this limit is for {} at most", procs_of_limit(millicores)),
            None => "this limit is for fewer".to_owned(),
        },
    }
}

fn confidence(program: &Program, limit: &CpuLimit) -> Confidence {
    let display = &program.file(limit.place.file).display;
    let for_tests = Path::new(display.as_ref()).iter().any(|part| TESTS.iter().any(|known| part == *known));
    let unsure = limit.matched == Matched::Module
        || limit.is_init
        || for_tests
        || limit.millicores.is_none_or(|millicores| millicores > LARGE);
    if unsure { Confidence::Possible } else { Confidence::Likely }
}

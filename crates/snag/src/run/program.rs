//! The program that is meant: a file, or a package that is built first.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use snag_probe::Launch;

use crate::below;
use crate::scratch::Scratch;

/// A program, for as long as the file is needed.
pub(crate) struct Program {
    pub(crate) launch: Launch,
    _built: Option<Scratch>,
}

/// Finds the program to run, or builds it.
pub(crate) fn find(
    package: Option<&str>,
    program: &[OsString],
    directory: Option<&Path>,
) -> Result<Program, String> {
    let directory = directory.map(Path::to_owned);
    if let Some(package) = package {
        return build(package, program, directory);
    }
    let [name, ..] = program else {
        return Err("no program was given: it stands behind --, and a package to build before".to_owned());
    };
    let arguments = program.to_vec();
    let program = locate(name, directory.as_deref())?;
    let launch = Launch { program, arguments, directory, ..Launch::default() };
    Ok(Program { launch, _built: None })
}

/// As a shell finds it.
pub(crate) fn locate(name: &OsStr, directory: Option<&Path>) -> Result<PathBuf, String> {
    let shown = name.to_string_lossy();
    if name.is_empty() {
        return Err("the name of the program is empty".to_owned());
    }
    if shown.contains('/') {
        let path = below(directory, Path::new(name));
        return match fs::metadata(&path) {
            Err(error) => Err(format!("{shown} cannot be run: {error}")),
            Ok(file) if file.is_dir() => {
                Err(format!("{shown} is a directory: to build and run the package in it, leave out the --"))
            }
            Ok(file) if file.permissions().mode() & 0o111 == 0 => {
                Err(format!("{shown} cannot be run: it is not executable"))
            }
            // The program is started in the directory, but found from here.
            Ok(_) => std::path::absolute(&path).map_err(|error| format!("{shown} cannot be run: {error}")),
        };
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(name)).find(|file| {
        fs::metadata(file).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    });
    found.and_then(|file| std::path::absolute(file).ok()).ok_or_else(|| {
        format!("there is no program {shown} in PATH: for one in this directory write ./{shown}")
    })
}

fn build(package: &str, rest: &[OsString], directory: Option<PathBuf>) -> Result<Program, String> {
    if package.starts_with('-') {
        return Err(format!("{package} is no package"));
    }
    let folder = Scratch::new()?;
    let program = folder.0.join("program");
    let mut go = Command::new("go");
    go.arg("build").arg("-o").arg(&program).arg("--").arg(package);
    if let Some(directory) = &directory {
        go.current_dir(directory);
    }
    let status = go.status().map_err(|error| {
        format!("go cannot be started to build {package} ({error}): build it, then snag run -- PROGRAM")
    })?;
    if !status.success() {
        return Err(format!("go build {package} failed"));
    }
    if !program.is_file() {
        return Err(format!("{package} is no program: it has no package main, or is more than one package"));
    }
    let mut arguments = vec![program.clone().into_os_string()];
    arguments.extend_from_slice(rest);
    let launch = Launch { program, arguments, directory, ..Launch::default() };
    Ok(Program { launch, _built: Some(folder) })
}

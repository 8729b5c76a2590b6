//! Settings that switch asynchronous preemption off.

use std::collections::BTreeMap;

use snag_program::Program;
use snag_program::load::PackageId;
use snag_threads::version;

/// The packages of modules that switch it off, with the reason.
pub(super) fn switched_off(program: &Program) -> BTreeMap<PackageId, String> {
    let workspace = &program.workspace;
    let off = |settings: &[(String, String)]| {
        settings.iter().rev().find(|(key, _)| key == version::ASYNC_PREEMPTION_SETTING).is_some_and(|(_, value)| value == "1")
    };
    let mut found = BTreeMap::new();
    for (id, package) in workspace.first_party() {
        let module = package.module.map(|module| workspace.module(module));
        if module.is_some_and(|module| module.main && off(&module.godebug)) {
            found.insert(id, "the godebug line of go.mod asks for no asynchronous preemption".to_owned());
        }
    }
    if !found.is_empty() {
        return found;
    }
    let switched = workspace.first_party().find(|(_, package)| {
        package.name == "main" && package.files.iter().any(|file| off(&file.godebug))
    });
    if let Some((_, main)) = switched {
        for (id, package) in workspace.first_party().filter(|(_, package)| package.module == main.module) {
            let main_only = package.name != "main" || package.path == main.path;
            if main_only {
                let reason = format!("a //go:debug line of {} asks for no asynchronous preemption", main.path);
                found.insert(id, reason);
            }
        }
    }
    found
}

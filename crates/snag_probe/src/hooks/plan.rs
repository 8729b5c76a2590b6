//! Where hooks go, and whether each place is safe.
//!
//! A place is safe if all of this holds: the release is one that was tried; the program uses the register ABI, which the code of
//! the scheduler shows; there is one function of the name; its code is that of the file, so that nobody else has a hook or a
//! breakpoint there; its first instructions do the same elsewhere, and nothing in the function jumps between them.
//! Whether a thread stands there is seen when all stand still.

use snag_threads::GoVersion;

use super::machine::{self, Prologue, Way, is_sigreturn};
use super::{Hook, Hooks, Obstacle, SIGRETURN, SYSTEM_CALL};
use crate::image;
use crate::pclntab::Function;
use crate::target::Target;

/// The releases that were tried: tests run each of them.
const OLDEST: GoVersion = GoVersion::new(1, 19);
const NEWEST: GoVersion = GoVersion::new(1, 27);
/// No function that is hooked is longer.
const LONGEST: u64 = 64 << 10;

/// What is to be placed in a process.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(super) hooks: Hooks,
    pub(super) sites: Vec<Site>,
    pub(super) way: Way,
    /// Where the file lies in memory.
    pub(super) lowest: u64,
}

/// A function that will begin with a jump.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) hook: Hook,
    pub(super) function: &'static str,
    pub(super) prologue: Prologue,
    /// The bytes that are there.
    pub(super) original: Vec<u8>,
}

impl Plan {
    /// Looks at a process, which may run meanwhile.
    pub(crate) fn of(target: &Target, hooks: Hooks) -> Result<Plan, Obstacle> {
        let places = Places::of(target)?;
        let mut sites = Vec::new();
        for hook in hooks.list() {
            let Some((name, function)) = places.find(hook.functions())? else {
                if hook.may_be_missing() {
                    continue;
                }
                return Err(Obstacle::Missing(hook.functions()[0]));
            };
            let code = places.code(name, function)?;
            let prologue = Prologue::of(&code, function.entry).map_err(|_why| Obstacle::Immovable(name))?;
            let original = code[..prologue.length].to_vec();
            sites.push(Site { hook, function: name, prologue, original });
        }
        places.check_abi()?;
        Ok(Plan { hooks, sites, way: places.way()?, lowest: places.file.lowest() })
    }
}

/// Whether hooks were tried with this release.
fn was_tried(text: &str) -> bool {
    let version = GoVersion::parse(text).map(GoVersion::language);
    // Experiments of the register ABI itself.
    !text.contains("regabi") && version.is_some_and(|version| (OLDEST..=NEWEST).contains(&version))
}

/// The functions that are hooked in a process that runs already, each under the names it has had.
pub(super) fn watched() -> impl Iterator<Item = &'static [&'static str]> {
    let all = Hooks { schedule: true, pins: true, forcing: None };
    all.list().into_iter().map(Hook::functions)
}

/// The code of a process, and what its file has.
pub(super) struct Places<'t> {
    target: &'t Target,
    file: image::Code,
}

impl Places<'_> {
    /// Refuses programs of which too little is known.
    pub(super) fn of(target: &Target) -> Result<Places<'_>, Obstacle> {
        if !machine::IS_KNOWN {
            return Err(Obstacle::Machine);
        }
        let text = &target.process.go_version;
        if !was_tried(text) {
            return Err(Obstacle::Version(text.clone()));
        }
        let program = target.program.ok_or(Obstacle::Library)?;
        if target.globals.allm.is_none() {
            return Err(Obstacle::NoThreads);
        }
        let file = image::Code::of(target.process.pid, program.entry()).ok_or(Obstacle::Library)?;
        Ok(Places { target, file })
    }

    /// The one function that has one of these names.
    pub(super) fn find(
        &self,
        names: &'static [&'static str],
    ) -> Result<Option<(&'static str, Function)>, Obstacle> {
        let table = &self.target.table;
        for &name in names {
            let mut found = table.all().filter(|function| table.name(*function) == name);
            match (found.next(), found.next()) {
                (Some(function), None) => return Ok(Some((name, function))),
                (Some(_), Some(_)) => return Err(Obstacle::Ambiguous(name)),
                (None, _) => {}
            }
        }
        Ok(None)
    }

    /// What the file has for a piece of memory.
    pub(super) fn file_bytes(&self, address: u64, length: usize) -> Option<Vec<u8>> {
        self.file.bytes(address, length)
    }

    /// The code of a function, which must be that of the file.
    fn code(&self, name: &'static str, function: Function) -> Result<Vec<u8>, Obstacle> {
        let length = function.end - function.entry;
        if length > LONGEST {
            return Err(Obstacle::Immovable(name));
        }
        let code = self.target.memory.bytes(function.entry, length as usize)?;
        if self.file_bytes(function.entry, code.len()).as_ref() != Some(&code) {
            return Err(Obstacle::Changed(name));
        }
        Ok(code)
    }

    fn check_abi(&self) -> Result<(), Obstacle> {
        let (_, entry, code) = self.known(Hook::Rests.functions())?;
        let is_known =
            Prologue::of(&code, entry).is_ok_and(|it| it.has_goroutine_in_register(&self.target.layouts.g));
        if is_known { Ok(()) } else { Err(Obstacle::Abi) }
    }

    /// The ways into the kernel.
    pub(super) fn way(&self) -> Result<Way, Obstacle> {
        let (name, entry, code) = self.known(SYSTEM_CALL)?;
        let system_call = machine::system_call(&code, entry).ok_or(Obstacle::Immovable(name))?;
        let (name, sigreturn, code) = self.known(SIGRETURN)?;
        if !is_sigreturn(&code, sigreturn) {
            return Err(Obstacle::Immovable(name));
        }
        Ok(Way { system_call, sigreturn })
    }

    /// A function, where it begins, and its code.
    fn known(&self, names: &'static [&'static str]) -> Result<(&'static str, u64, Vec<u8>), Obstacle> {
        let (name, function) = self.find(names)?.ok_or(Obstacle::Missing(names[0]))?;
        Ok((name, function.entry, self.code(name, function)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_refused_that_nobody_has_tried() {
        for text in ["go1.19", "go1.19.8", "go1.22rc1", "go1.27.3", "go1.26.8 X:nodwarf5"] {
            assert!(was_tried(text), "{text}");
        }
        for text in ["go1.15", "go1.18.10", "go1.28", "go1.28.1", "go2", "devel", "go1.22 X:noregabiargs", ""]
        {
            assert!(!was_tried(text), "{text}");
        }
    }
}

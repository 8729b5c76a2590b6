//! Who imports whom.

use rustc_hash::{FxHashMap, FxHashSet};
use snag_program::Program;
use snag_program::load::PackageId;

/// The packages and all that import them, directly or not.
pub(crate) fn importing(program: &Program, mut packages: FxHashSet<PackageId>) -> FxHashSet<PackageId> {
    let mut importers: FxHashMap<PackageId, Vec<PackageId>> = FxHashMap::default();
    for (at, package) in (0..).map(PackageId).zip(&program.workspace.packages) {
        for &imported in package.imports.values() {
            importers.entry(imported).or_default().push(at);
        }
    }
    let mut queue: Vec<PackageId> = packages.iter().copied().collect();
    while let Some(id) = queue.pop() {
        let above = importers.get(&id).into_iter().flatten().copied();
        queue.extend(above.filter(|&above| packages.insert(above)));
    }
    packages
}

/// Whether two packages are parts of one program: of a command, or of a library that has both.
pub(crate) fn together(program: &Program, one: PackageId, other: PackageId) -> bool {
    let above = |id: PackageId| importing(program, FxHashSet::from_iter([id]));
    let (first, second) = (above(one), above(other));
    let is_command = |id: &&PackageId| program.workspace.package(**id).name == "main";
    let mut both = first.intersection(&second);
    match first.iter().chain(&second).any(|id| is_command(&id)) {
        true => both.any(|id| is_command(&id)),
        false => both.next().is_some(),
    }
}

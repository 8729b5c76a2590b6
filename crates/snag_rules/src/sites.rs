//! Which places of a stack belong to the program itself.

use std::borrow::Cow;

use snag_program::bundle::is_standard;
use snag_threads::snapshot::Frame;

/// Where the program's own code calls, or else a module that it uses: in the standard library nobody can change anything.
/// The stack has its innermost frame first.
pub(crate) fn site<'s>(stack: &[&'s Frame], module: Option<&str>) -> Option<&'s Frame> {
    let is_call = |frame: &&Frame| !frame.function.contains("._Cfunc_");
    let find =
        |wanted: &dyn Fn(&Frame) -> bool| stack.iter().copied().filter(is_call).find(|frame| wanted(frame));
    find(&|frame| is_own(&frame.function, module))
        .or_else(|| find(&|frame| !is_standard(&package(&frame.function))))
        .or(stack.first().copied())
}

/// Whether a function belongs to the module that the program was built from.
pub(crate) fn is_own(function: &str, module: Option<&str>) -> bool {
    let package = package(function);
    let inside = |module: &str| {
        package.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    package == "main" || module.is_some_and(inside)
}

/// The path of the package that a function of a stack is in.
pub(crate) fn package(function: &str) -> Cow<'_, str> {
    // Type arguments have paths of their own.
    let name = function.split('[').next().unwrap_or_default();
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    let end = name[last..].find('.').map_or(name.len(), |dot| last + dot);
    // The linker writes dots in the last part of a path so.
    if name[..end].contains("%2e") { name[..end].replace("%2e", ".").into() } else { name[..end].into() }
}

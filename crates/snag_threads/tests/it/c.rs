//! C functions.

use snag_threads::state::*;
use snag_threads::{Arch, Arg, Requires, StateSet, Target, c_function};

#[test]
fn functions_are_found_by_name_and_pattern() {
    assert_eq!(c_function("pthread_sigmask").map(|row| row.writes), Some(StateSet::of(&[SIGMASK])));
    assert_eq!(c_function("glDrawArrays").map(|row| row.reads), Some(StateSet::of(&[GL_CONTEXT])));
    assert_eq!(c_function("PyList_New").map(|row| row.reads), Some(StateSet::of(&[PYTHON_TSTATE])));
    assert_eq!(c_function("MPI_Init").map(|row| row.requires), Some(Requires::MainThread));
    for name in ["", "gl", "glob", "globfree", "printk", "PyObject", "my_function"] {
        assert!(c_function(name).is_none(), "{name}");
    }
}

#[test]
fn wrappers_depend_on_their_arguments() {
    let effects =
        |name: &str, args: &[Arg<'_>]| c_function(name).expect("a row").effects(args, Some(Arch::Amd64));
    assert_eq!(effects("setns", &[Arg::Unknown, Arg::Int(0x0400_0000)]).writes, StateSet::of(&[UTSNS]));
    assert_eq!(effects("prctl", &[Arg::Int(38), Arg::Int(1)]).writes, StateSet::of(&[NO_NEW_PRIVS]));
    assert_eq!(
        effects("syscall", &[Arg::Int(308), Arg::Unknown, Arg::Int(0x4000_0000)]).writes,
        StateSet::of(&[NETNS])
    );
    assert_eq!(effects("setuid", &[Arg::Int(0)]).target, Target::Process);
    assert_eq!(effects("setfsuid", &[Arg::Int(0)]).target, Target::Caller);
}

#[test]
fn process_wide_functions_need_no_thread() {
    assert!(c_function("sigaction").is_some_and(|row| row.process_wide && row.requires == Requires::Nothing));
    assert!(c_function("umask").is_some_and(|row| row.process_wide && row.requires == Requires::ProcessRace));
    assert!(c_function("usleep").is_some_and(|row| row.blocks && row.writes.is_empty()));
}

//! The vocabulary.

use snag_threads::state::*;
use snag_threads::{Harm, Inherited, Restorable, Scope, StateId, StateSet, flag};

#[test]
fn every_state_is_found_by_its_name() {
    assert_eq!(StateId::all().len(), 138);
    for id in StateId::all() {
        assert_eq!(StateId::named(id.info().id), Some(id));
        assert!(!id.info().effect.is_empty() && !id.info().harm_reason.is_empty(), "{id:?}");
    }
    assert_eq!(StateId::named("network"), None);
}

#[test]
fn a_network_namespace_hurts_bystanders_and_can_be_put_back() {
    let info = NETNS.info();
    assert_eq!((info.scope, info.harm, info.restorable), (Scope::Thread, Harm::Bystanders, Restorable::Yes));
    assert_eq!((info.inherited_by_thread, info.inherited_by_fork), (Inherited::Copied, Inherited::Copied));
    assert!(info.os.contains("linux") && info.os.contains("android") && !info.os.contains("darwin"));
    assert!(!NETNS.is_irreversible());
}

#[test]
fn what_cannot_be_put_back_is_irreversible() {
    for id in [
        FS_SHARING,
        FDTABLE_SHARING,
        NO_NEW_PRIVS,
        SECCOMP,
        LANDLOCK,
        CAP_BOUNDING,
        SESSION_KEYRING,
        TIMENS_CHILDREN,
    ] {
        assert!(id.is_irreversible(), "{id:?}");
    }
    for id in [SIGMASK, AFFINITY, CRED_UID, LSM_EXEC, UTSNS] {
        assert!(!id.is_irreversible(), "{id:?}");
    }
}

#[test]
fn harm_tells_a_label_from_a_hole() {
    let harm = |id: StateId| id.info().harm;
    assert_eq!(harm(COMM), Harm::Cosmetic);
    assert_eq!(harm(TIMERSLACK), Harm::Cosmetic);
    assert_eq!(harm(TID), Harm::Reader);
    assert_eq!(harm(RUSAGE_THREAD), Harm::Reader);
    assert_eq!(harm(TLS_VARS), Harm::CThread);
    assert_eq!(harm(GL_CONTEXT), Harm::CThread);
    assert_eq!(harm(PTRACE_TRACER), Harm::Owner);
    assert_eq!(harm(RLIMIT), Harm::Process);
    let mixed = StateSet::of(&[COMM, SIGMASK, TID]);
    assert_eq!(mixed.with_harm(Harm::Bystanders), StateSet::of(&[SIGMASK]));
}

#[test]
fn a_private_directory_needs_a_private_fs() {
    assert_eq!(CWD.info().scope, Scope::ThreadWhen(FS_SHARING));
    assert_eq!(LANDLOCK.info().scope, Scope::ThreadUnlessTsync);
    assert_eq!(PIDNS_CHILDREN.info().inherited_by_thread, Inherited::Refused);
}

#[test]
fn sets_behave_like_sets() {
    let mut set = StateSet::of(&[SIGMASK, NETNS]);
    assert_eq!(set.first(), Some(NETNS));
    assert_eq!(set.len(), 2);
    assert_eq!(format!("{set:?}"), "{netns, sigmask}");
    set.remove(NETNS);
    assert_eq!(set, StateSet::of(&[SIGMASK]));
    assert!(set.union(StateSet::of(&[ENVIRON])).contains(ENVIRON));
    assert!(!set.intersects(StateSet::of(&[NETNS])));
    assert!(set.difference(set).is_empty());
    assert_eq!(StateId::all().collect::<StateSet>().len(), StateId::all().len());
}

#[test]
fn flags_say_what_comes_back() {
    let mount = flag("CLONE_NEWNS").expect("a flag");
    assert_eq!(mount.states, StateSet::of(&[MNTNS, FS_SHARING]));
    assert_eq!(mount.implies, ["CLONE_FS"]);
    assert!(!mount.undoable);
    assert!(flag("CLONE_NEWNET").is_some_and(|flag| flag.undoable && flag.value == 0x4000_0000));
    assert!(flag("CLONE_VM").is_none());
}

//! What calls in Go do, by their constant arguments.

use snag_threads::state::*;
use snag_threads::{
    Arch, Arg, Effects, GoVersion, Kind, LockBehavior, PutBack, Requires, Saved, StateSet, Target, api,
    constant, syscall, syscall_by_number, syscall_effects, syscalls,
};

const UNIX: &str = "golang.org/x/sys/unix";

fn effects(package: &str, name: &str, args: &[Arg<'_>]) -> Effects {
    api(package, name).unwrap_or_else(|| panic!("no {package}.{name}")).effects(args, Some(Arch::Amd64))
}

#[test]
fn setns_changes_the_namespace_of_its_flag() {
    let entered = effects(UNIX, "Setns", &[Arg::Unknown, Arg::Int(0x4000_0000)]);
    assert_eq!(entered.writes, StateSet::of(&[NETNS]));
    assert!(entered.certain);
    let unknown = effects(UNIX, "Setns", &[Arg::Unknown, Arg::Unknown]);
    assert_eq!(unknown.writes, StateSet::of(&[NSPROXY_ANY]));
    assert!(!unknown.certain);
}

#[test]
fn prctl_depends_on_its_option() {
    let name = effects(UNIX, "Prctl", &[Arg::Int(15), Arg::Unknown]);
    assert_eq!(name.writes, StateSet::of(&[COMM]));
    let subreaper = effects(UNIX, "Prctl", &[Arg::Int(36), Arg::Int(1)]);
    assert_eq!(subreaper.target, Target::Process);
    assert!(effects(UNIX, "Prctl", &[Arg::Unknown]).writes.is_empty());
}

#[test]
fn calls_by_number_know_both_architectures() {
    let args = [Arg::Unknown, Arg::Int(0x4000_0000)];
    assert_eq!(syscall_effects(308, Arch::Amd64, &args).writes, StateSet::of(&[NETNS]));
    assert_eq!(syscall_effects(268, Arch::Arm64, &args).writes, StateSet::of(&[NETNS]));
    let raw =
        effects("syscall", "RawSyscall", &[Arg::Int(308), Arg::Unknown, Arg::Int(0x4000_0000), Arg::Int(0)]);
    assert_eq!(raw.writes, StateSet::of(&[NETNS]));
    assert_eq!(api("syscall", "RawSyscall").map(|row| row.requires), Some(Requires::ByNumber));
}

#[test]
fn setuid_reaches_all_threads_since_go_1_16() {
    let setuid = api("syscall", "Setuid").expect("a row");
    assert!(!setuid.process_wide(GoVersion::new(1, 15)));
    assert!(setuid.process_wide(GoVersion::new(1, 16)));
    let unix = api(UNIX, "Setuid").expect("a row");
    assert!(unix.process_wide_with(GoVersion::NEWEST, Some("v0.1.0")));
    assert!(!unix.process_wide_with(GoVersion::NEWEST, Some("v0.0.0-20220811171246-fbc7d0a398ab")));
    assert!(!api(UNIX, "Setgroups").expect("a row").process_wide(GoVersion::NEWEST));
}

#[test]
fn unshare_adds_up_its_flags() {
    let both = effects("syscall", "Unshare", &[Arg::Int(0x4000_0000 | 0x0002_0000)]);
    assert_eq!(both.writes, StateSet::of(&[NETNS, MNTNS, FS_SHARING]));
    assert_eq!(both.writes.first(), Some(NETNS));
    assert_eq!(effects("syscall", "Unshare", &[]).writes, StateSet::of(&[NSPROXY_ANY]));
}

#[test]
fn pid_zero_is_this_thread_and_the_process_id_is_the_main_one() {
    for name in ["SchedSetaffinity", "SchedSetAttr"] {
        let own = effects(UNIX, name, &[Arg::Int(0), Arg::Address]);
        assert_eq!((own.target, own.certain), (Target::Caller, true), "{name}");
        assert!(own.writes.intersects(StateSet::of(&[AFFINITY, SCHED_POLICY])));
        let leader = effects(UNIX, name, &[Arg::ProcessId, Arg::Address]);
        assert_eq!((leader.target, leader.writes_caller()), (Target::MainThread, StateSet::EMPTY), "{name}");
        assert!(!effects(UNIX, name, &[Arg::Unknown, Arg::Address]).certain);
        assert!(effects(UNIX, name, &[Arg::ThreadId, Arg::Address]).certain);
    }
}

#[test]
fn priority_of_a_group_reaches_all_threads() {
    assert_eq!(
        effects("syscall", "Setpriority", &[Arg::Int(0), Arg::Int(0), Arg::Int(5)]).target,
        Target::Caller
    );
    assert_eq!(
        effects("syscall", "Setpriority", &[Arg::Int(1), Arg::Int(0), Arg::Int(5)]).target,
        Target::Process
    );
    assert_eq!(effects(UNIX, "Setpriority", &[Arg::Int(0), Arg::ProcessId]).target, Target::MainThread);
}

#[test]
fn a_signal_mask_is_only_read_with_a_nil_set() {
    let change = effects(UNIX, "PthreadSigmask", &[Arg::Int(2), Arg::Address, Arg::Unknown]);
    assert_eq!((change.writes, change.certain), (StateSet::of(&[SIGMASK]), true));
    let look = effects(UNIX, "PthreadSigmask", &[Arg::Int(0), Arg::Nil, Arg::Address]);
    assert_eq!((look.writes, look.reads), (StateSet::EMPTY, StateSet::of(&[SIGMASK])));
}

#[test]
fn reading_the_usage_of_a_thread_needs_its_constant() {
    assert!(effects(UNIX, "Getrusage", &[Arg::Int(0)]).reads.is_empty());
    assert_eq!(effects(UNIX, "Getrusage", &[Arg::Int(1)]).reads, StateSet::of(&[RUSAGE_THREAD]));
    assert!(effects(UNIX, "ClockGettime", &[Arg::Unknown]).reads.is_empty());
    assert!(effects("syscall", "Wait4", &[Arg::Unknown, Arg::Nil, Arg::Int(0), Arg::Nil]).reads.is_empty());
}

#[test]
fn tsync_makes_a_filter_process_wide() {
    let seccomp = |flags| syscall_effects(317, Arch::Amd64, &[Arg::Int(1), Arg::Int(flags), Arg::Address]);
    assert_eq!((seccomp(0).target, seccomp(0).writes), (Target::Caller, StateSet::of(&[SECCOMP])));
    assert_eq!(seccomp(1).target, Target::Process);
    let landlock = syscall("landlock_restrict_self").expect("a row");
    assert_eq!(landlock.effects(&[Arg::Unknown, Arg::Int(8)]).target, Target::Process);
    assert_eq!(landlock.effects(&[Arg::Unknown, Arg::Int(0)]).writes_caller(), StateSet::of(&[LANDLOCK]));
}

#[test]
fn raw_credentials_are_per_thread_whatever_the_version() {
    let raw = effects("syscall", "RawSyscall", &[Arg::Int(117), Arg::Int(1), Arg::Int(1), Arg::Int(1)]);
    assert_eq!((raw.target, raw.writes.first()), (Target::Caller, Some(CRED_UID)));
    let all = effects("syscall", "AllThreadsSyscall", &[Arg::Int(117), Arg::Int(1)]);
    assert_eq!(all.target, Target::Process);
    assert_eq!(effects("syscall", "Setfsuid", &[]).writes, StateSet::of(&[CRED_FSUID]));
    assert!(!api("syscall", "Setfsuid").expect("a row").process_wide(GoVersion::NEWEST));
}

#[test]
fn numbers_may_be_unknown_or_names() {
    assert_eq!(effects("syscall", "Syscall", &[Arg::Unknown]), Effects::UNKNOWN);
    assert_eq!(effects("syscall", "Syscall", &[Arg::Int(39)]), Effects::NONE);
    let named = effects(UNIX, "RawSyscall", &[Arg::Str("SYS_UNSHARE"), Arg::Int(0x200)]);
    assert_eq!(named.writes, StateSet::of(&[FS_SHARING]));
    assert_eq!(syscall_effects(-1, Arch::Amd64, &[]), Effects::NONE);
    assert_eq!(constant("SYS_SETNS", Arch::Arm64), Some(268));
    assert_eq!(constant("PR_SET_NAME", Arch::Amd64), Some(15));
    assert_eq!(constant("PR_SET_NOTHING", Arch::Amd64), None);
}

#[test]
fn every_number_leads_back_to_its_call() {
    for row in syscalls() {
        for arch in [Arch::Amd64, Arch::Arm64] {
            if let Some(number) = row.number(arch) {
                assert_eq!(
                    syscall_by_number(i64::from(number), arch).map(|found| found.name),
                    Some(row.name)
                );
            }
        }
    }
    assert_eq!(Arch::from_goarch("riscv64"), Some(Arch::Arm64));
    assert_eq!(Arch::from_goarch("386"), None);
}

#[test]
fn names_are_found_with_any_receiver_and_major_version() {
    let netns = |name| api("github.com/vishvananda/netns", name).expect("a row");
    assert_eq!(netns("Set").writes, StateSet::of(&[NETNS]));
    assert_eq!(netns("New").requires, Requires::Lock);
    for name in ["Cmd.Start", "(*Cmd).Start", "*Cmd.Start"] {
        assert_eq!(api("os/exec", name).map(|row| row.name), Some("Cmd.Start"));
    }
    assert!(api("github.com/containerd/containerd/pkg/netns", "NewNetNS").is_some());
    assert!(api("example.com/m/vendor/github.com/vishvananda/netns", "Set").is_some());
    assert!(api("github.com/shirou/gopsutil/v3/net", "IOCountersWithContext").is_some());
    assert!(
        api("github.com/go-gl/glfw/v3.3/glfw", "CreateWindow")
            .is_some_and(|row| row.requires == Requires::MainThread)
    );
    assert!(
        api("github.com/go-gl/gl/v3.2-core/gl", "DrawArrays")
            .is_some_and(|row| row.writes.contains(GL_CONTEXT))
    );
    assert!(api("github.com/go-gl/gl/v3.2-core/gl", "Str").is_some_and(|row| row.writes.is_empty()));
    for (path, name) in
        [("syscall", "Enter"), ("", ""), ("net", ""), ("v2", "x"), ("example.com/netns", "Set")]
    {
        assert!(api(path, name).is_none(), "{path} {name}");
    }
    let instead = |name| api("syscall", name).map(|row| row.instead);
    assert_eq!((instead("Setns"), instead("Unshare")), (Some("golang.org/x/sys/unix"), Some("")));
}

#[test]
fn restoring_is_told_from_changing() {
    let put_back = |package, name| api(package, name).expect("a row").restore;
    assert_eq!(put_back("github.com/vishvananda/netns", "Set"), PutBack::Saved(0));
    assert_eq!(put_back(UNIX, "SchedSetaffinity"), PutBack::Saved(1));
    assert_eq!(
        put_back("github.com/opencontainers/selinux/go-selinux", "SetExecLabel"),
        PutBack::SavedOr(0, "")
    );
    assert_eq!(put_back("golang.org/x/sys/windows", "RevertToSelf"), PutBack::Always);
    assert_eq!(put_back("syscall", "Unshare"), PutBack::Never);
    let saved = api(UNIX, "PthreadSigmask").and_then(|row| row.saves).expect("a saved mask");
    assert_eq!((saved.states, saved.saved), (StateSet::of(&[SIGMASK]), Saved::Argument(2)));
    let saved =
        api("github.com/vishvananda/netns", "Get").and_then(|row| row.saves).expect("a saved namespace");
    assert_eq!((saved.states, saved.saved), (StateSet::of(&[NETNS]), Saved::Result));
}

#[test]
fn pins_are_told_by_what_calls_do_to_them() {
    let locks = |package, name| api(package, name).expect("a row").locks;
    assert_eq!(locks("runtime", "LockOSThread"), LockBehavior::IsLock);
    assert_eq!(locks("runtime", "UnlockOSThread"), LockBehavior::IsUnlock);
    assert_eq!(
        locks("github.com/containernetworking/plugins/pkg/ns", "NetNS.Do"),
        LockBehavior::OwnGoroutine
    );
    assert_eq!(
        locks("github.com/containernetworking/plugins/pkg/ns", "GetCurrentNS"),
        LockBehavior::Balanced
    );
    assert_eq!(locks("github.com/weaveworks/weave/net", "WithNetNS"), LockBehavior::BalancedUnchecked);
    assert_eq!(locks("github.com/hodgesds/perf-utils", "LockThread"), LockBehavior::LeaksUntilCloser);
    assert_eq!(locks("net", "Dial"), LockBehavior::No);
}

#[test]
fn a_death_signal_is_a_field() {
    let field = api("syscall", "SysProcAttr.Pdeathsig").expect("a row");
    assert_eq!((field.kind, field.requires), (Kind::Field, Requires::LockUntilChildExit));
    assert_eq!(field.writes, StateSet::of(&[CHILD_PDEATHSIG]));
}

#[test]
fn only_write_transactions_belong_to_a_thread() {
    for package in ["github.com/bmatsuo/lmdb-go/lmdb", "github.com/erigontech/mdbx-go/mdbx"] {
        let write = effects(package, "Env.BeginTxn", &[Arg::Nil, Arg::Int(0)]);
        assert_eq!((write.writes, write.certain), (StateSet::of(&[MUTEX_OWNER]), true));
        assert_eq!(effects(package, "Env.BeginTxn", &[Arg::Nil, Arg::Int(0x20000)]), Effects::NONE);
        assert!(!effects(package, "Env.BeginTxn", &[Arg::Nil, Arg::Unknown]).certain);
        assert_eq!(api(package, "Env.Update").map(|row| row.locks), Some(LockBehavior::Balanced));
    }
}

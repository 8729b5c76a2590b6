//! What calls in Go do, by their constant arguments.

use snag_threads::state::*;
use snag_threads::{Arch, Arg, Effects, GoVersion, Requires, StateSet, Target, api, syscall_effects};

const UNIX: &str = "golang.org/x/sys/unix";

fn effects(package: &str, name: &str, args: &[Arg<'_>]) -> Effects {
    api(package, name).unwrap_or_else(|| panic!("no {package}.{name}")).effects(args, Arch::Amd64)
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

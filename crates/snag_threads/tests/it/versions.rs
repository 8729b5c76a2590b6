//! Go versions and what they change.

use snag_threads::GoVersion;
use snag_threads::version::*;

fn version(text: &str) -> GoVersion {
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn versions_are_read_and_written() {
    for (text, shown) in [
        ("1.21", "1.21"),
        ("go1.22.3", "1.22.3"),
        ("1.23rc1", "1.23rc1"),
        ("go1.19beta2", "1.19beta2"),
        ("1.21.0", "1.21.0"),
        ("1.20.0", "1.20"),
        ("1", "1.0"),
        (" go1.22.3 X:loopvar", "1.22.3"),
        ("devel go1.28-2f0e2d5 Tue", "1.28"),
        ("go1.26.1-vendor", "1.26.1"),
    ] {
        assert_eq!(version(text).to_string(), shown, "{text}");
    }
    for text in [
        "",
        "go",
        "1.",
        "1.x",
        "v1.2",
        "1.2.3.4",
        "1.07",
        "1.22rc",
        "-1.2",
        "99999999.1",
        "1.22x",
        "1.22.3rc1",
    ] {
        assert!(GoVersion::parse(text).is_none(), "{text}");
    }
}

#[test]
fn versions_order_as_the_go_command_orders_them() {
    let order = [
        "1.9", "1.16rc1", "1.16", "1.16.1", "1.20", "1.21", "1.21rc2", "1.21.0", "1.21.5", "1.22", "1.27.3",
        "2.0",
    ];
    for pair in order.windows(2) {
        assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
    }
    assert_eq!(version("1.20"), version("1.20.0"));
    assert_eq!(version("1.22.5").language(), GoVersion::new(1, 22));
    assert_eq!(version("1.22.5").minor(), 22);
}

#[test]
fn the_loop_variable_follows_the_language_and_cgo_does_not() {
    assert!(!loop_variables_per_iteration(version("1.21.13")));
    assert!(loop_variables_per_iteration(version("1.22")));
    for (toolchain, ignores) in
        [("1.21.13", false), ("1.22.10", true), ("1.25.5", true), ("1.26.6", false), ("1.27.3", false)]
    {
        assert_eq!(cgo_ignores_language_version(version(toolchain)), ignores, "{toolchain}");
    }
}

#[test]
fn gomaxprocs_needs_both_versions() {
    assert!(container_aware_gomaxprocs(version("1.25.5"), version("1.25")));
    assert!(!container_aware_gomaxprocs(version("1.27.3"), version("1.24")));
    assert!(!container_aware_gomaxprocs(version("1.24.11"), version("1.25")));
}

#[test]
fn facts_flip_where_they_were_measured() {
    assert!(!setid_all_threads(version("1.15.15")) && setid_all_threads(version("1.16")));
    assert!(!async_preemption(version("1.13")) && async_preemption(version("1.14")));
    assert!(!locked_exit_kills_thread(version("1.9")) && locked_exit_kills_thread(version("1.10")));
    assert!(!lock_is_counted(version("1.9")) && lock_is_counted(version("1.15")));
    assert!(!pull_checks_pins(version("1.22")) && pull_checks_pins(version("1.23rc1")));
    let pins = |text| data_independent_timing_pins(version(text));
    assert!(!pins("1.23") && pins("1.24") && pins("1.25.1") && !pins("1.26"));
    assert!(facts::ALL.iter().all(|fact| !fact.source.is_empty() && !fact.what.is_empty()));
}

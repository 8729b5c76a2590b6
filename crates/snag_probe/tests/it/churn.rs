//! A program whose threads come and go.

use snag_probe::{Options, Stacks, attach};
use snag_threads::state;

use crate::program::{BUILDS, Running, toolchains};

/// The kernel refuses to show a thread that ends at the wrong moment about once in a thousand looks.
const LOOKS: usize = 3000;

#[test]
fn threads_that_end_while_they_are_read_are_no_gap() {
    let toolchain = toolchains().pop().expect("a toolchain");
    let mut running = Running::start(&toolchain.build("churn", BUILDS[0]));
    running.told();
    let target = attach(running.pid()).unwrap_or_else(|refusal| panic!("{refusal}"));
    let options = Options { stacks: Stacks::None, pause: false };
    for _ in 0..LOOKS {
        let snapshot = target.snapshot(options).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(snapshot.gaps, []);
        assert!(snapshot.threads.iter().any(|thread| thread.tid == running.pid()));
        for thread in &snapshot.threads {
            assert!(thread.value(state::NETNS).is_some(), "{thread:?} is not whole");
        }
    }
}

//! What no process tells about itself: where the runtime's counters lie in `runtime.schedt`, and enough of
//! `runtime.moduledata` to find everything else.
//!
//! Read from the DWARF of programs built with go1.15.15, go1.19.8, go1.21.13, go1.22.10, go1.23.1, go1.23.9, go1.24.3,
//! go1.24.11, go1.25.0, go1.25.5, go1.26.0, go1.26.3, go1.26.6, go1.27.0 and go1.27.3, and the same in gdb for the
//! newest of each line. A row covers the lines between two that were read only if both say the same. What a row says is
//! believed only when the values found there agree with what is known otherwise.

use snag_threads::GoVersion;

/// Offsets in `runtime.moduledata`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ModuleData {
    pub(crate) text: u64,
    pub(crate) etext: u64,
    pub(crate) types: u64,
    pub(crate) etypes: u64,
    /// Where functions keep what `funcdata` points into; before Go 1.18 they have pointers.
    pub(crate) gofunc: Option<u64>,
    /// Whether it begins with a pointer to the table of functions; before Go 1.16 with a slice.
    pub(crate) begins_with_header: bool,
}

/// Offsets in `runtime.schedt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sched {
    pub(crate) goidgen: usize,
    pub(crate) nmidle: usize,
    pub(crate) nmidlelocked: usize,
    pub(crate) mnext: usize,
    pub(crate) maxmcount: usize,
    pub(crate) nmfreed: usize,
    pub(crate) npidle: usize,
    pub(crate) nmspinning: usize,
    /// How many goroutines wait in the global queue; its place between the lines that were read is not known.
    pub(crate) runqsize: Option<usize>,
}

/// The newest line that was read.
const NEWEST: GoVersion = GoVersion::new(1, 27);

/// The layouts to try in turn: each is checked before it is believed. A version newer than known may have that of any known
/// one, most likely that of the newest.
pub(crate) fn module_data(version: GoVersion) -> Vec<ModuleData> {
    if version.language() <= NEWEST {
        return vec![module_data_of(version)];
    }
    [NEWEST, GoVersion::new(1, 26)].map(module_data_of).to_vec()
}

fn module_data_of(version: GoVersion) -> ModuleData {
    let line = |minor| version >= GoVersion::new(1, minor);
    let common = ModuleData {
        text: 176,
        etext: 184,
        types: 296,
        etypes: 304,
        gofunc: Some(320),
        begins_with_header: true,
    };
    if line(27) {
        ModuleData { etypes: 312, gofunc: Some(344), ..common }
    } else if line(20) {
        common
    } else if line(18) {
        ModuleData { types: 280, etypes: 288, gofunc: Some(304), ..common }
    } else if line(16) {
        ModuleData { types: 280, etypes: 288, gofunc: None, ..common }
    } else {
        ModuleData { text: 96, etext: 104, types: 200, etypes: 208, gofunc: None, begins_with_header: false }
    }
}

/// None for versions that nobody looked at, and for experiments that move fields.
pub(crate) fn sched(version: GoVersion, text: &str) -> Option<Sched> {
    let line = |minor| version >= GoVersion::new(1, minor);
    // Experiments that were chosen when the program was built.
    let experimental = text.contains("X:");
    if version.language() > NEWEST || !line(15) || experimental {
        return None;
    }
    let first = Sched {
        goidgen: 0,
        nmidle: 40,
        nmidlelocked: 44,
        mnext: 48,
        maxmcount: 56,
        nmfreed: 64,
        npidle: 88,
        nmspinning: 92,
        runqsize: Some(112),
    };
    Some(if line(26) {
        Sched {
            nmidle: 64,
            nmidlelocked: 68,
            mnext: 72,
            maxmcount: 80,
            nmfreed: 88,
            npidle: 112,
            nmspinning: 116,
            runqsize: Some(144),
            ..first
        }
    } else if line(25) {
        Sched {
            nmidle: 48,
            nmidlelocked: 52,
            mnext: 56,
            maxmcount: 64,
            nmfreed: 72,
            npidle: 96,
            nmspinning: 100,
            runqsize: Some(128),
            ..first
        }
    } else if line(21) {
        Sched { runqsize: Some(120), ..first }
    } else if line(20) {
        Sched { runqsize: None, ..first }
    } else {
        first
    })
}

//! Go versions as go.mod and build constraints write them.

/// A Go version, ordered as Go orders them: 1.21rc1 < 1.21.0 < 1.21.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct GoVersion {
    /// 1
    pub major: u16,
    /// 21 in 1.21.3
    pub minor: u16,
    /// 3 in 1.21.3
    pub patch: u16,
}

impl GoVersion {
    /// `major.minor`
    pub fn new(major: u16, minor: u16) -> GoVersion {
        GoVersion { major, minor, patch: 0 }
    }
}

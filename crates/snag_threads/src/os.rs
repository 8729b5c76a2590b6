//! Operating systems a row of the tables holds for.

/// A set of operating systems.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct OsSet(u8);

impl OsSet {
    /// Linux, and Android.
    pub const LINUX: OsSet = OsSet(1);
    /// macOS, and iOS.
    pub const DARWIN: OsSet = OsSet(2);
    /// Windows.
    pub const WINDOWS: OsSet = OsSet(4);
    /// FreeBSD.
    pub const FREEBSD: OsSet = OsSet(8);
    /// Every operating system, also those not named here.
    pub const ALL: OsSet = OsSet(0xff);

    /// The operating systems of both sets.
    pub const fn or(self, other: OsSet) -> OsSet {
        OsSet(self.0 | other.0)
    }

    /// Whether the set holds the operating system with this `GOOS` name.
    pub fn contains(self, goos: &str) -> bool {
        let bit = match goos {
            "linux" | "android" => Self::LINUX.0,
            "darwin" | "ios" => Self::DARWIN.0,
            "windows" => Self::WINDOWS.0,
            "freebsd" => Self::FREEBSD.0,
            _ => return self == Self::ALL,
        };
        self.0 & bit != 0
    }
}

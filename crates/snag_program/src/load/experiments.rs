//! Which `goexperiment.*` tags are set when nobody asks for any.
//!
//! Source of every row: `baseline` in src/internal/buildcfg/exp.go of that release (1.16 and before had none on).

use super::GoVersion;

/// Where an experiment is on.
enum On {
    Everywhere,
    /// Architectures with the register calling convention.
    Architectures(&'static [&'static str]),
    /// The first release with the convention had it on one architecture and few systems.
    FirstRegisterAbi,
    ExceptSystems(&'static [&'static str]),
}

use On::{Architectures, Everywhere, ExceptSystems, FirstRegisterAbi};

const REGABI_18: On = Architectures(&["amd64", "arm64", "ppc64le", "ppc64"]);
const REGABI_20: On = Architectures(&["amd64", "arm64", "ppc64le", "ppc64", "riscv64"]);
const REGABI_23: On = Architectures(&["amd64", "arm64", "loong64", "ppc64le", "ppc64", "riscv64"]);
const REGABI_27: On = Architectures(&["amd64", "arm64", "loong64", "ppc64le", "ppc64", "riscv64", "s390x"]);
/// `haveXchg8` of 1.24.
const XCHG8: On = Architectures(&["386", "amd64", "arm", "arm64", "loong64", "ppc64le", "ppc64"]);
const DWARF5: On = ExceptSystems(&["darwin", "ios", "aix"]);

/// An experiment, the first and the last minor release that has it on, and where.
const ON_BY_DEFAULT: &[(&str, u16, u16, On)] = &[
    ("regabiwrappers", 17, 17, FirstRegisterAbi),
    ("regabiwrappers", 18, 19, REGABI_18),
    ("regabiwrappers", 20, 22, REGABI_20),
    ("regabiwrappers", 23, 26, REGABI_23),
    ("regabiwrappers", 27, u16::MAX, REGABI_27),
    ("regabiargs", 17, 17, FirstRegisterAbi),
    ("regabiargs", 18, 19, REGABI_18),
    ("regabiargs", 20, 22, REGABI_20),
    ("regabiargs", 23, 26, REGABI_23),
    ("regabiargs", 27, u16::MAX, REGABI_27),
    ("regabig", 17, 17, FirstRegisterAbi),
    ("regabireflect", 17, 17, FirstRegisterAbi),
    ("regabireflect", 18, 19, REGABI_18),
    ("regabidefer", 17, 17, FirstRegisterAbi),
    ("pacerredesign", 18, 19, Everywhere),
    ("unified", 20, 20, Everywhere),
    ("coverageredesign", 20, 24, Everywhere),
    ("allocheaders", 22, 22, Everywhere),
    ("exectracer2", 22, 22, Everywhere),
    ("aliastypeparams", 24, 25, Everywhere),
    ("swissmap", 24, 25, Everywhere),
    ("spinbitmutex", 24, 24, XCHG8),
    ("synchashtriemap", 24, 25, Everywhere),
    ("dwarf5", 25, u16::MAX, DWARF5),
    ("randomizedheapbase64", 26, u16::MAX, Everywhere),
    ("greenteagc", 26, u16::MAX, Everywhere),
    ("jsonv2", 27, u16::MAX, Everywhere),
    ("sizespecializedmalloc", 27, u16::MAX, Everywhere),
];

/// The names of the experiments that are on: the defaults, changed by the value of `GOEXPERIMENT`.
pub(super) fn experiments(version: GoVersion, goos: &str, goarch: &str, asked: &str) -> Vec<String> {
    let minor = version.minor();
    let on = |place: &On| match place {
        Everywhere => true,
        Architectures(list) => list.contains(&goarch),
        FirstRegisterAbi => goarch == "amd64" && matches!(goos, "android" | "linux" | "darwin" | "windows"),
        ExceptSystems(list) => !list.contains(&goos),
    };
    let in_range =
        |&&(_, first, last, ref place): &&(&str, u16, u16, On)| (first..=last).contains(&minor) && on(place);
    let mut names: Vec<String> = ON_BY_DEFAULT.iter().filter(in_range).map(|row| row.0.to_owned()).collect();
    for word in asked.split(',').filter(|word| !word.is_empty()) {
        match word.strip_prefix("no") {
            _ if word == "none" => names.clear(),
            Some(off) => names.retain(|name| name != off),
            None if names.iter().any(|name| name == word) => {}
            None => names.push(word.to_owned()),
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_follow_the_release() {
        let names = |minor, asked| experiments(GoVersion::new(1, minor), "linux", "amd64", asked);
        assert!(names(27, "").iter().any(|name| name == "jsonv2"));
        assert!(!names(26, "").iter().any(|name| name == "jsonv2"));
        assert!(names(26, "jsonv2").iter().any(|name| name == "jsonv2"));
        assert!(!names(27, "nojsonv2,rangefunc").iter().any(|name| name == "jsonv2"));
        assert_eq!(names(27, "none"), Vec::<String>::new());
        assert_eq!(names(16, ""), Vec::<String>::new());
    }
}

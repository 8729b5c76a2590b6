//! Which tags are set, and which file names take part.

use rustc_hash::FxHashSet;
use snag_syntax::go::constraint::Constraint;

use super::experiments::experiments;
use super::{Config, GoVersion};

/// Past, present and expected operating systems: each is a file name suffix.
/// Source: src/internal/syslist/syslist.go.
const SYSTEMS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];

/// The systems on which the tag `unix` is set. Source: the same file.
const UNIX: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "linux",
    "netbsd",
    "openbsd",
    "solaris",
];

/// Past, present and expected architectures: each is a file name suffix. Source: the same file.
#[rustfmt::skip]
const ARCHITECTURES: &[&str] = &[
    "386", "amd64", "amd64p32", "arm", "armbe", "arm64", "arm64be", "loong64", "mips", "mipsle", "mips64",
    "mips64le", "mips64p32", "mips64p32le", "ppc", "ppc64", "ppc64le", "riscv", "riscv64", "s390", "s390x",
    "sparc", "sparc64", "wasm",
];

/// The first Go release that knows the tag `unix`.
const FIRST_WITH_UNIX: u16 = 19;

/// The machine, the settings and the release that files are selected for.
#[derive(Clone, Debug)]
pub(super) struct Target {
    goos: String,
    goarch: String,
    pub(super) cgo: bool,
    /// User tags and experiments.
    tags: FxHashSet<String>,
    release: u16,
}

impl Target {
    pub(super) fn new(config: &Config, tags: &[String], release: GoVersion) -> Target {
        let asked = config.environment.goexperiment.as_deref().unwrap_or_default();
        let experiments = experiments(release, &config.goos, &config.goarch, asked);
        let mut set: FxHashSet<String> =
            experiments.into_iter().map(|name| format!("goexperiment.{name}")).collect();
        set.extend(config.tags.iter().cloned());
        set.extend(tags.iter().cloned());
        Target {
            goos: config.goos.clone(),
            goarch: config.goarch.clone(),
            cgo: config.cgo,
            tags: set,
            release: release.minor(),
        }
    }

    /// Whether the tag is set.
    pub(super) fn has_tag(&self, tag: &str) -> bool {
        match tag {
            "cgo" if self.cgo => true,
            "gc" => true,
            "unix" if self.release >= FIRST_WITH_UNIX && UNIX.contains(&self.goos.as_str()) => true,
            "linux" if self.goos == "android" => true,
            "solaris" if self.goos == "illumos" => true,
            "darwin" if self.goos == "ios" => true,
            "boringcrypto" => self.tags.contains("goexperiment.boringcrypto"),
            _ if tag == self.goos || tag == self.goarch => true,
            _ => self.is_release_tag(tag) || self.tags.contains(tag),
        }
    }

    fn is_release_tag(&self, tag: &str) -> bool {
        let Some(minor) = tag.strip_prefix("go1.") else { return false };
        let plain = !minor.starts_with('0') && !minor.starts_with('+');
        plain && minor.parse::<u16>().is_ok_and(|minor| minor <= self.release)
    }

    pub(super) fn holds(&self, constraint: Option<&Constraint>) -> bool {
        constraint.is_none_or(|constraint| constraint.eval(&|tag| self.has_tag(tag)))
    }

    /// Whether the suffix of a file name (`_linux`, `_amd64`, `_linux_amd64`, also before `_test`) fits.
    pub(super) fn fits_name(&self, name: &str) -> bool {
        let stem = name.split('.').next().unwrap_or_default();
        // Only what follows a first underscore counts: linux.go is for every system.
        let Some((_, suffix)) = stem.split_once('_') else { return true };
        let mut words = suffix.rsplit('_').peekable();
        words.next_if(|&word| word == "test");
        let last = words.next().unwrap_or_default();
        if ARCHITECTURES.contains(&last) {
            let system = words.next().filter(|word| SYSTEMS.contains(word));
            return self.has_tag(last) && system.is_none_or(|system| self.has_tag(system));
        }
        !SYSTEMS.contains(&last) || self.has_tag(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Environment;

    fn target(goos: &str, goarch: &str, cgo: bool) -> Target {
        let (goos, goarch) = (goos.to_owned(), goarch.to_owned());
        let environment = Environment::default();
        let tags = vec!["mine".to_owned()];
        let config = Config { goos, goarch, cgo, tags, tests: false, go_version: None, environment };
        Target::new(&config, &[], GoVersion::new(1, 22))
    }

    #[test]
    fn names_fit_as_in_go() {
        let linux = target("linux", "amd64", true);
        for name in
            ["linux.go", "windows.go", "a_linux.go", "a_amd64.go", "a_linux_amd64.go", "a_linux_test.go"]
        {
            assert!(linux.fits_name(name), "{name}");
        }
        for name in ["a_windows.go", "a_linux_arm64.go", "a_windows_amd64.go", "_windows_test.go", "a_js.s"] {
            assert!(!linux.fits_name(name), "{name}");
        }
        assert!(linux.fits_name("a_unix.go") && linux.fits_name("a_linux_extra.go"));
        assert!(target("android", "arm64", true).fits_name("a_linux.go"));
        assert!(!target("js", "wasm", false).fits_name("a_unix_linux.go"));
    }

    #[test]
    fn tags_are_those_of_the_release() {
        let linux = target("linux", "amd64", false);
        for tag in ["linux", "amd64", "unix", "gc", "go1.1", "go1.22", "mine", "goexperiment.exectracer2"] {
            assert!(linux.has_tag(tag), "{tag}");
        }
        for tag in ["cgo", "go1.23", "go1.0x", "darwin", "goexperiment.jsonv2", "ignore"] {
            assert!(!linux.has_tag(tag), "{tag}");
        }
    }
}

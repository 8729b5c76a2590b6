//! What comes with Snag: the signatures of the standard library, and stubs for some other packages.
//!
//! Both are packs: an index, and behind it each package compressed on its own, so that a run inflates only the
//! packages that are imported. `cargo xtask pack` writes them.
//!
//! A pack is the mark `SNAGPK1\n`, the size of the index when inflated and as stored (little endian, 32 bits),
//! the index, and the packages. The first line of the index is a version, each further one a package: path,
//! offset, stored size and inflated size. A package is a list of files: a line with name and size, then the text.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::files::{Entry, Files, Kind};
use crate::load::{BUNDLED_GOROOT, BUNDLED_STUBS};

const MARK: &[u8] = b"SNAGPK1\n";

static STANDARD: &[u8] = include_bytes!("../data/std.pack");
static STUBS: &[u8] = include_bytes!("../data/stubs.pack");

/// Whether a package of this path belongs to the standard library, which includes its own internal ones and those that
/// it vendors.
pub fn is_standard(path: &str) -> bool {
    static PATHS: OnceLock<BTreeSet<String>> = OnceLock::new();
    let paths = PATHS.get_or_init(|| {
        Pack::open(STANDARD).map(|pack| pack.packages.into_keys().collect()).unwrap_or_default()
    });
    if path.starts_with("internal/") || path.starts_with("vendor/golang.org/") {
        return true;
    }
    // Only few of the internal packages are bundled; they belong to whoever is above them.
    let Some((above, _)) = path.split_once("/internal") else { return paths.contains(path) };
    let below = format!("{above}/");
    paths.contains(path) || paths.range(below.clone()..).next().is_some_and(|next| next.starts_with(&below))
}

/// Shows the bundled packs below [`BUNDLED_GOROOT`] and [`BUNDLED_STUBS`], and everything else as it is.
pub struct Bundled<F> {
    inner: F,
    standard: Option<Pack>,
    stubs: Option<Pack>,
}

impl<F: Files> Bundled<F> {
    /// Adds the bundled packs to `inner`.
    pub fn new(inner: F) -> Bundled<F> {
        Bundled { inner, standard: Pack::open(STANDARD), stubs: Pack::open(STUBS) }
    }

    /// The pack that a path lies in, and the path inside it.
    fn pack<'p>(&self, path: &'p Path) -> Option<(&Pack, &'p Path)> {
        let inside = |pack: &'_ Option<Pack>, root: &str| -> Option<&'p Path> {
            pack.as_ref().and_then(|_| path.strip_prefix(root).ok())
        };
        if let Some(rest) = inside(&self.standard, BUNDLED_GOROOT) {
            return Some((self.standard.as_ref()?, rest));
        }
        let rest = inside(&self.stubs, BUNDLED_STUBS)?;
        Some((self.stubs.as_ref()?, rest))
    }
}

impl<F: Files> Files for Bundled<F> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.pack(path) {
            Some((pack, inside)) => pack.read(inside).ok_or_else(|| io::ErrorKind::NotFound.into()),
            None => self.inner.read(path),
        }
    }

    fn read_start(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        match self.pack(path) {
            Some(_) => {
                let mut text = self.read(path)?;
                text.truncate(limit);
                Ok(text)
            }
            None => self.inner.read_start(path, limit),
        }
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        match self.pack(directory) {
            Some((pack, inside)) => pack.list(inside).ok_or_else(|| io::ErrorKind::NotFound.into()),
            None => self.inner.list(directory),
        }
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        match self.pack(path) {
            Some((pack, inside)) => pack.kind(inside),
            None => self.inner.kind(path),
        }
    }

    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        match self.pack(path) {
            Some((pack, inside)) => pack.kind(inside).map(|_| path.to_path_buf()),
            None => self.inner.resolve(path),
        }
    }
}

/// A file of a package: its name and text.
type PackedFile = (String, Vec<u8>);

struct Packed {
    offset: usize,
    stored: usize,
    size: usize,
    files: OnceLock<Vec<PackedFile>>,
}

/// A pack with its index read.
struct Pack {
    bytes: &'static [u8],
    version: String,
    packages: BTreeMap<String, Packed>,
}

impl Pack {
    fn open(bytes: &'static [u8]) -> Option<Pack> {
        let rest = bytes.strip_prefix(MARK)?;
        let number = |at: usize| Some(u32::from_le_bytes(rest.get(at..at + 4)?.try_into().ok()?) as usize);
        let (size, stored) = (number(0)?, number(4)?);
        let index = inflate(rest.get(8..8 + stored)?, size)?;
        let bytes = rest.get(8 + stored..)?;
        let index = String::from_utf8(index).ok()?;
        let mut lines = index.lines();
        let version = lines.next()?.to_owned();
        let package = |line: &str| {
            let mut words = line.split(' ');
            let path = words.next()?.to_owned();
            let mut number = || words.next()?.parse().ok();
            let (offset, stored, size) = (number()?, number()?, number()?);
            Some((path, Packed { offset, stored, size, files: OnceLock::new() }))
        };
        Some(Pack { bytes, version, packages: lines.filter_map(package).collect() })
    }

    /// The files of a package, inflated when they are first asked for.
    fn files(&self, path: &str) -> Option<&[PackedFile]> {
        let packed = self.packages.get(path)?;
        let inflated = || {
            let stored = self.bytes.get(packed.offset..packed.offset + packed.stored);
            stored
                .and_then(|stored| inflate(stored, packed.size))
                .map(|text| split_files(&text))
                .unwrap_or_default()
        };
        Some(packed.files.get_or_init(inflated))
    }

    fn read(&self, inside: &Path) -> Option<Vec<u8>> {
        if inside == Path::new("VERSION") {
            return Some(format!("{}\n", self.version).into_bytes());
        }
        let package = package_of(inside.parent()?)?;
        let name = inside.file_name()?.to_str()?;
        let found = self.files(&package)?.iter().find(|(packed, _)| packed == name)?;
        Some(found.1.clone())
    }

    fn list(&self, inside: &Path) -> Option<Vec<Entry>> {
        let path = package_of(inside)?;
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let below = self.packages.range(prefix.clone()..).map(|(path, _)| path);
        let below = below.take_while(|path| path.starts_with(&prefix));
        let directories: BTreeSet<&str> = below
            .filter_map(|path| path[prefix.len()..].split('/').next())
            .filter(|name| !name.is_empty())
            .collect();
        let files = self.files(&path);
        if files.is_none() && directories.is_empty() {
            return None;
        }
        let directories =
            directories.into_iter().map(|name| Entry { name: name.to_owned(), kind: Kind::Directory });
        let files =
            files.unwrap_or_default().iter().map(|(name, _)| Entry { name: name.clone(), kind: Kind::File });
        let mut entries: Vec<Entry> = directories.chain(files).collect();
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Some(entries)
    }

    fn kind(&self, inside: &Path) -> Option<Kind> {
        if inside == Path::new("VERSION") {
            return Some(Kind::File);
        }
        if package_of(inside).is_some_and(|path| self.has_directory(&path)) {
            return Some(Kind::Directory);
        }
        let package = package_of(inside.parent()?)?;
        let name = inside.file_name()?.to_str()?;
        self.files(&package)?.iter().any(|(packed, _)| packed == name).then_some(Kind::File)
    }

    fn has_directory(&self, path: &str) -> bool {
        let mut below = self.packages.range(path.to_owned()..);
        let inside = |found: &str| found.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        path.is_empty()
            || self.packages.contains_key(path)
            || below.by_ref().take_while(|(found, _)| found.starts_with(path)).any(|(found, _)| inside(found))
    }
}

/// The package path of a directory such as `src/net/http`.
fn package_of(inside: &Path) -> Option<String> {
    let relative = inside.strip_prefix("src").ok()?;
    let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}

fn inflate(stored: &[u8], size: usize) -> Option<Vec<u8>> {
    miniz_oxide::inflate::decompress_to_vec_with_limit(stored, size).ok()
}

fn split_files(mut text: &[u8]) -> Vec<PackedFile> {
    let mut files = Vec::new();
    while let Some(end) = memchr::memchr(b'\n', text) {
        let line = String::from_utf8_lossy(&text[..end]).into_owned();
        let Some((name, size)) = line.split_once(' ') else { break };
        let size = size.parse().unwrap_or(0);
        let Some(body) = text.get(end + 1..end + 1 + size) else { break };
        files.push((name.to_owned(), body.to_vec()));
        text = &text[end + 1 + size..];
    }
    files
}

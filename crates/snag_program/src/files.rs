//! The only door to a disk: everything that reads files does so through [`Files`].

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};

/// What a directory entry is, without following symbolic links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link; [`Files::kind`] says what it leads to.
    Link,
    /// A socket, a device, a pipe: never read, for reading it may block for ever.
    Other,
}

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name; bytes that are not UTF-8 are replaced, so such a file cannot be opened by name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
}

/// A tree of files: a disk, a map in memory, an archive.
pub trait Files: Sync {
    /// The whole file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// At most the first `limit` bytes of the file.
    fn read_start(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        let mut bytes = self.read(path)?;
        bytes.truncate(limit);
        Ok(bytes)
    }

    /// The entries of a directory, sorted by name.
    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>>;

    /// What is at `path` after following symbolic links; nothing if it is not there or a link loops.
    fn kind(&self, path: &Path) -> Option<Kind>;

    /// The path without symbolic links, if it exists.
    fn resolve(&self, path: &Path) -> Option<PathBuf>;
}

/// The machine's own disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Disk {
    fn kind_of(kind: std::fs::FileType) -> Kind {
        if kind.is_symlink() {
            Kind::Link
        } else if kind.is_dir() {
            Kind::Directory
        } else if kind.is_file() {
            Kind::File
        } else {
            Kind::Other
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "this is the door to the disk")]
impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn read_start(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        use std::io::Read;
        let mut bytes = Vec::with_capacity(limit);
        std::fs::File::open(path)?.take(limit as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            entries.push(Entry { name, kind: Disk::kind_of(entry.file_type()?) });
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        std::fs::metadata(path).ok().map(|meta| Disk::kind_of(meta.file_type()))
    }

    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        std::fs::canonicalize(path).ok()
    }
}

/// Files in memory, for tests and for editors.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    nodes: BTreeMap<PathBuf, Node>,
}

#[derive(Clone, Debug)]
enum Node {
    File(Vec<u8>),
    Unreadable,
    Directory(BTreeSet<String>),
    Link(PathBuf),
}

/// Longer chains of links are taken for a loop, as operating systems do.
const MAX_LINKS: usize = 40;

impl Memory {
    /// An empty tree.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Adds a file and the directories above it.
    pub fn file(&mut self, path: impl AsRef<Path>, text: impl Into<Vec<u8>>) -> &mut Memory {
        self.insert(path.as_ref(), Node::File(text.into()))
    }

    /// Adds a file that exists and cannot be read.
    pub fn unreadable(&mut self, path: impl AsRef<Path>) -> &mut Memory {
        self.insert(path.as_ref(), Node::Unreadable)
    }

    /// Adds an empty directory and the directories above it.
    pub fn directory(&mut self, path: impl AsRef<Path>) -> &mut Memory {
        self.insert(path.as_ref(), Node::Directory(BTreeSet::new()))
    }

    /// Adds a symbolic link.
    pub fn link(&mut self, path: impl AsRef<Path>, target: impl Into<PathBuf>) -> &mut Memory {
        self.insert(path.as_ref(), Node::Link(target.into()))
    }

    fn insert(&mut self, path: &Path, node: Node) -> &mut Memory {
        let path = clean(path);
        let mut below = path.clone();
        while let (Some(parent), Some(name)) = (below.parent(), below.file_name()) {
            let name = name.to_string_lossy().into_owned();
            let parent = parent.to_path_buf();
            let entry = self.nodes.entry(parent.clone()).or_insert_with(|| Node::Directory(BTreeSet::new()));
            if let Node::Directory(names) = entry {
                names.insert(name);
            }
            below = parent;
        }
        let exists = matches!((&node, self.nodes.get(&path)), (Node::Directory(_), Some(Node::Directory(_))));
        if !exists {
            self.nodes.insert(path, node);
        }
        self
    }

    fn find(&self, path: &Path) -> Option<(PathBuf, &Node)> {
        let resolved = self.resolve(path)?;
        let node = self.nodes.get(&resolved)?;
        Some((resolved, node))
    }
}

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.find(path) {
            Some((_, Node::File(text))) => Ok(text.clone()),
            Some((_, Node::Unreadable)) => Err(io::ErrorKind::PermissionDenied.into()),
            Some(_) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        let Some((path, node)) = self.find(directory) else { return Err(io::ErrorKind::NotFound.into()) };
        let Node::Directory(names) = node else { return Err(io::ErrorKind::NotADirectory.into()) };
        let kind = |name: &String| match self.nodes.get(&path.join(name)) {
            Some(Node::Directory(_)) => Kind::Directory,
            Some(Node::Link(_)) => Kind::Link,
            _ => Kind::File,
        };
        Ok(names.iter().map(|name| Entry { name: name.clone(), kind: kind(name) }).collect())
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        Some(match self.find(path)?.1 {
            Node::Directory(_) => Kind::Directory,
            _ => Kind::File,
        })
    }

    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        let mut links = 0;
        let mut rest: Vec<PathBuf> = parts(&clean(path));
        let mut resolved = PathBuf::new();
        while let Some(part) = rest.pop() {
            if part.as_os_str() == ".." {
                resolved.pop();
                continue;
            }
            let next = resolved.join(&part);
            match self.nodes.get(&next) {
                Some(Node::Link(target)) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return None;
                    }
                    if target.is_absolute() {
                        resolved = PathBuf::new();
                    }
                    rest.extend(parts(target));
                }
                Some(_) => resolved = next,
                None if next.parent().is_none() => resolved = next,
                None => return None,
            }
        }
        Some(resolved)
    }
}

/// The components of a path, last one first.
fn parts(path: &Path) -> Vec<PathBuf> {
    path.components().rev().map(|part| PathBuf::from(part.as_os_str())).collect()
}

/// The path without `.` and without `x/..`, as Go's `filepath.Clean` has it; links are not looked at.
pub fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => out.push(".."),
            },
            other => out.push(other),
        }
    }
    out
}

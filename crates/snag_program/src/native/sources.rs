//! The C texts of cgo packages: preambles, the files beside them, and what those include.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashSet;
use snag_syntax::c::{self, Sharing};
use snag_syntax::go::ast::File;
use snag_syntax::go::comment::{Comments, Directive};
use snag_syntax::{Span, Symbol};

use crate::cgo;
use crate::files::{Files, Kind};
use crate::ir::FileId;
use crate::load::{Package, PackageId, Workspace};
use crate::names::World;

/// Bigger files are generated, or whole libraries in one file.
const FILE_BYTES: usize = 2 << 20;
const PACKAGE_BYTES: usize = 12 << 20;
const PACKAGE_FILES: usize = 200;
const EXTENSIONS: [&str; 8] = ["c", "h", "m", "cc", "cpp", "cxx", "hh", "hpp"];

/// The C texts of a package.
pub(crate) struct PackageSources {
    pub(super) package: PackageId,
    pub(super) texts: Vec<Text>,
    /// Names behind `//export`, with the Go file.
    pub(super) exports: Vec<(FileId, Symbol)>,
}

/// One text.
pub(super) struct Text {
    /// The Go file, for a preamble.
    pub(super) go: Option<FileId>,
    pub(super) path: PathBuf,
    pub(super) display: Arc<str>,
    pub(super) c: c::File,
}

/// Reads the C of all packages that import "C"; those of the standard library are the business of Go's authors.
pub(crate) fn collect(files: &dyn Files, workspace: &Workspace, world: &World<'_>) -> Vec<PackageSources> {
    let packages = workspace.packages.par_iter().enumerate();
    let is_cgo = |package: &Package| {
        !package.standard && !package.signatures_only && package.files.iter().any(|file| file.is_cgo)
    };
    let read = packages.filter(|(_, package)| is_cgo(package)).map(|(at, package)| {
        let mut reader = Reader::new(files, PackageId(at as u32));
        for (file, &id) in package.files.iter().zip(&world.packages[at].files) {
            if file.is_cgo {
                reader.go_file(&file.path, &file.display, id, &world.files[id.index()].tree);
            }
        }
        for other in package.other.iter().filter(|other| is_c(&other.path)) {
            reader.queue.push((other.path.clone(), other.display.clone()));
        }
        reader.finish()
    });
    read.collect()
}

fn is_c(path: &Path) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|end| EXTENSIONS.contains(&end))
}

struct Reader<'f> {
    files: &'f dyn Files,
    sources: PackageSources,
    queue: Vec<(PathBuf, Arc<str>)>,
    seen: FxHashSet<PathBuf>,
    bytes: usize,
}

impl<'f> Reader<'f> {
    fn new(files: &'f dyn Files, package: PackageId) -> Reader<'f> {
        let sources = PackageSources { package, texts: Vec::new(), exports: Vec::new() };
        Reader { files, sources, queue: Vec::new(), seen: FxHashSet::default(), bytes: 0 }
    }

    fn go_file(&mut self, path: &Path, display: &Arc<str>, id: FileId, tree: &File<'_>) {
        let Ok(source) = self.files.read(path) else { return };
        let comments = Comments::new(&source, &tree.comments);
        for (directive, _) in comments.directives() {
            if let Directive::Export(name) = directive {
                self.sources.exports.push((id, name));
            }
        }
        let preamble: Vec<Span> = cgo::imports(tree).flat_map(|pos| comments.doc(pos)).copied().collect();
        if preamble.is_empty() {
            return;
        }
        let (c, _) = c::read_preamble(&preamble, &source);
        self.add(Text { go: Some(id), path: path.to_owned(), display: display.clone(), c });
    }

    fn add(&mut self, text: Text) {
        for include in text.c.includes.iter().filter(|include| !include.is_system) {
            let name = Path::new(&include.path);
            let display = Path::new(&*text.display).with_file_name(name);
            self.queue.push((text.path.with_file_name(name), display.to_string_lossy().into()));
        }
        self.sources.texts.push(text);
    }

    /// Headers first: their thread-local variables are used in the other files.
    fn finish(mut self) -> PackageSources {
        let mut texts: Vec<(PathBuf, Arc<str>, Vec<u8>)> = Vec::new();
        while let Some((path, display)) = self.queue.pop() {
            let room = texts.len() < PACKAGE_FILES && self.bytes < PACKAGE_BYTES;
            let path = lexically_clean(&path);
            if !room || !is_c(&path) || !self.seen.insert(path.clone()) {
                continue;
            }
            if self.files.kind(&path) != Some(Kind::File) {
                continue;
            }
            let Ok(text) = self.files.read(&path) else { continue };
            if text.len() > FILE_BYTES {
                continue;
            }
            self.bytes += text.len();
            let (c, _) = c::read(&text);
            self.include_all(&c, &path, &display);
            texts.push((path, display, text));
            let (path, display, _) = &texts[texts.len() - 1];
            let text = Text { go: None, path: path.clone(), display: display.clone(), c };
            self.sources.texts.push(text);
        }
        self.read_again(&texts);
        self.sources.texts.sort_by(|a, b| (a.go, &a.path).cmp(&(b.go, &b.path)));
        self.sources
    }

    fn include_all(&mut self, c: &c::File, path: &Path, display: &Arc<str>) {
        for include in c.includes.iter().filter(|include| !include.is_system) {
            let shown = Path::new(&**display).with_file_name(&include.path);
            self.queue.push((path.with_file_name(&include.path), shown.to_string_lossy().into()));
        }
    }

    /// A file that uses a thread-local variable of another one is read with that name in mind.
    fn read_again(&mut self, texts: &[(PathBuf, Arc<str>, Vec<u8>)]) {
        let all = self.sources.texts.iter().flat_map(|text| &text.c.variables);
        let shared = all.filter(|variable| {
            variable.sharing != Sharing::Process && variable.function.is_none() && !variable.storage.is_static
        });
        let names: FxHashSet<&str> = shared.map(|variable| variable.name.as_str()).collect();
        if names.is_empty() {
            return;
        }
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        for text in self.sources.texts.iter_mut().filter(|text| text.go.is_none()) {
            let unknown = names.iter().any(|name| text.c.variable(name).is_none());
            let source = texts.iter().find(|(path, ..)| *path == text.path).filter(|_| unknown);
            if let Some((_, _, source)) = source
                && names.iter().any(|name| memchr::memmem::find(source, name.as_bytes()).is_some())
            {
                text.c = c::read_with(source, &names).0;
            }
        }
    }
}

/// `a/./b/../c` as `a/c`: one file is read once.
fn lexically_clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir if clean.file_name().is_some() => drop(clean.pop()),
            std::path::Component::CurDir => {}
            _ => clean.push(part),
        }
    }
    clean
}

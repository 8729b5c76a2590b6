//! The names that packages declare: scopes, types, functions, package-level variables and constants.
//!
//! Everything here is collected once, before any body is read, and never changes: threads share it freely.

use bumpalo::Bump;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use snag_syntax::go::ast::{Decl, Expr, FuncDecl, GenDecl, Spec, TypeSpec, ValueSpec};
use snag_syntax::go::token::Token;
use snag_syntax::go::{Bodies, ast, literal, parse_file};
use snag_syntax::{Problem, Symbol, sym};

use crate::cgo::Preamble;
use crate::files::Files;
use crate::ir::{FileId, FuncId, GlobalId, TypeId};
use crate::load::{PackageId, Workspace};

/// What a name of a package means.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Object {
    Type(TypeId),
    Func(FuncId),
    Value(GlobalId),
}

/// What an imported name leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Import {
    Package(PackageId),
    Missing(Symbol),
    C,
    Unsafe,
}

pub(crate) struct PackageNames {
    pub(crate) scope: FxHashMap<Symbol, Object>,
    pub(crate) files: Vec<FileId>,
    pub(crate) funcs: Vec<FuncId>,
    pub(crate) types: Vec<TypeId>,
    pub(crate) path: Symbol,
}

pub(crate) struct FileNames<'a> {
    pub(crate) package: PackageId,
    pub(crate) imports: FxHashMap<Symbol, Import>,
    pub(crate) dots: Vec<PackageId>,
    pub(crate) tree: ast::File<'a>,
    /// Values of the literals in constant declarations, by position: they are needed when the text is gone.
    pub(crate) literals: FxHashMap<u32, Literal>,
    pub(crate) preamble: Preamble,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Literal {
    Int(i64),
    Str(Symbol),
}

pub(crate) struct TypeDecl<'a> {
    pub(crate) file: FileId,
    pub(crate) spec: &'a TypeSpec<'a>,
    pub(crate) methods: FxHashMap<Symbol, FuncId>,
}

pub(crate) struct Func<'a> {
    pub(crate) file: FileId,
    pub(crate) decl: &'a FuncDecl<'a>,
    pub(crate) receiver: Option<TypeId>,
}

pub(crate) struct ValueDecl<'a> {
    pub(crate) file: FileId,
    pub(crate) name: ast::Ident,
    pub(crate) is_const: bool,
    pub(crate) ty: Option<Expr<'a>>,
    pub(crate) init: Option<Init<'a>>,
}

/// An initializer: the expression, which of its results, of how many.
#[derive(Clone, Copy)]
pub(crate) struct Init<'a> {
    pub(crate) expr: Expr<'a>,
    pub(crate) index: u32,
    pub(crate) of: u32,
    pub(crate) iota: u32,
}

pub(crate) struct World<'a> {
    pub(crate) packages: Vec<PackageNames>,
    pub(crate) files: Vec<FileNames<'a>>,
    pub(crate) types: Vec<TypeDecl<'a>>,
    pub(crate) funcs: Vec<Func<'a>>,
    pub(crate) values: Vec<ValueDecl<'a>>,
}

type Imports = (FxHashMap<Symbol, Import>, Vec<PackageId>);
type Parsed<'a> = (ast::File<'a>, FxHashMap<u32, Literal>, Preamble);

/// Parses the declarations of all files and gives every declared name a number.
pub(crate) fn collect<'a>(
    files: &dyn Files,
    workspace: &Workspace,
    arenas: &'a mut [Bump],
) -> (World<'a>, Vec<(FileId, Problem)>) {
    let parsed: Vec<Vec<Parsed<'a>>> = arenas
        .par_iter_mut()
        .zip(&workspace.packages)
        .map(|(arena, package)| {
            let arena: &'a Bump = arena;
            let read = |file: &crate::load::SourceFile| {
                let source = files.read(&file.path).unwrap_or_default();
                let tree = parse_file(&source, arena, Bodies::Skip);
                let literals = constant_literals(&tree, &source);
                let preamble = if file.is_cgo { Preamble::read(&tree, &source) } else { Preamble::default() };
                (tree, literals, preamble)
            };
            package.files.iter().map(read).collect()
        })
        .collect();
    let mut world = World {
        packages: Vec::with_capacity(parsed.len()),
        files: Vec::new(),
        types: Vec::new(),
        funcs: Vec::new(),
        values: Vec::new(),
    };
    let mut problems = Vec::new();
    for (at, trees) in parsed.into_iter().enumerate() {
        world.add_package(PackageId(at as u32), &workspace.packages[at], trees, &mut problems);
    }
    let imports: Vec<Imports> = world.files.par_iter().map(|names| imports(workspace, names)).collect();
    for (names, imports) in world.files.iter_mut().zip(imports) {
        (names.imports, names.dots) = imports;
    }
    world.link_methods();
    (world, problems)
}

impl<'a> World<'a> {
    fn add_package(
        &mut self,
        id: PackageId,
        package: &crate::load::Package,
        trees: Vec<Parsed<'a>>,
        problems: &mut Vec<(FileId, Problem)>,
    ) {
        let mut names = PackageNames {
            scope: FxHashMap::default(),
            files: Vec::new(),
            funcs: Vec::new(),
            types: Vec::new(),
            path: Symbol::new(&package.path),
        };
        for (mut tree, literals, preamble) in trees {
            let file = FileId(self.files.len() as u32);
            names.files.push(file);
            problems.extend(std::mem::take(&mut tree.problems).into_iter().map(|problem| (file, problem)));
            for decl in tree.decls {
                match decl {
                    Decl::Gen(group) => self.add_group(group, file, &mut names),
                    Decl::Func(decl) => self.add_func(decl, file, &mut names),
                    Decl::Bad(_) => {}
                }
            }
            let (imports, dots) = Default::default();
            self.files.push(FileNames { package: id, imports, dots, tree, literals, preamble });
        }
        self.packages.push(names);
    }

    fn add_func(&mut self, decl: &'a FuncDecl<'a>, file: FileId, names: &mut PackageNames) {
        let id = FuncId(self.funcs.len() as u32);
        self.funcs.push(Func { file, decl, receiver: None });
        names.funcs.push(id);
        if decl.receiver.is_none() && decl.name.name != sym::Blank && decl.name.name != sym::Init {
            names.scope.insert(decl.name.name, Object::Func(id));
        }
    }

    fn add_group(&mut self, group: &'a GenDecl<'a>, file: FileId, names: &mut PackageNames) {
        let mut previous: Option<&'a ValueSpec<'a>> = None;
        for spec in group.specs {
            match spec {
                Spec::Import(_) => {}
                Spec::Type(spec) => {
                    let id = TypeId(self.types.len() as u32);
                    self.types.push(TypeDecl { file, spec, methods: FxHashMap::default() });
                    names.scope.insert(spec.name.name, Object::Type(id));
                    names.types.push(id);
                }
                Spec::Value(spec) => {
                    let is_const = group.keyword == Token::Const;
                    let source = constant_source(spec, is_const, &mut previous);
                    for (at, &name) in spec.names.iter().enumerate() {
                        let init = initializer(spec, source, at);
                        let id = GlobalId(self.values.len() as u32);
                        self.values.push(ValueDecl { file, name, is_const, ty: source.ty, init });
                        if name.name != sym::Blank {
                            names.scope.insert(name.name, Object::Value(id));
                        }
                    }
                }
            }
        }
    }

    fn link_methods(&mut self) {
        for at in 0..self.funcs.len() {
            let func = &self.funcs[at];
            let Some((fields, _)) = func.decl.receiver else { continue };
            let Some(base) = fields.first().and_then(|field| base_name(field.ty)) else { continue };
            let package = self.files[func.file.index()].package;
            let Some(ty) = self.receiver_type(package, base) else { continue };
            let name = func.decl.name.name;
            self.types[ty.index()].methods.insert(name, FuncId(at as u32));
            self.funcs[at].receiver = Some(ty);
        }
    }

    /// The declared type behind a receiver's name; aliases are followed as far as they stay in the package.
    fn receiver_type(&self, package: PackageId, mut name: Symbol) -> Option<TypeId> {
        let scope = &self.packages[package.0 as usize].scope;
        for _ in 0..8 {
            let Some(&Object::Type(id)) = scope.get(&name) else { return None };
            match self.types[id.index()].spec {
                TypeSpec { alias: Some(_), ty: Expr::Ident(next), .. } if scope.contains_key(&next.name) => {
                    name = next.name;
                }
                _ => return Some(id),
            }
        }
        None
    }

    /// A name of a package, also one that a file imports with a dot.
    pub(crate) fn object(&self, file: FileId, name: Symbol) -> Option<Object> {
        let names = &self.files[file.index()];
        let own = self.packages[names.package.0 as usize].scope.get(&name);
        let imported = || names.dots.iter().find_map(|dot| self.packages[dot.0 as usize].scope.get(&name));
        own.or_else(imported).copied()
    }
}

/// What the imports of a file lead to, and the packages that it imports with a dot.
fn imports(workspace: &Workspace, names: &FileNames<'_>) -> Imports {
    let package = workspace.package(names.package);
    let (mut imports, mut dots) = (FxHashMap::default(), Vec::new());
    let groups = names.tree.decls.iter();
    let specs = groups.flat_map(|decl| match decl {
        Decl::Gen(group) => group.specs,
        _ => &[],
    });
    for spec in specs {
        let Spec::Import(spec) = spec else { continue };
        let path = spec.path_symbol.as_str();
        let target = match (path, package.imports.get(path)) {
            ("C", _) => Import::C,
            ("unsafe", _) => Import::Unsafe,
            (_, Some(&id)) => Import::Package(id),
            _ => Import::Missing(spec.path_symbol),
        };
        let own = match target {
            Import::Package(id) => Symbol::new(&workspace.package(id).name),
            _ => Symbol::new(guessed_name(path)),
        };
        match (spec.name.map(|name| name.name), target) {
            (Some(sym::Dot), Import::Package(id)) => dots.push(id),
            (Some(sym::Blank | sym::Dot), _) => {}
            (Some(name), _) => drop(imports.insert(name, target)),
            (None, _) => drop(imports.insert(own, target)),
        }
    }
    (imports, dots)
}

/// Constants without a value repeat the one above.
pub(crate) fn constant_source<'a>(
    spec: &'a ValueSpec<'a>,
    is_const: bool,
    previous: &mut Option<&'a ValueSpec<'a>>,
) -> &'a ValueSpec<'a> {
    if is_const && spec.ty.is_none() && spec.values.is_empty() {
        return previous.unwrap_or(spec);
    }
    *previous = Some(spec);
    spec
}

fn initializer<'a>(spec: &ValueSpec<'a>, source: &ValueSpec<'a>, at: usize) -> Option<Init<'a>> {
    let single = source.values.len() == 1 && spec.names.len() > 1;
    let expr = if single { source.values.first() } else { source.values.get(at) }?;
    let (index, of) = if single { (at as u32, spec.names.len() as u32) } else { (0, 1) };
    Some(Init { expr: *expr, index, of, iota: spec.iota })
}

/// The declared name under pointers, parentheses and type arguments.
pub(crate) fn base_name(mut ty: Expr<'_>) -> Option<Symbol> {
    loop {
        ty = match ty {
            Expr::Ident(ident) => return Some(ident.name),
            Expr::Star(star) => star.operand,
            Expr::Paren(paren) => paren.inner,
            Expr::Index(index) => index.operand,
            Expr::Selector(selector) => return Some(selector.name.name),
            _ => return None,
        }
    }
}

/// What a package that was not found is probably called: the last part of its path without versions.
fn guessed_name(path: &str) -> &str {
    let mut parts = path.rsplit('/');
    let mut last = parts.next().unwrap_or(path);
    if last.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) {
        last = parts.next().unwrap_or(last);
    }
    if let Some((name, version)) = last.rsplit_once(".v")
        && version.bytes().all(|b| b.is_ascii_digit())
    {
        last = name;
    }
    let last = last.strip_prefix("go-").unwrap_or(last);
    last.strip_suffix("-go").unwrap_or(last)
}

fn constant_literals(tree: &ast::File<'_>, source: &[u8]) -> FxHashMap<u32, Literal> {
    let mut found = FxHashMap::default();
    for decl in tree.decls {
        let Decl::Gen(group) = decl else { continue };
        if group.keyword != Token::Const {
            continue;
        }
        for spec in group.specs {
            let Spec::Value(spec) = spec else { continue };
            let mut open: Vec<Expr<'_>> = spec.values.to_vec();
            while let Some(expr) = open.pop() {
                match expr {
                    Expr::Lit(lit) => {
                        if let Some(value) = literal_value(lit, source) {
                            found.insert(lit.span.start, value);
                        }
                    }
                    Expr::Binary(binary) => open.extend([binary.left, binary.right]),
                    Expr::Unary(unary) => open.push(unary.operand),
                    Expr::Paren(paren) => open.push(paren.inner),
                    Expr::Call(call) => open.extend(call.args),
                    _ => {}
                }
            }
        }
    }
    found
}

/// The value of an integer, character or string literal.
pub(crate) fn literal_value(lit: &ast::BasicLit, source: &[u8]) -> Option<Literal> {
    let text = lit.span.slice(source);
    match lit.kind {
        Token::Int => i64::try_from(literal::integer(text)?).ok().map(Literal::Int),
        Token::Char => literal::rune(text).map(|value| Literal::Int(i64::from(value))),
        Token::Str | Token::RawStr => {
            let text = literal::unquote(text)?;
            Some(Literal::Str(Symbol::new(std::str::from_utf8(&text).ok()?)))
        }
        _ => None,
    }
}

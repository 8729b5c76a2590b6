//! Trees to [`crate::ir`]: one package at a time, types and values in one walk.

mod assign;
mod call;
mod chain;
mod constant;
mod control;
mod expr;
mod frame;
mod stmt;

use bumpalo::Bump;
use rustc_hash::FxHashMap;
use snag_syntax::go::ast::{Block, Body as TreeBody, Decl, Expr, Field, FuncType, Spec, ValueSpec};
use snag_syntax::go::parse_body;
use snag_syntax::go::token::Token;
use snag_syntax::{Problem, Span, Symbol, sym};

use crate::contracts::Contract;
use crate::ir::{
    ChannelOp, FileId, FuncId, Function, GlobalId, Instr, Terminator, TypeId, Value, ValueId, VarRef,
};
use crate::load::PackageId;
use crate::names::{Object, World};
use crate::types::{Context, ERROR, Env, Ty, Types, UNKNOWN};
use frame::Frame;

/// Literals have numbers of their own until all packages are done.
pub(crate) const LITERAL: u32 = 1 << 31;

/// What a package's bodies became.
#[derive(Default)]
pub(crate) struct Lowered {
    /// Declared functions, in the order of their numbers.
    pub(crate) declared: Vec<Function>,
    /// Function literals; the first has the number [`LITERAL`].
    pub(crate) literals: Vec<Function>,
    /// What could not be read.
    pub(crate) problems: Vec<(FileId, Problem)>,
    /// What comments ask of the thread that calls a function.
    pub(crate) contracts: Vec<(FuncId, Contract)>,
    /// Method names of interfaces and embedded types of structs.
    pub(crate) types: Vec<(TypeId, Shape)>,
}

/// What finding the implementers of an interface needs of a declared type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    /// The methods, if it is an interface.
    pub(crate) interface: Option<Vec<Symbol>>,
    /// The types it embeds, if it is a struct.
    pub(crate) embedded: Vec<TypeId>,
}

#[derive(Clone, Copy)]
enum Local {
    Var(Ty, VarRef),
    Type(Ty),
    Const(Ty, Value),
}

pub(crate) struct Lowerer<'p> {
    types: Types<'p>,
    context: Context<'p>,
    package: PackageId,
    sources: &'p FxHashMap<FileId, Vec<u8>>,
    scopes: Vec<(Symbol, Local)>,
    /// Where each scope begins, and the types that are bound outside of it.
    marks: Vec<(usize, Env<'p>)>,
    frames: Vec<Frame>,
    /// Frames to build other functions in.
    spare: Vec<Frame>,
    /// The links of the chains being followed.
    links: Vec<Expr<'p>>,
    /// Values of package-level constants; nothing while one is being found.
    constants: FxHashMap<GlobalId, Value>,
    out: Lowered,
    depth: u32,
    iota: Option<u32>,
    /// A select clause receives without waiting here: the select did.
    in_select: bool,
    /// What the clause at hand does.
    selected_channel: Option<(ChannelOp, ValueId)>,
    /// The last comparison.
    compared: Option<(Token, Value, Value)>,
}

/// Lowers the bodies of a package.
pub(crate) fn lower_package<'p>(
    world: &'p World<'p>,
    package: PackageId,
    sources: &'p FxHashMap<FileId, Vec<u8>>,
    arena: &'p Bump,
) -> Lowered {
    let mut lowerer = Lowerer {
        types: Types::new(world, arena),
        context: Context { file: FileId(0), env: &[] },
        package,
        sources,
        scopes: Vec::new(),
        marks: Vec::new(),
        frames: Vec::new(),
        spare: Vec::new(),
        links: Vec::new(),
        constants: FxHashMap::default(),
        out: Lowered::default(),
        depth: 0,
        iota: None,
        in_select: false,
        selected_channel: None,
        compared: None,
    };
    let names = &world.packages[package.0 as usize];
    lowerer.out.declared.reserve_exact(names.funcs.len());
    for &id in &names.funcs {
        lowerer.declared_function(id);
    }
    for &file in names.files.iter().filter(|file| sources.contains_key(file)) {
        lowerer.package_variables(file);
    }
    lowerer.shapes(&names.types);
    lowerer.out.literals.shrink_to_fit();
    lowerer.out
}

/// A function about which only its place is known.
fn synthetic_init(file: FileId, package: PackageId) -> Function {
    let at = Span::default();
    Function {
        package,
        file,
        name: sym::Init,
        receiver: None,
        outer: None,
        span: at,
        name_span: at,
        params: 0,
        has_receiver: false,
        variadic: false,
        results: 0,
        returns_error: false,
        vars: Vec::new(),
        body: None,
    }
}

impl<'p> Lowerer<'p> {
    fn shapes(&mut self, types: &[TypeId]) {
        for &id in types {
            if self.types.world.types[id.index()].spec.alias.is_some() {
                continue;
            }
            let ty = self.types.named(id, &[]);
            let interface = self.types.interface_methods(ty);
            let embedded = self.types.embedded_types(ty);
            if interface.is_some() || !embedded.is_empty() {
                self.out.types.push((id, Shape { interface, embedded }));
            }
        }
    }

    fn declared_function(&mut self, id: FuncId) {
        let world = self.types.world;
        let func = &world.funcs[id.index()];
        let decl = func.decl;
        let info = self.types.func_info(id);
        let mut function = synthetic_init(func.file, self.package);
        function.name = decl.name.name;
        function.receiver = func.receiver;
        function.span = decl.span;
        function.name_span = decl.name.span();
        function.has_receiver = decl.receiver.is_some();
        self.context = info.context;
        self.scopes.clear();
        self.marks.clear();
        let block = match decl.body {
            TreeBody::Parsed(block) => Some(block),
            TreeBody::Skipped(span) => self.skipped_body(func.file, span),
            TreeBody::None => None,
        };
        self.open_frame(id, function);
        self.push_scope();
        let receiver = decl.receiver.map_or(&[][..], |(fields, _)| fields);
        self.declare_params(&receiver[..receiver.len().min(1)], false);
        self.signature(&decl.ty);
        if let Some(block) = block {
            self.function_body(&block);
        }
        self.pop_scope();
        let function = self.close_frame(block.is_some());
        self.out.declared.extend(function);
    }

    /// Initializers of package-level variables run before `main` and the `init` functions: those of a file
    /// become a function of their own.
    fn package_variables(&mut self, file: FileId) {
        let world = self.types.world;
        let is_variables = |decl: &Decl<'p>| matches!(decl, Decl::Gen(group) if group.keyword == Token::Var);
        let decls = world.files[file.index()].tree.decls;
        if !decls.iter().any(is_variables) {
            return;
        }
        let id = FuncId(LITERAL + self.out.literals.len() as u32);
        let function = synthetic_init(file, self.package);
        self.out.literals.push(function.clone());
        self.open_frame(id, function);
        self.context = Context { file, env: &[] };
        self.push_scope();
        for decl in decls.iter().filter(|decl| is_variables(decl)) {
            let Decl::Gen(group) = decl else { continue };
            for spec in group.specs {
                let Spec::Value(spec) = spec else { continue };
                self.package_variable(spec);
            }
        }
        self.pop_scope();
        self.terminate(Terminator::Return { values: Vec::new(), span: Span::default() });
        if let Some(function) = self.close_frame(true) {
            self.out.literals[(id.0 - LITERAL) as usize] = function;
        }
    }

    fn package_variable(&mut self, spec: &'p ValueSpec<'p>) {
        let values: Vec<Value> = spec.values.iter().map(|&value| self.expr(value).1).collect();
        for (at, name) in spec.names.iter().enumerate() {
            let value = match (values.as_slice(), spec.names.len()) {
                (&[Value::Result(call, _)], n) if n > 1 => Value::Result(call, at.min(255) as u8),
                (values, n) if values.len() == n => values[at],
                _ => Value::Unknown,
            };
            if let Some(Object::Value(id)) = self.types.world_object(self.context, name.name) {
                let target = self.value(Value::Global(id));
                let value = self.value(value);
                self.emit(Instr::Assign { target, value, span: name.span() });
            }
        }
    }

    fn skipped_body(&mut self, file: FileId, span: Span) -> Option<Block<'p>> {
        let source = self.sources.get(&file)?;
        let (block, problems) = parse_body(source, span, self.types.arena);
        self.out.problems.extend(problems.into_iter().map(|problem| (file, problem)));
        Some(block)
    }

    fn signature(&mut self, ty: &FuncType<'p>) {
        let variadic = matches!(ty.params.last(), Some(Field { ty: Expr::Ellipsis(_), .. }));
        self.declare_params(ty.params, false);
        let n_params = self.frame().function.vars.len() as u32;
        let results = ty.results.iter().map(|field| field.names.len().max(1) as u32).sum();
        let returns_error =
            ty.results.last().is_some_and(|field| self.types.resolve(field.ty, self.context) == ERROR);
        let function = &mut self.frame().function;
        function.params = n_params;
        function.variadic = variadic;
        function.results = results;
        function.returns_error = returns_error;
        if ty.results.iter().any(|field| !field.names.is_empty()) {
            self.declare_params(ty.results, true);
        }
    }

    fn declare_params(&mut self, fields: &'p [Field<'p>], result: bool) {
        for field in fields {
            let ty = self.types.resolve(field.ty, self.context);
            for name in field.names {
                self.declare_var(name.name, name.span(), ty);
            }
            if field.names.is_empty() {
                self.declare_var(sym::Blank, field.ty.span(), ty);
            }
            if result {
                let n = field.names.len().max(1);
                let vars = &mut self.frame().function.vars;
                let from = vars.len() - n;
                vars[from..].iter_mut().for_each(|var| var.result = true);
            }
        }
    }

    fn function_body(&mut self, block: &Block<'p>) {
        self.stmts(block.stmts);
        let end = Span::new(block.span.end.saturating_sub(1), block.span.end);
        let values = self.named_results();
        self.terminate(Terminator::Return { values, span: end });
    }

    fn push_scope(&mut self) {
        self.marks.push((self.scopes.len(), self.context.env));
    }

    fn pop_scope(&mut self) {
        if let Some((mark, env)) = self.marks.pop() {
            self.scopes.truncate(mark);
            self.context.env = env;
        }
    }

    /// Type expressions see a local type from here on.
    fn bind_type(&mut self, name: Symbol, ty: Ty) {
        self.scopes.push((name, Local::Type(ty)));
        self.context.env = self.types.extend(self.context.env, &[(name, ty)]);
    }

    fn lookup(&self, name: Symbol) -> Option<Local> {
        self.scopes.iter().rev().find(|entry| entry.0 == name).map(|entry| entry.1)
    }

    /// The type of a package-level variable or constant.
    fn global_type(&mut self, id: GlobalId) -> Ty {
        match self.types.values.get(&id) {
            Some(Some(ty)) => return *ty,
            Some(None) => return UNKNOWN,
            None => {}
        }
        self.types.values.insert(id, None);
        let world = self.types.world;
        let decl = &world.values[id.index()];
        let context = Context { file: decl.file, env: &[] };
        let ty = match (decl.ty, decl.init) {
            (Some(ty), _) => self.types.resolve(ty, context),
            (None, Some(init)) => self.outside(context, Some(init.iota), |lowerer| {
                let (ty, _) = lowerer.expr(init.expr);
                let ty = if init.of > 1 { lowerer.nth(init.expr, ty, init.index, init.of) } else { ty };
                if decl.is_const { ty } else { Types::default_type(ty) }
            }),
            (None, None) => UNKNOWN,
        };
        self.types.values.insert(id, Some(ty));
        ty
    }

    /// Walks something of package level without leaving a trace in the function at hand.
    fn outside<T>(
        &mut self,
        context: Context<'p>,
        iota: Option<u32>,
        walk: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let scopes = std::mem::take(&mut self.scopes);
        let marks = std::mem::take(&mut self.marks);
        let frames = std::mem::take(&mut self.frames);
        let context = std::mem::replace(&mut self.context, context);
        let iota = std::mem::replace(&mut self.iota, iota);
        let result = walk(self);
        (self.scopes, self.marks, self.frames) = (scopes, marks, frames);
        (self.context, self.iota) = (context, iota);
        result
    }

    fn emit(&mut self, instr: Instr) {
        if let Some(frame) = self.frames.last_mut() {
            frame.emit(instr);
        }
    }
}

//! Types, as far as calls depend on them: lenient, lazy, never an error. What is not known is [`UNKNOWN`].
//!
//! One table serves one package's bodies and is dropped with them, so threads share nothing but the frozen
//! [`World`] and the result does not depend on who runs first.

mod generics;
mod members;
mod resolve;

use bumpalo::Bump;
use rustc_hash::FxHashMap;
use snag_syntax::go::ast::{Expr, Field, TypeSpec};
use snag_syntax::{Symbol, sym};

use crate::ir::{FileId, FuncId, GlobalId, TypeId};
use crate::names::{Object, World};

pub(crate) use members::Member;

/// A type of one table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub(crate) struct Ty(u32);

pub(crate) const UNKNOWN: Ty = Ty(0);

const BASIC: &[Symbol] = &[
    sym::Blank,
    sym::Bool,
    sym::Int,
    sym::String,
    sym::Float64,
    sym::Int32,
    sym::Uint8,
    sym::Nil,
    sym::Int8,
    sym::Int16,
    sym::Int64,
    sym::Uint,
    sym::Uint16,
    sym::Uint32,
    sym::Uint64,
    sym::Uintptr,
    sym::Float32,
    sym::Complex64,
    sym::Complex128,
];
pub(crate) const BOOL: Ty = Ty(1);
pub(crate) const INT: Ty = Ty(2);
pub(crate) const STRING: Ty = Ty(3);
pub(crate) const FLOAT64: Ty = Ty(4);
pub(crate) const RUNE: Ty = Ty(5);
pub(crate) const UINT8: Ty = Ty(6);
pub(crate) const NIL: Ty = Ty(7);
const AFTER_BASIC: u32 = 19;
pub(crate) const UNTYPED_INT: Ty = Ty(AFTER_BASIC);
pub(crate) const UNTYPED_FLOAT: Ty = Ty(AFTER_BASIC + 1);
pub(crate) const UNTYPED_RUNE: Ty = Ty(AFTER_BASIC + 2);
pub(crate) const UNTYPED_STRING: Ty = Ty(AFTER_BASIC + 3);
pub(crate) const POINTER: Ty = Ty(AFTER_BASIC + 4);
pub(crate) const ERROR: Ty = Ty(AFTER_BASIC + 5);
pub(crate) const ANY: Ty = Ty(AFTER_BASIC + 6);

/// A declared type: of the world, or of a body.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Declared {
    World(TypeId),
    Local(u32),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Kind<'p> {
    Unknown,
    Basic(u8),
    Error,
    Named(Declared, &'p [Ty]),
    Pointer(Ty),
    Slice(Ty),
    Array(Ty),
    Map(Ty, Ty),
    Chan(Ty),
    Func(SigId),
    Struct(u32),
    Interface(u32),
    Tuple(&'p [Ty]),
    TypeParam(u32),
    /// The operand is a type.
    TypeOf(Ty),
    Builtin(Symbol),
    /// A name of a package that is missing, as a type or a value.
    Missing(Symbol, Symbol),
    /// A name of the pseudo package C.
    C(Symbol),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct SigId(u32);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Signature<'p> {
    pub(crate) params: &'p [Ty],
    pub(crate) results: &'p [Ty],
    pub(crate) variadic: bool,
}

/// Names that are bound to types: type parameters and local types.
pub(crate) type Env<'p> = &'p [(Symbol, Ty)];

#[derive(Clone, Copy)]
pub(crate) struct Context<'p> {
    pub(crate) file: FileId,
    pub(crate) env: Env<'p>,
}

impl Context<'_> {
    /// Whether the name is a type parameter or a local type here.
    pub(crate) fn binds(&self, name: Symbol) -> bool {
        self.env.iter().any(|bound| bound.0 == name)
    }
}

#[derive(Clone, Copy)]
struct Fields<'p> {
    fields: &'p [Field<'p>],
    context: Context<'p>,
    owner: Option<TypeId>,
}

#[derive(Clone, Copy)]
struct DeclaredInfo<'p> {
    spec: &'p TypeSpec<'p>,
    context: Context<'p>,
    first_param: u32,
    underlying: Option<Ty>,
    busy: bool,
}

#[derive(Clone, Copy)]
pub(crate) struct FuncInfo<'p> {
    pub(crate) context: Context<'p>,
    pub(crate) first_param: u32,
    pub(crate) n_params: u32,
    pub(crate) signature: SigId,
}

/// Longer chains of aliases, embedded types and constraints are taken for a cycle.
const MAX_DEPTH: u32 = 200;

pub(crate) struct Types<'p> {
    pub(crate) world: &'p World<'p>,
    pub(crate) arena: &'p Bump,
    kinds: Vec<Kind<'p>>,
    known: FxHashMap<Kind<'p>, Ty>,
    signatures: Vec<Signature<'p>>,
    structs: Vec<Fields<'p>>,
    interfaces: Vec<Fields<'p>>,
    literal_types: FxHashMap<(usize, usize), Ty>,
    type_params: Vec<(Expr<'p>, Context<'p>)>,
    declared: FxHashMap<Declared, DeclaredInfo<'p>>,
    n_local: u32,
    funcs: FxHashMap<FuncId, FuncInfo<'p>>,
    pub(crate) values: FxHashMap<GlobalId, Option<Ty>>,
    members: FxHashMap<(Ty, Symbol), Option<Member>>,
    depth: u32,
}

impl<'p> Types<'p> {
    pub(crate) fn new(world: &'p World<'p>, arena: &'p Bump) -> Types<'p> {
        let mut types = Types {
            world,
            arena,
            kinds: Vec::new(),
            known: FxHashMap::default(),
            signatures: Vec::new(),
            structs: Vec::new(),
            interfaces: Vec::new(),
            literal_types: FxHashMap::default(),
            type_params: Vec::new(),
            declared: FxHashMap::default(),
            n_local: 0,
            funcs: FxHashMap::default(),
            values: FxHashMap::default(),
            members: FxHashMap::default(),
            depth: 0,
        };
        types.make(Kind::Unknown);
        for at in 1..ERROR.0 {
            types.make(Kind::Basic(at as u8));
        }
        types.make(Kind::Error);
        let none = Context { file: FileId(0), env: &[] };
        types.interfaces.push(Fields { fields: &[], context: none, owner: None });
        types.make(Kind::Interface(0));
        types
    }

    pub(crate) fn make(&mut self, kind: Kind<'p>) -> Ty {
        if let Some(&ty) = self.known.get(&kind) {
            return ty;
        }
        let ty = Ty(self.kinds.len() as u32);
        self.kinds.push(kind);
        self.known.insert(kind, ty);
        ty
    }

    pub(crate) fn kind(&self, ty: Ty) -> Kind<'p> {
        self.kinds[ty.0 as usize]
    }

    pub(crate) fn signature(&self, id: SigId) -> Signature<'p> {
        self.signatures[id.0 as usize]
    }

    pub(crate) fn add_signature(&mut self, signature: Signature<'p>) -> SigId {
        self.signatures.push(signature);
        SigId(self.signatures.len() as u32 - 1)
    }

    pub(crate) fn tuple(&mut self, types: &[Ty]) -> Ty {
        match types {
            [] => UNKNOWN,
            [one] => *one,
            _ => {
                let types = self.arena.alloc_slice_copy(types);
                self.make(Kind::Tuple(types))
            }
        }
    }

    /// A name of the universe that is a type.
    pub(crate) fn universe(name: Symbol) -> Option<Ty> {
        match name {
            sym::Error => Some(ERROR),
            sym::Any | sym::Comparable => Some(ANY),
            sym::Byte => Some(UINT8),
            sym::Rune => Some(RUNE),
            sym::Nil | sym::Blank => None,
            _ => BASIC.iter().position(|&known| known == name).map(|at| Ty(at as u32)),
        }
    }

    /// The type an untyped constant takes on its own.
    pub(crate) fn default_type(ty: Ty) -> Ty {
        match ty {
            UNTYPED_INT => INT,
            UNTYPED_FLOAT => FLOAT64,
            UNTYPED_RUNE => RUNE,
            UNTYPED_STRING => STRING,
            _ => ty,
        }
    }

    /// What a pointer points to; anything else is itself.
    pub(crate) fn pointee(&mut self, ty: Ty) -> Ty {
        match self.kind(ty) {
            Kind::Pointer(to) => to,
            Kind::Named(..) => match self.underlying_kind(ty) {
                Kind::Pointer(to) => to,
                _ => ty,
            },
            _ => ty,
        }
    }

    /// The element of a slice, array, map or string.
    pub(crate) fn element(&mut self, ty: Ty) -> Ty {
        match self.underlying_kind(ty) {
            Kind::Slice(elem) | Kind::Array(elem) | Kind::Map(_, elem) => elem,
            Kind::Pointer(to) => match self.underlying_kind(to) {
                Kind::Array(elem) => elem,
                _ => UNKNOWN,
            },
            Kind::Basic(_) if ty == UNTYPED_STRING || self.underlying(ty) == STRING => UINT8,
            _ => UNKNOWN,
        }
    }

    pub(crate) fn underlying_kind(&mut self, ty: Ty) -> Kind<'p> {
        let under = self.underlying(ty);
        self.kind(under)
    }

    /// The type below a declared type's name.
    pub(crate) fn underlying(&mut self, ty: Ty) -> Ty {
        match self.kind(ty) {
            Kind::Named(declared, args) => {
                let info = self.declared_info(declared);
                let under = match info.underlying {
                    Some(under) => under,
                    None if info.busy || self.depth > MAX_DEPTH => return UNKNOWN,
                    None => self.compute_underlying(declared, info),
                };
                self.substitute(under, info.first_param, args)
            }
            Kind::TypeParam(index) => self.core_type(index),
            _ => ty,
        }
    }

    fn compute_underlying(&mut self, declared: Declared, info: DeclaredInfo<'p>) -> Ty {
        self.set_busy(declared, true);
        self.depth += 1;
        let ty = self.resolve(info.spec.ty, info.context);
        let under = self.underlying(ty);
        self.depth -= 1;
        self.set_busy(declared, false);
        if let (Kind::Struct(at), Declared::World(owner)) = (self.kind(under), declared)
            && self.structs[at as usize].owner.is_none()
        {
            self.structs[at as usize].owner = Some(owner);
        }
        if let Some(info) = self.declared.get_mut(&declared) {
            info.underlying = Some(under);
        }
        under
    }

    fn set_busy(&mut self, declared: Declared, busy: bool) {
        if let Some(info) = self.declared.get_mut(&declared) {
            info.busy = busy;
        }
    }

    /// `~T` and single-type constraints have a core type; the constraint stands for the others.
    fn core_type(&mut self, index: u32) -> Ty {
        if self.depth > MAX_DEPTH {
            return UNKNOWN;
        }
        let (constraint, context) = self.type_params[index as usize];
        self.depth += 1;
        let ty = self.resolve(members::single_term(constraint), context);
        let under = self.underlying(ty);
        self.depth -= 1;
        under
    }

    /// What is known of a declared type.
    fn declared_info(&mut self, declared: Declared) -> DeclaredInfo<'p> {
        if let Some(&info) = self.declared.get(&declared) {
            return info;
        }
        let Declared::World(id) = declared else { unreachable!("local types are entered when declared") };
        let decl = &self.world.types[id.index()];
        let context = Context { file: decl.file, env: &[] };
        self.enter_declared(declared, decl.spec, context)
    }

    fn enter_declared(
        &mut self,
        declared: Declared,
        spec: &'p TypeSpec<'p>,
        context: Context<'p>,
    ) -> DeclaredInfo<'p> {
        let (first_param, env) = self.bind_type_params(spec.type_params, context);
        let context = Context { env, ..context };
        let info = DeclaredInfo { spec, context, first_param, underlying: None, busy: false };
        self.declared.insert(declared, info);
        info
    }

    /// Declares a type inside a body: it sees itself and the local types before it.
    pub(crate) fn declare_local(&mut self, spec: &'p TypeSpec<'p>, context: Context<'p>) -> Ty {
        if spec.alias.is_some() {
            return self.resolve(spec.ty, context);
        }
        let declared = Declared::Local(self.n_local);
        self.n_local += 1;
        let ty = self.make(Kind::Named(declared, &[]));
        let env = self.extend(context.env, &[(spec.name.name, ty)]);
        self.enter_declared(declared, spec, Context { env, ..context });
        ty
    }

    pub(crate) fn extend(&self, env: Env<'p>, more: &[(Symbol, Ty)]) -> Env<'p> {
        if more.is_empty() {
            return env;
        }
        self.arena.alloc_slice_fill_iter(env.iter().chain(more).copied().collect::<Vec<_>>())
    }

    fn bind_type_params(&mut self, fields: &'p [Field<'p>], context: Context<'p>) -> (u32, Env<'p>) {
        let first = self.type_params.len() as u32;
        let mut bound = Vec::new();
        for field in fields {
            for name in field.names {
                let ty = self.make(Kind::TypeParam(first + bound.len() as u32));
                bound.push((name.name, ty));
            }
        }
        let env = self.extend(context.env, &bound);
        for field in fields {
            for _ in field.names {
                self.type_params.push((field.ty, Context { env, ..context }));
            }
        }
        (first, env)
    }

    /// The signature and type parameters of a declared function.
    pub(crate) fn func_info(&mut self, id: FuncId) -> FuncInfo<'p> {
        if let Some(&info) = self.funcs.get(&id) {
            return info;
        }
        let world = self.world;
        let func = &world.funcs[id.index()];
        let mut context = Context { file: func.file, env: &[] };
        if let (Some(receiver), Some((fields, _))) = (func.receiver, func.decl.receiver) {
            context.env = self.receiver_env(receiver, fields);
        }
        let (first_param, env) = self.bind_type_params(func.decl.ty.type_params, context);
        let n_params = self.type_params.len() as u32 - first_param;
        context.env = env;
        let signature = self.func_type(&func.decl.ty, context);
        let info = FuncInfo { context, first_param, n_params, signature };
        self.funcs.insert(id, info);
        info
    }

    /// Methods name the type parameters of their receiver anew.
    fn receiver_env(&mut self, receiver: TypeId, fields: &'p [Field<'p>]) -> Env<'p> {
        let first = self.declared_info(Declared::World(receiver)).first_param;
        let mut ty = fields.first().map(|field| field.ty);
        let mut bound = Vec::new();
        while let Some(expr) = ty {
            ty = match expr {
                Expr::Star(star) => Some(star.operand),
                Expr::Paren(paren) => Some(paren.inner),
                Expr::Index(index) => {
                    for (at, arg) in index.args.iter().enumerate() {
                        if let Expr::Ident(name) = arg {
                            let param = self.make(Kind::TypeParam(first + at as u32));
                            bound.push((name.name, param));
                        }
                    }
                    None
                }
                _ => None,
            }
        }
        self.extend(&[], &bound)
    }

    /// The declared type of the world behind pointers and instantiations.
    pub(crate) fn type_id(&mut self, ty: Ty) -> Option<TypeId> {
        match self.kind(ty) {
            Kind::Named(Declared::World(id), _) => Some(id),
            Kind::Pointer(to) => match self.kind(to) {
                Kind::Named(Declared::World(id), _) => Some(id),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn world_object(&self, context: Context<'p>, name: Symbol) -> Option<Object> {
        self.world.object(context.file, name)
    }
}

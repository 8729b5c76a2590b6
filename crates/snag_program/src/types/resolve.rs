//! Type expressions to types.

use snag_syntax::Symbol;
use snag_syntax::go::ast::{Expr, Field, FuncType};
use snag_syntax::go::token::Token;

use super::{Context, Declared, Fields, Kind, MAX_DEPTH, POINTER, SigId, Signature, Ty, Types, UNKNOWN};
use crate::ir::TypeId;
use crate::names::{Import, Object};

impl<'p> Types<'p> {
    /// The type an expression denotes; unknown if it is not a type.
    pub(crate) fn resolve(&mut self, expr: Expr<'p>, context: Context<'p>) -> Ty {
        if self.depth > MAX_DEPTH {
            return UNKNOWN;
        }
        self.depth += 1;
        let ty = self.resolve_inner(expr, context);
        self.depth -= 1;
        ty
    }

    fn resolve_inner(&mut self, expr: Expr<'p>, context: Context<'p>) -> Ty {
        match expr {
            Expr::Ident(ident) => self.resolve_name(ident.name, context, &[]),
            Expr::Paren(paren) => self.resolve(paren.inner, context),
            Expr::Selector(selector) => match selector.operand {
                Expr::Ident(package) => {
                    self.resolve_qualified(package.name, selector.name.name, context, &[])
                }
                _ => UNKNOWN,
            },
            Expr::Index(index) => {
                let args: Vec<Ty> = index.args.iter().map(|&arg| self.resolve(arg, context)).collect();
                match index.operand {
                    Expr::Ident(ident) => self.resolve_name(ident.name, context, &args),
                    Expr::Selector(selector) => match selector.operand {
                        Expr::Ident(package) => {
                            self.resolve_qualified(package.name, selector.name.name, context, &args)
                        }
                        _ => UNKNOWN,
                    },
                    _ => UNKNOWN,
                }
            }
            Expr::Star(star) => {
                let to = self.resolve(star.operand, context);
                self.make(Kind::Pointer(to))
            }
            Expr::Array(array) => {
                let elem = self.resolve(array.elem, context);
                self.make(if array.len.is_some() { Kind::Array(elem) } else { Kind::Slice(elem) })
            }
            Expr::Ellipsis(ellipsis) => {
                let elem = ellipsis.elem.map_or(UNKNOWN, |elem| self.resolve(elem, context));
                self.make(Kind::Slice(elem))
            }
            Expr::Map(map) => {
                let key = self.resolve(map.key, context);
                let value = self.resolve(map.value, context);
                self.make(Kind::Map(key, value))
            }
            Expr::Chan(chan) => {
                let elem = self.resolve(chan.elem, context);
                self.make(Kind::Chan(elem))
            }
            Expr::Func(func) => {
                let signature = self.func_type(func, context);
                self.make(Kind::Func(signature))
            }
            Expr::Struct(ty) => self.resolve_fields(ty.fields, context, true),
            Expr::Interface(ty) => self.resolve_fields(ty.elements, context, false),
            Expr::Unary(unary) if unary.op == Token::Tilde => self.resolve(unary.operand, context),
            _ => UNKNOWN,
        }
    }

    /// The same struct or interface in the source is the same type.
    fn resolve_fields(&mut self, fields: &'p [Field<'p>], context: Context<'p>, is_struct: bool) -> Ty {
        let key = (fields.as_ptr().addr(), context.env.as_ptr().addr() ^ usize::from(is_struct));
        if !fields.is_empty()
            && let Some(&ty) = self.literal_types.get(&key)
        {
            return ty;
        }
        let list = if is_struct { &mut self.structs } else { &mut self.interfaces };
        let at = list.len() as u32;
        list.push(Fields { fields, context, owner: None });
        let ty = self.make(if is_struct { Kind::Struct(at) } else { Kind::Interface(at) });
        if !fields.is_empty() {
            self.literal_types.insert(key, ty);
        }
        ty
    }

    fn resolve_name(&mut self, name: Symbol, context: Context<'p>, args: &[Ty]) -> Ty {
        if let Some(&(_, ty)) = context.env.iter().rev().find(|bound| bound.0 == name) {
            return match self.kind(ty) {
                Kind::Named(declared, []) if !args.is_empty() => {
                    let args = self.arena.alloc_slice_copy(args);
                    self.make(Kind::Named(declared, args))
                }
                _ => ty,
            };
        }
        match self.world_object(context, name) {
            Some(Object::Type(id)) => self.named(id, args),
            Some(_) => UNKNOWN,
            None => Types::universe(name).unwrap_or(UNKNOWN),
        }
    }

    pub(crate) fn resolve_qualified(
        &mut self,
        package: Symbol,
        name: Symbol,
        context: Context<'p>,
        args: &[Ty],
    ) -> Ty {
        let file = &self.world.files[context.file.index()];
        match file.imports.get(&package) {
            Some(Import::Package(id)) => match self.world.packages[id.0 as usize].scope.get(&name) {
                Some(&Object::Type(id)) => self.named(id, args),
                _ => UNKNOWN,
            },
            Some(&Import::Missing(path)) => self.make(Kind::Missing(path, name)),
            Some(Import::C) => self.make(Kind::C(name)),
            Some(Import::Unsafe) => POINTER,
            None => UNKNOWN,
        }
    }

    /// A declared type with type arguments; aliases give what they stand for.
    pub(crate) fn named(&mut self, id: TypeId, args: &[Ty]) -> Ty {
        let declared = Declared::World(id);
        if self.world.types[id.index()].spec.alias.is_none() {
            let args = self.arena.alloc_slice_copy(args);
            return self.make(Kind::Named(declared, args));
        }
        let info = self.declared_info(declared);
        let target = match info.underlying {
            Some(target) => target,
            None if info.busy => return UNKNOWN,
            None => {
                self.set_busy(declared, true);
                let target = self.resolve(info.spec.ty, info.context);
                self.set_busy(declared, false);
                if let Some(info) = self.declared.get_mut(&declared) {
                    info.underlying = Some(target);
                }
                target
            }
        };
        self.substitute(target, info.first_param, args)
    }

    /// A signature; every parameter and result has a type of its own.
    pub(crate) fn func_type(&mut self, ty: &FuncType<'p>, context: Context<'p>) -> SigId {
        let variadic = matches!(ty.params.last(), Some(Field { ty: Expr::Ellipsis(_), .. }));
        let params = self.field_types(ty.params, context);
        let results = self.field_types(ty.results, context);
        self.add_signature(Signature { params, results, variadic })
    }

    fn field_types(&mut self, fields: &'p [Field<'p>], context: Context<'p>) -> &'p [Ty] {
        let mut types = Vec::new();
        for field in fields {
            let ty = self.resolve(field.ty, context);
            types.extend(std::iter::repeat_n(ty, field.names.len().max(1)));
        }
        self.arena.alloc_slice_copy(&types)
    }
}

//! Fields and methods, also through embedding.

use snag_syntax::go::ast::Expr;
use snag_syntax::go::token::Token;
use snag_syntax::{Symbol, sym};

use super::{Declared, ERROR, Kind, STRING, Signature, Ty, Types};
use crate::ir::{FuncId, TypeId};
use crate::names::base_name;

/// What a selector selects.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Member {
    Field { ty: Ty, owner: Option<TypeId> },
    Method { ty: Ty, func: FuncId },
    InterfaceMethod { ty: Ty, interface: Option<TypeId> },
    Missing { package: Symbol, ty: Symbol },
}

/// Deeper embedding is taken for a cycle.
const MAX_EMBEDDING: usize = 10;

impl<'p> Types<'p> {
    /// The field or method `name` of a type, found breadth first as Go does.
    pub(crate) fn member(&mut self, ty: Ty, name: Symbol) -> Option<Member> {
        if let Some(&known) = self.members.get(&(ty, name)) {
            return known;
        }
        let found = self.find_member(ty, name);
        self.members.insert((ty, name), found);
        found
    }

    fn find_member(&mut self, ty: Ty, name: Symbol) -> Option<Member> {
        let mut level = vec![self.pointee(ty)];
        let mut seen = Vec::new();
        for _ in 0..MAX_EMBEDDING {
            let mut next = Vec::new();
            for ty in level {
                if seen.contains(&ty) {
                    continue;
                }
                seen.push(ty);
                if let Some(member) = self.own_member(ty, name, &mut next) {
                    return Some(member);
                }
            }
            level = next;
        }
        None
    }

    fn own_member(&mut self, ty: Ty, name: Symbol, next: &mut Vec<Ty>) -> Option<Member> {
        let (mut first_param, mut args, mut interface): (u32, &[Ty], _) = (0, &[], None);
        match self.kind(ty) {
            Kind::Named(declared, given) => {
                (first_param, args) = (self.declared_info(declared).first_param, given);
                if let Declared::World(id) = declared {
                    interface = Some(id);
                    if let Some(&func) = self.world.types[id.index()].methods.get(&name) {
                        let signature = self.func_info(func).signature;
                        let plain = self.make(Kind::Func(signature));
                        let ty = self.substitute(plain, first_param, args);
                        return Some(Member::Method { ty, func });
                    }
                }
            }
            Kind::TypeParam(index) => {
                let (constraint, context) = self.type_params[index as usize];
                next.push(self.resolve(constraint, context));
                return None;
            }
            Kind::Missing(package, ty) => return Some(Member::Missing { package, ty }),
            Kind::Error if name == sym::ErrorMethod => {
                let results = self.arena.alloc_slice_copy(&[STRING]);
                let signature = self.add_signature(Signature { params: &[], results, variadic: false });
                let ty = self.make(Kind::Func(signature));
                return Some(Member::InterfaceMethod { ty, interface: None });
            }
            _ => {}
        }
        match self.underlying_kind(ty) {
            Kind::Struct(at) => self.struct_member(at, name, first_param, args, next),
            Kind::Interface(at) => self.interface_member(at, name, interface, first_param, args, next),
            Kind::Error if ty != ERROR => {
                next.push(ERROR);
                None
            }
            _ => None,
        }
    }

    fn struct_member(
        &mut self,
        at: u32,
        name: Symbol,
        first_param: u32,
        args: &'p [Ty],
        next: &mut Vec<Ty>,
    ) -> Option<Member> {
        let list = self.structs[at as usize];
        for field in list.fields {
            let embedded = field.names.is_empty();
            let hit = match embedded {
                true => base_name(field.ty) == Some(name),
                false => field.names.iter().any(|ident| ident.name == name),
            };
            if !embedded && !hit {
                continue;
            }
            let plain = self.resolve(field.ty, list.context);
            let ty = self.substitute(plain, first_param, args);
            if hit {
                return Some(Member::Field { ty, owner: list.owner });
            }
            next.push(self.pointee(ty));
        }
        None
    }

    fn interface_member(
        &mut self,
        at: u32,
        name: Symbol,
        interface: Option<TypeId>,
        first_param: u32,
        args: &'p [Ty],
        next: &mut Vec<Ty>,
    ) -> Option<Member> {
        let list = self.interfaces[at as usize];
        for element in list.fields {
            match element.names.first() {
                Some(method) if method.name == name => {
                    let plain = self.resolve(element.ty, list.context);
                    let ty = self.substitute(plain, first_param, args);
                    return Some(Member::InterfaceMethod { ty, interface });
                }
                Some(_) => {}
                None => {
                    let plain = self.resolve(element.ty, list.context);
                    next.push(self.substitute(plain, first_param, args));
                }
            }
        }
        None
    }

    /// The method names of an interface with those it embeds, sorted; nothing for other types.
    pub(crate) fn interface_methods(&mut self, ty: Ty) -> Option<Vec<Symbol>> {
        let Kind::Interface(_) = self.underlying_kind(ty) else { return None };
        let (mut open, mut seen, mut methods) = (vec![ty], Vec::new(), Vec::new());
        while let Some(ty) = open.pop() {
            let Kind::Interface(at) = self.underlying_kind(ty) else { continue };
            if seen.contains(&at) {
                continue;
            }
            seen.push(at);
            let list = self.interfaces[at as usize];
            for element in list.fields {
                match element.names.first() {
                    Some(method) => methods.push(method.name),
                    None => open.push(self.resolve(element.ty, list.context)),
                }
            }
        }
        methods.sort_unstable();
        methods.dedup();
        Some(methods)
    }

    /// The fields of a struct in order.
    pub(crate) fn field_names(&self, of: Kind<'p>) -> Vec<Symbol> {
        let Kind::Struct(at) = of else { return Vec::new() };
        let mut names = Vec::new();
        for field in self.structs[at as usize].fields {
            match field.names {
                [] => names.push(base_name(field.ty).unwrap_or(sym::Blank)),
                several => names.extend(several.iter().map(|ident| ident.name)),
            }
        }
        names
    }

    /// The declared types that a struct embeds.
    pub(crate) fn embedded_types(&mut self, ty: Ty) -> Vec<TypeId> {
        let Kind::Struct(at) = self.underlying_kind(ty) else { return Vec::new() };
        let list = self.structs[at as usize];
        let embedded = list.fields.iter().filter(|field| field.names.is_empty());
        embedded
            .filter_map(|field| {
                let ty = self.resolve(field.ty, list.context);
                self.type_id(ty)
            })
            .collect()
    }
}

/// The only term of a constraint: `~[]E`, `interface{ ~[]E }`.
pub(crate) fn single_term(constraint: Expr<'_>) -> Expr<'_> {
    let inner = match constraint {
        Expr::Interface(interface) => match interface.elements {
            [only] if only.names.is_empty() => only.ty,
            _ => constraint,
        },
        _ => constraint,
    };
    match inner {
        Expr::Unary(unary) if unary.op == Token::Tilde => unary.operand,
        _ => inner,
    }
}

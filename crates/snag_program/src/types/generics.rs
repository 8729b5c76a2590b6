//! Type arguments: substitution, and inference by one pass of unification.

use super::{Kind, MAX_DEPTH, Signature, Ty, Types, UNKNOWN, members::single_term};

impl<'p> Types<'p> {
    /// Replaces the type parameters from `first` on by `args`; unknown arguments leave the parameter.
    pub(crate) fn substitute(&mut self, ty: Ty, first: u32, args: &[Ty]) -> Ty {
        if args.is_empty() || self.depth > MAX_DEPTH {
            return ty;
        }
        self.depth += 1;
        let result = self.substitute_inner(ty, first, args);
        self.depth -= 1;
        result
    }

    fn substitute_inner(&mut self, ty: Ty, first: u32, args: &[Ty]) -> Ty {
        match self.kind(ty) {
            Kind::TypeParam(index) => {
                let arg = index.checked_sub(first).and_then(|at| args.get(at as usize));
                arg.copied().filter(|&arg| arg != UNKNOWN).unwrap_or(ty)
            }
            Kind::Named(declared, given) if !given.is_empty() => {
                let given = self.substitute_all(given, first, args);
                self.make(Kind::Named(declared, given))
            }
            Kind::Pointer(to) => {
                let to = self.substitute(to, first, args);
                self.make(Kind::Pointer(to))
            }
            Kind::Slice(elem) => {
                let elem = self.substitute(elem, first, args);
                self.make(Kind::Slice(elem))
            }
            Kind::Array(elem) => {
                let elem = self.substitute(elem, first, args);
                self.make(Kind::Array(elem))
            }
            Kind::Chan(elem) => {
                let elem = self.substitute(elem, first, args);
                self.make(Kind::Chan(elem))
            }
            Kind::Map(key, value) => {
                let key = self.substitute(key, first, args);
                let value = self.substitute(value, first, args);
                self.make(Kind::Map(key, value))
            }
            Kind::Tuple(types) => {
                let types = self.substitute_all(types, first, args);
                self.make(Kind::Tuple(types))
            }
            Kind::Func(id) => {
                let old = self.signature(id);
                let params = self.substitute_all(old.params, first, args);
                let results = self.substitute_all(old.results, first, args);
                if params == old.params && results == old.results {
                    return ty;
                }
                let id = self.add_signature(Signature { params, results, ..old });
                self.make(Kind::Func(id))
            }
            _ => ty,
        }
    }

    fn substitute_all(&mut self, types: &'p [Ty], first: u32, args: &[Ty]) -> &'p [Ty] {
        let new: Vec<Ty> = types.iter().map(|&ty| self.substitute(ty, first, args)).collect();
        if new == types { types } else { self.arena.alloc_slice_copy(&new) }
    }

    /// The type arguments of a call, from the types of its arguments.
    pub(crate) fn infer(
        &mut self,
        signature: Signature<'p>,
        first: u32,
        n: u32,
        args: &[Ty],
        spread: bool,
    ) -> Vec<Ty> {
        let mut found = vec![UNKNOWN; n as usize];
        for (at, &arg) in args.iter().enumerate() {
            let last = signature.params.len().saturating_sub(1);
            let param = match signature.params.get(at.min(last)) {
                Some(&param) if signature.variadic && at >= last && !spread => self.element(param),
                Some(&param) if at <= last => param,
                _ => continue,
            };
            self.unify(param, arg, first, &mut found, 0);
        }
        for at in 0..n {
            let arg = found[at as usize];
            let (constraint, context) = self.type_params[(first + at) as usize];
            if arg != UNKNOWN {
                let core = self.resolve(single_term(constraint), context);
                let under = self.underlying(arg);
                self.unify(core, under, first, &mut found, 0);
            }
        }
        found
    }

    fn unify(&mut self, param: Ty, arg: Ty, first: u32, found: &mut [Ty], depth: u32) {
        if depth > 12 || arg == UNKNOWN {
            return;
        }
        let depth = depth + 1;
        if let Kind::TypeParam(index) = self.kind(param) {
            if let Some(slot) = index.checked_sub(first).and_then(|at| found.get_mut(at as usize))
                && *slot == UNKNOWN
            {
                *slot = Types::default_type(arg);
            }
            return;
        }
        if let (Kind::Named(want, params), Kind::Named(have, args)) = (self.kind(param), self.kind(arg)) {
            if want == have {
                self.unify_all(params, args, first, found, depth);
            }
            return;
        }
        match (self.kind(param), self.underlying_kind(arg)) {
            (Kind::Pointer(x), Kind::Pointer(y))
            | (Kind::Slice(x), Kind::Slice(y))
            | (Kind::Array(x), Kind::Array(y))
            | (Kind::Chan(x), Kind::Chan(y)) => self.unify(x, y, first, found, depth),
            (Kind::Map(key, value), Kind::Map(other_key, other_value)) => {
                self.unify(key, other_key, first, found, depth);
                self.unify(value, other_value, first, found, depth);
            }
            (Kind::Func(x), Kind::Func(y)) => {
                let (x, y) = (self.signature(x), self.signature(y));
                self.unify_all(x.params, y.params, first, found, depth);
                self.unify_all(x.results, y.results, first, found, depth);
            }
            _ => {}
        }
    }

    fn unify_all(&mut self, params: &[Ty], args: &[Ty], first: u32, found: &mut [Ty], depth: u32) {
        for (&param, &arg) in params.iter().zip(args) {
            self.unify(param, arg, first, found, depth);
        }
    }
}

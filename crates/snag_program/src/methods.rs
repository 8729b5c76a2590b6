//! Which methods a call through an interface may reach.

use rustc_hash::FxHashMap;
use snag_syntax::Symbol;

use crate::ir::{FuncId, TypeId};
use crate::program::TypeInfo;

/// Deeper embedding is taken for a cycle.
const MAX_EMBEDDING: usize = 10;

/// The types that have a method, by its name; promoted methods included.
#[derive(Debug)]
pub(crate) struct Methods {
    by_name: FxHashMap<Symbol, Vec<(TypeId, FuncId)>>,
}

impl Methods {
    pub(crate) fn new(types: &[TypeInfo]) -> Methods {
        let mut by_name: FxHashMap<Symbol, Vec<(TypeId, FuncId)>> = FxHashMap::default();
        for (at, info) in types.iter().enumerate() {
            if info.interface.is_some() {
                continue;
            }
            let id = TypeId(at as u32);
            for (name, func) in method_set(types, id) {
                by_name.entry(name).or_default().push((id, func));
            }
        }
        Methods { by_name }
    }

    pub(crate) fn implementers(&self, types: &[TypeInfo], interface: TypeId, method: Symbol) -> Vec<FuncId> {
        let Some(wanted) = &types[interface.index()].interface else { return Vec::new() };
        let Some(candidates) = self.by_name.get(&method) else { return Vec::new() };
        let has = |ty: TypeId, name: Symbol| {
            let list = self.by_name.get(&name);
            list.is_some_and(|list| list.binary_search_by_key(&ty, |entry| entry.0).is_ok())
        };
        let matching = candidates.iter().filter(|(ty, _)| wanted.iter().all(|&name| has(*ty, name)));
        let mut found: Vec<FuncId> = matching.map(|&(_, func)| func).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The methods of a type, its own before those of embedded types.
fn method_set(types: &[TypeInfo], id: TypeId) -> FxHashMap<Symbol, FuncId> {
    let mut set = FxHashMap::default();
    let (mut level, mut seen) = (vec![id], vec![id]);
    for _ in 0..MAX_EMBEDDING {
        let mut next = Vec::new();
        for ty in level {
            let info = &types[ty.index()];
            for &(name, func) in &info.methods {
                set.entry(name).or_insert(func);
            }
            for &embedded in &info.embedded {
                if !seen.contains(&embedded) {
                    seen.push(embedded);
                    next.push(embedded);
                }
            }
        }
        level = next;
    }
    set
}

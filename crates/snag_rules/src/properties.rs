//! What the tables know about the functions of a program, by number.

use rustc_hash::FxHashMap;
use snag_program::Program;
use snag_program::ir::{Body, Call, Callee, FuncId, Value};
use snag_threads::{Is, Package, Property};

/// The functions of a program with a property.
pub(crate) struct Properties<'p> {
    program: &'p Program,
    known: FxHashMap<FuncId, &'static Property>,
}

impl<'p> Properties<'p> {
    pub(crate) fn new(program: &'p Program) -> Properties<'p> {
        let table = |package: &snag_program::load::Package| {
            snag_threads::package(&package.path).filter(|table| !table.properties.is_empty())
        };
        let tables: Vec<Option<&'static Package>> = program.workspace.packages.iter().map(table).collect();
        let mut known = FxHashMap::default();
        for (id, function) in program.functions() {
            let Some(table) = tables.get(function.package.0 as usize).copied().flatten() else { continue };
            let Some((_, name)) = program.table_name(id) else { continue };
            if let Some(property) = table.property(&name) {
                known.insert(id, property);
            }
        }
        Properties { program, known }
    }

    /// What the callee is known to be.
    pub(crate) fn of(&self, body: &Body, call: &Call) -> Option<Is> {
        let property = match call.callee {
            Callee::Function(id) => self.known.get(&id).copied(),
            Callee::Missing { package, name } => snag_threads::property(package.as_str(), name.as_str()),
            Callee::Interface { interface: Some(interface), method } => {
                let info = self.program.type_info(interface);
                let path = self.program.workspace.package(info.package).path.as_str();
                snag_threads::package(path)
                    .filter(|table| !table.properties.is_empty())
                    .and_then(|table| table.property(&format!("{}.{method}", info.name)))
            }
            _ => None,
        }?;
        let first = call.args.first().map(|&arg| body.value(arg));
        let fits = property.argument.is_empty()
            || matches!(first, Some(Value::Str(text)) if text.as_str() == property.argument);
        fits.then_some(property.is)
    }

    /// The functions of the program with one of these properties.
    pub(crate) fn having(&self, wanted: &[Is]) -> Vec<FuncId> {
        let known = self.known.iter().filter(|(_, property)| wanted.contains(&property.is));
        known.map(|(&id, _)| id).collect()
    }
}

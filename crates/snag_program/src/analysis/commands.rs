//! Functions that a library for command lines calls when their command is asked for, on the goroutine of `main`.

use rustc_hash::FxHashSet;
use snag_syntax::Symbol;
use snag_threads::{CallbackArgument, When};

use super::calls::Calls;
use super::values::Values;
use crate::ir::{Body, CallId, FuncId, Instr, TypeId, Value, ValueId};

/// The first-party functions that commands are made of, in the order of the functions.
pub(crate) fn commands(calls: &Calls<'_>) -> Vec<FuncId> {
    let finder = Finder { calls, values: Values::new(calls) };
    let mut found: Vec<FuncId> = finder.fields().collect();
    found.sort();
    found.dedup();
    found
}

struct Finder<'c, 'p> {
    calls: &'c Calls<'p>,
    values: Values<'c, 'p>,
}

impl Finder<'_, '_> {
    /// What is put into the fields that hold the function of a command.
    fn fields(&self) -> impl Iterator<Item = FuncId> + '_ {
        let program = self.calls.program;
        let own = move |&id: &FuncId| {
            let file = program.file(program.function(id).file);
            file.first_party && !file.is_test
        };
        let bodies = self.calls.functions().filter(own).filter_map(|id| Some((id, self.calls.body(id)?)));
        bodies.flat_map(move |(id, body)| {
            let built = body
                .literals
                .iter()
                .flat_map(|literal| literal.fields.iter().map(|&(field, value)| (literal.ty, field, value)));
            let assigned =
                body.blocks.iter().flat_map(|block| &block.instrs).filter_map(|instr| match *instr {
                    Instr::Assign { target, value, .. } => match body.value(target) {
                        Value::Field(_, ty, field) => Some((ty, field, value)),
                        _ => None,
                    },
                    _ => None,
                });
            let fields = built.chain(assigned).filter(|&(ty, field, _)| self.is_command(ty, field));
            fields.flat_map(move |(_, _, value)| self.functions(id, body, value))
        })
    }

    fn is_command(&self, ty: Option<TypeId>, field: Symbol) -> bool {
        let row = ty.and_then(|ty| {
            let name = format!("{}.{field}", self.calls.program.type_info(ty).name);
            self.calls.table_of_type(ty)?.callback(&name)
        });
        row.is_some_and(|row| row.when == When::Command && row.argument == CallbackArgument::Field)
    }

    /// The function, and where another function wrapped it, what was wrapped: `Run: checked(run)`.
    fn functions(&self, id: FuncId, body: &Body, value: ValueId) -> Vec<FuncId> {
        let mut found = self.values.functions(id, value);
        if let Value::Result(call, _) = body.value(value) {
            let inside: FxHashSet<FuncId> = found.iter().copied().collect();
            found.extend(
                self.wrapped(id, body, call).into_iter().filter(|function| !inside.contains(function)),
            );
        }
        found
    }

    /// What is given to a function whose result calls it without a pin of its own.
    fn wrapped(&self, id: FuncId, body: &Body, call: CallId) -> Vec<FuncId> {
        let call = body.call(call);
        let pins = |target: &FuncId| {
            let wrappers = self.calls.literals(*target).iter().chain([target]);
            wrappers.filter_map(|&id| self.calls.body(id)).flat_map(|body| &body.calls).any(|call| {
                let api = self.calls.rows(call).api;
                api.is_some_and(|api| api.locks != snag_threads::LockBehavior::No)
            })
        };
        let targets = self.calls.targets(call);
        if targets.is_empty() || targets.iter().any(pins) {
            return vec![];
        }
        let direct =
            call.args.iter().filter(|&&arg| matches!(body.value(arg), Value::Func(_) | Value::Bound(..)));
        direct.flat_map(|&arg| self.values.functions(id, arg)).collect()
    }
}

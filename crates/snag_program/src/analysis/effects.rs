//! What one call does to the thread that makes it.

use snag_syntax::Symbol;
use snag_threads::{Api, Arch, Arg, Effects, Harm, PutBack, Requires, Scope, StateSet, state};

use super::calls::{Calls, bound_by};
use super::values::Values;
use crate::ir::{Call, Callee, FuncId, ValueId, VarRef};

/// A parameter, and the constant that a caller passes.
pub(crate) type Constant = (VarRef, i64);

/// What a call changes on the calling thread, as far as others on the thread are hurt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub states: StateSet,
    pub certain: bool,
    /// The call puts a saved value back.
    pub restores: bool,
    /// The argument that is the new value, where there is one.
    pub value: Option<ValueId>,
    /// Others are not hurt, but the call ties something to the thread that later calls need.
    pub binds: bool,
    /// Without a pin it is of no use.
    pub needs_pin: bool,
}

/// What a call changes and depends on.
pub(crate) struct EffectsOf<'c, 'p> {
    pub calls: &'c Calls<'p>,
    pub values: &'c Values<'c, 'p>,
}

impl EffectsOf<'_, '_> {
    fn arguments(&self, function: FuncId, call: &Call, given: &[Constant]) -> Vec<Arg<'static>> {
        call.args.iter().map(|&arg| self.argument(function, arg, given)).collect()
    }

    /// What is known about an argument.
    pub(crate) fn argument(&self, function: FuncId, id: ValueId, given: &[Constant]) -> Arg<'static> {
        let constant = |var: VarRef| given.iter().find(|known| known.0 == var).map(|known| known.1);
        match self.values.arg(function, id) {
            Arg::Unknown => {
                self.values.variable(function, id).and_then(constant).map_or(Arg::Unknown, Arg::Int)
            }
            known => known,
        }
    }

    fn effects(
        &self,
        function: FuncId,
        call: &Call,
        given: &[Constant],
    ) -> Option<(Effects, Option<&'static Api>)> {
        if let Callee::C(name) = call.callee {
            let program = self.calls.program;
            let package = program.function(function).package;
            return Some((
                program.native.effects(package, name, &self.arguments(function, call, given))?,
                None,
            ));
        }
        let api = self.calls.rows(call).api?;
        Some((api.effects(&self.arguments(function, call, given), self.arch()), Some(api)))
    }

    /// Whose numbers system calls have; nothing where the tables know none.
    fn arch(&self) -> Option<Arch> {
        Arch::from_goarch(&self.calls.program.workspace.goarch)
    }

    /// What the call changes.
    pub(crate) fn change(&self, function: FuncId, call: &Call) -> Option<Change> {
        self.change_with(function, call, &[])
    }

    /// What the call changes, where parameters are known to be these constants.
    pub(crate) fn change_with(&self, function: FuncId, call: &Call, given: &[Constant]) -> Option<Change> {
        let tied = self.calls.tied_child(function, call);
        if !tied.is_empty() {
            let (certain, restores, value) = (false, false, None);
            return Some(Change { states: tied, certain, restores, value, binds: true, needs_pin: true });
        }
        self.changed(function, call, given, false)
    }

    /// What the call changes on all threads alike, where the same call once changed one.
    pub(crate) fn change_of_all_threads(&self, function: FuncId, call: &Call) -> Option<Change> {
        self.changed(function, call, &[], true)
    }

    fn changed(&self, function: FuncId, call: &Call, given: &[Constant], of_all: bool) -> Option<Change> {
        let (effects, api) = self.effects(function, call, given)?;
        let hurting = hurting(effects.writes_caller());
        if hurting.is_empty()
            && let Callee::C(name) = call.callee
        {
            return self.tied_to_main_thread(function, name);
        }
        let binds = hurting.is_empty();
        let states = match api {
            Some(api) if binds => bound_by(api).intersection(effects.writes_caller()),
            _ => hurting,
        };
        if states.is_empty() || api.is_some_and(|api| self.process_wide(function, api)) != of_all {
            return None;
        }
        let put_back = api.map_or(PutBack::Never, |api| api.restore);
        let position = match put_back {
            PutBack::Saved(at) | PutBack::SavedOr(at, _) => Some(at as usize),
            _ => None,
        };
        let value = match put_back {
            PutBack::SavedReceiver => call.receiver,
            _ => position.and_then(|at| call.args.get(at).copied()),
        };
        let saved = value.is_some_and(|value| self.values.is_saved(function, value, states));
        let restores = match put_back {
            PutBack::Always => true,
            PutBack::SavedOr(_, constant) => {
                saved || value.is_some_and(|value| self.values.arg(function, value) == Arg::Str(constant))
            }
            _ => saved,
        };
        let needs_pin = api.is_some_and(|api| {
            matches!(api.requires, Requires::Lock | Requires::LockForever | Requires::MainThread)
        });
        Some(Change { states, certain: effects.certain, restores, value, binds, needs_pin })
    }

    /// A function of C that only the main thread may call.
    fn tied_to_main_thread(&self, function: FuncId, name: Symbol) -> Option<Change> {
        let program = self.calls.program;
        let states = program.native.wants_main_thread(program.function(function).package, name);
        let (certain, restores, value) = (true, false, None);
        let change = Change { states, certain, restores, value, binds: true, needs_pin: true };
        (!states.is_empty()).then_some(change)
    }

    /// Since some version of Go, or of its module, the call changes all threads.
    fn process_wide(&self, function: FuncId, api: &Api) -> bool {
        let program = self.calls.program;
        // The library decides, not the language: a module that asks for Go 1.15 is built by today's release.
        let language = program.file(program.function(function).file).version;
        let version = program.workspace.release.unwrap_or(language);
        let module = match api.all_threads {
            snag_threads::AllThreads::SinceModule { module, .. } => {
                let modules = &program.workspace.modules;
                modules.iter().find(|known| known.path == module && !known.version.is_empty())
            }
            _ => None,
        };
        api.process_wide_with(version, module.map(|module| module.version.as_str()))
    }

    /// What the result of the call depends on.
    pub(crate) fn reads(&self, function: FuncId, call: &Call) -> StateSet {
        self.reads_with(function, call, &[])
    }

    /// What the result depends on, where parameters are known to be these constants.
    pub(crate) fn reads_with(&self, function: FuncId, call: &Call, given: &[Constant]) -> StateSet {
        let effects = self.effects(function, call, given);
        effects.map_or(StateSet::EMPTY, |(effects, _)| self.without_path(function, call, effects.reads))
    }

    /// What the call depends on of these states: a socket with a path for an address has no network namespace.
    pub(crate) fn without_path(&self, function: FuncId, call: &Call, states: StateSet) -> StateSet {
        let network = StateSet::of(&[state::NETNS]);
        if states.intersects(network) && self.is_path(function, call) {
            states.difference(network)
        } else {
            states
        }
    }

    /// A socket whose address is a path: it belongs to the mount namespace, abstract ones to the network namespace,
    /// unix(7).
    fn is_path(&self, function: FuncId, call: &Call) -> bool {
        let arguments = self.arguments(function, call, &[]);
        let mut texts = arguments.iter().filter_map(|arg| match arg {
            Arg::Str(text) => Some(*text),
            _ => None,
        });
        texts.clone().any(is_local_network) && !texts.any(|text| text.starts_with('@'))
    }

    /// An argument that is a literal address, which no look-up on another goroutine is needed for.
    pub(crate) fn has_literal_address(&self, function: FuncId, call: &Call) -> bool {
        self.arguments(function, call, &[])
            .into_iter()
            .any(|arg| matches!(arg, Arg::Str(text) if is_literal_address(text) || is_local_network(text)))
    }
}

/// The networks whose addresses are paths.
fn is_local_network(text: &str) -> bool {
    matches!(text, "unix" | "unixgram" | "unixpacket")
}

/// `127.0.0.1:80`, `[::1]:80`, `:80`
fn is_literal_address(text: &str) -> bool {
    let host = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => text.rsplit_once(':').map_or(text, |(host, _)| host),
    };
    text.contains(':') && (host.is_empty() || host.parse::<std::net::IpAddr>().is_ok())
}

/// The states of a thread whose change hurts whatever runs on the thread next.
fn hurting(states: StateSet) -> StateSet {
    states
        .with_harm(Harm::Bystanders)
        .iter()
        .filter(|state| !matches!(state.info().scope, Scope::Process | Scope::Goroutine | Scope::LeaderView))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::is_literal_address;

    #[test]
    fn literal_addresses_need_no_look_up() {
        for literal in ["127.0.0.1:80", "[::1]:443", ":8080"] {
            assert!(is_literal_address(literal), "{literal}");
        }
        for other in ["localhost:80", "tcp", "example.com:443", "http://127.0.0.1/"] {
            assert!(!is_literal_address(other), "{other}");
        }
    }
}

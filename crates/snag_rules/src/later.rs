//! What came after a call in a history: histories of servers are long, and each call asks.

use rustc_hash::FxHashMap;
use snag_threads::history::{Call, CallId, GoroutineId, History, ThreadId};

/// The calls of each thread and of each goroutine, in their order.
#[derive(Debug)]
pub(crate) struct Later<'h> {
    history: &'h History,
    threads: FxHashMap<ThreadId, Vec<CallId>>,
    goroutines: FxHashMap<GoroutineId, Vec<CallId>>,
}

impl<'h> Later<'h> {
    pub(crate) fn new(history: &'h History) -> Later<'h> {
        let mut later = Later { history, threads: FxHashMap::default(), goroutines: FxHashMap::default() };
        for (id, call) in (0..).map(CallId).zip(&history.calls) {
            later.threads.entry(call.thread).or_default().push(id);
            if let Some(goroutine) = call.goroutine {
                later.goroutines.entry(goroutine).or_default().push(id);
            }
        }
        later
    }

    /// The calls on a thread behind this one.
    pub(crate) fn on(&self, thread: ThreadId, after: CallId) -> impl Iterator<Item = &'h Call> + '_ {
        self.behind(self.threads.get(&thread), after)
    }

    /// The calls of a goroutine behind this one.
    pub(crate) fn by(&self, goroutine: GoroutineId, after: CallId) -> impl Iterator<Item = &'h Call> + '_ {
        self.behind(self.goroutines.get(&goroutine), after)
    }

    fn behind<'l>(
        &'l self,
        list: Option<&'l Vec<CallId>>,
        after: CallId,
    ) -> impl Iterator<Item = &'h Call> + 'l {
        let list = list.map(|list| &list[..]).unwrap_or_default();
        let from = list.partition_point(|id| *id <= after);
        list[from..].iter().filter_map(|&id| self.history.call(id))
    }
}

//! Where the fields of the runtime's structs lie in this very process.

pub(crate) mod descriptors;
pub(crate) mod dwarf;
pub(crate) mod known;

use rustc_hash::FxHashMap;

use crate::refusal::Refusal;

/// The fields of a struct by name; those of embedded structs have dots in their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Struct {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) fields: FxHashMap<String, u64>,
}

impl Struct {
    /// The offset of a field that every version has.
    pub(crate) fn offset(&self, field: &str) -> Result<usize, Refusal> {
        self.field(field).ok_or_else(|| {
            Refusal::new(format!(
                "the runtime has no field {}.{field}, so this version of Go is not known",
                self.name
            ))
        })
    }

    /// The offset of a field.
    pub(crate) fn field(&self, field: &str) -> Option<usize> {
        let offset = *self.fields.get(field)?;
        (offset + 8 <= self.size.next_multiple_of(8)).then_some(offset as usize)
    }
}

/// Fields of `runtime.g`.
#[derive(Clone, Debug)]
pub(crate) struct G {
    pub(crate) stack_low: usize,
    pub(crate) stack_high: usize,
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "only hooks need it"))]
    pub(crate) stack_guard: usize,
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "only hooks need it"))]
    pub(crate) preempt: usize,
    pub(crate) sp: usize,
    pub(crate) pc: usize,
    pub(crate) syscall_sp: usize,
    pub(crate) syscall_pc: usize,
    pub(crate) status: usize,
    pub(crate) id: usize,
    pub(crate) since: usize,
    pub(crate) reason: usize,
    pub(crate) m: usize,
    pub(crate) locked_m: usize,
    pub(crate) parent: Option<usize>,
    pub(crate) created_pc: usize,
    pub(crate) start_pc: usize,
    /// How many bytes must be copied to see all of these.
    pub(crate) window: usize,
}

impl G {
    pub(crate) fn new(layout: &Struct) -> Result<G, Refusal> {
        let at = |field| layout.offset(field);
        let mut g = G {
            stack_low: at("stack.lo")?,
            stack_high: at("stack.hi")?,
            stack_guard: at("stackguard0")?,
            preempt: at("preempt")?,
            sp: at("sched.sp")?,
            pc: at("sched.pc")?,
            syscall_sp: at("syscallsp")?,
            syscall_pc: at("syscallpc")?,
            status: at("atomicstatus")?,
            id: at("goid")?,
            since: at("waitsince")?,
            reason: at("waitreason")?,
            m: at("m")?,
            locked_m: at("lockedm")?,
            parent: layout.field("parentGoid"),
            created_pc: at("gopc")?,
            start_pc: at("startpc")?,
            window: 0,
        };
        let fields = [
            g.stack_high,
            g.sp,
            g.pc,
            g.syscall_sp,
            g.syscall_pc,
            g.status,
            g.id,
            g.since,
            g.reason,
            g.m,
            g.locked_m,
            g.created_pc,
            g.start_pc,
        ];
        let last = fields.into_iter().chain(g.parent).max().unwrap_or(0);
        g.window = last + 8;
        Ok(g)
    }
}

/// Fields of `runtime.m`.
#[derive(Clone, Debug)]
pub(crate) struct M {
    pub(crate) g0: usize,
    pub(crate) signal_g: usize,
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "only hooks need it"))]
    pub(crate) locks: usize,
    pub(crate) thread: usize,
    pub(crate) start: usize,
    pub(crate) current: usize,
    pub(crate) p: usize,
    pub(crate) id: usize,
    pub(crate) spinning: usize,
    pub(crate) blocked: usize,
    pub(crate) in_cgo: usize,
    pub(crate) calls_into_c: Option<usize>,
    pub(crate) extra: Option<usize>,
    pub(crate) next: usize,
    pub(crate) locked_g: usize,
    pub(crate) locked_external: usize,
    pub(crate) locked_internal: usize,
    pub(crate) window: usize,
}

impl M {
    pub(crate) fn new(layout: &Struct) -> Result<M, Refusal> {
        let at = |field| layout.offset(field);
        let mut m = M {
            g0: at("g0")?,
            signal_g: at("gsignal")?,
            locks: at("locks")?,
            thread: at("procid")?,
            start: at("mstartfn")?,
            current: at("curg")?,
            p: at("p")?,
            id: at("id")?,
            spinning: at("spinning")?,
            blocked: at("blocked")?,
            in_cgo: at("incgo")?,
            calls_into_c: layout.field("ncgocall"),
            extra: layout.field("isextra"),
            next: at("alllink")?,
            locked_g: at("lockedg")?,
            locked_external: at("lockedExt")?,
            locked_internal: at("lockedInt")?,
            window: 0,
        };
        let last = [m.next, m.locked_g, m.locked_external, m.locked_internal, m.id, m.in_cgo];
        m.window = last.into_iter().chain(m.calls_into_c).max().unwrap_or(0) + 8;
        Ok(m)
    }
}

/// Fields of `runtime.p`.
#[derive(Clone, Debug)]
pub(crate) struct P {
    pub(crate) id: usize,
    pub(crate) status: usize,
    pub(crate) m: usize,
    pub(crate) queue_head: usize,
    pub(crate) queue_tail: usize,
    pub(crate) next: usize,
    /// Goroutines that ended, the last one first: the head of the list, and its length behind that.
    pub(crate) free: usize,
    pub(crate) window: usize,
}

impl P {
    pub(crate) fn new(layout: &Struct) -> Result<P, Refusal> {
        let at = |field| layout.offset(field);
        let next = at("runnext")?;
        Ok(P {
            id: at("id")?,
            status: at("status")?,
            m: at("m")?,
            queue_head: at("runqhead")?,
            queue_tail: at("runqtail")?,
            next,
            free: at("gFree")?,
            window: next + 8,
        })
    }
}

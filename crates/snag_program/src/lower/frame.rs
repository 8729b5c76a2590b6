//! The function being built.

use rustc_hash::FxHashMap;
use snag_syntax::{Span, Symbol, sym};

use super::{Local, Lowerer};
use crate::ir::{
    Block, BlockId, Body, FuncId, Function, Instr, Loop, LoopId, LoopKind, Terminator, Value, ValueId, Var,
    VarRef,
};
use crate::types::{ERROR, Kind, Ty, Types};

/// Where `break` and `continue` lead.
pub(super) struct JumpTarget {
    pub(super) label: Option<Symbol>,
    pub(super) break_to: BlockId,
    pub(super) continue_to: Option<BlockId>,
}

pub(super) struct Frame {
    pub(super) id: FuncId,
    pub(super) function: Function,
    pub(super) body: Body,
    pub(super) current: BlockId,
    pub(super) targets: Vec<JumpTarget>,
    pub(super) labels: FxHashMap<Symbol, BlockId>,
    /// The label of the statement that comes next.
    pub(super) pending_label: Option<Symbol>,
    pub(super) in_loop: Option<LoopId>,
    /// Variables declared now belong to a loop header.
    pub(super) in_header: bool,
    pub(super) n_literals: u32,
    pub(super) fallthrough: Option<BlockId>,
    known: FxHashMap<Value, ValueId>,
    /// How many of the blocks belong to this function; the others are there to be used.
    n_blocks: usize,
}

/// A block that takes no more memory than it needs, out of one that keeps its memory.
fn settled(block: &mut Block) -> Block {
    let end = std::mem::replace(&mut block.end, Terminator::Dead);
    Block { instrs: block.instrs.as_slice().into(), end, in_loop: block.in_loop }
}

/// Bodies larger than this leave nothing for the next one to be built in.
const RECYCLED: usize = 1 << 10;

impl Frame {
    pub(super) fn new(id: FuncId, function: Function) -> Frame {
        let mut frame = Frame {
            id,
            function,
            body: Body::default(),
            current: BlockId(0),
            targets: Vec::new(),
            labels: FxHashMap::default(),
            pending_label: None,
            in_loop: None,
            in_header: false,
            n_literals: 0,
            fallthrough: None,
            known: FxHashMap::default(),
            n_blocks: 0,
        };
        frame.start();
        frame
    }

    /// Builds another function in the memory of one that is finished.
    pub(super) fn reuse(mut self, id: FuncId, function: Function) -> Frame {
        (self.id, self.function) = (id, function);
        self.start();
        self
    }

    fn start(&mut self) {
        self.value(Value::Unknown);
        self.current = self.new_block();
    }

    /// The function that was built, in memory that is just large enough, and what the next one can be built in.
    pub(super) fn finish(mut self, has_body: bool) -> (Function, Option<Frame>) {
        if has_body {
            self.forget_own_reads();
            let body = &mut self.body;
            self.function.body = Some(Body {
                blocks: body.blocks[..self.n_blocks].iter_mut().map(settled).collect(),
                calls: body.calls.drain(..).collect(),
                values: body.values.as_slice().into(),
                loops: body.loops.drain(..).collect(),
                literals: body.literals.drain(..).collect(),
                keys: body.keys.as_slice().into(),
                sent: body.sent.as_slice().into(),
            });
        }
        self.function.vars.shrink_to_fit();
        let after = Function { vars: Vec::new(), body: None, ..self.function };
        let function = std::mem::replace(&mut self.function, after);
        let spare = (self.body.values.len() + self.n_blocks <= RECYCLED).then(|| self.emptied());
        (function, spare)
    }

    fn emptied(mut self) -> Frame {
        let body = &mut self.body;
        body.blocks[..self.n_blocks].iter_mut().for_each(|block| block.instrs.clear());
        body.calls.clear();
        body.values.clear();
        body.loops.clear();
        body.literals.clear();
        body.keys.clear();
        body.sent.clear();
        self.n_blocks = 0;
        self.targets.clear();
        self.labels.clear();
        self.known.clear();
        (self.pending_label, self.in_loop, self.in_header) = (None, None, false);
        (self.n_literals, self.fallthrough) = (0, None);
        self
    }

    /// Reads of variables that no other function sees interest nobody. Which are captured is known at the end.
    fn forget_own_reads(&mut self) {
        let Frame { id, function, body, .. } = self;
        let values = &body.values;
        for block in &mut body.blocks {
            block.instrs.retain(|instr| match *instr {
                Instr::Read { what, .. } => match values[what.index()] {
                    Value::Var(var) if var.function == *id => {
                        function.vars.get(var.index as usize).is_some_and(|var| var.captured)
                    }
                    _ => true,
                },
                _ => true,
            });
        }
    }

    pub(super) fn emit(&mut self, instr: Instr) {
        let current = self.current.index();
        self.body.blocks[current].instrs.push(instr);
    }

    pub(super) fn value(&mut self, value: Value) -> ValueId {
        *self.known.entry(value).or_insert_with(|| {
            self.body.values.push(value);
            ValueId(self.body.values.len() as u32 - 1)
        })
    }

    pub(super) fn new_block(&mut self) -> BlockId {
        let in_loop = self.in_loop;
        match self.body.blocks.get_mut(self.n_blocks) {
            Some(block) => (block.end, block.in_loop) = (Terminator::Dead, in_loop),
            None => self.body.blocks.push(Block { instrs: Vec::new(), end: Terminator::Dead, in_loop }),
        }
        self.n_blocks += 1;
        BlockId(self.n_blocks as u32 - 1)
    }
}

impl Lowerer<'_> {
    pub(super) fn open_frame(&mut self, id: FuncId, function: Function) {
        let frame = match self.spare.pop() {
            Some(spare) => spare.reuse(id, function),
            None => Frame::new(id, function),
        };
        self.frames.push(frame);
    }

    pub(super) fn close_frame(&mut self, has_body: bool) -> Option<Function> {
        let (function, spare) = self.frames.pop()?.finish(has_body);
        self.spare.extend(spare);
        Some(function)
    }

    /// The function being built; callers know that there is one.
    pub(super) fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("statements are lowered inside functions only")
    }

    pub(super) fn value(&mut self, value: Value) -> ValueId {
        self.frames.last_mut().map_or(ValueId(0), |frame| frame.value(value))
    }

    pub(super) fn new_block(&mut self) -> BlockId {
        self.frame().new_block()
    }

    /// Ends the block at hand; what follows without a jump to it is dead.
    pub(super) fn terminate(&mut self, end: Terminator) {
        let frame = self.frame();
        let current = frame.current.index();
        frame.body.blocks[current].end = end;
        frame.current = frame.new_block();
    }

    /// Ends the block at hand with a jump and goes on in `next`.
    pub(super) fn jump_into(&mut self, next: BlockId) {
        let frame = self.frame();
        let current = frame.current.index();
        frame.body.blocks[current].end = Terminator::Jump(next);
        frame.current = next;
    }

    pub(super) fn end_with(&mut self, end: Terminator, next: BlockId) {
        let frame = self.frame();
        let current = frame.current.index();
        frame.body.blocks[current].end = end;
        frame.current = next;
    }

    pub(super) fn declare_var(&mut self, name: Symbol, span: Span, ty: Ty) -> VarRef {
        let ty = Types::default_type(ty);
        let under = self.types.underlying_kind(ty);
        let shares = matches!(under, Kind::Pointer(_) | Kind::Map(..));
        let pointer = matches!(self.types.kind(ty), Kind::Pointer(_));
        let declared = if pointer { None } else { self.types.type_id(ty) };
        let frame = self.frame();
        let index = frame.function.vars.len() as u32;
        let (in_loop, loop_header) = (frame.in_loop, frame.in_header);
        frame.function.vars.push(Var {
            name,
            span,
            in_loop,
            loop_header,
            captured: false,
            result: false,
            is_error: ty == ERROR,
            is_function: matches!(under, Kind::Func(_)),
            shares,
            ty: declared,
        });
        let var = VarRef { function: frame.id, index };
        if name != sym::Blank {
            self.scopes.push((name, Local::Var(ty, var)));
        }
        var
    }

    pub(super) fn named_results(&mut self) -> Vec<ValueId> {
        let frame = self.frame();
        let id = frame.id;
        let results: Vec<u32> = (0u32..)
            .zip(&frame.function.vars)
            .filter(|(_, var)| var.result)
            .map(|(index, _)| index)
            .collect();
        results.into_iter().map(|index| self.value(Value::Var(VarRef { function: id, index }))).collect()
    }

    /// Opens a loop: blocks and variables made from now on belong to it.
    pub(super) fn open_loop(&mut self, span: Span, body: Span, kind: LoopKind) -> LoopId {
        let first_line = self.first_line(body);
        let frame = self.frame();
        let id = LoopId(frame.body.loops.len() as u32);
        let outer = frame.in_loop;
        let header = frame.current;
        frame.body.loops.push(Loop {
            outer,
            span,
            body,
            first_line,
            kind,
            header,
            over: None,
            rounds: None,
            calls_runtime: false,
        });
        frame.in_loop = Some(id);
        id
    }

    fn first_line(&self, body: Span) -> Symbol {
        let source = self.sources.get(&self.context.file).map_or(&[][..], |source| source);
        let inside = Span::new(body.start + 1, body.end).slice(source);
        let blank = |byte: &u8| byte.is_ascii_whitespace();
        let end = inside.iter().position(|byte| !blank(byte)).unwrap_or(0);
        let space = &inside[..end];
        match space.iter().rposition(|&byte| byte == b'\n') {
            Some(at) => Symbol::new(&format!("\n{}", String::from_utf8_lossy(&space[at + 1..]))),
            None => sym::Empty,
        }
    }

    /// The loops around what comes next call the runtime.
    pub(super) fn calls_runtime(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        let mut next = frame.in_loop;
        while let Some(id) = next {
            let each = &mut frame.body.loops[id.index()];
            if std::mem::replace(&mut each.calls_runtime, true) {
                break;
            }
            next = each.outer;
        }
    }

    pub(super) fn close_loop(&mut self, id: LoopId) {
        let frame = self.frame();
        frame.in_loop = frame.body.loops[id.index()].outer;
    }
}

//! Loops, switches and selects.

use snag_syntax::go::ast::{Clause, Expr, For, Range, Select, Stmt, Switch, TypeSwitch};
use snag_syntax::go::token::Token;
use snag_syntax::{Span, sym};

use super::Lowerer;
use super::expr::unparen;
use super::frame::JumpTarget;
use crate::ir::{
    BlockId, Callee, ChannelOp, Cond, Instr, LoopId, LoopKind, Operator, Terminator, Value, ValueId,
};
use crate::types::{Kind, NIL, Types, UNKNOWN};

impl<'p> Lowerer<'p> {
    fn enter(&mut self, break_to: BlockId, continue_to: Option<BlockId>) {
        let frame = self.frame();
        let label = frame.pending_label.take();
        frame.targets.push(JumpTarget { label, break_to, continue_to });
    }

    fn leave(&mut self) {
        self.frame().targets.pop();
    }

    pub(super) fn for_stmt(&mut self, each: &'p For<'p>) {
        let label = self.frame().pending_label;
        self.push_scope();
        let after = self.new_block();
        let span = Lowerer::keyword_span(each.pos, "for");
        let kind = if each.cond.is_none() { LoopKind::Endless } else { LoopKind::Condition };
        let id = self.open_loop(span, each.body.span, kind);
        self.frame().in_header = true;
        if let Some(init) = each.init {
            self.stmt(init);
        }
        self.frame().in_header = false;
        let (header, body, post) = (self.new_block(), self.new_block(), self.new_block());
        self.frame().body.loops[id.index()].header = header;
        self.jump_into(header);
        match each.cond {
            Some(cond) => {
                self.compared = None;
                self.condition(cond, body, after);
                let compared = self.compared.take();
                let over = compared.and_then(|compared| self.limit(compared, id));
                let rounds = over.and_then(|_| self.rounds(each, compared?));
                let found = &mut self.frame().body.loops[id.index()];
                (found.over, found.rounds) = (over, rounds);
            }
            None => self.end_with(Terminator::Jump(body), body),
        }
        self.frame().current = body;
        self.frame().pending_label = label;
        self.enter(after, Some(post));
        self.scoped(each.body.stmts);
        self.leave();
        self.jump_into(post);
        if let Some(step) = each.post {
            self.stmt(step);
        }
        self.end_with(Terminator::Jump(header), after);
        self.close_loop(id);
        self.pop_scope();
    }

    /// `n` of `i < n`, where the loop's header declares `i`.
    fn limit(&mut self, (op, left, right): (Token, Value, Value), id: LoopId) -> Option<ValueId> {
        let (variable, limit) = match op {
            Token::Lss | Token::Leq | Token::Neq => (left, right),
            Token::Gtr | Token::Geq => (right, left),
            _ => return None,
        };
        let Value::Var(var) = variable else { return None };
        let frame = self.frame();
        let declared = frame.function.vars.get(var.index as usize).filter(|_| var.function == frame.id)?;
        (declared.loop_header && declared.in_loop == Some(id)).then(|| self.value(limit))
    }

    /// How often `for i := 0; i < 1_000; i++` runs: constants at both ends, and a constant step between.
    fn rounds(&mut self, each: &'p For<'p>, (op, left, right): (Token, Value, Value)) -> Option<i64> {
        let Some(Stmt::Assign(init)) = each.init else { return None };
        let &[start] = init.right else { return None };
        let (Value::Int(start), Value::Int(end)) = (self.constant_of(start)?, other_than_var(left, right)?)
        else {
            return None;
        };
        let step = match each.post? {
            Stmt::IncDec(_) => 1,
            Stmt::Assign(step) if matches!(step.op, Token::AddAssign | Token::SubAssign) => {
                let &[by] = step.right else { return None };
                match self.constant_of(by)? {
                    Value::Int(by) if by > 0 => by,
                    _ => return None,
                }
            }
            _ => return None,
        };
        let distance = end.checked_sub(start)?.checked_abs()?;
        let last = i64::from(matches!(op, Token::Leq | Token::Geq));
        Some(distance.checked_add(last)?.checked_add(step - 1)? / step)
    }

    /// A constant: walking it once more leaves no trace.
    fn constant_of(&mut self, expr: Expr<'p>) -> Option<Value> {
        match unparen(expr) {
            Expr::Call(call) => match (unparen(call.callee), call.args) {
                (Expr::Ident(name), &[only])
                    if self.lookup(name.name).is_none() && Types::universe(name.name).is_some() =>
                {
                    self.constant_of(only)
                }
                _ => None,
            },
            Expr::Lit(_) | Expr::Ident(_) | Expr::Selector(_) | Expr::Binary(_) => {
                let current = self.frame().current.index();
                let before = self.frame().body.blocks[current].instrs.len();
                let (_, value) = self.expr(expr);
                self.frame().body.blocks[current].instrs.truncate(before);
                Some(value)
            }
            _ => None,
        }
    }

    pub(super) fn range(&mut self, range: &'p Range<'p>) {
        let label = self.frame().pending_label;
        let (ty, operand) = self.expr(range.operand);
        self.push_scope();
        let after = self.new_block();
        let span = Lowerer::keyword_span(range.pos, "for");
        let kind = match self.types.underlying_kind(ty) {
            Kind::Chan(_) => LoopKind::Channel,
            Kind::Func(_) => LoopKind::Function,
            Kind::Basic(_) if self.types.element(ty) == UNKNOWN => match operand {
                Value::Int(n) => LoopKind::Integer(Some(n)),
                _ => LoopKind::Integer(None),
            },
            Kind::Unknown => LoopKind::Unknown,
            _ => LoopKind::Elements,
        };
        let id = self.open_loop(span, range.body.span, kind);
        let (header, body) = (self.new_block(), self.new_block());
        self.frame().body.loops[id.index()].header = header;
        self.jump_into(header);
        let base = self.value(operand);
        let found = &mut self.frame().body.loops[id.index()];
        found.over = Some(base);
        found.rounds = match kind {
            LoopKind::Integer(n) => n,
            _ => None,
        };
        if matches!(self.types.underlying_kind(ty), Kind::Map(..)) || ty == UNKNOWN {
            self.calls_runtime();
        }
        if kind == LoopKind::Channel {
            let span = range.operand.span();
            self.emit(Instr::Channel { op: ChannelOp::Receive, channel: base, span });
        }
        self.end_with(Terminator::If { cond: Cond::Other, then: body, otherwise: after }, body);
        let (key, value) = self.range_types(ty);
        let element = match kind {
            LoopKind::Channel => Value::Received(base),
            _ => self.element_of(ty, base),
        };
        let first = match kind {
            LoopKind::Channel | LoopKind::Function => element,
            _ => Value::Unknown,
        };
        self.frame().in_header = true;
        for (expr, ty, value) in [(range.key, key, first), (range.value, value, element)] {
            match (expr, range.op) {
                (Some(Expr::Ident(name)), Some(Token::Define)) => self.define(name, ty, value),
                (Some(expr), _) => self.store(expr, value),
                (None, _) => {}
            }
        }
        self.frame().in_header = false;
        self.frame().pending_label = label;
        self.enter(after, Some(header));
        self.scoped(range.body.stmts);
        self.leave();
        self.end_with(Terminator::Jump(header), after);
        self.close_loop(id);
        self.pop_scope();
    }

    pub(super) fn switch(&mut self, switch: &'p Switch<'p>) {
        self.push_scope();
        let after = self.new_block();
        self.enter(after, None);
        if let Some(init) = switch.init {
            self.stmt(init);
        }
        let bodies: Vec<BlockId> = switch.clauses.iter().map(|_| self.new_block()).collect();
        let default = switch.clauses.iter().position(|clause| clause.is_default);
        let default = default.map_or(after, |at| bodies[at]);
        match switch.tag {
            None => self.condition_chain(switch.clauses, &bodies, default),
            Some(tag) => {
                let (_, answer) = self.expr(tag);
                if self.is_answer_of_c(answer) {
                    self.answers(answer, switch.clauses, &bodies, default);
                } else {
                    for clause in switch.clauses {
                        for &value in clause.values {
                            self.expr(value);
                        }
                    }
                    let mut targets = bodies.clone();
                    if default == after {
                        targets.push(after);
                    }
                    self.terminate(Terminator::Switch(targets));
                }
            }
        }
        for (at, clause) in switch.clauses.iter().enumerate() {
            let outer = self.frame().fallthrough;
            self.frame().current = bodies[at];
            self.frame().fallthrough = bodies.get(at + 1).copied();
            self.scoped(clause.body);
            self.frame().fallthrough = outer;
            self.terminate(Terminator::Jump(after));
        }
        self.leave();
        self.pop_scope();
        self.frame().current = after;
    }

    /// Whether the value was just returned by a function of C.
    fn is_answer_of_c(&mut self, value: Value) -> bool {
        let frame = self.frame();
        let (body, current) = (&frame.body, frame.current);
        let instrs = &body.block(current).instrs;
        let from = match value {
            Value::Var(_) => instrs.iter().rev().find_map(|instr| match *instr {
                Instr::Assign { target, value: from, .. } if body.value(target) == value => {
                    Some(body.value(from))
                }
                _ => None,
            }),
            value => Some(value),
        };
        matches!(from, Some(Value::Result(call, _)) if matches!(body.call(call).callee, Callee::C(_)))
    }

    /// `switch C.f() { case 0: ... }` asks whether the call worked, which paths depend on.
    fn answers(&mut self, answer: Value, clauses: &'p [Clause<'p>], bodies: &[BlockId], default: BlockId) {
        for (clause, &body) in clauses.iter().zip(bodies) {
            for &value in clause.values {
                let (_, value) = self.expr(value);
                let (left, right) = (self.value(answer), self.value(value));
                let cond = Cond::Compare(Operator::Equal, left, right, sym::Empty);
                let next = self.new_block();
                self.end_with(Terminator::If { cond, then: body, otherwise: next }, next);
            }
        }
        self.terminate(Terminator::Jump(default));
    }

    /// `switch { case err != nil: ... }` asks one condition after the other.
    fn condition_chain(&mut self, clauses: &'p [Clause<'p>], bodies: &[BlockId], default: BlockId) {
        for (clause, &body) in clauses.iter().zip(bodies) {
            for &cond in clause.values {
                let next = self.new_block();
                self.condition(cond, body, next);
                self.frame().current = next;
            }
        }
        self.terminate(Terminator::Jump(default));
    }

    pub(super) fn type_switch(&mut self, switch: &'p TypeSwitch<'p>) {
        self.push_scope();
        let after = self.new_block();
        self.enter(after, None);
        if let Some(init) = switch.init {
            self.stmt(init);
        }
        let (name, guard) = match switch.guard {
            Stmt::Assign(assign) => (assign.left.first().copied(), assign.right.first().copied()),
            Stmt::Expr(expr) => (None, Some(expr)),
            _ => (None, None),
        };
        let (ty, value) = match guard.map(unparen) {
            Some(Expr::Assert(assert)) => self.expr(assert.operand),
            _ => (UNKNOWN, Value::Unknown),
        };
        let bodies: Vec<BlockId> = switch.clauses.iter().map(|_| self.new_block()).collect();
        let mut targets = bodies.clone();
        if !switch.clauses.iter().any(|clause| clause.is_default) {
            targets.push(after);
        }
        self.terminate(Terminator::Switch(targets));
        for (clause, body) in switch.clauses.iter().zip(bodies) {
            self.frame().current = body;
            self.push_scope();
            if let Some(Expr::Ident(name)) = name {
                let ty = match clause.values {
                    [Expr::Ident(nil)] if nil.name == sym::Nil => ty,
                    [only] => self.local_type(*only),
                    _ => ty,
                };
                self.define(name, if ty == NIL { UNKNOWN } else { ty }, value);
            }
            self.stmts(clause.body);
            self.pop_scope();
            self.terminate(Terminator::Jump(after));
        }
        self.leave();
        self.pop_scope();
        self.frame().current = after;
    }

    pub(super) fn select(&mut self, select: &'p Select<'p>) {
        let after = self.new_block();
        self.enter(after, None);
        let targets: Vec<BlockId> = select.clauses.iter().map(|_| self.new_block()).collect();
        let has_default = select.clauses.iter().any(|clause| clause.is_default);
        let span = Span::new(select.pos, select.pos + 6);
        let before = self.frame().current;
        self.terminate(Terminator::Jump(after));
        let mut comms = Vec::with_capacity(targets.len());
        for (clause, &body) in select.clauses.iter().zip(&targets) {
            self.frame().current = body;
            self.push_scope();
            comms.push(clause.comm.and_then(|comm| self.comm(comm)));
            self.stmts(clause.body);
            self.pop_scope();
            self.terminate(Terminator::Jump(after));
        }
        self.leave();
        let frame = self.frame();
        frame.body.blocks[before.index()].end = Terminator::Select { targets, comms, has_default, span };
        frame.current = after;
    }
}

fn other_than_var(left: Value, right: Value) -> Option<Value> {
    match (left, right) {
        (Value::Var(_), other) | (other, Value::Var(_)) => Some(other),
        _ => None,
    }
}

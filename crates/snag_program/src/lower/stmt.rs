//! Statements.

use snag_syntax::go::ast::{Binary, Branch, Expr, If, Labeled, Return, Spawned, Stmt};
use snag_syntax::go::token::Token;
use snag_syntax::{Span, sym};

use super::Lowerer;
use super::call::Start;
use super::expr::{operator, unparen};
use crate::ir::{BlockId, ChannelOp, Cond, Instr, Mode, Terminator, Value, ValueId};
use crate::types::{Kind, NIL};

impl<'p> Lowerer<'p> {
    pub(super) fn stmts(&mut self, stmts: &'p [Stmt<'p>]) {
        for &stmt in stmts {
            self.stmt(stmt);
        }
    }

    pub(super) fn scoped(&mut self, stmts: &'p [Stmt<'p>]) {
        self.push_scope();
        self.stmts(stmts);
        self.pop_scope();
    }

    pub(super) fn stmt(&mut self, stmt: Stmt<'p>) {
        match stmt {
            Stmt::Bad(_) | Stmt::Empty { .. } => {}
            Stmt::Expr(expr) => {
                let (_, value) = self.expr(expr);
                if let Expr::Call(_) = unparen(expr) {
                    self.ignore(value);
                }
            }
            Stmt::Send(send) => {
                let (_, channel) = self.expr(send.channel);
                let (_, value) = self.expr(send.value);
                let channel = self.value(channel);
                if let Value::Func(_) | Value::Bound(..) = value {
                    let value = self.value(value);
                    self.frame().body.sent.push((channel, value));
                }
                let span = Span::new(send.channel.start(), send.value.end());
                self.channel(ChannelOp::Send, channel, span);
            }
            Stmt::IncDec(step) => self.store(step.operand, Value::Unknown),
            Stmt::Assign(assign) => self.assign(assign),
            Stmt::Go(spawned) => self.spawned(spawned, Mode::Go, "go"),
            Stmt::Defer(spawned) => self.spawned(spawned, Mode::Defer, "defer"),
            Stmt::Return(ret) => self.return_stmt(ret),
            Stmt::Branch(branch) => self.branch(branch),
            Stmt::Block(block) => self.scoped(block.stmts),
            Stmt::If(branch) => self.if_stmt(branch),
            Stmt::Switch(switch) => self.switch(switch),
            Stmt::TypeSwitch(switch) => self.type_switch(switch),
            Stmt::Select(select) => self.select(select),
            Stmt::For(each) => self.for_stmt(each),
            Stmt::Range(range) => self.range(range),
            Stmt::Labeled(labeled) => self.labeled(labeled),
            Stmt::Decl(group) => self.declaration(group),
        }
    }

    fn spawned(&mut self, spawned: &'p Spawned<'p>, mode: Mode, keyword: &str) {
        let span = Lowerer::keyword_span(spawned.pos, keyword);
        match unparen(spawned.call) {
            Expr::Call(call) => {
                let callee = self.chain(call.callee);
                self.call(call, callee, Start { mode, keyword: Some(span) });
            }
            other => drop(self.expr(other)),
        }
    }

    fn return_stmt(&mut self, ret: &'p Return<'p>) {
        let mut values = Vec::with_capacity(ret.results.len());
        for &result in ret.results {
            let (ty, value) = self.expr(result);
            match (self.types.kind(ty), value) {
                (Kind::Tuple(parts), Value::Result(call, _)) => {
                    for at in 0..parts.len().min(255) {
                        values.push(self.value(Value::Result(call, at as u8)));
                    }
                }
                _ => values.push(self.value(value)),
            }
        }
        if ret.results.is_empty() {
            values = self.named_results();
        }
        let end = ret.results.last().map_or(ret.pos + 6, |last| last.end());
        self.terminate(Terminator::Return { values, span: Span::new(ret.pos, end) });
    }

    fn branch(&mut self, branch: &'p Branch) {
        let label = branch.label.map(|label| label.name);
        if let (Token::Goto, Some(label)) = (branch.kind, label) {
            let target = self.label_block(label);
            return self.terminate(Terminator::Jump(target));
        }
        let frame = self.frame();
        let mut targets = frame.targets.iter().rev();
        let target = match (branch.kind, label) {
            (Token::Fallthrough, _) => frame.fallthrough,
            (Token::Break, None) => targets.next().map(|target| target.break_to),
            (Token::Break, label) => targets.find(|target| target.label == label).map(|to| to.break_to),
            (_, None) => targets.find_map(|target| target.continue_to),
            (_, label) => targets.find(|target| target.label == label).and_then(|target| target.continue_to),
        };
        if let Some(target) = target {
            self.terminate(Terminator::Jump(target));
        }
    }

    fn label_block(&mut self, label: snag_syntax::Symbol) -> BlockId {
        if let Some(&block) = self.frame().labels.get(&label) {
            return block;
        }
        let block = self.new_block();
        self.frame().labels.insert(label, block);
        block
    }

    fn labeled(&mut self, labeled: &'p Labeled<'p>) {
        let block = self.label_block(labeled.label.name);
        self.jump_into(block);
        self.frame().pending_label = Some(labeled.label.name);
        self.stmt(labeled.stmt);
        self.frame().pending_label = None;
    }

    fn if_stmt(&mut self, first: &'p If<'p>) {
        let after = self.new_block();
        let mut scopes = 0;
        let mut next = Some(first);
        while let Some(branch) = next.take() {
            self.push_scope();
            scopes += 1;
            if let Some(init) = branch.init {
                self.stmt(init);
            }
            let then = self.new_block();
            let otherwise = if branch.otherwise.is_some() { self.new_block() } else { after };
            self.condition(branch.cond, then, otherwise);
            self.frame().current = then;
            self.scoped(branch.then.stmts);
            self.end_with(Terminator::Jump(after), otherwise);
            match branch.otherwise {
                Some(Stmt::If(chained)) => next = Some(chained),
                Some(other) => {
                    self.stmt(other);
                    self.end_with(Terminator::Jump(after), after);
                }
                None => {}
            }
        }
        for _ in 0..scopes {
            self.pop_scope();
        }
        self.frame().current = after;
    }

    /// Ends the block at hand by a condition.
    pub(super) fn condition(&mut self, cond: Expr<'p>, then: BlockId, otherwise: BlockId) {
        match unparen(cond) {
            Expr::Binary(binary) if matches!(binary.op, Token::LAnd | Token::LOr) => {
                // The operands of a chain, left to right: chains may be long, so no recursion here.
                let (op, mut parts, mut left) = (binary.op, vec![binary.right], unparen(binary.left));
                while let Expr::Binary(inner) = left
                    && inner.op == op
                {
                    parts.push(inner.right);
                    left = unparen(inner.left);
                }
                parts.push(left);
                while let Some(part) = parts.pop() {
                    if parts.is_empty() {
                        self.condition_part(part, then, otherwise);
                        return;
                    }
                    let next = self.new_block();
                    match op {
                        Token::LAnd => self.condition_part(part, next, otherwise),
                        _ => self.condition_part(part, then, next),
                    }
                    self.frame().current = next;
                }
            }
            other => self.condition_part(other, then, otherwise),
        }
    }

    fn condition_part(&mut self, cond: Expr<'p>, then: BlockId, otherwise: BlockId) {
        match unparen(cond) {
            Expr::Unary(not) if not.op == Token::Not => self.condition(not.operand, otherwise, then),
            Expr::Binary(binary) if matches!(binary.op, Token::LAnd | Token::LOr) => {
                self.condition(cond, then, otherwise);
            }
            Expr::Binary(binary) if matches!(binary.op, Token::Eql | Token::Neq) => {
                let (left_ty, left) = self.expr(binary.left);
                let (right_ty, right) = self.expr(binary.right);
                self.compared = Some((binary.op, left, right));
                let equal = binary.op == Token::Eql;
                let cond = match (left_ty == NIL, right_ty == NIL) {
                    (false, true) => Cond::IsNil(self.value(left), equal),
                    (true, false) => Cond::IsNil(self.value(right), equal),
                    _ => self.comparison(binary, left, right),
                };
                self.end_with(Terminator::If { cond, then, otherwise }, then);
            }
            Expr::Binary(binary)
                if matches!(binary.op, Token::Lss | Token::Leq | Token::Gtr | Token::Geq) =>
            {
                let (_, left) = self.expr(binary.left);
                let (_, right) = self.expr(binary.right);
                self.compared = Some((binary.op, left, right));
                let cond = self.comparison(binary, left, right);
                self.end_with(Terminator::If { cond, then, otherwise }, then);
            }
            other => {
                let (_, value) = self.expr(other);
                let cond = match value {
                    Value::Unknown | Value::Op(..) => Cond::Other,
                    value => Cond::IsTrue(self.value(value), true),
                };
                self.end_with(Terminator::If { cond, then, otherwise }, then);
            }
        }
    }

    fn comparison(&mut self, binary: &Binary<'p>, left: Value, right: Value) -> Cond {
        if (left, right) == (Value::Unknown, Value::Unknown) {
            return Cond::Other;
        }
        let name = |expr: Expr<'p>, value: Value| match (unparen(expr), value) {
            (Expr::Ident(name), Value::Int(_)) => Some(name.name),
            (Expr::Selector(selector), Value::Int(_)) => Some(selector.name.name),
            _ => None,
        };
        let constant = name(binary.left, left).or_else(|| name(binary.right, right)).unwrap_or(sym::Empty);
        Cond::Compare(operator(binary.op), self.value(left), self.value(right), constant)
    }

    /// A channel is used. In a select clause that is the select's business; what comes last there is its own
    /// operation, after those of its operands.
    pub(super) fn channel(&mut self, op: ChannelOp, channel: ValueId, span: Span) {
        if self.in_select {
            self.selected_channel = Some((op, channel));
        } else {
            self.emit(Instr::Channel { op, channel, span });
        }
    }

    /// The send or receive of a select clause: the select has waited for it already.
    pub(super) fn comm(&mut self, stmt: Stmt<'p>) -> Option<(ChannelOp, ValueId)> {
        self.in_select = true;
        self.selected_channel = None;
        self.stmt(stmt);
        self.in_select = false;
        self.selected_channel.take()
    }
}

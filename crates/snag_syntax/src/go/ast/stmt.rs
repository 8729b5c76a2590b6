//! Statements.

use super::{Expr, GenDecl, Ident};
use crate::Span;
use crate::go::token::Token;

/// Statements between braces.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// The statements.
    pub stmts: &'a [Stmt<'a>],
    /// With the braces.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Copy, Debug)]
pub enum Stmt<'a> {
    /// Something that could not be read.
    Bad(Span),
    /// `;` alone, or nothing before `}`; `implicit` where no semicolon is written
    Empty {
        /// Where.
        pos: u32,
        /// No semicolon is written.
        implicit: bool,
    },
    /// `f()`
    Expr(Expr<'a>),
    /// `c <- x`
    Send(&'a Send<'a>),
    /// `x++`, `x--`
    IncDec(&'a IncDec<'a>),
    /// `x = y`, `x := y`, `x += y`
    Assign(&'a Assign<'a>),
    /// `go f()`
    Go(&'a Spawned<'a>),
    /// `defer f()`
    Defer(&'a Spawned<'a>),
    /// `return x`
    Return(&'a Return<'a>),
    /// `break`, `continue`, `goto`, `fallthrough`
    Branch(&'a Branch),
    /// `{ ... }`
    Block(&'a Block<'a>),
    /// `if`
    If(&'a If<'a>),
    /// `switch x`
    Switch(&'a Switch<'a>),
    /// `switch x.(type)`
    TypeSwitch(&'a TypeSwitch<'a>),
    /// `select`
    Select(&'a Select<'a>),
    /// `for`
    For(&'a For<'a>),
    /// `for range`
    Range(&'a Range<'a>),
    /// `name: stmt`
    Labeled(&'a Labeled<'a>),
    /// `var`, `const`, `type` inside a function
    Decl(&'a GenDecl<'a>),
}

/// A send.
#[derive(Clone, Copy, Debug)]
pub struct Send<'a> {
    /// The channel.
    pub channel: Expr<'a>,
    /// Offset of `<-`.
    pub arrow: u32,
    /// The value.
    pub value: Expr<'a>,
}

/// An increment or decrement.
#[derive(Clone, Copy, Debug)]
pub struct IncDec<'a> {
    /// The operand.
    pub operand: Expr<'a>,
    /// `Inc` or `Dec`.
    pub op: Token,
    /// Offset of the operator.
    pub op_pos: u32,
}

/// An assignment or a short declaration.
#[derive(Clone, Copy, Debug)]
pub struct Assign<'a> {
    /// `Assign`, `Define`, or an operator such as `AddAssign`.
    pub op: Token,
    /// Offset of the operator.
    pub op_pos: u32,
    /// The left side.
    pub left: &'a [Expr<'a>],
    /// The right side.
    pub right: &'a [Expr<'a>],
}

/// The call of a `go` or `defer` statement.
#[derive(Clone, Copy, Debug)]
pub struct Spawned<'a> {
    /// Offset of the keyword.
    pub pos: u32,
    /// A call, unless the source is wrong.
    pub call: Expr<'a>,
}

/// A return.
#[derive(Clone, Copy, Debug)]
pub struct Return<'a> {
    /// Offset of `return`.
    pub pos: u32,
    /// The results.
    pub results: &'a [Expr<'a>],
}

/// A jump.
#[derive(Clone, Copy, Debug)]
pub struct Branch {
    /// `Break`, `Continue`, `Goto` or `Fallthrough`.
    pub kind: Token,
    /// Offset of the keyword.
    pub pos: u32,
    /// The label.
    pub label: Option<Ident>,
}

/// An if statement.
#[derive(Clone, Copy, Debug)]
pub struct If<'a> {
    /// Offset of `if`.
    pub pos: u32,
    /// The statement before the condition.
    pub init: Option<Stmt<'a>>,
    /// The condition.
    pub cond: Expr<'a>,
    /// The then branch.
    pub then: Block<'a>,
    /// An `If` or a `Block`.
    pub otherwise: Option<Stmt<'a>>,
}

/// A clause of a switch or select.
#[derive(Clone, Copy, Debug)]
pub struct Clause<'a> {
    /// Offset of `case` or `default`.
    pub pos: u32,
    /// Whether it is `default`.
    pub is_default: bool,
    /// The values or types of a switch case.
    pub values: &'a [Expr<'a>],
    /// The send or receive of a select case.
    pub comm: Option<Stmt<'a>>,
    /// Offset of `:`.
    pub colon: u32,
    /// The statements.
    pub body: &'a [Stmt<'a>],
}

/// An expression switch.
#[derive(Clone, Copy, Debug)]
pub struct Switch<'a> {
    /// Offset of `switch`.
    pub pos: u32,
    /// The statement before the tag.
    pub init: Option<Stmt<'a>>,
    /// The value that is compared.
    pub tag: Option<Expr<'a>>,
    /// The clauses.
    pub clauses: &'a [Clause<'a>],
    /// The braces.
    pub braces: Span,
}

/// A type switch.
#[derive(Clone, Copy, Debug)]
pub struct TypeSwitch<'a> {
    /// Offset of `switch`.
    pub pos: u32,
    /// The statement before the guard.
    pub init: Option<Stmt<'a>>,
    /// `x := y.(type)` or `y.(type)`.
    pub guard: Stmt<'a>,
    /// The clauses.
    pub clauses: &'a [Clause<'a>],
    /// The braces.
    pub braces: Span,
}

/// A select statement.
#[derive(Clone, Copy, Debug)]
pub struct Select<'a> {
    /// Offset of `select`.
    pub pos: u32,
    /// The clauses.
    pub clauses: &'a [Clause<'a>],
    /// The braces.
    pub braces: Span,
}

/// A for statement.
#[derive(Clone, Copy, Debug)]
pub struct For<'a> {
    /// Offset of `for`.
    pub pos: u32,
    /// The first statement.
    pub init: Option<Stmt<'a>>,
    /// The condition.
    pub cond: Option<Expr<'a>>,
    /// The last statement.
    pub post: Option<Stmt<'a>>,
    /// The body.
    pub body: Block<'a>,
}

/// A for-range statement.
#[derive(Clone, Copy, Debug)]
pub struct Range<'a> {
    /// Offset of `for`.
    pub pos: u32,
    /// The first variable.
    pub key: Option<Expr<'a>>,
    /// The second variable.
    pub value: Option<Expr<'a>>,
    /// `Define`, `Assign`, or nothing.
    pub op: Option<Token>,
    /// Offset of the operator.
    pub op_pos: u32,
    /// Offset of `range`.
    pub range_pos: u32,
    /// What is ranged over.
    pub operand: Expr<'a>,
    /// The body.
    pub body: Block<'a>,
}

/// A labeled statement.
#[derive(Clone, Copy, Debug)]
pub struct Labeled<'a> {
    /// The label.
    pub label: Ident,
    /// Offset of `:`.
    pub colon: u32,
    /// The statement.
    pub stmt: Stmt<'a>,
}

//! The syntax tree. Nodes are `Copy`, live in an arena and are never changed; every node knows where it is.

use super::token::Token;
use crate::{Span, Symbol};

/// A name at a place. A missing name is [`crate::sym::Blank`]-free: it is the empty symbol.
#[derive(Clone, Copy, Debug)]
pub struct Ident {
    /// Offset of the first byte.
    pub pos: u32,
    /// The name.
    pub name: Symbol,
}

impl Ident {
    /// The bytes of the name.
    pub fn span(self) -> Span {
        Span::new(self.pos, self.pos + self.name.as_str().len() as u32)
    }
}

/// An expression or a type: Go's grammar cannot always tell them apart.
#[derive(Clone, Copy, Debug)]
pub enum Expr<'a> {
    /// Something that could not be read.
    Bad(Span),
    /// `x`
    Ident(Ident),
    /// `1`, `"text"`
    Lit(&'a BasicLit),
    /// `func() { ... }`
    FuncLit(&'a FuncLit<'a>),
    /// `T{...}`, or `{...}` inside another one
    Composite(&'a CompositeLit<'a>),
    /// `(x)`
    Paren(&'a Paren<'a>),
    /// `x.name`
    Selector(&'a Selector<'a>),
    /// `x[i]`, `F[int, string]`
    Index(&'a Index<'a>),
    /// `x[i:j:k]`
    Slice(&'a SliceExpr<'a>),
    /// `x.(T)`, `x.(type)`
    Assert(&'a TypeAssert<'a>),
    /// `f(x)`
    Call(&'a Call<'a>),
    /// `*x`
    Star(&'a Star<'a>),
    /// `-x`, `<-x`, `~T`
    Unary(&'a Unary<'a>),
    /// `x + y`
    Binary(&'a Binary<'a>),
    /// `k: v` in a composite literal
    KeyValue(&'a KeyValue<'a>),
    /// `[]T`, `[3]T`, `[...]T`
    Array(&'a ArrayType<'a>),
    /// `...T` in a parameter list, `...` as an array length
    Ellipsis(&'a Ellipsis<'a>),
    /// `struct { ... }`
    Struct(&'a StructType<'a>),
    /// `func(...) ...` as a type
    Func(&'a FuncType<'a>),
    /// `interface { ... }`
    Interface(&'a InterfaceType<'a>),
    /// `map[K]V`
    Map(&'a MapType<'a>),
    /// `chan T`, `<-chan T`, `chan<- T`
    Chan(&'a ChanType<'a>),
}

/// A literal token; its text is in the source.
#[derive(Clone, Copy, Debug)]
pub struct BasicLit {
    /// `Int`, `Float`, `Imag`, `Char`, `Str` or `RawStr`.
    pub kind: Token,
    /// The literal with its quotes.
    pub span: Span,
}

/// A function literal.
#[derive(Clone, Copy, Debug)]
pub struct FuncLit<'a> {
    /// Its signature; `ty.pos` is the `func` keyword.
    pub ty: FuncType<'a>,
    /// Its body.
    pub body: Block<'a>,
}

/// A composite literal.
#[derive(Clone, Copy, Debug)]
pub struct CompositeLit<'a> {
    /// The type; absent inside another literal.
    pub ty: Option<Expr<'a>>,
    /// Elements, `KeyValue` where keys are given.
    pub elements: &'a [Expr<'a>],
    /// From `{` to behind `}`.
    pub braces: Span,
}

/// An expression in parentheses.
#[derive(Clone, Copy, Debug)]
pub struct Paren<'a> {
    /// What is inside.
    pub inner: Expr<'a>,
    /// With the parentheses.
    pub span: Span,
}

/// A selection.
#[derive(Clone, Copy, Debug)]
pub struct Selector<'a> {
    /// The operand.
    pub operand: Expr<'a>,
    /// The selected name.
    pub name: Ident,
}

/// An index, or an instantiation.
#[derive(Clone, Copy, Debug)]
pub struct Index<'a> {
    /// The operand.
    pub operand: Expr<'a>,
    /// At least one index or type argument.
    pub args: &'a [Expr<'a>],
    /// From `[` to behind `]`.
    pub brackets: Span,
}

/// A slice expression.
#[derive(Clone, Copy, Debug)]
pub struct SliceExpr<'a> {
    /// The operand.
    pub operand: Expr<'a>,
    /// Low, high, capacity.
    pub bounds: [Option<Expr<'a>>; 3],
    /// Whether there are two colons.
    pub three: bool,
    /// From `[` to behind `]`.
    pub brackets: Span,
}

/// A type assertion.
#[derive(Clone, Copy, Debug)]
pub struct TypeAssert<'a> {
    /// The operand.
    pub operand: Expr<'a>,
    /// Absent in `x.(type)`.
    pub ty: Option<Expr<'a>>,
    /// From `(` to behind `)`.
    pub parens: Span,
}

/// A call or a conversion.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// What is called.
    pub callee: Expr<'a>,
    /// The arguments.
    pub args: &'a [Expr<'a>],
    /// Offset of `...` behind the last argument.
    pub ellipsis: Option<u32>,
    /// From `(` to behind `)`.
    pub parens: Span,
}

/// A dereference or a pointer type.
#[derive(Clone, Copy, Debug)]
pub struct Star<'a> {
    /// Offset of `*`.
    pub pos: u32,
    /// The operand.
    pub operand: Expr<'a>,
}

/// A unary operation.
#[derive(Clone, Copy, Debug)]
pub struct Unary<'a> {
    /// `Add Sub Not Xor And Arrow Tilde`.
    pub op: Token,
    /// Offset of the operator.
    pub pos: u32,
    /// The operand.
    pub operand: Expr<'a>,
}

/// A binary operation. Long chains lean to the left: walk the left side in a loop.
#[derive(Clone, Copy, Debug)]
pub struct Binary<'a> {
    /// The operator.
    pub op: Token,
    /// Offset of the operator.
    pub op_pos: u32,
    /// The left operand.
    pub left: Expr<'a>,
    /// The right operand.
    pub right: Expr<'a>,
}

/// A keyed element.
#[derive(Clone, Copy, Debug)]
pub struct KeyValue<'a> {
    /// The key or field name.
    pub key: Expr<'a>,
    /// Offset of `:`.
    pub colon: u32,
    /// The value.
    pub value: Expr<'a>,
}

/// An array or slice type.
#[derive(Clone, Copy, Debug)]
pub struct ArrayType<'a> {
    /// Offset of `[`.
    pub pos: u32,
    /// Absent for slices; `Ellipsis` for `[...]T`.
    pub len: Option<Expr<'a>>,
    /// The element type.
    pub elem: Expr<'a>,
}

/// `...T` or `...`.
#[derive(Clone, Copy, Debug)]
pub struct Ellipsis<'a> {
    /// Offset of `...`.
    pub pos: u32,
    /// The element type.
    pub elem: Option<Expr<'a>>,
}

/// A struct type.
#[derive(Clone, Copy, Debug)]
pub struct StructType<'a> {
    /// Offset of `struct`.
    pub pos: u32,
    /// From `{` to behind `}`.
    pub braces: Span,
    /// Fields; embedded ones have no names.
    pub fields: &'a [Field<'a>],
}

/// A function type, also the signature of declarations and literals.
#[derive(Clone, Copy, Debug)]
pub struct FuncType<'a> {
    /// Offset of `func`; for interface methods, of the name's parameters.
    pub pos: u32,
    /// Type parameters and their brackets.
    pub type_params: &'a [Field<'a>],
    /// Parameters.
    pub params: &'a [Field<'a>],
    /// Results.
    pub results: &'a [Field<'a>],
    /// The brackets around type parameters; empty where there are none.
    pub type_param_brackets: Span,
    /// The parentheses around the parameters.
    pub param_parens: Span,
    /// The parentheses around the results; empty where there are none.
    pub result_parens: Span,
}

/// An interface type.
#[derive(Clone, Copy, Debug)]
pub struct InterfaceType<'a> {
    /// Offset of `interface`.
    pub pos: u32,
    /// From `{` to behind `}`.
    pub braces: Span,
    /// Methods have one name and a `Func` type; embedded elements have none.
    pub elements: &'a [Field<'a>],
}

/// A map type.
#[derive(Clone, Copy, Debug)]
pub struct MapType<'a> {
    /// Offset of `map`.
    pub pos: u32,
    /// The key type.
    pub key: Expr<'a>,
    /// The value type.
    pub value: Expr<'a>,
}

/// A channel type.
#[derive(Clone, Copy, Debug)]
pub struct ChanType<'a> {
    /// Offset of `chan` or `<-`.
    pub pos: u32,
    /// Offset of `<-`.
    pub arrow: Option<u32>,
    /// What may be done with it.
    pub direction: Direction,
    /// The element type.
    pub elem: Expr<'a>,
}

/// What may be done with a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `chan T`
    Both,
    /// `chan<- T`
    Send,
    /// `<-chan T`
    Receive,
}

/// Names of one type: parameters, fields, methods, type parameters.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// The names; none for embedded fields and unnamed parameters.
    pub names: &'a [Ident],
    /// The type or constraint.
    pub ty: Expr<'a>,
    /// The tag of a struct field.
    pub tag: Option<&'a BasicLit>,
}

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

/// `import`, `const`, `type` or `var`.
#[derive(Clone, Copy, Debug)]
pub struct GenDecl<'a> {
    /// The keyword.
    pub keyword: Token,
    /// Offset of the keyword.
    pub pos: u32,
    /// The parentheses of a group.
    pub parens: Option<Span>,
    /// What is declared.
    pub specs: &'a [Spec<'a>],
}

/// One line of a declaration.
#[derive(Clone, Copy, Debug)]
pub enum Spec<'a> {
    /// `import`
    Import(&'a ImportSpec),
    /// `type`
    Type(&'a TypeSpec<'a>),
    /// `var` or `const`
    Value(&'a ValueSpec<'a>),
}

/// An import.
#[derive(Clone, Copy, Debug)]
pub struct ImportSpec {
    /// The local name, also `.` and `_`.
    pub name: Option<Ident>,
    /// The path with its quotes.
    pub path: BasicLit,
    /// The path without its quotes.
    pub path_symbol: Symbol,
}

/// A type declaration.
#[derive(Clone, Copy, Debug)]
pub struct TypeSpec<'a> {
    /// The name.
    pub name: Ident,
    /// Type parameters.
    pub type_params: &'a [Field<'a>],
    /// The brackets around type parameters; empty where there are none.
    pub type_param_brackets: Span,
    /// Offset of `=` in an alias.
    pub alias: Option<u32>,
    /// The type.
    pub ty: Expr<'a>,
}

/// A variable or constant declaration.
#[derive(Clone, Copy, Debug)]
pub struct ValueSpec<'a> {
    /// The names.
    pub names: &'a [Ident],
    /// The type.
    pub ty: Option<Expr<'a>>,
    /// The values.
    pub values: &'a [Expr<'a>],
    /// The value of `iota`.
    pub iota: u32,
}

/// A function or method.
#[derive(Clone, Copy, Debug)]
pub struct FuncDecl<'a> {
    /// The receiver, in its parentheses.
    pub receiver: Option<(&'a [Field<'a>], Span)>,
    /// The name.
    pub name: Ident,
    /// The signature.
    pub ty: FuncType<'a>,
    /// The body, or where it is.
    pub body: Body<'a>,
    /// From `func` to the end of the body or signature.
    pub span: Span,
}

/// What is known of a function's body.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// There is none: written in assembly or elsewhere.
    None,
    /// The parser was asked to leave it out; `parse_body` reads it from its `{`.
    Skipped(Span),
    /// Read.
    Parsed(Block<'a>),
}

/// A declaration of a file.
#[derive(Clone, Copy, Debug)]
pub enum Decl<'a> {
    /// `import`, `const`, `type`, `var`
    Gen(&'a GenDecl<'a>),
    /// `func`
    Func(&'a FuncDecl<'a>),
    /// Something that could not be read.
    Bad(Span),
}

/// A file.
#[derive(Clone, Debug)]
pub struct File<'a> {
    /// Offset of the `package` keyword.
    pub package_pos: u32,
    /// The package clause.
    pub package: Ident,
    /// The declarations in order.
    pub decls: &'a [Decl<'a>],
    /// Every comment that was read, in order, with its marks. Comments inside skipped bodies are left out.
    pub comments: Vec<Span>,
    /// What could not be read.
    pub problems: Vec<crate::Problem>,
}

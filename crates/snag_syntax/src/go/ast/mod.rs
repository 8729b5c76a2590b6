//! The syntax tree. Nodes are `Copy`, live in an arena and are never changed; every node knows where it is.

mod decl;
mod stmt;

use super::token::Token;
use crate::{Span, Symbol};

pub use decl::*;
pub use stmt::*;

/// A name at a place. A missing name is the empty symbol.
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

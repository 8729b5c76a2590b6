//! Declarations and files.

use super::{BasicLit, Block, Expr, Field, FuncType, Ident};
use crate::go::token::Token;
use crate::{Span, Symbol};

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

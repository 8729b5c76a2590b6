//! The tokens of Go.

/// A kind of token.
#[allow(missing_docs, reason = "the tokens are Go's")]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
#[rustfmt::skip]
pub enum Token {
    Eof, Bad,
    Ident, Int, Float, Imag, Char, Str, RawStr,
    Add, Sub, Mul, Quo, Rem, And, Or, Xor, Shl, Shr, AndNot,
    AddAssign, SubAssign, MulAssign, QuoAssign, RemAssign, AndAssign, OrAssign, XorAssign, ShlAssign, ShrAssign,
    AndNotAssign,
    LAnd, LOr, Arrow, Inc, Dec, Eql, Lss, Gtr, Assign, Not, Tilde, Neq, Leq, Geq, Define, Ellipsis,
    LParen, LBrack, LBrace, Comma, Dot, RParen, RBrack, RBrace, Semi, Colon,
    Break, Case, Chan, Const, Continue, Default, Defer, Else, Fallthrough, For, Func, Go, Goto, If, Import,
    Interface, Map, Package, Range, Return, Select, Struct, Switch, Type, Var,
}

//! C as cgo packages contain it: the comment above `import "C"`, and the `.c`, `.h`, `.m` and `.cc` files beside it.
//!
//! This is no C parser. It finds what decides whether two calls need the same thread: which functions exist, what
//! they call, which thread-local variables they touch, and what their comments ask of the caller. Macros are not
//! expanded, every branch of a conditional is read (but `#if 0`), and what is not understood is passed over.

mod body;
mod comments;
mod constants;
mod declarator;
mod lexer;
mod locals;
mod objc;
mod preamble;
mod preproc;
mod reader;
mod scan;

pub use preamble::{OffsetMap, Preamble, preamble_text};

use crate::{Problem, Span};
use std::sync::Arc;

/// Reads the text of a C, Objective-C or C++ file.
pub fn read(text: &[u8]) -> (File, Vec<Problem>) {
    scan::read(text, None, &[])
}

/// As [`read`], for a file that uses variables which another one declares: uses of the names in `shared` are found
/// as well.
pub fn read_with(text: &[u8], shared: &[String]) -> (File, Vec<Problem>) {
    scan::read(text, None, shared)
}

/// Reads a preamble: `comments` are the comments of the doc group of `import "C"` in the Go file `source`. All
/// spans of the result refer to that file.
pub fn read_preamble(comments: &[Span], source: &[u8]) -> (File, Vec<Problem>) {
    let preamble = preamble_text(comments, source);
    scan::read(&preamble.text, Some(&preamble.map), &[])
}

/// What a C text declares and does. Every list is in order of position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// Functions that are declared or defined.
    pub functions: Vec<Function>,
    /// Variables of the file, and variables of functions that outlive a call (`static`, thread-local).
    pub variables: Vec<Variable>,
    /// `typedef`s.
    pub typedefs: Vec<Typedef>,
    /// `struct`, `union`, `enum` and `class` names.
    pub tags: Vec<Tag>,
    /// Enumerators, and `#define`s with an integer value.
    pub constants: Vec<Constant>,
    /// All `#define`s.
    pub macros: Vec<Macro>,
    /// `#include` and `#import` lines.
    pub includes: Vec<Include>,
    /// `#cgo` lines.
    pub cgo: Vec<CgoLine>,
    /// All comments.
    pub comments: Vec<Comment>,
}

impl File {
    /// The function called `name`: its definition if there is one, else its first declaration.
    pub fn function(&self, name: &str) -> Option<&Function> {
        let mut named = self.functions.iter().filter(|function| function.name == name);
        let first = named.next()?;
        if first.body.is_some() {
            return Some(first);
        }
        named.find(|function| function.body.is_some()).or(Some(first))
    }

    /// The variable of the file called `name`.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.function.is_none() && variable.name == name)
    }

    /// The value of the enumerator or `#define` called `name`.
    pub fn constant(&self, name: &str) -> Option<i128> {
        self.constants.iter().find(|constant| constant.name == name)?.value
    }

    /// The comments inside `span`.
    pub fn comments_in(&self, span: Span) -> &[Comment] {
        let start = self.comments.partition_point(|comment| comment.span.start < span.start);
        let end = self.comments.partition_point(|comment| comment.span.end <= span.end);
        self.comments.get(start..end).unwrap_or_default()
    }
}

/// A type as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Type {
    /// The words with single blanks between them: `const char *`.
    pub text: String,
    /// Without qualifiers and stars: `char`, `unsigned int`, `struct timeval`.
    pub base: String,
    /// Number of stars and array brackets.
    pub pointers: u32,
    /// Whether it is a pointer to a function.
    pub is_function: bool,
}

/// Where a function or a variable lives, and who sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    /// `static`
    pub is_static: bool,
    /// `extern`
    pub is_extern: bool,
    /// `inline`, in any spelling.
    pub is_inline: bool,
}

/// A function.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name; with `::` in C++, as `-[Class selector]` in Objective-C.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// From the first word of the declaration to the `;` or the closing brace.
    pub span: Span,
    /// What it returns.
    pub result: Type,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Whether the parameters end with `...`.
    pub variadic: bool,
    /// `static`, `extern`, `inline`.
    pub storage: Storage,
    /// The comment directly above, or behind the declaration on its last line.
    pub doc: Option<Comment>,
    /// The body, if this is the definition.
    pub body: Option<Body>,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Empty if the declaration does not name it.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// The whole parameter.
    pub span: Span,
}

/// What a function does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// From brace to brace; [`File::comments_in`] finds the comments in it.
    pub span: Span,
    /// Whether nothing but comments is in it.
    pub is_empty: bool,
    /// Calls in the order in which a straight run makes them: arguments before the call they are for.
    pub calls: Vec<Call>,
    /// Uses of variables that outlive the call.
    pub accesses: Vec<Access>,
    /// Uses of `errno`.
    pub errno: Vec<Access>,
    /// Loops.
    pub loops: Vec<Loop>,
}

/// A loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loop {
    /// The keyword.
    pub span: Span,
    /// Whether the condition can never fail: `for (;;)`, `while (1)`.
    pub endless: bool,
}

/// How a call is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// `f(x)`
    Plain,
    /// `p->f(x)`, `v.f(x)`: a function pointer or a C++ method.
    Member,
    /// `(*p)(x)`
    Pointer,
    /// `[receiver selector: x]`
    Message,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What is called; for a message the selector: `initWithFrame:style:`.
    pub name: String,
    /// For a message to a plain name, that name.
    pub receiver: Option<String>,
    /// How.
    pub kind: CallKind,
    /// Where the name stands.
    pub name_span: Span,
    /// The whole call.
    pub span: Span,
    /// The arguments; no more than 16 are kept.
    pub arguments: Vec<Argument>,
}

impl Call {
    /// For `syscall(SYS_x, ...)` the name `x`.
    pub fn syscall_name(&self) -> Option<&str> {
        if self.name != "syscall" || self.kind != CallKind::Plain {
            return None;
        }
        match &self.arguments.first()?.value {
            Value::Name(name) => name.strip_prefix("SYS_").or_else(|| name.strip_prefix("__NR_")),
            _ => None,
        }
    }
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// What it is, if it is plain.
    pub value: Value,
    /// Where it stands.
    pub span: Span,
}

/// A plain value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An integer or a character, with its sign.
    Int(i128),
    /// The name of a variable, a constant or a function.
    Name(String),
    /// `&name`
    AddressOf(String),
    /// `A | B`
    Flags(Vec<String>),
    /// A string, without quotes; escapes other than `\"` and `\\` stay as they are.
    Text(String),
    /// `NULL`, `nullptr`, `nil`, `(void *)0`
    Null,
    /// Anything else.
    Other,
}

/// How a variable is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessKind {
    /// Its value is taken.
    Read,
    /// It, an element or a field of it gets a value.
    Write,
    /// It becomes what it was in the beginning: `= 0`, `= NULL`.
    Clear,
    /// `++`, `+=`
    Increment,
    /// `--`, `-=`
    Decrement,
    /// An element or a field of it is changed by such an operator, it by another one; or what it points to gets a value.
    ReadWrite,
    /// Its address is taken: what happens to it then is unknown.
    Address,
}

/// A use of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The variable.
    pub name: String,
    /// How.
    pub kind: AccessKind,
    /// Where.
    pub span: Span,
}

/// Who sees a variable's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// One variable in the process.
    Process,
    /// One variable per thread: `__thread`, `_Thread_local`, `thread_local`, `__declspec(thread)`.
    Thread,
    /// A `pthread_key_t` or `tss_t`: one variable that names a slot of every thread.
    ThreadKey,
}

/// A variable that outlives a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// Its type.
    pub ty: Type,
    /// Who sees its value.
    pub sharing: Sharing,
    /// `static`, `extern`.
    pub storage: Storage,
    /// The function whose local variable it is: an index in [`File::functions`].
    pub function: Option<usize>,
    /// The comment directly above or behind on its line.
    pub doc: Option<Comment>,
    /// The whole declaration.
    pub span: Span,
}

/// A `typedef`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typedef {
    /// The new name.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// What it stands for; a struct without a name is just `struct`.
    pub ty: Type,
}

/// Kinds of named types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagKind {
    /// `struct`
    Struct,
    /// `union`
    Union,
    /// `enum`
    Enum,
    /// C++ `class`, Objective-C `@interface`
    Class,
}

/// The name of a `struct`, `union`, `enum` or `class`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Which.
    pub kind: TagKind,
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// Whether its members are here.
    pub defined: bool,
}

/// A named integer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constant {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// Its value, if it can be told from this text alone.
    pub value: Option<i128>,
    /// Whether it is an enumerator, not a `#define`.
    pub is_enumerator: bool,
}

/// A `#define`.
#[derive(Clone, Debug, PartialEq)]
pub struct Macro {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// The names of its parameters, if it takes some.
    pub params: Option<Vec<String>>,
    /// What it stands for, as written.
    pub text: String,
    /// The calls in it.
    pub calls: Vec<Call>,
    /// The whole line.
    pub span: Span,
}

/// An `#include` or `#import`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// `pthread.h`
    pub path: String,
    /// Whether it is in angle brackets.
    pub is_system: bool,
    /// The whole line.
    pub span: Span,
}

/// A `#cgo` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CgoLine {
    /// What follows `#cgo`.
    pub text: String,
    /// The whole line.
    pub span: Span,
}

/// A comment, or several that follow each other line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// With its markers.
    pub span: Span,
    /// Its words, without markers and leading stars, one line per line.
    pub text: Arc<str>,
}

//! What is left of a function when its tree is gone: calls, jumps, and where values come from.
//!
//! A body is a control flow graph. Every instruction knows its place. Types are gone too: what a rule needs of
//! them (which function is called, which interface, which field) was resolved while lowering.

use snag_syntax::{Span, Symbol};

use crate::load::PackageId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        $($(#[$doc])* #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        })*
    };
}

ids! {
    /// A function, method or function literal of the program.
    FuncId,
    /// A Go file of the program.
    FileId,
    /// A declared type of the program.
    TypeId,
    /// A package-level variable of the program.
    GlobalId,
    /// A call of one body.
    CallId,
    /// A value of one body.
    ValueId,
    /// A basic block of one body.
    BlockId,
    /// A loop of one body.
    LoopId,
}

/// A place in the program's sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The bytes.
    pub span: Span,
}

/// A local variable, named by the function that declares it: closures share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VarRef {
    /// The declaring function.
    pub function: FuncId,
    /// Index into its [`Function::vars`].
    pub index: u32,
}

/// A function, method or function literal.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its package.
    pub package: PackageId,
    /// Its file.
    pub file: FileId,
    /// Its name; literals are called `func1`, `func2` ... as Go does.
    pub name: Symbol,
    /// For methods, the receiver's type.
    pub receiver: Option<TypeId>,
    /// For literals, the function around.
    pub outer: Option<FuncId>,
    /// The whole declaration or literal.
    pub span: Span,
    /// The name, or the `func` keyword of a literal.
    pub name_span: Span,
    /// The receiver, if any, then the parameters: indices into `vars`. Unnamed ones are there too.
    pub params: u32,
    /// Whether `vars[0]` is a receiver.
    pub has_receiver: bool,
    /// The last parameter is variadic.
    pub variadic: bool,
    /// Number of results.
    pub results: u32,
    /// The last result is an error.
    pub returns_error: bool,
    /// Local variables: parameters first, then named results, then the others in order.
    pub vars: Vec<Var>,
    /// The body, unless it is written elsewhere.
    pub body: Option<Body>,
}

/// A local variable.
#[derive(Clone, Debug)]
pub struct Var {
    /// Its name.
    pub name: Symbol,
    /// Where it is declared.
    pub span: Span,
    /// The innermost loop whose body or header declares it.
    pub in_loop: Option<LoopId>,
    /// Declared by the header of that loop: `for i := ...`, `for i := range`.
    pub loop_header: bool,
    /// A function literal inside refers to it.
    pub captured: bool,
    /// A named result.
    pub result: bool,
    /// Its type is `error`.
    pub is_error: bool,
    /// Its type is a function.
    pub is_function: bool,
    /// Its type is a pointer or a map: a copy refers to the same thing.
    pub shares: bool,
    /// Its type, if that is declared in the program; not what it points to.
    pub ty: Option<TypeId>,
}

/// A lowered body.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Blocks; the first is the entry.
    pub blocks: Vec<Block>,
    /// Calls, also those of `go` and `defer`.
    pub calls: Vec<Call>,
    /// Values by number.
    pub values: Vec<Value>,
    /// Loops, outer before inner.
    pub loops: Vec<Loop>,
    /// Composite literals.
    pub literals: Vec<Literal>,
    /// The constant strings by which elements of maps are assigned, by the span of the target.
    pub keys: Vec<(Span, Symbol)>,
    /// Functions that are sent over a channel: the channel and the function.
    pub sent: Vec<(ValueId, ValueId)>,
}

impl Body {
    /// A value by its number.
    pub fn value(&self, id: ValueId) -> Value {
        self.values[id.index()]
    }

    /// A call by its number.
    pub fn call(&self, id: CallId) -> &Call {
        &self.calls[id.index()]
    }

    /// A block by its number.
    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.index()]
    }
}

/// A basic block.
#[derive(Clone, Debug)]
pub struct Block {
    /// What happens, in order.
    pub instrs: Vec<Instr>,
    /// Where it goes on.
    pub end: Terminator,
    /// The innermost loop it belongs to.
    pub in_loop: Option<LoopId>,
}

/// A step.
#[derive(Clone, Copy, Debug)]
pub enum Instr {
    /// A call, `go` or `defer` statement is executed.
    Call(CallId),
    /// `target = value`; compound assignments have an unknown value.
    Assign {
        /// A variable, global, field or element.
        target: ValueId,
        /// The new value.
        value: ValueId,
        /// The target in the source.
        span: Span,
    },
    /// A captured variable, here or in the function that declares it, or a package-level one is read.
    Read {
        /// Which.
        what: ValueId,
        /// Where.
        span: Span,
    },
    /// A channel is used outside a select, or waited for by `range`.
    Channel {
        /// How.
        op: ChannelOp,
        /// Which.
        channel: ValueId,
        /// Where.
        span: Span,
    },
}

/// What is done with a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelOp {
    /// `c <- x`
    Send,
    /// `<-c`, `range c`
    Receive,
}

/// How a block ends.
#[derive(Clone, Debug)]
pub enum Terminator {
    /// Goes on there.
    Jump(BlockId),
    /// Depends on a condition.
    If {
        /// What is asked.
        cond: Cond,
        /// If it holds.
        then: BlockId,
        /// If not.
        otherwise: BlockId,
    },
    /// `switch`, type switch: one of these.
    Switch(Vec<BlockId>),
    /// `select`: one of these.
    Select {
        /// The clauses.
        targets: Vec<BlockId>,
        /// For each clause, what it does with which channel; the default clause does nothing.
        comms: Vec<Option<(ChannelOp, ValueId)>>,
        /// There is a default clause: it does not wait.
        has_default: bool,
        /// The statement.
        span: Span,
    },
    /// The function returns.
    Return {
        /// The results; empty for a bare return.
        values: Vec<ValueId>,
        /// The statement, or the closing brace.
        span: Span,
    },
    /// Nothing comes after: panic, os.Exit, an endless loop's end.
    Dead,
}

impl Terminator {
    /// The blocks that may come next.
    pub fn targets(&self) -> impl Iterator<Item = BlockId> + '_ {
        let (two, many): ([Option<BlockId>; 2], &[BlockId]) = match self {
            Terminator::Jump(to) => ([Some(*to), None], &[]),
            Terminator::If { then, otherwise, .. } => ([Some(*then), Some(*otherwise)], &[]),
            Terminator::Switch(targets) | Terminator::Select { targets, .. } => ([None, None], targets),
            Terminator::Return { .. } | Terminator::Dead => ([None, None], &[]),
        };
        two.into_iter().flatten().chain(many.iter().copied())
    }
}

/// A condition, as far as paths depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cond {
    /// The value is nil (`true`) or is not nil (`false`).
    IsNil(ValueId, bool),
    /// The boolean value is true (`true`) or false (`false`).
    IsTrue(ValueId, bool),
    /// `left op right`; what the source calls the operand that is a constant, or the empty name.
    Compare(Operator, ValueId, ValueId, Symbol),
    /// Anything else.
    Other,
}

/// What combines two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`, `<=`, `>`, `>=`
    Order,
    /// `+`, also of strings
    Add,
    /// `-`
    Subtract,
    /// The part of a list up to an end: `list[low:high]` is `list` and `high`.
    Part,
    /// Anything else that gives a number.
    Other,
}

/// A loop.
#[derive(Clone, Debug)]
pub struct Loop {
    /// The loop around.
    pub outer: Option<LoopId>,
    /// The statement's keyword.
    pub span: Span,
    /// The body.
    pub body: Span,
    /// What stands between the opening brace and the first statement: a line break and its indentation, or
    /// nothing that ends a line.
    pub first_line: Symbol,
    /// What kind.
    pub kind: LoopKind,
    /// The block that is entered first in every round.
    pub header: BlockId,
    /// What decides the number of rounds: the operand of `range`, or `n` in `for i := 0; i < n; i++`.
    pub over: Option<ValueId>,
    /// How often a counting loop runs at most, if constants tell.
    pub rounds: Option<i64>,
    /// Something that does not look like a call makes it call the runtime: a map, an allocation, a string put together.
    pub calls_runtime: bool,
}

/// What decides how often a loop runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopKind {
    /// `for {}`
    Endless,
    /// `for cond {}`, `for init; cond; post {}`
    Condition,
    /// `for range` over an integer, if constant
    Integer(Option<i64>),
    /// `for range` over a channel
    Channel,
    /// `for range` over a function
    Function,
    /// `for range` over a slice, array, map or string
    Elements,
    /// `for range` over something whose type is declared in a package that is not there
    Unknown,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who is called.
    pub callee: Callee,
    /// The receiver of a method call.
    pub receiver: Option<ValueId>,
    /// The arguments.
    pub args: Vec<ValueId>,
    /// How it is started.
    pub mode: Mode,
    /// The whole call expression.
    pub span: Span,
    /// The `go` or `defer` keyword, or the callee's name.
    pub name_span: Span,
    /// Inside which block.
    pub block: BlockId,
    /// Nobody looks at its results: an expression statement, or assigned to blanks only.
    pub ignored: bool,
}

/// How a call is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// At once, on this goroutine.
    Plain,
    /// `go`
    Go,
    /// `defer`
    Defer,
}

/// Who is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callee {
    /// A declared function or method, or a literal called at once.
    Function(FuncId),
    /// A method of an interface, to be found among the types of the program.
    Interface {
        /// The interface, if it has a name.
        interface: Option<TypeId>,
        /// The method.
        method: Symbol,
    },
    /// A function value.
    Value(ValueId),
    /// A function of a package that is missing: its path and name.
    Missing {
        /// The import path.
        package: Symbol,
        /// `Func`, or `Type.Method`.
        name: Symbol,
    },
    /// A C function.
    C(Symbol),
    /// A builtin function.
    Builtin(Symbol),
    /// Not known.
    Unknown,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// Not known.
    Unknown,
    /// `nil`
    Nil,
    /// A boolean constant.
    Bool(bool),
    /// An integer constant.
    Int(i64),
    /// A string constant.
    Str(Symbol),
    /// A local variable of this function or one around it.
    Var(VarRef),
    /// A package-level variable.
    Global(GlobalId),
    /// A function, or a function literal.
    Func(FuncId),
    /// A method value: the receiver and the method.
    Bound(ValueId, FuncId),
    /// A result of a call of this body.
    Result(CallId, u8),
    /// A field; the type that declares it, where known.
    Field(ValueId, Option<TypeId>, Symbol),
    /// An element of a slice or array.
    Elem(ValueId),
    /// An element of a map.
    MapElem(ValueId),
    /// `&x`
    Addr(ValueId),
    /// Received from a channel.
    Received(ValueId),
    /// A composite literal of this body.
    Literal(u32),
    /// Two values that an operator combines.
    Op(Operator, ValueId, ValueId),
}

/// A composite literal.
#[derive(Clone, Debug)]
pub struct Literal {
    /// Its declared type, if it has one in the program.
    pub ty: Option<TypeId>,
    /// Where.
    pub span: Span,
    /// Named fields in order; elements have the empty name.
    pub fields: Vec<(Symbol, ValueId)>,
    /// The elements of a map whose keys are constant strings.
    pub keys: Vec<(Symbol, ValueId)>,
}

//! Which names of the pseudo package C are types: calling one is a conversion.

use rustc_hash::FxHashSet;
use snag_syntax::go::ast::{Decl, File, Spec};
use snag_syntax::go::comment::Comments;
use snag_syntax::{Span, Symbol, c};

/// The names that cgo itself gives to types of C (`go doc cmd/cgo`, "Go references to C").
const NUMBERS: &[&str] = &[
    "char",
    "schar",
    "uchar",
    "short",
    "ushort",
    "int",
    "uint",
    "long",
    "ulong",
    "longlong",
    "ulonglong",
    "float",
    "double",
    "complexfloat",
    "complexdouble",
];
const TAGS: &[&str] = &["struct_", "union_", "enum_"];

/// What a file's preamble says about names.
#[derive(Default)]
pub(crate) struct Preamble {
    types: FxHashSet<Symbol>,
    functions: FxHashSet<Symbol>,
}

impl Preamble {
    /// Reads the comments above the imports of "C".
    pub(crate) fn read(tree: &File<'_>, source: &[u8]) -> Preamble {
        let comments = Comments::new(source, &tree.comments);
        let spans: Vec<Span> = imports(tree).flat_map(|pos| comments.doc(pos)).copied().collect();
        let (file, _) = c::read_preamble(&spans, source);
        Preamble {
            types: file.typedefs.iter().map(|typedef| Symbol::new(&typedef.name)).collect(),
            functions: file.functions.iter().map(|function| Symbol::new(&function.name)).collect(),
        }
    }

    /// Whether `C.name` is a type. Of what a header declares only the name is known: POSIX keeps `_t` for types.
    pub(crate) fn is_type(&self, name: Symbol) -> bool {
        if self.types.contains(&name) {
            return true;
        }
        let text = name.as_str();
        let named_so = NUMBERS.contains(&text) || TAGS.iter().any(|tag| text.starts_with(tag));
        named_so || (text.ends_with("_t") && !self.functions.contains(&name))
    }
}

/// Where the doc comments of `import "C"` are looked for.
pub(crate) fn imports(tree: &File<'_>) -> impl Iterator<Item = u32> {
    let groups = tree.decls.iter().filter_map(|decl| match decl {
        Decl::Gen(group) => Some(*group),
        _ => None,
    });
    groups.flat_map(|group| {
        group.specs.iter().filter_map(move |spec| match spec {
            Spec::Import(import) if import.path_symbol == snag_syntax::sym::C => {
                Some(if group.parens.is_some() { spec.span().start } else { group.pos })
            }
            _ => None,
        })
    })
}

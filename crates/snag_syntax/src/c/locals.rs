//! Bodies of functions, and the variables in them that outlive a call.

use super::body::{Code, Names};
use super::lexer::{Kind, Token};
use super::scan::Scan;
use rustc_hash::FxHashSet;

impl Scan<'_, '_> {
    /// Reads the bodies, now that the variables of the file are known.
    pub(super) fn bodies(&mut self, shared: &[String]) {
        let own = self.file.variables.iter().map(|variable| &variable.name);
        let file_names: FxHashSet<Vec<u8>> = own.chain(shared).map(|name| name.as_bytes().to_vec()).collect();
        let code = Code { reader: self.reader, tokens: self.tokens };
        for (index, open) in std::mem::take(&mut self.bodies) {
            let close = self.tokens.close_of(open);
            let (own, declared) = self.lasting_locals(index, open, close);
            let hidden = self.file.functions[index]
                .params
                .iter()
                .map(|param| param.name.as_bytes().to_vec())
                .collect();
            let mut names = Names { file: &file_names, own, declared, hidden };
            self.file.functions[index].body = Some(code.body(open, close, &mut names));
        }
        self.file.variables.sort_by_key(|variable| variable.name_span.start);
    }

    /// Finds `static`, `extern` and thread-local variables declared in a body: their names, and where they stand.
    fn lasting_locals(
        &mut self,
        function: usize,
        open: usize,
        close: usize,
    ) -> (FxHashSet<Vec<u8>>, FxHashSet<u32>) {
        let (mut own, mut declared) = (FxHashSet::default(), FxHashSet::default());
        let mut at = open + 1;
        while at < close.min(self.tokens.list.len()) {
            let word = self.word(at);
            let lasting =
                matches!(word, b"static" | b"extern" | b"__declspec") || self.reader.is_thread_word(word);
            if !lasting
                || self.kind(at) != Some(Kind::Ident)
                || !matches!(self.word(at - 1), b";" | b"{" | b"}")
            {
                at += 1;
                continue;
            }
            let (kept, end) = self.statement(at, close);
            let head = self.head(at, &kept);
            let end_token = self.tokens.list[end.min(self.tokens.list.len() - 1)];
            let is_function = self.signature(&head.tokens, false).is_some();
            let found =
                self.variables_of(&head.tokens, head.is_thread, head.first.span.to(end_token.span), None);
            for mut variable in found.into_iter().filter(|_| !is_function) {
                own.insert(variable.name.as_bytes().to_vec());
                if !variable.storage.is_extern {
                    variable.function = Some(function);
                }
                self.file.variables.push(variable);
            }
            declared.extend(
                head.tokens.iter().filter(|token| token.kind == Kind::Ident).map(|token| token.span.start),
            );
            at = end.max(at + 1);
        }
        (own, declared)
    }

    /// The tokens of a local declaration up to its `;`, without initializers.
    fn statement(&self, start: usize, close: usize) -> (Vec<Token>, usize) {
        let mut kept = Vec::new();
        let mut in_initializer = false;
        let mut at = start;
        while at < close.min(self.tokens.list.len()) && self.word(at) != b";" {
            match self.word(at) {
                b"=" => in_initializer = true,
                b"," => {
                    in_initializer = false;
                    kept.push(self.tokens.list[at]);
                }
                _ if in_initializer => {}
                b"{" => {}
                _ => {
                    let behind = self.tokens.behind(at).min(close).min(self.tokens.list.len());
                    kept.extend_from_slice(&self.tokens.list[at..behind]);
                }
            }
            at = self.tokens.behind(at);
        }
        (kept, at)
    }
}

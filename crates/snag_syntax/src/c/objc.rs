//! Objective-C classes and methods.

use super::declarator;
use super::lexer::Kind;
use super::scan::Scan;
use super::{Function, Storage};

/// Longer names are not repeated in the names of all methods.
const MAX_CLASS_NAME: usize = 256;

impl Scan<'_, '_> {
    /// `@interface`, `@implementation`, `@end` ...
    pub(super) fn objc_directive(&mut self, start: usize) -> usize {
        match self.word(start + 1) {
            b"end" => {
                self.objc_class = None;
                start + 2
            }
            b"interface" | b"implementation" | b"protocol" => {
                let Some(name) =
                    self.tokens.list.get(start + 2).copied().filter(|name| name.kind == Kind::Ident)
                else {
                    return start + 2;
                };
                self.objc_class = Some(self.reader.text(name)).filter(|name| name.len() <= MAX_CLASS_NAME);
                if self.word(start + 1) == b"interface" && self.word(start + 3) != b"(" {
                    self.tag(start + 1, start + 2, true);
                }
                self.behind_objc_name(start + 3)
            }
            b"synthesize" | b"dynamic" | b"class" | b"property" | b"import" => {
                let mut at = start + 2;
                while at < self.tokens.list.len() && !matches!(self.word(at), b";" | b"@") {
                    at = self.tokens.behind(at);
                }
                at + usize::from(self.word(at) == b";")
            }
            _ => start + 2,
        }
    }

    /// Passes over `: Super <Protocol> (Category) { fields }`.
    fn behind_objc_name(&self, mut at: usize) -> usize {
        loop {
            match self.word(at) {
                b":" => at += 2,
                b"<" => at = self.behind_template(at),
                b"(" => at = self.tokens.behind(at),
                b"{" => return self.tokens.behind(at),
                _ => return at,
            }
        }
    }

    /// `- (void)drawRect:(NSRect)rect { ... }`
    pub(super) fn objc_method(&mut self, start: usize) -> usize {
        let sign = if self.word(start) == b"-" { '-' } else { '+' };
        let result_close = self.tokens.close_of(start + 1);
        let mut selector = String::new();
        let mut at = result_close + 1;
        let name_at = at;
        while at < self.tokens.list.len() && !matches!(self.word(at), b"{" | b";" | b"}") {
            let followed = self.word(at + 1) == b":";
            if self.kind(at) == Some(Kind::Ident) && (followed || at == name_at) {
                selector.push_str(&String::from_utf8_lossy(self.word(at)));
                if followed {
                    selector.push(':');
                }
            }
            at = self.tokens.behind(at);
        }
        let (Some(&name), Some(&last)) = (self.tokens.list.get(name_at), self.tokens.list.get(at)) else {
            return at;
        };
        let has_body = self.word(at) == b"{";
        let close = self.tokens.close_of(at).min(self.tokens.list.len() - 1);
        let end = if has_body { self.tokens.list[close] } else { last };
        let span = self.tokens.list[start].span.to(end.span);
        let class = self.objc_class.clone().unwrap_or_default();
        let result = &self.tokens.list[start + 2..result_close.clamp(start + 2, self.tokens.list.len())];
        if has_body {
            self.bodies.push((self.file.functions.len(), at));
        }
        self.file.functions.push(Function {
            name: format!("{sign}[{class} {selector}]"),
            name_span: self.reader.span(name.span),
            span: self.reader.span(span),
            result: declarator::type_of(self.reader, result),
            params: Vec::new(),
            variadic: false,
            storage: Storage::default(),
            doc: self.doc(self.tokens.list[start].span.start, span.end, !has_body),
            body: None,
        });
        self.tokens.behind(at)
    }
}

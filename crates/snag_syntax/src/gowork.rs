//! `go.work`: the modules that are worked on together.

use crate::Problem;
use crate::gomod::{Replace, Shared, Word, lines, shared};

/// A `go.work` file. Lists keep the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoWork {
    /// `go 1.22`
    pub go: Option<Word>,
    /// `toolchain go1.22.3`
    pub toolchain: Option<Word>,
    /// `godebug asynctimerchan=1`
    pub godebug: Vec<(Word, String)>,
    /// `use ./a`
    pub uses: Vec<Word>,
    /// `replace example.com/a => ../a`
    pub replace: Vec<Replace>,
}

/// Reads a `go.work`. Lines that are not understood become problems and cost only themselves.
pub fn parse_go_work(text: &[u8]) -> (GoWork, Vec<Problem>) {
    let mut file = GoWork::default();
    let mut problems = Vec::new();
    for line in lines(text, &mut problems) {
        match line.words.as_slice() {
            [verb, directory] if verb.text == "use" => file.uses.push(directory.clone()),
            _ => {
                let mut common = Shared {
                    go: &mut file.go,
                    toolchain: &mut file.toolchain,
                    godebug: &mut file.godebug,
                    replace: &mut file.replace,
                };
                shared(&line, &mut common, &mut problems);
            }
        }
    }
    (file, problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directive_is_read() {
        let text = "go 1.25.0\ntoolchain default\ngodebug x=1\nuse .\nuse (\n\t./a // the a\n\t../b\n)\nreplace c => ./c\nuse\n";
        let (file, problems) = parse_go_work(text.as_bytes());
        assert_eq!(file.uses.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), [".", "./a", "../b"]);
        assert_eq!(file.go.map(|word| word.text), Some("1.25.0".to_owned()));
        assert_eq!(file.replace[0].new.text, "./c");
        assert_eq!(file.godebug[0].1, "1");
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].message, "malformed use line");
    }
}

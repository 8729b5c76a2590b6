//! `vendor/modules.txt`: which module each vendored package came from.

use crate::{Problem, Span};

/// A `vendor/modules.txt` file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModulesTxt {
    /// Written by `go work vendor`.
    pub workspace: bool,
    /// The modules in the order of the file.
    pub modules: Vec<VendoredModule>,
}

/// A module that is vendored, or only replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VendoredModule {
    /// The module path.
    pub path: String,
    /// The version; empty in lines that only record a replacement.
    pub version: String,
    /// What it is replaced by: a path or directory, and a version for paths.
    pub replacement: Option<(String, Option<String>)>,
    /// Named in the main module's go.mod.
    pub explicit: bool,
    /// The `go` line of the module: the language version of its packages.
    pub go: Option<String>,
    /// The packages that are in the vendor directory.
    pub packages: Vec<String>,
}

/// Reads a `vendor/modules.txt`. Lines that are not understood become problems and cost only themselves.
pub fn parse_modules_txt(text: &[u8]) -> (ModulesTxt, Vec<Problem>) {
    let mut file = ModulesTxt::default();
    let mut problems = Vec::new();
    let mut at = 0;
    for raw in text.split(|&byte| byte == b'\n') {
        let span = Span::new(at as u32, (at + raw.len()) as u32);
        at += raw.len() + 1;
        let line = String::from_utf8_lossy(raw);
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let understood = if let Some(notes) = line.strip_prefix("## ") {
            annotate(&mut file, notes)
        } else if let Some(module) = line.strip_prefix("# ") {
            let module = module_line(module);
            let understood = module.is_some();
            file.modules.extend(module);
            understood
        } else {
            match file.modules.last_mut() {
                Some(module) if !line.contains(char::is_whitespace) => {
                    module.packages.push(line.to_owned());
                    true
                }
                _ => false,
            }
        };
        if !understood {
            problems.push(Problem { span, message: "malformed line".to_owned() });
        }
    }
    (file, problems)
}

fn annotate(file: &mut ModulesTxt, notes: &str) -> bool {
    for note in notes.split(';').map(str::trim) {
        match (note, file.modules.last_mut()) {
            ("workspace", _) => file.workspace = true,
            ("explicit", Some(module)) => module.explicit = true,
            (_, Some(module)) => {
                // Later versions of Go may add notes, so an unknown one is no mistake.
                if let Some(version) = note.strip_prefix("go ") {
                    module.go = Some(version.trim().to_owned());
                }
            }
            (_, None) => return false,
        }
    }
    true
}

fn module_line(line: &str) -> Option<VendoredModule> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (old, new) = match words.iter().position(|&word| word == "=>") {
        Some(arrow) => (&words[..arrow], Some(&words[arrow + 1..])),
        None => (words.as_slice(), None),
    };
    let (path, version) = match old {
        [path] if new.is_some() => (path, ""),
        [path, version] => (path, *version),
        _ => return None,
    };
    let replacement = match new {
        None => None,
        Some([path]) => Some(((*path).to_owned(), None)),
        Some([path, version]) => Some(((*path).to_owned(), Some((*version).to_owned()))),
        Some(_) => return None,
    };
    let (path, version) = ((*path).to_owned(), version.to_owned());
    Some(VendoredModule { path, version, replacement, ..VendoredModule::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_notes_and_packages_are_read() {
        let text = "## workspace\n# example.com/a v1.2.3\n## explicit; go 1.17\nexample.com/a\nexample.com/a/b\n\
                    # example.com/c v0.1.0 => ./c\n## explicit\n# example.com/d => example.com/e v1.0.0\nnot a line\n";
        let (file, problems) = parse_modules_txt(text.as_bytes());
        assert!(file.workspace);
        assert_eq!(file.modules.len(), 3);
        assert_eq!(file.modules[0].go.as_deref(), Some("1.17"));
        assert!(file.modules[0].explicit);
        assert_eq!(file.modules[0].packages, ["example.com/a", "example.com/a/b"]);
        assert_eq!(file.modules[1].replacement, Some(("./c".to_owned(), None)));
        assert_eq!(file.modules[2].version, "");
        assert_eq!(problems.len(), 1);
    }
}

//! Several files in one: a comment, then `-- name --` lines with the text of each file below.

/// An archive.
pub(crate) struct Txtar {
    pub comment: String,
    /// Name and text, in order.
    pub files: Vec<(String, String)>,
}

impl Txtar {
    pub(crate) fn read(text: &str) -> Txtar {
        let mut archive = Txtar { comment: String::new(), files: Vec::new() };
        for line in text.split_inclusive('\n') {
            let name = line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
            match (name, archive.files.last_mut()) {
                (Some(name), _) => archive.files.push((name.trim().to_owned(), String::new())),
                (None, Some((_, body))) => body.push_str(line),
                (None, None) => archive.comment.push_str(line),
            }
        }
        archive
    }

    pub(crate) fn write(&self) -> String {
        let files = self.files.iter().map(|(name, body)| format!("-- {name} --\n{body}"));
        self.comment.clone() + &files.collect::<String>()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.files.iter().find(|(file, _)| file == name).map(|(_, body)| body.as_str())
    }
}

//! The format that `snag_program::bundle` reads.

use std::path::Path;

use anyhow::Context;

use super::Packages;

const LEVEL: u8 = 10;

/// Writes a pack and gives its size.
pub(super) fn pack(path: &Path, version: &str, packages: &Packages) -> anyhow::Result<usize> {
    let mut index = format!("{version}\n");
    let mut body = Vec::new();
    for (package, files) in packages {
        let mut text = String::new();
        for (name, source) in files {
            text.push_str(&format!("{name} {}\n{source}", source.len()));
        }
        let stored = miniz_oxide::deflate::compress_to_vec(text.as_bytes(), LEVEL);
        index.push_str(&format!("{package} {} {} {}\n", body.len(), stored.len(), text.len()));
        body.extend(stored);
    }
    let stored = miniz_oxide::deflate::compress_to_vec(index.as_bytes(), LEVEL);
    let mut bytes = b"SNAGPK1\n".to_vec();
    bytes.extend((index.len() as u32).to_le_bytes());
    bytes.extend((stored.len() as u32).to_le_bytes());
    bytes.extend(stored);
    bytes.extend(body);
    std::fs::write(path, &bytes).with_context(|| path.display().to_string())?;
    Ok(bytes.len())
}

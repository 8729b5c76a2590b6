//! Replacing a file: wholly or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::snapshot::Change;

/// Writes the fixed text beside the file and moves it there, unless the file is no longer what was checked.
pub(super) fn write(change: &Change) -> Result<(), String> {
    // A symbolic link stays one: what it leads to is replaced.
    let path = fs::canonicalize(&change.path).map_err(|error| error.to_string())?;
    let metadata = fs::metadata(&path).map_err(|error| error.to_string())?;
    if metadata.permissions().readonly() {
        return Err("the file is read-only".to_owned());
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.snag-{}", std::process::id()));
    let outcome = fill(&beside, &change.after, &metadata).map_err(|error| error.to_string()).and_then(|()| {
        // As late as can be: an editor may have saved the file meanwhile.
        match fs::read(&path) {
            Ok(now) if now == change.before => fs::rename(&beside, &path).map_err(|error| error.to_string()),
            Ok(_) => Err("the file has changed since it was checked".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    });
    if outcome.is_err() {
        // It may not even exist.
        let _ = fs::remove_file(&beside);
    }
    outcome
}

fn fill(path: &Path, text: &[u8], like: &fs::Metadata) -> io::Result<()> {
    let mut file = fs::File::create_new(path)?;
    file.write_all(text)?;
    file.set_permissions(like.permissions())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // Only root can give a file away; for everybody else it is theirs already.
        let _ = std::os::unix::fs::fchown(&file, Some(like.uid()), Some(like.gid()));
    }
    file.sync_all()
}

//! A folder for files that are needed for a while.

use std::env;
use std::fs;
use std::path::PathBuf;

/// A folder that nobody else has, removed when it is no longer needed.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new() -> Result<Scratch, String> {
        for attempt in 0..100u32 {
            let path = env::temp_dir().join(format!("snag-run-{}-{attempt}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Scratch(path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(format!("cannot make {}: {error}", path.display())),
            }
        }
        Err("cannot make a folder to build in".to_owned())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left is in a folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

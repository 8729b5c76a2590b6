//! Programs as the files they are: processes of one have much in common.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::image;

/// A file that processes run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProgramFile {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl ProgramFile {
    /// The file that a process runs; none if the process ended, or the kernel does not show it.
    pub(crate) fn of(pid: i32) -> Option<ProgramFile> {
        let file = fs::metadata(format!("/proc/{pid}/exe")).ok()?;
        Some(ProgramFile {
            device: file.dev(),
            inode: file.ino(),
            size: file.size(),
            modified: (file.mtime(), file.mtime_nsec()),
        })
    }
}

/// A program, and where it lies in one process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    file: ProgramFile,
    /// The first instruction.
    entry: u64,
    /// The table of functions.
    pub(crate) table: u64,
}

impl Program {
    pub(crate) fn of(pid: i32, table: u64) -> Option<Program> {
        Some(Program { file: ProgramFile::of(pid)?, entry: image::entry(pid)?, table })
    }

    /// The first instruction.
    pub(crate) fn entry(&self) -> u64 {
        self.entry
    }

    /// How much farther up it lies in another process; none if that runs another program.
    pub(crate) fn delta(&self, pid: i32) -> Option<u64> {
        let other = Program::of(pid, self.table)?;
        (other.file == self.file).then(|| other.entry.wrapping_sub(self.entry))
    }
}

//! The memory of another process, copied without stopping it.

use std::fs::File;
use std::io::IoSliceMut;
use std::os::unix::fs::FileExt;

use nix::errno::Errno;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

use crate::bytes::word;
use crate::refusal::{Cause, Refusal};

/// No single piece that is read is longer: a corrupt length must not exhaust our own memory.
const LONGEST: usize = 1 << 30;
const PAGE: usize = 4096;

/// The memory of a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pid: Pid,
}

/// Why memory cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The process ended.
    Gone,
    /// The kernel does not let us.
    Refused,
    /// There is nothing at this address.
    Unmapped,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Refusal {
        let (cause, sentence) = match fault {
            Fault::Gone => (Cause::Ended, "the process ended while it was read"),
            Fault::Refused => (Cause::Forbidden, "the kernel does not allow its memory to be read"),
            Fault::Unmapped => (Cause::Unclear, "its memory is not laid out as a Go runtime's"),
        };
        Refusal::new(sentence).because(cause)
    }
}

impl Memory {
    pub(crate) fn of(pid: i32) -> Memory {
        Memory { pid: Pid::from_raw(pid) }
    }

    /// Fills the buffer with what is at the address.
    pub(crate) fn read(self, address: u64, buffer: &mut [u8]) -> Result<(), Fault> {
        let wanted = buffer.len();
        let remote = [RemoteIoVec { base: address as usize, len: wanted }];
        match process_vm_readv(self.pid, &mut [IoSliceMut::new(buffer)], &remote) {
            Ok(read) if read == wanted => Ok(()),
            Err(Errno::ESRCH) => Err(Fault::Gone),
            Err(Errno::EPERM) => Err(Fault::Refused),
            Ok(_) | Err(_) => Err(Fault::Unmapped),
        }
    }

    /// The bytes at the address.
    pub(crate) fn bytes(self, address: u64, length: usize) -> Result<Vec<u8>, Fault> {
        if length > LONGEST {
            return Err(Fault::Unmapped);
        }
        let mut bytes = vec![0; length];
        self.read(address, &mut bytes)?;
        Ok(bytes)
    }

    /// The bytes at the address; pages that are not there are zero.
    pub(crate) fn bytes_with_holes(self, address: u64, length: usize) -> Result<Vec<u8>, Fault> {
        match self.bytes(address, length) {
            Err(Fault::Unmapped) if length <= LONGEST => {}
            outcome => return outcome,
        }
        let mut bytes = vec![0; length];
        let mut at = 0;
        while at < length {
            let end = (at + PAGE - (address as usize + at) % PAGE).min(length);
            match self.read(address.wrapping_add(at as u64), &mut bytes[at..end]) {
                Ok(()) | Err(Fault::Unmapped) => at = end,
                Err(fault) => return Err(fault),
            }
        }
        Ok(bytes)
    }

    /// The word at the address.
    pub(crate) fn word(self, address: u64) -> Result<u64, Fault> {
        let mut bytes = [0; 8];
        self.read(address, &mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// The half word at the address.
    pub(crate) fn half(self, address: u64) -> Result<u32, Fault> {
        let mut bytes = [0; 4];
        self.read(address, &mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// The pointer and the length of a slice or a string.
    pub(crate) fn slice(self, address: u64) -> Result<(u64, u64), Fault> {
        let mut bytes = [0; 16];
        self.read(address, &mut bytes)?;
        Ok((word(&bytes, 0).unwrap_or(0), word(&bytes, 8).unwrap_or(0)))
    }

    /// The words of an array.
    pub(crate) fn words(self, address: u64, count: u64) -> Result<Vec<u64>, Fault> {
        let length =
            usize::try_from(count).ok().and_then(|count| count.checked_mul(8)).ok_or(Fault::Unmapped)?;
        let bytes = self.bytes(address, length)?;
        Ok(bytes.chunks_exact(8).filter_map(|bytes| word(bytes, 0)).collect())
    }

    /// A Go string of at most `longest` bytes.
    pub(crate) fn string(self, header: u64, longest: u64) -> Option<String> {
        let (address, length) = self.slice(header).ok()?;
        if length > longest {
            return None;
        }
        String::from_utf8(self.bytes(address, length as usize).ok()?).ok()
    }
}

/// The memory that a process has now, for reading and writing. When the process runs another program, it is gone: nothing is
/// ever written into memory that is not the one that was looked at.
#[derive(Debug)]
pub(crate) struct AddressSpace {
    file: File,
}

impl AddressSpace {
    pub(crate) fn of(pid: i32) -> Result<AddressSpace, Fault> {
        let file = File::options().read(true).write(true).open(format!("/proc/{pid}/mem"));
        file.map(|file| AddressSpace { file }).map_err(|error| match error.kind() {
            std::io::ErrorKind::PermissionDenied => Fault::Refused,
            _ => Fault::Gone,
        })
    }

    /// The bytes at the address.
    pub(crate) fn bytes(&self, address: u64, length: usize) -> Result<Vec<u8>, Fault> {
        let mut bytes = vec![0; length];
        let mut at = 0;
        while at < length {
            at += moved(self.file.read_at(&mut bytes[at..], address.wrapping_add(at as u64)))?;
        }
        Ok(bytes)
    }

    /// The word at the address.
    pub(crate) fn word(&self, address: u64) -> Result<u64, Fault> {
        word(&self.bytes(address, 8)?, 0).ok_or(Fault::Unmapped)
    }

    /// Writes to memory that the process may write as well.
    pub(crate) fn write(&self, address: u64, bytes: &[u8]) -> Result<(), Fault> {
        let mut at = 0;
        while at < bytes.len() {
            at += moved(self.file.write_at(&bytes[at..], address.wrapping_add(at as u64)))?;
        }
        Ok(())
    }
}

/// The kernel moves nothing when the memory is gone.
fn moved(outcome: std::io::Result<usize>) -> Result<usize, Fault> {
    match outcome {
        Ok(0) => Err(Fault::Gone),
        Ok(count) => Ok(count),
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Ok(0),
        Err(_) => Err(Fault::Unmapped),
    }
}

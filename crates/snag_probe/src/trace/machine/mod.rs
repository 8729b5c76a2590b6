//! What differs from one architecture to the next: a file for each.

#[cfg(target_arch = "x86_64")]
mod amd64;
#[cfg(target_arch = "aarch64")]
mod arm64;

#[cfg(target_arch = "x86_64")]
pub(super) use amd64::{ARCH, AUDIT, calls, ends_by_itself};
#[cfg(target_arch = "aarch64")]
pub(super) use arm64::{ARCH, AUDIT, calls, ends_by_itself};

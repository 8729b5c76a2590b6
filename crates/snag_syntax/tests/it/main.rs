//! The readers, through their public face.

mod c;
mod manifest;
mod reading;

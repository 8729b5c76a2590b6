//! The readers, through their public face.

mod c;
mod reading;

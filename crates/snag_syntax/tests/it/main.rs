//! The readers, through their public face.

mod c;
mod go_comments;
mod go_hostile;
mod go_reading;
mod go_tolerance;
mod go_trees;
mod manifest;
mod names;

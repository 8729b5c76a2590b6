//! The Go front end, through its public face.

mod reading;

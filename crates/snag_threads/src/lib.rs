//! What Go, the kernel and C do to an OS thread: the vocabulary and the tables.

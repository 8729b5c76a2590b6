//! The bug classes, one folder each.

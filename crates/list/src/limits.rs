//! Sizes that no list has.

/// A line that is longer, in bytes of UTF-8, is no line of a list.
pub(crate) const LONGEST_LINE: usize = 1 << 20;

/// A line that has more columns is no line of a list.
pub(crate) const MOST_COLUMNS: usize = 1000;

/// How much of a table is held, in bytes.
pub(crate) const MOST_HELD: usize = 64 << 20;

/// A list that is longer is not taken at once.
pub(crate) const MOST_LINES: u64 = 10_000_000;

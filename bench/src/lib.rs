//! What the benchmarks share: each small piece of work twice, as Jindiao does it and by hand, and
//! the small parts of their programs.

pub mod args;
pub mod pairs;
pub mod plain;
pub mod samples;

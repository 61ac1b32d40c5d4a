//! The tables, as `cargo xtask codegen` writes them from `tables/*.toml`.

pub(crate) mod patsnap;
pub(crate) mod qcc;
pub(crate) mod yibeidiao;

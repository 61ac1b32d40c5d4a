//! What each command does.

pub(crate) mod bill;
#[cfg(feature = "cluster")]
pub(crate) mod cluster;
pub(crate) mod code;
pub(crate) mod completions;
pub(crate) mod ledger;
pub(crate) mod order;
pub(crate) mod resolve;
pub(crate) mod sign;
pub(crate) mod simulate;
pub(crate) mod verify;

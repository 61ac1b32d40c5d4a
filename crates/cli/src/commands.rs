//! What each command does.

pub(crate) mod bill;
pub(crate) mod check;
#[cfg(feature = "cluster")]
pub(crate) mod cluster;
pub(crate) mod code;
pub(crate) mod completions;
pub(crate) mod dashboard;
pub(crate) mod doctor;
mod foresight;
pub(crate) mod init;
mod list;
pub(crate) mod man;
pub(crate) mod order;
pub(crate) mod orders;
pub(crate) mod report;
pub(crate) mod resolve;
pub(crate) mod show;
pub(crate) mod sign;
pub(crate) mod simulate;
pub(crate) mod status;
pub(crate) mod template;
pub(crate) mod verify;
pub(crate) mod watch;

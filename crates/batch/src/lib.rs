#![doc = include_str!("../README.md")]

mod chain;
mod drive;
mod error;
mod folder;
mod fresh;
mod inline;
mod lock;
mod manifest;
mod network;
mod overview;
mod prices;
mod queue;
mod row;
mod run;
mod schema;
mod shared;
mod store;
mod writer;

pub use error::{LedgerError, LedgerErrorKind};
pub use folder::{Folder, FolderError};
pub use inline::{Commit, InlineLedger};
pub use lock::ledger_writer;
pub use manifest::{Manifest, ManifestEntry, ManifestError};
pub use network::network_file_system;
pub use overview::{
    AccountLook, Doubtful, Ended, Exchanges, LinkLeft, Lookout, Money, Overview, Span, StateCount,
    Sum, Times, Waits,
};
pub use prices::{Price, Prices};
pub use row::{Booked, Charged, Entry, ExchangeRow, Transition, UnknownCharged};
pub use run::{AccountTrouble, Event, Ran, RunError, RunOptions, Stop, Summary, run, run_inline};
pub use store::{Count, LedgerKind, Listed, PlannedLine, Planner, Standing, Store};

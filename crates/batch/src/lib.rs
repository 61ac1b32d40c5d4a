//! Many orders on one machine.
//!
//! The [`Store`] is the ledger: an SQLite file that knows every order, every transition and every
//! exchange. [`run`] drives a list of orders to their end: it takes a permit, makes the intent
//! durable, lets the client call, writes down what came of it, and puts the reports into a folder
//! with a manifest. Killed at any point and started again it goes on; an order that was caught in
//! mid-charge becomes `Uncertain` and is never sent again by itself.

mod chain;
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

#![doc = include_str!("../README.md")]
//!
//! # Never twice
//!
//! An engine for durable execution repeats a step whose result it did not get. So the right to make
//! a charging call lives in the memory of the one process that got ready for it ([`Book`]): it is
//! used up by the call, ends within seconds, and no replay finds it again. Such an order is
//! `Uncertain`, as one that a crash of a single machine left.

mod account;
mod book;
mod client;
mod error;
mod hands;
mod host;
mod identity;
mod journal;
mod metrics;
mod record;
mod restate;
mod shard;
mod shelf;
mod slots;
pub mod tick;

pub use account::{
    Account, AccountConfig, AccountView, Draw, Gate, Permit, PermitRequest, Report, Slots,
};
pub use book::Book;
pub use client::{Cluster, Found, Paused, Stranded};
pub use error::{ClusterError, ClusterErrorKind};
pub use hands::{Hands, Ready, Turn, VendorHands};
pub use host::{Counters, Host};
pub use identity::Identity;
pub use journal::{Journal, Tick};
pub use metrics::{Metrics, metrics, serve_metrics};
pub use record::{Books, Record, STATE_VERSION};
pub use restate::{Joining, Worker};
pub use shard::Shard;
pub use shelf::Shelf;
#[cfg(feature = "object-store")]
pub use shelf::{
    AccessKey, Flushed, ObjectShelf, StoreConfig, StoreConfigError, StoreCredentials, StoreError,
    StoreErrorKind, StoreService,
};

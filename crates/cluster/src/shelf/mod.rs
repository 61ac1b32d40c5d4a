//! Where reports are put: a folder that all workers share, or an object store.

mod folder;
mod health;
#[cfg(feature = "object-store")]
mod store;

use std::fmt;

use jindiao_client::{BoxFuture, Vendors};
use jindiao_order::{DownloadFailure, Order, StoredReport};
use jindiao_protocol::Link;

pub(crate) use health::ShelfHealth;
#[cfg(feature = "object-store")]
pub use store::{
    AccessKey, Flushed, ObjectShelf, StoreConfig, StoreConfigError, StoreCredentials, StoreError,
    StoreErrorKind, StoreService,
};

/// Where reports are put.
pub trait Shelf: fmt::Debug + Send + Sync + 'static {
    /// Its name, the same for all workers that share it.
    fn name(&self) -> String;

    /// Downloads the report of `order` and puts it here, whole and checked.
    fn store<'a>(
        &'a self,
        vendors: &'a Vendors,
        link: &'a Link,
        order: &'a Order,
    ) -> BoxFuture<'a, Result<StoredReport, DownloadFailure>>;

    /// Tries whether reports can be put here at the moment; if not, why, in one line.
    fn probe(&self) -> BoxFuture<'_, Result<(), String>>;
}

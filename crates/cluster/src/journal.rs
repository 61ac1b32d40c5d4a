//! What the steps of an order need of an engine for durable execution, and no more.

use std::future::Future;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::account::{Draw, Permit, PermitRequest, Report};
use crate::{Books, Record};

/// Asks an order to take its next steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// As long as the order still is in this epoch.
    pub epoch: u64,
    /// Whether it begins anew: with fresh patience, and with an account that a person has seen to.
    #[serde(default)]
    pub anew: bool,
}

/// One invocation of one order's virtual object: nobody else writes the object's state meanwhile.
///
/// An invocation may be cut off anywhere and begun anew, in this process or another. It then sees
/// the same state, and the results of the steps that were completed; everything else is done again.
/// So what is done between the steps must depend on nothing but them.
pub trait Journal: Send + Sync {
    /// How an invocation ends that cannot go on.
    type Stop: Send;

    /// Does `step` and remembers what came of it. When this is ready the result is durable, and
    /// everything that was told to the journal before.
    ///
    /// A step may be done again as long as its result is not durable, also at the same time.
    fn step<T, F>(
        &self,
        name: &'static str,
        step: F,
    ) -> impl Future<Output = Result<T, Self::Stop>> + Send
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: Future<Output = T> + Send + 'static;

    /// Waits, for a short while: the object does nothing else meanwhile.
    fn sleep(&self, duration: Duration) -> impl Future<Output = Result<(), Self::Stop>> + Send;

    /// The order, if there is one.
    fn record(&self) -> impl Future<Output = Result<Option<Record>, Self::Stop>> + Send;

    /// Its books.
    fn books(&self) -> impl Future<Output = Result<Books, Self::Stop>> + Send;

    /// Keeps the order.
    fn keep_record(&self, record: &Record);

    /// Keeps the text that orders are counted by.
    fn keep_status(&self, status: &str);

    /// Keeps its books.
    fn keep_books(&self, books: &Books);

    /// Has the order looked at after `delay`.
    fn tick_after(&self, tick: Tick, delay: Duration);

    /// Asks the vendor's account for leave to make a call.
    fn permit(
        &self,
        request: PermitRequest,
    ) -> impl Future<Output = Result<Permit, Self::Stop>> + Send;

    /// Draws slots for calls from the vendor's account, as many as one worker may have at once.
    fn draw(&self, request: PermitRequest)
    -> impl Future<Output = Result<Draw, Self::Stop>> + Send;

    /// Tells the vendor's account what came of a call.
    fn report(&self, vendor: jindiao_protocol::Vendor, report: Report);
}

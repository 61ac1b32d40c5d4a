//! What a worker does outside of itself: calls vendors and stores reports.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jindiao_client::{Asked, Attempt, BoxFuture, Permit, SendGuard, Time, Vendors};
use jindiao_order::{Call, DownloadFailure, Failure, Order, StoredReport};
use jindiao_protocol::{Advice, Delivery, Link, Vendor};
use jindiao_words::say;

use crate::Shelf;

/// How long a call waits for its turn among those of the same worker.
pub(crate) const TURN: Duration = Duration::from_secs(20);

/// What a worker does outside of itself. The real ones are [`VendorHands`]; tests bring their own.
pub trait Hands: fmt::Debug + Send + Sync + 'static {
    /// The clock.
    fn time(&self) -> &Arc<dyn Time>;

    /// Does what takes time before a call to `vendor`: a token, and a turn in this process.
    fn ready(&self, vendor: Vendor) -> BoxFuture<'_, Ready>;

    /// Makes one attempt of `call`; one that charges is not sent after the end of `guard`. A link in
    /// the answer is sealed: what comes back is written down.
    fn ask<'a>(&'a self, call: &'a Call, guard: Option<SendGuard>) -> BoxFuture<'a, Asked>;

    /// The vendor complained about this process's pace.
    fn slow_down(&self, vendor: Vendor, pause: Option<Duration>);

    /// Downloads the report of `order` and stores it.
    fn store<'a>(
        &'a self,
        link: &'a Link,
        order: &'a Order,
    ) -> BoxFuture<'a, Result<StoredReport, DownloadFailure>>;

    /// The name of the shelf that reports are stored on.
    fn shelf(&self) -> String;

    /// Tries whether reports can be stored at the moment; if not, why, in one line.
    fn probe_shelf(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// What came of getting ready.
#[derive(Debug)]
pub struct Ready {
    /// The turn, to be held during the call, or why there is none: then nothing was called.
    pub turn: Result<Option<Turn>, Failure>,
    /// The attempts that were made to get a token.
    pub token_attempts: Vec<Attempt>,
}

/// A turn among the calls of one process.
pub struct Turn(pub(crate) Permit);

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Turn")
    }
}

/// The vendors' accounts and a shelf.
#[derive(Debug)]
pub struct VendorHands {
    vendors: Vendors,
    shelf: Arc<dyn Shelf>,
}

impl VendorHands {
    /// These accounts, and this shelf. Every link that a vendor gives is sealed from here on.
    pub fn new(vendors: Vendors, shelf: Arc<dyn Shelf>) -> Self {
        Self {
            vendors: vendors.with_sealed_links(),
            shelf,
        }
    }
}

impl Hands for VendorHands {
    fn time(&self) -> &Arc<dyn Time> {
        self.vendors.client().time()
    }

    fn ready(&self, vendor: Vendor) -> BoxFuture<'_, Ready> {
        Box::pin(async move {
            let prepared = self.vendors.prepare(vendor).await;
            let turn = match prepared.result {
                Ok(()) => self.turn(vendor).await,
                Err(failure) => Err(failure),
            };
            Ready {
                turn: turn.map(Some),
                token_attempts: prepared.token_attempts,
            }
        })
    }

    fn ask<'a>(&'a self, call: &'a Call, guard: Option<SendGuard>) -> BoxFuture<'a, Asked> {
        Box::pin(self.vendors.ask(call, guard))
    }

    fn slow_down(&self, vendor: Vendor, pause: Option<Duration>) {
        if let Some(pace) = self.vendors.pace(vendor) {
            pace.slow_down(pause);
        }
    }

    fn store<'a>(
        &'a self,
        link: &'a Link,
        order: &'a Order,
    ) -> BoxFuture<'a, Result<StoredReport, DownloadFailure>> {
        self.shelf.store(&self.vendors, link, order)
    }

    fn shelf(&self) -> String {
        self.shelf.name()
    }

    fn probe_shelf(&self) -> BoxFuture<'_, Result<(), String>> {
        self.shelf.probe()
    }
}

impl VendorHands {
    /// The account's own pace holds in each process, too: what was permitted and then held up does
    /// not all go at once.
    async fn turn(&self, vendor: Vendor) -> Result<Turn, Failure> {
        let not_sent = |text: String, advice| {
            Failure::unanswered(vendor, "permit", Delivery::NeverSent, text).with_advice(advice)
        };
        let Some(pace) = self.vendors.pace(vendor) else {
            let text = say!("the worker has no account for {vendor}", vendor);
            return Err(not_sent(text.to_string(), Advice::FixAccount));
        };
        let time = self.time();
        tokio::select! {
            biased;
            permit = pace.permit() => permit
                .map(Turn)
                .map_err(|limit| not_sent(limit.to_string(), Advice::NextDay)),
            () = time.sleep(TURN) => {
                let text = say!(
                    "no turn within {seconds} s: the worker has too much to do",
                    seconds = TURN.as_secs()
                );
                Err(not_sent(text.to_string(), Advice::Retry))
            }
        }
    }
}

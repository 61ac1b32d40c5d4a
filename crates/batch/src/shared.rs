//! What all chains of a run share: the budget, the accounts' health, the output folder's.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering as Atomic};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jindiao_client::{Time, Vendors};
use jindiao_codes::Scope;
use jindiao_order::{Failure, Fen, Fence, Policy, Product, WaitReason};
use jindiao_protocol::{Advice, Timestamp, Vendor};

use crate::Manifest;
use crate::run::{AccountTrouble, Event, RunOptions, Stop};
use crate::writer::Writer;

/// What all chains of a run share.
pub(crate) struct Shared {
    pub(crate) writer: Writer,
    pub(crate) vendors: Arc<Vendors>,
    pub(crate) options: RunOptions,
    pub(crate) manifest: Manifest,
    pub(crate) time: Arc<dyn Time>,
    incarnation: String,
    nonce: AtomicU64,
    pub(crate) watch: Box<dyn Fn(Event) + Send + Sync>,
    pub(crate) stop: Stop,
    tally: Mutex<Tally>,
}

/// What the run has come to so far.
#[derive(Default)]
pub(crate) struct Tally {
    /// What charging calls under way may cost.
    reserved: Fen,
    /// What was charged, or may have been.
    pub(crate) charged: Fen,
    pub(crate) charges: u64,
    pub(crate) is_budget_spent: bool,
    gates: HashMap<(Vendor, Option<Product>), Gate>,
    /// The output folder cannot be written.
    disk: Option<String>,
    /// The ledger cannot be written.
    pub(crate) broken: Option<String>,
}

/// Why no new orders go to an account.
#[derive(Clone)]
pub(crate) enum Gate {
    Trouble(AccountTrouble),
    Until(Timestamp, WaitReason),
}

impl Tally {
    /// The accounts that need attention.
    pub(crate) fn troubles(self) -> Vec<AccountTrouble> {
        let troubles = self.gates.into_values().filter_map(|gate| match gate {
            Gate::Trouble(trouble) => Some(trouble),
            Gate::Until(..) => None,
        });
        troubles.collect()
    }
}

impl Shared {
    pub(crate) fn new(
        writer: Writer,
        vendors: Arc<Vendors>,
        options: RunOptions,
        watch: Box<dyn Fn(Event) + Send + Sync>,
        stop: Stop,
    ) -> std::io::Result<Self> {
        Ok(Self {
            writer,
            time: Arc::clone(vendors.client().time()),
            incarnation: incarnation()?,
            nonce: AtomicU64::new(0),
            manifest: Manifest::of(&options.folder),
            vendors,
            options,
            watch,
            stop,
            tally: Mutex::new(Tally::default()),
        })
    }

    /// What the run has come to, when it has ended, and the ledger's writer.
    pub(crate) fn finish(self) -> (Writer, RunOptions, Manifest, Tally) {
        let tally = self
            .tally
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        (self.writer, self.options, self.manifest, tally)
    }

    /// A fence that no intent had before.
    pub(crate) fn fence(&self) -> Fence {
        Fence {
            incarnation: self.incarnation.clone(),
            nonce: self.nonce.fetch_add(1, Atomic::Relaxed),
        }
    }

    /// The ledger cannot be written: nothing may be ordered any more.
    pub(crate) fn ledger_broke(&self, why: &str) {
        self.tally().broken.get_or_insert_with(|| why.to_owned());
    }

    /// Whether the ledger cannot be written.
    pub(crate) fn is_ledger_broken(&self) -> bool {
        self.tally().broken.is_some()
    }

    /// The output folder cannot be written: nothing new may be ordered.
    pub(crate) fn disk_broke(&self, why: &str) {
        self.tally().disk = Some(why.to_owned());
    }

    /// Why the output folder cannot be written.
    pub(crate) fn broken_disk(&self) -> Option<String> {
        self.tally().disk.clone()
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        // The tally is whole between any two statements.
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn policy(&self, product: Product) -> Policy {
        self.options
            .policies
            .get(&product)
            .cloned()
            .unwrap_or_else(|| Policy::of(product))
    }

    /// Why no new order of `product` may be made now.
    pub(crate) fn closed(&self, product: Product) -> Option<Gate> {
        let now = self.time.now();
        let tally = self.tally();
        [(product.vendor(), None), (product.vendor(), Some(product))]
            .iter()
            .filter_map(|key| tally.gates.get(key))
            .find(|gate| !matches!(gate, Gate::Until(until, _) if *until <= now))
            .cloned()
    }

    /// Closes an account or slows it down, where a failure says so.
    pub(crate) fn heed(&self, product: Product, failure: &Failure, retry_after: Option<Duration>) {
        let vendor = product.vendor();
        let refusal = failure.refusal();
        let scope = refusal
            .code
            .as_ref()
            .map_or(Scope::Account, |code| code.scope_at(&refusal.exchange));
        let key = match scope {
            Scope::Account | Scope::Platform => (vendor, None),
            Scope::Endpoint => (vendor, Some(product)),
            _ => return self.heed_pace(vendor, failure, retry_after),
        };
        match failure.advice() {
            Advice::FixAccount => {
                let trouble = AccountTrouble {
                    vendor,
                    product: key.1,
                    refusal: refusal.clone(),
                };
                let before = self
                    .tally()
                    .gates
                    .insert(key, Gate::Trouble(trouble.clone()));
                if !matches!(before, Some(Gate::Trouble(_))) {
                    (self.watch)(Event::Paused(trouble));
                }
            }
            Advice::NextDay => self.rest(
                key,
                self.time.now().next_china_midnight(),
                WaitReason::NextDay,
            ),
            _ => self.heed_pace(vendor, failure, retry_after),
        }
    }

    fn heed_pace(&self, vendor: Vendor, failure: &Failure, retry_after: Option<Duration>) {
        if failure.advice() == Advice::SlowDown
            && let Some(pace) = self.vendors.pace(vendor)
        {
            pace.slow_down(retry_after);
        }
    }

    pub(crate) fn rest(&self, key: (Vendor, Option<Product>), until: Timestamp, why: WaitReason) {
        let mut tally = self.tally();
        let is_known = match tally.gates.get(&key) {
            Some(Gate::Trouble(_)) => return,
            Some(Gate::Until(known, _)) => *known >= until,
            None => false,
        };
        if !is_known {
            tally.gates.insert(key, Gate::Until(until, why));
            drop(tally);
            (self.watch)(Event::Resting {
                vendor: key.0,
                until,
                why,
            });
        }
    }

    /// Sets `price` aside, if the budget has it.
    pub(crate) fn reserve(&self, price: Fen) -> bool {
        let mut tally = self.tally();
        let would_be = tally.charged + tally.reserved + price;
        if self.options.max_cost.is_some_and(|most| would_be > most) {
            tally.is_budget_spent = true;
            return false;
        }
        tally.reserved = tally.reserved + price;
        true
    }

    /// What was set aside is charged after all, or is not.
    pub(crate) fn settle(&self, price: Fen, is_charged: bool) {
        let mut tally = self.tally();
        tally.reserved = tally.reserved.minus(price);
        if is_charged {
            tally.charged = tally.charged + price;
            tally.charges += 1;
        }
    }
}

/// A name that no other process ever had.
fn incarnation() -> std::io::Result<String> {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(hex::encode(bytes))
}

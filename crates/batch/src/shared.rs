//! What all chains of a run share: the budget, the accounts' health, the output folder's.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering as Atomic};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jindiao_client::{Time, Vendors};
use jindiao_order::{Concern, Failure, Fen, Fence, Flow, Policy, Product, Refusal, WaitReason};
use jindiao_protocol::{Effect, Timestamp, Vendor};
use jindiao_words::{Message, Say, say};

use crate::manifest::Appender;
use crate::run::{AccountTrouble, Event, RunOptions, Stop};
use crate::writer::{Failed, Writer};
use crate::{Manifest, ManifestEntry};

/// What all chains of a run share.
pub(crate) struct Shared {
    pub(crate) writer: Writer,
    pub(crate) vendors: Arc<Vendors>,
    pub(crate) options: RunOptions,
    manifest: Manifest,
    /// The manifest, open since the first report was stored.
    appender: Mutex<Option<Appender>>,
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
    /// When the first of the orders goes on that wait for longer than the run.
    pub(crate) waits_until: Option<Timestamp>,
    gates: HashMap<(Vendor, Option<Product>), Gate>,
    /// Until when it was said that an account has no calls left of those that it may make in a day.
    out_of_calls: HashMap<Vendor, Timestamp>,
    /// The output folder cannot be written.
    disk: Option<String>,
    /// The ledger cannot be written.
    pub(crate) broken: Option<Message>,
}

/// What an account is closed for.
struct Gate {
    why: Closed,
    /// Whether a call that charges nothing was turned away, too: then no order is asked for.
    /// Else what is paid for is still fetched.
    is_for_reads: bool,
}

/// Why nothing goes to an account.
#[derive(Clone)]
pub(crate) enum Closed {
    Trouble(AccountTrouble),
    Until(Timestamp, WaitReason),
}

/// Whether new orders of a product may be looked at.
pub(crate) enum Turn {
    Now,
    /// Not before then.
    Later(Timestamp, WaitReason),
    /// The budget does not have what one costs.
    Spent(Fen),
    /// It would not if all that is under way is charged: when that has landed.
    Busy(Fen),
    /// Not in this run.
    Never(String),
}

/// Why an order is left that costs so much.
pub(crate) fn beyond_budget(price: Fen) -> String {
    say!(
        "the budget does not have the {price} yuan that it costs",
        price
    )
    .to_string()
}

/// Why an order is left that the run would have gone on with.
pub(crate) fn interrupted() -> String {
    say!("interrupted").to_string()
}

impl AccountTrouble {
    /// Why an order is left that a call with this effect was to be made for.
    pub(crate) fn keeps_from(&self, effect: Effect) -> String {
        let why = &self.refusal.text;
        let kept = match effect {
            Effect::Charge => say!("not ordered, since the account needs attention: {why}", why),
            Effect::Read => say!(
                "not asked for, since the account needs attention: {why}",
                why
            ),
        };
        kept.to_string()
    }
}

impl Tally {
    fn close(&mut self, key: (Vendor, Option<Product>), why: Closed, effect: Effect) {
        let was_for_reads = self.gates.get(&key).is_some_and(|gate| gate.is_for_reads);
        let is_for_reads = was_for_reads || effect == Effect::Read;
        self.gates.insert(key, Gate { why, is_for_reads });
    }

    /// The accounts that need attention. One that needs it as a whole is named once.
    pub(crate) fn troubles(&self) -> Vec<AccountTrouble> {
        let troubles = self.gates.values().filter_map(|gate| match &gate.why {
            Closed::Trouble(trouble) => Some(trouble.clone()),
            Closed::Until(..) => None,
        });
        let mut troubles: Vec<_> = troubles.collect();
        troubles.sort_by_key(|trouble| (trouble.vendor, trouble.product));
        // The whole account (`None`) stands before its products.
        troubles.dedup_by(|next, first| next.vendor == first.vendor && first.product.is_none());
        troubles
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
            appender: Mutex::default(),
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

    /// Adds a stored report to the manifest at once; the end of the run writes it anew.
    pub(crate) fn list(&self, entry: &ManifestEntry) {
        let mut appender = self.appender.lock().unwrap_or_else(PoisonError::into_inner);
        let added = match &mut *appender {
            Some(appender) => appender.add(entry),
            None => self
                .manifest
                .append()
                .and_then(|opened| appender.insert(opened).add(entry)),
        };
        if let Err(error) = added {
            tracing::warn!(%error, "the manifest cannot be written now");
        }
    }

    /// The ledger cannot be written: nothing may be ordered any more.
    pub(crate) fn ledger_broke(&self, why: &Failed) {
        self.tally().broken.get_or_insert_with(|| why.say());
    }

    /// Whether the ledger cannot be written.
    pub(crate) fn is_ledger_broken(&self) -> bool {
        self.tally().broken.is_some()
    }

    /// The output folder cannot be written: nothing new may be ordered.
    pub(crate) fn disk_broke(&self, why: &str) {
        self.tally().disk = Some(why.to_owned());
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

    /// Why no call with this effect may be made for `product` now, as far as the vendor said.
    pub(crate) fn closed(&self, product: Product, effect: Effect) -> Option<Closed> {
        let now = self.time.now();
        let tally = self.tally();
        [(product.vendor(), None), (product.vendor(), Some(product))]
            .iter()
            .filter_map(|key| tally.gates.get(key))
            .filter(|gate| effect == Effect::Charge || gate.is_for_reads)
            .map(|gate| &gate.why)
            .find(|why| !matches!(why, Closed::Until(until, _) if *until <= now))
            .cloned()
    }

    /// Whether a new order of `product` may be looked at now: so that a budget that is spent, or an
    /// account that is closed, is not asked for each of a million orders.
    pub(crate) fn turn(&self, product: Product) -> Turn {
        let effect = match product.flow() {
            Flow::Free => Effect::Read,
            _ => Effect::Charge,
        };
        let vendor = product.vendor();
        if self.vendors.pace(vendor).is_none() {
            return Turn::Never(say!("there is no account for {vendor}", vendor).to_string());
        }
        if effect == Effect::Charge
            && let Some(why) = self.no_room()
        {
            return Turn::Never(why);
        }
        match self.closed(product, effect) {
            Some(Closed::Trouble(trouble)) => return Turn::Never(trouble.keeps_from(effect)),
            Some(Closed::Until(until, why)) => return Turn::Later(until, why),
            None => {}
        }
        if let Some(until) = self.out_of_calls(vendor) {
            return Turn::Later(until, WaitReason::NextDay);
        }
        if effect == Effect::Read {
            return Turn::Now;
        }
        let price = self.options.prices.of(product).fen;
        let tally = self.tally();
        let is_over = |sum: Fen| self.options.max_cost.is_some_and(|most| sum > most);
        if is_over(tally.charged + price) {
            Turn::Spent(price)
        } else if is_over(tally.charged + tally.reserved + price) {
            Turn::Busy(price)
        } else {
            Turn::Now
        }
    }

    /// Why nothing new may be ordered, where the output folder cannot be written.
    pub(crate) fn no_room(&self) -> Option<String> {
        let disk = self.tally().disk.clone();
        disk.map(|why| say!("not ordered, since reports cannot be stored: {why}", why).to_string())
    }

    /// New orders are left because of the budget.
    pub(crate) fn budget_is_spent(&self) {
        self.tally().is_budget_spent = true;
    }

    /// Closes an account or slows it down, where the failure of a call with this effect says so.
    pub(crate) fn heed(
        &self,
        product: Product,
        effect: Effect,
        failure: &Failure,
        retry_after: Option<Duration>,
    ) {
        let vendor = product.vendor();
        match failure.concern(product) {
            Some(Concern::Trouble(_)) => self.pause(product, effect, failure.refusal()),
            Some(Concern::DaySpent(reach)) => {
                let midnight = self.time.now().next_china_midnight();
                let key = (vendor, reach.product());
                self.rest(key, effect, midnight, WaitReason::NextDay);
            }
            Some(Concern::TooFast) => {
                if let Some(pace) = self.vendors.pace(vendor) {
                    pace.slow_down(retry_after);
                }
            }
            None => {}
        }
    }

    /// Closes an account, or one product of it, until a person has seen to it.
    pub(crate) fn pause(&self, product: Product, effect: Effect, refusal: &Refusal) {
        let Some(reach) = refusal.reach(product) else {
            return;
        };
        let key = (product.vendor(), reach.product());
        let trouble = AccountTrouble {
            vendor: key.0,
            product: key.1,
            refusal: refusal.clone(),
        };
        let is_news = {
            let mut tally = self.tally();
            let gate = tally.gates.get(&key);
            let is_news = !gate.is_some_and(|gate| matches!(gate.why, Closed::Trouble(_)));
            tally.close(key, Closed::Trouble(trouble.clone()), effect);
            is_news
        };
        if is_news {
            (self.watch)(Event::Paused(trouble));
        }
    }

    /// A call with this effect was told to come back at `until`.
    pub(crate) fn rest(
        &self,
        key: (Vendor, Option<Product>),
        effect: Effect,
        until: Timestamp,
        why: WaitReason,
    ) {
        let is_news = {
            let mut tally = self.tally();
            let is_news = match tally.gates.get(&key).map(|gate| &gate.why) {
                Some(Closed::Trouble(_)) => return,
                Some(Closed::Until(known, _)) => *known < until,
                None => true,
            };
            tally.close(key, Closed::Until(until, why), effect);
            is_news
        };
        if is_news {
            self.tell_of_rest(key.0, until, why);
        }
    }

    /// Until when an account has no calls left of those that we allow it in a day. This is no gate:
    /// whoever holds the permit of the day's last call makes it, and one that is given back is had
    /// by another order.
    pub(crate) fn out_of_calls(&self, vendor: Vendor) -> Option<Timestamp> {
        let left = self.vendors.pace(vendor)?.left_today()?;
        if left > 0 {
            return None;
        }
        let until = self.time.now().next_china_midnight();
        let said = self.tally().out_of_calls.insert(vendor, until);
        if said != Some(until) {
            self.tell_of_rest(vendor, until, WaitReason::NextDay);
        }
        Some(until)
    }

    fn tell_of_rest(&self, vendor: Vendor, until: Timestamp, why: WaitReason) {
        (self.watch)(Event::Resting { vendor, until, why });
    }

    /// Something is left to be done, and only after `until`.
    pub(crate) fn waits(&self, until: Timestamp) {
        let mut tally = self.tally();
        let earliest = tally.waits_until.map_or(until, |known| known.min(until));
        tally.waits_until = Some(earliest);
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

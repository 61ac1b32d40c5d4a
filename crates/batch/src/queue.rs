//! Who is next: what is paid for before what is new, then the earliest.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};

use jindiao_client::{PaceLimits, Vendors};
use jindiao_order::{Input, Product, WaitReason};
use jindiao_protocol::{Timestamp, Vendor};

use crate::store::Row;

/// How many orders of one vendor are under way at once where its pace does not say.
const IN_FLIGHT: usize = 16;

/// An order to look at: as small as can be, since a million may wait for their vendor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    pub(crate) row: Row,
    pub(crate) due: Timestamp,
    pub(crate) product: Product,
    /// Whether nothing was charged for it yet: what is paid for goes first.
    pub(crate) is_new: bool,
    pub(crate) why: WaitReason,
    pub(crate) news: News,
}

/// What an order is told when it is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum News {
    /// Its time has come.
    Due,
    /// Another run found it.
    Found,
    /// Its account may be in order again.
    AccountOpen,
    /// Its file is gone.
    FileLost,
}

impl News {
    pub(crate) fn input(self) -> Input {
        match self {
            Self::Due => Input::Look,
            Self::Found => Input::Found,
            Self::AccountOpen => Input::AccountOpen,
            Self::FileLost => Input::FileLost,
        }
    }
}

/// The orders that are to be looked at, the most urgent first. New orders that nobody came to yet
/// are none of them.
pub(crate) struct Queue {
    /// What is due, by vendor: what is paid for before what is new, then by time.
    ready: BTreeMap<Vendor, BinaryHeap<Reverse<Urgent>>>,
    /// What is not due yet.
    timers: BinaryHeap<Reverse<Timed>>,
    /// How many of the timers are worth waiting for.
    short: usize,
    limits: BTreeMap<Vendor, usize>,
    in_flight: BTreeMap<Vendor, usize>,
}

impl Queue {
    pub(crate) fn new(vendors: &Vendors) -> Self {
        let limit = |vendor: Vendor| {
            let limits = vendors.pace(vendor).map(jindiao_client::Pace::limits);
            // One more than may call, so that a download keeps no call from being made.
            limits
                .and_then(PaceLimits::concurrency)
                .map_or(IN_FLIGHT, |calls| calls.get().saturating_mul(2))
        };
        Self {
            ready: BTreeMap::new(),
            timers: BinaryHeap::new(),
            short: 0,
            limits: Vendor::ALL
                .into_iter()
                .map(|vendor| (vendor, limit(vendor)))
                .collect(),
            in_flight: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, job: Job, now: Timestamp) {
        if job.due <= now {
            self.make_ready(job);
        } else {
            self.short += usize::from(is_short(job.why));
            self.timers.push(Reverse(Timed(job)));
        }
    }

    fn make_ready(&mut self, job: Job) {
        let ready = self.ready.entry(job.product.vendor()).or_default();
        ready.push(Reverse(Urgent(job)));
    }

    /// The next order to look at, if there is one that is due and whose vendor has room.
    pub(crate) fn pop(&mut self, now: Timestamp) -> Option<Job> {
        while let Some(Reverse(Timed(job))) = self.timers.peek().copied() {
            if job.due > now {
                break;
            }
            self.timers.pop();
            self.short -= usize::from(is_short(job.why));
            self.make_ready(job);
        }
        for vendor in Vendor::ALL {
            if self.has_room(vendor)
                && let Some(Reverse(Urgent(job))) =
                    self.ready.get_mut(&vendor).and_then(BinaryHeap::pop)
            {
                self.takes_off(vendor);
                return Some(job);
            }
        }
        None
    }

    /// Whether another order of `vendor` may be under way.
    pub(crate) fn has_room(&self, vendor: Vendor) -> bool {
        let in_flight = self.in_flight.get(&vendor).copied().unwrap_or(0);
        in_flight < self.limits.get(&vendor).copied().unwrap_or(IN_FLIGHT)
    }

    /// An order of `vendor` is under way.
    pub(crate) fn takes_off(&mut self, vendor: Vendor) {
        *self.in_flight.entry(vendor).or_default() += 1;
    }

    /// An order of `vendor` is not under way any more.
    pub(crate) fn landed(&mut self, vendor: Vendor) {
        if let Some(n) = self.in_flight.get_mut(&vendor) {
            *n = n.saturating_sub(1);
        }
    }

    /// When the next order is due that is not due yet.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.timers.peek().map(|Reverse(Timed(job))| job.due)
    }

    /// Whether something is left that a run waits for in any case.
    pub(crate) fn has_short_waits(&self) -> bool {
        self.short > 0
    }

    /// How many orders are not due yet.
    pub(crate) fn waiting(&self) -> usize {
        self.timers.len()
    }

    /// The vendors that something is to be asked of.
    pub(crate) fn vendors(&self) -> impl Iterator<Item = Vendor> {
        let timed = self
            .timers
            .iter()
            .map(|Reverse(Timed(job))| job.product.vendor());
        self.ready.keys().copied().chain(timed)
    }

    /// What is left when the run ends.
    pub(crate) fn drain(self) -> impl Iterator<Item = Job> {
        let ready = self.ready.into_values().flatten();
        let ready = ready.map(|Reverse(Urgent(job))| job);
        ready.chain(self.timers.into_iter().map(|Reverse(Timed(job))| job))
    }
}

/// Whether a run waits for it in any case.
fn is_short(why: WaitReason) -> bool {
    matches!(why, WaitReason::Poll | WaitReason::Backoff)
}

/// A job among those that are due: what is paid for, then the earliest, then as it was planned.
#[derive(Debug, Clone, Copy)]
struct Urgent(Job);

/// A job among those that are not due yet.
#[derive(Debug, Clone, Copy)]
struct Timed(Job);

impl Urgent {
    fn key(&self) -> (bool, Timestamp, Row) {
        (self.0.is_new, self.0.due, self.0.row)
    }
}

impl Timed {
    fn key(&self) -> (Timestamp, Row) {
        (self.0.due, self.0.row)
    }
}

macro_rules! by_key {
    ($($name:ident)*) => {$(
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.key() == other.key()
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.key().cmp(&other.key())
            }
        }
    )*};
}

by_key!(Urgent Timed);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_orders_that_wait_take_little_memory() {
        assert!(size_of::<Job>() <= 24, "{}", size_of::<Job>());
    }
}

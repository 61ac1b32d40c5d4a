//! Who is next: what is paid for before what is new, then the earliest.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use jindiao_client::{PaceLimits, Vendors};
use jindiao_order::{Input, OrderId, WaitReason};
use jindiao_protocol::{Timestamp, Vendor};

/// How many orders of one vendor are under way at once where its pace does not say.
const IN_FLIGHT: usize = 16;

/// An order to look at.
pub(crate) struct Job {
    pub(crate) id: OrderId,
    pub(crate) vendor: Vendor,
    /// Whether nothing was charged for it yet: what is paid for goes first.
    pub(crate) is_new: bool,
    pub(crate) due: Timestamp,
    pub(crate) why: WaitReason,
    pub(crate) input: Input,
}

/// What is due of one vendor: what is paid for first, then by time, then as it came.
type Ready = BinaryHeap<Reverse<(bool, Timestamp, u64)>>;

/// The orders that are to be looked at, the most urgent first.
pub(crate) struct Queue {
    jobs: HashMap<u64, Job>,
    next: u64,
    /// What is due, by vendor: what is paid for before what is new, then by time.
    ready: BTreeMap<Vendor, Ready>,
    /// What is not due yet.
    timers: BinaryHeap<Reverse<(Timestamp, u64)>>,
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
            jobs: HashMap::new(),
            next: 0,
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
        let n = self.next;
        self.next += 1;
        if job.due <= now {
            self.ready
                .entry(job.vendor)
                .or_default()
                .push(Reverse((job.is_new, job.due, n)));
        } else {
            self.short += usize::from(is_short(job.why));
            self.timers.push(Reverse((job.due, n)));
        }
        self.jobs.insert(n, job);
    }

    /// The next order to look at, if there is one that is due and whose vendor has room.
    pub(crate) fn pop(&mut self, now: Timestamp) -> Option<Job> {
        while let Some(Reverse((due, n))) = self.timers.peek().copied() {
            if due > now {
                break;
            }
            self.timers.pop();
            if let Some(job) = self.jobs.get(&n) {
                self.short -= usize::from(is_short(job.why));
                self.ready
                    .entry(job.vendor)
                    .or_default()
                    .push(Reverse((job.is_new, due, n)));
            }
        }
        for (vendor, ready) in &mut self.ready {
            let in_flight = self.in_flight.entry(*vendor).or_default();
            if *in_flight < self.limits.get(vendor).copied().unwrap_or(IN_FLIGHT)
                && let Some(Reverse((_, _, n))) = ready.pop()
                && let Some(job) = self.jobs.remove(&n)
            {
                *in_flight += 1;
                return Some(job);
            }
        }
        None
    }

    /// When the next order is due that is not due yet.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.timers.peek().map(|Reverse((due, _))| *due)
    }

    /// Whether something is left that a run waits for in any case.
    pub(crate) fn has_short_waits(&self) -> bool {
        self.short > 0
    }

    /// How many orders are not due yet.
    pub(crate) fn waiting(&self) -> usize {
        self.timers.len()
    }

    /// An order of `vendor` is not under way any more.
    pub(crate) fn landed(&mut self, vendor: Vendor) {
        if let Some(n) = self.in_flight.get_mut(&vendor) {
            *n = n.saturating_sub(1);
        }
    }

    /// What is left when the run ends.
    pub(crate) fn drain(self) -> impl Iterator<Item = Job> {
        self.jobs.into_values()
    }
}

/// Whether a run waits for it in any case.
fn is_short(why: WaitReason) -> bool {
    matches!(why, WaitReason::Poll | WaitReason::Backoff)
}

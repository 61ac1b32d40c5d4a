//! The time of the world and what the machine's clock shows of it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jindiao_client::{BoxFuture, Time};
use jindiao_protocol::Timestamp;
use tokio::time::Instant;

/// The clocks of one incarnation, on tokio's paused time.
///
/// The vendors live in true time. The machine's wall clock is off by its skew, which may jump; its
/// monotonic clock stands still while the machine sleeps.
#[derive(Debug)]
pub(crate) struct WorldClock {
    start: Instant,
    /// True time, in milliseconds since the epoch, when the monotonic clock showed zero.
    origin: AtomicI64,
    skew: AtomicI64,
}

impl WorldClock {
    /// The clocks of an incarnation that begins at the true time `origin`.
    pub(crate) fn new(origin: i64, skew: i64) -> Self {
        Self {
            start: Instant::now(),
            origin: AtomicI64::new(origin),
            skew: AtomicI64::new(skew),
        }
    }

    /// True time in milliseconds since the epoch.
    pub(crate) fn truth(&self) -> i64 {
        let elapsed = i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.origin.load(Ordering::Relaxed).saturating_add(elapsed)
    }

    /// By how much the wall clock is off, in milliseconds.
    pub(crate) fn skew(&self) -> i64 {
        self.skew.load(Ordering::Relaxed)
    }

    /// Sets the wall clock forwards or back.
    pub(crate) fn set(&self, by: i64) {
        self.skew.fetch_add(by, Ordering::Relaxed);
    }

    /// The machine sleeps: the world goes on, the monotonic clock does not.
    pub(crate) fn suspend(&self, ms: i64) {
        self.origin.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Time for WorldClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.truth().saturating_add(self.skew()))
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

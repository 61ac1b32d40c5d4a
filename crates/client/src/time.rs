//! The one place that asks a clock: wall time, monotonic time and sleep, as one trait.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jindiao_protocol::Timestamp;
use tokio::time::Instant;

use crate::BoxFuture;

/// What the time is, and waiting for a later one.
///
/// Everything above gets its time from here, so that tests and simulations bring their own.
pub trait Time: fmt::Debug + Send + Sync + 'static {
    /// The time of day. It may jump.
    fn now(&self) -> Timestamp;

    /// The time since some fixed moment of this process. It never goes back.
    ///
    /// While the machine sleeps it may stand still: what must not outlive a sleep is checked
    /// against [`Time::now`] too.
    fn monotonic(&self) -> Duration;

    /// Waits until at least `duration` of monotonic time has gone by.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;
}

/// The clock of the machine, with tokio's timers.
#[derive(Debug, Clone)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// The clock; its monotonic time begins now.
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Time for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else is given"
    )]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::EPOCH.plus(since)
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock that starts where it is told and runs with tokio's timers.
///
/// With tokio's paused time its days pass at once: for tests and simulations.
#[derive(Debug, Clone)]
pub struct VirtualClock {
    origin: Timestamp,
    start: Instant,
}

impl VirtualClock {
    /// A clock that shows `origin` now.
    pub fn starting_at(origin: Timestamp) -> Self {
        Self {
            origin,
            start: Instant::now(),
        }
    }
}

impl Time for VirtualClock {
    fn now(&self) -> Timestamp {
        self.origin.plus(self.monotonic())
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_is_after_the_day_it_was_written() {
        let then: Timestamp = "2026-01-01T00:00:00Z".parse().expect("an instant");
        assert!(SystemClock::new().now() > then);
    }

    #[tokio::test(start_paused = true)]
    async fn virtual_days_pass_at_once() {
        let clock = VirtualClock::starting_at(Timestamp::from_unix_seconds(1_700_000_000));
        clock.sleep(Duration::from_secs(86_400)).await;
        assert!(clock.monotonic() >= Duration::from_secs(86_400));
        assert!(clock.now() >= Timestamp::from_unix_seconds(1_700_086_400));
    }
}

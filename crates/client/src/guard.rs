//! Permission to send that runs out: a process that slept must not wake up and pay.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jindiao_protocol::Timestamp;

use crate::Time;

/// How long a durable intent allows its one call to be sent.
///
/// It ends on the monotonic clock and on the wall clock, whichever comes first: on many systems
/// the monotonic clock stands still while the machine sleeps, and the wall clock can be set back.
/// An end that comes too early costs nothing, for the call is then surely not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendGuard {
    not_after: Duration,
    not_after_wall: Timestamp,
}

impl SendGuard {
    /// Allows sending for `life` from now on.
    pub fn new(time: &dyn Time, life: Duration) -> Self {
        Self {
            not_after: time.monotonic().saturating_add(life),
            not_after_wall: time.now().plus(life),
        }
    }

    /// Whether sending is allowed no more.
    pub fn is_expired(&self, time: &dyn Time) -> bool {
        time.monotonic() > self.not_after || time.now() > self.not_after_wall
    }
}

/// A last question before the first byte of a request: may it still be sent?
///
/// A transport asks it as late as it can, after connecting. Where the answer is no it sends
/// nothing and gives [`TransportError::too_late`](crate::TransportError::too_late).
#[derive(Clone, Default)]
pub struct Gate(Option<Arc<dyn Fn() -> bool + Send + Sync>>);

impl Gate {
    /// A gate that is always open.
    pub fn open() -> Self {
        Self(None)
    }

    /// A gate that is open while `guard` lives.
    pub fn guarded(guard: SendGuard, time: Arc<dyn Time>) -> Self {
        Self(Some(Arc::new(move || !guard.is_expired(&*time))))
    }

    /// Whether the request may still be sent.
    pub fn is_open(&self) -> bool {
        self.0.as_ref().is_none_or(|ask| ask())
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Gate(guarded)"
        } else {
            "Gate(open)"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BoxFuture, VirtualClock};

    /// A machine whose monotonic clock stands still while it sleeps.
    #[derive(Debug)]
    struct Asleep(Timestamp);

    impl Time for Asleep {
        fn now(&self) -> Timestamp {
            self.0
        }
        fn monotonic(&self) -> Duration {
            Duration::ZERO
        }
        fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
            Box::pin(std::future::ready(()))
        }
    }

    const NOON: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

    #[tokio::test(start_paused = true)]
    async fn it_ends_with_its_life() {
        let time = Arc::new(VirtualClock::starting_at(NOON));
        let guard = SendGuard::new(&*time, Duration::from_secs(2));
        let gate = Gate::guarded(guard, time.clone());
        assert!(!guard.is_expired(&*time) && gate.is_open());
        time.sleep(Duration::from_secs(3)).await;
        assert!(guard.is_expired(&*time) && !gate.is_open());
        assert!(Gate::open().is_open());
    }

    #[test]
    fn a_machine_that_slept_may_not_send() {
        let guard = SendGuard::new(&Asleep(NOON), Duration::from_secs(2));
        assert!(!guard.is_expired(&Asleep(NOON.plus(Duration::from_secs(1)))));
        assert!(guard.is_expired(&Asleep(NOON.plus(Duration::from_secs(600)))));
    }
}

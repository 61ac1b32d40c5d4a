//! How patient an order is.

use std::time::Duration;

use crate::Product;

/// The time limits and attempt limits of one order, as values.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// How long an intent may be acted on. Seconds: a process that slept must not wake up and pay.
    pub intent_life: Duration,
    /// How often the vendor is asked whether a report is ready.
    pub poll_interval: Duration,
    /// How long a run waits for a report before it leaves it to the next run.
    pub poll_timeout: Duration,
    /// The pauses between attempts that failed.
    pub backoff: Backoff,
    /// How often a run tries to place an order while the vendor surely did nothing.
    pub place_attempts: u32,
    /// How often in a row a run asks in vain for the state of an order.
    pub ask_attempts: u32,
    /// How often a run tries to download.
    pub download_attempts: u32,
    /// How long after placing an order the vendor may say that it does not know it.
    pub unknown_grace: Duration,
    /// What becomes of a doubt whether an order was placed.
    pub on_uncertain: OnUncertain,
    /// How long a doubtful call is left alone before the order is made again by itself: at least
    /// the life of an intent, the time that a call may take, and what clocks may differ by.
    pub again_grace: Duration,
}

/// What becomes of an order when nobody knows whether it was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnUncertain {
    /// It waits for a person.
    #[default]
    Hold,
    /// It is made again by itself, once: its owner prefers a second charge to a question. A second
    /// doubt waits for a person.
    OrderAgain,
}

/// How long an intent lives where nobody has said.
const INTENT_LIFE: Duration = Duration::from_secs(5);
/// What the clocks of two processes may differ by.
const SKEW: Duration = Duration::from_secs(10);
/// How long a call may take where nobody has said.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

impl Policy {
    /// The policy for `product` where the user has said nothing.
    pub fn of(product: Product) -> Self {
        Self {
            intent_life: INTENT_LIFE,
            poll_interval: product.poll_interval(),
            poll_timeout: product.poll_timeout(),
            backoff: Backoff::default(),
            place_attempts: 5,
            ask_attempts: 8,
            download_attempts: 5,
            unknown_grace: Duration::from_secs(120),
            on_uncertain: OnUncertain::Hold,
            again_grace: again_grace(INTENT_LIFE, REQUEST_TIMEOUT),
        }
    }

    /// The same with another interval between polls.
    #[must_use]
    pub fn with_poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval;
        self
    }

    /// The same with another limit to waiting.
    #[must_use]
    pub fn with_poll_timeout(mut self, timeout: Duration) -> Self {
        self.poll_timeout = timeout;
        self
    }

    /// The same with orders that are made again after a doubt, where calls may take
    /// `request_timeout`.
    #[must_use]
    pub fn ordering_again(mut self, request_timeout: Duration) -> Self {
        self.on_uncertain = OnUncertain::OrderAgain;
        self.again_grace = again_grace(self.intent_life, request_timeout);
        self
    }

    /// The same with other pauses after failures.
    #[must_use]
    pub fn with_backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }
}

/// After what time nothing of a call can be under way any more.
fn again_grace(intent_life: Duration, request_timeout: Duration) -> Duration {
    let call = intent_life.saturating_add(request_timeout);
    call.saturating_add(SKEW)
}

/// Pauses that double from `first` up to `most`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The pause after the first failure.
    pub first: Duration,
    /// The longest pause.
    pub most: Duration,
}

impl Backoff {
    /// The pause after `failures` failures in a row.
    pub fn pause(self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(30);
        self.first.saturating_mul(1 << doublings).min(self.most)
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            most: Duration::from_secs(60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubt_is_left_alone_for_as_long_as_a_call_can_take() {
        let policy = Policy::of(Product::QccSnapshot);
        assert_eq!(policy.on_uncertain, OnUncertain::Hold);
        let grace = policy
            .ordering_again(Duration::from_secs(60))
            .again_grace
            .as_secs();
        assert_eq!(grace, 5 + 60 + 10);
    }

    #[test]
    fn pauses_double_and_end() {
        let pause = |n| Backoff::default().pause(n).as_secs();
        assert_eq!(
            [
                pause(0),
                pause(1),
                pause(2),
                pause(5),
                pause(7),
                pause(u32::MAX)
            ],
            [1, 1, 2, 16, 60, 60]
        );
    }
}

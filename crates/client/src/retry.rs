//! When a call is made again, and after how long: policies are values.

use std::time::Duration;

use jindiao_codes::Outcome;
use jindiao_protocol::{Advice, Delivery, Effect};

use crate::{CallError, CallErrorKind};

/// When [`Client::send`](crate::Client::send) makes a call again.
///
/// What may be repeated at all is no matter of policy: a `Charge` only when it was surely never
/// sent, or when the vendor answered that nothing was done and that it may be tried again. The
/// policy only bounds how often and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    attempt_limit: u32,
    time_limit: Duration,
    first_pause: Duration,
    longest_pause: Duration,
}

impl Default for RetryPolicy {
    /// Four attempts within a minute; pauses from half a second, doubling, up to 10 s.
    fn default() -> Self {
        Self {
            attempt_limit: 4,
            time_limit: Duration::from_secs(60),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(10),
        }
    }
}

/// What a policy says about a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not again.
    Stop,
    /// Again, after this pause.
    After(Duration),
}

impl RetryPolicy {
    /// One attempt, whatever comes.
    pub fn never() -> Self {
        Self::default().with_attempt_limit(1)
    }

    /// At most so many attempts in all; 0 is read as 1.
    #[must_use]
    pub fn with_attempt_limit(mut self, attempts: u32) -> Self {
        self.attempt_limit = attempts;
        self
    }

    /// No attempt begins later than this after the first one.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// The first pause and the longest one; each pause is about twice the one before.
    ///
    /// What the vendor asks for (`Retry-After`) may be longer than both, and wins.
    #[must_use]
    pub fn with_pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.first_pause = first;
        self.longest_pause = longest;
        self
    }

    /// Whether to make the call again that failed with `error`, `elapsed` after its first attempt
    /// began. The attempts so far are those of the error.
    pub fn verdict(&self, error: &CallError, elapsed: Duration) -> Verdict {
        let attempts = u32::try_from(error.attempts().len()).unwrap_or(u32::MAX);
        if attempts >= self.attempt_limit.max(1) || !may_repeat(error) {
            return Verdict::Stop;
        }
        let pause = self
            .pause(error, attempts)
            .max(error.retry_after().unwrap_or_default());
        if elapsed.saturating_add(pause) > self.time_limit {
            return Verdict::Stop;
        }
        Verdict::After(pause)
    }

    /// The pause after `attempts` attempts: doubling, spread over its upper half.
    fn pause(&self, error: &CallError, attempts: u32) -> Duration {
        // Throttled: begin where patience without throttling would be after two more attempts.
        let doublings = match error.advice() {
            Advice::SlowDown => attempts.saturating_add(1),
            _ => attempts.saturating_sub(1),
        };
        let whole = self
            .first_pause
            .saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX))
            .min(self.longest_pause);
        let half = whole / 2;
        half + half.min(Duration::from_secs(3600)) * (spread(error, attempts) % 1024) / 1024
    }
}

/// Whether the call may be made again without a person's word: the one place that decides it.
fn may_repeat(error: &CallError) -> bool {
    if error.kind() == CallErrorKind::TooLate || error.kind() == CallErrorKind::DailyLimit {
        return false;
    }
    let worth_it = matches!(error.advice(), Advice::Retry | Advice::SlowDown);
    match error.effect() {
        Effect::Read => worth_it,
        Effect::Charge => {
            let surely_nothing =
                error.delivery() == Delivery::NeverSent || error.outcome() == Outcome::NothingDone;
            worth_it && surely_nothing
        }
    }
}

/// A number that differs between calls that fail together, and is the same when looked at twice.
fn spread(error: &CallError, attempts: u32) -> u32 {
    let started = error
        .attempts()
        .iter()
        .map(|attempt| attempt.started.unix_millis() ^ attempt.duration.subsec_nanos() as i64)
        .fold(0, i64::wrapping_add);
    // FNV-1a.
    let mut hash: u32 = 0x811c_9dc5;
    for byte in error
        .exchange()
        .bytes()
        .chain(started.to_le_bytes())
        .chain(attempts.to_le_bytes())
    {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Cause;
    use crate::{Attempt, TransportError, TransportErrorKind};
    use bytes::Bytes;
    use jindiao_protocol::{
        Answer, Exchange, Receipt, ReplyError, ReplyErrorKind, RequestError, Timestamp, Vendor,
    };
    use proptest::prelude::*;

    struct Ask<const CHARGE: bool>;

    impl<const CHARGE: bool> Exchange for Ask<CHARGE> {
        type Auth = ();
        type Reply = ();
        const VENDOR: Vendor = Vendor::Qcc;
        const NAME: &'static str = "test";
        const EFFECT: Effect = if CHARGE { Effect::Charge } else { Effect::Read };

        fn request(&self, (): &(), _: Timestamp) -> Result<http::Request<Bytes>, RequestError> {
            Ok(http::Request::default())
        }

        fn reply(&self, (): &(), r: &http::Response<Bytes>) -> Result<Answer<()>, ReplyError> {
            Ok(Answer {
                value: (),
                receipt: Receipt::of_status(r.status()),
            })
        }
    }

    fn error<E: Exchange>(cause: Cause, attempts: usize) -> CallError {
        let attempt = Attempt {
            started: Timestamp::EPOCH,
            duration: Duration::ZERO,
            delivery: Delivery::MaybeSent,
            http_status: None,
            receipt: None,
            server_time: None,
        };
        CallError::new::<E>(cause).with_attempts(vec![attempt; attempts])
    }

    fn status(status: u16) -> Cause {
        let status = http::StatusCode::from_u16(status).expect("a status");
        Cause::Reply(ReplyError::new::<Ask<false>>(
            ReplyErrorKind::Http,
            Receipt::of_status(status),
        ))
    }

    fn unreadable() -> Cause {
        Cause::Reply(ReplyError::new::<Ask<false>>(
            ReplyErrorKind::Unreadable,
            Receipt::of_status(http::StatusCode::OK),
        ))
    }

    fn interrupted() -> Cause {
        Cause::Transport(TransportError::maybe_sent(
            TransportErrorKind::Interrupted,
            "",
        ))
    }

    fn refused() -> Cause {
        Cause::Transport(TransportError::never_sent(TransportErrorKind::Connect, ""))
    }

    #[track_caller]
    fn check(cause: Cause, read: bool, charge: bool) {
        let policy = RetryPolicy::default();
        let repeats = |error: &CallError| policy.verdict(error, Duration::ZERO) != Verdict::Stop;
        assert_eq!(
            repeats(&error::<Ask<false>>(cause.clone(), 1)),
            read,
            "read"
        );
        assert_eq!(repeats(&error::<Ask<true>>(cause, 1)), charge, "charge");
    }

    #[test]
    fn a_charge_is_repeated_only_where_nothing_can_have_happened() {
        check(refused(), true, true);
        check(status(429), true, true);
        check(interrupted(), true, false);
        check(status(500), true, false);
        check(status(503), true, false);
        check(unreadable(), true, false);
        check(status(400), false, false);
        check(status(401), false, false);
        check(Cause::TooLate, false, false);
        check(Cause::Transport(TransportError::too_late()), false, false);
        check(
            Cause::Transport(TransportError::maybe_sent(TransportErrorKind::Timeout, "")),
            true,
            false,
        );
    }

    #[test]
    fn both_limits_hold() {
        let stops = |policy: RetryPolicy, attempts, elapsed| {
            policy.verdict(&error::<Ask<false>>(interrupted(), attempts), elapsed) == Verdict::Stop
        };
        let policy = RetryPolicy::default().with_attempt_limit(3);
        assert!(!stops(policy, 2, Duration::ZERO));
        assert!(stops(policy, 3, Duration::ZERO));
        assert!(stops(policy, 1, Duration::from_secs(60)));
        assert!(stops(RetryPolicy::never(), 1, Duration::ZERO));
        assert!(stops(policy.with_attempt_limit(0), 1, Duration::ZERO));
    }

    #[test]
    fn what_the_vendor_asks_for_wins_upward() {
        let hinted = |hint| {
            let error = error::<Ask<false>>(status(503), 1).with_retry_after(Some(hint));
            RetryPolicy::default().verdict(&error, Duration::ZERO)
        };
        let long = Duration::from_secs(30);
        assert_eq!(hinted(long), Verdict::After(long));
        assert_ne!(hinted(Duration::ZERO), Verdict::After(Duration::ZERO));
        assert_eq!(hinted(Duration::from_secs(3600)), Verdict::Stop);
    }

    #[test]
    fn pauses_double_and_end_at_the_longest() {
        let policy = RetryPolicy::default()
            .with_attempt_limit(100)
            .with_time_limit(Duration::MAX);
        for (attempts, whole) in [
            (1, 500),
            (2, 1000),
            (3, 2000),
            (4, 4000),
            (6, 10_000),
            (90, 10_000),
        ] {
            let error = error::<Ask<false>>(interrupted(), attempts);
            let Verdict::After(pause) = policy.verdict(&error, Duration::ZERO) else {
                panic!("stopped after {attempts}");
            };
            let whole = Duration::from_millis(whole);
            assert!(
                pause >= whole / 2 && pause <= whole,
                "{attempts}: {pause:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_policy_panics(
            attempt_limit in any::<u32>(), time in any::<Duration>(), first in any::<Duration>(),
            longest in any::<Duration>(), attempts in 0usize..80, elapsed in any::<Duration>(),
            hint in any::<Option<Duration>>(), slow in any::<bool>(),
        ) {
            let policy = RetryPolicy::default()
                .with_attempt_limit(attempt_limit)
                .with_time_limit(time)
                .with_pauses(first, longest);
            let cause = if slow { status(429) } else { interrupted() };
            let error = error::<Ask<false>>(cause, attempts).with_retry_after(hint);
            if let Verdict::After(pause) = policy.verdict(&error, elapsed) {
                prop_assert!(pause <= time);
                prop_assert!(pause >= hint.unwrap_or_default());
            }
        }
    }
}

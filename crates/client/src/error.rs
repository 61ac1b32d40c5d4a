//! Why a call has no answer, and what is known of each attempt.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jindiao_codes::Outcome;
use jindiao_protocol::{
    Advice, Delivery, Effect, Exchange, Receipt, ReplyError, RequestError, Timestamp, Vendor,
};
use jindiao_words::{Message, Say, say};

use crate::{DailyLimitReached, TransportError, TransportErrorKind};

/// One attempt, for the ledger: no secret, no payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When it began, on the wall clock.
    pub started: Timestamp,
    /// How long it took, on the monotonic clock.
    pub duration: Duration,
    /// What is known of it.
    pub delivery: Delivery,
    /// The status of the reply, where at least its head came.
    pub http_status: Option<u16>,
    /// What the reply's envelope said, where it was read.
    pub receipt: Option<Receipt>,
    /// What the server's clock showed (`Date`), to tell a wrong clock from a wrong signature. None
    /// where the answer came out of a cache (`Age`).
    pub server_time: Option<Timestamp>,
}

/// Why a call did not give what it was made for.
///
/// Its one-line `Display` says what was asked, whether it left, and what went wrong. No secret,
/// query or body is in it.
#[derive(Clone)]
pub struct CallError(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    vendor: Vendor,
    exchange: &'static str,
    effect: Effect,
    cause: Cause,
    attempts: Vec<Attempt>,
    retry_after: Option<Duration>,
}

#[derive(Debug, Clone)]
pub(crate) enum Cause {
    Unbuildable(RequestError),
    TooLate,
    DailyLimit(DailyLimitReached),
    Transport(TransportError),
    Reply(ReplyError),
}

/// The kinds of [`CallError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallErrorKind {
    /// The request cannot be built: a value cannot be carried by HTTP.
    Unbuildable,
    /// The permission to send ran out before the request left.
    TooLate,
    /// The account has made all the calls that it may make today.
    DailyLimit,
    /// There is no answer; [`CallError::delivery`] says whether there may have been a question.
    Unanswered,
    /// The vendor answered something else than the success that was asked for.
    Reply,
}

impl CallError {
    pub(crate) fn new<E: Exchange>(cause: Cause) -> Self {
        Self(Arc::new(Inner {
            vendor: E::VENDOR,
            exchange: E::NAME,
            effect: E::EFFECT,
            cause,
            attempts: Vec::new(),
            retry_after: None,
        }))
    }

    pub(crate) fn daily_limit_reached<E: Exchange>(limit: DailyLimitReached) -> Self {
        Self::new::<E>(Cause::DailyLimit(limit))
    }

    pub(crate) fn with_attempts(self, attempts: Vec<Attempt>) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.attempts = attempts;
        Self(Arc::new(inner))
    }

    pub(crate) fn with_retry_after(self, pause: Option<Duration>) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.retry_after = pause;
        Self(Arc::new(inner))
    }

    /// The kind.
    pub fn kind(&self) -> CallErrorKind {
        match &self.0.cause {
            Cause::Unbuildable(_) => CallErrorKind::Unbuildable,
            Cause::TooLate => CallErrorKind::TooLate,
            Cause::DailyLimit(_) => CallErrorKind::DailyLimit,
            Cause::Transport(error) if error.kind() == TransportErrorKind::TooLate => {
                CallErrorKind::TooLate
            }
            Cause::Transport(_) => CallErrorKind::Unanswered,
            Cause::Reply(_) => CallErrorKind::Reply,
        }
    }

    /// The vendor that was to be asked.
    pub fn vendor(&self) -> Vendor {
        self.0.vendor
    }

    /// The exchange, by its [`Exchange::NAME`].
    pub fn exchange(&self) -> &'static str {
        self.0.exchange
    }

    /// Whether the exchange may have cost money.
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// What is known of the last attempt.
    pub fn delivery(&self) -> Delivery {
        match &self.0.cause {
            Cause::Unbuildable(_) | Cause::TooLate | Cause::DailyLimit(_) => Delivery::NeverSent,
            Cause::Transport(error) => error.delivery(),
            Cause::Reply(_) => Delivery::Answered,
        }
    }

    /// What this proves about a `Charge`: whether the vendor may have done what was asked.
    pub fn outcome(&self) -> Outcome {
        match (&self.0.cause, self.delivery()) {
            (Cause::Reply(error), _) => error.outcome(),
            (_, Delivery::NeverSent) => Outcome::NothingDone,
            _ => Outcome::Unclear,
        }
    }

    /// What to do about it, the effect apart: a `Charge` is repeated only where
    /// [`CallError::outcome`] says that nothing was done.
    pub fn advice(&self) -> Advice {
        match &self.0.cause {
            Cause::Unbuildable(_) => Advice::FixRequest,
            Cause::TooLate => Advice::GiveUp,
            Cause::DailyLimit(_) => Advice::NextDay,
            Cause::Transport(error) => match error.kind() {
                TransportErrorKind::Unusable => Advice::FixRequest,
                TransportErrorKind::TooLate
                | TransportErrorKind::Address
                | TransportErrorKind::TooLarge => Advice::GiveUp,
                _ => Advice::Retry,
            },
            Cause::Reply(error) => error.advice(),
        }
    }

    /// What the vendor said instead, if it said anything.
    pub fn reply_error(&self) -> Option<&ReplyError> {
        match &self.0.cause {
            Cause::Reply(error) => Some(error),
            _ => None,
        }
    }

    /// Whether somebody else than the vendor may have written or changed the answer.
    pub fn is_tampering(&self) -> bool {
        self.reply_error().is_some_and(ReplyError::is_tampering)
    }

    /// Why there is no answer, if there is none.
    pub fn transport_error(&self) -> Option<&TransportError> {
        match &self.0.cause {
            Cause::Transport(error) => Some(error),
            _ => None,
        }
    }

    /// When the account may call again, if its daily limit is reached.
    pub fn daily_limit(&self) -> Option<DailyLimitReached> {
        match &self.0.cause {
            Cause::DailyLimit(limit) => Some(*limit),
            _ => None,
        }
    }

    /// The pause that the vendor asked for (`Retry-After`), measured from the answer.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The attempts that were made, in order. One that found the guard expired or could not be
    /// built is among them; it was never sent.
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.attempts
    }
}

impl Say for CallError {
    fn say(&self) -> Message {
        let Inner { vendor, cause, .. } = &*self.0;
        let error = match cause {
            // These name vendor and exchange themselves.
            Cause::Reply(error) => error.say(),
            Cause::Unbuildable(error) => {
                say!("{what}: {cause}", what = vendor.to_string(), cause = error)
            }
            Cause::TooLate => self.about(&say!("the permission to send ran out before the call")),
            Cause::DailyLimit(limit) => self.about(&limit.say()),
            Cause::Transport(error) => self.about(&error.say()),
        };
        match self.0.attempts.len() {
            0 | 1 => error,
            n => say!("{error} (after {n} attempts)", error, n),
        }
    }
}

impl CallError {
    /// What was asked, whether it left, and what went wrong.
    fn about(&self, error: &Message) -> Message {
        let call = format!("{} {}", self.0.vendor, self.0.exchange);
        match self.delivery() {
            Delivery::NeverSent => say!("{call}: never sent: {error}", call, error),
            Delivery::MaybeSent => say!("{call}: maybe sent: {error}", call, error),
            Delivery::Answered => say!("{call}: answered: {error}", call, error),
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl fmt::Debug for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallError({self})")
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The texts of the causes are part of `Display`; a chain would say them twice.
        None
    }
}

//! A vendor that answers as it was told and counts what it charges.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jindiao_client::{Asked, Attempt, BoxFuture, SendGuard, Time};
use jindiao_cluster::{Hands, Ready};
use jindiao_order::{Call, DownloadFailure, DownloadProblem, Failure, News, Order, StoredReport};
use jindiao_protocol::{Advice, Delivery, Effect, Link, Receipt, Timestamp, Vendor};

/// How an order is answered.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// It is charged, and the answer is lost.
    Timeout,
    /// It never arrived.
    NotSent,
    /// The account has no money.
    NoMoney,
}

/// A clock that is moved by hand.
#[derive(Debug)]
pub(crate) struct Clock {
    start: i64,
    ms: AtomicI64,
}

impl Clock {
    pub(crate) fn at(now: Timestamp) -> Self {
        Self {
            start: now.unix_millis(),
            ms: AtomicI64::new(now.unix_millis()),
        }
    }

    pub(crate) fn advance(&self, duration: Duration) {
        let ms = i64::try_from(duration.as_millis()).expect("a short time");
        self.ms.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) fn advance_to(&self, time: Timestamp) {
        self.advance(time.since(self.now()));
    }
}

impl Time for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.ms.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> Duration {
        let ms = self.ms.load(Ordering::Relaxed) - self.start;
        Duration::from_millis(ms.unsigned_abs())
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.advance(duration);
        Box::pin(std::future::ready(()))
    }
}

pub(crate) struct ScriptedVendor {
    time: Arc<dyn Time>,
    /// Whether downloads break off.
    pub(crate) is_broken: AtomicBool,
    state: Mutex<State>,
}

struct State {
    answers: VecDeque<Answer>,
    charges: u32,
    calls: u32,
    asks: u32,
}

impl ScriptedVendor {
    /// Answers orders like this, and then with success.
    pub(crate) fn new(clock: Arc<Clock>, answers: &[Answer]) -> Self {
        Self {
            time: clock,
            is_broken: AtomicBool::new(false),
            state: Mutex::new(State {
                answers: answers.iter().copied().collect(),
                charges: 0,
                calls: 0,
                asks: 0,
            }),
        }
    }

    pub(crate) fn charges(&self) -> u32 {
        self.state.lock().expect("the state").charges
    }

    pub(crate) fn calls(&self) -> u32 {
        self.state.lock().expect("the state").calls
    }

    #[expect(clippy::result_large_err, reason = "it is what hands give")]
    fn answer(&self, call: &Call, guard: Option<SendGuard>) -> Result<News, Failure> {
        let failure =
            |delivery| Failure::unanswered(call.vendor(), call.name(), delivery, "as it was told");
        if guard.is_some_and(|guard| guard.is_expired(&*self.time)) {
            return Err(failure(Delivery::NeverSent));
        }
        let mut state = self.state.lock().expect("the state");
        state.calls += 1;
        if call.effect() == Effect::Read {
            state.asks += 1;
            return match state.asks {
                1 => Ok(News::Pending { queue: None }),
                _ => Ok(News::Link(Link::sealed("abcd", None).into())),
            };
        }
        match state.answers.pop_front() {
            Some(Answer::NotSent) => return Err(failure(Delivery::NeverSent)),
            Some(Answer::NoMoney) => {
                return Err(failure(Delivery::NeverSent).with_advice(Advice::FixAccount));
            }
            Some(Answer::Timeout) => {
                state.charges += 1;
                return Err(failure(Delivery::MaybeSent));
            }
            None => state.charges += 1,
        }
        Ok(match call {
            Call::EciImage(_) => News::Link(Link::sealed("abcd", None).into()),
            _ => News::Placed("17".to_owned()),
        })
    }
}

impl fmt::Debug for ScriptedVendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScriptedVendor")
    }
}

impl Hands for ScriptedVendor {
    fn time(&self) -> &Arc<dyn Time> {
        &self.time
    }

    fn ready(&self, _: Vendor) -> BoxFuture<'_, Ready> {
        Box::pin(std::future::ready(Ready {
            turn: Ok(None),
            token_attempts: Vec::new(),
        }))
    }

    fn ask<'a>(&'a self, call: &'a Call, guard: Option<SendGuard>) -> BoxFuture<'a, Asked> {
        let result = self.answer(call, guard);
        let started = self.time.now();
        let delivery = result
            .as_ref()
            .map_or_else(Failure::delivery, |_| Delivery::Answered);
        let receipt = Receipt {
            http_status: 200,
            code: None,
            serial: None,
            units: None,
        };
        Box::pin(std::future::ready(Asked {
            result: result.map(|news| (news, receipt)),
            attempt: Some(Attempt {
                started,
                duration: Duration::ZERO,
                delivery,
                http_status: None,
                receipt: None,
                server_time: None,
            }),
            token_attempts: Vec::new(),
            retry_after: None,
            clock: None,
        }))
    }

    fn slow_down(&self, _: Vendor, _: Option<Duration>) {}

    fn store<'a>(
        &'a self,
        link: &'a Link,
        order: &'a Order,
    ) -> BoxFuture<'a, Result<StoredReport, DownloadFailure>> {
        assert_eq!(link.sealed_text(), Some("abcd"));
        let stored = match self.is_broken.load(Ordering::Relaxed) {
            true => Err(DownloadFailure {
                problem: DownloadProblem::Interrupted,
                text: "it broke off".to_owned(),
            }),
            false => Ok(StoredReport {
                file: format!("{}.pdf", order.id()),
                size: 1,
                sha256: "00".repeat(32),
            }),
        };
        Box::pin(std::future::ready(stored))
    }

    fn shelf(&self) -> String {
        "here".to_owned()
    }
}

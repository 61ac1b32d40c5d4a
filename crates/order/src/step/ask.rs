//! The questions to the vendor: how is the order getting on?

use std::time::Duration;

use jindiao_protocol::{Advice, Delivery, Timestamp};
use jindiao_words::say;

use super::{Action, At, WaitReason, kept};
use crate::{Failure, Flow, News, Placement, State};

/// An order whose vendor was asked for its state.
pub(super) struct Waiting<'a> {
    pub(super) at: At<'a>,
    pub(super) placement: Placement,
    pub(super) since: Timestamp,
    pub(super) asks: u32,
    pub(super) misses: u32,
}

impl Waiting<'_> {
    pub(super) fn told(self, news: News) -> (State, Action) {
        let At { now, policy, .. } = self.at;
        match news {
            News::Pending { .. } => {
                let deadline = self.since.plus(policy.poll_timeout);
                if now >= deadline {
                    let why = kept(&say!(
                        "the report is not ready after {seconds} s; run again to go on waiting",
                        seconds = policy.poll_timeout.as_secs()
                    ));
                    return self.leave(why);
                }
                // Close to the deadline, ask once more.
                let due = now.plus(self.at.poll_pause()).min(deadline);
                let state = State::Waiting {
                    placement: self.placement,
                    since: self.since,
                    due,
                    asks: self.asks.wrapping_add(1),
                    misses: 0,
                };
                (
                    state,
                    Action::Wait {
                        until: due,
                        why: WaitReason::Poll,
                    },
                )
            }
            News::Link(link) => match link.link(now) {
                Ok(link) => {
                    let asks = self.asks.wrapping_add(1);
                    self.at.fresh(self.placement, link, asks, self.misses)
                }
                Err(error) => self.miss(
                    true,
                    kept(&say!("the vendor gave an unusable link: {error}", error)),
                ),
            },
            News::Failed(cause) => {
                let state = State::Failed {
                    reason: kept(&say!(
                        "the vendor could not make the report: {cause}",
                        cause
                    )),
                    abandoned: false,
                    placement: Some(self.placement),
                    at: now,
                };
                (state, Action::Rest)
            }
            News::AlreadyAsked => {
                self.miss(true, kept(&say!("the vendor had this question before")))
            }
            News::Placed(_) => self.miss(
                true,
                kept(&say!("the vendor answered a question with an order")),
            ),
        }
    }

    pub(super) fn failed(self, failure: Failure) -> (State, Action) {
        let now = self.at.now;
        let is_answered = failure.delivery == Delivery::Answered;
        let Failure {
            advice, refusal, ..
        } = failure;
        match advice {
            Advice::FixAccount => self.at.held(refusal, self.anew(now)),
            Advice::NextDay => self.wait_until(now.next_china_midnight(), WaitReason::NextDay),
            Advice::Cooldown(length) => self.wait_until(now.plus(length), WaitReason::Cooldown),
            // Only a code that is known to mean so ends an order that may be paid for; whatever
            // else a gateway answers is a miss.
            Advice::GiveUp | Advice::FixRequest
                if refusal
                    .code
                    .as_ref()
                    .is_some_and(|code| code.info().is_some())
                    && !self.may_be_unknown() =>
            {
                let state = if self.at.flow() == Flow::Free {
                    State::Refused { refusal, at: now }
                } else {
                    State::Failed {
                        reason: kept(&say!(
                            "the order was placed (reference {reference}) and the vendor does not give it out: {why}",
                            reference = self.placement.reference.as_deref().unwrap_or("none"),
                            why = refusal.text
                        )),
                        abandoned: false,
                        placement: Some(self.placement),
                        at: now,
                    }
                };
                (state, Action::Rest)
            }
            _ => self.miss(is_answered, refusal.text),
        }
    }

    /// Whether the vendor may still say that it does not know the order: a fresh one may not have
    /// reached all of its machines.
    fn may_be_unknown(&self) -> bool {
        let At { now, policy, .. } = self.at;
        let grace = match self.at.flow() {
            Flow::Free => Duration::ZERO,
            Flow::Direct | Flow::Task => policy.unknown_grace,
        };
        let placed = self.placement.at;
        // By a clock that was set back it is fresh for too long, but not after as many questions
        // as a run asks in vain.
        now.since(placed) < grace && (placed <= now || self.asks < policy.ask_attempts)
    }

    fn wait_until(self, until: Timestamp, why: WaitReason) -> (State, Action) {
        (self.anew(until), Action::Wait { until, why })
    }

    /// To be asked anew when it is `due`, with all the patience of the policy.
    fn anew(self, due: Timestamp) -> State {
        State::Waiting {
            placement: self.placement,
            since: due,
            due,
            asks: self.asks.wrapping_add(1),
            misses: 0,
        }
    }

    /// Asked in vain: ask again after a pause, and leave it to the next run after too many.
    fn miss(self, is_answered: bool, why: String) -> (State, Action) {
        let misses = self.misses.saturating_add(1);
        if misses >= self.at.policy.ask_attempts {
            return self.leave(why);
        }
        // A repeated attempt keeps its serial; after an answer the next question is a new one.
        let asks = if is_answered {
            self.asks.wrapping_add(1)
        } else {
            self.asks
        };
        let due = self.at.now.plus(self.at.policy.backoff.pause(misses));
        let state = State::Waiting {
            placement: self.placement,
            since: self.since,
            due,
            asks,
            misses,
        };
        (
            state,
            Action::Wait {
                until: due,
                why: WaitReason::Backoff,
            },
        )
    }

    fn leave(self, why: String) -> (State, Action) {
        let now = self.at.now;
        (self.anew(now), Action::Leave { why })
    }
}

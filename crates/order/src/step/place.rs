//! The charging call: from the permit to what came of it.

use jindiao_codes::Outcome;
use jindiao_protocol::Advice;
use jindiao_words::say;

use super::{Action, At, WaitReason, kept};
use crate::{Call, Failure, Fence, Intent, News, Placement, Question, State};

/// How often in a row fresh credentials are tried, before the account is said to need attention.
const REAUTHENTICATIONS: u32 = 2;

impl At<'_> {
    pub(super) fn permitted(self, fence: Fence, tries: u32) -> (State, Action) {
        let intent = Intent {
            fence: fence.clone(),
            written: self.now,
            expires: self.now.plus(self.policy.intent_life),
        };
        let state = State::Ordering {
            intent,
            tries,
            may_call: true,
        };
        (state, Action::Record(fence))
    }

    pub(super) fn recorded(self, intent: Intent, tries: u32) -> (State, Action) {
        // A clock that was set back must not stretch the intent's life.
        let is_alive = intent.written <= self.now && self.now < intent.expires;
        match Call::place(&self.order.wanted) {
            Some(call) if is_alive => {
                let place = Action::Place {
                    call,
                    intent: intent.clone(),
                };
                (
                    State::Ordering {
                        intent,
                        tries,
                        may_call: false,
                    },
                    place,
                )
            }
            // The call was not made: only this incarnation could have made it.
            _ => self.try_again(
                tries,
                kept(&say!("the intent expired before the call could be made")),
            ),
        }
    }

    pub(super) fn placed(self, news: News) -> (State, Action) {
        let now = self.now;
        match news {
            News::Placed(reference) => {
                let placement = Placement {
                    reference: Some(reference),
                    at: now,
                };
                let until = now.plus(self.poll_pause());
                (
                    State::Ordered { placement },
                    Action::Wait {
                        until,
                        why: WaitReason::Poll,
                    },
                )
            }
            News::Link(link) => {
                let placement = Placement {
                    reference: None,
                    at: now,
                };
                match link.link(now) {
                    Ok(link) => self.fresh(placement, link, 0, 0),
                    Err(error) => {
                        let note = kept(&say!(
                            "the call succeeded and its link is unusable: {error}",
                            error
                        ));
                        (
                            self.uncertain(Some(placement), Question::OrderAgain, note),
                            Action::Rest,
                        )
                    }
                }
            }
            News::Pending { .. } | News::Failed(_) | News::AlreadyAsked => self.doubt(kept(&say!(
                "the answer to the order was none that an order gets"
            ))),
        }
    }

    pub(super) fn not_placed(self, failure: Failure, tries: u32) -> (State, Action) {
        let Failure {
            outcome,
            advice,
            refusal,
            ..
        } = failure;
        if outcome != Outcome::NothingDone {
            return self.doubt(refusal.text);
        }
        let now = self.now;
        let planned = |due| State::Planned { due, tries: 0 };
        let wait = |until, why| (planned(until), Action::Wait { until, why });
        match advice {
            Advice::Proceed | Advice::GiveUp | Advice::FixRequest => {
                (State::Refused { refusal, at: now }, Action::Rest)
            }
            Advice::FixAccount => self.held(refusal, planned(now)),
            Advice::Reauthenticate if tries >= REAUTHENTICATIONS => {
                self.held(refusal, planned(now))
            }
            Advice::NextDay => wait(now.next_china_midnight(), WaitReason::NextDay),
            Advice::Cooldown(length) => wait(now.plus(length), WaitReason::Cooldown),
            Advice::Reauthenticate | Advice::Wait | Advice::Retry | Advice::SlowDown => {
                self.try_again(tries, refusal.text)
            }
        }
    }

    /// Back to the start, for what surely did nothing.
    fn try_again(self, tries: u32, why: String) -> (State, Action) {
        let tries = tries.saturating_add(1);
        if tries >= self.policy.place_attempts {
            return (
                State::Planned {
                    due: self.now,
                    tries: 0,
                },
                Action::Leave { why },
            );
        }
        let until = self.now.plus(self.policy.backoff.pause(tries));
        (
            State::Planned { due: until, tries },
            Action::Wait {
                until,
                why: WaitReason::Backoff,
            },
        )
    }
}

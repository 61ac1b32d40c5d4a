//! What there is to do for an order at a time.

use std::time::Duration;

use jindiao_protocol::Timestamp;
use jindiao_words::say;

use super::{Action, At, WaitReason, kept};
use crate::{Call, Flow, Order, Placement, Policy, Question, State};

/// No rule has an order wait for longer: the daily quotas do the longest. What is due later was
/// written by a clock that has been set since.
const LONGEST_WAIT: Duration = Duration::from_secs(25 * 3600);

impl At<'_> {
    /// What there is to do in `state`.
    pub(super) fn look(self, state: State) -> (State, Action) {
        match state {
            State::Planned { due, tries } => self.planned(due, tries),
            State::Waiting { due, .. } if self.is_to_come(due) => {
                let longest = self.poll_pause().max(self.policy.backoff.most);
                (state, self.wait(due, WaitReason::Poll, longest))
            }
            State::Waiting {
                ref placement,
                asks,
                ..
            } => match self.question(placement, asks) {
                Some(call) => (state, Action::Ask(call)),
                None => {
                    let note = kept(&say!("the order has no reference to ask for"));
                    let placement = Some(placement.clone());
                    let state = self.uncertain(placement, Question::OrderAgain, note);
                    (state, Action::Rest)
                }
            },
            State::Ready { due, .. } if self.is_to_come(due) => (
                state,
                Action::Wait {
                    until: due,
                    why: WaitReason::Backoff,
                },
            ),
            // It was tried before, and by our clock it is dead.
            State::Ready {
                placement,
                link,
                asks,
                tries,
                ..
            } if tries > 0 && link.is_expired(self.now) && self.flow() != Flow::Direct => self
                .look(State::Waiting {
                    placement,
                    since: self.now,
                    due: self.now,
                    asks,
                    misses: tries,
                }),
            State::Ready { ref link, .. } => {
                let download = self.download(link);
                (state, download)
            }
            state @ State::Uncertain { .. } => self.doubtful(state),
            other => (other, Action::Rest),
        }
    }

    /// What there is to do in a `state` of uncertainty.
    fn doubtful(self, state: State) -> (State, Action) {
        match (self.again_at(&state), state) {
            // Nobody knows how long ago that was.
            (
                Some(_),
                State::Uncertain {
                    question,
                    placement,
                    note,
                    at,
                },
            ) if at > self.now.plus(LONGEST_WAIT) => {
                self.look(self.uncertain(placement, question, note))
            }
            (Some(until), state) if until > self.now => {
                let why = WaitReason::Backoff;
                (state, Action::Wait { until, why })
            }
            (Some(_), _) => self.planned(self.now, 0),
            (None, state) => (state, Action::Rest),
        }
    }

    fn planned(self, due: Timestamp, tries: u32) -> (State, Action) {
        if self.is_to_come(due) {
            let wait = self.wait(due, WaitReason::Backoff, self.policy.backoff.most);
            return (State::Planned { due, tries }, wait);
        }
        if self.flow() == Flow::Free {
            // Nothing is ordered: the record is paid for, and its number is the reference.
            let reference = self.order.wanted.subject().label().to_owned();
            let placement = Placement {
                reference: Some(reference),
                at: self.now,
            };
            return self.look(State::Waiting {
                placement,
                since: self.now,
                due: self.now,
                asks: 0,
                misses: 0,
            });
        }
        (State::Planned { due, tries }, Action::Prepare)
    }

    /// The time to the next poll: the interval and up to a tenth of it, spread by the order's id.
    pub(super) fn poll_pause(self) -> Duration {
        let interval = self.policy.poll_interval;
        interval.saturating_add(interval.saturating_mul(self.order.id.spread()) / 10_000)
    }

    /// Whether `due` is still to come, by a clock that may have been set since it was written.
    fn is_to_come(self, due: Timestamp) -> bool {
        let Policy {
            poll_interval,
            backoff,
            ..
        } = self.policy;
        let longest = LONGEST_WAIT
            .max(backoff.most)
            .max(poll_interval.saturating_mul(2));
        due > self.now && due <= self.now.plus(longest)
    }

    /// The question how it is getting on, if there is one.
    fn question(self, placement: &Placement, asks: u32) -> Option<Call> {
        let Order {
            id,
            wanted,
            planned,
            ..
        } = self.order;
        Call::ask(wanted, id, *planned, placement, asks)
    }

    /// When this order, uncertain as in `state`, is made again by itself.
    fn again_at(self, state: &State) -> Option<Timestamp> {
        let order = Order {
            state: state.clone(),
            ..self.order.clone()
        };
        order.again_at(self.policy)
    }

    /// To wait until `due`, for the `usual` reason: which makes nobody wait for more than `longest`,
    /// so that what takes longer was said by a vendor, maybe to an earlier run.
    fn wait(self, due: Timestamp, usual: WaitReason, longest: Duration) -> Action {
        let why = if due <= self.now.plus(longest) {
            usual
        } else if due == self.now.next_china_midnight() {
            WaitReason::NextDay
        } else {
            WaitReason::Cooldown
        };
        Action::Wait { until: due, why }
    }
}

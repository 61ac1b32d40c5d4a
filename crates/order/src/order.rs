//! One wanted report, and what a host reads from where it stands beside its next action.

use jindiao_protocol::{Effect, Timestamp};
use jindiao_words::say;

use crate::{
    Action, OnUncertain, OrderId, Placement, Policy, Question, Refusal, State, StateName, Wanted,
};

/// One wanted report and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub(crate) id: OrderId,
    pub(crate) wanted: Wanted,
    pub(crate) planned: Timestamp,
    /// How often it was made again by itself after a doubt.
    pub(crate) again: u32,
    pub(crate) state: State,
}

/// An order that is held for its account, as a host sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold<'a> {
    /// What the vendor said.
    pub refusal: &'a Refusal,
    /// What the order does first when it goes on.
    pub effect: Effect,
}

impl Order {
    /// A new order, planned at `now` and not yet made.
    ///
    /// `round` is 0 for the first order of a request, and counts up each time a person or a
    /// freshness limit has the same request ordered anew.
    pub fn plan(wanted: Wanted, round: u32, now: Timestamp) -> Self {
        Self {
            id: OrderId::derive(&wanted.fingerprint(), round),
            wanted,
            planned: now,
            again: 0,
            state: State::Planned { due: now, tries: 0 },
        }
    }

    /// Its id.
    pub fn id(&self) -> &OrderId {
        &self.id
    }

    /// What is wanted.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// When it was planned.
    pub fn planned(&self) -> Timestamp {
        self.planned
    }

    /// Where it stands.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What is known of its being placed with the vendor.
    pub fn placement(&self) -> Option<&Placement> {
        match &self.state {
            State::Ordered { placement }
            | State::Waiting { placement, .. }
            | State::Ready { placement, .. }
            | State::Stored { placement, .. } => Some(placement),
            State::Uncertain { placement, .. } | State::Failed { placement, .. } => {
                placement.as_ref()
            }
            State::Held { resume, .. } => match &**resume {
                State::Waiting { placement, .. } => Some(placement),
                _ => None,
            },
            State::Planned { .. } | State::Ordering { .. } | State::Refused { .. } => None,
        }
    }

    /// How often it was made again by itself after a doubt, as its owner's policy wants it.
    pub fn times_again(&self) -> u32 {
        self.again
    }

    /// When it is made again by itself, if it is uncertain and `policy` wants that; `None` where it
    /// waits for a person.
    ///
    /// Only a doubt whether it was placed is answered so, and only once in its life.
    pub fn again_at(&self, policy: &Policy) -> Option<Timestamp> {
        match &self.state {
            State::Uncertain {
                question: Question::WasItPlaced,
                placement: None,
                at,
                ..
            } if policy.on_uncertain == OnUncertain::OrderAgain && self.again < MOST_AGAIN => {
                Some(at.plus(policy.again_grace))
            }
            _ => None,
        }
    }

    /// When it is to be looked at again, if time alone moves it on.
    pub fn due(&self) -> Option<Timestamp> {
        match &self.state {
            State::Planned { due, .. } | State::Waiting { due, .. } | State::Ready { due, .. } => {
                Some(*due)
            }
            State::Ordered { placement } => Some(placement.at),
            _ => None,
        }
    }

    /// Why it is held and what it would do next, if it is held.
    pub fn hold(&self) -> Option<Hold<'_>> {
        let State::Held {
            refusal, resume, ..
        } = self.state()
        else {
            return None;
        };
        let effect = match **resume {
            State::Planned { .. } => Effect::Charge,
            _ => Effect::Read,
        };
        Some(Hold { refusal, effect })
    }

    /// Whether anything is left to do under `policy` that needs no person: also an uncertain order
    /// that is to be made again by itself.
    pub fn may_go_on(&self, policy: &Policy) -> bool {
        !self.state().is_settled() || self.again_at(policy).is_some()
    }

    /// The word that a history keeps on the step that brought this order here from `before`, with
    /// `action` to do next; `None` where the state says enough.
    pub fn remark(&self, before: StateName, action: &Action) -> Option<String> {
        match (self.state(), action) {
            (State::Planned { .. }, _) if before == StateName::Uncertain => Some(
                say!(
                    "ordered again by itself ({times}), as on_uncertain says; the earlier call may have been charged, too",
                    times = self.times_again()
                )
                .to_string(),
            ),
            (_, Action::Leave { why }) => Some(why.clone()),
            (State::Uncertain { note, .. }, _) => Some(note.clone()),
            (State::Failed { reason, .. }, _) => Some(reason.clone()),
            (State::Refused { refusal, .. } | State::Held { refusal, .. }, _) => {
                Some(refusal.text.clone())
            }
            _ => None,
        }
    }
}

/// How often in its life an order is made again by itself.
const MOST_AGAIN: u32 = 1;

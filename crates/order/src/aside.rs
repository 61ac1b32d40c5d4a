//! What every host reads from an order beside its next action: what a refusal means to the account,
//! what a held order waits for, and the word on a change that a history keeps.

use jindiao_codes::{Advice, Scope};
use jindiao_protocol::Effect;
use jindiao_words::say;

use crate::{Action, Failure, Order, Policy, Product, Refusal, State, StateName};

/// What a vendor's answer is about beyond the order that it was given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// The whole account.
    Account,
    /// One product of the account.
    Product(Product),
}

/// What a failed call asks of all calls to the same account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Concern {
    /// A person has to see to it: nothing of this goes on.
    Trouble(Reach),
    /// The quota of the day is used up: nothing of this goes on before midnight in China.
    DaySpent(Reach),
    /// Calls came too fast.
    TooFast,
}

/// An order that is held for its account, as a host sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold<'a> {
    /// What the vendor said.
    pub refusal: &'a Refusal,
    /// What the order does first when it goes on.
    pub effect: Effect,
}

impl Reach {
    /// The one product, unless it is the whole account.
    pub fn product(self) -> Option<Product> {
        match self {
            Self::Account => None,
            Self::Product(product) => Some(product),
        }
    }
}

impl Refusal {
    /// What this is about beyond the order for `product` that was refused; `None` where it is about
    /// nothing else. What comes without a code, such as a credential that cannot be used, is about
    /// the account.
    pub fn reach(&self, product: Product) -> Option<Reach> {
        let scope = self
            .code
            .as_ref()
            .map_or(Scope::Account, |code| code.scope_at(&self.exchange));
        match scope {
            Scope::Account | Scope::Platform => Some(Reach::Account),
            Scope::Endpoint => Some(Reach::Product(product)),
            Scope::Request | Scope::Subject => None,
        }
    }
}

impl Failure {
    /// What this failure of a call for `product` asks of other calls to the account, if anything.
    pub fn concern(&self, product: Product) -> Option<Concern> {
        match (self.refusal().reach(product), self.advice()) {
            (Some(reach), Advice::FixAccount) => Some(Concern::Trouble(reach)),
            (Some(reach), Advice::NextDay) => Some(Concern::DaySpent(reach)),
            (_, Advice::SlowDown) => Some(Concern::TooFast),
            _ => None,
        }
    }
}

impl Order {
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

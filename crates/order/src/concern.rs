//! What a failure means to the account beyond the one order that met it.

use jindiao_codes::{Advice, Scope};

use crate::{Failure, Product, Refusal};

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

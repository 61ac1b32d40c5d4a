//! What a run would make of wanted reports: looks into the ledger, and writes nothing.

use std::path::Path;
use std::time::Duration;

use jindiao_batch::{LedgerKind, Price, Prices, Store};
use jindiao_order::{OrderId, Policy, Product, StateName, Wanted};

use crate::clock;
use crate::config::Config;
use crate::error::CliError;

/// A ledger, if there is one, and what else decides about an order.
pub(super) struct Foresight<'a> {
    config: &'a Config,
    kind: LedgerKind,
    store: Option<Store>,
    prices: Prices,
    fresh_within: Option<Duration>,
}

/// How it stands with a wanted report.
pub(super) struct Foreseen {
    pub(super) order: Option<OrderId>,
    /// The order's state; planned, where a run would order it again by itself.
    pub(super) state: Option<StateName>,
    pub(super) price: Price,
}

impl<'a> Foresight<'a> {
    /// Looks into the ledger at `path`, which must be of this kind.
    pub(super) fn of(
        config: &'a Config,
        path: &Path,
        kind: LedgerKind,
        fresh_within: Option<Duration>,
    ) -> Result<Self, CliError> {
        let store = if path.exists() {
            Some(Store::view(path)?)
        } else {
            None
        };
        if let Some(store) = &store
            && store.kind() != kind
        {
            let holds = match store.kind() {
                LedgerKind::Real => "real",
                LedgerKind::Simulated => "simulated",
            };
            let wrong = format!("the ledger {} holds {holds} orders", path.display());
            return Err(CliError::usage(wrong).hint(
                "simulated and real orders never share a ledger: name another file with --ledger",
            ));
        }
        Ok(Self {
            config,
            kind,
            store,
            prices: prices(config, kind),
            fresh_within,
        })
    }

    /// Whether there is a ledger.
    pub(super) fn has_ledger(&self) -> bool {
        self.store.is_some()
    }

    /// What stands for a report, and how a run would take it.
    pub(super) fn look(&self, wanted: &Wanted) -> Result<Foreseen, CliError> {
        let price = self.prices.of(wanted.product());
        let known = match &self.store {
            Some(store) => store.foresee(wanted, self.fresh_within, clock::now())?,
            None => None,
        };
        let (order, state) = match (known, &self.store) {
            (Some((id, StateName::Uncertain)), Some(store)) => {
                // What is ordered again by itself is a charge, too.
                let policy = policy(self.config, self.kind, wanted.product());
                let is_again = store.order(&id)?.order.again_at(&policy).is_some();
                let state = match is_again {
                    true => StateName::Planned,
                    false => StateName::Uncertain,
                };
                (Some(id), Some(state))
            }
            (Some((id, state)), _) => (Some(id), Some(state)),
            (None, _) => (None, None),
        };
        Ok(Foreseen {
            order,
            state,
            price,
        })
    }
}

/// Simulated vendors cost what is assumed: what the user pays the real ones is not theirs.
pub(super) fn prices(config: &Config, kind: LedgerKind) -> Prices {
    match kind {
        LedgerKind::Simulated => Prices::default(),
        LedgerKind::Real => config.prices.clone(),
    }
}

/// The report as the account orders it.
pub(super) fn as_ordered(config: &Config, wanted: Wanted) -> Wanted {
    if config.patsnap_logo {
        wanted
    } else {
        wanted.without_logo()
    }
}

fn policy(config: &Config, kind: LedgerKind, product: Product) -> Policy {
    match kind {
        LedgerKind::Simulated => Policy::of(product),
        LedgerKind::Real => config.policy(product),
    }
}

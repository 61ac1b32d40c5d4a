//! What a run would make of wanted reports: looks into the ledger, and writes nothing.

use std::path::Path;
use std::time::Duration;

use jindiao_batch::{LedgerKind, Prices, Store};
use jindiao_order::{OrderId, Policy, StateName, Wanted};
use jindiao_words::say;

use super::order::bill::{Bill, BillLine, Stage};
use crate::config::Config;
use crate::error::CliError;
use crate::{clock, ledger};

/// A ledger, if there is one, and what else decides about an order.
pub(super) struct Foresight<'a> {
    config: &'a Config,
    kind: LedgerKind,
    store: Option<Store>,
    prices: Prices,
    fresh_within: Option<Duration>,
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
            let path = path.display();
            let wrong = match store.kind() {
                LedgerKind::Real => say!("the ledger {path} holds real orders", path),
                LedgerKind::Simulated => say!("the ledger {path} holds simulated orders", path),
            };
            return Err(CliError::usage(wrong).hint(say!(
                "simulated and real orders never share a ledger: name another file with --ledger"
            )));
        }
        Ok(Self {
            config,
            kind,
            store,
            prices: ledger::prices(config, kind),
            fresh_within,
        })
    }

    /// Whether there is a ledger.
    pub(super) fn has_ledger(&self) -> bool {
        self.store.is_some()
    }

    /// Adds a line to the bill, as a run would take it, and shows it to `each`.
    pub(super) fn bill(
        &self,
        line: Option<u64>,
        wanted: Wanted,
        bill: &mut Bill,
        each: impl FnOnce(&BillLine<'_>),
    ) -> Result<(), CliError> {
        let wanted = as_ordered(self.config, wanted);
        let known = self.known(&wanted)?;
        let state = known.as_ref().map(|(_, state)| *state);
        let line = BillLine {
            line,
            product: wanted.product(),
            subject: wanted.subject().label(),
            order: known.as_ref().map(|(id, _)| id.as_str()),
            state,
            stage: Stage::of(state),
            price: self.prices.of(wanted.product()),
        };
        bill.add(&line);
        each(&line);
        Ok(())
    }

    /// The order that stands for a report, and its state: planned, where a run would order it again by
    /// itself.
    fn known(&self, wanted: &Wanted) -> Result<Option<(OrderId, StateName)>, CliError> {
        let Some(store) = &self.store else {
            return Ok(None);
        };
        let known = store.foresee(wanted, self.fresh_within, clock::now())?;
        let Some((id, state)) = known else {
            return Ok(None);
        };
        // What is ordered again by itself is a charge, too.
        let policy = match self.kind {
            LedgerKind::Simulated => Policy::of(wanted.product()),
            LedgerKind::Real => self.config.policy(wanted.product()),
        };
        let is_again =
            state == StateName::Uncertain && store.order(&id)?.order.again_at(&policy).is_some();
        Ok(Some((
            id,
            if is_again { StateName::Planned } else { state },
        )))
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

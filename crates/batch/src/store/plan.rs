//! Planning: the order of each wanted report, found or made, all or none.

use std::path::Path;
use std::time::Duration;

use jindiao_order::{Order, OrderId, StateName, Wanted};
use jindiao_protocol::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::Store;
use super::column::{parsed, time};
use super::roster::Listing;
use super::write::{Row, insert_row};
use crate::LedgerError;

/// What planning made of one line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedLine {
    /// The order that stands for the line.
    pub id: OrderId,
    /// How it stands.
    pub standing: Standing,
}

/// How the order of a line stands when a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was not known before.
    New,
    /// What came of it was too old: it is ordered anew.
    Renewed,
    /// It was known, and is in this state.
    Known(StateName),
}

impl Store {
    /// Finds or makes the order of each wanted report, all or none.
    ///
    /// A request that is known is not ordered again, unless its report was stored, or the request
    /// refused, longer than `fresh_within` before `now`.
    ///
    /// # Errors
    /// If the ledger cannot be read or written.
    pub fn plan(
        &mut self,
        wanted: &[Wanted],
        prices: &crate::Prices,
        fresh_within: Option<Duration>,
        now: Timestamp,
    ) -> Result<Vec<PlannedLine>, LedgerError> {
        self.plan_with(prices, fresh_within, now, |planner| {
            let lines = wanted.iter().map(|wanted| planner.plan(wanted, None));
            lines.collect()
        })
    }

    /// As [`Store::plan`], for reports that come one by one: if `plan` returns an error, nothing of
    /// what it planned lasts. What is planned is what the next run is about.
    ///
    /// # Errors
    /// What `plan` returns, and if the ledger cannot be written.
    pub fn plan_with<T, E: From<LedgerError>>(
        &mut self,
        prices: &crate::Prices,
        fresh_within: Option<Duration>,
        now: Timestamp,
        plan: impl FnOnce(&mut Planner<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (planned, listing) = self.planned_with(prices, fresh_within, now, plan)?;
        self.roster = listing.end();
        Ok(planned)
    }

    fn planned_with<T, E: From<LedgerError>>(
        &self,
        prices: &crate::Prices,
        fresh_within: Option<Duration>,
        now: Timestamp,
        plan: impl FnOnce(&mut Planner<'_>) -> Result<T, E>,
    ) -> Result<(T, Listing), E> {
        let fail = |error| self.fail(error);
        let transaction = self.begin()?;
        let mut planner = Planner {
            listing: Listing::begin(&transaction).map_err(fail)?,
            transaction,
            path: &self.path,
            prices,
            fresh_within,
            now,
        };
        let planned = plan(&mut planner)?;
        let Planner {
            transaction,
            listing,
            ..
        } = planner;
        transaction.commit().map_err(fail)?;
        Ok((planned, listing))
    }

    /// What planning would find for a wanted report, without writing anything: the order that
    /// stands for it, or `None` where one would be made.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn foresee(
        &self,
        wanted: &Wanted,
        fresh_within: Option<Duration>,
        now: Timestamp,
    ) -> Result<Option<(OrderId, StateName)>, LedgerError> {
        let known = latest(&self.connection, wanted).map_err(|error| self.fail(error))?;
        Ok(known
            .filter(|known| !known.is_stale(fresh_within, now))
            .map(|known| (known.id, known.state)))
    }
}

/// Plans reports one by one, all or none: see [`Store::plan_with`].
#[derive(Debug)]
pub struct Planner<'a> {
    transaction: Transaction<'a>,
    listing: Listing,
    path: &'a Path,
    prices: &'a crate::Prices,
    fresh_within: Option<Duration>,
    now: Timestamp,
}

impl Planner<'_> {
    /// Finds or makes the order of a wanted report, and lists it for the next run: as `line` of a
    /// list, where there is one.
    ///
    /// # Errors
    /// If the ledger cannot be read or written.
    pub fn plan(&mut self, wanted: &Wanted, line: Option<u64>) -> Result<PlannedLine, LedgerError> {
        self.planned(wanted, line)
            .map_err(|error| LedgerError::sqlite(self.path, error))
    }

    fn planned(&mut self, wanted: &Wanted, line: Option<u64>) -> rusqlite::Result<PlannedLine> {
        let latest = latest(&self.transaction, wanted)?;
        let product = wanted.product();
        let (round, standing) = match latest {
            None => (0, Standing::New),
            Some(known) if known.is_stale(self.fresh_within, self.now) => {
                (known.round + 1, Standing::Renewed)
            }
            Some(Latest { id, row, state, .. }) => {
                self.listing
                    .add(&self.transaction, row, product, state, line)?;
                let standing = Standing::Known(state);
                return Ok(PlannedLine { id, standing });
            }
        };
        let order = Order::plan(wanted.clone(), round, self.now);
        let price = self.prices.of(product).fen;
        let row = insert_row(&self.transaction, &order, round, price, self.now)?;
        let state = order.state().name();
        self.listing
            .add(&self.transaction, row, product, state, line)?;
        Ok(PlannedLine {
            id: order.id().clone(),
            standing,
        })
    }
}

/// The newest order of a request.
struct Latest {
    id: OrderId,
    row: Row,
    round: u32,
    state: StateName,
    updated: Timestamp,
}

impl Latest {
    /// Whether the request is to be ordered anew: what came of it is older than `fresh_within`,
    /// be it a report or a refusal that cost nothing.
    fn is_stale(&self, fresh_within: Option<Duration>, now: Timestamp) -> bool {
        matches!(self.state, StateName::Stored | StateName::Refused)
            && fresh_within.is_some_and(|limit| now.since(self.updated) > limit)
    }
}

fn latest(connection: &Connection, wanted: &Wanted) -> rusqlite::Result<Option<Latest>> {
    connection
        .prepare_cached(
            "SELECT id, round, state, coalesce(stored_at, updated_at), n FROM orders
             WHERE fingerprint = ?1 ORDER BY round DESC LIMIT 1",
        )?
        .query_row([wanted.fingerprint().as_bytes()], |row| {
            Ok(Latest {
                id: parsed(row, 0)?,
                round: row.get(1)?,
                state: parsed(row, 2)?,
                updated: time(row, 3)?,
                row: row.get(4)?,
            })
        })
        .optional()
}

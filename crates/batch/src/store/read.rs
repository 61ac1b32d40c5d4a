//! What the ledger knows, read.

use std::path::PathBuf;
use std::time::Duration;

use jindiao_order::{Fen, Order, OrderId, Product, StateName};
use jindiao_protocol::{Timestamp, Vendor};
use rusqlite::{OptionalExtension, Params, Row, params};

use super::Store;
use super::column::{count, delivery, effect, fen, parsed, time, unreadable};
use crate::row::{Booked, Entry, ExchangeRow, Transition};
use crate::{LedgerError, LedgerErrorKind};

/// How many orders of one product are in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// Of which product.
    pub product: Product,
    /// In which state.
    pub state: StateName,
    /// How many.
    pub orders: u64,
    /// The sum of their prices.
    pub price: Fen,
}

impl Store {
    /// The orders in `state`, or all, in the order in which they were planned.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn orders(&self, state: Option<StateName>) -> Result<Vec<Entry>, LedgerError> {
        let mut orders = Vec::new();
        self.each_order(state, |entry| {
            orders.push(entry);
            Ok::<_, LedgerError>(())
        })?;
        Ok(orders)
    }

    /// As [`Store::orders`], one by one: there may be millions. Ends with the first error that `each`
    /// returns.
    ///
    /// # Errors
    /// What `each` returns, and if the ledger cannot be read.
    pub fn each_order<E: From<LedgerError>>(
        &self,
        state: Option<StateName>,
        each: impl FnMut(Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        let which = if state.is_some() {
            "state = ?1"
        } else {
            "?1 IS NULL"
        };
        let sql = format!("SELECT {ENTRY} FROM orders WHERE {which} ORDER BY n");
        self.each_row(&sql, [state.map(StateName::as_str)], entry, each)
    }

    /// Reads what `sql` finds row by row.
    pub(super) fn each_row<T, E: From<LedgerError>>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        mut each: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let fail = |error| self.fail(error);
        let mut statement = self.connection.prepare_cached(sql).map_err(fail)?;
        let mut rows = statement.query(params).map_err(fail)?;
        while let Some(row) = rows.next().map_err(fail)? {
            each(read(row).map_err(fail)?)?;
        }
        Ok(())
    }

    /// The order with this id.
    ///
    /// # Errors
    /// If there is none, or the ledger cannot be read.
    pub fn order(&self, id: &OrderId) -> Result<Entry, LedgerError> {
        self.found(id).map(|found| found.entry)
    }

    /// The order with this id, and its row.
    pub(crate) fn found(&self, id: &OrderId) -> Result<Found, LedgerError> {
        self.found_where("id = ?1", [id.as_str()])
    }

    /// The order of this row.
    pub(crate) fn order_at(&self, row: super::write::Row) -> Result<Found, LedgerError> {
        self.found_where("n = ?1", [row])
    }

    fn found_where(&self, which: &str, params: impl Params) -> Result<Found, LedgerError> {
        self.connection
            .prepare_cached(&format!("SELECT {FOUND} FROM orders WHERE {which}"))
            .and_then(|mut statement| statement.query_row(params, found).optional())
            .map_err(|error| self.fail(error))?
            .ok_or_else(|| LedgerError::new(LedgerErrorKind::NoSuchOrder, &self.path))
    }

    /// The one order whose id begins with `text`, as people type it.
    ///
    /// # Errors
    /// If there is none or more than one, or the ledger cannot be read.
    pub fn find(&self, text: &str) -> Result<Entry, LedgerError> {
        let prefix = text.trim().to_ascii_lowercase();
        let plausible = !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_alphanumeric());
        if !plausible {
            return Err(LedgerError::new(LedgerErrorKind::NoSuchOrder, &self.path));
        }
        let read = || {
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT {ENTRY} FROM orders WHERE id >= ?1 AND id < ?1 || '~' LIMIT 2"
            ))?;
            let rows = statement.query_map([&prefix], entry)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let mut found = read().map_err(|error| self.fail(error))?;
        match (found.pop(), found.pop()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(LedgerError::new(LedgerErrorKind::NoSuchOrder, &self.path)),
            (Some(_), Some(_)) => Err(LedgerError::new(LedgerErrorKind::Ambiguous, &self.path)),
        }
    }

    /// Everything that happened to an order: its states and its exchanges, oldest first.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn history(
        &self,
        id: &OrderId,
    ) -> Result<(Vec<Transition>, Vec<ExchangeRow>), LedgerError> {
        let read = || {
            let mut statement = self
                .connection
                .prepare_cached("SELECT n, planned_at FROM orders WHERE id = ?1")?;
            let found = statement
                .query_row([id.as_str()], |row| {
                    Ok((row.get::<_, i64>(0)?, time(row, 1)?))
                })
                .optional()?;
            let Some((n, planned)) = found else {
                return Ok((Vec::new(), Vec::new()));
            };
            let mut statement = self.connection.prepare_cached(
                "SELECT at, state, note FROM transitions WHERE order_n = ?1 ORDER BY n",
            )?;
            let mut transitions = statement
                .query_map([n], |row| {
                    Ok(Transition {
                        at: time(row, 0)?,
                        state: parsed(row, 1)?,
                        note: row.get(2)?,
                    })
                })?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            // That it was planned is said by the order itself; older ledgers say it here, too.
            let first = Transition {
                at: planned,
                state: StateName::Planned,
                note: None,
            };
            let is_said = |it: &Transition| it.state == first.state && it.note.is_none();
            if !transitions.first().is_some_and(is_said) {
                transitions.insert(0, first);
            }
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT {EXCHANGE} FROM exchanges e WHERE order_n = ?1 ORDER BY n"
            ))?;
            let exchanges = statement
                .query_map([n], |row| exchange(row, id))?
                .collect::<rusqlite::Result<_>>()?;
            Ok((transitions, exchanges))
        };
        read().map_err(|error| self.fail(error))
    }

    /// Every exchange since then, or ever, that could have been charged or was counted by the
    /// vendor, oldest first: what a vendor's invoice can be checked with.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn booked(&self, since: Option<Timestamp>) -> Result<Vec<Booked>, LedgerError> {
        let mut booked = Vec::new();
        self.each_booked(since, |it| {
            booked.push(it);
            Ok::<_, LedgerError>(())
        })?;
        Ok(booked)
    }

    /// As [`Store::booked`], one by one: there may be millions. Ends with the first error that `each`
    /// returns.
    ///
    /// # Errors
    /// What `each` returns, and if the ledger cannot be read.
    pub fn each_booked<E: From<LedgerError>>(
        &self,
        since: Option<Timestamp>,
        each: impl FnMut(Booked) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = format!(
            "SELECT {EXCHANGE}, o.form FROM exchanges e JOIN orders o ON o.n = e.order_n
             WHERE e.at >= ?1
               AND ((effect = 'charge' AND delivery <> 'never_sent') OR counted IN ('yes', 'likely'))
             ORDER BY e.at, e.n"
        );
        let read = |row: &Row<'_>| {
            let order = order(row, EXCHANGE_COLUMNS)?;
            Ok(Booked {
                row: exchange(row, order.id())?,
                product: order.wanted().product(),
                subject: order.wanted().subject().label().to_owned(),
                reference: order
                    .placement()
                    .and_then(|placement| placement.reference.clone()),
            })
        };
        let since = since.unwrap_or(Timestamp::EPOCH).unix_millis();
        self.each_row(&sql, [since], read, each)
    }

    /// How many orders there are of each product in each state.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn counts(&self) -> Result<Vec<Count>, LedgerError> {
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT product, state, count(*), sum(price_fen) FROM orders GROUP BY product, state ORDER BY product, state",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(Count {
                    product: parsed(row, 0)?,
                    state: parsed(row, 1)?,
                    orders: count(row, 2)?,
                    price: fen(row, 3)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail(error))
    }

    /// How many calls `vendor` may have got on the day of China that `now` is in.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn calls_today(&self, vendor: Vendor, now: Timestamp) -> Result<u64, LedgerError> {
        let midnight = now.next_china_midnight().unix_millis() - 24 * 3600 * 1000;
        self.connection
            .query_row(
                "SELECT count(*) FROM exchanges WHERE vendor = ?1 AND at >= ?2 AND delivery <> 'never_sent'",
                params![vendor.id(), midnight],
                |row| count(row, 0),
            )
            .map_err(|error| self.fail(error))
    }
}

/// The columns that [`entry`] reads.
pub(super) const ENTRY: &str = "form, round, price_fen, folder, updated_at";

pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        order: order(row, 0)?,
        round: row.get(1)?,
        price: fen(row, 2)?,
        folder: row.get::<_, Option<String>>(3)?.map(PathBuf::from),
        updated: time(row, 4)?,
    })
}

/// An order, its row, and the state in which the ledger has it. A link that can be asked for again
/// is not written down, so that the order itself may say less than that.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) row: super::write::Row,
    pub(crate) state: StateName,
    pub(crate) entry: Entry,
}

/// The columns that [`found`] reads: those of [`ENTRY`] and two more.
pub(super) const FOUND: &str = "form, round, price_fen, folder, updated_at, n, state";
/// How many they are.
pub(super) const FOUND_COLUMNS: usize = 7;

pub(super) fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found {
        entry: entry(row)?,
        row: row.get(5)?,
        state: parsed(row, 6)?,
    })
}

/// The columns that [`exchange`] reads.
const EXCHANGE: &str = "e.at, e.vendor, e.exchange, e.effect, e.delivery, e.http_status, e.code, \
     e.serial, e.units, e.duration_ms, e.price_fen, e.note, e.counted, e.charged";
/// How many they are.
const EXCHANGE_COLUMNS: usize = 14;

pub(super) fn exchange(row: &Row<'_>, id: &OrderId) -> rusqlite::Result<ExchangeRow> {
    Ok(ExchangeRow {
        order: id.clone(),
        at: time(row, 0)?,
        vendor: parsed(row, 1)?,
        exchange: row.get(2)?,
        effect: effect(row, 3)?,
        delivery: delivery(row, 4)?,
        http_status: row.get(5)?,
        code: row.get(6)?,
        serial: row.get(7)?,
        units: row.get(8)?,
        duration: Duration::from_millis(count(row, 9)?),
        price: fen(row, 10)?,
        note: row.get(11)?,
        counted: parsed(row, 12)?,
        charged: parsed(row, 13)?,
    })
}

fn order(row: &Row<'_>, column: usize) -> rusqlite::Result<Order> {
    let form = row.get_ref(column)?.as_str()?;
    Order::from_json(form).map_err(|error| unreadable(column, error))
}

//! What is written down, in groups that are durable together.

use std::path::PathBuf;

use jindiao_order::{Fen, Order, OrderId, Question, State, StateName, Verdict};
use jindiao_protocol::Timestamp;
use jindiao_words::say;
use rusqlite::{Connection, OptionalExtension, params};

use super::Store;
use super::column::{of_delivery, of_effect, of_fen, of_millis, parsed};
use super::read::Found;
use crate::row::{Charged, Entry, ExchangeRow};
use crate::{LedgerError, LedgerErrorKind};

/// One thing to write down.
#[derive(Debug)]
pub(crate) enum Write {
    /// The order came to stand like this.
    Order(Box<Change>),
    /// The price of the order, before it is charged.
    Price { row: Row, price: Fen },
    /// An exchange was made.
    Exchange {
        row: Row,
        exchange: Box<ExchangeRow>,
    },
    /// A person knows what became of the order's doubtful exchanges.
    Settle { row: Row, charged: Charged },
    /// The run leaves the order as it is, and this is why.
    Leave { row: Row, why: String },
}

/// An order's row in the ledger, for as long as the ledger is.
pub(crate) type Row = i64;

/// How an order came to stand, in the form in which it is written: so that whoever moved it on, and
/// not the one writer, does the work of making it.
#[derive(Debug)]
pub(crate) struct Change {
    row: Row,
    state: StateName,
    form: String,
    stored: Option<Timestamp>,
    at: Timestamp,
    /// In which state the ledger has it, if that is known.
    was: Option<StateName>,
    note: Option<String>,
    folder: Option<PathBuf>,
}

impl Change {
    /// The order of `row` stands like this since `at`.
    pub(crate) fn of(row: Row, order: &Order, at: Timestamp) -> Self {
        Self {
            row,
            state: order.state().name(),
            form: order.to_json(),
            stored: match order.state() {
                State::Stored { at, .. } => Some(*at),
                _ => None,
            },
            at,
            was: None,
            note: None,
            folder: None,
        }
    }

    /// With a word on it for the history.
    #[must_use]
    pub(crate) fn with_note(self, note: Option<String>) -> Self {
        Self { note, ..self }
    }

    /// With the folder that the report is in; without one it stays what it was.
    #[must_use]
    pub(crate) fn in_folder(self, folder: Option<PathBuf>) -> Self {
        Self { folder, ..self }
    }

    /// The ledger has it in this state.
    #[must_use]
    pub(crate) fn after(self, was: StateName) -> Self {
        let was = Some(was);
        Self { was, ..self }
    }
}

impl Store {
    /// Writes down a person's decision about an order.
    ///
    /// # Errors
    /// If the decision does not fit the order (the source says why), or the ledger cannot be
    /// written.
    pub fn decide(
        &mut self,
        id: &OrderId,
        verdict: Verdict,
        now: Timestamp,
    ) -> Result<Entry, LedgerError> {
        self.decide_all(&[(id.clone(), verdict)], now)?;
        self.order(id)
    }

    /// Writes down a person's decisions about many orders, all or none, each about another order.
    ///
    /// # Errors
    /// If a decision does not fit its order (the source says why), or the ledger cannot be
    /// written.
    pub fn decide_all(
        &mut self,
        decisions: &[(OrderId, Verdict)],
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let decided = decisions
            .iter()
            .try_for_each(|(id, verdict)| self.stage_decision(id, verdict, now));
        self.or_undone(decided)?;
        self.commit()
    }

    fn stage_decision(
        &mut self,
        id: &OrderId,
        verdict: &Verdict,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let Found { row, entry, .. } = self.found(id)?;
        let before = entry.order;
        let note = match verdict {
            Verdict::Placed(_) | Verdict::PlacedLink(_) => say!("decided: the vendor has it"),
            Verdict::NotPlaced => say!("decided: not placed, order it"),
            Verdict::Abandon => say!("decided: abandoned"),
        };
        let order = before
            .decide(now, verdict.clone())
            .map_err(|error| LedgerError::because(LedgerErrorKind::Verdict, &self.path, error))?;
        let is_doubt = matches!(
            before.state(),
            State::Uncertain {
                question: Question::WasItPlaced,
                ..
            }
        );
        let settled = match verdict {
            Verdict::Placed(_) | Verdict::PlacedLink(_) => Some(Charged::Yes),
            Verdict::NotPlaced => Some(Charged::Denied),
            Verdict::Abandon => None,
        };
        let settle = settled
            .filter(|_| is_doubt)
            .map(|charged| Write::Settle { row, charged });
        let change = Change::of(row, &order, now).with_note(Some(note.to_string()));
        let writes: Vec<_> = settle
            .into_iter()
            .chain([Write::Order(Box::new(change))])
            .collect();
        self.stage(&writes)
    }

    /// Writes all of `writes`, or nothing; durable when it returns.
    pub(crate) fn write(&mut self, writes: &[Write]) -> Result<(), LedgerError> {
        self.stage(writes)?;
        self.commit()
    }

    /// Writes all of `writes`, to be seen at once, and durable with the next [`Store::commit`]. After
    /// an error nothing is written of what was not durable before.
    pub(crate) fn stage(&mut self, writes: &[Write]) -> Result<(), LedgerError> {
        if writes.is_empty() {
            return Ok(());
        }
        let staged = self.open_group().and_then(|()| {
            let mut writes = writes.iter();
            let written = writes.try_for_each(|write| apply(&self.connection, write));
            written.map_err(|error| self.fail(error))
        });
        self.or_undone(staged)
    }

    /// Makes durable what was staged.
    pub(crate) fn commit(&mut self) -> Result<(), LedgerError> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        let committed = self.execute("COMMIT");
        self.or_undone(committed)
    }

    /// Begins to stage, if that has not begun yet.
    fn open_group(&self) -> Result<(), LedgerError> {
        if !self.connection.is_autocommit() {
            return Ok(());
        }
        self.execute("BEGIN")?;
        self.check_owner(&self.connection)
    }

    fn or_undone(&self, result: Result<(), LedgerError>) -> Result<(), LedgerError> {
        if result.is_err() && !self.connection.is_autocommit() {
            // What cannot be undone now is undone when the ledger is closed.
            let _ = self.execute("ROLLBACK");
        }
        result
    }

    fn execute(&self, sql: &str) -> Result<(), LedgerError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]))
            .map(drop)
            .map_err(|error| self.fail(error))
    }
}

/// Writes a new order, and gives its row.
pub(super) fn insert_row(
    connection: &Connection,
    order: &Order,
    round: u32,
    price: Fen,
    now: Timestamp,
) -> rusqlite::Result<Row> {
    let wanted = order.wanted();
    connection
        .prepare_cached(
            "INSERT INTO orders (id, fingerprint, round, vendor, product, state, form, price_fen, planned_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
        )?
        .execute(params![
            order.id().as_str(),
            wanted.fingerprint().as_bytes(),
            round,
            wanted.product().vendor().id(),
            wanted.product().id(),
            order.state().name().as_str(),
            order.to_json(),
            of_fen(price),
            now.unix_millis(),
        ])?;
    Ok(connection.last_insert_rowid())
}

pub(super) fn apply(connection: &Connection, write: &Write) -> rusqlite::Result<()> {
    match write {
        Write::Order(change) => update(connection, change),
        Write::Price { row, price } => connection
            .prepare_cached("UPDATE orders SET price_fen = ?2 WHERE n = ?1")?
            .execute(params![row, of_fen(*price)])
            .map(drop),
        Write::Exchange { row, exchange } => insert_exchange(connection, *row, exchange),
        Write::Settle { row, charged } => {
            // One order is one report: where it was called for twice, the last call is the one
            // that the vendor has, and of the others nobody knows more than before.
            let which = match charged {
                Charged::Yes => {
                    "n = (SELECT max(n) FROM exchanges WHERE order_n = ?1 AND charged = 'maybe')"
                }
                Charged::No | Charged::Maybe | Charged::Denied => {
                    "order_n = ?1 AND charged = 'maybe'"
                }
            };
            connection
                .prepare_cached(&format!("UPDATE exchanges SET charged = ?2 WHERE {which}"))?
                .execute(params![row, charged.as_str()])
                .map(drop)
        }
        Write::Leave { row, why } => super::roster::leave(connection, *row, why),
    }
}

fn update(connection: &Connection, change: &Change) -> rusqlite::Result<()> {
    let was = match change.was {
        Some(was) => Some(was),
        None => connection
            .prepare_cached("SELECT state FROM orders WHERE n = ?1")?
            .query_row([change.row], |row| parsed(row, 0))
            .optional()?,
    };
    let changed = connection
        .prepare_cached(
            "UPDATE orders SET state = ?2, form = ?3, stored_at = ?4, folder = coalesce(?5, folder), updated_at = ?6
             WHERE n = ?1",
        )?
        .execute(params![
            change.row,
            change.state.as_str(),
            change.form,
            change.stored.map(Timestamp::unix_millis),
            change.folder.as_ref().map(|folder| folder.to_string_lossy()),
            change.at.unix_millis(),
        ])?;
    if changed != 1 {
        return Err(rusqlite::Error::QueryReturnedNoRows);
    }
    // Polls do not fill the history: only a new state or a word on it does.
    if change.note.is_some() || was != Some(change.state) {
        let note = change.note.as_deref();
        transition(connection, change.row, change.state, note, change.at)?;
    }
    Ok(())
}

pub(super) fn insert_exchange(
    connection: &Connection,
    order: Row,
    row: &ExchangeRow,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO exchanges (order_n, at, vendor, exchange, effect, delivery, http_status, code, serial, units, duration_ms, price_fen, note, counted, charged)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute(params![
            order,
            row.at.unix_millis(),
            row.vendor.id(),
            row.exchange,
            of_effect(row.effect),
            of_delivery(row.delivery),
            row.http_status,
            row.code,
            row.serial,
            row.units,
            of_millis(row.duration),
            of_fen(row.price),
            row.note,
            row.counted.as_str(),
            row.charged.as_str(),
        ])
        .map(drop)
}

pub(super) fn transition(
    connection: &Connection,
    order: Row,
    state: StateName,
    note: Option<&str>,
    at: Timestamp,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO transitions (order_n, n, at, state, note)
             VALUES (?1, (SELECT coalesce(max(n), 0) + 1 FROM transitions WHERE order_n = ?1), ?2, ?3, ?4)",
        )?
        .execute(params![order, at.unix_millis(), state.as_str(), note])
        .map(drop)
}

//! Orders that move between this ledger and a cluster: they are never with both.

use jindiao_order::Fingerprint;
use rusqlite::{OptionalExtension, Transaction, params};

use super::Store;
use super::read::{ENTRY, entry};
use super::write::{Change, Write, apply, insert_exchange, insert_row, transition};
use crate::LedgerError;
use crate::row::{Entry, ExchangeRow, Transition};

impl Store {
    /// The id of the cluster that its orders are in, if they are in one.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn moved_to(&self) -> Result<Option<String>, LedgerError> {
        self.connection
            .query_row("SELECT value FROM meta WHERE key = 'moved_to'", [], |row| {
                row.get(0)
            })
            .optional()
            .map_err(|error| self.fail(error))
    }

    /// Its orders are in the cluster with the id `to`, or about to be: from here on nobody can open
    /// it to order anything. There is no way back.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn mark_moved(&mut self, to: &str) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let transaction = self.begin()?;
        let marked = transaction
            .execute(
                "INSERT INTO meta (key, value) VALUES ('moved_to', ?1)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                [to],
            )
            .and_then(|_| transaction.commit());
        marked.map_err(|error| LedgerError::sqlite(&path, error))
    }

    /// The name under which this ledger takes over the orders of the cluster with the id `from`: the
    /// same each time that it is asked. None if it holds anything else.
    ///
    /// # Errors
    /// If the ledger cannot be read or written, or the system gives no random numbers.
    pub fn takes_over(&mut self, from: &str) -> Result<Option<String>, LedgerError> {
        let path = self.path.clone();
        let new_name = self.nonce::<8>()?;
        let transaction = self.begin()?;
        let taken = (|| {
            let read = |key: &str| {
                let sql = "SELECT value FROM meta WHERE key = ?1";
                transaction
                    .query_row(sql, [key], |row| row.get::<_, String>(0))
                    .optional()
            };
            let orders: i64 =
                transaction.query_row("SELECT count(*) FROM orders", [], |row| row.get(0))?;
            match (read("taken_from")?, read("name")?) {
                (Some(known), Some(name)) if known == from => Ok(Some(name)),
                (None, None) if orders == 0 => {
                    let sql =
                        "INSERT INTO meta (key, value) VALUES ('taken_from', ?1), ('name', ?2)";
                    transaction.execute(sql, [from, &new_name])?;
                    Ok(Some(new_name))
                }
                _ => Ok(None),
            }
        })();
        let taken = taken.and_then(|name| transaction.commit().map(|()| name));
        taken.map_err(|error| LedgerError::sqlite(&path, error))
    }

    /// The orders of each request, oldest first: the first `most` requests after the one given, by
    /// fingerprint.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn requests(
        &self,
        after: Option<&Fingerprint>,
        most: u32,
    ) -> Result<Vec<Vec<Entry>>, LedgerError> {
        let after = after.map_or(&[][..], |it| it.as_bytes());
        let read = || {
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT {ENTRY} FROM orders WHERE fingerprint IN
                   (SELECT DISTINCT fingerprint FROM orders WHERE fingerprint > ?1
                    ORDER BY fingerprint LIMIT ?2)
                 ORDER BY fingerprint, round"
            ))?;
            let rows = statement.query_map(params![after, most], entry)?;
            rows.collect::<rusqlite::Result<Vec<Entry>>>()
        };
        let mut requests: Vec<Vec<Entry>> = Vec::new();
        for entry in read().map_err(|error| self.fail(error))? {
            let wanted = entry.order.wanted().fingerprint();
            match requests.last_mut() {
                Some(rounds) if rounds[0].order.wanted().fingerprint() == wanted => {
                    rounds.push(entry);
                }
                _ => requests.push(vec![entry]),
            }
        }
        Ok(requests)
    }

    /// Writes orders that another host kept into a ledger that has none of them, with all that
    /// happened to them: all or none. What was exchanged for earlier orders of the same request is
    /// kept with the order.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn copy_in<'a>(
        &mut self,
        copies: impl IntoIterator<Item = (&'a Entry, &'a [Transition], &'a [ExchangeRow])>,
    ) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let transaction = self.begin()?;
        let written = copies
            .into_iter()
            .try_for_each(|(entry, transitions, exchanges)| {
                copy(&transaction, entry, transitions, exchanges)
            })
            .and_then(|()| transaction.commit());
        written.map_err(|error| LedgerError::sqlite(&path, error))
    }
}

/// Writes an order as it stands, and all that happened to it.
fn copy(
    transaction: &Transaction<'_>,
    entry: &Entry,
    transitions: &[Transition],
    exchanges: &[ExchangeRow],
) -> rusqlite::Result<()> {
    let Entry { order, updated, .. } = entry;
    let row = insert_row(
        transaction,
        order,
        entry.round,
        entry.price,
        order.planned(),
    )?;
    let change = Change::of(row, order, *updated)
        .in_folder(entry.folder.clone())
        .after(order.state().name());
    apply(transaction, &Write::Order(Box::new(change)))?;
    for it in transitions {
        transition(transaction, row, it.state, it.note.as_deref(), it.at)?;
    }
    for exchange in exchanges {
        insert_exchange(transaction, row, exchange)?;
    }
    Ok(())
}

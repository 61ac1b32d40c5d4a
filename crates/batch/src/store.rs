//! The ledger file: what is wanted, where it stands, what was exchanged.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jindiao_order::{
    Fen, Fingerprint, Input, Order, OrderId, Policy, Product, Question, State, StateName, Verdict,
    Wanted,
};
use jindiao_protocol::{Delivery, Effect, Timestamp, Vendor};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, params};

use crate::lock::Lock;
use crate::row::{Booked, Charged, Entry, ExchangeRow, Transition};
use crate::{LedgerError, LedgerErrorKind, schema};

/// How many statements are kept prepared: all that a run needs.
const STATEMENTS: usize = 64;

/// Whether a ledger holds real orders or simulated ones. It never holds both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerKind {
    /// Orders with real vendors.
    Real,
    /// Orders with the simulator.
    Simulated,
}

/// A ledger file, open.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    kind: LedgerKind,
    recovered: u64,
    /// What stands in the ledger as long as nobody opened it for writing after us.
    owner: Option<String>,
    _lock: Option<Lock>,
}

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
    /// A stored report was too old: it is ordered anew.
    Renewed,
    /// It was known, and is in this state.
    Known(StateName),
}

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

/// One thing to write down.
#[derive(Debug)]
pub(crate) enum Write {
    /// The order came to stand like this.
    Order {
        order: Box<Order>,
        note: Option<String>,
        folder: Option<PathBuf>,
        at: Timestamp,
    },
    /// The price of the order, before it is charged.
    Price { id: OrderId, price: Fen },
    /// An exchange was made.
    Exchange(Box<ExchangeRow>),
    /// A person knows what became of the order's doubtful exchanges.
    Settle { id: OrderId, charged: Charged },
}

impl Store {
    /// Opens the ledger at `path` for writing, and makes it if it is not there.
    ///
    /// Only one process may have it open for writing. Orders that an earlier process left in
    /// mid-charge become `Uncertain` here.
    ///
    /// # Errors
    /// If another process uses it, it is no ledger, a newer one, one of the other kind, damaged,
    /// or cannot be written; and if its orders are in a cluster. It is never replaced by an empty one.
    pub fn open(path: &Path, kind: LedgerKind, now: Timestamp) -> Result<Self, LedgerError> {
        Self::open_for(path, kind, now, None)
    }

    /// As [`Store::open`], to move its orders to the cluster with the id `to`: what was begun with
    /// [`Store::mark_moved`] goes on. Nothing may be ordered with it.
    ///
    /// # Errors
    /// As [`Store::open`], and if its orders are in another cluster.
    pub fn open_to_move(
        path: &Path,
        kind: LedgerKind,
        now: Timestamp,
        to: &str,
    ) -> Result<Self, LedgerError> {
        Self::open_for(path, kind, now, Some(to))
    }

    fn open_for(
        path: &Path,
        kind: LedgerKind,
        now: Timestamp,
        mover: Option<&str>,
    ) -> Result<Self, LedgerError> {
        let lock = Lock::take(path)?;
        let is_new = match std::fs::metadata(path) {
            Ok(found) => found.len() == 0 && !has_wal(path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
            Err(error) => return Err(LedgerError::because(LedgerErrorKind::Access, path, error)),
        };
        if is_new {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false);
            crate::folder::owner_only(&mut options);
            options
                .open(path)
                .map_err(|error| LedgerError::because(LedgerErrorKind::Access, path, error))?;
        }
        let mut connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
        .map_err(|error| LedgerError::sqlite(path, error))?;
        let fail = |error| LedgerError::sqlite(path, error);
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection
            .busy_timeout(Duration::from_secs(5))
            .map_err(fail)?;
        if !is_new {
            check_header(&connection, path)?;
        }
        connection
            .pragma_update(None, "journal_mode", "wal")
            .map_err(fail)?;
        connection
            .pragma_update(None, "synchronous", "full")
            .map_err(fail)?;
        connection
            .pragma_update(None, "foreign_keys", true)
            .map_err(fail)?;
        if is_new {
            schema::create(&mut connection, kind == LedgerKind::Simulated).map_err(fail)?;
        }
        let mut store = Self {
            connection,
            path: path.to_owned(),
            kind,
            recovered: 0,
            owner: None,
            _lock: Some(lock),
        };
        let found = store.read_kind()?;
        if found != kind {
            let simulated = found == LedgerKind::Simulated;
            return Err(LedgerError::new(
                LedgerErrorKind::OtherKind { simulated },
                path,
            ));
        }
        if let Some(to) = store.moved_to()?
            && mover != Some(to.as_str())
        {
            return Err(LedgerError::new(LedgerErrorKind::Moved { to }, path));
        }
        store.check_integrity()?;
        store.own()?;
        store.recover(now)?;
        Ok(store)
    }

    /// A new ledger that is in no file: for hosts of their own and simulations. It is gone when it
    /// is dropped.
    ///
    /// # Errors
    /// If SQLite cannot make one.
    pub fn in_memory(kind: LedgerKind, now: Timestamp) -> Result<Self, LedgerError> {
        let path = PathBuf::from(":memory:");
        let fail = |error| LedgerError::sqlite(Path::new(":memory:"), error);
        let mut connection = Connection::open_in_memory().map_err(fail)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection
            .pragma_update(None, "foreign_keys", true)
            .map_err(fail)?;
        schema::create(&mut connection, kind == LedgerKind::Simulated).map_err(fail)?;
        let mut store = Self {
            connection,
            path,
            kind,
            recovered: 0,
            owner: None,
            _lock: None,
        };
        store.recover(now)?;
        Ok(store)
    }

    /// Does what opening does to a ledger that another process wrote: orders that were left in
    /// mid-charge become `Uncertain`. For ledgers that outlive a run without being closed, as
    /// those of simulations do.
    ///
    /// # Errors
    /// If the ledger cannot be read or written.
    pub fn reopen(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        self.recover(now).map(drop)
    }

    /// Opens the ledger at `path` for looking at it, also while a run goes on.
    ///
    /// # Errors
    /// As [`Store::open`], and if there is no such file.
    pub fn view(path: &Path) -> Result<Self, LedgerError> {
        match std::fs::metadata(path) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(LedgerError::new(LedgerErrorKind::Missing, path));
            }
            Err(error) => return Err(LedgerError::because(LedgerErrorKind::Access, path, error)),
        }
        let fail = |error| LedgerError::sqlite(path, error);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(fail)?;
        connection
            .busy_timeout(Duration::from_secs(5))
            .map_err(fail)?;
        check_header(&connection, path)?;
        let mut store = Self {
            connection,
            path: path.to_owned(),
            kind: LedgerKind::Real,
            recovered: 0,
            owner: None,
            _lock: None,
        };
        store.kind = store.read_kind()?;
        Ok(store)
    }

    /// Whether it holds real or simulated orders.
    pub fn kind(&self) -> LedgerKind {
        self.kind
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

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
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).map_err(|error| {
            LedgerError::because(LedgerErrorKind::Access, &path, std::io::Error::other(error))
        })?;
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
                    let name = hex::encode(bytes);
                    let sql =
                        "INSERT INTO meta (key, value) VALUES ('taken_from', ?1), ('name', ?2)";
                    transaction.execute(sql, [from, &name])?;
                    Ok(Some(name))
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

    /// How many orders were found in mid-charge when it was opened for writing.
    pub fn recovered(&self) -> u64 {
        self.recovered
    }

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
            wanted.iter().map(|wanted| planner.plan(wanted)).collect()
        })
    }

    /// As [`Store::plan`], for reports that come one by one: if `plan` returns an error, nothing of
    /// what it planned lasts.
    ///
    /// # Errors
    /// What `plan` returns, and if the ledger cannot be written.
    pub fn plan_with<T, E: From<LedgerError>>(
        &mut self,
        prices: &crate::Prices,
        fresh_within: Option<Duration>,
        now: Timestamp,
        plan: impl FnOnce(&Planner<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let path = self.path.clone();
        let planner = Planner {
            transaction: self.begin()?,
            path: &path,
            prices,
            fresh_within,
            now,
        };
        let planned = plan(&planner)?;
        let committed = planner.transaction.commit();
        committed.map_err(|error| LedgerError::sqlite(&path, error))?;
        Ok(planned)
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

    /// The orders in `state`, or all, in the order in which they were planned.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn orders(&self, state: Option<StateName>) -> Result<Vec<Entry>, LedgerError> {
        let read = || {
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT {ENTRY} FROM orders WHERE ?1 IS NULL OR state = ?1 ORDER BY planned_at, rowid"
            ))?;
            let rows = statement.query_map([state.map(StateName::as_str)], entry)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail(error))
    }

    /// The order with this id.
    ///
    /// # Errors
    /// If there is none, or the ledger cannot be read.
    pub fn order(&self, id: &OrderId) -> Result<Entry, LedgerError> {
        self.connection
            .prepare_cached(&format!("SELECT {ENTRY} FROM orders WHERE id = ?1"))
            .and_then(|mut statement| statement.query_row([id.as_str()], entry).optional())
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
            let mut statement = self.connection.prepare_cached(
                "SELECT at, state, note FROM transitions WHERE order_id = ?1 ORDER BY n",
            )?;
            let transitions = statement
                .query_map([id.as_str()], |row| {
                    Ok(Transition {
                        at: time(row, 0)?,
                        state: parsed(row, 1)?,
                        note: row.get(2)?,
                    })
                })?
                .collect::<rusqlite::Result<_>>()?;
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT {EXCHANGE} FROM exchanges e WHERE order_id = ?1 ORDER BY n"
            ))?;
            let exchanges = statement
                .query_map([id.as_str()], |row| exchange(row, id))?
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
        let read = || {
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT {EXCHANGE}, o.form FROM exchanges e JOIN orders o ON o.id = e.order_id
                 WHERE e.at >= ?1
                   AND ((effect = 'charge' AND delivery <> 'never_sent') OR counted IN ('yes', 'likely'))
                 ORDER BY e.at, e.n"
            ))?;
            let since = since.unwrap_or(Timestamp::EPOCH).unix_millis();
            let rows = statement.query_map([since], |row| {
                let order = order(row, EXCHANGE_COLUMNS)?;
                Ok(Booked {
                    row: exchange(row, order.id())?,
                    product: order.wanted().product(),
                    subject: order.wanted().subject().label().to_owned(),
                    reference: order
                        .placement()
                        .and_then(|placement| placement.reference.clone()),
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail(error))
    }

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
        let mut writes = Vec::with_capacity(2 * decisions.len());
        for (id, verdict) in decisions {
            let before = self.order(id)?.order;
            let note = match verdict {
                Verdict::Placed(_) | Verdict::PlacedLink(_) => "decided: the vendor has it",
                Verdict::NotPlaced => "decided: not placed, order it",
                Verdict::Abandon => "decided: abandoned",
            };
            let order = before.decide(now, verdict.clone()).map_err(|error| {
                LedgerError::because(LedgerErrorKind::Verdict, &self.path, error)
            })?;
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
            if let (true, Some(charged)) = (is_doubt, settled) {
                writes.push(Write::Settle {
                    id: id.clone(),
                    charged,
                });
            }
            writes.push(Write::Order {
                order: Box::new(order),
                note: Some(note.to_owned()),
                folder: None,
                at: now,
            });
        }
        self.write(&writes)
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
                    orders: row.get::<_, i64>(2)?.unsigned_abs(),
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
                |row| row.get::<_, i64>(0),
            )
            .map(i64::unsigned_abs)
            .map_err(|error| self.fail(error))
    }

    /// Writes all of `writes`, or nothing; durable when it returns.
    pub(crate) fn write<'a>(
        &mut self,
        writes: impl IntoIterator<Item = &'a Write>,
    ) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let transaction = self.begin()?;
        let written = writes
            .into_iter()
            .try_for_each(|write| apply(&transaction, write))
            .and_then(|()| transaction.commit());
        written.map_err(|error| LedgerError::sqlite(&path, error))
    }

    /// Begins to write. Whoever opened the ledger last is the only one who may: where locks lie, as
    /// on some network folders, or somebody deletes the lock file, the others stop here, before
    /// they order anything more.
    fn begin(&mut self) -> Result<Transaction<'_>, LedgerError> {
        let path = &self.path;
        let fail = |error| LedgerError::sqlite(path, error);
        let transaction = self.connection.transaction().map_err(fail)?;
        if let Some(owner) = &self.owner {
            let found: Option<String> = transaction
                .prepare_cached("SELECT value FROM meta WHERE key = 'owner'")
                .and_then(|mut statement| statement.query_row([], |row| row.get(0)).optional())
                .map_err(fail)?;
            if found.as_ref() != Some(owner) {
                let holder = "another process, which opened it later".to_owned();
                return Err(LedgerError::new(LedgerErrorKind::InUse { holder }, path));
            }
        }
        Ok(transaction)
    }

    /// Makes this the one that may write.
    fn own(&mut self) -> Result<(), LedgerError> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce)
            .map_err(|error| LedgerError::because(LedgerErrorKind::Other, &self.path, error))?;
        let owner = format!("process {}, {}", std::process::id(), hex::encode(nonce));
        self.connection
            .execute(
                "INSERT INTO meta (key, value) VALUES ('owner', ?1)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                [&owner],
            )
            .map_err(|error| self.fail(error))?;
        self.owner = Some(owner);
        Ok(())
    }

    /// What an earlier process left in mid-charge becomes uncertain: it may have called. Gives the
    /// sum of what that may have cost.
    pub(crate) fn recover(&mut self, now: Timestamp) -> Result<Fen, LedgerError> {
        let caught = self.orders(Some(StateName::Ordering))?;
        self.recovered = u64::try_from(caught.len()).unwrap_or(u64::MAX);
        let at_stake = caught
            .iter()
            .fold(Fen::ZERO, |sum, entry| sum + entry.at_stake());
        let writes: Vec<_> = caught
            .into_iter()
            .flat_map(|entry| {
                let intent = match entry.order.state() {
                    State::Ordering { intent, .. } => Some(intent.clone()),
                    _ => None,
                };
                let policy = Policy::of(entry.order.wanted().product());
                let (order, _) = entry.order.clone().step(now, Input::Found, &policy);
                let note = match order.state() {
                    State::Uncertain { note, .. } => Some(note.clone()),
                    _ => None,
                };
                // Whoever was to book the call has ended; it may have been charged all the same.
                let lost = intent.map(|intent| {
                    let row = ExchangeRow::lost(&entry, &intent, note.clone());
                    Write::Exchange(Box::new(row))
                });
                let order = Write::Order {
                    order: Box::new(order),
                    note,
                    folder: None,
                    at: now,
                };
                lost.into_iter().chain([order])
            })
            .collect();
        self.write(&writes)?;
        Ok(at_stake)
    }

    fn read_kind(&self) -> Result<LedgerKind, LedgerError> {
        let simulated: String = self
            .connection
            .query_row(
                "SELECT value FROM meta WHERE key = 'simulated'",
                [],
                |row| row.get(0),
            )
            .map_err(|error| self.fail(error))?;
        Ok(if simulated == "yes" {
            LedgerKind::Simulated
        } else {
            LedgerKind::Real
        })
    }

    /// A quick look for damage: pages and the rows that indexes promise.
    fn check_integrity(&self) -> Result<(), LedgerError> {
        let found: String = self
            .connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(|error| self.fail(error))?;
        if found == "ok" {
            Ok(())
        } else {
            Err(LedgerError::new(LedgerErrorKind::Damaged, &self.path))
        }
    }

    fn fail(&self, error: rusqlite::Error) -> LedgerError {
        LedgerError::sqlite(&self.path, error)
    }
}

/// Plans reports one by one, all or none: see [`Store::plan_with`].
#[derive(Debug)]
pub struct Planner<'a> {
    transaction: Transaction<'a>,
    path: &'a Path,
    prices: &'a crate::Prices,
    fresh_within: Option<Duration>,
    now: Timestamp,
}

impl Planner<'_> {
    /// Finds or makes the order of a wanted report.
    ///
    /// # Errors
    /// If the ledger cannot be read or written.
    pub fn plan(&self, wanted: &Wanted) -> Result<PlannedLine, LedgerError> {
        self.planned(wanted)
            .map_err(|error| LedgerError::sqlite(self.path, error))
    }

    fn planned(&self, wanted: &Wanted) -> rusqlite::Result<PlannedLine> {
        let (round, standing) = match latest(&self.transaction, wanted)? {
            None => (0, Standing::New),
            Some(known) if known.is_stale(self.fresh_within, self.now) => {
                (known.round + 1, Standing::Renewed)
            }
            Some(known) => {
                return Ok(PlannedLine {
                    id: known.id,
                    standing: Standing::Known(known.state),
                });
            }
        };
        let order = Order::plan(wanted.clone(), round, self.now);
        let price = self.prices.of(wanted.product()).fen;
        insert(&self.transaction, &order, round, price, self.now)?;
        Ok(PlannedLine {
            id: order.id().clone(),
            standing,
        })
    }
}

fn has_wal(path: &Path) -> bool {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    std::fs::metadata(name).is_ok_and(|found| found.len() > 0)
}

fn check_header(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let fail = |error| LedgerError::sqlite(path, error);
    let read = |name: &str| {
        connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))
    };
    if read("application_id").map_err(fail)? != schema::APPLICATION_ID {
        return Err(LedgerError::new(LedgerErrorKind::NotALedger, path));
    }
    let found = read("user_version").map_err(fail)?;
    if found > schema::VERSION {
        let kind = LedgerErrorKind::Newer {
            found,
            known: schema::VERSION,
        };
        return Err(LedgerError::new(kind, path));
    }
    Ok(())
}

/// The newest order of a request.
struct Latest {
    id: OrderId,
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
            "SELECT id, round, state, coalesce(stored_at, updated_at) FROM orders
             WHERE fingerprint = ?1 ORDER BY round DESC LIMIT 1",
        )?
        .query_row([wanted.fingerprint().as_bytes()], |row| {
            Ok(Latest {
                id: parsed(row, 0)?,
                round: row.get(1)?,
                state: parsed(row, 2)?,
                updated: time(row, 3)?,
            })
        })
        .optional()
}

/// Writes an order as it stands, and all that happened to it.
fn copy(
    transaction: &Transaction<'_>,
    entry: &Entry,
    transitions: &[Transition],
    exchanges: &[ExchangeRow],
) -> rusqlite::Result<()> {
    let Entry { order, updated, .. } = entry;
    insert_row(
        transaction,
        order,
        entry.round,
        entry.price,
        order.planned(),
    )?;
    let write = Write::Order {
        order: Box::new(order.clone()),
        note: None,
        folder: entry.folder.clone(),
        at: *updated,
    };
    apply(transaction, &write)?;
    for it in transitions {
        transition(transaction, order, it.state, it.note.as_deref(), it.at)?;
    }
    for row in exchanges {
        let order = order.id().clone();
        let row = ExchangeRow {
            order,
            ..row.clone()
        };
        apply(transaction, &Write::Exchange(Box::new(row)))?;
    }
    Ok(())
}

fn insert(
    transaction: &Transaction<'_>,
    order: &Order,
    round: u32,
    price: Fen,
    now: Timestamp,
) -> rusqlite::Result<()> {
    insert_row(transaction, order, round, price, now)?;
    transition(transaction, order, order.state().name(), None, now)
}

fn insert_row(
    transaction: &Transaction<'_>,
    order: &Order,
    round: u32,
    price: Fen,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let wanted = order.wanted();
    transaction
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
            i64::try_from(price.get()).unwrap_or(i64::MAX),
            now.unix_millis(),
        ])?;
    Ok(())
}

fn apply(transaction: &Transaction<'_>, write: &Write) -> rusqlite::Result<()> {
    match write {
        Write::Order {
            order,
            note,
            folder,
            at,
        } => {
            let state = order.state();
            let stored = match state {
                State::Stored { at, .. } => Some(at.unix_millis()),
                _ => None,
            };
            let before: Option<String> = transaction
                .prepare_cached("SELECT state FROM orders WHERE id = ?1")?
                .query_row([order.id().as_str()], |row| row.get(0))
                .optional()?;
            let changed = transaction
                .prepare_cached(
                    "UPDATE orders SET state = ?2, form = ?3, stored_at = ?4, folder = coalesce(?5, folder), updated_at = ?6
                     WHERE id = ?1",
                )?
                .execute(params![
                    order.id().as_str(),
                    state.name().as_str(),
                    order.to_json(),
                    stored,
                    folder.as_ref().map(|folder| folder.to_string_lossy()),
                    at.unix_millis(),
                ])?;
            if changed != 1 {
                return Err(rusqlite::Error::QueryReturnedNoRows);
            }
            // Polls do not fill the history: only a new state or a word on it does.
            if note.is_some() || before.as_deref() != Some(state.name().as_str()) {
                transition(transaction, order, state.name(), note.as_deref(), *at)?;
            }
            Ok(())
        }
        Write::Price { id, price } => {
            transaction
                .prepare_cached("UPDATE orders SET price_fen = ?2 WHERE id = ?1")?
                .execute(params![
                    id.as_str(),
                    i64::try_from(price.get()).unwrap_or(i64::MAX)
                ])?;
            Ok(())
        }
        Write::Exchange(row) => {
            transaction
                .prepare_cached(
                    "INSERT INTO exchanges (order_id, at, vendor, exchange, effect, delivery, http_status, code, serial, units, duration_ms, price_fen, note, counted, charged)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
                )?
                .execute(params![
                    row.order.as_str(),
                    row.at.unix_millis(),
                    row.vendor.id(),
                    row.exchange,
                    match row.effect {
                        Effect::Read => "read",
                        Effect::Charge => "charge",
                    },
                    match row.delivery {
                        Delivery::NeverSent => "never_sent",
                        Delivery::MaybeSent => "maybe_sent",
                        Delivery::Answered => "answered",
                    },
                    row.http_status,
                    row.code,
                    row.serial,
                    row.units,
                    i64::try_from(row.duration.as_millis()).unwrap_or(i64::MAX),
                    i64::try_from(row.price.get()).unwrap_or(i64::MAX),
                    row.note,
                    row.counted.as_str(),
                    row.charged.as_str(),
                ])?;
            Ok(())
        }
        Write::Settle { id, charged } => {
            // One order is one report: where it was called for twice, the last call is the one
            // that the vendor has, and of the others nobody knows more than before.
            let which = match charged {
                Charged::Yes => {
                    "n = (SELECT max(n) FROM exchanges WHERE order_id = ?1 AND charged = 'maybe')"
                }
                Charged::No | Charged::Maybe | Charged::Denied => {
                    "order_id = ?1 AND charged = 'maybe'"
                }
            };
            transaction
                .prepare_cached(&format!("UPDATE exchanges SET charged = ?2 WHERE {which}"))?
                .execute(params![id.as_str(), charged.as_str()])?;
            Ok(())
        }
    }
}

fn transition(
    transaction: &Transaction<'_>,
    order: &Order,
    state: StateName,
    note: Option<&str>,
    at: Timestamp,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO transitions (order_id, at, state, note) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            order.id().as_str(),
            at.unix_millis(),
            state.as_str(),
            note
        ])?;
    Ok(())
}

/// The columns that [`entry`] reads.
const ENTRY: &str = "form, round, price_fen, folder, updated_at";

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        order: order(row, 0)?,
        round: row.get(1)?,
        price: fen(row, 2)?,
        folder: row.get::<_, Option<String>>(3)?.map(PathBuf::from),
        updated: time(row, 4)?,
    })
}

/// The columns that [`exchange`] reads.
const EXCHANGE: &str = "e.at, e.vendor, e.exchange, e.effect, e.delivery, e.http_status, e.code, \
     e.serial, e.units, e.duration_ms, e.price_fen, e.note, e.counted, e.charged";
/// How many they are.
const EXCHANGE_COLUMNS: usize = 14;

fn exchange(row: &Row<'_>, id: &OrderId) -> rusqlite::Result<ExchangeRow> {
    let delivery: String = row.get(4)?;
    let effect: String = row.get(3)?;
    Ok(ExchangeRow {
        order: id.clone(),
        at: time(row, 0)?,
        vendor: parsed(row, 1)?,
        exchange: row.get(2)?,
        effect: if effect == "charge" {
            Effect::Charge
        } else {
            Effect::Read
        },
        delivery: match delivery.as_str() {
            "never_sent" => Delivery::NeverSent,
            "answered" => Delivery::Answered,
            _ => Delivery::MaybeSent,
        },
        http_status: row.get(5)?,
        code: row.get(6)?,
        serial: row.get(7)?,
        units: row.get(8)?,
        duration: Duration::from_millis(row.get::<_, i64>(9)?.unsigned_abs()),
        price: fen(row, 10)?,
        note: row.get(11)?,
        counted: parsed(row, 12)?,
        charged: parsed(row, 13)?,
    })
}

fn order(row: &Row<'_>, column: usize) -> rusqlite::Result<Order> {
    Order::from_json(&row.get::<_, String>(column)?).map_err(|error| conversion(column, error))
}

fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    row.get::<_, String>(column)?
        .parse()
        .map_err(|error| conversion(column, error))
}

fn conversion(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_unix_millis)
}

fn fen(row: &Row<'_>, column: usize) -> rusqlite::Result<Fen> {
    row.get::<_, i64>(column)
        .map(|fen| Fen::new(fen.unsigned_abs()))
}

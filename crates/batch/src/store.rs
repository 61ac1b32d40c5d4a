//! The ledger file: what is wanted, where it stands, what was exchanged.

pub(crate) mod column;
mod moving;
mod plan;
mod read;
mod roster;
mod write;

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jindiao_order::{Fen, Input, Policy, State};
use jindiao_protocol::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction};

use crate::lock::Lock;
use crate::row::ExchangeRow;
use crate::{LedgerError, LedgerErrorKind, schema};
use roster::Roster;

pub use plan::{PlannedLine, Planner, Standing};
pub use read::Count;
pub use roster::Listed;

pub(crate) use read::Found;
pub(crate) use roster::{KnownDrawn, New};
pub(crate) use write::{Change, Row, Write};

/// How many statements are kept prepared: all that a run needs.
const STATEMENTS: usize = 64;
/// How much of the file is kept in memory while it is written, in KiB, as SQLite counts: the indexes
/// of the ids and requests of half a million orders.
const CACHE: &str = "-32768";
/// After how many pages the log is taken into the file: 16 MiB.
const CHECKPOINT: &str = "4096";
/// How long another process may be in the middle of something.
const BUSY: Duration = Duration::from_secs(5);
/// How large a ledger may be, in bytes, to be looked through each time that it is opened.
const SMALL: u64 = 16 * 1024 * 1024;

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
    roster: Roster,
    _lock: Option<Lock>,
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
        // Whoever closes a ledger takes its log into it.
        let was_cut_off = has_wal(path);
        if is_new {
            make_file(path)?;
        }
        let connection = connect_to_write(path, is_new.then_some(kind))?;
        let mut store = Self {
            connection,
            path: path.to_owned(),
            kind,
            recovered: 0,
            owner: None,
            roster: Roster::default(),
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
        if was_cut_off || is_small(path) {
            store.check_quickly()?;
        }
        store.migrate()?;
        store
            .connection
            .pragma_update(None, "foreign_keys", true)
            .map_err(|error| store.fail(error))?;
        store.own()?;
        store.reopen(now)?;
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
        prepare_once(&connection).map_err(fail)?;
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
            roster: Roster::default(),
            _lock: None,
        };
        store.reopen(now)?;
        Ok(store)
    }

    /// Does what opening does to a ledger that another process wrote: orders that were left in
    /// mid-charge become `Uncertain`. For ledgers that outlive a run without being closed, as
    /// those of simulations do.
    ///
    /// # Errors
    /// If the ledger cannot be read or written.
    pub fn reopen(&mut self, now: Timestamp) -> Result<(), LedgerError> {
        self.recovered = self.recover(now)?.orders;
        Ok(())
    }

    /// Opens the ledger at `path` for looking at it, also while a run goes on.
    ///
    /// # Errors
    /// As [`Store::open`], and if there is no such file.
    pub fn view(path: &Path) -> Result<Self, LedgerError> {
        let mut store = Self {
            connection: connect_to_view(path)?,
            path: path.to_owned(),
            kind: LedgerKind::Real,
            recovered: 0,
            owner: None,
            roster: Roster::default(),
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

    /// How many orders were found in mid-charge when it was last opened for writing.
    pub fn recovered(&self) -> u64 {
        self.recovered
    }

    /// Begins to write. Whoever opened the ledger last is the only one who may: where locks lie, as
    /// on some network folders, or somebody deletes the lock file, the others stop here, before
    /// they order anything more.
    fn begin(&self) -> Result<Transaction<'_>, LedgerError> {
        let transaction = self
            .connection
            .unchecked_transaction()
            .map_err(|error| self.fail(error))?;
        self.check_owner(&transaction)?;
        Ok(transaction)
    }

    fn check_owner(&self, connection: &Connection) -> Result<(), LedgerError> {
        let Some(owner) = &self.owner else {
            return Ok(());
        };
        let found: Option<String> = connection
            .prepare_cached("SELECT value FROM meta WHERE key = 'owner'")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)).optional())
            .map_err(|error| self.fail(error))?;
        if found.as_ref() == Some(owner) {
            return Ok(());
        }
        let holder = "another process, which opened it later".to_owned();
        Err(LedgerError::new(
            LedgerErrorKind::InUse { holder },
            &self.path,
        ))
    }

    /// Makes this the one that may write.
    fn own(&mut self) -> Result<(), LedgerError> {
        let owner = format!("process {}, {}", std::process::id(), self.nonce::<16>()?);
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

    /// What nobody is about any more in mid-charge becomes uncertain: whoever was may have called.
    pub(crate) fn recover(&mut self, now: Timestamp) -> Result<Caught, LedgerError> {
        let mut caught = Vec::new();
        self.each_row(
            &format!(
                "SELECT {} FROM orders WHERE state = 'ordering'",
                read::FOUND
            ),
            [],
            read::found,
            |found| {
                caught.push(found);
                Ok::<_, LedgerError>(())
            },
        )?;
        let sum = Caught {
            orders: u64::try_from(caught.len()).unwrap_or(u64::MAX),
            at_stake: caught.iter().map(|found| found.entry.at_stake()).sum(),
        };
        let writes: Vec<_> = caught
            .into_iter()
            .flat_map(|Found { row, state, entry }| {
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
                    let exchange = Box::new(ExchangeRow::lost(&entry, &intent, note.clone()));
                    Write::Exchange { row, exchange }
                });
                let change = Change::of(row, &order, now).after(state).with_note(note);
                lost.into_iter().chain([Write::Order(Box::new(change))])
            })
            .collect();
        self.write(&writes)?;
        Ok(sum)
    }

    /// A name that nothing else ever had.
    fn nonce<const BYTES: usize>(&self) -> Result<String, LedgerError> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| LedgerError::because(LedgerErrorKind::Other, &self.path, error))?;
        Ok(hex::encode(bytes))
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

    /// Looks at every page and every row for damage: seconds for each million orders. Opening does a
    /// quicker look, and only where the ledger is small or was not closed.
    ///
    /// # Errors
    /// If the ledger is damaged, or cannot be read.
    pub fn check(&self) -> Result<(), LedgerError> {
        self.check_with("PRAGMA integrity_check(1)")
    }

    fn check_quickly(&self) -> Result<(), LedgerError> {
        self.check_with("PRAGMA quick_check(1)")
    }

    fn check_with(&self, sql: &str) -> Result<(), LedgerError> {
        let found: String = self
            .connection
            .query_row(sql, [], |row| row.get(0))
            .map_err(|error| self.fail(error))?;
        if found == "ok" {
            Ok(())
        } else {
            Err(LedgerError::new(LedgerErrorKind::Damaged, &self.path))
        }
    }

    /// Brings a ledger of an older version to the one that is written here.
    fn migrate(&self) -> Result<(), LedgerError> {
        let version = || schema::version(&self.connection).map_err(|error| self.fail(error));
        if version()? == schema::VERSION {
            return Ok(());
        }
        let transaction = self.begin()?;
        schema::migrate(&transaction)
            .and_then(|()| transaction.commit())
            .map_err(|error| self.fail(error))
    }

    fn fail(&self, error: rusqlite::Error) -> LedgerError {
        LedgerError::sqlite(&self.path, error)
    }
}

/// Orders that were caught in mid-charge.
pub(crate) struct Caught {
    pub(crate) orders: u64,
    /// What their calls may have cost.
    pub(crate) at_stake: Fen,
}

/// Makes the empty file of a new ledger, for its owner alone.
fn make_file(path: &Path) -> Result<(), LedgerError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    crate::folder::owner_only(&mut options);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(LedgerError::because(LedgerErrorKind::Access, path, error)),
    }
}

/// Opens the file for writing, and makes the tables of a `new` ledger.
fn connect_to_write(path: &Path, new: Option<LedgerKind>) -> Result<Connection, LedgerError> {
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    if new.is_none() {
        check_header(&connection, path)?;
    }
    let prepared = (|| {
        for (name, value) in [
            ("journal_mode", "wal"),
            ("synchronous", "full"),
            ("cache_size", CACHE),
            ("wal_autocheckpoint", CHECKPOINT),
        ] {
            connection.pragma_update(None, name, value)?;
        }
        new.map_or(Ok(()), |kind| {
            schema::create(&mut connection, kind == LedgerKind::Simulated)
        })
    })();
    prepared.map_err(|error| LedgerError::sqlite(path, error))?;
    Ok(connection)
}

/// Opens the file for looking at it, as a ledger of this version whichever it is of.
pub(crate) fn connect_to_view(path: &Path) -> Result<Connection, LedgerError> {
    match std::fs::metadata(path) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(LedgerError::new(LedgerErrorKind::Missing, path));
        }
        Err(error) => return Err(LedgerError::because(LedgerErrorKind::Access, path, error)),
    }
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    check_header(&connection, path)?;
    schema::read(&connection).map_err(|error| LedgerError::sqlite(path, error))?;
    Ok(connection)
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, LedgerError> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connect = || {
        let connection = Connection::open_with_flags(path, flags)?;
        prepare_once(&connection)?;
        connection.busy_timeout(BUSY)?;
        Ok(connection)
    };
    connect().map_err(|error| LedgerError::sqlite(path, error))
}

/// Has statements planned once, and not for each value that they are used with.
fn prepare_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(drop)
}

fn has_wal(path: &Path) -> bool {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    std::fs::metadata(name).is_ok_and(|found| found.len() > 0)
}

/// Whether looking at all of it takes no time.
fn is_small(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.len() <= SMALL)
}

fn check_header(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let fail = |error| LedgerError::sqlite(path, error);
    if schema::application_id(connection).map_err(fail)? != schema::APPLICATION_ID {
        return Err(LedgerError::new(LedgerErrorKind::NotALedger, path));
    }
    let found = schema::version(connection).map_err(fail)?;
    if found > schema::VERSION {
        let kind = LedgerErrorKind::Newer {
            found,
            known: schema::VERSION,
        };
        return Err(LedgerError::new(kind, path));
    }
    Ok(())
}

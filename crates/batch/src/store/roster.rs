//! The orders of a run: listed while they are planned, drawn page by page, told of when it has ended.
//! They are kept in temporary tables beside the ledger, so that a list of any length takes little
//! memory.

use std::collections::{BTreeMap, BTreeSet};

use jindiao_order::{OrderId, Product, StateName};
use rusqlite::{Connection, OptionalExtension, params};

use super::Store;
use super::column::parsed;
use super::read::{FOUND, FOUND_COLUMNS, Found, found};
use super::write::Row;
use crate::{Entry, LedgerError};

/// An order of a run, when the run has ended.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its line in the list, where there is a list.
    pub line: Option<u64>,
    /// How it stands.
    pub entry: Entry,
    /// Why the run left it as it is, where it did.
    pub left: Option<String>,
}

/// Which orders a run is about.
#[derive(Debug, Default)]
pub(super) struct Roster {
    which: Which,
    /// Why the new orders were left that nobody came to.
    rest: BTreeMap<Product, String>,
}

#[derive(Debug, Default)]
enum Which {
    #[default]
    None,
    /// Those in the table, of which some are of these products and new.
    Lines {
        new: BTreeSet<Product>,
        has_known: bool,
    },
    /// All of the ledger, which are not in the table.
    All,
}

/// How far the orders are drawn that are not new.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct KnownDrawn {
    group: usize,
    after: Row,
}

/// A new order, and where it is in the list.
#[derive(Debug)]
pub(crate) struct New {
    pub(crate) place: Row,
    pub(crate) found: Found,
}

/// What a run looks at of all orders of a ledger, beside the new ones: what is paid for first.
const KNOWN: [StateName; 6] = [
    StateName::Ready,
    StateName::Waiting,
    StateName::Ordered,
    StateName::Held,
    StateName::Uncertain,
    StateName::Stored,
];

const TABLES: &str = "
CREATE TEMP TABLE IF NOT EXISTS roster (
    place INTEGER PRIMARY KEY,
    row INTEGER NOT NULL UNIQUE,
    product INTEGER NOT NULL,
    is_new INTEGER NOT NULL,
    line INTEGER
) STRICT;
-- Where all orders are listed: what may become new and was not when they were listed.
CREATE TEMP TABLE IF NOT EXISTS not_new (row INTEGER PRIMARY KEY) STRICT;
CREATE TEMP TABLE IF NOT EXISTS left_over (row INTEGER PRIMARY KEY, why TEXT NOT NULL) STRICT;
DELETE FROM roster;
DELETE FROM not_new;
DELETE FROM left_over;
";

impl Store {
    /// Lists these orders for the next run, each once, in place of those that were listed before.
    ///
    /// # Errors
    /// If the ledger does not have one of them, or cannot be read, or there is no room for
    /// temporary files.
    pub fn list<'a>(
        &mut self,
        ids: impl IntoIterator<Item = &'a OrderId>,
    ) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let transaction = self.begin()?;
        let fail = |error| LedgerError::sqlite(&path, error);
        let mut listing = Listing::begin(&transaction).map_err(fail)?;
        for id in ids {
            let found = transaction
                .prepare_cached("SELECT n, product, state FROM orders WHERE id = ?1")
                .and_then(|mut statement| {
                    let read = |row: &rusqlite::Row<'_>| {
                        Ok((row.get(0)?, parsed(row, 1)?, parsed(row, 2)?))
                    };
                    statement.query_row([id.as_str()], read).optional()
                })
                .map_err(fail)?;
            let Some((row, product, state)) = found else {
                let kind = crate::LedgerErrorKind::NoSuchOrder;
                return Err(LedgerError::new(kind, &path));
            };
            listing
                .add(&transaction, row, product, state, None)
                .map_err(fail)?;
        }
        transaction.commit().map_err(fail)?;
        self.roster = listing.end();
        Ok(())
    }

    /// Lists all orders of the ledger for the next run.
    ///
    /// # Errors
    /// If the ledger cannot be read, or there is no room for temporary files.
    pub fn list_all(&mut self) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let transaction = self.begin()?;
        transaction
            .execute_batch(TABLES)
            .and_then(|()| {
                transaction.execute_batch(
                    "INSERT INTO not_new SELECT n FROM orders WHERE state IN ('held', 'uncertain')",
                )
            })
            .and_then(|()| transaction.commit())
            .map_err(|error| LedgerError::sqlite(&path, error))?;
        self.roster = Roster {
            which: Which::All,
            rest: BTreeMap::new(),
        };
        Ok(())
    }

    /// Each listed order as it stands, in the order of the list, with why the last run left it, where
    /// it did. Ends with the first error that `each` returns.
    ///
    /// # Errors
    /// What `each` returns, and if the ledger cannot be read.
    pub fn each_listed<E: From<LedgerError>>(
        &self,
        each: impl FnMut(Listed) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each_listed_in(None, each)
    }

    /// As [`Store::each_listed`], of those in `state` only.
    pub(crate) fn each_listed_in<E: From<LedgerError>>(
        &self,
        state: Option<StateName>,
        mut each: impl FnMut(Listed) -> Result<(), E>,
    ) -> Result<(), E> {
        let (from, order) = match self.roster.which {
            Which::None => return Ok(()),
            Which::Lines { .. } => (
                "l.why, r.line FROM roster r JOIN orders o ON o.n = r.row
                 LEFT JOIN left_over l ON l.row = o.n",
                "r.place",
            ),
            Which::All => (
                "l.why, NULL FROM orders o LEFT JOIN left_over l ON l.row = o.n",
                "o.n",
            ),
        };
        let which = if state.is_some() {
            "o.state = ?1"
        } else {
            "?1 IS NULL"
        };
        let read = |row: &rusqlite::Row<'_>| {
            let line: Option<i64> = row.get(FOUND_COLUMNS + 1)?;
            let why: Option<String> = row.get(FOUND_COLUMNS)?;
            Ok((found(row)?, why, line.map(i64::unsigned_abs)))
        };
        self.each_row(
            &format!("SELECT {FOUND}, {from} WHERE {which} ORDER BY {order}"),
            [state.map(StateName::as_str)],
            read,
            |(found, why, line)| {
                let Found { state, entry, .. } = found;
                let rest = || self.roster.rest.get(&entry.order.wanted().product());
                let left = why.or_else(|| match state {
                    StateName::Planned => rest().cloned(),
                    _ => None,
                });
                each(Listed { line, entry, left })
            },
        )
    }

    /// Why the new orders of each product were left that nobody came to.
    pub(crate) fn leave_rest(&mut self, rest: BTreeMap<Product, String>) {
        self.roster.rest = rest;
    }

    /// The next orders that were not new when they were listed, at most so many; none when all are
    /// drawn.
    pub(crate) fn draw_known(
        &self,
        at: &mut KnownDrawn,
        most: usize,
    ) -> Result<Vec<Found>, LedgerError> {
        let mut drawn = Vec::new();
        match self.roster.which {
            Which::None
            | Which::Lines {
                has_known: false, ..
            } => {}
            Which::Lines { .. } => {
                let mut after = at.after;
                let sql = format!(
                    "SELECT {FOUND}, r.place FROM roster r JOIN orders o ON o.n = r.row
                     WHERE r.place > ?1 AND NOT r.is_new AND o.state NOT IN ('refused', 'failed')
                     ORDER BY r.place LIMIT ?2"
                );
                let read = |row: &rusqlite::Row<'_>| Ok((found(row)?, row.get(FOUND_COLUMNS)?));
                self.each_row(
                    &sql,
                    params![at.after, limit(most)],
                    read,
                    |(found, place)| {
                        after = place;
                        drawn.push(found);
                        Ok::<_, LedgerError>(())
                    },
                )?;
                at.after = after;
            }
            Which::All => {
                let sql = format!(
                    "SELECT {FOUND} FROM orders WHERE state = ?1 AND product = ?2 AND n > ?3
                     ORDER BY n LIMIT ?4"
                );
                let groups = KNOWN
                    .iter()
                    .flat_map(|state| Product::ALL.iter().map(move |product| (state, product)));
                for (state, product) in groups.skip(at.group) {
                    let left = most - drawn.len();
                    let which = params![state.as_str(), product.id(), at.after, limit(left)];
                    self.each_row(&sql, which, found, |found| {
                        drawn.push(found);
                        Ok::<_, LedgerError>(())
                    })?;
                    if drawn.len() == most {
                        at.after = drawn.last().map_or(0, |found| found.row);
                        break;
                    }
                    *at = KnownDrawn {
                        group: at.group + 1,
                        after: 0,
                    };
                }
            }
        }
        Ok(drawn)
    }

    /// The next new orders of `product` behind the place `after`, at most so many.
    pub(crate) fn draw_new(
        &self,
        product: Product,
        after: Row,
        most: usize,
    ) -> Result<Vec<New>, LedgerError> {
        let mut drawn = Vec::new();
        let mut draw = |sql: &str, product: &dyn rusqlite::ToSql| {
            let read = |row: &rusqlite::Row<'_>| {
                let place = row.get(FOUND_COLUMNS)?;
                let found = found(row)?;
                Ok(New { place, found })
            };
            self.each_row(sql, params![after, product, limit(most)], read, |new| {
                drawn.push(new);
                Ok::<_, LedgerError>(())
            })
        };
        match &self.roster.which {
            Which::Lines { new, .. } if new.contains(&product) => draw(
                &format!(
                    "SELECT {FOUND}, r.place FROM roster r JOIN orders o ON o.n = r.row
                     WHERE r.place > ?1 AND r.is_new AND r.product = ?2 ORDER BY r.place LIMIT ?3"
                ),
                &number(product),
            )?,
            Which::None | Which::Lines { .. } => {}
            Which::All => draw(
                &format!(
                    "SELECT {FOUND}, n FROM orders
                     WHERE n > ?1 AND state = 'planned' AND product = ?2
                       AND n NOT IN (SELECT row FROM not_new) ORDER BY n LIMIT ?3"
                ),
                &product.id(),
            )?,
        }
        Ok(drawn)
    }

    /// How many new orders of `product` are behind the place `after`.
    pub(crate) fn count_new(&self, product: Product, after: Row) -> Result<usize, LedgerError> {
        let count = |sql: &str, product: &dyn rusqlite::ToSql| {
            self.connection
                .prepare_cached(sql)
                .and_then(|mut statement| {
                    statement.query_row(params![after, product], |row| row.get::<_, i64>(0))
                })
                .map(|n| usize::try_from(n).unwrap_or(usize::MAX))
                .map_err(|error| self.fail(error))
        };
        match &self.roster.which {
            Which::None => Ok(0),
            Which::Lines { .. } => count(
                "SELECT count(*) FROM roster WHERE place > ?1 AND is_new AND product = ?2",
                &number(product),
            ),
            Which::All => count(
                "SELECT count(*) FROM orders WHERE n > ?1 AND state = 'planned' AND product = ?2
                   AND n NOT IN (SELECT row FROM not_new)",
                &product.id(),
            ),
        }
    }
}

/// A list of orders that is being made, in a transaction.
#[derive(Debug)]
pub(super) struct Listing {
    new: BTreeSet<Product>,
    has_known: bool,
}

impl Listing {
    pub(super) fn begin(connection: &Connection) -> rusqlite::Result<Self> {
        connection.execute_batch(TABLES)?;
        Ok(Self {
            new: BTreeSet::new(),
            has_known: false,
        })
    }

    /// Lists the order of `row`, unless it is listed already.
    pub(super) fn add(
        &mut self,
        connection: &Connection,
        row: Row,
        product: Product,
        state: StateName,
        line: Option<u64>,
    ) -> rusqlite::Result<()> {
        let is_new = state == StateName::Planned;
        if is_new {
            self.new.insert(product);
        } else {
            self.has_known = true;
        }
        let line = line.map(|line| i64::try_from(line).unwrap_or(i64::MAX));
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO roster (row, product, is_new, line) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![row, number(product), is_new, line])
            .map(drop)
    }

    pub(super) fn end(self) -> Roster {
        Roster {
            which: Which::Lines {
                new: self.new,
                has_known: self.has_known,
            },
            rest: BTreeMap::new(),
        }
    }
}

/// Writes down why a run leaves an order as it is.
pub(super) fn leave(connection: &Connection, row: Row, why: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO left_over (row, why) VALUES (?1, ?2)")?
        .execute(params![row, why])
        .map(drop)
}

/// The product in the table, which does not outlive the process.
fn number(product: Product) -> i64 {
    let n = Product::ALL.iter().position(|it| *it == product);
    n.and_then(|n| i64::try_from(n).ok()).unwrap_or(i64::MAX)
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

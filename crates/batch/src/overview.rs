//! A ledger at a glance, for pages and meters: counts, money over time, waits, failures, doubts.
//!
//! It reads beside a run, in the ledger's own snapshots, and stays fast with a million orders:
//! exchanges are only ever added to a ledger, so each is read once and added up here; orders are
//! counted, and single ones found, by index.

mod books;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jindiao_codes::{Advice, Info};
use jindiao_order::{Fen, OrderId, Product, Refusal, State, StateName};
use jindiao_protocol::{Code, Delivery, Effect, Timestamp, Vendor};
use rusqlite::Connection;

use crate::store::column::{count, parsed};
use crate::store::connect_to_view;
use crate::{Entry, ExchangeRow, LedgerError, LedgerKind, Store};
use books::Books;

/// From how many of the newest reports the waits are told.
const WAITS: i64 = 1_000;
/// How many links are looked at: they are few, since a link is used at once.
const LINKS: i64 = 1_000;
/// How many of the newest orders are told of that ended without a report.
const ENDED: i64 = 20;

/// Looks at one ledger again and again.
#[derive(Debug)]
pub struct Lookout {
    store: Store,
    /// Of its own: all that one look says is from one snapshot.
    connection: Connection,
    books: Books,
}

/// A ledger at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// When it was looked at.
    pub at: Timestamp,
    /// Whether the orders are real.
    pub kind: LedgerKind,
    /// How many exchanges are still to be read: what follows from exchanges is not whole yet.
    pub unread: u64,
    /// When the last exchange began.
    pub last_exchange: Option<Timestamp>,
    /// Orders by product and state.
    pub counts: Vec<StateCount>,
    /// Calls and money by hour, or by minute for the last three hours, oldest first.
    pub times: Times,
    /// What was charged, and may have been, over all.
    pub money: Money,
    /// Exchanges by what came of them.
    pub exchanges: Vec<Exchanges>,
    /// How long the newest reports took.
    pub waits: Vec<Waits>,
    /// The links that are not used yet, the one that dies first before the others.
    pub links: Vec<LinkLeft>,
    /// The accounts.
    pub accounts: Vec<AccountLook>,
    /// The newest orders that ended without a report.
    pub ended: Vec<Ended>,
}

/// How many orders of one product are in one state. Unlike [`Count`](crate::Count) without their
/// prices: an index alone says it, also of a million orders and every second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateCount {
    /// Of which product.
    pub product: Product,
    /// In which state.
    pub state: StateName,
    /// How many.
    pub orders: u64,
}

/// Calls and money over time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Times {
    /// By hour, all that there are.
    pub hours: Vec<Span>,
    /// By minute, the last three hours with exchanges.
    pub minutes: Vec<Span>,
}

/// What was exchanged with a vendor in an hour or a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// When it begins.
    pub begin: Timestamp,
    /// With whom.
    pub vendor: Vendor,
    /// What was done.
    pub sum: Sum,
}

/// What some exchanges come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Calls that may have arrived.
    pub calls: u64,
    /// Calls that the vendor counts, or probably does.
    pub counted: u64,
    /// Money.
    pub money: Money,
}

/// What was charged, as far as is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Money {
    /// For sure.
    pub charged: Fen,
    /// Nobody knows.
    pub maybe: Fen,
}

/// How often the same came of the same exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanges {
    /// With whom.
    pub vendor: Vendor,
    /// What, in the words of the vendor's documents.
    pub exchange: String,
    /// Whether it may have cost money.
    pub effect: Effect,
    /// Whether it arrived.
    pub delivery: Delivery,
    /// The HTTP status, if there was an answer without a code.
    pub http_status: Option<u16>,
    /// The vendor's code.
    pub code: Option<String>,
    /// How often.
    pub calls: u64,
    /// When last.
    pub last: Timestamp,
}

impl Exchanges {
    /// What the tables know of its code.
    pub fn info(&self) -> Option<&'static Info> {
        let code = self.code.as_deref()?;
        Code::parse(self.vendor, code).info_at(&self.exchange)
    }

    /// Whether it did not do what it was made for: no answer, or an answer that says no. A vendor
    /// that is still at work has not failed.
    pub fn is_failure(&self) -> bool {
        if self.delivery != Delivery::Answered {
            return true;
        }
        match (&self.code, self.http_status) {
            (Some(code), _) => {
                let is_fine = |info: &Info| matches!(info.advice, Advice::Proceed | Advice::Wait);
                !Code::parse(self.vendor, code).is_success() && !self.info().is_some_and(is_fine)
            }
            (None, Some(status)) => !(200..300).contains(&status),
            (None, None) => false,
        }
    }
}

/// How long the newest reports of a product took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// Of which product.
    pub product: Product,
    /// How many reports these are.
    pub reports: usize,
    /// From planned to taken by the vendor: the middle, the slowest tenth from, the slowest.
    pub to_order: [Duration; 3],
    /// From there to the report on disk: the same three.
    pub to_store: [Duration; 3],
}

/// A link that is not used yet; never the link itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkLeft {
    /// Of which order.
    pub order: OrderId,
    /// Of which product.
    pub product: Product,
    /// About what.
    pub subject: String,
    /// When it dies, if that is known.
    pub expires: Option<Timestamp>,
}

/// An account as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLook {
    /// With whom.
    pub vendor: Vendor,
    /// Calls that may have arrived since midnight in China.
    pub calls_today: u64,
    /// The same in the last minute.
    pub calls_last_minute: u64,
    /// How many orders wait for the account to be seen to.
    pub held: u64,
    /// What the vendor said to the newest of them, and when.
    pub trouble: Option<(Timestamp, Refusal)>,
    /// When an exchange last went well.
    pub last_success: Option<Timestamp>,
    /// The last one that did not.
    pub last_failure: Option<Exchanges>,
}

/// An order that ended without a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Which.
    pub order: OrderId,
    /// Of which product.
    pub product: Product,
    /// About what.
    pub subject: String,
    /// Refused or failed.
    pub state: StateName,
    /// Why, in one line.
    pub reason: String,
    /// The vendor's word on it.
    pub refusal: Option<Refusal>,
    /// When.
    pub at: Timestamp,
}

/// An order that waits for a person's answer.
#[derive(Debug, Clone)]
pub struct Doubtful {
    /// The order.
    pub entry: Entry,
    /// The last call that may have been charged.
    pub attempt: Option<ExchangeRow>,
}

impl Lookout {
    /// Opens the ledger at `path` for looking at it, also while a run goes on.
    ///
    /// # Errors
    /// As [`Store::view`].
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        Ok(Self {
            store: Store::view(path)?,
            connection: connect_to_view(path)?,
            books: Books::default(),
        })
    }

    /// The ledger, for everything else that can be read in it.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// A number that is another one after another process wrote to the ledger.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn version(&self) -> Result<i64, LedgerError> {
        self.connection
            .query_row("PRAGMA data_version", [], |row| row.get(0))
            .map_err(|error| self.fail(error))
    }

    /// How it stands at `now`.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn look(&mut self, now: Timestamp) -> Result<Overview, LedgerError> {
        let path = self.store.path().to_owned();
        let fail = |error| LedgerError::sqlite(&path, error);
        // Reading only: given up at the end, whatever happened.
        let snapshot = self.connection.transaction().map_err(fail)?;
        let unread = self.books.read(&snapshot, now).map_err(fail)?;
        let counts = counts(&snapshot).map_err(fail)?;
        let stored = newest_stored(&snapshot).map_err(fail)?;
        let held = newest_held(&snapshot).map_err(fail)?;
        let ready = in_state(&snapshot, StateName::Ready, First::Oldest, LINKS).map_err(fail)?;
        let mut ended = Vec::new();
        for state in [StateName::Refused, StateName::Failed] {
            ended.extend(in_state(&snapshot, state, First::Newest, ENDED).map_err(fail)?);
        }
        let mut recent = Vec::new();
        for vendor in Vendor::ALL {
            recent.push(calls_since(&snapshot, vendor, now, 60).map_err(fail)?);
        }
        drop(snapshot);
        let books = &self.books;
        let entries = |ids: &[OrderId]| self.entries(ids);
        let accounts = accounts(books, &counts, &entries(&held)?, &recent, now);
        Ok(Overview {
            at: now,
            kind: self.store.kind(),
            unread,
            last_exchange: books.last_at,
            times: books.times(),
            money: books.money(),
            exchanges: books.exchanges(),
            waits: waits(&entries(&stored)?),
            links: links(&entries(&ready)?),
            accounts,
            ended: endings(&entries(&ended)?),
            counts,
        })
    }

    /// The uncertain orders, oldest first: so many, after as many others.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn uncertain(&self, skip: u32, most: u32) -> Result<Vec<Doubtful>, LedgerError> {
        let ids = (|| {
            let mut statement = self.connection.prepare_cached(
                "SELECT id FROM orders WHERE state = 'uncertain' ORDER BY n LIMIT ?1 OFFSET ?2",
            )?;
            let ids = statement.query_map([most, skip], |row| parsed(row, 0))?;
            ids.collect::<rusqlite::Result<Vec<OrderId>>>()
        })()
        .map_err(|error| self.fail(error))?;
        let entries = self.entries(&ids)?;
        let mut doubtful = Vec::with_capacity(entries.len());
        for entry in entries {
            let (_, exchanges) = self.store.history(entry.order.id())?;
            let mut exchanges = exchanges.into_iter().rev();
            doubtful.push(Doubtful {
                attempt: exchanges.find(|row| row.effect == Effect::Charge),
                entry,
            });
        }
        Ok(doubtful)
    }

    fn entries(&self, ids: &[OrderId]) -> Result<Vec<Entry>, LedgerError> {
        ids.iter().map(|id| self.store.order(id)).collect()
    }

    fn fail(&self, error: rusqlite::Error) -> LedgerError {
        LedgerError::sqlite(self.store.path(), error)
    }
}

/// How many orders there are of each product in each state: from an index alone.
fn counts(ledger: &Connection) -> rusqlite::Result<Vec<StateCount>> {
    let mut statement = ledger
        .prepare_cached("SELECT product, state, count(*) FROM orders GROUP BY state, product")?;
    let rows = statement.query_map([], |row| {
        Ok(StateCount {
            product: parsed(row, 0)?,
            state: parsed(row, 1)?,
            orders: count(row, 2)?,
        })
    })?;
    let mut counts = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    counts.sort_by_key(|count| (count.product, count.state));
    Ok(counts)
}

/// Which of the orders come first, by when they were planned.
#[derive(Clone, Copy)]
enum First {
    Oldest,
    Newest,
}

/// Orders in a state: each state of each product has its index.
fn in_state(
    ledger: &Connection,
    state: StateName,
    first: First,
    most: i64,
) -> rusqlite::Result<Vec<OrderId>> {
    let order = match first {
        First::Oldest => "n",
        First::Newest => "n DESC",
    };
    let mut statement = ledger.prepare_cached(&format!(
        "SELECT id, n FROM orders WHERE state = ?1 AND product = ?3 ORDER BY {order} LIMIT ?2"
    ))?;
    let mut found: Vec<(i64, OrderId)> = Vec::new();
    for product in Product::ALL {
        let rows = statement.query_map((state.as_str(), most, product.id()), |row| {
            Ok((row.get(1)?, parsed(row, 0)?))
        })?;
        for row in rows {
            found.push(row?);
        }
    }
    found.sort();
    if matches!(first, First::Newest) {
        found.reverse();
    }
    found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(found.into_iter().map(|(_, id)| id).collect())
}

/// Those that were planned last: what is planned first is as a rule stored first.
fn newest_stored(ledger: &Connection) -> rusqlite::Result<Vec<OrderId>> {
    in_state(ledger, StateName::Stored, First::Newest, WAITS)
}

/// Of each vendor the order that was held last.
fn newest_held(ledger: &Connection) -> rusqlite::Result<Vec<OrderId>> {
    let mut statement = ledger.prepare_cached(
        "SELECT id, max(updated_at) FROM orders WHERE state = 'held' GROUP BY vendor",
    )?;
    let rows = statement.query_map([], |row| parsed(row, 0))?;
    rows.collect()
}

fn calls_since(
    ledger: &Connection,
    vendor: Vendor,
    now: Timestamp,
    seconds: i64,
) -> rusqlite::Result<u64> {
    let since = now.unix_millis().saturating_sub(seconds * 1000);
    let mut statement = ledger.prepare_cached(
        "SELECT count(*) FROM exchanges WHERE vendor = ?1 AND at > ?2 AND delivery <> 'never_sent'",
    )?;
    statement.query_row((vendor.id(), since), |row| count(row, 0))
}

fn accounts(
    books: &Books,
    counts: &[StateCount],
    held: &[Entry],
    recent: &[u64],
    now: Timestamp,
) -> Vec<AccountLook> {
    let exchanges = books.exchanges();
    let look = |(n, vendor): (usize, Vendor)| {
        let of_vendor = |count: &&StateCount| count.product.vendor() == vendor;
        let is_held = |count: &&StateCount| count.state == StateName::Held;
        let trouble = held.iter().find_map(|entry| match entry.order.state() {
            State::Held { refusal, at, .. } if refusal.vendor == vendor => {
                Some((*at, refusal.clone()))
            }
            _ => None,
        });
        let mine = || exchanges.iter().filter(|it| it.vendor == vendor);
        AccountLook {
            vendor,
            calls_today: books.calls_today(vendor, now),
            calls_last_minute: recent.get(n).copied().unwrap_or(0),
            held: counts
                .iter()
                .filter(of_vendor)
                .filter(is_held)
                .map(|count| count.orders)
                .sum(),
            trouble,
            last_success: mine().filter(|it| !it.is_failure()).map(|it| it.last).max(),
            last_failure: mine()
                .filter(|it| it.is_failure())
                .max_by_key(|it| it.last)
                .cloned(),
        }
    };
    Vendor::ALL.into_iter().enumerate().map(look).collect()
}

fn waits(stored: &[Entry]) -> Vec<Waits> {
    let mut by_product: BTreeMap<Product, Vec<(Duration, Duration)>> = BTreeMap::new();
    for entry in stored {
        let State::Stored { placement, at, .. } = entry.order.state() else {
            continue;
        };
        let waited = (
            placement.at.since(entry.order.planned()),
            at.since(placement.at),
        );
        let product = entry.order.wanted().product();
        by_product.entry(product).or_default().push(waited);
    }
    let waits = by_product.into_iter().map(|(product, waited)| {
        let (ordered, stored) = waited.iter().copied().unzip();
        Waits {
            product,
            reports: waited.len(),
            to_order: quantiles(ordered),
            to_store: quantiles(stored),
        }
    });
    waits.collect()
}

/// The middle one, the one that nine of ten do not exceed, and the longest.
fn quantiles(mut durations: Vec<Duration>) -> [Duration; 3] {
    durations.sort_unstable();
    let last = durations.len().saturating_sub(1);
    [last / 2, last * 9 / 10, last].map(|n| durations.get(n).copied().unwrap_or_default())
}

fn links(ready: &[Entry]) -> Vec<LinkLeft> {
    let mut links: Vec<_> = ready
        .iter()
        .filter_map(|entry| match entry.order.state() {
            State::Ready { link, .. } => Some(LinkLeft {
                order: entry.order.id().clone(),
                product: entry.order.wanted().product(),
                subject: entry.order.wanted().subject().label().to_owned(),
                expires: link.expires(),
            }),
            _ => None,
        })
        .collect();
    links.sort_by_key(|link| (link.expires.is_none(), link.expires));
    links
}

fn endings(entries: &[Entry]) -> Vec<Ended> {
    let ended = entries.iter().filter_map(|entry| {
        let order = &entry.order;
        let (reason, refusal, at) = match order.state() {
            State::Refused { refusal, at } => (refusal.text.clone(), Some(refusal.clone()), *at),
            State::Failed { reason, at, .. } => (reason.clone(), None, *at),
            _ => return None,
        };
        Some(Ended {
            order: order.id().clone(),
            product: order.wanted().product(),
            subject: order.wanted().subject().label().to_owned(),
            state: order.state().name(),
            reason,
            refusal,
            at,
        })
    });
    let mut ended: Vec<_> = ended.collect();
    ended.sort_by_key(|it| std::cmp::Reverse(it.at));
    ended
}

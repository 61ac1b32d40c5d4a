//! What follows from all exchanges of a ledger: each is read once, and added up here.

use std::collections::BTreeMap;
use std::time::Duration;

use jindiao_codes::Counted;
use jindiao_order::Fen;
use jindiao_protocol::{Delivery, Effect, Timestamp, Vendor};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{Exchanges, Money, Span, Sum, Times};
use crate::row::Charged;
use crate::store::column::{delivery, effect, fen, of_millis, parsed, time};

/// How many exchanges one look reads at most: the rest is read by the next one.
const AT_ONCE: i64 = 300_000;
/// How many kinds of exchanges are told apart: a vendor makes up its codes.
const KINDS: usize = 2_000;
/// How long minutes are kept.
const MINUTES_KEPT: Duration = Duration::from_secs(3 * 3600);
const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;

/// What follows from all exchanges: each is read once.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// The last one that was read.
    last: i64,
    pub(super) last_at: Option<Timestamp>,
    kinds: BTreeMap<Kind, (u64, Timestamp)>,
    hours: BTreeMap<(i64, Vendor), Sum>,
    minutes: BTreeMap<(i64, Vendor), Sum>,
    /// Those that may have been charged: a person may know better one day.
    doubts: BTreeMap<i64, (Timestamp, Vendor, Fen)>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    vendor: Vendor,
    exchange: String,
    is_charge: bool,
    /// 0 never sent, 1 maybe, 2 answered.
    delivery: u8,
    http_status: Option<u16>,
    code: Option<String>,
}

impl Books {
    /// Reads what is new; how much of that is left for the next time.
    pub(super) fn read(&mut self, ledger: &Connection, now: Timestamp) -> rusqlite::Result<u64> {
        self.settle(ledger)?;
        let mut statement = ledger.prepare_cached(
            "SELECT n, at, vendor, exchange, effect, delivery, http_status, code, price_fen, counted, charged
             FROM exchanges WHERE n > ?1 ORDER BY n LIMIT ?2",
        )?;
        let mut rows = statement.query([self.last, AT_ONCE])?;
        while let Some(row) = rows.next()? {
            self.add(row)?;
        }
        let oldest = now.unix_millis().saturating_sub(of_millis(MINUTES_KEPT)) / MINUTE;
        self.minutes = self.minutes.split_off(&(oldest, Vendor::ALL[0]));
        let newest: Option<i64> =
            ledger.query_row("SELECT max(n) FROM exchanges", [], |row| row.get(0))?;
        Ok(newest.unwrap_or(0).saturating_sub(self.last).unsigned_abs())
    }

    fn add(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let n = row.get(0)?;
        let at = time(row, 1)?;
        let vendor: Vendor = parsed(row, 2)?;
        let delivery = match delivery(row, 5)? {
            Delivery::NeverSent => 0,
            Delivery::MaybeSent => 1,
            Delivery::Answered => 2,
        };
        let code: Option<String> = row.get(7)?;
        let mut kind = Kind {
            vendor,
            exchange: row.get(3)?,
            is_charge: effect(row, 4)? == Effect::Charge,
            delivery,
            http_status: if code.is_some() { None } else { row.get(6)? },
            code,
        };
        if self.kinds.len() >= KINDS && !self.kinds.contains_key(&kind) {
            kind.code = kind.code.map(|_| "…".to_owned());
        }
        let known = self.kinds.entry(kind).or_insert((0, at));
        *known = (known.0 + 1, known.1.max(at));
        self.last_at = self.last_at.max(Some(at));
        self.last = n;

        let price = fen(row, 8)?;
        let is_counted = matches!(parsed(row, 9)?, Counted::Yes | Counted::Likely);
        let charged = match parsed(row, 10)? {
            Charged::Yes => price,
            Charged::Maybe => {
                self.doubts.insert(n, (at, vendor, price));
                Fen::ZERO
            }
            Charged::No | Charged::Denied => Fen::ZERO,
        };
        self.sum_at(at, vendor, |all| {
            all.calls += u64::from(delivery > 0);
            all.counted += u64::from(is_counted);
            all.money.charged = all.money.charged + charged;
        });
        Ok(())
    }

    /// Looks whether a person knows better by now.
    fn settle(&mut self, ledger: &Connection) -> rusqlite::Result<()> {
        let mut statement =
            ledger.prepare_cached("SELECT charged, price_fen FROM exchanges WHERE n = ?1")?;
        let mut settled = Vec::new();
        for n in self.doubts.keys() {
            let found = statement
                .query_row([n], |row| Ok((parsed::<Charged>(row, 0)?, fen(row, 1)?)))
                .optional()?;
            match found {
                Some((Charged::Maybe, _)) => {}
                other => settled.push((*n, other)),
            }
        }
        for (n, found) in settled {
            let Some((at, vendor, _)) = self.doubts.remove(&n) else {
                continue;
            };
            if let Some((Charged::Yes, price)) = found {
                self.sum_at(at, vendor, |all| {
                    all.money.charged = all.money.charged + price;
                });
            }
        }
        Ok(())
    }

    fn sum_at(&mut self, at: Timestamp, vendor: Vendor, add: impl Fn(&mut Sum)) {
        let at = at.unix_millis();
        add(self.hours.entry((at.div_euclid(HOUR), vendor)).or_default());
        add(self
            .minutes
            .entry((at.div_euclid(MINUTE), vendor))
            .or_default());
    }

    pub(super) fn times(&self) -> Times {
        let doubts = |length| {
            let mut sums: BTreeMap<(i64, Vendor), Fen> = BTreeMap::new();
            for (at, vendor, price) in self.doubts.values() {
                let sum = sums.entry((at.unix_millis().div_euclid(length), *vendor));
                let sum = sum.or_default();
                *sum = *sum + *price;
            }
            sums
        };
        let spans = |sums: &BTreeMap<(i64, Vendor), Sum>, length: i64| {
            let doubts = doubts(length);
            let span = |((n, vendor), sum): (&(i64, Vendor), &Sum)| {
                let mut sum = *sum;
                sum.money.maybe = doubts.get(&(*n, *vendor)).copied().unwrap_or_default();
                Span {
                    begin: Timestamp::from_unix_millis(n.saturating_mul(length)),
                    vendor: *vendor,
                    sum,
                }
            };
            sums.iter().map(span).collect()
        };
        Times {
            hours: spans(&self.hours, HOUR),
            minutes: spans(&self.minutes, MINUTE),
        }
    }

    pub(super) fn money(&self) -> Money {
        Money {
            charged: self.hours.values().map(|sum| sum.money.charged).sum(),
            maybe: self.doubts.values().map(|(_, _, price)| *price).sum(),
        }
    }

    pub(super) fn exchanges(&self) -> Vec<Exchanges> {
        let kinds = self.kinds.iter();
        let mut exchanges: Vec<_> = kinds
            .map(|(kind, (calls, last))| Exchanges {
                vendor: kind.vendor,
                exchange: kind.exchange.clone(),
                effect: if kind.is_charge {
                    Effect::Charge
                } else {
                    Effect::Read
                },
                delivery: match kind.delivery {
                    0 => Delivery::NeverSent,
                    2 => Delivery::Answered,
                    _ => Delivery::MaybeSent,
                },
                http_status: kind.http_status,
                code: kind.code.clone(),
                calls: *calls,
                last: *last,
            })
            .collect();
        exchanges.sort_by(|a, b| (a.vendor, b.calls).cmp(&(b.vendor, a.calls)));
        exchanges
    }

    /// Calls that may have arrived since midnight in China, which is on the hour everywhere.
    pub(super) fn calls_today(&self, vendor: Vendor, now: Timestamp) -> u64 {
        let midnight = now.next_china_midnight().unix_millis() - 24 * HOUR;
        let hours = self
            .hours
            .range((midnight.div_euclid(HOUR), Vendor::ALL[0])..);
        let calls = hours.filter(|((_, whose), _)| *whose == vendor);
        calls.map(|(_, sum)| sum.calls).sum()
    }
}

//! What the virtual object of an order keeps: how the order stands, and its books.

use std::path::PathBuf;

use jindiao_batch::{Charged, Entry, ExchangeRow, Transition};
use jindiao_order::{Fen, Order, StateName};
use jindiao_protocol::{Effect, Timestamp};
use serde::{Deserialize, Serialize};

/// The version of the forms in which this crate keeps state. Every version that was ever written
/// can be read.
pub const STATE_VERSION: u32 = 1;

/// The word of [`Record::status`] for an order that was moved to a ledger.
pub(crate) const MOVED: &str = "moved";

/// How many transitions are kept.
const TRANSITIONS: usize = 50;
/// How many exchanges are kept that charge nothing. Those that charge are never dropped.
const READS: usize = 20;

/// An order and what its host must know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// [`STATE_VERSION`].
    pub form: u32,
    /// The order, in its own versioned form.
    #[serde(with = "order_form")]
    pub order: Order,
    /// Which of the scheduled ticks is the one to come; all others are stale.
    pub epoch: u64,
    /// How often this request was ordered before.
    pub round: u32,
    /// What the order costs, or would cost.
    pub price: Fen,
    /// The shelf that its report was stored on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shelf: Option<String>,
    /// When it last changed.
    pub updated: Timestamp,
    /// When the next tick comes, if one comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
    /// Whether it waits its turn in the account's line.
    #[serde(default, skip_serializing_if = "is_false")]
    pub waited: bool,
    /// What keeps it that is not its own business, such as an account that is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<String>,
    /// How often in a row it was left for later.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub leaves: u32,
    /// How often in a row its download failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub downloads: u32,
    /// The ledger that it was moved to. What is left here keeps the request from being ordered
    /// here a second time, and does nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<String>,
}

impl Record {
    /// A new order.
    pub fn plan(order: Order, round: u32, price: Fen, now: Timestamp) -> Self {
        Self {
            form: STATE_VERSION,
            order,
            epoch: 0,
            round,
            price,
            shelf: None,
            updated: now,
            next: None,
            waited: false,
            blocked: None,
            leaves: 0,
            downloads: 0,
            moved_to: None,
        }
    }

    /// An order as a ledger keeps it.
    pub fn of_entry(entry: Entry) -> Self {
        let Entry {
            order,
            round,
            price,
            folder,
            updated,
        } = entry;
        Self {
            shelf: folder.map(|folder| folder.display().to_string()),
            ..Self::plan(order, round, price, updated)
        }
    }

    /// The order as a ledger would keep it.
    pub fn entry(&self) -> Entry {
        Entry {
            order: self.order.clone(),
            round: self.round,
            price: self.price,
            folder: self.shelf.as_ref().map(PathBuf::from),
            updated: self.updated,
        }
    }

    /// Product, state and id: the text that orders are counted and found by. One that was moved
    /// away has `moved` for a state, which no order is in.
    pub fn status(&self) -> String {
        let product = self.order.wanted().product();
        let state = match self.moved_to {
            Some(_) => MOVED,
            None => self.order.state().name().as_str(),
        };
        format!("{product} {state} {}", self.order.id())
    }
}

/// What happened to an order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Books {
    /// The states it came into, oldest first.
    pub transitions: Vec<Transition>,
    /// The exchanges that were made for it, oldest first.
    pub exchanges: Vec<ExchangeRow>,
    /// How many exchanges that charge nothing are not kept any more.
    #[serde(default)]
    pub dropped: u64,
}

impl Books {
    /// What another host kept, oldest first: as much of it as is kept here.
    pub fn of(
        transitions: impl IntoIterator<Item = Transition>,
        exchanges: impl IntoIterator<Item = ExchangeRow>,
    ) -> Self {
        let mut books = Self::default();
        for Transition { at, state, note } in transitions {
            books.moved(at, state, note);
        }
        exchanges.into_iter().for_each(|row| books.add(row));
        books
    }

    /// The order came into a state.
    pub(crate) fn moved(&mut self, at: Timestamp, state: StateName, note: Option<String>) {
        if self.transitions.len() >= TRANSITIONS {
            // The first one tells when it was planned.
            self.transitions.remove(1);
        }
        self.transitions.push(Transition { at, state, note });
    }

    /// An exchange was made.
    pub(crate) fn add(&mut self, row: ExchangeRow) {
        self.exchanges.push(row);
        let is_read = |row: &ExchangeRow| row.effect == Effect::Read;
        if self.exchanges.iter().filter(|row| is_read(row)).count() > READS
            && let Some(oldest) = self.exchanges.iter().position(is_read)
        {
            self.exchanges.remove(oldest);
            self.dropped += 1;
        }
    }

    /// A person knows what became of the doubtful exchanges. One order is one report: where it was
    /// called for twice, the last call is the one that the vendor has.
    pub(crate) fn settle(&mut self, charged: Charged) {
        let doubtful = |row: &&mut ExchangeRow| row.charged == Charged::Maybe;
        let rows = self.exchanges.iter_mut().rev().filter(doubtful);
        let most = if charged == Charged::Yes {
            1
        } else {
            usize::MAX
        };
        rows.take(most).for_each(|row| row.charged = charged);
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}

/// An order inside a text of ours: its own form is a text with a version of its own.
mod order_form {
    use jindiao_order::Order;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        order: &Order,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&order.to_json())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Order, D::Error> {
        let text = String::deserialize(deserializer)?;
        Order::from_json(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jindiao_codes::{Counted, Vendor};
    use jindiao_order::{Product, Wanted};
    use jindiao_protocol::{Delivery, Period, Subject};
    use std::time::Duration;

    fn record() -> Record {
        let wanted = Wanted::new(Product::QccRiskReport, Subject::Period(Period::Day), None);
        let order = Order::plan(wanted.expect("wanted"), 0, Timestamp::EPOCH);
        Record::plan(order, 0, Fen::new(1000), Timestamp::EPOCH)
    }

    fn row(effect: Effect, charged: Charged) -> ExchangeRow {
        ExchangeRow {
            order: record().order.id().clone(),
            at: Timestamp::EPOCH,
            vendor: Vendor::Qcc,
            exchange: "radar_ext/createReport".to_owned(),
            effect,
            delivery: Delivery::Answered,
            http_status: Some(200),
            code: None,
            serial: None,
            units: None,
            duration: Duration::ZERO,
            price: Fen::ZERO,
            note: None,
            counted: Counted::Unknown,
            charged,
        }
    }

    #[test]
    fn the_form_round_trips() {
        let record = record();
        let text = serde_json::to_string(&record).expect("json");
        assert_eq!(
            serde_json::from_str::<Record>(&text).expect("a record"),
            record
        );
        let status = format!("qcc/risk-report planned {}", record.order.id());
        assert_eq!(record.status(), status);
    }

    #[test]
    fn a_ledgers_entry_comes_and_goes_whole() {
        let entry = Entry {
            folder: Some("/shared/reports".into()),
            ..record().entry()
        };
        let back = Record::of_entry(entry.clone()).entry();
        assert_eq!(format!("{back:?}"), format!("{entry:?}"));
        let books = Books::of(
            [Transition {
                at: Timestamp::EPOCH,
                state: StateName::Planned,
                note: None,
            }],
            (0..50).map(|_| row(Effect::Read, Charged::No)),
        );
        assert_eq!((books.transitions.len(), books.exchanges.len()), (1, READS));
    }

    #[test]
    fn exchanges_that_charge_are_never_dropped() {
        let mut books = Books::default();
        for _ in 0..200 {
            books.add(row(Effect::Charge, Charged::No));
            books.add(row(Effect::Read, Charged::No));
            books.moved(Timestamp::EPOCH, StateName::Waiting, None);
        }
        assert_eq!(books.exchanges.len(), 200 + READS);
        assert_eq!(books.dropped, 200 - READS as u64);
        assert_eq!(books.transitions.len(), TRANSITIONS);
    }

    #[test]
    fn a_person_settles_the_last_doubt_or_all() {
        let mut books = Books::default();
        books.add(row(Effect::Charge, Charged::Maybe));
        books.add(row(Effect::Charge, Charged::Maybe));
        books.settle(Charged::Yes);
        let charged =
            |books: &Books| -> Vec<_> { books.exchanges.iter().map(|row| row.charged).collect() };
        assert_eq!(charged(&books), [Charged::Maybe, Charged::Yes]);
        books.settle(Charged::Denied);
        assert_eq!(charged(&books), [Charged::Denied, Charged::Yes]);
    }
}

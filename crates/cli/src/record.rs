//! An order as data: what JSON Lines and tables show of it.

use jindiao_batch::{Entry, ExchangeRow, Transition};
use jindiao_order::{Fen, Order, State, StateName, again};
use jindiao_protocol::{Delivery, Effect, Timestamp};
use jindiao_words::{Message, say};
use serde::Serialize;

use crate::doubt::{Doubt, DoubtRecord};

/// The data of `{"type":"order"}`.
#[derive(Debug, Serialize)]
pub(crate) struct OrderRecord {
    /// The line of the list, where there is a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
    pub(crate) order: String,
    pub(crate) product: &'static str,
    pub(crate) subject: String,
    pub(crate) format: &'static str,
    pub(crate) state: &'static str,
    /// Why it is not stored.
    pub(crate) reason: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) size: Option<u64>,
    pub(crate) sha256: Option<String>,
    pub(crate) charged_fen: Fen,
    pub(crate) at_stake_fen: Fen,
    pub(crate) planned_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// What an uncertain order asks of a person, where it was looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) doubt: Option<DoubtRecord>,
}

impl OrderRecord {
    /// `left` is why a run left the order as it is, where it did.
    pub(crate) fn of(entry: &Entry, left: Option<&str>) -> Self {
        let order = &entry.order;
        let wanted = order.wanted();
        let report = match order.state() {
            State::Stored { report, .. } => Some(report),
            _ => None,
        };
        Self {
            line: None,
            order: order.id().as_str().to_owned(),
            product: wanted.product().id(),
            subject: wanted.subject().label().to_owned(),
            format: wanted.format().extension(),
            state: order.state().name().as_str(),
            reason: reason(order, left),
            reference: order
                .placement()
                .and_then(|placement| placement.reference.clone()),
            file: report.map(|report| report.file.clone()),
            size: report.map(|report| report.size),
            sha256: report.map(|report| report.sha256.clone()),
            charged_fen: entry.charged(),
            at_stake_fen: entry.at_stake(),
            planned_at: order.planned(),
            updated_at: entry.updated,
            doubt: None,
        }
    }

    /// The same with what is asked of a person.
    pub(crate) fn with_doubt(self, doubt: Option<&Doubt>) -> Self {
        Self {
            doubt: doubt.map(Doubt::record),
            ..self
        }
    }

    /// Whether the report is stored, and nothing is wrong with its file.
    pub(crate) fn is_here(&self) -> bool {
        self.file.is_some() && self.reason.is_none()
    }
}

/// Why an order is not stored, or its file is not here: one line. `None` if all is well.
pub(crate) fn reason(order: &Order, left: Option<&str>) -> Option<String> {
    let left = left.map(str::to_owned);
    Some(match order.state() {
        State::Stored { .. } => return left,
        State::Uncertain { note, .. } => note.clone(),
        State::Refused { refusal, .. } | State::Held { refusal, .. } => refusal.text.clone(),
        State::Failed { reason, .. } => reason.clone(),
        other => left.unwrap_or_else(|| waiting(other.name()).to_string()),
    })
}

/// The same in each language.
pub(crate) fn why(order: &Order, left: Option<&str>) -> Option<Message> {
    reason(order, left).as_deref().map(again)
}

fn waiting(state: StateName) -> Message {
    match state {
        StateName::Planned => say!("not ordered yet"),
        StateName::Ordering => say!("being ordered"),
        StateName::Ready => say!("ready, not downloaded yet"),
        _ => say!("the vendor is making the report"),
    }
}

/// The data of `{"type":"transition"}`.
#[derive(Debug, Serialize)]
pub(crate) struct TransitionRecord<'a> {
    at: Timestamp,
    state: &'static str,
    note: Option<&'a str>,
}

impl<'a> TransitionRecord<'a> {
    pub(crate) fn of(transition: &'a Transition) -> Self {
        Self {
            at: transition.at,
            state: transition.state.as_str(),
            note: transition.note.as_deref(),
        }
    }
}

/// The data of `{"type":"exchange"}`.
#[derive(Debug, Serialize)]
pub(crate) struct ExchangeRecord<'a> {
    at: Timestamp,
    vendor: &'static str,
    exchange: &'a str,
    effect: &'static str,
    pub(crate) delivery: &'static str,
    http_status: Option<u16>,
    code: Option<&'a str>,
    serial: Option<&'a str>,
    units: Option<&'a str>,
    duration_ms: u64,
    price_fen: Fen,
    counted: &'static str,
    charged: &'static str,
    note: Option<&'a str>,
}

/// Whether a request may have arrived, in one word.
pub(crate) fn delivery(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::NeverSent => "never_sent",
        Delivery::MaybeSent => "maybe_sent",
        Delivery::Answered => "answered",
    }
}

/// Whether a call may cost money, in one word.
pub(crate) fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Read => "read",
        Effect::Charge => "charge",
    }
}

impl<'a> ExchangeRecord<'a> {
    pub(crate) fn of(row: &'a ExchangeRow) -> Self {
        Self {
            at: row.at,
            vendor: row.vendor.id(),
            exchange: &row.exchange,
            effect: effect(row.effect),
            delivery: delivery(row.delivery),
            http_status: row.http_status,
            code: row.code.as_deref(),
            serial: row.serial.as_deref(),
            units: row.units.as_deref(),
            duration_ms: u64::try_from(row.duration.as_millis()).unwrap_or(u64::MAX),
            price_fen: row.price,
            counted: row.counted.as_str(),
            charged: row.charged.as_str(),
            note: row.note.as_deref(),
        }
    }
}
